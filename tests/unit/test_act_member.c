/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles, disable, enable, delete, password reset; the last able master; who may do what to whom. */
#include "config.h"

#include "act_frame.h"

#include "act_member.h"
#include "act_people.h"
#include "act_reset.h"
#include "act_revoke.h"
#include "act_show.h"

#define ADMIN_TOKEN "9000002"
#define OTHER_TOKEN "9000003"

/* master and admin, each with a token; alice and bob share one. */
static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, ADMIN_TOKEN);
	frame_bind(f, "admin", ADMIN_TOKEN);
}

static void
add_master(struct frame *f, const char *name, const char *serial)
{
	frame_add_user(f, name, OTP_ROLE_MASTER);
	frame_add_token(f, serial);
	frame_bind(f, name, serial);
}

static const char *
serial_of(struct frame *f, const char *name)
{
	static char serial[OTP_SERIAL_MAX + 1];
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	(void)snprintf(serial, sizeof(serial), "%s", user.serial);
	otp_user_clear(&user);
	return serial;
}

/* With all that must be shown, a minute after the last. Fields may be there already. */
static enum otp_err
run(struct frame *f, enum otp_verb verb, otp_act act, const char *operator_name, const char *user)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_USER, user);
	if (!f->request.dry_run) {
		frame_text(f, OTP_FIELD_CODE, frame_code(f, serial_of(f, operator_name), 0));
		f->confirm = FRAME_RIGHT;
	}
	return frame_run(f, verb, act);
}

static enum otp_err
mod(struct frame *f, const char *operator_name, const char *user, const char *role)
{
	frame_text(f, OTP_FIELD_ROLE, role);
	return run(f, OTP_VERB_USER_MOD, otp_act_user_mod, operator_name, user);
}

static enum otp_err
mail(struct frame *f, const char *operator_name, const char *user, const char *address)
{
	frame_text(f, OTP_FIELD_MAIL, address);
	return run(f, OTP_VERB_USER_MOD, otp_act_user_mod, operator_name, user);
}

static enum otp_err
disable(struct frame *f, const char *operator_name, const char *user)
{
	return run(f, OTP_VERB_USER_DISABLE, otp_act_user_disable, operator_name, user);
}

static enum otp_err
enable(struct frame *f, const char *operator_name, const char *user)
{
	return run(f, OTP_VERB_USER_ENABLE, otp_act_user_enable, operator_name, user);
}

static enum otp_err
delete(struct frame *f, const char *operator_name, const char *user)
{
	return run(f, OTP_VERB_USER_DEL, otp_act_user_del, operator_name, user);
}

static enum otp_err
reset(struct frame *f, const char *operator_name, const char *user)
{
	return run(f, OTP_VERB_PASSWORD_RESET, otp_act_password_reset, operator_name, user);
}

static struct otp_user
user_of(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return user;
}

static const char *
detail(struct frame *f, enum otp_field field)
{
	const char *text = otp_fields_str(&frame_last_event(f)->details, field);

	return text != NULL ? text : "";
}

static uint32_t
n_staff(struct frame *f)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;
	uint32_t n;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	n = company.n_staff;
	otp_company_clear(&company);
	otp_bytes_clear(&value);
	return n;
}

/* ---- user mod ---- */

static void
changes_a_role(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	user = user_of(f, "alice");
	user.granted.rights |= OTP_RIGHT_EXTERNAL_APPROVE;
	frame_put_user(f, &user);
	assert_int_equal(mod(f, "master", "alice", "administrator"), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(detail(f, OTP_FIELD_ROLE_BEFORE), "general");
	assert_string_equal(detail(f, OTP_FIELD_ROLE), "administrator");
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_int_equal(n_staff(f), 3);
	user = user_of(f, "alice");
	assert_int_equal(user.role, OTP_ROLE_ADMINISTRATOR);
	/* rights, token and epoch stay */
	assert_int_equal(user.granted.rights, OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_APPROVE);
	assert_int_equal(user.adopted.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(user.epoch, 1);
	assert_true(user.is_bound);
	assert_int_equal(mod(f, "master", "alice", "administrator"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(mod(f, "master", "alice", "general"), OTP_OK);
	assert_int_equal(n_staff(f), 2);
	assert_int_equal(mod(f, "master", "alice", "boss"), OTP_ERR_BAD_INPUT);
	assert_int_equal(mod(f, "master", "alice", NULL), OTP_ERR_USAGE);
	assert_int_equal(mod(f, "master", "nobody", "general"), OTP_ERR_NOT_FOUND);
}

static void
who_changes_roles(void **state)
{
	struct frame *f = *state;

	make(f);
	add_master(f, "other", OTHER_TOKEN);
	assert_int_equal(mod(f, "admin", "alice", "administrator"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_MASTER_MAKES_STAFF);
	assert_int_equal(mod(f, "admin", "alice", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(mod(f, "admin", "other", "general"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(mod(f, "alice", "bob", "general"), OTP_ERR_NOT_PERMITTED);
	/* one's own never, not even downwards */
	assert_int_equal(mod(f, "admin", "admin", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(mod(f, "master", "master", "general"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_ROLE);
	assert_int_equal(mod(f, "master", "other", "administrator"), OTP_OK);
	assert_int_equal(mod(f, "other", "master", "general"), OTP_ERR_NOT_PERMITTED);
	/* upwards with two hands, downwards with one */
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(mod(f, "master", "alice", "administrator"), OTP_ERR_POLICY);
	assert_int_equal(mod(f, "master", "other", "master"), OTP_ERR_POLICY);
	assert_int_equal(mod(f, "master", "other", "general"), OTP_OK);
}

static void
changes_an_address(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	assert_int_equal(mail(f, "admin", "alice", "a@bank.example"), OTP_OK);
	assert_string_equal(detail(f, OTP_FIELD_MAIL_BEFORE), "alice");
	assert_string_equal(detail(f, OTP_FIELD_MAIL), "a@bank.example");
	/* his first: what could not be told him before is told with it */
	assert_string_equal(detail(f, OTP_FIELD_REGISTRATION), "registered");
	assert_string_equal(frame_last_event(f)->serial, user_of(f, "alice").serial);
	assert_int_equal(mail(f, "admin", "alice", "b@bank.example"), OTP_OK);
	assert_string_equal(detail(f, OTP_FIELD_REGISTRATION), "");
	assert_string_equal(detail(f, OTP_FIELD_MAIL_BEFORE), "a@bank.example");
	user = user_of(f, "alice");
	assert_string_equal(user.mail, "b@bank.example");
	assert_string_equal(user.mail_before, "a@bank.example");
	assert_int_equal(user.mail_changed_at, f->now_ms / 1000);
	frame_forget_events(f);
	assert_int_equal(mail(f, "admin", "alice", "b@bank.example"), OTP_OK);
	assert_false(f->answer.changed);
	assert_false(otp_fields_has(&frame_last_event(f)->details, OTP_FIELD_MAIL));
	assert_string_equal(user_of(f, "alice").mail_before, "a@bank.example");
	assert_int_equal(mail(f, "admin", "alice", "not an address"), OTP_ERR_BAD_INPUT);
	assert_int_equal(mail(f, "admin", "alice", ""), OTP_OK);
	assert_string_equal(user_of(f, "alice").mail, "");
	assert_string_equal(detail(f, OTP_FIELD_MAIL), "alice");
	frame_text(f, OTP_FIELD_LANGUAGE, "ja");
	assert_int_equal(run(f, OTP_VERB_USER_MOD, otp_act_user_mod, "admin", "alice"), OTP_OK);
	assert_string_equal(user_of(f, "alice").language, "ja");
	frame_text(f, OTP_FIELD_LANGUAGE, "no such thing");
	assert_int_equal(run(f, OTP_VERB_USER_MOD, otp_act_user_mod, "admin", "alice"),
	    OTP_ERR_BAD_INPUT);
	/* all or nothing */
	frame_text(f, OTP_FIELD_ROLE, "administrator");
	frame_text(f, OTP_FIELD_LANGUAGE, "no such thing");
	assert_int_equal(run(f, OTP_VERB_USER_MOD, otp_act_user_mod, "master", "alice"),
	    OTP_ERR_BAD_INPUT);
	assert_int_equal(user_of(f, "alice").role, OTP_ROLE_GENERAL);
	/* of staff by a master only: mails go there */
	assert_int_equal(mail(f, "admin", "master", "x@bank.example"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(mail(f, "admin", "admin", "x@bank.example"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(mail(f, "master", "master", "x@bank.example"), OTP_OK);
}

/* ---- disable, enable ---- */

static void
disables_at_once(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	assert_int_equal(disable(f, "admin", "alice"), OTP_OK);
	assert_true(f->answer.changed);
	user = user_of(f, "alice");
	assert_false(user.enabled);
	assert_int_equal(user.adopted.rights, 0);
	assert_int_equal(user.granted.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(user.epoch, 2);
	assert_true(user.is_bound);
	assert_int_not_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
	assert_int_equal(disable(f, "admin", "alice"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(user_of(f, "alice").epoch, 2);
	/* what was in force comes back with a session, not with this */
	assert_int_equal(enable(f, "admin", "alice"), OTP_OK);
	user = user_of(f, "alice");
	assert_true(user.enabled);
	assert_int_equal(user.adopted.rights, 0);
	assert_int_equal(user.epoch, 3);
	assert_int_equal(enable(f, "admin", "alice"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(user_of(f, "alice").epoch, 3);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(disable(f, "admin", "alice"), OTP_OK);
	assert_int_equal(enable(f, "admin", "alice"), OTP_ERR_POLICY);
}

static void
who_disables(void **state)
{
	struct frame *f = *state;

	make(f);
	add_master(f, "other", OTHER_TOKEN);
	assert_int_equal(disable(f, "bob", "alice"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(disable(f, "admin", "other"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(enable(f, "admin", "other"), OTP_ERR_NOT_PERMITTED);
	/* of oneself: off, never on */
	assert_int_equal(enable(f, "master", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(disable(f, "admin", "admin"), OTP_OK);
	assert_int_equal(enable(f, "admin", "admin"), OTP_ERR_NOT_PERMITTED);
	assert_false(user_of(f, "admin").enabled);
	assert_int_equal(disable(f, "other", "other"), OTP_OK);
	assert_int_equal(enable(f, "master", "other"), OTP_OK);
}

/* ---- delete ---- */

static void
a_name_that_comes_back(void **state)
{
	struct frame *f = *state;
	struct otp_user old, new;

	make(f);
	old = user_of(f, "alice");
	assert_int_equal(delete(f, "admin", "alice"), OTP_OK);
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "alice"), OTP_OK);
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
	frame_reopen(f);
	assert_int_equal(otp_fields_put_str(frame_row(f), OTP_FIELD_USER, "alice"), OTP_OK);
	assert_int_equal(otp_fields_put_bool(&f->request.rows.row[0], OTP_FIELD_NO_LOGIN, true), OTP_OK);
	frame_pass(f, FRAME_STEP);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_USER_ADD, otp_act_user_add), OTP_OK);
	new = user_of(f, "alice");
	assert_int_not_equal(new.id, old.id);
	assert_string_equal(new.serial, "");
	assert_int_equal(new.granted.rights | new.adopted.rights, 0);
	assert_string_equal(new.confirm, "");
	assert_int_equal(delete(f, "admin", "bob"), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
	assert_int_equal(delete(f, "admin", "bob"), OTP_ERR_NOT_FOUND);
}

static void
who_deletes(void **state)
{
	struct frame *f = *state;

	make(f);
	add_master(f, "other", OTHER_TOKEN);
	assert_int_equal(delete(f, "bob", "alice"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(delete(f, "admin", "other"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(delete(f, "master", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(delete(f, "master", "other"), OTP_OK);
	assert_int_equal(n_staff(f), 2);
	frame_text(f, OTP_FIELD_EXPECT, "alice/general/" TOKEN);
	assert_int_equal(delete(f, "master", "alice"), OTP_ERR_CONFLICT);
	frame_text(f, OTP_FIELD_EXPECT, "alice/general/" TOKEN);
	frame_text(f, OTP_FIELD_EXPECT, "bob");
	assert_int_equal(delete(f, "master", "alice"), OTP_OK);
}

/* A suspended token stays so, with nobody left on it. */
static void
deleting_lifts_nothing(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(delete(f, "admin", "alice"), OTP_OK);
	assert_int_equal(delete(f, "admin", "bob"), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
}

/* ---- password reset ---- */

static void
resets(void **state)
{
	struct frame *f = *state;
	struct otp_user user;
	int64_t now, until = 0;

	make(f);
	user = user_of(f, "alice");
	user.n_wrong = 7;
	otp_user_wrong_add(&user, f->now_ms / 1000);
	user.confirm_stopped = true;
	frame_put_user(f, &user);
	assert_int_equal(mail(f, "admin", "alice", "a@bank.example"), OTP_OK);
	assert_int_equal(reset(f, "admin", "alice"), OTP_OK);
	now = f->now_ms / 1000;
	assert_non_null(otp_fields_str(&f->answer.fields, OTP_FIELD_WORD));
	assert_true(otp_fields_bool(&f->answer.fields, OTP_FIELD_RESET));
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_WORD_UNTIL, &until));
	assert_int_equal(until, now + 86400);
	assert_false(otp_fields_has(&frame_last_event(f)->details, OTP_FIELD_WORD));
	assert_string_equal(detail(f, OTP_FIELD_MAIL), "a@bank.example");
	assert_string_equal(detail(f, OTP_FIELD_MAIL_BEFORE), "alice");
	user = user_of(f, "alice");
	assert_string_equal(user.confirm, "");
	assert_int_not_equal(user.word[0], '\0');
	assert_int_equal(user.word_until, now + 86400);
	assert_true(user.word_is_reset);
	assert_int_equal(user.n_wrong + user.n_wrong_at, 0);
	assert_false(user.confirm_stopped);
	assert_int_equal(user.epoch, 2);
	assert_int_equal(user.reset_at, now);
	assert_int_equal(user.reset_by, user_of(f, "admin").id);
	assert_true(user.is_bound);
	/* unused, it is a reset again; a month later the old address is nobody's any more */
	frame_pass(f, 30 * 86400);
	assert_int_equal(reset(f, "admin", "alice"), OTP_OK);
	assert_int_equal(user_of(f, "alice").epoch, 3);
	assert_string_equal(detail(f, OTP_FIELD_MAIL_BEFORE), "");
}

static bool
explains(struct frame *f, const char *name, enum otp_message message)
{
	bool is_said;

	frame_root(f);
	frame_text(f, OTP_FIELD_SUBJECT, name);
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_OK);
	is_said = f->answer.why.message == message;
	for (size_t i = 0; i < f->answer.n_warnings; i++)
		is_said = is_said || f->answer.warning[i].message == message;
	return is_said;
}

/* What explain and show say of somebody whose password was reset, and who was disabled. */
static void
told(void **state)
{
	struct frame *f = *state;
	struct otp_user user;
	int64_t at = 0;

	make(f);
	assert_int_equal(reset(f, "admin", "alice"), OTP_OK);
	assert_true(explains(f, "alice", OTP_MESSAGE_IS_RESET));
	assert_false(explains(f, "alice", OTP_MESSAGE_IS_NO_PASSWORD));
	assert_false(explains(f, "alice", OTP_MESSAGE_IS_BARRED));
	user = user_of(f, "alice");
	user.granted.rights |= OTP_RIGHT_INTERNAL_APPROVE;
	frame_put_user(f, &user);
	assert_true(explains(f, "alice", OTP_MESSAGE_IS_BARRED));
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_USER_SHOW, otp_act_user_show), OTP_OK);
	assert_false(otp_fields_bool(&f->answer.fields, OTP_FIELD_HAS_PASSWORD));
	assert_false(otp_fields_bool(&f->answer.fields, OTP_FIELD_ABLE));
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_RESET_AT, &at));
	assert_int_equal(at, user.reset_at);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_WORD_UNTIL, &at));
	frame_pass(f, 86400);
	assert_true(explains(f, "alice", OTP_MESSAGE_IS_RESET_OVER));
	assert_false(explains(f, "alice", OTP_MESSAGE_IS_BARRED));
	assert_int_equal(disable(f, "admin", "bob"), OTP_OK);
	assert_true(explains(f, "bob", OTP_MESSAGE_IS_DISABLED));
	assert_int_equal(delete(f, "admin", "bob"), OTP_OK);
	frame_root(f);
	frame_text(f, OTP_FIELD_SUBJECT, "bob");
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_ERR_NOT_FOUND);
}

static void
first_word_again(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	user = user_of(f, "alice");
	user.confirm[0] = '\0';
	frame_put_user(f, &user);
	assert_int_equal(reset(f, "admin", "alice"), OTP_OK);
	assert_false(otp_fields_bool(&f->answer.fields, OTP_FIELD_RESET));
	user = user_of(f, "alice");
	assert_int_equal(user.word_until, f->now_ms / 1000 + 14 * 86400);
	assert_false(user.word_is_reset);
	assert_int_equal(user.epoch, 1);
	assert_int_equal(user.reset_at, 0);
	assert_int_equal(user.reset_by, 0);
}

static void
who_resets(void **state)
{
	struct frame *f = *state;

	make(f);
	add_master(f, "other", OTHER_TOKEN);
	assert_int_equal(reset(f, "bob", "alice"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(reset(f, "admin", "other"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(reset(f, "master", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(reset(f, "master", "nobody"), OTP_ERR_NOT_FOUND);
	assert_int_equal(reset(f, "master", "other"), OTP_OK);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(reset(f, "master", "alice"), OTP_ERR_POLICY);
	f->conf.administration = OTP_CONF_SINGLE;
	f->request.dry_run = true;
	assert_int_equal(reset(f, "master", "alice"), OTP_OK);
	assert_true(f->answer.changed);
	assert_null(otp_fields_str(&f->answer.fields, OTP_FIELD_WORD));
	assert_string_equal(user_of(f, "alice").confirm, FRAME_PHC);
}

/* Attack: one hand with both, in either order. */
static void
one_hand(void **state)
{
	struct frame *f = *state;
	struct otp_user user;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_open(f, "admin", "carol", frame_code(f, ADMIN_TOKEN, 0), FRAME_RIGHT),
	    OTP_OK);
	user = user_of(f, "carol");
	assert_int_equal(user.handed_by, user_of(f, "admin").id);
	assert_int_equal(user.handed_at, f->now_ms / 1000);
	assert_int_equal(reset(f, "admin", "carol"), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HANDED_BAR);
	/* until reset_bar is over */
	frame_pass(f, 86400 - 2 * FRAME_STEP - 1);
	assert_int_equal(reset(f, "admin", "carol"), OTP_ERR_POLICY);
	frame_pass(f, 1);
	assert_int_equal(reset(f, "admin", "carol"), OTP_OK);
	/* and now the other way round */
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_open(f, "admin", "carol", frame_code(f, ADMIN_TOKEN, 0), FRAME_RIGHT),
	    OTP_ERR_POLICY);
	assert_int_equal(reset(f, "admin", "carol"), OTP_OK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_OK);
}

/* ---- the last able master ---- */

static void
last_master(void **state)
{
	struct frame *f = *state;
	struct otp_user user;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	assert_int_equal(disable(f, "master", "master"), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_LAST_MASTER);
	assert_true(user_of(f, "master").enabled);
	/* another one who is not able is none */
	frame_add_user(f, "other", OTP_ROLE_MASTER);
	assert_int_equal(disable(f, "master", "master"), OTP_ERR_POLICY);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "other", OTHER_TOKEN);
	user = user_of(f, "other");
	user.confirm[0] = '\0';
	frame_put_user(f, &user);
	assert_int_equal(disable(f, "master", "master"), OTP_ERR_POLICY);
	(void)snprintf(user.confirm, sizeof(user.confirm), "%s", FRAME_PHC);
	frame_put_user(f, &user);
	frame_get_token(f, OTHER_TOKEN, &token);
	token.state = OTP_TOKEN_SUSPENDED;
	token.suspended_at = 1;
	frame_put_token(f, &token);
	assert_int_equal(disable(f, "master", "master"), OTP_ERR_POLICY);
	/* who is not able himself is told by a dry run what he could not do */
	f->request.dry_run = true;
	assert_int_equal(mod(f, "other", "master", "administrator"), OTP_ERR_POLICY);
	f->request.dry_run = true;
	assert_int_equal(delete(f, "other", "master"), OTP_ERR_POLICY);
	token.state = OTP_TOKEN_ACTIVE;
	token.suspended_at = 0;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(disable(f, "master", "master"), OTP_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(changes_a_role), T(who_changes_roles), T(changes_an_address), T(disables_at_once),
		T(who_disables), T(a_name_that_comes_back), T(who_deletes), T(deleting_lifts_nothing),
		T(resets), T(told), T(first_word_again), T(who_resets), T(one_hand), T(last_master),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
