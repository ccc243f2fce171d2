/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aligned columns for people; wide characters counted right. */
#ifndef OTP_TABLE_H
#define OTP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

#define OTP_TABLE_COLUMNS_MAX 32
/* So many rows are kept to find the widths; later ones are printed as they come. */
#define OTP_TABLE_ROWS_KEPT 1000

struct otp_table {
	FILE *out;
	bool is_bold;			/* the headings */
	size_t n_columns;
	const char *heading[OTP_TABLE_COLUMNS_MAX];	/* borrowed */
	bool is_number[OTP_TABLE_COLUMNS_MAX];		/* flush right */
	size_t width[OTP_TABLE_COLUMNS_MAX];
	char **kept;			/* cells, row by row */
	size_t n_kept;			/* rows */
	bool has_begun;			/* headings are printed */
};
/* The rest of the struct is filled in by the caller. */
void otp_table_clear(struct otp_table *t);
/* One cell a column, fit for a terminal (escaped). */
enum otp_err otp_table_add(struct otp_table *t, const char *const cell[]);
/* Prints what is kept; rows after it are printed as they come. No row at all: no headings either. */
void otp_table_end(struct otp_table *t);

#endif
