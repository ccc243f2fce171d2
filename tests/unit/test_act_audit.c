/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit shown: every filter, who may look, where it goes on, what floods and long details look like. */
#include "config.h"

#include "act_frame.h"

#include "act_audit.h"
#include "act_people.h"
#include "act_unlock.h"
#include "text.h"

static enum otp_err
show(struct frame *f, enum otp_field field, const char *value)
{
	if (f->caller.name[0] == '\0')
		frame_root(f);
	if (value != NULL)
		frame_text(f, field, value);
	return frame_run(f, OTP_VERB_AUDIT_SHOW, otp_act_audit_show);
}

static enum otp_err
show_from(struct frame *f, int64_t seq)
{
	frame_root(f);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_FROM_SEQ, seq), OTP_OK);
	return frame_run(f, OTP_VERB_AUDIT_SHOW, otp_act_audit_show);
}

static const char *
cell(const struct frame *f, size_t row, enum otp_field field)
{
	const char *text = otp_fields_str(&f->answer.rows.row[row], field);

	return text != NULL ? text : "";
}

static int64_t
number(const struct otp_fields *fields, enum otp_field field)
{
	int64_t n = -1;

	assert_true(otp_fields_int(fields, field, &n));
	return n;
}

static struct otp_fields
details(const struct frame *f, size_t row)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(&f->answer.rows.row[row], &cursor, &view))
		if (view.field == OTP_FIELD_DETAILS)
			return otp_field_view_fields(&view);
	fail();
	return (struct otp_fields)OTP_FIELDS_INIT;
}

/* All rows are verbs of this name. */
static void
only(const struct frame *f, const char *verb, size_t n)
{
	assert_int_equal(f->answer.rows.n, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(cell(f, i, OTP_FIELD_VERB), verb);
}

/* alice guesses until all stop, the master lifts it, bob comes in. */
static void
live(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 5);
	frame_pass(f, 3600);
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	frame_verify_right(f, "bob");
}

static void
whole(void **state)
{
	struct frame *f = *state;
	int64_t before = 0;
	size_t n;

	live(f);
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_OK);
	n = f->answer.rows.n;
	for (size_t i = 0; i < n; i++) {
		int64_t seq = number(&f->answer.rows.row[i], OTP_FIELD_SEQ);

		assert_int_equal(otp_fields_check(&f->answer.rows.row[i]), OTP_OK);
		assert_int_equal(seq, before + 1);
		before = seq;
	}
	assert_int_equal(number(&f->answer.fields, OTP_FIELD_LAST_SEQ), before);
	assert_string_equal(cell(f, n - 1, OTP_FIELD_VERB), "verify");
	assert_string_equal(cell(f, n - 1, OTP_FIELD_USER), "bob");
	assert_string_equal(cell(f, n - 1, OTP_FIELD_ACTOR), "root");
	assert_string_equal(cell(f, n - 1, OTP_FIELD_SERVICE), "sshd");
	assert_string_equal(cell(f, n - 1, OTP_FIELD_RESULT), "ok");
	assert_int_equal(number(&f->answer.rows.row[n - 1], OTP_FIELD_COUNT), 1);
	assert_int_equal(number(&f->answer.rows.row[n - 1], OTP_FIELD_TIME), f->now_ms / 1000);
	assert_string_equal(cell(f, n - 2, OTP_FIELD_VERB), "unlock");
	assert_string_equal(cell(f, n - 2, OTP_FIELD_ACTOR), "master");
	assert_string_equal(cell(f, n - 2, OTP_FIELD_SERIAL), TOKEN);
	/* details keep their types */
	{
		struct otp_fields d = details(f, n - 2);

		assert_true(otp_fields_bool(&d, OTP_FIELD_CHANGED));
		assert_string_equal(otp_fields_str(&d, OTP_FIELD_SHARERS), "alice");
	}
}

/* Whoever and whatever else an event names is found by it. */
static void
named(void **state)
{
	static const struct { enum otp_field filter, field; const char *what; } names[] = {
		{ OTP_FIELD_USER, OTP_FIELD_SECOND, "vice" }, { OTP_FIELD_USER, OTP_FIELD_MAKER, "max" },
		{ OTP_FIELD_USER, OTP_FIELD_USERS, "carol" }, { OTP_FIELD_SERIAL, OTP_FIELD_SERIALS, "C-1" },
		{ OTP_FIELD_SERIAL, OTP_FIELD_NEW_SERIAL, "N-1" },
	};
	struct otp_event event = OTP_EVENT_INIT;
	struct frame *f = *state;
	uint64_t seq;

	live(f);
	event.time_ms = f->now_ms;
	event.verb = OTP_VERB_TOKEN_REPLACE;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(otp_fields_put_str(&event.details, names[i].field, names[i].what), OTP_OK);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, true, &seq), OTP_OK);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(show(f, names[i].filter, names[i].what), OTP_OK);
		only(f, "token replace", 1);
	}
	otp_event_clear(&event);
}

static void
filters(void **state)
{
	struct frame *f = *state;
	char when[OTP_TIME_TEXT];

	live(f);
	assert_int_equal(show(f, OTP_FIELD_VERB, "unlock"), OTP_OK);
	only(f, "unlock", 1);
	assert_int_equal(show(f, OTP_FIELD_VERB, "verify"), OTP_OK);
	only(f, "verify", 6);
	assert_int_equal(show(f, OTP_FIELD_RESULT, "auth-failed"), OTP_OK);
	only(f, "verify", 5);
	assert_int_equal(show(f, OTP_FIELD_RESULT, "denied"), OTP_OK);
	only(f, "verify", 5);
	assert_int_equal(show(f, OTP_FIELD_RESULT, "code-used"), OTP_OK);
	only(f, "", 0);
	/* whom it concerns, whom it names, who did it */
	assert_int_equal(show(f, OTP_FIELD_USER, "alice"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 6);
	assert_string_equal(cell(f, 5, OTP_FIELD_VERB), "unlock");
	/* the last of her wrong codes stopped him, too */
	assert_int_equal(show(f, OTP_FIELD_USER, "bob"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 3);
	assert_string_equal(cell(f, 0, OTP_FIELD_USER), "alice");
	assert_int_equal(show(f, OTP_FIELD_USER, "master"), OTP_OK);
	only(f, "unlock", 1);
	assert_int_equal(show(f, OTP_FIELD_USER, "nobody"), OTP_OK);
	only(f, "", 0);
	assert_int_equal(show(f, OTP_FIELD_SERIAL, TOKEN), OTP_OK);
	assert_int_equal(f->answer.rows.n, 7);
	assert_int_equal(show(f, OTP_FIELD_SERIAL, STAFF_TOKEN), OTP_OK);
	only(f, "", 0);
	/* from SINCE on, before UNTIL */
	frame_text(f, OTP_FIELD_VERB, "unlock");
	assert_int_equal(show(f, OTP_FIELD_SINCE, otp_text_time(when, f->now_ms / 1000 - FRAME_STEP)), OTP_OK);
	only(f, "unlock", 1);
	frame_text(f, OTP_FIELD_VERB, "unlock");
	assert_int_equal(show(f, OTP_FIELD_SINCE, otp_text_time(when, f->now_ms / 1000 - FRAME_STEP + 1)), OTP_OK);
	only(f, "", 0);
	frame_text(f, OTP_FIELD_VERB, "unlock");
	assert_int_equal(show(f, OTP_FIELD_UNTIL, otp_text_time(when, f->now_ms / 1000 - FRAME_STEP)), OTP_OK);
	only(f, "", 0);
	frame_text(f, OTP_FIELD_VERB, "unlock");
	assert_int_equal(show(f, OTP_FIELD_UNTIL, otp_text_time(when, f->now_ms / 1000 - FRAME_STEP + 1)), OTP_OK);
	only(f, "unlock", 1);
	/* how long ago */
	frame_text(f, OTP_FIELD_RESULT, "auth-failed");
	assert_int_equal(show(f, OTP_FIELD_SINCE, "30m"), OTP_OK);
	only(f, "", 0);
	frame_text(f, OTP_FIELD_RESULT, "auth-failed");
	assert_int_equal(show(f, OTP_FIELD_SINCE, "2h"), OTP_OK);
	only(f, "verify", 5);
	frame_text(f, OTP_FIELD_RESULT, "auth-failed");
	assert_int_equal(show(f, OTP_FIELD_UNTIL, "2027-01-15"), OTP_OK);
	only(f, "", 0);
}

/* The store's own have no verb: they are "store". */
static void
store_own(void **state)
{
	struct frame *f = *state;

	frame_reopen(f);
	assert_int_equal(show(f, OTP_FIELD_VERB, "store"), OTP_OK);
	assert_true(f->answer.rows.n >= 2);
	{
		struct otp_fields d = details(f, f->answer.rows.n - 1);

		assert_string_equal(otp_fields_str(&d, OTP_FIELD_TEXT), "opened");
	}
	assert_string_equal(cell(f, f->answer.rows.n - 1, OTP_FIELD_VERB), "store");
	assert_string_equal(cell(f, f->answer.rows.n - 1, OTP_FIELD_ACTOR), "otpd");
}

static void
mistakes(void **state)
{
	struct frame *f = *state;

	assert_int_equal(show(f, OTP_FIELD_VERB, "no such"), OTP_ERR_USAGE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_UNKNOWN_COMMAND);
	assert_int_equal(show(f, OTP_FIELD_RESULT, "perhaps"), OTP_ERR_USAGE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_BAD_RESULT);
	assert_int_equal(show(f, OTP_FIELD_SINCE, "yesterday"), OTP_ERR_USAGE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_BAD_TIME);
	assert_int_equal(show(f, OTP_FIELD_UNTIL, "2026-13-01"), OTP_ERR_USAGE);
	assert_int_equal(show_from(f, 0), OTP_ERR_USAGE);
	assert_int_equal(show_from(f, -1), OTP_ERR_USAGE);
}

static void
who_may(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "adm", OTP_ROLE_ADMINISTRATOR);
	frame_as(f, "alice");
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "alice");
	assert_int_equal(show(f, OTP_FIELD_USER, "alice"), OTP_ERR_NOT_PERMITTED);
	frame_trusted(f);
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "adm");
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_OK);
	frame_as(f, "master");
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_OK);
	/* and the refusals stand there themselves */
	assert_int_equal(show(f, OTP_FIELD_RESULT, "not-permitted"), OTP_OK);
	only(f, "audit show", 3);
	/* looking is no event */
	frame_forget_events(f);
	assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_OK);
	assert_int_equal(f->n_events, 0);
}

/* Where one follows: what was seen is not read again, and mostly there is nothing. */
static void
goes_on(void **state)
{
	struct frame *f = *state;
	int64_t last;

	live(f);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(show(f, OTP_FIELD_NONE, NULL), OTP_OK);
		last = number(&f->answer.fields, OTP_FIELD_LAST_SEQ);
		assert_int_equal(show_from(f, last), OTP_OK);
		assert_int_equal(f->answer.rows.n, 1);
		assert_int_equal(number(&f->answer.rows.row[0], OTP_FIELD_SEQ), last);
		assert_int_equal(show_from(f, last + 1), OTP_OK);
		assert_int_equal(f->answer.rows.n, 0);
		assert_int_equal(number(&f->answer.fields, OTP_FIELD_LAST_SEQ), last);
		/* filters go on too, and hide no progress */
		frame_root(f);
		assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_FROM_SEQ, last - 1), OTP_OK);
		assert_int_equal(show(f, OTP_FIELD_USER, "nobody"), OTP_OK);
		assert_int_equal(number(&f->answer.fields, OTP_FIELD_LAST_SEQ), last);
		frame_verify_right(f, "bob");
		assert_int_equal(show_from(f, last + 1), OTP_OK);
		only(f, "verify", 1);
		assert_int_equal(otp_store_checkpoint(f->store, f->now_ms), OTP_OK);
	}
}

static void
floods(void **state)
{
	struct frame *f = *state;
	int64_t total = 0;

	frame_two(f);
	for (unsigned i = 0; i < 12; i++) {
		frame_as(f, "alice");
		frame_text(f, OTP_FIELD_SERIAL, TOKEN);
		assert_int_equal(frame_unlock(f, "alice", "bob", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	}
	frame_pass(f, 120);
	frame_verify_right(f, "bob");
	assert_int_equal(show(f, OTP_FIELD_VERB, "unlock"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 6);
	for (size_t i = 0; i < f->answer.rows.n; i++) {
		assert_string_equal(cell(f, i, OTP_FIELD_RESULT), "not-permitted");
		total += number(&f->answer.rows.row[i], OTP_FIELD_COUNT);
	}
	assert_int_equal(total, 12);
	assert_int_equal(number(&f->answer.rows.row[5], OTP_FIELD_COUNT), 7);
}

static void
long_details(void **state)
{
	struct frame *f = *state;
	struct otp_event event = OTP_EVENT_INIT;
	struct otp_field_view view;
	char name[201];
	size_t cursor = 0, n = 0;
	uint64_t seq;

	memset(name, 'n', 200);
	name[200] = '\0';
	event.time_ms = f->now_ms;
	event.verb = OTP_VERB_USER_ADD;
	for (unsigned i = 0; i < 295; i++)
		assert_int_equal(otp_fields_put_str(&event.details, OTP_FIELD_USERS, name), OTP_OK);
	assert_true(event.details.data.len > OTP_FIELD_FIELDS_MAX);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq), OTP_OK);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	otp_event_clear(&event);
	assert_int_equal(show(f, OTP_FIELD_VERB, "user add"), OTP_OK);
	only(f, "user add", 1);
	assert_int_equal(otp_fields_check(&f->answer.rows.row[0]), OTP_OK);
	{
		struct otp_fields d = details(f, 0);

		while (otp_fields_next(&d, &cursor, &view))
			n++;
		assert_int_equal(cursor, d.data.len);
	}
	assert_true(n > 280 && n < 295);
	assert_int_equal(f->answer.n_warnings, 1);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_AUDIT_CUT);
}

/* More rows than one message holds are sent as they come. */
static void
streamed(void **state)
{
	struct frame *f = *state;
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	event.verb = OTP_VERB_VERIFY;
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_VERIFY, false, &seq), OTP_OK);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	assert_int_equal(show(f, OTP_FIELD_VERB, "verify"), OTP_OK);
	assert_int_equal(f->n_sent_rows + f->answer.rows.n, 5000);
	assert_true(f->n_sent >= 24 && f->answer.rows.n <= 200);
}

static void
exported(void **state)
{
	struct frame *f = *state;

	live(f);
	frame_root(f);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_FROM_SEQ, 3), OTP_OK);
	assert_int_equal(frame_run(f, OTP_VERB_AUDIT_EXPORT, otp_act_audit_export), OTP_OK);
	assert_int_equal(number(&f->answer.rows.row[0], OTP_FIELD_SEQ), 3);
	for (size_t i = 0; i < f->answer.rows.n; i++) {
		assert_int_equal(strlen(cell(f, i, OTP_FIELD_MAC)), 64);
		assert_int_equal(number(&f->answer.rows.row[i], OTP_FIELD_GENERATION), 1);
		assert_true(number(&f->answer.rows.row[i], OTP_FIELD_UID) >= 0);
	}
	assert_int_equal(number(&f->answer.rows.row[f->answer.rows.n - 1], OTP_FIELD_SEQ),
	    number(&f->answer.fields, OTP_FIELD_LAST_SEQ));
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_AUDIT_EXPORT, otp_act_audit_export), OTP_ERR_NOT_PERMITTED);
}

/* --reason: kept with what was done, and with what was refused. */
static void
reasons(void **state)
{
	struct frame *f = *state;
	struct otp_fields d;

	live(f);
	frame_text(f, OTP_FIELD_REASON, "asked by phone");
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	frame_text(f, OTP_FIELD_REASON, "let me");
	assert_int_equal(frame_unlock(f, "alice", "bob", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(show(f, OTP_FIELD_VERB, "unlock"), OTP_OK);
	assert_int_equal(f->answer.rows.n, 3);
	d = details(f, 1);
	assert_string_equal(otp_fields_str(&d, OTP_FIELD_REASON), "asked by phone");
	d = details(f, 2);
	assert_string_equal(otp_fields_str(&d, OTP_FIELD_REASON), "let me");
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(whole), T(filters), T(named), T(store_own), T(mistakes), T(who_may), T(goes_on), T(floods),
		T(long_details), T(streamed), T(exported), T(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
