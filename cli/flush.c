/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm notify flush: fetched from otpd, sent one by one, reported every few mails. */
#include "config.h"

#include "flush.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "clock.h"
#include "due.h"
#include "file.h"
#include "lang.h"
#include "notice.h"
#include "postman.h"
#include "service.h"
#include "tell.h"

#define REPORT_ROWS 10		/* sent again, at most, if we are killed */
#define REPORT_MS 5000
#define FAILURES_MAX 5		/* addresses in a row: then the mail system itself is down, and the rest waits */

const enum otp_field otp_flush_columns[] = { OTP_FIELD_NOTICE, OTP_FIELD_USER, OTP_FIELD_TO,
	OTP_FIELD_SUBJECT, OTP_FIELD_RESULT, OTP_FIELD_TEXT, OTP_FIELD_NONE };

struct flush {
	struct otp_cli *cli;
	struct otp_postman postman;
	int lock;
	struct otp_rows rows;		/* as fetched */
	int64_t version;
	bool has_more, is_stopped;
	char store_id[64], cursor[64];	/* cursor: what to report at the end, "" */
	struct otp_request report;
	char report_cursor[64];		/* the last new mail in it */
	int64_t report_ms;		/* since when it is being gathered */
	char failed_to[512];		/* the last address that failed */
	unsigned n_in_a_row;
	int last_status;
	uint64_t n_sent, n_failed, n_skipped, n_would;
	uint64_t audit_seq;
	size_t n_due;			/* that time had brought */
	struct otp_why warning[OTP_WIRE_WARNINGS_MAX];	/* of the last fetch: reports have answers, too */
	unsigned n_warnings;
	enum otp_err due_err;		/* INTEGRITY: of a damaged part, which keeps no mail from going out */
};

/* ---- one at a time ---- */

/*
 * The kernel's own lock, on a directory that only root and the store's owner can open: it goes away with
 * whoever holds it, however he ends.
 */
static enum otp_err
take_lock(struct flush *f)
{
	const char *path = f->cli->conf.state;
	struct otp_why *why = &f->cli->answer.why;

	f->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->lock < 0)
		return OTP_WHY(why, errno == EACCES ? OTP_ERR_NOT_PERMITTED : OTP_ERR_SYSTEM,
		    CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	if (flock(f->lock, LOCK_EX | LOCK_NB) == 0)
		return OTP_OK;
	if (errno == EWOULDBLOCK)
		return OTP_WHY(why, OTP_ERR_BUSY, NOTIFY_AT_WORK);
	return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
}

/* ---- what otpd is asked ---- */

/* A one-shot otpd has the store while it is connected: log-ins must not wait for mails. */
static void
let_go(struct flush *f)
{
	if (f->cli->conf.socket[0] == '\0')
		otp_service_close(f->cli);
}

static enum otp_err
take_row(void *ctx, const struct otp_fields *row)
{
	struct flush *f = ctx;
	struct otp_fields *to;
	enum otp_err err = otp_rows_add(&f->rows, &to);

	return err == OTP_OK ? otp_fields_copy(to, row) : err;
}

static enum otp_err
fetch(struct flush *f)
{
	const struct otp_fields *fields = &f->cli->answer.fields;
	struct otp_request request = OTP_REQUEST_INIT;
	const char *cursor, *store_id;
	enum otp_err err;

	otp_rows_clear(&f->rows);
	err = otp_service_call(f->cli, &request, take_row, f);
	otp_request_clear(&request);
	if (err != OTP_OK)
		return err;
	cursor = otp_fields_str(fields, OTP_FIELD_CURSOR);
	store_id = otp_fields_str(fields, OTP_FIELD_STORE_ID);
	f->has_more = otp_fields_bool(fields, OTP_FIELD_MORE);
	(void)snprintf(f->cursor, sizeof(f->cursor), "%s", cursor != NULL ? cursor : "");
	(void)snprintf(f->store_id, sizeof(f->store_id), "%s", store_id != NULL ? store_id : "");
	if (!otp_fields_int(fields, OTP_FIELD_VERSION, &f->version) || store_id == NULL)
		err = OTP_WHY(&f->cli->answer.why, OTP_ERR_INTERNAL, SERVICE_RUBBISH);
	otp_fields_clear(&f->cli->answer.fields);
	f->n_warnings = f->cli->answer.n_warnings;
	memcpy(f->warning, f->cli->answer.warning, sizeof(f->warning));
	let_go(f);
	return err;
}

/* What otpd has given up. */
static enum otp_err
show_given_up(struct flush *f)
{
	struct otp_rows rows = f->cli->answer.rows;
	enum otp_err err = OTP_OK;

	f->cli->answer.rows = (struct otp_rows)OTP_ROWS_INIT;
	for (size_t i = 0; err == OTP_OK && i < rows.n; i++) {
		const char *result = otp_fields_str(&rows.row[i], OTP_FIELD_RESULT);

		if (result != NULL && strcmp(result, "given-up") == 0)
			err = otp_output_row(&f->cli->output, &rows.row[i]);
	}
	otp_rows_clear(&rows);
	return err;
}

/* What became of them, with the cursor behind the last of them. */
static enum otp_err
send_report(struct flush *f, const char *cursor)
{
	const struct otp_verb_info *verb = f->cli->verb;
	struct otp_fields *fields = &f->report.fields;
	enum otp_err err;

	otp_fields_clear(fields);
	err = otp_fields_put_int(fields, OTP_FIELD_VERSION, f->version);
	if (err == OTP_OK && cursor[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_CURSOR, cursor);
	f->cli->verb = otp_verb_info(OTP_VERB_NOTIFY_REPORT);
	if (err == OTP_OK)
		err = otp_service_call(f->cli, &f->report, NULL, NULL);
	f->cli->verb = verb;
	if (err == OTP_OK && !otp_fields_int(&f->cli->answer.fields, OTP_FIELD_VERSION, &f->version))
		err = OTP_WHY(&f->cli->answer.why, OTP_ERR_INTERNAL, SERVICE_RUBBISH);
	if (err == OTP_OK) {
		f->audit_seq = f->cli->answer.audit_seq;
		otp_fields_clear(&f->cli->answer.fields);
		err = show_given_up(f);
	}
	otp_request_clear(&f->report);
	f->report_cursor[0] = '\0';
	let_go(f);
	return err;
}

/* ---- one mail ---- */

static enum otp_err
copy(const struct otp_fields *from, enum otp_field field, struct otp_fields *to)
{
	return otp_fields_put_str(to, field, otp_fields_str(from, field));
}

static enum otp_err
note(struct flush *f, const struct otp_fields *row, const char *result, int status)
{
	struct otp_fields *to = NULL;
	const void *content;
	size_t len = 0;
	enum otp_err err;

	if (f->report.rows.n == 0)
		f->report_ms = otp_clock_steady_ms();
	err = otp_rows_add(&f->report.rows, &to);
	if (err == OTP_OK)
		err = copy(row, OTP_FIELD_NOTICE, to);
	if (err == OTP_OK)
		err = copy(row, OTP_FIELD_USER, to);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_RESULT, result);
	if (err == OTP_OK && strcmp(result, "failed") == 0) {
		content = otp_fields_bytes(row, OTP_FIELD_CONTENT, &len);
		err = otp_fields_put_int(to, OTP_FIELD_STATUS, status);
		if (err == OTP_OK)
			err = copy(row, OTP_FIELD_TO, to);
		if (err == OTP_OK)
			err = otp_fields_put_bytes(to, OTP_FIELD_CONTENT, content, len);
	}
	/* one that waits does not stand in the audit's order any more */
	if (!otp_fields_has(row, OTP_FIELD_TRIES))
		(void)snprintf(f->report_cursor, sizeof(f->report_cursor), "%s",
		    otp_fields_str(row, OTP_FIELD_NOTICE));
	return err;
}

static enum otp_err
show(struct flush *f, const struct otp_fields *row, const char *subject, const char *result,
    int status)
{
	struct otp_fields out = OTP_FIELDS_INIT;
	struct otp_why why = OTP_WHY_INIT;
	char text[OTP_TELL_MAX];
	enum otp_err err;

	err = copy(row, OTP_FIELD_NOTICE, &out);
	if (err == OTP_OK)
		err = copy(row, OTP_FIELD_USER, &out);
	if (err == OTP_OK)
		err = copy(row, OTP_FIELD_TO, &out);
	if (err == OTP_OK)
		err = otp_fields_put_str(&out, OTP_FIELD_SUBJECT, subject);
	if (err == OTP_OK)
		err = otp_fields_put_str(&out, OTP_FIELD_RESULT, result);
	if (err == OTP_OK && strcmp(result, "failed") == 0) {
		if (status < 0)
			(void)OTP_WHY(&why, OTP_OK, NOTIFY_TIMEOUT,
			    OTP_WHY_NUM(f->postman.timeout_ms / 1000));
		else
			(void)OTP_WHY(&why, OTP_OK, NOTIFY_STATUS, OTP_WHY_NUM(status));
		err = otp_fields_put_str(&out, OTP_FIELD_TEXT,
		    otp_lang_why(text, sizeof(text), OTP_OK, &why));
	}
	if (err == OTP_OK)
		err = otp_output_row(&f->cli->output, &out);
	otp_fields_clear(&out);
	return err;
}

/* Several addresses, one after the other: it is not they that are at fault. */
static void
count_failure(struct flush *f, const char *to, int status)
{
	f->n_failed++;
	f->last_status = status;
	if (strcmp(to, f->failed_to) != 0)
		f->n_in_a_row++;
	(void)snprintf(f->failed_to, sizeof(f->failed_to), "%s", to);
	f->is_stopped = f->n_in_a_row >= FAILURES_MAX;
}

/* Subject and text in the reader's language; then the caller's holds again. */
static enum otp_err
compose(const struct otp_fields *row, const struct otp_fields *content, char *subject, size_t size,
    struct otp_bytes *text)
{
	struct otp_lang_turn turn;
	enum otp_err err;

	otp_lang_turn(&turn, otp_fields_str(row, OTP_FIELD_TO_LANGUAGE));
	(void)otp_notice_subject(subject, size, content);
	err = otp_notice_text(content, otp_fields_str(row, OTP_FIELD_NOTICE), text);
	otp_lang_turn_back(&turn);
	return err;
}

static enum otp_err
post(struct flush *f, const struct otp_fields *row, const char *subject, const char *text,
    const char *own_subject)
{
	static const char *const words[] = { "sent", "failed", "bad-address" };
	const char *to = otp_fields_str(row, OTP_FIELD_TO);
	char id[256];
	struct otp_mail mail = { .to = to, .subject = subject, .message_id = id,
		.date = otp_clock_now_ms() / 1000, .text = text };
	enum otp_posted posted = OTP_POSTED_FAILED;
	int status = 0;
	enum otp_err err;

	/* the same at every try: who gets it twice can tell */
	(void)snprintf(id, sizeof(id), "%s@%s.otpadm.invalid",
	    otp_fields_str(row, OTP_FIELD_NOTICE), f->store_id);
	err = otp_postman_post(&f->postman, &mail, &posted, &status, &f->cli->answer.why);
	if (err != OTP_OK)
		return err;
	switch (posted) {
	case OTP_POSTED_SENT:
		f->n_sent++;
		f->n_in_a_row = 0;
		f->failed_to[0] = '\0';
		break;
	case OTP_POSTED_FAILED:
		count_failure(f, to, status);
		break;
	case OTP_POSTED_BAD_ADDRESS:
		f->n_skipped++;
		break;
	}
	err = note(f, row, words[posted], status);
	return err == OTP_OK ? show(f, row, own_subject, words[posted], status) : err;
}

static enum otp_err
handle(struct flush *f, const struct otp_fields *row)
{
	struct otp_fields content = OTP_FIELDS_INIT;
	struct otp_bytes text = OTP_BYTES_INIT;
	char subject[OTP_NOTICE_SUBJECT_SIZE], own[OTP_NOTICE_SUBJECT_SIZE];
	size_t len = 0;
	const void *bytes = otp_fields_bytes(row, OTP_FIELD_CONTENT, &len);
	enum otp_err err = OTP_OK;

	if (bytes == NULL || otp_fields_str(row, OTP_FIELD_NOTICE) == NULL ||
	    otp_fields_str(row, OTP_FIELD_TO) == NULL)
		return OTP_WHY(&f->cli->answer.why, OTP_ERR_INTERNAL, SERVICE_RUBBISH);
	err = otp_bytes_set(&content.data, bytes, len);
	if (err == OTP_OK && otp_fields_check(&content) != OTP_OK)
		err = OTP_WHY(&f->cli->answer.why, OTP_ERR_INTERNAL, SERVICE_RUBBISH);
	if (err == OTP_OK)
		err = compose(row, &content, subject, sizeof(subject), &text);
	(void)otp_notice_subject(own, sizeof(own), &content);
	if (err == OTP_OK && f->cli->globals.is_dry_run) {
		f->n_would++;
		err = show(f, row, own, "waits", 0);
	} else if (err == OTP_OK)
		err = post(f, row, subject, (const char *)text.data, own);
	otp_fields_clear(&content);
	otp_bytes_clear(&text);
	return err;
}

/* ---- all of them ---- */

static bool
is_report_due(const struct flush *f)
{
	return f->report.rows.n >= REPORT_ROWS || (f->report.rows.n > 0 &&
	    otp_clock_steady_ms() - f->report_ms >= REPORT_MS);
}

/* What was fetched; what is sent is reported whatever happens to the next. */
static enum otp_err
send_fetched(struct flush *f)
{
	enum otp_err err = OTP_OK, report_err = OTP_OK;
	size_t i;

	for (i = 0; err == OTP_OK && report_err == OTP_OK && i < f->rows.n && !f->is_stopped; i++) {
		err = handle(f, &f->rows.row[i]);
		if (is_report_due(f))
			report_err = send_report(f, f->report_cursor);
	}
	if (report_err != OTP_OK || f->cli->globals.is_dry_run)
		return report_err != OTP_OK ? report_err : err;
	if (err == OTP_OK && i == f->rows.n && !f->has_more && f->cursor[0] != '\0')
		return send_report(f, f->cursor);
	if (f->report.rows.n > 0)
		report_err = send_report(f, f->report_cursor);
	return err != OTP_OK ? err : report_err;
}

/* What time has brought comes into the audit first: it is told like anything else. */
static enum otp_err
bring_due(struct flush *f)
{
	enum otp_err err = otp_due_run(f->cli, &f->n_due);

	let_go(f);
	f->due_err = err;
	return err == OTP_ERR_INTEGRITY ? OTP_OK : err;
}

/* As long as there are more, and each turn gets on. */
static enum otp_err
send_all(struct flush *f)
{
	enum otp_err err;

	do {
		err = fetch(f);
		if (err == OTP_OK && f->has_more && f->rows.n == 0)
			return OTP_WHY(&f->cli->answer.why, OTP_ERR_UNAVAILABLE, NOTIFY_TOO_MANY,
			    OTP_WHY_NUM(1000));
		if (err == OTP_OK)
			err = send_fetched(f);
	} while (err == OTP_OK && f->has_more && !f->is_stopped && !f->cli->globals.is_dry_run);
	return err;
}

static enum otp_err
sum_up(struct flush *f)
{
	struct otp_cli *cli = f->cli;

	cli->answer.n_warnings = 0;
	for (unsigned i = 0; i < f->n_warnings; i++)
		otp_answer_warn(&cli->answer, &f->warning[i]);
	cli->answer.changed = f->audit_seq != 0 || (f->n_due > 0 && !cli->globals.is_dry_run);
	cli->answer.audit_seq = f->audit_seq;
	/* damage before all else: mails that failed are tried again, this is not mended by itself */
	if (f->due_err != OTP_OK)
		return OTP_WHY(&cli->answer.why, f->due_err, NOTIFY_DUE_DAMAGED);
	if (f->n_warnings > 0) {
		cli->answer.why = f->warning[0];
		return OTP_ERR_INTEGRITY;
	}
	if (f->n_failed > 0 && f->n_sent == 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_UNAVAILABLE, NOTIFY_NONE_SENT,
		    OTP_WHY_NUM(f->last_status));
	if (f->n_failed + f->n_skipped > 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_PARTIAL, NOTIFY_SOME_FAILED,
		    OTP_WHY_NUM(f->n_sent), OTP_WHY_NUM(f->n_failed), OTP_WHY_NUM(f->n_skipped));
	if (cli->globals.is_dry_run)
		OTP_TELL(&cli->globals, NOTIFY_WOULD, OTP_WHY_NUM(f->n_would));
	else if (f->n_sent > 0 || cli->globals.is_verbose)
		OTP_TELL(&cli->globals, NOTIFY_DONE, OTP_WHY_NUM(f->n_sent));
	return OTP_OK;
}

enum otp_err
otp_flush(struct otp_cli *cli)
{
	struct flush f = { .cli = cli, .lock = -1, .report = OTP_REQUEST_INIT };
	enum otp_err err;

	err = otp_postman_init(&f.postman, cli, &cli->answer.why);
	if (err == OTP_OK)
		err = take_lock(&f);
	if (err == OTP_OK)
		err = bring_due(&f);
	if (err == OTP_OK)
		err = send_all(&f);
	if (err == OTP_OK)
		err = sum_up(&f);
	otp_request_clear(&f.report);
	otp_rows_clear(&f.rows);
	otp_file_close(&f.lock);
	return err;
}
