/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement of a code: each rule of domain.md about right, used, wrong and near codes. */
#include "config.h"

#include "act_frame.h"

#include "act_unlock.h"
#include "act_verify.h"

#define TOKEN "1000001"

/* alice and bob share a token. */
static void
make_two(struct frame *f)
{
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	frame_bind(f, "bob", TOKEN);
	frame_forget_events(f);
}

static void
verify_wrong(struct frame *f, const char *name, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(frame_verify(f, name, frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
}

static void
verify_right(struct frame *f, const char *name)
{
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, name, frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(f->verdict, OTP_VERDICT_ALLOW);
}

static void
right_once(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	make_two(f);
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

	make_two(f);
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

	make_two(f);
	verify_wrong(f, "alice", 4);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	event = frame_last_event(f);
	assert_int_equal(event->result, OTP_ERR_AUTH_FAILED);
	assert_true(otp_fields_int(&event->details, OTP_FIELD_FAILS_LEFT, &left));
	assert_int_equal(left, 1);
	assert_false(otp_fields_bool(&event->details, OTP_FIELD_SUSPENDED));
	verify_wrong(f, "alice", 1);
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

	make_two(f);
	verify_wrong(f, "alice", 4);
	verify_right(f, "bob");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 4);
	verify_wrong(f, "alice", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
own_success_clears(void **state)
{
	struct frame *f = *state;

	make_two(f);
	verify_wrong(f, "alice", 4);
	verify_right(f, "alice");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, 0);
	verify_wrong(f, "alice", 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

/* Two of them guess in turn: the token counts, too. */
static void
token_counts_all(void **state)
{
	struct frame *f = *state;

	make_two(f);
	verify_wrong(f, "alice", 3);
	verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
right_code_clears_the_tokens_counter(void **state)
{
	struct frame *f = *state;

	make_two(f);
	verify_wrong(f, "alice", 3);
	verify_right(f, "bob");
	verify_wrong(f, "bob", 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* Patient guessing between his own right codes: ten in 24 hours. */
static void
ten_a_day_of_a_user(void **state)
{
	struct frame *f = *state;

	make_two(f);
	for (unsigned i = 0; i < 3; i++) {
		verify_wrong(f, "alice", 3);
		verify_right(f, "alice");
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	verify_wrong(f, "alice", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
ten_over_two_days(void **state)
{
	struct frame *f = *state;

	make_two(f);
	for (unsigned i = 0; i < 5; i++) {
		verify_wrong(f, "alice", 3);
		verify_right(f, "alice");
		frame_pass(f, 8 * 3600 + 1);
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

static void
twenty_a_day_of_a_token(void **state)
{
	struct frame *f = *state;

	make_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_bind(f, "carol", TOKEN);
	for (unsigned i = 0; i < 19; i++) {
		static const char *const names[] = { "alice", "bob", "carol" };
		const char *name = names[i % 3];

		verify_wrong(f, name, 1);
		verify_right(f, name);
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	verify_wrong(f, "bob", 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* Nothing consumed, nothing counted: after the unlock the same code is good. */
static void
suspended_looks_at_nothing(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	make_two(f);
	verify_wrong(f, "alice", 5);
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

	make_two(f);
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

	make_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS + 2)), OTP_OK);
}

static void
next_code_is_asked_once(void **state)
{
	struct frame *f = *state;

	make_two(f);
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

	make_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	next = frame_code(f, TOKEN, NEAR_STEPS + 1);
	frame_pass(f, 180);
	assert_int_equal(frame_verify(f, "alice", next), OTP_ERR_NEXT_CODE);
}

static void
next_code_forgotten(void **state)
{
	struct frame *f = *state;

	make_two(f);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, NEAR_STEPS)), OTP_ERR_NEXT_CODE);
	verify_wrong(f, "alice", 1);
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

	make_two(f);
	(void)snprintf(first, sizeof(first), "%s", frame_code(f, TOKEN, 0));
	assert_int_equal(frame_verify(f, "alice", first), OTP_OK);
	frame_pass(f, FRAME_STEP);
	(void)snprintf(second, sizeof(second), "%s", frame_code(f, TOKEN, 0));
	assert_int_equal(frame_verify(f, "alice", second), OTP_OK);
	frame_pass(f, 9 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", first), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_verify(f, "alice", second), OTP_ERR_AUTH_FAILED);
}

/* ---- what is no code, and who is no user ---- */

static void
malformed_is_not_counted(void **state)
{
	static const char *const texts[] = { "", "-", "12345", "1234567", "12345a", "secret password",
		" 23456", "\xef\xbc\x91\xef\xbc\x92", "+12345", "12345678901234567890" };
	struct frame *f = *state;

	make_two(f);
	for (size_t i = 0; i < UNIT_N(texts); i++)
		assert_int_equal(frame_verify(f, "alice", texts[i]), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_true(f->n_events > 0);
}

static void
strangers(void **state)
{
	struct frame *f = *state;

	make_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(frame_verify(f, "nobody", "123456"), OTP_ERR_NOT_FOUND);
	assert_int_equal(frame_verify(f, "carol", "123456"), OTP_ERR_NOT_APPLICABLE);
	/* whoever asks for himself is not told */
	assert_int_equal(frame_verify_self(f, "nobody", "123456"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(frame_verify_self(f, "carol", "123456"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_NOT_APPLICABLE);
	assert_int_equal(frame_verify(f, "../etc", "123456"), OTP_ERR_NOT_FOUND);
}

static void
states_refuse(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	const char *code;

	make_two(f);
	frame_pass(f, 600);
	code = frame_code(f, TOKEN, 0);
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000 - 1;
	frame_put_token(f, &token);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_EXPIRED);
	assert_int_equal(frame_verify_self(f, "alice", code), OTP_ERR_AUTH_FAILED);
	token.not_after = 0;
	token.not_before = f->now_ms / 1000 + 60;
	frame_put_token(f, &token);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_WRONG_STATE);
	token.not_before = 0;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_NOT_PERMITTED);
	user.enabled = true;
	user.rights_granted = OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_NOT_PERMITTED);
	/* granted is enough: no session is needed */
	user.rights_granted = OTP_RIGHT_LOGIN;
	user.rights_adopted = 0;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", code), OTP_OK);
	otp_user_clear(&user);
}

static void
lost_and_retired_refuse(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	make_two(f);
	code = frame_code(f, TOKEN, 0);
	frame_get_token(f, TOKEN, &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_LOST);
	token.state = OTP_TOKEN_RETIRED;
	frame_put_token(f, &token);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_REVOKED);
	otp_token_clear(&token);
}

static void
for_oneself_only(void **state)
{
	struct frame *f = *state;

	make_two(f);
	frame_as(f, "bob");
	frame_text(f, OTP_FIELD_USER, "alice");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, TOKEN, 0));
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify), OTP_ERR_NOT_PERMITTED);
	frame_trusted(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, TOKEN, 0));
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify), OTP_OK);
	assert_int_equal(f->verdict, OTP_VERDICT_ALLOW);
}

/* Attack: a dry run as an oracle. */
static void
no_dry_run(void **state)
{
	struct frame *f = *state;

	make_two(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, TOKEN, 0));
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify), OTP_ERR_USAGE);
	f->request.dry_run = false;
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
decoy(void **state)
{
	struct frame *f = *state;
	static const char *const names[] = { "alice", "nobody" };

	make_two(f);
	for (size_t i = 0; i < UNIT_N(names); i++)
		for (unsigned k = 0; k < 8; k++) {
			frame_root(f);
			frame_flag(f, OTP_FIELD_DECOY, true);
			frame_text(f, OTP_FIELD_USER, names[i]);
			frame_text(f, OTP_FIELD_CODE, k % 2 ? frame_code(f, TOKEN, 0) :
			    frame_wrong_code(f, TOKEN));
			assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify),
			    OTP_ERR_AUTH_FAILED);
			assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
			assert_int_equal(f->verdict, OTP_VERDICT_DENY);
		}
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

/* ---- over the socket, nothing else shown ---- */

static void
unproven(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make_two(f);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(frame_verify_self(f, "alice", frame_wrong_code(f, TOKEN)),
		    OTP_ERR_AUTH_FAILED);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.state, OTP_TOKEN_ACTIVE);
	assert_int_equal(token.fails, 0);
	assert_int_equal(token.n_wrong, 0);
	otp_token_clear(&token);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, 0);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).unproven, 5);
	/* only his own use of the socket stops, and his code is not looked at */
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_verify_self(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
	/* until he proves himself elsewhere */
	verify_right(f, "alice");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).unproven, 0);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
unproven_ends_after_a_day(void **state)
{
	struct frame *f = *state;

	make_two(f);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(frame_verify_self(f, "alice", frame_wrong_code(f, TOKEN)),
		    OTP_ERR_AUTH_FAILED);
	frame_pass(f, 86399);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_AUTH_FAILED);
	frame_pass(f, 1);
	assert_int_equal(frame_verify_self(f, "alice", frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).unproven, 1);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

/* ---- the ceiling ---- */

static void
ceiling_revokes(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;

	make_two(f);
	frame_get_token(f, TOKEN, &token);
	token.sharers[0].fails_ever = 98;	/* alice, with unlocks in between */
	frame_put_token(f, &token);
	verify_wrong(f, "alice", 1);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, TOKEN);
	verify_wrong(f, "alice", 1);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, "");
	assert_false(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(user.register_until, 0);
	assert_int_equal(user.revoked_at, f->now_ms / 1000);
	assert_int_equal(user.epoch, 2);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_BINDING), "revoked");
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.n_sharers, 1);
	assert_string_equal(token.sharers[0].user, "bob");
	otp_token_clear(&token);
	otp_user_clear(&user);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_REVOKED);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
ceiling_leaves_a_suspension(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	frame_get_token(f, TOKEN, &token);
	token.sharers[0].fails_ever = 99;
	token.sharers[0].fails = 4;
	frame_put_token(f, &token);
	verify_wrong(f, "alice", 1);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.n_sharers, 0);
	assert_int_equal(token.state, OTP_TOKEN_SUSPENDED);
	otp_token_clear(&token);
}

/* ---- pre-assigned ---- */

static void
preassigned(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_assign(f, "alice", TOKEN);
	verify_wrong(f, "alice", 1);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 1);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_true(frame_sharer(f, "alice", TOKEN).is_bound);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).bound_at, f->now_ms / 1000);
	frame_get_user(f, "alice", &user);
	assert_true(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(user.register_until, 0);
	otp_user_clear(&user);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_BINDING),
	    "registered");
}

static void
preassigned_suspends(void **state)
{
	struct frame *f = *state;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_assign(f, "alice", TOKEN);
	verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
}

/* ---- the clock, the floods ---- */

static void
clock_behind(void **state)
{
	struct frame *f = *state;
	int64_t then;

	make_two(f);
	frame_pass(f, 3600);
	then = f->now_ms;
	verify_right(f, "bob");
	then = f->now_ms;
	f->now_ms = then - 60000;
	assert_int_equal(frame_verify(f, "alice", frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
	f->now_ms = then - 60001;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CLOCK);
	assert_int_equal(frame_verify(f, "alice", frame_wrong_code(f, TOKEN)), OTP_ERR_CLOCK);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 1);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CLOCK);
	f->now_ms = then + FRAME_STEP * 1000;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
denials_do_not_move_the_clock(void **state)
{
	struct frame *f = *state;
	int64_t newest;

	make_two(f);
	verify_right(f, "alice");
	newest = otp_store_newest_ms(f->store);
	assert_int_equal(newest, f->now_ms);
	f->now_ms += 86400000;
	verify_wrong(f, "alice", 1);
	assert_int_equal(frame_verify(f, "nobody", "123456"), OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	f->now_ms -= 86400000;
	verify_right(f, "bob");
}

static void
floods_are_folded(void **state)
{
	struct frame *f = *state;
	struct otp_act_state *other;

	make_two(f);
	for (unsigned i = 0; i < 40; i++) {
		char name[16];

		/* strangers are one, whatever they call themselves */
		(void)snprintf(name, sizeof(name), "stranger%u", i);
		assert_int_equal(frame_verify(f, name, "123456"), OTP_ERR_NOT_FOUND);
	}
	assert_int_equal(f->n_events, OTP_FLOOD_FREE);
	frame_pass(f, 60);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(f->n_events, OTP_FLOOD_FREE + 2);
	assert_int_equal(f->event[OTP_FLOOD_FREE].count, 40 - OTP_FLOOD_FREE);
	assert_int_equal(f->event[OTP_FLOOD_FREE].result, OTP_ERR_NOT_FOUND);
	/* counters are never folded away */
	frame_forget_events(f);
	verify_wrong(f, "alice", 5);
	assert_int_equal(f->n_events, 5);
	/* without a memory all are written */
	other = f->state;
	f->state = NULL;
	frame_forget_events(f);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(frame_verify(f, "nobody", "123456"), OTP_ERR_NOT_FOUND);
	assert_int_equal(f->n_events, 8);
	f->state = other;
}

static void
hotp(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	make_two(f);
	frame_get_token(f, TOKEN, &token);
	token.type = OTP_TOKEN_HOTP;
	token.step = 0;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	code = frame_code(f, TOKEN, 3);
	assert_int_equal(frame_verify(f, "alice", code), OTP_OK);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_CODE_USED);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.last_used, 3);
	otp_token_clear(&token);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 11)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 10)), OTP_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(right_once), T(used_codes_do_not_fill_the_audit), T(wrong_suspends_all),
		T(colleague_hides_nobody), T(own_success_clears), T(token_counts_all),
		T(right_code_clears_the_tokens_counter), T(ten_a_day_of_a_user), T(ten_over_two_days),
		T(twenty_a_day_of_a_token), T(suspended_looks_at_nothing), T(next_code),
		T(next_but_one), T(next_code_is_asked_once), T(next_code_runs_out),
		T(next_code_forgotten), T(used_codes_are_no_next), T(malformed_is_not_counted),
		T(strangers), T(states_refuse), T(lost_and_retired_refuse), T(for_oneself_only),
		T(no_dry_run), T(decoy), T(unproven), T(unproven_ends_after_a_day), T(ceiling_revokes),
		T(ceiling_leaves_a_suspension), T(preassigned), T(preassigned_suspends),
		T(clock_behind), T(denials_do_not_move_the_clock), T(floods_are_folded), T(hotp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
