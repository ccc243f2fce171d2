/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permits: who may edit whom, what takes effect when, all or nothing, and what was shown is what is changed. */
#include "config.h"

#include "act_frame.h"

#include "act_permit.h"
#include "act_session.h"
#include "act_verify.h"

#define ADMIN_TOKEN "9000002"
#define OTHER_TOKEN "9000003"

static void
put_account(struct frame *f, const char *id, uint64_t number)
{
	struct otp_account account = { .ref.number = number, .per_day = 1000, .created_at = 1 };
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	(void)snprintf(account.ref.id, sizeof(account.ref.id), "%s", id);
	assert_int_equal(otp_account_encode(&account, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_ACCOUNT, id, &value), OTP_OK);
	otp_bytes_clear(&value);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq),
	    OTP_OK);
}

/* alice and bob on one token; master, admin and other on their own; accounts A (1) and B (2). */
static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, ADMIN_TOKEN);
	frame_bind(f, "admin", ADMIN_TOKEN);
	frame_add_user(f, "other", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "other", OTHER_TOKEN);
	put_account(f, "A", 1);
	put_account(f, "B", 2);
	frame_forget_events(f);
}

static const char *
token_of(const char *name)
{
	if (strcmp(name, "master") == 0)
		return STAFF_TOKEN;
	if (strcmp(name, "admin") == 0)
		return ADMIN_TOKEN;
	return strcmp(name, "other") == 0 ? OTHER_TOKEN : TOKEN;
}

/* "allow=external:create account=+A per_day=500", into the next request */
static void
want(struct frame *f, const char *text)
{
	char copy[512], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');
		enum otp_field field;

		assert_non_null(value);
		*value++ = '\0';
		field = otp_field_of_name(strcmp(word, "account") == 0 ? "accounts" : word);
		assert_true(field != OTP_FIELD_NONE);
		frame_text(f, field, value);
	}
}

static enum otp_err
look(struct frame *f, const char *operator_name, const char *user, const char *text)
{
	want(f, text);
	frame_text(f, OTP_FIELD_USERS, user);
	frame_as(f, operator_name);
	f->request.dry_run = true;
	return frame_run(f, OTP_VERB_PERMIT_SET, otp_act_permit_set);
}

/* What `user` is asked for is in the request already, but for his name (NULL: those too). A minute later than the last. */
static enum otp_err
run(struct frame *f, const char *operator_name, const char *user, enum otp_verb verb, otp_act act)
{
	frame_pass(f, FRAME_STEP);
	if (user != NULL)
		frame_text(f, OTP_FIELD_USERS, user);
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, token_of(operator_name), 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, verb, act);
}

static enum otp_err
set(struct frame *f, const char *operator_name, const char *user, const char *text)
{
	want(f, text);
	return run(f, operator_name, user, OTP_VERB_PERMIT_SET, otp_act_permit_set);
}

static enum otp_err
clear(struct frame *f, const char *operator_name, const char *user)
{
	return run(f, operator_name, user, OTP_VERB_PERMIT_CLEAR, otp_act_permit_clear);
}

/* A PAM session, as a service opens it. */
static void
open_session(struct frame *f, const char *name)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, name);
	frame_text(f, OTP_FIELD_SERVICE, "sshd");
	frame_flag(f, OTP_FIELD_PAM, true);
	assert_int_equal(frame_run(f, OTP_VERB_SESSION_OPEN, otp_act_session_open), OTP_OK);
}

static struct otp_permit
in_force(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	struct otp_permit permit;

	frame_get_user(f, name, &user);
	otp_permit_in_force(&user, &permit);
	return permit;
}

static struct otp_permit
granted(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return user.granted;
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

#define ALL "allow=external:create allow=external:approve account=+A per_transfer=300 per_day=500"

/* ---- when it takes effect ---- */

static void
raises_wait(void **state)
{
	struct frame *f = *state;
	struct otp_permit now;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_RIGHTS_WAIT);
	now = in_force(f, "alice");
	assert_int_equal(now.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(now.n_accounts, 0);
	assert_int_equal(now.limits.per_transfer, 0);
	assert_int_equal(now.limits.per_day, 0);
	frame_verify_right(f, "alice");
	now = in_force(f, "alice");
	assert_int_equal(now.rights, OTP_RIGHT_LOGIN);
	open_session(f, "alice");
	assert_true(has_text(&f->answer.fields, OTP_FIELD_ACCOUNTS, "A"));
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_PER_DAY), "500");
	now = in_force(f, "alice");
	assert_int_equal(now.rights,
	    OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_CREATE | OTP_RIGHT_EXTERNAL_APPROVE);
	assert_non_null(otp_permit_account(&now, 1));
	assert_int_equal(now.limits.per_transfer, 300);
	assert_int_equal(now.limits.per_day, 500);
	/* a raised limit and a second account wait as well */
	assert_int_equal(set(f, "admin", "alice", "account=+B per_transfer=400 per_day=900"), OTP_OK);
	now = in_force(f, "alice");
	assert_null(otp_permit_account(&now, 2));
	assert_int_equal(now.limits.per_transfer, 300);
	assert_int_equal(now.limits.per_day, 500);
}

/* Nobody has shown a code for it: a cron job, or a session long after. */
static void
cron_adopts_nothing(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	open_session(f, "alice");
	assert_int_equal(in_force(f, "alice").rights, OTP_RIGHT_LOGIN);
	assert_int_equal(in_force(f, "alice").n_accounts, 0);
	frame_verify_right(f, "bob");
	open_session(f, "alice");
	assert_int_equal(in_force(f, "alice").n_accounts, 0);
	frame_verify_right(f, "alice");
	frame_pass(f, OTP_SESSION_CODE_LIFE + 1);
	open_session(f, "alice");
	assert_int_equal(in_force(f, "alice").limits.per_day, 0);
}

static void
cuts_at_once(void **state)
{
	struct frame *f = *state;
	struct otp_permit now;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL " account=+B"), OTP_OK);
	frame_verify_right(f, "alice");
	open_session(f, "alice");
	assert_int_equal(in_force(f, "alice").n_accounts, 2);
	assert_int_equal(set(f, "admin", "alice",
	    "deny=external:approve account=-A per_transfer=100 per_day=0"), OTP_OK);
	now = in_force(f, "alice");
	assert_int_equal(now.rights, OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_CREATE);
	assert_null(otp_permit_account(&now, 1));
	assert_non_null(otp_permit_account(&now, 2));
	assert_int_equal(now.limits.per_transfer, 100);
	assert_int_equal(now.limits.per_day, 0);
	/* given back, it waits: what was taken away was not kept adopted */
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	now = in_force(f, "alice");
	assert_int_equal(now.rights, OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_CREATE);
	assert_null(otp_permit_account(&now, 1));
	assert_int_equal(now.limits.per_transfer, 100);
	assert_int_equal(now.limits.per_day, 0);
}

static void
login_denied(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_verify_right(f, "alice");
	assert_int_equal(set(f, "admin", "alice", "deny=login"), OTP_OK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->verdict, OTP_VERDICT_DENY);
	frame_verify_right(f, "bob");
}

/* ---- who ---- */

static void
who_edits_whom(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(set(f, "alice", "bob", "allow=external:create"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(set(f, "alice", "alice", "allow=external:create"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(set(f, "admin", "bob", "allow=external:create"), OTP_OK);
	assert_int_equal(set(f, "admin", "admin", "allow=external:create"), OTP_OK);
	assert_int_equal(set(f, "admin", "other", "allow=external:create"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(set(f, "admin", "other", "deny=login"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(set(f, "admin", "master", "allow=external:create"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(clear(f, "admin", "master"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(granted(f, "other").rights, OTP_RIGHT_LOGIN);
	assert_int_equal(granted(f, "master").rights, OTP_RIGHT_LOGIN);
	assert_int_equal(set(f, "master", "other", "allow=external:create"), OTP_OK);
	assert_int_equal(set(f, "master", "master", "allow=external:create"), OTP_OK);
	frame_root(f);
	want(f, "allow=login users=bob");
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_SET, otp_act_permit_set), OTP_ERR_NOT_PERMITTED);
}

static void
shows_both(void **state)
{
	struct frame *f = *state;

	make(f);
	want(f, "allow=external:create users=alice");
	frame_as(f, "admin");
	f->confirm = FRAME_RIGHT;
	frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, ADMIN_TOKEN));
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_SET, otp_act_permit_set), OTP_ERR_AUTH_FAILED);
	/* nobody learns without a right password who is there */
	want(f, "allow=external:create users=nobody");
	frame_as(f, "admin");
	f->confirm = FRAME_WRONG;
	frame_text(f, OTP_FIELD_CODE, frame_code(f, ADMIN_TOKEN, 0));
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_SET, otp_act_permit_set), OTP_ERR_AUTH_FAILED);
	assert_int_equal(granted(f, "alice").rights, OTP_RIGHT_LOGIN);
	frame_pass(f, 60);
	assert_int_equal(set(f, "admin", "nobody", "allow=login"), OTP_ERR_NOT_FOUND);
}

/* administration = dual: what gives somebody more needs two, what takes away one. */
static void
two_hands_raise(void **state)
{
	static const char *const raises[] = { "allow=internal:create", "account=+B",
		"per_transfer=301", "per_day=501", "allow=internal:create deny=external:create" };
	static const char *const cuts[] = { "deny=external:create", "account=-A",
		"per_transfer=299", "per_day=499", "allow=external:approve" };
	struct frame *f = *state;
	struct otp_permit before, now;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	before = granted(f, "alice");
	f->conf.administration = OTP_CONF_DUAL;
	for (size_t i = 0; i < sizeof(raises) / sizeof(raises[0]); i++) {
		assert_int_equal(set(f, "admin", "alice", raises[i]), OTP_ERR_POLICY);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_NEEDS_SECOND);
		now = granted(f, "alice");
		assert_true(otp_permit_is_same(&now, &before));
	}
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		assert_int_equal(set(f, "admin", "alice", cuts[i]), OTP_OK);
	/* a cut of one and a raise of the other in one commit: neither */
	frame_text(f, OTP_FIELD_USERS, "alice");
	assert_int_equal(set(f, "admin", "bob", "deny=external:approve allow=external:create"),
	    OTP_ERR_POLICY);
	assert_true((granted(f, "alice").rights & OTP_RIGHT_EXTERNAL_APPROVE) != 0);
	assert_int_equal(clear(f, "admin", "alice"), OTP_OK);
	frame_pass(f, FRAME_STEP);
	frame_text(f, OTP_FIELD_SECOND, "other");
	frame_text(f, OTP_FIELD_SECOND_CODE, frame_code(f, OTHER_TOKEN, 1));
	f->second = FRAME_RIGHT;
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_SECOND), "other");
}

/* ---- several, and what was shown ---- */

static void
all_or_nothing(void **state)
{
	struct frame *f = *state;
	const struct otp_event *event;

	make(f);
	frame_text(f, OTP_FIELD_USERS, "alice");
	frame_text(f, OTP_FIELD_USERS, "nobody");
	assert_int_equal(set(f, "admin", "bob", "allow=external:create"), OTP_ERR_NOT_FOUND);
	assert_int_equal(f->answer.rows.n, 0);
	frame_text(f, OTP_FIELD_USERS, "alice");
	assert_int_equal(set(f, "admin", "master", "allow=external:create"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(granted(f, "alice").rights, OTP_RIGHT_LOGIN);
	frame_forget_events(f);
	frame_text(f, OTP_FIELD_USERS, "alice");
	frame_text(f, OTP_FIELD_USERS, "alice");
	assert_int_equal(set(f, "admin", "bob", "allow=external:create per_day=10"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 2);
	assert_int_equal(f->n_events, 1);
	event = frame_last_event(f);
	assert_string_equal(event->user, "");
	assert_true(has_text(&event->details, OTP_FIELD_USERS, "alice"));
	assert_true(has_text(&event->details, OTP_FIELD_USERS, "bob"));
	assert_true(has_text(&event->details, OTP_FIELD_CHANGES, "alice:+external:create"));
	assert_true(has_text(&event->details, OTP_FIELD_CHANGES, "bob:per-day 0 > 10"));
	frame_reopen(f);
	assert_true((granted(f, "alice").rights & OTP_RIGHT_EXTERNAL_CREATE) != 0);
	assert_true((granted(f, "bob").rights & OTP_RIGHT_EXTERNAL_CREATE) != 0);
}

static void
shows_old_and_new(void **state)
{
	struct frame *f = *state;
	const struct otp_fields *row;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	assert_int_equal(frame_last_event(f)->user[0], 'a');
	frame_forget_events(f);
	assert_int_equal(look(f, "admin", "alice",
	    "deny=external:create account=-A account=+B per_day=1000"), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(f->answer.rows.n, 1);
	row = &f->answer.rows.row[0];
	assert_string_equal(otp_fields_str(row, OTP_FIELD_ROLE), "general");
	assert_string_equal(otp_fields_str(row, OTP_FIELD_MAIL), "alice");
	assert_string_equal(otp_fields_str(row, OTP_FIELD_SERIAL), TOKEN);
	assert_true(has_text(row, OTP_FIELD_RIGHTS_OLD, "external:create"));
	assert_false(has_text(row, OTP_FIELD_RIGHTS_NEW, "external:create"));
	assert_true(has_text(row, OTP_FIELD_ACCOUNTS_OLD, "A"));
	assert_false(has_text(row, OTP_FIELD_ACCOUNTS_NEW, "A"));
	assert_true(has_text(row, OTP_FIELD_ACCOUNTS_NEW, "B"));
	assert_string_equal(otp_fields_str(row, OTP_FIELD_PER_DAY_OLD), "500");
	assert_string_equal(otp_fields_str(row, OTP_FIELD_PER_DAY_NEW), "1000");
	assert_string_equal(otp_fields_str(row, OTP_FIELD_PER_TRANSFER_NEW), "300");
	assert_true(otp_fields_has(row, OTP_FIELD_EXPECT));
	/* nothing was done by looking */
	assert_int_equal(granted(f, "alice").account[0].number, 1);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	assert_false(f->answer.changed);
	assert_false(otp_fields_has(&f->answer.rows.row[0], OTP_FIELD_EXPECT));
}

/* Two administrators look at the same screen. */
static void
second_one_is_refused(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	char shown[OTP_NAME_MAX + 64];

	make(f);
	assert_int_equal(look(f, "admin", "alice", "allow=external:create"), OTP_OK);
	(void)snprintf(shown, sizeof(shown), "%s",
	    otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_EXPECT));
	assert_int_equal(set(f, "other", "alice", "per_day=100"), OTP_OK);
	frame_text(f, OTP_FIELD_EXPECT, shown);
	assert_int_equal(set(f, "admin", "alice", "allow=external:create"), OTP_ERR_CONFLICT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PERMIT_OTHER);
	assert_int_equal(granted(f, "alice").rights, OTP_RIGHT_LOGIN);
	/* each thing that the screen shows counts */
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(look(f, "admin", "alice", "allow=external:create"), OTP_OK);
		(void)snprintf(shown, sizeof(shown), "%s",
		    otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_EXPECT));
		frame_get_user(f, "alice", &user);
		if (i == 0)
			(void)snprintf(user.mail, sizeof(user.mail), "alice@example.com");
		else if (i == 1)
			user.enabled = false;
		else
			assert_int_equal(otp_permit_account_add(&user.granted, 1, "A"), OTP_OK);
		frame_put_user(f, &user);
		frame_text(f, OTP_FIELD_EXPECT, shown);
		assert_int_equal(set(f, "admin", "alice", "allow=external:create"), OTP_ERR_CONFLICT);
	}
	/* one that was shown does not stand for one that was not */
	assert_int_equal(look(f, "admin", "alice", "allow=external:create"), OTP_OK);
	(void)snprintf(shown, sizeof(shown), "%s",
	    otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_EXPECT));
	frame_text(f, OTP_FIELD_EXPECT, shown);
	frame_text(f, OTP_FIELD_USERS, "alice");
	assert_int_equal(set(f, "admin", "bob", "allow=external:create"), OTP_ERR_CONFLICT);
	frame_text(f, OTP_FIELD_EXPECT, shown);
	assert_int_equal(set(f, "admin", "alice", "allow=external:create"), OTP_OK);
}

/* ---- accounts ---- */

static void
comes_back_as_another(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL), OTP_OK);
	frame_verify_right(f, "alice");
	open_session(f, "alice");
	/* deleted, and added again */
	put_account(f, "A", 7);
	assert_int_equal(in_force(f, "alice").account[0].number, 1);
	assert_int_equal(set(f, "admin", "alice", "account=+A"), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(granted(f, "alice").n_accounts, 1);
	assert_int_equal(granted(f, "alice").account[0].number, 7);
	assert_int_equal(in_force(f, "alice").n_accounts, 0);
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_CHANGES, "alice:+account A"));
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_CHANGES, "alice:-account A"));
	assert_int_equal(set(f, "admin", "alice", "account=-A"), OTP_OK);
	assert_int_equal(granted(f, "alice").n_accounts, 0);
	assert_int_equal(set(f, "admin", "alice", "account=-A"), OTP_OK);
	assert_false(f->answer.changed);
}

static void
bounds(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	char id[OTP_SERIAL_MAX + 1];

	make(f);
	frame_get_user(f, "alice", &user);
	for (unsigned i = 0; i < OTP_PERMITTED_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%064u", i);
		assert_int_equal(otp_permit_account_add(&user.granted, 100 + i, id), OTP_OK);
	}
	frame_put_user(f, &user);
	assert_int_equal(set(f, "admin", "alice", "account=+A"), OTP_ERR_OVER_LIMIT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PERMIT_ACCOUNTS_FULL);
	/* what is taken away makes room */
	want(f, "account=+A");
	frame_text(f, OTP_FIELD_ACCOUNTS,
	    "-0000000000000000000000000000000000000000000000000000000000000000");
	assert_int_equal(run(f, "admin", "alice", OTP_VERB_PERMIT_SET, otp_act_permit_set), OTP_OK);
	/* more than one packet can say is said before it is done */
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "user%u", i);
		frame_add_user(f, id, OTP_ROLE_GENERAL);
		frame_get_user(f, id, &user);
		user.granted = granted(f, "alice");
		frame_put_user(f, &user);
	}
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "user%u", i);
		frame_text(f, OTP_FIELD_USERS, id);
	}
	assert_int_equal(set(f, "admin", NULL, "per_day=1"), OTP_ERR_OVER_LIMIT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PERMIT_TOO_MUCH);
	assert_int_equal(granted(f, "user0").limits.per_day, 0);
	frame_text(f, OTP_FIELD_USERS, "user1");
	assert_int_equal(set(f, "admin", "user0", "per_day=1"), OTP_OK);
}

/* ---- the rest ---- */

static void
bad_input(void **state)
{
	static const struct { const char *text; enum otp_err err; enum otp_message why; } bad[] = {
		{ "", OTP_ERR_USAGE, OTP_MESSAGE_NOTHING_TO_CHANGE },
		{ "allow=create", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_RIGHT },
		{ "deny=LOGIN", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_RIGHT },
		{ "allow=login deny=login", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BOTH_WAYS },
		{ "account=A", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_ACCOUNT_CHANGE },
		{ "account=+", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_ACCOUNT_CHANGE },
		{ "account=+A account=-A", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BOTH_WAYS },
		{ "account=+C", OTP_ERR_NOT_FOUND, OTP_MESSAGE_NO_SUCH_ACCOUNT },
		{ "account=-C", OTP_ERR_NOT_FOUND, OTP_MESSAGE_NO_SUCH_ACCOUNT },
		{ "per_day=1.5", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_AMOUNT },
		{ "per_transfer=-1", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_AMOUNT },
		{ "per_day=9999999999999999", OTP_ERR_BAD_INPUT, OTP_MESSAGE_BAD_AMOUNT },
	};
	struct frame *f = *state;

	make(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set(f, "admin", "alice", bad[i].text), bad[i].err);
		assert_int_equal(f->answer.why.message, bad[i].why);
	}
	assert_int_equal(granted(f, "alice").rights, OTP_RIGHT_LOGIN);
	assert_int_equal(granted(f, "alice").limits.per_day, 0);
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "1000");
	assert_int_equal(set(f, "admin", "alice", "per_day=1001"), OTP_OK);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_ABOVE_CEILING);
	assert_int_equal(set(f, "admin", "alice", "per_day=none"), OTP_OK);
	assert_int_equal(granted(f, "alice").limits.per_day, 0);
}

/* Everything that has to do with transfers; logging in is another matter. */
static void
clears(void **state)
{
	struct frame *f = *state;
	struct otp_permit now;

	make(f);
	assert_int_equal(set(f, "admin", "alice", ALL " allow=internal:create"), OTP_OK);
	frame_verify_right(f, "alice");
	open_session(f, "alice");
	assert_int_equal(clear(f, "admin", "alice"), OTP_OK);
	assert_true(f->answer.changed);
	now = in_force(f, "alice");
	assert_true(otp_permit_is_same(&now, &(struct otp_permit){ .rights = OTP_RIGHT_LOGIN }));
	now = granted(f, "alice");
	assert_true(otp_permit_is_same(&now, &(struct otp_permit){ .rights = OTP_RIGHT_LOGIN }));
	frame_verify_right(f, "alice");
	assert_int_equal(clear(f, "admin", "alice"), OTP_OK);
	assert_false(f->answer.changed);
	/* who had no right to log in gets none */
	assert_int_equal(set(f, "admin", "bob", "deny=login per_day=1"), OTP_OK);
	assert_int_equal(clear(f, "admin", "bob"), OTP_OK);
	assert_int_equal(granted(f, "bob").rights, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(raises_wait), T(cron_adopts_nothing), T(cuts_at_once), T(login_denied),
		T(who_edits_whom), T(shows_both), T(two_hands_raise), T(all_or_nothing),
		T(shows_old_and_new), T(second_one_is_refused), T(comes_back_as_another),
		T(bounds), T(bad_input), T(clears),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
