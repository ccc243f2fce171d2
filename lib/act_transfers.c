/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers: listing and showing them to who may see them, and why they are as they are. */
#include "config.h"

#include <string.h>

#include "act_approve.h"
#include "act_limits.h"
#include "act_orders.h"
#include "act_standing.h"
#include "act_transfer.h"
#include "text.h"

/* ---- transfer list ---- */

struct transfer_filter {
	struct otp_call *call;
	const char *state;
	int64_t today;
};

static enum otp_err
each_transfer(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct transfer_filter *filter = ctx;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	enum otp_transfer_state state;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_transfer_decode(value->data, value->len, &t);
	if (err != OTP_OK || !otp_orders_may_see(filter->call, &t))
		return err;
	state = otp_orders_state(&t, filter->today, otp_act_now(filter->call));
	if (filter->state != NULL && strcmp(filter->state, otp_transfer_state_name(state)) != 0)
		return OTP_OK;
	err = otp_act_row(filter->call, &row);
	if (err == OTP_OK)
		err = otp_orders_put(filter->call, &t, row);
	if (err == OTP_OK)
		err = otp_orders_put_state(&t, state, row);
	return err;
}

enum otp_err
otp_act_transfer_list(struct otp_call *call)
{
	struct transfer_filter filter = { .call = call,
		.state = otp_fields_str(&call->request->fields, OTP_FIELD_STATE) };
	enum otp_transfer_state state;
	enum otp_err err;

	if (filter.state != NULL && otp_transfer_state_parse(filter.state, &state) != OTP_OK)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_TRANSFER_STATE, filter.state);
	err = otp_act_today(call, &filter.today);
	return err == OTP_OK ?
	    otp_store_scan(call->store, OTP_KIND_TRANSFER, each_transfer, &filter) : err;
}

/* ---- transfer show ---- */

static enum otp_err
put_approvals(struct otp_call *call, const struct otp_transfer *t)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < t->n_approvals; i++) {
		const struct otp_approval *approval = &t->approval[i];
		struct otp_fields *row;

		err = otp_act_row(call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, approval->user);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_SERIAL, approval->serial);
		if (err == OTP_OK)
			err = otp_fields_put_int(row, OTP_FIELD_APPROVED_AT, approval->at);
	}
	return err;
}

static enum otp_err
put_end(const struct otp_transfer *t, struct otp_fields *fields)
{
	enum otp_err err = OTP_OK;

	if (t->ended_at != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_ENDED_AT, t->ended_at);
	if (err == OTP_OK && t->ended_by[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_ENDED_BY, t->ended_by);
	if (err == OTP_OK && t->note[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_REASON, t->note);
	return err;
}

static enum otp_err
put_all(struct otp_call *call, const struct otp_transfer *t, enum otp_transfer_state state)
{
	struct otp_fields *fields = &call->answer->fields;
	uint8_t digest[OTP_DIGEST_SIZE];
	char hex[2 * OTP_DIGEST_SIZE + 1];
	enum otp_err err;

	err = otp_orders_put(call, t, fields);
	if (err == OTP_OK)
		err = otp_orders_put_state(t, state, fields);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_APPROVALS_NEEDED,
		    otp_approvals_needed(call));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_CREATED_AT, t->created_at);
	if (err == OTP_OK)
		err = put_end(t, fields);
	if (err == OTP_OK)
		err = otp_transfer_digest(t, digest);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_DIGEST,
		    otp_text_hex(hex, digest, sizeof(digest)));
	return err == OTP_OK ? put_approvals(call, t) : err;
}

enum otp_err
otp_act_transfer_show(struct otp_call *call)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id = 0, today;
	enum otp_err err;

	(void)otp_fields_int(&call->request->fields, OTP_FIELD_ID, &id);
	err = otp_act_today(call, &today);
	if (err == OTP_OK)
		err = otp_orders_load(call, id, &t);
	return err == OTP_OK ? put_all(call, &t, otp_orders_state(&t, today, otp_act_now(call))) :
	    err;
}

/* ---- who can approve it ---- */

struct approvers {
	struct otp_call *call;
	const struct otp_transfer *transfer;
};

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct approvers *a = ctx;
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && otp_approval_could(a->call, a->transfer, &user) == OTP_OK) {
		err = otp_act_row(a->call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, user.name);
	}
	/* why somebody cannot is nobody's question here */
	otp_why_clear(&a->call->answer->why);
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_transfer_approvers(struct otp_call *call)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	struct approvers a = { .call = call, .transfer = &t };
	int64_t id = 0;
	enum otp_err err;

	(void)otp_fields_int(&call->request->fields, OTP_FIELD_ID, &id);
	err = otp_orders_load(call, id, &t);
	return err == OTP_OK ? otp_store_scan(call->store, OTP_KIND_USER, each_user, &a) : err;
}

/* ---- explain ---- */

/* Approved, and does what approved it still count? The reason is one of the same list. */
static enum otp_err
say_approved(struct otp_call *call, const struct otp_transfer *t)
{
	struct otp_why *why = &call->answer->why;
	char day[OTP_DAY_TEXT], reason[OTP_WHY_ARG_MAX];
	enum otp_err err = otp_approvals_check(call, t);

	if (err == OTP_OK)
		return OTP_WHY(why, OTP_OK, IS_APPROVED, OTP_WHY_NUM(t->id),
		    otp_orders_day_text(day, t->date));
	(void)otp_act_reason(why, err, reason, sizeof(reason));
	otp_why_clear(why);
	return OTP_WHY(why, OTP_OK, IS_NOT_EXECUTABLE, OTP_WHY_NUM(t->id), reason);
}

static enum otp_err
say(struct otp_call *call, const struct otp_transfer *t, enum otp_transfer_state state)
{
	struct otp_why *why = &call->answer->why;
	char time[OTP_TIME_TEXT];

	switch (state) {
	case OTP_TRANSFER_PENDING:
		return OTP_WHY(why, OTP_OK, IS_PENDING, OTP_WHY_NUM(t->id),
		    OTP_WHY_NUM(t->n_approvals), OTP_WHY_NUM(otp_approvals_needed(call)));
	case OTP_TRANSFER_APPROVED:
		return say_approved(call, t);
	case OTP_TRANSFER_EXECUTED:
	case OTP_TRANSFER_RETURNED:
	case OTP_TRANSFER_WITHDRAWN:
	case OTP_TRANSFER_EXPIRED:
	case OTP_TRANSFER_STATE_COUNT:
		break;
	}
	if (t->ended_at == 0)	/* over, and not written down yet */
		return OTP_WHY(why, OTP_OK, TRANSFER_TOO_LATE, OTP_WHY_NUM(t->id));
	return OTP_WHY(why, OTP_OK, TRANSFER_ENDED, OTP_WHY_NUM(t->id),
	    otp_transfer_state_name(state), otp_text_time(time, t->ended_at));
}

enum otp_err
otp_transfer_explain(struct otp_call *call, int64_t id)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	enum otp_transfer_state state;
	int64_t today;
	enum otp_err err;

	err = otp_orders_load(call, id, &t);
	if (err == OTP_ERR_NOT_FOUND)
		otp_why_clear(&call->answer->why);
	if (err == OTP_OK)
		err = otp_act_today(call, &today);
	if (err != OTP_OK)
		return err;
	state = otp_orders_state(&t, today, otp_act_now(call));
	err = put_all(call, &t, state);
	return err == OTP_OK ? say(call, &t, state) : err;
}
