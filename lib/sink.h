/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the lib's few log lines go: the program decides. */
#ifndef OTP_SINK_H
#define OTP_SINK_H

#include "err.h"
#include "message.h"

enum otp_level { OTP_LEVEL_DEBUG, OTP_LEVEL_INFO, OTP_LEVEL_NOTICE, OTP_LEVEL_WARNING, OTP_LEVEL_ERROR, OTP_LEVEL_COUNT };

/* text is one line, escaped, English. */
struct otp_sink {
	void (*say)(void *ctx, enum otp_level level, const char *text);
	void *ctx;
};

/* sink may be NULL. Untrusted text must be an argument of a why (escaped here), never the format. */
void otp_say(const struct otp_sink *sink, enum otp_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "err-code: reason", the reason escaped. */
void otp_say_why(const struct otp_sink *sink, enum otp_level level, enum otp_err err,
    const struct otp_why *why);

#endif
