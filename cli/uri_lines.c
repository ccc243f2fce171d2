/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of otpauth:// URIs, one a line, read as if it were a csv of tokens. */
#include "config.h"

#include "uri_lines.h"

#include <stdio.h>
#include <string.h>

#include "text.h"
#include "uri.h"

#define NUMBER_MAX 24

bool
otp_uri_lines_is(const void *data, size_t len)
{
	static const char begin[] = "otpauth://";
	const char *p = data;

	return len > 0 && (p[0] == '#' ||
	    (len >= sizeof(begin) - 1 && memcmp(p, begin, sizeof(begin) - 1) == 0));
}

/* Takes the line that begins at csv->next; its end of line is LF or CRLF. */
static void
take_line(struct otp_csv *csv)
{
	const uint8_t *begin = csv->data + csv->next;
	const uint8_t *eol = memchr(begin, '\n', csv->len - csv->next);
	size_t len = eol != NULL ? (size_t)(eol - begin) : csv->len - csv->next;

	csv->at = csv->next;
	csv->line = csv->next_line++;
	csv->next += len + (eol != NULL);
	csv->raw_len = len > 0 && begin[len - 1] == '\r' ? len - 1 : len;
}

static enum otp_err
put_cell(struct otp_bytes *to, const char *text, size_t ret_at[], size_t i)
{
	ret_at[i] = to->len;
	return otp_bytes_append(to, text, strlen(text) + 1);
}

static enum otp_err
put_cells(struct otp_csv *csv, const struct otp_uri *uri)
{
	char digits[NUMBER_MAX], step[NUMBER_MAX], counter[NUMBER_MAX];
	struct otp_bytes secret = OTP_BYTES_INIT;
	size_t at[OTP_URI_LINES_CELLS];
	enum otp_err err;

	(void)snprintf(digits, sizeof(digits), "%u", uri->digits);
	(void)snprintf(step, sizeof(step), "%u", uri->step);
	(void)snprintf(counter, sizeof(counter), "%llu", (unsigned long long)uri->counter);
	err = otp_text_base32(uri->secret.data, uri->secret.len, &secret);
	if (err == OTP_OK) {
		const char *const text[OTP_URI_LINES_CELLS] = { uri->serial, otp_text_str(&secret),
			uri->is_hotp ? "hotp" : "totp", uri->algorithm, digits,
			uri->is_hotp ? "" : step, uri->is_hotp ? counter : "" };

		for (size_t i = 0; err == OTP_OK && i < OTP_URI_LINES_CELLS; i++)
			err = put_cell(&csv->text, text[i], at, i);
	}
	for (size_t i = 0; err == OTP_OK && i < OTP_URI_LINES_CELLS; i++)
		csv->cell[i] = (const char *)csv->text.data + at[i];
	csv->n_cells = err == OTP_OK ? OTP_URI_LINES_CELLS : 0;
	otp_bytes_clear(&secret);
	return err;
}

enum otp_err
otp_uri_lines_next(struct otp_csv *csv, struct otp_why *why)
{
	struct otp_uri uri = OTP_URI_INIT;
	enum otp_err err;

	otp_bytes_empty(&csv->text);
	csv->n_cells = 0;
	do {
		if (csv->next >= csv->len)
			return OTP_ERR_NOT_FOUND;
		take_line(csv);
	} while (csv->raw_len > 0 && csv->data[csv->at] == '#');
	err = otp_uri_parse((const char *)csv->data + csv->at, csv->raw_len, &uri, why);
	if (err == OTP_OK)
		err = put_cells(csv, &uri);
	otp_uri_clear(&uri);
	return err;
}
