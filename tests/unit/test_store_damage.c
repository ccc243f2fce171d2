/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged, cut, missing, old and foreign files: refused by name, never a silent difference. */
#include "config.h"

#include "segment.h"
#include "store_unit.h"

#define NAMES 12
#define MANY 64	/* over a few shards: each has some, though the keys are random */

static const char *
name_of(unsigned i)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "user%u", i);
	return name;
}

/* Some records, each flushed alone, and a mark that names the last one. */
static void
fill(struct unit_store *u, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unit_set(u, OTP_KIND_USER, name_of(i), name_of(i));
		unit_flush(u);
	}
	u->now_ms += 5000;
	assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
}

static enum otp_err
try_open(struct unit_store *u)
{
	enum otp_err err = OTP_ERR_BUSY;

	for (int tries = 0; err == OTP_ERR_BUSY && tries < 5000; tries++) {
		if (tries > 0)
			(void)usleep(1000);
		otp_why_clear(&u->why);
		err = otp_store_open(&u->params, &u->store, &u->why);
	}
	return err;
}

static const char *
mark_path(const struct unit_store *u)
{
	static char path[700];

	(void)snprintf(path, sizeof(path), "%s/mark", u->state_dir);
	return path;
}

/* Refused with a reason; or opened with everything that was acknowledged. */
static bool
is_refused_or_whole(struct unit_store *u, unsigned n)
{
	enum otp_err err = try_open(u);

	if (err != OTP_OK) {
		assert_true(err == OTP_ERR_INTEGRITY || err == OTP_ERR_ROLLBACK || err == OTP_ERR_KEY);
		assert_int_not_equal(u->why.message, OTP_MESSAGE_NONE);
		return true;
	}
	for (unsigned i = 0; i < n; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), name_of(i));
	unit_drop(u);
	return false;
}

static void
test_journal_bytes(void **state)
{
	struct unit_store *u = *state;
	static const uint8_t zeros[UNIT_SEGMENT];
	uint8_t *journal, *mark;
	size_t n, n_mark, end, refused = 0, by_mark = 0;
	char path[800];

	u->params.is_once = true;
	unit_open(u);
	fill(u, NAMES);
	unit_drop(u);
	(void)snprintf(path, sizeof(path), "%s/journal.00000001", u->live);
	journal = unit_read(path, &n);
	mark = unit_read(mark_path(u), &n_mark);
	for (end = n; journal[end - 1] == 0; end--)
		;
	for (size_t at = 0; at < end + 200; at++) {
		const uint8_t wrong = journal[at] ^ (uint8_t)(1 << at % 8);

		unit_overwrite(path, at, &wrong, 1);
		refused += is_refused_or_whole(u, NAMES) ? 1 : 0;
		by_mark += u->why.message == OTP_MESSAGE_STORE_BEHIND_MARK ? 1 : 0;
		unit_overwrite(path, 0, journal, n);
		unit_overwrite(mark_path(u), 0, mark, n_mark);
	}
	/* all of the records; what fills up head and last record apart */
	assert_true(refused > end - otp_segment_head_size(UNIT_SHARDS));
	/* only of the last flush the journal itself cannot tell: all else is named as damage */
	assert_true(by_mark > 100 && by_mark < (end - otp_segment_head_size(UNIT_SHARDS)) / 6);
	/* cut: zeros from there on, or another end */
	for (size_t at = otp_segment_head_size(UNIT_SHARDS); at < end; at += 40) {
		unit_overwrite(path, at, zeros, n - at);
		assert_true(is_refused_or_whole(u, NAMES));
		assert_int_equal(try_open(u), OTP_ERR_ROLLBACK);
		assert_int_equal(truncate(path, (off_t)at), 0);
		assert_int_equal(try_open(u), OTP_ERR_INTEGRITY);
		unit_overwrite(path, 0, journal, n);
	}
	free(journal);
	free(mark);
	unit_open(u);
}

/* An old copy of the whole store is not taken for the store. */
static void
test_old_copy(void **state)
{
	struct unit_store *u = *state;
	char path[800];
	uint8_t *old, *mark;
	size_t n, n_mark;

	u->params.is_once = true;
	unit_open(u);
	fill(u, 3);
	unit_drop(u);
	(void)snprintf(path, sizeof(path), "%s/journal.00000001", u->live);
	old = unit_read(path, &n);
	mark = unit_read(mark_path(u), &n_mark);
	unit_open(u);
	fill(u, 6);
	unit_drop(u);
	unit_overwrite(path, 0, old, n);
	assert_int_equal(try_open(u), OTP_ERR_ROLLBACK);
	assert_int_equal(u->why.message, OTP_MESSAGE_STORE_BEHIND_MARK);
	/* grown again beside the mark: as long, but another history */
	{
		uint8_t *newer;
		size_t n_newer;

		newer = unit_read(mark_path(u), &n_newer);
		unit_overwrite(mark_path(u), 0, mark, n_mark);
		unit_open(u);
		for (unsigned i = 0; i < 20; i++)
			unit_set(u, OTP_KIND_TOKEN, name_of(i), "other");
		unit_flush(u);
		unit_drop(u);
		unit_overwrite(mark_path(u), 0, newer, n_newer);
		free(newer);
	}
	assert_int_equal(try_open(u), OTP_ERR_ROLLBACK);
	assert_int_equal(u->why.message, OTP_MESSAGE_STORE_NOT_MARK);
	assert_int_equal(unlink(mark_path(u)), 0);
	assert_int_equal(try_open(u), OTP_ERR_ROLLBACK);
	free(old);
	free(mark);
}

/* Several live segments: no checkpoint runs while nobody turns. */
static void
test_earlier_segment(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	enum otp_err err;
	char path[800];
	uint8_t *data;
	size_t n;

	unit_open(u);
	for (unsigned i = 0; i < 500; i++) {
		unit_set(u, OTP_KIND_USER, name_of(i % NAMES), name_of(i % NAMES));
		unit_flush(u);
	}
	otp_store_stats(u->store, &stats);
	assert_true(stats.n_segments >= 2 && stats.n_segments <= 4);
	unit_drop(u);
	(void)snprintf(path, sizeof(path), "%s/journal.00000001", u->live);
	data = unit_read(path, &n);
	for (size_t at = otp_segment_head_size(UNIT_SHARDS); at < 40000; at += 1009) {
		const uint8_t wrong = data[at] ^ 1;

		unit_overwrite(path, at, &wrong, 1);
		/* a record that names another key may be whole */
		err = try_open(u);
		assert_true(err == OTP_ERR_INTEGRITY || err == OTP_ERR_KEY);
		assert_string_equal(u->why.arg[0], "journal.00000001");
		unit_overwrite(path, at, &data[at], 1);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_open(u), OTP_ERR_INTEGRITY);
	assert_int_equal(u->why.message, OTP_MESSAGE_STORE_MISSING);
	(void)unit_file(u->live, "journal.00000001", 0600, data, n);
	free(data);
	/* with several found, the first turn checkpoints */
	assert_false(is_refused_or_whole(u, NAMES));
	unit_open(u);
	for (unsigned tries = 0; tries < 5000; tries++) {
		u->now_ms += 1;
		assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
		otp_store_stats(u->store, &stats);
		if (stats.n_segments == 1)
			break;
		(void)usleep(1000);
	}
	assert_int_equal(stats.n_segments, 1);
	assert_int_equal(access(path, F_OK), -1);
	for (unsigned i = 0; i < NAMES; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), name_of(i));
}

static void
test_foreign_files(void **state)
{
	struct unit_store *u = *state;
	struct unit_store *other;
	void *other_state = NULL;
	char path[800], target[800];
	uint8_t *data;
	size_t n;

	assert_int_equal(unit_store_setup(&other_state), 0);
	other = other_state;
	(void)snprintf(path, sizeof(path), "%s/journal.00000001", other->live);
	(void)snprintf(target, sizeof(target), "%s/journal.00000001", u->live);
	data = unit_read(path, &n);
	unit_overwrite(target, 0, data, n);
	free(data);
	/* another store under another key, and then under the same */
	assert_int_equal(try_open(u), OTP_ERR_INTEGRITY);
	{
		struct otp_store_params params = other->params;

		params.dir = u->store_dir;
		params.state_dir = u->state_dir;
		assert_int_equal(otp_store_open(&params, &u->store, &u->why), OTP_ERR_INTEGRITY);
	}
	assert_int_equal(unit_store_teardown(&other_state), 0);
}

static bool
is_refusal(const char *got)
{
	return strcmp(got, "integrity") == 0 || strcmp(got, "key") == 0;
}

static enum otp_err
count(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	unsigned *n = ctx;

	(void)kind;
	assert_string_equal((const char *)value->data, name);
	++*n;
	return OTP_OK;
}

/* Whatever bit of a shard flips: right, or refused; absence is never believed, nobody is left out of a list. */
static void
test_shard_bytes(void **state)
{
	struct unit_store *u = *state;
	size_t n, missed = 0, damaged = 0;
	char path[1200];
	uint8_t *data;
	unsigned seen;

	unit_open(u);
	fill(u, MANY);
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	unit_close(u);
	u->params.is_once = true;
	(void)snprintf(path, sizeof(path), "%s", unit_live_file(u, "0001."));
	data = unit_read(path, &n);
	for (size_t at = 0; at < n; at += at < 600 ? 7 : 61) {
		const uint8_t wrong = data[at] ^ (uint8_t)(1 << at % 8);
		enum otp_err err;

		unit_overwrite(path, at, &wrong, 1);
		unit_open(u);
		for (unsigned i = 0; i < MANY; i++) {
			const char *got = unit_get(u, OTP_KIND_USER, name_of(i));

			err = otp_store_absent(u->store, OTP_KIND_USER, name_of(i));
			assert_true(err == OTP_ERR_EXISTS || err == OTP_ERR_INTEGRITY);
			missed += strcmp(got, "not-found") == 0 ? 1 : 0;
			damaged += is_refusal(got) ? 1 : 0;
			if (strcmp(got, "not-found") != 0 && !is_refusal(got))
				assert_string_equal(got, name_of(i));
		}
		seen = 0;
		assert_int_equal(otp_store_scan(u->store, OTP_KIND_USER, count, &seen), OTP_ERR_INTEGRITY);
		assert_true(seen < MANY);
		unit_drop(u);
		unit_overwrite(path, at, &data[at], 1);
	}
	print_message("# %zu not found, %zu refused\n", missed, damaged);
	assert_int_equal(missed, 0);
	assert_true(damaged > 0);
	free(data);
	unit_open(u);
	seen = 0;
	assert_int_equal(otp_store_scan(u->store, OTP_KIND_USER, count, &seen), OTP_OK);
	assert_int_equal(seen, MANY);
}

/* A damaged shard keeps its file, and what was to go into it stays in the journal, over checkpoints and starts. */
static void
test_checkpoint_of_damaged(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	char path[1200];
	uint8_t last;

	unit_open(u);
	unit_set(u, OTP_KIND_USER, "old", "old");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	for (unsigned shard = 0; shard < UNIT_SHARDS; shard++) {
		char prefix[8];
		uint8_t *data;
		size_t n;

		(void)snprintf(prefix, sizeof(prefix), "%04u.", shard);
		(void)snprintf(path, sizeof(path), "%s", unit_live_file(u, prefix));
		data = unit_read(path, &n);
		last = data[n - 1] ^ 1;	/* gdbm does not mind, the hash does */
		unit_overwrite(path, n - 1, &last, 1);
		free(data);
	}
	for (unsigned i = 0; i < MANY; i++)
		unit_set(u, OTP_KIND_USER, name_of(i), "first");
	for (unsigned round = 0; round < 4; round++) {
		unit_set(u, OTP_KIND_USER, name_of(round), "second");
		assert_int_equal(otp_store_delete(u->store, OTP_KIND_USER, name_of(MANY - 1)), OTP_OK);
		unit_commit(u);
		unit_flush(u);
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
		otp_store_stats(u->store, &stats);
		assert_int_equal(stats.n_damaged_shards, UNIT_SHARDS);
		assert_int_equal(stats.n_segments, 1);
		if (round % 2 == 0)
			unit_drop(u);
		else
			unit_close(u);
		unit_open(u);
		for (unsigned i = 0; i < MANY - 1; i++)
			assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)),
			    i <= round ? "second" : "first");
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(MANY - 1)), "not-found");
		/* what only the file has may be old; nothing is known to be absent but what the journal says */
		assert_string_equal(unit_get(u, OTP_KIND_USER, "old"), "integrity");
		assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, "nobody"), OTP_ERR_INTEGRITY);
		assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, name_of(MANY - 1)), OTP_OK);
	}
}

/* An old file under the new one's name: all of it opens, and none of it is true any more. */
static void
test_old_shards(void **state)
{
	struct unit_store *u = *state;
	uint8_t *data[UNIT_SHARDS], *newer;
	size_t n[UNIT_SHARDS], n_newer;
	char prefix[8], path[1200];

	unit_open(u);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++)
			unit_set(u, OTP_KIND_USER, name_of(i), round == 0 ? "first" : "second");
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
		for (unsigned i = 0; round == 0 && i < UNIT_SHARDS; i++) {
			(void)snprintf(prefix, sizeof(prefix), "%04u.", i);
			data[i] = unit_read(unit_live_file(u, prefix), &n[i]);
		}
	}
	unit_close(u);
	for (unsigned i = 0; i < UNIT_SHARDS; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%04u.", i);
		(void)snprintf(path, sizeof(path), "%s", unit_live_file(u, prefix));
		newer = unit_read(path, &n_newer);
		unit_overwrite(path, 0, data[i], n[i]);
		free(data[i]);
		data[i] = newer;
		n[i] = n_newer;
	}
	unit_open(u);
	for (unsigned i = 0; i < MANY; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), "integrity");
	/* what is written now is served, over a checkpoint too */
	unit_set(u, OTP_KIND_USER, name_of(0), "third");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(0)), "third");
	assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(1)), "integrity");
	unit_close(u);
	/* the right files, put back, are right again */
	for (unsigned i = 0; i < UNIT_SHARDS; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%04u.", i);
		unit_overwrite(unit_live_file(u, prefix), 0, data[i], n[i]);
		free(data[i]);
	}
	unit_open(u);
	for (unsigned i = 0; i < MANY; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), i == 0 ? "third" : "second");
	assert_int_equal(otp_store_absent(u->store, OTP_KIND_USER, "nobody"), OTP_OK);
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(0)), "third");
}

/*
 * More is to be kept for damaged shards than one segment holds: the store refuses
 * instead of piling up segments, loses nothing, and goes on with the right files.
 */
static void
test_much_kept(void **state)
{
	struct unit_store *u = *state;
	char path[1200], text[400], prefix[8];
	struct otp_store_stats stats;
	unsigned n_done = 0;
	enum otp_err err;
	uint8_t *data;
	size_t n;

	unit_open(u);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned shard = 0; shard < UNIT_SHARDS; shard++) {
			(void)snprintf(prefix, sizeof(prefix), "%04u.", shard);
			(void)snprintf(path, sizeof(path), "%s", unit_live_file(u, prefix));
			data = unit_read(path, &n);
			data[n - 1] ^= 1;
			unit_overwrite(path, n - 1, data + n - 1, 1);
			free(data);
		}
		for (unsigned i = 0, n_busy = 0; round == 0 && i < 900 && n_busy < 5; i++) {
			assert_int_equal(unit_put(u, OTP_KIND_USER, name_of(n_done), text), OTP_OK);
			err = unit_try_commit(u, OTP_COMMIT_VERIFY);
			assert_true(err == OTP_OK || err == OTP_ERR_BUSY);
			n_done += err == OTP_OK ? 1 : 0;
			n_busy += err == OTP_ERR_BUSY ? 1 : 0;
			otp_store_abort(u->store);
			unit_flush(u);
			for (unsigned k = 0; otp_store_turn(u->store, u->now_ms) == OTP_ERR_BUSY && k < 100; k++)
				(void)usleep(1000);
			u->now_ms += 4000;
		}
		if (round == 0) {
			for (unsigned i = 0; i < 5; i++) {
				unit_close(u);
				unit_open(u);
			}
			otp_store_stats(u->store, &stats);
			assert_true(n_done > 100 && n_done < 900);	/* one segment holds fewer */
			assert_true(stats.n_segments <= 4);
		}
	}
	unit_close(u);
	unit_open(u);
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	otp_store_stats(u->store, &stats);
	assert_int_equal(stats.n_segments, 1);
	for (unsigned i = 0; i < n_done; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), text);
}

static void
test_missing_shard(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	unsigned seen = 0;

	unit_open(u);
	fill(u, NAMES);
	unit_close(u);
	assert_int_equal(unlink(unit_live_file(u, "0002.")), 0);
	unit_open(u);
	otp_store_stats(u->store, &stats);
	assert_int_equal(stats.n_damaged_shards, 1);
	assert_int_equal(otp_store_scan(u->store, OTP_KIND_USER, count, &seen), OTP_ERR_INTEGRITY);
	for (unsigned i = 0; i < NAMES; i++) {
		const char *got = unit_get(u, OTP_KIND_USER, name_of(i));

		assert_true(strcmp(got, name_of(i)) == 0 || strcmp(got, "integrity") == 0);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, unit_store_setup, unit_store_teardown)
	const struct CMUnitTest tests[] = {
		T(test_journal_bytes), T(test_old_copy), T(test_earlier_segment), T(test_foreign_files),
		T(test_shard_bytes), T(test_checkpoint_of_damaged), T(test_old_shards),
		T(test_much_kept), T(test_missing_shard),
	};

	return cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
}
