/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm report: what there is to look after, for people and for cron. */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field activity_columns[] = { OTP_FIELD_USER, OTP_FIELD_LOGINS,
	OTP_FIELD_FAILURES, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_NONE };
static const enum otp_field failures_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL,
	OTP_FIELD_STATE, OTP_FIELD_FAILS, OTP_FIELD_FAILURES, OTP_FIELD_FAILS_LEFT,
	OTP_FIELD_SUSPENDED_AT, OTP_FIELD_SUSPENDED_BY, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_NONE };
static const enum otp_field expiring_columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE,
	OTP_FIELD_NOT_AFTER, OTP_FIELD_SHARERS, OTP_FIELD_NONE };
static const enum otp_field unused_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_STATE,
	OTP_FIELD_BINDING, OTP_FIELD_BOUND_AT, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_IMPORTED_AT,
	OTP_FIELD_NONE };
static const enum otp_field drift_columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE,
	OTP_FIELD_DRIFT_LOW_MS, OTP_FIELD_DRIFT_HIGH_MS, OTP_FIELD_WIDTH_MS, OTP_FIELD_LAST_SUCCESS,
	OTP_FIELD_SHARERS, OTP_FIELD_NONE };
static const enum otp_field roles_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_STATE,
	OTP_FIELD_ENABLED, OTP_FIELD_ABLE, OTP_FIELD_HAS_PASSWORD, OTP_FIELD_SERIAL,
	OTP_FIELD_RIGHTS, OTP_FIELD_RIGHTS_WAITING, OTP_FIELD_NONE };

static const enum otp_field limits_columns[] = { OTP_FIELD_TYPE, OTP_FIELD_USER, OTP_FIELD_ACCOUNT,
	OTP_FIELD_PER_TRANSFER, OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY,
	OTP_FIELD_PER_DAY_WAITING, OTP_FIELD_TODAY, OTP_FIELD_CURRENCY, OTP_FIELD_NONE };

enum { OPT_USER = 1, OPT_SINCE, OPT_UNTIL, OPT_WITHIN };
static struct poptOption period_options[] = {
	{ "user", '\0', POPT_ARG_STRING, NULL, OPT_USER, NULL, "USER" },
	{ "since", '\0', POPT_ARG_STRING, NULL, OPT_SINCE, NULL, "TIME" },
	{ "until", '\0', POPT_ARG_STRING, NULL, OPT_UNTIL, NULL, "TIME" },
	POPT_TABLEEND
};
static struct poptOption user_options[] = {
	{ "user", '\0', POPT_ARG_STRING, NULL, OPT_USER, NULL, "USER" },
	POPT_TABLEEND
};
static struct poptOption within_options[] = {
	{ "within", '\0', POPT_ARG_STRING, NULL, OPT_WITHIN, NULL, "DURATION" },
	POPT_TABLEEND
};

/* All of them: options that are not in a command's table are not given. */
static enum otp_err
run(struct otp_cli *cli)
{
	static const struct { int option; enum otp_field field; } options[] = {
		{ OPT_USER, OTP_FIELD_USER }, { OPT_SINCE, OTP_FIELD_SINCE },
		{ OPT_UNTIL, OTP_FIELD_UNTIL }, { OPT_WITHIN, OTP_FIELD_WITHIN },
	};
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(options) / sizeof(options[0]); i++)
		err = otp_fields_put_str(&request.fields, options[i].field,
		    otp_cli_option(cli, options[i].option));
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, otp_output_row, &cli->output);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_report_activity = {
	.name = "report activity", .arguments = "", .options = period_options, .is_list = true,
	.columns = activity_columns, .run = run,
};

const struct otp_command otp_cmd_report_failures = {
	.name = "report failures", .arguments = "", .options = user_options, .is_list = true,
	.columns = failures_columns, .run = run,
};

const struct otp_command otp_cmd_report_expiring = {
	.name = "report expiring", .arguments = "", .options = within_options, .is_list = true,
	.columns = expiring_columns, .run = run,
};

const struct otp_command otp_cmd_report_unused = {
	.name = "report unused", .arguments = "", .options = within_options, .is_list = true,
	.columns = unused_columns, .run = run,
};

const struct otp_command otp_cmd_report_drift = {
	.name = "report drift", .arguments = "", .is_list = true, .columns = drift_columns, .run = run,
};

const struct otp_command otp_cmd_report_limits = {
	.name = "report limits", .arguments = "", .options = user_options, .is_list = true,
	.columns = limits_columns, .run = run,
};

const struct otp_command otp_cmd_report_roles = {
	.name = "report roles", .arguments = "", .options = user_options, .is_list = true,
	.columns = roles_columns, .run = run,
};
