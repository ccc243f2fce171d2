/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm register: a token becomes one's own, proved by its code. */
#include "config.h"

#include "cli.h"
#include "parse.h"
#include "prompt.h"
#include "service.h"
#include "tell.h"

/* The serial is shown while it is typed, the code is not. */
static enum otp_err
ask_serial(struct otp_cli *cli, struct otp_secret *ret)
{
	char question[OTP_TELL_MAX];
	enum otp_err err;

	if (!otp_prompt_is_possible())
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, TOO_FEW_ARGUMENTS);
	err = otp_prompt(OTP_TELL_FORMAT(question, PROMPT_SERIAL), true, ret);
	if (err == OTP_ERR_USAGE)
		return OTP_WHY(&cli->answer.why, err, NOTHING_ENTERED);
	return err;
}

static enum otp_err
run(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_secret typed = OTP_SECRET_INIT;
	const char *serial = cli->arguments.arg[0], *unused;
	enum otp_err err = OTP_OK;

	if (serial == NULL) {
		err = ask_serial(cli, &typed);
		serial = typed.text;
	}
	if (err == OTP_OK && otp_parse_serial(serial) != OTP_OK)
		err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, LINE_NOT_SERIAL, serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK && !cli->globals.is_dry_run) {
		err = otp_service_knock(cli);
		if (err == OTP_OK)
			err = otp_service_credential(cli, OTP_CREDENTIAL_CODE,
			    OTP_MESSAGE_PROMPT_TOKEN_CODE, serial, &unused);
	} else if (err == OTP_OK) {
		/* a dry run shows no code, but the field must be there */
		err = otp_fields_put_str(&request.fields, OTP_FIELD_CODE, "");
	}
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_secret_clear(&typed);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_register = {
	.name = "register", .arguments = "[SERIAL]", .max_args = 1, .run = run,
};
