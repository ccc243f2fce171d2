/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers: who may order one and how much, who sees it, how it is taken back and what that gives back. */
#include "config.h"

#include "transfer_frame.h"

#include "act_orders.h"
#include "act_show.h"
#include "act_transfer.h"

static enum otp_message
message(const struct frame *f)
{
	return f->answer.why.message;
}

static void
submit(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;

	transfer_site(f);
	assert_int_equal(transfer_submit(f, "max", "500", "R-A"), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_AMOUNT), "500");
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_DATE), "2027-01-15");
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_STATE), "pending");
	assert_string_equal(frame_last_event(f)->user, "max");
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_PAYEE), "Paper Ltd");
	frame_reopen(f);
	transfer_get(f, 1, &t);
	assert_int_equal(t.state, OTP_TRANSFER_PENDING);
	assert_int_equal(t.amount, 500);
	assert_string_equal(t.maker, "max");
	assert_string_equal(t.currency, "JPY");
	/* the next has the next number */
	assert_int_equal(transfer_make(f, 1), 2);
}

/* Each guard alone. */
static void
submit_guards(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	assert_int_equal(transfer_submit(f, "carl", "1", "R"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_RIGHT_MISSING);
	assert_int_equal(transfer_submit(f, "anna", "1", "R"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(transfer_submit(f, "stranger", "1", "R"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(transfer_submit(f, "max", "501", "R"), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_OWN_TRANSFER);
	assert_int_equal(transfer_submit(f, "max", "0", "R"), OTP_ERR_BAD_INPUT);
	assert_int_equal(transfer_submit(f, "max", "1.5", "R"), OTP_ERR_BAD_INPUT);
	assert_int_equal(transfer_submit(f, "max", "-1", "R"), OTP_ERR_BAD_INPUT);
	assert_int_equal(transfer_submit(f, "max", "1", " R"), OTP_ERR_BAD_INPUT);
	/* a raise waits for the next session */
	transfer_permit(f, "carl", CREATE_ALL, 500, 0, true);
	assert_int_equal(transfer_submit(f, "carl", "1", "R"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_RIGHT_LATER);
	/* the right of the other kind is none */
	transfer_permit(f, "carl", OTP_RIGHT_INTERNAL_CREATE, 500, 0, false);
	assert_int_equal(transfer_submit(f, "carl", "1", "R"), OTP_ERR_NOT_PERMITTED);
	/* unset is nothing */
	transfer_permit(f, "carl", CREATE_ALL, 0, 0, false);
	assert_int_equal(transfer_submit(f, "carl", "1", "R"), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_NO_OWN_LIMIT);
	/* root as nobody */
	frame_root(f);
	transfer_order(f, "1", "R");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ROOT_NEEDS_USER);
	/* after all that, the first */
	assert_int_equal(transfer_make(f, 1), 1);
}

static void
submit_ceilings(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	(void)snprintf(f->conf.ceiling_per_transfer, sizeof(f->conf.ceiling_per_transfer), "100");
	assert_int_equal(transfer_submit(f, "max", "101", "R"), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_CEILING_TRANSFER);
	assert_int_equal(transfer_submit(f, "max", "100", "R-1"), OTP_OK);
	f->conf.ceiling_per_transfer[0] = '\0';
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "50");
	assert_int_equal(transfer_submit(f, "max", "51", "R"), OTP_ERR_OVER_LIMIT);
	/* what cannot be read is no way through */
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "50.5");
	assert_int_equal(transfer_submit(f, "max", "1", "R"), OTP_ERR_CONFIG);
}

static void
submit_account(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	transfer_site(f);
	transfer_account(f, "A-3", 1000);
	frame_as(f, "max");
	frame_text(f, OTP_FIELD_KIND, "external");
	frame_text(f, OTP_FIELD_ACCOUNT, "A-3");
	frame_text(f, OTP_FIELD_PAYEE, "x");
	frame_text(f, OTP_FIELD_AMOUNT, "1");
	frame_text(f, OTP_FIELD_REFERENCE, "R");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ACCOUNT_MISSING);
	/* granted and not adopted */
	frame_get_user(f, "max", &user);
	otp_permit_account_remove(&user.adopted, 1);
	frame_put_user(f, &user);
	assert_int_equal(transfer_submit(f, "max", "1", "R"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ACCOUNT_LATER);
	/* another account under the old id is not the permitted one */
	user.adopted = user.granted;
	frame_put_user(f, &user);
	transfer_account(f, "A-4", 1000);
	{
		struct otp_account account = OTP_ACCOUNT_INIT;

		transfer_account_get(f, "A-1", &account);
		account.ref.number = 77;
		transfer_account_put(f, &account);
	}
	assert_int_equal(transfer_submit(f, "max", "1", "R"), OTP_ERR_NOT_PERMITTED);
}

/* The right for internal ones pays nobody else. */
static void
internal(void **state)
{
	struct frame *f = *state;
	static const struct { const char *payee; enum otp_err err; } tries[] = {
		{ "Paper Ltd", OTP_ERR_POLICY }, { "A-1", OTP_ERR_POLICY }, { "A-2", OTP_OK },
	};

	transfer_site(f);
	for (size_t i = 0; i < 3; i++) {
		frame_as(f, "max");
		frame_text(f, OTP_FIELD_KIND, "internal");
		frame_text(f, OTP_FIELD_ACCOUNT, "A-1");
		frame_text(f, OTP_FIELD_PAYEE, tries[i].payee);
		frame_text(f, OTP_FIELD_AMOUNT, "1");
		frame_text(f, OTP_FIELD_REFERENCE, "R");
		assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), tries[i].err);
	}
}

static void
dates(void **state)
{
	struct frame *f = *state;
	static const struct { const char *date; enum otp_err err; } tries[] = {
		{ "2027-01-14", OTP_ERR_POLICY }, { "2027-01-15", OTP_OK }, { "2027-03-01", OTP_OK },
		{ "2027-02-30", OTP_ERR_BAD_INPUT }, { "2027-01-16T00:00:00Z", OTP_ERR_BAD_INPUT },
		{ "tomorrow", OTP_ERR_BAD_INPUT }, { "", OTP_ERR_BAD_INPUT }, { "1969-12-31", OTP_ERR_BAD_INPUT },
	};
	char reference[16];

	transfer_site(f);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		(void)snprintf(reference, sizeof(reference), "R-%zu", i);
		frame_text(f, OTP_FIELD_DATE, tries[i].date);
		assert_int_equal(transfer_submit(f, "max", "1", reference), tries[i].err);
	}
}

static void
idempotent(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	transfer_permit(f, "carl", CREATE_ALL, 500, 0, false);
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_OK);
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(transfer_submit(f, "max", "6", "R"), OTP_ERR_CONFLICT);
	assert_int_equal(transfer_submit(f, "carl", "5", "R"), OTP_ERR_CONFLICT);
	/* the same request, sent again after midnight */
	frame_pass(f, 86400);
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_OK);
	assert_false(f->answer.changed);
	frame_text(f, OTP_FIELD_DATE, "2027-01-16");
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_ERR_CONFLICT);
	/* and after it has ended: its reference stays taken */
	assert_int_equal(transfer_withdraw(f, "max", 1), OTP_OK);
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_OK);
	assert_false(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_STATE), "withdrawn");
}

/* A dry run says what would be, and leaves nothing. */
static void
dry_run(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	f->request.dry_run = true;
	assert_int_equal(transfer_submit(f, "max", "5", "R"), OTP_OK);
	assert_true(f->answer.changed);
	f->request.dry_run = false;
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_REFERENCE, "R"), OTP_OK);
	assert_int_equal(transfer_make(f, 5), 1);
}

/* ---- who sees it ---- */

static void
seeing(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 5);
	assert_int_equal(transfer_show(f, "max", id), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_DIGEST), transfer_digest(f, id));
	assert_int_equal(transfer_show(f, "anna", id), OTP_OK);
	assert_int_equal(transfer_show(f, "master", id), OTP_OK);
	/* for all others it is as if there were none */
	assert_int_equal(transfer_show(f, "carl", id), OTP_ERR_NOT_FOUND);
	assert_int_equal(message(f), OTP_MESSAGE_NO_SUCH_TRANSFER);
	assert_int_equal(f->answer.fields.data.len, 0);
	assert_int_equal(transfer_show(f, "carl", 99), OTP_ERR_NOT_FOUND);
	assert_int_equal(message(f), OTP_MESSAGE_NO_SUCH_TRANSFER);
	assert_int_equal(transfer_show(f, "stranger", id), OTP_ERR_NOT_FOUND);
	assert_int_equal(transfer_withdraw(f, "carl", id), OTP_ERR_NOT_FOUND);
	assert_int_equal(transfer_show(f, "max", 0), OTP_ERR_NOT_FOUND);
	assert_int_equal(transfer_show(f, "max", -1), OTP_ERR_NOT_FOUND);
	/* the right to approve the other kind, or on another account, is none to see */
	transfer_permit(f, "carl", OTP_RIGHT_INTERNAL_APPROVE, 500, 500, false);
	assert_int_equal(transfer_show(f, "carl", id), OTP_ERR_NOT_FOUND);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, true);
	assert_int_equal(transfer_show(f, "carl", id), OTP_OK);
	frame_get_user(f, "carl", &user);
	otp_permit_account_remove(&user.granted, 1);
	frame_put_user(f, &user);
	assert_int_equal(transfer_show(f, "carl", id), OTP_ERR_NOT_FOUND);
	frame_get_user(f, "anna", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(transfer_show(f, "anna", id), OTP_ERR_NOT_FOUND);
}

static size_t
list(struct frame *f, const char *who, const char *state)
{
	frame_as(f, who);
	if (state != NULL)
		frame_text(f, OTP_FIELD_STATE, state);
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_LIST, otp_act_transfer_list), OTP_OK);
	return f->answer.rows.n;
}

static void
listing(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	(void)transfer_make(f, 5);
	assert_int_equal(transfer_withdraw(f, "max", transfer_make(f, 6)), OTP_OK);
	assert_int_equal(list(f, "max", NULL), 2);
	assert_int_equal(list(f, "max", "pending"), 1);
	assert_int_equal(list(f, "max", "withdrawn"), 1);
	assert_int_equal(list(f, "anna", NULL), 2);
	assert_int_equal(list(f, "carl", NULL), 0);
	/* over, though nobody has written it down */
	frame_pass(f, 2 * 86400);
	assert_int_equal(list(f, "max", "expired"), 1);
	frame_as(f, "max");
	frame_text(f, OTP_FIELD_STATE, "lost");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_LIST, otp_act_transfer_list), OTP_ERR_USAGE);
}

static enum otp_err
explain(struct frame *f, const char *who, const char *subject)
{
	frame_as(f, who);
	frame_text(f, OTP_FIELD_SUBJECT, subject);
	return frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain);
}

static void
explaining(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	assert_int_equal(transfer_make(f, 5), 1);
	assert_int_equal(explain(f, "max", "1"), OTP_OK);
	assert_int_equal(message(f), OTP_MESSAGE_IS_PENDING);
	assert_int_equal(explain(f, "master", "1"), OTP_OK);
	/* nobody learns whether there is one */
	assert_int_equal(explain(f, "carl", "1"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ONLY_STAFF_ASKS);
	assert_int_equal(explain(f, "carl", "2"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ONLY_STAFF_ASKS);
	assert_int_equal(explain(f, "master", "2"), OTP_ERR_NOT_FOUND);
	assert_int_equal(message(f), OTP_MESSAGE_NO_SUCH_SUBJECT);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", 1), OTP_OK);
	assert_int_equal(explain(f, "max", "1"), OTP_OK);
	assert_int_equal(message(f), OTP_MESSAGE_IS_APPROVED);
	frame_verify(f, "anna", frame_wrong_code(f, "T-ANNA"));
	{
		struct otp_user user = OTP_USER_INIT;

		frame_get_user(f, "anna", &user);
		user.epoch++;
		frame_put_user(f, &user);
	}
	assert_int_equal(explain(f, "max", "1"), OTP_OK);
	assert_int_equal(message(f), OTP_MESSAGE_IS_NOT_EXECUTABLE);
}

static size_t
approvers(struct frame *f, const char *who, int64_t id)
{
	frame_as(f, who);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	return frame_run(f, OTP_VERB_TRANSFER_APPROVERS, otp_act_transfer_approvers) == OTP_OK ?
	    f->answer.rows.n : 99;
}

static void
who_can_approve(void **state)
{
	struct frame *f = *state;

	transfer_site(f);
	(void)transfer_make(f, 5);
	assert_int_equal(approvers(f, "max", 1), 2);
	assert_int_equal(approvers(f, "carl", 1), 99);
	/* one who is suspended, over his limit, not the maker's own */
	frame_verify(f, "anna", frame_wrong_code(f, "T-ANNA"));
	for (int i = 0; i < 4; i++)
		frame_verify(f, "anna", frame_wrong_code(f, "T-ANNA"));
	assert_int_equal(approvers(f, "max", 1), 1);
	transfer_permit(f, "berta", APPROVE_ALL, 4, 1000, false);
	assert_int_equal(approvers(f, "max", 1), 0);
	transfer_permit(f, "berta", APPROVE_ALL, 500, 4, false);
	assert_int_equal(approvers(f, "max", 1), 0);
}

/* ---- taking it back ---- */

static void
withdraw(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 300);
	assert_int_equal(transfer_withdraw(f, "anna", id), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_NOT_THE_MAKER);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	assert_int_equal(transfer_used(f, "anna"), 300);
	assert_int_equal(transfer_account_used(f, "A-1"), 300);
	assert_int_equal(transfer_company_used(f), 300);
	frame_text(f, OTP_FIELD_REASON, "wrong payee");
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_REASON), "wrong payee");
	transfer_get(f, id, &t);
	assert_int_equal(t.state, OTP_TRANSFER_WITHDRAWN);
	assert_string_equal(t.ended_by, "max");
	assert_string_equal(t.note, "wrong payee");
	/* the same day has it back, for all three */
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(transfer_account_used(f, "A-1"), 0);
	assert_int_equal(transfer_company_used(f), 0);
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(transfer_return(f, "anna", id), OTP_ERR_WRONG_STATE);
	/* without the right there is nothing to withdraw with */
	id = transfer_make(f, 5);
	transfer_permit(f, "max", 0, 500, 0, false);
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_ERR_NOT_PERMITTED);
}

static void
returned(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 300);
	assert_int_equal(transfer_return(f, "max", id), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(transfer_return(f, "carl", id), OTP_ERR_NOT_FOUND);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, true);
	assert_int_equal(transfer_return(f, "carl", id), OTP_ERR_NOT_PERMITTED);
	/* his password, and nothing without it */
	frame_as(f, "anna");
	transfer_row(f, id);
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_RETURN, otp_act_transfer_return), OTP_ERR_AUTH_FAILED);
	assert_int_equal(transfer_return(f, "anna", id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_RETURNED);
	/* an approved one, by somebody else than its approver */
	id = transfer_make(f, 300);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	assert_int_equal(transfer_return(f, "berta", id), OTP_OK);
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(transfer_account_used(f, "A-1"), 0);
}

/* Withdrawing what was approved yesterday refills nothing today. */
static void
yesterday(void **state)
{
	struct frame *f = *state;
	int64_t old, id;

	transfer_site(f);
	old = transfer_make(f, 500);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", old), OTP_OK);
	frame_pass(f, 86400);
	for (int i = 0; i < 2; i++) {
		id = transfer_make(f, 500);
		assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	}
	assert_int_equal(transfer_used(f, "anna"), 1000);
	assert_int_equal(transfer_withdraw(f, "max", old), OTP_OK);
	assert_int_equal(transfer_used(f, "anna"), 1000);
	assert_int_equal(transfer_account_used(f, "A-1"), 1000);
	assert_int_equal(transfer_company_used(f), 1000);
	id = transfer_make(f, 1);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_ERR_OVER_LIMIT);
}

static void
several(void **state)
{
	struct frame *f = *state;
	int64_t one, two;

	transfer_site(f);
	one = transfer_make(f, 5);
	two = transfer_make(f, 6);
	assert_int_equal(transfer_withdraw(f, "max", two), OTP_OK);
	assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, one), OTP_OK);
	assert_int_equal(transfer_withdraw(f, "max", 99), OTP_ERR_NOT_FOUND);
	assert_int_equal(transfer_state(f, one), OTP_TRANSFER_PENDING);
	assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, one), OTP_OK);
	assert_int_equal(transfer_withdraw(f, "max", two), OTP_OK);
	assert_int_equal(transfer_state(f, one), OTP_TRANSFER_WITHDRAWN);
	frame_as(f, "max");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_WITHDRAW, otp_act_transfer_withdraw), OTP_ERR_USAGE);
	for (int i = 0; i < OTP_ORDERS_MAX; i++)
		assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, one), OTP_OK);
	assert_int_equal(transfer_withdraw(f, "max", one), OTP_ERR_OVER_LIMIT);
}

/* ---- the end by time ---- */

static bool was_expired;

static enum otp_err
expire(struct otp_call *call)
{
	int64_t id = 0;
	enum otp_err err;

	(void)otp_fields_int(&call->request->fields, OTP_FIELD_ID, &id);
	err = otp_orders_expire(call, (uint64_t)id, &was_expired);
	return err == OTP_OK ? otp_act_commit(call) : err;
}

static bool
is_expired(struct frame *f, int64_t id)
{
	frame_root(f);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_EXECUTE, expire), OTP_OK);
	return was_expired;
}

static void
expiring(void **state)
{
	struct frame *f = *state;
	int64_t today, far, approved;

	transfer_site(f);
	today = transfer_make(f, 5);
	frame_text(f, OTP_FIELD_DATE, "2027-12-01");
	far = transfer_make(f, 5);
	approved = transfer_make(f, 5);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", approved), OTP_OK);
	assert_false(is_expired(f, today));
	frame_pass(f, 86400);
	assert_true(is_expired(f, today));
	assert_string_equal(frame_last_event(f)->user, "max");
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_STATE), "expired");
	assert_int_equal(transfer_state(f, today), OTP_TRANSFER_EXPIRED);
	assert_false(is_expired(f, today));
	assert_false(is_expired(f, far));
	frame_pass(f, 69 * 86400 - 300);
	assert_false(is_expired(f, far));
	frame_pass(f, 300);
	assert_true(is_expired(f, far));
	/* what is approved waits for its execution as long as it takes */
	assert_false(is_expired(f, approved));
	assert_int_equal(transfer_state(f, approved), OTP_TRANSFER_APPROVED);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)
	const struct CMUnitTest tests[] = {
		T(submit), T(submit_guards), T(submit_ceilings), T(submit_account), T(internal), T(dates),
		T(idempotent), T(dry_run), T(seeing), T(listing), T(explaining), T(who_can_approve),
		T(withdraw), T(returned), T(yesterday), T(several), T(expiring),
	};

	return cmocka_run_group_tests_name("act_transfer", tests, NULL, NULL);
}
