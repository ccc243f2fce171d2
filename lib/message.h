/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why something went as it did: a message from one list, and its arguments, so that otpd can say it and otpadm translate it. */
#ifndef OTP_MESSAGE_H
#define OTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define OTP_WHY_ARGS 4
#define OTP_WHY_ARG_MAX 320	/* bytes with the NUL; a longer one is cut */

/* message.def: X(ID, text with %1 to %4 for the arguments, a gettext msgid) */
enum otp_message {
	OTP_MESSAGE_NONE,
#define X(id, text) OTP_MESSAGE_##id,
#include "message.def"
#undef X
	OTP_MESSAGE_COUNT
};

/*
 * The reason that goes with an error (or a warning). Filled by whoever finds
 * out first and never overwritten on the way up. Arguments are data, escaped
 * when shown, never when stored. Never holds a secret.
 */
struct otp_why {
	enum otp_message message;
	unsigned n_args;
	char arg[OTP_WHY_ARGS][OTP_WHY_ARG_MAX];
};
#define OTP_WHY_INIT { 0 }

/*
 * Records the reason unless one is there already (why may be NULL) and returns
 * err, so that a guard is one line:
 *	return OTP_WHY(why, OTP_ERR_NOT_FOUND, NO_SUCH_USER, name);
 * The arguments are const char * (NULL counts as "").
 */
enum otp_err otp_why_set(struct otp_why *why, enum otp_err err, enum otp_message message,
    const char *const args[], unsigned n_args);
#define OTP_WHY(why, err, id, ...)                                                              \
	otp_why_set((why), (err), OTP_MESSAGE_##id, (const char *const[]){ NULL, ##__VA_ARGS__ }, \
	    sizeof((const char *const[]){ NULL, ##__VA_ARGS__ }) / sizeof(const char *) - 1)
/* An unsigned number or errno as an argument: valid for this full expression. */
#define OTP_WHY_NUM(n) otp_message_num((char[24]){ 0 }, (int64_t)(n))
#define OTP_WHY_ERRNO(e) otp_message_errno((char[96]){ 0 }, (e))
const char *otp_message_num(char buf[24], int64_t n);
const char *otp_message_errno(char buf[96], int e);

void otp_why_clear(struct otp_why *why);

/* The English msgid, "" for NONE. */
const char *otp_message_text(enum otp_message message);
/* Number from a wire or file; NONE if unknown. */
enum otp_message otp_message_of_number(unsigned number);
/* Its word as sent: "CANNOT_OPEN", "" for NONE; the other way round false, and ret untouched, if unknown. */
const char *otp_message_name(enum otp_message message);
bool otp_message_of_name(const char *name, enum otp_message *ret);

/*
 * Puts the arguments (escaped, quotes are the template's) into `template_text`,
 * the translated or English text; always ends with NUL; returns buf.
 * With an empty why, the text is otp_err_text(err) as passed by the caller.
 */
char *otp_message_format(char *buf, size_t size, const char *template_text,
    const struct otp_why *why);

#endif
