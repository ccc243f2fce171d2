/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens: listing and showing them, never their secrets. */
#include "config.h"

#include "act_tokens.h"

#include <string.h>

#include "act_standing.h"
#include "choices.h"
#include "text.h"

#define N_(s) s

static enum otp_err
put_time(struct otp_fields *fields, enum otp_field field, int64_t seconds)
{
	return seconds != 0 ? otp_fields_put_int(fields, field, seconds) : OTP_OK;
}

static enum otp_err
put_token(struct otp_call *call, const struct otp_token *token, struct otp_fields *fields)
{
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STATE,
		    otp_standing_token_name(token, otp_act_now(call)));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_TYPE, otp_token_type_name(token->type));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_DIGITS, token->digits);
	if (err == OTP_OK && token->type == OTP_TOKEN_TOTP)
		err = otp_fields_put_int(fields, OTP_FIELD_STEP, token->step);
	if (err == OTP_OK)
		err = put_time(fields, OTP_FIELD_NOT_BEFORE, token->not_before);
	if (err == OTP_OK)
		err = put_time(fields, OTP_FIELD_NOT_AFTER, token->not_after);
	if (err == OTP_OK)
		err = put_time(fields, OTP_FIELD_IMPORTED_AT, token->imported_at);
	if (err == OTP_OK && token->origin[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_ORIGIN, token->origin);
	if (err == OTP_OK)
		err = otp_standing_put_suspended(call, token, fields);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, fields);
	return err;
}

/* ---- token list ---- */

struct token_filter {
	struct otp_call *call;
	bool is_suspended;
	const char *state;
};

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct token_filter *filter = ctx;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_token_decode(value->data, value->len, &token);
	if (err != OTP_OK)
		goto out;
	if ((filter->is_suspended && token.state != OTP_TOKEN_SUSPENDED) ||
	    (filter->state != NULL && strcmp(filter->state,
	    otp_standing_token_name(&token, otp_act_now(filter->call))) != 0))
		goto out;
	err = otp_act_row(filter->call, &row);
	if (err == OTP_OK)
		err = put_token(filter->call, &token, row);
out:
	otp_token_clear(&token);
	return err;
}

static bool
is_state_word(const char *word)
{
	for (unsigned i = 0; i < OTP_TOKEN_STATE_COUNT; i++)
		if (strcmp(otp_token_state_name((enum otp_token_state)i), word) == 0)
			return true;
	return strcmp(word, OTP_TOKEN_EXPIRED) == 0;
}

enum otp_err
otp_act_token_list(struct otp_call *call)
{
	struct token_filter filter = {
		.call = call,
		.is_suspended = otp_fields_bool(&call->request->fields, OTP_FIELD_SUSPENDED),
		.state = otp_fields_str(&call->request->fields, OTP_FIELD_STATE),
	};

	if (filter.state != NULL && !is_state_word(filter.state))
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_STATE_WORD, filter.state);
	return otp_store_scan(call->store, OTP_KIND_TOKEN, each_token, &filter);
}

/* ---- token show ---- */

static enum otp_err
put_sharer(struct otp_call *call, const struct otp_sharer *sharer)
{
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, sharer->user);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_BINDING,
		    sharer->is_bound ? "registered" : "preassigned");
	if (err == OTP_OK)
		err = put_time(row, OTP_FIELD_BOUND_AT, sharer->bound_at);
	if (err == OTP_OK)
		err = put_time(row, OTP_FIELD_LAST_SUCCESS, sharer->last_success);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_FAILS, sharer->fails);
	return err;
}

static enum otp_err
put_more(struct otp_call *call, const struct otp_token *token, struct otp_fields *fields)
{
	struct otp_window window = otp_window_at(&token->window, call->now_ms);
	int64_t limit = call->conf->fail_limit;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_ALGORITHM, otp_hash_name(token->hash));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_FAILS, token->fails);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_FAILS_LEFT,
		    token->fails < limit ? limit - token->fails : 0);
	if (err == OTP_OK && token->last_used != OTP_STEP_NONE && token->last_used <= INT64_MAX)
		err = otp_fields_put_int(fields, OTP_FIELD_LAST_STEP, (int64_t)token->last_used);
	if (token->type == OTP_TOKEN_HOTP)
		return err != OTP_OK ? err : otp_fields_put_int(fields, OTP_FIELD_COUNTER,
		    (int64_t)(token->last_used + 1));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_DRIFT_LOW_MS, window.lo_ms);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_DRIFT_HIGH_MS, window.hi_ms);
	return err;
}

enum otp_err
otp_act_token_show(struct otp_call *call)
{
	const char *serial = otp_fields_str(&call->request->fields, OTP_FIELD_SERIAL);
	struct otp_fields *fields = &call->answer->fields;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	otp_act_about(call, NULL, serial);
	err = otp_act_load_token(call, serial, &token);
	if (err == OTP_OK)
		err = put_token(call, &token, fields);
	if (err == OTP_OK)
		err = put_more(call, &token, fields);
	for (uint32_t i = 0; err == OTP_OK && i < token.n_sharers; i++)
		err = put_sharer(call, &token.sharers[i]);
	if (err == OTP_OK && token.state == OTP_TOKEN_SUSPENDED)
		err = otp_standing_put_unlockers(call, &token, fields);
	otp_token_clear(&token);
	return err;
}
