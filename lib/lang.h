/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Translation: for programs by the environment, for the module around a prompt without touching the host's locale. */
#ifndef OTP_LANG_H
#define OTP_LANG_H

#include <locale.h>
#include <stdbool.h>

#include "message.h"

#ifndef N_
#define N_(s) s
#endif

/* Programs: setlocale, bindtextdomain. Not for the module. */
void otp_lang_init(void);
/* gettext in our domain; the argument must be marked with N_ somewhere. */
const char *otp_lang(const char *msgid);

/*
 * The module: `language` ("ja", "ja_JP.UTF-8", or NULL for the environment's
 * LC_ALL/LC_MESSAGES/LANG). begin: newlocale + uselocale; end puts it back.
 * Both are safe when the locale does not exist (English then).
 */
struct otp_lang_scope {
	locale_t made;
	locale_t before;
};
void otp_lang_begin(struct otp_lang_scope *scope, const char *language);
void otp_lang_end(struct otp_lang_scope *scope);

/*
 * Programs that write to somebody else (a mail): the language that he reads, then the own again. It needs no locale
 * of that language: the catalogue is named by LANGUAGE, in the one locale that every system has. NULL, "" and
 * what is no language: English. One at a time, and never in a process with threads.
 */
struct otp_lang_turn {
	bool had_language;
	char language[256];	/* the variable as it was */
	char locale[256];	/* of messages */
};
void otp_lang_turn(struct otp_lang_turn *turn, const char *language);
void otp_lang_turn_back(const struct otp_lang_turn *turn);

/* The translated sentence for an error and its reason; buf always ends with NUL. */
char *otp_lang_why(char *buf, size_t size, enum otp_err err, const struct otp_why *why);
/*
 * An English sentence of ours that came as text (a reason in a row of otpd's),
 * said in the reader's language; any other text as it is. buf always ends with NUL.
 */
char *otp_lang_again(char *buf, size_t size, const char *english);

#endif
