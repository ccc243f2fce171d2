/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field of a row as a person, a spreadsheet or a program wants it. */
#include "config.h"

#include "cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang.h"
#include "message.h"
#include "pairs.h"
#include "text.h"

bool
otp_cells_is_secret(enum otp_field field)
{
	enum otp_field_type type = otp_field_type(field);

	/* what a request must expect is between otpadm and otpd */
	return type == OTP_TYPE_SECRET || type == OTP_TYPE_BYTES || field == OTP_FIELD_EXPECT;
}

bool
otp_cells_are_there(const struct otp_fields *fields)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (!otp_cells_is_secret(view.field))
			return true;
	return false;
}

bool
otp_cells_to_stdout(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	return fwrite(data, 1, len, stdout) == len;
}

/* The next value of this field. */
static bool
next_of(const struct otp_fields *row, enum otp_field field, size_t *cursor,
    struct otp_field_view *ret)
{
	while (otp_fields_next(row, cursor, ret))
		if (ret->field == field)
			return true;
	return false;
}

static enum otp_err
put_number(struct otp_bytes *to, int64_t n)
{
	char buf[24];

	return otp_text_put(to, otp_message_num(buf, n));
}

/* A sentence was escaped where its arguments came in: no backslash of those is doubled. */
static void
undouble(char *buf)
{
	char *to = buf;

	for (const char *from = buf; *from != '\0'; to++) {
		bool is_escaped = strncmp(from, "\\x5c", 4) == 0;

		*to = *from;
		from += is_escaped ? 4 : 1;
	}
	*to = '\0';
}

static enum otp_err
put_escaped(struct otp_bytes *to, const char *s, bool is_sentence)
{
	size_t len = strlen(s), size = 4 * len + 1;
	char *buf = malloc(size);
	enum otp_err err;

	if (buf == NULL)
		return OTP_ERR_NO_MEMORY;
	(void)otp_text_escape(buf, size, s, len);
	if (is_sentence)
		undouble(buf);
	err = otp_text_put(to, buf);
	free(buf);
	return err;
}

/* As in otpd's log, but whole. */
static enum otp_err
put_pairs(struct otp_bytes *to, const struct otp_field_view *view)
{
	struct otp_fields fields = otp_field_view_fields(view);
	struct otp_bytes line = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_pairs_put_fields(&line, &fields, 0);
	if (err == OTP_OK && line.len > 0)
		err = otp_text_put(to, otp_text_str(&line) + 1);
	otp_bytes_clear(&line);
	return err;
}

/* The words of a yes or no, and of the fixed lists, are msgids of message.def. */
static enum otp_err
put_value(struct otp_bytes *to, const struct otp_field_view *view, bool for_person)
{
	char time[OTP_TIME_TEXT];
	const char *word;

	switch (view->type) {
	case OTP_TYPE_WORD:
		if (view->str[0] == '\0' || !for_person)
			return otp_text_put(to, view->str);
		return put_escaped(to, otp_lang(view->str), false);
	case OTP_TYPE_STR:
	case OTP_TYPE_LIST:
		if (!for_person)
			return otp_text_put(to, view->str);
		return put_escaped(to, view->str, view->field == OTP_FIELD_TEXT);
	case OTP_TYPE_INT:
		return put_number(to, view->num);
	case OTP_TYPE_TIME:
		return otp_text_put(to, otp_text_time(time, view->num));
	case OTP_TYPE_BOOL:
		word = view->num != 0 ? "yes" : "no";
		return otp_text_put(to, for_person ? otp_lang(word) : word);
	case OTP_TYPE_FIELDS:
		return put_pairs(to, view);
	case OTP_TYPE_SECRET:
	case OTP_TYPE_BYTES:
		break;
	}
	return OTP_OK;
}

enum otp_err
otp_cells_person(const struct otp_fields *row, enum otp_field field, struct otp_bytes *to)
{
	struct otp_field_view view;
	size_t cursor = 0, before = to->len;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && next_of(row, field, &cursor, &view)) {
		if (to->len > before)
			err = otp_text_put(to, ", ");
		if (err == OTP_OK)
			err = put_value(to, &view, true);
	}
	return err == OTP_OK && to->len == before ? otp_text_put(to, "-") : err;
}

enum otp_err
otp_cells_csv(const struct otp_fields *row, enum otp_field field, struct otp_bytes *to)
{
	struct otp_field_view view;
	size_t cursor = 0, before = to->len;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && next_of(row, field, &cursor, &view)) {
		bool is_text = view.type == OTP_TYPE_STR || view.type == OTP_TYPE_LIST;

		if (to->len > before)
			err = otp_text_put(to, " ");
		else if (is_text && view.str[0] != '\0' && strchr("=+-@\t\r", view.str[0]) != NULL)
			err = otp_text_put(to, "'");
		if (err == OTP_OK)
			err = put_value(to, &view, false);
	}
	return err;
}

static void
json_value(struct otp_json *json, const struct otp_fields *row, const struct otp_field_view *view)
{
	char time[OTP_TIME_TEXT];
	struct otp_field_view item;
	struct otp_fields fields;
	size_t cursor = 0;

	switch (view->type) {
	case OTP_TYPE_STR:
	case OTP_TYPE_WORD:
		otp_json_str(json, view->str);
		break;
	case OTP_TYPE_INT:
		otp_json_int(json, view->num);
		break;
	case OTP_TYPE_TIME:
		otp_json_str(json, otp_text_time(time, view->num));
		break;
	case OTP_TYPE_BOOL:
		otp_json_bool(json, view->num != 0);
		break;
	case OTP_TYPE_LIST:
		otp_json_array(json);
		while (next_of(row, view->field, &cursor, &item))
			otp_json_str(json, item.str);
		otp_json_array_end(json);
		break;
	case OTP_TYPE_FIELDS:
		fields = otp_field_view_fields(view);
		otp_json_object(json);
		otp_cells_json(json, &fields, NULL, 0, false);
		otp_json_object_end(json);
		break;
	case OTP_TYPE_SECRET:
	case OTP_TYPE_BYTES:
		otp_json_null(json);
		break;
	}
}

static void
json_absent(struct otp_json *json, enum otp_field field)
{
	enum otp_field_type type = otp_field_type(field);

	if (type == OTP_TYPE_LIST) {
		otp_json_array(json);
		otp_json_array_end(json);
	} else if (type == OTP_TYPE_FIELDS) {
		otp_json_object(json);
		otp_json_object_end(json);
	} else if (type == OTP_TYPE_BOOL) {
		otp_json_bool(json, false);
	} else {
		otp_json_null(json);
	}
}

/* Did the same field stand before `end` already? (A list is printed where it first stands.) */
static bool
stood_before(const struct otp_fields *row, enum otp_field field, size_t end)
{
	struct otp_field_view view;
	size_t cursor = 0;

	return next_of(row, field, &cursor, &view) && cursor < end;
}

void
otp_cells_json(struct otp_json *json, const struct otp_fields *row,
    const enum otp_field column[], size_t n, bool only_those)
{
	struct otp_field_view view;
	size_t cursor = 0;

	for (size_t i = 0; i < n; i++) {
		otp_json_key(json, otp_field_name(column[i]));
		cursor = 0;
		if (next_of(row, column[i], &cursor, &view))
			json_value(json, row, &view);
		else
			json_absent(json, column[i]);
	}
	cursor = 0;
	while (!only_those && otp_fields_next(row, &cursor, &view)) {
		bool is_printed = otp_cells_is_secret(view.field) ||
		    stood_before(row, view.field, cursor);

		for (size_t i = 0; i < n; i++)
			is_printed = is_printed || column[i] == view.field;
		if (is_printed)
			continue;
		otp_json_key(json, otp_field_name(view.field));
		json_value(json, row, &view);
	}
}
