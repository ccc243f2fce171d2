/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time has brought: tokens that expire soon or have expired. Each is committed once, as an event of its own. */
#include "config.h"

#include "act_due.h"

#include "act_orders.h"
#include "act_standing.h"

/* Warnings before the expiry, and the expiry itself; n_warned says how many of them are behind. */
static const int64_t days_before[OTP_WARNINGS_MAX] = { 90, 30, 7, 0 };

/* How far it has come: of several that have passed unseen only the last is told. */
uint8_t
otp_due_stage(const struct otp_token *token, int64_t now)
{
	uint8_t stage = 0;

	if (token->not_after == 0)
		return 0;
	if (otp_token_is_expired(token, now))
		return OTP_WARNINGS_MAX;
	while (stage < OTP_WARNINGS_MAX - 1 &&
	    now >= token->not_after - days_before[stage] * OTP_DAY)
		stage++;
	return stage;
}

/* Whom would it concern? A token in stock is nobody's, one that is lost has ended already. */
static bool
is_due(const struct otp_token *token, int64_t now)
{
	return token->n_sharers > 0 && token->state != OTP_TOKEN_LOST &&
	    token->state != OTP_TOKEN_RETIRED && otp_due_stage(token, now) > token->n_warned;
}

/* ---- due list ---- */

struct list {
	struct otp_call *call;
	int64_t today;
};

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct list *list = ctx;
	struct otp_call *call = list->call;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_token_decode(value->data, value->len, &token);
	if (err == OTP_OK && is_due(&token, otp_act_now(call))) {
		err = otp_act_row(call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_SERIAL, token.serial);
	}
	otp_token_clear(&token);
	return err;
}

static enum otp_err
each_transfer(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct list *list = ctx;
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_transfer_decode(value->data, value->len, &transfer);
	if (err == OTP_OK && transfer.state == OTP_TRANSFER_PENDING &&
	    otp_orders_state(&transfer, list->today, otp_act_now(list->call)) ==
	    OTP_TRANSFER_EXPIRED) {
		err = otp_act_row(list->call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_int(row, OTP_FIELD_ID, (int64_t)transfer.id);
	}
	otp_transfer_clear(&transfer);
	return err;
}

enum otp_err
otp_act_due_list(struct otp_call *call)
{
	struct list list = { .call = call };
	enum otp_err err, token_err = OTP_OK;

	err = otp_act_today(call, &list.today);
	if (err == OTP_OK)
		err = token_err = otp_store_scan(call->store, OTP_KIND_TOKEN, each_token, &list);
	/* a damaged part of the one is no reason to leave the other out */
	if (err == OTP_OK || err == OTP_ERR_INTEGRITY)
		err = otp_store_scan(call->store, OTP_KIND_TRANSFER, each_transfer, &list);
	return err == OTP_OK ? token_err : err;
}

/* ---- due ---- */

static enum otp_err
commit_token(struct otp_call *call, struct otp_token *token)
{
	struct otp_fields *details = &call->event.details;
	enum otp_err err;

	token->n_warned = otp_due_stage(token, otp_act_now(call));
	otp_act_about(call, NULL, token->serial);
	err = otp_act_save_token(call, token);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, details);
	if (err == OTP_OK)
		err = otp_fields_put_int(details, OTP_FIELD_EXPIRES, token->not_after);
	if (err == OTP_OK)
		err = otp_fields_put_int(details, OTP_FIELD_DAYS_LEFT,
		    days_before[token->n_warned - 1]);
	return err == OTP_OK ? otp_act_commit(call) : err;
}

static enum otp_err
commit_transfer(struct otp_call *call, int64_t id, int64_t *n)
{
	bool has_ended = false;
	enum otp_err err;

	err = id > 0 ? otp_orders_expire(call, (uint64_t)id, &has_ended) : OTP_ERR_NOT_FOUND;
	if (err == OTP_OK && has_ended) {
		err = otp_act_commit(call);
		*n += err == OTP_OK;
	}
	if (err == OTP_ERR_NOT_FOUND)
		otp_why_clear(&call->answer->why);
	return err;
}

/* It was listed a while ago: it may have gone, or somebody else may have committed it. */
static enum otp_err
commit_row(struct otp_call *call, const struct otp_fields *row, int64_t *n)
{
	const char *serial = otp_fields_str(row, OTP_FIELD_SERIAL);
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;
	int64_t id;

	/* the row's own event */
	otp_act_event(call, &call->event);
	if (otp_fields_int(row, OTP_FIELD_ID, &id)) {
		err = commit_transfer(call, id, n);
		return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
	}
	err = otp_act_find_token(call, serial, &token);
	if (err == OTP_OK && is_due(&token, otp_act_now(call))) {
		err = commit_token(call, &token);
		*n += err == OTP_OK;
	}
	otp_token_clear(&token);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

enum otp_err
otp_act_due(struct otp_call *call)
{
	const struct otp_rows *rows = &call->request->rows;
	int64_t n = 0;
	enum otp_err err = OTP_OK;

	if (rows->n == 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NO_ROWS);
	if (rows->n > OTP_DUE_ROWS_MAX)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		err = commit_row(call, &rows->row[i], &n);
	/* nothing was left to do: that is no event */
	if (err == OTP_OK && n == 0)
		call->is_committed = true;
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->answer->fields, OTP_FIELD_COUNT, n);
	return err;
}
