/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token resync: two codes in a row, of one's own token or of another's. */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_NONE };

/* A dry run shows no codes, but their fields must be there. */
static enum otp_err
put_codes(struct otp_cli *cli, const char *serial, struct otp_fields *to)
{
	const char *first = "", *second = "";
	enum otp_err err = OTP_OK;

	if (!cli->globals.is_dry_run)
		err = otp_service_credential(cli, OTP_CREDENTIAL_CODE1, serial != NULL ?
		    OTP_MESSAGE_PROMPT_TOKEN_CODE : OTP_MESSAGE_PROMPT_OWN_CODE_1, serial, &first);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = otp_service_credential(cli, OTP_CREDENTIAL_CODE2, serial != NULL ?
		    OTP_MESSAGE_PROMPT_CODE_2 : OTP_MESSAGE_PROMPT_OWN_CODE_2, serial, &second);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_CODE1, first);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_CODE2, second);
	return err;
}

static enum otp_err
resync(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	const char *serial = cli->arguments.arg[0];
	enum otp_err err;

	if (serial == NULL)
		cli->verb = otp_verb_info(OTP_VERB_TOKEN_RESYNC_OWN);
	err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, serial);
	/* the two codes first: they take a step's time, and one's own code would grow old meanwhile */
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = otp_service_knock(cli);
	if (err == OTP_OK)
		err = put_codes(cli, serial, &request.fields);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_token_resync = {
	.name = "token resync", .arguments = "[SERIAL]", .max_args = 1, .columns = columns,
	.run = resync,
};

const struct otp_command otp_cmd_token_resync_own = {
	.name = "token resync-own", .arguments = "", .columns = columns, .run = resync,
};
