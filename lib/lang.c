/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translation by gettext: a program's whole life, or one prompt inside somebody else's process. */
#include "config.h"

#include <libintl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang.h"
#include "otp_paths.h"

#define DOMAIN "otpadm"
#define LANGUAGE_MAX 32

/* A binding of our domain that stands already (a test's) is left as it is. */
static void
bind_domain(void)
{
	const char *now = bindtextdomain(DOMAIN, NULL);
	const char *other = bindtextdomain(DOMAIN "-unbound", NULL);

	if (now == NULL || other == NULL || strcmp(now, other) == 0)
		(void)bindtextdomain(DOMAIN, OTP_LOCALEDIR);
	(void)bind_textdomain_codeset(DOMAIN, "UTF-8");
}

void
otp_lang_init(void)
{
	(void)setlocale(LC_ALL, "");
	bind_domain();
}

const char *
otp_lang(const char *msgid)
{
	/* gettext answers "" with the catalogue's header */
	return *msgid != '\0' ? dgettext(DOMAIN, msgid) : "";
}

/* A language may come from a store: never a path, never the environment's "". */
static bool
is_language(const char *language)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.@-";
	size_t len = strnlen(language, LANGUAGE_MAX + 1);

	return len > 0 && len <= LANGUAGE_MAX && strspn(language, allowed) == len &&
	    language[0] != '.';
}

/* The host's locale but for messages and characters; 0 when there is no such locale. */
static locale_t
make_locale(const char *name)
{
	locale_t base = duplocale(uselocale((locale_t)0));
	locale_t made;

	if (base == (locale_t)0)
		return (locale_t)0;
	made = newlocale(LC_MESSAGES_MASK | LC_CTYPE_MASK, name, base);
	if (made == (locale_t)0)
		freelocale(base);
	return made;
}

/* "ja" as ja_JP.UTF-8, "ja_JP" as ja_JP.UTF-8, then as it is written. */
static locale_t
locale_of_language(const char *language)
{
	static const char *const endings[] = { ".UTF-8", ".utf8", "" };
	const char *country = strcmp(language, "ja") == 0 ? "_JP" : "";
	bool has_codeset = strchr(language, '.') != NULL;
	locale_t made = (locale_t)0;
	char name[LANGUAGE_MAX + 16];

	for (size_t i = has_codeset ? 2 : 0; i < 3 && made == (locale_t)0; i++) {
		(void)snprintf(name, sizeof(name), "%s%s%s", language, i < 2 ? country : "",
		    endings[i]);
		made = make_locale(name);
	}
	return made;
}

/* Our messages are English as they stand: its locale need not be read from the disk for each login. */
static bool
is_english(const char *name)
{
	size_t len = strcspn(name, "_.@");

	return (len == 1 && name[0] == 'C') || (len == 2 && memcmp(name, "en", 2) == 0) ||
	    strcmp(name, "POSIX") == 0;
}

/* What newlocale("") would take for messages; LANGUAGE, where it is set, says more than the locale. */
static bool
is_english_here(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value = getenv("LANGUAGE");

	if (value != NULL && *value != '\0')
		return false;
	for (size_t i = 0; i < 3; i++) {
		value = getenv(variables[i]);
		if (value != NULL && *value != '\0')
			return is_english(value);
	}
	return true;
}

void
otp_lang_begin(struct otp_lang_scope *scope, const char *language)
{
	scope->made = (locale_t)0;
	scope->before = (locale_t)0;
	bind_domain();
	if (language == NULL || *language == '\0') {
		if (!is_english_here())
			scope->made = make_locale("");
	} else if (is_language(language) && !is_english(language))
		scope->made = locale_of_language(language);
	/* English, whatever the host speaks */
	if (scope->made == (locale_t)0)
		scope->made = make_locale("C");
	if (scope->made != (locale_t)0)
		scope->before = uselocale(scope->made);
}

void
otp_lang_end(struct otp_lang_scope *scope)
{
	if (scope->made == (locale_t)0)
		return;
	(void)uselocale(scope->before);
	freelocale(scope->made);
	scope->made = (locale_t)0;
	scope->before = (locale_t)0;
}

/* A setlocale that changes something also tells gettext to forget what it has found for the old LANGUAGE. */
void
otp_lang_turn(struct otp_lang_turn *turn, const char *language)
{
	const char *value = getenv("LANGUAGE"), *locale = setlocale(LC_MESSAGES, NULL);

	turn->had_language = value != NULL;
	(void)snprintf(turn->language, sizeof(turn->language), "%s", value != NULL ? value : "");
	(void)snprintf(turn->locale, sizeof(turn->locale), "%s", locale != NULL ? locale : "C");
	bind_domain();
	(void)setlocale(LC_MESSAGES, "C");
	if (language == NULL || !is_language(language) || is_english(language))
		return;
	(void)setenv("LANGUAGE", language, 1);
	/* in the locale "C" itself gettext does not look for anything */
	if (setlocale(LC_MESSAGES, "C.UTF-8") == NULL)
		(void)setlocale(LC_MESSAGES, "en_US.UTF-8");
}

void
otp_lang_turn_back(const struct otp_lang_turn *turn)
{
	if (turn->had_language)
		(void)setenv("LANGUAGE", turn->language, 1);
	else
		(void)unsetenv("LANGUAGE");
	(void)setlocale(LC_MESSAGES, "C");
	(void)setlocale(LC_MESSAGES, turn->locale);
}

char *
otp_lang_why(char *buf, size_t size, enum otp_err err, const struct otp_why *why)
{
	bool has_reason = why != NULL && why->message != OTP_MESSAGE_NONE;

	return otp_message_format(buf, size,
	    otp_lang(has_reason ? otp_message_text(why->message) : otp_err_text(err)), why);
}

/* What stands in the text where the template has %1 to %4; false if it cannot have been made of it. */
static bool
take_arguments(const char *template_text, const char *text, struct otp_why *ret)
{
	for (const char *p = template_text; *p != '\0'; p++) {
		unsigned i = (unsigned)(unsigned char)p[1] - '1';
		char behind[8];
		const char *end;
		size_t len;

		if (*p != '%' || i >= OTP_WHY_ARGS) {
			if (*text++ != *p)
				return false;
			continue;
		}
		/* up to the letters that follow in the template */
		(void)snprintf(behind, sizeof(behind), "%.*s", (int)strcspn(p + 2, "%"), p + 2);
		end = behind[0] != '\0' ? strstr(text, behind) : text + strlen(text);
		len = end != NULL ? (size_t)(end - text) : sizeof(ret->arg[i]);
		if (len >= sizeof(ret->arg[i]))
			return false;
		memcpy(ret->arg[i], text, len);
		ret->arg[i][len] = '\0';
		ret->n_args = i + 1 > ret->n_args ? i + 1 : ret->n_args;
		text = end;
		p++;
	}
	return *text == '\0';
}

char *
otp_lang_again(char *buf, size_t size, const char *english)
{
	for (unsigned i = 1; i < OTP_MESSAGE_COUNT; i++) {
		struct otp_why why = { .message = (enum otp_message)i };
		const char *text = otp_message_text(why.message);

		/* the proof is that it makes the same sentence; the first that does will do */
		if (!take_arguments(text, english, &why) ||
		    strcmp(otp_message_format(buf, size, text, &why), english) != 0)
			continue;
		return otp_message_format(buf, size, otp_lang(text), &why);
	}
	(void)snprintf(buf, size, "%s", otp_lang(english));
	return buf;
}
