/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm: the table of commands, and the way through it. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli.h"
#include "help.h"
#include "lang.h"
#include "otp_paths.h"
#include "service.h"
#include "tell.h"

#define HELP_TIMEOUT_MS 2000

/* In the order of help: what is typed every day, then noun by noun. */
static const struct otp_command *const commands[] = {
	&otp_cmd_register, &otp_cmd_status, &otp_cmd_explain, &otp_cmd_unlock, &otp_cmd_revoke,
	&otp_cmd_suspended_list,
	&otp_cmd_password_reset, &otp_cmd_password_set,
	&otp_cmd_user_add, &otp_cmd_user_show, &otp_cmd_user_list, &otp_cmd_user_open,
	&otp_cmd_user_mod, &otp_cmd_user_del, &otp_cmd_user_disable, &otp_cmd_user_enable,
	&otp_cmd_account_add, &otp_cmd_account_mod, &otp_cmd_account_del, &otp_cmd_account_list,
	&otp_cmd_permit_set, &otp_cmd_permit_show, &otp_cmd_permit_list, &otp_cmd_permit_clear,
	&otp_cmd_transfer_submit, &otp_cmd_transfer_list, &otp_cmd_transfer_show,
	&otp_cmd_transfer_approve, &otp_cmd_transfer_return, &otp_cmd_transfer_withdraw,
	&otp_cmd_transfer_execute, &otp_cmd_transfer_receipt,
	&otp_cmd_token_import, &otp_cmd_token_add, &otp_cmd_token_list, &otp_cmd_token_show,
	&otp_cmd_token_uri, &otp_cmd_token_suspend, &otp_cmd_token_lost, &otp_cmd_token_report,
	&otp_cmd_token_replace, &otp_cmd_token_retire, &otp_cmd_token_resync,
	&otp_cmd_token_resync_own,
	&otp_cmd_audit_show, &otp_cmd_audit_export, &otp_cmd_audit_head, &otp_cmd_audit_verify,
	&otp_cmd_report_activity, &otp_cmd_report_failures, &otp_cmd_report_expiring,
	&otp_cmd_report_unused, &otp_cmd_report_drift, &otp_cmd_report_limits, &otp_cmd_report_roles,
	&otp_cmd_notify_list, &otp_cmd_notify_flush, &otp_cmd_notify_test,
	&otp_cmd_config_show, &otp_cmd_config_check,
	&otp_cmd_recover_unlock, &otp_cmd_recover_password, &otp_cmd_recover_open,
	&otp_cmd_recover_master, &otp_cmd_recover_mark, &otp_cmd_recover_clock, &otp_cmd_init,
	&otp_cmd_session_open, &otp_cmd_completion,
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* A daily verb typed without its noun: "approve". */
static const struct otp_command *
find_bare(const char *word, size_t *ret_taken)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct otp_verb_info *verb = otp_verb_of_name(commands[i]->name);
		const char *blank = strchr(commands[i]->name, ' ');

		if (verb == NULL || (verb->flags & OTP_FLAG_BARE) == 0 || blank == NULL ||
		    strcmp(word, blank + 1) != 0)
			continue;
		*ret_taken = 1;
		return commands[i];
	}
	return NULL;
}

/* The command that the words begin with; how many words it takes. */
static const struct otp_command *
find(char *const words[], size_t n, size_t *ret_taken)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const char *name = commands[i]->name, *blank = strchr(name, ' ');
		size_t len = blank != NULL ? (size_t)(blank - name) : strlen(name);

		if (n == 0 || strlen(words[0]) != len || memcmp(words[0], name, len) != 0)
			continue;
		*ret_taken = blank != NULL ? 2 : 1;
		if (blank == NULL || (n > 1 && strcmp(words[1], blank + 1) == 0))
			return commands[i];
	}
	return n > 0 ? find_bare(words[0], ret_taken) : NULL;
}

enum otp_err
otp_cli_load_conf(struct otp_cli *cli)
{
	const char *path = cli->globals.config != NULL ? cli->globals.config : OTP_DEFAULT_CONFIG;
	enum otp_err err;

	err = otp_conf_load(path, geteuid(), &cli->conf, &cli->answer.why);
	if (err == OTP_ERR_NOT_FOUND && cli->globals.config == NULL) {
		otp_why_clear(&cli->answer.why);
		otp_conf_default(&cli->conf);
		err = OTP_OK;
	} else if (err == OTP_ERR_NOT_FOUND) {
		otp_why_clear(&cli->answer.why);
		err = OTP_WHY(&cli->answer.why, OTP_ERR_CONFIG, CONFIG_MISSING, path);
	}
	return err;
}

/* Registering is shown only to whom it may concern: otpd says so, as it would of the call itself. */
static bool
may_register(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	bool may = false;

	cli->verb = otp_verb_info(OTP_VERB_REGISTER);
	cli->command = &otp_cmd_register;
	cli->globals.timeout_ms = HELP_TIMEOUT_MS;
	cli->globals.is_dry_run = true;
	if (otp_cli_load_conf(cli) == OTP_OK && cli->conf.socket[0] != '\0' &&
	    otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, "-") == OTP_OK &&
	    otp_fields_put_str(&request.fields, OTP_FIELD_CODE, "") == OTP_OK &&
	    otp_service_call(cli, &request, NULL, NULL) == OTP_OK)
		may = cli->answer.changed;
	otp_request_clear(&request);
	return may;
}

/* help [COMMAND], --help, --version. */
static enum otp_err
help(struct otp_cli *cli, char *const words[], size_t n)
{
	const struct otp_command *command;
	size_t taken = 0;

	command = find(words, n, &taken);
	if (command == NULL && n == 1 && otp_help_noun(commands, N_COMMANDS, words[0]))
		return OTP_OK;
	if (command == NULL && n > 0) {
		cli->answer.why = (struct otp_why)OTP_WHY_INIT;
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, UNKNOWN_COMMAND, words[0]);
	}
	if (command != NULL)
		otp_help_one(command);
	else
		otp_help_all(commands, N_COMMANDS, may_register(cli));
	return OTP_OK;
}

static enum otp_err
version(void)
{
	(void)printf("otpadm %s\n", PACKAGE_VERSION);
	return OTP_OK;
}

/* There is no command of this name. */
static enum otp_err
unknown(struct otp_cli *cli, char *const words[], size_t n)
{
	char typed[OTP_WHY_ARG_MAX];

	(void)snprintf(typed, sizeof(typed), "%s%s%s", n > 0 ? words[0] : "", n > 1 ? " " : "",
	    n > 1 ? words[1] : "");
	if (n == 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NO_COMMAND);
	return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, UNKNOWN_COMMAND, typed);
}

/* The command's own options and arguments: argv from its last word on. */
static enum otp_err
read_own(struct otp_cli *cli, int argc, char **argv)
{
	const struct otp_command *c = cli->command;
	enum otp_err err;

	err = otp_globals_read(&cli->globals, c->options, argc, argv, false, &cli->arguments,
	    &cli->answer.why);
	if (err != OTP_OK || cli->globals.wants_help)
		return err;
	if (cli->arguments.n_args < c->min_args)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, TOO_FEW_ARGUMENTS);
	if (cli->arguments.n_args > c->max_args)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, TOO_MANY_ARGUMENTS);
	return OTP_OK;
}

static enum otp_err
dispatch(struct otp_cli *cli)
{
	enum otp_err err;

	err =
	    otp_output_init(&cli->output, &cli->globals, cli->command->name, cli->command->is_list,
		cli->command->columns, cli->command->row_columns, &cli->answer.why);
	cli->verb = otp_verb_of_name(cli->command->name);
	if (err == OTP_OK && cli->verb != NULL)
		err = otp_cli_load_conf(cli);
	return err == OTP_OK ? cli->command->run(cli) : err;
}

static enum otp_err
run(struct otp_cli *cli, struct otp_arguments *words, int argc, char **argv)
{
	struct otp_globals *g = &cli->globals;
	char *own[OTP_ARGUMENTS_MAX + 1];
	size_t taken = 0, n = 0;
	enum otp_err err, own_err;

	err = otp_globals_read(g, NULL, argc, argv, true, words, &cli->answer.why);
	if (g->wants_version)
		return version();
	if (words->n_args > 0 && strcmp(words->arg[0], "help") == 0) {
		g->wants_help = true;
		return help(cli, words->arg + 1, words->n_args - 1);
	}
	cli->command = find(words->arg, words->n_args, &taken);
	if (cli->command == NULL && (err != OTP_OK || g->wants_help))
		return err != OTP_OK ? err : help(cli, words->arg, words->n_args);
	if (cli->command == NULL)
		return unknown(cli, words->arg, words->n_args);
	for (size_t i = taken - 1; i < words->n_args; i++)
		own[n++] = words->arg[i];
	own[n] = NULL;
	own_err = read_own(cli, (int)n, own);
	if (err == OTP_OK)
		err = own_err;
	if (g->wants_version)
		return version();
	if (g->wants_help)
		return help(cli, words->arg, words->n_args);
	return err == OTP_OK ? dispatch(cli) : err;
}

/* Prints what there is to print; the exit status. */
static int
finish(struct otp_cli *cli, enum otp_err err, const struct otp_arguments *words)
{
	if (err == OTP_OK && (cli->globals.wants_help || cli->globals.wants_version))
		return fflush(stdout) == 0 ? 0 : otp_err_exit(OTP_ERR_SYSTEM);
	/* a mistake that kept the command from beginning */
	if (cli->output.command == NULL) {
		free(cli->globals.fields);
		cli->globals.fields = NULL;
		(void)otp_output_init(&cli->output, &cli->globals,
		    cli->command != NULL ? cli->command->name : "", false, NULL, NULL, NULL);
	}
	err = otp_output_end(&cli->output, err, &cli->answer);
	if (cli->command == NULL && cli->globals.format == OTP_FORMAT_TABLE)
		otp_help_suggest(commands, N_COMMANDS, words->n_args > 0 ? words->arg[0] : "",
		    words->n_args > 1 ? words->arg[1] : NULL);
	return otp_err_exit(err);
}

/*
 * Passwords pass through here: no core dump, no debugger of the same user. And
 * descriptors 0 to 2 are what they seem.
 */
static void
protect(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
			_exit(otp_err_exit(OTP_ERR_SYSTEM));
}

int
main(int argc, char **argv)
{
	/* static: it is large, and holds secrets that are wiped below */
	static struct otp_cli cli;
	static struct otp_arguments words;
	enum otp_err err;
	int status;

	protect();
	otp_lang_init();
	cli.commands = commands;
	cli.n_commands = N_COMMANDS;
	otp_globals_init(&cli.globals);
	err = run(&cli, &words, argc, argv);
	status = finish(&cli, err, &words);

	otp_service_close(&cli);
	otp_credentials_clear(&cli.credentials);
	otp_output_clear(&cli.output);
	otp_answer_clear(&cli.answer);
	otp_arguments_clear(&cli.arguments);
	otp_arguments_clear(&words);
	otp_globals_clear(&cli.globals);
	return status;
}
