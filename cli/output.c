/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What otpadm prints: rows and fields as a table, JSON, JSON lines or csv, by fields.def alone. */
#include "config.h"

#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "csv.h"
#include "envelope.h"
#include "lang.h"
#include "tell.h"
#include "text.h"

static enum otp_err
choose_fields(struct otp_output *o, const char *text, struct otp_why *why)
{
	char name[64];

	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		enum otp_field field = OTP_FIELD_NONE;

		if (n < sizeof(name)) {
			memcpy(name, p, n);
			name[n] = '\0';
			field = otp_field_of_name(name);
		}
		if (field == OTP_FIELD_NONE || otp_cells_is_secret(field))
			return OTP_WHY(
			    why, OTP_ERR_USAGE, NO_SUCH_FIELD, n < sizeof(name) ? name : p);
		if (o->n_columns == OTP_TABLE_COLUMNS_MAX)
			return OTP_WHY(why, OTP_ERR_USAGE, TOO_MANY_FIELDS);
		o->column[o->n_columns++] = field;
		p += n;
		if (*p == '\0')
			return OTP_OK;
	}
}

static bool
wants_color(const struct otp_globals *g)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (g->color != OTP_COLOR_AUTO)
		return g->color == OTP_COLOR_ALWAYS;
	return (no_color == NULL || no_color[0] == '\0') && isatty(STDOUT_FILENO) == 1 &&
	    terminal != NULL && strcmp(terminal, "dumb") != 0;
}

enum otp_err
otp_output_init(struct otp_output *o, const struct otp_globals *g, const char *command,
    bool is_list, const enum otp_field *columns, const enum otp_field *row_columns,
    struct otp_why *why)
{
	memset(o, 0, sizeof(*o));
	o->format = g->format;
	o->command = command;
	o->is_dry_run = g->is_dry_run;
	o->is_list = is_list;
	o->is_quiet = g->is_quiet;
	o->row_columns = row_columns;
	o->is_colored = wants_color(g);
	otp_json_init(&o->json, otp_cells_to_stdout, NULL);
	if (g->fields != NULL) {
		o->is_chosen = true;
		return choose_fields(o, g->fields, why);
	}
	while (columns != NULL && columns[o->n_columns] != OTP_FIELD_NONE) {
		o->column[o->n_columns] = columns[o->n_columns];
		o->n_columns++;
	}
	return OTP_OK;
}

void
otp_output_clear(struct otp_output *o)
{
	otp_table_clear(&o->table);
}

/* Columns that nobody named are those of the first row. */
static void
columns_of(struct otp_output *o, const struct otp_fields *row)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (o->n_columns == 0 || !o->is_chosen) {
		bool is_known = false;

		if (!otp_fields_next(row, &cursor, &view))
			return;
		for (size_t i = 0; i < o->n_columns; i++)
			is_known = is_known || o->column[i] == view.field;
		if (!is_known && !otp_cells_is_secret(view.field) &&
		    o->n_columns < OTP_TABLE_COLUMNS_MAX)
			o->column[o->n_columns++] = view.field;
	}
}

static enum otp_err
csv_line(const struct otp_output *o, const struct otp_fields *row)
{
	struct otp_bytes line = OTP_BYTES_INIT, cell = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < o->n_columns; i++) {
		if (i > 0)
			err = otp_text_put(&line, ",");
		otp_bytes_empty(&cell);
		if (err == OTP_OK && row != NULL)
			err = otp_cells_csv(row, o->column[i], &cell);
		if (err == OTP_OK)
			err = otp_csv_put(&line, row != NULL ? otp_text_str(&cell) :
			    otp_field_name(o->column[i]));
	}
	if (err == OTP_OK)
		(void)printf("%s\r\n", otp_text_str(&line));
	otp_bytes_clear(&line);
	otp_bytes_clear(&cell);
	return err;
}

static void
table_begin(struct otp_output *o)
{
	o->table.out = stdout;
	o->table.is_bold = o->is_colored;
	o->table.n_columns = o->n_columns;
	for (size_t i = 0; i < o->n_columns; i++) {
		o->table.heading[i] = otp_lang(otp_field_heading(o->column[i]));
		o->table.is_number[i] = otp_field_type(o->column[i]) == OTP_TYPE_INT;
	}
}

static enum otp_err
table_row(struct otp_output *o, const struct otp_fields *row)
{
	struct otp_bytes cell[OTP_TABLE_COLUMNS_MAX] = { OTP_BYTES_INIT };
	const char *text[OTP_TABLE_COLUMNS_MAX];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < o->n_columns; i++) {
		err = otp_cells_person(row, o->column[i], &cell[i]);
		text[i] = otp_text_str(&cell[i]);
	}
	if (err == OTP_OK)
		err = otp_table_add(&o->table, text);
	for (size_t i = 0; i < o->n_columns; i++)
		otp_bytes_clear(&cell[i]);
	return err;
}

/* Before the first row of a list, or where there is none. */
static enum otp_err
begin(struct otp_output *o)
{
	if (o->has_begun)
		return OTP_OK;
	o->has_begun = true;
	switch (o->format) {
	case OTP_FORMAT_TABLE:
		table_begin(o);
		break;
	case OTP_FORMAT_CSV:
		return o->n_columns > 0 ? csv_line(o, NULL) : OTP_OK;
	case OTP_FORMAT_JSON:
		otp_envelope_begin(&o->json, o->command);
		otp_json_key(&o->json, "data");
		otp_json_object(&o->json);
		otp_json_key(&o->json, "rows");
		otp_json_array(&o->json);
		break;
	case OTP_FORMAT_JSONL:
		break;
	}
	return OTP_OK;
}

enum otp_err
otp_output_row(void *ctx, const struct otp_fields *row)
{
	struct otp_output *o = ctx;
	enum otp_err err = OTP_OK;

	if (!o->has_begun && o->n_columns == 0)
		columns_of(o, row);
	err = begin(o);
	if (err != OTP_OK)
		return err;
	switch (o->format) {
	case OTP_FORMAT_TABLE:
		err = table_row(o, row);
		break;
	case OTP_FORMAT_CSV:
		err = csv_line(o, row);
		break;
	case OTP_FORMAT_JSON:
	case OTP_FORMAT_JSONL:
		otp_json_object(&o->json);
		otp_cells_json(&o->json, row, o->column, o->n_columns, o->is_chosen);
		otp_json_object_end(&o->json);
		if (o->format == OTP_FORMAT_JSONL)
			otp_json_newline(&o->json);
		err = o->json.err;
		break;
	}
	return err == OTP_OK && ferror(stdout) ? OTP_ERR_SYSTEM : err;
}

enum otp_err
otp_output_flush(struct otp_output *o)
{
	if (o->has_begun && o->format == OTP_FORMAT_TABLE)
		otp_table_end(&o->table);
	return fflush(stdout) != 0 || ferror(stdout) != 0 ? OTP_ERR_SYSTEM : OTP_OK;
}

/* One thing, for people: a line a field. */
static enum otp_err
print_thing(const struct otp_output *o, const struct otp_fields *thing)
{
	size_t width = 0;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; i < o->n_columns; i++) {
		size_t w = otp_text_width(otp_lang(otp_field_heading(o->column[i])));

		if (otp_fields_has(thing, o->column[i]) && o->column[i] != OTP_FIELD_TEXT &&
		    w > width)
			width = w;
	}
	for (size_t i = 0; err == OTP_OK && i < o->n_columns; i++) {
		const char *heading = otp_lang(otp_field_heading(o->column[i]));
		struct otp_bytes cell = OTP_BYTES_INIT;

		if (!otp_fields_has(thing, o->column[i]))
			continue;
		err = otp_cells_person(thing, o->column[i], &cell);
		/* a sentence needs no heading */
		if (err == OTP_OK && o->column[i] == OTP_FIELD_TEXT)
			(void)printf("%s\n", otp_text_str(&cell));
		else if (err == OTP_OK)
			(void)printf("%s%s%s%*s  %s\n", o->is_colored ? "\033[1m" : "", heading,
			    o->is_colored ? "\033[0m" : "",
			    (int)(width - otp_text_width(heading)), "", otp_text_str(&cell));
		otp_bytes_clear(&cell);
	}
	return err;
}

static enum otp_err
print_rows(struct otp_output *o, const struct otp_rows *rows)
{
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		err = otp_output_row(o, &rows->row[i]);
	return err;
}

/* The rows that come with a thing, below it. */
static enum otp_err
print_beside(struct otp_output *o, const struct otp_rows *rows)
{
	enum otp_err err = OTP_OK;

	if (o->row_columns == NULL || rows->n == 0 || o->is_chosen)
		return OTP_OK;
	(void)fputc('\n', stdout);
	o->n_columns = 0;
	for (; o->row_columns[o->n_columns] != OTP_FIELD_NONE; o->n_columns++)
		o->column[o->n_columns] = o->row_columns[o->n_columns];
	table_begin(o);
	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		err = table_row(o, &rows->row[i]);
	otp_table_end(&o->table);
	return err;
}

static enum otp_err
print_data(struct otp_output *o, const struct otp_answer *answer)
{
	enum otp_err err = OTP_OK;

	if (o->is_list) {
		err = print_rows(o, &answer->rows);
		if (err == OTP_OK)
			err = begin(o);
		if (o->format == OTP_FORMAT_TABLE)
			otp_table_end(&o->table);
		return err;
	}
	if (!otp_cells_are_there(&answer->fields))
		return OTP_OK;
	columns_of(o, &answer->fields);
	if (o->format == OTP_FORMAT_TABLE) {
		err = print_thing(o, &answer->fields);
		return err == OTP_OK ? print_beside(o, &answer->rows) : err;
	}
	err = begin(o);
	return err == OTP_OK ? csv_line(o, &answer->fields) : err;
}

/* Table and csv: data on stdout, and what there is to say on stderr. */
static enum otp_err
end_for_people(
    struct otp_output *o, enum otp_err err, bool has_data, const struct otp_answer *answer)
{
	enum otp_err printed = has_data ? print_data(o, answer) : OTP_OK;

	(void)fflush(stdout);
	for (unsigned i = 0; i < answer->n_warnings && !o->is_quiet; i++)
		otp_tell_warning(&answer->warning[i]);
	if (err != OTP_OK)
		otp_tell_err(err, &answer->why);
	return printed;
}

static enum otp_err
end_for_programs(
    struct otp_output *o, enum otp_err err, bool has_data, const struct otp_answer *answer)
{
	struct otp_envelope e = { .command = o->command, .err = err, .answer = answer,
		.is_dry_run = o->is_dry_run, .has_data = has_data, .is_list = o->is_list,
		.is_streamed = o->is_list && has_data && o->format == OTP_FORMAT_JSON,
		.column = o->column, .n_columns = o->n_columns, .row_columns = o->row_columns,
		.is_chosen = o->is_chosen };
	enum otp_err printed = OTP_OK;

	/* rows that were gathered are as good as streamed ones */
	if (has_data && o->is_list) {
		printed = print_rows(o, &answer->rows);
		if (printed == OTP_OK)
			printed = begin(o);
	}
	otp_envelope_end(&o->json, &e);
	otp_json_newline(&o->json);
	return printed == OTP_OK ? otp_json_end(&o->json) : printed;
}

enum otp_err
otp_output_end(struct otp_output *o, enum otp_err err, struct otp_answer *answer)
{
	bool has_data = err == OTP_OK || err == OTP_ERR_PARTIAL || o->has_begun;
	enum otp_err printed;

	if (o->format == OTP_FORMAT_TABLE || o->format == OTP_FORMAT_CSV)
		printed = end_for_people(o, err, has_data, answer);
	else
		printed = end_for_programs(o, err, has_data, answer);
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		printed = OTP_ERR_SYSTEM;
	if (printed == OTP_OK || err != OTP_OK)
		return err;
	OTP_TELL(&(struct otp_globals){ 0 }, CANNOT_PRINT, OTP_WHY_ERRNO(errno));
	return printed;
}
