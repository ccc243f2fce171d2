/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approvals: every guard, limits of a day, two hands and two tokens, several at once. */
#include "config.h"

#include "transfer_frame.h"

#include "act_approve.h"
#include "act_transfer.h"

static enum otp_message
message(const struct frame *f)
{
	return f->answer.why.message;
}

static enum otp_err
anna(struct frame *f, int64_t id)
{
	return transfer_approve(f, "anna", "T-ANNA", id);
}

static enum otp_err
berta(struct frame *f, int64_t id)
{
	return transfer_approve(f, "berta", "T-BERTA", id);
}

static void
approves(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t id, step = 0;

	transfer_site(f);
	id = transfer_make(f, 500);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_STATE), "approved");
	/* the audit has whose code it was, and which */
	assert_string_equal(frame_last_event(f)->user, "anna");
	assert_string_equal(frame_last_event(f)->serial, "T-ANNA");
	assert_true(otp_fields_int(&frame_last_event(f)->details, OTP_FIELD_USED_STEP, &step));
	assert_non_null(strstr(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_TRANSFERS), "500 JPY Paper Ltd"));
	frame_reopen(f);
	transfer_get(f, id, &t);
	assert_int_equal(t.state, OTP_TRANSFER_APPROVED);
	assert_int_equal(t.n_approvals, 1);
	assert_string_equal(t.approval[0].user, "anna");
	assert_string_equal(t.approval[0].serial, "T-ANNA");
	assert_int_equal(t.approval[0].epoch, 1);
	frame_get_token(f, "T-ANNA", &token);
	assert_int_equal(t.approval[0].step, token.last_used);
	assert_int_equal(t.approval[0].step, step);
	otp_token_clear(&token);
	assert_int_equal(t.counted_day, f->now_ms / 1000 / 86400);
	assert_int_equal(transfer_used(f, "anna"), 500);
	assert_int_equal(transfer_account_used(f, "A-1"), 500);
	assert_int_equal(transfer_account_used(f, "A-2"), 0);
	assert_int_equal(transfer_company_used(f), 500);
	/* the same again is already so, and counts nothing */
	assert_int_equal(anna(f, id), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(transfer_used(f, "anna"), 500);
	/* somebody else's is one too many */
	assert_int_equal(berta(f, id), OTP_ERR_WRONG_STATE);
}

static void
this_or_none(struct frame *f, bool is_there, int64_t id)
{
	if (is_there)
		transfer_row(f, id);
	else
		assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, 99), OTP_OK);
}

/* The password and then the code: without them nothing is said of the transfer. */
static void
shows_both(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 5);
	for (int i = 0; i < 2; i++) {
		/* of one that there is, and of none */
		frame_as(f, "anna");
		this_or_none(f, i == 0, id);
		frame_text(f, OTP_FIELD_CODE, frame_code(f, "T-ANNA", 0));
		assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_ERR_AUTH_FAILED);
		assert_int_equal(message(f), OTP_MESSAGE_PASSWORD_NEEDED);
		frame_as(f, "anna");
		this_or_none(f, i == 0, id);
		f->confirm = FRAME_WRONG;
		frame_text(f, OTP_FIELD_CODE, frame_code(f, "T-ANNA", 0));
		assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_ERR_AUTH_FAILED);
		frame_as(f, "anna");
		this_or_none(f, i == 0, id);
		f->confirm = FRAME_RIGHT;
		frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, "T-ANNA"));
		assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_ERR_AUTH_FAILED);
		assert_int_equal(f->answer.rows.n, 0);
		frame_pass(f, 10);
	}
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	assert_int_equal(frame_sharer(f, "anna", "T-ANNA").fails, 2);
	/* wrong codes in a row suspend, as anywhere */
	for (int i = 0; i < 3; i++) {
		frame_as(f, "anna");
		this_or_none(f, i == 0, id);
		f->confirm = FRAME_RIGHT;
		frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, "T-ANNA"));
		assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_ERR_AUTH_FAILED);
	}
	assert_int_equal(frame_state(f, "T-ANNA"), OTP_TOKEN_SUSPENDED);
}

static void
guards(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 100);
	/* another one does not exist for him */
	frame_add_token(f, "T-CARL");
	frame_bind(f, "carl", "T-CARL");
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_NOT_FOUND);
	/* before the session that follows a raise */
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, true);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_RIGHT_LATER);
	/* a raised limit waits as well */
	transfer_permit(f, "carl", APPROVE_ALL, 99, 500, false);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, true);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_OWN_TRANSFER);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 99, false);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_OWN_DAY);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 0, false);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_NO_OWN_LIMIT);
	/* the account in force */
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, false);
	frame_get_user(f, "carl", &user);
	otp_permit_account_remove(&user.adopted, 1);
	frame_put_user(f, &user);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(message(f), OTP_MESSAGE_ACCOUNT_LATER);
	/* after a password reset */
	transfer_permit(f, "carl", APPROVE_ALL, 500, 500, false);
	frame_get_user(f, "carl", &user);
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	frame_pass(f, f->conf.reset_bar - 120);
	frame_text(f, OTP_FIELD_DATE, "2027-01-20");
	id = transfer_make(f, 100);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_RESET_BARS_APPROVAL);
	assert_int_equal(transfer_used(f, "carl"), 0);
	assert_int_equal(transfer_company_used(f), 0);
	frame_pass(f, 120);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_OK);
}

static void
unchanged_since_shown(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 100);
	transfer_row(f, id);
	transfer_get(f, id, &t);
	t.amount = 101;
	transfer_put(f, &t);
	assert_int_equal(transfer_approve_rows(f, "anna", "T-ANNA"), OTP_ERR_CONFLICT);
	assert_int_equal(message(f), OTP_MESSAGE_TRANSFER_CHANGED);
	/* not shown at all */
	assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, id), OTP_OK);
	assert_int_equal(transfer_approve_rows(f, "anna", "T-ANNA"), OTP_ERR_BAD_INPUT);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	/* the code was used up all the same */
	assert_int_equal(frame_verify(f, "anna", frame_code(f, "T-ANNA", 0)), OTP_ERR_CODE_USED);
}

static void
not_his_own(void **state)
{
	struct frame *f = *state;
	int64_t id = 0;

	transfer_site(f);
	transfer_permit(f, "anna", APPROVE_ALL | CREATE_ALL, 500, 1000, false);
	assert_int_equal(transfer_submit(f, "anna", "5", "OWN"), OTP_OK);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_ID, &id));
	assert_int_equal(anna(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_OWN_TRANSFER);
	f->conf.self_approve = true;
	assert_int_equal(anna(f, id), OTP_OK);
}

static void
states(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 5);
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_OK);
	assert_int_equal(anna(f, id), OTP_ERR_WRONG_STATE);
	id = transfer_make(f, 5);
	frame_pass(f, 86400);
	assert_int_equal(anna(f, id), OTP_ERR_WRONG_STATE);
	assert_int_equal(message(f), OTP_MESSAGE_TRANSFER_TOO_LATE);
	frame_text(f, OTP_FIELD_DATE, "2027-12-01");
	id = transfer_make(f, 5);
	frame_pass(f, 70 * 86400);
	assert_int_equal(anna(f, id), OTP_ERR_WRONG_STATE);
	id = transfer_make(f, 5);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	assert_int_equal(anna(f, id), OTP_ERR_WRONG_STATE);
}

/* ---- limits of a day ---- */

static void
day_limits(void **state)
{
	struct frame *f = *state;
	struct otp_account account = OTP_ACCOUNT_INIT;
	int64_t id, about = 0;

	transfer_site(f);
	transfer_permit(f, "anna", APPROVE_ALL, 500, 1200, false);
	assert_int_equal(anna(f, transfer_make(f, 500)), OTP_OK);
	/* the account's: 1000 a day, whoever approves */
	assert_int_equal(berta(f, transfer_make(f, 500)), OTP_OK);
	id = transfer_make(f, 1);
	assert_int_equal(anna(f, id), OTP_ERR_OVER_LIMIT);
	/* a refusal names what it was about */
	assert_true(otp_fields_int(&frame_last_event(f)->details, OTP_FIELD_ID, &about));
	assert_int_equal(about, id);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_ACCOUNT_DAY);
	transfer_account_get(f, "A-1", &account);
	account.per_day = 5000;
	transfer_account_put(f, &account);
	/* her own */
	assert_int_equal(anna(f, transfer_make(f, 500)), OTP_OK);
	assert_int_equal(anna(f, transfer_make(f, 200)), OTP_OK);
	id = transfer_make(f, 1);
	assert_int_equal(anna(f, id), OTP_ERR_OVER_LIMIT);
	/* a refusal names what it was about */
	assert_true(otp_fields_int(&frame_last_event(f)->details, OTP_FIELD_ID, &about));
	assert_int_equal(about, id);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_OWN_DAY);
	assert_int_equal(transfer_used(f, "anna"), 1200);
	/* the company's */
	(void)snprintf(f->conf.ceiling_per_day, sizeof(f->conf.ceiling_per_day), "1750");
	assert_int_equal(transfer_company_used(f), 1700);
	assert_int_equal(berta(f, transfer_make(f, 51)), OTP_ERR_OVER_LIMIT);
	assert_int_equal(message(f), OTP_MESSAGE_OVER_CEILING_DAY);
	assert_int_equal(berta(f, transfer_make(f, 50)), OTP_OK);
	assert_int_equal(transfer_company_used(f), 1750);
	/* the next day begins with nothing, at the zone's midnight */
	frame_pass(f, 86400);
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(anna(f, transfer_make(f, 500)), OTP_OK);
	/* unset refuses */
	account.per_day = 0;
	transfer_account_put(f, &account);
	id = transfer_make(f, 1);
	assert_int_equal(anna(f, id), OTP_ERR_OVER_LIMIT);
	/* a refusal names what it was about */
	assert_true(otp_fields_int(&frame_last_event(f)->details, OTP_FIELD_ID, &about));
	assert_int_equal(about, id);
	assert_int_equal(message(f), OTP_MESSAGE_NO_ACCOUNT_LIMIT);
}

static void
several(void **state)
{
	struct frame *f = *state;
	int64_t id[3];

	transfer_site(f);
	for (int i = 0; i < 3; i++)
		id[i] = transfer_make(f, 400);
	/* 1000 a day: two of them go, three do not, and then none does */
	for (int i = 0; i < 3; i++)
		transfer_row(f, id[i]);
	assert_int_equal(transfer_approve_rows(f, "anna", "T-ANNA"), OTP_ERR_OVER_LIMIT);
	for (int i = 0; i < 3; i++)
		assert_int_equal(transfer_state(f, id[i]), OTP_TRANSFER_PENDING);
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(transfer_account_used(f, "A-1"), 0);
	assert_int_equal(transfer_company_used(f), 0);
	transfer_row(f, id[0]);
	transfer_row(f, id[2]);
	transfer_row(f, id[0]);
	assert_int_equal(transfer_approve_rows(f, "anna", "T-ANNA"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 3);
	assert_int_equal(transfer_used(f, "anna"), 800);
	assert_int_equal(transfer_account_used(f, "A-1"), 800);
	assert_int_equal(transfer_company_used(f), 800);
	assert_int_equal(transfer_state(f, id[1]), OTP_TRANSFER_PENDING);
	frame_as(f, "anna");
	f->confirm = FRAME_RIGHT;
	frame_pass(f, FRAME_STEP);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, "T-ANNA", 0));
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_ERR_USAGE);
}

/* Neither a password nor a code is asked, and nothing is written. */
static void
dry_run(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	id = transfer_make(f, 400);
	frame_as(f, "anna");
	transfer_row(f, id);
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_STATE), "approved");
	f->request.dry_run = false;
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	assert_int_equal(transfer_used(f, "anna"), 0);
}

/* ---- two hands ---- */

static void
dual_site(struct frame *f)
{
	transfer_site(f);
	f->conf.approval = OTP_CONF_DUAL;
	frame_pass(f, 86400);	/* since the tokens were registered */
}

static void
dual(void **state)
{
	struct frame *f = *state;
	int64_t id;

	dual_site(f);
	id = transfer_make(f, 400);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	/* her own day has it, the account's not yet */
	assert_int_equal(transfer_used(f, "anna"), 400);
	assert_int_equal(transfer_account_used(f, "A-1"), 0);
	assert_int_equal(transfer_company_used(f), 0);
	/* one hand twice is one */
	assert_int_equal(anna(f, id), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_WRONG_STATE);
	assert_int_equal(berta(f, id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
	assert_int_equal(transfer_used(f, "berta"), 400);
	assert_int_equal(transfer_account_used(f, "A-1"), 400);
	assert_int_equal(transfer_company_used(f), 400);
	/* taking it back takes it from both */
	assert_int_equal(transfer_withdraw(f, "max", id), OTP_OK);
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(transfer_used(f, "berta"), 0);
	assert_int_equal(transfer_account_used(f, "A-1"), 0);
}

static void
dual_one_token(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t id;

	dual_site(f);
	/* a shared one */
	transfer_permit(f, "carl", APPROVE_ALL, 500, 1000, false);
	frame_bind(f, "carl", "T-ANNA");
	frame_pass(f, 86400);
	id = transfer_make(f, 100);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_int_equal(transfer_approve(f, "carl", "T-ANNA", id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_SAME_TOKEN);
	/* one that took the place of the other */
	frame_get_token(f, "T-BERTA", &token);
	(void)snprintf(token.origin, sizeof(token.origin), "T-ANNA");
	frame_put_token(f, &token);
	assert_int_equal(berta(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_SAME_TOKEN);
	token.origin[0] = '\0';
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(berta(f, id), OTP_OK);
}

/* A second token registered just for it does not help one hand. */
static void
dual_new_token(void **state)
{
	struct frame *f = *state;
	int64_t id;

	dual_site(f);
	transfer_permit(f, "carl", APPROVE_ALL, 500, 1000, false);
	frame_add_token(f, "T-CARL");
	frame_bind(f, "carl", "T-CARL");
	frame_text(f, OTP_FIELD_DATE, "2027-02-01");
	id = transfer_make(f, 100);
	assert_int_equal(anna(f, id), OTP_OK);
	frame_pass(f, 86400 - 200);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVAL_TOKEN_NEW);
	frame_pass(f, 200);
	assert_int_equal(transfer_approve(f, "carl", "T-CARL", id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
}

/* ---- approvals that no longer count ---- */

static void
void_and_again(void **state)
{
	struct frame *f = *state;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	struct otp_user user = OTP_USER_INIT;
	int64_t id;

	dual_site(f);
	id = transfer_make(f, 400);
	assert_int_equal(anna(f, id), OTP_OK);
	frame_get_user(f, "anna", &user);
	user.epoch++;
	frame_put_user(f, &user);
	/* berta is the first then, not the second; anna's day has it back */
	assert_int_equal(berta(f, id), OTP_OK);
	transfer_get(f, id, &t);
	assert_int_equal(t.state, OTP_TRANSFER_PENDING);
	assert_int_equal(t.n_approvals, 1);
	assert_int_equal(transfer_used(f, "anna"), 0);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
	assert_int_equal(transfer_account_used(f, "A-1"), 400);
	/* approved, and then one of them void: not approved any more, and again with a new one */
	user.epoch++;
	user.approved.total = 400;
	user.approved.day = f->now_ms / 1000 / 86400;
	frame_put_user(f, &user);
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
	assert_int_equal(transfer_used(f, "anna"), 400);
	assert_int_equal(transfer_account_used(f, "A-1"), 400);
	assert_int_equal(transfer_company_used(f), 400);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
}

/* One hand was enough when it was approved, and is not now. */
static void
single_then_dual(void **state)
{
	struct frame *f = *state;
	int64_t id;

	transfer_site(f);
	frame_pass(f, 86400);
	id = transfer_make(f, 400);
	assert_int_equal(anna(f, id), OTP_OK);
	f->conf.approval = OTP_CONF_DUAL;
	assert_int_equal(transfer_execute(f, id), OTP_ERR_POLICY);
	assert_int_equal(message(f), OTP_MESSAGE_APPROVALS_MISSING);
	assert_int_equal(berta(f, id), OTP_OK);
	assert_int_equal(transfer_account_used(f, "A-1"), 400);
	assert_int_equal(transfer_execute(f, id), OTP_OK);
	/* and the other way round: what waits for a second one needs none */
	id = transfer_make(f, 300);
	assert_int_equal(anna(f, id), OTP_OK);
	f->conf.approval = OTP_CONF_SINGLE;
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_PENDING);
	assert_int_equal(anna(f, id), OTP_OK);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_APPROVED);
	assert_int_equal(transfer_used(f, "anna"), 700);
	assert_int_equal(transfer_account_used(f, "A-1"), 700);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)
	const struct CMUnitTest tests[] = {
		T(approves), T(shows_both), T(guards), T(unchanged_since_shown), T(not_his_own), T(states),
		T(day_limits), T(several), T(dry_run), T(dual), T(dual_one_token), T(dual_new_token),
		T(void_and_again), T(single_then_dual),
	};

	return cmocka_run_group_tests_name("act_approve", tests, NULL, NULL);
}
