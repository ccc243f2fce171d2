/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: adding, changing, deleting them, and whom the end of one concerns. */
#include "config.h"

#include "act_frame.h"

#include "act_account.h"
#include "clock.h"
#include "transfer.h"

/* A minute later than the last, with his right password and code. */
static enum otp_err
run_as(struct frame *f, const char *operator_name, const char *serial, enum otp_verb verb,
    otp_act act)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, serial, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, verb, act);
}

static enum otp_err
add(struct frame *f, const char *id, const char *name, const char *per_day)
{
	frame_text(f, OTP_FIELD_ACCOUNT, id);
	if (name != NULL)
		frame_text(f, OTP_FIELD_NAME, name);
	if (per_day != NULL)
		frame_text(f, OTP_FIELD_PER_DAY, per_day);
	return run_as(f, "master", STAFF_TOKEN, OTP_VERB_ACCOUNT_ADD, otp_act_account_add);
}

static enum otp_err
mod(struct frame *f, const char *id, enum otp_field field, const char *value)
{
	frame_text(f, OTP_FIELD_ACCOUNT, id);
	if (value != NULL)
		frame_text(f, field, value);
	return run_as(f, "master", STAFF_TOKEN, OTP_VERB_ACCOUNT_MOD, otp_act_account_mod);
}

static enum otp_err
del(struct frame *f, const char *id, const char *expect)
{
	frame_text(f, OTP_FIELD_ACCOUNT, id);
	if (expect != NULL)
		frame_text(f, OTP_FIELD_EXPECT, expect);
	return run_as(f, "master", STAFF_TOKEN, OTP_VERB_ACCOUNT_DEL, otp_act_account_del);
}

static bool
get(struct frame *f, const char *id, struct otp_account *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_store_get(f->store, OTP_KIND_ACCOUNT, id, &value);

	if (err == OTP_ERR_NOT_FOUND)
		return false;
	assert_int_equal(err, OTP_OK);
	assert_int_equal(otp_account_decode(value.data, value.len, ret), OTP_OK);
	otp_bytes_clear(&value);
	return true;
}

static void
put(struct frame *f, enum otp_kind kind, const char *name, struct otp_bytes *value)
{
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	assert_int_equal(otp_store_put(f->store, kind, name, value), OTP_OK);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq),
	    OTP_OK);
	otp_bytes_clear(value);
}

static void
put_account(struct frame *f, const struct otp_account *account)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_account_encode(account, &value), OTP_OK);
	put(f, OTP_KIND_ACCOUNT, account->ref.id, &value);
}

static void
put_transfer(struct frame *f, uint64_t id, const struct otp_account *account,
    enum otp_transfer_state state)
{
	char name[OTP_TRANSFER_NAME_SIZE];
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_transfer t = {
		.id = id, .kind = OTP_TRANSFER_EXTERNAL, .account = account->ref, .amount = 100,
		.date = f->now_ms / 86400000, .maker_id = 1, .created_at = f->now_ms / 1000,
		.reference = "R", .payee = "P", .currency = "JPY", .maker = "alice", .state = state,
	};

	if (state != OTP_TRANSFER_PENDING)
		t.ended_at = f->now_ms / 1000;
	assert_int_equal(otp_transfer_encode(&t, &value), OTP_OK);
	put(f, OTP_KIND_TRANSFER, otp_transfer_record_name(name, id), &value);
}

static void
adds(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;
	const struct otp_event *event;

	frame_staff(f);
	assert_int_equal(add(f, "001-1", "Main account", "5000"), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_PER_DAY), "5000");
	event = frame_last_event(f);
	assert_string_equal(otp_fields_str(&event->details, OTP_FIELD_ACCOUNT), "001-1");
	assert_string_equal(otp_fields_str(&event->details, OTP_FIELD_PER_DAY_NEW), "5000");
	assert_string_equal(event->user, "");
	frame_reopen(f);
	assert_true(get(f, "001-1", &a));
	assert_int_equal(a.per_day, 5000);
	assert_string_equal(a.name, "Main account");
	assert_int_equal(a.created_at, f->now_ms / 1000);
	/* once more: nothing is changed, and no number is used up */
	assert_int_equal(add(f, "001-1", "Main account", "5000"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(add(f, "001-1", "Main account", "5001"), OTP_ERR_EXISTS);
	assert_int_equal(add(f, "001-1", "Other", "5000"), OTP_ERR_EXISTS);
	assert_int_equal(add(f, "001-2", NULL, NULL), OTP_OK);
	assert_int_equal(f->answer.n_warnings, 1);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_ACCOUNT_NO_LIMIT);
	assert_true(get(f, "001-2", &a));
	assert_int_equal(a.ref.number, 2);
	assert_int_equal(a.per_day, 0);
}

static void
bad_input(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;

	frame_staff(f);
	assert_int_equal(add(f, "00 1", NULL, NULL), OTP_ERR_BAD_INPUT);
	assert_int_equal(add(f, "+1", NULL, NULL), OTP_ERR_BAD_INPUT);
	assert_int_equal(add(f, "1", "a\033b", NULL), OTP_ERR_BAD_INPUT);
	assert_int_equal(add(f, "1", NULL, "10.5"), OTP_ERR_BAD_INPUT);
	assert_int_equal(add(f, "1", NULL, "-5"), OTP_ERR_BAD_INPUT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_BAD_AMOUNT);
	assert_false(get(f, "1", &a));
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "1000");
	assert_int_equal(add(f, "1", NULL, "1001"), OTP_OK);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_ABOVE_CEILING);
}

/* Role, password, code, in this order; root in nobody's name. */
static void
who_may(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;

	frame_two(f);
	frame_staff(f);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	assert_int_equal(run_as(f, "alice", TOKEN, OTP_VERB_ACCOUNT_ADD, otp_act_account_add),
	    OTP_ERR_NOT_PERMITTED);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_ADD, otp_act_account_add),
	    OTP_ERR_NOT_PERMITTED);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	f->confirm = FRAME_WRONG;
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_ADD, otp_act_account_add), OTP_ERR_AUTH_FAILED);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, STAFF_TOKEN));
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_ADD, otp_act_account_add), OTP_ERR_AUTH_FAILED);
	assert_false(get(f, "1", &a));
}

static void
mods(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;
	const struct otp_event *event;

	frame_staff(f);
	assert_int_equal(mod(f, "1", OTP_FIELD_NAME, "x"), OTP_ERR_NOT_FOUND);
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_int_equal(mod(f, "1", OTP_FIELD_NAME, NULL), OTP_ERR_USAGE);
	assert_int_equal(mod(f, "1", OTP_FIELD_PER_DAY, "100"), OTP_OK);
	assert_true(f->answer.changed);
	event = frame_last_event(f);
	assert_string_equal(otp_fields_str(&event->details, OTP_FIELD_PER_DAY_OLD), "5000");
	assert_string_equal(otp_fields_str(&event->details, OTP_FIELD_PER_DAY_NEW), "100");
	assert_true(get(f, "1", &a));
	assert_int_equal(a.per_day, 100);
	assert_string_equal(a.name, "Main");
	assert_int_equal(mod(f, "1", OTP_FIELD_PER_DAY, "100"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(mod(f, "1", OTP_FIELD_PER_DAY, "none"), OTP_OK);
	assert_int_equal(mod(f, "1", OTP_FIELD_NAME, ""), OTP_OK);
	assert_true(get(f, "1", &a));
	assert_int_equal(a.per_day, 0);
	assert_string_equal(a.name, "");
}

/* A higher limit lets everybody who uses it pay more; a lower one or a name nobody. */
static void
two_hands_raise(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;

	frame_staff(f);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_int_equal(mod(f, "1", OTP_FIELD_PER_DAY, "5001"), OTP_ERR_POLICY);
	assert_true(get(f, "1", &a));
	assert_int_equal(a.per_day, 5000);
	assert_int_equal(mod(f, "1", OTP_FIELD_PER_DAY, "4999"), OTP_OK);
	assert_int_equal(mod(f, "1", OTP_FIELD_NAME, "Other"), OTP_OK);
}

static void
dels(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;
	char shown[80];

	frame_staff(f);
	assert_int_equal(del(f, "1", NULL), OTP_ERR_NOT_FOUND);
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	frame_as(f, "master");
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_DEL, otp_act_account_del), OTP_OK);
	(void)snprintf(shown, sizeof(shown), "%s", otp_fields_str(&f->answer.fields, OTP_FIELD_EXPECT));
	assert_true(get(f, "1", &a));
	assert_int_equal(del(f, "1", shown), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(frame_last_event(f)->result, OTP_OK);
	frame_reopen(f);
	assert_false(get(f, "1", &a));
	/* it comes back as another one, and is not the one that was shown */
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_true(get(f, "1", &a));
	assert_int_equal(a.ref.number, 2);
	assert_int_equal(del(f, "1", shown), OTP_ERR_CONFLICT);
	assert_true(get(f, "1", &a));
}

/* Deleted and added again, its limit of the day would be had twice. */
static void
no_second_limit(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT;
	int64_t day;

	frame_staff(f);
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_true(get(f, "1", &a));
	assert_int_equal(otp_clock_day("UTC", f->now_ms / 1000, &day), OTP_OK);
	assert_int_equal(otp_day_total_add(&a.approved, day, 4000), OTP_OK);
	put_account(f, &a);
	assert_int_equal(del(f, "1", NULL), OTP_ERR_WRONG_STATE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_ACCOUNT_COUNTS);
	assert_true(get(f, "1", &a));
	/* a change of name leaves what counts */
	assert_int_equal(mod(f, "1", OTP_FIELD_NAME, "x"), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_TODAY), "4000");
	frame_pass(f, 86400);
	assert_int_equal(del(f, "1", NULL), OTP_OK);
}

static void
lists(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_int_equal(add(f, "2", NULL, "1"), OTP_OK);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_LIST, otp_act_account_list), OTP_OK);
	assert_int_equal(f->answer.rows.n, 2);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_LIST, otp_act_account_list),
	    OTP_ERR_NOT_PERMITTED);
}

static void
uses(void **state)
{
	struct frame *f = *state;
	struct otp_account a = OTP_ACCOUNT_INIT, b = OTP_ACCOUNT_INIT;
	struct otp_user user = OTP_USER_INIT;
	unsigned n_users = 0, n_transfers = 0;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(add(f, "1", "Main", "5000"), OTP_OK);
	assert_int_equal(add(f, "2", "Other", "5000"), OTP_OK);
	assert_true(get(f, "1", &a));
	assert_true(get(f, "2", &b));
	frame_get_user(f, "alice", &user);
	assert_int_equal(otp_permit_account_add(&user.granted, a.ref.number, "1"), OTP_OK);
	frame_put_user(f, &user);
	frame_get_user(f, "bob", &user);
	assert_int_equal(otp_permit_account_add(&user.granted, b.ref.number, "2"), OTP_OK);
	frame_put_user(f, &user);
	put_transfer(f, 1, &a, OTP_TRANSFER_PENDING);
	put_transfer(f, 2, &b, OTP_TRANSFER_PENDING);
	put_transfer(f, 3, &a, OTP_TRANSFER_WITHDRAWN);
	frame_root(f);
	frame_text(f, OTP_FIELD_ACCOUNT, "1");
	assert_int_equal(frame_run(f, OTP_VERB_ACCOUNT_USES, otp_act_account_uses), OTP_OK);
	for (size_t i = 0; i < f->answer.rows.n; i++) {
		const struct otp_fields *row = &f->answer.rows.row[i];
		int64_t id;

		assert_string_equal(otp_fields_str(row, OTP_FIELD_USER), "alice");
		if (otp_fields_int(row, OTP_FIELD_ID, &id)) {
			assert_int_equal(id, 1);
			n_transfers++;
		} else {
			n_users++;
		}
	}
	assert_int_equal(n_users, 1);
	assert_int_equal(n_transfers, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(adds), T(bad_input), T(who_may), T(mods), T(two_hands_raise), T(dels),
		T(no_second_limit), T(lists), T(uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
