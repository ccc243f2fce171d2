/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Due: what time has brought is committed once, in short turns, each as an event of its own. */
#include "config.h"

#include "transfer_frame.h"

#include "act_due.h"

#define DAY 86400

/* alice and bob share a token that expires `days` from now. */
static void
make(struct frame *f, int64_t days)
{
	struct otp_token token = OTP_TOKEN_INIT;

	frame_two(f);
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000 + days * DAY;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	frame_forget_events(f);
}

static size_t
list(struct frame *f)
{
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_DUE_LIST, otp_act_due_list), OTP_OK);
	return f->n_sent_rows + f->answer.rows.n;
}

static enum otp_err
due(struct frame *f, const char *serial)
{
	frame_root(f);
	assert_int_equal(otp_fields_put_str(frame_row(f), OTP_FIELD_SERIAL, serial), OTP_OK);
	return frame_run(f, OTP_VERB_DUE, otp_act_due);
}

static int64_t
number(const struct otp_fields *fields, enum otp_field field)
{
	int64_t value = -1;

	assert_true(otp_fields_int(fields, field, &value));
	return value;
}

/* Runs what is listed; the days of the event, -1: there was none. */
static int64_t
run(struct frame *f)
{
	frame_forget_events(f);
	if (list(f) == 0)
		return -1;
	assert_string_equal(otp_fields_str(&f->answer.rows.row[0], OTP_FIELD_SERIAL), TOKEN);
	assert_int_equal(due(f, TOKEN), OTP_OK);
	assert_int_equal(f->n_events, 1);
	assert_string_equal(f->event[0].serial, TOKEN);
	assert_int_equal(f->event[0].verb, OTP_VERB_DUE);
	return number(&f->event[0].details, OTP_FIELD_DAYS_LEFT);
}

/* 90, 30 and 7 days before, and when it has expired: to the second, each once. */
static void
warnings(void **state)
{
	struct frame *f = *state;

	make(f, 91);
	assert_int_equal(run(f), -1);
	frame_pass(f, DAY - 1);
	assert_int_equal(run(f), -1);
	frame_pass(f, 1);
	assert_int_equal(run(f), 90);
	assert_int_equal(run(f), -1);
	frame_pass(f, 60 * DAY - 1);
	assert_int_equal(run(f), -1);
	frame_pass(f, 1);
	assert_int_equal(run(f), 30);
	frame_pass(f, 23 * DAY);
	assert_int_equal(run(f), 7);
	frame_pass(f, 7 * DAY);
	assert_int_equal(run(f), -1);
	frame_pass(f, 1);
	assert_int_equal(run(f), 0);
	frame_pass(f, 400 * DAY);
	assert_int_equal(run(f), -1);
}

/* Who was told nothing for weeks is told what holds now, and only that. */
static void
only_the_last(void **state)
{
	struct frame *f = *state;

	make(f, 91);
	frame_pass(f, 86 * DAY);
	assert_int_equal(run(f), 7);
	assert_int_equal(run(f), -1);
}

static void
tells_whom(void **state)
{
	struct frame *f = *state;
	const struct otp_event *event;
	struct otp_field_view view;
	size_t cursor = 0, n = 0;

	make(f, 20);
	assert_int_equal(run(f), 30);
	event = frame_last_event(f);
	assert_int_equal(event->result, OTP_OK);
	assert_string_equal(event->actor, "root");
	assert_int_equal(number(&event->details, OTP_FIELD_EXPIRES), f->now_ms / 1000 + 20 * DAY);
	while (otp_fields_next(&event->details, &cursor, &view))
		n += view.field == OTP_FIELD_SHARERS;
	assert_int_equal(n, 2);
}

/* The same rows twice, after a crash or at the same time: nothing twice. */
static void
twice(void **state)
{
	struct frame *f = *state;

	make(f, 20);
	assert_int_equal(due(f, TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(number(&f->answer.fields, OTP_FIELD_COUNT), 1);
	frame_reopen(f);
	frame_forget_events(f);
	assert_int_equal(due(f, TOKEN), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(number(&f->answer.fields, OTP_FIELD_COUNT), 0);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(due(f, "no-such"), OTP_OK);
	assert_int_equal(f->n_events, 0);
}

static void
each_an_event(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	char serial[16];

	make(f, 20);
	for (unsigned i = 0; i < 5; i++) {
		(void)snprintf(serial, sizeof(serial), "E%u", i % 8);
		frame_add_user(f, serial, OTP_ROLE_GENERAL);
		frame_add_token(f, serial);
		frame_bind(f, serial, serial);
		frame_get_token(f, serial, &token);
		token.not_after = f->now_ms / 1000 + 3 * DAY;
		frame_put_token(f, &token);
		otp_token_clear(&token);
	}
	assert_int_equal(list(f), 6);
	frame_forget_events(f);
	frame_root(f);
	for (unsigned i = 0; i < 5; i++) {
		(void)snprintf(serial, sizeof(serial), "E%u", i % 8);
		assert_int_equal(otp_fields_put_str(frame_row(f), OTP_FIELD_SERIAL, serial), OTP_OK);
	}
	assert_int_equal(frame_run(f, OTP_VERB_DUE, otp_act_due), OTP_OK);
	assert_int_equal(f->n_events, 5);
	for (unsigned i = 0; i < 5; i++) {
		(void)snprintf(serial, sizeof(serial), "E%u", i % 8);
		assert_string_equal(f->event[i].serial, serial);
		assert_int_equal(number(&f->event[i].details, OTP_FIELD_DAYS_LEFT), 7);
	}
	assert_int_equal(list(f), 1);
}

/* Nobody's token, and one that has ended already, concern nobody. */
static void
passed_over(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	make(f, 20);
	frame_add_token(f, "S-1");
	frame_get_token(f, "S-1", &token);
	token.not_after = f->now_ms / 1000 + 5 * DAY;
	frame_put_token(f, &token);
	frame_get_token(f, TOKEN, &token);
	otp_bytes_clear(&token.seed);
	token.state = OTP_TOKEN_LOST;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	frame_forget_events(f);
	assert_int_equal(list(f), 0);
	assert_int_equal(due(f, "S-1"), OTP_OK);
	assert_int_equal(due(f, TOKEN), OTP_OK);
	assert_int_equal(f->n_events, 0);
}

static size_t
due_transfer(struct frame *f, int64_t id)
{
	frame_forget_events(f);
	frame_root(f);
	assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, id), OTP_OK);
	assert_int_equal(frame_run(f, OTP_VERB_DUE, otp_act_due), OTP_OK);
	return f->n_events;
}

/* A transfer whose date passed while it was pending ends, once; one that somebody ended, or that is for today, does not. */
static void
transfers(void **state)
{
	struct frame *f = *state;
	int64_t id, other, withdrawn;

	transfer_site(f);
	id = transfer_make(f, 100);
	withdrawn = transfer_make(f, 100);
	assert_int_equal(transfer_withdraw(f, "max", withdrawn), OTP_OK);
	assert_int_equal(list(f), 0);
	assert_int_equal(due_transfer(f, id), 0);
	frame_pass(f, DAY);
	other = transfer_make(f, 100);
	assert_int_equal(list(f), 1);
	assert_int_equal(number(&f->answer.rows.row[0], OTP_FIELD_ID), id);
	assert_int_equal(due_transfer(f, id), 1);
	assert_int_equal(f->event[0].verb, OTP_VERB_DUE);
	assert_string_equal(f->event[0].user, "max");
	assert_int_equal(number(&f->event[0].details, OTP_FIELD_ID), id);
	assert_int_equal(transfer_state(f, id), OTP_TRANSFER_EXPIRED);
	assert_int_equal(due_transfer(f, id), 0);
	assert_int_equal(due_transfer(f, other), 0);
	assert_int_equal(due_transfer(f, withdrawn), 0);
	assert_int_equal(due_transfer(f, 4711), 0);
	assert_int_equal(transfer_state(f, withdrawn), OTP_TRANSFER_WITHDRAWN);
	assert_int_equal(list(f), 0);
}

static void
only_root(void **state)
{
	struct frame *f = *state;

	make(f, 20);
	frame_staff(f);
	frame_as(f, "master");
	assert_int_equal(frame_run(f, OTP_VERB_DUE_LIST, otp_act_due_list), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "master");
	assert_int_equal(otp_fields_put_str(frame_row(f), OTP_FIELD_SERIAL, TOKEN), OTP_OK);
	assert_int_equal(frame_run(f, OTP_VERB_DUE, otp_act_due), OTP_ERR_NOT_PERMITTED);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_DUE, otp_act_due), OTP_ERR_USAGE);
	frame_root(f);
	for (unsigned i = 0; i <= OTP_DUE_ROWS_MAX; i++)
		(void)otp_fields_put_str(frame_row(f), OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_DUE, otp_act_due), OTP_ERR_BAD_INPUT);
	assert_int_equal(list(f), 1);
}

/* A clock that is behind warns of nothing: neither lists nor commits. */
static void
wrong_clock(void **state)
{
	struct frame *f = *state;

	make(f, 20);
	frame_verify_right(f, "alice");
	frame_pass(f, -3600);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_DUE_LIST, otp_act_due_list), OTP_ERR_CLOCK);
	assert_int_equal(due(f, TOKEN), OTP_ERR_CLOCK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(warnings), T(only_the_last), T(tells_whom), T(twice), T(each_an_event),
		T(passed_over), T(transfers), T(only_root), T(wrong_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
