/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm notify: what waits to be told, telling it, and trying whether anything can be told at all. */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "flush.h"
#include "lang.h"
#include "notice.h"
#include "postman.h"
#include "service.h"
#include "tell.h"

static const enum otp_field list_columns[] = { OTP_FIELD_NOTICE, OTP_FIELD_EVENT_AT, OTP_FIELD_USER,
	OTP_FIELD_TO, OTP_FIELD_ABOUT, OTP_FIELD_EVENT, OTP_FIELD_TRIES, OTP_FIELD_STATUS,
	OTP_FIELD_NEXT_TRY, OTP_FIELD_NONE };
static const enum otp_field test_columns[] = { OTP_FIELD_TO, OTP_FIELD_RESULT, OTP_FIELD_NONE };

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = otp_service_call(cli, &request, otp_output_row, &cli->output);

	otp_request_clear(&request);
	return err;
}

/* Which of several test mails it was, nobody need know; but no two have the same id. */
static void
name_test(char *buf, size_t size)
{
	int64_t now = otp_clock_now_ms();

	(void)snprintf(buf, size, "test-%lld-%ld@otpadm.invalid", (long long)now, (long)getpid());
}

static enum otp_err
post_test(struct otp_cli *cli, const char *to)
{
	struct otp_postman postman = { 0 };
	struct otp_lang_turn turn;
	char id[128], text[OTP_TELL_MAX], subject[OTP_TELL_MAX];
	struct otp_mail mail = { .to = to, .subject = subject, .message_id = id,
		.date = otp_clock_now_ms() / 1000, .text = text };
	enum otp_posted posted = OTP_POSTED_FAILED;
	int status = 0;
	enum otp_err err;

	err = otp_postman_init(&postman, cli, &cli->answer.why);
	if (err != OTP_OK)
		return err;
	name_test(id, sizeof(id));
	otp_lang_turn(&turn, cli->conf.language);
	(void)snprintf(subject, sizeof(subject), "%s",
	    otp_lang(otp_message_text(OTP_MESSAGE_MAIL_TEST)));
	(void)snprintf(text, sizeof(text), "%s\n",
	    otp_lang(otp_message_text(OTP_MESSAGE_MAIL_TEST_TEXT)));
	otp_lang_turn_back(&turn);
	err = otp_postman_post(&postman, &mail, &posted, &status, &cli->answer.why);
	if (err != OTP_OK || posted == OTP_POSTED_SENT)
		return err;
	if (posted == OTP_POSTED_BAD_ADDRESS)
		return OTP_WHY(&cli->answer.why, OTP_ERR_BAD_INPUT, BAD_MAIL, to);
	if (status < 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_UNAVAILABLE, NOTIFY_TIMEOUT,
		    OTP_WHY_NUM(postman.timeout_ms / 1000));
	return OTP_WHY(&cli->answer.why, OTP_ERR_UNAVAILABLE, NOTIFY_STATUS, OTP_WHY_NUM(status));
}

static enum otp_err
test(struct otp_cli *cli)
{
	const char *to = cli->arguments.arg[0];
	enum otp_err err;

	err = otp_cli_load_conf(cli);
	if (err == OTP_OK && !otp_service_is_privileged(cli))
		return OTP_WHY(&cli->answer.why, OTP_ERR_NOT_PERMITTED, NOTIFY_ROOT);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = post_test(cli, to);
	if (err == OTP_OK)
		err = otp_fields_put_str(&cli->answer.fields, OTP_FIELD_TO, to);
	if (err == OTP_OK)
		err = otp_fields_put_str(&cli->answer.fields, OTP_FIELD_RESULT,
		    cli->globals.is_dry_run ? "waits" : "sent");
	if (err == OTP_OK && !cli->globals.is_dry_run)
		OTP_TELL(&cli->globals, NOTIFY_TEST_SENT, to);
	return err;
}

const struct otp_command otp_cmd_notify_list = {
	.name = "notify list", .arguments = "", .is_list = true, .columns = list_columns, .run = list,
};

const struct otp_command otp_cmd_notify_flush = {
	.name = "notify flush", .arguments = "", .is_list = true, .columns = otp_flush_columns,
	.run = otp_flush,
};

const struct otp_command otp_cmd_notify_test = {
	.name = "notify test", .help = OTP_MESSAGE_HELP_NOTIFY_TEST, .arguments = "ADDRESS",
	.min_args = 1, .max_args = 1, .columns = test_columns, .run = test,
};
