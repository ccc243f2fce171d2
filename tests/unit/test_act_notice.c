/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices off the audit: who is told what. */
#include "config.h"

#include "notice_frame.h"

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
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
	say(OTP_FIELD_SHARERS, "bob");
	happen(f);
	expect(f, "lost bob\nlost master*\n");
	begin(f, OTP_VERB_TOKEN_LOST, "master", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
	say(OTP_FIELD_STATE, "suspended");
	say(OTP_FIELD_SHARERS, "bob");
	happen(f);			/* by one who shares it: a report, and no more */
	expect(f, "reported-lost bob\nreported-lost master*\n");
	begin(f, OTP_VERB_TOKEN_REPORT, "bob", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
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
	assert_int_equal(otp_fields_put_int(&event.details, OTP_FIELD_NEWEST_AT, 1800000000), OTP_OK);
	happen(f);
	expect(f, "recovered master*\n");
	begin(f, OTP_VERB_RECOVER_CLOCK, "", OTP_OK);
	happen(f);
	expect(f, "");			/* on its way: the last of its events is the news */
	begin(f, OTP_VERB_TOKEN_LOST, "master", OTP_OK);
	say(OTP_FIELD_SHARERS, "bob");
	happen(f);
	expect(f, "");			/* lost already */
	begin(f, OTP_VERB_RECOVER_PASSWORD, "bob", OTP_OK);
	happen(f);
	expect(f, "recovered bob\npassword-reset bob\nrecovered master*\n");
}

/* Without a list of its own, those who share the token now. */
static void
sharers_of_now(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_TOKEN_SUSPEND, "master", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
	(void)snprintf(event.serial, sizeof(event.serial), TOKEN);
	happen(f);
	expect(f, "suspended-by-hand alice@example.org\nsuspended-by-hand bob\n");
	begin(f, OTP_VERB_TOKEN_SUSPEND, "master", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
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
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, true), OTP_OK);
	say(OTP_FIELD_CHANGES, "bob:+login");
	say(OTP_FIELD_CHANGES, "alices:+login");
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

/* Who had no token loses none. */
static void
nothing_revoked(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_REVOKE, "bob", OTP_OK);
	assert_int_equal(otp_fields_put_bool(&event.details, OTP_FIELD_CHANGED, false), OTP_OK);
	happen(f);
	expect(f, "");
}

/* A wrong pair for another's token: who tried it is told, as the one who did it. */
static void
another_s_pair(void **state)
{
	struct frame *f = *state;

	people(f);
	begin(f, OTP_VERB_TOKEN_RESYNC, "", OTP_ERR_AUTH_FAILED);
	(void)snprintf(event.actor, sizeof(event.actor), "master");
	assert_int_equal(otp_fields_put_int(&event.details, OTP_FIELD_FAILS_LEFT, 1), OTP_OK);
	happen(f);
	expect(f, "last-try master\n");
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
	assert_int_equal(otp_fields_put_int(&event.details, OTP_FIELD_NEWEST_AT, 1800000000), OTP_OK);
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
	/* and himself when he gets his first address */
	set_mail(f, "carol", "carol@example.org", "");
	begin(f, OTP_VERB_USER_MOD, "carol", OTP_OK);
	say(OTP_FIELD_MAIL_BEFORE, "carol");
	say(OTP_FIELD_MAIL, "carol@example.org");
	say(OTP_FIELD_REGISTRATION, "registered");
	happen(f);
	expect(f, "address-changed carol@example.org\naddress-changed carol\nregistered carol@example.org\n");
	frame_add_user(f, "dora", OTP_ROLE_GENERAL);
	set_mail(f, "dora", "dora@example.org", "");
	frame_add_token(f, "3");
	frame_assign(f, "dora", "3");
	settle(f);
	assert_int_equal(frame_verify(f, "dora", frame_code(f, "3", 0)), OTP_OK);
	expect(f, "registered master*\nregistered dora@example.org\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(codes),
		TEST(one_each),
		TEST(people_and_tokens),
		TEST(sharers_of_now),
		TEST(time_brings),
		TEST(old_addresses),
		TEST(each_his_own),
		TEST(nothing_revoked),
		TEST(another_s_pair),
		TEST(who_is_gone),
		TEST(a_first_code),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
