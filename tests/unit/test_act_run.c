/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order: role, clock, confirmation password, token's state, code, and only then what the act looks at. */
#include "config.h"

#include "act_frame.h"

#include "act_password.h"
#include "act_people.h"
#include "act_tokens.h"
#include "act_verify.h"

static void
get_wrong(struct frame *f, const char *name, uint32_t *ret_row, uint32_t *ret_day)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	*ret_row = user.n_wrong;
	*ret_day = otp_user_wrong_within_day(&user, f->now_ms / 1000);
	otp_user_clear(&user);
}

/* master with his token, and alice, whose registration is open. */
static void
make(struct frame *f)
{
	frame_staff(f);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_forget_events(f);
}

/* ---- the order ---- */

static void
all_shown(void **state)
{
	struct frame *f = *state;
	const char *code;

	make(f);
	code = frame_code(f, STAFF_TOKEN, 0);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_RIGHT), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(f->answer.audit_seq > 0);
	assert_int_equal(f->n_events, 1);
	assert_string_equal(frame_last_event(f)->actor, "master");
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_RIGHT), OTP_ERR_CODE_USED);
	assert_int_equal(frame_verify(f, "master", code), OTP_ERR_CODE_USED);
}

/* A wrong password: the code is neither evaluated nor used up nor counted, and nothing is told. */
static void
wrong_password_touches_no_code(void **state)
{
	struct frame *f = *state;
	const char *code;
	uint32_t row, day;

	make(f);
	code = frame_code(f, STAFF_TOKEN, 0);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(f->n_events, 1);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_AUTH_FAILED);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 1);
	assert_int_equal(frame_open(f, "master", "nobody", frame_wrong_code(f, STAFF_TOKEN),
	    FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(frame_sharer(f, "master", STAFF_TOKEN).fails, 0);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_RIGHT), OTP_OK);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	assert_int_equal(day, 2);
}

static void
wrong_code_tells_nothing(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(frame_open(f, "master", "nobody", frame_wrong_code(f, STAFF_TOKEN),
	    FRAME_RIGHT), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(frame_sharer(f, "master", STAFF_TOKEN).fails, 1);
	assert_string_equal(frame_last_event(f)->serial, STAFF_TOKEN);
	assert_int_equal(frame_open(f, "master", "nobody", NULL, FRAME_RIGHT), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_sharer(f, "master", STAFF_TOKEN).fails, 1);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(frame_open(f, "master", "alice", frame_wrong_code(f, STAFF_TOKEN),
		    FRAME_RIGHT), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_state(f, STAFF_TOKEN), OTP_TOKEN_SUSPENDED);
	/* the token's state comes before the code, and the password before that */
	assert_int_equal(frame_open(f, "master", "nobody", frame_wrong_code(f, STAFF_TOKEN),
	    FRAME_RIGHT), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_open(f, "master", "nobody", frame_code(f, STAFF_TOKEN, 0), FRAME_WRONG),
	    OTP_ERR_AUTH_FAILED);
}

/* A guard refuses behind a right code: he may know, and the code is used up with the denial. */
static void
refused_behind_a_right_code(void **state)
{
	struct frame *f = *state;
	const char *code;
	uint32_t row, day;

	make(f);
	code = frame_code(f, STAFF_TOKEN, 0);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	frame_forget_events(f);
	assert_int_equal(frame_open(f, "master", "nobody", code, FRAME_RIGHT), OTP_ERR_NOT_FOUND);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NO_SUCH_USER);
	assert_int_equal(f->n_events, 1);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_NOT_FOUND);
	frame_reopen(f);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_RIGHT), OTP_ERR_CODE_USED);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	assert_true(frame_sharer(f, "master", STAFF_TOKEN).last_success != 0);
}

static void
missing_password_is_no_wrong_one(void **state)
{
	struct frame *f = *state;
	uint32_t row, day;

	make(f);
	assert_int_equal(frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0),
	    FRAME_NO_PASSWORD), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PASSWORD_NEEDED);
	assert_false(f->question.needs_check);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_OK);
}

/* ---- roles ---- */

static void
roles(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	uint32_t row, day;

	make(f);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	assert_int_equal(frame_open(f, "bob", "alice", "123456", FRAME_WRONG), OTP_ERR_NOT_PERMITTED);
	assert_false(f->question.needs_check);
	get_wrong(f, "bob", &row, &day);
	assert_int_equal(row, 0);
	assert_int_equal(frame_open(f, "stranger", "alice", "123456", FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_last_event(f)->result, OTP_ERR_NOT_PERMITTED);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_USER_OPEN, otp_act_user_open), OTP_ERR_NOT_PERMITTED);
	frame_get_user(f, "master", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_sharer(f, "master", STAFF_TOKEN).last_success, 0);
}

static void
name_is_not_root(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_as(f, "root");
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_ERR_NOT_PERMITTED);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_OK);
	assert_int_equal(f->answer.rows.n, 2);
	frame_trusted(f);
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_ERR_NOT_PERMITTED);
}

/* ---- wrong passwords ---- */

static enum otp_err
try_password(struct frame *f, const char *name, enum frame_confirm confirm)
{
	return frame_unlock(f, name, "alice", confirm);
}

/* From the third on: 1, 2, 4 … 300 seconds, refused and not looked at. */
static void
throttled(void **state)
{
	static const int64_t waits[] = { 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	struct frame *f = *state;
	uint32_t row, day;

	make(f);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	for (size_t i = 0; i < UNIT_N(waits); i++) {
		assert_int_equal(try_password(f, "master", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
		if (waits[i] == 0)
			continue;
		assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_ERR_THROTTLED);
		assert_false(f->question.needs_check);
		frame_pass(f, waits[i]);
		assert_int_equal(try_password(f, "master", FRAME_WRONG), OTP_ERR_THROTTLED);
		get_wrong(f, "master", &row, &day);
		assert_int_equal(row, i + 1);
		frame_pass(f, 1);
	}
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_OK);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	assert_int_equal(day, UNIT_N(waits));
	assert_int_equal(try_password(f, "master", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_OK);
}

/* The count outlives the service, and counts against the same uid whatever it is called. */
static void
throttled_by_user_and_uid(void **state)
{
	struct frame *f = *state;
	uid_t uid;

	make(f);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(try_password(f, "master", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	otp_act_state_free(&f->state);
	assert_int_equal(otp_act_state_new(&f->state), OTP_OK);
	frame_reopen(f);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_ERR_THROTTLED);
	frame_pass(f, 2);
	assert_int_equal(try_password(f, "second", FRAME_RIGHT), OTP_OK);
	for (unsigned i = 0; i < 3; i++) {
		frame_as(f, i == 2 ? "second" : "master");
		uid = f->caller.uid = 4711;
		frame_text(f, OTP_FIELD_USER, "alice");
		f->confirm = FRAME_WRONG;
		assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set),
		    OTP_ERR_AUTH_FAILED);
		frame_pass(f, 600);
	}
	frame_pass(f, -599);
	frame_as(f, "second");
	f->caller.uid = uid;
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set), OTP_ERR_THROTTLED);
	/* root may try in many names: one user's errors stop no other */
	for (unsigned i = 0; i < 6; i++) {
		frame_as(f, "second");
		f->caller.uid = 0;
		f->caller.is_privileged = true;
		f->confirm = FRAME_WRONG;
		frame_pass(f, 100);
		(void)frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set);
	}
	frame_as(f, "master");
	f->caller.uid = 0;
	f->caller.is_privileged = true;
	f->confirm = FRAME_RIGHT;
	f->new_confirm = "a new good password";
	assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set), OTP_OK);
}

static void
wrong_times(struct frame *f, const char *name, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(try_password(f, name, FRAME_WRONG), OTP_ERR_AUTH_FAILED);
		frame_pass(f, 301);
	}
}

static void
stopped_after_twenty(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	wrong_times(f, "second", 19);
	assert_int_equal(try_password(f, "second", FRAME_RIGHT), OTP_OK);
	/* a right one in between does not clear the day */
	wrong_times(f, "second", 1);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_RESULT), "stopped");
	assert_int_equal(try_password(f, "second", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PASSWORD_STOPPED);
	frame_pass(f, 7 * 86400);
	assert_int_equal(try_password(f, "second", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
}

static void
twenty_over_two_days(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	wrong_times(f, "second", 15);
	frame_pass(f, 86400);
	wrong_times(f, "second", 15);
	assert_int_equal(try_password(f, "second", FRAME_RIGHT), OTP_OK);
}

/* Nobody could reset his: he is delayed, never stopped. */
static void
last_able_is_only_delayed(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	/* another master without a token is not able, an administrator may not reset a master's */
	frame_add_user(f, "idle", OTP_ROLE_MASTER);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, "2");
	frame_bind(f, "second", "2");
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	wrong_times(f, "master", 19);
	assert_int_equal(try_password(f, "master", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_ERR_THROTTLED);
	frame_pass(f, 301);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_OK);
	/* but once another one is able */
	frame_add_token(f, "3");
	frame_bind(f, "idle", "3");
	wrong_times(f, "master", 1);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	/* and until that one is gone */
	frame_get_user(f, "idle", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(try_password(f, "master", FRAME_RIGHT), OTP_OK);
}

/* ---- what need not be shown ---- */

static void
dry_run_asks_nothing(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	const char *code;
	uint32_t row, day;

	make(f);
	code = frame_code(f, STAFF_TOKEN, 0);
	f->request.dry_run = true;
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_WRONG), OTP_OK);
	assert_false(f->question.needs_check);
	assert_false(f->is_committed);
	assert_int_equal(f->n_events, 0);
	f->request.dry_run = true;
	assert_int_equal(frame_open(f, "alice", "alice", code, FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->n_events, 0);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.register_until, FRAME_START_MS / 1000 + 30 * 86400);
	otp_user_clear(&user);
	assert_int_equal(frame_open(f, "master", "alice", code, FRAME_RIGHT), OTP_OK);
}

static void
put_import_row(struct frame *f, const char *serial)
{
	struct otp_fields *row = frame_row(f);
	uint8_t seed[20] = { 1, 2, 3 };

	memcpy(seed + 4, serial, strlen(serial));
	assert_int_equal(otp_fields_put_int(row, OTP_FIELD_LINE, 2), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_SERIAL, serial), OTP_OK);
	assert_int_equal(otp_fields_put_bytes(row, OTP_FIELD_SECRET, seed, sizeof(seed)), OTP_OK);
}

static void
root_is_free_where_it_says_so(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_root(f);
	put_import_row(f, "50");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_OK);
	assert_false(f->question.needs_check);
	/* an administrator may look at a delivery, and no more */
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_as(f, "second");
	put_import_row(f, "51");
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_OK);
	frame_as(f, "second");
	put_import_row(f, "51");
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import),
	    OTP_ERR_NOT_PERMITTED);
}

static void
a_batch_is_shown_once(void **state)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct frame *f = *state;

	make(f);
	frame_as(f, "master");
	put_import_row(f, "50");
	f->confirm = FRAME_RIGHT;
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_OK);
	frame_as(f, "master");
	put_import_row(f, "51");
	f->shown_before = true;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_OK);
	frame_as(f, "master");
	put_import_row(f, "52");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import),
	    OTP_ERR_AUTH_FAILED);
	/* nor while his token does not work */
	frame_get_token(f, STAFF_TOKEN, &token);
	token.state = OTP_TOKEN_SUSPENDED;
	frame_put_token(f, &token);
	frame_as(f, "master");
	put_import_row(f, "53");
	f->shown_before = true;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_ERR_SUSPENDED);
	token.state = OTP_TOKEN_ACTIVE;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	/* a reset, a revocation or the like ends it */
	f->shown_before = true;
	f->shown_epoch++;
	frame_as(f, "master");
	put_import_row(f, "53");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import),
	    OTP_ERR_AUTH_FAILED);
	f->shown_epoch--;
	/* not a batch's verb */
	f->shown_before = true;
	assert_int_equal(frame_open(f, "master", "alice", NULL, FRAME_NO_PASSWORD),
	    OTP_ERR_AUTH_FAILED);
}

static void
question(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(frame_open(f, "master", "alice", "1", FRAME_RIGHT), OTP_ERR_AUTH_FAILED);
	assert_true(f->question.needs_check);
	assert_false(f->question.needs_make);
	assert_string_equal(f->question.phc, FRAME_PHC);
	assert_string_equal(f->question.word, "");
	/* a name that nobody has costs the same work */
	frame_as(f, "stranger");
	f->confirm = FRAME_WRONG;
	f->new_confirm = "a new good password";
	assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set),
	    OTP_ERR_AUTH_FAILED);
	assert_true(f->question.needs_check);
	assert_true(f->question.needs_make);
	assert_string_equal(f->question.phc, "");
}

/* With a wrong clock nothing is decided, but one may look. */
static void
clock_behind(void **state)
{
	struct frame *f = *state;
	uint32_t row, day;

	make(f);
	frame_pass(f, 3600);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_OK);
	frame_pass(f, -61);
	assert_int_equal(frame_open(f, "master", "alice", "123456", FRAME_WRONG), OTP_ERR_CLOCK);
	get_wrong(f, "master", &row, &day);
	assert_int_equal(row, 0);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_OK);
}

/* An act that says it is done without having committed is a fault, not a success. */
static enum otp_err
act_that_forgets(struct otp_call *call)
{
	(void)call;
	return OTP_OK;
}

static enum otp_err
act_that_commits(struct otp_call *call)
{
	return otp_act_commit(call);
}

static enum otp_err
act_that_stages_and_refuses(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_act_load_user(call, "alice", &user);

	if (err != OTP_OK)
		return err;
	user.enabled = false;
	err = otp_act_save_user(call, &user);
	return err != OTP_OK ? err : OTP_ERR_POLICY;
}

static void
acts_are_held_to_it(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	const char *code;

	make(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "master");
	frame_text(f, OTP_FIELD_CODE, "123456");
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, act_that_forgets), OTP_ERR_INTERNAL);
	/* nor is what has committed without having said that the code was right */
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "master");
	frame_text(f, OTP_FIELD_CODE, "123456");
	assert_int_equal(frame_run(f, OTP_VERB_VERIFY, act_that_commits), OTP_ERR_INTERNAL);
	code = frame_code(f, STAFF_TOKEN, 0);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_USER, "alice");
	frame_text(f, OTP_FIELD_CODE, code);
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_USER_OPEN, act_that_stages_and_refuses), OTP_ERR_POLICY);
	frame_get_user(f, "alice", &user);
	assert_true(user.enabled);
	otp_user_clear(&user);
	assert_int_equal(frame_verify(f, "master", code), OTP_ERR_CODE_USED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(all_shown), T(wrong_password_touches_no_code), T(wrong_code_tells_nothing),
		T(refused_behind_a_right_code), T(missing_password_is_no_wrong_one), T(roles),
		T(name_is_not_root), T(throttled), T(throttled_by_user_and_uid),
		T(stopped_after_twenty), T(twenty_over_two_days), T(last_able_is_only_delayed),
		T(dry_run_asks_nothing), T(root_is_free_where_it_says_so),
		T(a_batch_is_shown_once), T(question), T(clock_behind), T(acts_are_held_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
