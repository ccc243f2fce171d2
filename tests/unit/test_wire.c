/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The protocol's messages: what goes in comes out, and nothing else gets in. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "wire.h"

static enum otp_err
recode_request(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_request r = OTP_REQUEST_INIT;
	enum otp_err err = otp_wire_decode_request(data, len, &r);

	if (err == OTP_OK)
		assert_int_equal(otp_wire_encode_request(&r, ret), OTP_OK);
	otp_request_clear(&r);
	return err;
}

static enum otp_err
recode_answer(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_answer a = OTP_ANSWER_INIT;
	enum otp_err err = otp_wire_decode_answer(data, len, &a);

	if (err == OTP_OK)
		assert_int_equal(otp_wire_encode_answer(&a, ret), OTP_OK);
	otp_answer_clear(&a);
	return err;
}

static void
add_row(struct otp_rows *rows, const char *serial)
{
	struct otp_fields *row = NULL;

	assert_int_equal(otp_rows_add(rows, &row), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_SERIAL, serial), OTP_OK);
}

static void
test_request(void **state)
{
	struct otp_request r = OTP_REQUEST_INIT, back = OTP_REQUEST_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	r.verb = OTP_VERB_TOKEN_IMPORT;
	r.dry_run = true;
	assert_int_equal(otp_fields_put_int(&r.fields, OTP_FIELD_COUNT, 2), OTP_OK);
	add_row(&r.rows, "100000001");
	add_row(&r.rows, "100000002");
	assert_int_equal(otp_wire_encode_request(&r, &b), OTP_OK);
	/* what stood in the receiver is gone, not mixed in */
	add_row(&back.rows, "old");
	assert_int_equal(otp_wire_decode_request(b.data, b.len, &back), OTP_OK);
	assert_int_equal(back.verb, OTP_VERB_TOKEN_IMPORT);
	assert_true(back.dry_run);
	assert_int_equal(back.rows.n, 2);
	assert_string_equal(otp_fields_str(&back.rows.row[1], OTP_FIELD_SERIAL), "100000002");
	codec_hold(recode_request, OTP_ERR_BAD_INPUT, &b);
	codec_refuse(recode_answer, OTP_ERR_BAD_INPUT, b.data, b.len);
	/* a failure leaves the receiver alone */
	assert_int_equal(otp_wire_decode_request(b.data, b.len - 1, &back), OTP_ERR_BAD_INPUT);
	assert_int_equal(back.rows.n, 2);
	r.verb = OTP_VERB_NONE;
	assert_int_equal(otp_wire_encode_request(&r, &b), OTP_ERR_INTERNAL);
	otp_request_clear(&r);
	otp_request_clear(&back);
	otp_request_clear(NULL);
	otp_bytes_clear(&b);
}

static void
test_answer(void **state)
{
	struct otp_answer a = OTP_ANSWER_INIT, back = OTP_ANSWER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	a.err = OTP_WHY(&a.why, OTP_ERR_SUSPENDED, CANNOT_OPEN, "\xe8\x8a\xb1", "b");
	a.changed = true;
	a.audit_seq = UINT64_MAX - 1;
	assert_int_equal(otp_fields_put_bool(&a.fields, OTP_FIELD_CHANGED, true), OTP_OK);
	add_row(&a.rows, "100000001");
	(void)OTP_WHY(&why, OTP_OK, NO_TOKEN, "x");
	for (int i = 0; i < OTP_WIRE_WARNINGS_MAX + 3; i++)
		otp_answer_warn(&a, &why);
	assert_int_equal(a.n_warnings, OTP_WIRE_WARNINGS_MAX);
	a.n_warnings = 2;
	assert_int_equal(otp_wire_encode_answer(&a, &b), OTP_OK);
	assert_int_equal(otp_wire_decode_answer(b.data, b.len, &back), OTP_OK);
	assert_int_equal(back.err, OTP_ERR_SUSPENDED);
	assert_int_equal(back.why.message, OTP_MESSAGE_CANNOT_OPEN);
	assert_int_equal(back.why.n_args, 2);
	assert_string_equal(back.why.arg[0], "\xe8\x8a\xb1");
	assert_true(back.changed && !back.more);
	assert_true(back.audit_seq == UINT64_MAX - 1);
	assert_true(otp_fields_bool(&back.fields, OTP_FIELD_CHANGED));
	assert_int_equal(back.n_warnings, 2);
	assert_string_equal(back.warning[1].arg[0], "x");
	codec_hold(recode_answer, OTP_ERR_BAD_INPUT, &b);
	codec_refuse(recode_request, OTP_ERR_BAD_INPUT, b.data, b.len);
	otp_answer_clear(&a);
	otp_answer_clear(&back);
	otp_bytes_clear(&b);
}

/* An answer that goes on has rows and nothing that could be taken for a result. */
static void
test_more(void **state)
{
	struct otp_answer a = OTP_ANSWER_INIT, back = OTP_ANSWER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	a.more = true;
	a.changed = true;
	a.audit_seq = 9;
	add_row(&a.rows, "100000001");
	assert_int_equal(otp_wire_encode_answer(&a, &b), OTP_OK);
	assert_int_equal(otp_wire_decode_answer(b.data, b.len, &back), OTP_OK);
	assert_true(back.more && !back.changed);
	assert_int_equal(back.audit_seq, 0);
	assert_int_equal(back.rows.n, 1);
	codec_hold(recode_answer, OTP_ERR_BAD_INPUT, &b);
	otp_answer_clear(&a);
	otp_answer_clear(&back);
	otp_bytes_clear(&b);
}

/* A reason's argument may be cut inside a character, or no text at all: the answer goes out, as text. */
static void
test_arguments(void **state)
{
	struct otp_answer a = OTP_ANSWER_INIT, back = OTP_ANSWER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;
	char text[1000];

	(void)state;
	memset(text, 0, sizeof(text));
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe8\x8a\xb1", 3);
	a.err = OTP_WHY(&a.why, OTP_ERR_SYSTEM, CANNOT_OPEN, text, "a\xff" "b\xe8");
	assert_int_equal(otp_wire_encode_answer(&a, &b), OTP_OK);
	assert_int_equal(otp_wire_decode_answer(b.data, b.len, &back), OTP_OK);
	assert_string_equal(back.why.arg[1], "a?b?");
	assert_in_range(strlen(back.why.arg[0]), OTP_WHY_ARG_MAX - 4, OTP_WHY_ARG_MAX - 1);
	assert_memory_equal(back.why.arg[0], text, 315);
	codec_hold(recode_answer, OTP_ERR_BAD_INPUT, &b);
	otp_answer_clear(&a);
	otp_answer_clear(&back);
	otp_bytes_clear(&b);
}

static void
test_bounds(void **state)
{
	struct otp_request r = OTP_REQUEST_INIT, back = OTP_REQUEST_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_fields *row = NULL;
	char text[601];

	(void)state;
	r.verb = OTP_VERB_TOKEN_IMPORT;
	for (int i = 0; i < OTP_WIRE_ROWS_MAX; i++)
		add_row(&r.rows, "123456789");
	assert_int_equal(otp_rows_add(&r.rows, &row), OTP_ERR_OVER_LIMIT);
	assert_int_equal(otp_wire_encode_request(&r, &b), OTP_OK);
	assert_int_equal(otp_wire_decode_request(b.data, b.len, &back), OTP_OK);
	assert_int_equal(back.rows.n, OTP_WIRE_ROWS_MAX);
	otp_request_clear(&r);
	/* more bytes than a packet may have */
	r.verb = OTP_VERB_TOKEN_IMPORT;
	memset(text, 'a', sizeof(text));
	text[600] = '\0';
	for (int i = 0; i < 217; i++)
		add_row(&r.rows, text);
	/* head 5, fields 2, number of rows 2, a row 607: 9 + 217 * 607 > OTP_WIRE_MAX */
	assert_int_equal(otp_wire_encode_request(&r, &b), OTP_ERR_OVER_LIMIT);
	assert_int_equal(b.len, 0);
	otp_fields_clear(&r.rows.row[--r.rows.n]);
	otp_fields_clear(&r.rows.row[--r.rows.n]);
	assert_int_equal(otp_wire_encode_request(&r, &b), OTP_OK);
	otp_request_clear(&r);
	otp_request_clear(&back);
	otp_bytes_clear(&b);
}

/* A reader that trusts a number would allocate or read too much here. */
static void
test_rubbish(void **state)
{
	const struct {
		const char *data;
		size_t len;
	} bad[] = {
		{ "", 0 },
		{ "\1", 1 },
		{ "\2\1\x10\0\0\0\0\0\0", 9 },			/* another version */
		{ "\1\3\x10\0\0\0\0\0\0", 9 },			/* another type */
		{ "\1\1\xff\xff\0\0\0\0\0", 9 },		/* no such verb */
		{ "\1\1\0\0\0\0\0\0\0", 9 },
		{ "\1\1\x10\0\2\0\0\0\0", 9 },			/* a flag that is none */
		{ "\1\1\x10\0\0\xff\xff\0\0", 9 },		/* fields longer than the message */
		{ "\1\1\x10\0\0\0\0\xd0\7", 9 },		/* 2000 rows, none there */
		{ "\1\1\x10\0\0\0\0\xd1\7\0\0\0\0\0\0", 15 },	/* 2001 rows */
		{ "\1\1\x10\0\0\0\0\1\0\1\0\0", 12 },		/* a row that is none */
	};
	const char good[] = "\1\1\x10\0\0\0\0\0\0";
	struct otp_bytes again = OTP_BYTES_INIT;
	uint8_t *large = calloc(1, OTP_WIRE_MAX + 1);

	(void)state;
	assert_non_null(large);
	assert_int_equal(recode_request(good, 9, &again), OTP_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		codec_refuse(recode_request, OTP_ERR_BAD_INPUT, bad[i].data, bad[i].len);
		codec_refuse(recode_answer, OTP_ERR_BAD_INPUT, bad[i].data, bad[i].len);
	}
	memcpy(large, good, 9);
	codec_refuse(recode_request, OTP_ERR_BAD_INPUT, large, OTP_WIRE_MAX);
	codec_refuse(recode_request, OTP_ERR_BAD_INPUT, large, OTP_WIRE_MAX + 1);
	/* 2001 rows that are all there */
	memcpy(large, "\1\1\x10\0\0\0\0\xd1\7", 9);
	codec_refuse(recode_request, OTP_ERR_BAD_INPUT, large, 9 + 2 * 2001);
	/* no reason, but an argument of it; without, it is an answer */
	codec_refuse(recode_answer, OTP_ERR_BAD_INPUT,
	    "\1\2\0\0\0\2\0ok\0\0\1\1\0x\0\0\0\0\0\0\0\0\0\0", 26);
	assert_int_equal(recode_answer("\1\2\0\0\0\2\0ok\0\0\0\0\0\0\0\0\0\0\0\0\0", 23, &again),
	    OTP_OK);
	otp_bytes_clear(&again);
	free(large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_rubbish),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
