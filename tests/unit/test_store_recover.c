/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What recover needs of the store: opening it without its mark, a newest time that is lowered, what happened since. */
#include "config.h"

#include "journal.h"
#include "store_unit.h"

#define YEAR_MS (INT64_C(365) * 86400000)

static enum otp_err
try_open(struct unit_store *u, bool is_unmarked)
{
	enum otp_err err = OTP_ERR_BUSY;

	u->params.is_unmarked = is_unmarked;
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

/* `old` is there, `new` was, before an older copy of the journal came back. */
static void
roll_back(struct unit_store *u)
{
	uint8_t *old;
	size_t n;

	u->params.is_once = true;
	unit_open(u);
	unit_set(u, OTP_KIND_USER, "old", "1");
	unit_flush(u);
	unit_drop(u);
	old = unit_read(unit_live_file(u, "journal."), &n);
	unit_open(u);
	unit_set(u, OTP_KIND_USER, "new", "2");
	unit_flush(u);
	assert_int_equal(otp_store_turn(u->store, u->now_ms + 5000), OTP_OK);
	unit_drop(u);
	unit_overwrite(unit_live_file(u, "journal."), 0, old, n);
	free(old);
	assert_int_equal(try_open(u, false), OTP_ERR_ROLLBACK);
}

/* Opened without its mark, served only with a new one: a process that ends before leaves everything as it was. */
static void
older_copy(void **state)
{
	struct unit_store *u = *state;

	roll_back(u);
	assert_int_equal(try_open(u, true), OTP_OK);
	assert_false(otp_store_is_marked(u->store));
	assert_string_equal(unit_get(u, OTP_KIND_USER, "old"), "1");
	unit_set(u, OTP_KIND_USER, "event", "3");
	unit_flush(u);
	assert_int_equal(otp_store_turn(u->store, u->now_ms + 9000), OTP_OK);
	unit_drop(u);
	assert_int_equal(try_open(u, false), OTP_ERR_ROLLBACK);
	/* a clean end is no mark either */
	assert_int_equal(try_open(u, true), OTP_OK);
	unit_close(u);
	assert_int_equal(try_open(u, false), OTP_ERR_ROLLBACK);
	assert_int_equal(try_open(u, true), OTP_OK);
	assert_int_equal(otp_store_remark(u->store, &u->why), OTP_OK);
	assert_true(otp_store_is_marked(u->store));
	unit_drop(u);
	assert_int_equal(try_open(u, false), OTP_OK);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "old"), "1");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "event"), "3");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "new"), "not-found");
	/* and from here on it is watched again */
	unit_set(u, OTP_KIND_USER, "more", "4");
	unit_flush(u);
	unit_close(u);
	assert_int_equal(try_open(u, false), OTP_OK);
}

static void
mark_is_gone(void **state)
{
	struct unit_store *u = *state;

	unit_open(u);
	unit_set(u, OTP_KIND_USER, "old", "1");
	unit_close(u);
	assert_int_equal(unlink(mark_path(u)), 0);
	assert_int_equal(try_open(u, false), OTP_ERR_ROLLBACK);
	assert_int_equal(try_open(u, true), OTP_OK);
	/* where it cannot be made, the store stays without */
	assert_int_equal(rmdir(u->state_dir), 0);
	assert_int_not_equal(otp_store_remark(u->store, &u->why), OTP_OK);
	assert_false(otp_store_is_marked(u->store));
	assert_int_equal(mkdir(u->state_dir, 0700), 0);
	assert_int_equal(otp_store_remark(u->store, &u->why), OTP_OK);
	unit_close(u);
	assert_int_equal(try_open(u, false), OTP_OK);
	assert_string_equal(unit_get(u, OTP_KIND_USER, "old"), "1");
}

/* No other trouble is let pass with it. */
static void
hides_nothing(void **state)
{
	struct unit_store *u = *state;
	struct otp_keyring *right = u->ring, *wrong = NULL;
	char keys[700];
	uint32_t id;
	const char *journal;
	uint8_t *data;
	size_t n, at;

	roll_back(u);
	(void)snprintf(keys, sizeof(keys), "%s/other", u->dir);
	assert_int_equal(mkdir(keys, 0700), 0);
	assert_int_equal(otp_keyring_create(keys, geteuid(), &id, &u->why), OTP_OK);
	assert_int_equal(otp_keyring_load(keys, geteuid(), &wrong, &u->why), OTP_OK);
	u->params.ring = wrong;
	assert_int_not_equal(try_open(u, true), OTP_OK);
	assert_null(u->store);
	u->params.ring = right;
	otp_keyring_free(&wrong);

	/* two more records behind it, so that the first is no torn end */
	assert_int_equal(try_open(u, true), OTP_OK);
	for (unsigned i = 0; i < 3; i++) {
		unit_set(u, OTP_KIND_USER, "old", "5");
		unit_flush(u);
	}
	unit_drop(u);
	journal = unit_live_file(u, "journal.");
	data = unit_read(journal, &n);
	at = otp_segment_head_size(UNIT_SHARDS) + OTP_JOURNAL_HEADER + 4;
	data[at] ^= 1;
	unit_overwrite(journal, at, data + at, 1);
	free(data);
	assert_int_equal(try_open(u, true), OTP_ERR_INTEGRITY);
	assert_null(u->store);
}

/* ---- the newest time ---- */

static void
lowered(void **state)
{
	struct unit_store *u = *state;

	unit_open(u);
	u->now_ms += YEAR_MS;
	unit_set(u, OTP_KIND_USER, "a", "1");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + YEAR_MS);
	u->now_ms = UNIT_NOW + 1000;
	unit_set(u, OTP_KIND_USER, "a", "2");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + YEAR_MS);
	/* what was not committed does not count for the next */
	otp_store_lower_clock(u->store);
	otp_store_abort(u->store);
	unit_set(u, OTP_KIND_USER, "a", "3");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + YEAR_MS);
	otp_store_lower_clock(u->store);
	unit_set(u, OTP_KIND_USER, "a", "4");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + 1000);
	unit_flush(u);
	unit_drop(u);
	unit_open(u);
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + 1000);
	/* through a checkpoint and a new segment as well */
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	unit_close(u);
	unit_open(u);
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + 1000);
	/* it never raises, and the next commit is as ever */
	u->now_ms += 5000;
	unit_set(u, OTP_KIND_USER, "a", "5");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + 6000);
	u->now_ms -= 1000;
	unit_set(u, OTP_KIND_USER, "a", "6");
	assert_int_equal(otp_store_newest_ms(u->store), UNIT_NOW + 6000);
}

static enum otp_err
count_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	uint64_t *first = ctx;

	(void)event;
	if (*first == 0)
		*first = seq;
	return OTP_OK;
}

/* Everything later than a time stands behind the sequence number, and not the whole audit. */
static void
since(void **state)
{
	struct unit_store *u = *state;
	uint64_t seq[6], from = 0, first = 0;
	bool is_whole = false;

	unit_open(u);
	for (unsigned i = 0; i < 6; i++) {
		u->now_ms = UNIT_NOW + (int64_t)(i + 1) * 100000;
		unit_set(u, OTP_KIND_USER, "a", "1");
		seq[i] = u->seq;
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	}
	for (unsigned i = 1; i < 6; i++) {
		assert_int_equal(otp_store_events_since(u->store, UNIT_NOW + (int64_t)i * 100000 + 50,
		    &from, &is_whole), OTP_OK);
		assert_true(is_whole);
		assert_true(from <= seq[i]);
		assert_true(i < 3 || from > seq[i - 2]);
	}
	assert_int_equal(otp_store_events_since(u->store, UNIT_NOW - 1, &from, &is_whole), OTP_OK);
	assert_true(is_whole && from == 0);
	assert_int_equal(otp_store_events(u->store, from, count_event, &first, &u->why), OTP_OK);
	assert_int_equal(first, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, unit_store_setup, unit_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(older_copy), T(mark_is_gone), T(hides_nothing), T(lowered), T(since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
