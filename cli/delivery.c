/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delivery of tokens, as csv or otpauth:// URIs: its lines checked, and made into rows of a request. */
#include "config.h"

#include "delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "choices.h"
#include "parse.h"
#include "secret.h"
#include "uri_lines.h"

static const char *const names[OTP_DELIVERY_COLUMNS] = { "serial", "secret", "type", "algorithm",
	"digits", "step", "counter", "not_before", "not_after", "users",
	"reason" /* what --rejects adds, so that a mended file of rejects can be read */ };

enum otp_err
otp_delivery_record(const struct otp_delivery *d, struct otp_csv *csv, struct otp_why *why)
{
	return d->is_uris ? otp_uri_lines_next(csv, why) : otp_csv_next(csv, why);
}

/* A hex string of even length is hex: nobody's base32 has only those letters by chance. */
enum otp_err
otp_delivery_parse_secret(const char *text, struct otp_bytes *ret)
{
	enum otp_err err = otp_parse_hex(text, ret);

	return err == OTP_ERR_BAD_INPUT ? otp_parse_base32(text, ret) : err;
}

/* What a message may repeat: it goes into logs and mails, and columns may have been mixed up. */
static const char *
harmless(const char *text)
{
	struct otp_bytes secret = OTP_BYTES_INIT;
	bool may_be_secret = otp_delivery_parse_secret(text, &secret) != OTP_ERR_BAD_INPUT &&
	    secret.len >= OTP_SEED_MIN;

	otp_bytes_clear(&secret);
	return may_be_secret ? "..." : text;
}

/* The columns are those of a URI's cells, the rest is not in the file. */
static enum otp_err
read_header(struct otp_delivery *d, struct otp_why *why)
{
	enum otp_err err;

	if (!d->is_uris) {
		err = otp_csv_header(&d->csv, names, OTP_DELIVERY_COLUMNS,
		    1u << OTP_DELIVERY_SERIAL | 1u << OTP_DELIVERY_SECRET, d->column, why);
		/* the header may be missing: then a name of a column is a cell */
		if (err == OTP_ERR_BAD_INPUT && why->n_args > 0 &&
		    harmless(why->arg[0]) != why->arg[0])
			(void)snprintf(why->arg[0], sizeof(why->arg[0]), "...");
		return err;
	}
	for (int i = 0; i < OTP_DELIVERY_COLUMNS; i++)
		d->column[i] = i < OTP_URI_LINES_CELLS ? i : -1;
	d->csv.n_expected = OTP_URI_LINES_CELLS;
	return OTP_OK;
}

enum otp_err
otp_delivery_init(struct otp_delivery *d, const void *content, size_t len,
    enum otp_delivery_format format, struct otp_why *why)
{
	const uint8_t *p = content;
	enum otp_err err;

	memset(d, 0, sizeof(*d));
	d->is_uris = format == OTP_DELIVERY_OTPAUTH ||
	    (format == OTP_DELIVERY_AUTO && otp_uri_lines_is(content, len));
	otp_csv_init(&d->csv, content, len);
	for (size_t i = 0; i < len; i++)
		d->n_lines_max += p[i] == '\n';
	d->n_lines_max += 2;
	d->bad = calloc(d->n_lines_max / 8 + 1, 1);
	if (d->bad == NULL)
		return OTP_ERR_NO_MEMORY;
	err = read_header(d, why);
	d->first = d->csv.next;
	d->first_line = d->csv.next_line;
	return err;
}

void
otp_delivery_clear(struct otp_delivery *d)
{
	otp_csv_clear(&d->csv);
	otp_seen_clear(&d->serials);
	otp_seen_clear(&d->secrets);
	otp_seen_clear(&d->users);
	free(d->bad);
	memset(d, 0, sizeof(*d));
}

void
otp_delivery_rewind(struct otp_delivery *d)
{
	otp_csv_seek(&d->csv, d->first, d->first_line);
}

void
otp_delivery_mark_bad(struct otp_delivery *d, unsigned line)
{
	if (line < d->n_lines_max)
		d->bad[line / 8] |= (uint8_t)(1u << line % 8);
}

static bool
is_bad(const struct otp_delivery *d, unsigned line)
{
	return line < d->n_lines_max && (d->bad[line / 8] >> line % 8 & 1) != 0;
}

/* "" where the file has no such column */
static const char *
cell(const struct otp_delivery *d, const struct otp_csv *csv, size_t which)
{
	return d->column[which] >= 0 ? csv->cell[d->column[which]] : "";
}

static enum otp_err
bad_cell(const struct otp_delivery *d, size_t which, struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, names[which],
	    harmless(cell(d, &d->csv, which)));
}

/* One of the words, in any case; the first where the cell is empty. */
static enum otp_err
put_word(const struct otp_delivery *d, size_t which, const char *const words[],
    enum otp_field field, struct otp_fields *row, const char **ret, struct otp_why *why)
{
	const char *text = cell(d, &d->csv, which);
	size_t i = 0;

	while (text[0] != '\0' && words[i] != NULL && strcasecmp(text, words[i]) != 0)
		i++;
	if (words[i] == NULL)
		return bad_cell(d, which, why);
	*ret = words[i];
	return otp_fields_put_str(row, field, words[i]);
}

static enum otp_err
put_int(const struct otp_delivery *d, size_t which, int64_t min, int64_t max, int64_t otherwise,
    enum otp_field field, struct otp_fields *row, struct otp_why *why)
{
	const char *text = cell(d, &d->csv, which);
	int64_t n = otherwise;

	if (text[0] != '\0' && otp_parse_i64(text, min, max, &n) != OTP_OK)
		return bad_cell(d, which, why);
	return otp_fields_put_int(row, field, n);
}

static enum otp_err
put_secret(struct otp_delivery *d, struct otp_fields *row, struct otp_bytes *ret_secret,
    struct otp_why *why)
{
	enum otp_err err =
	    otp_delivery_parse_secret(cell(d, &d->csv, OTP_DELIVERY_SECRET), ret_secret);

	/* the cell itself is never repeated: it is a secret */
	if (err == OTP_ERR_BAD_INPUT)
		return OTP_WHY(why, err, LINE_NO_SECRET);
	if (err != OTP_OK)
		return err;
	if (ret_secret->len < OTP_SEED_MIN || ret_secret->len > OTP_SEED_MAX)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_SECRET_SIZE,
		    OTP_WHY_NUM(8 * ret_secret->len));
	return otp_fields_put_bytes(row, OTP_FIELD_SECRET, ret_secret->data, ret_secret->len);
}

static enum otp_err
put_dates(const struct otp_delivery *d, struct otp_fields *row, struct otp_why *why)
{
	static const size_t which[2] = { OTP_DELIVERY_NOT_BEFORE, OTP_DELIVERY_NOT_AFTER };
	static const enum otp_field field[2] = { OTP_FIELD_NOT_BEFORE, OTP_FIELD_NOT_AFTER };
	int64_t when[2] = { INT64_MIN, INT64_MAX };
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < 2; i++) {
		const char *text = cell(d, &d->csv, which[i]);

		if (text[0] == '\0')
			continue;
		if (otp_parse_time(text, &when[i]) != OTP_OK || when[i] <= 0)
			return bad_cell(d, which[i], why);
		err = otp_fields_put_int(row, field[i], when[i]);
	}
	if (err == OTP_OK && when[0] >= when[1])
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_DATES);
	return err;
}

/* Names with blanks between them, each once. */
static enum otp_err
put_users(const struct otp_delivery *d, struct otp_fields *row, struct otp_why *why)
{
	enum otp_err err = OTP_OK;

	for (const char *p = cell(d, &d->csv, OTP_DELIVERY_USERS); err == OTP_OK && *p != '\0';) {
		size_t n = strcspn(p, " ");
		char name[OTP_NAME_MAX + 1];
		struct otp_field_view view;
		size_t cursor = 0;

		if (n == 0) {
			p++;
			continue;
		}
		if (n >= sizeof(name))
			return bad_cell(d, OTP_DELIVERY_USERS, why);
		memcpy(name, p, n);
		name[n] = '\0';
		if (otp_parse_name(name) != OTP_OK)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "users",
			    harmless(name));
		while (otp_fields_next(row, &cursor, &view))
			if (view.field == OTP_FIELD_USERS && strcmp(view.str, name) == 0)
				return bad_cell(d, OTP_DELIVERY_USERS, why);
		err = otp_fields_put_str(row, OTP_FIELD_USERS, name);
		p += n;
	}
	return err;
}

/* What a time-based token has and a counter-based one has not, and the other way round. */
static enum otp_err
put_moving_factor(const struct otp_delivery *d, bool is_hotp, struct otp_fields *row,
    struct otp_why *why)
{
	const char *foreign = cell(d, &d->csv, is_hotp ? OTP_DELIVERY_STEP : OTP_DELIVERY_COUNTER);

	if (foreign[0] != '\0' && strcmp(foreign, "0") != 0)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_NOT_WITH, is_hotp ? "step" : "counter",
		    is_hotp ? "totp" : "hotp");
	if (is_hotp)
		return put_int(
		    d, OTP_DELIVERY_COUNTER, 0, INT64_MAX - 1, 0, OTP_FIELD_COUNTER, row, why);
	return put_int(d, OTP_DELIVERY_STEP, OTP_IMPORT_STEP_MIN, OTP_IMPORT_STEP_MAX, 60,
	    OTP_FIELD_STEP, row, why);
}

static enum otp_err
make_row(
    struct otp_delivery *d, struct otp_fields *row, struct otp_bytes *secret, struct otp_why *why)
{
#define X(id, word) word,
	static const char *const types[] = { OTP_TOKEN_TYPES(X) NULL };
	static const char *const algorithms[] = { OTP_ALGORITHMS(X) NULL };
#undef X
	const char *serial = cell(d, &d->csv, OTP_DELIVERY_SERIAL), *type = "", *unused;
	enum otp_err err;

	if (otp_parse_serial(serial) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_NOT_SERIAL, harmless(serial));
	err = otp_fields_put_int(row, OTP_FIELD_LINE, d->csv.line);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK)
		err = put_secret(d, row, secret, why);
	if (err == OTP_OK)
		err = put_word(d, OTP_DELIVERY_TYPE, types, OTP_FIELD_TYPE, row, &type, why);
	if (err == OTP_OK)
		err = put_word(
		    d, OTP_DELIVERY_ALGORITHM, algorithms, OTP_FIELD_ALGORITHM, row, &unused, why);
	if (err == OTP_OK)
		err = put_int(d, OTP_DELIVERY_DIGITS, OTP_DIGITS_MIN, OTP_DIGITS_MAX, 6,
		    OTP_FIELD_DIGITS, row, why);
	if (err == OTP_OK)
		err = put_moving_factor(d, strcmp(type, "hotp") == 0, row, why);
	if (err == OTP_OK)
		err = put_dates(d, row, why);
	if (err == OTP_OK)
		err = put_users(d, row, why);
	return err;
}

/* What must stand in one line of the file only. */
enum once { ONCE_SERIAL, ONCE_SECRET, ONCE_USER };

/* Does an earlier record, read again, have this value? */
static enum otp_err
has_value(const struct otp_delivery *d, const struct otp_seen_entry *e, enum once once,
    const void *value, size_t len, bool *ret)
{
	struct otp_csv again = { 0 };
	struct otp_bytes secret = OTP_BYTES_INIT;
	const char *text;
	enum otp_err err;

	*ret = false;
	otp_csv_init(&again, d->csv.data, d->csv.len);
	again.n_expected = d->csv.n_expected;
	otp_csv_seek(&again, e->at, e->line);
	err = otp_delivery_record(d, &again, NULL);
	if (err != OTP_OK)
		goto out;
	switch (once) {
	case ONCE_SERIAL:
		text = cell(d, &again, OTP_DELIVERY_SERIAL);
		*ret = strlen(text) == len && memcmp(text, value, len) == 0;
		break;
	case ONCE_SECRET:
		err = otp_delivery_parse_secret(cell(d, &again, OTP_DELIVERY_SECRET), &secret);
		*ret = err == OTP_OK && secret.len == len && otp_equal(secret.data, value, len);
		break;
	case ONCE_USER:
		text = cell(d, &again, OTP_DELIVERY_USERS);
		for (size_t n; *text != '\0' && !*ret; text += n + strspn(text + n, " ")) {
			n = strcspn(text, " ");
			*ret = n == len && memcmp(text, value, len) == 0;
		}
		break;
	}
out:
	otp_bytes_clear(&secret);
	otp_csv_clear(&again);
	return err;
}

/* Looks a value up among the earlier lines, and adds it. *ret_line: where it stood, 0: nowhere. */
static enum otp_err
look_up(struct otp_delivery *d, struct otp_seen *seen, enum once once, const void *value,
    size_t len, uint32_t *ret_line)
{
	uint64_t hash = otp_seen_hash(value, len);
	const struct otp_seen_entry *e;
	size_t cursor = 0;

	*ret_line = 0;
	while ((e = otp_seen_find(seen, hash, &cursor)) != NULL) {
		bool same = false;
		enum otp_err err = has_value(d, e, once, value, len, &same);

		if (err != OTP_OK)
			return err;
		if (same) {
			*ret_line = e->line;
			return OTP_OK;
		}
	}
	return otp_seen_add(seen, hash, d->csv.at, d->csv.line);
}

/* A user has one token: nobody is given two. */
static enum otp_err
check_users_twice(struct otp_delivery *d, const struct otp_fields *row, struct otp_why *why)
{
	struct otp_field_view view;
	uint32_t line = 0;
	size_t cursor = 0;

	while (otp_fields_next(row, &cursor, &view)) {
		enum otp_err err;

		if (view.field != OTP_FIELD_USERS)
			continue;
		err = look_up(d, &d->users, ONCE_USER, view.str, strlen(view.str), &line);
		if (err == OTP_OK && line != 0)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_USER_TWICE, view.str,
			    OTP_WHY_NUM(line));
		if (err != OTP_OK)
			return err;
	}
	return OTP_OK;
}

static enum otp_err
check_twice(struct otp_delivery *d, const struct otp_fields *row, const struct otp_bytes *secret,
    struct otp_why *why)
{
	const char *serial = cell(d, &d->csv, OTP_DELIVERY_SERIAL);
	uint32_t line = 0;
	enum otp_err err;

	err = look_up(d, &d->serials, ONCE_SERIAL, serial, strlen(serial), &line);
	if (err == OTP_OK && line != 0)
		return OTP_WHY(
		    why, OTP_ERR_BAD_INPUT, LINE_SERIAL_TWICE, serial, OTP_WHY_NUM(line));
	if (err == OTP_OK)
		err = look_up(d, &d->secrets, ONCE_SECRET, secret->data, secret->len, &line);
	if (err == OTP_OK && line != 0)
		return OTP_WHY(
		    why, OTP_ERR_BAD_INPUT, LINE_SECRET_TWICE, serial, OTP_WHY_NUM(line));
	return err == OTP_OK ? check_users_twice(d, row, why) : err;
}

enum otp_err
otp_delivery_next(struct otp_delivery *d, bool is_first_time, struct otp_fields *ret_row,
    struct otp_why *why)
{
	struct otp_bytes secret = OTP_BYTES_INIT;
	enum otp_err err;

	do {
		otp_why_clear(why);
		err = otp_delivery_record(d, &d->csv, why);
	} while (is_bad(d, d->csv.line) && (err == OTP_OK || err == OTP_ERR_BAD_INPUT));
	if (err == OTP_OK)
		err = make_row(d, ret_row, &secret, why);
	if (err == OTP_OK && is_first_time)
		err = check_twice(d, ret_row, &secret, why);
	if (err != OTP_OK)
		otp_fields_clear(ret_row);
	otp_bytes_clear(&secret);
	return err;
}
