/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer: exact output, hostile text, and misuse that must not come out as JSON. */
#include "config.h"

#include "unit.h"

#include "json.h"
#include "text.h"

static bool
collect(void *ctx, const char *data, size_t len)
{
	return otp_bytes_append(ctx, data, len) == OTP_OK;
}

/* Lets some bytes through, then refuses. */
static bool
full(void *ctx, const char *data, size_t len)
{
	size_t *left = ctx;

	(void)data;
	if (len > *left)
		return false;
	*left -= len;
	return true;
}

static struct otp_bytes got;
static struct otp_json j;

static int
begin(void **state)
{
	(void)state;
	otp_bytes_empty(&got);
	otp_json_init(&j, collect, &got);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	otp_bytes_clear(&got);
	return 0;
}

static void
a_document(void **state)
{
	(void)state;
	otp_json_object(&j);
	otp_json_key(&j, "s");
	otp_json_str(&j, "x");
	otp_json_key(&j, "none");
	otp_json_str(&j, NULL);
	otp_json_key(&j, "list");
	otp_json_array(&j);
	otp_json_int(&j, INT64_MIN);
	otp_json_uint(&j, UINT64_MAX);
	otp_json_bool(&j, true);
	otp_json_bool(&j, false);
	otp_json_null(&j);
	otp_json_object(&j);
	otp_json_object_end(&j);
	otp_json_array(&j);
	otp_json_array_end(&j);
	otp_json_array_end(&j);
	otp_json_object_end(&j);
	otp_json_newline(&j);
	otp_json_str(&j, "next");
	otp_json_newline(&j);
	assert_int_equal(otp_json_end(&j), OTP_OK);
	assert_string_equal(otp_text_str(&got),
	    "{\"s\":\"x\",\"none\":null,\"list\":[-9223372036854775808,18446744073709551615,true,"
	    "false,null,{},[]]}\n\"next\"\n");
}

static void
hostile_text(void **state)
{
	(void)state;
	otp_json_array(&j);
	otp_json_str(&j, "\"\\\b\f\n\r\t\x01\x1f\x7f");
	otp_json_str(&j, "トークン");
	otp_json_str(&j, "a\xff\xfe" "b\xe3\x83");
	otp_json_str(&j, "\xc0\xaf\xed\xa0\x80");
	otp_json_strn(&j, "a\0b", 3);
	otp_json_str(&j, "\xe2\x80\xae\xe2\x80\xa8\xc2\x9b");
	otp_json_str(&j, "\xf3\xa0\x81\x81");
	otp_json_str(&j, "</script>");
	otp_json_str(&j, "");
	otp_json_array_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_OK);
#define BAD "\xef\xbf\xbd"
	assert_string_equal(otp_text_str(&got),
	    "[\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\",\"トークン\",\"a" BAD BAD "b" BAD BAD
	    "\",\"" BAD BAD BAD BAD BAD "\",\"a\\u0000b\",\"\\u202e\\u2028\\u009b\","
	    "\"\\udb40\\udc41\",\"</script>\",\"\"]");
}

static void
keys_are_escaped(void **state)
{
	(void)state;
	otp_json_object(&j);
	otp_json_key(&j, "a\"b");
	otp_json_int(&j, 1);
	otp_json_object_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_OK);
	assert_string_equal(otp_text_str(&got), "{\"a\\\"b\":1}");
}

/* each misuse: a call that must turn the whole into an error */
static void
value_without_key(void **state)
{
	(void)state;
	otp_json_object(&j);
	otp_json_int(&j, 1);
	otp_json_object_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
key_in_an_array(void **state)
{
	(void)state;
	otp_json_array(&j);
	otp_json_key(&j, "k");
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
key_without_value(void **state)
{
	(void)state;
	otp_json_object(&j);
	otp_json_key(&j, "k");
	otp_json_object_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
wrong_end(void **state)
{
	(void)state;
	otp_json_array(&j);
	otp_json_object_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
end_of_nothing(void **state)
{
	(void)state;
	otp_json_array_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
still_open(void **state)
{
	(void)state;
	otp_json_array(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
two_documents_in_a_row(void **state)
{
	(void)state;
	otp_json_int(&j, 1);
	otp_json_int(&j, 2);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
	assert_string_equal(otp_text_str(&got), "1");
}

static void
newline_inside(void **state)
{
	(void)state;
	otp_json_array(&j);
	otp_json_newline(&j);
	otp_json_array_end(&j);
	assert_int_equal(otp_json_end(&j), OTP_ERR_INTERNAL);
}

static void
too_deep(void **state)
{
	(void)state;
	for (int i = 0; i < OTP_JSON_DEPTH - 1; i++)
		otp_json_array(&j);
	assert_int_equal(j.err, OTP_OK);
	for (int i = 0; i < 1000; i++)
		otp_json_array(&j);
	assert_int_equal(j.err, OTP_ERR_INTERNAL);
	assert_int_equal(got.len, OTP_JSON_DEPTH - 1);
}

static void
a_full_disk(void **state)
{
	struct otp_json small;

	(void)state;
	for (size_t room = 0; room < 11; room++) {
		size_t left = room;

		otp_json_init(&small, full, &left);
		otp_json_array(&small);
		otp_json_str(&small, "abc");
		otp_json_int(&small, 123);
		otp_json_array_end(&small);
		assert_int_equal(otp_json_end(&small), OTP_ERR_SYSTEM);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(a_document), T(hostile_text), T(keys_are_escaped), T(value_without_key),
		T(key_in_an_array), T(key_without_value), T(wrong_end), T(end_of_nothing),
		T(still_open), T(two_documents_in_a_row), T(newline_inside), T(too_deep), T(a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
