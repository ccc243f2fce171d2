/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices on their way: how far it has come, and what becomes of those that fail. */
#include "config.h"

#include "notice_frame.h"

#include "pending.h"

/* ---- how far it has come ---- */

static void
only_root(void **state)
{
	struct frame *f = *state;

	people(f);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_NOTIFY_LIST, otp_act_notify_list), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_NOTIFY_FLUSH, otp_act_notify_flush), OTP_ERR_NOT_PERMITTED);
	put_report(f, 1, "1");
	frame_trusted(f);
	assert_int_equal(frame_run(f, OTP_VERB_NOTIFY_REPORT, otp_act_notify_report), OTP_ERR_NOT_PERMITTED);
}

static uint64_t
noticed_seq(struct frame *f)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_company company = OTP_COMPANY_INIT;
	uint64_t seq;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	seq = company.noticed_seq;
	otp_company_clear(&company);
	otp_bytes_clear(&value);
	return seq;
}

/* In the middle of an event: its first mails are not sent again, the others are. */
static void
in_the_middle(void **state)
{
	struct frame *f = *state;
	char id[64];

	people(f);
	begin(f, OTP_VERB_REGISTER, "alice", OTP_OK);
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	assert_int_equal(seen.n, 2);
	(void)snprintf(id, sizeof(id), "%s", otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_NOTICE));
	put_report(f, seen.version, id);
	assert_int_equal(report(f), OTP_OK);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "registered master*\n");
	frame_reopen(f);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "registered master*\n");
	/* what has been said cannot be unsaid */
	put_report(f, seen.version, "1");
	assert_int_equal(report(f), OTP_ERR_CONFLICT);
	put_report(f, seen.version, seen.cursor);
	assert_int_equal(report(f), OTP_OK);
	put_report(f, seen.version + 1, id);
	assert_int_equal(report(f), OTP_ERR_CONFLICT);
}

/* Two who fetched the same: the second report changes nothing. */
static void
one_of_two(void **state)
{
	struct frame *f = *state;
	uint64_t before;
	int64_t version;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	version = seen.version;
	put_report(f, version, seen.cursor);
	assert_int_equal(report(f), OTP_OK);
	before = noticed_seq(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	put_report(f, version, "99999");
	assert_int_equal(report(f), OTP_ERR_CONFLICT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NOTIFY_OTHER);
	assert_int_equal(noticed_seq(f), before);
}

/* What moving the cursor writes is nothing to move it for. */
static void
it_comes_to_rest(void **state)
{
	struct frame *f = *state;
	uint64_t seq;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	expect(f, "registration-open bob\n");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fetch(f), OTP_OK);
		assert_string_equal(seen.cursor, "");
		begin(f, OTP_VERB_VERIFY, "bob", OTP_OK);
		happen(f);
	}
	for (int i = 0; i < OTP_NOTIFY_BEHIND; i++) {
		begin(f, OTP_VERB_VERIFY, "bob", OTP_OK);
		assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_VERIFY, true, &seq), OTP_OK);
	}
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	assert_int_equal(fetch(f), OTP_OK);
	assert_int_equal(seen.n, 0);
	assert_string_not_equal(seen.cursor, "");	/* but too many are not looked at again and again */
}

static void
in_portions(void **state)
{
	struct frame *f = *state;
	uint64_t seq;
	size_t n;

	people(f);
	for (int i = 0; i < OTP_NOTIFY_ROWS_MAX + 7; i++) {
		begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
		assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, true, &seq), OTP_OK);
	}
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	assert_int_equal(fetch(f), OTP_OK);
	assert_int_equal(f->n_sent_rows + f->answer.rows.n, OTP_NOTIFY_ROWS_MAX);
	assert_true(seen.has_more);
	settle(f);
	assert_int_equal(fetch(f), OTP_OK);
	n = f->n_sent_rows + f->answer.rows.n;
	assert_int_equal(n, 7);
	assert_false(seen.has_more);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_NOTIFY_LIST, otp_act_notify_list), OTP_OK);
	assert_int_equal(f->n_sent_rows + f->answer.rows.n, 7);
}

/* ---- what fails ---- */

/* The report of one row as it was fetched. */
static void
put_result(struct frame *f, const struct otp_fields *row, const char *result, int status)
{
	static const enum otp_field copied[] = { OTP_FIELD_NOTICE, OTP_FIELD_USER, OTP_FIELD_TO };
	struct otp_fields *to = frame_row(f);
	size_t len;
	const void *content = otp_fields_bytes(row, OTP_FIELD_CONTENT, &len);

	for (size_t i = 0; i < UNIT_N(copied); i++)
		assert_int_equal(otp_fields_put_str(to, copied[i], otp_fields_str(row, copied[i])), OTP_OK);
	assert_int_equal(otp_fields_put_str(to, OTP_FIELD_RESULT, result), OTP_OK);
	assert_int_equal(otp_fields_put_int(to, OTP_FIELD_STATUS, status), OTP_OK);
	assert_int_equal(otp_fields_put_bytes(to, OTP_FIELD_CONTENT, content, len), OTP_OK);
}

/* All that was fetched came to this. */
static enum otp_err
report_all(struct frame *f, const char *result)
{
	enum otp_err err;
	struct otp_rows rows;

	assert_int_equal(fetch(f), OTP_OK);
	rows = f->answer.rows;
	f->answer.rows = (struct otp_rows)OTP_ROWS_INIT;
	put_report(f, seen.version, seen.cursor[0] != '\0' ? seen.cursor : NULL);
	for (size_t i = 0; i < rows.n; i++)
		put_result(f, &rows.row[i], result, 75);
	err = report(f);
	otp_rows_clear(&rows);
	return err;
}

static int64_t
tries_of_first(struct frame *f)
{
	int64_t n = 0;

	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_NOTIFY_LIST, otp_act_notify_list), OTP_OK);
	if (f->answer.rows.n > 0)
		(void)otp_fields_int(&f->answer.rows.row[0], OTP_FIELD_TRIES, &n);
	return n;
}

static void
tried_again(void **state)
{
	struct frame *f = *state;
	int64_t n;

	people(f);
	begin(f, OTP_VERB_USER_MOD, "alice", OTP_OK);
	say(OTP_FIELD_MAIL_BEFORE, "old@example.org");
	happen(f);
	assert_int_equal(report_all(f, "failed"), OTP_OK);
	assert_true(otp_fields_int(&frame_last_event(f)->details, OTP_FIELD_FAILED, &n));
	assert_int_equal(n, 2);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "");		/* not yet */
	assert_int_equal(tries_of_first(f), 1);
	/* it stands on its own: the audit has been seen to */
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	expect(f, "registration-open bob\n");
	frame_reopen(f);
	frame_pass(f, 60);
	set_mail(f, "alice", "mended@example.org", "");
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "address-changed mended@example.org\naddress-changed old@example.org\n");
	assert_int_equal(report_all(f, "failed"), OTP_OK);
	assert_int_equal(tries_of_first(f), 2);
	frame_pass(f, 60);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "");		/* the pause grows */
	frame_pass(f, 180);
	assert_int_equal(report_all(f, "sent"), OTP_OK);
	frame_pass(f, 400000);
	expect(f, "");
	assert_int_equal(tries_of_first(f), 0);
}

static bool
is_waiting_gone(struct frame *f)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_pending pending = OTP_PENDING_INIT;
	bool is_gone;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_NOTICE, OTP_PENDING_NAME, &value), OTP_OK);
	assert_int_equal(otp_pending_decode(value.data, value.len, &pending), OTP_OK);
	is_gone = pending.n == 0;
	otp_pending_clear(&pending);
	otp_bytes_clear(&value);
	return is_gone;
}

static void
given_up(void **state)
{
	struct frame *f = *state;
	char id[64];
	enum otp_err err;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	(void)snprintf(id, sizeof(id), "%s", otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_NOTICE));
	for (unsigned i = 1; i < OTP_PENDING_TRIES_MAX; i++) {
		assert_int_equal(report_all(f, "failed"), OTP_OK);
		assert_false(is_waiting_gone(f));
		assert_int_equal(otp_store_absent(f->store, OTP_KIND_NOTICE, id), OTP_ERR_EXISTS);
		frame_pass(f, 43200);
	}
	err = report_all(f, "failed");
	assert_int_equal(err, OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_RESULT), "given-up");
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_USERS), "bob");
	assert_true(is_waiting_gone(f));
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_NOTICE, id), OTP_OK);
}

/* One that cannot be read is told, and keeps no other from going out. */
static void
one_is_damaged(void **state)
{
	struct frame *f = *state;
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_event made = OTP_EVENT_INIT;
	char id[64];
	uint64_t seq;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	(void)snprintf(id, sizeof(id), "%s", otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_NOTICE));
	assert_int_equal(report_all(f, "failed"), OTP_OK);
	assert_int_equal(otp_bytes_set(&value, "rubbish", 7), OTP_OK);
	assert_int_equal(otp_store_put(f->store, OTP_KIND_NOTICE, id, &value), OTP_OK);
	made.time_ms = f->now_ms;
	assert_int_equal(otp_store_commit(f->store, &made, OTP_COMMIT_ADMINISTRATION, false, &seq), OTP_OK);
	begin(f, OTP_VERB_USER_OPEN, "alice", OTP_OK);
	happen(f);
	frame_pass(f, 60);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "registration-open alice@example.org\n");
	assert_int_equal(f->answer.n_warnings, 1);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_NOTICE_DAMAGED);
	assert_int_equal(report_all(f, "sent"), OTP_OK);
	assert_false(is_waiting_gone(f));
	otp_bytes_clear(&value);
}

static void
a_bad_address(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(report_all(f, "bad-address"), OTP_OK);
	assert_string_equal(otp_fields_str(&frame_last_event(f)->details, OTP_FIELD_USERS), "bob");
	expect(f, "");
	/* whose user is gone while it waits, and another one of that name there */
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(report_all(f, "failed"), OTP_OK);
	assert_int_equal(otp_store_delete(f->store, OTP_KIND_USER, "bob"), OTP_OK);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	frame_pass(f, 60);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "registration-open \n");
	assert_int_equal(report_all(f, "bad-address"), OTP_OK);
	assert_true(is_waiting_gone(f));
}

static void
bad_reports(void **state)
{
	struct frame *f = *state;
	struct otp_fields *row;
	int64_t version;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	version = seen.version;
#define REFUSE(change) do { \
		put_report(f, version, NULL); \
		row = frame_row(f); \
		change; \
		assert_int_equal(report(f), OTP_ERR_BAD_INPUT); \
	} while (0)
#define PUT(field, text) assert_int_equal(otp_fields_put_str(row, OTP_FIELD_##field, text), OTP_OK)
	REFUSE(PUT(RESULT, "sent"));
	REFUSE(PUT(NOTICE, "1-x-0"); PUT(RESULT, "sent"));
	REFUSE(PUT(NOTICE, "1-1-0"));
	REFUSE(PUT(NOTICE, "1-1-0"); PUT(RESULT, "eaten"));
	REFUSE(PUT(NOTICE, "1-1-0"); PUT(RESULT, "failed"));
	REFUSE(PUT(NOTICE, "1-1-0"); PUT(RESULT, "failed"); PUT(USER, "bob");
	    assert_int_equal(otp_fields_put_int(row, OTP_FIELD_STATUS, 1), OTP_OK));
	REFUSE(PUT(NOTICE, "1-1-0"); PUT(RESULT, "failed"); PUT(USER, "bob");
	    assert_int_equal(otp_fields_put_int(row, OTP_FIELD_STATUS, 256), OTP_OK));
	REFUSE(PUT(NOTICE, "1-1-0"); PUT(RESULT, "failed"); PUT(USER, "bob");
	    assert_int_equal(otp_fields_put_int(row, OTP_FIELD_STATUS, 1), OTP_OK);
	    assert_int_equal(otp_fields_put_bytes(row, OTP_FIELD_CONTENT, "rubbish", 7), OTP_OK));
#undef PUT
#undef REFUSE
	put_report(f, version, "no number");
	assert_int_equal(report(f), OTP_ERR_BAD_INPUT);
	expect(f, "registration-open bob\n");		/* none of it did anything */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_root),
		TEST(in_the_middle),
		TEST(one_of_two),
		TEST(it_comes_to_rest),
		TEST(in_portions),
		TEST(tried_again),
		TEST(given_up),
		TEST(one_is_damaged),
		TEST(a_bad_address),
		TEST(bad_reports),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
