/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a command takes in: read with the caller's rights, their bad lines named. */
#ifndef OTP_SOURCE_H
#define OTP_SOURCE_H

#include <stddef.h>

#include "cli.h"
#include "secret.h"

/* The whole of a file, or of standard input ("-"). USAGE where that is used for credentials as well; NOT_FOUND, BAD_INPUT (too large), SYSTEM. */
enum otp_err otp_source_read(struct otp_cli *cli, const char *path, size_t max, struct otp_bytes *ret);
/*
 * A bad line: to people on standard error as FILE:LINE: reason, to programs as a
 * row of the data (line, serial, result, text). serial may be NULL.
 */
enum otp_err otp_source_bad_line(struct otp_cli *cli, const char *path, unsigned line,
    const char *serial, enum otp_err err, const struct otp_why *why);

#endif
