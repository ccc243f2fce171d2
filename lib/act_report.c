/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports about tokens: wrong codes, expiry, disuse, drift. */
#include "config.h"

#include "act_report.h"

#include <stdlib.h>
#include <string.h>

#include "act_standing.h"
#include "window.h"

/* The names belong to the list that they hang in, and go with it: more than gcc's analyser can follow. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* ---- in order ---- */

enum otp_err
otp_report_add(struct otp_report *report, int64_t key, const char *name)
{
	size_t cap = report->cap > 0 ? 2 * report->cap : 256;
	struct otp_report_item *item = report->item;

	if (report->n == report->cap) {
		item = reallocarray(report->item, cap, sizeof(*item));
		if (item == NULL)
			return OTP_ERR_NO_MEMORY;
		report->item = item;
		report->cap = cap;
	}
	item[report->n].key = key;
	item[report->n].name = strdup(name);
	if (item[report->n].name == NULL)
		return OTP_ERR_NO_MEMORY;
	report->n++;
	return OTP_OK;
}

static int
by_key(const void *a, const void *b)
{
	const struct otp_report_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
otp_report_sort(struct otp_report *report)
{
	if (report->n > 0)
		qsort(report->item, report->n, sizeof(report->item[0]), by_key);
}

void
otp_report_clear(struct otp_report *report)
{
	for (size_t i = 0; i < report->n; i++)
		free(report->item[i].name);
	free(report->item);
	report->item = NULL;
	report->n = report->cap = 0;
}

enum otp_err
otp_report_run(struct otp_call *call, enum otp_kind kind, otp_store_each each, otp_report_put put)
{
	struct otp_report report = OTP_REPORT_INIT(call);
	enum otp_err err;

	err = otp_store_scan(call->store, kind, each, &report);
	if (err == OTP_OK)
		otp_report_sort(&report);
	for (size_t i = 0; err == OTP_OK && i < report.n; i++)
		err = put(call, report.item[i].name);
	otp_report_clear(&report);
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

enum otp_err
otp_report_put_time(struct otp_fields *row, enum otp_field field, int64_t seconds)
{
	return seconds != 0 ? otp_fields_put_int(row, field, seconds) : OTP_OK;
}

/* ---- tokens ---- */

struct tokens {
	struct otp_report report;
	/* Is it reported, and where? */
	bool (*wants)(const struct tokens *tokens, const struct otp_token *token, int64_t *ret_key);
	enum otp_err (*put)(const struct tokens *tokens, const struct otp_token *token);
	int64_t now, within;
};

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct tokens *tokens = ctx;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t key = 0;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_token_decode(value->data, value->len, &token);
	if (err == OTP_OK && tokens->wants(tokens, &token, &key))
		err = otp_report_add(&tokens->report, key, token.serial);
	otp_token_clear(&token);
	return err;
}

static enum otp_err
report_tokens(struct tokens *tokens)
{
	struct otp_call *call = tokens->report.call;
	const char *within = otp_fields_str(&call->request->fields, OTP_FIELD_WITHIN);
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	tokens->now = otp_act_now(call);
	tokens->within = OTP_REPORT_WITHIN;
	if (within != NULL && otp_parse_duration(within, &tokens->within) != OTP_OK)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_DURATION, within);
	err = otp_store_scan(call->store, OTP_KIND_TOKEN, each_token, tokens);
	if (err == OTP_OK)
		otp_report_sort(&tokens->report);
	for (size_t i = 0; err == OTP_OK && i < tokens->report.n; i++) {
		err = otp_act_find_token(call, tokens->report.item[i].name, &token);
		if (err == OTP_OK)
			err = tokens->put(tokens, &token);
	}
	otp_token_clear(&token);
	otp_report_clear(&tokens->report);
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

/* A row of its own for this token. */
static enum otp_err
begin_row(const struct tokens *tokens, const struct otp_token *token, struct otp_fields **ret_row)
{
	enum otp_err err = otp_act_row(tokens->report.call, ret_row);

	if (err == OTP_OK)
		err = otp_fields_put_str(*ret_row, OTP_FIELD_SERIAL, token->serial);
	return err == OTP_OK ? otp_fields_put_str(*ret_row, OTP_FIELD_STATE,
	    otp_standing_token_name(token, tokens->now)) : err;
}

static bool
is_final(const struct otp_token *token)
{
	return token->state == OTP_TOKEN_LOST || token->state == OTP_TOKEN_RETIRED;
}

static int64_t
last_success(const struct otp_token *token)
{
	int64_t last = 0;

	for (uint32_t i = 0; i < token->n_sharers; i++)
		if (token->sharers[i].last_success > last)
			last = token->sharers[i].last_success;
	return last;
}

/* ---- failures ---- */

static bool
has_failed(const struct tokens *tokens, const struct otp_token *token, const struct otp_sharer *sharer)
{
	const char *user = otp_fields_str(&tokens->report.call->request->fields, OTP_FIELD_USER);

	if (user != NULL && strcmp(user, sharer->user) != 0)
		return false;
	return token->state == OTP_TOKEN_SUSPENDED || sharer->fails > 0 || sharer->unproven > 0 ||
	    otp_token_wrong_within_day(token, sharer->user_id, tokens->now) > 0;
}

static bool
wants_failures(const struct tokens *tokens, const struct otp_token *token, int64_t *ret_key)
{
	const bool is_suspended = token->state == OTP_TOKEN_SUSPENDED;
	int64_t most = otp_token_wrong_within_day(token, 0, tokens->now);
	bool is_wanted = is_suspended && token->n_sharers == 0 &&
	    !otp_fields_has(&tokens->report.call->request->fields, OTP_FIELD_USER);

	if (is_final(token))
		return false;
	for (uint32_t i = 0; i < token->n_sharers; i++) {
		is_wanted = is_wanted || has_failed(tokens, token, &token->sharers[i]);
		if (token->sharers[i].fails > most)
			most = token->sharers[i].fails;
	}
	*ret_key = -most - (is_suspended ? INT64_C(1) << 32 : 0);
	return is_wanted;
}

static enum otp_err
put_suspension(const struct otp_token *token, struct otp_fields *row)
{
	enum otp_err err;

	if (token->state != OTP_TOKEN_SUSPENDED)
		return OTP_OK;
	err = otp_report_put_time(row, OTP_FIELD_SUSPENDED_AT, token->suspended_at);
	return err == OTP_OK ? otp_fields_put_str(row, OTP_FIELD_SUSPENDED_BY,
	    otp_standing_sharer_name(token, token->suspended_by)) : err;
}

static enum otp_err
put_failed(const struct tokens *tokens, const struct otp_token *token, const struct otp_sharer *sharer)
{
	const uint32_t limit = (uint32_t)tokens->report.call->conf->fail_limit;
	const uint32_t most = sharer->fails > token->fails ? sharer->fails : token->fails;
	struct otp_fields *row;
	enum otp_err err;

	err = begin_row(tokens, token, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, sharer->user);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_FAILS, sharer->fails);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_FAILURES,
		    otp_token_wrong_within_day(token, sharer->user_id, tokens->now));
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_FAILS_LEFT, most < limit ? limit - most : 0);
	if (err == OTP_OK)
		err = put_suspension(token, row);
	if (err == OTP_OK)
		err = otp_report_put_time(row, OTP_FIELD_LAST_SUCCESS, sharer->last_success);
	return err;
}

static enum otp_err
put_failures(const struct tokens *tokens, const struct otp_token *token)
{
	struct otp_fields *row;
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++)
		if (has_failed(tokens, token, &token->sharers[i]))
			err = put_failed(tokens, token, &token->sharers[i]);
	if (err != OTP_OK || token->n_sharers > 0)
		return err;
	err = begin_row(tokens, token, &row);
	return err == OTP_OK ? put_suspension(token, row) : err;
}

enum otp_err
otp_act_report_failures(struct otp_call *call)
{
	struct tokens tokens = { .report = OTP_REPORT_INIT(call), .wants = wants_failures,
		.put = put_failures };

	return report_tokens(&tokens);
}

/* ---- expiring ---- */

static bool
wants_expiring(const struct tokens *tokens, const struct otp_token *token, int64_t *ret_key)
{
	*ret_key = token->not_after;
	return !is_final(token) && token->not_after != 0 &&
	    token->not_after <= tokens->now + tokens->within;
}

static enum otp_err
put_expiring(const struct tokens *tokens, const struct otp_token *token)
{
	struct otp_fields *row;
	enum otp_err err;

	err = begin_row(tokens, token, &row);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_NOT_AFTER, token->not_after);
	return err == OTP_OK ? otp_standing_put_sharers(token, row) : err;
}

enum otp_err
otp_act_report_expiring(struct otp_call *call)
{
	struct tokens tokens = { .report = OTP_REPORT_INIT(call), .wants = wants_expiring,
		.put = put_expiring };

	return report_tokens(&tokens);
}

/* ---- unused ---- */

/* A right code, or the registration, which took one. */
static int64_t
used_at(const struct otp_sharer *sharer)
{
	return sharer->last_success > sharer->bound_at ? sharer->last_success : sharer->bound_at;
}

static bool
is_unused(const struct tokens *tokens, const struct otp_token *token, const struct otp_sharer *sharer)
{
	const int64_t at = sharer->is_bound ? used_at(sharer) : token->imported_at;

	return at < tokens->now - tokens->within;
}

static bool
wants_unused(const struct tokens *tokens, const struct otp_token *token, int64_t *ret_key)
{
	bool is_wanted = token->n_sharers == 0;

	if (is_final(token))
		return false;
	*ret_key = token->n_sharers == 0 ? INT64_MAX : last_success(token);
	for (uint32_t i = 0; i < token->n_sharers; i++)
		is_wanted = is_wanted || is_unused(tokens, token, &token->sharers[i]);
	return is_wanted;
}

static enum otp_err
put_unused(const struct tokens *tokens, const struct otp_token *token)
{
	struct otp_fields *row;
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++) {
		const struct otp_sharer *sharer = &token->sharers[i];

		if (!is_unused(tokens, token, sharer))
			continue;
		err = begin_row(tokens, token, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, sharer->user);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_BINDING,
			    sharer->is_bound ? "registered" : "preassigned");
		if (err == OTP_OK)
			err = otp_report_put_time(row, OTP_FIELD_BOUND_AT, sharer->bound_at);
		if (err == OTP_OK)
			err = otp_report_put_time(row, OTP_FIELD_LAST_SUCCESS, sharer->last_success);
		if (err == OTP_OK)
			err = otp_report_put_time(row, OTP_FIELD_IMPORTED_AT, token->imported_at);
	}
	if (err != OTP_OK || token->n_sharers > 0)
		return err;
	err = begin_row(tokens, token, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_BINDING, "none");
	return err == OTP_OK ?
	    otp_report_put_time(row, OTP_FIELD_IMPORTED_AT, token->imported_at) : err;
}

enum otp_err
otp_act_report_unused(struct otp_call *call)
{
	struct tokens tokens = { .report = OTP_REPORT_INIT(call), .wants = wants_unused,
		.put = put_unused };

	return report_tokens(&tokens);
}

/* ---- drift ---- */

static bool
wants_drift(const struct tokens *tokens, const struct otp_token *token, int64_t *ret_key)
{
	const struct otp_window window = otp_window_at(&token->window, tokens->report.call->now_ms);
	const int64_t twice = window.lo_ms + window.hi_ms;

	*ret_key = twice < 0 ? twice : -twice;
	return token->type == OTP_TOKEN_TOTP &&
	    (token->state == OTP_TOKEN_ACTIVE || token->state == OTP_TOKEN_SUSPENDED);
}

static enum otp_err
put_drift(const struct tokens *tokens, const struct otp_token *token)
{
	const struct otp_window window = otp_window_at(&token->window, tokens->report.call->now_ms);
	struct otp_fields *row;
	enum otp_err err;

	err = begin_row(tokens, token, &row);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_DRIFT_LOW_MS, window.lo_ms);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_DRIFT_HIGH_MS, window.hi_ms);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_WIDTH_MS, window.hi_ms - window.lo_ms);
	if (err == OTP_OK)
		err = otp_report_put_time(row, OTP_FIELD_LAST_SUCCESS, last_success(token));
	return err == OTP_OK ? otp_standing_put_sharers(token, row) : err;
}

enum otp_err
otp_act_report_drift(struct otp_call *call)
{
	struct tokens tokens = { .report = OTP_REPORT_INIT(call), .wants = wants_drift,
		.put = put_drift };

	return report_tokens(&tokens);
}
