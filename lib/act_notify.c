/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices on their way: listed and fetched off the audit, and the report of what became of them. */
#include "config.h"

#include "act_notify.h"

#include <stdio.h>
#include <string.h>

#include "act_notice.h"
#include "text.h"

/* ---- the record of a mail that waits ---- */

/* USER: the recipient; TO: an old address, absent: whatever his is; CONTENT. */
static enum otp_err
load_waiting(struct otp_call *call, const struct otp_notice_id *id, struct otp_fields *ret)
{
	char name[OTP_NOTICE_ID_SIZE];
	enum otp_err err;

	err = otp_store_get(call->store, OTP_KIND_NOTICE, otp_notice_id_text(name, id), &ret->data);
	if (err == OTP_OK && otp_fields_check(ret) != OTP_OK)
		err = OTP_ERR_INTEGRITY;
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

enum otp_err
otp_notify_load_pending(struct otp_call *call, struct otp_pending *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_store_get(call->store, OTP_KIND_NOTICE, OTP_PENDING_NAME, &value);
	if (err == OTP_OK)
		err = otp_pending_decode(value.data, value.len, ret);
	else if (err == OTP_ERR_NOT_FOUND) {
		ret->version = 1;
		err = OTP_OK;
	}
	otp_bytes_clear(&value);
	return err;
}

enum otp_err
otp_notify_save_pending(struct otp_call *call, const struct otp_pending *pending)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_pending_encode(pending, &value);

	return otp_act_save(call, OTP_KIND_NOTICE, OTP_PENDING_NAME, err, &value);
}

/* ---- what waits ---- */

struct fetch {
	struct otp_call *call;
	struct otp_company company;
	struct otp_pending pending;
	bool is_list;
	uint64_t n, room;		/* rows so far, and how many new ones there may be */
	bool is_full;
	uint64_t last_seq;
};

static enum otp_err
put_row(struct fetch *f, const struct otp_notice *notice, const struct otp_waiting *waiting)
{
	char id[OTP_NOTICE_ID_SIZE];
	struct otp_fields *row;
	int64_t at = 0;
	enum otp_err err;

	(void)otp_fields_int(&notice->content, OTP_FIELD_EVENT_AT, &at);
	err = otp_act_row(f->call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_NOTICE, otp_notice_id_text(id, &notice->id));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, notice->user);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_TO, notice->to);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_TO_LANGUAGE, notice->language);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_ABOUT,
		    otp_fields_str(&notice->content, OTP_FIELD_ABOUT));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_EVENT,
		    otp_fields_str(&notice->content, OTP_FIELD_EVENT));
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_EVENT_AT, at);
	if (err == OTP_OK)
		err = otp_fields_put_bytes(row, OTP_FIELD_CONTENT, notice->content.data.data,
		    notice->content.data.len);
	if (err == OTP_OK && waiting != NULL)
		err = otp_fields_put_int(row, OTP_FIELD_TRIES, waiting->tries);
	if (err == OTP_OK && waiting != NULL)
		err = otp_fields_put_int(row, OTP_FIELD_STATUS, waiting->status);
	if (err == OTP_OK && waiting != NULL)
		err = otp_fields_put_int(row, OTP_FIELD_NEXT_TRY, waiting->next_at);
	f->n++;
	return err;
}

/* To whom it goes now: his address may have been mended since. Who is gone: an empty address, which is bad. */
static enum otp_err
put_waiting(struct fetch *f, const struct otp_waiting *waiting)
{
	struct otp_fields stored = OTP_FIELDS_INIT;
	struct otp_notice notice = { .id = waiting->id, .content = OTP_FIELDS_INIT };
	const char *old, *name;
	const void *content;
	size_t len = 0;
	enum otp_err err;

	err = load_waiting(f->call, &waiting->id, &stored);
	name = otp_fields_str(&stored, OTP_FIELD_USER);
	old = otp_fields_str(&stored, OTP_FIELD_TO);
	content = otp_fields_bytes(&stored, OTP_FIELD_CONTENT, &len);
	if (err == OTP_OK && (name == NULL || content == NULL))
		err = OTP_ERR_INTEGRITY;
	if (err == OTP_OK)
		err = otp_bytes_set(&notice.content.data, content, len);
	if (err == OTP_OK && otp_fields_check(&notice.content) != OTP_OK)
		err = OTP_ERR_INTEGRITY;
	if (err != OTP_OK)
		goto out;
	(void)snprintf(notice.user, sizeof(notice.user), "%s", name);
	err = otp_notice_recipient(f->call, name, waiting->id.user_id, &notice);
	if (err == OTP_ERR_NOT_FOUND)
		err = OTP_OK;
	if (old != NULL)
		(void)snprintf(notice.to, sizeof(notice.to), "%s", old);
	if (err == OTP_OK)
		err = put_row(f, &notice, waiting);
out:
	otp_fields_clear(&notice.content);
	otp_fields_clear(&stored);
	return err;
}

/* It cannot be read now, and stays where it is: the others do not wait for it. */
static enum otp_err
warn_damaged(struct fetch *f, const struct otp_waiting *waiting)
{
	struct otp_why why = OTP_WHY_INIT;
	char id[OTP_NOTICE_ID_SIZE];

	(void)OTP_WHY(&why, OTP_OK, NOTICE_DAMAGED, otp_notice_id_text(id, &waiting->id));
	otp_answer_warn(f->call->answer, &why);
	otp_why_clear(&why);
	return OTP_OK;
}

static enum otp_err
each_notice(void *ctx, const struct otp_notice *notice)
{
	struct fetch *f = ctx;

	if (otp_notice_id_compare(&notice->id, &f->pending.done) <= 0)
		return OTP_OK;
	if (f->room == 0) {
		f->is_full = true;
		return OTP_ERR_OVER_LIMIT;	/* the rest is for the next time */
	}
	f->room--;
	return put_row(f, notice, NULL);
}

static enum otp_err
each_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	struct fetch *f = ctx;
	enum otp_err err;

	if (seq <= f->company.noticed_seq)
		return OTP_OK;
	err = otp_notice_of_event(f->call, &f->company, seq, event, each_notice, f);
	if (err == OTP_OK)
		f->last_seq = seq;
	return err;
}

static enum otp_err
fetch(struct fetch *f)
{
	int64_t now = otp_act_now(f->call);
	enum otp_err err;

	err = otp_act_load_company(f->call, &f->company);
	if (err == OTP_OK)
		err = otp_notify_load_pending(f->call, &f->pending);
	if (err != OTP_OK)
		return err;
	f->last_seq = f->company.noticed_seq;
	for (uint32_t i = 0; err == OTP_OK && i < f->pending.n; i++) {
		const struct otp_waiting *waiting = &f->pending.waiting[i];

		if (!f->is_list && (waiting->next_at > now || f->n == OTP_NOTIFY_ROWS_MAX))
			continue;
		err = put_waiting(f, waiting);
		if (err == OTP_ERR_INTEGRITY)
			err = warn_damaged(f, waiting);
	}
	if (err != OTP_OK)
		return err;
	/* a new one that fails must find its place among those that wait */
	f->room = OTP_PENDING_MAX - f->pending.n;
	if (f->room > OTP_NOTIFY_ROWS_MAX - f->n)
		f->room = OTP_NOTIFY_ROWS_MAX - f->n;
	if (f->is_list)
		f->room = UINT64_MAX;
	err = otp_store_events(f->call->store, f->company.noticed_seq + 1, each_event, f,
	    &f->call->answer->why);
	return f->is_full && err == OTP_ERR_OVER_LIMIT ? OTP_OK : err;
}

enum otp_err
otp_act_notify_list(struct otp_call *call)
{
	struct fetch f = { .call = call, .company = OTP_COMPANY_INIT, .pending = OTP_PENDING_INIT,
		.is_list = true };
	enum otp_err err = fetch(&f);

	otp_company_clear(&f.company);
	otp_pending_clear(&f.pending);
	return err;
}

/* The end of what was looked at; not where it would only move past what moving it brings about. */
static enum otp_err
put_cursor(const struct fetch *f)
{
	char number[24];

	if (f->last_seq <= f->company.noticed_seq ||
	    (f->n == 0 && f->last_seq - f->company.noticed_seq < OTP_NOTIFY_BEHIND))
		return OTP_OK;
	return otp_fields_put_str(&f->call->answer->fields, OTP_FIELD_CURSOR,
	    otp_message_num(number, (int64_t)f->last_seq));
}

enum otp_err
otp_act_notify_flush(struct otp_call *call)
{
	struct fetch f = { .call = call, .company = OTP_COMPANY_INIT, .pending = OTP_PENDING_INIT };
	struct otp_fields *fields = &call->answer->fields;
	char id[2 * OTP_STORE_ID_SIZE + 1];
	enum otp_err err = fetch(&f);

	if (err == OTP_OK)
		err = put_cursor(&f);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_VERSION, (int64_t)f.pending.version);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STORE_ID,
		    otp_text_hex(id, otp_store_site(call->store)->id, OTP_STORE_ID_SIZE));
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_MORE, f.is_full);
	otp_company_clear(&f.company);
	otp_pending_clear(&f.pending);
	return err;
}

/* ---- the report ---- */

struct report {
	struct otp_call *call;
	struct otp_company company;
	struct otp_pending pending;
	int64_t n_sent, n_failed, n_skipped;
};

static enum otp_err
bad_field(struct report *r, enum otp_field field)
{
	return OTP_WHY(&r->call->answer->why, OTP_ERR_BAD_INPUT, BAD_TOKEN_FIELD,
	    otp_field_name(field));
}

static enum otp_err
save_waiting(struct report *r, const struct otp_notice_id *id, const struct otp_fields *row)
{
	struct otp_fields record = OTP_FIELDS_INIT, content = OTP_FIELDS_INIT;
	char name[OTP_NOTICE_ID_SIZE];
	size_t len = 0;
	const void *bytes = otp_fields_bytes(row, OTP_FIELD_CONTENT, &len);
	enum otp_err err;

	if (bytes == NULL || otp_fields_str(row, OTP_FIELD_USER) == NULL)
		return bad_field(r, OTP_FIELD_CONTENT);
	err = otp_bytes_set(&content.data, bytes, len);
	if (err == OTP_OK && otp_fields_check(&content) != OTP_OK)
		err = bad_field(r, OTP_FIELD_CONTENT);
	if (err == OTP_OK)
		err = otp_fields_put_str(&record, OTP_FIELD_USER, otp_fields_str(row, OTP_FIELD_USER));
	if (err == OTP_OK && (id->n & OTP_NOTIFY_OLD_ADDRESS) != 0)
		err = otp_fields_put_str(&record, OTP_FIELD_TO, otp_fields_str(row, OTP_FIELD_TO));
	if (err == OTP_OK)
		err = otp_fields_put_bytes(&record, OTP_FIELD_CONTENT, bytes, len);
	err = otp_act_save(r->call, OTP_KIND_NOTICE, otp_notice_id_text(name, id), err, &record.data);
	otp_fields_clear(&content);
	return err;
}

/* It waits no more, if it ever did. */
static enum otp_err
forget(struct report *r, const struct otp_notice_id *id, bool was_waiting)
{
	char name[OTP_NOTICE_ID_SIZE];

	otp_pending_remove(&r->pending, id);
	if (!was_waiting)
		return OTP_OK;
	return otp_act_delete(r->call, OTP_KIND_NOTICE, otp_notice_id_text(name, id));
}

/* Whom no mail reached, for ever: the audit has the name. */
static enum otp_err
skip(struct report *r, const struct otp_fields *row, const char *result)
{
	const char *name = otp_fields_str(row, OTP_FIELD_USER);
	struct otp_fields *out;
	enum otp_err err;

	r->n_skipped++;
	err = otp_fields_put_str(&r->call->event.details, OTP_FIELD_USERS, name);
	if (err == OTP_OK)
		err = otp_act_row(r->call, &out);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_NOTICE,
		    otp_fields_str(row, OTP_FIELD_NOTICE));
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_USER, name);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_RESULT, result);
	return err;
}

static enum otp_err
take_failed(struct report *r, const struct otp_notice_id *id, const struct otp_fields *row,
    bool was_waiting)
{
	bool is_given_up = false;
	int64_t status = 0;
	enum otp_err err;

	if (!otp_fields_int(row, OTP_FIELD_STATUS, &status) || status < -1 || status > 255)
		return bad_field(r, OTP_FIELD_STATUS);
	r->n_failed++;
	err = otp_pending_failed(&r->pending, id, (int32_t)status, otp_act_now(r->call), &is_given_up);
	if (err != OTP_OK)
		return err;
	if (is_given_up) {
		err = forget(r, id, was_waiting);
		return err == OTP_OK ? skip(r, row, "given-up") : err;
	}
	return was_waiting ? OTP_OK : save_waiting(r, id, row);
}

static enum otp_err
take_row(struct report *r, const struct otp_fields *row)
{
	const char *text = otp_fields_str(row, OTP_FIELD_NOTICE);
	const char *result = otp_fields_str(row, OTP_FIELD_RESULT);
	struct otp_notice_id id;
	bool was_waiting;
	enum otp_err err;

	if (text == NULL || otp_notice_id_parse(text, &id) != OTP_OK)
		return bad_field(r, OTP_FIELD_NOTICE);
	was_waiting = otp_pending_find(&r->pending, &id) != NULL;
	if (result != NULL && strcmp(result, "failed") == 0)
		return take_failed(r, &id, row, was_waiting);
	if (result != NULL && strcmp(result, "sent") == 0) {
		r->n_sent++;
		return forget(r, &id, was_waiting);
	}
	if (result == NULL || strcmp(result, "bad-address") != 0)
		return bad_field(r, OTP_FIELD_RESULT);
	err = forget(r, &id, was_waiting);
	return err == OTP_OK ? skip(r, row, result) : err;
}

/* Forward only: the number of an event (all of it), or the id of one of its mails. */
static enum otp_err
take_cursor(struct report *r)
{
	const char *text = otp_fields_str(&r->call->request->fields, OTP_FIELD_CURSOR);
	struct otp_notice_id id = { 0 };
	uint64_t seq = 0;

	if (text == NULL)
		return OTP_OK;
	if (otp_notice_id_parse(text, &id) == OTP_OK)
		seq = id.seq - 1;
	else if (otp_parse_u64(text, 1, INT64_MAX, &seq) != OTP_OK)
		return bad_field(r, OTP_FIELD_CURSOR);
	if (seq < r->company.noticed_seq || (id.seq != 0 &&
	    otp_notice_id_compare(&id, &r->pending.done) < 0))
		return OTP_WHY(&r->call->answer->why, OTP_ERR_CONFLICT, NOTIFY_OTHER);
	r->company.noticed_seq = seq;
	if (id.seq != 0)
		r->pending.done = id;
	return otp_act_save_company(r->call, &r->company);
}

static enum otp_err
put_counts(struct report *r)
{
	const struct { enum otp_field field; int64_t n; } counts[] = {
		{ OTP_FIELD_SENT, r->n_sent }, { OTP_FIELD_FAILED, r->n_failed },
		{ OTP_FIELD_SKIPPED, r->n_skipped },
	};
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(counts) / sizeof(counts[0]); i++)
		err = otp_fields_put_int(&r->call->event.details, counts[i].field, counts[i].n);
	if (err == OTP_OK)
		err = otp_fields_put_int(&r->call->answer->fields, OTP_FIELD_VERSION,
		    (int64_t)r->pending.version);
	return err;
}

static enum otp_err
report(struct report *r)
{
	const struct otp_request *request = r->call->request;
	int64_t version = 0;
	enum otp_err err;

	err = otp_act_load_company(r->call, &r->company);
	if (err == OTP_OK)
		err = otp_notify_load_pending(r->call, &r->pending);
	if (err != OTP_OK)
		return err;
	if (!otp_fields_int(&request->fields, OTP_FIELD_VERSION, &version) ||
	    (uint64_t)version != r->pending.version)
		return OTP_WHY(&r->call->answer->why, OTP_ERR_CONFLICT, NOTIFY_OTHER);
	for (size_t i = 0; err == OTP_OK && i < request->rows.n; i++)
		err = take_row(r, &request->rows.row[i]);
	if (err == OTP_OK)
		err = take_cursor(r);
	r->pending.version++;
	if (err == OTP_OK)
		err = put_counts(r);
	if (err == OTP_OK)
		err = otp_notify_save_pending(r->call, &r->pending);
	return err == OTP_OK ? otp_act_commit(r->call) : err;
}

enum otp_err
otp_act_notify_report(struct otp_call *call)
{
	struct report r = { .call = call, .company = OTP_COMPANY_INIT, .pending = OTP_PENDING_INIT };
	enum otp_err err = report(&r);

	otp_company_clear(&r.company);
	otp_pending_clear(&r.pending);
	return err;
}
