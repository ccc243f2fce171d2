/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm unlock and recover unlock: a suspension ends, for all who share the token. */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "concerned.h"
#include "service.h"

enum { OPT_SERIAL = 1 };
static struct poptOption options[] = {
	{ "serial", '\0', POPT_ARG_STRING, NULL, OPT_SERIAL, NULL, "SERIAL" },
	POPT_TABLEEND
};

static const enum otp_field columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_SUSPENDED_HOW,
	OTP_FIELD_SUSPENDED_BY, OTP_FIELD_SHARERS, OTP_FIELD_NONE };
static const enum otp_field row_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_BINDING,
	OTP_FIELD_NONE };

/* A report is another thing than a slip: whoever lifts it should know. */
static void
look(const struct otp_answer *answer, struct otp_concerned *say)
{
	const char *how = otp_fields_str(&answer->fields, OTP_FIELD_SUSPENDED_HOW);

	if (how != NULL && strcmp(how, "reported") == 0)
		say->heading = OTP_MESSAGE_SHOW_REPORTED;
	else if (how != NULL && strcmp(how, "by-hand") == 0)
		say->heading = OTP_MESSAGE_SHOW_BY_HAND;
}

static enum otp_err
run(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	const bool is_recovery = cli->command == &otp_cmd_recover_unlock;
	const char *serial = is_recovery ? cli->arguments.arg[0] : otp_cli_option(cli, OPT_SERIAL);
	const char *user = is_recovery ? NULL : cli->arguments.arg[0];
	enum otp_err err;

	if (is_recovery && cli->globals.reason == NULL)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_MISSING, "reason");
	if ((serial == NULL) == (user == NULL))
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "USER", "--serial");
	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, user);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK)
		err = otp_concerned_change(cli, &request, (struct otp_concerned){
		    OTP_MESSAGE_SHOW_SHARERS, OTP_MESSAGE_ASK_UNLOCK }, look);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_recover_unlock = {
	.name = "recover unlock", .arguments = "SERIAL", .min_args = 1, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = run,
};

const struct otp_command otp_cmd_unlock = {
	.name = "unlock", .arguments = "USER | --serial SERIAL", .options = options, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = run,
};
