/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement of a code: each rule of domain.md about right, used, wrong and near codes. */
#include "config.h"

#include "act_frame.h"

#include "act_unlock.h"
#include "act_verify.h"

static void
right_once(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	frame_two(f);
	frame_pass(f, 5);
	code = frame_code(f, TOKEN, 0);
	assert_int_equal(frame_verify(f, "alice", code), OTP_OK);
	assert_int_equal(f->verdict, OTP_VERDICT_ALLOW);
	assert_int_equal(f->n_events, 1);
	assert_int_equal(frame_last_event(f)->result, OTP_OK);
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_string_equal(frame_last_event(f)->service, "sshd");
	assert_string_equal(frame_last_event(f)->actor, "root");
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.last_used, FRAME_START_MS / 1000 / FRAME_STEP);
	assert_int_equal(token.window.at_ms, f->now_ms);
	otp_token_clear(&token);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).last_success, f->now_ms / 1000);
	/* neither he nor who shares the token passes with it again; nobody's counter moves */
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_CODE_USED);
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	assert_int_equal(frame_verify(f, "bob", code), OTP_ERR_CODE_USED);
	assert_int_equal(frame_sharer(f, "bob", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "bob", TOKEN).used_n, 1);
	assert_int_equal(f->n_events, 3);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_CODE_USED);
	frame_reopen(f);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_CODE_USED);
	/* an older code of the window is as used */
	frame_pass(f, 120);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, -1)), OTP_ERR_CODE_USED);
}

static void
used_codes_do_not_fill_the_audit(void **state)
{
	struct frame *f = *state;
	const char *code;

	frame_two(f);
	code = frame_code(f, TOKEN, 0);
	assert_int_equal(frame_verify(f, "alice", code), OTP_OK);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_CODE_USED);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).used_n, 6);
	assert_true(f->n_events <= 1 + 6 + OTP_FLOOD_FREE);
	frame_pass(f, 3600);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).used_n, 1);
}

static void
wrong_suspends_all(void **state)
{
	struct frame *f = *state;
	const struct otp_event *event;
	int64_t left = -1;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_two(f);
	frame_verify_wrong(f, "alice", 4);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	event = frame_last_event(f);
	assert_int_equal(event->result, OTP_ERR_AUTH_FAILED);
	assert_true(otp_fields_int(&event->details, OTP_FIELD_FAILS_LEFT, &left));
	assert_int_equal(left, 1);
	assert_false(otp_fields_bool(&event->details, OTP_FIELD_SUSPENDED));
	frame_verify_wrong(f, "alice", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	event = frame_last_event(f);
	assert_true(otp_fields_bool(&event->details, OTP_FIELD_SUSPENDED));
	assert_true(otp_fields_has(&event->details, OTP_FIELD_SHARERS));
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.suspended_at, f->now_ms / 1000);
	assert_string_equal(otp_token_sharer(&token, token.suspended_by)->user, "alice");
	otp_token_clear(&token);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	frame_reopen(f);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* Only one's own success clears one's own counter. */
static void
colleague_hides_nobody(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 4);
	frame_verify_right(f, "bob");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 4);
	frame_verify_wrong(f, "alice", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
own_success_clears(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 4);
	frame_verify_right(f, "alice");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, 0);
	frame_verify_wrong(f, "alice", 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

/* Two of them guess in turn: the token counts, too. */
static void
token_counts_all(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 3);
	frame_verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
right_code_clears_the_tokens_counter(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 3);
	frame_verify_right(f, "bob");
	frame_verify_wrong(f, "bob", 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* Patient guessing between his own right codes: ten in 24 hours. */
static void
ten_a_day_of_a_user(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	for (unsigned i = 0; i < 3; i++) {
		frame_verify_wrong(f, "alice", 3);
		frame_verify_right(f, "alice");
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_wrong(f, "alice", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
ten_over_two_days(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	for (unsigned i = 0; i < 5; i++) {
		frame_verify_wrong(f, "alice", 3);
		frame_verify_right(f, "alice");
		frame_pass(f, 8 * 3600 + 1);
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

static void
twenty_a_day_of_a_token(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_bind(f, "carol", TOKEN);
	for (unsigned i = 0; i < 19; i++) {
		static const char *const names[] = { "alice", "bob", "carol" };
		const char *name = names[i % 3];

		frame_verify_wrong(f, name, 1);
		frame_verify_right(f, name);
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* Nothing consumed, nothing counted: after the unlock the same code is good. */
static void
suspended_looks_at_nothing(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	frame_two(f);
	frame_verify_wrong(f, "alice", 5);
	frame_pass(f, FRAME_STEP);
	code = frame_code(f, TOKEN, 0);
	assert_int_equal(frame_verify(f, "bob", code), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_verify(f, "bob", frame_wrong_code(f, TOKEN)), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_sharer(f, "bob", TOKEN).fails, 0);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.last_used, OTP_STEP_NONE);
	assert_int_equal(token.fails, 5);
	otp_token_clear(&token);
	frame_add_user(f, "master", OTP_ROLE_MASTER);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_USER, "bob");
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_UNLOCK, otp_act_unlock), OTP_OK);
	assert_int_equal(frame_verify(f, "bob", code), OTP_OK);
}

/* ---- the next code ---- */

#define NEAR_STEPS 8	/* outside the live ones, within reach */

static void
next_code(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	/* it is his, not his colleague's */
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, NEAR_STEPS + 1)),
	    OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS + 1)), OTP_OK);
	assert_int_equal(f->verdict, OTP_VERDICT_ALLOW);
	/* the window has moved to where the token's clock is */
	frame_pass(f, 2 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_OK);
}

static void
next_but_one(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS + 2)), OTP_OK);
}

static void
next_code_is_asked_once(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	/* not one of the next two: a failure, and what was remembered is gone */
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS - 3)),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 1);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS + 1)),
	    OTP_ERR_NEXT_CODE);
}

static void
next_code_runs_out(void **state)
{
	struct frame *f = *state;
	const char *next;

	frame_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	next = frame_code(f, TOKEN, NEAR_STEPS + 1);
	frame_pass(f, 180);
	assert_int_equal(frame_verify(f, "alice", next), OTP_ERR_NEXT_CODE);
}

static void
next_code_forgotten(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	frame_verify_wrong(f, "alice", 1);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).near_step, OTP_STEP_NONE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS + 1)),
	    OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).near_step, OTP_STEP_NONE);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
}

/* Attack: two codes that were used already, shown as "next". */
static void
used_codes_are_no_next(void **state)
{
	struct frame *f = *state;
	char first[16], second[16];

	frame_two(f);
	(void)snprintf(first, sizeof(first), "%s", frame_code(f, TOKEN, 0));
	assert_int_equal(frame_verify(f, "alice", first), OTP_OK);
	frame_pass(f, FRAME_STEP);
	(void)snprintf(second, sizeof(second), "%s", frame_code(f, TOKEN, 0));
	assert_int_equal(frame_verify(f, "alice", second), OTP_OK);
	frame_pass(f, 9 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", first), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_verify(f, "alice", second), OTP_ERR_AUTH_FAILED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(right_once), T(used_codes_do_not_fill_the_audit), T(wrong_suspends_all),
		T(colleague_hides_nobody), T(own_success_clears), T(token_counts_all),
		T(right_code_clears_the_tokens_counter), T(ten_a_day_of_a_user),
		T(ten_over_two_days), T(twenty_a_day_of_a_token), T(suspended_looks_at_nothing),
		T(next_code), T(next_but_one), T(next_code_is_asked_once), T(next_code_runs_out),
		T(next_code_forgotten), T(used_codes_are_no_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
