/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long answers: forked between turns, frozen, with the client's socket and nothing else of otpd's. */
#include "config.h"

#include "children.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch.h"
#include "file.h"
#include "nursery.h"
#include "otpd.h"

#define KEEP_MAX 600	/* 256 shards, twice while a checkpoint runs, and what the store has beside them */

/* ---- in the child ---- */

/* Waits for a slow reader, but not for one that has stopped reading. */
static enum otp_err
send_packet(void *ctx, struct otp_bytes *packet)
{
	struct pollfd p = { .fd = *(const int *)ctx, .events = POLLOUT };
	int n;

	for (;;) {
		if (send(p.fd, packet->data, packet->len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return OTP_OK;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return OTP_ERR_SYSTEM;
		do
			n = poll(&p, 1, OTPD_UNREAD_MS);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return OTP_ERR_SYSTEM;
	}
}

static enum otp_err
freeze(struct otpd *d, int fd)
{
	int keep[KEEP_MAX];
	size_t n = 0;
	enum otp_err err;

	keep[0] = fd;
	otpd_log_mute(d->log);
	err = otp_store_freeze(d->store, keep + 1, KEEP_MAX - 1, &n);
	otp_file_close_all_but(keep, err == OTP_OK ? n + 1 : 1);
	return err;
}

__attribute__((noreturn)) static void
answering(struct otpd *d, struct otpd_conn *c, pid_t parent)
{
	struct otp_bytes packet = OTP_BYTES_INIT;
	struct otp_answer answer = OTP_ANSWER_INIT;
	enum otp_err err;

	otpd_nursery_orphan(parent);
	(void)prctl(PR_SET_NAME, "otpd-answer");
	(void)setpriority(PRIO_PROCESS, 0, 10);
	err = freeze(d, c->fd);
	if (err == OTP_OK)
		err = otpd_dispatch_long(d, c, send_packet, &c->fd);
	else {
		answer.err = err;
		err = otp_wire_encode_answer(&answer, &packet);
		if (err == OTP_OK)
			err = send_packet(&c->fd, &packet);
	}
	_exit(err == OTP_OK ? 0 : 1);
}

/* ---- in otpd ---- */

static struct otpd_child *
place_for(struct otpd *d, const struct otpd_conn *c)
{
	bool is_large = otpd_quota_is_large(&c->peer);
	struct otpd_child *place = NULL;
	unsigned n_used = 0, n_own = 0;

	for (size_t i = 0; i < OTPD_CHILDREN_MAX; i++) {
		struct otpd_child *child = &d->children.child[i];

		if (child->pid == 0) {
			place = child;
			continue;
		}
		n_used++;
		n_own += child->uid == c->peer.uid;
	}
	if (n_own > 0 && (!is_large || n_own >= OTPD_CHILDREN_MAX - 1))
		return NULL;
	/* the last place is for those whom logins wait for */
	return is_large || n_used < OTPD_CHILDREN_MAX - 1 ? place : NULL;
}

void
otpd_children_start(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	struct otpd_child *child = place_for(d, c);
	pid_t parent = getpid();
	pid_t pid;

	if (child == NULL || d->store == NULL)
		return;
	pid = fork();
	if (pid == 0)
		answering(d, c, parent);
	if (pid < 0) {
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_WARNING, "cannot fork for a long answer");
		return;
	}
	child->pid = pid;
	child->conn = c;
	child->uid = c->peer.uid;
	otp_request_clear(&c->request);
	c->stage = OTPD_IN_CHILD;
	c->deadline_ms = steady_ms + OTPD_CHILD_MS;
}

static void
ended(struct otpd *d, struct otpd_child *child, bool is_answered, int64_t steady_ms)
{
	struct otpd_conn *c = child->conn;

	child->pid = 0;
	child->conn = NULL;
	if (c == NULL)
		return;
	if (!is_answered)
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_WARNING, "a child ended before its answer did");
	otpd_conn_done(c);
	c->stage = is_answered && !c->is_last ? OTPD_IDLE : OTPD_DEAD;
	c->deadline_ms = steady_ms + otpd_quota_quiet_ms(&c->peer, false);
}

void
otpd_children_reap(struct otpd *d, int64_t steady_ms)
{
	int status;

	for (size_t i = 0; i < OTPD_CHILDREN_MAX; i++) {
		struct otpd_child *child = &d->children.child[i];

		if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid)
			ended(d, child, WIFEXITED(status) && WEXITSTATUS(status) == 0, steady_ms);
	}
}

void
otpd_children_kill(struct otpd *d, struct otpd_conn *c)
{
	for (size_t i = 0; i < OTPD_CHILDREN_MAX; i++) {
		struct otpd_child *child = &d->children.child[i];

		if (child->pid <= 0 || child->conn != c)
			continue;
		(void)kill(child->pid, SIGKILL);
		child->conn = NULL;
	}
}

void
otpd_children_stop(struct otpd *d)
{
	for (size_t i = 0; i < OTPD_CHILDREN_MAX; i++) {
		struct otpd_child *child = &d->children.child[i];

		if (child->pid <= 0)
			continue;
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, NULL, 0);
		child->pid = 0;
		child->conn = NULL;
	}
}
