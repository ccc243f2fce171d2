/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around every answer in JSON: schema otpadm/1, a promise (etc/schema). */
#ifndef OTP_ENVELOPE_H
#define OTP_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "fields.h"
#include "json.h"
#include "wire.h"

struct otp_envelope {
	const char *command;
	enum otp_err err;
	const struct otp_answer *answer;
	bool is_dry_run;
	bool has_data;		/* otherwise data is empty */
	bool is_streamed;	/* begin was called, and we stand in the array of data's rows */
	bool is_list;
	const enum otp_field *column;	/* of what is not a list */
	size_t n_columns;
	const enum otp_field *row_columns;	/* of rows beside it; NULL: none */
	bool is_chosen;
};
/* Opens the object: schema, command. */
void otp_envelope_begin(struct otp_json *json, const char *command);
/* All of it, or what is missing behind the streamed rows. */
void otp_envelope_end(struct otp_json *json, const struct otp_envelope *e);

#endif
