/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Revocation: one user's sharing ends, the others' does not; nothing is laundered by it. */
#include "config.h"

#include "act_frame.h"

#include "act_register.h"
#include "act_revoke.h"

#define ADMIN_TOKEN "9000002"
#define OTHER_TOKEN "9000003"

static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, ADMIN_TOKEN);
	frame_bind(f, "admin", ADMIN_TOKEN);
}

static enum otp_err
take(struct frame *f, const char *operator_name, const char *user, const char *another)
{
	struct otp_user operator_user = OTP_USER_INIT;

	frame_get_user(f, operator_name, &operator_user);
	frame_pass(f, FRAME_STEP);
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_USERS, user);
	frame_text(f, OTP_FIELD_USERS, another);
	if (!f->request.dry_run) {
		frame_text(f, OTP_FIELD_CODE, frame_code(f, operator_user.serial, 0));
		f->confirm = FRAME_RIGHT;
	}
	otp_user_clear(&operator_user);
	return frame_run(f, OTP_VERB_REVOKE, otp_act_revoke);
}

static enum otp_err
enrol(struct frame *f, const char *name, const char *serial)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, name);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, serial, 0));
	return frame_run(f, OTP_VERB_REGISTER, otp_act_register);
}

static struct otp_user
user_of(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return user;
}

static const char *
in_row(struct frame *f, size_t i, enum otp_field field)
{
	const char *text;

	assert_true(i < f->answer.rows.n);
	text = otp_fields_str(&f->answer.rows.row[i], field);
	return text != NULL ? text : "";
}

static void
one_of_two(void **state)
{
	struct frame *f = *state;
	struct otp_user user;
	int64_t now;

	make(f);
	f->conf.register_pause = 1800;
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_OK);
	assert_true(f->answer.changed);
	now = f->now_ms / 1000;
	assert_string_equal(in_row(f, 0, OTP_FIELD_USER), "alice");
	assert_string_equal(in_row(f, 0, OTP_FIELD_ROLE), "general");
	assert_string_equal(in_row(f, 0, OTP_FIELD_SERIAL), TOKEN);
	assert_string_equal(in_row(f, 0, OTP_FIELD_SHARERS), "bob");
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	user = user_of(f, "alice");
	assert_string_equal(user.serial, "");
	assert_false(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(user.epoch, 2);
	assert_int_equal(user.revoked_at, now);
	assert_int_equal(user.register_from, now + 1800);
	assert_int_equal(user.register_until, now + 1800 + 30 * 86400);
	assert_int_equal(user.handed_by, user_of(f, "admin").id);
	assert_int_equal(user.handed_at, now);
	assert_int_equal(user_of(f, "bob").epoch, 1);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_REVOKED);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	/* again: said, and nothing changed */
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(f->answer.n_warnings, 1);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_NO_TOKEN);
	assert_int_equal(user_of(f, "alice").epoch, 2);
	/* not before the pause is over, and then once */
	assert_int_equal(enrol(f, "alice", TOKEN), OTP_ERR_NOT_PERMITTED);
	f->now_ms = (user.register_from - FRAME_STEP) * 1000;
	assert_int_equal(enrol(f, "alice", TOKEN), OTP_OK);
	assert_int_equal(take(f, "admin", "bob", NULL), OTP_OK);
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	/* no pause at all */
	f->conf.register_pause = 0;
	assert_int_equal(enrol(f, "bob", TOKEN), OTP_ERR_NOT_PERMITTED);
	frame_pass(f, 1800);
	assert_int_equal(enrol(f, "bob", TOKEN), OTP_OK);
	assert_int_equal(take(f, "admin", "bob", NULL), OTP_OK);
	assert_int_equal(user_of(f, "bob").register_from, f->now_ms / 1000);
	assert_int_equal(enrol(f, "bob", TOKEN), OTP_OK);
}

static void
several(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_forget_events(f);
	assert_int_equal(take(f, "admin", "alice", "nobody"), OTP_ERR_NOT_FOUND);
	assert_int_equal(f->answer.rows.n, 0);
	assert_true(user_of(f, "alice").is_bound);
	frame_forget_events(f);
	frame_text(f, OTP_FIELD_USERS, "carol");
	frame_text(f, OTP_FIELD_USERS, "alice");
	assert_int_equal(take(f, "admin", "bob", "alice"), OTP_OK);
	assert_int_equal(f->n_events, 1);
	assert_int_equal(f->answer.rows.n, 3);
	assert_string_equal(in_row(f, 0, OTP_FIELD_USER), "carol");
	assert_string_equal(in_row(f, 0, OTP_FIELD_SERIAL), "");
	/* nobody of those who are named keeps it */
	assert_string_equal(in_row(f, 1, OTP_FIELD_SHARERS), "");
	assert_string_equal(in_row(f, 2, OTP_FIELD_SHARERS), "");
	assert_string_equal(frame_last_event(f)->user, "");
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	for (unsigned i = 0; i <= OTP_REVOKE_MAX; i++)
		frame_text(f, OTP_FIELD_USERS, "carol");
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_ERR_OVER_LIMIT);
}

/* The answer of a token with many users must fit a packet. */
static void
too_much_to_show(void **state)
{
	struct frame *f = *state;
	char name[OTP_NAME_MAX + 1];

	make(f);
	memset(name, 'x', sizeof(name));
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(name + 250, sizeof(name) - 250, "%02u", i);
		frame_add_user(f, name, OTP_ROLE_GENERAL);
		frame_bind(f, name, TOKEN);
	}
	for (unsigned i = 0; i < 6; i++) {
		(void)snprintf(name + 250, sizeof(name) - 250, "%02u", i);
		frame_text(f, OTP_FIELD_USERS, name);
	}
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_ERR_OVER_LIMIT);
	assert_int_equal(take(f, "admin", "alice", "bob"), OTP_OK);
}

static void
a_suspension_stays(void **state)
{
	struct frame *f = *state;

	make(f);
	f->conf.register_pause = 0;
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(take(f, "admin", "alice", "bob"), OTP_OK);
	assert_string_equal(in_row(f, 0, OTP_FIELD_STATE), "suspended");
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(enrol(f, "alice", TOKEN), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
preassigned(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_token(f, "5");
	frame_assign(f, "carol", "5");
	assert_int_equal(take(f, "admin", "carol", NULL), OTP_OK);
	assert_string_equal(in_row(f, 0, OTP_FIELD_BINDING), "preassigned");
	user = user_of(f, "carol");
	assert_string_equal(user.serial, "");
	assert_true(user.was_bound);	/* no stranger for nullok */
	assert_int_equal(frame_state(f, "5"), OTP_TOKEN_STOCK);
	assert_int_equal(frame_verify(f, "carol", frame_code(f, "5", 0)), OTP_ERR_REVOKED);
}

static void
who_revokes_whom(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(take(f, "bob", "alice", NULL), OTP_ERR_NOT_PERMITTED);
	frame_add_user(f, "other", OTP_ROLE_MASTER);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "other", OTHER_TOKEN);
	/* an administrator anybody, a master too, and himself */
	assert_int_equal(take(f, "admin", "other", NULL), OTP_OK);
	assert_int_equal(take(f, "admin", "admin", NULL), OTP_OK);
	assert_int_equal(frame_state(f, ADMIN_TOKEN), OTP_TOKEN_STOCK);
}

static void
last_master(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(take(f, "master", "master", NULL), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_LAST_MASTER);
	assert_int_equal(take(f, "admin", "master", NULL), OTP_ERR_POLICY);
	/* the refusal is about him, not about who asked */
	assert_string_equal(frame_last_event(f)->user, "master");
	frame_add_user(f, "other", OTP_ROLE_MASTER);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "other", OTHER_TOKEN);
	/* each alone could go, not both at once */
	assert_int_equal(take(f, "admin", "master", "other"), OTP_ERR_POLICY);
	assert_int_equal(f->answer.rows.n, 0);
	f->request.dry_run = true;
	assert_int_equal(take(f, "admin", "other", "master"), OTP_ERR_POLICY);
	assert_true(user_of(f, "master").is_bound);
	assert_int_equal(take(f, "admin", "other", NULL), OTP_OK);
	assert_int_equal(take(f, "admin", "master", "alice"), OTP_ERR_POLICY);
	assert_true(user_of(f, "alice").is_bound);
}

/* Who reset his password may not do this within 24 hours, and who did this may not reset it. */
static void
one_hand(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	user = user_of(f, "alice");
	user.reset_by = user_of(f, "admin").id;
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_RESET_BAR);
	assert_int_equal(take(f, "admin", "bob", "alice"), OTP_ERR_POLICY);
	assert_true(user_of(f, "bob").is_bound);
	frame_pass(f, 86400 - 3 * FRAME_STEP - 1);
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_ERR_POLICY);
	frame_pass(f, 1);
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_OK);
}

static enum otp_err
expecting(struct frame *f, const char *const expect[])
{
	for (; *expect != NULL; expect++)
		frame_text(f, OTP_FIELD_EXPECT, *expect);
	return take(f, "admin", "alice", NULL);
}

#define EXPECTING(f, ...) expecting((f), (const char *const[]){ __VA_ARGS__, NULL })

static void
what_was_shown(void **state)
{
	struct frame *f = *state;

	make(f);
	f->request.dry_run = true;
	assert_int_equal(take(f, "admin", "alice", NULL), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(user_of(f, "alice").is_bound);
	assert_int_equal(EXPECTING(f, "alice/general/" TOKEN), OTP_ERR_CONFLICT);
	assert_int_equal(EXPECTING(f, "alice/general/" TOKEN, "bob", "carol"), OTP_ERR_CONFLICT);
	assert_int_equal(EXPECTING(f, "alice/general/" TOKEN, "carol"), OTP_ERR_CONFLICT);
	assert_int_equal(EXPECTING(f, "alice/master/" TOKEN, "bob"), OTP_ERR_CONFLICT);
	assert_int_equal(EXPECTING(f, "alice/general/" OTHER_TOKEN, "bob"), OTP_ERR_CONFLICT);
	assert_int_equal(EXPECTING(f, "alice/general/", "bob"), OTP_ERR_CONFLICT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_SHOWN_CHANGED);
	assert_true(user_of(f, "alice").is_bound);
	assert_int_equal(EXPECTING(f, "alice/general/" TOKEN, "bob"), OTP_OK);
	assert_int_equal(EXPECTING(f, "alice/general/"), OTP_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(one_of_two), T(several), T(too_much_to_show), T(a_suspension_stays), T(preassigned),
		T(who_revokes_whom), T(last_master), T(one_hand), T(what_was_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
