/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Execution: once, by who may, while everything that approved it still counts; receipts. */
#include "config.h"

#include "transfer_frame.h"

#include "act_execute.h"
#include "act_transfer.h"
#include "act_receipt.h"
#include "text.h"

static enum otp_message
message(const struct frame *f)
{
	return f->answer.why.message;
}

static int64_t
approved(struct frame *f, int64_t amount)
{
	int64_t id = transfer_make(f, amount);

	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	return id;
}

static void
once(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_AMOUNT), "400");
	assert_non_null(otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT));
	assert_string_equal(frame_last_event(f)->user, "max");
	assert_string_equal(frame_last_event(f)->actor, "root");
	frame_reopen(f);
	/* no order a second time */
	assert_int_equal(transfer_execute(f, id), OTP_ERR_WRONG_STATE);
	assert_int_equal(f->answer.fields.data.len, 0);
	transfer_get(f, id, &t);
	assert_int_equal(t.state, OTP_TRANSFER_EXECUTED);
	assert_string_equal(t.ended_by, "root");
	/* what has left is not taken back, and stays counted */
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_ERR_WRONG_STATE);
	assert_int_equal(transfer_return(f, "anna", id), OTP_ERR_WRONG_STATE);
	assert_int_equal(transfer_used(f, "anna"), 400);
	assert_int_equal(transfer_account_used(f, "A-1"), 400);
}

static enum otp_err
execute_as(struct frame *f, struct otp_caller caller, int64_t id)
{
	f->caller = caller;
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	return frame_run(f, OTP_VERB_TRANSFER_EXECUTE, otp_act_transfer_execute);
}

static void
who(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	static const struct otp_caller nobody[] = {
		{ .uid = 33, .is_trusted = true, .name = "www-data" },
		{ .uid = 1000, .name = "max" }, { .uid = 1001, .name = "anna" }, { .uid = 1002, .name = "master" },
		/* root in a user's name is that user */
		{ .uid = 0, .is_privileged = true, .may_execute = true, .name = "master" },
	};

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		assert_int_equal(execute_as(f, nobody[i], id), OTP_ERR_NOT_PERMITTED);
		assert_int_equal(message(f), OTP_MESSAGE_NOT_AN_EXECUTOR);
		assert_int_equal(execute_as(f, nobody[i], 99), OTP_ERR_NOT_PERMITTED);
	}
	assert_int_equal(execute_as(f, (struct otp_caller){ .uid = 34, .is_trusted = true,
	    .may_execute = true, .name = "bank" }, 99), OTP_ERR_NOT_FOUND);
	assert_int_equal(execute_as(f, (struct otp_caller){ .uid = 34, .is_trusted = true,
	    .may_execute = true, .name = "bank" }, id), OTP_OK);
}

static void
when(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 5);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_WRONG_STATE);
	frame_text(f, OTP_FIELD_DATE, "2027-01-16");
	id = approved(f, 5);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_NOT_BEFORE_DATE);
	frame_pass(f, 86400);
	/* late is not too late for what was approved in time */
	frame_pass(f, 3 * 86400);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	id = approved(f, 5);
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_OK);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_WRONG_STATE);
}

/* An internal transfer's payee is looked at again: the account may have gone, or be the payer's by now. */
static void
payee_now(void **state)
{
	struct frame *f = *state;
	struct otp_account account = OTP_ACCOUNT_INIT, other;
	int64_t id = 0;

	transfer_site(f);
	frame_as(f, "max");
	frame_text(f, OTP_FIELD_KIND, "internal");
	frame_text(f, OTP_FIELD_ACCOUNT, "A-1");
	frame_text(f, OTP_FIELD_PAYEE, "A-2");
	frame_text(f, OTP_FIELD_AMOUNT, "5");
	frame_text(f, OTP_FIELD_REFERENCE, "R");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), OTP_OK);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_ID, &id));
	transfer_account_get(f, "A-1", &other);
	transfer_account_get(f, "A-2", &account);
	other.ref.id[2] = '2';

	transfer_account_put(f, &other);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_PAYEE_NOT_OURS);
	transfer_account_put(f, &account);
	frame_pass(f, 60);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	transfer_account_put(f, &other);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_PAYEE_NOT_OURS);
	transfer_account_put(f, &account);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
}

/* ---- what approved it, again ---- */

/* Refused with this, and executed once it is as it was. */
static void
refused(struct frame *f, const struct otp_user *changed, int64_t id, enum otp_err err)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, changed->name, &user);
	frame_put_user(f, changed);
	frame_pass(f, 60);	/* or it were a flood */
	frame_forget_events(f);
	assert_int_equal(transfer_execute(f, id), err);
	assert_int_equal(frame_last_event(f)->result, err);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
	assert_null(otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT));
	frame_put_user(f, &user);
}

static void
approver_now(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT, was = OTP_USER_INIT;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	frame_get_user(f, "anna", &was);
	user = was;
	user.enabled = false;
	refused(f, &user, id, OTP_ERR_POLICY);
	user = was;
	user.epoch++;		/* disabled and enabled again, reset, revoked */
	refused(f, &user, id, OTP_ERR_POLICY);
	user = was;
	user.id = 90;		/* deleted and added again */
	refused(f, &user, id, OTP_ERR_POLICY);
	user = was;
	user.granted.rights &= ~OTP_RIGHT_EXTERNAL_APPROVE;
	refused(f, &user, id, OTP_ERR_NOT_PERMITTED);
	user = was;
	otp_permit_account_remove(&user.granted, 1);
	refused(f, &user, id, OTP_ERR_NOT_PERMITTED);
	user = was;
	user.granted.limits.per_transfer = 399;
	refused(f, &user, id, OTP_ERR_OVER_LIMIT);
	user = was;
	user.granted.limits.per_day = 399;
	refused(f, &user, id, OTP_ERR_OVER_LIMIT);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
}

/* A limit that was cut after two approvals does not let both go. */
static void
cut_limits(void **state)
{
	struct frame *f = *state;
	struct otp_account account = OTP_ACCOUNT_INIT;
	int64_t id;

	transfer_site(f);
	(void)approved(f, 400);
	id = approved(f, 400);
	transfer_permit(f, "anna", APPROVE_ALL, 500, 799, false);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_OVER_LIMIT);
	transfer_permit(f, "anna", APPROVE_ALL, 500, 800, false);
	transfer_account_get(f, "A-1", &account);
	account.per_day = 799;
	transfer_account_put(f, &account);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_OVER_LIMIT);
	account.per_day = 800;
	transfer_account_put(f, &account);
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "799");
	assert_int_equal(transfer_execute(f, id), OTP_ERR_OVER_LIMIT);
	(void)snprintf(f->conf.ceiling_per_transfer, sizeof(f->conf.ceiling_per_transfer), "399");
	f->conf.ceiling_per_day[0] = '\0';
	assert_int_equal(transfer_execute(f, id), OTP_ERR_OVER_LIMIT);
	f->conf.ceiling_per_transfer[0] = '\0';
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	/* the account is gone, or another one has its id */
	id = transfer_make(f, 100);
	account.per_day = 5000;
	transfer_account_put(f, &account);
	transfer_permit(f, "anna", APPROVE_ALL, 500, 5000, false);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", id), OTP_OK);
	account.ref.number = 77;
	transfer_account_put(f, &account);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
}

static void
token_now(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	for (int i = 0; i < 5; i++)
		frame_verify(f, "anna", frame_wrong_code(f, "T-ANNA"));
	/* held back, and to be tried again */
	assert_int_equal(transfer_execute(f, id), OTP_ERR_BUSY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_HELD);
	assert_true(otp_err_retryable(OTP_ERR_BUSY));
	assert_int_equal(frame_unlock(f, "master", "anna", FRAME_RIGHT), OTP_OK);
	frame_get_token(f, "T-ANNA", &token);
	token.state = OTP_TOKEN_LOST;
	otp_bytes_clear(&token.seed);
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_TOKEN_GONE);
}

static void
token_taken(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	frame_get_user(f, "anna", &user);
	frame_get_token(f, "T-ANNA", &token);
	otp_token_sharer_remove(&token, user.id);
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_TOKEN_GONE);
}

/* ---- a record that somebody changed ---- */

static void
forged(void **state)
{
	struct frame *f = *state;
	struct otp_transfer was = OTP_TRANSFER_INIT, t;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	transfer_get(f, id, &was);
	for (int i = 0; i < 12; i++) {
		t = was;
		switch (i) {
		case 0: t.amount = 401; break;
		case 1: (void)snprintf(t.payee, sizeof(t.payee), "Mallory"); break;
		case 2: t.account = (struct otp_account_ref){ .number = 2, .id = "A-2" }; break;
		case 3: t.date--; break;
		case 4: t.kind = OTP_TRANSFER_INTERNAL; break;
		case 5: (void)snprintf(t.reference, sizeof(t.reference), "X"); break;
		case 6: t.maker_id++; break;
		case 7: t.approval[0].step++; break;
		case 8: t.approval[0].epoch++; break;
		case 9: (void)snprintf(t.approval[0].origin, sizeof(t.approval[0].origin), "T-X"); break;
		case 10: t.approval[0].mac[0] ^= 1; break;
		case 11: t.approval[0].at--; break;
		}
		transfer_put(f, &t);
		frame_pass(f, 60);
		frame_forget_events(f);
		assert_int_equal(transfer_execute(f, id), OTP_ERR_INTEGRITY);
		assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_FORGED);
		/* and that is written down */
		assert_int_equal(f->n_events, 1);
		assert_int_equal(frame_last_event(f)->result, OTP_ERR_INTEGRITY);
		assert_null(otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT));
	}
	/* another's approval in his name */
	t = was;
	(void)snprintf(t.approval[0].user, sizeof(t.approval[0].user), "berta");
	transfer_put(f, &t);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_INTEGRITY);
	transfer_put(f, &was);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
}

/* Approved is who was approved: a state alone is nothing. */
static void
forged_state(void **state)
{
	struct frame *f = *state;
	struct otp_transfer approved_one = OTP_TRANSFER_INIT, t = OTP_TRANSFER_INIT;
	int64_t id, other;

	transfer_site(f);
	other = approved(f, 5);
	id = transfer_make(f, 400);
	transfer_get(f, other, &approved_one);
	transfer_get(f, id, &t);
	/* the approval of another transfer */
	t.state = OTP_TRANSFER_APPROVED;
	t.n_approvals = 1;
	t.approval[0] = approved_one.approval[0];
	t.counted_day = approved_one.counted_day;
	transfer_put(f, &t);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_INTEGRITY);
}

/* ---- due ---- */

static size_t
due(struct frame *f)
{
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_DUE, otp_act_transfer_due), OTP_OK);
	return f->answer.rows.n;
}

static void
what_is_due(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	(void)transfer_make(f, 5);
	assert_int_equal(due(f), 0);
	id = approved(f, 5);
	frame_text(f, OTP_FIELD_DATE, "2027-01-16");
	(void)approved(f, 5);
	assert_int_equal(due(f), 1);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	assert_int_equal(due(f), 0);
	frame_pass(f, 86400);
	assert_int_equal(due(f), 1);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_DUE, otp_act_transfer_due), OTP_ERR_NOT_PERMITTED);
}

/* ---- receipts ---- */

static enum otp_err
check(struct frame *f, const char *text, size_t len)
{
	frame_as(f, "stranger");
	assert_int_equal(otp_fields_put_bytes(&f->request.fields, OTP_FIELD_RECEIPT_FILE, text, len), OTP_OK);
	return frame_run(f, OTP_VERB_RECEIPT_CHECK, otp_act_receipt_check);
}

static enum otp_err
receipt(struct frame *f, const char *name, int64_t id)
{
	frame_as(f, name);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	return frame_run(f, OTP_VERB_TRANSFER_RECEIPT, otp_act_transfer_receipt);
}

static void
receipts(void **state)
{
	struct frame *f = *state;
	char text[OTP_RECEIPT_MAX + 1], changed[OTP_RECEIPT_MAX + 2];
	size_t len;
	int64_t id;

	transfer_site(f);
	id = approved(f, 400);
	assert_int_equal(receipt(f, "max", id), OTP_ERR_WRONG_STATE);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	(void)snprintf(text, sizeof(text), "%s", otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT));
	len = strlen(text);
	/* the same is shown again, to who may see it */
	assert_int_equal(receipt(f, "max", id), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT), text);
	assert_int_equal(receipt(f, "anna", id), OTP_OK);
	assert_int_equal(receipt(f, "carl", id), OTP_ERR_NOT_FOUND);
	assert_non_null(strstr(text, "\npayee: Paper Ltd\namount: 400\ncurrency: JPY\n"));
	assert_non_null(strstr(text, " T-ANNA anna\n"));
	frame_forget_events(f);
	assert_int_equal(check(f, text, len), OTP_OK);
	assert_int_equal(message(f), OTP_MESSAGE_RECEIPT_RIGHT);
	/* every byte matters */
	for (size_t i = 0; i < len; i++) {
		enum otp_err err;

		memcpy(changed, text, len);
		changed[i] ^= 1;
		err = check(f, changed, len);
		assert_true(err == OTP_ERR_BAD_INPUT || err == OTP_ERR_INTEGRITY);
		assert_true(check(f, text, i) == OTP_ERR_BAD_INPUT);
	}
	(void)snprintf(changed, sizeof(changed), "%s\n", text);
	assert_int_equal(check(f, changed, len + 1), OTP_ERR_BAD_INPUT);
	/* anybody's questions are nothing for the audit */
	assert_int_equal(f->n_events, 0);
}

/* A payee is a value, and never a line. */
static void
receipt_lines(void **state)
{
	struct frame *f = *state;
	const char *text;

	transfer_site(f);
	frame_as(f, "max");
	frame_text(f, OTP_FIELD_KIND, "external");
	frame_text(f, OTP_FIELD_ACCOUNT, "A-1");
	frame_text(f, OTP_FIELD_PAYEE, "x\namount: 1");
	frame_text(f, OTP_FIELD_AMOUNT, "5");
	frame_text(f, OTP_FIELD_REFERENCE, "R");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), OTP_ERR_BAD_INPUT);
	frame_as(f, "max");
	frame_text(f, OTP_FIELD_KIND, "external");
	frame_text(f, OTP_FIELD_ACCOUNT, "A-1");
	frame_text(f, OTP_FIELD_PAYEE, "x\\x0aamount: 1 株式会社");
	frame_text(f, OTP_FIELD_AMOUNT, "5");
	frame_text(f, OTP_FIELD_REFERENCE, "R");
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit), OTP_OK);
	assert_int_equal(transfer_approve(f, "anna", "T-ANNA", 1), OTP_OK);
	assert_int_equal(transfer_execute(f, 1), OTP_OK);
	text = otp_fields_str(&f->answer.fields, OTP_FIELD_RECEIPT);
	assert_non_null(strstr(text, "\npayee: x\\x5cx0aamount: 1 株式会社\namount: 5\n"));
}

/* Right, but somebody else's. */
static void
other_key(void **state)
{
	struct frame *f = *state;
	void *other_state = NULL;
	struct frame *other;
	char text[OTP_RECEIPT_MAX + 1];
	int64_t id;

	assert_int_equal(frame_setup(&other_state), 0);
	other = other_state;
	transfer_site(other);
	id = approved(other, 400);
	assert_int_equal(transfer_execute(other, id), OTP_OK);
	(void)snprintf(text, sizeof(text), "%s", otp_fields_str(&other->answer.fields, OTP_FIELD_RECEIPT));
	assert_int_equal(check(other, text, strlen(text)), OTP_OK);
	transfer_site(f);
	assert_int_equal(check(f, text, strlen(text)), OTP_ERR_KEY);
	assert_int_equal(message(f), OTP_MESSAGE_RECEIPT_OTHER_KEY);
	assert_int_equal(frame_teardown(&other_state), 0);
}

static void
public_key(void **state)
{
	struct frame *f = *state;
	const char *pem;

	frame_as(f, "stranger");
	assert_int_equal(frame_run(f, OTP_VERB_RECEIPT_KEY, otp_act_receipt_key), OTP_OK);
	pem = otp_fields_str(&f->answer.fields, OTP_FIELD_PUBLIC_KEY);
	assert_int_equal(strncmp(pem, "-----BEGIN PUBLIC KEY-----\n", 27), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)
	const struct CMUnitTest tests[] = {
		T(once), T(who), T(when), T(payee_now), T(approver_now), T(cut_limits), T(token_now), T(token_taken),
		T(forged), T(forged_state), T(what_is_due), T(receipts), T(receipt_lines), T(other_key),
		T(public_key),
	};

	return cmocka_run_group_tests_name("act_execute", tests, NULL, NULL);
}
