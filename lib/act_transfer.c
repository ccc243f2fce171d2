/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers: making them, taking them back. */
#include "config.h"

#include "act_transfer.h"

#include <stdio.h>
#include <string.h>

#include "act_limits.h"
#include "act_orders.h"
#include "encode.h"
#include "text.h"

/* ---- the reference ---- */

#define REFERENCE_FORMAT 1

static enum otp_err
put_reference(struct otp_call *call, const struct otp_transfer *transfer)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_enc enc = OTP_ENC_INIT(&value, OTP_RECORD_MAX);
	enum otp_err err;

	err = otp_store_absent(call->store, OTP_KIND_REFERENCE, transfer->reference);
	if (err != OTP_OK)
		return err == OTP_ERR_EXISTS ? OTP_ERR_INTEGRITY : err;
	otp_enc_u8(&enc, REFERENCE_FORMAT);
	otp_enc_u64(&enc, transfer->id);
	return otp_act_save(call, OTP_KIND_REFERENCE, transfer->reference,
	    otp_record_encoded(&enc, &value), &value);
}

/* The transfer that has this reference. NOT_FOUND. */
static enum otp_err
find_reference(struct otp_call *call, const char *reference, struct otp_transfer *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_dec dec;
	uint64_t id = 0;
	enum otp_err err;

	err = otp_store_get(call->store, OTP_KIND_REFERENCE, reference, &value);
	if (err != OTP_OK)
		goto out;
	otp_dec_init(&dec, value.data, value.len);
	if (otp_dec_u8(&dec) == REFERENCE_FORMAT)
		id = otp_dec_u64(&dec);
	err = otp_record_decoded(&dec, id > 0 && id <= INT64_MAX);
	if (err == OTP_OK)
		err = otp_orders_load_any(call, (int64_t)id, ret);
	if (err == OTP_ERR_NOT_FOUND || (err == OTP_OK && strcmp(ret->reference, reference) != 0))
		err = OTP_ERR_INTEGRITY;
out:
	otp_bytes_clear(&value);
	return err;
}

/* ---- submit ---- */

/* An order out of a request: everything but its number. date 0: none was given. */
static enum otp_err
read_order(struct otp_call *call, struct otp_transfer *ret)
{
	const struct otp_fields *fields = &call->request->fields;
	const struct otp_store_site *site = otp_store_site(call->store);
	const char *kind = otp_fields_str(fields, OTP_FIELD_KIND);
	const char *payee = otp_fields_str(fields, OTP_FIELD_PAYEE);
	const char *amount = otp_fields_str(fields, OTP_FIELD_AMOUNT);
	const char *date = otp_fields_str(fields, OTP_FIELD_DATE);
	const char *reference = otp_fields_str(fields, OTP_FIELD_REFERENCE);
	struct otp_why *why = &call->answer->why;

	if (otp_transfer_kind_parse(kind, &ret->kind) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_KIND, kind);
	if (otp_parse_label(payee, OTP_PAYEE_MAX) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_PAYEE, payee);
	if (otp_parse_label(reference, OTP_REFERENCE_MAX) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_REFERENCE, reference);
	if (otp_parse_amount(amount, site->currency_digits, &ret->amount) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_AMOUNT, amount, site->currency);
	if (ret->amount <= 0)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, AMOUNT_ZERO);
	if (date != NULL && otp_orders_parse_day(date, &ret->date) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_DATE, date);
	(void)snprintf(ret->payee, sizeof(ret->payee), "%s", payee);
	(void)snprintf(ret->reference, sizeof(ret->reference), "%s", reference);
	(void)snprintf(ret->currency, sizeof(ret->currency), "%s", site->currency);
	(void)snprintf(ret->maker, sizeof(ret->maker), "%s", call->operator_user.name);
	ret->maker_id = call->operator_user.id;
	ret->created_at = otp_act_now(call);
	return OTP_OK;
}

/* Who may not use an account is not told whether there is one. */
static enum otp_err
find_account(struct otp_call *call, struct otp_transfer *transfer)
{
	const char *id = otp_fields_str(&call->request->fields, OTP_FIELD_ACCOUNT);
	const struct otp_permit *granted = &call->operator_user.granted;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	err = otp_act_find_account(call, id, &account);
	if (err == OTP_OK && otp_permit_account(granted, account.ref.number) != NULL)
		transfer->account = account.ref;
	else if (err == OTP_OK || err == OTP_ERR_NOT_FOUND)
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ACCOUNT_MISSING,
		    call->operator_user.name, id);
	return err;
}

/* A date that was not given is the one that the order got then: a repeated request may come a day later. */
static bool
is_same_order(const struct otp_transfer *a, const struct otp_transfer *b)
{
	return a->maker_id == b->maker_id && a->kind == b->kind &&
	    a->account.number == b->account.number && strcmp(a->payee, b->payee) == 0 &&
	    a->amount == b->amount && strcmp(a->currency, b->currency) == 0 &&
	    (b->date == 0 || a->date == b->date);
}

static enum otp_err
make(struct otp_call *call, struct otp_transfer *transfer)
{
	struct otp_company company = OTP_COMPANY_INIT;
	char day[OTP_DAY_TEXT];
	int64_t today;
	enum otp_err err;

	err = otp_act_today(call, &today);
	if (err == OTP_OK && transfer->date == 0)
		transfer->date = today;
	if (err == OTP_OK && transfer->date < today)
		err = OTP_WHY(&call->answer->why, OTP_ERR_POLICY, DATE_PASSED,
		    otp_orders_day_text(day, transfer->date));
	if (err == OTP_OK)
		err = otp_limits_check_payee(call, transfer);
	if (err == OTP_OK)
		err = otp_limits_check_transfer(call, &call->operator_user, transfer->amount);
	if (err == OTP_OK)
		err = otp_act_load_company(call, &company);
	if (err != OTP_OK)
		goto out;
	transfer->id = company.next_transfer++;
	err = otp_act_save_company(call, &company);
	if (err == OTP_OK)
		err = put_reference(call, transfer);
	if (err == OTP_OK)
		err = otp_orders_save(call, transfer);
out:
	otp_company_clear(&company);
	return err;
}

static enum otp_err
put_submitted(struct otp_call *call, const struct otp_transfer *transfer)
{
	enum otp_err err;

	err = otp_orders_put(call, transfer, &call->answer->fields);
	if (err == OTP_OK)
		err = otp_orders_put_state(transfer, transfer->state, &call->answer->fields);
	if (err == OTP_OK)
		err = otp_orders_put(call, transfer, &call->event.details);
	return err == OTP_OK ? otp_act_commit_folded(call) : err;
}

enum otp_err
otp_act_transfer_submit(struct otp_call *call)
{
	const struct otp_user *user = &call->operator_user;
	struct otp_transfer order = OTP_TRANSFER_INIT, there = OTP_TRANSFER_INIT;
	enum otp_err err;

	if (user->id == 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_A_USER,
		    call->event.actor);
	if (!user->enabled)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user->name);
	otp_act_about(call, user->name, NULL);
	err = read_order(call, &order);
	if (err == OTP_OK)
		err = otp_limits_check_right(call, user, otp_limits_right_create(order.kind), NULL);
	if (err == OTP_OK)
		err = find_account(call, &order);
	if (err == OTP_OK)
		err = otp_limits_check_right(call, user, otp_limits_right_create(order.kind),
		    &order.account);
	if (err == OTP_OK)
		err = find_reference(call, order.reference, &there);
	if (err == OTP_OK)
		err = is_same_order(&there, &order) ? put_submitted(call, &there) :
		    OTP_WHY(&call->answer->why, OTP_ERR_CONFLICT, REFERENCE_TAKEN, order.reference);
	else if (err == OTP_ERR_NOT_FOUND) {
		err = make(call, &order);
		if (err == OTP_OK)
			err = put_submitted(call, &order);
	}
	return err;
}

/* ---- withdraw, return ---- */

/* The reason comes with any request; here it is kept with the transfer. */
static enum otp_err
read_note(struct otp_call *call, const char **ret)
{
	const char *note = otp_fields_str(&call->request->fields, OTP_FIELD_REASON);

	*ret = note != NULL ? note : "";
	if ((*ret)[0] == '\0' || otp_parse_label(*ret, OTP_NOTE_MAX) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_REASON,
	    OTP_WHY_NUM(OTP_NOTE_MAX));
}

static enum otp_err
check_end(struct otp_call *call, const struct otp_transfer *transfer, enum otp_transfer_state end)
{
	const struct otp_user *user = &call->operator_user;

	if (end == OTP_TRANSFER_RETURNED)
		return otp_limits_check_right(call, user,
		    otp_limits_right_approve(transfer->kind), &transfer->account);
	if (transfer->maker_id != user->id)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_THE_MAKER,
		    OTP_WHY_NUM(transfer->id));
	return otp_limits_check_right(call, user, otp_limits_right_create(transfer->kind), NULL);
}

static enum otp_err
put_row(struct otp_call *call, const struct otp_transfer *transfer, bool is_changed)
{
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_orders_put(call, transfer, row);
	if (err == OTP_OK)
		err = otp_orders_put_state(transfer, transfer->state, row);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED, is_changed);
	return err;
}

static enum otp_err
end_one(struct otp_call *call, int64_t id, enum otp_transfer_state end, const char *note)
{
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	char time[OTP_TIME_TEXT];
	bool is_changed;
	enum otp_err err;

	call->object_id = id;
	err = otp_orders_load(call, id, &transfer);
	if (err == OTP_OK)
		err = check_end(call, &transfer, end);
	if (err != OTP_OK)
		return err;
	is_changed = transfer.state != end;
	if (is_changed && !otp_transfer_is_open(&transfer))
		return OTP_WHY(&call->answer->why, OTP_ERR_WRONG_STATE, TRANSFER_ENDED,
		    OTP_WHY_NUM(id), otp_transfer_state_name(transfer.state),
		    otp_text_time(time, transfer.ended_at));
	if (is_changed)
		err = otp_orders_end(call, &transfer, end, call->operator_user.name, note);
	if (err == OTP_OK && is_changed)
		err = otp_orders_put_event(call, &transfer);
	return err == OTP_OK ? put_row(call, &transfer, is_changed) : err;
}

static enum otp_err
end_all(struct otp_call *call, enum otp_transfer_state end)
{
	const struct otp_rows *rows = &call->request->rows;
	const char *note;
	enum otp_err err;

	if (call->operator_user.id == 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_A_USER,
		    call->event.actor);
	err = read_note(call, &note);
	if (err == OTP_OK)
		err = otp_orders_check_rows(call);
	for (size_t i = 0; err == OTP_OK && i < rows->n; i++) {
		int64_t id = 0;

		(void)otp_fields_int(&rows->row[i], OTP_FIELD_ID, &id);
		err = end_one(call, id, end, note);
	}
	if (err == OTP_OK)
		otp_act_about(call, call->operator_user.name, NULL);
	if (err == OTP_OK && note[0] != '\0')
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_REASON, note);
	return err == OTP_OK ? otp_act_commit_folded(call) : err;
}

enum otp_err
otp_act_transfer_withdraw(struct otp_call *call)
{
	return end_all(call, OTP_TRANSFER_WITHDRAWN);
}

enum otp_err
otp_act_transfer_return(struct otp_call *call)
{
	return end_all(call, OTP_TRANSFER_RETURNED);
}
