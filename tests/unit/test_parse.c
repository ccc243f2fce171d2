/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict readers: what they take, and all that they refuse, leaving the result as it was. */
#include "config.h"

#include "unit.h"

#include "parse.h"

static void
unsigned_numbers(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "-0", "0x1", "1.0", "1e3", "a",
		"18446744073709551616", "99999999999999999999999", "1\n", "１", "1,000", "--1" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_u64(bad[i], 0, UINT64_MAX, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_u64(NULL, 0, UINT64_MAX, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_u64("4", 5, 10, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_u64("11", 5, 10, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	assert_int_equal(otp_parse_u64("5", 5, 10, &v), OTP_OK);
	assert_int_equal(v, 5);
	assert_int_equal(otp_parse_u64("10", 5, 10, &v), OTP_OK);
	assert_int_equal(otp_parse_u64("18446744073709551615", 0, UINT64_MAX, &v), OTP_OK);
	assert_true(v == UINT64_MAX);
}

static void
signed_numbers(void **state)
{
	static const char *const bad[] = { "", "-", "--1", "+1", "- 1", "1-", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999" };
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_i64(bad[i], INT64_MIN, INT64_MAX, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_i64(NULL, INT64_MIN, INT64_MAX, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_i64("-3", -2, 2, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_i64("3", -2, 2, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	assert_int_equal(otp_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &v), OTP_OK);
	assert_true(v == INT64_MIN);
	assert_int_equal(otp_parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &v), OTP_OK);
	assert_true(v == INT64_MAX);
	assert_int_equal(otp_parse_i64("-2", -2, 2, &v), OTP_OK);
	assert_int_equal(v, -2);
	assert_int_equal(otp_parse_i64("-0", -2, 2, &v), OTP_OK);
	assert_int_equal(v, 0);
}

static void
durations(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = { { "0", 0 }, { "90", 90 }, { "5s", 5 }, { "30m", 1800 }, { "24h", 86400 },
		{ "30d", 2592000 }, { "36500d", 3153600000 }, { "3153600000", 3153600000 } };
	static const char *const bad[] = { "", "d", "1w", "1D", "1 d", "1dd", "1d2h", "-1d", "1.5h",
		"36501d", "3153600001s", "18446744073709551615d", "307445734561825861m" };
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_duration(bad[i], &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_duration(NULL, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	for (size_t i = 0; i < UNIT_N(good); i++) {
		assert_int_equal(otp_parse_duration(good[i].text, &v), OTP_OK);
		assert_int_equal(v, good[i].seconds);
	}
}

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "0", 0 }, { "512", 512 }, { "1K", 1024 }, { "16M", 16777216 },
		{ "10G", 10737418240 }, { "1T", 1099511627776 }, { "16777215T", 0xffffff0000000000 } };
	static const char *const bad[] = { "", "M", "1k", "1MB", "1 M", "1KK", "-1", "1.5G",
		"16777216T", "18446744073709551616" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_size(bad[i], &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_size(NULL, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	for (size_t i = 0; i < UNIT_N(good); i++) {
		assert_int_equal(otp_parse_size(good[i].text, &v), OTP_OK);
		assert_true(v == good[i].bytes);
	}
}

static void
times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1970-01-01", 0 }, { "1970-01-01T00:00:00Z", 0 }, { "1970-01-01t00:00:00z", 0 },
		{ "2026-11-23T10:00:00Z", 1795428000 }, { "2026-11-23T19:00:00+09:00", 1795428000 },
		{ "2026-11-23T05:30:00-04:30", 1795428000 }, { "2026-11-23T10:00:00.999Z", 1795428000 },
		{ "2000-02-29", 951782400 }, { "2024-02-29", 1709164800 }, { "1969-12-31T23:59:59Z", -1 },
		{ "0000-03-01", -62162035200 }, { "9999-12-31T23:59:59Z", 253402300799 },
	};
	static const char *const bad[] = { "", "2026", "2026-11", "2026-11-3", "2026-13-01", "2026-00-01",
		"2026-11-31", "2026-11-00", "2023-02-29", "1900-02-29", "2100-02-29", "26-11-23",
		"2026-11-23 10:00:00Z", "2026-11-23T10:00:00", "2026-11-23T24:00:00Z",
		"2026-11-23T10:60:00Z", "2026-11-23T10:00:60Z", "2026-11-23T10:00Z",
		"2026-11-23T10:00:00.Z", "2026-11-23T10:00:00+9:00", "2026-11-23T10:00:00+0900",
		"2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+09:60", "2026-11-23T10:00:00ZZ",
		"2026-11-23T", "2026-11-23Z", "2026/11/23", " 2026-11-23", "2026-11-23 ", "-026-11-23",
		"+026-11-23", "12026-11-23" };
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		if (otp_parse_time(bad[i], &v) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(otp_parse_time(NULL, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	for (size_t i = 0; i < UNIT_N(good); i++) {
		assert_int_equal(otp_parse_time(good[i].text, &v), OTP_OK);
		if (v != good[i].seconds)
			fail_msg("'%s' is %lld", good[i].text, (long long)v);
	}
}

static void
amounts(void **state)
{
	static const struct {
		const char *text;
		unsigned digits;
		int64_t minor;
	} good[] = { { "1000.00", 2, 100000 }, { "1000", 2, 100000 }, { "1000.5", 2, 100050 },
		{ "1000", 0, 1000 }, { "0", 0, 0 }, { "0.007", 3, 7 },
		{ "1000000000000000", 0, 1000000000000000 },
		{ "10000000000000.00", 2, 1000000000000000 } };
	static const struct {
		const char *text;
		unsigned digits;
	} bad[] = { { "", 2 }, { ".5", 2 }, { "1.", 2 }, { "1.005", 2 }, { "1.0", 0 }, { "-1", 2 },
		{ "1,000", 2 }, { "1 000", 2 }, { "+1", 2 }, { "1e3", 2 }, { "1000000000000001", 0 },
		{ "10000000000000.01", 2 }, { "18446744073709551615", 2 }, { "184467440737095517", 2 },
		{ "1.1.1", 2 }, { "1", 16 }, { "1\xc2\xa0", 2 } };
	int64_t v = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_amount(bad[i].text, bad[i].digits, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_amount(NULL, 2, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	for (size_t i = 0; i < UNIT_N(good); i++) {
		assert_int_equal(otp_parse_amount(good[i].text, good[i].digits, &v), OTP_OK);
		assert_int_equal(v, good[i].minor);
	}
}

static void
hex(void **state)
{
	static const char *const bad[] = { "", "0", "0g", "0x00", "00 ", "00:11", "0１", "000" };
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_parse_hex("00fFaA7e", &b), OTP_OK);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "\x00\xff\xaa\x7e", 4);
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_hex(bad[i], &b), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_hex(NULL, &b), OTP_ERR_BAD_INPUT);
	assert_int_equal(b.len, 4);	/* untouched */
	otp_bytes_clear(&b);
}

/* RFC 4648, section 10; each text has one spelling. */
static void
base64(void **state)
{
	static const struct { const char *text, *data; } good[] = {
		{ "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "Zm9vYg==", "foob" },
		{ "Zm9vYmE=", "fooba" }, { "Zm9vYmFy", "foobar" }, { "+/+/", "\xfb\xff\xbf" },
	};
	static const char *const bad[] = { "", "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==",
		"Zm9v\n", " Zm9", "Zm-v", "Zm=v", "Zm9vZ" };
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(otp_parse_base64(good[i].text, &b), OTP_OK);
		assert_int_equal(b.len, strlen(good[i].data));
		assert_memory_equal(b.data, good[i].data, b.len);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (otp_parse_base64(bad[i], &b) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s'", bad[i]);
	assert_int_equal(otp_parse_base64(NULL, &b), OTP_ERR_BAD_INPUT);
	otp_bytes_clear(&b);
}

static void
base32(void **state)
{
	static const struct {
		const char *text, *bytes;
	} good[] = { { "MY", "f" }, { "my======", "f" }, { "MZXQ====", "fo" }, { "MZXW6===", "foo" },
		{ "MZXW6YQ=", "foob" }, { "MZXW6YTB", "fooba" }, { "MZXW6YTBOI======", "foobar" },
		{ "mzxw 6ytb oi", "foobar" }, { " MZXW6YTBOI\t", "foobar" }, { "MY ======", "f" } };
	static const char *const bad[] = { "", " ", "=", "========", "M", "MZX", "MZXW6Y", "MZ", "MZXR",
		"MY=", "MY=====", "MY=======", "MY==============", "M=Y", "MY====== MY", "M1", "M0", "M8",
		"M9", "MY\n", "MZXW-6YTB", "МУ" };
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	for (size_t i = 0; i < UNIT_N(good); i++) {
		assert_int_equal(otp_parse_base32(good[i].text, &b), OTP_OK);
		assert_int_equal(b.len, strlen(good[i].bytes));
		assert_memory_equal(b.data, good[i].bytes, b.len);
	}
	for (size_t i = 0; i < UNIT_N(bad); i++)
		if (otp_parse_base32(bad[i], &b) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(otp_parse_base32(NULL, &b), OTP_ERR_BAD_INPUT);
	assert_int_equal(b.len, 1);	/* untouched */
	otp_bytes_clear(&b);
}

static void
names(void **state)
{
	static const char *const good[] = { "a", "alice", "alice.b_c-1", "a b", "山田", "DOM\\user",
		"user@example.org", "0", "a\xf0\x9f\x94\x91" };
	static const char *const bad[] = { "", "-a", "/a", "a/b", "a:b", " a", "a ", "a\nb", "a\tb", "\x7f",
		"a\x1b[m", "\xc2\x85", "a\xe2\x80\xae" "b", "\xff", "a\xc0\xaf", "a\xed\xa0\x80", "a\xe3\x83",
		"\xe3\x80\x80" "a", "a\xc2\xa0", "a\xe2\x80\xa8", "a\xef\xbb\xbf", "\xe2\x80\x8b" };
	char name[OTP_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < UNIT_N(good); i++)
		if (otp_parse_name(good[i]) != OTP_OK)
			fail_msg("'%s' was refused", good[i]);
	for (size_t i = 0; i < UNIT_N(bad); i++)
		if (otp_parse_name(bad[i]) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(otp_parse_name(NULL), OTP_ERR_BAD_INPUT);
	memset(name, 'x', sizeof(name));
	name[OTP_NAME_MAX + 1] = '\0';
	assert_int_equal(otp_parse_name(name), OTP_ERR_BAD_INPUT);
	name[OTP_NAME_MAX] = '\0';
	assert_int_equal(otp_parse_name(name), OTP_OK);
	/* a character that the bound would cut in two */
	memcpy(name + OTP_NAME_MAX - 2, "ト", 4);
	assert_int_equal(otp_parse_name(name), OTP_ERR_BAD_INPUT);
}

static void
serials(void **state)
{
	static const char *const bad[] = { "", "a b", "a/b", "a\n", "é", "a:b", "a*", "１" };
	char serial[OTP_SERIAL_MAX + 2];

	(void)state;
	assert_int_equal(otp_parse_serial("123456789"), OTP_OK);
	assert_int_equal(otp_parse_serial("AZaz09._-"), OTP_OK);
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_serial(bad[i]), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_serial(NULL), OTP_ERR_BAD_INPUT);
	memset(serial, '1', sizeof(serial));
	serial[OTP_SERIAL_MAX + 1] = '\0';
	assert_int_equal(otp_parse_serial(serial), OTP_ERR_BAD_INPUT);
	serial[OTP_SERIAL_MAX] = '\0';
	assert_int_equal(otp_parse_serial(serial), OTP_OK);
}

static void
addresses(void **state)
{
	static const char *const good[] = { "a@b", "first.last+tag@example.org", "o'brien@example.org" };
	static const char *const bad[] = { "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a@b,c@d",
		"<a@b>", "a@b>", "a@b\r\nBcc: x@y", "a;b@c", "\"a\"@b", "a(c)@b", "-oQ@b", "é@b", "a@\xff",
		"a\\@b", "|a@b", "/a@b", "a:b@c", "a@[1.2.3.4]" };
	char mail[256];

	(void)state;
	for (size_t i = 0; i < UNIT_N(good); i++)
		assert_int_equal(otp_parse_mail(good[i]), OTP_OK);
	for (size_t i = 0; i < UNIT_N(bad); i++)
		if (otp_parse_mail(bad[i]) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(otp_parse_mail(NULL), OTP_ERR_BAD_INPUT);
	memset(mail, 'x', sizeof(mail));
	mail[1] = '@';
	mail[255] = '\0';
	assert_int_equal(otp_parse_mail(mail), OTP_ERR_BAD_INPUT);
	mail[254] = '\0';
	assert_int_equal(otp_parse_mail(mail), OTP_OK);
}

static void
codes(void **state)
{
	static const char *const bad[] = { "", "12345", "1234567", "12345a", "a12345", " 12345", "12345 ",
		"-12345", "+12345", "12345\n", "１２３４５６", "12345/", "12345:", "\xff\xff\xff\xff\xff\xff",
		"12 456", "000000000000000000000000000000000000000000000000000000000000000000" };
	uint32_t v = 77;
	char text[8];

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_parse_code(bad[i], 6, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_code(NULL, 6, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_code("12345", 5, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_code("123456789", 9, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_parse_code("", 0, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(v, 77);
	assert_int_equal(otp_parse_code("000000", 6, &v), OTP_OK);
	assert_int_equal(v, 0);
	assert_int_equal(otp_parse_code("012345", 6, &v), OTP_OK);
	assert_int_equal(v, 12345);
	assert_int_equal(otp_parse_code("9999999", 7, &v), OTP_OK);
	assert_int_equal(v, 9999999);
	assert_int_equal(otp_parse_code("99999999", 8, &v), OTP_OK);
	assert_int_equal(v, 99999999);
	/* any byte that is no digit, at any place */
	for (unsigned place = 0; place < 6; place++)
		for (int c = 1; c < 256; c++) {
			memcpy(text, "123456", 7);
			text[place] = (char)c;
			assert_int_equal(otp_parse_code(text, 6, &v),
			    c >= '0' && c <= '9' ? OTP_OK : OTP_ERR_BAD_INPUT);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes),
		cmocka_unit_test(times),
		cmocka_unit_test(amounts),
		cmocka_unit_test(hex),
		cmocka_unit_test(base32),
		cmocka_unit_test(base64),
		cmocka_unit_test(names),
		cmocka_unit_test(serials),
		cmocka_unit_test(addresses),
		cmocka_unit_test(codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
