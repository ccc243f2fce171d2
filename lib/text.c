/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people and logs: bounded building, escaping, times, amounts, hex and base32. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum otp_err
otp_text_put(struct otp_bytes *b, const char *s)
{
	return otp_bytes_append(b, s, strlen(s));
}

enum otp_err
otp_text_putf(struct otp_bytes *b, const char *fmt, ...)
{
	enum otp_err err;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return OTP_ERR_INTERNAL;
	if ((size_t)n > SIZE_MAX / 4 - b->len)
		return OTP_ERR_NO_MEMORY;
	err = otp_bytes_reserve(b, b->len + (size_t)n);
	if (err != OTP_OK || n == 0)
		return err;
	va_start(ap, fmt);
	/* reserve leaves one byte more for the NUL */
	n = vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return OTP_ERR_INTERNAL;
	b->len += (size_t)n;
	return OTP_OK;
}

const char *
otp_text_str(const struct otp_bytes *b)
{
	return b->data != NULL ? (const char *)b->data : "";
}

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
otp_text_utf8(const char *s, size_t len, uint32_t *ret_char)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;

	*ret_char = 0;
	if (len == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_char = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf && len >= 2 && is_tail(p[1])) {
		*ret_char = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
		return 2;
	}
	if ((p[0] & 0xf0) == 0xe0 && len >= 3 && is_tail(p[1]) && is_tail(p[2])) {
		c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
		if (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))	/* overlong, surrogate */
			return 0;
		*ret_char = c;
		return 3;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4 && len >= 4 && is_tail(p[1]) && is_tail(p[2]) &&
	    is_tail(p[3])) {
		c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
		    (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
		if (c < 0x10000 || c > 0x10ffff)
			return 0;
		*ret_char = c;
		return 4;
	}
	return 0;
}

bool
otp_text_is_utf8(const char *s, size_t len)
{
	uint32_t c;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = otp_text_utf8(s, len, &c);
		if (n == 0)
			return false;
	}
	return true;
}

char *
otp_text_cut(char *buf, size_t size, const char *s)
{
	size_t len = strlen(s);
	size_t out = 0;
	uint32_t c;

	if (size == 0)
		return buf;
	while (len > 0) {
		size_t n = otp_text_utf8(s, len, &c);
		size_t in = n > 0 ? n : 1;

		if (in >= size - out)
			break;
		if (n > 0)
			memcpy(buf + out, s, n);
		else
			buf[out] = '?';
		out += in;
		s += in;
		len -= in;
	}
	buf[out] = '\0';
	return buf;
}

bool
otp_text_is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) ||	/* C0, DEL, C1 */
	    c == 0x061c || c == 0x200e || c == 0x200f ||	/* bidi marks */
	    (c >= 0x2028 && c <= 0x202e) ||		/* line ends, bidi embeddings */
	    (c >= 0x2066 && c <= 0x2069) ||		/* bidi isolates */
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);		/* tags: text that nobody sees */
}

char *
otp_text_escape(char *buf, size_t size, const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t out = 0;

	if (size == 0)
		return buf;
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = otp_text_utf8(s + i, len - i, &c);
		bool is_plain = n > 0 && c != '\\' && !otp_text_is_harmful(c);
		size_t in = n > 0 ? n : 1;
		size_t need = is_plain ? in : 4 * in;

		/* never half a character, never half an escape */
		if (need >= size - out)
			break;
		if (is_plain) {
			memcpy(buf + out, s + i, in);
			out += in;
			i += in;
			continue;
		}
		for (; in > 0; in--, i++) {
			unsigned char byte = (unsigned char)s[i];

			buf[out++] = '\\';
			buf[out++] = 'x';
			buf[out++] = digits[byte >> 4];
			buf[out++] = digits[byte & 15];
		}
	}
	buf[out] = '\0';
	return buf;
}

/* A day since 1970-01-01 as a Gregorian date, by eras of 400 years that start in March. */
static void
civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)yoe + era * 400 + (*month <= 2 ? 1 : 0);
}

char *
otp_text_time(char buf[OTP_TIME_TEXT], int64_t seconds)
{
	int64_t days = seconds / 86400;
	int64_t rest = seconds % 86400;
	int64_t year;
	unsigned month, day;
	char all[64];

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	civil_from_days(days, &year, &month, &day);
	(void)snprintf(all, sizeof(all), "%04lld-%02u-%02uT%02u:%02u:%02uZ", (long long)year,
	    month % 13, day % 32, (unsigned)(rest / 3600) % 24, (unsigned)(rest / 60 % 60),
	    (unsigned)(rest % 60));
	(void)snprintf(buf, OTP_TIME_TEXT, "%.*s", OTP_TIME_TEXT - 1, all);
	return buf;
}

char *
otp_text_hex(char *buf, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		buf[2 * i] = digits[p[i] >> 4];
		buf[2 * i + 1] = digits[p[i] & 15];
	}
	buf[2 * len] = '\0';
	return buf;
}

enum otp_err
otp_text_base64(const void *data, size_t len, struct otp_bytes *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < len; i += 3) {
		uint32_t bits = (uint32_t)p[i] << 16 | (i + 1 < len ? (uint32_t)p[i + 1] << 8 : 0) |
		    (i + 2 < len ? p[i + 2] : 0);
		char four[5] = { digits[bits >> 18], digits[bits >> 12 & 63],
			i + 1 < len ? digits[bits >> 6 & 63] : '=', i + 2 < len ? digits[bits & 63] : '=',
			'\0' };

		err = otp_text_put(ret, four);
	}
	return err;
}

enum otp_err
otp_text_base32(const void *data, size_t len, struct otp_bytes *ret)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const uint8_t *p = data;
	enum otp_err err;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	otp_bytes_empty(ret);
	if (len > SIZE_MAX / 16)
		return OTP_ERR_NO_MEMORY;
	err = otp_bytes_reserve(ret, (len * 8 + 4) / 5);
	if (err != OTP_OK)
		return err;
	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8 | p[i]) & 0xfff;
		for (n_bits += 8; n_bits >= 5; n_bits -= 5)
			ret->data[ret->len++] = (uint8_t)alphabet[bits >> (n_bits - 5) & 31];
	}
	if (n_bits > 0)
		ret->data[ret->len++] = (uint8_t)alphabet[bits << (5 - n_bits) & 31];
	return OTP_OK;
}

char *
otp_text_amount(char buf[32], int64_t minor, unsigned digits)
{
	uint64_t value = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
	uint64_t unit = 1;
	const char *sign = minor < 0 ? "-" : "";
	char all[64];

	if (digits > 18)
		digits = 18;
	for (unsigned i = 0; i < digits; i++)
		unit *= 10;
	if (digits == 0)
		(void)snprintf(all, sizeof(all), "%s%llu", sign, (unsigned long long)value);
	else
		(void)snprintf(all, sizeof(all), "%s%llu.%0*llu", sign,
		    (unsigned long long)(value / unit), (int)digits,
		    (unsigned long long)(value % unit));
	(void)snprintf(buf, 32, "%.31s", all);
	return buf;
}
