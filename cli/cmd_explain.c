/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm explain: a state, why it is so, and who can do what about it. */
#include "config.h"

#include "cli.h"
#include "service.h"

/* the sentence first; what else there is depends on what was asked about */
static const enum otp_field columns[] = { OTP_FIELD_TEXT, OTP_FIELD_STATE, OTP_FIELD_SERIAL,
	OTP_FIELD_SHARERS, OTP_FIELD_CAN_UNLOCK, OTP_FIELD_NONE };

static enum otp_err
explain(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_SUBJECT, cli->arguments.arg[0]);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		err = otp_service_take_text(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_explain = {
	.name = "explain", .arguments = "[USER | SERIAL]", .max_args = 1, .columns = columns,
	.run = explain,
};
