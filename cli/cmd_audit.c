/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm audit: show (and follow), export, head, verify. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "follow.h"
#include "parse.h"
#include "service.h"
#include "source.h"
#include "text.h"

#define HEAD_FILE_MAX 8000	/* a head, or a log's line with one */

static const enum otp_field show_columns[] = { OTP_FIELD_SEQ, OTP_FIELD_TIME, OTP_FIELD_ACTOR,
	OTP_FIELD_LOGIN_USER, OTP_FIELD_VERB, OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_SERVICE,
	OTP_FIELD_RESULT, OTP_FIELD_COUNT, OTP_FIELD_DETAILS, OTP_FIELD_NONE };
static const enum otp_field export_columns[] = { OTP_FIELD_SEQ, OTP_FIELD_TIME, OTP_FIELD_ACTOR,
	OTP_FIELD_LOGIN_USER, OTP_FIELD_UID, OTP_FIELD_VERB, OTP_FIELD_USER, OTP_FIELD_SERIAL,
	OTP_FIELD_SERVICE, OTP_FIELD_RESULT, OTP_FIELD_COUNT, OTP_FIELD_DETAILS,
	OTP_FIELD_GENERATION, OTP_FIELD_MAC, OTP_FIELD_NONE };
static const enum otp_field verify_columns[] = { OTP_FIELD_TEXT, OTP_FIELD_FIRST_SEQ,
	OTP_FIELD_LAST_SEQ, OTP_FIELD_RECORDS, OTP_FIELD_GENERATION, OTP_FIELD_MAC,
	OTP_FIELD_NONE };
static const enum otp_field head_columns[] = { OTP_FIELD_SEQ, OTP_FIELD_GENERATION, OTP_FIELD_MAC,
	OTP_FIELD_TIME, OTP_FIELD_HEAD, OTP_FIELD_NONE };

enum { OPT_USER = 1, OPT_TOKEN, OPT_VERB, OPT_RESULT, OPT_SINCE, OPT_UNTIL, OPT_FOLLOW };
static struct poptOption show_options[] = {
	{ "user", '\0', POPT_ARG_STRING, NULL, OPT_USER, NULL, "USER" },
	{ "token", '\0', POPT_ARG_STRING, NULL, OPT_TOKEN, NULL, "SERIAL" },
	{ "verb", '\0', POPT_ARG_STRING, NULL, OPT_VERB, NULL, "COMMAND" },
	{ "result", '\0', POPT_ARG_STRING, NULL, OPT_RESULT, NULL, "RESULT" },
	{ "since", '\0', POPT_ARG_STRING, NULL, OPT_SINCE, NULL, "TIME" },
	{ "until", '\0', POPT_ARG_STRING, NULL, OPT_UNTIL, NULL, "TIME" },
	{ "follow", '\0', POPT_ARG_NONE, NULL, OPT_FOLLOW, NULL, NULL },
	POPT_TABLEEND
};
enum { OPT_HEAD = 1 };
static struct poptOption verify_options[] = {
	{ "head", '\0', POPT_ARG_STRING, NULL, OPT_HEAD, NULL, "FILE" },
	POPT_TABLEEND
};
enum { OPT_FROM = 1 };
static struct poptOption export_options[] = {
	{ "from", '\0', POPT_ARG_STRING, NULL, OPT_FROM, NULL, "SEQ" },
	POPT_TABLEEND
};

/* ---- show ---- */

static enum otp_err
put_filters(struct otp_cli *cli, struct otp_fields *fields)
{
	static const struct { int option; enum otp_field field; } filters[] = {
		{ OPT_USER, OTP_FIELD_USER }, { OPT_TOKEN, OTP_FIELD_SERIAL },
		{ OPT_VERB, OTP_FIELD_VERB }, { OPT_RESULT, OTP_FIELD_RESULT },
		{ OPT_SINCE, OTP_FIELD_SINCE }, { OPT_UNTIL, OTP_FIELD_UNTIL },
	};
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(filters) / sizeof(filters[0]); i++)
		err = otp_fields_put_str(fields, filters[i].field,
		    otp_cli_option(cli, filters[i].option));
	return err;
}

static enum otp_err
show(struct otp_cli *cli)
{
	const bool is_followed = otp_cli_option(cli, OPT_FOLLOW) != NULL;
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_why *why = &cli->answer.why;
	enum otp_err err;

	/* a document in JSON ends; an audit that is followed does not */
	if (is_followed && cli->globals.format == OTP_FORMAT_JSON)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTIONS_EXCLUDE, "--follow", "-o json");
	if (is_followed && otp_cli_option(cli, OPT_UNTIL) != NULL)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTIONS_EXCLUDE, "--follow", "--until");
	if (is_followed && cli->conf.socket[0] == '\0')
		return OTP_WHY(why, OTP_ERR_USAGE, FOLLOW_NEEDS_SERVICE);
	err = put_filters(cli, &request.fields);
	if (err == OTP_OK && is_followed)
		err = otp_follow(cli, &request.fields);
	else if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_audit_show = {
	.name = "audit show", .arguments = "", .options = show_options, .is_list = true,
	.columns = show_columns, .run = show,
};

/* ---- export ---- */

static enum otp_err
export(struct otp_cli *cli)
{
	const char *from = otp_cli_option(cli, OPT_FROM);
	struct otp_request request = OTP_REQUEST_INIT;
	int64_t seq = 1;
	enum otp_err err;

	/* for another system: a table would be of no use to it */
	if (cli->output.format == OTP_FORMAT_TABLE)
		cli->output.format = OTP_FORMAT_JSONL;
	if (from != NULL && otp_parse_i64(from, 1, INT64_MAX, &seq) != OTP_OK)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_BAD_VALUE, "from", from);
	err = otp_fields_put_int(&request.fields, OTP_FIELD_FROM_SEQ, seq);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_audit_export = {
	.name = "audit export", .arguments = "", .options = export_options, .is_list = true,
	.columns = export_columns, .run = export,
};

/* ---- head ---- */

/* The text is for a file: nothing before, behind or beside it. */
static enum otp_err
print_head(struct otp_cli *cli)
{
	const char *text = otp_fields_str(&cli->answer.fields, OTP_FIELD_HEAD);

	for (const char *p = text; p != NULL && *p != '\0'; p++)
		if ((*p < ' ' && *p != '\n') || *p > '~')
			text = NULL;
	if (text == NULL)
		return OTP_ERR_BAD_INPUT;
	(void)fputs(text, stdout);
	otp_fields_clear(&cli->answer.fields);
	return OTP_OK;
}

static enum otp_err
head(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = otp_service_call(cli, &request, NULL, NULL);

	if (err == OTP_OK && cli->globals.format == OTP_FORMAT_TABLE && cli->globals.fields == NULL)
		err = print_head(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_audit_head = {
	.name = "audit head", .arguments = "", .columns = head_columns, .run = head,
};

/* ---- verify ---- */

static enum otp_err
put_head(struct otp_cli *cli, const char *path, struct otp_fields *fields)
{
	struct otp_bytes content = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_source_read(cli, path, HEAD_FILE_MAX, &content);
	if (err == OTP_OK && (memchr(content.data != NULL ? content.data : (const uint8_t *)"", '\0',
	    content.len) != NULL || !otp_text_is_utf8((const char *)content.data, content.len)))
		err = OTP_WHY(&cli->answer.why, OTP_ERR_BAD_INPUT, HEAD_NONE);
	if (err == OTP_OK)
		err = otp_bytes_append(&content, "", 1);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_HEAD, (const char *)content.data);
	otp_bytes_clear(&content);
	return err;
}

static enum otp_err
verify(struct otp_cli *cli)
{
	const char *path = otp_cli_option(cli, OPT_HEAD);
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;

	if (path != NULL)
		err = put_head(cli, path, &request.fields);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		err = otp_service_take_text(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_audit_verify = {
	.name = "audit verify", .arguments = "", .options = verify_options, .columns = verify_columns,
	.run = verify,
};
