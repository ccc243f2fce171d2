/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of the lines that did not go in: as they stood, with the reason behind. */
#ifndef OTP_REJECTS_H
#define OTP_REJECTS_H

#include <stdbool.h>
#include <stdio.h>

#include "delivery.h"
#include "err.h"
#include "message.h"

struct otp_rejects {
	FILE *out;		/* NULL: not wanted */
	const char *path;
	bool is_kept;		/* something was written: the file stays */
};
/* Makes it, 0600 for its lines hold secrets; it must not be there: EXISTS. */
enum otp_err otp_rejects_open(struct otp_rejects *r, const char *path, struct otp_why *why);
/* The record that begins at `at`, why_not with its reason behind it, in a column "reason" where
 * there is none yet. */
enum otp_err otp_rejects_put(struct otp_rejects *r, const struct otp_delivery *d, size_t at,
    unsigned line, enum otp_err why_not, const struct otp_why *reason, struct otp_why *why);
enum otp_err otp_rejects_sync(struct otp_rejects *r, struct otp_why *why);
/* Closes; a file that nothing was written to is removed. */
void otp_rejects_close(struct otp_rejects *r);

#endif
