/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token import: the whole file checked here, then by otpd, then written in short turns. */
#include "config.h"

#include "import.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "delivery.h"
#include "lang.h"
#include "rejects.h"
#include "service.h"
#include "source.h"
#include "tell.h"

#define FILE_MAX ((size_t)1 << 30)
#define CHUNK_ROWS 500			/* of one turn of otpd's: log-ins wait for no more */
#define CHUNK_BYTES (OTP_WIRE_MAX - 16384)	/* the rest is for the credentials and the frame */

const enum otp_field otp_import_columns[] = { OTP_FIELD_LINE, OTP_FIELD_SERIAL, OTP_FIELD_RESULT,
	OTP_FIELD_TEXT, OTP_FIELD_NONE };

struct import {
	struct otp_cli *cli;
	const char *path;
	enum otp_delivery_format format;
	bool is_dry_pass;
	struct otp_bytes content;
	struct otp_delivery delivery;
	struct otp_rejects rejects;
	bool may_reject;
	uint64_t n_good, n_done; /* lines that shall go in; lines of this pass answered */
	uint64_t n_added, n_unchanged;		/* of this pass */
	uint64_t n_bad, n_conflict;		/* of all passes; conflicts are bad too */
	uint64_t audit_seq;
	bool is_changed;
};

/* A line that does not go in: said, remembered, and put aside. */
static enum otp_err
reject(struct import *im, size_t at, unsigned line, const char *serial, enum otp_err why_not,
    const struct otp_why *why)
{
	char text[OTP_TELL_MAX];
	enum otp_err err;

	im->n_bad++;
	im->n_conflict += why_not == OTP_ERR_CONFLICT;
	otp_delivery_mark_bad(&im->delivery, line);
	err = otp_source_say(im->cli, im->path, line, OTP_FIELD_SERIAL, serial,
	    otp_err_code(why_not), otp_lang_why(text, sizeof(text), why_not, why));
	if (err == OTP_OK && im->may_reject)
		err = otp_rejects_put(&im->rejects, &im->delivery, at, line, why_not, why,
		    &im->cli->answer.why);
	return err;
}

/* The first pass, alone with the file: every mistake in it is named. */
static enum otp_err
check_file(struct import *im)
{
	struct otp_delivery *d = &im->delivery;
	struct otp_fields row = OTP_FIELDS_INIT;
	enum otp_err err;

	do {
		struct otp_why why = OTP_WHY_INIT;

		err = otp_delivery_next(d, true, &row, &why);
		if (err == OTP_OK) {
			im->n_good++;
		} else if (err == OTP_ERR_BAD_INPUT) {
			err = reject(im, d->csv.at, d->csv.line, NULL, err, &why);
		} else if (err != OTP_ERR_NOT_FOUND) {
			im->cli->answer.why = why;
		}
		otp_fields_clear(&row);
	} while (err == OTP_OK);
	if (err != OTP_ERR_NOT_FOUND)
		return err;
	if (d->csv.is_broken)
		return OTP_WHY(&im->cli->answer.why, OTP_ERR_BAD_INPUT, FILE_BROKEN);
	if (im->n_bad > 0 && !im->may_reject)
		return OTP_WHY(&im->cli->answer.why, OTP_ERR_BAD_INPUT, LINES_BAD,
		    OTP_WHY_NUM(im->n_bad));
	if (im->n_good + im->n_bad == 0)
		return OTP_WHY(&im->cli->answer.why, OTP_ERR_BAD_INPUT, FILE_NO_LINES);
	return OTP_OK;
}

static void
progress(const struct import *im)
{
	const struct otp_globals *g = &im->cli->globals;
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	bool is_last = im->n_done == im->n_good;
	char text[OTP_TELL_MAX];

	if (g->is_quiet ||
	    (!is_terminal && !(g->is_verbose && (is_last || im->n_done % 10000 == 0))))
		return;
	if (im->is_dry_pass)
		(void)OTP_TELL_FORMAT(text, IMPORT_CHECKED, OTP_WHY_NUM(im->n_done),
		    OTP_WHY_NUM(im->n_good));
	else
		(void)OTP_TELL_FORMAT(text, IMPORT_WRITTEN, OTP_WHY_NUM(im->n_done),
		    OTP_WHY_NUM(im->n_good));
	if (is_terminal)
		(void)fprintf(stderr, "\r%s\033[K%s", text, is_last ? "\n" : "");
	else
		(void)fprintf(stderr, "%s\n", text);
}

/* What stood where, of the rows that are under way. */
struct chunk {
	struct otp_request request;
	size_t bytes;
	struct { size_t at; unsigned line; } origin[CHUNK_ROWS];
};

/* Moves the row into the chunk. */
static enum otp_err
chunk_add(struct chunk *c, const struct otp_delivery *d, struct otp_fields *row)
{
	struct otp_fields *to = NULL;
	size_t i = c->request.rows.n;
	enum otp_err err = otp_rows_add(&c->request.rows, &to);

	if (err != OTP_OK)
		return err;
	c->bytes += row->data.len + 8;
	otp_bytes_move(&to->data, &row->data);
	c->origin[i].at = d->csv.at;
	c->origin[i].line = d->csv.line;
	return OTP_OK;
}

/* What otpd says of one line. */
static enum otp_err
take_result(struct import *im, const struct chunk *c, const struct otp_fields *row)
{
	const char *result = otp_fields_str(row, OTP_FIELD_RESULT);
	const char *serial = otp_fields_str(row, OTP_FIELD_SERIAL);
	const char *text = otp_fields_str(row, OTP_FIELD_TEXT);
	struct otp_why why = OTP_WHY_INIT;
	char shown[OTP_TELL_MAX], again[OTP_TELL_MAX];
	bool is_conflict;
	int64_t line = 0;
	size_t i = 0;

	(void)otp_fields_int(row, OTP_FIELD_LINE, &line);
	if (text != NULL)
		text = otp_lang_again(again, sizeof(again), text);
	if (result != NULL && (strcmp(result, "added") == 0 || strcmp(result, "unchanged") == 0)) {
		*(result[0] == 'a' ? &im->n_added : &im->n_unchanged) += 1;
		/* what goes in, but not as the line says: said once */
		if (text == NULL || !im->is_dry_pass)
			return OTP_OK;
		(void)OTP_TELL_FORMAT(shown, LINE_REFUSED, serial != NULL ? serial : "", text);
		return otp_source_say(
		    im->cli, im->path, (unsigned)line, OTP_FIELD_SERIAL, serial, result, shown);
	}
	while (i < c->request.rows.n && c->origin[i].line != line)
		i++;
	if (result == NULL || i == c->request.rows.n)
		return OTP_WHY(&im->cli->answer.why, OTP_ERR_INTERNAL, SERVICE_RUBBISH);
	is_conflict = strcmp(result, "conflict") == 0;
	(void)OTP_WHY(&why, OTP_OK, LINE_REFUSED, serial != NULL ? serial : "",
	    text != NULL ? text : result);
	return reject(im, c->origin[i].at, c->origin[i].line, serial,
	    is_conflict ? OTP_ERR_CONFLICT : OTP_ERR_BAD_INPUT, &why);
}

static enum otp_err
send_chunk(struct import *im, struct chunk *c)
{
	struct otp_rows rows;
	enum otp_err err;

	if (c->request.rows.n == 0)
		return OTP_OK;
	c->request.dry_run = im->is_dry_pass;
	err = otp_service_call(im->cli, &c->request, NULL, NULL);
	if (err != OTP_OK)
		return err;
	im->is_changed = im->is_changed || im->cli->answer.changed;
	if (im->cli->answer.audit_seq != 0)
		im->audit_seq = im->cli->answer.audit_seq;
	/* what is printed meanwhile may not look like the answer's */
	rows = im->cli->answer.rows;
	im->cli->answer.rows = (struct otp_rows)OTP_ROWS_INIT;
	for (size_t i = 0; err == OTP_OK && i < rows.n; i++)
		err = take_result(im, c, &rows.row[i]);
	otp_rows_clear(&rows);
	im->n_done += c->request.rows.n;
	otp_rows_clear(&c->request.rows);
	c->bytes = 0;
	progress(im);
	return err;
}

/* All good lines, once. */
static enum otp_err
pass(struct import *im, bool is_dry)
{
	struct chunk c = { .request = OTP_REQUEST_INIT };
	struct otp_fields row = OTP_FIELDS_INIT;
	enum otp_err err = OTP_OK;

	im->is_dry_pass = is_dry;
	im->n_done = 0;
	im->n_added = 0;
	im->n_unchanged = 0;
	otp_delivery_rewind(&im->delivery);
	while (err == OTP_OK) {
		err = otp_delivery_next(&im->delivery, false, &row, &im->cli->answer.why);
		if (err != OTP_OK)
			break;
		if (c.request.rows.n == CHUNK_ROWS || c.bytes + row.data.len + 8 > CHUNK_BYTES)
			err = send_chunk(im, &c);
		if (err == OTP_OK)
			err = chunk_add(&c, &im->delivery, &row);
		otp_fields_clear(&row);
	}
	if (err == OTP_ERR_NOT_FOUND)
		err = send_chunk(im, &c);
	otp_fields_clear(&row);
	otp_request_clear(&c.request);
	return err;
}

/* otpd's own checks, of all lines, before the first one is written. */
static enum otp_err
check_with_service(struct import *im)
{
	uint64_t before = im->n_bad;
	enum otp_err err = pass(im, true);

	if (err != OTP_OK)
		return err;
	im->n_good -= im->n_bad - before;
	if (im->n_bad == before || im->may_reject)
		return OTP_OK;
	return OTP_WHY(&im->cli->answer.why,
	    im->n_conflict == im->n_bad ? OTP_ERR_CONFLICT : OTP_ERR_BAD_INPUT, LINES_REFUSED,
	    OTP_WHY_NUM(im->n_bad));
}

static enum otp_err
write_all(struct import *im)
{
	enum otp_err err = otp_service_prove(im->cli);

	if (err != OTP_OK)
		return err;
	err = pass(im, false);
	if (err != OTP_OK && im->n_done > 0)
		OTP_TELL(&im->cli->globals, IMPORT_STOPPED, OTP_WHY_NUM(im->n_done),
		    OTP_WHY_NUM(im->n_good));
	return err;
}

/* The numbers, into the answer that is printed. */
static enum otp_err
sum_up(struct import *im)
{
	struct otp_answer *a = &im->cli->answer;
	enum otp_err err;

	otp_fields_clear(&a->fields);
	err = otp_fields_put_int(&a->fields, OTP_FIELD_ADDED, (int64_t)im->n_added);
	if (err == OTP_OK)
		err = otp_fields_put_int(&a->fields, OTP_FIELD_UNCHANGED, (int64_t)im->n_unchanged);
	if (err == OTP_OK)
		err = otp_fields_put_int(&a->fields, OTP_FIELD_REJECTED, (int64_t)im->n_bad);
	a->changed = im->is_changed;
	a->audit_seq = im->audit_seq;
	if (im->cli->globals.format != OTP_FORMAT_TABLE)
		return err;
	if (im->is_dry_pass)
		OTP_TELL(&im->cli->globals, IMPORT_WOULD, OTP_WHY_NUM(im->n_added),
		    OTP_WHY_NUM(im->n_unchanged), OTP_WHY_NUM(im->n_bad));
	else
		OTP_TELL(&im->cli->globals, IMPORT_DONE, OTP_WHY_NUM(im->n_added),
		    OTP_WHY_NUM(im->n_unchanged), OTP_WHY_NUM(im->n_bad));
	return err;
}

static enum otp_err
run(struct import *im, const char *rejects)
{
	enum otp_err err;

	err = otp_source_read(im->cli, im->path, FILE_MAX, &im->content);
	if (err == OTP_OK)
		err = otp_delivery_init(&im->delivery, im->content.data, im->content.len,
		    im->format, &im->cli->answer.why);
	if (err == OTP_OK && rejects != NULL && !im->cli->globals.is_dry_run)
		err = otp_rejects_open(&im->rejects, rejects, &im->cli->answer.why);
	if (err == OTP_OK)
		err = check_file(im);
	if (err == OTP_OK)
		err = check_with_service(im);
	if (err == OTP_OK && !im->cli->globals.is_dry_run)
		err = write_all(im);
	if (err == OTP_OK)
		err = sum_up(im);
	if (err == OTP_OK)
		err = otp_rejects_sync(&im->rejects, &im->cli->answer.why);
	if (err == OTP_OK && im->n_bad > 0)
		err = OTP_WHY(&im->cli->answer.why, OTP_ERR_PARTIAL, LINES_REJECTED,
		    OTP_WHY_NUM(im->n_bad), rejects);
	return err;
}

enum otp_err
otp_import(struct otp_cli *cli, const char *path, enum otp_delivery_format format,
    const char *rejects)
{
	struct import im = { .cli = cli, .path = path, .format = format,
		.may_reject = rejects != NULL };
	enum otp_err err = run(&im, rejects);

	otp_rejects_close(&im.rejects);
	otp_delivery_clear(&im.delivery);
	otp_bytes_clear(&im.content);
	return err;
}
