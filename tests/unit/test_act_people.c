/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users: adding one and many, opening registrations, showing and listing. */
#include "config.h"

#include "act_frame.h"

#include "act_people.h"

static void
add_row(struct frame *f, int64_t line, const char *name, const char *role)
{
	struct otp_fields *row = frame_row(f);

	assert_int_equal(otp_fields_put_int(row, OTP_FIELD_LINE, line), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_USER, name), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_ROLE, role), OTP_OK);
}

/* By a member of staff, with everything he must show. */
static enum otp_err
add(struct frame *f, const char *operator_name, const char *serial)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, operator_name);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, serial, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_USER_ADD, otp_act_user_add);
}

static void
adds_one(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	const struct otp_fields *row;
	uint8_t pepper[OTP_KEY_SIZE];
	struct otp_secret word = OTP_SECRET_INIT;
	const char *text;
	bool is_right = false;
	int64_t now;

	frame_staff(f);
	frame_forget_events(f);
	add_row(f, 1, "alice", NULL);
	assert_int_equal(otp_fields_put_str(&f->request.rows.row[0], OTP_FIELD_MAIL, "a@bank.example"),
	    OTP_OK);
	assert_int_equal(otp_fields_put_str(&f->request.rows.row[0], OTP_FIELD_LANGUAGE, "ja"), OTP_OK);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	now = f->now_ms / 1000;
	frame_reopen(f);
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.id, 2);
	assert_int_equal(user.role, OTP_ROLE_GENERAL);
	assert_true(user.enabled);
	assert_string_equal(user.mail, "a@bank.example");
	assert_string_equal(user.language, "ja");
	assert_int_equal(user.granted.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(user.adopted.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(user.register_from, now);
	assert_int_equal(user.register_until, now + 30 * 86400);
	assert_int_equal(user.word_until, now + 14 * 86400);
	assert_string_equal(user.confirm, "");
	/* the word that was handed out is the one that the record knows */
	assert_int_equal(f->answer.rows.n, 1);
	row = &f->answer.rows.row[0];
	text = otp_fields_str(row, OTP_FIELD_WORD);
	assert_non_null(text);
	assert_int_equal(otp_secret_set(&word, text, strlen(text)), OTP_OK);
	assert_int_equal(otp_act_pepper(f->ring, pepper), OTP_OK);
	assert_int_equal(otp_phc_word_check(pepper, user.id, user.word, &word, &is_right), OTP_OK);
	assert_true(is_right);
	/* and stands nowhere else */
	assert_null(strstr(user.word, text));
	for (unsigned i = 0; i < f->n_events; i++) {
		struct otp_bytes line = OTP_BYTES_INIT;

		assert_int_equal(otp_event_line(&f->event[i], 1, &line), OTP_OK);
		assert_null(strstr((const char *)line.data, text));
		otp_bytes_clear(&line);
	}
	otp_user_clear(&user);
}

static void
no_login(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_staff(f);
	add_row(f, 1, "alice", "general");
	assert_int_equal(otp_fields_put_bool(&f->request.rows.row[0], OTP_FIELD_NO_LOGIN, true), OTP_OK);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.granted.rights, 0);
	assert_int_equal(user.adopted.rights, 0);
	otp_user_clear(&user);
}

static void
adds_all_or_none(void **state)
{
	struct frame *f = *state;
	int64_t line = 0;

	frame_staff(f);
	add_row(f, 2, "alice", NULL);
	add_row(f, 3, "bad/name", NULL);
	add_row(f, 4, "bob", "boss");
	add_row(f, 5, "alice", NULL);
	add_row(f, 6, "carol", "administrator");
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_ERR_BAD_INPUT);
	assert_int_equal(f->answer.rows.n, 3);
	for (size_t i = 0; i < f->answer.rows.n; i++) {
		static const char *const results[] = { "bad-input", "bad-input", "exists" };

		assert_true(otp_fields_int(&f->answer.rows.row[i], OTP_FIELD_LINE, &line));
		assert_int_equal(line, 3 + (int64_t)i);
		assert_string_equal(otp_fields_str(&f->answer.rows.row[i], OTP_FIELD_RESULT), results[i]);
		assert_non_null(otp_fields_str(&f->answer.rows.row[i], OTP_FIELD_TEXT));
		assert_null(otp_fields_str(&f->answer.rows.row[i], OTP_FIELD_WORD));
	}
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "alice"), OTP_OK);
	add_row(f, 2, "alice", NULL);
	add_row(f, 6, "carol", "administrator");
	frame_forget_events(f);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	assert_int_equal(f->n_events, 1);
	assert_int_equal(f->answer.rows.n, 2);
	/* again: there already */
	add_row(f, 2, "alice", NULL);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_ERR_EXISTS);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_USER_EXISTS);
}

static void
ids_are_never_reused(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	uint64_t first;

	frame_staff(f);
	for (unsigned i = 0; i < 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		add_row(f, i, name, NULL);
	}
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	frame_get_user(f, "user0", &user);
	first = user.id;
	frame_get_user(f, "user299", &user);
	assert_int_equal(user.id, first + 299);
	add_row(f, 1, "later", NULL);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	frame_get_user(f, "later", &user);
	assert_int_equal(user.id, first + 300);
	otp_user_clear(&user);
}

/* Administrators and masters are made by masters, and listed with the company. */
static void
staff_by_masters(void **state)
{
	struct frame *f = *state;
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;

	frame_staff(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, "2");
	frame_bind(f, "second", "2");
	add_row(f, 1, "third", "administrator");
	assert_int_equal(add(f, "second", "2"), OTP_ERR_NOT_PERMITTED);
	add_row(f, 1, "third", "master");
	assert_int_equal(add(f, "second", "2"), OTP_ERR_NOT_PERMITTED);
	add_row(f, 1, "alice", "general");
	assert_int_equal(add(f, "second", "2"), OTP_OK);
	add_row(f, 1, "third", "administrator");
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	assert_int_equal(company.n_staff, 3);
	assert_string_equal(company.staff[2].user, "third");
	assert_int_equal(company.staff[2].role, OTP_ROLE_ADMINISTRATOR);
	otp_company_clear(&company);
	otp_bytes_clear(&value);
}

static void
needs_a_second(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	f->conf.administration = OTP_CONF_DUAL;
	add_row(f, 1, "bob", NULL);
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_ERR_POLICY);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_ERR_POLICY);
}

static void
add_dry_run(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	add_row(f, 1, "alice", NULL);
	f->request.dry_run = true;
	assert_int_equal(add(f, "master", STAFF_TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	assert_null(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_WORD));
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "alice"), OTP_OK);
}

/* ---- open-registration ---- */

static enum otp_err
open_now(struct frame *f, const char *operator_name, const char *serial, const char *name)
{
	frame_pass(f, FRAME_STEP);
	return frame_open(f, operator_name, name, frame_code(f, serial, 0), FRAME_RIGHT);
}

static void
opens(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t now;

	frame_staff(f);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_get_user(f, "alice", &user);
	user.register_from = user.register_until = 0;
	user.register_fails = 5;
	frame_put_user(f, &user);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "alice"), OTP_OK);
	now = f->now_ms / 1000;
	frame_get_user(f, "alice", &user);
	assert_int_equal(user.register_from, now);
	assert_int_equal(user.register_until, now + 30 * 86400);
	assert_int_equal(user.register_fails, 0);
	/* with a token there is nothing to open */
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "alice"), OTP_ERR_WRONG_STATE);
	frame_add_user(f, "bob", OTP_ROLE_GENERAL);
	frame_get_user(f, "bob", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "bob"), OTP_ERR_WRONG_STATE);
	user.enabled = true;
	user.granted.rights = user.adopted.rights = OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "bob"), OTP_ERR_NOT_APPLICABLE);
	otp_user_clear(&user);
}

/* Attack: one administrator resets the password and opens the registration for the same user. */
static void
not_by_who_reset(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_staff(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, "2");
	frame_bind(f, "second", "2");
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_get_user(f, "alice", &user);
	user.reset_by = 1;	/* master */
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "alice"), OTP_ERR_POLICY);
	assert_int_equal(open_now(f, "second", "2", "alice"), OTP_OK);
	f->now_ms = FRAME_START_MS + 86400 * 1000 - FRAME_STEP * 1000 - 1000;
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "alice"), OTP_ERR_POLICY);
	f->now_ms = FRAME_START_MS + 86400 * 1000;
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "alice"), OTP_OK);
}

static void
staff_opened_by_masters(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, "2");
	frame_bind(f, "second", "2");
	frame_add_user(f, "third", OTP_ROLE_ADMINISTRATOR);
	assert_int_equal(open_now(f, "second", "2", "third"), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(open_now(f, "master", STAFF_TOKEN, "third"), OTP_OK);
}

/* ---- show, list ---- */

static const char *
text_of(struct frame *f, enum otp_field field)
{
	const char *text = otp_fields_str(&f->answer.fields, field);

	return text != NULL ? text : "";
}

static void
shows(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	frame_two(f);
	frame_staff(f);
	frame_get_user(f, "alice", &user);
	user.granted.rights |= OTP_RIGHT_EXTERNAL_CREATE;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	frame_verify_wrong(f, "alice", 2);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_USER_SHOW, otp_act_user_show), OTP_OK);
	assert_int_equal(otp_fields_check(&f->answer.fields), OTP_OK);
	assert_string_equal(text_of(f, OTP_FIELD_STATE), "registered");
	assert_string_equal(text_of(f, OTP_FIELD_BINDING), "registered");
	assert_string_equal(text_of(f, OTP_FIELD_SERIAL), TOKEN);
	assert_string_equal(text_of(f, OTP_FIELD_RIGHTS), "login");
	assert_string_equal(text_of(f, OTP_FIELD_RIGHTS_WAITING), "external:create");
	assert_true(otp_fields_bool(&f->answer.fields, OTP_FIELD_ABLE));
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_USER, "nobody");
	assert_int_equal(frame_run(f, OTP_VERB_USER_SHOW, otp_act_user_show), OTP_ERR_NOT_FOUND);
	frame_as(f, "bob");
	frame_text(f, OTP_FIELD_USER, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_USER_SHOW, otp_act_user_show), OTP_ERR_NOT_PERMITTED);
}

static size_t
count(struct frame *f, enum otp_field field, const char *text)
{
	frame_root(f);
	if (field == OTP_FIELD_UNREGISTERED)
		frame_flag(f, field, true);
	else if (field != OTP_FIELD_NONE)
		frame_text(f, field, text);
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_OK);
	for (size_t i = 0; i < f->answer.rows.n; i++)
		assert_int_equal(otp_fields_check(&f->answer.rows.row[i]), OTP_OK);
	return f->answer.rows.n + f->n_sent_rows;
}

static void
lists(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	for (unsigned i = 0; i < 450; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "user%u", i);
		frame_add_user(f, name, OTP_ROLE_GENERAL);
	}
	assert_int_equal(count(f, OTP_FIELD_NONE, NULL), 453);
	assert_true(f->n_sent >= 2);
	assert_int_equal(count(f, OTP_FIELD_ROLE, "master"), 1);
	assert_int_equal(count(f, OTP_FIELD_SERIAL, TOKEN), 2);
	assert_int_equal(count(f, OTP_FIELD_UNREGISTERED, NULL), 450);
	frame_root(f);
	frame_text(f, OTP_FIELD_ROLE, "boss");
	assert_int_equal(frame_run(f, OTP_VERB_USER_LIST, otp_act_user_list), OTP_ERR_USAGE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(adds_one), T(no_login), T(adds_all_or_none), T(ids_are_never_reused),
		T(staff_by_masters), T(needs_a_second), T(add_dry_run), T(opens),
		T(not_by_who_reset), T(staff_opened_by_masters), T(shows), T(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
