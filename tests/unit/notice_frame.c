/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of notices share. */
#include "config.h"

#include "notice_frame.h"

struct notice_seen seen;
struct otp_event event;

static void
see_row(const struct otp_fields *row)
{
	struct otp_fields content = OTP_FIELDS_INIT;
	size_t len = 0, used = strlen(seen.text);
	const void *bytes = otp_fields_bytes(row, OTP_FIELD_CONTENT, &len);

	assert_non_null(bytes);
	assert_int_equal(otp_bytes_set(&content.data, bytes, len), OTP_OK);
	assert_int_equal(otp_fields_check(&content), OTP_OK);
	assert_string_equal(otp_fields_str(&content, OTP_FIELD_ABOUT), otp_fields_str(row, OTP_FIELD_ABOUT));
	(void)snprintf(seen.text + used, sizeof(seen.text) - used, "%s %s%s\n",
	    otp_fields_str(row, OTP_FIELD_ABOUT), otp_fields_str(row, OTP_FIELD_TO),
	    otp_fields_bool(&content, OTP_FIELD_FOR_STAFF) ? "*" : "");
	otp_fields_clear(&content);
	seen.n++;
}

enum otp_err
fetch(struct frame *f)
{
	const char *cursor;
	enum otp_err err;

	frame_root(f);
	err = frame_run(f, OTP_VERB_NOTIFY_FLUSH, otp_act_notify_flush);
	memset(&seen, 0, sizeof(seen));
	if (err != OTP_OK)
		return err;
	for (size_t i = 0; i < f->answer.rows.n && i < 50; i++)
		see_row(&f->answer.rows.row[i]);
	cursor = otp_fields_str(&f->answer.fields, OTP_FIELD_CURSOR);
	(void)snprintf(seen.cursor, sizeof(seen.cursor), "%s", cursor != NULL ? cursor : "");
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_VERSION, &seen.version));
	assert_int_equal(strlen(otp_fields_str(&f->answer.fields, OTP_FIELD_STORE_ID)), 32);
	seen.has_more = otp_fields_bool(&f->answer.fields, OTP_FIELD_MORE);
	assert_false(f->is_committed);
	return err;
}

void
put_report(struct frame *f, int64_t version, const char *cursor)
{
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_VERSION, version), OTP_OK);
	if (cursor != NULL)
		frame_text(f, OTP_FIELD_CURSOR, cursor);
}

enum otp_err
report(struct frame *f)
{
	frame_root(f);
	return frame_run(f, OTP_VERB_NOTIFY_REPORT, otp_act_notify_report);
}

void
settle(struct frame *f)
{
	assert_int_equal(fetch(f), OTP_OK);
	if (seen.cursor[0] == '\0')
		return;
	put_report(f, seen.version, seen.cursor);
	assert_int_equal(report(f), OTP_OK);
}

void
expect(struct frame *f, const char *text)
{
	settle(f);
	assert_string_equal(seen.text, text);
	settle(f);
	assert_string_equal(seen.text, "");
}

void
begin(struct frame *f, enum otp_verb verb, const char *user, enum otp_err result)
{
	otp_event_clear(&event);
	event = (struct otp_event)OTP_EVENT_INIT;
	event.time_ms = f->now_ms;
	event.verb = verb;
	event.result = result;
	(void)snprintf(event.actor, sizeof(event.actor), "boss");
	(void)snprintf(event.user, sizeof(event.user), "%s", user);
}

void
say(enum otp_field field, const char *text)
{
	assert_int_equal(otp_fields_put_str(&event.details, field, text), OTP_OK);
}

void
happen(struct frame *f)
{
	uint64_t seq;

	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, true, &seq), OTP_OK);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	otp_event_clear(&event);
}

void
set_mail(struct frame *f, const char *name, const char *mail, const char *language)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	(void)snprintf(user.mail, sizeof(user.mail), "%s", mail);
	(void)snprintf(user.language, sizeof(user.language), "%s", language);
	frame_put_user(f, &user);
	otp_user_clear(&user);
}

void
people(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	set_mail(f, "alice", "alice@example.org", "ja");
	settle(f);
}

