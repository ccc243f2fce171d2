/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token suspend, retire, lost, replace: all who share it are shown, and it is asked. */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "concerned.h"
#include "service.h"

static const enum otp_field columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_SHARERS,
	OTP_FIELD_NONE };
static const enum otp_field replace_columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE,
	OTP_FIELD_REPLACES, OTP_FIELD_ORIGIN, OTP_FIELD_SHARERS, OTP_FIELD_NONE };
static const enum otp_field row_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_BINDING,
	OTP_FIELD_NONE };

/* Final for others, a report where the operator shares it: otpd has said which. */
static void
look_lost(const struct otp_answer *answer, struct otp_concerned *say)
{
	const char *state = otp_fields_str(&answer->fields, OTP_FIELD_STATE);

	if (state != NULL && strcmp(state, "suspended") == 0)
		say->question = OTP_MESSAGE_ASK_REPORT;
}

static enum otp_err
change(struct otp_cli *cli, enum otp_message heading, enum otp_message question,
    void (*look)(const struct otp_answer *answer, struct otp_concerned *say))
{
	struct otp_request request = OTP_REQUEST_INIT;
	const char *serial = cli->arguments.arg[0], *new_serial = cli->arguments.arg[1];
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_NEW_SERIAL, new_serial);
	if (err == OTP_OK)
		err = otp_concerned_change(
		    cli, &request, (struct otp_concerned){ heading, question }, look);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
suspend(struct otp_cli *cli)
{
	return change(cli, OTP_MESSAGE_SHOW_USERS_OF, OTP_MESSAGE_ASK_SUSPEND, NULL);
}

static enum otp_err
retire(struct otp_cli *cli)
{
	return change(cli, OTP_MESSAGE_SHOW_USERS_OF, OTP_MESSAGE_ASK_RETIRE, NULL);
}

static enum otp_err
report(struct otp_cli *cli)
{
	return change(cli, OTP_MESSAGE_SHOW_USERS_OF, OTP_MESSAGE_ASK_REPORT, NULL);
}

/* Without a serial number it is one's own. */
static enum otp_err
lost(struct otp_cli *cli)
{
	if (cli->arguments.n_args == 0) {
		cli->verb = otp_verb_info(OTP_VERB_TOKEN_REPORT);
		return report(cli);
	}
	return change(cli, OTP_MESSAGE_SHOW_USERS_OF, OTP_MESSAGE_ASK_LOST, look_lost);
}

static enum otp_err
replace(struct otp_cli *cli)
{
	return change(cli, OTP_MESSAGE_SHOW_NEXT_OF, OTP_MESSAGE_ASK_REPLACE, NULL);
}

const struct otp_command otp_cmd_token_suspend = {
	.name = "token suspend", .arguments = "SERIAL", .min_args = 1, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = suspend,
};

const struct otp_command otp_cmd_token_retire = {
	.name = "token retire", .arguments = "SERIAL", .min_args = 1, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = retire,
};

const struct otp_command otp_cmd_token_lost = {
	.name = "token lost", .arguments = "[SERIAL]", .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = lost,
};

const struct otp_command otp_cmd_token_report = {
	.name = "token report-lost", .arguments = "",
	.columns = columns, .row_columns = row_columns, .run = report,
};

const struct otp_command otp_cmd_token_replace = {
	.name = "token replace", .arguments = "OLD NEW", .min_args = 2, .max_args = 2,
	.columns = replace_columns, .row_columns = row_columns, .run = replace,
};
