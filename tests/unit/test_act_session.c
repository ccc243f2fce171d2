/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coming in: the account phase's answer for every state, and what a session puts in force. */
#include "config.h"

#include "act_frame.h"

#include "act_session.h"

static enum otp_err
check(struct frame *f, const char *name, const char *phase)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, name);
	frame_text(f, OTP_FIELD_PHASE, phase);
	return frame_run(f, OTP_VERB_LOGIN_CHECK, otp_act_login_check);
}

static const char *
text_of(const struct frame *f, enum otp_field field)
{
	const char *text = otp_fields_str(&f->answer.fields, field);

	return text != NULL ? text : "";
}

static void
expect(struct frame *f, const char *name, enum otp_err account, enum otp_err auth, const char *word)
{
	assert_int_equal(check(f, name, "account"), account);
	assert_string_equal(text_of(f, OTP_FIELD_STATE), word);
	assert_int_equal(otp_fields_check(&f->answer.fields), OTP_OK);
	frame_forget_events(f);
	assert_int_equal(check(f, name, "auth"), auth);
	assert_string_equal(text_of(f, OTP_FIELD_STATE), word);
	/* a question is no denial */
	assert_int_equal(f->n_events, 0);
}

static void
strangers(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	expect(f, "nobody", OTP_ERR_NOT_FOUND, OTP_ERR_NOT_FOUND, "unknown");
	expect(f, "alice", OTP_ERR_NOT_APPLICABLE, OTP_ERR_NOT_APPLICABLE, "never-bound");
	assert_string_equal(text_of(f, OTP_FIELD_REGISTRATION), "open");
	frame_get_user(f, "alice", &user);
	user.register_until = f->now_ms / 1000;
	frame_put_user(f, &user);
	expect(f, "alice", OTP_ERR_NOT_APPLICABLE, OTP_ERR_NOT_APPLICABLE, "never-bound");
	assert_string_equal(text_of(f, OTP_FIELD_REGISTRATION), "closed");
	/* who had one is none any more: nullok never lets him past */
	user.was_bound = true;
	frame_put_user(f, &user);
	expect(f, "alice", OTP_ERR_REVOKED, OTP_OK, "revoked");
	user.enabled = false;
	frame_put_user(f, &user);
	expect(f, "alice", OTP_ERR_NOT_PERMITTED, OTP_OK, "disabled");
	otp_user_clear(&user);
}

static void
bound(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t when = 0;

	frame_two(f);
	frame_verify_right(f, "alice");
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000 + 86400;
	frame_put_token(f, &token);
	expect(f, "alice", OTP_OK, OTP_OK, "registered");
	assert_string_equal(text_of(f, OTP_FIELD_BINDING), "registered");
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_LAST_SUCCESS, &when));
	assert_int_equal(when, f->now_ms / 1000);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_EXPIRES, &when));
	assert_int_equal(when, token.not_after);
	frame_pass(f, 86401);
	expect(f, "alice", OTP_ERR_EXPIRED, OTP_OK, "expired");
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	expect(f, "alice", OTP_ERR_LOST, OTP_OK, "lost");
	token.state = OTP_TOKEN_RETIRED;
	frame_put_token(f, &token);
	expect(f, "alice", OTP_ERR_REVOKED, OTP_OK, "revoked");
	otp_token_clear(&token);
	otp_user_clear(&user);
}

static void
suspended(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "second", TOKEN);
	frame_verify_wrong(f, "alice", 5);
	expect(f, "bob", OTP_ERR_SUSPENDED, OTP_OK, "suspended");
	/* came in by key, may unlock others */
	expect(f, "second", OTP_OK, OTP_OK, "suspended");
}

static void
preassigned(void **state)
{
	struct frame *f = *state;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_assign(f, "alice", TOKEN);
	expect(f, "alice", OTP_OK, OTP_OK, "preassigned");
	assert_string_equal(text_of(f, OTP_FIELD_BINDING), "preassigned");
}

static void
right_is_needed(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_get_user(f, "alice", &user);
	user.granted.rights = user.adopted.rights = OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(check(f, "alice", "account"), OTP_ERR_NOT_PERMITTED);
}

static void
for_whom(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_as(f, "bob");
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_LOGIN_CHECK, otp_act_login_check),
	    OTP_ERR_NOT_PERMITTED);
	frame_as(f, "bob");
	assert_int_equal(frame_run(f, OTP_VERB_LOGIN_CHECK, otp_act_login_check), OTP_OK);
	frame_as(f, "bob");
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open),
	    OTP_ERR_NOT_PERMITTED);
}

static void
clock_behind(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_right(f, "alice");
	frame_pass(f, -61);
	assert_int_equal(check(f, "alice", "account"), OTP_ERR_CLOCK);
	assert_int_equal(check(f, "alice", "auth"), OTP_ERR_CLOCK);
}

/* ---- session open ---- */

static void
grant(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	user.granted.rights |= OTP_RIGHT_EXTERNAL_CREATE;
	user.adopted.rights = OTP_RIGHT_LOGIN;
	user.granted.limits.per_day = 1000;
	user.adopted.limits.per_day = 0;
	frame_put_user(f, &user);
	otp_user_clear(&user);
}

static bool
is_adopted(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	bool is;

	frame_get_user(f, name, &user);
	is = user.adopted.rights == user.granted.rights &&
	    user.adopted.limits.per_day == user.granted.limits.per_day;
	if (is)
		assert_int_equal(user.adopted_at, f->now_ms / 1000);
	otp_user_clear(&user);
	return is;
}

static enum otp_err
open_session(struct frame *f, const char *name, bool is_pam)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, name);
	frame_flag(f, OTP_FIELD_PAM, is_pam);
	return frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open);
}

static void
session_adopts(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	grant(f, "alice");
	/* no code of his own yet: a cron job adopts nothing */
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_false(f->answer.changed);
	assert_false(is_adopted(f, "alice"));
	/* a colleague's is not his own */
	frame_verify_right(f, "bob");
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_false(is_adopted(f, "alice"));
	frame_verify_right(f, "alice");
	frame_pass(f, 601);
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_false(is_adopted(f, "alice"));
	frame_pass(f, -1);
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(is_adopted(f, "alice"));
	assert_string_equal(text_of(f, OTP_FIELD_STATE), "registered");
	assert_true(otp_fields_has(&f->answer.fields, OTP_FIELD_LAST_SUCCESS));
	/* once more: nothing to do */
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_false(f->answer.changed);
}

static void
root_opens(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	grant(f, "alice");
	frame_trusted(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open), OTP_OK);
	assert_false(is_adopted(f, "alice"));
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open), OTP_OK);
	assert_false(is_adopted(f, "alice"));
	assert_int_equal(open_session(f, "alice", false), OTP_OK);
	assert_true(is_adopted(f, "alice"));
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	user.adopted.rights = 0;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(open_session(f, "alice", false), OTP_ERR_NOT_PERMITTED);
	assert_false(is_adopted(f, "alice"));
	assert_int_equal(open_session(f, "nobody", false), OTP_ERR_NOT_FOUND);
}

/* Opening one's own again and again pushes nothing out of the audit; what adopts something is always there. */
static void
own_sessions_are_folded(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_forget_events(f);
	for (unsigned i = 0; i < 50; i++) {
		frame_as(f, "alice");
		assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open), OTP_OK);
		assert_true(f->n_events <= OTP_FLOOD_FREE);
	}
	/* his refusals are counted apart */
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_USER, "bob");
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_NOT_PERMITTED);
	frame_pass(f, 60);
	frame_forget_events(f);
	frame_verify_right(f, "alice");
	assert_int_equal(f->event[0].count, 50 - OTP_FLOOD_FREE);
	assert_int_equal(f->event[0].result, OTP_OK);
	grant(f, "alice");
	frame_as(f, "alice");
	/* his own word opens no session: only a service knows that there is one */
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open), OTP_OK);
	assert_false(is_adopted(f, "alice"));
	assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_true(is_adopted(f, "alice"));
	frame_forget_events(f);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(open_session(f, "alice", true), OTP_OK);
	assert_int_equal(f->n_events, 20);
}

static void
session_dry_run(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	grant(f, "alice");
	f->request.dry_run = true;
	assert_int_equal(open_session(f, "alice", false), OTP_OK);
	assert_true(f->answer.changed);
	assert_false(is_adopted(f, "alice"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(strangers), T(bound), T(suspended), T(preassigned), T(right_is_needed),
		T(for_whom), T(clock_behind), T(session_adopts), T(root_opens),
		T(session_dry_run), T(own_sessions_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
