/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm user: show, list, open-registration (user add stands in cmd_user_add.c). */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field list_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_STATE,
	OTP_FIELD_SERIAL, OTP_FIELD_REGISTRATION, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_MAIL,
	OTP_FIELD_NONE };
static const enum otp_field show_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_STATE,
	OTP_FIELD_BINDING, OTP_FIELD_SERIAL, OTP_FIELD_SHARERS, OTP_FIELD_REGISTRATION,
	OTP_FIELD_OPEN_FROM, OTP_FIELD_OPEN_UNTIL, OTP_FIELD_BOUND_AT, OTP_FIELD_LAST_SUCCESS,
	OTP_FIELD_EXPIRES, OTP_FIELD_FAILS, OTP_FIELD_MAIL, OTP_FIELD_LANGUAGE, OTP_FIELD_ENABLED,
	OTP_FIELD_ABLE, OTP_FIELD_HAS_PASSWORD, OTP_FIELD_RIGHTS, OTP_FIELD_RIGHTS_WAITING,
	OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_WAITING, OTP_FIELD_PER_TRANSFER,
	OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY, OTP_FIELD_PER_DAY_WAITING,
	OTP_FIELD_CURRENCY, OTP_FIELD_ADOPTED_AT, OTP_FIELD_CREATED_AT, OTP_FIELD_NONE };
static const enum otp_field open_columns[] = { OTP_FIELD_USER, OTP_FIELD_OPEN_UNTIL,
	OTP_FIELD_NONE };

enum { OPT_ROLE = 1, OPT_SERIAL, OPT_UNREGISTERED };
static struct poptOption list_options[] = {
	{ "role", '\0', POPT_ARG_STRING, NULL, OPT_ROLE, NULL, "ROLE" },
	{ "serial", '\0', POPT_ARG_STRING, NULL, OPT_SERIAL, NULL, "SERIAL" },
	{ "unregistered", '\0', POPT_ARG_NONE, NULL, OPT_UNREGISTERED, NULL, NULL },
	POPT_TABLEEND
};

/* Verbs that name one user and nothing else. */
static enum otp_err
call_with_user(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK && (cli->verb->flags & OTP_FLAG_CHANGES) != 0)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_ROLE, otp_cli_option(cli, OPT_ROLE));
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL,
		    otp_cli_option(cli, OPT_SERIAL));
	if (err == OTP_OK && otp_cli_option(cli, OPT_UNREGISTERED) != NULL)
		err = otp_fields_put_bool(&request.fields, OTP_FIELD_UNREGISTERED, true);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_user_show = {
	.name = "user show", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = show_columns, .run = call_with_user,
};

const struct otp_command otp_cmd_user_open = {
	.name = "user open-registration", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = open_columns, .run = call_with_user,
};

const struct otp_command otp_cmd_user_list = {
	.name = "user list", .arguments = "", .options = list_options, .is_list = true,
	.columns = list_columns, .run = list,
};
