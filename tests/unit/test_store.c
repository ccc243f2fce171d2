/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conformance suite of the store: what store.h promises, on whatever is behind it. */
#include "config.h"

#include <signal.h>
#include <sys/wait.h>

#include "file.h"
#include "store_unit.h"

#define MODEL_NAMES 60
#define MODEL_ACTS 3000
#define SEED 20261123

static enum otp_kind
kind_of(unsigned i)
{
	return i % 2 == 0 ? OTP_KIND_USER : OTP_KIND_TOKEN;
}

static void
test_init(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_params params = u->params;
	struct otp_store_site site = u->site;
	char other[700];

	assert_int_equal(otp_store_init(&u->params, &site, &u->why), OTP_ERR_EXISTS);
	unit_open(u);
	assert_string_equal(otp_store_site(u->store)->zone, "Asia/Tokyo");
	assert_string_equal(otp_store_site(u->store)->currency, "JPY");
	assert_memory_equal(otp_store_site(u->store)->id, u->site.id, OTP_STORE_ID_SIZE);
	assert_int_equal(otp_store_site(u->store)->generation, 1);
	/* beside a service too */
	assert_int_equal(otp_store_init(&u->params, &site, &u->why), OTP_ERR_EXISTS);
	unit_close(u);
	(void)snprintf(other, sizeof(other), "%s/other", u->dir);
	params.dir = other;
	assert_int_equal(otp_store_open(&params, &u->store, &u->why), OTP_ERR_NO_STORE);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(otp_store_open(&params, &u->store, &u->why), OTP_ERR_NO_STORE);
	(void)unit_file(other, "somebody's", 0600, "x", 1);
	assert_int_equal(otp_store_init(&params, &site, &u->why), OTP_ERR_CONFLICT);
	site.n_shards = 3;
	params.dir = u->store_dir;
	assert_int_equal(otp_store_init(&params, &site, &u->why), OTP_ERR_BAD_INPUT);
}

/* A broken-off init left something: the next one makes a whole store. */
static void
test_init_again(void **state)
{
	struct unit_store *u = *state;
	char build[700], path[800];

	(void)snprintf(build, sizeof(build), "%s/live.tmp", u->store_dir);
	assert_int_equal(rename(u->live, build), 0);
	(void)snprintf(path, sizeof(path), "%s/meta", build);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(otp_store_open(&u->params, &u->store, &u->why), OTP_ERR_NO_STORE);
	assert_int_equal(otp_store_init(&u->params, &u->site, &u->why), OTP_OK);
	assert_int_equal(access(build, F_OK), -1);
	unit_open(u);
	unit_set(u, OTP_KIND_USER, "taro", "1");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "1");
}

static void
test_owner_and_mode(void **state)
{
	struct unit_store *u = *state;
	const char *const files[] = { "meta", "0001.0.gdbm", "journal.00000001", "archive", "." };
	char path[800];

	for (size_t i = 0; i < UNIT_N(files); i++) {
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", u->live, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(chmod(path, st.st_mode | 0040), 0);
		otp_why_clear(&u->why);
		assert_int_equal(otp_store_open(&u->params, &u->store, &u->why), OTP_ERR_NOT_PERMITTED);
		assert_int_equal(u->why.message, OTP_MESSAGE_FILE_WRONG_MODE);
		assert_int_equal(chmod(path, st.st_mode), 0);
	}
	u->params.owner = geteuid() + 1;
	if (geteuid() != 0)	/* what is root's is everybody's to trust */
		assert_int_equal(otp_store_open(&u->params, &u->store, &u->why), OTP_ERR_NOT_PERMITTED);
	u->params.owner = geteuid();
	unit_open(u);
}

static void
test_act(void **state)
{
	struct unit_store *u = *state;

	unit_open(u);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "not-found");
	assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, "taro"), OTP_OK);
	/* an act sees what it has put, nobody else does when it is aborted */
	assert_int_equal(unit_put(u, OTP_KIND_USER, "taro", "one"), OTP_OK);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "one");
	assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, "taro"), OTP_ERR_EXISTS);
	otp_store_abort(u->store);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "not-found");
	/* the last word counts, a deletion too */
	assert_int_equal(unit_put(u, OTP_KIND_USER, "taro", "one"), OTP_OK);
	assert_int_equal(unit_put(u, OTP_KIND_USER, "taro", "two"), OTP_OK);
	assert_int_equal(unit_put(u, OTP_KIND_USER, "jiro", "three"), OTP_OK);
	assert_int_equal(otp_store_delete(u->store, OTP_KIND_USER, "jiro"), OTP_OK);
	unit_commit(u);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "two");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "jiro"), "not-found");
	/* kinds are apart */
	assert_string_equal(unit_get(u, OTP_KIND_TOKEN, "taro"), "not-found");
	unit_set(u, OTP_KIND_TOKEN, "taro", "token");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "two");
	assert_int_equal(otp_store_delete(u->store, OTP_KIND_USER, "taro"), OTP_OK);
	assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, "taro"), OTP_OK);
	unit_commit(u);
	/* an event without any change is a record too */
	unit_commit(u);
	unit_flush(u);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "not-found");
	assert_string_equal(unit_get(u, OTP_KIND_TOKEN, "taro"), "token");
}

static void
test_reopen(void **state)
{
	struct unit_store *u = *state;

	for (int is_dropped = 0; is_dropped < 2; is_dropped++) {
		unit_open(u);
		unit_set(u, OTP_KIND_USER, "taro", is_dropped ? "b" : "a");
		unit_set(u, OTP_KIND_TOKEN, "123456789", "t");
		assert_int_equal(otp_store_delete(u->store, OTP_KIND_TOKEN, "123456789"), OTP_OK);
		unit_commit(u);
		unit_flush(u);
		if (is_dropped)
			unit_drop(u);	/* replayed */
		else
			unit_close(u);	/* checkpointed */
		unit_open(u);
		assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), is_dropped ? "b" : "a");
		assert_string_equal(unit_get(u, OTP_KIND_TOKEN, "123456789"), "not-found");
		unit_close(u);
	}
}

static void
test_newest_time(void **state)
{
	struct unit_store *u = *state;
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	unit_open(u);
	assert_int_equal(otp_store_newest_ms(u->store), 0);
	unit_set(u, OTP_KIND_USER, "taro", "x");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW);
	event.time_ms = UNIT_NOW + 99999;
	assert_int_equal(otp_store_commit(u->store, &event, OTP_COMMIT_VERIFY, false, &seq), OTP_OK);
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW);
	event.time_ms = UNIT_NOW - 5000;
	assert_int_equal(otp_store_commit(u->store, &event, OTP_COMMIT_VERIFY, true, &seq), OTP_OK);
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW);
	unit_flush(u);
	unit_drop(u);
	u->params.now_ms = UNIT_NOW + 1000000;
	for (int i = 0; i < 3; i++) {	/* neither a start nor a checkpoint moves it */
		unit_open(u);
		assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW);
		u->now_ms = UNIT_NOW + 2000000;
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
		unit_close(u);
	}
}

struct seen {
	unsigned count[MODEL_NAMES];
	char text[MODEL_NAMES][32];
	unsigned n;
	enum otp_kind kind;
};

static enum otp_err
see(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct seen *seen = ctx;
	const unsigned i = (unsigned)(name[1] - '0') * 10 + (unsigned)(name[2] - '0');

	assert_true(i < MODEL_NAMES && kind == kind_of(i));
	assert_true(seen->kind == OTP_KIND_NONE || kind == seen->kind);
	assert_int_equal(seen->count[i]++, 0);
	seen->n++;
	(void)snprintf(seen->text[i], sizeof(seen->text[i]), "%s", (const char *)value->data);
	return OTP_OK;
}

static void
compare(struct unit_store *u, char model[MODEL_NAMES][32])
{
	struct seen all = { .kind = OTP_KIND_NONE }, some = { .kind = OTP_KIND_TOKEN };
	char name[8];

	assert_int_equal(otp_store_scan(u->store, OTP_KIND_NONE, see, &all), OTP_OK);
	assert_int_equal(otp_store_scan(u->store, OTP_KIND_TOKEN, see, &some), OTP_OK);
	for (unsigned i = 0; i < MODEL_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i);
		assert_string_equal(unit_get(u, kind_of(i), name),
		    model[i][0] != '\0' ? model[i] : "not-found");
		assert_int_equal(otp_store_absent(u->store, kind_of(i), name),
		    model[i][0] != '\0' ? OTP_ERR_EXISTS : OTP_OK);
		assert_string_equal(all.text[i], model[i]);
		assert_string_equal(some.text[i], kind_of(i) == OTP_KIND_TOKEN ? model[i] : "");
	}
}

static enum otp_err
count_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	uint64_t *last = ctx;

	(void)event;
	assert_int_equal(seq, *last + 1);
	*last = seq;
	return OTP_OK;
}

/* Random acts against an array; segments turn, children checkpoint, starts replay. */
static void
test_model(void **state)
{
	struct unit_store *u = *state;
	static char model[MODEL_NAMES][32];
	struct otp_store_stats stats;
	uint64_t r = SEED, checkpoints = 0, last = 0;

	print_message("# seed %u\n", (unsigned)SEED);
	memset(model, 0, sizeof(model));
	unit_open(u);
	for (unsigned act = 0; act < MODEL_ACTS; act++) {
		unsigned n;

		r = r * 6364136223846793005u + 1442695040888963407u;
		n = 1 + (unsigned)(r >> 60) % 5;
		for (unsigned k = 0; k < n; k++) {
			const unsigned i = (unsigned)(r >> (8 * k + 10)) % MODEL_NAMES;
			char name[8];

			(void)snprintf(name, sizeof(name), "n%02u", i);
			if ((r >> (k + 3)) % 4 == 0) {
				model[i][0] = '\0';
				assert_int_equal(otp_store_delete(u->store, kind_of(i), name), OTP_OK);
			} else {
				(void)snprintf(model[i], sizeof(model[i]), "%u.%u", act, k);
				assert_int_equal(unit_put(u, kind_of(i), name, model[i]), OTP_OK);
			}
		}
		if ((r >> 40) % 50 == 0)
			otp_store_wiped(u->store);
		unit_commit(u);
		u->now_ms += 200;
		if ((r >> 20) % 3 == 0) {
			unit_flush(u);
			assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
		}
		if ((r >> 30) % 300 == 0) {
			unit_flush(u);
			compare(u, model);
			otp_store_stats(u->store, &stats);
			checkpoints += stats.checkpoints;
			if ((r >> 50) % 2 == 0)
				unit_close(u);
			else
				unit_drop(u);
			u->params.is_once = (r >> 51) % 2 == 0;
			unit_open(u);
			compare(u, model);
		}
	}
	unit_flush(u);
	otp_store_stats(u->store, &stats);
	assert_true(checkpoints + stats.checkpoints > 10);
	assert_int_equal(otp_store_events(u->store, 0, count_event, &last, &u->why), OTP_OK);
	assert_int_equal(last, stats.seq);
	compare(u, model);
}

/* Records are read back in any order of names; one that is too long is refused whole. */
static void
test_sizes(void **state)
{
	struct unit_store *u = *state;
	static char big[OTP_RECORD_VALUE_MAX];

	unit_open(u);
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(unit_put(u, OTP_KIND_USER, "big", big), OTP_OK);
	assert_int_equal(unit_put(u, OTP_KIND_USER, "small", "s"), OTP_OK);
	assert_int_equal(unit_try_commit(u, OTP_COMMIT_VERIFY), OTP_ERR_BAD_INPUT);
	otp_store_abort(u->store);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "small"), "not-found");
	big[30000] = '\0';
	for (int i = 0; i < 10; i++) {
		big[0] = (char)('a' + i);
		unit_set(u, OTP_KIND_USER, "big", big);
	}
	unit_set(u, OTP_KIND_USER, "empty", "");
	unit_flush(u);
	unit_drop(u);
	unit_open(u);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "big"), big);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "empty"), "");
	unit_close(u);
	unit_open(u);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "big"), big);
}

static void
test_lock(void **state)
{
	struct unit_store *u = *state;
	struct otp_store *second = NULL;
	struct otp_why why = OTP_WHY_INIT;
	char pid[32];

	unit_open(u);
	assert_int_equal(otp_store_open(&u->params, &second, &why), OTP_ERR_BUSY);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_string_equal(why.arg[0], pid);
	assert_null(second);
	/* a lock that somebody has taken for a stale one and removed */
	{
		char path[800];

		(void)snprintf(path, sizeof(path), "%s/lock", u->store_dir);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(otp_store_open(&u->params, &second, &why), OTP_ERR_BUSY);
	assert_null(second);
	unit_close(u);
	unit_open(u);
}

/* The child's copy stays what it was, while the parent changes everything and the files go. */
static void
test_freeze(void **state)
{
	struct unit_store *u = *state;
	static char model[MODEL_NAMES][32];
	uint64_t last = 0;
	int go[2], keep[64], status;
	char name[8], c;
	size_t n;
	pid_t pid;

	unit_open(u);
	for (unsigned i = 0; i < MODEL_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i);
		(void)snprintf(model[i], sizeof(model[i]), "%u", i);
		unit_set(u, kind_of(i), name, model[i]);
		if (i == MODEL_NAMES / 2)
			assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	}
	unit_flush(u);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		if (otp_store_freeze(u->store, keep, UNIT_N(keep) - 1, &n) != OTP_OK)
			_exit(2);
		keep[n++] = go[0];
		otp_file_close_all_but(keep, n);
		if (read(go[0], &c, 1) != 1)
			_exit(3);
		/* the parent holds the lock, not its copies: and is far away by now */
		compare(u, model);
		if (otp_store_events(u->store, 0, count_event, &last, NULL) != OTP_OK)
			_exit(4);
		if (unit_put(u, OTP_KIND_USER, "taro", "x") != OTP_ERR_STORE)
			_exit(5);
		(void)otp_store_close(&u->store, 0);
		_exit(0);
	}
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MODEL_NAMES; i++) {
			(void)snprintf(name, sizeof(name), "n%02u", i);
			unit_set(u, kind_of(i), name, "changed");
		}
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	}
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)close(go[0]);
	(void)close(go[1]);
	assert_string_equal(unit_get(u, kind_of(1), "n01"), "changed");
}

/* What a broken-off checkpoint leaves goes at the next start; what nobody here has made stays. */
static void
test_sweep(void **state)
{
	static const char *const names[] = { "0001.7777.gdbm", "ready.new", "journal.00000001",
		"archive/audit.00000099.new", "notes.txt" };
	struct unit_store *u = *state;
	char path[800];

	unit_open(u);
	unit_set(u, OTP_KIND_USER, "taro", "x");
	unit_close(u);	/* the journal begins with the second segment now */
	for (size_t i = 0; i < UNIT_N(names); i++)
		(void)unit_file(u->live, names[i], 0600, "left", 4);
	unit_open(u);
	for (size_t i = 0; i < UNIT_N(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", u->live, names[i]);
		assert_int_equal(access(path, F_OK), i + 1 == UNIT_N(names) ? 0 : -1);
	}
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "x");
}

/* gdbm seeks and reads: with one file offset for two processes, one would read what the other looks for. */
static void
test_freeze_apart(void **state)
{
	struct unit_store *u = *state;
	static char model[MODEL_NAMES][32];
	int keep[64], status;
	char name[8];
	size_t n;
	pid_t pid;

	unit_open(u);
	for (unsigned i = 0; i < MODEL_NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%02u", i);
		(void)snprintf(model[i], sizeof(model[i]), "%u", i);
		unit_set(u, kind_of(i), name, model[i]);
	}
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	pid = fork();
	if (pid == 0 && otp_store_freeze(u->store, keep, UNIT_N(keep), &n) != OTP_OK)
		_exit(2);
	for (unsigned round = 0; round < 300; round++)
		compare(u, model);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_once(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	struct pollfd fds[4];

	u->params.is_once = true;
	unit_open(u);
	unit_set(u, OTP_KIND_USER, "taro", "x");
	unit_flush(u);
	assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
	assert_int_equal(otp_store_fds(u->store, fds, UNIT_N(fds)), 0);
	unit_close(u);
	unit_open(u);	/* a short tail is left for the next */
	otp_store_stats(u->store, &stats);
	assert_int_equal(stats.overlay_records, 1);
	assert_int_equal(stats.n_segments, 1);
	/* a long one is not */
	for (int i = 0; i < 700; i++)
		unit_set(u, OTP_KIND_USER, "taro", "y");
	unit_close(u);
	unit_open(u);
	otp_store_stats(u->store, &stats);
	assert_int_equal(stats.overlay_records, 0);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "taro"), "y");
}

/* The mark is due a second after the first record, and nothing is due when all is quiet. */
static void
test_waiting(void **state)
{
	struct unit_store *u = *state;
	struct pollfd fds[4];

	unit_open(u);
	assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
	while (otp_store_fds(u->store, fds, UNIT_N(fds)) > 0) {	/* `ready` is being made */
		(void)poll(fds, 1, -1);
		assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
	}
	assert_int_equal(otp_store_wait_ms(u->store, u->now_ms), -1);
	unit_commit(u);
	unit_flush(u);
	assert_int_equal(otp_store_wait_ms(u->store, u->now_ms + 400), 600);
	assert_int_equal(otp_store_wait_ms(u->store, u->now_ms + 5000), 0);
	assert_int_equal(otp_store_wait_ms(u->store, u->now_ms - 500000), 0);
	assert_int_equal(otp_store_turn(u->store, u->now_ms + 1000), OTP_OK);
	assert_int_equal(otp_store_wait_ms(u->store, u->now_ms + 1000), -1);
}

static void
test_audit_limits(void **state)
{
	struct unit_store *u = *state;
	char path[800];

	u->params.audit_max = 100000;
	u->params.is_once = true;
	unit_open(u);
	for (int i = 0; i < 3000; i++) {
		unit_set(u, OTP_KIND_USER, "taro", "x");
		unit_flush(u);
		assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
	}
	(void)snprintf(path, sizeof(path), "%s/archive/audit.00000001", u->live);
	assert_int_equal(access(path, F_OK), -1);
	{
		uint64_t last = u->seq - 50;

		assert_int_equal(otp_store_events(u->store, u->seq - 49, count_event, &last, &u->why), OTP_OK);
		assert_int_equal(last, u->seq);
	}
}

/* An audit whose past was taken away says so. */
static void
test_audit_gone(void **state)
{
	struct unit_store *u = *state;
	uint64_t last = 0;
	char path[800];

	unit_open(u);
	unit_set(u, OTP_KIND_USER, "taro", "x");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	assert_int_equal(otp_store_events(u->store, 0, count_event, &last, &u->why), OTP_OK);
	(void)snprintf(path, sizeof(path), "%s/archive/audit.00000001", u->live);
	assert_int_equal(unlink(path), 0);
	last = 0;
	assert_int_equal(otp_store_events(u->store, 0, count_event, &last, &u->why), OTP_ERR_INTEGRITY);
	assert_int_equal(u->why.message, OTP_MESSAGE_AUDIT_MISSING);
}

static enum otp_err
see_act(void *ctx, uint64_t seq, const struct otp_event *event)
{
	uint64_t *next = ctx;

	(void)seq;
	if (strcmp(event->actor, "otpd") == 0)	/* the store's own: opened, checkpoint */
		return OTP_OK;
	assert_string_equal(event->actor, "tester");
	assert_int_equal(event->time_ms, UNIT_NOW + (int64_t)*next);
	++*next;
	return OTP_OK;
}

/* A commit may have to wait for a checkpoint: what it says of itself stays its own. */
static void
test_event_kept(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	uint64_t acts = 0, next = 0;

	unit_open(u);
	do {	/* nobody turns: four segments fill up, and then a commit must wait */
		u->now_ms = UNIT_NOW + (int64_t)acts++;
		unit_set(u, OTP_KIND_USER, "taro", "x");
		otp_store_stats(u->store, &stats);
	} while (stats.checkpoints < 2 && acts < 5000);
	assert_int_equal(stats.checkpoints, 2);
	unit_flush(u);
	assert_int_equal(otp_store_events(u->store, 0, see_act, &next, &u->why), OTP_OK);
	assert_int_equal(next, acts);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, unit_store_setup, unit_store_teardown)
	const struct CMUnitTest tests[] = {
		T(test_init), T(test_init_again), T(test_owner_and_mode), T(test_act), T(test_reopen),
		T(test_newest_time), T(test_model), T(test_sizes), T(test_lock), T(test_freeze),
		T(test_freeze_apart), T(test_sweep),
		T(test_once), T(test_waiting), T(test_audit_limits), T(test_event_kept),
		T(test_audit_gone),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
