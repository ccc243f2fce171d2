/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lib's few log lines: made here, one line each and escaped, written by the program. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sink.h"
#include "text.h"

#define LINE_MAX_BYTES 1024

void
otp_say(const struct otp_sink *sink, enum otp_level level, const char *fmt, ...)
{
	char raw[LINE_MAX_BYTES];
	char line[4 * LINE_MAX_BYTES];
	va_list ap;

	if (sink == NULL || sink->say == NULL)
		return;
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	sink->say(sink->ctx, level, otp_text_escape(line, sizeof(line), raw, strlen(raw)));
}

void
otp_say_why(const struct otp_sink *sink, enum otp_level level, enum otp_err err,
    const struct otp_why *why)
{
	char reason[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES + 64];
	bool has_reason = why != NULL && why->message != OTP_MESSAGE_NONE;

	if (sink == NULL || sink->say == NULL)
		return;
	(void)otp_message_format(reason, sizeof(reason),
	    has_reason ? otp_message_text(why->message) : otp_err_text(err), why);
	(void)snprintf(line, sizeof(line), "%s: %s", otp_err_code(err), reason);
	sink->say(sink->ctx, level, line);
}
