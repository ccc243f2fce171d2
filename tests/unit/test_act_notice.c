/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices off the audit: who is told what, how far it has come, and what becomes of those that fail. */
#include "config.h"

#include "act_frame.h"

#include "act_notify.h"
#include "pending.h"

/* ---- what waits ---- */

struct seen {
	char text[4096];	/* "NOTICE ABOUT TO[*]\n" each; '*': as an administrator */
	unsigned n;
	char cursor[64];
	int64_t version;
	bool has_more;
};
static struct seen seen;

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

static enum otp_err
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

static void
put_report(struct frame *f, int64_t version, const char *cursor)
{
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_VERSION, version), OTP_OK);
	if (cursor != NULL)
		frame_text(f, OTP_FIELD_CURSOR, cursor);
}

static enum otp_err
report(struct frame *f)
{
	frame_root(f);
	return frame_run(f, OTP_VERB_NOTIFY_REPORT, otp_act_notify_report);
}

/* All of it was sent. */
static void
settle(struct frame *f)
{
	assert_int_equal(fetch(f), OTP_OK);
	if (seen.cursor[0] == '\0')
		return;
	put_report(f, seen.version, seen.cursor);
	assert_int_equal(report(f), OTP_OK);
}

static void
expect(struct frame *f, const char *text)
{
	settle(f);
	assert_string_equal(seen.text, text);
	settle(f);
	assert_string_equal(seen.text, "");
}

/* An event as some act would have made it. */
static struct otp_event event;

static void
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

static void
say(enum otp_field field, const char *text)
{
	assert_int_equal(otp_fields_put_str(&event.details, field, text), OTP_OK);
}

static void
happen(struct frame *f)
{
	uint64_t seq;

	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, true, &seq), OTP_OK);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	otp_event_clear(&event);
}

static void
set_mail(struct frame *f, const char *name, const char *mail, const char *language)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	(void)snprintf(user.mail, sizeof(user.mail), "%s", mail);
	(void)snprintf(user.language, sizeof(user.language), "%s", language);
	frame_put_user(f, &user);
	otp_user_clear(&user);
}

static void
people(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	set_mail(f, "alice", "alice@example.org", "ja");
	settle(f);
}

/* ---- who is told what ---- */

static void
codes(void **state)
{
	struct frame *f = *state;
	const char *used;

	people(f);
	frame_verify_wrong(f, "alice", 3);
	expect(f, "");
	frame_verify_wrong(f, "alice", 1);
	expect(f, "last-try alice@example.org\n");
	frame_verify_wrong(f, "alice", 1);
	expect(f, "suspended alice@example.org\nsuspended bob\nsuspended master*\n");
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	expect(f, "unlocked alice@example.org\nunlocked bob\n");
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	expect(f, "");			/* it was not suspended */
	frame_pass(f, 600);
	used = frame_code(f, TOKEN, 0);
	assert_int_equal(frame_verify(f, "alice", used), OTP_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(frame_verify(f, "alice", used), OTP_ERR_CODE_USED);
	expect(f, "");
	for (int i = 0; i < 4; i++)
		assert_int_equal(frame_verify(f, "alice", used), OTP_ERR_CODE_USED);
	expect(f, "code-used alice@example.org\n");
}

/* One mail a person: who shares the token hears of it as a sharer. */
static void
one_each(void **state)
{
	struct frame *f = *state;

	people(f);
	frame_add_user(f, "nora", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "nora", TOKEN);
	settle(f);
	frame_verify_wrong(f, "bob", 5);
	settle(f);
	assert_string_equal(seen.text, "last-try bob\nsuspended alice@example.org\nsuspended bob\n"
	    "suspended master*\nsuspended nora\n");
}

static void
people_and_tokens(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_REGISTER, "alice", OTP_OK);
	happen(f);
	expect(f, "registered alice@example.org\nregistered master*\n");
	begin(f, OTP_VERB_REGISTER, "alice", OTP_ERR_AUTH_FAILED);
	happen(f);
	expect(f, "");
	begin(f, OTP_VERB_REGISTER, "alice", OTP_ERR_AUTH_FAILED);
	say(OTP_FIELD_REGISTRATION, "closed");
	happen(f);
	expect(f, "registration-closed alice@example.org\nregistration-closed master*\n");
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	expect(f, "registration-open bob\n");
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_ERR_NOT_PERMITTED);
	happen(f);
	expect(f, "");			/* what was refused is nobody's news */
	begin(f, OTP_VERB_UNLOCK, "bob", OTP_ERR_AUTH_FAILED);
	say(OTP_FIELD_RESULT, "stopped");
	happen(f);
	expect(f, "password-stopped bob\npassword-stopped master*\n");
	begin(f, OTP_VERB_VERIFY, "bob", OTP_ERR_AUTH_FAILED);
	say(OTP_FIELD_BINDING, "revoked");
	happen(f);
	expect(f, "ceiling bob\nceiling master*\n");
	begin(f, OTP_VERB_TOKEN_LOST, "master", OTP_OK);
	say(OTP_FIELD_SHARERS, "bob");
	happen(f);
	expect(f, "lost bob\nlost master*\n");
	begin(f, OTP_VERB_TOKEN_REPORT, "bob", OTP_OK);
	say(OTP_FIELD_SHARERS, "alice");
	say(OTP_FIELD_SHARERS, "bob");
	happen(f);
	expect(f, "reported-lost alice@example.org\nreported-lost bob\nreported-lost master*\n");
	begin(f, OTP_VERB_USER_DISABLE, "bob", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
	happen(f);
	expect(f, "disabled bob\n");
	begin(f, OTP_VERB_USER_MOD, "bob", OTP_OK);
	say(OTP_FIELD_ROLE_BEFORE, "general");
	happen(f);
	expect(f, "role-changed bob\nrole-changed master*\n");
	begin(f, OTP_VERB_RECOVER_CLOCK, "", OTP_OK);
	happen(f);
	expect(f, "recovered master*\n");
}

/* Without a list of its own, those who share the token now. */
static void
sharers_of_now(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_TOKEN_SUSPEND, "master", OTP_OK);
	(void)snprintf(event.serial, sizeof(event.serial), TOKEN);
	happen(f);
	expect(f, "suspended-by-hand alice@example.org\nsuspended-by-hand bob\n");
	begin(f, OTP_VERB_TOKEN_SUSPEND, "master", OTP_OK);
	(void)snprintf(event.serial, sizeof(event.serial), "none");
	happen(f);
	expect(f, "");
}

static void
time_brings(void **state)
{
	struct frame *f = *state;

	people(f);
	for (int days = 30; days >= 0; days -= 30) {
		begin(f, OTP_VERB_DUE, "", OTP_OK);
		assert_int_equal(otp_fields_put_int(&event.details, OTP_FIELD_DAYS_LEFT, days), OTP_OK);
		say(OTP_FIELD_SHARERS, "bob");
		happen(f);
		expect(f, days > 0 ? "expires bob\n" : "expired bob\n");
	}
	begin(f, OTP_VERB_DUE, "", OTP_OK);
	say(OTP_FIELD_MAKER, "alice");
	happen(f);
	expect(f, "transfer-expired alice@example.org\n");
}

/* The event has the addresses: the old one is nobody's any more, and who was deleted has no record. */
static void
old_addresses(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_USER_MOD, "alice", OTP_OK);
	say(OTP_FIELD_MAIL_BEFORE, "old@example.org");
	say(OTP_FIELD_MAIL, "alice@example.org");
	happen(f);
	expect(f, "address-changed alice@example.org\naddress-changed old@example.org\n");
	begin(f, OTP_VERB_PASSWORD_RESET, "alice", OTP_OK);
	say(OTP_FIELD_MAIL, "alice@example.org");
	say(OTP_FIELD_MAIL_BEFORE, "old@example.org");
	happen(f);
	expect(f, "password-reset alice@example.org\npassword-reset old@example.org\n");
	begin(f, OTP_VERB_PASSWORD_RESET, "bob", OTP_OK);
	happen(f);
	expect(f, "password-reset bob\n");
	begin(f, OTP_VERB_USER_DEL, "zoe", OTP_OK);
	say(OTP_FIELD_MAIL, "zoe@example.org");
	happen(f);
	expect(f, "deleted zoe@example.org\n");
}

/* Of several, each hears of himself alone. */
static void
each_his_own(void **state)
{
	struct frame *f = *state;
	struct otp_fields content = OTP_FIELDS_INIT;
	const void *bytes;
	size_t len;

	people(f);
	begin(f, OTP_VERB_REVOKE, "", OTP_OK);
	say(OTP_FIELD_USERS, "bob");
	say(OTP_FIELD_SERIALS, "S-of-bob");
	say(OTP_FIELD_USERS, "alice");
	say(OTP_FIELD_SERIALS, "S-of-alice");
	say(OTP_FIELD_CHANGES, "bob:+login");
	say(OTP_FIELD_CHANGES, "alice:-login");
	say(OTP_FIELD_CHANGES, "alice:-account 1");
	happen(f);
	assert_int_equal(fetch(f), OTP_OK);
	assert_string_equal(seen.text, "revoked alice@example.org\nrevoked bob\n");
	bytes = otp_fields_bytes(&f->answer.rows.row[0], OTP_FIELD_CONTENT, &len);
	assert_int_equal(otp_bytes_set(&content.data, bytes, len), OTP_OK);
	assert_string_equal(otp_fields_str(&content, OTP_FIELD_USER), "alice");
	assert_string_equal(otp_fields_str(&content, OTP_FIELD_SERIAL), "S-of-alice");
	assert_string_equal(otp_fields_str(&content, OTP_FIELD_CHANGES), "-login");
	assert_false(otp_fields_has(&content, OTP_FIELD_USERS));
	assert_null(memmem(bytes, len, "bob", 3));
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_TO_LANGUAGE), "ja");
	otp_fields_clear(&content);
}

static void
who_is_gone(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	people(f);
	begin(f, OTP_VERB_USER_OPEN, "nobody", OTP_OK);
	happen(f);
	begin(f, OTP_VERB_USER_OPEN, "late", OTP_OK);
	happen(f);
	frame_pass(f, 10);
	frame_add_user(f, "late", OTP_ROLE_GENERAL);	/* another one of that name */
	frame_get_user(f, "master", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	begin(f, OTP_VERB_RECOVER_CLOCK, "", OTP_OK);
	happen(f);				/* a disabled administrator looks after nothing */
	expect(f, "");
}

/* domain.md: the notice of a first code comes once an address is known. */
static void
a_first_code(void **state)
{
	struct frame *f = *state;

	people(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_token(f, "2");
	frame_assign(f, "carol", "2");
	settle(f);
	assert_int_equal(frame_verify(f, "carol", frame_code(f, "2", 0)), OTP_OK);
	expect(f, "registered master*\n");
	frame_add_user(f, "dora", OTP_ROLE_GENERAL);
	set_mail(f, "dora", "dora@example.org", "");
	frame_add_token(f, "3");
	frame_assign(f, "dora", "3");
	settle(f);
	assert_int_equal(frame_verify(f, "dora", frame_code(f, "3", 0)), OTP_OK);
	expect(f, "registered master*\nregistered dora@example.org\n");
}

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
	/* whose user is gone while it waits */
	begin(f, OTP_VERB_USER_OPEN, "bob", OTP_OK);
	happen(f);
	assert_int_equal(report_all(f, "failed"), OTP_OK);
	assert_int_equal(otp_store_delete(f->store, OTP_KIND_USER, "bob"), OTP_OK);
	begin(f, OTP_VERB_NONE, "", OTP_OK);
	happen(f);
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
		TEST(codes), TEST(one_each), TEST(people_and_tokens), TEST(sharers_of_now),
		TEST(time_brings), TEST(old_addresses), TEST(each_his_own), TEST(who_is_gone),
		TEST(a_first_code), TEST(only_root), TEST(in_the_middle), TEST(one_of_two),
		TEST(it_comes_to_rest), TEST(in_portions), TEST(tried_again), TEST(given_up),
		TEST(a_bad_address), TEST(bad_reports),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
