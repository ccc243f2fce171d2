/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm user: show, list, open-registration, mod, disable, enable (add: cmd_user_add.c, del: cmd_revoke.c). */
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
	OTP_FIELD_ADOPTED_AT, OTP_FIELD_CREATED_AT, OTP_FIELD_WORD_UNTIL, OTP_FIELD_RESET_AT,
	OTP_FIELD_REVOKED_AT, OTP_FIELD_NONE };
static const enum otp_field open_columns[] = { OTP_FIELD_USER, OTP_FIELD_OPEN_UNTIL,
	OTP_FIELD_NONE };

static const enum otp_field mod_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_MAIL,
	OTP_FIELD_LANGUAGE, OTP_FIELD_NONE };
static const enum otp_field switch_columns[] = { OTP_FIELD_USER, OTP_FIELD_ENABLED,
	OTP_FIELD_NONE };

enum { OPT_ROLE = 1, OPT_SERIAL, OPT_UNREGISTERED, OPT_MAIL, OPT_LANGUAGE };
static struct poptOption list_options[] = {
	{ "role", '\0', POPT_ARG_STRING, NULL, OPT_ROLE, NULL, "ROLE" },
	{ "serial", '\0', POPT_ARG_STRING, NULL, OPT_SERIAL, NULL, "SERIAL" },
	{ "unregistered", '\0', POPT_ARG_NONE, NULL, OPT_UNREGISTERED, NULL, NULL },
	POPT_TABLEEND
};

static struct poptOption mod_options[] = {
	{ "role", '\0', POPT_ARG_STRING, NULL, OPT_ROLE, NULL, "ROLE" },
	{ "mail", '\0', POPT_ARG_STRING, NULL, OPT_MAIL, NULL, "ADDRESS" },
	{ "language", '\0', POPT_ARG_STRING, NULL, OPT_LANGUAGE, NULL, "LANGUAGE" },
	POPT_TABLEEND
};

/* The request names the one user; what else it needs is there. */
static enum otp_err
send_named(struct otp_cli *cli, struct otp_request *request)
{
	enum otp_err err;

	err = otp_fields_put_str(&request->fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, request, NULL, NULL);
	if (err == OTP_OK && (cli->verb->flags & OTP_FLAG_CHANGES) != 0)
		otp_service_tell(cli);
	return err;
}

/* Verbs that name one user and nothing else. */
static enum otp_err
call_with_user(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = send_named(cli, &request);

	otp_request_clear(&request);
	return err;
}

static enum otp_err
modify(struct otp_cli *cli)
{
	static const struct {
		int option;
		enum otp_field field;
	} parts[] = { { OPT_ROLE, OTP_FIELD_ROLE }, { OPT_MAIL, OTP_FIELD_MAIL },
		{ OPT_LANGUAGE, OTP_FIELD_LANGUAGE } };
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;
	bool is_any = false;

	for (size_t i = 0; err == OTP_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *value = otp_cli_option(cli, parts[i].option);

		is_any = is_any || value != NULL;
		err = otp_fields_put_str(&request.fields, parts[i].field, value);
	}
	if (err == OTP_OK && !is_any)
		err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "--role",
		    "--mail, --language");
	if (err == OTP_OK)
		err = send_named(cli, &request);
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

const struct otp_command otp_cmd_user_mod = {
	.name = "user mod", .arguments = "USER", .options = mod_options, .min_args = 1,
	.max_args = 1, .columns = mod_columns, .run = modify,
};

const struct otp_command otp_cmd_user_disable = {
	.name = "user disable", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = switch_columns, .run = call_with_user,
};

const struct otp_command otp_cmd_user_enable = {
	.name = "user enable", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = switch_columns, .run = call_with_user,
};
