/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm account: add, mod, del, list. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "cells.h"
#include "cli.h"
#include "lang.h"
#include "parse.h"
#include "service.h"
#include "table.h"
#include "tell.h"
#include "text.h"

enum { OPT_NAME = 1, OPT_PER_DAY };
static struct poptOption options[] = {
	{ "name", '\0', POPT_ARG_STRING, NULL, OPT_NAME, NULL, "NAME" },
	{ "per-day", '\0', POPT_ARG_STRING, NULL, OPT_PER_DAY, NULL, "AMOUNT" },
	POPT_TABLEEND
};

static const enum otp_field columns[] = { OTP_FIELD_ACCOUNT, OTP_FIELD_NAME, OTP_FIELD_PER_DAY,
	OTP_FIELD_TODAY, OTP_FIELD_CURRENCY, OTP_FIELD_CREATED_AT, OTP_FIELD_NONE };
static const enum otp_field del_columns[] = { OTP_FIELD_ACCOUNT, OTP_FIELD_NONE };
static const enum otp_field use_columns[] = { OTP_FIELD_USER, OTP_FIELD_ID, OTP_FIELD_STATE };
#define N_USES (sizeof(use_columns) / sizeof(use_columns[0]))

static enum otp_err
put_account(const struct otp_cli *cli, struct otp_request *request)
{
	return otp_fields_put_str(&request->fields, OTP_FIELD_ACCOUNT, cli->arguments.arg[0]);
}

/* account add, account mod */
static enum otp_err
write_one(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = put_account(cli, &request);

	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_NAME,
		    otp_cli_option(cli, OPT_NAME));
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_PER_DAY,
		    otp_cli_option(cli, OPT_PER_DAY));
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

/* ---- account del ---- */

/* An otp_client_row: ctx is the table. */
static enum otp_err
add_use(void *ctx, const struct otp_fields *row)
{
	struct otp_bytes cell[N_USES] = { OTP_BYTES_INIT };
	const char *text[N_USES];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < N_USES; i++) {
		err = otp_cells_person(row, use_columns[i], &cell[i]);
		text[i] = otp_text_str(&cell[i]);
	}
	if (err == OTP_OK)
		err = otp_table_add(ctx, text);
	for (size_t i = 0; i < N_USES; i++)
		otp_bytes_clear(&cell[i]);
	return err;
}

/* Who may pay from it, and the transfers that wait for it: shown, whether it is asked or not. */
static enum otp_err
show_uses(struct otp_cli *cli, struct otp_request *request)
{
	const struct otp_verb_info *del = cli->verb;
	const struct otp_globals *g = &cli->globals;
	const char *id = cli->arguments.arg[0];
	char name[4 * OTP_SERIAL_MAX + 1], text[OTP_TELL_MAX];
	struct otp_table table = { .out = stderr, .n_columns = N_USES };
	enum otp_err err;

	for (size_t i = 0; i < N_USES; i++)
		table.heading[i] = otp_lang(otp_field_heading(use_columns[i]));
	cli->verb = otp_verb_info(OTP_VERB_ACCOUNT_USES);
	err = otp_service_call(cli, request, add_use, &table);
	cli->verb = del;
	if (err == OTP_OK && table.n_kept > 0 && (!g->is_quiet || !g->is_yes)) {
		(void)fprintf(stderr, "%s\n", OTP_TELL_FORMAT(text, SHOW_ACCOUNT_USES,
		    otp_text_escape(name, sizeof(name), id, strnlen(id, OTP_SERIAL_MAX))));
		otp_table_end(&table);
	}
	otp_table_clear(&table);
	return err;
}

static enum otp_err
del(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	char text[OTP_TELL_MAX];
	enum otp_err err = put_account(cli, &request);

	if (err == OTP_OK)
		err = show_uses(cli, &request);
	request.dry_run = true;
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK && !cli->globals.is_dry_run) {
		/* which one was shown */
		err = otp_fields_put_str(&request.fields, OTP_FIELD_EXPECT,
		    otp_fields_str(&cli->answer.fields, OTP_FIELD_EXPECT));
		otp_service_close(cli);
		if (err == OTP_OK)
			err = otp_ask(&cli->globals, OTP_TELL_FORMAT(text, ASK_ACCOUNT_DEL),
			    &cli->answer.why);
		if (err == OTP_OK)
			err = otp_service_prove(cli);
		request.dry_run = false;
		if (err == OTP_OK)
			err = otp_service_call(cli, &request, NULL, NULL);
		else
			otp_service_forget_look(cli);
	}
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;

	return otp_service_call(cli, &request, otp_output_row, &cli->output);
}

const struct otp_command otp_cmd_account_add = {
	.name = "account add", .arguments = "ID", .options = options, .min_args = 1, .max_args = 1,
	.columns = columns, .run = write_one,
};

const struct otp_command otp_cmd_account_mod = {
	.name = "account mod", .arguments = "ID", .options = options, .min_args = 1, .max_args = 1,
	.columns = columns, .run = write_one,
};

const struct otp_command otp_cmd_account_del = {
	.name = "account del", .arguments = "ID", .min_args = 1, .max_args = 1,
	.columns = del_columns, .run = del,
};

const struct otp_command otp_cmd_account_list = {
	.name = "account list", .arguments = "", .is_list = true,
	.columns = columns, .run = list,
};
