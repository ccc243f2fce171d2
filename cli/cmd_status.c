/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm status: one's own state. */
#include "config.h"

#include "cli.h"
#include "service.h"

static const enum otp_field columns[] = { OTP_FIELD_TEXT, OTP_FIELD_USER, OTP_FIELD_ROLE,
	OTP_FIELD_STATE, OTP_FIELD_BINDING, OTP_FIELD_SERIAL, OTP_FIELD_REGISTRATION,
	OTP_FIELD_OPEN_FROM, OTP_FIELD_OPEN_UNTIL, OTP_FIELD_LAST_SUCCESS, OTP_FIELD_EXPIRES,
	OTP_FIELD_FAILS_LEFT, OTP_FIELD_SUSPENDED_AT, OTP_FIELD_CAN_UNLOCK, OTP_FIELD_HAS_PASSWORD,
	OTP_FIELD_RIGHTS, OTP_FIELD_RIGHTS_WAITING, OTP_FIELD_ACCOUNTS, OTP_FIELD_ACCOUNTS_WAITING,
	OTP_FIELD_PER_TRANSFER, OTP_FIELD_PER_TRANSFER_WAITING, OTP_FIELD_PER_DAY,
	OTP_FIELD_PER_DAY_WAITING, OTP_FIELD_CURRENCY, OTP_FIELD_NONE };

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = otp_service_call(cli, &request, NULL, NULL);

	if (err == OTP_OK)
		err = otp_service_take_text(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_status = {
	.name = "status", .arguments = "", .columns = columns, .run = show,
};
