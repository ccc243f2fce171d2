/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token import: every row of a request is checked, then all are written in bounded commits. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act_people.h"
#include "act_seen.h"
#include "act_standing.h"
#include "act_tokens.h"
#include "act_verify.h"
#include "record.h"

#define SEEN_SERIAL 's'
#define SEEN_SEED 'f'
#define SEEN_USER 'u'

struct import_row {
	const struct otp_fields *fields;
	const char *serial;
	char fingerprint[33];
	enum otp_err err;	/* OK: goes in, or is there already */
	bool is_unchanged;
};

struct import {
	struct otp_call *call;
	struct otp_company company;
	struct import_row *row;
	size_t n;
	struct otp_act_seen seen;	/* serials, fingerprints, users of the rows so far */
	enum otp_err bad;	/* the worst of the rows: BAD_INPUT before CONFLICT */
};

/* ---- one row ---- */

static enum otp_err
bad_field(enum otp_field field, struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_TOKEN_FIELD, otp_field_name(field));
}

static enum otp_err
take_int(const struct otp_fields *f, enum otp_field field, int64_t min, int64_t max,
    int64_t otherwise, int64_t *ret, struct otp_why *why)
{
	if (!otp_fields_int(f, field, ret))
		*ret = otherwise;
	else if (*ret < min || *ret > max)
		return bad_field(field, why);
	return OTP_OK;
}

static enum otp_err
take_kind(const struct otp_fields *f, struct otp_token *token, struct otp_why *why)
{
	const char *type = otp_fields_str(f, OTP_FIELD_TYPE);
	const char *algorithm = otp_fields_str(f, OTP_FIELD_ALGORITHM);

	token->type = OTP_TOKEN_TOTP;
	if (type != NULL && otp_token_type_parse(type, &token->type) != OTP_OK)
		return bad_field(OTP_FIELD_TYPE, why);
	token->hash = OTP_HASH_SHA1;
	if (algorithm != NULL && otp_hash_parse(algorithm, &token->hash) != OTP_OK)
		return bad_field(OTP_FIELD_ALGORITHM, why);
	return OTP_OK;
}

static enum otp_err
take_numbers(const struct otp_fields *f, struct otp_token *token, struct otp_why *why)
{
	bool is_hotp = token->type == OTP_TOKEN_HOTP;
	int64_t digits, step, counter;
	enum otp_err err;

	err = take_int(f, OTP_FIELD_DIGITS, OTP_DIGITS_MIN, OTP_DIGITS_MAX, 6, &digits, why);
	if (err == OTP_OK && is_hotp)
		err = take_int(f, OTP_FIELD_STEP, 0, 0, 0, &step, why);
	else if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_STEP, OTP_IMPORT_STEP_MIN, OTP_IMPORT_STEP_MAX, 60,
		    &step, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_COUNTER, 0, is_hotp ? INT64_MAX - 1 : 0, 0,
		    &counter, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_NOT_BEFORE, 1, OTP_TIME_MAX, 0,
		    &token->not_before, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_NOT_AFTER, 1, OTP_TIME_MAX, 0,
		    &token->not_after, why);
	if (err == OTP_OK && token->not_after != 0 && token->not_after <= token->not_before)
		err = bad_field(OTP_FIELD_NOT_AFTER, why);
	if (err != OTP_OK)
		return err;
	token->digits = (uint8_t)digits;
	token->step = (uint32_t)step;
	token->start_counter = (uint64_t)counter;
	token->last_used = counter > 0 ? (uint64_t)counter - 1 : OTP_STEP_NONE;
	return OTP_OK;
}

static enum otp_err
take_seed(struct otp_call *call, const struct otp_fields *f, struct otp_token *token,
    struct otp_why *why)
{
	size_t len = 0;
	const void *seed = otp_fields_bytes(f, OTP_FIELD_SECRET, &len);
	enum otp_err err;

	if (seed == NULL || len < OTP_SEED_MIN || len > OTP_SEED_MAX)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SEED_UNFIT, OTP_WHY_NUM(OTP_SEED_MIN),
		    OTP_WHY_NUM(OTP_SEED_MAX));
	err = otp_bytes_set(&token->seed, seed, len);
	if (err == OTP_OK)
		err = otp_seal_fingerprint(otp_store_seal(call->store), seed, len,
		    token->fingerprint);
	return err;
}

/* The token that the row describes, as it would go into stock. */
static enum otp_err
take_token(struct otp_call *call, const struct otp_fields *f, struct otp_token *ret,
    struct otp_why *why)
{
	const char *serial = otp_fields_str(f, OTP_FIELD_SERIAL);
	enum otp_err err;

	if (serial == NULL || serial[0] == '\0')
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SERIAL_MISSING);
	if (otp_parse_serial(serial) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_SERIAL, serial);
	(void)snprintf(ret->serial, sizeof(ret->serial), "%s", serial);
	err = take_kind(f, ret, why);
	if (err == OTP_OK)
		err = take_numbers(f, ret, why);
	if (err == OTP_OK)
		err = take_seed(call, f, ret, why);
	if (err != OTP_OK)
		return err;
	ret->state = OTP_TOKEN_STOCK;
	ret->imported_at = otp_act_now(call);
	otp_window_init(&ret->window, ret->not_before != 0 ? ret->not_before * 1000 : -1,
	    call->now_ms);
	return OTP_OK;
}

/* ---- checking ---- */

/* In the same request: whoever sent this did not mean it. */
static enum otp_err
check_twice(struct import *im, const struct import_row *row, struct otp_why *why)
{
	enum otp_err err;

	err = otp_act_seen_add(&im->seen, SEEN_SERIAL, row->serial);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SERIAL_TWICE, row->serial);
	if (err == OTP_OK)
		err = otp_act_seen_add(&im->seen, SEEN_SEED, row->fingerprint);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SEED_TWICE);
	return err;
}

/* By the seed's fingerprint, which stays when the secret itself is wiped. */
static bool
is_same(const struct otp_token *a, const struct otp_token *b)
{
	return a->type == b->type && a->hash == b->hash && a->digits == b->digits &&
	    a->step == b->step && a->start_counter == b->start_counter &&
	    a->not_before == b->not_before && a->not_after == b->not_after &&
	    strcmp(a->fingerprint, b->fingerprint) == 0;
}

static bool
is_final(const struct otp_token *token)
{
	return token->state == OTP_TOKEN_LOST || token->state == OTP_TOKEN_RETIRED;
}

/* The token is there: who uses it is not an import's business any more. */
static enum otp_err
check_existing(const struct otp_fields *f, const struct otp_token *old,
    const struct otp_token *new, struct otp_why *why)
{
	struct otp_field_view view;
	size_t cursor = 0;

	if (is_final(old))
		return OTP_WHY(why, OTP_ERR_CONFLICT, TOKEN_FINAL, old->serial,
		    otp_token_state_name(old->state));
	if (!is_same(old, new))
		return OTP_WHY(why, OTP_ERR_CONFLICT, TOKEN_DIFFERS, old->serial);
	while (otp_fields_next(f, &cursor, &view)) {
		bool is_sharer = false;

		if (view.field != OTP_FIELD_USERS)
			continue;
		for (uint32_t i = 0; i < old->n_sharers; i++)
			is_sharer = is_sharer || strcmp(old->sharers[i].user, view.str) == 0;
		if (!is_sharer)
			(void)OTP_WHY(why, OTP_OK, USERS_LEFT_ALONE, old->serial, view.str);
	}
	return OTP_OK;
}

static enum otp_err
check_one_user(struct import *im, const char *name, struct otp_why *why)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	/* blanks separate names where they come from */
	if (otp_parse_name(name) != OTP_OK || strchr(name, ' ') != NULL)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_NAME, name);
	if (otp_act_seen_has(&im->seen, SEEN_USER, name))
		return OTP_WHY(why, OTP_ERR_CONFLICT, HAS_OTHER_TOKEN, name);
	err = otp_act_find_user(im->call, name, &user);
	if (err == OTP_OK && user.serial[0] != '\0')
		err = OTP_WHY(why, OTP_ERR_CONFLICT, HAS_OTHER_TOKEN, name);
	else if (err == OTP_OK)
		err = otp_people_check_bar(im->call, &user, OTP_ERR_CONFLICT, why);
	else if (err == OTP_ERR_NOT_FOUND)
		err = otp_store_absent(im->call->store, OTP_KIND_USER, name);
	otp_user_clear(&user);
	return err;
}

/* Each name once; only when all of them are right do they have this token. */
static enum otp_err
note_users(struct import *im, const struct otp_fields *f, struct otp_why *why)
{
	struct otp_field_view view;
	size_t cursor = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && otp_fields_next(f, &cursor, &view))
		if (view.field == OTP_FIELD_USERS)
			err = otp_act_seen_add(&im->seen, SEEN_USER, view.str);
	return err == OTP_ERR_EXISTS ? bad_field(OTP_FIELD_USERS, why) : err;
}

static enum otp_err
check_users(struct import *im, const struct import_row *row, struct otp_why *why)
{
	struct otp_field_view view;
	size_t cursor = 0, n = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && otp_fields_next(row->fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_USERS)
			continue;
		if (++n > OTP_SHARERS_MAX)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, TOO_MANY_SHARERS, row->serial,
			    OTP_WHY_NUM(OTP_SHARERS_MAX));
		err = check_one_user(im, view.str, why);
	}
	if (err == OTP_OK && n > 0 && !otp_act_has_second(im->call))
		err = OTP_WHY(why, OTP_ERR_CONFLICT, NEEDS_SECOND);
	return err != OTP_OK ? err : note_users(im, row->fields, why);
}

static enum otp_err
check_new(struct import *im, const struct import_row *row, struct otp_why *why)
{
	enum otp_err err;

	err = otp_store_absent(im->call->store, OTP_KIND_SEED, row->fingerprint);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(why, OTP_ERR_CONFLICT, SEED_KNOWN);
	if (err == OTP_OK)
		err = otp_store_absent(im->call->store, OTP_KIND_TOKEN, row->serial);
	if (err == OTP_OK)
		err = check_users(im, row, why);
	return err;
}

static enum otp_err
check_row(struct import *im, struct import_row *row, struct otp_why *why)
{
	struct otp_token token = OTP_TOKEN_INIT, old = OTP_TOKEN_INIT;
	enum otp_err err;

	err = take_token(im->call, row->fields, &token, why);
	if (err != OTP_OK)
		goto out;
	row->serial = otp_fields_str(row->fields, OTP_FIELD_SERIAL);
	memcpy(row->fingerprint, token.fingerprint, sizeof(row->fingerprint));
	err = check_twice(im, row, why);
	if (err != OTP_OK)
		goto out;
	err = otp_act_find_token(im->call, row->serial, &old);
	if (err == OTP_OK) {
		row->is_unchanged = true;
		err = check_existing(row->fields, &old, &token, why);
	} else if (err == OTP_ERR_NOT_FOUND) {
		err = check_new(im, row, why);
	}
out:
	otp_token_clear(&old);
	otp_token_clear(&token);
	return err;
}

static const char *
result_word(const struct import_row *row)
{
	if (row->err == OTP_OK)
		return row->is_unchanged ? "unchanged" : "added";
	return otp_err_code(row->err);	/* "conflict", "bad-input" */
}

static enum otp_err
put_result(struct import *im, const struct import_row *row, const struct otp_why *why)
{
	char text[OTP_WHY_ARG_MAX * 2];
	struct otp_fields *out;
	int64_t line;
	enum otp_err err;

	err = otp_act_row(im->call, &out);
	if (err == OTP_OK && otp_fields_int(row->fields, OTP_FIELD_LINE, &line))
		err = otp_fields_put_int(out, OTP_FIELD_LINE, line);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_SERIAL,
		    otp_fields_str(row->fields, OTP_FIELD_SERIAL));
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_RESULT, result_word(row));
	if (err == OTP_OK && (row->err != OTP_OK || why->message != OTP_MESSAGE_NONE))
		err = otp_fields_put_str(out, OTP_FIELD_TEXT,
		    otp_act_reason(why, row->err, text, sizeof(text)));
	return err;
}

/* The first bad line, for who shows nothing but the result. */
static void
note_bad(struct import *im, const struct import_row *row, const struct otp_why *why)
{
	char text[OTP_WHY_ARG_MAX];
	int64_t line = 0;

	if (im->bad != OTP_ERR_BAD_INPUT)
		im->bad = row->err;
	if (im->call->request->dry_run)
		return;
	(void)otp_fields_int(row->fields, OTP_FIELD_LINE, &line);
	(void)OTP_WHY(&im->call->answer->why, row->err, BAD_ROWS, OTP_WHY_NUM(line),
	    otp_act_reason(why, row->err, text, sizeof(text)));
}

static enum otp_err
check_all(struct import *im)
{
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < im->n; i++) {
		struct otp_why why = OTP_WHY_INIT;
		struct import_row *row = &im->row[i];

		row->err = check_row(im, row, &why);
		if (row->err == OTP_ERR_CONFLICT || row->err == OTP_ERR_BAD_INPUT)
			note_bad(im, row, &why);
		else if (row->err != OTP_OK)
			return row->err;	/* the store's trouble, not the row's */
		err = put_result(im, row, &why);
	}
	return err;
}

/* ---- writing ---- */

static enum otp_err
assign(struct import *im, struct otp_token *token, const char *name)
{
	struct otp_call *call = im->call;
	struct otp_user user = OTP_USER_INIT;
	struct otp_sharer *sharer;
	enum otp_err err;

	err = otp_act_find_user(call, name, &user);
	if (err == OTP_ERR_NOT_FOUND)
		err = otp_people_make(call, &im->company, name, OTP_ROLE_GENERAL, true, &user,
		    &call->answer->why);
	if (err == OTP_OK)
		err = otp_token_sharer_add(token, user.id, user.name, &sharer);
	if (err == OTP_OK) {
		(void)snprintf(user.serial, sizeof(user.serial), "%s", token->serial);
		user.is_bound = false;
		otp_people_handed(call, &user);
		err = otp_act_save_user(call, &user);
	}
	if (err == OTP_OK && call->event.details.data.len < OTP_FIELDS_MAX / 2)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_USERS, name);
	otp_user_clear(&user);
	return err;
}

static enum otp_err
write_row(struct import *im, const struct import_row *row)
{
	struct otp_call *call = im->call;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_bytes serial = OTP_BYTES_INIT;
	struct otp_field_view view;
	size_t cursor = 0;
	enum otp_err err;

	err = take_token(call, row->fields, &token, NULL);
	while (err == OTP_OK && otp_fields_next(row->fields, &cursor, &view))
		if (view.field == OTP_FIELD_USERS)
			err = assign(im, &token, view.str);
	if (err == OTP_OK)
		err = otp_act_save_token(call, &token);
	if (err == OTP_OK)
		err = otp_bytes_set(&serial, token.serial, strlen(token.serial));
	if (err == OTP_OK)
		err = otp_store_put(call->store, OTP_KIND_SEED, token.fingerprint, &serial);
	if (err == OTP_OK)
		otp_act_about(call, NULL, token.serial);	/* the last one's stays */
	otp_bytes_clear(&serial);
	otp_token_clear(&token);
	return err;
}

/* A commit's worth, or what is left of the rows; *at moves on. */
static enum otp_err
write_some(struct import *im, size_t *at)
{
	struct otp_call *call = im->call;
	uint64_t next_id = im->company.next_user_id;
	size_t n = 0, n_assigned = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && *at < im->n && n + n_assigned < OTP_IMPORT_COMMIT_ROWS) {
		const struct import_row *row = &im->row[(*at)++];
		struct otp_field_view view;
		size_t cursor = 0;

		if (row->is_unchanged)
			continue;
		err = write_row(im, row);
		n++;
		while (otp_fields_next(row->fields, &cursor, &view))
			n_assigned += view.field == OTP_FIELD_USERS;
	}
	if (err == OTP_OK && im->company.next_user_id != next_id)
		err = otp_act_save_company(call, &im->company);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_COUNT, (int64_t)n);
	if (err == OTP_OK)
		err = otp_act_commit(call, &call->event);
	otp_fields_clear(&call->event.details);
	call->event.serial[0] = '\0';
	return err;
}

enum otp_err
otp_act_token_import(struct otp_call *call)
{
	const struct otp_rows *rows = &call->request->rows;
	struct import im = { .call = call, .company = OTP_COMPANY_INIT, .n = rows->n,
		.seen = OTP_ACT_SEEN_INIT };
	size_t at = 0;
	enum otp_err err;

	if (rows->n == 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NO_ROWS);
	im.row = calloc(rows->n, sizeof(*im.row));
	if (im.row == NULL)
		return OTP_ERR_NO_MEMORY;
	for (size_t i = 0; i < rows->n; i++)
		im.row[i].fields = &rows->row[i];
	err = otp_act_load_company(call, &im.company);
	if (err == OTP_OK)
		err = check_all(&im);
	if (err == OTP_OK && call->request->dry_run) {
		for (size_t i = 0; i < im.n; i++)
			call->answer->changed = call->answer->changed ||
			    (im.row[i].err == OTP_OK && !im.row[i].is_unchanged);
		goto out;
	}
	if (err == OTP_OK)
		err = im.bad;
	while (err == OTP_OK && at < im.n)
		err = write_some(&im, &at);
out:
	otp_act_seen_clear(&im.seen);
	otp_company_clear(&im.company);
	free(im.row);
	return err;
}
