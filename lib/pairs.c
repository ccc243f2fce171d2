/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields as a line of text for people and logs: key=value, escaped. */
#include "config.h"

#include "pairs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define ITEMS_MAX 16	/* of a list in a log's line */
#define VALUE_MAX 512	/* bytes of a value there, escaped */

/* Escaped, its own quotes and commas too; in quotes where a reader of words would stumble. */
static enum otp_err
put_value(struct otp_bytes *line, const char *value, bool is_item, size_t max)
{
	size_t size = 4 * strlen(value) + 1;
	enum otp_err err = OTP_OK;
	const char *quote;
	char *text;

	if (max > 0 && size > max)
		size = max;
	text = malloc(size);
	if (text == NULL)
		return OTP_ERR_NO_MEMORY;
	otp_text_escape(text, size, value, strlen(value));
	quote = !is_item && (text[0] == '\0' || strpbrk(text, " =\"") != NULL) ? "\"" : "";
	err = otp_text_put(line, quote);
	for (const char *p = text; *p != '\0' && err == OTP_OK; p++)
		if (*p == '"' || (is_item && (*p == ',' || *p == ' ')))
			err = otp_text_putf(line, "\\x%02x", (unsigned)*p);
		else
			err = otp_bytes_append(line, p, 1);
	free(text);
	return err == OTP_OK ? otp_text_put(line, quote) : err;
}

enum otp_err
otp_pairs_put_value(struct otp_bytes *line, const char *value)
{
	return put_value(line, value, false, VALUE_MAX);
}

static enum otp_err
put_pair(struct otp_bytes *line, const char *key, const char *value, size_t max)
{
	enum otp_err err;

	if (value[0] == '\0')
		return OTP_OK;
	err = otp_text_putf(line, " %s=", key);
	return err == OTP_OK ? put_value(line, value, false, max) : err;
}

enum otp_err
otp_pairs_put(struct otp_bytes *line, const char *key, const char *value)
{
	return put_pair(line, key, value, VALUE_MAX);
}

/* All values of a list at its first one; nothing if there are too many for a log. */
static enum otp_err
put_list(struct otp_bytes *line, const struct otp_fields *fields, enum otp_field field, size_t max)
{
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;
	unsigned n = 0;

	while (otp_fields_next(fields, &cursor, &view))
		n += view.field == field ? 1 : 0;
	if (max > 0 && n > ITEMS_MAX)
		return OTP_OK;
	cursor = n = 0;
	while (err == OTP_OK && otp_fields_next(fields, &cursor, &view)) {
		if (view.field != field)
			continue;
		if (n++ == 0)
			err = otp_text_putf(line, " %s=", otp_field_name(field));
		else
			err = otp_text_put(line, ",");
		if (err == OTP_OK)
			err = put_value(line, view.str, true, max);
	}
	return err;
}

static enum otp_err
put_one(struct otp_bytes *line, const struct otp_field_view *view, size_t max)
{
	const char *name = otp_field_name(view->field);
	char when[OTP_TIME_TEXT];

	switch (view->type) {
	case OTP_TYPE_STR:
	case OTP_TYPE_WORD:
		return put_pair(line, name, view->str, max);
	case OTP_TYPE_INT:
		return otp_text_putf(line, " %s=%lld", name, (long long)view->num);
	case OTP_TYPE_TIME:
		return put_pair(line, name, otp_text_time(when, view->num), max);
	case OTP_TYPE_BOOL:
		return put_pair(line, name, view->num != 0 ? "yes" : "no", max);
	case OTP_TYPE_LIST:	/* put_list */
	case OTP_TYPE_FIELDS:	/* hold no others */
	case OTP_TYPE_SECRET:
	case OTP_TYPE_BYTES:
		break;
	}
	return OTP_OK;
}

enum otp_err
otp_pairs_put_fields(struct otp_bytes *line, const struct otp_fields *fields, size_t enough)
{
	const size_t max = enough > 0 ? VALUE_MAX : 0;
	bool seen[OTP_FIELD_LIMIT] = { false };
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	while (err == OTP_OK && otp_fields_next(fields, &cursor, &view)) {
		if (enough > 0 && line->len > enough)
			return otp_text_put(line, " cut=yes");
		if (view.type == OTP_TYPE_LIST && !seen[view.field])
			err = put_list(line, fields, view.field, max);
		else if (view.type != OTP_TYPE_LIST)
			err = put_one(line, &view, max);
		seen[view.field] = true;
	}
	return err;
}
