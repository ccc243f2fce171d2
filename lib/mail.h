/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mail as RFC 5322 wants it, by hand: for a program that takes it on standard input and reads its recipient from it. */
#ifndef OTP_MAIL_H
#define OTP_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

struct otp_mail {
	const char *from;	/* "": the mail program's own */
	const char *to;		/* one address, or a local user's name */
	const char *subject;	/* UTF-8, one line */
	const char *message_id;	/* the part before the '@' and the one behind it, without < and > */
	int64_t date;		/* seconds */
	const char *text;	/* UTF-8, lines end with '\n' */
};

/* An address for a header: user@domain (otp_parse_mail), or a name that stands alone for a user of this host. */
bool otp_mail_is_address(const char *text);
/*
 * The whole message, lines ending with '\n' (what sendmail takes), none longer than 76 bytes
 * but for what an address or id needs; nothing in subject or text can make a header or end one.
 * BAD_INPUT: an address or id that no header can hold.
 */
enum otp_err otp_mail_write(const struct otp_mail *mail, struct otp_bytes *ret);

#endif
