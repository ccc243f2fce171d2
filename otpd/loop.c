/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One turn after the other: what has come is decided in a row, made durable at once, and only then answered. */
#include "config.h"

#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "dispatch.h"
#include "opening.h"
#include "otpd.h"
#include "quota.h"

#define STORE_FDS_MAX 64
#define WAIT_MAX_MS 10000
#define TICK_MS 1000

/* What is polled, in this order. */
enum { AT_SIGNAL, AT_LISTENER, AT_NAMES, AT_HASHERS, AT_STORE = AT_HASHERS + OTPD_HASHERS };

struct turn {
	struct pollfd *fds;
	size_t cap;
	size_t at_conns, n_conns;
	int64_t steady_ms;
	int64_t tick_ms;
};

static enum otp_err
gather(struct otpd *d, struct turn *t)
{
	size_t need = AT_STORE + STORE_FDS_MAX + d->n_conn;
	struct pollfd *fds = t->fds;
	bool accepts = !d->is_stopping && t->steady_ms >= d->accept_ms;

	if (fds == NULL || need > t->cap) {
		fds = reallocarray(t->fds, 2 * need, sizeof(*fds));
		if (fds == NULL)
			return OTP_ERR_NO_MEMORY;
		t->fds = fds;
		t->cap = 2 * need;
	}
	fds[AT_SIGNAL] = (struct pollfd){ .fd = d->signal_fd, .events = POLLIN };
	fds[AT_LISTENER] = (struct pollfd){ .fd = accepts ? d->listen_fd : -1, .events = POLLIN };
	fds[AT_NAMES] = (struct pollfd){ .fd = d->names != NULL ? otpd_names_fd(d->names) : -1,
		.events = POLLIN };
	for (unsigned i = 0; i < OTPD_HASHERS; i++)
		fds[AT_HASHERS + i] = (struct pollfd){
			.fd = d->hashers != NULL ? otpd_hashers_fd(d->hashers, i) : -1,
			.events = POLLIN };
	t->at_conns = AT_STORE;
	if (d->store != NULL)
		t->at_conns += otp_store_fds(d->store, fds + AT_STORE, STORE_FDS_MAX);
	t->n_conns = d->n_conn;
	for (size_t i = 0; i < d->n_conn; i++)
		fds[t->at_conns + i] = (struct pollfd){
			.fd = d->conn[i]->is_gone ? -1 : d->conn[i]->fd,
			.events = otpd_clients_events(d->conn[i]) };
	return OTP_OK;
}

static void
sooner(int64_t *wait_ms, int64_t other_ms)
{
	if (other_ms < 0)
		other_ms = 0;
	if (other_ms < *wait_ms)
		*wait_ms = other_ms;
}

/* A request that this turn left behind, or a store that wants its turn, does not wait. */
static int
wait_ms(const struct otpd *d, const struct turn *t)
{
	int64_t now = otp_clock_steady_ms(), wait = WAIT_MAX_MS, store;
	int64_t deadline = otpd_clients_next_ms(d);

	if (deadline != INT64_MAX)
		sooner(&wait, deadline - now);
	if (d->store != NULL) {
		store = otp_store_wait_ms(d->store, otp_clock_now_ms());
		if (store >= 0)
			sooner(&wait, store);
	} else if (!d->is_broken && (!d->is_once || otpd_clients_are_busy(d)))
		sooner(&wait, d->next_open_ms - now);
	if (d->accept_ms > t->steady_ms)
		sooner(&wait, d->accept_ms - now);
	if (d->is_stopping)
		sooner(&wait, d->stop_ms - now);
	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->stage == OTPD_IDLE && d->conn[i]->may_take)
			return 0;
	return (int)wait;
}

static void
take_signals(struct otpd *d, int64_t steady_ms)
{
	struct signalfd_siginfo info;

	while (read(d->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || d->is_stopping)
			continue;
		d->is_stopping = true;
		d->stop_ms = steady_ms + OTPD_STOP_MS;
		for (size_t i = 0; i < d->n_conn; i++)
			if (d->conn[i]->stage == OTPD_IDLE)
				d->conn[i]->deadline_ms = steady_ms;
	}
	otpd_children_reap(d, steady_ms);
}

static enum otp_err
take_names(struct otpd *d, int64_t steady_ms)
{
	enum otp_err err = otpd_names_read(d->names, steady_ms);

	for (size_t i = 0; i < d->n_conn && err == OTP_OK; i++)
		if (d->conn[i]->stage == OTPD_NAMING)
			otpd_dispatch_name(d, d->conn[i], steady_ms);
	return err;
}

static enum otp_err
take_hashes(struct otpd *d, unsigned hasher)
{
	struct otpd_hash_result result;
	enum otp_err err;

	while ((err = otpd_hashers_read(d->hashers, hasher, &result)) == OTP_OK) {
		for (size_t i = 0; i < d->n_conn; i++)
			if (d->conn[i]->stage == OTPD_HASHING && d->conn[i]->job == result.id)
				otpd_dispatch_hashed(d->conn[i], &result);
		otp_wipe(&result, sizeof(result));
	}
	return err == OTP_ERR_BUSY ? OTP_OK : err;
}

static enum otp_err
take(struct otpd *d, struct turn *t)
{
	enum otp_err err = OTP_OK;

	if (t->fds[AT_SIGNAL].revents != 0)
		take_signals(d, t->steady_ms);
	if (t->fds[AT_NAMES].revents != 0)
		err = take_names(d, t->steady_ms);
	for (unsigned i = 0; i < OTPD_HASHERS && err == OTP_OK; i++)
		if (t->fds[AT_HASHERS + i].revents != 0)
			err = take_hashes(d, i);
	if (err != OTP_OK)
		return err;
	for (size_t i = 0; i < t->n_conns; i++)
		if (t->fds[t->at_conns + i].revents != 0)
			otpd_clients_polled(d, d->conn[i], t->fds[t->at_conns + i].revents, t->steady_ms);
	if (t->fds[AT_LISTENER].revents != 0)
		otpd_clients_accept(d, t->steady_ms);
	otpd_clients_take(d, t->steady_ms);
	otpd_clients_deadlines(d, t->steady_ms);
	return OTP_OK;
}

static int
by_arrival(const void *a, const void *b)
{
	uint64_t x = (*(struct otpd_conn *const *)a)->arrived;
	uint64_t y = (*(struct otpd_conn *const *)b)->arrived;

	return (x > y) - (x < y);
}

/* Those that wait, the longest waiting first. */
static void
serve_queue(struct otpd *d, enum otpd_stage stage,
    void (*serve)(struct otpd *d, struct otpd_conn *c, int64_t steady_ms), int64_t steady_ms)
{
	struct otpd_conn **queue;
	size_t n = 0;

	for (size_t i = 0; i < d->n_conn; i++)
		n += d->conn[i]->stage == stage;
	if (n == 0)
		return;
	queue = calloc(n, sizeof(struct otpd_conn *));
	if (queue == NULL)
		return;	/* they wait for the next turn */
	n = 0;
	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->stage == stage)
			queue[n++] = d->conn[i];
	qsort(queue, n, sizeof(struct otpd_conn *), by_arrival);
	for (size_t i = 0; i < n; i++)
		serve(d, queue[i], steady_ms);
	free(queue);
}

/* A hash that is done in the process makes its request ready once more. */
static void
decide(struct otpd *d, int64_t steady_ms)
{
	bool is_again = true;

	for (size_t i = 0; i < d->n_conn; i++)
		if (d->conn[i]->stage == OTPD_WAITING && (steady_ms >= d->next_open_ms ||
		    d->store != NULL || d->store_err != OTP_ERR_BUSY))
			d->conn[i]->stage = OTPD_READY;
	while (is_again) {
		is_again = false;
		serve_queue(d, OTPD_READY, otpd_dispatch_decide, steady_ms);
		for (size_t i = 0; i < d->n_conn; i++)
			is_again |= d->conn[i]->stage == OTPD_READY;
	}
	serve_queue(d, OTPD_WANTS_HASH, otpd_dispatch_hash, steady_ms);
}

static void
tick(struct otpd *d, struct turn *t)
{
	struct otp_call call = {
		.store = d->store,
		.state = d->state,
		.now_ms = otp_clock_now_ms(),
		.committed = otpd_log_event,
		.committed_ctx = d->log,
	};

	if (t->steady_ms < t->tick_ms)
		return;
	t->tick_ms = t->steady_ms + TICK_MS;
	otp_act_tick(&call, false);
}

/* The disk has not what memory has: nobody may be told anything, and the next start is the recovery. */
__attribute__((noreturn)) static void
fall(struct otpd *d, enum otp_err err)
{
	otp_say(otpd_log_sink(d->log), OTP_LEVEL_ERROR,
	    "%s: the store cannot be written: ending without an answer", otp_err_code(err));
	_exit(1);
}

static void
between_turns(struct otpd *d, int64_t steady_ms)
{
	enum otp_err err = otp_store_turn(d->store, otp_clock_now_ms());
	bool was_full = d->is_full;

	if (err != OTP_OK && err != OTP_ERR_BUSY)
		fall(d, err);
	d->is_full = err == OTP_ERR_BUSY;
	if (d->is_full != was_full)
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_ERROR, "%s", d->is_full ?
		    "no room for another record: refusing" : "there is room again");
	serve_queue(d, OTPD_WANTS_CHILD, otpd_children_start, steady_ms);
}

static enum otp_err
turn(struct otpd *d, struct turn *t)
{
	enum otp_err err;

	t->steady_ms = otp_clock_steady_ms();
	err = take(d, t);
	if (err != OTP_OK)
		return err;
	if (!d->is_once)
		(void)otpd_opening_try(d, t->steady_ms);
	decide(d, t->steady_ms);
	if (d->store != NULL) {
		tick(d, t);
		err = otp_store_flush(d->store);
		if (err != OTP_OK)
			fall(d, err);
	}
	otpd_clients_send(d, t->steady_ms);
	otpd_log_emit(d->log);	/* nobody waits for syslog: the audit is durable */
	otpd_heads_turn(d, otp_clock_now_ms());
	if (d->store != NULL)
		between_turns(d, t->steady_ms);
	otpd_clients_sweep(d);
	return OTP_OK;
}

static bool
is_over(const struct otpd *d)
{
	if (d->is_once && d->n_conn == 0)
		return true;
	return d->is_stopping &&
	    (!otpd_clients_are_busy(d) || otp_clock_steady_ms() >= d->stop_ms);
}

enum otp_err
otpd_loop(struct otpd *d)
{
	struct turn t = { .steady_ms = otp_clock_steady_ms() };
	enum otp_err err = OTP_OK;
	int n;

	while (err == OTP_OK && !is_over(d)) {
		err = gather(d, &t);
		if (err != OTP_OK)
			break;
		n = poll(t.fds, t.at_conns + t.n_conns, wait_ms(d, &t));
		if (n < 0 && errno != EINTR) {
			err = OTP_ERR_SYSTEM;
			break;
		}
		if (n < 0)
			continue;
		err = turn(d, &t);
	}
	free(t.fds);
	return err;
}
