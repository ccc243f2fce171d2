/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of otpauth:// URIs, one a line, read as if it were a csv of tokens. */
#ifndef OTP_URI_LINES_H
#define OTP_URI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "csv.h"
#include "err.h"
#include "message.h"

/* Does it begin like one? */
bool otp_uri_lines_is(const void *data, size_t len);
/*
 * As otp_csv_next: the next line that is not a comment ('#'), its cells serial, secret (base32), type, algorithm,
 * digits, step, counter, in this order; what the other type has is "". The last two exclude one another.
 */
#define OTP_URI_LINES_CELLS 7
enum otp_err otp_uri_lines_next(struct otp_csv *csv, struct otp_why *why);

#endif
