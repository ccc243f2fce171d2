/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields as a line of text for people and logs: key=value, escaped. */
#ifndef OTP_PAIRS_H
#define OTP_PAIRS_H

#include <stddef.h>

#include "err.h"
#include "fields.h"
#include "secret.h"

/* Appends the value: in quotes where there are blanks; control bytes, and quotes inside, as \xNN. */
enum otp_err otp_pairs_put_value(struct otp_bytes *line, const char *value);
/* " key=value"; nothing for an empty value. */
enum otp_err otp_pairs_put(struct otp_bytes *line, const char *key, const char *value);
/*
 * Appends " key=value" for each field, lists with commas at their first value; never a secret. enough: a log's
 * line that is longer takes no more ("cut=yes"), and no list of more than 16; 0: everything.
 */
enum otp_err otp_pairs_put_fields(struct otp_bytes *line, const struct otp_fields *fields, size_t enough);

#endif
