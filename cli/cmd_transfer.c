/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm transfer: submit, list, show, approve, return, withdraw. */
#include "config.h"

#include "cli.h"
#include "orders.h"
#include "service.h"

static const enum otp_field list_columns[] = { OTP_FIELD_ID, OTP_FIELD_STATE, OTP_FIELD_KIND,
	OTP_FIELD_ACCOUNT, OTP_FIELD_PAYEE, OTP_FIELD_AMOUNT, OTP_FIELD_CURRENCY, OTP_FIELD_DATE,
	OTP_FIELD_MAKER, OTP_FIELD_REFERENCE, OTP_FIELD_APPROVERS, OTP_FIELD_NONE };
static const enum otp_field change_columns[] = { OTP_FIELD_ID, OTP_FIELD_STATE, OTP_FIELD_PAYEE,
	OTP_FIELD_AMOUNT, OTP_FIELD_CURRENCY, OTP_FIELD_APPROVERS, OTP_FIELD_CHANGED,
	OTP_FIELD_NONE };
static const enum otp_field show_columns[] = { OTP_FIELD_ID, OTP_FIELD_STATE, OTP_FIELD_KIND,
	OTP_FIELD_ACCOUNT, OTP_FIELD_PAYEE, OTP_FIELD_AMOUNT, OTP_FIELD_CURRENCY, OTP_FIELD_DATE,
	OTP_FIELD_MAKER, OTP_FIELD_REFERENCE, OTP_FIELD_CREATED_AT, OTP_FIELD_APPROVALS_NEEDED,
	OTP_FIELD_APPROVERS, OTP_FIELD_ENDED_AT, OTP_FIELD_ENDED_BY, OTP_FIELD_REASON,
	OTP_FIELD_DIGEST, OTP_FIELD_NONE };
static const enum otp_field approval_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL,
	OTP_FIELD_APPROVED_AT, OTP_FIELD_NONE };
static const enum otp_field submit_columns[] = { OTP_FIELD_ID, OTP_FIELD_STATE,
	OTP_FIELD_REFERENCE, OTP_FIELD_DATE, OTP_FIELD_NONE };

enum { OPT_KIND = 1, OPT_ACCOUNT, OPT_PAYEE, OPT_AMOUNT, OPT_DATE, OPT_REFERENCE };
static struct poptOption submit_options[] = {
	{ "kind", '\0', POPT_ARG_STRING, NULL, OPT_KIND, NULL, "KIND" },
	{ "account", '\0', POPT_ARG_STRING, NULL, OPT_ACCOUNT, NULL, "ACCOUNT" },
	{ "payee", '\0', POPT_ARG_STRING, NULL, OPT_PAYEE, NULL, "PAYEE" },
	{ "amount", '\0', POPT_ARG_STRING, NULL, OPT_AMOUNT, NULL, "AMOUNT" },
	{ "date", '\0', POPT_ARG_STRING, NULL, OPT_DATE, NULL, "YYYY-MM-DD" },
	{ "reference", '\0', POPT_ARG_STRING, NULL, OPT_REFERENCE, NULL, "REFERENCE" },
	POPT_TABLEEND
};

enum { OPT_STATE = 1 };
static struct poptOption list_options[] = {
	{ "state", '\0', POPT_ARG_STRING, NULL, OPT_STATE, NULL, "STATE" },
	POPT_TABLEEND
};

static enum otp_err
submit(struct otp_cli *cli)
{
	static const struct { int option; enum otp_field field; const char *name; } part[] = {
		{ OPT_KIND, OTP_FIELD_KIND, "kind" }, { OPT_ACCOUNT, OTP_FIELD_ACCOUNT, "account" },
		{ OPT_PAYEE, OTP_FIELD_PAYEE, "payee" }, { OPT_AMOUNT, OTP_FIELD_AMOUNT, "amount" },
		{ OPT_REFERENCE, OTP_FIELD_REFERENCE, "reference" },
		{ OPT_DATE, OTP_FIELD_DATE, NULL },
	};
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(part) / sizeof(part[0]); i++) {
		const char *value = otp_cli_option(cli, part[i].option);

		if (value == NULL && part[i].name != NULL)
			err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_MISSING, part[i].name);
		else
			err = otp_fields_put_str(&request.fields, part[i].field, value);
	}
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_STATE, otp_cli_option(cli, OPT_STATE));
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	int64_t id = 0;
	enum otp_err err;

	err = otp_orders_number(cli, cli->arguments.arg[0], &id);
	if (err == OTP_OK)
		err = otp_fields_put_int(&request.fields, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	otp_request_clear(&request);
	return err;
}

/* What is shown is what is decided on: looked up, shown, asked, proved, sent. */
static enum otp_err
decide(struct otp_cli *cli, bool with_digest, enum otp_message question)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_orders_show(cli, &request, with_digest, question);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
approve(struct otp_cli *cli)
{
	return decide(cli, true, OTP_MESSAGE_ASK_APPROVE);
}

static enum otp_err
give_back(struct otp_cli *cli)
{
	return decide(cli, false, OTP_MESSAGE_ASK_RETURN);
}

static enum otp_err
withdraw(struct otp_cli *cli)
{
	return decide(cli, false, OTP_MESSAGE_ASK_WITHDRAW);
}

const struct otp_command otp_cmd_transfer_submit = {
	.name = "transfer submit", .arguments = "", .options = submit_options,
	.columns = submit_columns, .run = submit,
};

const struct otp_command otp_cmd_transfer_list = {
	.name = "transfer list", .arguments = "", .options = list_options, .is_list = true,
	.columns = list_columns, .run = list,
};

const struct otp_command otp_cmd_transfer_show = {
	.name = "transfer show", .arguments = "ID", .min_args = 1, .max_args = 1,
	.columns = show_columns, .row_columns = approval_columns, .run = show,
};

const struct otp_command otp_cmd_transfer_approve = {
	.name = "transfer approve", .arguments = "ID...", .min_args = 1,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = change_columns, .run = approve,
};

const struct otp_command otp_cmd_transfer_return = {
	.name = "transfer return", .arguments = "ID...", .min_args = 1,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = change_columns, .run = give_back,
};

const struct otp_command otp_cmd_transfer_withdraw = {
	.name = "transfer withdraw", .arguments = "ID...", .min_args = 1,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = change_columns, .run = withdraw,
};
