/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpauth:// URIs: what is read, what is refused and why, and that both ways agree. QR codes. */
#include "config.h"

#include "unit.h"

#include "qr.h"
#include "text.h"
#include "uri.h"

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"	/* RFC 6238's, "12345678901234567890" */

static enum otp_err
parse(const char *text, struct otp_uri *ret, struct otp_why *why)
{
	otp_why_clear(why);
	return otp_uri_parse(text, strlen(text), ret, why);
}

static void
reads(void **state)
{
	struct otp_uri uri = OTP_URI_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	assert_int_equal(parse("otpauth://totp/A%20Bank:%201-a?secret=" SECRET "&issuer=A%20Bank&algorithm=SHA256&"
	    "digits=8&period=60", &uri, &why), OTP_OK);
	assert_string_equal(uri.serial, "1-a");
	assert_string_equal(uri.issuer, "A Bank");
	assert_string_equal(uri.algorithm, "sha256");
	assert_int_equal(uri.digits, 8);
	assert_int_equal(uri.step, 60);
	assert_int_equal(uri.secret.len, 20);
	assert_memory_equal(uri.secret.data, "12345678901234567890", 20);
	/* what is left out is as the format says */
	assert_int_equal(parse("otpauth://totp/1?secret=" SECRET, &uri, &why), OTP_OK);
	assert_string_equal(uri.algorithm, "sha1");
	assert_int_equal(uri.digits, 6);
	assert_int_equal(uri.step, 30);
	assert_string_equal(uri.issuer, "");
	assert_int_equal(parse("otpauth://hotp/1?counter=7&secret=" SECRET, &uri, &why), OTP_OK);
	assert_true(uri.is_hotp);
	assert_int_equal(uri.step, 0);
	assert_int_equal(uri.counter, 7);
	otp_uri_clear(&uri);
}

static void
refuses(void **state)
{
	static const struct { const char *text; enum otp_message why; } bad[] = {
		{ "", OTP_MESSAGE_URI_BAD },
		{ "otpauth://totp", OTP_MESSAGE_URI_BAD },
		{ "OTPAUTH://totp/1?secret=" SECRET, OTP_MESSAGE_URI_BAD },
		{ "otpauth://steam/1?secret=" SECRET, OTP_MESSAGE_URI_BAD },
		{ "otpauth://totp/1", OTP_MESSAGE_URI_MISSING },
		{ "otpauth://totp/1?digits=6", OTP_MESSAGE_URI_MISSING },
		{ "otpauth://hotp/1?secret=" SECRET, OTP_MESSAGE_URI_MISSING },
		{ "otpauth://totp/1?secret", OTP_MESSAGE_URI_MISSING },
		{ "otpauth://totp/?secret=" SECRET, OTP_MESSAGE_URI_BAD_LABEL },
		{ "otpauth://totp/a%40b?secret=" SECRET, OTP_MESSAGE_URI_BAD_LABEL },
		{ "otpauth://totp/x:?secret=" SECRET, OTP_MESSAGE_URI_BAD_LABEL },
		{ "otpauth://totp/1%0?secret=" SECRET, OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/1%?secret=" SECRET, OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/1%00?secret=" SECRET, OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/1%zz?secret=" SECRET, OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/a b?secret=" SECRET, OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/1?secret=" SECRET "&issuer=a+b", OTP_MESSAGE_URI_BAD_TEXT },
		{ "otpauth://totp/1?secret=" SECRET "&", OTP_MESSAGE_URI_UNKNOWN },
		{ "otpauth://totp/1?secret=" SECRET "&image=x", OTP_MESSAGE_URI_UNKNOWN },
		{ "otpauth://totp/1?secret=" SECRET "&Digits=6", OTP_MESSAGE_URI_UNKNOWN },
		{ "otpauth://totp/1?secret=" SECRET "&digits=6&digits=6", OTP_MESSAGE_URI_TWICE },
		{ "otpauth://totp/x:1?secret=" SECRET "&issuer=y", OTP_MESSAGE_URI_ISSUERS },
		{ "otpauth://totp/1?secret=" SECRET "&digits=5", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&digits=9", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&period=9", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&period=301", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&algorithm=MD5", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&issuer=%0a", OTP_MESSAGE_LINE_BAD_CELL },
		{ "otpauth://totp/1?secret=" SECRET "&counter=1", OTP_MESSAGE_LINE_NOT_WITH },
		{ "otpauth://hotp/1?secret=" SECRET "&counter=1&period=30", OTP_MESSAGE_LINE_NOT_WITH },
		{ "otpauth://totp/1?secret=nonsense!", OTP_MESSAGE_LINE_NO_SECRET },
		{ "otpauth://totp/1?secret=GEZDGNBV", OTP_MESSAGE_LINE_SECRET_SIZE },
	};
	struct otp_uri uri = OTP_URI_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i].text, &uri, &why), OTP_ERR_BAD_INPUT);
		if (why.message != bad[i].why)
			fail_msg("'%s' is refused as '%s'", bad[i].text, otp_message_text(why.message));
		assert_int_equal(uri.secret.len, 0);
		/* nothing of the secret is repeated */
		for (unsigned a = 0; a < why.n_args; a++)
			assert_null(strstr(why.arg[a], "GEZD"));
	}
}

static void
both_ways(void **state)
{
	static const char *const same[] = {
		"otpauth://totp/otpadm:100001?secret=" SECRET "&issuer=otpadm&algorithm=SHA1&digits=6&period=60",
		"otpauth://hotp/A%20%26%20B%3A%E9%8A%80:x.y_z-1?secret=" SECRET
		    "&issuer=A%20%26%20B%3A%E9%8A%80&algorithm=SHA512&digits=8&counter=0",
		"otpauth://totp/1?secret=MFRGGZDFMFRGGZDFMFRGGZDFMFRGGZDFME&algorithm=SHA256&digits=7&period=30",
	};
	struct otp_bytes text = OTP_BYTES_INIT;
	struct otp_uri uri = OTP_URI_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		otp_bytes_empty(&text);
		assert_int_equal(parse(same[i], &uri, &why), OTP_OK);
		assert_int_equal(otp_uri_put(&text, &uri), OTP_OK);
		assert_string_equal(otp_text_str(&text), same[i]);
	}
	otp_uri_clear(&uri);
	otp_bytes_clear(&text);
}

/* That they say what they should, tests/e2e/tokens.py has a reader say. */
static void
qr_codes(void **state)
{
	struct otp_bytes out = OTP_BYTES_INIT;

	(void)state;
	if (otp_qr_is_there(NULL) != OTP_OK)
		skip();
	assert_int_equal(otp_qr_text("otpauth://totp/1", true, &out), OTP_OK);
	assert_non_null(strstr(otp_text_str(&out), "##############"));
	otp_bytes_empty(&out);
	assert_int_equal(otp_qr_text("otpauth://totp/1", false, &out), OTP_OK);
	assert_non_null(strstr(otp_text_str(&out), "\xe2\x96\x88"));
	otp_bytes_empty(&out);
	assert_int_equal(otp_qr_png("otpauth://totp/1", &out), OTP_OK);
	assert_memory_equal(out.data, "\x89PNG\r\n\x1a\n", 8);
	otp_bytes_clear(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads), cmocka_unit_test(refuses), cmocka_unit_test(both_ways),
		cmocka_unit_test(qr_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
