/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the strict readers. The first byte says which; what is accepted means one thing, also when written again. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "parse.h"
#include "text.h"

const char fuzz_name[] = "parse";
bool fuzz_accepted;

static void
numbers(const char *text)
{
	char again[32];
	uint64_t u, v;
	int64_t i, k;

	if (otp_parse_u64(text, 0, UINT64_MAX, &u) == OTP_OK) {
		fuzz_accepted = true;
		(void)snprintf(again, sizeof(again), "%llu", (unsigned long long)u);
		FUZZ_HOLDS(otp_parse_u64(again, u, u, &v) == OTP_OK && v == u);
		FUZZ_HOLDS(strspn(text, "0123456789") == strlen(text));
		FUZZ_HOLDS(u == 0 || otp_parse_u64(text, 0, u - 1, &v) != OTP_OK);
	}
	if (otp_parse_i64(text, INT64_MIN, INT64_MAX, &i) == OTP_OK) {
		fuzz_accepted = true;
		(void)snprintf(again, sizeof(again), "%lld", (long long)i);
		FUZZ_HOLDS(otp_parse_i64(again, i, i, &k) == OTP_OK && k == i);
		FUZZ_HOLDS(strspn(text, "-0123456789") == strlen(text));
	}
}

static void
durations_and_sizes(const char *text)
{
	char again[32];
	int64_t seconds, s;
	uint64_t bytes, b;

	if (otp_parse_duration(text, &seconds) == OTP_OK) {
		fuzz_accepted = true;
		FUZZ_HOLDS(seconds >= 0 && seconds <= 36500ll * 86400);
		(void)snprintf(again, sizeof(again), "%llds", (long long)seconds);
		FUZZ_HOLDS(otp_parse_duration(again, &s) == OTP_OK && s == seconds);
	}
	if (otp_parse_size(text, &bytes) == OTP_OK) {
		fuzz_accepted = true;
		(void)snprintf(again, sizeof(again), "%llu", (unsigned long long)bytes);
		FUZZ_HOLDS(otp_parse_size(again, &b) == OTP_OK && b == bytes);
	}
}

static void
times(const char *text)
{
	char again[OTP_TIME_TEXT];
	int64_t seconds, s;

	if (otp_parse_time(text, &seconds) != OTP_OK)
		return;
	fuzz_accepted = true;
	otp_text_time(again, seconds);
	/* an offset may lead out of the years that four digits can write */
	if (again[0] != '-' && again[4] == '-')
		FUZZ_HOLDS(otp_parse_time(again, &s) == OTP_OK && s == seconds);
}

static void
amounts(const char *text)
{
	char again[32];
	int64_t minor, m;

	for (unsigned digits = 0; digits <= 4; digits++) {
		if (otp_parse_amount(text, digits, &minor) != OTP_OK)
			continue;
		fuzz_accepted = true;
		FUZZ_HOLDS(minor >= 0 && minor <= 1000000000000000);
		otp_text_amount(again, minor, digits);
		FUZZ_HOLDS(otp_parse_amount(again, digits, &m) == OTP_OK && m == minor);
	}
}

static void
encoded(const char *text)
{
	struct otp_bytes bytes = OTP_BYTES_INIT, again = OTP_BYTES_INIT, shown = OTP_BYTES_INIT;
	char *hex;

	if (otp_parse_hex(text, &bytes) == OTP_OK) {
		fuzz_accepted = true;
		hex = malloc(2 * bytes.len + 1);
		FUZZ_HOLDS(hex != NULL);
		otp_text_hex(hex, bytes.data, bytes.len);
		FUZZ_HOLDS(strcasecmp(hex, text) == 0);
		free(hex);
	}
	otp_bytes_clear(&bytes);
	if (otp_parse_base32(text, &bytes) == OTP_OK) {
		fuzz_accepted = true;
		FUZZ_HOLDS(otp_text_base32(bytes.data, bytes.len, &shown) == OTP_OK);
		FUZZ_HOLDS(otp_parse_base32(otp_text_str(&shown), &again) == OTP_OK);
		FUZZ_HOLDS(again.len == bytes.len && memcmp(again.data, bytes.data, bytes.len) == 0);
	}
	otp_bytes_clear(&bytes);
	otp_bytes_clear(&again);
	otp_bytes_clear(&shown);
}

/* What is a name, serial or address is shown as it stands. */
static void
names(const char *text)
{
	size_t len = strlen(text);
	char shown[4 * OTP_NAME_MAX + 1];

	if (otp_parse_name(text) == OTP_OK) {
		fuzz_accepted = true;
		FUZZ_HOLDS(len > 0 && len <= OTP_NAME_MAX && strchr(text, '/') == NULL && text[0] != '-');
		FUZZ_HOLDS(otp_text_is_utf8(text, len));
		otp_text_escape(shown, sizeof(shown), text, len);
		FUZZ_HOLDS(strchr(text, '\\') != NULL || strcmp(shown, text) == 0);
	}
	if (otp_parse_serial(text) == OTP_OK) {
		fuzz_accepted = true;
		FUZZ_HOLDS(len <= OTP_SERIAL_MAX);
		FUZZ_HOLDS(strcmp(otp_text_escape(shown, sizeof(shown), text, len), text) == 0);
	}
	if (otp_parse_mail(text) == OTP_OK) {
		fuzz_accepted = true;
		FUZZ_HOLDS(len <= 254 && strpbrk(text, " \t\r\n,<>") == NULL);
		FUZZ_HOLDS(strchr(text, '@') != NULL && strchr(text, '@') == strrchr(text, '@'));
	}
}

static void
codes(const char *text)
{
	char again[16];
	uint32_t value;

	for (unsigned digits = 0; digits <= 10; digits++) {
		if (otp_parse_code(text, digits, &value) != OTP_OK)
			continue;
		fuzz_accepted = true;
		FUZZ_HOLDS(digits >= 6 && digits <= 8);
		(void)snprintf(again, sizeof(again), "%0*u", (int)digits, value);
		FUZZ_HOLDS(strcmp(again, text) == 0);
	}
}

/* Anything becomes text that a terminal and a log can bear, whatever the room. */
static void
shown(const char *text)
{
	char buf[64], small[8];
	size_t len = strlen(text);

	fuzz_accepted = true;
	otp_text_escape(buf, sizeof(buf), text, len);
	for (const char *p = buf; *p != '\0'; p++)
		FUZZ_HOLDS((unsigned char)*p >= ' ' && *p != 0x7f);
	FUZZ_HOLDS(otp_text_is_utf8(buf, strlen(buf)));
	otp_text_cut(small, sizeof(small), text);
	FUZZ_HOLDS(otp_text_is_utf8(small, strlen(small)));
	FUZZ_HOLDS(otp_text_is_utf8(text, len) ? strncmp(small, text, strlen(small)) == 0 : true);
	(void)otp_text_width(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	void (*const readers[])(const char *) = {
		numbers, durations_and_sizes, times, amounts, encoded, names, codes, shown
	};
	char *text;

	fuzz_accepted = false;
	if (len == 0)
		return 0;
	text = strndup((const char *)data + 1, len - 1);
	FUZZ_HOLDS(text != NULL);
	readers[data[0] % 8](text);
	free(text);
	return 0;
}
