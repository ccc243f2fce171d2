/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said to the person, on standard error: translated, escaped. */
#include "config.h"

#include "tell.h"

#include <stdio.h>
#include <string.h>

#include "lang.h"
#include "text.h"

char *
otp_tell_format(char *buf, size_t size, enum otp_message message, const char *const args[],
    unsigned n_args)
{
	struct otp_why why = OTP_WHY_INIT;

	(void)otp_why_set(&why, OTP_OK, message, args, n_args);
	return otp_message_format(buf, size, otp_lang(otp_message_text(message)), &why);
}

void
otp_tell(const struct otp_globals *g, enum otp_message message, const char *const args[],
    unsigned n_args)
{
	char text[OTP_TELL_MAX];

	if (g->is_quiet)
		return;
	(void)fprintf(stderr, "%s\n", otp_tell_format(text, sizeof(text), message, args, n_args));
}

void
otp_tell_err(enum otp_err err, const struct otp_why *why)
{
	char text[OTP_TELL_MAX];

	(void)fprintf(stderr, "otpadm: %s\n", otp_lang_why(text, sizeof(text), err, why));
}

void
otp_tell_warning(const struct otp_why *why)
{
	char text[OTP_TELL_MAX], line[OTP_TELL_MAX];

	(void)otp_lang_why(text, sizeof(text), OTP_OK, why);
	(void)otp_message_format(line, sizeof(line),
	    otp_lang(otp_message_text(OTP_MESSAGE_WARNING)), NULL);
	(void)fprintf(stderr, "otpadm: %s: %s\n", line, text);
}

void
otp_tell_line(const char *file, unsigned line, const char *text)
{
	char name[OTP_WHY_ARG_MAX * 4];

	(void)fprintf(stderr, "%s:%u: %s\n",
	    otp_text_escape(name, sizeof(name), file, strlen(file)), line, text);
}
