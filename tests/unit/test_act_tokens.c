/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delivery of tokens: every kind of bad line, conflicts, idempotence, users; listing and showing. */
#include "config.h"

#include "act_frame.h"

#include "act_tokens.h"

static struct otp_fields *
put_row(struct frame *f, int64_t line, const char *serial, uint8_t seed_byte)
{
	struct otp_fields *row = frame_row(f);
	uint8_t seed[20];

	memset(seed, seed_byte, sizeof(seed));
	assert_int_equal(otp_fields_put_int(row, OTP_FIELD_LINE, line), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_SERIAL, serial), OTP_OK);
	if (seed_byte != 0)
		assert_int_equal(otp_fields_put_bytes(row, OTP_FIELD_SECRET, seed, sizeof(seed)), OTP_OK);
	return row;
}

static void
with_int(struct otp_fields *row, enum otp_field field, int64_t value)
{
	assert_int_equal(otp_fields_put_int(row, field, value), OTP_OK);
}

static void
with_text(struct otp_fields *row, enum otp_field field, const char *text)
{
	assert_int_equal(otp_fields_put_str(row, field, text), OTP_OK);
}

static enum otp_err
import(struct frame *f)
{
	frame_root(f);
	return frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import);
}

static const char *
result(const struct frame *f, size_t i)
{
	assert_true(i < f->answer.rows.n);
	return otp_fields_str(&f->answer.rows.row[i], OTP_FIELD_RESULT);
}

static bool
is_absent(struct frame *f, const char *serial)
{
	return otp_store_absent(f->store, OTP_KIND_TOKEN, serial) == OTP_OK;
}

static void
imports(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_fields *row;

	frame_forget_events(f);
	put_row(f, 2, "1", 1);
	row = put_row(f, 3, "2", 2);
	with_text(row, OTP_FIELD_TYPE, "hotp");
	with_text(row, OTP_FIELD_ALGORITHM, "sha256");
	with_int(row, OTP_FIELD_DIGITS, 8);
	with_int(row, OTP_FIELD_COUNTER, 7);
	row = put_row(f, 4, "3", 3);
	with_int(row, OTP_FIELD_STEP, 30);
	with_int(row, OTP_FIELD_NOT_BEFORE, f->now_ms / 1000 - 1000);
	with_int(row, OTP_FIELD_NOT_AFTER, f->now_ms / 1000 + 1000);
	assert_int_equal(import(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->n_events, 1);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(result(f, i), "added");
	frame_reopen(f);
	frame_get_token(f, "1", &token);
	assert_int_equal(token.state, OTP_TOKEN_STOCK);
	assert_int_equal(token.type, OTP_TOKEN_TOTP);
	assert_int_equal(token.digits, 6);
	assert_int_equal(token.step, 60);
	assert_int_equal(token.last_used, OTP_STEP_NONE);
	assert_int_equal(token.window.lo_ms, -600000);
	assert_int_equal(token.window.at_ms, f->now_ms);
	frame_get_token(f, "2", &token);
	assert_int_equal(token.type, OTP_TOKEN_HOTP);
	assert_int_equal(token.hash, OTP_HASH_SHA256);
	assert_int_equal(token.digits, 8);
	assert_int_equal(token.last_used, 6);
	frame_get_token(f, "3", &token);
	assert_int_equal(token.step, 30);
	assert_int_equal(token.window.lo_ms, -2000);
	assert_int_equal(token.window.at_ms, f->now_ms - 1000000);
	otp_token_clear(&token);
}

static void
refuse(struct frame *f, const char *word)
{
	enum otp_err err;

	put_row(f, 9, "good", 99);
	err = import(f);
	assert_string_equal(result(f, 0), word);
	assert_int_equal(err, strcmp(word, "conflict") == 0 ? OTP_ERR_CONFLICT : OTP_ERR_BAD_INPUT);
	assert_non_null(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_TEXT));
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_BAD_ROWS);
	/* nothing of the request is written */
	assert_true(is_absent(f, "good"));
}

static void
bad_lines(void **state)
{
	struct frame *f = *state;
	uint8_t seed[65] = { 1 };

	put_row(f, 2, "", 1);
	refuse(f, "bad-input");
	put_row(f, 2, "a b", 1);
	refuse(f, "bad-input");
	put_row(f, 2, "0123456789012345678901234567890123456789012345678901234567890123456789", 1);
	refuse(f, "bad-input");
	put_row(f, 2, "1", 0);
	refuse(f, "bad-input");
	assert_int_equal(otp_fields_put_bytes(put_row(f, 2, "1", 0), OTP_FIELD_SECRET, seed, 15), OTP_OK);
	refuse(f, "bad-input");
	assert_int_equal(otp_fields_put_bytes(put_row(f, 2, "1", 0), OTP_FIELD_SECRET, seed, 65), OTP_OK);
	refuse(f, "bad-input");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_TYPE, "ocra");
	refuse(f, "bad-input");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_ALGORITHM, "md5");
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_DIGITS, 5);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_DIGITS, 9);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_STEP, 9);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_STEP, 301);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_COUNTER, 1);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_NOT_BEFORE, -1);
	refuse(f, "bad-input");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_NOT_AFTER, OTP_TIME_MAX + 1);
	refuse(f, "bad-input");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "a/b");
	refuse(f, "bad-input");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "alice bob");
	refuse(f, "bad-input");
	assert_true(is_absent(f, "1"));
	assert_int_equal(import(f), OTP_ERR_USAGE);
}

static void
bad_users(void **state)
{
	struct frame *f = *state;
	struct otp_fields *row = put_row(f, 2, "1", 1);

	/* the same name twice in one line */
	with_text(row, OTP_FIELD_USERS, "alice");
	with_text(row, OTP_FIELD_USERS, "alice");
	refuse(f, "bad-input");
	row = put_row(f, 2, "1", 1);
	for (unsigned i = 0; i <= OTP_SHARERS_MAX; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%u", i);
		with_text(row, OTP_FIELD_USERS, name);
	}
	refuse(f, "bad-input");
	/* of a line that does not go in nobody has the token */
	frame_two(f);
	row = put_row(f, 2, "1", 1);
	with_text(row, OTP_FIELD_USERS, "carol");
	with_text(row, OTP_FIELD_USERS, "alice");
	with_text(put_row(f, 3, "2", 2), OTP_FIELD_USERS, "carol");
	f->request.dry_run = true;
	assert_int_equal(import(f), OTP_OK);
	assert_string_equal(result(f, 0), "conflict");
	assert_string_equal(result(f, 1), "added");
}

static void
dates_in_order(void **state)
{
	struct frame *f = *state;
	struct otp_fields *row = put_row(f, 2, "1", 1);

	with_int(row, OTP_FIELD_NOT_BEFORE, 2000);
	with_int(row, OTP_FIELD_NOT_AFTER, 2000);
	refuse(f, "bad-input");
}

static void
twice_in_one_request(void **state)
{
	struct frame *f = *state;

	put_row(f, 2, "1", 1);
	put_row(f, 3, "1", 1);
	assert_int_equal(import(f), OTP_ERR_BAD_INPUT);
	assert_string_equal(result(f, 1), "bad-input");
	put_row(f, 2, "1", 1);
	put_row(f, 3, "2", 1);
	assert_int_equal(import(f), OTP_ERR_BAD_INPUT);
	assert_true(is_absent(f, "1"));
}

/* The same line again changes nothing; a differing one is a conflict; replay state is never reset. */
static void
again(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	put_row(f, 2, "1", 1);
	assert_int_equal(import(f), OTP_OK);
	frame_get_token(f, "1", &token);
	token.state = OTP_TOKEN_ACTIVE;
	token.last_used = 42;
	frame_put_token(f, &token);
	put_row(f, 2, "1", 1);
	assert_int_equal(import(f), OTP_OK);
	assert_false(f->answer.changed);
	assert_string_equal(result(f, 0), "unchanged");
	frame_get_token(f, "1", &token);
	assert_int_equal(token.last_used, 42);
	put_row(f, 2, "1", 2);
	refuse(f, "conflict");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_STEP, 30);
	refuse(f, "conflict");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_DIGITS, 8);
	refuse(f, "conflict");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_ALGORITHM, "sha512");
	refuse(f, "conflict");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_NOT_AFTER, 4000000000);
	refuse(f, "conflict");
	with_int(put_row(f, 2, "1", 1), OTP_FIELD_NOT_BEFORE, 5);
	refuse(f, "conflict");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_TYPE, "hotp");
	refuse(f, "conflict");
	/* a seed that another token has */
	put_row(f, 2, "2", 1);
	refuse(f, "conflict");
	/* lost and retired never come back, under either name */
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	put_row(f, 2, "1", 1);
	refuse(f, "conflict");
	put_row(f, 2, "2", 1);
	refuse(f, "conflict");
	token.state = OTP_TOKEN_RETIRED;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	put_row(f, 2, "1", 1);
	refuse(f, "conflict");
}

/* HMAC fills a short key up with zeros: with some more of them it is the same key, and shows the same codes. */
static void
padded_seeds(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	uint8_t seed[64] = { 0 };

	memset(seed, 1, 20);
	put_row(f, 2, "1", 1);
	assert_int_equal(import(f), OTP_OK);
	for (size_t len = 21; len <= sizeof(seed); len += 43) {
		assert_int_equal(otp_fields_put_bytes(put_row(f, 2, "2", 0), OTP_FIELD_SECRET,
		    seed, len), OTP_OK);
		refuse(f, "conflict");
	}
	frame_get_token(f, "1", &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(otp_fields_put_bytes(put_row(f, 2, "2", 0), OTP_FIELD_SECRET, seed, 32),
	    OTP_OK);
	refuse(f, "conflict");
}

static void
counters_are_compared(void **state)
{
	struct frame *f = *state;
	struct otp_fields *row = put_row(f, 2, "1", 1);

	with_text(row, OTP_FIELD_TYPE, "hotp");
	with_int(row, OTP_FIELD_COUNTER, 3);
	assert_int_equal(import(f), OTP_OK);
	row = put_row(f, 2, "1", 1);
	with_text(row, OTP_FIELD_TYPE, "hotp");
	with_int(row, OTP_FIELD_COUNTER, 4);
	refuse(f, "conflict");
}

/* ---- users ---- */

static void
users_are_made_and_assigned(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	row = put_row(f, 2, "1", 1);
	with_text(row, OTP_FIELD_USERS, "alice");
	with_text(row, OTP_FIELD_USERS, "newcomer");
	assert_int_equal(import(f), OTP_OK);
	frame_reopen(f);
	assert_int_equal(frame_state(f, "1"), OTP_TOKEN_STOCK);
	assert_false(frame_sharer(f, "alice", "1").is_bound);
	frame_get_user(f, "newcomer", &user);
	assert_int_equal(user.role, OTP_ROLE_GENERAL);
	assert_int_equal(user.granted.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(user.adopted.rights, OTP_RIGHT_LOGIN);
	assert_string_equal(user.serial, "1");
	assert_false(user.is_bound);
	assert_string_equal(user.confirm, "");
	assert_string_equal(user.word, "");
	assert_int_equal(user.id, 2);
	/* the first right code completes it */
	assert_int_equal(frame_verify(f, "newcomer", frame_code(f, "1", 0)), OTP_OK);
	assert_true(frame_sharer(f, "newcomer", "1").is_bound);
	/* the same line again; another assignment is not an import's business */
	row = put_row(f, 2, "1", 1);
	with_text(row, OTP_FIELD_USERS, "alice");
	with_text(row, OTP_FIELD_USERS, "third");
	assert_int_equal(import(f), OTP_OK);
	assert_string_equal(result(f, 0), "unchanged");
	assert_non_null(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_TEXT));
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "third"), OTP_OK);
	/* the next one's number is the next one */
	with_text(put_row(f, 2, "2", 2), OTP_FIELD_USERS, "third");
	assert_int_equal(import(f), OTP_OK);
	frame_get_user(f, "third", &user);
	assert_int_equal(user.id, 3);
	otp_user_clear(&user);
}

static void
users_have_one_token(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "alice");
	refuse(f, "conflict");
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "carol");
	with_text(put_row(f, 3, "2", 2), OTP_FIELD_USERS, "carol");
	assert_int_equal(import(f), OTP_ERR_CONFLICT);
	assert_string_equal(result(f, 1), "conflict");
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "carol"), OTP_OK);
}

/* One hand with the password and the token: an import is no way around the bar. */
static void
users_reset_by_the_same(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	uint64_t master;

	frame_staff(f);
	frame_get_user(f, "master", &user);
	master = user.id;
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_get_user(f, "alice", &user);
	user.reset_by = master;
	user.reset_at = f->now_ms / 1000;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	for (int i = 0; i < 2; i++) {
		with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "alice");
		frame_as(f, "master");
		f->confirm = FRAME_RIGHT;
		frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
		assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import),
		    i == 0 ? OTP_ERR_CONFLICT : OTP_OK);
		frame_pass(f, f->conf.reset_bar);
	}
}

static void
users_need_a_second(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	f->conf.administration = OTP_CONF_DUAL;
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "alice");
	frame_as(f, "master");
	f->confirm = FRAME_RIGHT;
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_ERR_CONFLICT);
	with_text(put_row(f, 2, "1", 1), OTP_FIELD_USERS, "alice");
	assert_int_equal(import(f), OTP_OK);
}

/* ---- many ---- */

static void
put_many(struct frame *f, unsigned n, unsigned users_each)
{
	for (unsigned i = 0; i < n; i++) {
		char serial[24], user[48];
		struct otp_fields *row;
		uint8_t seed[20] = { 7 };

		(void)snprintf(serial, sizeof(serial), "S%05u", i);
		memcpy(seed + 8, serial, 6);
		row = put_row(f, i + 2, serial, 0);
		assert_int_equal(otp_fields_put_bytes(row, OTP_FIELD_SECRET, seed, sizeof(seed)), OTP_OK);
		for (unsigned u = 0; u < users_each; u++) {
			(void)snprintf(user, sizeof(user), "u%u-%u", i, u);
			with_text(row, OTP_FIELD_USERS, user);
		}
	}
}

/* In commits of bounded size, each with its event. */
static void
many(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	int64_t n = 0;

	frame_forget_events(f);
	put_many(f, 250, 0);
	assert_int_equal(import(f), OTP_OK);
	assert_int_equal(f->n_events, 3);
	assert_true(otp_fields_int(&f->event[0].details, OTP_FIELD_COUNT, &n));
	assert_int_equal(n, 100);
	assert_true(otp_fields_int(&f->event[2].details, OTP_FIELD_COUNT, &n));
	assert_int_equal(n, 50);
	assert_int_equal(f->n_sent_rows + f->answer.rows.n, 250);
	put_many(f, 500, 1);
	assert_int_equal(import(f), OTP_OK);
	assert_false(is_absent(f, "S00499"));
	assert_int_equal(otp_store_absent(f->store, OTP_KIND_USER, "u0-0"), OTP_OK);
	frame_get_user(f, "u499-0", &user);
	assert_int_equal(user.id, 250);
	otp_user_clear(&user);
}

/* What was shown for the batch is used up with its first commit. */
static void
code_goes_with_the_first(void **state)
{
	struct frame *f = *state;
	const char *code;

	frame_staff(f);
	code = frame_code(f, STAFF_TOKEN, 0);
	put_many(f, 150, 0);
	frame_as(f, "master");
	f->confirm = FRAME_RIGHT;
	frame_text(f, OTP_FIELD_CODE, code);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_OK);
	assert_int_equal(frame_verify(f, "master", code), OTP_ERR_CODE_USED);
	put_row(f, 2, "1", 0);
	frame_pass(f, FRAME_STEP);
	code = frame_code(f, STAFF_TOKEN, 0);
	frame_as(f, "master");
	f->confirm = FRAME_RIGHT;
	frame_text(f, OTP_FIELD_CODE, code);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import), OTP_ERR_BAD_INPUT);
	assert_int_equal(frame_verify(f, "master", code), OTP_ERR_CODE_USED);
}

static void
dry_run(void **state)
{
	struct frame *f = *state;

	frame_forget_events(f);
	put_row(f, 2, "1", 1);
	put_row(f, 3, "", 2);
	put_row(f, 4, "3", 1);
	f->request.dry_run = true;
	assert_int_equal(import(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(result(f, 0), "added");
	assert_string_equal(result(f, 1), "bad-input");
	assert_string_equal(result(f, 2), "bad-input");
	assert_true(is_absent(f, "1"));
	assert_int_equal(f->n_events, 0);
}

/* ---- show, list ---- */

static size_t
count(struct frame *f, const char *state, bool is_suspended)
{
	frame_root(f);
	if (state != NULL)
		frame_text(f, OTP_FIELD_STATE, state);
	if (is_suspended)
		frame_flag(f, OTP_FIELD_SUSPENDED, true);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_LIST, otp_act_token_list), OTP_OK);
	for (size_t i = 0; i < f->answer.rows.n; i++) {
		assert_int_equal(otp_fields_check(&f->answer.rows.row[i]), OTP_OK);
		assert_false(otp_fields_has(&f->answer.rows.row[i], OTP_FIELD_SECRET));
	}
	return f->n_sent_rows + f->answer.rows.n;
}

static void
lists(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_token(f, "2");
	with_int(put_row(f, 2, "3", 3), OTP_FIELD_NOT_AFTER, f->now_ms / 1000 + 60);
	assert_int_equal(import(f), OTP_OK);
	frame_pass(f, 61);
	assert_int_equal(count(f, NULL, false), 3);
	assert_int_equal(count(f, "stock", false), 1);
	assert_int_equal(count(f, "expired", false), 1);
	assert_int_equal(count(f, "active", false), 1);
	assert_int_equal(count(f, NULL, true), 0);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(count(f, NULL, true), 1);
	frame_root(f);
	frame_text(f, OTP_FIELD_STATE, "broken");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_LIST, otp_act_token_list), OTP_ERR_USAGE);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_LIST, otp_act_token_list), OTP_ERR_NOT_PERMITTED);
}

static void
shows(void **state)
{
	struct frame *f = *state;
	int64_t left = 0;

	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 2);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_SHOW, otp_act_token_show), OTP_OK);
	assert_int_equal(otp_fields_check(&f->answer.fields), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_STATE), "active");
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_FAILS_LEFT, &left));
	assert_int_equal(left, 3);
	assert_int_equal(f->answer.rows.n, 2);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, "no-such");
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_SHOW, otp_act_token_show), OTP_ERR_NOT_FOUND);
	frame_verify_wrong(f, "alice", 3);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_SHOW, otp_act_token_show), OTP_OK);
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_SUSPENDED_BY), "alice");
	assert_string_equal(otp_fields_str(&f->answer.fields, OTP_FIELD_CAN_UNLOCK), "master");
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(imports), T(bad_lines), T(bad_users), T(dates_in_order),
		T(twice_in_one_request), T(again), T(padded_seeds), T(counters_are_compared),
		T(users_are_made_and_assigned), T(users_have_one_token), T(users_need_a_second),
		T(users_reset_by_the_same),
		T(many), T(code_goes_with_the_first), T(dry_run), T(lists), T(shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
