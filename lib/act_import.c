/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token import: every row of a request is checked, then all are written in bounded commits. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act_people.h"
#include "act_seen.h"
#include "act_stock.h"
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

/* The token is there: who uses it is not an import's business any more. */
static void
note_users_left(const struct otp_fields *f, const struct otp_token *old, struct otp_why *why)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(f, &cursor, &view)) {
		bool is_sharer = false;

		if (view.field != OTP_FIELD_USERS)
			continue;
		for (uint32_t i = 0; i < old->n_sharers; i++)
			is_sharer = is_sharer || strcmp(old->sharers[i].user, view.str) == 0;
		if (!is_sharer)
			(void)OTP_WHY(why, OTP_OK, USERS_LEFT_ALONE, old->serial, view.str);
	}
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
	return err == OTP_ERR_EXISTS ? otp_stock_bad_field(OTP_FIELD_USERS, why) : err;
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
check_row(struct import *im, struct import_row *row, struct otp_why *why)
{
	struct otp_token token = OTP_TOKEN_INIT, old = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_stock_take(im->call, row->fields, &token, why);
	if (err != OTP_OK)
		goto out;
	row->serial = otp_fields_str(row->fields, OTP_FIELD_SERIAL);
	memcpy(row->fingerprint, token.fingerprint, sizeof(row->fingerprint));
	err = check_twice(im, row, why);
	if (err == OTP_OK)
		err = otp_stock_check(im->call, &token, &old, &row->is_unchanged, why);
	if (err == OTP_OK && row->is_unchanged)
		note_users_left(row->fields, &old, why);
	else if (err == OTP_OK)
		err = check_users(im, row, why);
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
	struct otp_field_view view;
	size_t cursor = 0;
	enum otp_err err;

	err = otp_stock_take(call, row->fields, &token, NULL);
	while (err == OTP_OK && otp_fields_next(row->fields, &cursor, &view))
		if (view.field == OTP_FIELD_USERS)
			err = assign(im, &token, view.str);
	if (err == OTP_OK)
		err = otp_stock_put(call, &token);
	if (err == OTP_OK)
		otp_act_about(call, NULL, token.serial);	/* the last one's stays */
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
		err = otp_act_commit(call);
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
