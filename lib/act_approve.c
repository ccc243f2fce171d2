/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approvals: what makes one count, and giving one. */
#include "config.h"

#include "act_approve.h"

#include <stdio.h>
#include <string.h>

#include "act_limits.h"
#include "act_orders.h"
#include "act_standing.h"
#include "text.h"

uint32_t
otp_approvals_needed(const struct otp_call *call)
{
	return call->conf->approval == OTP_CONF_SINGLE ? 1 : 2;
}

/* ---- what was approved, by whom, with which code ---- */

static enum otp_err
make_mac(const struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_approval *approval, uint8_t ret[OTP_MAC_SIZE])
{
	uint8_t key[OTP_KEY_SIZE], digest[OTP_DIGEST_SIZE];
	struct otp_bytes text = OTP_BYTES_INIT;
	struct otp_enc enc = OTP_ENC_INIT(&text, OTP_RECORD_MAX);
	enum otp_err err;

	err = otp_transfer_digest(transfer, digest);
	if (err == OTP_OK)
		err = call->ring == NULL ? OTP_ERR_KEY :
		    otp_keyring_derive(call->ring, approval->key_id, "approval", key);
	if (err != OTP_OK)
		return err;
	otp_enc_raw(&enc, digest, sizeof(digest));
	otp_enc_u64(&enc, approval->user_id);
	otp_enc_str(&enc, approval->user);
	otp_enc_u64(&enc, approval->epoch);
	otp_enc_str(&enc, approval->serial);
	otp_enc_str(&enc, approval->origin);
	otp_enc_u64(&enc, approval->step);
	otp_enc_i64(&enc, approval->at);
	err = otp_record_encoded(&enc, &text);
	if (err == OTP_OK)
		err = otp_crypto_hmac(OTP_HASH_SHA256, key, sizeof(key), text.data, text.len, ret);
	otp_wipe(key, sizeof(key));
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
check_mac(struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_approval *approval)
{
	uint8_t mac[OTP_MAC_SIZE] = { 0 };
	enum otp_err err = make_mac(call, transfer, approval, mac);

	if (err != OTP_OK || otp_equal(mac, approval->mac, sizeof(mac)))
		return err;
	return OTP_WHY(&call->answer->why, OTP_ERR_INTEGRITY, APPROVAL_FORGED,
	    OTP_WHY_NUM(transfer->id), approval->user);
}

/* ---- does it count? ---- */

/*
 * The very token that showed the code: lost, retired or no longer his, it is void; suspended, it waits. With two
 * approvals a binding of less than a day counts for nothing: or one hand could register a second token first.
 */
static enum otp_err
check_token(struct otp_call *call, const struct otp_approval *approval)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_why *why = &call->answer->why;
	const struct otp_sharer *sharer = NULL;
	enum otp_err err;

	err = otp_act_find_token(call, approval->serial, &token);
	if (err == OTP_OK)
		sharer = otp_token_sharer(&token, approval->user_id);
	if (err != OTP_OK && err != OTP_ERR_NOT_FOUND)
		goto out;
	if (sharer == NULL || !sharer->is_bound || token.state == OTP_TOKEN_LOST ||
	    token.state == OTP_TOKEN_RETIRED)
		err = OTP_WHY(why, OTP_ERR_POLICY, APPROVAL_TOKEN_GONE, approval->user,
		    approval->serial);
	else if (call->conf->approval == OTP_CONF_DUAL &&
	    approval->at - sharer->bound_at < OTP_DAY)
		err = OTP_WHY(why, OTP_ERR_POLICY, APPROVAL_TOKEN_NEW, approval->user,
		    approval->serial);
	else if (token.state == OTP_TOKEN_SUSPENDED)
		err = OTP_WHY(why, OTP_ERR_BUSY, APPROVAL_HELD, approval->user, approval->serial);
out:
	otp_token_clear(&token);
	return err;
}

static enum otp_err
check_limits(struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_approval *approval, const struct otp_user *user, bool is_counted)
{
	struct otp_limits_day day = { .user = user, .amount = transfer->amount,
		.day = approval->day, .common_day = transfer->counted_day,
		.is_counted = is_counted, .is_common_counted = transfer->counted_day != 0 };
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	err = otp_limits_account(call, &transfer->account, &account);
	/* before the last approval nothing is counted there: then today's is the day */
	if (err == OTP_OK && !day.is_common_counted)
		err = otp_act_today(call, &day.common_day);
	if (err == OTP_ERR_NOT_FOUND)
		err = OTP_WHY(&call->answer->why, OTP_ERR_POLICY, NO_SUCH_ACCOUNT,
		    transfer->account.id);
	if (err == OTP_OK)
		err = otp_limits_check_transfer(call, user, transfer->amount);
	if (err == OTP_OK)
		err = otp_act_load_company(call, &company);
	if (err == OTP_OK)
		err = otp_limits_check_day(call, &day, &account, &company);
	otp_company_clear(&company);
	return err;
}

/*
 * Does this approval count now? INTEGRITY: its MAC does not hold, the order or the approval was changed.
 * BUSY: held back, its token is suspended. NOT_PERMITTED, OVER_LIMIT, POLICY: void, with why: the approver
 * or his epoch, his token, a right, an account, a limit is not what it must be. is_counted: its amount
 * is in the totals already.
 */
static enum otp_err
judge(struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_approval *approval, bool is_counted)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = check_mac(call, transfer, approval);
	if (err == OTP_OK)
		err = otp_act_find_user(call, approval->user, &user);
	if (err == OTP_ERR_NOT_FOUND ||
	    (err == OTP_OK && (user.id != approval->user_id || !user.enabled ||
	    user.epoch != approval->epoch)))
		err = OTP_WHY(&call->answer->why, OTP_ERR_POLICY, APPROVAL_ENDED, approval->user);
	if (err == OTP_OK)
		err = otp_limits_check_right(call, &user, otp_limits_right_approve(transfer->kind),
		    &transfer->account);
	if (err == OTP_OK)
		err = check_limits(call, transfer, approval, &user, is_counted);
	if (err == OTP_OK)
		err = check_token(call, approval);
	otp_user_clear(&user);
	return err;
}

/* Different users they are by the record's own bounds; different tokens they must be as well. */
static bool
is_other_token(const struct otp_transfer *transfer, uint32_t n, const char *origin)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(transfer->approval[i].origin, origin) == 0)
			return false;
	return true;
}

static uint32_t
count_tokens(const struct otp_transfer *transfer)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < transfer->n_approvals; i++)
		if (is_other_token(transfer, i, transfer->approval[i].origin))
			n++;
	return n;
}

enum otp_err
otp_approvals_check(struct otp_call *call, const struct otp_transfer *transfer)
{
	uint32_t needed = otp_approvals_needed(call), n = count_tokens(transfer);
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < transfer->n_approvals; i++)
		err = judge(call, transfer, &transfer->approval[i], true);
	if (err == OTP_OK && n < needed)
		err = OTP_WHY(&call->answer->why, OTP_ERR_POLICY, APPROVALS_MISSING,
		    OTP_WHY_NUM(transfer->id), OTP_WHY_NUM(needed), OTP_WHY_NUM(n));
	return err;
}

/* ---- giving one ---- */

struct approving {
	struct otp_call *call;
	struct otp_transfer transfer;
	int64_t today;
	bool is_changed;
};

static bool
is_void(enum otp_err err)
{
	return err == OTP_ERR_POLICY || err == OTP_ERR_NOT_PERMITTED || err == OTP_ERR_OVER_LIMIT;
}

/* What does not count any more goes, with what was counted for it: so that an approval can be given anew. */
static enum otp_err
drop_void(struct approving *a)
{
	struct otp_transfer *t = &a->transfer;
	uint32_t n = 0;
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; i < t->n_approvals; i++) {
		struct otp_why why = a->call->answer->why;

		err = judge(a->call, t, &t->approval[i], true);
		a->call->answer->why = why;
		if (err == OTP_OK || err == OTP_ERR_BUSY) {
			t->approval[n++] = t->approval[i];
			continue;
		}
		if (is_void(err))
			err = otp_limits_take_user(a->call, &t->approval[i], t->amount);
		if (err != OTP_OK)
			return err;
		a->is_changed = true;
	}
	for (uint32_t i = n; i < t->n_approvals; i++)
		t->approval[i] = (struct otp_approval){ 0 };
	t->n_approvals = n;
	if (t->state != OTP_TRANSFER_APPROVED || count_tokens(t) >= otp_approvals_needed(a->call))
		return OTP_OK;
	/* approved by what does not count is not approved */
	err = otp_limits_take(a->call, &t->account, t->counted_day, t->amount);
	t->counted_day = 0;
	t->state = OTP_TRANSFER_PENDING;
	a->is_changed = true;
	return err;
}

static enum otp_err
check_shown(const struct approving *a, const struct otp_fields *row)
{
	const char *shown = otp_fields_str(row, OTP_FIELD_DIGEST);
	struct otp_why *why = &a->call->answer->why;
	uint8_t digest[OTP_DIGEST_SIZE];
	char hex[2 * OTP_DIGEST_SIZE + 1];
	enum otp_err err;

	if (shown == NULL)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, FIELD_MISSING, "digest",
		    a->call->verb->name);
	err = otp_transfer_digest(&a->transfer, digest);
	if (err == OTP_OK && strcmp(otp_text_hex(hex, digest, sizeof(digest)), shown) != 0)
		err = OTP_WHY(why, OTP_ERR_CONFLICT, TRANSFER_CHANGED,
		    OTP_WHY_NUM(a->transfer.id));
	return err;
}

static enum otp_err
check_open(const struct approving *a)
{
	const struct otp_transfer *t = &a->transfer;
	struct otp_why *why = &a->call->answer->why;
	char time[OTP_TIME_TEXT];

	if (!otp_transfer_is_open(t))
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TRANSFER_ENDED, OTP_WHY_NUM(t->id),
		    otp_transfer_state_name(t->state), otp_text_time(time, t->ended_at));
	if (otp_orders_state(t, a->today, otp_act_now(a->call)) == OTP_TRANSFER_EXPIRED)
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TRANSFER_TOO_LATE, OTP_WHY_NUM(t->id));
	return OTP_OK;
}

/* What stands against this user approving it, whatever he shows. */
static enum otp_err
check_approver(struct otp_call *call, const struct otp_transfer *t, const struct otp_user *user)
{
	struct otp_why *why = &call->answer->why;
	char time[OTP_TIME_TEXT];

	if (t->maker_id == user->id && !call->conf->self_approve)
		return OTP_WHY(why, OTP_ERR_POLICY, OWN_TRANSFER, OTP_WHY_NUM(t->id));
	if (user->reset_at != 0 && otp_act_now(call) < user->reset_at + call->conf->reset_bar)
		return OTP_WHY(why, OTP_ERR_POLICY, RESET_BARS_APPROVAL,
		    otp_text_time(time, user->reset_at + call->conf->reset_bar));
	return otp_limits_check_payee(call, t);
}

enum otp_err
otp_approval_could(struct otp_call *call, const struct otp_transfer *t, const struct otp_user *user)
{
	struct otp_approval approval = { .user_id = user->id, .at = otp_act_now(call) };
	struct otp_token token = OTP_TOKEN_INIT;
	bool is_able = false;
	enum otp_err err;

	(void)snprintf(approval.user, sizeof(approval.user), "%s", user->name);
	(void)snprintf(approval.serial, sizeof(approval.serial), "%s", user->serial);
	err = otp_limits_check_right(call, user, otp_limits_right_approve(t->kind), &t->account);
	if (err == OTP_OK)
		err = check_approver(call, t, user);
	if (err == OTP_OK && otp_transfer_approval_of(t, user->id) != NULL)
		err = OTP_ERR_WRONG_STATE;
	if (err == OTP_OK)
		err = otp_act_today(call, &approval.day);
	if (err == OTP_OK)
		err = check_limits(call, t, &approval, user, false);
	if (err == OTP_OK)
		err = otp_standing_is_able(call, user, &is_able);
	if (err == OTP_OK && !is_able)
		err = OTP_ERR_NOT_PERMITTED;
	if (err == OTP_OK)
		err = otp_act_find_token(call, user->serial, &token);
	if (err == OTP_OK && !is_other_token(t, t->n_approvals, otp_token_origin(&token)))
		err = OTP_ERR_POLICY;
	if (err == OTP_OK)
		err = check_token(call, &approval);
	otp_token_clear(&token);
	return err;
}

/* The step of the code that was used up for this request; a dry run has none. */
static enum otp_err
used_step(const struct otp_call *call, uint64_t *ret)
{
	int64_t step = 0;

	if (!call->request->dry_run &&
	    !otp_fields_int(&call->event.details, OTP_FIELD_USED_STEP, &step))
		return OTP_ERR_INTERNAL;
	*ret = (uint64_t)step;
	return OTP_OK;
}

static enum otp_err
make_approval(struct approving *a, struct otp_approval *ret)
{
	const struct otp_user *user = &a->call->operator_user;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_act_find_token(a->call, user->serial, &token);
	if (err == OTP_ERR_NOT_FOUND)
		err = OTP_WHY(&a->call->answer->why, OTP_ERR_NOT_APPLICABLE, NO_TOKEN, user->name);
	if (err == OTP_OK)
		err = used_step(a->call, &ret->step);
	if (err != OTP_OK)
		goto out;
	ret->user_id = user->id;
	ret->epoch = user->epoch;
	ret->at = otp_act_now(a->call);
	ret->day = a->today;
	ret->key_id = otp_keyring_current(a->call->ring);
	(void)snprintf(ret->user, sizeof(ret->user), "%s", user->name);
	(void)snprintf(ret->serial, sizeof(ret->serial), "%s", token.serial);
	(void)snprintf(ret->origin, sizeof(ret->origin), "%s", otp_token_origin(&token));
	err = make_mac(a->call, &a->transfer, ret, ret->mac);
out:
	otp_token_clear(&token);
	return err;
}

static enum otp_err
add_approval(struct approving *a)
{
	struct otp_user *user = &a->call->operator_user;
	struct otp_transfer *t = &a->transfer;
	struct otp_why *why = &a->call->answer->why;
	struct otp_approval approval = { 0 };
	enum otp_err err;

	err = make_approval(a, &approval);
	if (err == OTP_OK)
		err = judge(a->call, t, &approval, false);
	if (err == OTP_OK && !is_other_token(t, t->n_approvals, approval.origin))
		err = OTP_WHY(why, OTP_ERR_POLICY, APPROVAL_SAME_TOKEN, approval.serial);
	if (err == OTP_OK && t->n_approvals == OTP_APPROVALS_MAX)
		err = OTP_ERR_INTERNAL;
	if (err == OTP_OK)
		err = otp_day_total_add(&user->approved, a->today, t->amount);
	if (err == OTP_OK)
		err = otp_act_save_user(a->call, user);
	if (err != OTP_OK)
		return err;
	t->approval[t->n_approvals++] = approval;
	a->is_changed = true;
	return OTP_OK;
}

/* The last one counts on the account and the company: within their limits on the day it comes. */
static enum otp_err
complete(struct approving *a)
{
	struct otp_transfer *t = &a->transfer;
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	if (t->state != OTP_TRANSFER_PENDING || count_tokens(t) < otp_approvals_needed(a->call))
		return OTP_OK;
	err = otp_limits_account(a->call, &t->account, &account);
	if (err == OTP_OK)
		err = otp_act_load_company(a->call, &company);
	if (err == OTP_OK)
		err = otp_limits_count(a->call, &account, &company, a->today, t->amount);
	otp_company_clear(&company);
	t->counted_day = a->today;
	t->state = OTP_TRANSFER_APPROVED;
	a->is_changed = true;
	return err;
}

static enum otp_err
approve(struct approving *a)
{
	struct otp_transfer *t = &a->transfer;
	uint64_t own = a->call->operator_user.id;
	enum otp_err err;

	err = drop_void(a);
	if (err != OTP_OK)
		return err;
	if (otp_transfer_approval_of(t, own) != NULL)
		/* already so; but it may be enough now where two were needed then */
		return t->state == OTP_TRANSFER_PENDING ? complete(a) : OTP_OK;
	if (t->state == OTP_TRANSFER_APPROVED)
		return OTP_WHY(&a->call->answer->why, OTP_ERR_WRONG_STATE, TRANSFER_IS,
		    OTP_WHY_NUM(t->id), otp_transfer_state_name(t->state));
	err = add_approval(a);
	return err == OTP_OK ? complete(a) : err;
}

static enum otp_err
put_row(struct approving *a)
{
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_row(a->call, &row);
	if (err == OTP_OK)
		err = otp_orders_put(a->call, &a->transfer, row);
	if (err == OTP_OK)
		err = otp_orders_put_state(&a->transfer, a->transfer.state, row);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_APPROVALS_NEEDED,
		    otp_approvals_needed(a->call));
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED, a->is_changed);
	return err;
}

static enum otp_err
approve_row(struct approving *a, const struct otp_fields *row)
{
	int64_t id = 0;
	enum otp_err err;

	(void)otp_fields_int(row, OTP_FIELD_ID, &id);
	a->call->object_id = id;
	a->is_changed = false;
	err = otp_orders_load(a->call, id, &a->transfer);
	if (err == OTP_OK)
		err = otp_limits_check_right(a->call, &a->call->operator_user,
		    otp_limits_right_approve(a->transfer.kind), &a->transfer.account);
	if (err == OTP_OK)
		err = check_shown(a, row);
	if (err == OTP_OK)
		err = check_open(a);
	if (err == OTP_OK)
		err = check_approver(a->call, &a->transfer, &a->call->operator_user);
	if (err == OTP_OK)
		err = approve(a);
	if (err == OTP_OK && a->is_changed)
		err = otp_orders_save(a->call, &a->transfer);
	if (err == OTP_OK && a->is_changed)
		err = otp_orders_put_event(a->call, &a->transfer);
	return err == OTP_OK ? put_row(a) : err;
}

enum otp_err
otp_act_transfer_approve(struct otp_call *call)
{
	const struct otp_rows *rows = &call->request->rows;
	struct approving a = { .call = call, .transfer = OTP_TRANSFER_INIT };
	enum otp_err err;

	err = otp_orders_check_rows(call);
	if (err == OTP_OK && call->operator_user.id == 0)
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_A_USER,
		    call->event.actor);
	if (err == OTP_OK)
		err = otp_act_today(call, &a.today);
	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		err = approve_row(&a, &rows->row[i]);
	return err == OTP_OK ? otp_act_commit(call) : err;
}
