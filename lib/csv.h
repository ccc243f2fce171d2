/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict reader, and the quoting, of comma-separated values (RFC 4180). */
#ifndef OTP_CSV_H
#define OTP_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "message.h"
#include "secret.h"

#define OTP_CSV_COLUMNS_MAX 32
#define OTP_CSV_RECORD_MAX 65536	/* bytes of one record, as it stands in the file */

/*
 * Reads records out of a whole file in memory, as often as one likes. Lines
 * end in LF or CRLF, the last one may lack it; a byte order mark at the start
 * is passed over. A cell is quoted as a whole or not at all. Text is UTF-8
 * without NUL. Every record has as many cells as the first one.
 */
struct otp_csv {
	const uint8_t *data;		/* borrowed */
	size_t len;
	size_t next;			/* where the next record begins */
	unsigned next_line;
	size_t n_expected;		/* cells of the first record; 0: not known yet */
	/* the record that was read, or that was found bad */
	size_t at, raw_len;		/* where it stands, without its end of line */
	unsigned line;			/* its first line, from 1 */
	size_t n_cells;
	const char *cell[OTP_CSV_COLUMNS_MAX];	/* until the next call */
	struct otp_bytes text;		/* what cell points into; wiped */
	bool is_broken; /* quotes that do not close: where later records begin is a guess */
};
void otp_csv_init(struct otp_csv *csv, const void *data, size_t len);
void otp_csv_clear(struct otp_csv *csv);

/*
 * The next record. NOT_FOUND at the end. BAD_INPUT: this one is bad, the why
 * says why (without the line number); the next call goes on at the next line,
 * so that all mistakes of a file can be named. NO_MEMORY.
 */
enum otp_err otp_csv_next(struct otp_csv *csv, struct otp_why *why);
/* Goes back to a record that was read before (its `at` and `line`); the next call reads it. */
void otp_csv_seek(struct otp_csv *csv, size_t at, unsigned line);

/*
 * Reads the header: each of its cells must be one of the n names, none twice,
 * and those whose bit is set in `required` must be there. ret_column[i] is the
 * column of names[i], or -1. BAD_INPUT, with the line in the why.
 */
enum otp_err otp_csv_header(struct otp_csv *csv, const char *const names[], size_t n,
    uint32_t required, int ret_column[], struct otp_why *why);

/* Appends a cell, quoted where it must be. */
enum otp_err otp_csv_put(struct otp_bytes *to, const char *cell);

#endif
