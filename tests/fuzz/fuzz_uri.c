/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: otpauth:// URIs, and a delivery of them. What was read is written and read the same again. */
#include "config.h"

#include <string.h>

#include "delivery.h"
#include "fuzz.h"
#include "uri.h"
#include "verbs.h"

const char fuzz_name[] = "uri";
bool fuzz_accepted;

static void
one(const char *text, size_t len)
{
	struct otp_uri uri = OTP_URI_INIT, again = OTP_URI_INIT;
	struct otp_bytes written = OTP_BYTES_INIT;
	struct otp_why why = OTP_WHY_INIT;

	if (otp_uri_parse(text, len, &uri, &why) != OTP_OK) {
		FUZZ_HOLDS(why.message != OTP_MESSAGE_NONE && uri.secret.len == 0);
		return;
	}
	fuzz_accepted = true;
	FUZZ_HOLDS(otp_parse_serial(uri.serial) == OTP_OK);
	FUZZ_HOLDS(uri.secret.len >= 16 && uri.secret.len <= 64);
	FUZZ_HOLDS(uri.is_hotp ? uri.step == 0 : uri.step >= 10 && uri.counter == 0);
	FUZZ_HOLDS(otp_uri_put(&written, &uri) == OTP_OK);
	FUZZ_HOLDS(written.len > OTP_URI_MAX ||
	    otp_uri_parse((const char *)written.data, written.len, &again, NULL) == OTP_OK);
	FUZZ_HOLDS(written.len > OTP_URI_MAX || (again.secret.len == uri.secret.len &&
	    memcmp(again.secret.data, uri.secret.data, uri.secret.len) == 0 &&
	    strcmp(again.issuer, uri.issuer) == 0 && strcmp(again.serial, uri.serial) == 0 &&
	    again.algorithm == uri.algorithm && again.digits == uri.digits &&
	    again.step == uri.step && again.counter == uri.counter && again.is_hotp == uri.is_hotp));
	otp_uri_clear(&uri);
	otp_uri_clear(&again);
	otp_bytes_clear(&written);
}

/* What goes in is what otpd takes; the second time it is the same. */
static size_t
pass(struct otp_delivery *d, bool is_first_time)
{
	const struct otp_verb_info *verb = otp_verb_info(OTP_VERB_TOKEN_IMPORT);
	size_t n = 0;

	otp_delivery_rewind(d);
	for (;;) {
		struct otp_fields row = OTP_FIELDS_INIT;
		struct otp_why why = OTP_WHY_INIT;
		enum otp_err err = otp_delivery_next(d, is_first_time, &row, &why);

		if (err == OTP_ERR_NOT_FOUND)
			return n;
		FUZZ_HOLDS(err == OTP_OK || (is_first_time && err == OTP_ERR_BAD_INPUT));
		if (err == OTP_OK) {
			n++;
			FUZZ_HOLDS(otp_verb_check_fields(verb, &row, true, &why) == OTP_OK);
		} else {
			otp_delivery_mark_bad(d, d->csv.line);
		}
		otp_fields_clear(&row);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct otp_delivery d;
	size_t n;

	fuzz_accepted = false;
	one((const char *)data, len);
	if (otp_delivery_init(&d, data, len, OTP_DELIVERY_OTPAUTH, NULL) == OTP_OK) {
		n = pass(&d, true);
		fuzz_accepted = fuzz_accepted || n > 0;
		FUZZ_HOLDS(pass(&d, false) == n);
	}
	otp_delivery_clear(&d);
	return 0;
}
