/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Execution: an approved transfer leaves, once. */
#include "config.h"

#include "act_execute.h"

#include <stdio.h>
#include <string.h>

#include "act_approve.h"
#include "act_limits.h"
#include "act_orders.h"
#include "act_receipt.h"
#include "text.h"

/* ---- execute ---- */

static enum otp_err
check_state(struct otp_call *call, const struct otp_transfer *t, int64_t today)
{
	struct otp_why *why = &call->answer->why;
	char time[OTP_TIME_TEXT], day[OTP_DAY_TEXT];

	switch (t->state) {
	case OTP_TRANSFER_PENDING:
	case OTP_TRANSFER_STATE_COUNT:
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TRANSFER_IS, OTP_WHY_NUM(t->id),
		    otp_transfer_state_name(t->state));
	case OTP_TRANSFER_EXECUTED:
	case OTP_TRANSFER_RETURNED:
	case OTP_TRANSFER_WITHDRAWN:
	case OTP_TRANSFER_EXPIRED:
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TRANSFER_ENDED, OTP_WHY_NUM(t->id),
		    otp_transfer_state_name(t->state), otp_text_time(time, t->ended_at));
	case OTP_TRANSFER_APPROVED:
		break;
	}
	if (t->date > today)
		return OTP_WHY(why, OTP_ERR_POLICY, NOT_BEFORE_DATE, OTP_WHY_NUM(t->id),
		    otp_orders_day_text(day, t->date));
	return OTP_OK;
}

static enum otp_err
put_executed(struct otp_call *call, const struct otp_transfer *t)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_bytes receipt = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_orders_put(call, t, fields);
	if (err == OTP_OK)
		err = otp_orders_put_state(t, t->state, fields);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_ENDED_AT, t->ended_at);
	/* what is not done yet has no receipt */
	if (err == OTP_OK && !call->request->dry_run)
		err = otp_receipt_make(call, t, &receipt);
	if (err == OTP_OK && receipt.len > 0)
		err = otp_fields_put_str(fields, OTP_FIELD_RECEIPT, otp_text_str(&receipt));
	otp_bytes_clear(&receipt);
	return err;
}

enum otp_err
otp_act_transfer_execute(struct otp_call *call)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id = 0, today, now = otp_act_now(call);
	enum otp_err err;

	(void)otp_fields_int(&call->request->fields, OTP_FIELD_ID, &id);
	err = otp_act_today(call, &today);
	if (err == OTP_OK)
		err = otp_orders_load_any(call, id, &t);
	if (err != OTP_OK)
		return err;
	otp_act_about(call, t.maker, NULL);
	/* a denial tells what it was about, too */
	err = otp_orders_put(call, &t, &call->event.details);
	if (err == OTP_OK)
		err = check_state(call, &t, today);
	if (err == OTP_OK)
		err = otp_approvals_check(call, &t);
	if (err == OTP_OK)
		err = otp_limits_check_payee(call, &t);
	if (err != OTP_OK)
		return err;
	t.state = OTP_TRANSFER_EXECUTED;
	t.ended_at = now;
	(void)snprintf(t.ended_by, sizeof(t.ended_by), "%s",
	    call->caller->name[0] != '\0' ? call->caller->name : "root");
	err = otp_orders_save(call, &t);
	/* signed before it is committed: what cannot be signed is not executed */
	if (err == OTP_OK)
		err = put_executed(call, &t);
	if (err == OTP_OK)
		err = otp_orders_put_state(&t, t.state, &call->event.details);
	return err == OTP_OK ? otp_act_commit(call) : err;
}

/* ---- what is due ---- */

struct due {
	struct otp_call *call;
	int64_t today;
};

static enum otp_err
each_due(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct due *due = ctx;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_transfer_decode(value->data, value->len, &t);
	if (err != OTP_OK || t.state != OTP_TRANSFER_APPROVED || t.date > due->today)
		return err;
	err = otp_act_row(due->call, &row);
	return err == OTP_OK ? otp_fields_put_int(row, OTP_FIELD_ID, (int64_t)t.id) : err;
}

enum otp_err
otp_act_transfer_due(struct otp_call *call)
{
	struct due due = { .call = call };
	enum otp_err err = otp_act_today(call, &due.today);

	return err == OTP_OK ?
	    otp_store_scan(call->store, OTP_KIND_TRANSFER, each_due, &due) : err;
}
