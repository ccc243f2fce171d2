/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the protocol's messages. What is accepted comes back as the same bytes, and is one kind only. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "wire.h"

const char fuzz_name[] = "wire";
bool fuzz_accepted;

static void
is_same(const struct otp_bytes *again, const uint8_t *data, size_t len)
{
	FUZZ_HOLDS(again->len == len && memcmp(again->data, data, len) == 0);
}

/* What passed the gate can be read with the functions of C. */
static void
are_texts(const struct otp_fields *f)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(f, &cursor, &view))
		FUZZ_HOLDS(view.str == NULL || strlen(view.str) == view.len);
	FUZZ_HOLDS(cursor == f->data.len);
}

static bool
request(const uint8_t *data, size_t len)
{
	struct otp_request r = OTP_REQUEST_INIT;
	struct otp_bytes again = OTP_BYTES_INIT;
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err = otp_wire_decode_request(data, len, &r);

	FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_BAD_INPUT);
	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_wire_encode_request(&r, &again) == OTP_OK);
		is_same(&again, data, len);
		FUZZ_HOLDS(otp_verb_info(r.verb) != NULL);
		FUZZ_HOLDS((otp_verb_check_fields(otp_verb_info(r.verb), &r.fields, false, &why) == OTP_OK) ==
		    (why.message == OTP_MESSAGE_NONE));
		are_texts(&r.fields);
		for (size_t i = 0; i < r.rows.n; i++)
			are_texts(&r.rows.row[i]);
		for (size_t i = 0; i < r.rows.n; i++)
			(void)otp_verb_check_fields(otp_verb_info(r.verb), &r.rows.row[i], true, &why);
	}
	otp_request_clear(&r);
	otp_bytes_clear(&again);
	return err == OTP_OK;
}

static bool
answer(const uint8_t *data, size_t len)
{
	struct otp_answer a = OTP_ANSWER_INIT;
	struct otp_bytes again = OTP_BYTES_INIT;
	enum otp_err err = otp_wire_decode_answer(data, len, &a);

	FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_BAD_INPUT);
	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_wire_encode_answer(&a, &again) == OTP_OK);
		is_same(&again, data, len);
		are_texts(&a.fields);
		for (size_t i = 0; i < a.rows.n; i++)
			are_texts(&a.rows.row[i]);
		FUZZ_HOLDS((unsigned)a.err < OTP_ERR_COUNT);
		FUZZ_HOLDS(!a.more || (a.err == OTP_OK && !a.changed && a.audit_seq == 0));
	}
	otp_answer_clear(&a);
	otp_bytes_clear(&again);
	return err == OTP_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bool is_request = request(data, len);
	bool is_answer = answer(data, len);

	fuzz_accepted = is_request || is_answer;
	FUZZ_HOLDS(!is_request || !is_answer);
	return 0;
}
