/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpauth:// URIs (the Key Uri Format that apps read as QR codes): strict reading, and writing. */
#ifndef OTP_URI_H
#define OTP_URI_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "message.h"
#include "parse.h"
#include "secret.h"

#define OTP_URI_ISSUER_MAX 128
#define OTP_URI_MAX 2048	/* bytes of one URI */

struct otp_uri {
	char issuer[OTP_URI_ISSUER_MAX + 1];	/* "": none */
	char serial[OTP_SERIAL_MAX + 1];	/* the account of the label */
	bool is_hotp;
	const char *algorithm;			/* "sha1", "sha256", "sha512"; static */
	unsigned digits;			/* 6 to 8 */
	unsigned step;				/* seconds, 10 to 300; HOTP: 0 */
	uint64_t counter;			/* HOTP */
	struct otp_bytes secret;		/* 16 to 64 bytes */
};
#define OTP_URI_INIT { .issuer = "", .algorithm = "sha1", .secret = OTP_BYTES_INIT }
void otp_uri_clear(struct otp_uri *uri);	/* wipes */

/*
 * The whole text, which ends at len, or nothing: label (a serial number, alone or behind its issuer and a colon), each
 * parameter once, none that is not known; what is missing is as the format says (SHA1, 6 digits, 30 s; the counter of
 * HOTP must be there). ret must be initialised. BAD_INPUT with the why, which never holds the secret.
 */
enum otp_err otp_uri_parse(const char *text, size_t len, struct otp_uri *ret, struct otp_why *why);
/* Appends; everything is said, so that no app has to guess. */
enum otp_err otp_uri_put(struct otp_bytes *to, const struct otp_uri *uri);

#endif
