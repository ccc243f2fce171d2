/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text: built, escaped against every trick we know, measured, dated. */
#include "config.h"

#include "unit.h"

#include "parse.h"
#include "sink.h"
#include "text.h"

static void
building(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_string_equal(otp_text_str(&b), "");
	assert_int_equal(otp_text_put(&b, ""), OTP_OK);
	assert_int_equal(otp_text_putf(&b, "%s", ""), OTP_OK);
	assert_string_equal(otp_text_str(&b), "");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(otp_text_putf(&b, "%d,", i), OTP_OK);
	assert_int_equal(b.len, 3890);
	assert_int_equal(strlen(otp_text_str(&b)), b.len);
	assert_memory_equal(otp_text_str(&b), "0,1,2,3,", 8);
	assert_string_equal(otp_text_str(&b) + b.len - 8, "998,999,");
	otp_bytes_empty(&b);
	assert_string_equal(otp_text_str(&b), "");
	otp_bytes_clear(&b);
}

static const struct {
	const char *in, *out;
} escapes[] = {
	{ "plain", "plain" },
	{ "トークン é €", "トークン é €" },
	{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
	{ "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
	{ "back\\slash", "back\\x5cslash" },
	{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },			/* C1: CSI in one character */
	{ "\xe2\x80\xae" "gpj.exe", "\\xe2\\x80\\xaegpj.exe" },	/* right-to-left override */
	{ "\xe2\x81\xa6x\xe2\x81\xa9", "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9" }, /* isolates */
	{ "\xd8\x9c", "\\xd8\\x9c" },				/* Arabic letter mark */
	{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },			/* line separator */
	{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },			/* byte order mark */
	{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81" },		/* tag */
	{ "\xc0\xaf", "\\xc0\\xaf" },				/* overlong '/' */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
	{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },			/* surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },		/* beyond U+10FFFF */
	{ "\xff\xfe", "\\xff\\xfe" },
	{ "\xe3\x83", "\\xe3\\x83" },				/* cut off */
	{ "\xe3" "ab", "\\xe3ab" },
	{ "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91" },
};

static void
escaping(void **state)
{
	char buf[256];

	(void)state;
	for (size_t i = 0; i < UNIT_N(escapes); i++)
		assert_string_equal(otp_text_escape(buf, sizeof(buf), escapes[i].in,
		    strlen(escapes[i].in)), escapes[i].out);
	assert_string_equal(otp_text_escape(buf, sizeof(buf), "a\0b", 3), "a\\x00b");
}

/* At every size: a NUL, a prefix of the whole, no half character, no half escape. */
static void
escaping_into_little(void **state)
{
	static const char in[] = "aé\nト\x9b\xe2\x80\xaez";
	char whole[128], buf[128];

	(void)state;
	otp_text_escape(whole, sizeof(whole), in, sizeof(in) - 1);
	memset(buf, 'q', sizeof(buf));
	otp_text_escape(buf, 0, in, sizeof(in) - 1);
	assert_int_equal(buf[0], 'q');
	for (size_t size = 1; size <= strlen(whole) + 1; size++) {
		size_t len;

		memset(buf, 'q', sizeof(buf));
		otp_text_escape(buf, size, in, sizeof(in) - 1);
		len = strlen(buf);
		assert_true(len < size);
		assert_int_equal(buf[size], 'q');
		assert_memory_equal(buf, whole, len);
		assert_true(otp_text_is_utf8(buf, len));
		for (size_t i = 0; i < len; i++)
			if (buf[i] == '\\')
				assert_true(i + 4 <= len);
	}
	assert_string_equal(buf, whole);
}

/* A slow decoder straight from the definition, against ours over every sequence of one to three bytes. */
static bool
is_one_char(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x80;
	if (n == 2)
		return p[0] >= 0xc2 && p[0] <= 0xdf && p[1] >= 0x80 && p[1] <= 0xbf;
	return p[1] >= (p[0] == 0xe0 ? 0xa0 : 0x80) && p[1] <= (p[0] == 0xed ? 0x9f : 0xbf) &&
	    p[0] >= 0xe0 && p[0] <= 0xef && p[2] >= 0x80 && p[2] <= 0xbf;
}

static void
utf8_every_short_sequence(void **state)
{
	unsigned char p[4] = { 0 };
	uint32_t c;

	(void)state;
	for (uint32_t v = 0; v < 0x1000000; v++) {
		size_t expect = 0;

		p[0] = (unsigned char)(v >> 16);
		p[1] = (unsigned char)(v >> 8);
		p[2] = (unsigned char)v;
		if (p[0] >= 0xf0)
			break;
		for (size_t n = 1; n <= 3 && expect == 0; n++)
			expect = is_one_char(p, n) ? n : 0;
		if (otp_text_utf8((const char *)p, 3, &c) != expect)
			fail_msg("%02x %02x %02x: not %zu", p[0], p[1], p[2], expect);
	}
	assert_int_equal(otp_text_utf8("\xf4\x8f\xbf\xbf", 4, &c), 4);
	assert_int_equal(c, 0x10ffff);
	assert_int_equal(otp_text_utf8("\xf0\x90\x80\x80", 4, &c), 4);
	assert_int_equal(c, 0x10000);
	assert_int_equal(otp_text_utf8("\xf0\x8f\xbf\xbf", 4, &c), 0);
	assert_int_equal(otp_text_utf8("\xf5\x80\x80\x80", 4, &c), 0);
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(otp_text_utf8("\xf0\x9f\x94\x91", n, &c), 0);
}

static void
width(void **state)
{
	(void)state;
	assert_int_equal(otp_text_width(""), 0);
	assert_int_equal(otp_text_width("abc"), 3);
	assert_int_equal(otp_text_width("トークン"), 8);
	assert_int_equal(otp_text_width("ﾄｰｸﾝ"), 4);		/* half width */
	assert_int_equal(otp_text_width("ｶﾞ"), 2);
	assert_int_equal(otp_text_width("e\xcc\x81"), 1);		/* combining */
	assert_int_equal(otp_text_width("か\xe3\x82\x99"), 2);	/* combining, among wide ones */
	assert_int_equal(otp_text_width("１２３"), 6);
	assert_int_equal(otp_text_width("\xf0\x9f\x94\x91"), 2);	/* a key */
	assert_int_equal(otp_text_width("𠮷野家"), 6);
	assert_int_equal(otp_text_width("한글"), 4);
	assert_int_equal(otp_text_width("é€"), 2);
	assert_int_equal(otp_text_width("\xff\xfe"), 2);
	assert_int_equal(otp_text_width("\xe3\x83"), 2);
}

static void
times(void **state)
{
	char buf[OTP_TIME_TEXT];
	int64_t back;

	(void)state;
	assert_string_equal(otp_text_time(buf, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(otp_text_time(buf, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(otp_text_time(buf, 951782399), "2000-02-28T23:59:59Z");
	assert_string_equal(otp_text_time(buf, 951782400), "2000-02-29T00:00:00Z");
	assert_string_equal(otp_text_time(buf, 2147483648), "2038-01-19T03:14:08Z");
	assert_string_equal(otp_text_time(buf, 4107542400), "2100-03-01T00:00:00Z");
	assert_string_equal(otp_text_time(buf, 253402300799), "9999-12-31T23:59:59Z");
	assert_string_equal(otp_text_time(buf, INT64_MAX), "292277026596-12-04T15:30:07Z");
	assert_string_equal(otp_text_time(buf, INT64_MIN), "-292277022657-01-27T08:29:52Z");
	/* every day of 400 years and a bit, there and back */
	for (int64_t day = -150000; day < 150000; day++) {
		int64_t t = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;

		assert_int_equal(otp_parse_time(otp_text_time(buf, t), &back), OTP_OK);
		assert_int_equal(back, t);
	}
}

static void
hex_and_base32(void **state)
{
	static const char *const rfc4648[] = { "", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB",
		"MZXW6YTBOI" };
	struct otp_bytes b = OTP_BYTES_INIT, back = OTP_BYTES_INIT;
	uint8_t all[256];
	char buf[16];

	(void)state;
	assert_string_equal(otp_text_hex(buf, "\x00\x7f\xff\xa5", 4), "007fffa5");
	assert_string_equal(otp_text_hex(buf, "", 0), "");
	for (size_t i = 0; i < UNIT_N(rfc4648); i++) {
		assert_int_equal(otp_text_base32("foobar", i, &b), OTP_OK);
		assert_string_equal(otp_text_str(&b), rfc4648[i]);
	}
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 11 + 3);
	for (size_t n = 1; n <= sizeof(all); n++) {
		assert_int_equal(otp_text_base32(all, n, &b), OTP_OK);
		assert_int_equal(otp_parse_base32(otp_text_str(&b), &back), OTP_OK);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data, all, n);
	}
	otp_bytes_clear(&b);
	otp_bytes_clear(&back);
}

static void
amounts(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(otp_text_amount(buf, 1234567, 2), "12345.67");
	assert_string_equal(otp_text_amount(buf, 1234567, 0), "1234567");
	assert_string_equal(otp_text_amount(buf, 7, 3), "0.007");
	assert_string_equal(otp_text_amount(buf, 0, 2), "0.00");
	assert_string_equal(otp_text_amount(buf, -1, 2), "-0.01");
	assert_string_equal(otp_text_amount(buf, INT64_MIN, 18), "-9.223372036854775808");
	assert_string_equal(otp_text_amount(buf, INT64_MIN, 99), "-9.223372036854775808");
	assert_string_equal(otp_text_amount(buf, INT64_MAX, 0), "9223372036854775807");
}

static char said[8192];
static int n_said;

static void
remember(void *ctx, enum otp_level level, const char *text)
{
	assert_ptr_equal(ctx, &n_said);
	assert_int_equal(level, OTP_LEVEL_WARNING);
	(void)snprintf(said, sizeof(said), "%s", text);
	n_said++;
}

static void
lines_of_the_log(void **state)
{
	const struct otp_sink sink = { remember, &n_said };
	struct otp_why why = OTP_WHY_INIT;
	char longest[3000];

	(void)state;
	otp_say(NULL, OTP_LEVEL_WARNING, "nobody listens");
	otp_say_why(NULL, OTP_LEVEL_WARNING, OTP_ERR_SYSTEM, NULL);
	otp_say(&sink, OTP_LEVEL_WARNING, "two\nlines of %s", "\x1b[m");
	assert_string_equal(said, "two\\x0alines of \\x1b[m");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	otp_say(&sink, OTP_LEVEL_WARNING, "%s", longest);
	assert_int_equal(strlen(said), 1023);
	otp_say_why(&sink, OTP_LEVEL_WARNING, OTP_ERR_CODE_USED, &why);
	assert_string_equal(said, "code-used: code already used: wait for the next");
	(void)OTP_WHY(&why, OTP_ERR_SYSTEM, CANNOT_OPEN, "/a\nb\\", "no");
	otp_say_why(&sink, OTP_LEVEL_WARNING, OTP_ERR_SYSTEM, &why);
	assert_string_equal(said, "system: cannot open '/a\\x0ab\\x5c': no");
	assert_int_equal(n_said, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(building),
		cmocka_unit_test(escaping),
		cmocka_unit_test(escaping_into_little),
		cmocka_unit_test(utf8_every_short_sequence),
		cmocka_unit_test(width),
		cmocka_unit_test(times),
		cmocka_unit_test(hex_and_base32),
		cmocka_unit_test(amounts),
		cmocka_unit_test(lines_of_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
