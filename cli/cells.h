/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field of a row as a person, a spreadsheet or a program wants it. */
#ifndef OTP_CELLS_H
#define OTP_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "fields.h"
#include "json.h"
#include "secret.h"

bool otp_cells_is_secret(enum otp_field field);
/* Is there anything but secrets in it? */
bool otp_cells_are_there(const struct otp_fields *fields);

/* Appends: escaped, words translated, "-" where there is nothing. */
enum otp_err otp_cells_person(
    const struct otp_fields *row, enum otp_field field, struct otp_bytes *to);
/* Appends: raw; but text that a spreadsheet would take for a formula gets an apostrophe. */
enum otp_err otp_cells_csv(
    const struct otp_fields *row, enum otp_field field, struct otp_bytes *to);
/*
 * Keys and values into an open object: the n columns first, always there
 * (null, false, [] where the row has nothing), then what else the row has, unless only_those.
 */
void otp_cells_json(struct otp_json *json, const struct otp_fields *row,
    const enum otp_field column[], size_t n, bool only_those);

/* An otp_json_out */
bool otp_cells_to_stdout(void *ctx, const char *data, size_t len);

#endif
