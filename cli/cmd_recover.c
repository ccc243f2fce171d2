/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm recover: open, make-master, mark, clock (recover unlock stands in cmd_unlock.c). */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "cli.h"
#include "parse.h"
#include "service.h"
#include "tell.h"
#include "text.h"

static const enum otp_field open_columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL,
	OTP_FIELD_OPEN_UNTIL, OTP_FIELD_NONE };
static const enum otp_field master_columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_ABLE,
	OTP_FIELD_NONE };
static const enum otp_field mark_columns[] = { OTP_FIELD_SEQUENCE, OTP_FIELD_NONE };
static const enum otp_field clock_columns[] = { OTP_FIELD_NEWEST_AT, OTP_FIELD_TOKENS,
	OTP_FIELD_NONE };

/* What otpd would do, in one line before the question. */
static void
show(const struct otp_cli *cli)
{
	const struct otp_fields *fields = &cli->answer.fields;
	const char *user = otp_fields_str(fields, OTP_FIELD_USER);
	const char *serial = otp_fields_str(fields, OTP_FIELD_SERIAL);
	char name[4 * OTP_NAME_MAX + 1], n[24];
	int64_t newest = 0, tokens = 0;

	if (user != NULL && serial != NULL)
		OTP_TELL(&cli->globals, SHOW_OPEN,
		    otp_text_escape(name, sizeof(name), user, strlen(user)), serial);
	if (otp_fields_int(fields, OTP_FIELD_NEWEST_AT, &newest) &&
	    otp_fields_int(fields, OTP_FIELD_TOKENS, &tokens))
		OTP_TELL(&cli->globals, SHOW_CLOCK,
		    otp_text_time((char[OTP_TIME_TEXT]){ 0 }, newest),
		    otp_message_num(n, tokens));
}

/* Whether there is something to ask about: a token that goes, a store or a clock that is not as it was. */
static enum otp_err
ask(struct otp_cli *cli)
{
	char question[OTP_TELL_MAX];

	if (cli->command == &otp_cmd_recover_mark)
		(void)OTP_TELL_FORMAT(question, ASK_MARK);
	else if (cli->command == &otp_cmd_recover_clock)
		(void)OTP_TELL_FORMAT(question, ASK_CLOCK);
	else if (otp_fields_has(&cli->answer.fields, OTP_FIELD_SERIAL))
		(void)OTP_TELL_FORMAT(question, ASK_OPEN);
	else
		return OTP_OK;
	return otp_ask(&cli->globals, question, &cli->answer.why);
}

/* A dry run says what there is to do; it is asked, and done. */
static enum otp_err
ask_and_do(struct otp_cli *cli, struct otp_request *request)
{
	enum otp_err err;

	request->dry_run = true;
	err = otp_service_call(cli, request, NULL, NULL);
	if (err != OTP_OK || cli->globals.is_dry_run)
		return err;
	otp_service_close(cli);
	if (cli->answer.changed) {
		show(cli);
		err = ask(cli);
	}
	request->dry_run = false;
	if (err == OTP_OK)
		return otp_service_call(cli, request, NULL, NULL);
	otp_service_forget_look(cli);
	return err;
}

static enum otp_err
run(struct otp_cli *cli)
{
	const bool asks = (cli->verb->flags & OTP_FLAG_ASKS) != 0;
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	if (cli->globals.reason == NULL)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_MISSING, "reason");
	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK && asks)
		err = ask_and_do(cli, &request);
	else if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_recover_open = {
	.name = "recover open", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = open_columns, .run = run,
};

const struct otp_command otp_cmd_recover_master = {
	.name = "recover make-master", .arguments = "USER", .min_args = 1, .max_args = 1,
	.columns = master_columns, .run = run,
};

const struct otp_command otp_cmd_recover_mark = {
	.name = "recover mark", .arguments = "", .columns = mark_columns, .run = run,
};

const struct otp_command otp_cmd_recover_clock = {
	.name = "recover clock", .arguments = "", .columns = clock_columns, .run = run,
};
