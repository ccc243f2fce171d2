/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What otpadm prints: rows and fields as a table, JSON, JSON lines or csv, by fields.def alone. */
#ifndef OTP_OUTPUT_H
#define OTP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "fields.h"
#include "globals.h"
#include "json.h"
#include "message.h"
#include "table.h"
#include "wire.h"

/*
 * Secrets (types SECRET and BYTES) are never printed here. Lists are streamed,
 * so their envelope tells at its end how it went.
 */
struct otp_output {
	enum otp_format format;
	const char *command;
	bool is_dry_run, is_list, is_quiet, is_colored;
	enum otp_field column[OTP_TABLE_COLUMNS_MAX];
	size_t n_columns;
	bool is_chosen;			/* by --fields: these and no others */
	const enum otp_field *row_columns;	/* of rows beside a thing; NULL: none */
	bool has_begun;			/* something of the rows stands on stdout already */
	struct otp_json json;
	struct otp_table table;
};

/* columns and row_columns: a command's own, up to NONE, or NULL; --fields goes before. USAGE: a
 * field that is none. */
enum otp_err otp_output_init(struct otp_output *o, const struct otp_globals *g, const char *command,
    bool is_list, const enum otp_field *columns, const enum otp_field *row_columns,
    struct otp_why *why);
void otp_output_clear(struct otp_output *o);

/* An otp_client_row: ctx is the output. */
enum otp_err otp_output_row(void *ctx, const struct otp_fields *row);
/* What has come so far is to be seen now: for lists that go on. SYSTEM where standard output cannot be written. */
enum otp_err otp_output_flush(struct otp_output *o);
/*
 * The rest: the answer's rows and fields (with OK and PARTIAL), warnings, the
 * error. Returns err, or SYSTEM where standard output could not be written.
 */
enum otp_err otp_output_end(struct otp_output *o, enum otp_err err, struct otp_answer *answer);

#endif
