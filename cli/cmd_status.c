/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm status: one's own state. */
#include "config.h"

#include "cli.h"
#include "service.h"

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err = otp_service_call(cli, &request, NULL, NULL);

	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_status = {
	.name = "status", .arguments = "", .run = show,
};
