/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom a code lets in, and whom not: states, strangers, callers, the ceiling, the clock, floods. */
#include "config.h"

#include "act_frame.h"

#include "act_verify.h"

/* ---- what is no code, and who is no user ---- */

static void
malformed_is_not_counted(void **state)
{
	static const char *const texts[] = { "", "-", "12345", "1234567", "12345a", "secret password",
		" 23456", "\xef\xbc\x91\xef\xbc\x92", "+12345", "12345678901234567890" };
	struct frame *f = *state;

	frame_two(f);
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

	frame_two(f);
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

	frame_two(f);
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
	user.granted.rights = OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_NOT_PERMITTED);
	/* granted is enough: no session is needed */
	user.granted.rights = OTP_RIGHT_LOGIN;
	user.adopted.rights = 0;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", code), OTP_OK);
	otp_user_clear(&user);
}

/* A user who names a token that does not name him, or is not there: damage, never a log-in. */
static void
records_that_disagree(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_add_token(f, "2");
	frame_get_user(f, "alice", &user);
	(void)snprintf(user.serial, sizeof(user.serial), "2");
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, "2", 0)), OTP_ERR_INTEGRITY);
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	(void)snprintf(user.serial, sizeof(user.serial), "no-such");
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_INTEGRITY);
	/* a name that came back is another user */
	(void)snprintf(user.serial, sizeof(user.serial), TOKEN);
	user.id = 4711;
	frame_put_user(f, &user);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_INTEGRITY);
	otp_user_clear(&user);
}

static void
lost_and_retired_refuse(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	frame_two(f);
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

	frame_two(f);
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

	frame_two(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, TOKEN, 0));
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify), OTP_ERR_USAGE);
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
decoy(void **state)
{
	struct frame *f = *state;
	static const char *const names[] = { "alice", "nobody" };

	frame_two(f);
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

	frame_two(f);
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
	frame_verify_right(f, "alice");
	assert_int_equal(frame_sharer(f, "alice", TOKEN).unproven, 0);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify_self(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
unproven_ends_after_a_day(void **state)
{
	struct frame *f = *state;

	frame_two(f);
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

	frame_two(f);
	frame_get_token(f, TOKEN, &token);
	token.sharers[0].fails_ever = 98;	/* alice, with unlocks in between */
	frame_put_token(f, &token);
	frame_verify_wrong(f, "alice", 1);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, TOKEN);
	frame_verify_wrong(f, "alice", 1);
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
	frame_verify_wrong(f, "alice", 1);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.n_sharers, 0);
	assert_int_equal(token.state, OTP_TOKEN_SUSPENDED);
	otp_token_clear(&token);
}

/* His registration may be open still: it is not, from here on. */
static void
ceiling_closes_the_registration(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_assign(f, "alice", TOKEN);
	frame_get_token(f, TOKEN, &token);
	token.sharers[0].fails_ever = 99;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	frame_verify_wrong(f, "alice", 1);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, "");
	assert_int_equal(user.register_until, 0);
	assert_true(user.was_bound);
	otp_user_clear(&user);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
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
	frame_verify_wrong(f, "alice", 1);
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
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
}

/* ---- the clock, the floods ---- */

static void
clock_behind(void **state)
{
	struct frame *f = *state;
	int64_t then;

	frame_two(f);
	frame_pass(f, 3600);
	then = f->now_ms;
	frame_verify_right(f, "bob");
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

	frame_two(f);
	frame_verify_right(f, "alice");
	newest = otp_store_newest_ms(f->store);
	assert_int_equal(newest, f->now_ms);
	f->now_ms += 86400000;
	frame_verify_wrong(f, "alice", 1);
	assert_int_equal(frame_verify(f, "nobody", "123456"), OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	f->now_ms -= 86400000;
	frame_verify_right(f, "bob");
}

static void
floods_are_folded(void **state)
{
	struct frame *f = *state;
	struct otp_act_state *other;

	frame_two(f);
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
	frame_verify_wrong(f, "alice", 5);
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

/* What service he speaks for is only what he says: names of his own take nobody's place, and make no more events. */
static void
floods_of_one_caller(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "mallory", OTP_ROLE_GENERAL);
	frame_forget_events(f);
	for (unsigned i = 0; i < 2 * OTP_FLOOD_SLOTS; i++) {
		char service[16];

		(void)snprintf(service, sizeof(service), "service%u", i);
		frame_as(f, "mallory");
		frame_text(f, OTP_FIELD_USER, "alice");
		frame_text(f, OTP_FIELD_CODE, "123456");
		frame_text(f, OTP_FIELD_SERVICE, service);
		assert_int_equal(frame_run(f, OTP_VERB_VERIFY, otp_act_verify),
		    OTP_ERR_NOT_PERMITTED);
		assert_true(f->n_events <= OTP_FLOOD_FREE);
	}
	assert_int_equal(frame_verify(f, "mallory", "123456"), OTP_ERR_NOT_APPLICABLE);
	assert_int_equal(f->n_events, OTP_FLOOD_FREE + 1);
	assert_string_equal(frame_last_event(f)->user, "mallory");
}

/* Where no place is left, what is counted together is nobody's in particular. */
static void
floods_without_a_place(void **state)
{
	struct frame *f = *state;
	struct otp_event event = OTP_EVENT_INIT, held;
	unsigned n_own = 0;

	event.time_ms = f->now_ms;
	for (unsigned i = 0; i < OTP_FLOOD_SLOTS + 20; i++) {
		(void)snprintf(event.user, sizeof(event.user), "user%u", i);
		n_own += !otp_act_state_flood(f->state, event.user, &event);
	}
	assert_int_equal(n_own, OTP_FLOOD_SLOTS - 1 + OTP_FLOOD_FREE);
	assert_true(otp_act_state_take(f->state, f->now_ms, true, &held));
	assert_int_equal(held.count, 21 - OTP_FLOOD_FREE);
	assert_string_equal(held.user, "");
}

static void
hotp(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	frame_two(f);
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
		T(malformed_is_not_counted), T(strangers), T(states_refuse),
		T(records_that_disagree), T(lost_and_retired_refuse), T(for_oneself_only),
		T(no_dry_run), T(decoy), T(unproven), T(unproven_ends_after_a_day),
		T(ceiling_revokes), T(ceiling_leaves_a_suspension),
		T(ceiling_closes_the_registration), T(preassigned), T(preassigned_suspends),
		T(clock_behind), T(denials_do_not_move_the_clock), T(floods_are_folded),
		T(floods_of_one_caller), T(floods_without_a_place), T(hotp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
