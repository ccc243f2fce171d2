/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords and codes from a file, a descriptor, systemd's directory or the terminal only. */
#ifndef OTP_CREDENTIALS_H
#define OTP_CREDENTIALS_H

#include <stdbool.h>

#include "err.h"
#include "globals.h"
#include "message.h"
#include "secret.h"

enum otp_credential {
	OTP_CREDENTIAL_CONFIRM, OTP_CREDENTIAL_CODE, OTP_CREDENTIAL_NEW_CONFIRM,
	OTP_CREDENTIAL_SECOND_CONFIRM, OTP_CREDENTIAL_SECOND_CODE,
	OTP_CREDENTIAL_CODE1, OTP_CREDENTIAL_CODE2, OTP_CREDENTIAL_SECRET, OTP_CREDENTIAL_COUNT
};

struct otp_credentials {
	bool is_loaded;
	struct otp_secret secret[OTP_CREDENTIAL_COUNT];
	bool has[OTP_CREDENTIAL_COUNT];
	bool was_typed[OTP_CREDENTIAL_COUNT];	/* at a prompt: may be asked again */
};
void otp_credentials_clear(struct otp_credentials *c);

/*
 * Reads what is not typed: --credentials, then --confirm-fd and --code-fd, then
 * files in `directory` (systemd's $CREDENTIALS_DIRECTORY, NULL: none); the first
 * that has one counts. Files must be private. USAGE, NOT_FOUND, NOT_PERMITTED.
 */
enum otp_err otp_credentials_load(struct otp_credentials *c, const struct otp_globals *g,
    const char *directory, struct otp_why *why);
/* The one, asked for with `question` (escaped) where it is not there; borrowed. */
enum otp_err otp_credentials_get(struct otp_credentials *c, enum otp_credential which,
    const char *question, const char **ret, struct otp_why *why);
void otp_credentials_forget(struct otp_credentials *c, enum otp_credential which);

#endif
