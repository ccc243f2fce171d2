/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers as all their acts need them: loading, who may see them, their fields, how one ends. */
#include "config.h"

#include "act_orders.h"

#include <stdio.h>
#include <string.h>

#include "act_limits.h"
#include "text.h"

#define DATE_LENGTH 10	/* "2026-11-26" */

/* ---- records ---- */

enum otp_err
otp_orders_save(struct otp_call *call, const struct otp_transfer *transfer)
{
	char name[OTP_TRANSFER_NAME_SIZE];
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_transfer_encode(transfer, &value);

	return otp_act_save(call, OTP_KIND_TRANSFER, otp_transfer_record_name(name, transfer->id),
	    err, &value);
}

static enum otp_err
find(struct otp_call *call, int64_t id, struct otp_transfer *ret)
{
	char name[OTP_TRANSFER_NAME_SIZE];
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	if (id <= 0)
		return OTP_ERR_NOT_FOUND;
	err = otp_store_get(call->store, OTP_KIND_TRANSFER,
	    otp_transfer_record_name(name, (uint64_t)id), &value);
	if (err == OTP_OK)
		err = otp_transfer_decode(value.data, value.len, ret);
	otp_bytes_clear(&value);
	if (err == OTP_OK && ret->id != (uint64_t)id)
		err = OTP_ERR_INTEGRITY;
	return err;
}

static enum otp_err
not_found(struct otp_call *call, int64_t id)
{
	char number[24];

	return OTP_WHY(&call->answer->why, OTP_ERR_NOT_FOUND, NO_SUCH_TRANSFER,
	    otp_message_num(number, id));
}

enum otp_err
otp_orders_load_any(struct otp_call *call, int64_t id, struct otp_transfer *ret)
{
	enum otp_err err = find(call, id, ret);

	return err == OTP_ERR_NOT_FOUND ? not_found(call, id) : err;
}

bool
otp_orders_may_see(const struct otp_call *call, const struct otp_transfer *transfer)
{
	const struct otp_user *user = &call->operator_user;

	if (call->caller->is_root)
		return true;
	if (user->id == 0 || !user->enabled)
		return false;
	return otp_act_is_staff(user) || user->id == transfer->maker_id ||
	    ((user->granted.rights & otp_limits_right_approve(transfer->kind)) != 0 &&
	    otp_permit_account(&user->granted, transfer->account.number) != NULL);
}

enum otp_err
otp_orders_load(struct otp_call *call, int64_t id, struct otp_transfer *ret)
{
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	enum otp_err err = find(call, id, &transfer);

	if (err == OTP_ERR_NOT_FOUND || (err == OTP_OK && !otp_orders_may_see(call, &transfer)))
		return not_found(call, id);
	if (err == OTP_OK)
		*ret = transfer;
	return err;
}

/* ---- texts and fields ---- */

const char *
otp_orders_day_text(char buf[OTP_DAY_TEXT], int64_t day)
{
	char time[OTP_TIME_TEXT];

	(void)otp_text_time(time, day * OTP_DAY);
	(void)snprintf(buf, OTP_DAY_TEXT, "%.*s", DATE_LENGTH, time);
	return buf;
}

/* A date and nothing else: a time of day would be another day in the store's zone. */
enum otp_err
otp_orders_parse_day(const char *text, int64_t *ret_day)
{
	int64_t seconds;
	enum otp_err err = OTP_ERR_BAD_INPUT;

	if (strlen(text) == DATE_LENGTH)
		err = otp_parse_time(text, &seconds);
	if (err == OTP_OK && (seconds <= 0 || !otp_record_is_day(seconds / OTP_DAY)))
		err = OTP_ERR_BAD_INPUT;
	if (err == OTP_OK)
		*ret_day = seconds / OTP_DAY;
	return err;
}

const char *
otp_orders_amount_text(const struct otp_call *call, char buf[32], int64_t amount)
{
	return otp_text_amount(buf, amount, otp_store_site(call->store)->currency_digits);
}

enum otp_err
otp_orders_check_rows(struct otp_call *call)
{
	const struct otp_rows *rows = &call->request->rows;
	struct otp_why *why = &call->answer->why;

	if (rows->n == 0)
		return OTP_WHY(why, OTP_ERR_USAGE, NO_ROWS);
	if (rows->n > OTP_ORDERS_MAX)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, TOO_MANY_TRANSFERS,
		    OTP_WHY_NUM(OTP_ORDERS_MAX));
	for (size_t i = 0; i < rows->n; i++)
		if (!otp_fields_has(&rows->row[i], OTP_FIELD_ID))
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, FIELD_MISSING, "id",
			    call->verb->name);
	return OTP_OK;
}

enum otp_transfer_state
otp_orders_state(const struct otp_transfer *transfer, int64_t today, int64_t now)
{
	if (transfer->state == OTP_TRANSFER_PENDING &&
	    (today > transfer->date || now - transfer->created_at >= OTP_TRANSFER_LIFE))
		return OTP_TRANSFER_EXPIRED;
	return transfer->state;
}

enum otp_err
otp_orders_put(const struct otp_call *call, const struct otp_transfer *transfer,
    struct otp_fields *fields)
{
	char amount[32], day[OTP_DAY_TEXT];
	enum otp_err err;

	err = otp_fields_put_int(fields, OTP_FIELD_ID, (int64_t)transfer->id);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_REFERENCE, transfer->reference);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_KIND,
		    otp_transfer_kind_name(transfer->kind));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ACCOUNT, transfer->account.id);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_PAYEE, transfer->payee);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_AMOUNT,
		    otp_orders_amount_text(call, amount, transfer->amount));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_CURRENCY, transfer->currency);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_DATE,
		    otp_orders_day_text(day, transfer->date));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_MAKER, transfer->maker);
	return err;
}

enum otp_err
otp_orders_put_state(const struct otp_transfer *transfer, enum otp_transfer_state state,
    struct otp_fields *fields)
{
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_STATE, otp_transfer_state_name(state));
	for (uint32_t i = 0; err == OTP_OK && i < transfer->n_approvals; i++)
		err = otp_fields_put_str(fields, OTP_FIELD_APPROVERS, transfer->approval[i].user);
	return err;
}

enum otp_err
otp_orders_put_event(struct otp_call *call, const struct otp_transfer *transfer)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	char amount[32];
	enum otp_err err;

	err = otp_text_putf(&text, "%llu %s %s %s", (unsigned long long)transfer->id,
	    otp_orders_amount_text(call, amount, transfer->amount), transfer->currency,
	    transfer->payee);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_TRANSFERS,
		    otp_text_str(&text));
	otp_bytes_clear(&text);
	return err;
}

/* ---- the end ---- */

enum otp_err
otp_orders_end(struct otp_call *call, struct otp_transfer *transfer,
    enum otp_transfer_state state, const char *by, const char *note)
{
	int64_t now = otp_act_now(call);
	enum otp_err err = OTP_OK;

	if (!otp_transfer_is_open(transfer) || state == OTP_TRANSFER_EXECUTED)
		return OTP_ERR_INTERNAL;
	for (uint32_t i = 0; err == OTP_OK && i < transfer->n_approvals; i++)
		err = otp_limits_take_user(call, &transfer->approval[i], transfer->amount);
	if (err == OTP_OK && transfer->counted_day != 0)
		err = otp_limits_take(call, &transfer->account, transfer->counted_day,
		    transfer->amount);
	if (err != OTP_OK)
		return err;
	transfer->counted_day = 0;
	transfer->state = state;
	transfer->ended_at = now > 0 ? now : 1;
	(void)snprintf(transfer->ended_by, sizeof(transfer->ended_by), "%s", by);
	(void)snprintf(transfer->note, sizeof(transfer->note), "%s", note);
	return otp_orders_save(call, transfer);
}

enum otp_err
otp_orders_expire(struct otp_call *call, uint64_t id, bool *ret)
{
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	int64_t today;
	enum otp_err err;

	*ret = false;
	err = id <= INT64_MAX ? otp_orders_load_any(call, (int64_t)id, &transfer) :
	    OTP_ERR_NOT_FOUND;
	if (err == OTP_OK)
		err = otp_act_today(call, &today);
	if (err != OTP_OK || transfer.state != OTP_TRANSFER_PENDING ||
	    otp_orders_state(&transfer, today, otp_act_now(call)) != OTP_TRANSFER_EXPIRED)
		return err;
	err = otp_orders_end(call, &transfer, OTP_TRANSFER_EXPIRED, "", "");
	if (err == OTP_OK)
		err = otp_orders_put(call, &transfer, &call->event.details);
	if (err == OTP_OK)
		err = otp_orders_put_state(&transfer, transfer.state, &call->event.details);
	if (err == OTP_OK)
		otp_act_about(call, transfer.maker, NULL);
	*ret = err == OTP_OK;
	return err;
}
