/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token import: the whole file checked here, then by otpd, then written in short turns. */
#ifndef OTP_IMPORT_H
#define OTP_IMPORT_H

#include "cli.h"
#include "delivery.h"

/* of the rows that it prints: the lines that do not go in */
extern const enum otp_field otp_import_columns[];

/*
 * path: a file, "-" standard input. Without rejects (NULL) one bad line keeps
 * all out; with it the bad ones go to that new private file and the good ones
 * in: PARTIAL.
 */
enum otp_err otp_import(struct otp_cli *cli, const char *path, enum otp_delivery_format format,
    const char *rejects);

#endif
