/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict reader, and the quoting, of comma-separated values (RFC 4180). */
#include "config.h"

#include <string.h>

#include "csv.h"

void
otp_csv_init(struct otp_csv *csv, const void *data, size_t len)
{
	memset(csv, 0, sizeof(*csv));
	csv->data = data;
	csv->len = len;
	csv->next_line = 1;
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		csv->next = 3;
}

void
otp_csv_clear(struct otp_csv *csv)
{
	if (csv == NULL)
		return;
	otp_bytes_clear(&csv->text);
	memset(csv, 0, sizeof(*csv));
}

void
otp_csv_seek(struct otp_csv *csv, size_t at, unsigned line)
{
	csv->next = at < csv->len ? at : csv->len;
	csv->next_line = line;
}

/* The length of the UTF-8 character at p, 0 if there is none (RFC 3629). */
static size_t
character(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return p[0] != '\0';
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (left < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/* Passes over a bad record: to the line after the one that it began in. */
static void
skip_line(struct otp_csv *csv)
{
	const uint8_t *start = csv->data + csv->at;
	const uint8_t *end = memchr(start, '\n', csv->len - csv->at);
	size_t n = end != NULL ? (size_t)(end - start) : csv->len - csv->at;

	csv->next = csv->at + n + (end != NULL);
	csv->next_line = csv->line + 1;
	csv->raw_len = n > 0 && start[n - 1] == '\r' ? n - 1 : n;
	csv->n_cells = 0;
}

/* One record in the making: where we are in it. */
struct reading {
	const uint8_t *p, *end;
	unsigned line;
	size_t n_cells;
	size_t start[OTP_CSV_COLUMNS_MAX];	/* of each cell in csv->text */
};

/* Bytes that need no thought, wherever they stand. */
static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != ',';
}

/* The next character of a cell, checked, and the plain ones behind it. */
static enum otp_err
take(struct otp_csv *csv, struct reading *r, struct otp_why *why)
{
	size_t left = (size_t)(r->end - r->p);
	size_t n = character(r->p, left);

	if (n == 0)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_NOT_TEXT);
	while (n < left && n <= OTP_CSV_RECORD_MAX && is_plain(r->p[n]))
		n++;
	if (csv->text.len + n > OTP_CSV_RECORD_MAX)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_TOO_LONG,
		    OTP_WHY_NUM(OTP_CSV_RECORD_MAX));
	if (otp_bytes_append(&csv->text, r->p, n) != OTP_OK)
		return OTP_ERR_NO_MEMORY;
	if (*r->p == '\n')
		r->line++;
	r->p += n;
	return OTP_OK;
}

/* Is this the end of a record, and of how many bytes? The end of the file has none. */
static bool
at_end(const struct reading *r, size_t *ret_n)
{
	*ret_n = 0;
	if (r->p == r->end)
		return true;
	if (*r->p == '\n')
		*ret_n = 1;
	else if (*r->p == '\r' && r->end - r->p > 1 && r->p[1] == '\n')
		*ret_n = 2;
	return *ret_n > 0;
}

static enum otp_err
quoted_cell(struct otp_csv *csv, struct reading *r, struct otp_why *why)
{
	size_t n;

	for (r->p++;; ) {
		enum otp_err err;

		if (r->p == r->end)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_QUOTE_OPEN);
		if (*r->p == '"') {
			r->p++;
			if (r->p == r->end || *r->p != '"')
				break;
		}
		err = take(csv, r, why);
		if (err != OTP_OK)
			return err;
	}
	if (!at_end(r, &n) && *r->p != ',')
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_QUOTE_INSIDE);
	return OTP_OK;
}

static enum otp_err
plain_cell(struct otp_csv *csv, struct reading *r, struct otp_why *why)
{
	size_t n;

	while (!at_end(r, &n) && *r->p != ',') {
		enum otp_err err;

		if (*r->p == '"')
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_QUOTE_INSIDE);
		if (*r->p == '\r')
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_NOT_TEXT);
		err = take(csv, r, why);
		if (err != OTP_OK)
			return err;
	}
	return OTP_OK;
}

static enum otp_err
read_record(struct otp_csv *csv, struct reading *r, struct otp_why *why)
{
	size_t eol;

	if (at_end(r, &eol))
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_EMPTY_LINE);
	for (;;) {
		enum otp_err err;

		if (r->n_cells == OTP_CSV_COLUMNS_MAX)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_TOO_MANY_CELLS,
			    OTP_WHY_NUM(OTP_CSV_COLUMNS_MAX));
		r->start[r->n_cells++] = csv->text.len;
		if (r->p < r->end && *r->p == '"') {
			err = quoted_cell(csv, r, why);
			/* nobody knows now where the cell, and so the record, was meant to end */
			if (err == OTP_ERR_BAD_INPUT)
				csv->is_broken = true;
		} else {
			err = plain_cell(csv, r, why);
		}
		if (err == OTP_OK && otp_bytes_append(&csv->text, "", 1) != OTP_OK)
			err = OTP_ERR_NO_MEMORY;
		if (err != OTP_OK)
			return err;
		if (at_end(r, &eol))
			break;
		r->p++;		/* the comma */
	}
	csv->raw_len = (size_t)(r->p - (csv->data + csv->at));
	csv->next = csv->at + csv->raw_len + eol;
	csv->next_line = r->line + (eol > 0);
	return OTP_OK;
}

enum otp_err
otp_csv_next(struct otp_csv *csv, struct otp_why *why)
{
	struct reading r = { 0 };
	enum otp_err err;

	otp_bytes_empty(&csv->text);
	csv->n_cells = 0;
	csv->at = csv->next;
	csv->line = csv->next_line;
	if (csv->next >= csv->len)
		return OTP_ERR_NOT_FOUND;
	r.p = csv->data + csv->at;
	r.end = csv->data + csv->len;
	r.line = csv->line;

	err = read_record(csv, &r, why);
	if (err == OTP_OK && csv->n_expected != 0 && r.n_cells != csv->n_expected) {
		/* a whole record, so the next one begins behind it */
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_WRONG_COUNT,
		    OTP_WHY_NUM(r.n_cells), OTP_WHY_NUM(csv->n_expected));
	}
	if (err != OTP_OK) {
		skip_line(csv);
		return err;
	}
	csv->n_expected = r.n_cells;
	csv->n_cells = r.n_cells;
	for (size_t i = 0; i < r.n_cells; i++)
		csv->cell[i] = (const char *)csv->text.data + r.start[i];
	return OTP_OK;
}

enum otp_err
otp_csv_header(struct otp_csv *csv, const char *const names[], size_t n, uint32_t required,
    int ret_column[], struct otp_why *why)
{
	enum otp_err err = otp_csv_next(csv, why);

	for (size_t i = 0; i < n; i++)
		ret_column[i] = -1;
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_NO_HEADER);
	if (err != OTP_OK)
		return err;
	for (size_t c = 0; c < csv->n_cells; c++) {
		size_t i = 0;

		while (i < n && strcmp(csv->cell[c], names[i]) != 0)
			i++;
		if (i == n)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_UNKNOWN_COLUMN, csv->cell[c]);
		if (ret_column[i] >= 0)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_COLUMN_TWICE, names[i]);
		ret_column[i] = (int)c;
	}
	for (size_t i = 0; i < n; i++)
		if ((required >> i & 1) != 0 && ret_column[i] < 0)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CSV_COLUMN_MISSING, names[i]);
	return OTP_OK;
}

enum otp_err
otp_csv_put(struct otp_bytes *to, const char *cell)
{
	enum otp_err err;

	if (cell[strcspn(cell, "\",\r\n")] == '\0')
		return otp_bytes_append(to, cell, strlen(cell));
	err = otp_bytes_append(to, "\"", 1);
	for (const char *p = cell; err == OTP_OK && *p != '\0'; p++) {
		if (*p == '"')
			err = otp_bytes_append(to, "\"", 1);
		if (err == OTP_OK)
			err = otp_bytes_append(to, p, 1);
	}
	return err == OTP_OK ? otp_bytes_append(to, "\"", 1) : err;
}
