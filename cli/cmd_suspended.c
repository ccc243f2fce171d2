/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm suspended list: the users whose one-time passwords are suspended. */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field columns[] = { OTP_FIELD_USER, OTP_FIELD_SERIAL, OTP_FIELD_SUSPENDED_AT,
	OTP_FIELD_SUSPENDED_HOW, OTP_FIELD_SUSPENDED_BY, OTP_FIELD_NONE };

static enum otp_err
list(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = otp_service_call(cli, &request, otp_output_row, &cli->output);

	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_suspended_list = {
	.name = "suspended list", .arguments = "", .is_list = true, .columns = columns, .run = list,
};
