/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm revoke, user del: what takes tokens away shows whose, and who keeps them, and asks. */
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

static const enum otp_field revoke_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_CHANGED,
	OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_BINDING, OTP_FIELD_SHARERS,
	OTP_FIELD_OPEN_FROM, OTP_FIELD_OPEN_UNTIL, OTP_FIELD_NONE };
static const enum otp_field del_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_CHANGED,
	OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_BINDING, OTP_FIELD_SHARERS, OTP_FIELD_NONE };

/* What otpd named is what the request expects, in this order: refused if it changed meanwhile. */
static enum otp_err
expect_row(const struct otp_fields *row, struct otp_fields *to)
{
	static const enum otp_field parts[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_SERIAL };
	struct otp_bytes first = OTP_BYTES_INIT;
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	for (size_t i = 0; err == OTP_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = otp_fields_str(row, parts[i]);

		if (i > 0)
			err = otp_text_put(&first, "/");
		if (err == OTP_OK)
			err = otp_text_put(&first, text != NULL ? text : "");
	}
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_EXPECT, otp_text_str(&first));
	while (err == OTP_OK && otp_fields_next(row, &cursor, &view))
		if (view.field == OTP_FIELD_SHARERS)
			err = otp_fields_put_str(to, OTP_FIELD_EXPECT, view.str);
	otp_bytes_clear(&first);
	return err;
}

/* "alice (general), token 1 (active); others who keep it: bob" */
static enum otp_err
show_row(const struct otp_fields *row)
{
	static const enum otp_field parts[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_SERIAL,
		OTP_FIELD_STATE };
	struct otp_bytes text[4] = { OTP_BYTES_INIT }, others = OTP_BYTES_INIT;
	char line[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < 4; i++)
		err = otp_cells_person(row, parts[i], &text[i]);
	if (err == OTP_OK)
		err = otp_cells_person(row, OTP_FIELD_SHARERS, &others);
	if (err == OTP_OK && otp_fields_has(row, OTP_FIELD_SERIAL))
		/* the list may be longer than an argument of a message */
		(void)fprintf(stderr, "%s %s\n", OTP_TELL_FORMAT(line, SHOW_HOLDER,
		    otp_text_str(&text[0]), otp_text_str(&text[1]), otp_text_str(&text[2]),
		    otp_text_str(&text[3])), otp_text_str(&others));
	else if (err == OTP_OK)
		(void)fprintf(stderr, "%s\n", OTP_TELL_FORMAT(line, SHOW_NO_TOKEN,
		    otp_text_str(&text[0]), otp_text_str(&text[1])));
	for (size_t i = 0; i < 4; i++)
		otp_bytes_clear(&text[i]);
	otp_bytes_clear(&others);
	return err;
}

/* All of them are shown, whether it is asked or not. */
static enum otp_err
show_and_ask(struct otp_cli *cli, const char *question)
{
	const struct otp_rows *rows = &cli->answer.rows;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		if (!cli->globals.is_quiet || !cli->globals.is_yes)
			err = show_row(&rows->row[i]);
	if (err == OTP_OK)
		err = otp_ask(&cli->globals, question, &cli->answer.why);
	return err;
}

static enum otp_err
take_away(struct otp_cli *cli, struct otp_request *request, const char *question)
{
	enum otp_err err;

	/* who is concerned: asked without any password */
	request->dry_run = true;
	err = otp_service_call(cli, request, NULL, NULL);
	if (err != OTP_OK || cli->globals.is_dry_run || !cli->answer.changed)
		return err;
	otp_service_close(cli);
	otp_why_clear(&cli->answer.why);
	for (size_t i = 0; err == OTP_OK && i < cli->answer.rows.n; i++)
		err = expect_row(&cli->answer.rows.row[i], &request->fields);
	if (err == OTP_OK)
		err = show_and_ask(cli, question);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	request->dry_run = false;
	if (err == OTP_OK)
		return otp_service_call(cli, request, NULL, NULL);
	otp_service_forget_look(cli);
	return err;
}

static enum otp_err
revoke(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	char question[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < cli->arguments.n_args; i++)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_USERS, cli->arguments.arg[i]);
	if (err == OTP_OK)
		err = take_away(cli, &request, OTP_TELL_FORMAT(question, ASK_REVOKE));
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
delete(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	const char *user = cli->arguments.arg[0];
	char name[4 * OTP_NAME_MAX + 1], question[OTP_TELL_MAX];
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, user);
	if (err == OTP_OK)
		err = take_away(cli, &request, OTP_TELL_FORMAT(question, ASK_DELETE,
		    otp_text_escape(name, sizeof(name), user, strlen(user))));
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_revoke = {
	.name = "revoke", .arguments = "USER...", .min_args = 1, .max_args = OTP_ARGUMENTS_MAX,
	.is_list = true, .columns = revoke_columns, .run = revoke,
};

const struct otp_command otp_cmd_user_del = {
	.name = "user del", .arguments = "USER", .min_args = 1, .max_args = 1,
	.is_list = true, .columns = del_columns, .run = delete,
};
