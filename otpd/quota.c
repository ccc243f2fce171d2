/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may have how many connections, for how long, and how loud otpd is about it. */
#include "config.h"

#include "quota.h"

#include <sys/resource.h>

#include "otpd.h"

bool
otpd_quota_admits(const struct otpd *d, const struct otp_caller *peer)
{
	bool is_large = otpd_quota_is_large(peer);
	size_t of_uid = 0, ordinary = 0;

	for (size_t i = 0; i < d->n_conn; i++) {
		of_uid += d->conn[i]->peer.uid == peer->uid;
		ordinary += !otpd_quota_is_large(&d->conn[i]->peer);
	}
	if (d->n_conn >= d->max_conn)
		return false;
	if (is_large)
		return of_uid < OTPD_CONNS_PER_PRIVILEGED;
	/* many uids together leave a quarter to logins */
	return of_uid < OTPD_CONNS_PER_UID && ordinary < d->max_conn - d->max_conn / 4;
}

int64_t
otpd_quota_quiet_ms(const struct otp_caller *peer, bool is_first)
{
	if (otpd_quota_is_large(peer))
		return OTPD_QUIET_PRIVILEGED_MS;
	return is_first ? OTPD_FIRST_MS : OTPD_QUIET_MS;
}

size_t
otpd_quota_conns(void)
{
	struct rlimit limit;
	size_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 64;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 64;
	if (limit.rlim_cur >= OTPD_CONNS_MAX + OTPD_FDS_RESERVED)
		return OTPD_CONNS_MAX;
	n = (size_t)limit.rlim_cur;
	return n >= 2 * OTPD_FDS_RESERVED ? n - OTPD_FDS_RESERVED : n / 2;
}

void
otpd_quota_complain(struct otpd *d, int64_t steady_ms, uid_t uid, const char *what)
{
	const struct otp_sink *sink = otpd_log_sink(d->log);

	if (steady_ms < d->complain_ms) {
		d->n_unsaid++;
		return;
	}
	d->complain_ms = steady_ms + 1000;
	if (d->n_unsaid > 0)
		otp_say(sink, OTP_LEVEL_NOTICE, "uid %u: %s (and %llu more complaints)",
		    (unsigned)uid, what, (unsigned long long)d->n_unsaid);
	else
		otp_say(sink, OTP_LEVEL_NOTICE, "uid %u: %s", (unsigned)uid, what);
	d->n_unsaid = 0;
}
