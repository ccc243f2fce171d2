/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HOTP and TOTP values: all vectors of RFC 4226 appendix D and RFC 6238 appendix B, and more. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hotp.h"
#include "parse.h"

static const char seeds[OTP_HASH_COUNT][65] = {
	"12345678901234567890",
	"12345678901234567890123456789012",
	"1234567890123456789012345678901234567890123456789012345678901234",
};

/* RFC 4226 appendix D: HMAC, its truncation, HOTP */
static const struct {
	const char *hmac;
	uint32_t truncated, hotp;
} rfc4226[] = {
	{ "cc93cf18508d94934c64b65d8ba7667fb7cde4b0", 1284755224, 755224 },
	{ "75a48a19d4cbe100644e8ac1397eea747a2d33ab", 1094287082, 287082 },
	{ "0bacb7fa082fef30782211938bc1c5e70416ff44", 137359152, 359152 },
	{ "66c28227d03a2d5529262ff016a1e6ef76557ece", 1726969429, 969429 },
	{ "a904c900a64b35909874b33e61c5938a8e15ed1c", 1640338314, 338314 },
	{ "a37e783d7b7233c083d4f62926c7a25f238d0316", 868254676, 254676 },
	{ "bc9cd28561042c83f219324d3c607256c03272ae", 1918287922, 287922 },
	{ "a4fb960c0bc06e1eabb804e5b397cdc4b45596fa", 82162583, 162583 },
	{ "1b3c89f65e6c9e883012052823443f048b4332db", 673399871, 399871 },
	{ "1637409809a679dc698207310c8c7fc07290d9e5", 645520489, 520489 },
};

static void
test_rfc4226(void **state)
{
	(void)state;
	for (uint64_t c = 0; c < 10; c++) {
		struct otp_bytes want = OTP_BYTES_INIT;
		uint8_t mac[20], text[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)c };
		uint32_t v = 0, modulus = 1000000;

		assert_int_equal(otp_parse_hex(rfc4226[c].hmac, &want), OTP_OK);
		assert_int_equal(
		    otp_crypto_hmac(OTP_HASH_SHA1, seeds[0], 20, text, 8, mac), OTP_OK);
		assert_int_equal(want.len, sizeof(mac));
		assert_memory_equal(mac, want.data, sizeof(mac));
		otp_bytes_clear(&want);
		for (unsigned digits = 6; digits <= 8; digits++, modulus *= 10) {
			assert_int_equal(
			    otp_hotp(OTP_HASH_SHA1, seeds[0], 20, c, digits, &v), OTP_OK);
			assert_int_equal(v, rfc4226[c].truncated % modulus);
			if (digits == 6)
				assert_int_equal(v, rfc4226[c].hotp);
		}
	}
}

/* RFC 6238 appendix B (8 digits), and the same times with 7 and 6 */
static const struct {
	int64_t time;
	enum otp_hash hash;
	uint64_t step;
	uint32_t of[3];
} rfc6238[] = {
	{ 59LL, OTP_HASH_SHA1, 0x1, { 94287082, 4287082, 287082 } },
	{ 59LL, OTP_HASH_SHA256, 0x1, { 46119246, 6119246, 119246 } },
	{ 59LL, OTP_HASH_SHA512, 0x1, { 90693936, 693936, 693936 } },
	{ 1111111109LL, OTP_HASH_SHA1, 0x23523ec, { 7081804, 7081804, 81804 } },
	{ 1111111109LL, OTP_HASH_SHA256, 0x23523ec, { 68084774, 8084774, 84774 } },
	{ 1111111109LL, OTP_HASH_SHA512, 0x23523ec, { 25091201, 5091201, 91201 } },
	{ 1111111111LL, OTP_HASH_SHA1, 0x23523ed, { 14050471, 4050471, 50471 } },
	{ 1111111111LL, OTP_HASH_SHA256, 0x23523ed, { 67062674, 7062674, 62674 } },
	{ 1111111111LL, OTP_HASH_SHA512, 0x23523ed, { 99943326, 9943326, 943326 } },
	{ 1234567890LL, OTP_HASH_SHA1, 0x273ef07, { 89005924, 9005924, 5924 } },
	{ 1234567890LL, OTP_HASH_SHA256, 0x273ef07, { 91819424, 1819424, 819424 } },
	{ 1234567890LL, OTP_HASH_SHA512, 0x273ef07, { 93441116, 3441116, 441116 } },
	{ 2000000000LL, OTP_HASH_SHA1, 0x3f940aa, { 69279037, 9279037, 279037 } },
	{ 2000000000LL, OTP_HASH_SHA256, 0x3f940aa, { 90698825, 698825, 698825 } },
	{ 2000000000LL, OTP_HASH_SHA512, 0x3f940aa, { 38618901, 8618901, 618901 } },
	{ 20000000000LL, OTP_HASH_SHA1, 0x27bc86aa, { 65353130, 5353130, 353130 } },
	{ 20000000000LL, OTP_HASH_SHA256, 0x27bc86aa, { 77737706, 7737706, 737706 } },
	{ 20000000000LL, OTP_HASH_SHA512, 0x27bc86aa, { 47863826, 7863826, 863826 } },
};

static void
test_rfc6238(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rfc6238) / sizeof(rfc6238[0]), 18);
	for (size_t i = 0; i < 18; i++) {
		enum otp_hash h = rfc6238[i].hash;
		uint64_t step = otp_totp_step(rfc6238[i].time * 1000, 30);
		uint32_t v = 0;

		assert_int_equal(step, rfc6238[i].step);
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(
			    otp_hotp(h, seeds[h], strlen(seeds[h]), step, 8 - k, &v), OTP_OK);
			assert_int_equal(v, rfc6238[i].of[k]);
		}
	}
}

/* The seed 00 01 … 0f, 6 digits, three hashes: computed independently (Python's hmac). */
static void
test_counters(void **state)
{
	static const struct {
		uint64_t counter;
		uint32_t of[OTP_HASH_COUNT];
	} table[] = {
		{ 0ULL, { 990870, 355711, 894194 } },
		{ 1ULL, { 783978, 533217, 87258 } },
		{ 255ULL, { 859827, 648966, 237274 } },
		{ 256ULL, { 633354, 162461, 36219 } },
		{ 2147483648ULL, { 650007, 769842, 488038 } },
		{ 4294967295ULL, { 987063, 793637, 555579 } },
		{ 4294967296ULL, { 418491, 119651, 409739 } },
		{ 9223372036854775808ULL, { 936625, 205425, 707015 } },
		{ 18446744073709551614ULL, { 564384, 379193, 639586 } },
	};
	uint8_t seed[16];

	(void)state;
	for (unsigned i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	for (unsigned h = 0; h < OTP_HASH_COUNT; h++) {
		struct otp_mac *m = NULL;
		uint32_t v = 0;

		assert_int_equal(otp_mac_new_hash((enum otp_hash)h, seed, 16, &m), OTP_OK);
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			assert_int_equal(
			    otp_hotp((enum otp_hash)h, seed, 16, table[i].counter, 6, &v), OTP_OK);
			assert_int_equal(v, table[i].of[h]);
			v = 0;
			assert_int_equal(otp_hotp_mac(m, table[i].counter, 6, &v), OTP_OK);
			assert_int_equal(v, table[i].of[h]);
		}
		otp_mac_free(&m);
		assert_null(m);
	}
}

static void
test_bounds(void **state)
{
	uint32_t v = 42;

	(void)state;
	assert_int_equal(otp_hotp(OTP_HASH_SHA1, seeds[0], 20, 0, 5, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_hotp(OTP_HASH_SHA1, seeds[0], 20, 0, 9, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_hotp(OTP_HASH_SHA1, seeds[0], 0, 0, 6, &v), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_hotp(OTP_HASH_COUNT, seeds[0], 20, 0, 6, &v), OTP_ERR_INTERNAL);
	assert_int_equal(v, 42);
}

static void
test_step(void **state)
{
	(void)state;
	assert_int_equal(otp_totp_step(0, 30), 0);
	assert_int_equal(otp_totp_step(29999, 30), 0);
	assert_int_equal(otp_totp_step(30000, 30), 1);
	assert_int_equal(otp_totp_step(59999, 60), 0);
	assert_int_equal(otp_totp_step(60000, 60), 1);
	assert_int_equal(otp_totp_step(-1, 60), 0);
	assert_int_equal(otp_totp_step(INT64_MIN, 60), 0);
	assert_int_equal(otp_totp_step(INT64_MAX, 1), INT64_MAX / 1000);
	assert_int_equal(otp_totp_step(60000, 0), 0);
}

static void
test_text(void **state)
{
	char buf[OTP_DIGITS_MAX + 1];

	(void)state;
	otp_hotp_text(buf, 0, 6);
	assert_string_equal(buf, "000000");
	otp_hotp_text(buf, 5924, 6);
	assert_string_equal(buf, "005924");
	otp_hotp_text(buf, 7081804, 8);
	assert_string_equal(buf, "07081804");
	otp_hotp_text(buf, 99999999, 8);
	assert_string_equal(buf, "99999999");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4226),
		cmocka_unit_test(test_rfc6238),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
