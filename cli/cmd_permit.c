/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm permit: set and clear, which show what is and what will be before they ask; show, list. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "cells.h"
#include "cli.h"
#include "lang.h"
#include "service.h"
#include "table.h"
#include "tell.h"
#include "text.h"

enum { OPT_ALLOW = 1, OPT_DENY, OPT_ACCOUNT, OPT_PER_TRANSFER, OPT_PER_DAY };
static struct poptOption set_options[] = {
	{ "allow", '\0', POPT_ARG_STRING, NULL, OPT_ALLOW | OTP_OPTION_JOINS, NULL, "RIGHT,..." },
	{ "deny", '\0', POPT_ARG_STRING, NULL, OPT_DENY | OTP_OPTION_JOINS, NULL, "RIGHT,..." },
	{ "account", '\0', POPT_ARG_STRING, NULL, OPT_ACCOUNT | OTP_OPTION_JOINS, NULL, "+A|-A,..." },
	{ "per-transfer", '\0', POPT_ARG_STRING, NULL, OPT_PER_TRANSFER, NULL, "AMOUNT" },
	{ "per-day", '\0', POPT_ARG_STRING, NULL, OPT_PER_DAY, NULL, "AMOUNT" },
	POPT_TABLEEND
};
static struct poptOption list_options[] = {
	{ "account", '\0', POPT_ARG_STRING, NULL, OPT_ACCOUNT, NULL, "A" },
	POPT_TABLEEND
};

/* First what a person reads of the result; programs get what it was before, too. */
static const enum otp_field set_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_SERIAL,
	OTP_FIELD_RIGHTS_NEW, OTP_FIELD_ACCOUNTS_NEW, OTP_FIELD_PER_TRANSFER_NEW,
	OTP_FIELD_PER_DAY_NEW, OTP_FIELD_CHANGED, OTP_FIELD_MAIL, OTP_FIELD_STATE,
	OTP_FIELD_RIGHTS_OLD, OTP_FIELD_ACCOUNTS_OLD, OTP_FIELD_PER_TRANSFER_OLD,
	OTP_FIELD_PER_DAY_OLD, OTP_FIELD_CURRENCY, OTP_FIELD_NONE };
#define N_RESULT 8
static const enum otp_field show_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_MAIL,
	OTP_FIELD_STATE, OTP_FIELD_SERIAL, OTP_FIELD_RIGHTS, OTP_FIELD_RIGHTS_WAITING,
	OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_WAITING, OTP_FIELD_PER_TRANSFER,
	OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY, OTP_FIELD_PER_DAY_WAITING,
	OTP_FIELD_CURRENCY, OTP_FIELD_ADOPTED_AT, OTP_FIELD_NONE };
static const enum otp_field list_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_RIGHTS,
	OTP_FIELD_RIGHTS_WAITING, OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_WAITING,
	OTP_FIELD_PER_TRANSFER, OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY,
	OTP_FIELD_PER_DAY_WAITING, OTP_FIELD_CURRENCY, OTP_FIELD_NONE };

/* ---- what was, what will be ---- */

static const struct {
	enum otp_field heading, old, new;
} compared[] = {
	{ OTP_FIELD_RIGHTS, OTP_FIELD_RIGHTS_OLD, OTP_FIELD_RIGHTS_NEW },
	{ OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_OLD, OTP_FIELD_ACCOUNTS_NEW },
	{ OTP_FIELD_PER_TRANSFER, OTP_FIELD_PER_TRANSFER_OLD, OTP_FIELD_PER_TRANSFER_NEW },
	{ OTP_FIELD_PER_DAY, OTP_FIELD_PER_DAY_OLD, OTP_FIELD_PER_DAY_NEW },
};

/* "alice: general, mail alice@example.com, token 1000001": the lists may be longer than a message's argument, this not. */
static enum otp_err
show_person(const struct otp_fields *row)
{
	static const enum otp_field field[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_MAIL,
		OTP_FIELD_SERIAL };
	struct otp_bytes part[4] = { OTP_BYTES_INIT };
	char text[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < 4; i++)
		err = otp_cells_person(row, field[i], &part[i]);
	if (err == OTP_OK)
		(void)fprintf(stderr, "%s\n", OTP_TELL_FORMAT(text, SHOW_PERSON,
		    otp_text_str(&part[0]), otp_text_str(&part[1]), otp_text_str(&part[2]),
		    otp_text_str(&part[3])));
	for (size_t i = 0; i < 4; i++)
		otp_bytes_clear(&part[i]);
	return err;
}

static enum otp_err
show_one(const struct otp_fields *row)
{
	struct otp_table table = { .out = stderr, .n_columns = 3, .heading = { "",
		otp_lang(otp_message_text(OTP_MESSAGE_SHOW_NOW)),
		otp_lang(otp_message_text(OTP_MESSAGE_SHOW_THEN)) } };
	enum otp_err err = show_person(row);

	for (size_t i = 0; err == OTP_OK && i < sizeof(compared) / sizeof(compared[0]); i++) {
		struct otp_bytes old = OTP_BYTES_INIT, new = OTP_BYTES_INIT;

		err = otp_cells_person(row, compared[i].old, &old);
		if (err == OTP_OK)
			err = otp_cells_person(row, compared[i].new, &new);
		if (err == OTP_OK)
			err = otp_table_add(&table, (const char *const[]){
			    otp_lang(otp_field_heading(compared[i].heading)), otp_text_str(&old),
			    otp_text_str(&new) });
		otp_bytes_clear(&old);
		otp_bytes_clear(&new);
	}
	otp_table_end(&table);
	otp_table_clear(&table);
	return err;
}

/* All of it is shown, whether it is asked or not; and what was shown is what the request expects. */
static enum otp_err
show_all(struct otp_cli *cli, struct otp_request *request)
{
	const struct otp_rows *rows = &cli->answer.rows;
	bool is_silent = cli->globals.is_quiet && cli->globals.is_yes;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < rows->n; i++) {
		if (!is_silent)
			err = show_one(&rows->row[i]);
		if (err == OTP_OK)
			err = otp_fields_put_str(&request->fields, OTP_FIELD_EXPECT,
			    otp_fields_str(&rows->row[i], OTP_FIELD_EXPECT));
	}
	return err;
}

/* ---- set, clear ---- */

static enum otp_err
execute(struct otp_cli *cli, struct otp_request *request)
{
	char text[OTP_TELL_MAX];
	enum otp_err err;

	request->dry_run = true;
	err = otp_service_call(cli, request, NULL, NULL);
	if (err == OTP_OK)
		err = show_all(cli, request);
	if (err != OTP_OK || cli->globals.is_dry_run || !cli->answer.changed)
		return err;
	otp_service_close(cli);
	otp_why_clear(&cli->answer.why);
	err = otp_ask(&cli->globals, OTP_TELL_FORMAT(text, ASK_PERMIT), &cli->answer.why);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	request->dry_run = false;
	if (err == OTP_OK)
		return otp_service_call(cli, request, NULL, NULL);
	otp_service_forget_look(cli);
	return err;
}

/* "a,b" as two values of a list. */
static enum otp_err
put_list(struct otp_cli *cli, int option, const char *name, enum otp_field field,
    struct otp_request *request)
{
	const char *text = otp_cli_option(cli, option);
	char one[256];
	enum otp_err err = OTP_OK;

	for (const char *p = text; err == OTP_OK && p != NULL;) {
		size_t n = strcspn(p, ",");

		if (n == 0 || n >= sizeof(one))
			return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_BAD_VALUE, name, text);
		memcpy(one, p, n);
		one[n] = '\0';
		err = otp_fields_put_str(&request->fields, field, one);
		p = p[n] == ',' ? p + n + 1 : NULL;
	}
	return err;
}

static enum otp_err
put_options(struct otp_cli *cli, struct otp_request *request)
{
	enum otp_err err;

	err = put_list(cli, OPT_ALLOW, "allow", OTP_FIELD_ALLOW, request);
	if (err == OTP_OK)
		err = put_list(cli, OPT_DENY, "deny", OTP_FIELD_DENY, request);
	if (err == OTP_OK)
		err = put_list(cli, OPT_ACCOUNT, "account", OTP_FIELD_ACCOUNTS, request);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request->fields, OTP_FIELD_PER_TRANSFER,
		    otp_cli_option(cli, OPT_PER_TRANSFER));
	if (err == OTP_OK)
		err = otp_fields_put_str(&request->fields, OTP_FIELD_PER_DAY,
		    otp_cli_option(cli, OPT_PER_DAY));
	return err;
}

static enum otp_err
change(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;

	if (cli->globals.format == OTP_FORMAT_TABLE && !cli->output.is_chosen)
		cli->output.n_columns = N_RESULT;
	for (size_t i = 0; err == OTP_OK && i < cli->arguments.n_args; i++)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_USERS, cli->arguments.arg[i]);
	if (err == OTP_OK && cli->verb->verb == OTP_VERB_PERMIT_SET)
		err = put_options(cli, &request);
	if (err == OTP_OK)
		err = execute(cli, &request);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

/* ---- show, list ---- */

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_ACCOUNT,
	    otp_cli_option(cli, OPT_ACCOUNT));
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_permit_set = {
	.name = "permit set", .arguments = "USER...", .options = set_options, .min_args = 1,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = set_columns, .run = change,
};

const struct otp_command otp_cmd_permit_clear = {
	.name = "permit clear", .arguments = "USER...", .min_args = 1,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = set_columns, .run = change,
};

const struct otp_command otp_cmd_permit_show = {
	.name = "permit show", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = show_columns, .run = show,
};

const struct otp_command otp_cmd_permit_list = {
	.name = "permit list", .arguments = "", .options = list_options, .is_list = true,
	.columns = list_columns, .run = list,
};
