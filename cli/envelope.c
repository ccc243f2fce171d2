/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around every answer in JSON: schema otpadm/1, a promise (etc/schema). */
#include "config.h"

#include "envelope.h"

#include "cells.h"
#include "lang.h"
#include "tell.h"

void
otp_envelope_begin(struct otp_json *json, const char *command)
{
	otp_json_object(json);
	otp_json_key(json, "schema");
	otp_json_str(json, "otpadm/1");
	otp_json_key(json, "command");
	otp_json_str(json, command);
}

static void
verdict(struct otp_json *json, const struct otp_envelope *e)
{
	otp_json_key(json, "ok");
	otp_json_bool(json, e->err == OTP_OK);
	otp_json_key(json, "changed");
	otp_json_bool(json, e->answer->changed);
	otp_json_key(json, "dry_run");
	otp_json_bool(json, e->is_dry_run);
}

static void
rows_beside(struct otp_json *json, const struct otp_envelope *e)
{
	size_t n = 0;

	while (e->row_columns[n] != OTP_FIELD_NONE)
		n++;
	otp_json_key(json, "rows");
	otp_json_array(json);
	for (size_t i = 0; i < e->answer->rows.n; i++) {
		otp_json_object(json);
		otp_cells_json(json, &e->answer->rows.row[i], e->row_columns, n, false);
		otp_json_object_end(json);
	}
	otp_json_array_end(json);
}

static void
data(struct otp_json *json, const struct otp_envelope *e)
{
	otp_json_key(json, "data");
	otp_json_object(json);
	if (e->has_data && !e->is_list)
		otp_cells_json(json, &e->answer->fields, e->column, e->n_columns, e->is_chosen);
	if (e->has_data && !e->is_list && e->row_columns != NULL && !e->is_chosen)
		rows_beside(json, e);
	if (e->has_data && e->is_list)
		otp_cells_json(json, &e->answer->fields, NULL, 0, false);
	otp_json_object_end(json);
}

static void
rest(struct otp_json *json, const struct otp_envelope *e)
{
	char text[OTP_TELL_MAX];

	otp_json_key(json, "warnings");
	otp_json_array(json);
	for (unsigned i = 0; i < e->answer->n_warnings; i++)
		otp_json_str(json,
		    otp_lang_why(text, sizeof(text), OTP_OK, &e->answer->warning[i]));
	otp_json_array_end(json);
	otp_json_key(json, "error");
	if (e->err == OTP_OK) {
		otp_json_null(json);
	} else {
		otp_json_object(json);
		otp_json_key(json, "code");
		otp_json_str(json, otp_err_code(e->err));
		otp_json_key(json, "exit");
		otp_json_int(json, otp_err_exit(e->err));
		otp_json_key(json, "message");
		otp_json_str(json, otp_lang_why(text, sizeof(text), e->err, &e->answer->why));
		otp_json_key(json, "retryable");
		otp_json_bool(json, otp_err_retryable(e->err));
		otp_json_object_end(json);
	}
	otp_json_key(json, "audit_seq");
	if (e->answer->audit_seq != 0)
		otp_json_uint(json, e->answer->audit_seq);
	else
		otp_json_null(json);
	otp_json_object_end(json);
}

void
otp_envelope_end(struct otp_json *json, const struct otp_envelope *e)
{
	if (e->is_streamed) {
		otp_json_array_end(json);
		otp_cells_json(json, &e->answer->fields, NULL, 0, false);
		otp_json_object_end(json);
		verdict(json, e);
	} else {
		otp_envelope_begin(json, e->command);
		verdict(json, e);
		data(json, e);
	}
	rest(json, e);
}
