/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translation as program and as guest: with a Japanese locale made for the test, and without any. */
#include "config.h"

#include "unit.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>

#include "lang.h"
#include "spawn.h"

static const char catalogue[] =
    "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n"
    "msgid \"not found\"\nmsgstr \"ありません\"\n"
    "msgid \"cannot open '%1': %2\"\nmsgstr \"%2: '%1' を開けません\"\n";

static bool has_japanese;

/* glibc's newlocale never frees what it makes of LOCPATH, which only this test sets. */
const char *__lsan_default_suppressions(void) __attribute__((visibility("default")));
const char *
__lsan_default_suppressions(void)
{
	return "leak:argz_add_sep";
}

static bool
run(const char *const argv[])
{
	const struct otp_spawn how = { .argv = argv, .fd_in = -1, .fd_out = -1, .fd_err = -1, .fd_3 = -1 };
	pid_t pid;
	int status;

	return otp_spawn(&how, &pid, NULL) == OTP_OK && otp_spawn_wait(pid, &status) == OTP_OK &&
	    status == 0;
}

/* DIR/ja_JP.UTF-8 is the locale, DIR/ja/LC_MESSAGES/otpadm.mo the catalogue. */
static int
make_japanese(void **state)
{
	char locale[600], mo[600], po[1024];
	const char *const localedef[] = { "/usr/bin/localedef", "-i", "ja_JP", "-f", "UTF-8", locale, NULL };
	const char *const msgfmt[] = { "/usr/bin/msgfmt", "-o", mo, po, NULL };

	if (unit_dir_make(state) != 0)
		return -1;
	(void)snprintf(locale, sizeof(locale), "%s/ja_JP.UTF-8", (char *)*state);
	(void)snprintf(mo, sizeof(mo), "%s/ja", (char *)*state);
	if (mkdir(mo, 0700) != 0)
		return -1;
	(void)snprintf(mo, sizeof(mo), "%s/ja/LC_MESSAGES", (char *)*state);
	if (mkdir(mo, 0700) != 0)
		return -1;
	(void)snprintf(mo, sizeof(mo), "%s/ja/LC_MESSAGES/otpadm.mo", (char *)*state);
	(void)snprintf(po, sizeof(po), "%s",
	    unit_file(*state, "ja.po", 0600, catalogue, sizeof(catalogue) - 1));
	has_japanese = run(localedef) && run(msgfmt);
	for (size_t i = 0; i < 4; i++)
		(void)unsetenv((const char *const[]){ "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" }[i]);
	(void)setenv("LOCPATH", *state, 1);
	return bindtextdomain("otpadm", *state) != NULL ? 0 : -1;
}

static int
plain(void **state)
{
	(void)state;
	(void)unsetenv("LANG");
	(void)uselocale(LC_GLOBAL_LOCALE);
	return setlocale(LC_ALL, "C") != NULL ? 0 : -1;
}

/* What a scope of that language says for "not found"; the locale is as before afterwards. */
static const char *
said_in(const char *language)
{
	struct otp_lang_scope scope;
	locale_t before = uselocale((locale_t)0);
	char global[256];
	const char *text;

	(void)snprintf(global, sizeof(global), "%s", setlocale(LC_ALL, NULL));
	otp_lang_begin(&scope, language);
	text = otp_lang(otp_err_text(OTP_ERR_NOT_FOUND));
	assert_string_equal(setlocale(LC_ALL, NULL), global);
	otp_lang_end(&scope);
	assert_ptr_equal(uselocale((locale_t)0), before);
	assert_string_equal(setlocale(LC_ALL, NULL), global);
	otp_lang_end(&scope);	/* once more does nothing */
	assert_ptr_equal(uselocale((locale_t)0), before);
	return text;
}

static void
a_guest_speaks_japanese(void **state)
{
	(void)state;
	if (!has_japanese)
		skip();
	for (int i = 0; i < 100; i++)
		assert_string_equal(said_in("ja"), "ありません");
	assert_string_equal(said_in("ja_JP"), "ありません");
	assert_string_equal(said_in("ja_JP.UTF-8"), "ありません");
	assert_string_equal(otp_lang("not found"), "not found");	/* outside */
}

static void
by_the_environment(void **state)
{
	(void)state;
	assert_string_equal(said_in(NULL), "not found");
	assert_int_equal(setenv("LANG", "xx_XX.UTF-8", 1), 0);
	assert_string_equal(said_in(NULL), "not found");
	assert_int_equal(setenv("LANG", "ja_JP.UTF-8", 1), 0);
	if (!has_japanese)
		skip();
	assert_string_equal(said_in(NULL), "ありません");
	assert_string_equal(said_in(""), "ありません");
	assert_string_equal(said_in("en"), "not found");	/* what was asked for wins */
	assert_string_equal(said_in("en_US.UTF-8"), "not found");
	assert_int_equal(setenv("LC_MESSAGES", "en_US.UTF-8", 1), 0);	/* read before LANG */
	assert_string_equal(said_in(NULL), "not found");
	assert_int_equal(setenv("LC_ALL", "ja_JP.UTF-8", 1), 0);	/* ... and after LC_ALL */
	assert_string_equal(said_in(NULL), "ありません");
	assert_int_equal(unsetenv("LC_ALL"), 0);
	assert_int_equal(unsetenv("LC_MESSAGES"), 0);
	assert_int_equal(setenv("LANG", "eng_XX", 1), 0);	/* no English, and no locale of this machine */
	assert_string_equal(said_in(NULL), "not found");
}

/* English is not read from the disk; what LANGUAGE wishes still counts where a locale is asked for. */
static void
english_needs_no_locale(void **state)
{
	static const char *const english[] = { "C", "POSIX", "C.UTF-8", "en", "en_GB.UTF-8" };
	struct otp_lang_scope scope;

	(void)state;
	for (size_t i = 0; i < UNIT_N(english); i++) {
		assert_int_equal(setenv("LANG", english[i], 1), 0);
		otp_lang_begin(&scope, NULL);
		assert_string_equal(nl_langinfo_l(CODESET, scope.made), "ANSI_X3.4-1968");
		otp_lang_end(&scope);
	}
	if (!has_japanese)
		skip();
	assert_int_equal(setenv("LANG", "C.UTF-8", 1), 0);
	assert_int_equal(setenv("LANGUAGE", "ja", 1), 0);
	otp_lang_begin(&scope, "en");
	assert_string_equal(otp_lang("not found"), "not found");
	otp_lang_end(&scope);
	assert_int_equal(setenv("LANG", "ja_JP.UTF-8", 1), 0);
	assert_string_equal(said_in(NULL), "ありません");
	assert_int_equal(unsetenv("LANGUAGE"), 0);
}

static void
hostile_languages(void **state)
{
	static const char *const bad[] = { "xx", "en", "..", "../ja_JP.UTF-8", "/etc", "ja/../ja", "ja\n",
		"ja;ja", "日本語", "\xff", ".", "ja%s%n", "C", "POSIX",
		"jajajajajajajajajajajajajajajajajajajajajajajajajajajajajajajajajajaja" };
	char path[600];

	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_string_equal(said_in(bad[i]), "not found");
	(void)snprintf(path, sizeof(path), "%s/ja_JP.UTF-8", (char *)*state);
	assert_string_equal(said_in(path), "not found");
}

static void
in_a_japanese_host(void **state)
{
	struct otp_lang_scope scope;
	locale_t japanese;

	(void)state;
	if (!has_japanese)
		skip();
	assert_non_null(setlocale(LC_ALL, "ja_JP.UTF-8"));
	assert_string_equal(otp_lang("not found"), "ありません");
	assert_string_equal(said_in("en"), "not found");
	assert_string_equal(said_in("xx"), "not found");
	assert_non_null(setlocale(LC_ALL, "C"));
	/* a thread's own locale: put back, and but for messages and characters in force meanwhile */
	japanese = newlocale(LC_ALL_MASK, "ja_JP.UTF-8", (locale_t)0);
	assert_true(japanese != (locale_t)0);
	(void)uselocale(japanese);
	assert_string_equal(said_in("en"), "not found");
	otp_lang_begin(&scope, "en");
	assert_string_equal(nl_langinfo(D_FMT), "%Y年%m月%d日");
	otp_lang_end(&scope);
	assert_ptr_equal(uselocale((locale_t)0), japanese);
	assert_string_equal(otp_lang("not found"), "ありません");
	(void)uselocale(LC_GLOBAL_LOCALE);
	freelocale(japanese);
}

static void
reasons(void **state)
{
	struct otp_lang_scope scope;
	struct otp_why why = OTP_WHY_INIT;
	char buf[128];

	(void)state;
	assert_string_equal(otp_lang(""), "");
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_NOT_FOUND, NULL), "not found");
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_NOT_FOUND, &why), "not found");
	(void)OTP_WHY(&why, OTP_ERR_NOT_FOUND, CANNOT_OPEN, "/a\x1b", "%1");
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_NOT_FOUND, &why),
	    "cannot open '/a\\x1b': %1");
	assert_string_equal(otp_lang_why(buf, 1, OTP_ERR_NOT_FOUND, &why), "");
	if (!has_japanese)
		skip();
	otp_lang_begin(&scope, "ja");
	assert_string_equal(otp_lang(""), "");	/* not the catalogue's header */
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_NOT_FOUND, &why),
	    "%1: '/a\\x1b' を開けません");
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_NOT_FOUND, NULL), "ありません");
	assert_string_equal(otp_lang_why(buf, sizeof(buf), OTP_ERR_BUSY, NULL), "busy: try again");
	otp_lang_end(&scope);
}

static void
sentences_again(void **state)
{
	struct otp_lang_scope scope;
	char buf[128];

	(void)state;
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "cannot open '/a': no"), "cannot open '/a': no");
	if (!has_japanese)
		skip();
	otp_lang_begin(&scope, "ja");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "cannot open '/a': no"), "no: '/a' を開けません");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "cannot open '': "), ": '' を開けません");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "not found"), "ありません");
	/* not ours, or not for sure: as it is */
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "cannot open /a: no"), "cannot open /a: no");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "cannot open '\\x1b': no"), "cannot open '\\x1b': no");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), "%1 %s"), "%1 %s");
	assert_string_equal(otp_lang_again(buf, sizeof(buf), ""), "");
	assert_string_equal(otp_lang_again(buf, 4, "cannot open '/a': no"), "can");
	otp_lang_end(&scope);
}

static void
a_program(void **state)
{
	(void)state;
	otp_lang_init();
	assert_string_equal(otp_lang("not found"), "not found");
	if (!has_japanese)
		skip();
	assert_int_equal(setenv("LANG", "ja_JP.UTF-8", 1), 0);
	otp_lang_init();
	assert_string_equal(otp_lang("not found"), "ありません");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup(f, plain)
	const struct CMUnitTest tests[] = {
		T(a_guest_speaks_japanese), T(by_the_environment), T(english_needs_no_locale),
		T(hostile_languages),
		T(in_a_japanese_host), T(reasons), T(sentences_again),
		T(a_program),
	};

	return cmocka_run_group_tests(tests, make_japanese, unit_dir_remove);
}
