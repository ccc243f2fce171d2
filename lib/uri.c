/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpauth:// URIs: strict reading, and writing. */
#include "config.h"

#include "uri.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "choices.h"
#include "text.h"

enum { SECRET, ISSUER, ALGORITHM, DIGITS, COUNTER, PERIOD, N_PARAMETERS };
static const char *const names[N_PARAMETERS] = {
	[SECRET] = "secret", [ISSUER] = "issuer", [ALGORITHM] = "algorithm",
	[DIGITS] = "digits", [COUNTER] = "counter", [PERIOD] = "period",
};
static const char *const algorithms[] = {
#define X(id, word) word,
	OTP_ALGORITHMS(X)
#undef X
};
#define N_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

void
otp_uri_clear(struct otp_uri *uri)
{
	otp_bytes_clear(&uri->secret);
	otp_wipe(uri, sizeof(*uri));
	*uri = (struct otp_uri)OTP_URI_INIT;
}

/* ---- reading ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What may stand for itself (RFC 3986, pchar and what Key Uri Format shows); '%' begins a byte. */
static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("-._~:@!$'()*,;=/", c) != NULL);
}

/* The part, its %XX turned into bytes, none of them NUL; ret gets a terminating one. */
static enum otp_err
decode(const char *p, size_t len, struct otp_bytes *ret)
{
	enum otp_err err = OTP_OK;

	otp_bytes_empty(ret);
	for (size_t i = 0; err == OTP_OK && i < len; i++) {
		int high = -1, low = -1;
		char c = p[i];

		if (c == '%' && len - i > 2) {
			high = hex_digit(p[i + 1]);
			low = hex_digit(p[i + 2]);
			i += 2;
			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return OTP_ERR_BAD_INPUT;
			c = (char)(high * 16 + low);
		} else if (!is_plain(c)) {
			return OTP_ERR_BAD_INPUT;
		}
		err = otp_bytes_append(ret, &c, 1);
	}
	return err == OTP_OK ? otp_bytes_append(ret, "", 1) : err;
}

static enum otp_err
take_issuer(const char *text, struct otp_uri *ret, struct otp_why *why)
{
	if (otp_parse_label(text, OTP_URI_ISSUER_MAX) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "issuer", text);
	if (ret->issuer[0] != '\0' && strcmp(ret->issuer, text) != 0)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_ISSUERS, ret->issuer, text);
	(void)snprintf(ret->issuer, sizeof(ret->issuer), "%s", text);
	return OTP_OK;
}

/* "issuer:account" or "account"; blanks may stand behind the colon. */
static enum otp_err
take_label(char *label, struct otp_uri *ret, struct otp_why *why)
{
	char *colon = strrchr(label, ':'), *account = label;
	enum otp_err err = OTP_OK;

	if (colon != NULL) {
		account = colon + 1 + strspn(colon + 1, " ");
		*colon = '\0';
		err = take_issuer(label, ret, why);
	}
	if (err == OTP_OK && otp_parse_serial(account) != OTP_OK)
		err = OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_BAD_LABEL);
	if (err == OTP_OK)
		(void)snprintf(ret->serial, sizeof(ret->serial), "%s", account);
	return err;
}

static enum otp_err
take_secret(const char *text, struct otp_uri *ret, struct otp_why *why)
{
	enum otp_err err = otp_parse_base32(text, &ret->secret);

	/* the text itself is never repeated: it is a secret */
	if (err == OTP_ERR_BAD_INPUT)
		return OTP_WHY(why, err, LINE_NO_SECRET);
	if (err == OTP_OK && (ret->secret.len < OTP_SEED_MIN || ret->secret.len > OTP_SEED_MAX))
		err = OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_SECRET_SIZE,
		    OTP_WHY_NUM(8 * ret->secret.len));
	return err;
}

static enum otp_err
take_number(unsigned which, const char *text, uint64_t min, uint64_t max, uint64_t *ret,
    struct otp_why *why)
{
	if (otp_parse_u64(text, min, max, ret) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, names[which], text);
}

static enum otp_err
take_algorithm(const char *text, struct otp_uri *ret, struct otp_why *why)
{
	size_t i = 0;

	while (i < N_ALGORITHMS && strcasecmp(text, algorithms[i]) != 0)
		i++;
	if (i == N_ALGORITHMS)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, names[ALGORITHM], text);
	ret->algorithm = algorithms[i];
	return OTP_OK;
}

static enum otp_err
take_value(unsigned which, const char *text, struct otp_uri *ret, struct otp_why *why)
{
	uint64_t n = 0;
	enum otp_err err = OTP_OK;

	switch (which) {
	case SECRET:
		return take_secret(text, ret, why);
	case ISSUER:
		return take_issuer(text, ret, why);
	case ALGORITHM:
		return take_algorithm(text, ret, why);
	case DIGITS:
		err = take_number(which, text, OTP_DIGITS_MIN, OTP_DIGITS_MAX, &n, why);
		ret->digits = (unsigned)n;
		return err;
	case COUNTER:
		if (!ret->is_hotp)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_NOT_WITH, "counter", "hotp");
		return take_number(which, text, 0, INT64_MAX - 1, &ret->counter, why);
	case PERIOD:
		if (ret->is_hotp)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_NOT_WITH, "period", "totp");
		err = take_number(which, text, OTP_IMPORT_STEP_MIN, OTP_IMPORT_STEP_MAX, &n, why);
		ret->step = (unsigned)n;
		return err;
	default:
		return OTP_ERR_INTERNAL;
	}
}

/* One "name=value"; each once. */
static enum otp_err
take_parameter(const char *p, size_t len, struct otp_uri *ret, unsigned *seen, struct otp_why *why)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	const char *equal = memchr(p, '=', len);
	size_t name_len = equal != NULL ? (size_t)(equal - p) : len;
	char name[16];
	unsigned which = 0;
	enum otp_err err;

	while (which < N_PARAMETERS &&
	    (strlen(names[which]) != name_len || memcmp(names[which], p, name_len) != 0))
		which++;
	if (which == N_PARAMETERS) {
		size_t shown = name_len < sizeof(name) ? name_len : sizeof(name) - 1;

		/* what is no parameter may be a piece of the secret: only a name is repeated */
		for (size_t i = 0; i < shown; i++)
			if (equal == NULL || p[i] < 'a' || p[i] > 'z')
				shown = 0;
		memcpy(name, p, shown);
		memcpy(name + shown, shown > 0 ? "" : "?", shown > 0 ? 1 : 2);
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_UNKNOWN, name);
	}
	if (equal == NULL)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_MISSING, names[which]);
	if (*seen & 1u << which)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_TWICE, names[which]);
	*seen |= 1u << which;
	err = decode(equal + 1, len - name_len - 1, &value);
	if (err == OTP_ERR_BAD_INPUT)
		err = OTP_WHY(why, err, URI_BAD_TEXT);
	if (err == OTP_OK)
		err = take_value(which, (const char *)value.data, ret, why);
	otp_bytes_clear(&value);
	return err;
}

static enum otp_err
take_query(const char *p, const char *end, struct otp_uri *ret, struct otp_why *why)
{
	unsigned seen = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK) {
		const char *next = p < end ? memchr(p, '&', (size_t)(end - p)) : NULL;

		err = take_parameter(p, (size_t)((next != NULL ? next : end) - p), ret, &seen, why);
		if (next == NULL)
			break;
		p = next + 1;
	}
	if (err == OTP_OK && (seen & 1u << SECRET) == 0)
		err = OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_MISSING, names[SECRET]);
	if (err == OTP_OK && ret->is_hotp && (seen & 1u << COUNTER) == 0)
		err = OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_MISSING, names[COUNTER]);
	return err;
}

enum otp_err
otp_uri_parse(const char *text, size_t len, struct otp_uri *ret, struct otp_why *why)
{
	static const char totp[] = "otpauth://totp/", hotp[] = "otpauth://hotp/";
	struct otp_bytes label = OTP_BYTES_INIT;
	const char *query;
	size_t begin = sizeof(totp) - 1;
	enum otp_err err;

	otp_uri_clear(ret);
	if (len > OTP_URI_MAX || len < begin ||
	    (memcmp(text, totp, begin) != 0 && memcmp(text, hotp, begin) != 0))
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_BAD);
	query = memchr(text, '?', len);
	if (query == NULL || (size_t)(query - text) < begin)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, URI_MISSING, names[SECRET]);
	ret->is_hotp = memcmp(text, hotp, begin) == 0;
	ret->digits = 6;
	ret->step = ret->is_hotp ? 0 : 30;
	err = decode(text + begin, (size_t)(query - text) - begin, &label);
	if (err == OTP_ERR_BAD_INPUT)
		err = OTP_WHY(why, err, URI_BAD_TEXT);
	if (err == OTP_OK)
		err = take_label((char *)label.data, ret, why);
	if (err == OTP_OK)
		err = take_query(query + 1, text + len, ret, why);
	if (err != OTP_OK)
		otp_uri_clear(ret);
	otp_bytes_clear(&label);
	return err;
}

/* ---- writing ---- */

static enum otp_err
put_text(struct otp_bytes *to, const char *text)
{
	enum otp_err err = OTP_OK;

	for (; err == OTP_OK && *text != '\0'; text++) {
		char hex[4] = "%00";
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		    strchr("-._~", c) != NULL) {
			err = otp_bytes_append(to, text, 1);
			continue;
		}
		hex[1] = "0123456789ABCDEF"[c >> 4];
		hex[2] = "0123456789ABCDEF"[c & 15];
		err = otp_text_put(to, hex);
	}
	return err;
}

static enum otp_err
put_secret(struct otp_bytes *to, const struct otp_uri *uri)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err = otp_text_base32(uri->secret.data, uri->secret.len, &text);

	/* padding is not to stand in it */
	while (err == OTP_OK && text.len > 0 &&
	    (text.data[text.len - 1] == '=' || text.data[text.len - 1] == '\0'))
		text.len--;
	if (err == OTP_OK)
		err = otp_bytes_append(to, text.data, text.len);
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
put_rest(struct otp_bytes *to, const struct otp_uri *uri)
{
	char rest[128], algorithm[8];
	size_t n = strlen(uri->algorithm);

	if (n >= sizeof(algorithm))
		return OTP_ERR_INTERNAL;
	for (size_t i = 0; i <= n; i++)
		algorithm[i] = uri->algorithm[i] >= 'a' && uri->algorithm[i] <= 'z' ?
		    (char)(uri->algorithm[i] - 'a' + 'A') : uri->algorithm[i];
	if (uri->is_hotp)
		(void)snprintf(rest, sizeof(rest), "&algorithm=%s&digits=%u&counter=%llu",
		    algorithm, uri->digits, (unsigned long long)uri->counter);
	else
		(void)snprintf(rest, sizeof(rest), "&algorithm=%s&digits=%u&period=%u", algorithm,
		    uri->digits, uri->step);
	return otp_text_put(to, rest);
}

enum otp_err
otp_uri_put(struct otp_bytes *to, const struct otp_uri *uri)
{
	bool has_issuer = uri->issuer[0] != '\0';
	enum otp_err err;

	err = otp_text_put(to, uri->is_hotp ? "otpauth://hotp/" : "otpauth://totp/");
	if (err == OTP_OK && has_issuer)
		err = put_text(to, uri->issuer);
	if (err == OTP_OK && has_issuer)
		err = otp_text_put(to, ":");
	if (err == OTP_OK)
		err = put_text(to, uri->serial);
	if (err == OTP_OK)
		err = otp_text_put(to, "?secret=");
	if (err == OTP_OK)
		err = put_secret(to, uri);
	if (err == OTP_OK && has_issuer)
		err = otp_text_put(to, "&issuer=");
	if (err == OTP_OK && has_issuer)
		err = put_text(to, uri->issuer);
	return err == OTP_OK ? put_rest(to, uri) : err;
}
