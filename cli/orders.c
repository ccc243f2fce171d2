/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands on transfers share: numbers, asking otpd something beside, showing before asking. */
#include "config.h"

#include "orders.h"

#include <stdio.h>

#include "ask.h"
#include "cells.h"
#include "lang.h"
#include "parse.h"
#include "service.h"
#include "table.h"
#include "tell.h"
#include "text.h"

static const enum otp_field shown[] = { OTP_FIELD_ID, OTP_FIELD_PAYEE, OTP_FIELD_AMOUNT,
	OTP_FIELD_CURRENCY, OTP_FIELD_ACCOUNT, OTP_FIELD_DATE, OTP_FIELD_MAKER, OTP_FIELD_KIND,
	OTP_FIELD_REFERENCE, OTP_FIELD_STATE };
#define N_SHOWN (sizeof(shown) / sizeof(shown[0]))

enum otp_err
otp_orders_number(struct otp_cli *cli, const char *text, int64_t *ret)
{
	if (otp_parse_i64(text, 1, INT64_MAX, ret) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, BAD_TRANSFER_NUMBER, text);
}

enum otp_err
otp_orders_ask(struct otp_cli *cli, enum otp_verb verb, struct otp_request *request,
    otp_client_row row, void *ctx)
{
	const struct otp_verb_info *own = cli->verb;
	enum otp_err err;

	cli->verb = otp_verb_info(verb);
	err = otp_service_call(cli, request, row, ctx);
	cli->verb = own;
	return err;
}

/* ---- showing ---- */

static enum otp_err
add_to_table(struct otp_table *table, const struct otp_fields *transfer)
{
	struct otp_bytes cell[N_SHOWN] = { OTP_BYTES_INIT };
	const char *text[N_SHOWN];
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < N_SHOWN; i++) {
		err = otp_cells_person(transfer, shown[i], &cell[i]);
		text[i] = otp_text_str(&cell[i]);
	}
	if (err == OTP_OK)
		err = otp_table_add(table, text);
	for (size_t i = 0; i < N_SHOWN; i++)
		otp_bytes_clear(&cell[i]);
	return err;
}

/* As it is now: what is asked for later names this very order. */
static enum otp_err
look_up(struct otp_cli *cli, const char *number, struct otp_request *request, bool with_digest,
    struct otp_table *table)
{
	struct otp_request show = OTP_REQUEST_INIT;
	struct otp_fields *row = NULL;
	int64_t id = 0;
	enum otp_err err;

	err = otp_orders_number(cli, number, &id);
	if (err == OTP_OK)
		err = otp_fields_put_int(&show.fields, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_orders_ask(cli, OTP_VERB_TRANSFER_SHOW, &show, NULL, NULL);
	if (err == OTP_OK)
		err = otp_rows_add(&request->rows, &row);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_ID, id);
	if (err == OTP_OK && with_digest)
		err = otp_fields_put_str(row, OTP_FIELD_DIGEST,
		    otp_fields_str(&cli->answer.fields, OTP_FIELD_DIGEST));
	if (err == OTP_OK)
		err = add_to_table(table, &cli->answer.fields);
	otp_request_clear(&show);
	return err;
}

enum otp_err
otp_orders_show(struct otp_cli *cli, struct otp_request *request, bool with_digest,
    enum otp_message question)
{
	const struct otp_globals *g = &cli->globals;
	struct otp_table table = { .out = stderr, .n_columns = N_SHOWN };
	enum otp_err err = OTP_OK;

	for (size_t i = 0; i < N_SHOWN; i++)
		table.heading[i] = otp_lang(otp_field_heading(shown[i]));
	for (size_t i = 0; err == OTP_OK && i < cli->arguments.n_args; i++)
		err = look_up(cli, cli->arguments.arg[i], request, with_digest, &table);
	/* nobody waits on a connection while a person thinks */
	otp_service_close(cli);
	if (err == OTP_OK && !g->is_dry_run && !(g->is_quiet && g->is_yes)) {
		OTP_TELL(&(struct otp_globals){ 0 }, SHOW_TRANSFERS);
		otp_table_end(&table);
	}
	if (err == OTP_OK && !g->is_dry_run)
		err = otp_ask(g, otp_lang(otp_message_text(question)), &cli->answer.why);
	otp_table_clear(&table);
	return err;
}
