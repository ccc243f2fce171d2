/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command of otpadm says of itself, and what it is given. */
#ifndef OTP_CLI_H
#define OTP_CLI_H

#include <stdbool.h>

#include "client.h"
#include "conf.h"
#include "credentials.h"
#include "fields.h"
#include "globals.h"
#include "message.h"
#include "output.h"
#include "verbs.h"
#include "wire.h"

struct otp_cli;

/*
 * A command: its usage, its checks, one call, what it prints. What run returns is
 * otpadm's result; the reason goes into cli->answer.why.
 */
struct otp_command {
	const char *name;		/* "token import", as in verbs.def */
	enum otp_message help;		/* only where verbs.def has none */
	const char *arguments;		/* for the usage line: "USER | --serial S" */
	struct poptOption *options;	/* its own, NULL: none */
	size_t min_args, max_args;
	bool is_list;			/* its data are rows */
	const enum otp_field *columns;	/* what it prints, up to NONE; NULL: whatever comes */
	const enum otp_field *row_columns;	/* of rows beside what is no list; NULL: none */
	enum otp_err (*run)(struct otp_cli *cli);
};

struct otp_cli {
	const struct otp_command *const *commands;	/* all that there are */
	size_t n_commands;
	struct otp_globals globals;
	struct otp_arguments arguments;
	const struct otp_command *command;
	const struct otp_verb_info *verb;	/* NULL: otpd is not asked */
	struct otp_conf conf;
	struct otp_credentials credentials;
	struct otp_output output;
	struct otp_client *client;
	bool was_shown;           /* a BATCH verb's credentials were sent on this connection */
	struct otp_answer answer; /* the last one, or what a local command wants to be said */
};

/* cli->conf from --config or the default place; a file missing there: the built-in defaults. */
enum otp_err otp_cli_load_conf(struct otp_cli *cli);
/* The option with this value in the command's table; NULL: not given. */
static inline const char *
otp_cli_option(const struct otp_cli *cli, int option)
{
	return cli->arguments.option[option];
}

extern const struct otp_command otp_cmd_init;
extern const struct otp_command otp_cmd_register;
extern const struct otp_command otp_cmd_status;
extern const struct otp_command otp_cmd_unlock;
extern const struct otp_command otp_cmd_explain;
extern const struct otp_command otp_cmd_user_add;
extern const struct otp_command otp_cmd_user_show;
extern const struct otp_command otp_cmd_user_list;
extern const struct otp_command otp_cmd_user_open;
extern const struct otp_command otp_cmd_user_mod;
extern const struct otp_command otp_cmd_user_del;
extern const struct otp_command otp_cmd_user_disable;
extern const struct otp_command otp_cmd_user_enable;
extern const struct otp_command otp_cmd_revoke;
extern const struct otp_command otp_cmd_password_reset;
extern const struct otp_command otp_cmd_password_set;
extern const struct otp_command otp_cmd_token_import;
extern const struct otp_command otp_cmd_token_list;
extern const struct otp_command otp_cmd_token_show;
extern const struct otp_command otp_cmd_token_add;
extern const struct otp_command otp_cmd_token_uri;
extern const struct otp_command otp_cmd_token_retire;
extern const struct otp_command otp_cmd_token_suspend;
extern const struct otp_command otp_cmd_token_lost;
extern const struct otp_command otp_cmd_token_report;
extern const struct otp_command otp_cmd_token_replace;
extern const struct otp_command otp_cmd_token_resync;
extern const struct otp_command otp_cmd_token_resync_own;
extern const struct otp_command otp_cmd_suspended_list;
extern const struct otp_command otp_cmd_account_add;
extern const struct otp_command otp_cmd_account_mod;
extern const struct otp_command otp_cmd_account_del;
extern const struct otp_command otp_cmd_account_list;
extern const struct otp_command otp_cmd_permit_set;
extern const struct otp_command otp_cmd_permit_show;
extern const struct otp_command otp_cmd_permit_list;
extern const struct otp_command otp_cmd_permit_clear;
extern const struct otp_command otp_cmd_session_open;
extern const struct otp_command otp_cmd_notify_list;
extern const struct otp_command otp_cmd_notify_flush;
extern const struct otp_command otp_cmd_notify_test;
extern const struct otp_command otp_cmd_transfer_submit;
extern const struct otp_command otp_cmd_transfer_list;
extern const struct otp_command otp_cmd_transfer_show;
extern const struct otp_command otp_cmd_transfer_approve;
extern const struct otp_command otp_cmd_transfer_return;
extern const struct otp_command otp_cmd_transfer_withdraw;
extern const struct otp_command otp_cmd_transfer_execute;
extern const struct otp_command otp_cmd_transfer_receipt;
extern const struct otp_command otp_cmd_audit_show;
extern const struct otp_command otp_cmd_audit_export;
extern const struct otp_command otp_cmd_audit_head;
extern const struct otp_command otp_cmd_audit_verify;
extern const struct otp_command otp_cmd_report_activity;
extern const struct otp_command otp_cmd_report_failures;
extern const struct otp_command otp_cmd_report_expiring;
extern const struct otp_command otp_cmd_report_unused;
extern const struct otp_command otp_cmd_report_drift;
extern const struct otp_command otp_cmd_report_limits;
extern const struct otp_command otp_cmd_report_roles;
extern const struct otp_command otp_cmd_config_show;
extern const struct otp_command otp_cmd_config_check;
extern const struct otp_command otp_cmd_completion;
extern const struct otp_command otp_cmd_recover_unlock;
extern const struct otp_command otp_cmd_recover_password;
extern const struct otp_command otp_cmd_recover_open;
extern const struct otp_command otp_cmd_recover_master;
extern const struct otp_command otp_cmd_recover_mark;
extern const struct otp_command otp_cmd_recover_clock;

#endif
