/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kill -9 in a loop: a worker commits and acknowledges, dies somewhere, its
 * checkpoint's child too or alone; what is found is a prefix of what it did and
 * holds all that it acknowledged. OTP_CRASH_SECONDS, OTP_CRASH_SEED.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "parse.h"
#include "store_unit.h"

#define NAMES 40
#define SECONDS 8
#define BATCH 5

struct said {
	uint64_t begun, acknowledged;	/* acts */
};

static uint64_t rng;

static uint64_t
next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t n;

	return text != NULL && otp_parse_u64(text, 1, UINT64_MAX, &n) == OTP_OK ? n : otherwise;
}

static int64_t
steady_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Act i: one record gets its number, one is deleted, one counts them all: three shards, one commit. */
static unsigned
put_by(uint64_t i)
{
	return (unsigned)(i * 7 % NAMES);
}

static unsigned
deleted_by(uint64_t i)
{
	return (unsigned)((i * 13 + 5) % NAMES);
}

static void
text_of(char text[400], uint64_t i)
{
	(void)snprintf(text, 400, "%llu %.*s", (unsigned long long)i, (int)(i * 31 % 300),
	    "................................................................................"
	    "................................................................................"
	    "................................................................................"
	    "................................................................................");
}

static void
do_act(struct unit_store *u, uint64_t i)
{
	char name[16], text[400];

	(void)snprintf(name, sizeof(name), "n%u", deleted_by(i));
	assert_int_equal(otp_store_delete(u->store, OTP_KIND_TOKEN, name), OTP_OK);
	(void)snprintf(name, sizeof(name), "n%u", put_by(i));
	text_of(text, i);
	assert_int_equal(unit_put(u, OTP_KIND_TOKEN, name, text), OTP_OK);
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
	assert_int_equal(unit_put(u, OTP_KIND_COMPANY, "acts", text), OTP_OK);
	if (i % 97 == 0)
		otp_store_wiped(u->store);
	unit_commit(u);
}

/* In the child, until it is killed. */
static void
work(struct unit_store *u, int fd, uint64_t next, bool is_early)
{
	struct said said = { next - 1, next - 1 };
	enum otp_err err;

	if (otp_store_open(&u->params, &u->store, &u->why) != OTP_OK)
		_exit(3);
	for (;;) {
		do {
			u->now_ms += 300;
			err = otp_store_turn(u->store, u->now_ms);
		} while (err == OTP_ERR_BUSY);
		if (err != OTP_OK)
			_exit(4);
		for (unsigned k = 0; k < BATCH; k++) {
			said.begun++;
			if (write(fd, &said, sizeof(said)) != (ssize_t)sizeof(said))
				_exit(5);
			do_act(u, said.begun);
		}
		if (!is_early && otp_store_flush(u->store) != OTP_OK)
			_exit(6);
		said.acknowledged = said.begun;
		if (write(fd, &said, sizeof(said)) != (ssize_t)sizeof(said))
			_exit(7);
		if (is_early)	/* the control: the flush comes after the answer */
			(void)usleep(300);
		if (is_early && otp_store_flush(u->store) != OTP_OK)
			_exit(8);
	}
}

/* The children of a process, killed: whichever they are. */
static unsigned
kill_children(pid_t pid)
{
	char path[80], line[256] = "";
	unsigned n = 0;
	char *p, *space;
	uint64_t child;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)pid, (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL) {
		for (p = line; (space = strchr(p, ' ')) != NULL; p = space + 1) {
			*space = '\0';
			if (otp_parse_u64(p, 2, INT32_MAX, &child) == OTP_OK)
				n += kill((pid_t)child, SIGKILL) == 0 ? 1 : 0;
		}
	}
	(void)fclose(f);
	return n;
}

static struct said
last_said(int fd, struct said otherwise)
{
	struct said said;

	while (read(fd, &said, sizeof(said)) == (ssize_t)sizeof(said))
		otherwise = said;
	return otherwise;
}

/* Is this the state after act `last`, in every record? */
static bool
is_state_after(struct unit_store *u, uint64_t last)
{
	uint64_t by_put[NAMES] = { 0 }, by_delete[NAMES] = { 0 };
	char name[16], text[400];

	for (uint64_t i = last > 2 * NAMES ? last - 2 * NAMES : 1; i <= last; i++) {
		by_delete[deleted_by(i)] = i;
		by_put[put_by(i)] = i;
	}
	for (unsigned n = 0; n < NAMES; n++) {
		(void)snprintf(name, sizeof(name), "n%u", n);
		text_of(text, by_put[n]);
		if (by_put[n] < by_delete[n] || by_put[n] == 0)
			(void)snprintf(text, sizeof(text), "not-found");
		if (strcmp(unit_get(u, OTP_KIND_TOKEN, name), text) != 0)
			return false;
	}
	return true;
}

static enum otp_err
count_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	uint64_t *last = ctx;

	(void)event;
	if (seq != *last + 1)
		return OTP_ERR_INTEGRITY;
	*last = seq;
	return OTP_OK;
}

/* One life and death; false: something that was acknowledged is gone, or half an act is there. */
static bool
one_round(struct unit_store *u, uint64_t *next, bool is_early, unsigned *n_children)
{
	struct said said = { *next - 1, *next - 1 };
	struct otp_store_stats stats;
	uint64_t found = 0, events = 0;
	int fds[2], status;
	int64_t died_at;
	bool is_good;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		work(u, fds[1], *next, is_early);
	}
	(void)close(fds[1]);
	/* some die while they open; the others not before they have begun, however slow the machine is */
	if (is_early || next_random() % 3 != 0)
		(void)poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 20000);
	(void)usleep((useconds_t)(next_random() % (next_random() % 4 == 0 ? 60000 : 8000)));
	if (next_random() % 3 == 0) {
		*n_children += kill_children(pid);
		(void)usleep((useconds_t)(next_random() % 5000));
	}
	(void)kill(pid, SIGKILL);
	died_at = steady_ms();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	said = last_said(fds[0], said);
	(void)close(fds[0]);
	unit_open(u);
	assert_true(steady_ms() - died_at < 5000);	/* no child outlives it for long */
	if (otp_parse_u64(unit_get(u, OTP_KIND_COMPANY, "acts"), 0, UINT64_MAX, &found) != OTP_OK)
		found = 0;
	otp_store_stats(u->store, &stats);
	is_good = found >= said.acknowledged && found <= said.begun && is_state_after(u, found) &&
	    otp_store_events(u->store, 0, count_event, &events, NULL) == OTP_OK && events == stats.seq;
	if (!is_good)
		print_message("# found %llu, acknowledged %llu, begun %llu, %llu of %llu events\n",
		    (unsigned long long)found, (unsigned long long)said.acknowledged,
		    (unsigned long long)said.begun, (unsigned long long)events,
		    (unsigned long long)stats.seq);
	unit_drop(u);
	*next = found + 1;
	return is_good;
}

static void
test_kills(void **state)
{
	struct unit_store *u = *state;
	const int64_t until = steady_ms() + 1000 * (int64_t)from_environment("OTP_CRASH_SECONDS", SECONDS);
	unsigned rounds = 0, children = 0;
	uint64_t next = 1;

	rng = from_environment("OTP_CRASH_SEED", (uint64_t)steady_ms() * 2 + 1);
	print_message("# seed %llu\n", (unsigned long long)rng);
	while (steady_ms() < until) {
		assert_true(one_round(u, &next, false, &children));
		rounds++;
	}
	print_message("# %u kills, %u children killed alone, %llu acts\n", rounds, children,
	    (unsigned long long)next);
	assert_true(rounds > 5 && next > 50);
}

/* The same, but for an answer before the flush: it must be noticed. */
static void
test_control(void **state)
{
	struct unit_store *u = *state;
	unsigned rounds = 0, children = 0;
	uint64_t next = 1;

	while (rounds < 300 && one_round(u, &next, true, &children))
		rounds++;
	print_message("# noticed after %u kills\n", rounds);
	assert_true(rounds < 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kills, unit_store_setup, unit_store_teardown),
		cmocka_unit_test_setup_teardown(test_control, unit_store_setup, unit_store_teardown),
	};

	return cmocka_run_group_tests_name("store_crash", tests, NULL, NULL);
}
