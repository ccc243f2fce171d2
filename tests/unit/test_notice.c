/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of notices: every kind has its own, everything that came from outside is escaped, in the reader's language. */
#include "config.h"

#include "unit.h"

#include <libintl.h>
#include <locale.h>

#include "lang.h"
#include "notice.h"
#include "notice_kind.h"
#include "spawn.h"
#include "text.h"

static struct otp_fields content;
static struct otp_bytes text;
static char subject[OTP_NOTICE_SUBJECT_SIZE];

static int
end(void **state)
{
	(void)state;
	otp_fields_clear(&content);
	otp_bytes_clear(&text);
	return 0;
}

static void
put(enum otp_field field, const char *value)
{
	assert_int_equal(otp_fields_put_str(&content, field, value), OTP_OK);
}

static void
begin(const char *about, bool for_staff)
{
	otp_fields_clear(&content);
	put(OTP_FIELD_ABOUT, about);
	assert_int_equal(otp_fields_put_bool(&content, OTP_FIELD_FOR_STAFF, for_staff), OTP_OK);
	put(OTP_FIELD_EVENT, "register");
	put(OTP_FIELD_EVENT_RESULT, "ok");
	assert_int_equal(otp_fields_put_int(&content, OTP_FIELD_EVENT_AT, 1800000000), OTP_OK);
	put(OTP_FIELD_USER, "alice");
	put(OTP_FIELD_SERIAL, "1000001");
	put(OTP_FIELD_EVENT_BY, "boss");
}

static const char *
say(void)
{
	(void)otp_notice_subject(subject, sizeof(subject), &content);
	assert_int_equal(otp_notice_text(&content, "41-7-0", &text), OTP_OK);
	return otp_text_str(&text);
}

static void
who_did_what_when(void **state)
{
	(void)state;
	begin("registered", true);
	put(OTP_FIELD_SHARERS, "alice");
	put(OTP_FIELD_SHARERS, "bob");
	assert_int_equal(otp_fields_put_int(&content, OTP_FIELD_USED_STEP, 99), OTP_OK);
	assert_int_equal(otp_fields_put_bool(&content, OTP_FIELD_SUSPENDED, true), OTP_OK);
	assert_int_equal(otp_fields_put_int(&content, OTP_FIELD_EXPIRES, 1900000000), OTP_OK);
	put(OTP_FIELD_ROLE, "master");
	assert_string_equal(say(),
	    "The user 'alice' has registered the token '1000001'.\n"
	    "\n"
	    "EVENT: register\n"
	    "AT: 2027-01-15T08:00:00Z\n"
	    "USER: alice\n"
	    "SERIAL: 1000001\n"
	    "DONE BY: boss\n"
	    "SHARERS: alice, bob\n"
	    "SUSPENDED: yes\n"
	    "EXPIRES: 2030-03-17T17:46:40Z\n"
	    "ROLE: master\n"
	    "\n"
	    "'otpadm explain' says how things stand, and who can do what about it.\n"
	    "\n"
	    "-- \n"
	    "otpadm 41-7-0\n"
	    "This mail was made by a program. Please do not answer it.\n");
	assert_string_equal(subject, "One-time passwords: registration complete");
}

static void
every_kind_has_its_words(void **state)
{
	(void)state;
	for (unsigned i = 1; i < OTP_NOTICE_COUNT; i++) {
		const struct otp_notice_info *info = otp_notice_info((enum otp_notice_kind)i);

		assert_int_equal(otp_notice_of_word(info->word), i);
		assert_int_not_equal(info->to, 0);
		begin(info->word, false);
		assert_non_null(strstr(say(), "\n\nEVENT: register\n"));
		assert_memory_equal(subject, "One-time passwords: ", 20);
		/* whom it concerns is told what to do about it */
		assert_null(strstr(otp_text_str(&text), "otpadm explain"));
		assert_int_not_equal(info->advice, OTP_MESSAGE_NONE);
		begin(info->word, true);
		assert_non_null(strstr(say(), "otpadm explain"));
		for (unsigned k = 1; k < i; k++)
			assert_string_not_equal(info->word,
			    otp_notice_info((enum otp_notice_kind)k)->word);
	}
}

static void
an_unknown_kind(void **state)
{
	(void)state;
	begin("of-a-newer-otpd", false);
	assert_non_null(strstr(say(), "One-time passwords: register\n\nEVENT: register\n"));
	assert_string_equal(subject, "One-time passwords: register");
	/* and nothing at all is no fault of the reader's */
	otp_fields_clear(&content);
	assert_non_null(strstr(say(), "-- \n"));
}

static void
everything_is_escaped(void **state)
{
	(void)state;
	begin("unlocked", false);
	otp_fields_clear(&content);
	put(OTP_FIELD_ABOUT, "recovered");
	put(OTP_FIELD_USER, "a\r\nb\xe2\x80\xae");
	put(OTP_FIELD_EVENT, "x\ny");
	put(OTP_FIELD_REASON, "one\r\n\r\n.\r\ntwo\x1b[0m");
	put(OTP_FIELD_ROLE, "no\nword");
	put(OTP_FIELD_SHARERS, "l\ni");
	assert_string_equal((say(), subject), "One-time passwords: root has used 'x\\x0ay'");
	assert_non_null(strstr(otp_text_str(&text),
	    "USER: a\\x0d\\x0ab\\xe2\\x80\\xae\nEVENT: x\\x0ay\n"
	    "REASON: one\\x0d\\x0a\\x0d\\x0a.\\x0d\\x0atwo\\x1b[0m\nROLE: no\\x0aword\nSHARERS: l\\x0ai\n"));
}

/* ---- languages ---- */

static const char catalogue[] =
    "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    "msgid \"The user '%1' has registered the token '%2'.\"\nmsgstr \"%1 さんが %2 を登録しました。\"\n"
    "msgid \"SERIAL\"\nmsgstr \"シリアル番号\"\n";

static bool
make_catalogue(const char *dir)
{
	char mo[600], po[1024];
	const char *const argv[] = { "/usr/bin/msgfmt", "-o", mo, po, NULL };
	const struct otp_spawn how = { .argv = argv, .fd_in = -1, .fd_out = -1, .fd_err = -1, .fd_3 = -1 };
	pid_t pid;
	int status;

	(void)snprintf(mo, sizeof(mo), "%s/ja", dir);
	if (mkdir(mo, 0700) != 0)
		return false;
	(void)snprintf(mo, sizeof(mo), "%s/ja/LC_MESSAGES", dir);
	if (mkdir(mo, 0700) != 0)
		return false;
	(void)snprintf(mo, sizeof(mo), "%s/ja/LC_MESSAGES/otpadm.mo", dir);
	(void)snprintf(po, sizeof(po), "%s",
	    unit_file(dir, "ja.po", 0600, catalogue, sizeof(catalogue) - 1));
	return otp_spawn(&how, &pid, NULL) == OTP_OK && otp_spawn_wait(pid, &status) == OTP_OK && status == 0;
}

static bool
is_japanese(const char *language)
{
	struct otp_lang_turn turn;
	bool is_said;

	begin("registered", true);
	otp_lang_turn(&turn, language);
	is_said = strstr(say(), "alice さんが 1000001 を登録しました。\n") != NULL;
	assert_int_equal(is_said, strstr(otp_text_str(&text), "シリアル番号: 1000001") != NULL);
	otp_lang_turn_back(&turn);
	return is_said;
}

/* By turns, in any locale of the program, and without a locale of that language. */
static void
in_the_readers_language(void **state)
{
	static const char *const own[] = { "C", "C.UTF-8" };

	if (!make_catalogue(*state))
		skip();
	assert_int_equal(setenv("LOCPATH", *state, 1), 0);	/* there is none to be found */
	(void)unsetenv("LANGUAGE");
	assert_non_null(bindtextdomain("otpadm", *state));
	for (size_t i = 0; i < UNIT_N(own); i++) {
		if (setlocale(LC_ALL, own[i]) == NULL)
			continue;
		for (int k = 0; k < 3; k++) {
			assert_true(is_japanese("ja"));
			assert_false(is_japanese("en"));
			assert_true(is_japanese("ja_JP.UTF-8"));
			assert_false(is_japanese(""));
			assert_false(is_japanese("../ja"));
			assert_false(is_japanese("xx"));
			assert_string_equal(otp_lang("SERIAL"), "SERIAL");
			assert_string_equal(setlocale(LC_MESSAGES, NULL), own[i]);
			assert_null(getenv("LANGUAGE"));
		}
	}
	/* who runs it may read Japanese himself */
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return;
	assert_int_equal(setenv("LANGUAGE", "ja", 1), 0);
	assert_false(is_japanese("en"));
	assert_string_equal(otp_lang("SERIAL"), "シリアル番号");
	assert_string_equal(getenv("LANGUAGE"), "ja");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(who_did_what_when, end),
		cmocka_unit_test_teardown(every_kind_has_its_words, end),
		cmocka_unit_test_teardown(an_unknown_kind, end),
		cmocka_unit_test_teardown(everything_is_escaped, end),
		cmocka_unit_test_setup_teardown(in_the_readers_language, unit_dir_make, unit_dir_remove),
	};

	(void)setlocale(LC_ALL, "C");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
