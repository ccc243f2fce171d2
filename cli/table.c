/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Aligned columns for people; wide characters counted right. */
#include "config.h"

#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define GAP 2	/* blanks between columns */

void
otp_table_clear(struct otp_table *t)
{
	for (size_t i = 0; t->kept != NULL && i < t->n_kept * t->n_columns; i++)
		free(t->kept[i]);
	free(t->kept);
	t->kept = NULL;
	t->n_kept = 0;
}

static void
blanks(FILE *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)fputc(' ', out);
}

static void
print_row(const struct otp_table *t, const char *const cell[])
{
	for (size_t i = 0; i < t->n_columns; i++) {
		size_t width = otp_text_width(cell[i]);
		size_t fill = width < t->width[i] ? t->width[i] - width : 0;

		if (t->is_number[i])
			blanks(t->out, fill);
		(void)fputs(cell[i], t->out);
		if (i + 1 == t->n_columns)
			break;
		blanks(t->out, GAP + (t->is_number[i] ? 0 : fill));
	}
	(void)fputc('\n', t->out);
}

static void
begin(struct otp_table *t)
{
	if (t->has_begun || t->n_kept == 0)
		return;
	t->has_begun = true;
	for (size_t i = 0; i < t->n_columns; i++)
		t->width[i] = otp_text_width(t->heading[i]);
	for (size_t i = 0; i < t->n_kept * t->n_columns; i++) {
		size_t width = otp_text_width(t->kept[i]);

		if (width > t->width[i % t->n_columns])
			t->width[i % t->n_columns] = width;
	}
	if (t->is_bold)
		(void)fputs("\033[1m", t->out);
	print_row(t, t->heading);
	if (t->is_bold)
		(void)fputs("\033[0m", t->out);
	for (size_t i = 0; i < t->n_kept; i++)
		print_row(t, (const char *const *)&t->kept[i * t->n_columns]);
}

enum otp_err
otp_table_add(struct otp_table *t, const char *const cell[])
{
	char **row;

	if (t->has_begun) {
		print_row(t, cell);
		return OTP_OK;
	}
	if (t->kept == NULL)
		t->kept = calloc(OTP_TABLE_ROWS_KEPT * t->n_columns, sizeof(t->kept[0]));
	if (t->kept == NULL)
		return OTP_ERR_NO_MEMORY;
	row = &t->kept[t->n_kept * t->n_columns];
	t->n_kept++;
	for (size_t i = 0; i < t->n_columns; i++) {
		row[i] = strdup(cell[i]);
		if (row[i] == NULL) {
			for (size_t k = 0; k < i; k++)
				free(row[k]);
			memset(row, 0, t->n_columns * sizeof(row[0]));
			t->n_kept--;
			return OTP_ERR_NO_MEMORY;
		}
	}
	if (t->n_kept == OTP_TABLE_ROWS_KEPT) {
		begin(t);
		otp_table_clear(t);
	}
	return OTP_OK;
}

void
otp_table_end(struct otp_table *t)
{
	begin(t);
	otp_table_clear(t);
	(void)fflush(t->out);
}

