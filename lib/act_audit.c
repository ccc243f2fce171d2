/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit shown and exported: a filter over what the store reads back. */
#include "config.h"

#include "act_audit.h"

#include <string.h>

#include "text.h"

struct filter {
	struct otp_call *call;
	const char *user, *serial;
	bool has_verb;
	enum otp_verb verb;
	bool has_result, is_denied;
	enum otp_err result;
	int64_t since_ms, until_ms;
	bool is_export;
};

/* ---- what is asked for ---- */

enum otp_err
otp_act_audit_when(struct otp_call *call, enum otp_field field, int64_t otherwise_ms, int64_t *ret_ms)
{
	const char *text = otp_fields_str(&call->request->fields, field);
	int64_t seconds = 0, now = otp_act_now(call);

	*ret_ms = otherwise_ms;
	if (text == NULL)
		return OTP_OK;
	if (otp_parse_time(text, &seconds) != OTP_OK) {
		if (otp_parse_duration(text, &seconds) != OTP_OK)
			return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_TIME, text);
		seconds = seconds < now ? now - seconds : 0;
	}
	*ret_ms = seconds * 1000;
	return OTP_OK;
}

static enum otp_err
read_verb(struct filter *filter)
{
	const char *name = otp_fields_str(&filter->call->request->fields, OTP_FIELD_VERB);
	const struct otp_verb_info *info;

	if (name == NULL)
		return OTP_OK;
	filter->has_verb = true;
	if (strcmp(name, OTP_EVENT_STORE) == 0)
		return OTP_OK;
	info = otp_verb_of_name(name);
	if (info == NULL)
		return OTP_WHY(&filter->call->answer->why, OTP_ERR_USAGE, UNKNOWN_COMMAND, name);
	filter->verb = info->verb;
	return OTP_OK;
}

static enum otp_err
read_result(struct filter *filter)
{
	const char *word = otp_fields_str(&filter->call->request->fields, OTP_FIELD_RESULT);

	if (word == NULL)
		return OTP_OK;
	filter->has_result = true;
	filter->is_denied = strcmp(word, "denied") == 0;
	if (!filter->is_denied && !otp_err_of_code(word, &filter->result))
		return OTP_WHY(&filter->call->answer->why, OTP_ERR_USAGE, BAD_RESULT, word);
	return OTP_OK;
}

/* ---- what is shown ---- */

/* Where details name people, and tokens: who shares one that was unlocked, the new one of a replacement. */
static const enum otp_field people[] = { OTP_FIELD_USER, OTP_FIELD_USERS, OTP_FIELD_SHARERS,
	OTP_FIELD_SECOND, OTP_FIELD_MAKER, OTP_FIELD_NONE };
static const enum otp_field tokens[] = { OTP_FIELD_SERIALS, OTP_FIELD_NEW_SERIAL, OTP_FIELD_NONE };

static bool
is_named(const struct otp_event *event, const enum otp_field fields[], const char *name)
{
	struct otp_field_view view;
	size_t cursor = 0, i;

	while (otp_fields_next(&event->details, &cursor, &view)) {
		for (i = 0; fields[i] != OTP_FIELD_NONE && fields[i] != view.field; i++)
			;
		if (fields[i] != OTP_FIELD_NONE && strcmp(view.str, name) == 0)
			return true;
	}
	return false;
}

static bool
is_wanted(const struct filter *filter, const struct otp_event *event)
{
	if (event->time_ms < filter->since_ms || event->time_ms >= filter->until_ms)
		return false;
	if (filter->has_verb && event->verb != filter->verb)
		return false;
	if (filter->has_result && (filter->is_denied ? event->result == OTP_OK :
	    event->result != filter->result))
		return false;
	if (filter->serial != NULL && strcmp(event->serial, filter->serial) != 0 &&
	    !is_named(event, tokens, filter->serial))
		return false;
	return filter->user == NULL || strcmp(event->user, filter->user) == 0 ||
	    strcmp(event->actor, filter->user) == 0 || is_named(event, people, filter->user);
}

static enum otp_err
put_name(struct otp_fields *row, enum otp_field field, const char *name)
{
	return name[0] != '\0' ? otp_fields_put_str(row, field, name) : OTP_OK;
}

/* Details that one row cannot hold (no act makes such) are cut at a field, and it is said. */
static enum otp_err
put_details(struct otp_call *call, struct otp_fields *row, uint64_t seq, const struct otp_fields *details)
{
	struct otp_fields some = *details;
	struct otp_why why = OTP_WHY_INIT;
	struct otp_field_view view;
	size_t cursor = 0;

	if (details->data.len <= OTP_FIELD_FIELDS_MAX)
		return otp_fields_put_fields(row, OTP_FIELD_DETAILS, details);
	some.data.len = 0;
	while (otp_fields_next(details, &cursor, &view) && cursor <= OTP_FIELD_FIELDS_MAX)
		some.data.len = cursor;
	(void)OTP_WHY(&why, OTP_OK, AUDIT_CUT, OTP_WHY_NUM(seq));
	otp_answer_warn(call->answer, &why);
	return otp_fields_put_fields(row, OTP_FIELD_DETAILS, &some);
}

static enum otp_err
put_event(struct otp_call *call, const struct otp_store_link *link, const struct otp_event *event,
    struct otp_fields *row)
{
	const struct otp_verb_info *verb = otp_verb_info(event->verb);
	enum otp_err err;

	err = otp_fields_put_int(row, OTP_FIELD_SEQ, (int64_t)link->seq);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_TIME, event->time_ms / 1000);
	if (err == OTP_OK)
		err = put_name(row, OTP_FIELD_ACTOR, event->actor);
	if (err == OTP_OK)
		err = put_name(row, OTP_FIELD_LOGIN_USER, event->login);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_VERB, verb != NULL ? verb->name : OTP_EVENT_STORE);
	if (err == OTP_OK)
		err = put_name(row, OTP_FIELD_USER, event->user);
	if (err == OTP_OK)
		err = put_name(row, OTP_FIELD_SERIAL, event->serial);
	if (err == OTP_OK)
		err = put_name(row, OTP_FIELD_SERVICE, event->service);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_RESULT, otp_err_code(event->result));
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_COUNT, event->count);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_UID, event->peer_uid);
	if (err == OTP_OK)
		err = put_details(call, row, link->seq, &event->details);
	return err;
}

static enum otp_err
each_event(void *ctx, const struct otp_store_link *link, const struct otp_event *event)
{
	const struct filter *filter = ctx;
	char mac[2 * OTP_MAC_SIZE + 1];
	struct otp_fields *row;
	enum otp_err err;

	if (!is_wanted(filter, event))
		return OTP_OK;
	err = otp_act_row(filter->call, &row);
	if (err == OTP_OK)
		err = put_event(filter->call, link, event, row);
	if (err == OTP_OK && filter->is_export)
		err = otp_fields_put_int(row, OTP_FIELD_GENERATION, (int64_t)link->generation);
	if (err == OTP_OK && filter->is_export)
		err = otp_fields_put_str(row, OTP_FIELD_MAC, otp_text_hex(mac, link->mac, OTP_MAC_SIZE));
	return err;
}

/* ---- the acts ---- */

static enum otp_err
read_on(struct filter *filter)
{
	struct otp_call *call = filter->call;
	const uint64_t last = otp_store_tip(call->store).seq;
	struct otp_store_chain chain;
	int64_t from = 1;
	enum otp_err err = OTP_OK;

	if (otp_fields_int(&call->request->fields, OTP_FIELD_FROM_SEQ, &from) && from < 1)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_TOKEN_FIELD,
		    otp_field_name(OTP_FIELD_FROM_SEQ));
	/* whoever follows asks often, and mostly for nothing */
	if ((uint64_t)from <= last)
		err = otp_store_chain(call->store, (uint64_t)from, each_event, filter, &chain,
		    &call->answer->why);
	return err == OTP_OK ? otp_fields_put_int(&call->answer->fields, OTP_FIELD_LAST_SEQ,
	    (int64_t)last) : err;
}

enum otp_err
otp_act_audit_show(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	struct filter filter = {
		.call = call,
		.user = otp_fields_str(fields, OTP_FIELD_USER),
		.serial = otp_fields_str(fields, OTP_FIELD_SERIAL),
	};
	enum otp_err err;

	err = read_verb(&filter);
	if (err == OTP_OK)
		err = read_result(&filter);
	if (err == OTP_OK)
		err = otp_act_audit_when(call, OTP_FIELD_SINCE, 0, &filter.since_ms);
	if (err == OTP_OK)
		err = otp_act_audit_when(call, OTP_FIELD_UNTIL, INT64_MAX, &filter.until_ms);
	return err == OTP_OK ? read_on(&filter) : err;
}

enum otp_err
otp_act_audit_export(struct otp_call *call)
{
	struct filter filter = { .call = call, .until_ms = INT64_MAX, .is_export = true };

	return read_on(&filter);
}
