/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token: import, list, show. */
#include "config.h"

#include <string.h>

#include "choices.h"
#include "cli.h"
#include "import.h"
#include "service.h"

static const enum otp_field list_columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_TYPE,
	OTP_FIELD_DIGITS, OTP_FIELD_STEP, OTP_FIELD_NOT_AFTER, OTP_FIELD_SUSPENDED_AT,
	OTP_FIELD_SUSPENDED_HOW, OTP_FIELD_SHARERS, OTP_FIELD_NONE };

enum { OPT_SUSPENDED = 1, OPT_STATE };
static struct poptOption list_options[] = {
	{ "suspended", '\0', POPT_ARG_NONE, NULL, OPT_SUSPENDED, NULL, NULL },
	{ "state", '\0', POPT_ARG_STRING, NULL, OPT_STATE, NULL, "STATE" },
	POPT_TABLEEND
};

static const enum otp_field show_columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_TYPE,
	OTP_FIELD_ALGORITHM, OTP_FIELD_DIGITS, OTP_FIELD_STEP, OTP_FIELD_NOT_BEFORE,
	OTP_FIELD_NOT_AFTER, OTP_FIELD_IMPORTED_AT, OTP_FIELD_SUSPENDED_AT, OTP_FIELD_SUSPENDED_HOW,
	OTP_FIELD_SUSPENDED_BY, OTP_FIELD_ORIGIN, OTP_FIELD_CAN_UNLOCK, OTP_FIELD_FAILS,
	OTP_FIELD_FAILS_LEFT, OTP_FIELD_LAST_STEP, OTP_FIELD_COUNTER, OTP_FIELD_DRIFT_LOW_MS,
	OTP_FIELD_DRIFT_HIGH_MS, OTP_FIELD_SHARERS, OTP_FIELD_NONE };
static const enum otp_field sharer_columns[] = { OTP_FIELD_USER, OTP_FIELD_BINDING,
	OTP_FIELD_BOUND_AT, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_FAILS, OTP_FIELD_NONE };

enum { OPT_FORMAT = 1, OPT_REJECTS };
static struct poptOption import_options[] = {
	{ "format", '\0', POPT_ARG_STRING, NULL, OPT_FORMAT, NULL, "FORMAT" },
	{ "rejects", '\0', POPT_ARG_STRING, NULL, OPT_REJECTS, NULL, "FILE" },
	POPT_TABLEEND
};

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;

	if (otp_cli_option(cli, OPT_SUSPENDED) != NULL)
		err = otp_fields_put_bool(&request.fields, OTP_FIELD_SUSPENDED, true);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_STATE,
		    otp_cli_option(cli, OPT_STATE));
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
import(struct otp_cli *cli)
{
	static const char *const formats[] = {
#define X(id, word) [OTP_DELIVERY_##id] = word,
		OTP_DELIVERY_FORMATS(X)
#undef X
	};
	const char *format = otp_cli_option(cli, OPT_FORMAT);
	size_t i = OTP_DELIVERY_AUTO, n = sizeof(formats) / sizeof(formats[0]);

	if (format != NULL)
		for (i = 0; i < n && strcmp(format, formats[i]) != 0; i++)
			;
	if (i == n)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_BAD_VALUE, "format", format);
	return otp_import(cli, cli->arguments.arg[0], (enum otp_delivery_format)i,
	    otp_cli_option(cli, OPT_REJECTS));
}

const struct otp_command otp_cmd_token_list = {
	.name = "token list", .arguments = "", .options = list_options, .is_list = true,
	.columns = list_columns, .run = list,
};

const struct otp_command otp_cmd_token_show = {
	.name = "token show", .arguments = "SERIAL", .min_args = 1, .max_args = 1,
	.columns = show_columns, .row_columns = sharer_columns, .run = show,
};

const struct otp_command otp_cmd_token_import = {
	.name = "token import", .arguments = "FILE | -", .options = import_options, .min_args = 1,
	.max_args = 1, .is_list = true, .columns = otp_import_columns, .run = import,
};
