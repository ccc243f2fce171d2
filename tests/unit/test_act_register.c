/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration: its guards, its one answer, what it leaves alone. */
#include "config.h"

#include "act_frame.h"

#include "act_register.h"

static enum otp_err
try_register(struct frame *f, const char *name, const char *serial, const char *code)
{
	frame_as(f, name);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, code);
	return frame_run(f, OTP_VERB_REGISTER, otp_act_register);
}

static void
make(struct frame *f)
{
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_forget_events(f);
}

static uint32_t
fails_of(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	uint32_t fails;

	frame_get_user(f, name, &user);
	fails = user.register_fails;
	otp_user_clear(&user);
	return fails;
}

static void
registers(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	const char *code;

	make(f);
	code = frame_code(f, TOKEN, 0);
	assert_int_equal(try_register(f, "alice", TOKEN, code), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	frame_reopen(f);
	frame_get_user(f, "alice", &user);
	assert_true(user.is_bound);
	assert_true(user.was_bound);
	assert_string_equal(user.serial, TOKEN);
	assert_int_equal(user.register_until, 0);
	otp_user_clear(&user);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).bound_at, f->now_ms / 1000);
	/* the code is used up, for him and for the next one */
	assert_int_equal(frame_verify(f, "alice", code), OTP_ERR_CODE_USED);
	assert_int_equal(try_register(f, "bob", TOKEN, code), OTP_ERR_AUTH_FAILED);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(try_register(f, "bob", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
	assert_true(frame_sharer(f, "alice", TOKEN).is_bound);
	assert_true(frame_sharer(f, "bob", TOKEN).is_bound);
}

/* Whatever is wrong, the answer is the same; it counts on the user, and the token is untouched. */
static void
one_answer(void **state)
{
	struct frame *f = *state;
	struct otp_token before = OTP_TOKEN_INIT, after = OTP_TOKEN_INIT;
	struct otp_bytes a = OTP_BYTES_INIT, b = OTP_BYTES_INIT;

	make(f);
	f->conf.fail_limit = 10;
	frame_get_token(f, TOKEN, &before);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(try_register(f, "alice", "no-such", "123456"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(try_register(f, "alice", "bad serial/", "123456"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(try_register(f, "alice", TOKEN, "nonsense"), OTP_ERR_AUTH_FAILED);
	assert_int_equal(fails_of(f, "alice"), 4);
	frame_get_token(f, TOKEN, &after);
	assert_int_equal(otp_token_encode(&before, &a), OTP_OK);
	assert_int_equal(otp_token_encode(&after, &b), OTP_OK);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	otp_bytes_clear(&a);
	otp_bytes_clear(&b);
	otp_token_clear(&before);
	otp_token_clear(&after);
}

static void
try_in_state(struct frame *f, const char *name, enum otp_err expected)
{
	assert_int_equal(try_register(f, name, TOKEN, frame_code(f, TOKEN, 0)), expected);
}

static void
token_states(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t now;

	make(f);
	f->conf.fail_limit = 10;
	now = f->now_ms / 1000;
	frame_get_token(f, TOKEN, &token);
	token.state = OTP_TOKEN_SUSPENDED;
	frame_put_token(f, &token);
	try_in_state(f, "alice", OTP_ERR_AUTH_FAILED);
	token.state = OTP_TOKEN_STOCK;
	token.not_after = now - 1;
	frame_put_token(f, &token);
	try_in_state(f, "alice", OTP_ERR_AUTH_FAILED);
	token.not_after = 0;
	token.not_before = now + 1;
	frame_put_token(f, &token);
	try_in_state(f, "alice", OTP_ERR_AUTH_FAILED);
	token.not_before = 0;
	token.state = OTP_TOKEN_ACTIVE;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(fails_of(f, "alice"), 3);
	try_in_state(f, "alice", OTP_OK);
}

static void
lost_token(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	const char *code;

	make(f);
	code = frame_code(f, TOKEN, 0);
	frame_get_token(f, TOKEN, &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(try_register(f, "alice", TOKEN, code), OTP_ERR_AUTH_FAILED);
}

static void
closes_after_five(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(try_register(f, "alice", "no-such", "123456"), OTP_ERR_AUTH_FAILED);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_REGISTRATION),
	    "closed");
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.register_until, 0);
	otp_user_clear(&user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	/* nobody else's */
	assert_int_equal(try_register(f, "bob", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
only_while_open(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t now;

	make(f);
	now = f->now_ms / 1000;
	frame_get_user(f, "alice", &user);
	user.register_from = now + 1;
	frame_put_user(f, &user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_REGISTRATION_LATER);
	user.register_from = now - 10;
	user.register_until = now;
	frame_put_user(f, &user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)),
	    OTP_ERR_NOT_PERMITTED);
	user.register_until = now + 1;
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)),
	    OTP_ERR_NOT_PERMITTED);
	user.enabled = true;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
}

/* The guide's hidden screen. */
static void
hidden(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	frame_get_user(f, "alice", &user);
	user.granted.rights = OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)),
	    OTP_ERR_NOT_APPLICABLE);
	user.granted.rights = OTP_RIGHT_INTERNAL_APPROVE;
	frame_put_user(f, &user);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
	/* attack: a second token with passwords alone */
	frame_add_token(f, "2");
	assert_int_equal(try_register(f, "alice", "2", frame_code(f, "2", 0)), OTP_ERR_NOT_APPLICABLE);
	assert_int_equal(frame_state(f, "2"), OTP_TOKEN_STOCK);
	assert_int_equal(try_register(f, "stranger", "2", frame_code(f, "2", 0)),
	    OTP_ERR_NOT_APPLICABLE);
	frame_add_user(f, "staff", OTP_ROLE_ADMINISTRATOR);
	frame_get_user(f, "staff", &user);
	user.granted.rights = 0;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(try_register(f, "staff", "2", frame_code(f, "2", 0)), OTP_OK);
}

static void
preassigned(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_assign(f, "alice", TOKEN);
	frame_add_token(f, "2");
	/* another than the one that waits for him */
	assert_int_equal(try_register(f, "alice", "2", frame_code(f, "2", 0)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(fails_of(f, "alice"), 1);
	assert_int_equal(frame_state(f, "2"), OTP_TOKEN_STOCK);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
	assert_true(frame_sharer(f, "alice", TOKEN).is_bound);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

/* A clock that drifted on the shelf: the next code, as at a log-in. */
static void
drifted(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 8)), OTP_ERR_NEXT_CODE);
	assert_int_equal(fails_of(f, "alice"), 0);
	/* for this token only, and for him only */
	assert_int_equal(try_register(f, "bob", TOKEN, frame_code(f, TOKEN, 9)), OTP_ERR_NEXT_CODE);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_code(f, TOKEN, 9)), OTP_OK);
	/* not one of the next two */
	frame_add_token(f, "2");
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(try_register(f, "carol", "2", frame_code(f, "2", 8)), OTP_ERR_NEXT_CODE);
	assert_int_equal(try_register(f, "carol", "2", frame_code(f, "2", 6)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(fails_of(f, "carol"), 1);
	frame_get_user(f, "carol", &user);
	assert_string_equal(user.near_serial, "");
	otp_user_clear(&user);
	assert_int_equal(try_register(f, "carol", "2", frame_code(f, "2", 8)), OTP_ERR_NEXT_CODE);
	/* too late */
	frame_pass(f, 180);
	assert_int_equal(try_register(f, "carol", "2", frame_code(f, "2", 9)), OTP_ERR_NEXT_CODE);
}

static void
no_more_sharers(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_sharer *sharer;
	const char *code;

	make(f);
	frame_get_token(f, TOKEN, &token);
	for (unsigned i = 0; i < OTP_SHARERS_MAX; i++)
		assert_int_equal(otp_token_sharer_add(&token, 1000 + i, "x", &sharer), OTP_OK);
	frame_put_token(f, &token);
	otp_token_clear(&token);
	code = frame_code(f, TOKEN, 0);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_wrong_code(f, TOKEN)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(try_register(f, "alice", TOKEN, code), OTP_ERR_OVER_LIMIT);
	assert_int_equal(try_register(f, "alice", TOKEN, code), OTP_ERR_AUTH_FAILED);
}

static void
dry_run(void **state)
{
	struct frame *f = *state;

	make(f);
	f->request.dry_run = true;
	assert_int_equal(try_register(f, "alice", TOKEN, frame_wrong_code(f, TOKEN)), OTP_OK);
	assert_true(f->answer.changed);
	f->request.dry_run = true;
	assert_int_equal(try_register(f, "alice", "no-such", "1"), OTP_OK);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(fails_of(f, "alice"), 0);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
}

static void
clock_behind(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(try_register(f, "bob", TOKEN, frame_code(f, TOKEN, 0)), OTP_OK);
	frame_pass(f, -61);
	assert_int_equal(try_register(f, "alice", TOKEN, frame_wrong_code(f, TOKEN)), OTP_ERR_CLOCK);
	assert_int_equal(fails_of(f, "alice"), 0);
}

/* Code and serial number swapped: what was typed in the wrong place is not for the audit. */
static void
code_as_serial(void **state)
{
	struct frame *f = *state;
	const char *code;

	frame_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	code = frame_code(f, TOKEN, 0);
	frame_as(f, "carol");
	frame_text(f, OTP_FIELD_SERIAL, code);
	frame_text(f, OTP_FIELD_CODE, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_REGISTER, otp_act_register), OTP_ERR_AUTH_FAILED);
	assert_string_equal(frame_last_event(f)->user, "carol");
	assert_string_equal(frame_last_event(f)->serial, "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(registers), T(code_as_serial), T(one_answer), T(token_states), T(lost_token),
		T(closes_after_five), T(only_while_open), T(hidden), T(preassigned), T(drifted),
		T(no_more_sharers), T(dry_run), T(clock_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
