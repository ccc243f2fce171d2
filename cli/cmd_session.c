/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm session open: what was granted takes effect. */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field columns[] = { OTP_FIELD_STATE, OTP_FIELD_SERIAL, OTP_FIELD_RIGHTS,
	OTP_FIELD_RIGHTS_WAITING, OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_WAITING,
	OTP_FIELD_PER_TRANSFER, OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY,
	OTP_FIELD_PER_DAY_WAITING, OTP_FIELD_CURRENCY, OTP_FIELD_NONE };

static enum otp_err
open_session(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_USER, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		otp_service_tell(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_session_open = {
	.name = "session open",
	.arguments = "USER",
	.min_args = 1,
	.max_args = 1,
	.columns = columns,
	.run = open_session,
};
