/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoding: what was written comes back; what was cut or too long never does. */
#include "config.h"

#include "unit.h"

#include "encode.h"

static void
there_and_back(void **state)
{
	static const uint8_t expect[] = { 0x12, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12,
		8, 7, 6, 5, 4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		'r', 'a', 'w', 2, 0, 'd', 0, 3, 0, 's', 't', 'r', 0, 0, 1, 4 };
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, 1000);
	struct otp_dec d;
	const uint8_t *p;
	char text[8];
	size_t n;

	(void)state;
	otp_enc_u8(&e, 0x12);
	otp_enc_u16(&e, 0x1234);
	otp_enc_u32(&e, 0x12345678);
	otp_enc_u64(&e, 0x0102030405060708);
	otp_enc_i64(&e, -1);
	otp_enc_raw(&e, "raw", 3);
	otp_enc_data(&e, "d\0", 2);
	otp_enc_str(&e, "str");
	otp_enc_str(&e, NULL);
	otp_enc_u8(&e, 1);
	otp_enc_u8(&e, 4);
	assert_int_equal(e.err, OTP_OK);
	assert_int_equal(b.len, sizeof(expect));
	assert_memory_equal(b.data, expect, sizeof(expect));

	otp_dec_init(&d, b.data, b.len);
	assert_int_equal(otp_dec_u8(&d), 0x12);
	assert_int_equal(otp_dec_u16(&d), 0x1234);
	assert_int_equal(otp_dec_u32(&d), 0x12345678);
	assert_true(otp_dec_u64(&d) == 0x0102030405060708);
	assert_true(otp_dec_i64(&d) == -1);
	otp_dec_raw(&d, text, 3);
	assert_memory_equal(text, "raw", 3);
	p = otp_dec_data(&d, 2, &n);
	assert_int_equal(n, 2);
	assert_memory_equal(p, "d\0", 2);
	otp_dec_str(&d, text, 4);
	assert_string_equal(text, "str");
	otp_dec_str(&d, text, 1);
	assert_string_equal(text, "");
	assert_true(otp_dec_bool(&d));
	assert_int_equal(otp_dec_end(&d), OTP_ERR_BAD_INPUT);	/* one byte is left */
	assert_int_equal(otp_dec_enum(&d, 5), 4);
	assert_int_equal(otp_dec_end(&d), OTP_OK);
	otp_bytes_clear(&b);
}

static void
the_writer_has_a_bound(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, 10);
	static uint8_t large[70000];

	(void)state;
	otp_enc_u64(&e, 1);
	otp_enc_u32(&e, 1);
	assert_int_equal(e.err, OTP_ERR_BAD_INPUT);
	assert_int_equal(b.len, 8);
	otp_enc_u8(&e, 1);	/* would fit: but the first failure sticks */
	assert_int_equal(b.len, 8);
	assert_int_equal(e.err, OTP_ERR_BAD_INPUT);
	e = (struct otp_enc)OTP_ENC_INIT(&b, 10);
	otp_enc_u16(&e, 1);	/* exactly full */
	assert_int_equal(e.err, OTP_OK);
	assert_int_equal(b.len, 10);
	e = (struct otp_enc)OTP_ENC_INIT(&b, 5);	/* more is there already */
	otp_enc_raw(&e, "", 0);
	assert_int_equal(e.err, OTP_ERR_BAD_INPUT);
	otp_bytes_empty(&b);
	e = (struct otp_enc)OTP_ENC_INIT(&b, SIZE_MAX);
	otp_enc_data(&e, large, 65535);
	assert_int_equal(e.err, OTP_OK);
	otp_enc_data(&e, large, 65536);	/* its length does not fit u16 */
	assert_int_equal(e.err, OTP_ERR_BAD_INPUT);
	assert_int_equal(b.len, 65537);
	otp_bytes_clear(&b);
}

static void
everything_after_bad_is_nothing(void **state)
{
	static const uint8_t in[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	char text[4] = "xyz";
	struct otp_dec d;
	size_t n = 77;

	(void)state;
	otp_dec_init(&d, in, 3);
	assert_int_equal(otp_dec_u32(&d), 0);
	assert_true(d.bad);
	assert_int_equal(otp_dec_u8(&d), 0);	/* there would be one */
	assert_int_equal(otp_dec_u16(&d), 0);
	assert_true(otp_dec_u64(&d) == 0 && otp_dec_i64(&d) == 0);
	assert_null(otp_dec_view(&d, 1));
	assert_null(otp_dec_view(&d, 0));
	assert_null(otp_dec_data(&d, 100, &n));
	assert_int_equal(n, 0);
	otp_dec_str(&d, text, sizeof(text));
	assert_string_equal(text, "");
	memset(text, 'x', sizeof(text));
	otp_dec_raw(&d, text, 3);
	assert_memory_equal(text, "\0\0\0x", 4);
	assert_false(otp_dec_bool(&d));
	assert_int_equal(otp_dec_enum(&d, 200), 0);
	assert_int_equal(otp_dec_end(&d), OTP_ERR_BAD_INPUT);
}

static void
values_out_of_bounds(void **state)
{
	struct otp_dec d;
	char text[4];
	size_t n;

	(void)state;
	otp_dec_init(&d, "\x02", 1);
	assert_false(otp_dec_bool(&d));
	assert_true(d.bad);
	otp_dec_init(&d, "\x05", 1);
	assert_int_equal(otp_dec_enum(&d, 5), 0);
	assert_true(d.bad);
	otp_dec_init(&d, "\x00", 1);
	assert_int_equal(otp_dec_enum(&d, 0), 0);
	assert_true(d.bad);
	otp_dec_init(&d, "\x04\x00" "abcd", 6);	/* no room for the NUL */
	otp_dec_str(&d, text, sizeof(text));
	assert_true(d.bad);
	assert_string_equal(text, "");
	otp_dec_init(&d, "\x03\x00" "a\0b", 5);
	otp_dec_str(&d, text, sizeof(text));
	assert_true(d.bad);
	assert_string_equal(text, "");
	otp_dec_init(&d, "\x03\x00" "abc", 5);
	assert_null(otp_dec_data(&d, 2, &n));	/* longer than its place allows */
	assert_true(d.bad);
	otp_dec_init(&d, "\xff\xff" "abc", 5);	/* a length that lies */
	assert_null(otp_dec_data(&d, SIZE_MAX, &n));
	assert_int_equal(n, 0);
	otp_dec_init(&d, "abc", 3);
	assert_null(otp_dec_view(&d, SIZE_MAX));
	otp_dec_init(&d, NULL, 0);
	assert_int_equal(otp_dec_end(&d), OTP_OK);
	assert_non_null(otp_dec_view(&d, 0));
	otp_dec_init(&d, "\x00\x00", 2);
	assert_non_null(otp_dec_data(&d, 0, &n));
	assert_int_equal(otp_dec_end(&d), OTP_OK);
}

/* A message cut at every byte, on the heap so that a sanitizer sees a read too far. */
static void
cut_everywhere(void **state)
{
	static const char whole[] = "\x01\x02\x00" "ab" "\x01\x00\x00\x00\x00\x00\x00\x00" "\x01\x00z";
	const size_t len = sizeof(whole) - 1;

	(void)state;
	for (size_t cut = 0; cut <= len; cut++) {
		uint8_t *copy = malloc(cut > 0 ? cut : 1);
		struct otp_dec d;
		char text[16];

		assert_non_null(copy);
		memcpy(copy, whole, cut);
		otp_dec_init(&d, copy, cut);
		(void)otp_dec_bool(&d);
		otp_dec_str(&d, text, sizeof(text));
		(void)otp_dec_u64(&d);
		otp_dec_str(&d, text, sizeof(text));
		assert_int_equal(otp_dec_end(&d), cut == len ? OTP_OK : OTP_ERR_BAD_INPUT);
		assert_string_equal(text, cut == len ? "z" : "");
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(the_writer_has_a_bound),
		cmocka_unit_test(everything_after_bad_is_nothing),
		cmocka_unit_test(values_out_of_bounds),
		cmocka_unit_test(cut_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
