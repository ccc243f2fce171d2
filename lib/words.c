/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict readers of names, serials, addresses, codes and encoded bytes (declared in parse.h). */
#include "config.h"

#include <string.h>

#include "parse.h"
#include "text.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum otp_err
otp_parse_hex(const char *text, struct otp_bytes *ret)
{
	struct otp_bytes bytes = OTP_BYTES_INIT;
	size_t len = text != NULL ? strlen(text) : 0;
	enum otp_err err;

	if (len == 0 || len % 2 != 0)
		return OTP_ERR_BAD_INPUT;
	err = otp_bytes_reserve(&bytes, len / 2);
	if (err != OTP_OK)
		goto out;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_value(text[i]);
		int low = hex_value(text[i + 1]);

		if (high < 0 || low < 0) {
			err = OTP_ERR_BAD_INPUT;
			goto out;
		}
		bytes.data[bytes.len++] = (uint8_t)(high << 4 | low);
	}
	otp_bytes_move(ret, &bytes);
out:
	otp_bytes_clear(&bytes);
	return err;
}

static int
base32_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

/* The shape of the end: no impossible number of characters, no bits that stand for nothing. */
static bool
base32_ends_well(size_t n_chars, size_t n_pad, uint32_t left_over)
{
	static const unsigned char possible[8] = { 1, 0, 1, 0, 1, 1, 0, 1 };

	if (n_chars == 0 || !possible[n_chars % 8] || left_over != 0)
		return false;
	return n_pad == 0 || (n_pad < 8 && (n_chars + n_pad) % 8 == 0);
}

enum otp_err
otp_parse_base32(const char *text, struct otp_bytes *ret)
{
	struct otp_bytes bytes = OTP_BYTES_INIT;
	size_t n_chars = 0, n_pad = 0;
	uint32_t bits = 0;
	unsigned n_bits = 0;
	enum otp_err err;

	if (text == NULL)
		return OTP_ERR_BAD_INPUT;
	err = otp_bytes_reserve(&bytes, strlen(text) / 8 * 5 + 5);
	if (err != OTP_OK)
		goto out;
	for (const char *p = text; *p != '\0'; p++) {
		int v = base32_value(*p);

		if (*p == ' ' || *p == '\t')
			continue;
		if (*p == '=') {
			n_pad++;
			continue;
		}
		if (v < 0 || n_pad > 0) {
			err = OTP_ERR_BAD_INPUT;
			goto out;
		}
		n_chars++;
		bits = (bits << 5 | (uint32_t)v) & 0x1fff;
		n_bits += 5;
		if (n_bits >= 8) {
			n_bits -= 8;
			bytes.data[bytes.len++] = (uint8_t)(bits >> n_bits);
		}
	}
	if (base32_ends_well(n_chars, n_pad, bits & ((1u << n_bits) - 1)))
		otp_bytes_move(ret, &bytes);
	else
		err = OTP_ERR_BAD_INPUT;
out:
	otp_bytes_clear(&bytes);
	return err;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters into three bytes; *ret_n of them count. False: no such four. */
static bool
take_base64(const char *four, bool is_last, uint8_t three[3], size_t *ret_n)
{
	size_t n_pad = is_last ? (size_t)(four[3] == '=') + (four[2] == '=' && four[3] == '=') : 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i < 4 - n_pad ? base64_value(four[i]) : 0;

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
	}
	three[0] = (uint8_t)(bits >> 16);
	three[1] = (uint8_t)(bits >> 8);
	three[2] = (uint8_t)bits;
	*ret_n = 3 - n_pad;
	/* bits that stand for nothing would be a second spelling of the same */
	return (bits & ((1u << 8 * n_pad) - 1)) == 0;
}

enum otp_err
otp_parse_base64(const char *text, struct otp_bytes *ret)
{
	struct otp_bytes bytes = OTP_BYTES_INIT;
	size_t len = text != NULL ? strlen(text) : 0;
	enum otp_err err = OTP_OK;

	if (len == 0 || len % 4 != 0)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0; err == OTP_OK && i < len; i += 4) {
		uint8_t three[3];
		size_t n = 0;

		err = take_base64(text + i, i + 4 == len, three, &n) ?
		    otp_bytes_append(&bytes, three, n) : OTP_ERR_BAD_INPUT;
	}
	if (err == OTP_OK)
		otp_bytes_move(ret, &bytes);
	otp_bytes_clear(&bytes);
	return err;
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

enum otp_err
otp_parse_label(const char *text, size_t max)
{
	size_t len = text != NULL ? strnlen(text, max + 1) : 0;
	uint32_t c = 0;

	if (len == 0 || len > max)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0, n; i < len; i += n) {
		n = otp_text_utf8(text + i, len - i, &c);
		if (n == 0 || otp_text_is_harmful(c) || (i == 0 && is_blank(c)))
			return OTP_ERR_BAD_INPUT;
	}
	return is_blank(c) ? OTP_ERR_BAD_INPUT : OTP_OK;
}

enum otp_err
otp_parse_name(const char *text)
{
	if (otp_parse_label(text, OTP_NAME_MAX) != OTP_OK || text[0] == '-' ||
	    strpbrk(text, "/:") != NULL)
		return OTP_ERR_BAD_INPUT;
	return OTP_OK;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

enum otp_err
otp_parse_serial(const char *text)
{
	size_t len = text != NULL ? strnlen(text, OTP_SERIAL_MAX + 1) : 0;

	if (len == 0 || len > OTP_SERIAL_MAX)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(text[i]) && text[i] != '.' && text[i] != '_' && text[i] != '-')
			return OTP_ERR_BAD_INPUT;
	return OTP_OK;
}

/* ASCII only: anything else needs an encoding that a plain header does not have. */
enum otp_err
otp_parse_mail(const char *text)
{
	size_t len = text != NULL ? strnlen(text, 255) : 0;
	const char *at = NULL;

	/* an option; a command; a file: what mail programs may take it for */
	if (len == 0 || len > 254 || strchr("-|/", text[0]) != NULL)
		return OTP_ERR_BAD_INPUT;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || strchr("()<>[]:;,\\\"", *p) != NULL)
			return OTP_ERR_BAD_INPUT;
		if (*p != '@')
			continue;
		if (at != NULL)
			return OTP_ERR_BAD_INPUT;
		at = p;
	}
	if (at == NULL || at == text || at[1] == '\0')
		return OTP_ERR_BAD_INPUT;
	return OTP_OK;
}

/* A wrong character does not end the loop: how long this takes says nothing of what was typed. */
enum otp_err
otp_parse_code(const char *text, unsigned digits, uint32_t *ret)
{
	uint32_t v = 0, bad = 0;

	if (text == NULL || digits < 6 || digits > 8 || strnlen(text, digits + 1) != digits)
		return OTP_ERR_BAD_INPUT;
	for (unsigned i = 0; i < digits; i++) {
		uint32_t d = (uint32_t)(unsigned char)text[i] - '0';

		bad |= (d | (9 - d)) >> 31;	/* 1 if the byte is below '0' or above '9' */
		v = 10 * v + d;
	}
	if (bad != 0)
		return OTP_ERR_BAD_INPUT;
	*ret = v;
	return OTP_OK;
}
