/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports: who and what is in them, who and what is not, and the order. */
#include "config.h"

#include "act_frame.h"

#include "act_report.h"
#include "text.h"

#define DAY INT64_C(86400)

static enum otp_err
report(struct frame *f, enum otp_verb verb, otp_act act, enum otp_field field, const char *value)
{
	if (f->caller.name[0] == '\0')
		frame_root(f);
	if (value != NULL)
		frame_text(f, field, value);
	return frame_run(f, verb, act);
}

static const char *
cell(const struct frame *f, size_t row, enum otp_field field)
{
	const char *text = otp_fields_str(&f->answer.rows.row[row], field);

	return text != NULL ? text : "";
}

static int64_t
number(const struct frame *f, size_t row, enum otp_field field)
{
	int64_t n = -1;

	assert_true(otp_fields_int(&f->answer.rows.row[row], field, &n));
	return n;
}

/* The rows are of these, in this order. */
static void
are(const struct frame *f, enum otp_field field, const char *const names[], size_t n)
{
	assert_int_equal(f->answer.rows.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(cell(f, i, field), names[i]);
		assert_int_equal(otp_fields_check(&f->answer.rows.row[i]), OTP_OK);
	}
}
#define ARE(f, field, ...) are((f), (field), (const char *const[]){ __VA_ARGS__ }, \
    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void
change_token(struct frame *f, const char *serial, void (*change)(struct otp_token *token, int64_t value),
    int64_t value)
{
	struct otp_token token = OTP_TOKEN_INIT;

	frame_get_token(f, serial, &token);
	change(&token, value);
	frame_put_token(f, &token);
	otp_token_clear(&token);
}

static void
to_end(struct otp_token *token, int64_t value)
{
	token->not_after = value;
}

static void
to_lost(struct otp_token *token, int64_t value)
{
	token->state = value != 0 ? OTP_TOKEN_LOST : OTP_TOKEN_RETIRED;
	token->suspended_at = 0;
	token->suspended_by = 0;
	otp_bytes_clear(&token->seed);
}

static void
drift_by(struct otp_token *token, int64_t value)
{
	token->window.lo_ms = value - 1000;
	token->window.hi_ms = value + 1000;
}

/* ---- activity ---- */

static void
activity(void **state)
{
	struct frame *f = *state;
	char when[OTP_TIME_TEXT];
	int64_t alice_at;

	frame_two(f);
	frame_verify_right(f, "bob");
	frame_verify_right(f, "alice");
	alice_at = f->now_ms / 1000;
	frame_verify_wrong(f, "alice", 2);
	assert_int_equal(frame_verify(f, "stranger", "123456"), OTP_ERR_NOT_FOUND);
	frame_pass(f, 2 * DAY);
	frame_verify_right(f, "bob");
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "alice", "bob", "stranger");
	assert_int_equal(number(f, 0, OTP_FIELD_LOGINS), 1);
	assert_int_equal(number(f, 0, OTP_FIELD_FAILURES), 2);
	assert_int_equal(number(f, 0, OTP_FIELD_LAST_SUCCESS), alice_at);
	assert_int_equal(number(f, 1, OTP_FIELD_LOGINS), 2);
	assert_int_equal(number(f, 1, OTP_FIELD_FAILURES), 0);
	assert_int_equal(number(f, 1, OTP_FIELD_LAST_SUCCESS), f->now_ms / 1000);
	assert_int_equal(number(f, 2, OTP_FIELD_LOGINS), 0);
	assert_int_equal(number(f, 2, OTP_FIELD_FAILURES), 1);
	assert_false(otp_fields_has(&f->answer.rows.row[2], OTP_FIELD_LAST_SUCCESS));
	/* a period, a user */
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, OTP_FIELD_SINCE, "1d"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "bob");
	assert_int_equal(number(f, 0, OTP_FIELD_LOGINS), 1);
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, OTP_FIELD_UNTIL,
	    otp_text_time(when, alice_at)), OTP_OK);
	ARE(f, OTP_FIELD_USER, "bob");
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, OTP_FIELD_USER, "alice"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "alice");
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, OTP_FIELD_SINCE, "soon"),
	    OTP_ERR_USAGE);
}

/* What a flood was folded into counts as often as it happened. */
static void
activity_floods(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	for (unsigned i = 0; i < 5; i++)
		(void)frame_verify(f, "bob", frame_wrong_code(f, TOKEN));
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	frame_pass(f, 120);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(report(f, OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity, OTP_FIELD_USER, "alice"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "alice");
	assert_int_equal(number(f, 0, OTP_FIELD_FAILURES), 21);
}

/* ---- failures ---- */

static void
failures(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_token(f, "2");
	frame_bind(f, "carol", "2");
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, 0, NULL), OTP_OK);
	assert_int_equal(f->answer.rows.n, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(frame_verify(f, "carol", frame_wrong_code(f, "2")), OTP_ERR_AUTH_FAILED);
	frame_verify_wrong(f, "alice", 2);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "carol", "alice");	/* most first; bob has done nothing */
	assert_int_equal(number(f, 0, OTP_FIELD_FAILS), 3);
	assert_int_equal(number(f, 0, OTP_FIELD_FAILS_LEFT), 2);
	assert_int_equal(number(f, 1, OTP_FIELD_FAILURES), 2);
	assert_string_equal(cell(f, 0, OTP_FIELD_STATE), "active");
	/* suspended ones before all, with everybody who is stopped */
	frame_verify_wrong(f, "alice", 3);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "alice", "bob", "carol");
	assert_string_equal(cell(f, 1, OTP_FIELD_STATE), "suspended");
	assert_string_equal(cell(f, 1, OTP_FIELD_SUSPENDED_BY), "alice");
	assert_int_equal(number(f, 1, OTP_FIELD_SUSPENDED_AT), f->now_ms / 1000);
	assert_int_equal(number(f, 1, OTP_FIELD_FAILS), 0);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, OTP_FIELD_USER, "bob"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "bob");
	/* a right code ends a row of wrong ones; those of the last 24 hours are told all the same */
	assert_int_equal(frame_verify(f, "carol", frame_code(f, "2", 0)), OTP_OK);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, OTP_FIELD_USER, "carol"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "carol");
	assert_int_equal(number(f, 0, OTP_FIELD_FAILS), 0);
	assert_int_equal(number(f, 0, OTP_FIELD_FAILURES), 3);
	frame_pass(f, DAY + 1);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, OTP_FIELD_USER, "carol"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 0);
	change_token(f, TOKEN, to_lost, 1);
	assert_int_equal(report(f, OTP_VERB_REPORT_FAILURES, otp_act_report_failures, 0, NULL), OTP_OK);
	assert_int_equal(f->answer.rows.n, 0);
}

/* ---- expiring ---- */

static void
expiring(void **state)
{
	struct frame *f = *state;
	const int64_t now = f->now_ms / 1000;

	frame_two(f);
	for (char name[2] = "1"; name[0] <= '5'; name[0]++)
		frame_add_token(f, name);
	change_token(f, TOKEN, to_end, now + 10 * DAY);
	change_token(f, "1", to_end, now + 90 * DAY);
	change_token(f, "2", to_end, now + 90 * DAY + 1);
	change_token(f, "3", to_end, now - 1);
	change_token(f, "4", to_end, now + DAY);
	change_token(f, "4", to_lost, 1);
	assert_int_equal(report(f, OTP_VERB_REPORT_EXPIRING, otp_act_report_expiring, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_SERIAL, "3", TOKEN, "1");
	assert_string_equal(cell(f, 0, OTP_FIELD_STATE), "expired");
	assert_string_equal(cell(f, 1, OTP_FIELD_STATE), "active");
	assert_string_equal(cell(f, 1, OTP_FIELD_SHARERS), "alice");
	assert_int_equal(number(f, 1, OTP_FIELD_NOT_AFTER), now + 10 * DAY);
	assert_int_equal(report(f, OTP_VERB_REPORT_EXPIRING, otp_act_report_expiring, OTP_FIELD_WITHIN, "9d"), OTP_OK);
	ARE(f, OTP_FIELD_SERIAL, "3");
	assert_int_equal(report(f, OTP_VERB_REPORT_EXPIRING, otp_act_report_expiring, OTP_FIELD_WITHIN, "91d"), OTP_OK);
	ARE(f, OTP_FIELD_SERIAL, "3", TOKEN, "1", "2");
	assert_int_equal(report(f, OTP_VERB_REPORT_EXPIRING, otp_act_report_expiring, OTP_FIELD_WITHIN, "soon"), OTP_ERR_USAGE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_BAD_DURATION);
}

/* ---- unused ---- */

static void
unused(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_token(f, "2");
	frame_assign(f, "carol", "2");
	frame_add_token(f, "3");
	frame_add_token(f, "4");
	change_token(f, "4", to_lost, 0);
	/* what has just come is not unused, but it lies in stock */
	assert_int_equal(report(f, OTP_VERB_REPORT_UNUSED, otp_act_report_unused, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_SERIAL, "3");
	assert_string_equal(cell(f, 0, OTP_FIELD_USER), "");
	assert_string_equal(cell(f, 0, OTP_FIELD_BINDING), "none");
	frame_pass(f, DAY);
	frame_verify_right(f, "bob");
	frame_pass(f, 90 * DAY);
	assert_int_equal(report(f, OTP_VERB_REPORT_UNUSED, otp_act_report_unused, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "carol", "alice", "");	/* never used first, stock last; bob has */
	assert_string_equal(cell(f, 0, OTP_FIELD_BINDING), "preassigned");
	assert_string_equal(cell(f, 1, OTP_FIELD_BINDING), "registered");
	frame_pass(f, 1);
	assert_int_equal(report(f, OTP_VERB_REPORT_UNUSED, otp_act_report_unused, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "carol", "alice", "bob", "");
	assert_true(number(f, 2, OTP_FIELD_LAST_SUCCESS) > 0);
	assert_int_equal(report(f, OTP_VERB_REPORT_UNUSED, otp_act_report_unused, OTP_FIELD_WITHIN, "200d"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "");
}

/* ---- drift ---- */

static void
drift(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_token(f, "2");
	frame_bind(f, "carol", "2");
	frame_add_token(f, "3");	/* in stock: nobody knows yet */
	change_token(f, "2", drift_by, -90000);
	change_token(f, TOKEN, drift_by, 60000);
	assert_int_equal(report(f, OTP_VERB_REPORT_DRIFT, otp_act_report_drift, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_SERIAL, "2", TOKEN, STAFF_TOKEN);
	assert_int_equal(number(f, 0, OTP_FIELD_DRIFT_LOW_MS), -91000);
	assert_int_equal(number(f, 0, OTP_FIELD_DRIFT_HIGH_MS), -89000);
	assert_int_equal(number(f, 0, OTP_FIELD_WIDTH_MS), 2000);
	assert_string_equal(cell(f, 0, OTP_FIELD_SHARERS), "carol");
	/* it widens as time goes by */
	frame_pass(f, 100 * DAY);
	assert_int_equal(report(f, OTP_VERB_REPORT_DRIFT, otp_act_report_drift, 0, NULL), OTP_OK);
	assert_true(number(f, 0, OTP_FIELD_WIDTH_MS) > 2000 + 2 * 200000);
}

/* ---- roles ---- */

static void
roles(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "adm", OTP_ROLE_ADMINISTRATOR);
	frame_get_user(f, "bob", &user);
	user.enabled = false;
	user.confirm[0] = '\0';
	user.granted.rights = OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_APPROVE;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(report(f, OTP_VERB_REPORT_ROLES, otp_act_report_roles, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_USER, "master", "adm", "alice", "bob");
	assert_string_equal(cell(f, 0, OTP_FIELD_ROLE), "master");
	assert_true(otp_fields_bool(&f->answer.rows.row[0], OTP_FIELD_ABLE));
	assert_string_equal(cell(f, 1, OTP_FIELD_STATE), "never-bound");
	assert_false(otp_fields_bool(&f->answer.rows.row[1], OTP_FIELD_ABLE));
	assert_true(otp_fields_bool(&f->answer.rows.row[1], OTP_FIELD_HAS_PASSWORD));
	assert_string_equal(cell(f, 2, OTP_FIELD_SERIAL), TOKEN);
	assert_string_equal(cell(f, 2, OTP_FIELD_RIGHTS), "login");
	assert_string_equal(cell(f, 3, OTP_FIELD_STATE), "disabled");
	assert_false(otp_fields_bool(&f->answer.rows.row[3], OTP_FIELD_ENABLED));
	assert_false(otp_fields_bool(&f->answer.rows.row[3], OTP_FIELD_HAS_PASSWORD));
	assert_string_equal(cell(f, 3, OTP_FIELD_RIGHTS_WAITING), "external:approve");
	assert_int_equal(report(f, OTP_VERB_REPORT_ROLES, otp_act_report_roles, OTP_FIELD_USER, "adm"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "adm");
}

/* ---- limits ---- */

static void
add_account(struct frame *f, const char *id, uint64_t n, int64_t per_day, int64_t today)
{
	struct otp_account account = { .ref = { .number = n }, .per_day = per_day, .created_at = f->now_ms / 1000 };
	struct otp_bytes value = OTP_BYTES_INIT;

	(void)snprintf(account.ref.id, sizeof(account.ref.id), "%s", id);
	account.approved = (struct otp_day_total){ .day = f->now_ms / 1000 / DAY, .total = today };
	assert_int_equal(otp_account_encode(&account, &value), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_ACCOUNT, id, &value), OTP_OK);
	otp_bytes_clear(&value);
}

static void
limits(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	add_account(f, "Z-1", 2, 5000, 1200);
	add_account(f, "A-1", 1, 0, 0);
	frame_get_user(f, "bob", &user);
	user.granted.rights |= OTP_RIGHT_EXTERNAL_APPROVE;
	user.granted.limits = (struct otp_limits){ 300, 2000 };
	user.adopted.limits = (struct otp_limits){ 500, 1000 };
	user.approved = (struct otp_day_total){ .day = f->now_ms / 1000 / DAY, .total = 700 };
	frame_put_user(f, &user);
	otp_user_clear(&user);
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "9000");
	assert_int_equal(report(f, OTP_VERB_REPORT_LIMITS, otp_act_report_limits, 0, NULL), OTP_OK);
	ARE(f, OTP_FIELD_TYPE, "user", "account", "account", "company");
	assert_string_equal(cell(f, 0, OTP_FIELD_USER), "bob");
	assert_string_equal(cell(f, 0, OTP_FIELD_PER_TRANSFER), "300");
	assert_string_equal(cell(f, 0, OTP_FIELD_PER_TRANSFER_WAITING), "");
	assert_string_equal(cell(f, 0, OTP_FIELD_PER_DAY), "1000");
	assert_string_equal(cell(f, 0, OTP_FIELD_PER_DAY_WAITING), "2000");
	assert_string_equal(cell(f, 0, OTP_FIELD_TODAY), "700");
	assert_string_equal(cell(f, 1, OTP_FIELD_ACCOUNT), "A-1");
	assert_string_equal(cell(f, 1, OTP_FIELD_PER_DAY), "");
	assert_string_equal(cell(f, 2, OTP_FIELD_ACCOUNT), "Z-1");
	assert_string_equal(cell(f, 2, OTP_FIELD_PER_DAY), "5000");
	assert_string_equal(cell(f, 2, OTP_FIELD_TODAY), "1200");
	assert_string_equal(cell(f, 3, OTP_FIELD_PER_DAY), "9000");
	assert_string_equal(cell(f, 3, OTP_FIELD_TODAY), "0");
	/* another day begins with nothing */
	frame_pass(f, DAY);
	assert_int_equal(report(f, OTP_VERB_REPORT_LIMITS, otp_act_report_limits, OTP_FIELD_USER, "bob"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "bob");
	assert_string_equal(cell(f, 0, OTP_FIELD_TODAY), "0");
	/* who is asked for is there, limits or none */
	assert_int_equal(report(f, OTP_VERB_REPORT_LIMITS, otp_act_report_limits, OTP_FIELD_USER, "alice"), OTP_OK);
	ARE(f, OTP_FIELD_USER, "alice");
	assert_string_equal(cell(f, 0, OTP_FIELD_PER_DAY), "");
}

/* All of them are for administrators, masters and root, and none is an event. */
static void
who_may(void **state)
{
	static const struct { enum otp_verb verb; otp_act act; } all[] = {
		{ OTP_VERB_REPORT_ACTIVITY, otp_act_report_activity },
		{ OTP_VERB_REPORT_FAILURES, otp_act_report_failures },
		{ OTP_VERB_REPORT_EXPIRING, otp_act_report_expiring },
		{ OTP_VERB_REPORT_UNUSED, otp_act_report_unused },
		{ OTP_VERB_REPORT_DRIFT, otp_act_report_drift },
		{ OTP_VERB_REPORT_LIMITS, otp_act_report_limits },
		{ OTP_VERB_REPORT_ROLES, otp_act_report_roles },
	};
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "adm", OTP_ROLE_ADMINISTRATOR);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		frame_as(f, "alice");
		assert_int_equal(report(f, all[i].verb, all[i].act, 0, NULL), OTP_ERR_NOT_PERMITTED);
		assert_int_equal(f->answer.rows.n, 0);
		frame_trusted(f);
		assert_int_equal(report(f, all[i].verb, all[i].act, 0, NULL), OTP_ERR_NOT_PERMITTED);
		frame_forget_events(f);
		frame_as(f, "adm");
		assert_int_equal(report(f, all[i].verb, all[i].act, 0, NULL), OTP_OK);
		assert_int_equal(report(f, all[i].verb, all[i].act, 0, NULL), OTP_OK);
		assert_int_equal(f->n_events, 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(activity), T(activity_floods), T(failures), T(expiring), T(unused), T(drift), T(roles), T(limits),
		T(who_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
