/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors and reasons: the lists are whole, the first reason stays, arguments stay in their place. */
#include "config.h"

#include "unit.h"

#include <errno.h>

#include "err.h"
#include "message.h"

static void
every_error(void **state)
{
	(void)state;
	assert_int_equal(OTP_OK, 0);
	for (unsigned i = 0; i < OTP_ERR_COUNT; i++) {
		enum otp_err err = otp_err_of_number(i);
		const char *code = otp_err_code(err);

		assert_int_equal(err, i);
		assert_true(strlen(code) > 0 && strlen(otp_err_text(err)) > 0);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"), strlen(code));
		assert_true(otp_err_exit(err) >= 0 && otp_err_exit(err) <= 15);
		/* only one thing is success */
		assert_int_equal(otp_err_exit(err) == 0, i == 0);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(code, otp_err_code((enum otp_err)k));
	}
	assert_int_equal(otp_err_of_number(OTP_ERR_COUNT), OTP_ERR_INTERNAL);
	assert_int_equal(otp_err_of_number(UINT32_MAX), OTP_ERR_INTERNAL);
	assert_string_equal(otp_err_code((enum otp_err)9999), "internal");
	assert_true(otp_err_retryable(OTP_ERR_BUSY));
	assert_false(otp_err_retryable(OTP_ERR_OUTCOME_UNKNOWN));
}

/* Whole sentences, no stop at the end, arguments one to four, and a name that leads back. */
static void
every_message(void **state)
{
	(void)state;
	assert_string_equal(otp_message_text(OTP_MESSAGE_NONE), "");
	assert_string_equal(otp_message_text((enum otp_message)99999), "");
	assert_int_equal(otp_message_of_number(OTP_MESSAGE_COUNT), OTP_MESSAGE_NONE);
	assert_int_equal(otp_message_of_number(UINT32_MAX), OTP_MESSAGE_NONE);
	for (unsigned i = 1; i < OTP_MESSAGE_COUNT; i++) {
		const char *text = otp_message_text(otp_message_of_number(i));
		enum otp_message back = OTP_MESSAGE_NONE;

		assert_true(strlen(text) > 0);
		assert_int_not_equal(text[strlen(text) - 1], '\n');
		/* but in mails, which are letters */
		if (strncmp(otp_message_name((enum otp_message)i), "MAIL_", 5) != 0)
			assert_int_not_equal(text[strlen(text) - 1], '.');
		for (const char *p = strchr(text, '%'); p != NULL; p = strchr(p + 1, '%'))
			assert_true(p[1] >= '1' && p[1] <= '4');
		assert_true(otp_message_of_name(otp_message_name((enum otp_message)i), &back));
		assert_int_equal(back, i);
	}
}

static void
the_first_reason_stays(void **state)
{
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	assert_int_equal(OTP_WHY(&why, OTP_ERR_NOT_FOUND, CANNOT_OPEN, "a", "b"), OTP_ERR_NOT_FOUND);
	assert_int_equal(OTP_WHY(&why, OTP_ERR_SYSTEM, CANNOT_READ, "c", "d"), OTP_ERR_SYSTEM);
	assert_int_equal(why.message, OTP_MESSAGE_CANNOT_OPEN);
	assert_int_equal(why.n_args, 2);
	assert_string_equal(why.arg[0], "a");
	assert_int_equal(OTP_WHY(NULL, OTP_ERR_SYSTEM, CANNOT_READ, "c"), OTP_ERR_SYSTEM);
	otp_why_clear(&why);
	otp_why_clear(NULL);
	assert_int_equal(why.message, OTP_MESSAGE_NONE);
	assert_int_equal(OTP_WHY(&why, OTP_ERR_CONFIG, CONF_BAD_VALUE, "f", OTP_WHY_NUM(-7), NULL,
	    OTP_WHY_ERRNO(ENOENT)), OTP_ERR_CONFIG);
	assert_int_equal(why.n_args, 4);
	assert_string_equal(why.arg[1], "-7");
	assert_string_equal(why.arg[2], "");
	assert_string_equal(why.arg[3], strerror(ENOENT));
}

static void
a_long_argument_is_cut(void **state)
{
	struct otp_why why = OTP_WHY_INIT;
	char name[2000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)OTP_WHY(&why, OTP_ERR_NOT_FOUND, CANNOT_OPEN, name, "x");
	assert_int_equal(strlen(why.arg[0]), OTP_WHY_ARG_MAX - 1);
	assert_string_equal(why.arg[1], "x");
}

static void
formatting(void **state)
{
	struct otp_why why = OTP_WHY_INIT;
	char buf[64];

	(void)state;
	(void)OTP_WHY(&why, OTP_ERR_NOT_FOUND, CANNOT_OPEN, "a%2\n'", "b");
#define F(t) otp_message_format(buf, sizeof(buf), (t), &why)
	assert_string_equal(F("'%1': %2"), "'a%2\\x0a'': b");	/* an argument is never a template */
	assert_string_equal(F("%2%2%1"), "bba%2\\x0a'");	/* translations may turn them round */
	assert_string_equal(F("%3 %4|"), " |");			/* not given: nothing */
	assert_string_equal(F("%5 %% %"), "%5 %% %");
	assert_string_equal(F("%s%n"), "%s%n");
	assert_string_equal(F(""), "");
	assert_string_equal(otp_message_format(buf, sizeof(buf), "no why %1", NULL), "no why ");
}

static void
formatting_into_little(void **state)
{
	struct otp_why why = OTP_WHY_INIT;
	char buf[64];

	(void)state;
	(void)OTP_WHY(&why, OTP_ERR_NOT_FOUND, CANNOT_OPEN, "abc\ndef", "b");
	buf[0] = 'q';
	(void)otp_message_format(buf, 0, "'%1'", &why);
	assert_int_equal(buf[0], 'q');
	for (size_t size = 1; size < 20; size++) {
		memset(buf, 'q', sizeof(buf));
		(void)otp_message_format(buf, size, "'%1': %2", &why);
		assert_non_null(memchr(buf, 0, size));
		assert_int_equal(buf[size], 'q');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error),
		cmocka_unit_test(every_message),
		cmocka_unit_test(the_first_reason_stays),
		cmocka_unit_test(a_long_argument_is_cut),
		cmocka_unit_test(formatting),
		cmocka_unit_test(formatting_into_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
