/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs, and the check of a request's fields against it. */
#include "config.h"

#include <string.h>

#include "codec.h"
#include "message.h"
#include "verbs.h"

static void
test_table(void **state)
{
	const struct otp_verb_info *v;
	size_t n = 0;

	(void)state;
	for (; (v = otp_verb_at(n)) != NULL; n++) {
		assert_ptr_equal(otp_verb_info(v->verb), v);	/* so no number stands twice */
		assert_ptr_equal(otp_verb_of_name(v->name), v);	/* nor a name */
		assert_in_range(v->verb, 1, OTP_VERB_LIMIT - 1);
		assert_true(v->roles != 0);
		assert_true(strlen(v->help) > 0);
		/* who shows something is a user of ours; a verb that takes rows has fields for them */
		if (v->shows != OTP_SHOWS_NONE)
			assert_true((v->roles & ~OTP_ROLE_BIT_ROOT) != 0);
		for (size_t i = 0; i < v->n_fields; i++) {
			assert_non_null(otp_field_name(v->fields[i].field));
			if (v->fields[i].place == OTP_FIELD_IN_ROWS)
				assert_true((v->flags & OTP_FLAG_ROWS) != 0);
			for (size_t k = 0; k < i; k++)
				assert_true(v->fields[k].field != v->fields[i].field);
		}
	}
	assert_true(n >= 17);
	assert_null(otp_verb_at(n + 1));
	assert_null(otp_verb_info(OTP_VERB_NONE));
	assert_null(otp_verb_info(OTP_VERB_LIMIT));
	assert_null(otp_verb_of_name("token"));
	assert_null(otp_verb_of_name(NULL));
}

/* Who may do what, and what he must show: the rules' own table, for what must never slip. */
static void
test_rules(void **state)
{
	const unsigned staff = OTP_ROLE_BIT_ADMINISTRATOR | OTP_ROLE_BIT_MASTER;
	const struct {
		enum otp_verb verb;
		unsigned roles;
		enum otp_shows shows;
	} rules[] = {
		{ OTP_VERB_INIT, OTP_ROLE_BIT_ROOT, OTP_SHOWS_NONE },
		{ OTP_VERB_TOKEN_IMPORT, OTP_ROLE_BIT_MASTER | OTP_ROLE_BIT_ROOT, OTP_SHOWS_CK },
		{ OTP_VERB_TOKEN_LIST, staff | OTP_ROLE_BIT_ROOT, OTP_SHOWS_NONE },
		{ OTP_VERB_USER_ADD, staff, OTP_SHOWS_CK },
		{ OTP_VERB_USER_OPEN, staff, OTP_SHOWS_CK },
		{ OTP_VERB_PASSWORD_SET, OTP_ROLE_BIT_GENERAL | staff | OTP_ROLE_BIT_ROOT, OTP_SHOWS_C },
		{ OTP_VERB_UNLOCK, staff, OTP_SHOWS_C },
		{ OTP_VERB_SUSPENDED_LIST, staff | OTP_ROLE_BIT_ROOT, OTP_SHOWS_NONE },
		{ OTP_VERB_TRANSFER_SUBMIT, OTP_ROLE_BIT_GENERAL | staff, OTP_SHOWS_NONE },
		{ OTP_VERB_TRANSFER_APPROVE, OTP_ROLE_BIT_GENERAL | staff, OTP_SHOWS_CK },
		{ OTP_VERB_TRANSFER_RETURN, OTP_ROLE_BIT_GENERAL | staff, OTP_SHOWS_C },
		{ OTP_VERB_TRANSFER_WITHDRAW, OTP_ROLE_BIT_GENERAL | staff, OTP_SHOWS_NONE },
		{ OTP_VERB_TRANSFER_EXECUTE, OTP_ROLE_BIT_ROOT, OTP_SHOWS_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct otp_verb_info *v = otp_verb_info(rules[i].verb);

		assert_non_null(v);
		assert_int_equal(v->roles, rules[i].roles);
		assert_int_equal(v->shows, rules[i].shows);
	}
	assert_true((otp_verb_info(OTP_VERB_REGISTER)->flags & OTP_FLAG_HIDDEN) != 0);
	assert_true((otp_verb_info(OTP_VERB_VERIFY)->flags & OTP_FLAG_SELF_OR_ROOT) != 0);
	assert_true((otp_verb_info(OTP_VERB_UNLOCK)->flags & OTP_FLAG_RESERVE) != 0);
	assert_true((otp_verb_info(OTP_VERB_UNLOCK)->flags & OTP_FLAG_ASKS) != 0);
	assert_true((otp_verb_info(OTP_VERB_TRANSFER_EXECUTE)->flags & OTP_FLAG_EXECUTE) != 0);
	assert_true((otp_verb_info(OTP_VERB_TRANSFER_DUE)->flags & OTP_FLAG_EXECUTE) != 0);
	assert_true((otp_verb_info(OTP_VERB_TRANSFER_APPROVE)->flags & OTP_FLAG_BARE) != 0);
}

static void
test_fields(void **state)
{
	const struct otp_verb_info *v = otp_verb_info(OTP_VERB_REGISTER);
	struct otp_fields f = OTP_FIELDS_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	/* something required is missing, and the reason says what */
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_CODE, "123456"), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, false, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_FIELD_MISSING);
	assert_string_equal(why.arg[0], "serial");
	assert_string_equal(why.arg[1], "register");
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SERIAL, "123456789"), OTP_OK);
	otp_why_clear(&why);
	assert_int_equal(otp_verb_check_fields(v, &f, false, &why), OTP_OK);
	assert_int_equal(why.message, OTP_MESSAGE_NONE);
	/* an optional one, and one of another verb */
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SERVICE, "sshd"), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, false, NULL), OTP_OK);
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_MASTER, "m"), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, false, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_FIELD_NOT_OF_VERB);
	assert_string_equal(why.arg[0], "master");
	otp_fields_clear(&f);
}

static void
test_credentials(void **state)
{
	static const enum otp_field texts[] = { OTP_FIELD_AS, OTP_FIELD_CONFIRM, OTP_FIELD_CODE,
		OTP_FIELD_SECOND, OTP_FIELD_SECOND_CODE, OTP_FIELD_SECOND_CONFIRM, OTP_FIELD_LOGIN_USER,
		OTP_FIELD_REASON };
	struct otp_fields f = OTP_FIELDS_INIT;
	const struct otp_verb_info *v;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(otp_fields_put_str(&f, texts[i], "x"), OTP_OK);
		assert_int_equal(otp_verb_check_fields(otp_verb_info(OTP_VERB_STATUS), &f, false, NULL),
		    OTP_OK);
		/* they say who asks, so they do not belong into a row */
		assert_int_equal(otp_verb_check_fields(otp_verb_info(OTP_VERB_USER_ADD), &f, true, NULL),
		    OTP_ERR_BAD_INPUT);
	}
	otp_fields_clear(&f);
	/* a new password is no credential */
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_NEW_CONFIRM, "x"), OTP_OK);
	for (size_t i = 0; (v = otp_verb_at(i)) != NULL; i++)
		assert_int_equal(otp_verb_check_fields(v, &f, false, NULL),
		    v->verb == OTP_VERB_PASSWORD_SET ? OTP_OK : OTP_ERR_BAD_INPUT);
	otp_fields_clear(&f);
}

static void
test_rows(void **state)
{
	const struct otp_verb_info *v = otp_verb_info(OTP_VERB_TOKEN_IMPORT);
	struct otp_fields f = OTP_FIELDS_INIT;
	struct otp_why why = OTP_WHY_INIT;

	(void)state;
	assert_int_equal(otp_fields_put_str(&f, OTP_FIELD_SERIAL, "123456789"), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, true, NULL), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, false, &why), OTP_ERR_BAD_INPUT);
	assert_string_equal(why.arg[1], "token import");
	otp_fields_clear(&f);
	assert_int_equal(otp_fields_put_int(&f, OTP_FIELD_COUNT, 1), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, false, NULL), OTP_OK);
	assert_int_equal(otp_verb_check_fields(v, &f, true, NULL), OTP_ERR_BAD_INPUT);
	otp_fields_clear(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("verbs", tests, NULL, NULL);
}
