/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resync: two codes in a row, of oneself and by an administrator for others; what a wrong pair costs. */
#include "config.h"

#include "act_frame.h"

#include "act_resync.h"

#define OTHER_TOKEN "9000002"

static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "admin", OTHER_TOKEN);
	frame_forget_events(f);
}

static enum otp_err
own_codes(struct frame *f, const char *who, const char *first, const char *second)
{
	frame_as(f, who);
	frame_text(f, OTP_FIELD_CODE1, first);
	frame_text(f, OTP_FIELD_CODE2, second);
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TOKEN_RESYNC_OWN, otp_act_token_resync_own);
}

static enum otp_err
own(struct frame *f, const char *who, int first, int second)
{
	return own_codes(f, who, frame_code(f, TOKEN, first), frame_code(f, TOKEN, second));
}

static enum otp_err
others_codes(struct frame *f, const char *who, const char *token, const char *serial,
    const char *first, const char *second)
{
	frame_as(f, who);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, token, 0));
	frame_text(f, OTP_FIELD_CODE1, first);
	frame_text(f, OTP_FIELD_CODE2, second);
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TOKEN_RESYNC, otp_act_token_resync);
}

/* The codes are those of `first` steps from now. */
static enum otp_err
others(struct frame *f, const char *serial, int first)
{
	frame_pass(f, FRAME_STEP);
	return others_codes(f, "admin", OTHER_TOKEN, serial, frame_code(f, serial, first),
	    frame_code(f, serial, first + 1));
}

static struct otp_token
token_of(struct frame *f, const char *serial)
{
	static struct otp_token token = OTP_TOKEN_INIT;

	frame_get_token(f, serial, &token);
	return token;
}

static uint64_t
step_now(const struct frame *f)
{
	return (uint64_t)f->now_ms / 1000 / FRAME_STEP;
}

static void
make_hotp(struct frame *f)
{
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	frame_get_token(f, TOKEN, &token);
	token.type = OTP_TOKEN_HOTP;
	token.step = 0;
	token.last_used = 100;
	frame_put_token(f, &token);
	otp_token_clear(&token);
}

/* ---- of oneself ---- */

static void
finds_a_clock_again(void **state)
{
	struct frame *f = *state;
	const char *late;

	make(f);
	/* ten minutes ahead: too far for a code, near enough to ask for the next */
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 8)), OTP_ERR_NEXT_CODE);
	assert_int_equal(own(f, "alice", 8, 9), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	frame_reopen(f);
	assert_int_equal(token_of(f, TOKEN).last_used, step_now(f) + 9);
	/* what was asked for is forgotten */
	assert_int_equal(frame_sharer(f, "alice", TOKEN).near_step, OTP_STEP_NONE);
	/* both are used up; nobody was let in by them */
	assert_int_equal(frame_sharer(f, "alice", TOKEN).last_success, 0);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 9)), OTP_ERR_CODE_USED);
	assert_int_not_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 8)), OTP_OK);
	late = frame_code(f, TOKEN, 10);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "bob", late), OTP_OK);
}

static void
within_ten_steps(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(own(f, "alice", 14, 15), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", -15, -14), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 9, 10), OTP_OK);
}

static void
in_a_row_and_unused(void **state)
{
	struct frame *f = *state;

	make(f);
	f->conf.fail_limit = 10;
	frame_verify_right(f, "bob");
	assert_int_equal(own(f, "alice", 3, 5), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 4, 3), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 4, 4), OTP_ERR_AUTH_FAILED);
	/* the first of them was used by another sharer */
	assert_int_equal(own(f, "alice", 0, 1), OTP_ERR_AUTH_FAILED);
	frame_verify_right(f, "bob");
	assert_int_equal(own(f, "alice", 1, 2), OTP_OK);
	/* the same pair again */
	assert_int_equal(own(f, "alice", 1, 2), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 2, 3), OTP_ERR_AUTH_FAILED);
}

/* Used codes, alone or in pairs, are no "next code" after a resync either. */
static void
used_codes_are_no_next_code(void **state)
{
	struct frame *f = *state;
	const char *used[6];

	make(f);
	for (int i = 0; i < 6; i++) {
		static char text[6][16];

		(void)snprintf(text[i], sizeof(text[i]), "%s", frame_code(f, TOKEN, i));
		used[i] = text[i];
	}
	for (int i = 0; i < 2; i++)
		frame_verify_right(f, "bob");	/* steps 1 and 2 */
	assert_int_equal(own_codes(f, "alice", used[3], used[4]), OTP_OK);
	frame_pass(f, 2 * FRAME_STEP);
	for (int i = 0; i < 5; i++)
		assert_int_not_equal(frame_verify(f, "alice", used[i]), OTP_ERR_NEXT_CODE);
	assert_int_not_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	assert_int_equal(token_of(f, TOKEN).last_used, step_now(f) - 0);
}

static void
wrong_pair_counts(void **state)
{
	struct frame *f = *state;
	const char *wrong;

	make(f);
	wrong = frame_wrong_code(f, TOKEN);
	for (uint32_t i = 1; i <= 4; i++) {
		assert_int_equal(own_codes(f, "alice", wrong, wrong), OTP_ERR_AUTH_FAILED);
		assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, i);
		assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, i);
		assert_int_equal(token_of(f, TOKEN).fails, i);
	}
	/* half right is wrong */
	assert_int_equal(own_codes(f, "alice", wrong, frame_code(f, TOKEN, 1)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(token_of(f, TOKEN).suspended_by, 1);
	/* suspended: refused, and a right pair uses nothing up */
	assert_int_equal(own(f, "bob", 1, 2), OTP_ERR_SUSPENDED);
	assert_int_equal(token_of(f, TOKEN).last_used, OTP_STEP_NONE);
}

/* What is no code at all is not counted, as everywhere; and a success clears nobody's counters. */
static void
counters(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(own_codes(f, "alice", "12345", "123456"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own_codes(f, "alice", "", ""), OTP_ERR_AUTH_FAILED);
	assert_int_equal(token_of(f, TOKEN).fails, 0);
	frame_verify_wrong(f, "alice", 3);
	assert_int_equal(own(f, "alice", 1, 2), OTP_OK);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 3);
	assert_int_equal(token_of(f, TOKEN).fails, 3);
}

static void
failure_ceiling(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	f->conf.failure_ceiling = 2;
	assert_int_equal(own(f, "alice", 50, 60), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 50, 60), OTP_ERR_AUTH_FAILED);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, "");
	assert_int_equal(token_of(f, TOKEN).n_sharers, 1);
	otp_user_clear(&user);
}

static void
password_first(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_CODE1, frame_code(f, TOKEN, 1));
	frame_text(f, OTP_FIELD_CODE2, frame_code(f, TOKEN, 2));
	f->confirm = FRAME_WRONG;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_RESYNC_OWN, otp_act_token_resync_own),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(token_of(f, TOKEN).last_used, OTP_STEP_NONE);
	assert_int_equal(token_of(f, TOKEN).fails, 0);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(own(f, "carol", 1, 2), OTP_ERR_NOT_APPLICABLE);
	/* who has not used it yet registers by a right code, not by this */
	frame_assign(f, "carol", TOKEN);
	assert_int_equal(own(f, "carol", 1, 2), OTP_ERR_NOT_APPLICABLE);
}

static void
expired(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000 - 1;
	frame_put_token(f, &token);
	assert_int_equal(own(f, "alice", 1, 2), OTP_ERR_EXPIRED);
	assert_int_equal(others(f, TOKEN, 1), OTP_ERR_EXPIRED);
	token.not_after = 0;
	token.not_before = f->now_ms / 1000 + 1000;
	frame_put_token(f, &token);
	assert_int_equal(own(f, "alice", 1, 2), OTP_ERR_WRONG_STATE);
	otp_token_clear(&token);
}

/* ---- by an administrator ---- */

static void
within_twelve_hours(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(others(f, TOKEN, 723), OTP_ERR_AUTH_FAILED);
	assert_int_equal(others(f, TOKEN, -723), OTP_ERR_AUTH_FAILED);
	assert_int_equal(others(f, TOKEN, 700), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(token_of(f, TOKEN).last_used, step_now(f) + 701);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 701)), OTP_OK);
	/* and never back to what is used */
	assert_int_equal(others(f, TOKEN, 0), OTP_ERR_AUTH_FAILED);
}

static void
for_others_only(void **state)
{
	struct frame *f = *state;

	make(f);
	/* of his own: with ten steps, as everybody */
	assert_int_equal(others(f, OTHER_TOKEN, 700), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_TOKEN_RESYNC);
	assert_int_equal(others(f, STAFF_TOKEN, 1), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_MASTER_TOUCHES_STAFF);
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_SERIAL, OTHER_TOKEN);
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_RESYNC, otp_act_token_resync),
	    OTP_ERR_NOT_PERMITTED);
}

/* It counts on the token, which everybody would guess at; his own right code just now clears nothing of it. */
static void
wrong_pair_of_others_counts(void **state)
{
	struct frame *f = *state;

	make(f);
	for (uint32_t i = 1; i <= 5; i++) {
		assert_int_equal(others(f, TOKEN, 2000), OTP_ERR_AUTH_FAILED);
		assert_int_equal(token_of(f, TOKEN).fails, i);
		assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
		assert_int_equal(token_of(f, OTHER_TOKEN).fails, 0);
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_state(f, OTHER_TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(others(f, TOKEN, 2), OTP_ERR_SUSPENDED);
}

static void
not_in_stock(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_token(f, "5000001");
	assert_int_equal(others(f, "5000001", 1), OTP_ERR_WRONG_STATE);
}

/* ---- HOTP ---- */

static void
counters_ahead(void **state)
{
	struct frame *f = *state;

	make_hotp(f);
	/* the next counter is 101; frame_code counts from there */
	assert_int_equal(own(f, "alice", 21, 22), OTP_ERR_AUTH_FAILED);
	assert_int_equal(own(f, "alice", 20, 21), OTP_OK);
	assert_int_equal(token_of(f, TOKEN).last_used, 122);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(others(f, TOKEN, 1001), OTP_ERR_AUTH_FAILED);
	assert_int_equal(others(f, TOKEN, 1000), OTP_OK);
	assert_int_equal(token_of(f, TOKEN).last_used, 123 + 1002);
	assert_int_equal(own(f, "alice", -3, -2), OTP_ERR_AUTH_FAILED);
}

static void
dry_run_evaluates_nothing(void **state)
{
	struct frame *f = *state;

	make(f);
	for (int i = 0; i < 2; i++) {
		f->request.dry_run = true;
		assert_int_equal(own(f, "alice", i == 0 ? 1 : 50, 2), OTP_OK);
		assert_true(f->answer.changed);
	}
	f->request.dry_run = false;
	assert_int_equal(token_of(f, TOKEN).last_used, OTP_STEP_NONE);
	assert_int_equal(token_of(f, TOKEN).fails, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(finds_a_clock_again), T(within_ten_steps), T(in_a_row_and_unused),
		T(used_codes_are_no_next_code), T(wrong_pair_counts), T(counters),
		T(failure_ceiling), T(password_first), T(expired), T(within_twelve_hours),
		T(for_others_only), T(wrong_pair_of_others_counts), T(not_in_stock),
		T(counters_ahead), T(dry_run_evaluates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
