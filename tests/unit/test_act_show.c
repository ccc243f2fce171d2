/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status and explain: the state, why, who can do what; and who may ask. */
#include "config.h"

#include "act_frame.h"

#include "act_people.h"
#include "act_permit.h"
#include "act_show.h"

static enum otp_err
explain(struct frame *f, const char *operator_name, const char *subject)
{
	if (operator_name == NULL)
		frame_root(f);
	else
		frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_SUBJECT, subject);
	return frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain);
}

static enum otp_err
status(struct frame *f, const char *operator_name, const char *user)
{
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_USER, user);
	return frame_run(f, OTP_VERB_STATUS, otp_act_status);
}

static const char *
text_of(const struct frame *f, enum otp_field field)
{
	const char *text = otp_fields_str(&f->answer.fields, field);

	return text != NULL ? text : "";
}

static bool
has_warning(const struct frame *f, enum otp_message message)
{
	for (unsigned i = 0; i < f->answer.n_warnings; i++)
		if (f->answer.warning[i].message == message)
			return true;
	return false;
}

static bool
names(const struct frame *f, enum otp_field field, const char *name)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(&f->answer.fields, &cursor, &view))
		if (view.field == field && strcmp(view.str, name) == 0)
			return true;
	return false;
}

/* Somebody whose name is the serial number of one's own token is somebody else all the same. */
static void
named_as_a_token(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, TOKEN, OTP_ROLE_GENERAL);
	assert_int_equal(explain(f, "alice", TOKEN), OTP_OK);
	assert_string_equal(text_of(f, OTP_FIELD_USER), "");
	assert_string_equal(text_of(f, OTP_FIELD_SERIAL), TOKEN);
	assert_int_equal(explain(f, TOKEN, TOKEN), OTP_OK);
	assert_string_equal(text_of(f, OTP_FIELD_USER), TOKEN);
}

static void
own_status(void **state)
{
	struct frame *f = *state;
	int64_t left = 0;

	frame_two(f);
	frame_verify_wrong(f, "alice", 2);
	assert_int_equal(status(f, "alice", NULL), OTP_OK);
	assert_int_equal(otp_fields_check(&f->answer.fields), OTP_OK);
	assert_string_equal(text_of(f, OTP_FIELD_USER), "alice");
	assert_string_equal(text_of(f, OTP_FIELD_STATE), "registered");
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_FAILS_LEFT, &left));
	assert_int_equal(left, 3);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_REGISTERED);
	assert_int_equal(status(f, "stranger", NULL), OTP_ERR_NOT_FOUND);
	assert_int_equal(explain(f, NULL, NULL), OTP_ERR_NOT_APPLICABLE);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_STATUS, otp_act_status), OTP_ERR_NOT_APPLICABLE);
	assert_int_equal(status(f, "alice", "bob"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(status(f, "alice", "nobody"), OTP_ERR_NOT_PERMITTED);
}

static void
others(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(explain(f, "alice", "bob"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(explain(f, "alice", STAFF_TOKEN), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(explain(f, "alice", "no-such"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(explain(f, "alice", TOKEN), OTP_OK);
	assert_int_equal(explain(f, "alice", NULL), OTP_OK);
	assert_int_equal(explain(f, "master", "bob"), OTP_OK);
	assert_int_equal(explain(f, NULL, "bob"), OTP_OK);
	assert_int_equal(explain(f, "master", "no-such"), OTP_ERR_NOT_FOUND);
	assert_int_equal(status(f, "master", "bob"), OTP_OK);
	frame_get_user(f, "master", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(explain(f, "master", "bob"), OTP_ERR_NOT_PERMITTED);
}

/* Who can lift it: staff who has a password and does not use the token. */
static void
suspended(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "sharing", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "sharing", TOKEN);
	frame_add_user(f, "fresh", OTP_ROLE_ADMINISTRATOR);
	frame_get_user(f, "fresh", &user);
	user.confirm[0] = '\0';
	frame_put_user(f, &user);
	otp_user_clear(&user);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(explain(f, "master", "bob"), OTP_OK);
	assert_string_equal(text_of(f, OTP_FIELD_STATE), "suspended");
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_SUSPENDED_BY);
	assert_string_equal(f->answer.why.arg[2], "master");
	assert_string_equal(f->answer.why.arg[3], "alice");
	assert_true(names(f, OTP_FIELD_CAN_UNLOCK, "master"));
	assert_false(names(f, OTP_FIELD_CAN_UNLOCK, "sharing"));
	assert_false(names(f, OTP_FIELD_CAN_UNLOCK, "fresh"));
	assert_true(names(f, OTP_FIELD_SHARERS, "alice"));
	/* whose fault it was is not for colleagues */
	assert_int_equal(explain(f, "bob", NULL), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_SUSPENDED);
	assert_int_equal(explain(f, "alice", NULL), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_SUSPENDED_BY);
	assert_int_equal(explain(f, "master", TOKEN), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_SUSPENDED_BY);
	assert_true(names(f, OTP_FIELD_CAN_UNLOCK, "master"));
}

static void
states(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	assert_int_equal(explain(f, NULL, TOKEN), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_STOCK);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_NEVER_BOUND);
	frame_get_user(f, "alice", &user);
	user.register_until = 0;
	user.confirm[0] = '\0';
	user.adopted.rights = 0;
	frame_put_user(f, &user);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_NEVER_BOUND_CLOSED);
	assert_true(has_warning(f, OTP_MESSAGE_IS_NO_PASSWORD));
	assert_true(has_warning(f, OTP_MESSAGE_RIGHTS_WAIT));
	user.was_bound = true;
	user.granted.rights = 0;
	frame_put_user(f, &user);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_REVOKED_CLOSED);
	assert_true(has_warning(f, OTP_MESSAGE_IS_NO_LOGIN));
	user.register_from = f->now_ms / 1000 + 60;
	user.register_until = user.register_from + 60;
	frame_put_user(f, &user);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_REVOKED);
	assert_true(has_warning(f, OTP_MESSAGE_REGISTRATION_LATER));
	frame_assign(f, "alice", TOKEN);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_PREASSIGNED);
	frame_get_token(f, TOKEN, &token);
	token.state = OTP_TOKEN_ACTIVE;
	frame_put_token(f, &token);
	assert_int_equal(explain(f, NULL, TOKEN), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_ACTIVE);
	token.not_after = f->now_ms / 1000 - 1;
	frame_put_token(f, &token);
	assert_int_equal(explain(f, NULL, TOKEN), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_EXPIRED);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_EXPIRED);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_RETIRED;
	frame_put_token(f, &token);
	assert_int_equal(explain(f, NULL, TOKEN), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_RETIRED);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_LOST);
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(explain(f, NULL, "alice"), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_IS_DISABLED);
	otp_token_clear(&token);
	otp_user_clear(&user);
}

static void
socket_stopped(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	for (unsigned i = 0; i < 5; i++)
		(void)frame_verify_self(f, "alice", frame_wrong_code(f, TOKEN));
	assert_int_equal(status(f, "alice", NULL), OTP_OK);
	assert_true(has_warning(f, OTP_MESSAGE_SOCKET_STOPPED));
	frame_pass(f, 86400);
	assert_int_equal(status(f, "alice", NULL), OTP_OK);
	assert_false(has_warning(f, OTP_MESSAGE_SOCKET_STOPPED));
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

/* alice: two accounts of three in force, one limit partly, one not at all. */
static void
give(struct frame *f)
{
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	frame_get_user(f, "alice", &user);
	user.granted.rights |= OTP_RIGHT_EXTERNAL_CREATE | OTP_RIGHT_INTERNAL_CREATE;
	user.granted.limits = (struct otp_limits){ 300, 900 };
	assert_int_equal(otp_permit_account_add(&user.granted, 1, "A"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&user.granted, 2, "B"), OTP_OK);
	user.adopted = user.granted;
	user.adopted.rights &= ~OTP_RIGHT_INTERNAL_CREATE;
	/* more than was granted is not in force either */
	user.adopted.limits = (struct otp_limits){ 400, 500 };
	otp_permit_account_remove(&user.adopted, 2);
	assert_int_equal(otp_permit_account_add(&user.adopted, 3, "C"), OTP_OK);
	frame_put_user(f, &user);
}

static void
tells_permit(struct frame *f)
{
	const struct otp_fields *fields = &f->answer.fields;

	assert_true(has_text(fields, OTP_FIELD_RIGHTS, "external:create"));
	assert_false(has_text(fields, OTP_FIELD_RIGHTS, "internal:create"));
	assert_true(has_text(fields, OTP_FIELD_RIGHTS_WAITING, "internal:create"));
	assert_true(has_text(fields, OTP_FIELD_ACCOUNTS, "A"));
	assert_false(has_text(fields, OTP_FIELD_ACCOUNTS, "B"));
	assert_false(has_text(fields, OTP_FIELD_ACCOUNTS, "C"));
	assert_true(has_text(fields, OTP_FIELD_ACCOUNTS_WAITING, "B"));
	assert_string_equal(otp_fields_str(fields, OTP_FIELD_PER_TRANSFER), "300");
	assert_false(otp_fields_has(fields, OTP_FIELD_PER_TRANSFER_WAITING));
	assert_string_equal(otp_fields_str(fields, OTP_FIELD_PER_DAY), "500");
	assert_string_equal(otp_fields_str(fields, OTP_FIELD_PER_DAY_WAITING), "900");
	assert_string_equal(otp_fields_str(fields, OTP_FIELD_CURRENCY), "JPY");
}

static void
permits(void **state)
{
	struct frame *f = *state;

	give(f);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_STATUS, otp_act_status), OTP_OK);
	tells_permit(f);
	assert_int_equal(f->answer.warning[f->answer.n_warnings - 1].message, OTP_MESSAGE_RIGHTS_WAIT);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SUBJECT, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain), OTP_OK);
	tells_permit(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_USER_SHOW, otp_act_user_show), OTP_OK);
	tells_permit(f);
	frame_root(f);
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_SHOW, otp_act_permit_show), OTP_OK);
	tells_permit(f);
	frame_as(f, "bob");
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_SHOW, otp_act_permit_show),
	    OTP_ERR_NOT_PERMITTED);
}

static void
permit_list(void **state)
{
	struct otp_account account = { .ref = { 1, "A" }, .created_at = 1 };
	struct otp_bytes value = OTP_BYTES_INIT;
	struct frame *f = *state;

	give(f);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_LIST, otp_act_permit_list), OTP_OK);
	assert_int_equal(f->answer.rows.n, 1);
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_USER), "alice");
	frame_root(f);
	frame_text(f, OTP_FIELD_ACCOUNT, "A");
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_LIST, otp_act_permit_list), OTP_ERR_NOT_FOUND);
	/* by number: alice's A is the first, this one another */
	for (unsigned number = 1; number <= 4; number += 3) {
		account.ref.number = number;
		assert_int_equal(otp_account_encode(&account, &value), OTP_OK);
		assert_int_equal(otp_store_put(f->store, OTP_KIND_ACCOUNT, "A", &value), OTP_OK);
		frame_add_user(f, number == 1 ? "x" : "y", OTP_ROLE_GENERAL);	/* commits */
		frame_root(f);
		frame_text(f, OTP_FIELD_ACCOUNT, "A");
		assert_int_equal(frame_run(f, OTP_VERB_PERMIT_LIST, otp_act_permit_list), OTP_OK);
		assert_int_equal(f->answer.rows.n, number == 1 ? 1 : 0);
	}
	otp_bytes_clear(&value);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_PERMIT_LIST, otp_act_permit_list),
	    OTP_ERR_NOT_PERMITTED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(named_as_a_token), T(own_status), T(others), T(suspended), T(states), T(socket_stopped), T(permits), T(permit_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
