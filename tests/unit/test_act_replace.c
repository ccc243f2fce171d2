/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token replaced by a new one: who may, what moves, and that nothing is laundered by it. */
#include "config.h"

#include "act_frame.h"

#include "act_device.h"
#include "act_register.h"
#include "act_reset.h"
#include "act_unlock.h"

#define NEW "2000002"
#define OTHER_TOKEN "9000002"

static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "admin", OTHER_TOKEN);
	frame_add_token(f, NEW);
	frame_forget_events(f);
}

static enum otp_err
replace_by(struct frame *f, const char *who, const char *own, const char *old, const char *new)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, who);
	frame_text(f, OTP_FIELD_SERIAL, old);
	frame_text(f, OTP_FIELD_NEW_SERIAL, new);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, own, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TOKEN_REPLACE, otp_act_token_replace);
}

static enum otp_err
replace(struct frame *f)
{
	return replace_by(f, "admin", OTHER_TOKEN, TOKEN, NEW);
}

static struct otp_token
token_of(struct frame *f, const char *serial)
{
	static struct otp_token token = OTP_TOKEN_INIT;

	frame_get_token(f, serial, &token);
	return token;
}

static bool
has_text(const struct otp_fields *fields, enum otp_field field, const char *text)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (view.field == field && strcmp(view.str, text) == 0)
			return true;
	return false;
}

/* ---- what it does ---- */

static void
all_go_on(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	const char *old_code;

	make(f);
	frame_verify_right(f, "alice");
	old_code = frame_code(f, TOKEN, 2);
	assert_int_equal(replace(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.rows.n, 2);
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_NEW_SERIAL, NEW));
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SHARERS, "bob"));
	frame_reopen(f);
	/* the old one is lost at once, its secret gone */
	assert_int_equal(token_of(f, TOKEN).state, OTP_TOKEN_LOST);
	assert_int_equal(token_of(f, TOKEN).seed.len, 0);
	assert_int_equal(token_of(f, TOKEN).n_sharers, 0);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", old_code), OTP_ERR_AUTH_FAILED);
	/* each is live after his own code from the new one */
	assert_int_equal(token_of(f, NEW).state, OTP_TOKEN_STOCK);
	assert_false(frame_sharer(f, "alice", NEW).is_bound);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.serial, NEW);
	assert_false(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(user.epoch, 1);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, NEW, 0)), OTP_OK);
	assert_true(frame_sharer(f, "alice", NEW).is_bound);
	assert_int_equal(frame_sharer(f, "alice", NEW).bound_at, f->now_ms / 1000);
	assert_false(frame_sharer(f, "bob", NEW).is_bound);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, NEW, 0)), OTP_OK);
	otp_user_clear(&user);
	/* once more: done already */
	assert_int_equal(replace(f), OTP_OK);
	assert_false(f->answer.changed);
}

/* For "two tokens" old and new count as one, however often it is replaced. */
static void
origin_stays(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_token(f, "2000003");
	assert_int_equal(replace(f), OTP_OK);
	assert_string_equal(token_of(f, NEW).origin, TOKEN);
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, NEW, "2000003"), OTP_OK);
	assert_string_equal(token_of(f, "2000003").origin, TOKEN);
}

/* ---- attacks ---- */

static void
suspension_is_not_laundered(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(replace(f), OTP_OK);
	assert_int_equal(frame_state(f, NEW), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, NEW, 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(token_of(f, NEW).suspended_by, 1);
	assert_int_equal(frame_unlock(f, "admin", "alice", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_state(f, NEW), OTP_TOKEN_STOCK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, NEW, 0)), OTP_OK);
}

static void
report_is_not_laundered(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_as(f, "alice");
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_REPORT, otp_act_token_report), OTP_OK);
	assert_int_equal(replace(f), OTP_OK);
	assert_int_equal(token_of(f, NEW).suspended_how, OTP_SUSPENDED_REPORTED);
}

static void
counters_move(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_verify_wrong(f, "alice", 3);
	frame_verify_wrong(f, "bob", 1);
	assert_int_equal(replace(f), OTP_OK);
	assert_int_equal(token_of(f, NEW).fails, 4);
	assert_int_equal(frame_sharer(f, "alice", NEW).fails, 3);
	assert_int_equal(frame_sharer(f, "alice", NEW).fails_ever, 3);
	assert_int_equal(token_of(f, NEW).n_wrong, 4);
	/* one more is the fifth in a row */
	assert_int_equal(frame_verify(f, "bob", frame_wrong_code(f, NEW)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_state(f, NEW), OTP_TOKEN_SUSPENDED);
}

static void
unlocks_move(void **state)
{
	struct frame *f = *state;

	make(f);
	for (unsigned i = 0; i < 3; i++) {
		frame_verify_wrong(f, "alice", 5);
		assert_int_equal(frame_unlock(f, "admin", "alice", FRAME_RIGHT), OTP_OK);
	}
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(replace(f), OTP_OK);
	assert_int_equal(frame_unlock(f, "admin", "alice", FRAME_RIGHT), OTP_ERR_OVER_LIMIT);
}

static void
not_ones_own(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, OTHER_TOKEN, NEW), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_TOKEN_REPLACE);
	assert_int_equal(replace_by(f, "master", STAFF_TOKEN, STAFF_TOKEN, NEW), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_TOKEN_REPLACE);
	assert_int_equal(frame_state(f, OTHER_TOKEN), OTP_TOKEN_ACTIVE);
}

static void
who_may(void **state)
{
	struct frame *f = *state;

	make(f);
	/* a master's only by a master */
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, STAFF_TOKEN, NEW), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_MASTER_TOUCHES_STAFF);
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	frame_text(f, OTP_FIELD_NEW_SERIAL, NEW);
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_REPLACE, otp_act_token_replace),
	    OTP_ERR_NOT_PERMITTED);
	frame_as(f, "admin");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	frame_text(f, OTP_FIELD_NEW_SERIAL, NEW);
	frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, OTHER_TOKEN));
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_REPLACE, otp_act_token_replace),
	    OTP_ERR_AUTH_FAILED);
	assert_int_equal(replace_by(f, "master", STAFF_TOKEN, OTHER_TOKEN, NEW), OTP_OK);
}

/* Who reset the password of one of them gives none of them a token. */
static void
who_reset_a_password(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT, admin = OTP_USER_INIT;

	make(f);
	frame_get_user(f, "admin", &admin);
	frame_get_user(f, "bob", &user);
	user.reset_by = admin.id;
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	assert_int_equal(replace(f), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_RESET_BAR);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(replace_by(f, "master", STAFF_TOKEN, TOKEN, NEW), OTP_OK);
	/* ... and who replaced does not reset */
	frame_get_user(f, "bob", &user);
	frame_get_user(f, "master", &admin);
	assert_int_equal(user.handed_by, admin.id);
	assert_int_equal(user.handed_at, f->now_ms / 1000);
	otp_user_clear(&user);
	otp_user_clear(&admin);
}

static void
needs_a_second_hand(void **state)
{
	struct frame *f = *state;

	make(f);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(replace(f), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NEEDS_SECOND);
	frame_text(f, OTP_FIELD_SECOND, "master");
	frame_text(f, OTP_FIELD_SECOND_CODE, frame_code(f, STAFF_TOKEN, 1));
	f->second = FRAME_RIGHT;
	assert_int_equal(replace(f), OTP_OK);
}

/* ---- the new one ---- */

static void
assert_not_new(struct frame *f, const char *serial, enum otp_err err)
{
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, TOKEN, serial), err);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

static void
must_be_new(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_not_new(f, "no-such", OTP_ERR_NOT_FOUND);
	assert_not_new(f, TOKEN, OTP_ERR_WRONG_STATE);
	assert_not_new(f, STAFF_TOKEN, OTP_ERR_WRONG_STATE);
	/* used before, and back in stock */
	frame_get_token(f, NEW, &token);
	token.last_used = 5;
	frame_put_token(f, &token);
	assert_not_new(f, NEW, OTP_ERR_WRONG_STATE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_TOKEN_NOT_NEW);
	/* wrong codes were tried on it */
	token.last_used = OTP_STEP_NONE;
	token.fails = 1;
	frame_put_token(f, &token);
	assert_not_new(f, NEW, OTP_ERR_WRONG_STATE);
	token.fails = 0;
	otp_token_wrong_add(&token, 77, f->now_ms / 1000);
	frame_put_token(f, &token);
	assert_not_new(f, NEW, OTP_ERR_WRONG_STATE);
	token.n_wrong = 0;
	/* expired, or not valid yet */
	token.not_after = f->now_ms / 1000;
	frame_put_token(f, &token);
	assert_not_new(f, NEW, OTP_ERR_EXPIRED);
	token.not_after = 0;
	token.not_before = f->now_ms / 1000 + 86400;
	frame_put_token(f, &token);
	assert_not_new(f, NEW, OTP_ERR_WRONG_STATE);
	token.not_before = 0;
	frame_put_token(f, &token);
	/* somebody else waits for it */
	frame_assign(f, "carol", NEW);
	assert_not_new(f, NEW, OTP_ERR_WRONG_STATE);
	otp_token_clear(&token);
}

static void
old_must_be_used(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_token(f, "2000003");
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, "2000003", NEW), OTP_ERR_WRONG_STATE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NOBODY_USES);
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, "no-such", NEW), OTP_ERR_NOT_FOUND);
	assert_int_equal(replace(f), OTP_OK);
	assert_int_equal(replace_by(f, "admin", OTHER_TOKEN, TOKEN, "2000003"), OTP_ERR_LOST);
}

/* An expired one is what is replaced most. */
static void
old_may_be_expired(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(replace(f), OTP_OK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, NEW, 0)), OTP_OK);
}

static void
only_those_who_were_shown(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_text(f, OTP_FIELD_EXPECT, "alice");
	assert_int_equal(replace(f), OTP_ERR_CONFLICT);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(all_go_on), T(origin_stays), T(suspension_is_not_laundered),
		T(report_is_not_laundered), T(counters_move), T(unlocks_move), T(not_ones_own),
		T(who_may), T(who_reset_a_password), T(needs_a_second_hand), T(must_be_new),
		T(old_must_be_used), T(old_may_be_expired), T(only_those_who_were_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
