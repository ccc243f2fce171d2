/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm password, recover password: setting one's own confirmation password, resetting another's. */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "prompt.h"
#include "service.h"
#include "tell.h"
#include "text.h"
#include "words.h"

#define PASSWORD_MIN 12
#define PASSWORD_MAX 128
#define TRIES 3

/* Typed twice alike, or out of a file; borrowed. */
static enum otp_err
new_password(struct otp_cli *cli, const char **ret)
{
	struct otp_credentials *c = &cli->credentials;
	struct otp_secret again = OTP_SECRET_INIT;
	char question[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;
	bool is_same = false;

	for (unsigned i = 0; i < TRIES && !is_same; i++) {
		err = otp_service_credential(cli, OTP_CREDENTIAL_NEW_CONFIRM,
		    OTP_MESSAGE_PROMPT_CONFIRM_NEW, NULL, ret);
		if (err != OTP_OK || !c->was_typed[OTP_CREDENTIAL_NEW_CONFIRM])
			break;
		err = otp_prompt(OTP_TELL_FORMAT(question, PROMPT_CONFIRM_AGAIN), false, &again);
		is_same = err == OTP_OK && strcmp(*ret, again.text) == 0;
		if (is_same)
			break;
		otp_credentials_forget(c, OTP_CREDENTIAL_NEW_CONFIRM);
		if (err == OTP_ERR_SYSTEM)
			break;
		err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NOT_CONFIRMED);
		OTP_TELL(&cli->globals, PASSWORDS_DIFFER);
	}
	if (is_same)
		otp_why_clear(&cli->answer.why);
	otp_secret_clear(&again);
	if (err == OTP_OK && (strlen(*ret) < PASSWORD_MIN || strlen(*ret) > PASSWORD_MAX))
		err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, PASSWORD_LENGTH);
	return err;
}

static enum otp_err
set(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	/* a dry run names no password, but the field must be there */
	const char *password = "of a dry run";
	enum otp_err err;

	err = otp_service_prove(cli);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = new_password(cli, &password);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_NEW_CONFIRM, password);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

/* ---- reset ---- */

enum { OPT_WORDS = 1 };
static struct poptOption reset_options[] = {
	{ "words", '\0', POPT_ARG_STRING, NULL, OPT_WORDS, NULL, "FILE" },
	POPT_TABLEEND
};
static const enum otp_field reset_columns[] = { OTP_FIELD_USER, OTP_FIELD_RESET,
	OTP_FIELD_WORD_UNTIL, OTP_FIELD_NONE };

/* The word goes where it may: a terminal, or a private file. */
static enum otp_err
hand_out(struct otp_cli *cli, struct otp_words *words)
{
	const struct otp_fields *fields = &cli->answer.fields;
	const char *user = otp_fields_str(fields, OTP_FIELD_USER);
	const char *word = otp_fields_str(fields, OTP_FIELD_WORD);
	char until[OTP_TIME_TEXT];
	int64_t seconds = 0;
	enum otp_err err;

	if (user == NULL || word == NULL || words->out == NULL)
		return OTP_OK;
	err = otp_words_put(words, user, word, &cli->answer.why);
	if (err == OTP_OK)
		err = otp_words_sync(words, &cli->answer.why);
	if (err == OTP_OK && words->path != NULL &&
	    otp_fields_int(fields, OTP_FIELD_WORD_UNTIL, &seconds))
		OTP_TELL(&cli->globals, SAID_RESET_WORD, words->path, otp_text_time(until, seconds));
	return err;
}

static enum otp_err
reset(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_words words = OTP_WORDS_INIT;
	enum otp_err err;

	if (cli->command == &otp_cmd_recover_password && cli->globals.reason == NULL)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_MISSING, "reason");
	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = otp_words_open(&words, otp_cli_option(cli, OPT_WORDS),
		    cli->globals.format == OTP_FORMAT_TABLE, &cli->answer.why);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK) {
		otp_service_tell(cli);
		err = hand_out(cli, &words);
	}
	otp_words_close(&words);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_password_reset = {
	.name = "password reset", .arguments = "USER", .options = reset_options, .min_args = 1,
	.max_args = 1, .columns = reset_columns, .run = reset,
};

const struct otp_command otp_cmd_recover_password = {
	.name = "recover password", .arguments = "USER", .options = reset_options, .min_args = 1,
	.max_args = 1, .columns = reset_columns, .run = reset,
};

const struct otp_command otp_cmd_password_set = {
	.name = "password set", .arguments = "", .run = set,
};
