/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm transfer: execute, receipt. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "lang.h"
#include "orders.h"
#include "service.h"
#include "source.h"
#include "tell.h"

static const enum otp_field execute_columns[] = { OTP_FIELD_ID, OTP_FIELD_RESULT,
	OTP_FIELD_REFERENCE, OTP_FIELD_KIND, OTP_FIELD_ACCOUNT, OTP_FIELD_PAYEE, OTP_FIELD_AMOUNT,
	OTP_FIELD_CURRENCY, OTP_FIELD_DATE, OTP_FIELD_MAKER, OTP_FIELD_ENDED_AT, OTP_FIELD_RECEIPT,
	OTP_FIELD_TEXT, OTP_FIELD_NONE };
static const enum otp_field receipt_columns[] = { OTP_FIELD_ID, OTP_FIELD_RECEIPT, OTP_FIELD_NONE };

enum { OPT_DUE = 1 };
static struct poptOption execute_options[] = {
	{ "due", '\0', POPT_ARG_NONE, NULL, OPT_DUE, NULL, NULL },
	POPT_TABLEEND
};

enum { OPT_VERIFY = 1, OPT_PUBLIC_KEY };
static struct poptOption receipt_options[] = {
	{ "verify", '\0', POPT_ARG_STRING, NULL, OPT_VERIFY, NULL, "FILE" },
	{ "public-key", '\0', POPT_ARG_NONE, NULL, OPT_PUBLIC_KEY, NULL, NULL },
	POPT_TABLEEND
};

/* ---- execute ---- */

struct executing {
	struct otp_cli *cli;
	int64_t *id;		/* heap */
	size_t n, cap;
	size_t n_executed, n_failed;
	bool is_changed;
	uint64_t audit_seq;
	int64_t since;		/* when the command began */
	enum otp_err first;	/* of the failures ... */
	struct otp_why why;	/* ... and its reason */
};

static enum otp_err
add_number(struct executing *e, int64_t id)
{
	if (e->n == e->cap) {
		size_t cap = e->cap > 0 ? 2 * e->cap : 64;
		int64_t *bigger = reallocarray(e->id, cap, sizeof(*bigger));

		if (bigger == NULL)
			return OTP_ERR_NO_MEMORY;
		e->id = bigger;
		e->cap = cap;
	}
	e->id[e->n++] = id;
	return OTP_OK;
}

static enum otp_err
take_due(void *ctx, const struct otp_fields *row)
{
	int64_t id = 0;

	return otp_fields_int(row, OTP_FIELD_ID, &id) ? add_number(ctx, id) : OTP_OK;
}

/* Into a file: the order is executed once, so it must not be lost with the power. */
static enum otp_err
leave(void)
{
	if (fflush(stdout) != 0)
		return OTP_ERR_SYSTEM;
	/* EINVAL, EROFS: a pipe or a terminal, which keep nothing */
	return fdatasync(STDOUT_FILENO) == 0 || errno == EINVAL || errno == EROFS ? OTP_OK :
	    OTP_ERR_SYSTEM;
}

/* The order leaves here, at once: receipts for people, rows for programs. */
static enum otp_err
print_order(struct executing *e)
{
	struct otp_cli *cli = e->cli;
	const char *receipt = otp_fields_str(&cli->answer.fields, OTP_FIELD_RECEIPT);
	enum otp_err err;

	e->n_executed++;
	e->is_changed = e->is_changed || cli->answer.changed;
	if (cli->answer.audit_seq != 0)
		e->audit_seq = cli->answer.audit_seq;
	if (cli->globals.format == OTP_FORMAT_TABLE && !cli->output.is_chosen) {
		if (receipt != NULL)
			(void)printf("%s%s", e->n_executed > 1 ? "\n" : "", receipt);
		return leave();
	}
	/* what was only looked at must not be taken for an order */
	err = otp_fields_put_str(&cli->answer.fields, OTP_FIELD_RESULT,
	    cli->globals.is_dry_run ? "would-execute" : "executed");
	if (err == OTP_OK)
		err = otp_output_row(&cli->output, &cli->answer.fields);
	return err == OTP_OK ? leave() : err;
}

static enum otp_err
tell_failure(struct executing *e, int64_t id, enum otp_err failure)
{
	struct otp_cli *cli = e->cli;
	struct otp_fields row = OTP_FIELDS_INIT;
	char text[OTP_TELL_MAX];
	enum otp_err err;

	if (e->n_failed++ == 0) {
		e->first = failure;
		e->why = cli->answer.why;
	}
	(void)otp_lang_why(text, sizeof(text), failure, &cli->answer.why);
	if (e->n == 1)
		return OTP_OK;	/* said as the command's own */
	if (cli->globals.format == OTP_FORMAT_TABLE) {
		OTP_TELL(&cli->globals, TRANSFER_FAILED, OTP_WHY_NUM(id), text);
		return OTP_OK;
	}
	err = otp_fields_put_int(&row, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_RESULT, otp_err_code(failure));
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_TEXT, text);
	if (err == OTP_OK)
		err = otp_output_row(&cli->output, &row);
	otp_fields_clear(&row);
	return err;
}

/* Is it this one transfer that does not go, or nothing any more? */
static bool
is_of_transfer(enum otp_err err)
{
	return err == OTP_ERR_NOT_FOUND || err == OTP_ERR_WRONG_STATE || err == OTP_ERR_POLICY ||
	    err == OTP_ERR_OVER_LIMIT || err == OTP_ERR_INTEGRITY || err == OTP_ERR_BUSY ||
	    err == OTP_ERR_NOT_PERMITTED || err == OTP_ERR_KEY;
}

/* Executed before this command began: not its order, and not printed again. */
static bool
had_ended(struct executing *e, struct otp_request *request)
{
	int64_t at = 0;

	return otp_orders_ask(e->cli, OTP_VERB_TRANSFER_SHOW, request, NULL, NULL) == OTP_OK &&
	    otp_fields_int(&e->cli->answer.fields, OTP_FIELD_ENDED_AT, &at) && at < e->since;
}

/*
 * The answer was lost, so it may be executed, and nobody would be told of it again: its receipt is asked for.
 * There is one: it was executed. What cannot be found out is told with its number.
 */
static enum otp_err
look_again(struct executing *e, int64_t id, bool is_due, struct otp_request *request)
{
	struct otp_why why = e->cli->answer.why;
	enum otp_err err;

	otp_service_close(e->cli);
	otp_why_clear(&e->cli->answer.why);
	/* what is due was listed after the command began */
	if (!is_due && had_ended(e, request))
		return tell_failure(e, id, OTP_ERR_WRONG_STATE);
	err = otp_orders_ask(e->cli, OTP_VERB_TRANSFER_RECEIPT, request, NULL, NULL);
	if (err == OTP_OK) {
		e->is_changed = true;
		return print_order(e);
	}
	e->cli->answer.why = why;
	return tell_failure(e, id, OTP_ERR_OUTCOME_UNKNOWN);
}

static enum otp_err
execute_one(struct executing *e, int64_t id, bool is_due)
{
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	otp_why_clear(&e->cli->answer.why);
	err = otp_fields_put_int(&request.fields, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_service_call(e->cli, &request, NULL, NULL);
	if (err == OTP_ERR_OUTCOME_UNKNOWN) {
		err = look_again(e, id, is_due, &request);
		otp_request_clear(&request);
		return err;
	}
	otp_request_clear(&request);
	if (err == OTP_OK)
		return print_order(e);
	/* it was due a moment ago: somebody else has executed it, or taken it back */
	if (is_due && err == OTP_ERR_WRONG_STATE)
		return OTP_OK;
	return is_of_transfer(err) ? tell_failure(e, id, err) : err;
}

static enum otp_err
gather(struct executing *e, bool is_due)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_cli *cli = e->cli;
	int64_t id = 0;
	enum otp_err err = OTP_OK;

	if (is_due) {
		err = otp_orders_ask(cli, OTP_VERB_TRANSFER_DUE, &request, take_due, e);
		if (err == OTP_OK && e->n == 0)
			OTP_TELL(&cli->globals, TRANSFERS_NONE_DUE);
	}
	for (size_t i = 0; err == OTP_OK && i < cli->arguments.n_args; i++) {
		err = otp_orders_number(cli, cli->arguments.arg[i], &id);
		if (err == OTP_OK)
			err = add_number(e, id);
	}
	otp_request_clear(&request);
	return err;
}

static enum otp_err
execute(struct otp_cli *cli)
{
	struct executing e = { .cli = cli, .since = otp_clock_now_ms() / 1000 };
	bool is_due = otp_cli_option(cli, OPT_DUE) != NULL;
	enum otp_err err;

	if (is_due == (cli->arguments.n_args > 0))
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "ID", "--due");
	err = gather(&e, is_due);
	for (size_t i = 0; err == OTP_OK && i < e.n; i++)
		err = execute_one(&e, e.id[i], is_due);
	otp_fields_clear(&cli->answer.fields);
	cli->answer.changed = e.is_changed;
	cli->answer.audit_seq = e.audit_seq;
	if (err == OTP_OK && e.n_failed > 0 && e.n == 1) {
		cli->answer.why = e.why;
		err = e.first;
	} else if (err == OTP_OK) {
		otp_why_clear(&cli->answer.why);
		if (e.n_failed > 0)
			err = OTP_WHY(&cli->answer.why, OTP_ERR_PARTIAL, TRANSFERS_FAILED,
			    OTP_WHY_NUM(e.n_failed), OTP_WHY_NUM(e.n));
	}
	free(e.id);
	return err;
}

/* ---- receipt ---- */

/* Text of several lines goes out as it is: it is escaped line by line already. */
static enum otp_err
print_text(struct otp_cli *cli, enum otp_field field)
{
	const char *text = otp_fields_str(&cli->answer.fields, field);

	if (cli->globals.format != OTP_FORMAT_TABLE || cli->output.is_chosen || text == NULL)
		return OTP_OK;
	(void)fputs(text, stdout);
	otp_fields_clear(&cli->answer.fields);
	return ferror(stdout) ? OTP_ERR_SYSTEM : OTP_OK;
}

static enum otp_err
verify(struct otp_cli *cli, const char *path)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_bytes content = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_source_read(cli, path, OTP_FIELD_VALUE_MAX, &content);
	if (err == OTP_OK)
		err = otp_fields_put_bytes(&request.fields, OTP_FIELD_RECEIPT_FILE, content.data,
		    content.len);
	if (err == OTP_OK)
		err = otp_orders_ask(cli, OTP_VERB_RECEIPT_CHECK, &request, NULL, NULL);
	if (err == OTP_OK)
		err = otp_service_take_text(cli);
	otp_request_clear(&request);
	otp_bytes_clear(&content);
	return err;
}

static enum otp_err
show_receipt(struct otp_cli *cli, const char *number)
{
	struct otp_request request = OTP_REQUEST_INIT;
	int64_t id = 0;
	enum otp_err err;

	err = otp_orders_number(cli, number, &id);
	if (err == OTP_OK)
		err = otp_fields_put_int(&request.fields, OTP_FIELD_ID, id);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK)
		err = print_text(cli, OTP_FIELD_RECEIPT);
	otp_request_clear(&request);
	return err;
}

static enum otp_err
receipt(struct otp_cli *cli)
{
	const char *file = otp_cli_option(cli, OPT_VERIFY);
	bool wants_key = otp_cli_option(cli, OPT_PUBLIC_KEY) != NULL;
	struct otp_request request = OTP_REQUEST_INIT;
	enum otp_err err;

	if ((cli->arguments.n_args == 1) + (file != NULL) + wants_key != 1)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "ID",
		    "--verify, --public-key");
	if (file != NULL)
		return verify(cli, file);
	if (!wants_key)
		return show_receipt(cli, cli->arguments.arg[0]);
	err = otp_orders_ask(cli, OTP_VERB_RECEIPT_KEY, &request, NULL, NULL);
	if (err == OTP_OK)
		err = print_text(cli, OTP_FIELD_PUBLIC_KEY);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_transfer_execute = {
	.name = "transfer execute", .arguments = "ID... | --due", .options = execute_options,
	.max_args = OTP_ARGUMENTS_MAX, .is_list = true, .columns = execute_columns, .run = execute,
};

const struct otp_command otp_cmd_transfer_receipt = {
	.name = "transfer receipt", .arguments = "ID | --verify FILE | --public-key",
	.options = receipt_options, .max_args = 1, .columns = receipt_columns, .run = receipt,
};
