/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lifting a suspension: who may, for whom, how often; the list of the suspended. */
#include "config.h"

#include "act_frame.h"

#include "act_unlock.h"

static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	frame_forget_events(f);
}

static bool
has_text(const struct otp_fields *fields, enum otp_field field, const char *text)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (view.field == field && strcmp(view.str, text) == 0)
			return true;
	return false;
}

/* Naming one frees all, and says whom. */
static void
frees_all(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	uint64_t last_used;

	frame_two(f);
	frame_staff(f);
	frame_verify_right(f, "bob");
	frame_verify_wrong(f, "bob", 2);
	frame_verify_wrong(f, "alice", 3);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.state, OTP_TOKEN_SUSPENDED);
	last_used = token.last_used;
	frame_forget_events(f);
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.rows.n, 2);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SHARERS, "alice"));
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SHARERS, "bob"));
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SHARERS, "alice"));
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	frame_reopen(f);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.state, OTP_TOKEN_ACTIVE);
	assert_int_equal(token.suspended_at, 0);
	assert_int_equal(token.fails, 0);
	assert_int_equal(token.n_wrong, 0);
	/* what stays */
	assert_int_equal(token.last_used, last_used);
	assert_int_equal(token.n_unlocks, 1);
	otp_token_clear(&token);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "bob", TOKEN).fails, 0);
	assert_int_equal(frame_sharer(f, "alice", TOKEN).fails_ever, 3);
	frame_verify_wrong(f, "alice", 4);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	frame_verify_right(f, "alice");
}

static void
window_stays(void **state)
{
	struct frame *f = *state;
	struct otp_token before = OTP_TOKEN_INIT, after = OTP_TOKEN_INIT;

	make(f);
	frame_get_token(f, TOKEN, &before);
	frame_pass(f, 1000);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	frame_get_token(f, TOKEN, &after);
	assert_memory_equal(&before.window, &after.window, sizeof(before.window));
	otp_token_clear(&before);
	otp_token_clear(&after);
}

static void
near_is_forgotten(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 8)), OTP_ERR_NEXT_CODE);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_sharer(f, "bob", TOKEN).near_step, OTP_STEP_NONE);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 9)), OTP_ERR_NEXT_CODE);
}

static void
not_ones_own(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "second", TOKEN);
	assert_int_equal(frame_unlock(f, "second", "alice", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_TOKEN);
	assert_string_equal(f->answer.why.arg[1], "master");
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	/* he has not shown his password: nothing of that */
	assert_int_equal(frame_unlock(f, "second", "alice", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
	assert_int_equal(frame_unlock(f, "second", "second", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_unlock(f, "master", "second", FRAME_RIGHT), OTP_OK);
}

/* Pre-assigned is his own, too; and where nobody else can, it says so. */
static void
not_ones_own_to_be(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_assign(f, "second", TOKEN);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_unlock(f, "second", "alice", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_OWN_TOKEN_NOBODY);
}

/* His own token may be the suspended one of others: no code is asked. */
static void
suspended_staff_unlocks_others(void **state)
{
	struct frame *f = *state;

	make(f);
	for (unsigned i = 0; i < 5; i++)
		(void)frame_verify(f, "master", frame_wrong_code(f, STAFF_TOKEN));
	assert_int_equal(frame_state(f, STAFF_TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_unlock(f, "master", "master", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
}

static void
three_a_day(void **state)
{
	struct frame *f = *state;

	make(f);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
		frame_verify_wrong(f, "alice", 5);
		frame_pass(f, 3600);
	}
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_ERR_OVER_LIMIT);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	frame_pass(f, 86400 - 3 * 3600);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
}

static void
not_suspended(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 3);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	assert_false(f->answer.changed);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.fails, 3);
	assert_int_equal(token.n_unlocks, 0);
	otp_token_clear(&token);
	/* but his use of the socket starts again */
	for (unsigned i = 0; i < 5; i++)
		(void)frame_verify_self(f, "bob", frame_wrong_code(f, TOKEN));
	assert_int_equal(frame_verify_self(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_RIGHT), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(frame_verify_self(f, "bob", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
stock_stays_stock(void **state)
{
	struct frame *f = *state;

	frame_staff(f);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_add_token(f, TOKEN);
	frame_assign(f, "alice", TOKEN);
	frame_verify_wrong(f, "alice", 5);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_STOCK);
}

static enum otp_err
unlock_serial(struct frame *f, const char *user, const char *serial, const char *const *expect, size_t n)
{
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_USER, user);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	for (size_t i = 0; i < n; i++)
		frame_text(f, OTP_FIELD_EXPECT, expect[i]);
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_UNLOCK, otp_act_unlock);
}

/* Whom he was shown is whom he frees. */
static void
expected(void **state)
{
	static const char *const one[] = { "alice" }, *const both[] = { "bob", "alice" },
	    *const other[] = { "alice", "carol" }, *const more[] = { "alice", "bob", "carol" },
	    *const twice[] = { "alice", "alice" };
	struct frame *f = *state;

	make(f);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, one, 1), OTP_ERR_CONFLICT);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, other, 2), OTP_ERR_CONFLICT);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, more, 3), OTP_ERR_CONFLICT);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, twice, 2), OTP_ERR_CONFLICT);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, both, 2), OTP_OK);
}

static void
named(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(unlock_serial(f, NULL, NULL, NULL, 0), OTP_ERR_USAGE);
	assert_int_equal(unlock_serial(f, "alice", STAFF_TOKEN, NULL, 0), OTP_ERR_CONFLICT);
	assert_int_equal(unlock_serial(f, NULL, "no-such", NULL, 0), OTP_ERR_NOT_FOUND);
	assert_int_equal(unlock_serial(f, "nobody", NULL, NULL, 0), OTP_ERR_NOT_FOUND);
	assert_int_equal(unlock_serial(f, "carol", NULL, NULL, 0), OTP_ERR_WRONG_STATE);
	assert_int_equal(frame_unlock(f, "master", "nobody", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_unlock(f, "carol", "alice", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(unlock_serial(f, "alice", TOKEN, NULL, 0), OTP_OK);
	frame_get_token(f, TOKEN, &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(unlock_serial(f, NULL, TOKEN, NULL, 0), OTP_ERR_LOST);
}

static void
dry_run(void **state)
{
	struct frame *f = *state;

	make(f);
	f->request.dry_run = true;
	assert_int_equal(frame_unlock(f, "master", "bob", FRAME_NO_PASSWORD), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SHARERS, "alice"));
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(f->n_events, 0);
}

static void
list(void **state)
{
	struct frame *f = *state;
	int64_t at = 0;

	make(f);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_SUSPENDED_LIST, otp_act_suspended_list), OTP_OK);
	assert_int_equal(f->answer.rows.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct otp_fields *row = &f->answer.rows.row[i];

		assert_string_equal(otp_fields_str(row, OTP_FIELD_SERIAL), TOKEN);
		assert_string_equal(otp_fields_str(row, OTP_FIELD_SUSPENDED_BY), "alice");
		assert_true(otp_fields_int(row, OTP_FIELD_SUSPENDED_AT, &at));
		assert_int_equal(at, f->now_ms / 1000);
	}
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_SUSPENDED_LIST, otp_act_suspended_list),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_SUSPENDED_LIST, otp_act_suspended_list), OTP_OK);
	assert_int_equal(f->answer.rows.n, 0);
}

/* A list is sent in pieces that fit a packet each, however long names are. */
static void
long_list(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_sharer *sharer;
	char name[OTP_NAME_MAX + 1];

	frame_staff(f);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (unsigned t = 0; t < 8; t++) {
		char serial[16];

		(void)snprintf(serial, sizeof(serial), "T%u", t);
		frame_add_token(f, serial);
		frame_get_token(f, serial, &token);
		for (unsigned i = 0; i < OTP_SHARERS_MAX; i++)
			assert_int_equal(otp_token_sharer_add(&token, 1000 + i, name, &sharer), OTP_OK);
		token.state = OTP_TOKEN_SUSPENDED;
		token.suspended_by = 1000;
		frame_put_token(f, &token);
		otp_token_clear(&token);
	}
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_SUSPENDED_LIST, otp_act_suspended_list), OTP_OK);
	assert_true(f->n_sent >= 4);
	assert_int_equal(f->n_sent_rows + f->answer.rows.n, 8 * OTP_SHARERS_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(frees_all), T(window_stays), T(near_is_forgotten), T(not_ones_own),
		T(not_ones_own_to_be), T(suspended_staff_unlocks_others), T(three_a_day),
		T(not_suspended), T(stock_stays_stock), T(expected), T(named), T(dry_run),
		T(list), T(long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
