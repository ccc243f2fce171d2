/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients in, requests in, answers out, and nobody who holds up another. */
#include "config.h"

#include "clients.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caller.h"
#include "dispatch.h"
#include "file.h"
#include "otpd.h"
#include "quota.h"

/* ---- in ---- */

/* He is told why; his request, if it was on its way, is not read. */
static void
turn_away(int fd, enum otp_err err)
{
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct otp_bytes packet = OTP_BYTES_INIT;

	answer.err = err;
	(void)otp_why_set(&answer.why, err, OTP_MESSAGE_TOO_MANY_CONNECTIONS, NULL, 0);
	if (otp_wire_encode_answer(&answer, &packet) == OTP_OK)
		(void)send(fd, packet.data, packet.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	otp_bytes_clear(&packet);
	otp_answer_clear(&answer);
	otp_file_close(&fd);
}

void
otpd_clients_add(struct otpd *d, int fd, int64_t steady_ms)
{
	struct otp_caller peer;
	struct otpd_conn *c, **all;
	size_t cap;

	if (otpd_caller_of_socket(fd, &d->conf, d->owner, &peer) != OTP_OK) {
		otp_file_close(&fd);
		return;
	}
	if (!otpd_quota_admits(d, &peer)) {
		otpd_quota_complain(d, steady_ms, peer.uid, "too many connections");
		turn_away(fd, OTP_ERR_BUSY);
		return;
	}
	if (d->conn == NULL || d->n_conn >= d->cap_conn) {
		cap = d->cap_conn > 0 ? 2 * d->cap_conn : 64;
		all = reallocarray(d->conn, cap, sizeof(struct otpd_conn *));
		if (all == NULL) {
			turn_away(fd, OTP_ERR_BUSY);
			return;
		}
		d->conn = all;
		d->cap_conn = cap;
	}
	c = otpd_conn_new(fd, &peer);
	if (c == NULL) {
		turn_away(fd, OTP_ERR_BUSY);
		return;
	}
	c->deadline_ms = steady_ms + otpd_quota_quiet_ms(&peer, true);
	c->may_take = true;	/* its request may be there already */
	d->conn[d->n_conn++] = c;
}

void
otpd_clients_accept(struct otpd *d, int64_t steady_ms)
{
	int fd;

	for (unsigned n = 0; n < OTPD_ACCEPT_PER_TURN; n++) {
		/* cppcheck-suppress nullPointer */
		fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			otpd_clients_add(d, fd, steady_ms);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			otp_say(otpd_log_sink(d->log), OTP_LEVEL_WARNING,
			    "cannot accept a connection: error %d", errno);
			d->accept_ms = steady_ms + 1000;
		}
		return;
	}
}

/* ---- requests ---- */

short
otpd_clients_events(const struct otpd_conn *c)
{
	if (c->stage == OTPD_IDLE)
		return POLLIN;
	return c->stage == OTPD_SENDING ? POLLOUT : 0;
}

static void
left(struct otpd *d, struct otpd_conn *c)
{
	c->is_gone = true;
	if (c->stage == OTPD_IN_CHILD)
		otpd_children_kill(d, c);
	/* what is being hashed is decided: leaving early takes no wrong password back */
	if (c->stage != OTPD_HASHING && c->stage != OTPD_READY)
		c->stage = OTPD_DEAD;
}

static void
sent(struct otpd_conn *c, int64_t steady_ms)
{
	size_t before = c->out.n_sent;
	bool is_done = false;

	if (c->is_gone || !otpd_conn_send(c, &is_done) || (is_done && c->is_last)) {
		c->stage = OTPD_DEAD;
		return;
	}
	if (is_done) {
		c->stage = OTPD_IDLE;
		c->deadline_ms = steady_ms + otpd_quota_quiet_ms(&c->peer, false);
		return;
	}
	if (c->stage != OTPD_SENDING || c->out.n_sent > before)
		c->deadline_ms = steady_ms + OTPD_UNREAD_MS;
	c->stage = OTPD_SENDING;
}

void
otpd_clients_polled(struct otpd *d, struct otpd_conn *c, short revents, int64_t steady_ms)
{
	if (c->stage == OTPD_IDLE)
		c->may_take = true;	/* its end is read like a request */
	else if (revents & (POLLHUP | POLLERR | POLLNVAL))
		left(d, c);
	else if (c->stage == OTPD_SENDING)
		sent(c, steady_ms);
}

static void
received(struct otpd *d, struct otpd_conn *c, enum otpd_received what, int64_t steady_ms)
{
	switch (what) {
	case OTPD_NOTHING:
		break;
	case OTPD_REQUEST:
		otpd_dispatch_begin(d, c, steady_ms);
		break;
	case OTPD_RUBBISH:
		otpd_quota_complain(d, steady_ms, c->peer.uid, "a message that is no request");
		c->is_last = true;
		otpd_dispatch_refuse(c, OTP_ERR_BAD_INPUT, NULL);
		break;
	case OTPD_GONE:
		c->stage = OTPD_DEAD;
		break;
	}
}

static bool
may_take_of(const uid_t *taken, size_t n, const struct otp_caller *peer)
{
	unsigned n_own = 0;

	if (otpd_quota_is_large(peer))
		return true;
	for (size_t i = 0; i < n; i++)
		n_own += taken[i] == peer->uid;
	return n_own < OTPD_TAKE_PER_UID;
}

void
otpd_clients_take(struct otpd *d, int64_t steady_ms)
{
	uid_t taken[OTPD_TAKE_PER_TURN];
	size_t n_taken = 0;
	enum otpd_received what;

	if (d->n_conn == 0)
		return;
	d->first_conn = (d->first_conn + 1) % d->n_conn;
	for (size_t i = 0; i < d->n_conn && n_taken < OTPD_TAKE_PER_TURN; i++) {
		struct otpd_conn *c = d->conn[(d->first_conn + i) % d->n_conn];

		if (!c->may_take || c->stage != OTPD_IDLE || !may_take_of(taken, n_taken, &c->peer))
			continue;
		c->may_take = false;
		what = otpd_conn_receive(c);
		if (what == OTPD_REQUEST || what == OTPD_RUBBISH)
			taken[n_taken++] = c->peer.uid;
		received(d, c, what, steady_ms);
	}
}

/* ---- time ---- */

static void
too_late(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	switch (c->stage) {
	case OTPD_IDLE:
		received(d, c, otpd_conn_dismiss(c), steady_ms);
		break;
	case OTPD_NAMING:
		otpd_dispatch_refuse(c, OTP_ERR_UNAVAILABLE, NULL);
		break;
	case OTPD_WANTS_HASH:
	case OTPD_HASHING:
	case OTPD_WANTS_CHILD:
		otpd_dispatch_refuse(c, OTP_ERR_BUSY, NULL);
		break;
	case OTPD_WAITING:
		c->stage = OTPD_READY;	/* decided as it stands */
		break;
	case OTPD_IN_CHILD:
		otpd_children_kill(d, c);
		c->stage = OTPD_DEAD;
		break;
	case OTPD_SENDING:
		otpd_quota_complain(d, steady_ms, c->peer.uid, "does not read its answer");
		c->stage = OTPD_DEAD;
		break;
	case OTPD_READY:
	case OTPD_ANSWERING:
	case OTPD_DEAD:
		break;
	}
}

void
otpd_clients_deadlines(struct otpd *d, int64_t steady_ms)
{
	for (size_t i = 0; i < d->n_conn; i++)
		if (steady_ms >= d->conn[i]->deadline_ms)
			too_late(d, d->conn[i], steady_ms);
}

int64_t
otpd_clients_next_ms(const struct otpd *d)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->deadline_ms < next)
			next = d->conn[i]->deadline_ms;
	return next;
}

/* ---- out ---- */

void
otpd_clients_send(struct otpd *d, int64_t steady_ms)
{
	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->stage == OTPD_ANSWERING)
			sent(d->conn[i], steady_ms);
}

void
otpd_clients_sweep(struct otpd *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_conn; i++) {
		if (d->conn[i]->stage == OTPD_DEAD)
			otpd_conn_free(&d->conn[i]);
		else
			d->conn[n++] = d->conn[i];
	}
	d->n_conn = n;
}

bool
otpd_clients_are_busy(const struct otpd *d)
{
	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->stage != OTPD_IDLE && d->conn[i]->stage != OTPD_DEAD)
			return true;
	return false;
}

void
otpd_clients_free(struct otpd *d)
{
	for (size_t i = 0; i < d->n_conn; i++)
		otpd_conn_free(&d->conn[i]);
	free(d->conn);
	d->conn = NULL;
	d->n_conn = d->cap_conn = 0;
}
