/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named values: the table, putting and getting, the gate for lists from outside. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "fields.h"

static void
test_table(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < OTP_FIELD_LIMIT; i++) {
		const char *name = otp_field_name((enum otp_field)i);

		if (name == NULL) {
			assert_null(otp_field_heading((enum otp_field)i));
			assert_int_equal(otp_field_type((enum otp_field)i), OTP_TYPE_SECRET);
			continue;
		}
		n++;
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(name));
		assert_int_equal(otp_field_of_name(name), i);	/* so no name stands twice */
		assert_non_null(otp_field_heading((enum otp_field)i));
	}
	assert_true(n > 50);
	assert_null(otp_field_name(OTP_FIELD_NONE));
	assert_null(otp_field_name(OTP_FIELD_LIMIT));
	assert_int_equal(otp_field_of_name("nothing"), OTP_FIELD_NONE);
	assert_int_equal(otp_field_of_name(NULL), OTP_FIELD_NONE);
	assert_int_equal(otp_field_type(OTP_FIELD_CODE), OTP_TYPE_SECRET);
	assert_int_equal(otp_field_type(OTP_FIELD_SECRET), OTP_TYPE_BYTES);
}

static void
fill(struct otp_fields *f)
{
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_USER, "alice"), OTP_OK);
	assert_int_equal(otp_fields_put_int(f, OTP_FIELD_DRIFT_LOW_MS, -1234567890123), OTP_OK);
	assert_int_equal(otp_fields_put_int(f, OTP_FIELD_NOT_AFTER, 1900000000), OTP_OK);
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_SHARERS, "alice"), OTP_OK);
	assert_int_equal(otp_fields_put_bool(f, OTP_FIELD_ENABLED, true), OTP_OK);
	assert_int_equal(otp_fields_put_bool(f, OTP_FIELD_ROOT, false), OTP_OK);
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_ROLE, "master"), OTP_OK);
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_SHARERS, "\xe8\x8a\xb1\xe5\xad\x90"), OTP_OK);
	assert_int_equal(otp_fields_put_bytes(f, OTP_FIELD_SECRET, "\0\1\2", 3), OTP_OK);
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_CODE, ""), OTP_OK);
	assert_int_equal(otp_fields_put_str(f, OTP_FIELD_MAIL, NULL), OTP_OK);
}

static void
test_put_and_get(void **state)
{
	struct otp_fields f = OTP_FIELDS_INIT;
	int64_t v = 7;
	size_t n = 7;

	(void)state;
	fill(&f);
	assert_int_equal(otp_fields_check(&f), OTP_OK);
	assert_string_equal(otp_fields_str(&f, OTP_FIELD_USER), "alice");
	assert_string_equal(otp_fields_str(&f, OTP_FIELD_ROLE), "master");
	assert_string_equal(otp_fields_str(&f, OTP_FIELD_CODE), "");
	assert_string_equal(otp_fields_str(&f, OTP_FIELD_SHARERS), "alice");
	assert_true(otp_fields_int(&f, OTP_FIELD_DRIFT_LOW_MS, &v));
	assert_true(v == -1234567890123);
	assert_true(otp_fields_int(&f, OTP_FIELD_NOT_AFTER, &v));
	assert_true(v == 1900000000);
	assert_true(otp_fields_bool(&f, OTP_FIELD_ENABLED));
	assert_false(otp_fields_bool(&f, OTP_FIELD_ROOT));
	assert_true(otp_fields_has(&f, OTP_FIELD_ROOT));
	assert_memory_equal(otp_fields_bytes(&f, OTP_FIELD_SECRET, &n), "\0\1\2", 3);
	assert_int_equal(n, 3);
	/* absent, or there but of another type */
	v = 7;
	assert_null(otp_fields_str(&f, OTP_FIELD_MAIL));
	assert_null(otp_fields_str(&f, OTP_FIELD_NOT_AFTER));
	assert_false(otp_fields_int(&f, OTP_FIELD_COUNT, &v));
	assert_false(otp_fields_int(&f, OTP_FIELD_USER, &v));
	assert_true(v == 7);
	assert_false(otp_fields_bool(&f, OTP_FIELD_DECOY));
	assert_false(otp_fields_bool(&f, OTP_FIELD_USER));
	assert_false(otp_fields_has(&f, OTP_FIELD_MAIL));
	assert_null(otp_fields_bytes(&f, OTP_FIELD_USER, &n));
	assert_int_equal(n, 0);
	otp_fields_clear(&f);
	assert_false(otp_fields_has(&f, OTP_FIELD_USER));
	otp_fields_clear(NULL);
}

static void
test_order(void **state)
{
	static const enum otp_field want[] = { OTP_FIELD_USER, OTP_FIELD_DRIFT_LOW_MS, OTP_FIELD_NOT_AFTER,
		OTP_FIELD_SHARERS, OTP_FIELD_ENABLED, OTP_FIELD_ROOT, OTP_FIELD_ROLE, OTP_FIELD_SHARERS,
		OTP_FIELD_SECRET, OTP_FIELD_CODE };
	struct otp_fields f = OTP_FIELDS_INIT, copy = OTP_FIELDS_INIT;
	struct otp_field_view view;
	size_t cursor = 0, n = 0;

	(void)state;
	fill(&f);
	assert_int_equal(otp_fields_copy(&copy, &f), OTP_OK);
	while (otp_fields_next(&copy, &cursor, &view)) {
		assert_true(n < sizeof(want) / sizeof(want[0]));
		assert_int_equal(view.field, want[n]);
		assert_int_equal(view.type, otp_field_type(view.field));
		if (n == 0)
			assert_int_equal(view.len, 5);
		n++;
	}
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	otp_fields_clear(&f);
	otp_fields_clear(&copy);
}

static void
test_wrong_types(void **state)
{
	struct otp_fields f = OTP_FIELDS_INIT;

	(void)state;
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_COUNT, "1"), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SECRET, "1"), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_NONE, "1"), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_LIMIT, "1"), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_int(&f, OTP_FIELD_USER, 1), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_int(&f, OTP_FIELD_ENABLED, 1), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_bool(&f, OTP_FIELD_COUNT, true), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_bytes(&f, OTP_FIELD_USER, "x", 1), OTP_ERR_INTERNAL);
	assert_int_equal(f.data.len, 0);
	/* what the gate would refuse is not made: only a list may stand twice */
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_USER, "a"), OTP_OK);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_USER, "b"), OTP_ERR_INTERNAL);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_MAIL, "\xff"), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_fields_check(&f), OTP_OK);
	otp_fields_clear(&f);
}

static void
test_bounds(void **state)
{
	struct otp_fields f = OTP_FIELDS_INIT, more = OTP_FIELDS_INIT;
	char *text = malloc(OTP_FIELD_VALUE_MAX + 1);
	size_t before;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', OTP_FIELD_VALUE_MAX);
	text[OTP_FIELD_VALUE_MAX] = '\0';
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SHARERS, text), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_fields_put_bytes(&f, OTP_FIELD_SECRET, text, OTP_FIELD_VALUE_MAX + 1),
	    OTP_ERR_BAD_INPUT);
	text[OTP_FIELD_VALUE_MAX - 1] = '\0';
	for (int i = 0; i < 7; i++)
		assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SHARERS, text), OTP_OK);
	assert_int_equal(otp_fields_check(&f), OTP_OK);
	before = f.data.len;
	/* the list is full at OTP_FIELDS_MAX exactly, and a refused put leaves it as it was */
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SHARERS, text), OTP_ERR_OVER_LIMIT);
	assert_int_equal(f.data.len, before);
	text[OTP_FIELDS_MAX - before - 5 + 1] = '\0';
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SHARERS, text), OTP_ERR_OVER_LIMIT);
	text[OTP_FIELDS_MAX - before - 5] = '\0';
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SHARERS, text), OTP_OK);
	assert_int_equal(f.data.len, OTP_FIELDS_MAX);
	assert_int_equal(otp_fields_check(&f), OTP_OK);
	assert_int_equal(otp_fields_put_bool(&f, OTP_FIELD_ROOT, true), OTP_ERR_OVER_LIMIT);
	assert_int_equal(otp_fields_put_bool(&more, OTP_FIELD_ROOT, true), OTP_OK);
	assert_int_equal(otp_fields_copy(&f, &more), OTP_ERR_OVER_LIMIT);
	assert_int_equal(f.data.len, OTP_FIELDS_MAX);
	/* one good field more, and the gate is shut */
	assert_int_equal(otp_bytes_append(&f.data, more.data.data, more.data.len), OTP_OK);
	assert_int_equal(otp_fields_check(&f), OTP_ERR_BAD_INPUT);
	otp_fields_clear(&f);
	otp_fields_clear(&more);
	free(text);
}

/* Through the gate, and put together again from what next gives. */
static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_fields in = OTP_FIELDS_INIT, out = OTP_FIELDS_INIT;
	struct otp_field_view view;
	size_t cursor = 0;
	enum otp_err err;

	if (len == 0)	/* an empty list is one, but here it is what cutting leaves */
		return OTP_ERR_BAD_INPUT;
	assert_int_equal(otp_bytes_set(&in.data, data, len), OTP_OK);
	err = otp_fields_check(&in);
	while (err == OTP_OK && otp_fields_next(&in, &cursor, &view)) {
		if (view.str != NULL)
			err = otp_fields_put_str(&out, view.field, view.str);
		else if (view.type == OTP_TYPE_BYTES)
			err = otp_fields_put_bytes(&out, view.field, view.bytes, view.len);
		else if (view.type == OTP_TYPE_BOOL)
			err = otp_fields_put_bool(&out, view.field, view.num != 0);
		else
			err = otp_fields_put_int(&out, view.field, view.num);
		assert_int_equal(err, OTP_OK);
	}
	otp_bytes_move(ret, &out.data);
	otp_fields_clear(&in);
	return err;
}

/* A list may end after any of its fields, so cutting is tried on one field of each type. */
static void
test_gate(void **state)
{
	static const char *const bad[] = {
		"\xf0\x01\x01\x00\x00",		/* no such field */
		"\x00\x00\x01\x00\x00",
		"\x00\x02\x01\x00\x00",		/* beyond the table */
		"\x01\x00\x00\x00",		/* text without its NUL */
		"\x01\x00\x01\x00" "a",
		"\x01\x00\x03\x00" "a\0",	/* a NUL inside (and one behind) */
		"\x01\x00\x02\x00\xff",		/* not UTF-8 */
		"\x01\x00\x03\x00\xc0\x80",
		"\x0e\x00\x01\x00\x02",		/* a bool of 2 */
		"\x0e\x00\x00\x00",
		"\x0e\x00\x02\x00\x01",
		"\x18\x00\x07\x00\x01\0\0\0\0\0",	/* 7 and 9 bytes of number */
		"\x18\x00\x09\x00\x01\0\0\0\0\0\0\0",
		"\x01\x00\x02\x00" "a\0\x01\x00\x02\x00" "a",	/* twice */
	};
	static const size_t len[] = { 5, 5, 5, 4, 5, 7, 6, 7, 5, 4, 6, 11, 13, 12 };
	struct otp_fields f = OTP_FIELDS_INIT;

	(void)state;
	assert_int_equal(otp_fields_check(&f), OTP_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		codec_refuse(recode, OTP_ERR_BAD_INPUT, bad[i], len[i]);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_USER, "alice"), OTP_OK);
	codec_hold(recode, OTP_ERR_BAD_INPUT, &f.data);
	otp_fields_clear(&f);
	assert_int_equal(otp_fields_put_bytes(&f, OTP_FIELD_SECRET, "1234567890123456", 16), OTP_OK);
	codec_hold(recode, OTP_ERR_BAD_INPUT, &f.data);
	otp_fields_clear(&f);
	assert_int_equal(otp_fields_put_int(&f, OTP_FIELD_COUNT, -5), OTP_OK);
	codec_hold(recode, OTP_ERR_BAD_INPUT, &f.data);
	otp_fields_clear(&f);
	assert_int_equal(otp_fields_put_bool(&f, OTP_FIELD_ROOT, true), OTP_OK);
	codec_hold(recode, OTP_ERR_BAD_INPUT, &f.data);
	otp_fields_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_put_and_get),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_gate),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
