/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recover: what root may do where nobody else can, each with a reason. */
#include "config.h"

#include "act_frame.h"

#include "act_recover.h"
#include "act_register.h"
#include "act_show.h"
#include "act_unlock.h"

#define REASON "nobody else can"

static enum otp_err
recover(struct frame *f, enum otp_verb verb, otp_act act, enum otp_field field, const char *what)
{
	frame_root(f);
	frame_text(f, field, what);
	frame_text(f, OTP_FIELD_REASON, REASON);
	return frame_run(f, verb, act);
}

static enum otp_err
unlock(struct frame *f, const char *serial)
{
	return recover(f, OTP_VERB_RECOVER_UNLOCK, otp_act_recover_unlock, OTP_FIELD_SERIAL, serial);
}

static enum otp_err
open_for(struct frame *f, const char *user)
{
	return recover(f, OTP_VERB_RECOVER_OPEN, otp_act_recover_open, OTP_FIELD_USER, user);
}

static enum otp_err
make_master(struct frame *f, const char *user)
{
	return recover(f, OTP_VERB_RECOVER_MASTER, otp_act_recover_master, OTP_FIELD_USER, user);
}

static enum otp_err
register_token(struct frame *f, const char *user, const char *serial)
{
	frame_as(f, user);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, serial, 0));
	return frame_run(f, OTP_VERB_REGISTER, otp_act_register);
}

static const char *
detail(struct frame *f, enum otp_field field)
{
	const char *text = otp_fields_str(&frame_last_event(f)->details, field);

	return text != NULL ? text : "";
}

static struct otp_user
user_of(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return user;
}

/* ---- who, and why ---- */

static void
only_root_with_a_reason(void **state)
{
	static const struct {
		enum otp_verb verb;
		otp_act act;
		enum otp_field field;
		const char *what;
	} acts[] = {
		{ OTP_VERB_RECOVER_UNLOCK, otp_act_recover_unlock, OTP_FIELD_SERIAL, TOKEN },
		{ OTP_VERB_RECOVER_PASSWORD, otp_act_recover_password, OTP_FIELD_USER, "alice" },
		{ OTP_VERB_RECOVER_OPEN, otp_act_recover_open, OTP_FIELD_USER, "alice" },
		{ OTP_VERB_RECOVER_MASTER, otp_act_recover_master, OTP_FIELD_USER, "alice" },
		{ OTP_VERB_RECOVER_MARK, otp_act_recover_mark, OTP_FIELD_NONE, NULL },
		{ OTP_VERB_RECOVER_CLOCK, otp_act_recover_clock, OTP_FIELD_NONE, NULL },
	};
	struct frame *f = *state;
	char reason[1100];

	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 5);
	frame_forget_events(f);
	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	for (unsigned i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		for (unsigned how = 0; how < 4; how++) {
			if (how == 0)
				frame_as(f, "master");
			else
				frame_root(f);
			f->confirm = how == 0 ? FRAME_RIGHT : FRAME_NO_PASSWORD;
			if (acts[i].field != OTP_FIELD_NONE)
				frame_text(f, acts[i].field, acts[i].what);
			if (how != 1)
				frame_text(f, OTP_FIELD_REASON, how == 0 ? REASON : how == 2 ? "" : reason);
			assert_int_equal(frame_run(f, acts[i].verb, acts[i].act),
			    how == 0 ? OTP_ERR_NOT_PERMITTED : OTP_ERR_USAGE);
			/* refused, and written down */
			assert_int_equal(frame_last_event(f)->verb, acts[i].verb);
			assert_int_not_equal(frame_last_event(f)->result, OTP_OK);
		}
		assert_true((otp_verb_info(acts[i].verb)->flags & OTP_FLAG_RESERVE) != 0);
		frame_forget_events(f);
		frame_pass(f, 120);	/* or it were a flood */
	}
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_true(user_of(f, "alice").is_bound);
	assert_int_equal(user_of(f, "alice").role, OTP_ROLE_GENERAL);
}

/* ---- recover unlock ---- */

/* Beyond the three of a day, and on anybody's token. */
static void
unlock_beyond_the_day(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	uint64_t last_used;

	frame_two(f);
	frame_staff(f);
	frame_verify_right(f, "bob");
	for (unsigned i = 0; i < 3; i++) {
		frame_verify_wrong(f, "alice", 5);
		assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	}
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_ERR_OVER_LIMIT);
	frame_get_token(f, TOKEN, &token);
	last_used = token.last_used;
	assert_int_equal(unlock(f, TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.rows.n, 2);
	assert_int_equal(frame_last_event(f)->verb, OTP_VERB_RECOVER_UNLOCK);
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_string_equal(detail(f, OTP_FIELD_REASON), REASON);
	frame_reopen(f);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.state, OTP_TOKEN_ACTIVE);
	assert_int_equal(token.fails, 0);
	assert_int_equal(token.n_wrong, 0);
	assert_int_equal(token.last_used, last_used);
	otp_token_clear(&token);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	/* the ceiling goes on counting */
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, 20);
	assert_int_equal(unlock(f, TOKEN), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(unlock(f, "no-such"), OTP_ERR_NOT_FOUND);
}

static void
unlock_all_the_staff(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "admin", TOKEN);
	frame_verify_wrong(f, "admin", 5);
	assert_int_equal(frame_unlock(f, "admin", "alice", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(unlock(f, TOKEN), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_right(f, "admin");
}

static void
lost_stays_lost(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_two(f);
	frame_get_token(f, TOKEN, &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(unlock(f, TOKEN), OTP_ERR_LOST);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_LOST);
}

/* ---- recover password ---- */

static enum otp_err
reset(struct frame *f, const char *user)
{
	return recover(f, OTP_VERB_RECOVER_PASSWORD, otp_act_recover_password, OTP_FIELD_USER, user);
}

/* Anybody's: the last master's, a stopped one's, a disabled one's; and no bar to whoever opens for him next. */
static void
password_of_anybody(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	uint64_t epoch;

	frame_two(f);
	frame_staff(f);
	frame_get_user(f, "master", &user);
	epoch = user.epoch;
	user.confirm_stopped = true;
	user.n_wrong = 20;
	user.enabled = false;
	user.handed_by = 77;
	user.handed_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	f->request.dry_run = true;
	assert_int_equal(reset(f, "master"), OTP_OK);
	assert_false(otp_fields_has(&f->answer.fields, OTP_FIELD_WORD));
	assert_true(user_of(f, "master").confirm_stopped);
	assert_int_equal(reset(f, "master"), OTP_OK);
	assert_true(otp_fields_has(&f->answer.fields, OTP_FIELD_WORD));
	assert_string_equal(detail(f, OTP_FIELD_REASON), REASON);
	assert_false(otp_fields_has(&frame_last_event(f)->details, OTP_FIELD_WORD));
	user = user_of(f, "master");
	assert_string_equal(user.confirm, "");
	assert_false(user.confirm_stopped);
	assert_int_equal(user.n_wrong, 0);
	assert_int_equal(user.word_until, f->now_ms / 1000 + 86400);
	assert_true(user.word_is_reset);
	assert_true(user.epoch > epoch);
	assert_int_equal(reset(f, "nobody"), OTP_ERR_NOT_FOUND);
	assert_false(otp_fields_has(&f->answer.fields, OTP_FIELD_WORD));
}

/* ---- recover open ---- */

/* His binding ends first; no pause, no bar; what he approved is void. */
static void
open_at_once(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	uint64_t epoch;

	frame_two(f);
	frame_add_token(f, "N-1");
	frame_get_user(f, "alice", &user);
	epoch = user.epoch;
	user.reset_by = 77;
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	assert_int_equal(open_for(f, "alice"), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_SERIAL), TOKEN);
	assert_string_equal(detail(f, OTP_FIELD_REASON), REASON);
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	user = user_of(f, "alice");
	assert_true(user.epoch > epoch);
	assert_false(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_REVOKED);
	assert_int_equal(register_token(f, "alice", "N-1"), OTP_OK);
	/* the other sharer keeps what he has */
	frame_verify_right(f, "bob");
}

static void
open_last_sharer(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	assert_int_equal(open_for(f, "master"), OTP_OK);	/* the last able master, too */
	assert_int_equal(frame_state(f, STAFF_TOKEN), OTP_TOKEN_STOCK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(register_token(f, "master", STAFF_TOKEN), OTP_OK);
}

/* A token that was lost, or is suspended, is no way around that. */
static void
open_launders_nothing(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(open_for(f, "alice"), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	frame_pass(f, FRAME_STEP);
	assert_int_not_equal(register_token(f, "alice", TOKEN), OTP_OK);
	assert_false(user_of(f, "alice").is_bound);
}

static void
open_without_a_token(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_get_user(f, "carol", &user);
	user.register_from = user.register_until = 0;
	user.register_fails = 4;
	frame_put_user(f, &user);
	f->request.dry_run = true;
	assert_int_equal(open_for(f, "carol"), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(user_of(f, "carol").register_until, 0);
	assert_int_equal(open_for(f, "carol"), OTP_OK);
	assert_false(otp_fields_has(&f->answer.fields, OTP_FIELD_SERIAL));
	assert_int_equal(user_of(f, "carol").register_fails, 0);
	assert_true(otp_user_registration_is_open(&(struct otp_user){ .register_from =
	    user_of(f, "carol").register_from, .register_until =
	    user_of(f, "carol").register_until }, f->now_ms / 1000));
	assert_int_equal(open_for(f, "nobody"), OTP_ERR_NOT_FOUND);
	frame_get_user(f, "carol", &user);
	user.granted.rights = user.adopted.rights = 0;
	frame_put_user(f, &user);
	assert_int_equal(open_for(f, "carol"), OTP_ERR_NOT_APPLICABLE);
	user.granted.rights = OTP_RIGHT_LOGIN;
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(open_for(f, "carol"), OTP_ERR_WRONG_STATE);
}

/* ---- recover make-master ---- */

static bool
is_warned(const struct frame *f, enum otp_message message)
{
	for (size_t i = 0; i < f->answer.n_warnings; i++)
		if (f->answer.warning[i].message == message)
			return true;
	return false;
}

static void
master_from_nothing(void **state)
{
	struct frame *f = *state;
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	user.confirm[0] = '\0';
	frame_put_user(f, &user);
	frame_verify_wrong(f, "bob", 5);
	assert_int_equal(make_master(f, "alice"), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(is_warned(f, OTP_MESSAGE_LACKS_PASSWORD));
	assert_true(is_warned(f, OTP_MESSAGE_LACKS_UNLOCK));
	assert_false(otp_fields_bool(&f->answer.fields, OTP_FIELD_ABLE));
	assert_string_equal(detail(f, OTP_FIELD_REASON), REASON);
	assert_string_equal(detail(f, OTP_FIELD_ROLE_BEFORE), "general");
	assert_string_equal(detail(f, OTP_FIELD_ROLE), "master");
	assert_true(otp_fields_bool(&frame_last_event(f)->details, OTP_FIELD_ENABLED));
	user = user_of(f, "alice");
	assert_int_equal(user.role, OTP_ROLE_MASTER);
	assert_true(user.enabled);
	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	assert_int_equal(company.n_staff, 1);
	assert_string_equal(company.staff[0].user, "alice");
	assert_int_equal(company.staff[0].role, OTP_ROLE_MASTER);
	otp_company_clear(&company);
	otp_bytes_clear(&value);
	assert_int_equal(make_master(f, "alice"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(make_master(f, "nobody"), OTP_ERR_NOT_FOUND);
}

static void
master_lacks(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(make_master(f, "carol"), OTP_OK);
	assert_true(is_warned(f, OTP_MESSAGE_LACKS_REGISTER));
	frame_get_user(f, "carol", &user);
	user.register_from = user.register_until = 0;
	frame_put_user(f, &user);
	assert_int_equal(make_master(f, "carol"), OTP_OK);
	assert_true(is_warned(f, OTP_MESSAGE_LACKS_TOKEN));
	/* who lacks nothing is told nothing, and can act at once */
	assert_int_equal(make_master(f, "bob"), OTP_OK);
	assert_int_equal(f->answer.n_warnings, 0);
	assert_true(otp_fields_bool(&f->answer.fields, OTP_FIELD_ABLE));
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_open(f, "bob", "carol", frame_code(f, TOKEN, 0), FRAME_RIGHT), OTP_OK);
}

static void
dry_runs(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_verify_wrong(f, "alice", 5);
	frame_forget_events(f);
	f->request.dry_run = true;
	assert_int_equal(unlock(f, TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	f->request.dry_run = true;
	assert_int_equal(open_for(f, "alice"), OTP_OK);
	assert_true(f->answer.changed);
	f->request.dry_run = true;
	assert_int_equal(make_master(f, "alice"), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_true(user_of(f, "alice").is_bound);
	assert_int_equal(user_of(f, "alice").role, OTP_ROLE_GENERAL);
}

/* Where the store is fine there is nothing to do. */
static void
mark_already_so(void **state)
{
	struct frame *f = *state;

	frame_root(f);
	frame_text(f, OTP_FIELD_REASON, REASON);
	assert_int_equal(frame_run(f, OTP_VERB_RECOVER_MARK, otp_act_recover_mark), OTP_OK);
	assert_false(f->answer.changed);
}

/* ---- explain ---- */

/* Where nobody else can, it says that root can. */
static void
explained(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_verify_wrong(f, "alice", 5);
	frame_root(f);
	frame_text(f, OTP_FIELD_SUBJECT, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_OK);
	assert_non_null(strstr(f->answer.why.arg[2], "recover unlock"));
	frame_get_user(f, "bob", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	frame_root(f);
	frame_text(f, OTP_FIELD_SUBJECT, "bob");
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_OK);
	assert_true(is_warned(f, OTP_MESSAGE_ROOT_ALONE_HELPS));
	frame_staff(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_SUBJECT, "bob");
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_OK);
	assert_false(is_warned(f, OTP_MESSAGE_ROOT_ALONE_HELPS));
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(only_root_with_a_reason), T(unlock_beyond_the_day), T(unlock_all_the_staff),
		T(lost_stays_lost), T(password_of_anybody), T(open_at_once), T(open_last_sharer), T(open_launders_nothing),
		T(open_without_a_token), T(master_from_nothing), T(master_lacks), T(dry_runs),
		T(mark_already_so), T(explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
