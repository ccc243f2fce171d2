/* SPDX-License-Identifier: GPL-3.0-or-later */
/* administration = dual: whatever raises somebody's power needs a second administrator, on another token. */
#include "config.h"

#include "act_frame.h"
#include "act_password.h"
#include "act_people.h"

#define OTHER_TOKEN "9000002"

static void
make(struct frame *f)
{
	frame_staff(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "second", OTHER_TOKEN);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	f->conf.administration = OTP_CONF_DUAL;
}

/* The simplest act that raises: an open registration. A minute later than the last. */
static enum otp_err
open_with(struct frame *f, const char *second, const char *code, enum frame_confirm confirm)
{
	frame_pass(f, FRAME_STEP);
	if (second != NULL)
		frame_text(f, OTP_FIELD_SECOND, second);
	if (code != NULL)
		frame_text(f, OTP_FIELD_SECOND_CODE, code);
	f->second = confirm;
	return frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT);
}

static void
two_hands(void **state)
{
	struct frame *f = *state;
	const struct otp_event *event;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	assert_int_equal(open_with(f, NULL, NULL, FRAME_NO_PASSWORD), OTP_ERR_POLICY);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_RIGHT), OTP_OK);
	assert_true(f->question.needs_second);
	assert_string_equal(f->question.second, FRAME_PHC);
	event = frame_last_event(f);
	assert_string_equal(otp_fields_str(&event->details, OTP_FIELD_SECOND), "second");
	/* his code is used up */
	frame_get_token(f, OTHER_TOKEN, &token);
	assert_int_equal(token.last_used, otp_totp_step(f->now_ms, FRAME_STEP));
	otp_token_clear(&token);
	/* single: nobody is asked, and nothing is used up */
	f->conf.administration = OTP_CONF_SINGLE;
	assert_int_equal(open_with(f, NULL, NULL, FRAME_NO_PASSWORD), OTP_OK);
	assert_false(f->question.needs_second);
}

static void
who_is_no_second(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	assert_int_equal(open_with(f, "nobody", "123456", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(open_with(f, "alice", "123456", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(open_with(f, "master", frame_code(f, STAFF_TOKEN, 2), FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
	frame_get_user(f, "second", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
	user.enabled = true;
	frame_put_user(f, &user);
	/* a token that replaced the operator's own is the same one */
	frame_get_token(f, OTHER_TOKEN, &token);
	(void)snprintf(token.origin, sizeof(token.origin), "%s", STAFF_TOKEN);
	frame_put_token(f, &token);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
	token.origin[0] = '\0';
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_RIGHT), OTP_OK);
	/* a shared token is one */
	frame_add_user(f, "third", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "third", STAFF_TOKEN);
	assert_int_equal(open_with(f, "third", frame_code(f, STAFF_TOKEN, 2), FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
}

/* His wrong password and his wrong code are his, and counted; the operator's code is used up. */
static void
what_is_wrong_is_counted(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t before;

	make(f);
	frame_get_user(f, "alice", &user);
	before = user.register_until;
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_NO_PASSWORD),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_WRONG),
	    OTP_ERR_AUTH_FAILED);
	frame_get_user(f, "second", &user);
	assert_int_equal(user.n_wrong, 1);
	assert_string_equal(frame_last_event(f)->user, "second");
	assert_string_equal(frame_last_event(f)->serial, "");	/* and not the operator's */
	assert_int_equal(frame_sharer(f, "second", OTHER_TOKEN).fails, 0);
	/* the operator's code of that call does not pass again */
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_ERR_CODE_USED);
	assert_int_equal(open_with(f, "second", frame_wrong_code(f, OTHER_TOKEN), FRAME_RIGHT),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_sharer(f, "second", OTHER_TOKEN).fails, 1);
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.register_until, before);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_ERR_CODE_USED);
}

/*
 * Only where administrators alone may ask: no user tries, or stops, an administrator's password by naming him, and
 * nobody hears of his state who has shown nothing.
 */
static void
nobody_else_tries_him(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	for (unsigned i = 0; i < 3; i++) {
		frame_pass(f, 60);
		frame_as(f, "alice");
		frame_text(f, OTP_FIELD_SECOND, "second");
		f->second = FRAME_WRONG;
		f->confirm = FRAME_RIGHT;
		f->new_confirm = "another correct battery";
		assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set), OTP_OK);
		assert_false(f->question.needs_second);
	}
	frame_get_user(f, "second", &user);
	assert_int_equal(user.n_wrong, 0);
	/* stopped, and the operator's own password is wrong: that is all he hears */
	user.confirm_stopped = true;
	frame_put_user(f, &user);
	frame_pass(f, FRAME_STEP);
	frame_text(f, OTP_FIELD_SECOND, "second");
	f->second = FRAME_WRONG;
	assert_int_equal(frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0), FRAME_WRONG),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
}

/* When the act itself refuses, both codes stay used up. */
static void
a_refusal_behind_both(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(open_with(f, "second", frame_code(f, OTHER_TOKEN, 1), FRAME_RIGHT),
	    OTP_ERR_WRONG_STATE);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_ERR_CODE_USED);
	assert_int_equal(frame_verify(f, "second", frame_code(f, OTHER_TOKEN, 0)), OTP_ERR_CODE_USED);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)
	const struct CMUnitTest tests[] = {
		T(two_hands), T(who_is_no_second), T(what_is_wrong_is_counted),
		T(nobody_else_tries_him), T(a_refusal_behind_both),
	};

	return cmocka_run_group_tests_name("act_second", tests, NULL, NULL);
}
