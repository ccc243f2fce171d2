/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A streaming JSON writer: what is written is JSON, or the error says that it was not. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "text.h"

static void
put(struct otp_json *j, const char *data, size_t len)
{
	if (j->err == OTP_OK && len > 0 && !j->out(j->ctx, data, len))
		j->err = OTP_ERR_SYSTEM;
}

static void
fail(struct otp_json *j)
{
	if (j->err == OTP_OK)
		j->err = OTP_ERR_INTERNAL;
}

/* Before a value: the comma, and is a value due here? */
static bool
begin_value(struct otp_json *j)
{
	if (j->after_key)
		j->after_key = false;
	else if (j->is_object[j->depth] || (j->depth == 0 && j->has_item[0]))
		fail(j);
	else if (j->has_item[j->depth])
		put(j, ",", 1);
	j->has_item[j->depth] = true;
	return j->err == OTP_OK;
}

static void
open_scope(struct otp_json *j, bool is_object)
{
	if (j->depth + 1 >= OTP_JSON_DEPTH)
		fail(j);
	if (!begin_value(j))
		return;
	put(j, is_object ? "{" : "[", 1);
	j->depth++;
	j->has_item[j->depth] = false;
	j->is_object[j->depth] = is_object;
}

static void
close_scope(struct otp_json *j, bool is_object)
{
	if (j->depth == 0 || j->after_key || j->is_object[j->depth] != is_object)
		fail(j);
	if (j->err != OTP_OK)
		return;
	put(j, is_object ? "}" : "]", 1);
	j->depth--;
}

void
otp_json_init(struct otp_json *j, otp_json_out out, void *ctx)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
	j->ctx = ctx;
	j->err = OTP_OK;
}

void
otp_json_object(struct otp_json *j)
{
	open_scope(j, true);
}

void
otp_json_object_end(struct otp_json *j)
{
	close_scope(j, true);
}

void
otp_json_array(struct otp_json *j)
{
	open_scope(j, false);
}

void
otp_json_array_end(struct otp_json *j)
{
	close_scope(j, false);
}

static void
put_char(struct otp_json *j, uint32_t c)
{
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	char text[16];
	size_t len;

	for (size_t i = 0; i + 1 < sizeof(letters); i += 2)
		if (c == (unsigned char)letters[i]) {
			text[0] = '\\';
			text[1] = letters[i + 1];
			put(j, text, 2);
			return;
		}
	if (c < 0x10000)
		len = (size_t)snprintf(text, sizeof(text), "\\u%04x", (unsigned)c & 0xffff);
	else
		len = (size_t)snprintf(text, sizeof(text), "\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((c - 0x10000) >> 10)) & 0xffff,
		    (unsigned)(0xdc00 + (c & 0x3ff)) & 0xffff);
	put(j, text, len);
}

static void
put_string(struct otp_json *j, const char *s, size_t n)
{
	size_t plain = 0;	/* what is plain goes out in runs */
	size_t i = 0;

	put(j, "\"", 1);
	while (i < n) {
		uint32_t c;
		size_t len = otp_text_utf8(s + i, n - i, &c);

		if (len > 0 && c != '"' && c != '\\' && !otp_text_is_harmful(c)) {
			i += len;
			continue;
		}
		put(j, s + plain, i - plain);
		if (len > 0)
			put_char(j, c);
		else
			put(j, "\xef\xbf\xbd", 3);	/* U+FFFD */
		i += len > 0 ? len : 1;
		plain = i;
	}
	put(j, s + plain, i - plain);
	put(j, "\"", 1);
}

void
otp_json_key(struct otp_json *j, const char *key)
{
	if (!j->is_object[j->depth] || j->after_key)
		fail(j);
	if (j->err != OTP_OK)
		return;
	if (j->has_item[j->depth])
		put(j, ",", 1);
	put_string(j, key, strlen(key));
	put(j, ":", 1);
	j->has_item[j->depth] = true;
	j->after_key = true;
}

void
otp_json_strn(struct otp_json *j, const char *s, size_t n)
{
	if (begin_value(j))
		put_string(j, s, n);
}

void
otp_json_str(struct otp_json *j, const char *s)
{
	if (s != NULL)
		otp_json_strn(j, s, strlen(s));
	else
		otp_json_null(j);
}

static void
put_word(struct otp_json *j, const char *word)
{
	if (begin_value(j))
		put(j, word, strlen(word));
}

void
otp_json_int(struct otp_json *j, int64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)v);
	put_word(j, text);
}

void
otp_json_uint(struct otp_json *j, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	put_word(j, text);
}

void
otp_json_bool(struct otp_json *j, bool v)
{
	put_word(j, v ? "true" : "false");
}

void
otp_json_null(struct otp_json *j)
{
	put_word(j, "null");
}

void
otp_json_newline(struct otp_json *j)
{
	if (j->depth > 0)
		fail(j);
	put(j, "\n", 1);
	j->has_item[0] = false;
}

enum otp_err
otp_json_end(struct otp_json *j)
{
	if (j->depth > 0 || j->after_key)
		fail(j);
	return j->err;
}
