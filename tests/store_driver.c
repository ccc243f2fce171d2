/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small program over store.h, for tests that kill it, cut its power or damage its files.
 *
 * store_driver mk DIR SHARDS SEG                     makes DIR/state, DIR/keys and DIR/store
 * store_driver keys DIR SHARDS SEG                   only the first two of them
 * store_driver init DIR SHARDS SEG                   only the last
 * store_driver drive DIR FROM TO SEED USERS BATCH    does the acts FROM to TO - 1
 * store_driver early DIR FROM TO SEED USERS BATCH    the same, but acknowledges before the flush: a control
 * store_driver checkpoint DIR
 * store_driver dump DIR USERS                        prints the whole state
 *
 * What act i does follows from SEED and i alone, whatever the state is. To
 * descriptor 3, where there is one, go
 *	OP i ITEM ITEM ...	before act i is committed; an item is P:kind:name:value (put), D:kind:name (delete),
 *				I:kind:name (a number one higher than before, 1 at first) or W (a secret was wiped)
 *	ACK i			after the flush that made it durable
 * dump prints "kind name value" lines, sorted, "0 acts N" (how many the audit has), and "seq N"; "BAD ..." for what
 * contradicts itself; or "UNUSABLE error-code reason" alone.
 * Exit: 0, 1 the store refused (said on stderr), 2 usage.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "event.h"
#include "parse.h"
#include "sink.h"
#include "store.h"

#define BATCH_MAX 256
#define ITEMS_MAX 8
#define LINE_MAX_BYTES 1024
#define VALUE_MAX 8000
#define START_MS 1700000000000
#define ACT_MS 137
#define ACK_FD 3
#define LOCK_TRIES 1000

enum item_type { PUT, DELETE, INCREMENT };
struct item {
	enum item_type type;
	enum otp_kind kind;
	char name[32];
	char value[48];
};
struct act {
	size_t n;
	struct item item[ITEMS_MAX];
	bool is_wipe;
};

static char store_dir[4096], state_dir[4096], keys_dir[4096];
static struct otp_keyring *ring;
static struct otp_store_params params;

static int
fail(const char *what, enum otp_err err, const struct otp_why *why)
{
	char text[2048];

	(void)fprintf(stderr, "%s: %s: %s\n", what, otp_err_code(err),
	    otp_message_format(text, sizeof(text), otp_message_text(why->message), why));
	return 1;
}

static void
say_line(void *ctx, enum otp_level level, const char *text)
{
	(void)ctx;
	if (level >= OTP_LEVEL_WARNING)
		(void)fprintf(stderr, "store: %s\n", text);
}
static const struct otp_sink sink = { say_line, NULL };

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A name stands in an act once at most: items after it would hide it. */
static void
add(struct act *act, enum item_type type, enum otp_kind kind, const char *prefix, uint64_t number,
    uint64_t i, uint64_t size)
{
	struct item *item = &act->item[act->n];

	item->type = type;
	item->kind = kind;
	(void)snprintf(item->name, sizeof(item->name), "%s%llu", prefix, (unsigned long long)number);
	(void)snprintf(item->value, sizeof(item->value), "%llu.%zu.%llu", (unsigned long long)i, act->n,
	    (unsigned long long)size);
	for (size_t j = 0; j < act->n; j++)
		if (act->item[j].kind == kind && strcmp(act->item[j].name, item->name) == 0)
			return;
	act->n++;
}

static void
make_act(uint64_t seed, uint64_t i, uint64_t users, struct act *ret)
{
	uint64_t r = seed * 1000003 + i;
	const uint64_t what = next_random(&r) % 16, user = next_random(&r) % users;
	const uint64_t size = next_random(&r) % 20 == 0 ? 4000 : 60 + next_random(&r) % 240;

	memset(ret, 0, sizeof(*ret));
	if (what < 8) {			/* as a verification: the token, sometimes the user too */
		add(ret, PUT, OTP_KIND_TOKEN, "S", user, i, size);
		if (what < 4)
			add(ret, PUT, OTP_KIND_USER, "u", user, i, 90);
	} else if (what < 10) {		/* as an import: new small records */
		add(ret, PUT, OTP_KIND_SEED, "x", next_random(&r) % 50, i, 70);
		add(ret, PUT, OTP_KIND_TOKEN, "S", user, i, size);
	} else if (what < 12) {
		add(ret, DELETE, OTP_KIND_SEED, "x", next_random(&r) % 50, i, 0);
		ret->is_wipe = next_random(&r) % 8 == 0;
	} else if (what < 14) {		/* many at once, over many shards */
		for (unsigned k = 0; k < ITEMS_MAX - 1; k++)
			add(ret, next_random(&r) % 4 == 0 ? DELETE : PUT,
			    OTP_KIND_USER + (next_random(&r) % 3), "m", next_random(&r) % 40, i, 100);
	} else {
		add(ret, INCREMENT, OTP_KIND_ACCOUNT, "counter", 0, i, 0);
		add(ret, PUT, OTP_KIND_USER, "u", user, i, size);
	}
}

/* Every byte behind the text follows from it, so that a value cannot be half of another. */
static enum otp_err
make_value(const char *text, struct otp_bytes *ret)
{
	const size_t n = strlen(text);
	uint64_t size = 0;
	const char *dot = strrchr(text, '.');
	enum otp_err err;

	if (dot != NULL && otp_parse_u64(dot + 1, 0, VALUE_MAX, &size) != OTP_OK)
		return OTP_ERR_BAD_INPUT;
	if (size < n + 1)
		size = n + 1;
	err = otp_bytes_set(ret, text, n + 1);
	if (err == OTP_OK)
		err = otp_bytes_reserve(ret, (size_t)size);
	if (err != OTP_OK)
		return err;
	for (size_t i = ret->len; i < size; i++)
		ret->data[i] = (uint8_t)(text[i % n] + (char)i);
	ret->len = (size_t)size;
	return OTP_OK;
}

static bool
is_value_whole(const struct otp_bytes *value)
{
	struct otp_bytes right = OTP_BYTES_INIT;
	bool is_whole;

	if (value->len == 0 || memchr(value->data, '\0', value->len) == NULL)
		return false;
	is_whole = make_value((const char *)value->data, &right) == OTP_OK &&
	    right.len == value->len && memcmp(right.data, value->data, right.len) == 0;
	otp_bytes_clear(&right);
	return is_whole;
}

static enum otp_err
open_store(const char *dir, bool is_once, struct otp_store **ret, struct otp_why *why)
{
	enum otp_err err;

	(void)snprintf(store_dir, sizeof(store_dir), "%s/store", dir);
	(void)snprintf(state_dir, sizeof(state_dir), "%s/state", dir);
	(void)snprintf(keys_dir, sizeof(keys_dir), "%s/keys", dir);
	params = (struct otp_store_params){ .dir = store_dir, .state_dir = state_dir,
		.owner = geteuid(), .audit_keep = 400 * 86400, .audit_max = 1 << 30,
		.now_ms = START_MS, .is_once = is_once, .sink = &sink };
	err = otp_keyring_load(keys_dir, geteuid(), &ring, why);
	params.ring = ring;
	if (err != OTP_OK || ret == NULL)
		return err;
	/* every start goes on with the size of the segment that mk was given */
	{
		char path[4200];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/segment", keys_dir);
		if (stat(path, &st) == 0)
			params.segment_size = (uint64_t)st.st_size;
	}
	/* a child of one that was killed may still be going */
	for (unsigned tries = 0; tries < LOCK_TRIES; tries++) {
		const struct timespec nap = { 0, 5000000 };

		otp_why_clear(why);
		err = otp_store_open(&params, ret, why);
		if (err != OTP_ERR_BUSY)
			return err;
		(void)nanosleep(&nap, NULL);
	}
	return err;
}

static int
make_keys(const char *dir, uint64_t segment)
{
	struct otp_why why = OTP_WHY_INIT;
	char path[4200];
	enum otp_err err;
	uint32_t id;
	FILE *f;

	(void)mkdir(dir, 0700);
	(void)open_store(dir, true, NULL, NULL);
	if (mkdir(state_dir, 0700) != 0 || mkdir(keys_dir, 0700) != 0)
		return fail("mk", OTP_ERR_SYSTEM, &why);
	/* its length is the size: no second way to say it that could differ */
	(void)snprintf(path, sizeof(path), "%s/segment", keys_dir);
	f = fopen(path, "w");
	if (f == NULL || ftruncate(fileno(f), (off_t)segment) != 0 || fclose(f) != 0)
		return fail("mk", OTP_ERR_SYSTEM, &why);
	err = otp_keyring_create(keys_dir, geteuid(), &id, &why);
	return err == OTP_OK ? 0 : fail("mk", err, &why);
}

static int
make_store(const char *dir, uint64_t n_shards, uint64_t segment)
{
	struct otp_store_site site = { .n_shards = (uint32_t)n_shards, .zone = "UTC",
		.currency = "JPY" };
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	err = open_store(dir, true, NULL, &why);
	params.segment_size = segment;
	if (err == OTP_OK)
		err = otp_store_init(&params, &site, &why);
	otp_keyring_free(&ring);
	return err == OTP_OK ? 0 : fail("mk", err, &why);
}

static int
make(const char *verb, const char *dir, uint64_t n_shards, uint64_t segment)
{
	int status = 0;

	if (strcmp(verb, "init") != 0)
		status = make_keys(dir, segment);
	if (status == 0 && strcmp(verb, "keys") != 0)
		status = make_store(dir, n_shards, segment);
	return status;
}

static void
tell(const char *line)
{
	if (write(ACK_FD, line, strlen(line)) < 0 && errno != EBADF)
		exit(1);
}

static void
tell_act(uint64_t i, const struct act *act)
{
	char line[LINE_MAX_BYTES];
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "OP %llu", (unsigned long long)i);
	for (size_t k = 0; k < act->n; k++) {
		const struct item *item = &act->item[k];
		static const char letters[] = { 'P', 'D', 'I' };

		n += (size_t)snprintf(line + n, sizeof(line) - n, " %c:%d:%s%s%s", letters[item->type],
		    (int)item->kind, item->name, item->type == PUT ? ":" : "",
		    item->type == PUT ? item->value : "");
	}
	(void)snprintf(line + n, sizeof(line) - n, "%s\n", act->is_wipe ? " W" : "");
	tell(line);
}

static enum otp_err
increment(struct otp_store *store, const struct item *item, struct otp_bytes *value)
{
	char text[32];
	uint64_t n = 0;
	enum otp_err err;

	err = otp_store_get(store, item->kind, item->name, value);
	if (err == OTP_OK)
		err = otp_parse_u64((const char *)value->data, 0, UINT64_MAX, &n);
	else if (err == OTP_ERR_NOT_FOUND)
		err = OTP_OK;
	if (err != OTP_OK)
		return err;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)(n + 1));
	return make_value(text, value);
}

static enum otp_err
do_act(struct otp_store *store, const struct act *act, int64_t now_ms)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_event event = OTP_EVENT_INIT;
	enum otp_err err = OTP_OK;
	uint64_t seq;

	for (size_t k = 0; err == OTP_OK && k < act->n; k++) {
		const struct item *item = &act->item[k];

		if (item->type == DELETE) {
			err = otp_store_delete(store, item->kind, item->name);
			continue;
		}
		if (item->type == PUT)
			err = make_value(item->value, &value);
		else
			err = increment(store, item, &value);
		if (err == OTP_OK)
			err = otp_store_put(store, item->kind, item->name, &value);
	}
	if (act->is_wipe)
		otp_store_wiped(store);
	event.time_ms = now_ms;
	event.verb = OTP_VERB_VERIFY;
	(void)snprintf(event.actor, sizeof(event.actor), "driver");
	if (err == OTP_OK)
		err = otp_store_commit(store, &event, OTP_COMMIT_VERIFY, true, &seq);
	otp_event_clear(&event);
	otp_bytes_clear(&value);
	return err;
}

static enum otp_err
flush(struct otp_store *store, uint64_t first, uint64_t n, bool is_early)
{
	char line[64];
	enum otp_err err = OTP_OK;

	if (!is_early)
		err = otp_store_flush(store);
	for (uint64_t k = 0; err == OTP_OK && k < n; k++) {
		(void)snprintf(line, sizeof(line), "ACK %llu\n", (unsigned long long)(first + k));
		tell(line);
	}
	if (is_early)
		err = otp_store_flush(store);
	return err;
}

static enum otp_err
turn(struct otp_store *store, int64_t now_ms)
{
	const struct timespec nap = { 0, 1000000 };
	enum otp_err err;

	for (unsigned tries = 0; tries < 10000; tries++) {
		err = otp_store_turn(store, now_ms + tries);
		if (err != OTP_ERR_BUSY)
			return err;
		(void)nanosleep(&nap, NULL);
	}
	return OTP_ERR_BUSY;
}

static int
drive(const char *dir, uint64_t from, uint64_t to, uint64_t seed, uint64_t users, uint64_t batch,
    bool is_early)
{
	struct otp_store *store = NULL;
	struct otp_why why = OTP_WHY_INIT;
	struct act act;
	uint64_t i = from, n;
	enum otp_err err;
	int64_t now_ms = START_MS;

	err = open_store(dir, false, &store, &why);
	if (err != OTP_OK)
		return fail("open", err, &why);
	while (err == OTP_OK && i < to) {
		err = turn(store, now_ms);
		for (n = 0; err == OTP_OK && n < batch && i + n < to; n++) {
			now_ms = START_MS + (int64_t)(i + n) * ACT_MS;
			make_act(seed, i + n, users, &act);
			tell_act(i + n, &act);
			err = do_act(store, &act, now_ms);
		}
		if (err == OTP_OK)
			err = flush(store, i, n, is_early);
		i += n;
	}
	if (err == OTP_OK)
		err = otp_store_close(&store, now_ms);
	else
		(void)otp_store_close(&store, now_ms);
	otp_keyring_free(&ring);
	return err == OTP_OK ? 0 : fail("drive", err, &why);
}

/* ---- dump ---- */

struct lines {
	char **line;
	size_t n, cap;
	struct otp_store *store;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum otp_err
add_line(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct lines *lines = ctx;
	struct otp_bytes again = OTP_BYTES_INIT;
	char text[512];
	enum otp_err err;

	if (!is_value_whole(value))
		(void)snprintf(text, sizeof(text), "BAD value of %d %s", (int)kind, name);
	else
		(void)snprintf(text, sizeof(text), "%d %s %s", (int)kind, name, (const char *)value->data);
	err = otp_store_get(lines->store, kind, name, &again);
	if (err != OTP_OK || again.len != value->len || memcmp(again.data, value->data, again.len) != 0)
		(void)snprintf(text, sizeof(text), "BAD get of %d %s", (int)kind, name);
	otp_bytes_clear(&again);
	if (lines->n == lines->cap) {
		lines->cap = lines->cap == 0 ? 256 : 2 * lines->cap;
		lines->line = realloc(lines->line, lines->cap * sizeof(lines->line[0]));
	}
	if (lines->line == NULL || (lines->line[lines->n] = strdup(text)) == NULL)
		return OTP_ERR_NO_MEMORY;
	lines->n++;
	return OTP_OK;
}

struct audit {
	uint64_t last_seq, n_acts;
	int64_t last_ms;
};

/* Every act's own event, in the order of the acts. */
static enum otp_err
count_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	struct audit *audit = ctx;

	if (seq != audit->last_seq + 1)
		return OTP_ERR_INTEGRITY;
	audit->last_seq = seq;
	if (event->verb == OTP_VERB_NONE)
		return OTP_OK;
	if (strcmp(event->actor, "driver") != 0 || event->time_ms <= audit->last_ms)
		return OTP_ERR_INTEGRITY;
	audit->last_ms = event->time_ms;
	audit->n_acts++;
	return OTP_OK;
}

/* The scan and get must agree about who is there. */
static void
check_users(const struct lines *lines, uint64_t users)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	size_t there = 0, found = 0;
	char name[32];
	enum otp_err err;

	for (size_t i = 0; i < lines->n; i++)
		there += strncmp(lines->line[i], "2 u", 3) == 0 ? 1 : 0;
	for (uint64_t u = 0; u < users; u++) {
		(void)snprintf(name, sizeof(name), "u%llu", (unsigned long long)u);
		err = otp_store_get(lines->store, OTP_KIND_USER, name, &value);
		found += err == OTP_OK ? 1 : 0;
		if (err != OTP_OK && err != OTP_ERR_NOT_FOUND)
			(void)printf("BAD get of 2 %s: %s\n", name, otp_err_code(err));
		err = otp_store_absent(lines->store, OTP_KIND_USER, name);
		found -= err == OTP_ERR_EXISTS ? 1 : 0;
		there -= err == OTP_ERR_EXISTS ? 1 : 0;
	}
	if (there != 0 || found != 0)
		(void)printf("BAD scan and get differ\n");
	otp_bytes_clear(&value);
}

static int
unusable(enum otp_err err, const struct otp_why *why)
{
	char text[2048];

	(void)printf("UNUSABLE %s %s\n", otp_err_code(err),
	    otp_message_format(text, sizeof(text), otp_message_text(why->message), why));
	return 1;
}

static int
dump(const char *dir, uint64_t users)
{
	struct lines lines = { 0 };
	struct otp_store *store = NULL;
	struct otp_store_stats stats;
	struct otp_why why = OTP_WHY_INIT;
	struct audit audit = { 0 };
	enum otp_err err;

	err = open_store(dir, true, &store, &why);
	if (err != OTP_OK)
		return unusable(err, &why);
	lines.store = store;
	err = otp_store_scan(store, OTP_KIND_NONE, add_line, &lines);
	if (err != OTP_OK)
		return unusable(err, &why);
	if (lines.n > 0)
		qsort(lines.line, lines.n, sizeof(lines.line[0]), compare);
	for (size_t i = 0; i < lines.n; i++)
		(void)printf("%s\n", lines.line[i]);
	check_users(&lines, users);
	otp_store_stats(store, &stats);
	err = otp_store_events(store, 0, count_event, &audit, &why);
	if (err != OTP_OK || audit.last_seq != stats.seq)
		(void)printf("BAD audit at %llu: %s\n", (unsigned long long)audit.last_seq, otp_err_code(err));
	(void)printf("0 acts %llu\n", (unsigned long long)audit.n_acts);
	(void)printf("seq %llu\n", (unsigned long long)stats.seq);
	for (size_t i = 0; i < lines.n; i++)
		free(lines.line[i]);
	free(lines.line);
	(void)otp_store_close(&store, START_MS);
	otp_keyring_free(&ring);
	return 0;
}

static int
checkpoint(const char *dir)
{
	struct otp_store *store = NULL;
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	err = open_store(dir, true, &store, &why);
	if (err == OTP_OK)
		err = otp_store_checkpoint(store, START_MS);
	if (err == OTP_OK)
		err = otp_store_close(&store, START_MS);
	otp_keyring_free(&ring);
	return err == OTP_OK ? 0 : fail("checkpoint", err, &why);
}

static uint64_t
number(const char *text, uint64_t min, uint64_t max)
{
	uint64_t n;

	if (otp_parse_u64(text, min, max, &n) == OTP_OK)
		return n;
	(void)fprintf(stderr, "'%s' is not a number from %llu to %llu\n", text,
	    (unsigned long long)min, (unsigned long long)max);
	exit(2);
}

int
main(int argc, char **argv)
{
	if (argc == 5 && (strcmp(argv[1], "mk") == 0 || strcmp(argv[1], "keys") == 0 || strcmp(argv[1], "init") == 0))
		return make(argv[1], argv[2], number(argv[3], 1, 256), number(argv[4], 65536, 1 << 26));
	if (argc == 8 && (strcmp(argv[1], "drive") == 0 || strcmp(argv[1], "early") == 0))
		return drive(argv[2], number(argv[3], 0, 1u << 31), number(argv[4], 0, 1u << 31),
		    number(argv[5], 0, 1u << 31), number(argv[6], 1, 1 << 20),
		    number(argv[7], 1, BATCH_MAX), strcmp(argv[1], "early") == 0);
	if (argc == 4 && strcmp(argv[1], "dump") == 0)
		return dump(argv[2], number(argv[3], 1, 1 << 20));
	if (argc == 3 && strcmp(argv[1], "checkpoint") == 0)
		return checkpoint(argv[2]);
	(void)fprintf(stderr, "usage: store_driver mk|drive|early|checkpoint|dump DIR ...\n");
	return 2;
}
