/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The token record: every field comes back, every bound holds, nothing else decodes; its sharers and counters. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "token.h"

#define TIME_MAX 253402300799
#define DAY 86400

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err = otp_token_decode(data, len, &token);

	if (err == OTP_OK)
		assert_int_equal(otp_token_encode(&token, ret), OTP_OK);
	otp_token_clear(&token);
	return err;
}

static void
make(struct otp_token *t)
{
	struct otp_sharer *s = NULL;

	*t = (struct otp_token){
		.serial = "123456789", .type = OTP_TOKEN_TOTP, .hash = OTP_HASH_SHA256, .digits = 6,
		.step = 60, .state = OTP_TOKEN_SUSPENDED,
		.fingerprint = "00112233445566778899aabbccddeeff",
		.window = { -2000, 3000, 1700000000123 }, .last_used = 28333333, .start_counter = 5,
		.not_before = 1600000000, .not_after = 1900000000, .imported_at = 1650000000,
		.fails = 5, .suspended_at = 1700000000, .suspended_by = 42, .n_wrong = 2,
		.wrong = { { 1699999990, 42 }, { 1699999995, 7 } }, .n_unlocks = 1,
		.unlocked_at = { 1699999000 },
	};
	assert_int_equal(otp_bytes_set(&t->seed, "12345678901234567890", 20), OTP_OK);
	assert_int_equal(otp_token_sharer_add(t, 42, "alice", &s), OTP_OK);
	assert_true(s->near_step == OTP_STEP_NONE);
	s->is_bound = true;
	s->bound_at = 1650000100;
	s->fails = 3;
	s->fails_ever = 30;
	s->unproven = 2;
	s->unproven_at = 1699990000;
	s->last_success = 1699000000;
	s->success_before = 1698000000;
	s->near_step = 28333334;
	s->near_until_ms = 1700000180123;
	s->used_n = 4;
	s->used_from = 1699999500;
}

static void
test_every_field(void **state)
{
	struct otp_token t, v = OTP_TOKEN_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	make(&t);
	assert_int_equal(otp_token_encode(&t, &b), OTP_OK);
	assert_true(b.len < 350);	/* a verification writes this: it must stay small */
	assert_int_equal(otp_token_decode(b.data, b.len, &v), OTP_OK);
#define SAME(member) assert_true(t.member == v.member)
	assert_string_equal(v.serial, t.serial);
	assert_string_equal(v.fingerprint, t.fingerprint);
	assert_int_equal(v.seed.len, 20);
	assert_memory_equal(v.seed.data, t.seed.data, 20);
	SAME(type); SAME(hash); SAME(digits); SAME(step); SAME(state); SAME(window.lo_ms);
	SAME(window.hi_ms); SAME(window.at_ms); SAME(last_used); SAME(start_counter); SAME(not_before);
	SAME(not_after); SAME(imported_at); SAME(fails); SAME(suspended_at); SAME(suspended_by);
	SAME(n_wrong); SAME(wrong[0].at); SAME(wrong[0].user_id); SAME(wrong[1].at);
	SAME(wrong[1].user_id); SAME(n_unlocks); SAME(unlocked_at[0]); SAME(n_sharers);
	assert_string_equal(v.sharers[0].user, "alice");
	SAME(sharers[0].user_id); SAME(sharers[0].is_bound); SAME(sharers[0].bound_at);
	SAME(sharers[0].fails); SAME(sharers[0].fails_ever); SAME(sharers[0].unproven);
	SAME(sharers[0].unproven_at); SAME(sharers[0].last_success);
	SAME(sharers[0].success_before); SAME(sharers[0].near_step);
	SAME(sharers[0].near_until_ms); SAME(sharers[0].used_n); SAME(sharers[0].used_from);
#undef SAME
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	/* a failure leaves the receiver alone, a success takes the place of what was there */
	assert_int_equal(otp_token_decode(b.data, b.len - 1, &v), OTP_ERR_INTEGRITY);
	assert_int_equal(v.n_sharers, 1);
	assert_int_equal(otp_token_decode(b.data, b.len, &v), OTP_OK);
	otp_token_move(&t, &v);
	assert_null(v.sharers);
	assert_null(v.seed.data);
	assert_true(v.last_used == OTP_STEP_NONE);
	assert_string_equal(t.serial, "123456789");
	otp_token_clear(&t);
	otp_token_clear(&t);
	otp_token_clear(NULL);
	otp_bytes_clear(&b);
}

static void
test_smallest_and_largest(void **state)
{
	struct otp_token t = { .serial = "1", .type = OTP_TOKEN_HOTP, .digits = 8,
		.state = OTP_TOKEN_RETIRED, .fingerprint = "ffffffffffffffffffffffffffffffff",
		.last_used = OTP_STEP_NONE };
	struct otp_bytes b = OTP_BYTES_INIT, c = OTP_BYTES_INIT;
	struct otp_sharer *s = NULL;
	char name[OTP_NAME_MAX + 1];

	(void)state;
	assert_int_equal(otp_token_encode(&t, &b), OTP_OK);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_token_clear(&t);
	make(&t);
	otp_token_sharer_remove(&t, 42);
	memset(t.serial, '9', OTP_SERIAL_MAX);
	memset(name, 'n', sizeof(name));
	name[OTP_NAME_MAX] = '\0';
	for (uint64_t i = 0; i < OTP_SHARERS_MAX; i++)
		assert_int_equal(otp_token_sharer_add(&t, UINT64_MAX - i, name, &s), OTP_OK);
	for (int i = 0; i < OTP_WRONG_MAX; i++)
		otp_token_wrong_add(&t, 42, TIME_MAX);
	for (int i = 0; i < OTP_UNLOCKS_MAX; i++)
		otp_token_unlock_add(&t, TIME_MAX);
	assert_int_equal(otp_bytes_set(&t.seed,
	    "1234567890123456789012345678901234567890123456789012345678901234", OTP_SEED_MAX), OTP_OK);
	assert_int_equal(otp_token_encode(&t, &b), OTP_OK);
	assert_true(b.len < 40960);
	assert_int_equal(recode(b.data, b.len, &c), OTP_OK);
	assert_int_equal(c.len, b.len);
	assert_memory_equal(c.data, b.data, b.len);
	otp_token_clear(&t);
	otp_bytes_clear(&b);
	otp_bytes_clear(&c);
}

static void
refuse(struct otp_token *t)
{
	struct otp_bytes b = OTP_BYTES_INIT;

	assert_int_equal(otp_token_encode(t, &b), OTP_ERR_INTERNAL);
	assert_int_equal(b.len, 0);
	otp_bytes_clear(&b);
	otp_token_clear(t);
}

/* Each bound, broken alone. */
static void
test_bounds(void **state)
{
	struct otp_sharer *s = NULL;
	struct otp_token t;

	(void)state;
#define REFUSE(change) do { make(&t); change; refuse(&t); } while (0)
	REFUSE(t.serial[0] = '\0');
	REFUSE(t.serial[3] = '/');
	REFUSE(t.type = OTP_TOKEN_TYPE_COUNT);
	REFUSE(t.hash = OTP_HASH_COUNT);
	REFUSE(t.digits = 5);
	REFUSE(t.digits = 9);
	REFUSE(t.step = 0);
	REFUSE(t.step = OTP_STEP_MAX + 1);
	REFUSE(t.type = OTP_TOKEN_HOTP);	/* with a step */
	REFUSE(t.state = OTP_TOKEN_STATE_COUNT);
	REFUSE(t.seed.len = OTP_SEED_MIN - 1);
	REFUSE(otp_bytes_clear(&t.seed));
	REFUSE((t.state = OTP_TOKEN_LOST, t.suspended_at = 0));	/* with a seed */
	REFUSE((t.state = OTP_TOKEN_RETIRED, t.suspended_at = 0));
	REFUSE(t.state = OTP_TOKEN_ACTIVE);	/* with a time of suspension */
	REFUSE(assert_int_equal(otp_bytes_append(&t.seed,
	    "123456789012345678901234567890123456789012345", 45), OTP_OK));
	REFUSE(t.fingerprint[0] = 'A');
	REFUSE(t.fingerprint[31] = '\0');
	REFUSE(t.window.lo_ms = 3001);
	REFUSE(t.window.hi_ms = INT64_MAX);
	REFUSE(t.window.lo_ms = INT64_MIN);
	REFUSE(t.window.at_ms = -1);
	REFUSE(t.window.at_ms = INT64_MAX);
	REFUSE(t.not_before = -1);
	REFUSE(t.not_after = TIME_MAX + 1);
	REFUSE(t.imported_at = -1);
	REFUSE(t.suspended_at = -1);
	REFUSE(t.n_wrong = OTP_WRONG_MAX + 1);
	REFUSE(t.wrong[0].at = t.wrong[1].at + 1);
	REFUSE(t.wrong[0].at = -1);
	REFUSE(t.wrong[1].user_id = 0);
	REFUSE(t.n_unlocks = OTP_UNLOCKS_MAX + 1);
	REFUSE(t.unlocked_at[0] = -1);
	REFUSE((t.n_unlocks = 2, t.unlocked_at[1] = 1));
	REFUSE(t.sharers[0].user_id = 0);
	REFUSE(t.sharers[0].user[0] = '/');
	REFUSE(t.sharers[0].bound_at = -1);
	REFUSE(t.sharers[0].unproven_at = -1);
	REFUSE(t.sharers[0].last_success = -1);
	REFUSE(t.sharers[0].success_before = -1);
	REFUSE(t.sharers[0].near_until_ms = -1);
	REFUSE(t.sharers[0].used_from = -1);
	REFUSE((assert_int_equal(otp_token_sharer_add(&t, 7, "bob", &s), OTP_OK), s->user_id = 42));
#undef REFUSE
}

static void
test_names(void **state)
{
	enum otp_token_type type = OTP_TOKEN_TYPE_COUNT;

	(void)state;
	assert_int_equal(otp_token_type_parse("totp", &type), OTP_OK);
	assert_int_equal(type, OTP_TOKEN_TOTP);
	assert_int_equal(otp_token_type_parse(otp_token_type_name(OTP_TOKEN_HOTP), &type), OTP_OK);
	assert_int_equal(type, OTP_TOKEN_HOTP);
	assert_int_equal(otp_token_type_parse("TOTP", &type), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_token_type_parse(NULL, &type), OTP_ERR_BAD_INPUT);
	assert_string_equal(otp_token_type_name(OTP_TOKEN_TYPE_COUNT), "");
	assert_string_equal(otp_token_state_name(OTP_TOKEN_STOCK), "stock");
	assert_string_equal(otp_token_state_name(OTP_TOKEN_RETIRED), "retired");
	assert_string_equal(otp_token_state_name(OTP_TOKEN_STATE_COUNT), "");
}

static void
test_sharers(void **state)
{
	struct otp_token t = OTP_TOKEN_INIT;
	struct otp_sharer *s = NULL;

	(void)state;
	assert_null(otp_token_sharer(&t, 1));
	for (uint64_t i = 1; i <= OTP_SHARERS_MAX; i++)
		assert_int_equal(otp_token_sharer_add(&t, i, "same name", &s), OTP_OK);
	assert_ptr_equal(s, otp_token_sharer(&t, OTP_SHARERS_MAX));
	assert_int_equal(otp_token_sharer_add(&t, 1000, "one more", &s), OTP_ERR_OVER_LIMIT);
	otp_token_sharer_remove(&t, 1000);
	otp_token_sharer_remove(&t, 50);
	assert_int_equal(t.n_sharers, OTP_SHARERS_MAX - 1);
	assert_null(otp_token_sharer(&t, 50));
	assert_int_equal(t.sharers[49].user_id, 51);	/* the order of joining stays */
	assert_int_equal(otp_token_sharer_add(&t, 51, "twice", &s), OTP_ERR_INTERNAL);
	assert_int_equal(otp_token_sharer_add(&t, 0, "nobody", &s), OTP_ERR_INTERNAL);
	assert_int_equal(otp_token_sharer_add(&t, 50, "", &s), OTP_ERR_INTERNAL);
	assert_int_equal(otp_token_sharer_add(&t, 50, "again", &s), OTP_OK);
	assert_string_equal(otp_token_sharer(&t, 50)->user, "again");
	assert_int_equal(otp_token_sharer(&t, 50)->fails, 0);
	otp_token_clear(&t);
}

static void
test_wrong_codes(void **state)
{
	const int64_t start = 1700000000;
	struct otp_token t = OTP_TOKEN_INIT;

	(void)state;
	for (int i = 0; i < 10; i++)
		otp_token_wrong_add(&t, i % 2 == 0 ? 42 : 7, start + i);
	assert_int_equal(otp_token_wrong_within_day(&t, 42, start + 9), 5);
	assert_int_equal(otp_token_wrong_within_day(&t, 7, start + 9), 5);
	assert_int_equal(otp_token_wrong_within_day(&t, 0, start + 9), 10);
	assert_int_equal(otp_token_wrong_within_day(&t, 8, start + 9), 0);
	/* a full day later to the second it is out; in the future (the clock went back) it counts */
	assert_int_equal(otp_token_wrong_within_day(&t, 0, start + DAY - 1), 10);
	assert_int_equal(otp_token_wrong_within_day(&t, 0, start + DAY), 9);
	assert_int_equal(otp_token_wrong_within_day(&t, 42, start + DAY), 4);
	assert_int_equal(otp_token_wrong_within_day(&t, 0, start - 100), 10);
	otp_token_wrong_add(&t, 42, start - 100);
	assert_true(t.wrong[10].at == start + 9);
	/* what is out makes room */
	otp_token_wrong_add(&t, 42, start + DAY + 4);
	assert_int_equal(t.n_wrong, 7);
	assert_true(t.wrong[0].at == start + 5);
	for (int i = 0; i < OTP_WRONG_MAX + 3; i++)
		otp_token_wrong_add(&t, 7, start + DAY + 5 + i);
	assert_int_equal(t.n_wrong, OTP_WRONG_MAX);
	assert_true(t.wrong[0].at == start + DAY + 8);
	assert_true(t.wrong[OTP_WRONG_MAX - 1].at == start + DAY + 5 + OTP_WRONG_MAX + 2);
	otp_token_clear(&t);
}

static void
test_unlocks_and_dates(void **state)
{
	const int64_t start = 1700000000;
	struct otp_token t = OTP_TOKEN_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		otp_token_unlock_add(&t, start + i);
	assert_int_equal(otp_token_unlocks_within_day(&t, start + 2), 3);
	assert_int_equal(otp_token_unlocks_within_day(&t, start + DAY), 2);
	otp_token_unlock_add(&t, start + DAY + 1);
	assert_int_equal(t.n_unlocks, 2);
	assert_false(otp_token_is_expired(&t, TIME_MAX));
	assert_false(otp_token_is_early(&t, 1));
	t.not_before = start;
	t.not_after = start + 10;
	assert_true(otp_token_is_early(&t, start - 1));
	assert_false(otp_token_is_early(&t, start));
	assert_false(otp_token_is_expired(&t, start + 10));
	assert_true(otp_token_is_expired(&t, start + 11));
	otp_token_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_smallest_and_largest),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sharers),
		cmocka_unit_test(test_wrong_codes),
		cmocka_unit_test(test_unlocks_and_dates),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
