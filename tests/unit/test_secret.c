/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes and short secrets: they grow, move, refuse what does not fit, and leave nothing behind. */
#include "config.h"

#include "unit.h"

#include "secret.h"

static void
bytes_grow_and_clear(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_bytes_append(&b, NULL, 0), OTP_OK);
	assert_null(b.data);
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t byte = (uint8_t)i;

		assert_int_equal(otp_bytes_append(&b, &byte, 1), OTP_OK);
	}
	assert_int_equal(b.len, 5000);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], (uint8_t)i);
	assert_int_equal(b.data[b.len], 0);
	assert_int_equal(otp_bytes_set(&b, "abc", 3), OTP_OK);
	assert_int_equal(b.len, 3);
	assert_string_equal((char *)b.data, "abc");
	otp_bytes_clear(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	otp_bytes_clear(&b);
}

static void
bytes_refuse_the_impossible(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_bytes_set(&b, "abc", 3), OTP_OK);
	assert_int_equal(otp_bytes_reserve(&b, SIZE_MAX), OTP_ERR_NO_MEMORY);
	assert_int_equal(otp_bytes_append(&b, "x", SIZE_MAX - 1), OTP_ERR_NO_MEMORY);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "abc", 3);
	otp_bytes_clear(&b);
}

static void
bytes_move(void **state)
{
	struct otp_bytes a = OTP_BYTES_INIT, b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_bytes_set(&a, "first", 5), OTP_OK);
	assert_int_equal(otp_bytes_set(&b, "second", 6), OTP_OK);
	otp_bytes_move(&a, &b);
	assert_int_equal(a.len, 6);
	assert_memory_equal(a.data, "second", 6);
	assert_null(b.data);
	otp_bytes_move(&a, &a);
	assert_int_equal(a.len, 6);
	otp_bytes_clear(&a);
}

static void
emptied_is_wiped(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	uint8_t zero[64] = { 0 };

	(void)state;
	assert_int_equal(otp_bytes_set(&b, "a secret that goes away", 23), OTP_OK);
	otp_bytes_empty(&b);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.data, zero, 23);
	assert_int_equal(otp_bytes_set(&b, "a secret that goes away", 23), OTP_OK);
	assert_int_equal(otp_bytes_set(&b, "short", 5), OTP_OK);
	assert_memory_equal(b.data + 5, zero, 18);
	otp_bytes_clear(&b);
}

/* Reads what was freed, as an attacker would; the allocator's own words are at the start. */
#ifndef UNIT_HAS_ASAN
static size_t
count_left(const volatile uint8_t *p, size_t from, size_t to, uint8_t value)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += p[i] == value;
	return n;
}

static void
freed_is_wiped(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	uint8_t secret[200];
	uintptr_t old;

	(void)state;
	if (getenv("RUNNING_UNDER_VALGRIND") != NULL)
		skip();
	memset(secret, 0xa5, sizeof(secret));
	assert_int_equal(otp_bytes_set(&b, secret, sizeof(secret)), OTP_OK);
	old = (uintptr_t)b.data;
	assert_int_equal(otp_bytes_reserve(&b, 100000), OTP_OK);	/* growth */
	assert_int_equal(count_left((const volatile uint8_t *)old, 32, 200, 0xa5), 0);
	otp_bytes_clear(&b);
	assert_int_equal(otp_bytes_set(&b, secret, sizeof(secret)), OTP_OK);
	old = (uintptr_t)b.data;
	otp_bytes_clear(&b);
	assert_int_equal(count_left((const volatile uint8_t *)old, 32, 200, 0xa5), 0);
}
#endif

static void
secret_in_place(void **state)
{
	static const char with_nul[] = { 'a', 0, 'b' };
	struct otp_secret s = OTP_SECRET_INIT;
	struct otp_secret none = OTP_SECRET_INIT;
	char longest[OTP_SECRET_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(otp_secret_set(&s, "123456", 6), OTP_OK);
	assert_string_equal(s.text, "123456");
	assert_int_equal(otp_secret_set(&s, longest, OTP_SECRET_MAX), OTP_OK);
	assert_int_equal(strlen(s.text), OTP_SECRET_MAX);
	/* refused: and what was there is gone */
	assert_int_equal(otp_secret_set(&s, longest, sizeof(longest)), OTP_ERR_BAD_INPUT);
	assert_memory_equal(&s, &none, sizeof(s));
	assert_int_equal(otp_secret_set(&s, with_nul, sizeof(with_nul)), OTP_ERR_BAD_INPUT);
	assert_int_equal(s.len, 0);
	assert_int_equal(otp_secret_set(&s, "", 0), OTP_OK);
	assert_int_equal(otp_secret_set(&s, "secret", 6), OTP_OK);
	otp_secret_clear(&s);
	assert_memory_equal(&s, &none, sizeof(s));
}

static void
equal(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	assert_true(otp_equal(NULL, NULL, 0));
	for (size_t i = 0; i < sizeof(a); i++)
		a[i] = b[i] = (uint8_t)(i * 7);
	assert_true(otp_equal(a, b, sizeof(a)));
	/* every single bit counts */
	for (size_t i = 0; i < sizeof(a) * 8; i++) {
		b[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(otp_equal(a, b, sizeof(a)));
		b[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	/* differences that would cancel out by exclusive or of all */
	b[0] ^= 1;
	b[1] ^= 1;
	assert_false(otp_equal(a, b, sizeof(a)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_grow_and_clear),
		cmocka_unit_test(bytes_refuse_the_impossible),
		cmocka_unit_test(bytes_move),
		cmocka_unit_test(emptied_is_wiped),
#ifndef UNIT_HAS_ASAN
		cmocka_unit_test(freed_is_wiped),
#endif
		cmocka_unit_test(secret_in_place),
		cmocka_unit_test(equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
