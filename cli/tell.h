/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said to the person, on standard error: translated, escaped. */
#ifndef OTP_TELL_H
#define OTP_TELL_H

#include <stddef.h>

#include "err.h"
#include "globals.h"
#include "message.h"

#define OTP_TELL_MAX 2048

/* The translated sentence, with its arguments. */
char *otp_tell_format(char *buf, size_t size, enum otp_message message, const char *const args[],
    unsigned n_args);
#define OTP_TELL_FORMAT(buf, id, ...)                                                          \
	otp_tell_format((buf), sizeof(buf), OTP_MESSAGE_##id,                                  \
	    (const char *const[]){ NULL, ##__VA_ARGS__ },                                      \
	    sizeof((const char *const[]){ NULL, ##__VA_ARGS__ }) / sizeof(const char *) - 1)

/* A line of talk; nothing with --quiet. */
void otp_tell(const struct otp_globals *g, enum otp_message message, const char *const args[],
    unsigned n_args);
#define OTP_TELL(g, id, ...)                                                                   \
	otp_tell((g), OTP_MESSAGE_##id, (const char *const[]){ NULL, ##__VA_ARGS__ },          \
	    sizeof((const char *const[]){ NULL, ##__VA_ARGS__ }) / sizeof(const char *) - 1)

/* "otpadm: reason" */
void otp_tell_err(enum otp_err err, const struct otp_why *why);
/* "otpadm: warning: reason" */
void otp_tell_warning(const struct otp_why *why);
/* "FILE:LINE: text"; the text is escaped already */
void otp_tell_line(const char *file, unsigned line, const char *text);

#endif
