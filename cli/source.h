/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a command takes in: read with the caller's rights, their bad lines named. */
#ifndef OTP_SOURCE_H
#define OTP_SOURCE_H

#include <stddef.h>

#include "cli.h"
#include "secret.h"

/* The whole of a file, or of standard input ("-"). USAGE where that is used for credentials as
 * well; NOT_FOUND, BAD_INPUT (too large), SYSTEM. */
enum otp_err otp_source_read(
    struct otp_cli *cli, const char *path, size_t max, struct otp_bytes *ret);
/*
 * Something to be said of a line: to people on standard error as FILE:LINE:
 * text, to programs as a row of the data (line, the name in its field if it is
 * not NULL, result, text).
 */
enum otp_err otp_source_say(struct otp_cli *cli, const char *path, unsigned line,
    enum otp_field field, const char *name, const char *result, const char *text);

#endif
