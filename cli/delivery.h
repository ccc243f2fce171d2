/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delivery of tokens, as csv or otpauth:// URIs: its lines checked, and made into rows of a request. */
#ifndef OTP_DELIVERY_H
#define OTP_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv.h"
#include "err.h"
#include "fields.h"
#include "message.h"
#include "seen.h"

enum { OTP_DELIVERY_SERIAL, OTP_DELIVERY_SECRET, OTP_DELIVERY_TYPE, OTP_DELIVERY_ALGORITHM,
	OTP_DELIVERY_DIGITS, OTP_DELIVERY_STEP, OTP_DELIVERY_COUNTER, OTP_DELIVERY_NOT_BEFORE,
	OTP_DELIVERY_NOT_AFTER, OTP_DELIVERY_USERS, OTP_DELIVERY_REASON, OTP_DELIVERY_COLUMNS };

enum otp_delivery_format { OTP_DELIVERY_AUTO, OTP_DELIVERY_CSV, OTP_DELIVERY_OTPAUTH };

struct otp_delivery {
	bool is_uris;				/* lines of otpauth://, read as cells (uri_lines.h); no header */
	struct otp_csv csv;
	int column[OTP_DELIVERY_COLUMNS];	/* -1: not in the file */
	size_t first;				/* where the first line behind the header begins */
	unsigned first_line;
	struct otp_seen serials, secrets, users;
	uint8_t *bad;				/* a bit a line of the file: it does not go in */
	size_t n_lines_max;
};
/* Reads the header, where there is one. BAD_INPUT with the why. content is borrowed until the clear. */
enum otp_err otp_delivery_init(struct otp_delivery *d, const void *content, size_t len,
    enum otp_delivery_format format, struct otp_why *why);
void otp_delivery_clear(struct otp_delivery *d);
/* Back to the first line. */
void otp_delivery_rewind(struct otp_delivery *d);

/*
 * The next line that is not marked bad, as a row. NOT_FOUND at the end.
 * BAD_INPUT: it is bad (line and why say where and why; the next call goes on).
 * The first time through a line is also looked up among all before it.
 */
enum otp_err otp_delivery_next(
    struct otp_delivery *d, bool is_first_time, struct otp_fields *ret_row, struct otp_why *why);
/* The next record as it stands, good or bad, for who copies it; comments are passed over. */
enum otp_err otp_delivery_record(const struct otp_delivery *d, struct otp_csv *csv, struct otp_why *why);
/* hex or base32, any case. BAD_INPUT: neither. */
enum otp_err otp_delivery_parse_secret(const char *text, struct otp_bytes *ret);
void otp_delivery_mark_bad(struct otp_delivery *d, unsigned line);

#endif
