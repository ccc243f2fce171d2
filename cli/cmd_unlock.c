/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm unlock and recover unlock: a suspension ends, for all who share the token. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "cells.h"
#include "cli.h"
#include "parse.h"
#include "service.h"
#include "tell.h"
#include "text.h"

enum { OPT_SERIAL = 1 };
static struct poptOption options[] = {
	{ "serial", '\0', POPT_ARG_STRING, NULL, OPT_SERIAL, NULL, "SERIAL" },
	POPT_TABLEEND
};

static const enum otp_field columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_SHARERS,
	OTP_FIELD_NONE };
static const enum otp_field row_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_BINDING,
	OTP_FIELD_NONE };

/* Those whom otpd named are whom the request expects: refused if they changed meanwhile. */
static enum otp_err
expect_all(const struct otp_answer *answer, struct otp_fields *to)
{
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	while (err == OTP_OK && otp_fields_next(&answer->fields, &cursor, &view))
		if (view.field == OTP_FIELD_SHARERS)
			err = otp_fields_put_str(to, OTP_FIELD_EXPECT, view.str);
	return err;
}

/* All of them are shown, whether it is asked or not. */
static enum otp_err
show_and_ask(struct otp_cli *cli)
{
	struct otp_bytes sharers = OTP_BYTES_INIT;
	const char *serial = otp_fields_str(&cli->answer.fields, OTP_FIELD_SERIAL);
	char name[4 * OTP_SERIAL_MAX + 1], format[OTP_TELL_MAX];
	enum otp_err err;

	err = otp_cells_person(&cli->answer.fields, OTP_FIELD_SHARERS, &sharers);
	if (err == OTP_OK && (!cli->globals.is_quiet || !cli->globals.is_yes)) {
		(void)OTP_TELL_FORMAT(format, SHOW_SHARERS,
		    otp_text_escape(name, sizeof(name), serial != NULL ? serial : "?",
		    serial != NULL ? strlen(serial) : 1));
		/* the list may be longer than an argument of a message */
		(void)fprintf(stderr, "%s %s\n", format, otp_text_str(&sharers));
	}
	if (err == OTP_OK)
		err = otp_ask(&cli->globals, OTP_TELL_FORMAT(format, ASK_UNLOCK), &cli->answer.why);
	otp_bytes_clear(&sharers);
	return err;
}

static enum otp_err
unlock(struct otp_cli *cli, struct otp_request *request)
{
	enum otp_err err;

	/* who is concerned: asked without any password */
	request->dry_run = true;
	err = otp_service_call(cli, request, NULL, NULL);
	if (err != OTP_OK || cli->globals.is_dry_run)
		return err;
	if (!cli->answer.changed)
		return OTP_OK;
	otp_service_close(cli);
	otp_why_clear(&cli->answer.why);
	err = expect_all(&cli->answer, &request->fields);
	if (err == OTP_OK)
		err = show_and_ask(cli);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	request->dry_run = false;
	if (err == OTP_OK)
		err = otp_service_call(cli, request, NULL, NULL);
	return err;
}

static enum otp_err
run(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	const char *serial = otp_cli_option(cli, OPT_SERIAL), *user = cli->arguments.arg[0];
	enum otp_err err;

	if ((serial == NULL) == (user == NULL))
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "USER", "--serial");
	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, user);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK)
		err = unlock(cli, &request);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
run_recovery(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	if (cli->globals.reason == NULL)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_MISSING, "reason");
	err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = unlock(cli, &request);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_recover_unlock = {
	.name = "recover unlock", .arguments = "SERIAL", .min_args = 1, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = run_recovery,
};

const struct otp_command otp_cmd_unlock = {
	.name = "unlock", .arguments = "USER | --serial SERIAL", .options = options, .max_args = 1,
	.columns = columns, .row_columns = row_columns, .run = run,
};
