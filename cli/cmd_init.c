/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm init: the store, its key, the first master. */
#include "config.h"

#include <stdio.h>

#include "cli.h"
#include "parse.h"
#include "service.h"
#include "tell.h"
#include "words.h"

enum { OPT_MASTER = 1, OPT_MAIL, OPT_SHARDS, OPT_ZONE, OPT_CURRENCY };
static struct poptOption options[] = {
	{ "master", '\0', POPT_ARG_STRING, NULL, OPT_MASTER, NULL, "USER" },
	{ "mail", '\0', POPT_ARG_STRING, NULL, OPT_MAIL, NULL, "ADDRESS" },
	{ "shards", '\0', POPT_ARG_STRING, NULL, OPT_SHARDS, NULL, "N" },
	{ "zone", '\0', POPT_ARG_STRING, NULL, OPT_ZONE, NULL, "ZONE" },
	{ "currency", '\0', POPT_ARG_STRING, NULL, OPT_CURRENCY, NULL, "CODE" },
	POPT_TABLEEND
};
static const enum otp_field columns[] = { OTP_FIELD_MASTER, OTP_FIELD_OPEN_UNTIL, OTP_FIELD_NONE };

static enum otp_err
fill(const struct otp_cli *cli, struct otp_fields *to, struct otp_why *why)
{
	const char *shards = otp_cli_option(cli, OPT_SHARDS);
	int64_t n = 0;
	enum otp_err err;

	if (otp_cli_option(cli, OPT_MASTER) == NULL)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTION_MISSING, "master");
	if (shards != NULL && otp_parse_i64(shards, 1, 256, &n) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTION_BAD_VALUE, "shards", shards);
	err = otp_fields_put_str(to, OTP_FIELD_MASTER, otp_cli_option(cli, OPT_MASTER));
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_MAIL, otp_cli_option(cli, OPT_MAIL));
	if (err == OTP_OK && shards != NULL)
		err = otp_fields_put_int(to, OTP_FIELD_SHARDS, n);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_ZONE, otp_cli_option(cli, OPT_ZONE));
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_CURRENCY, otp_cli_option(cli, OPT_CURRENCY));
	return err;
}

/* The one word that goes to standard output, whatever that is; not as JSON or csv. */
static enum otp_err
run(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_words words = OTP_WORDS_INIT;
	const char *word;
	enum otp_err err;

	err = fill(cli, &request.fields, &cli->answer.why);
	if (err == OTP_OK && cli->globals.format != OTP_FORMAT_TABLE && !cli->globals.is_dry_run)
		err = otp_words_open(&words, NULL, false, &cli->answer.why);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	word = otp_fields_str(&cli->answer.fields, OTP_FIELD_WORD);
	if (err == OTP_OK && word != NULL && cli->globals.format == OTP_FORMAT_TABLE) {
		OTP_TELL(&cli->globals, SAID_WORD, otp_cli_option(cli, OPT_MASTER));
		(void)printf("%s\n", word);
		(void)fflush(stdout);
		/* the word is all that a script reads from here */
		otp_fields_clear(&cli->answer.fields);
	} else if (err == OTP_OK && word != NULL) {
		err =
		    otp_words_put(&words, otp_cli_option(cli, OPT_MASTER), word, &cli->answer.why);
	}
	otp_words_close(&words);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_init = {
	.name = "init", .arguments = "", .options = options, .columns = columns, .run = run,
};
