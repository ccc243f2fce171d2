/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time has brought, committed: before notices are sent. */
#include "config.h"

#include "due.h"

#include <stdint.h>
#include <string.h>

#include "secret.h"
#include "service.h"

#define ROWS_A_REQUEST 100

/* What is listed may be more than a message's rows can be: kept as bytes, each row behind its length. */
static enum otp_err
keep(void *ctx, const struct otp_fields *row)
{
	struct otp_bytes *list = ctx;
	const size_t len = row->data.len;
	enum otp_err err;

	err = otp_bytes_append(list, &len, sizeof(len));
	return err == OTP_OK ? otp_bytes_append(list, row->data.data, len) : err;
}

/* The next rows of the list into a request; moves *at behind them. */
static enum otp_err
take(const struct otp_bytes *list, size_t *at, struct otp_request *request)
{
	struct otp_fields *row;
	enum otp_err err = OTP_OK;
	size_t len;

	while (err == OTP_OK && *at < list->len && request->rows.n < ROWS_A_REQUEST) {
		memcpy(&len, list->data + *at, sizeof(len));
		*at += sizeof(len);
		err = otp_rows_add(&request->rows, &row);
		if (err == OTP_OK)
			err = otp_bytes_append(&row->data, list->data + *at, len);
		*at += len;
	}
	return err;
}

static enum otp_err
commit_all(struct otp_cli *cli, const struct otp_bytes *list, size_t *ret_n)
{
	enum otp_err err = OTP_OK;
	size_t at = 0;
	int64_t n;

	cli->verb = otp_verb_info(OTP_VERB_DUE);
	while (err == OTP_OK && at < list->len) {
		struct otp_request request = OTP_REQUEST_INIT;

		err = take(list, &at, &request);
		if (err == OTP_OK)
			err = otp_service_call(cli, &request, NULL, NULL);
		if (err == OTP_OK && otp_fields_int(&cli->answer.fields, OTP_FIELD_COUNT, &n))
			*ret_n += (size_t)n;
		otp_request_clear(&request);
	}
	return err;
}

enum otp_err
otp_due_run(struct otp_cli *cli, size_t *ret_n)
{
	const struct otp_verb_info *verb = cli->verb;
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_bytes list = OTP_BYTES_INIT;
	enum otp_err err, list_err;

	*ret_n = 0;
	cli->verb = otp_verb_info(OTP_VERB_DUE_LIST);
	list_err = otp_service_call(cli, &request, keep, &list);
	err = list_err == OTP_ERR_INTEGRITY ? OTP_OK : list_err;
	if (err == OTP_OK)
		err = commit_all(cli, &list, ret_n);
	cli->verb = verb;
	if (err == OTP_OK)
		err = list_err;
	if (err == OTP_OK)
		otp_answer_clear(&cli->answer);
	otp_bytes_clear(&list);
	otp_request_clear(&request);
	return err;
}
