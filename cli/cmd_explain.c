/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm explain: a state, why it is so, and who can do what about it. */
#include "config.h"

#include <string.h>

#include "cli.h"
#include "orders.h"
#include "service.h"

/* the sentence first; what else there is depends on what was asked about */
static const enum otp_field columns[] = { OTP_FIELD_TEXT, OTP_FIELD_STATE, OTP_FIELD_SERIAL,
	OTP_FIELD_SHARERS, OTP_FIELD_CAN_UNLOCK, OTP_FIELD_CAN_APPROVE, OTP_FIELD_NONE };
#define APPROVERS_NAMED 10

struct approvers {
	struct otp_fields *to;
	size_t n;
};

static enum otp_err
take_approver(void *ctx, const struct otp_fields *row)
{
	struct approvers *a = ctx;

	if (a->n++ >= APPROVERS_NAMED)
		return OTP_OK;
	return otp_fields_put_str(a->to, OTP_FIELD_CAN_APPROVE,
	    otp_fields_str(row, OTP_FIELD_USER));
}

/* Of a transfer that waits: who could approve it. That is looked for among all users, so it is asked for alone. */
static enum otp_err
add_approvers(struct otp_cli *cli)
{
	const char *state = otp_fields_str(&cli->answer.fields, OTP_FIELD_STATE);
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_answer answer = cli->answer;
	struct approvers approvers = { .to = &answer.fields };
	int64_t id = 0;
	enum otp_err err;

	if (!otp_fields_has(&answer.fields, OTP_FIELD_DIGEST) || state == NULL ||
	    strcmp(state, "pending") != 0 || !otp_fields_int(&answer.fields, OTP_FIELD_ID, &id))
		return OTP_OK;
	/* the answer is kept, the next one is taken into its place */
	cli->answer = (struct otp_answer)OTP_ANSWER_INIT;
	err = otp_fields_put_int(&request.fields, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_orders_ask(cli, OTP_VERB_TRANSFER_APPROVERS, &request, take_approver,
		    &approvers);
	if (err != OTP_OK)
		answer.why = cli->answer.why;
	otp_answer_clear(&cli->answer);
	cli->answer = answer;
	otp_request_clear(&request);
	return err;
}

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
	if (err == OTP_OK)
		err = add_approvers(cli);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_explain = {
	.name = "explain", .arguments = "[USER | SERIAL | ID]", .max_args = 1, .columns = columns,
	.run = explain,
};
