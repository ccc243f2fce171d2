/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A clock that goes back or ahead: what is refused, what recover clock sets right, and that no code counts twice. */
#include "config.h"

#include "act_frame.h"

#include "act_due.h"
#include "act_people.h"
#include "act_resync.h"
#include "act_show.h"
#include "act_verify.h"

#define HOUR 3600
#define DAY 86400
#define YEAR (365 * DAY)

static uint64_t
step_now(const struct frame *f)
{
	return (uint64_t)(f->now_ms / 1000 / FRAME_STEP);
}

static struct otp_token
token_of(struct frame *f, const char *serial)
{
	struct otp_token token = OTP_TOKEN_INIT, copy;

	frame_get_token(f, serial, &token);
	copy = token;
	copy.sharers = NULL;
	copy.n_sharers = 0;
	memset(&copy.seed, 0, sizeof(copy.seed));
	otp_token_clear(&token);
	return copy;
}

/* ---- the rule ---- */

static enum otp_err
ask(struct frame *f, unsigned what)
{
	switch (what) {
	case 0:		/* a service */
		return frame_verify(f, "alice", frame_code(f, TOKEN, 0));
	case 1:		/* himself */
		return frame_verify_self(f, "alice", frame_code(f, TOKEN, 0));
	case 2:		/* an administrator's act */
		return frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT);
	case 3:		/* with a password alone */
		return frame_unlock(f, "master", "alice", FRAME_RIGHT);
	default:	/* looking */
		frame_root(f);
		frame_text(f, OTP_FIELD_SUBJECT, "alice");
		return frame_run(f, OTP_VERB_EXPLAIN, otp_act_explain);
	}
}

/*
 * The clock jumps by so many seconds after a log-in. More than a minute behind the newest time seen nothing is
 * decided, whatever was shown, and nothing counted; ahead, and up to a minute behind, everything goes on.
 */
static void
forty_cases(void **state)
{
	static const int64_t jumps[] = { -10 * (int64_t)YEAR, -DAY, -HOUR, -61, -60, -1, 1, HOUR };
	struct frame *f = *state;

	for (unsigned i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++)
		for (unsigned what = 0; what < 5; what++) {
			const bool is_refused = jumps[i] < -60 && what < 4;
			uint64_t last_used;
			enum otp_err err;

			if (f->n_events > 0)
				frame_forget_events(f);
			if (i + what > 0) {	/* a site of its own */
				assert_int_equal(frame_teardown(state), 0);
				assert_int_equal(frame_setup(state), 0);
				f = *state;
			}
			frame_two(f);
			frame_staff(f);
			frame_add_user(f, "carol", OTP_ROLE_GENERAL);
			frame_verify_right(f, "bob");
			last_used = token_of(f, TOKEN).last_used;
			frame_pass(f, jumps[i]);
			if (what < 2 && jumps[i] >= -60 && jumps[i] < FRAME_STEP)
				f->now_ms = f->now_ms / 1000 * 1000;
			err = ask(f, what);
			if (is_refused)
				assert_int_equal(err, OTP_ERR_CLOCK);
			else
				assert_int_not_equal(err, OTP_ERR_CLOCK);
			if (what == 4)
				assert_int_equal(err, OTP_OK);
			if (jumps[i] >= FRAME_STEP && what != 1)
				assert_int_equal(err, OTP_OK);
			if (!is_refused)
				continue;
			assert_int_equal(f->answer.why.message, OTP_MESSAGE_CLOCK_BEHIND);
			assert_int_equal(token_of(f, TOKEN).last_used, last_used);
			assert_int_equal(token_of(f, TOKEN).fails, 0);
			/* right again, it goes on */
			frame_pass(f, -jumps[i] + FRAME_STEP);
			assert_int_equal(ask(f, 0), OTP_OK);
		}
}

/* What was refused does not move the newest time. */
static void
refusals_move_nothing(void **state)
{
	struct frame *f = *state;
	int64_t newest;

	frame_two(f);
	frame_verify_right(f, "alice");
	newest = otp_store_newest_ms(f->store);
	frame_pass(f, YEAR);
	frame_verify_wrong(f, "alice", 3);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	frame_reopen(f);
	frame_pass(f, -YEAR + FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

/* ---- recover clock ---- */

static void
nothing_to_do(void **state)
{
	struct frame *f = *state;
	int64_t newest;

	frame_two(f);
	frame_verify_right(f, "alice");
	newest = otp_store_newest_ms(f->store);
	frame_pass(f, -60);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
}

/* So far ahead, with log-ins there; then right again. The codes used ahead, in ahead[]. */
static void
ahead_and_back(struct frame *f, int64_t seconds, uint64_t *ahead, unsigned n)
{
	frame_pass(f, seconds);
	for (unsigned i = 0; i < n; i++) {
		frame_verify_right(f, i % 2 == 0 ? "alice" : "bob");
		ahead[i] = step_now(f);
	}
	frame_pass(f, -seconds);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CLOCK);
}

/* The token works again at once, by its next code; what was used ahead never does again, each when its time comes. */
static void
works_and_nothing_twice(struct frame *f, int64_t seconds)
{
	const int64_t start_ms = f->now_ms;
	uint64_t ahead[3], fresh;

	ahead_and_back(f, seconds, ahead, 3);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(otp_store_newest_ms(f->store), f->now_ms);
	frame_reopen(f);
	assert_int_equal(otp_store_newest_ms(f->store), f->now_ms);
	/* the newest live step counts as used: by the token's clock that may be the next one */
	assert_true(token_of(f, TOKEN).last_used - step_now(f) <= 1);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	frame_pass(f, FRAME_STEP);
	frame_verify_right(f, "alice");
	fresh = step_now(f);
	for (unsigned i = 0; i < 3; i++) {
		f->now_ms = (int64_t)ahead[i] * FRAME_STEP * 1000 + 5000;
		assert_true(f->now_ms > start_ms);
		assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
		assert_true(token_of(f, TOKEN).last_used == fresh);
	}
	assert_int_equal(token_of(f, TOKEN).fails, 0);
	frame_verify_right(f, "bob");
}

static void
a_year(void **state)
{
	works_and_nothing_twice((frame_two(*state), *state), YEAR);
}

static void
an_hour(void **state)
{
	works_and_nothing_twice((frame_two(*state), *state), HOUR);
}

static void
ten_minutes(void **state)
{
	works_and_nothing_twice((frame_two(*state), *state), 600);
}

/* A code of the future asked for early: it is not near, and does not prove a next one. */
static void
not_near_either(void **state)
{
	struct frame *f = *state;
	uint64_t ahead[2];

	frame_two(f);
	ahead_and_back(f, HOUR, ahead, 2);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_verify_right(f, "bob");
	f->now_ms = ((int64_t)ahead[0] - 6) * FRAME_STEP * 1000;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 6)), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 5)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 6)), OTP_ERR_AUTH_FAILED);
}

/* Codes of administrators' acts, and of a refused one, are used too; their events tell whose. */
static void
codes_of_acts(void **state)
{
	struct frame *f = *state;
	uint64_t used[2];

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_pass(f, YEAR);
	assert_int_equal(frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_OK);
	used[0] = step_now(f);
	frame_pass(f, 10 * FRAME_STEP);
	/* refused behind a right code: alice has a token */
	assert_int_equal(frame_open(f, "master", "alice", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_ERR_WRONG_STATE);
	used[1] = step_now(f);
	frame_pass(f, -YEAR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	/* told apart: what lies between them is free */
	assert_int_equal(token_of(f, STAFF_TOKEN).n_barred, 2);
	for (unsigned i = 0; i < 2; i++) {
		f->now_ms = (int64_t)used[i] * FRAME_STEP * 1000;
		assert_int_equal(frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0),
		    FRAME_RIGHT), OTP_ERR_CODE_USED);
		assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)),
		    OTP_ERR_CODE_USED);
	}
}

static enum otp_err
resync(struct frame *f, int first)
{
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_CODE1, frame_code(f, TOKEN, first));
	frame_text(f, OTP_FIELD_CODE2, frame_code(f, TOKEN, first + 1));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TOKEN_RESYNC_OWN, otp_act_token_resync_own);
}

/* Both codes of a resync are used as well, and none that was used ahead sets a clock. */
static void
codes_of_a_resync(void **state)
{
	struct frame *f = *state;
	uint64_t used;

	frame_two(f);
	frame_pass(f, HOUR);
	assert_int_equal(resync(f, 5), OTP_OK);
	used = step_now(f) + 5;
	frame_pass(f, -HOUR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_int_equal(token_of(f, TOKEN).n_barred, 1);
	assert_int_equal(token_of(f, TOKEN).barred[0].first, used);
	assert_int_equal(token_of(f, TOKEN).barred[0].last, used + 1);
	f->now_ms = ((int64_t)used - 5) * FRAME_STEP * 1000;
	for (int first = 4; first <= 6; first++)
		assert_int_equal(resync(f, first), OTP_ERR_AUTH_FAILED);
	assert_int_equal(resync(f, 7), OTP_OK);
}

/* A code that was answered "enter the next code" was shown as well: neither of the two passes when its time comes. */
static void
the_one_before_the_next(void **state)
{
	struct frame *f = *state;
	uint64_t near;

	frame_two(f);
	frame_pass(f, HOUR);
	near = step_now(f) + 5;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 5)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 6)), OTP_OK);
	frame_pass(f, -HOUR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	f->now_ms = ((int64_t)near - 5) * FRAME_STEP * 1000;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 5)), OTP_ERR_CODE_USED);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 6)), OTP_ERR_CODE_USED);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 6)), OTP_OK);
}

/* Where the audit does not know what was used, the token waits until the last of it has passed. */
static void
unknown_is_barred(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	uint64_t ahead[1];

	frame_two(f);
	ahead_and_back(f, HOUR, ahead, 1);
	frame_get_token(f, TOKEN, &token);
	token.last_used += 3;	/* no event says so */
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	f->now_ms = (int64_t)(ahead[0] + 3) * FRAME_STEP * 1000;
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

/* Ahead a second time, further: what the first time used is not forgotten. */
static void
twice_ahead(void **state)
{
	struct frame *f = *state;
	uint64_t first[2], second[2];

	frame_two(f);
	ahead_and_back(f, DAY, first, 2);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_pass(f, FRAME_STEP);
	frame_verify_right(f, "alice");
	ahead_and_back(f, YEAR, second, 2);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_pass(f, FRAME_STEP);
	frame_verify_right(f, "alice");
	for (unsigned i = 0; i < 2; i++) {
		f->now_ms = (int64_t)first[i] * FRAME_STEP * 1000;
		assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	}
	for (unsigned i = 0; i < 2; i++) {
		f->now_ms = (int64_t)second[i] * FRAME_STEP * 1000;
		assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_CODE_USED);
	}
}

/* A token whose own clock was right all the time: nothing of it lies ahead, and nothing is freed. */
static void
hardware_token(void **state)
{
	struct frame *f = *state;
	uint64_t last_used;
	int64_t at_ms;

	frame_two(f);
	frame_verify_right(f, "bob");
	last_used = step_now(f);
	frame_pass(f, 9 * FRAME_STEP);
	/* it shows the codes of some minutes ago, as the server sees it */
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, -7)), OTP_ERR_NEXT_CODE);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, -6)), OTP_OK);
	assert_true(token_of(f, TOKEN).last_used > last_used);
	last_used = token_of(f, TOKEN).last_used;
	frame_pass(f, -9 * FRAME_STEP + 3 * FRAME_STEP);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_int_equal(token_of(f, TOKEN).last_used, last_used);
	at_ms = token_of(f, TOKEN).window.at_ms;
	assert_true(at_ms <= f->now_ms);
	/* its offset was measured by the wrong clock: the next code proves it */
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_NEXT_CODE);
	frame_pass(f, FRAME_STEP);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

/* Waits, bars and registrations that began in the future do not last until then. */
static void
times_of_others(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t now;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_pass(f, YEAR);
	for (unsigned i = 0; i < 4; i++) {
		(void)frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0), FRAME_WRONG);
		frame_pass(f, 20);
	}
	assert_int_equal(frame_open(f, "master", "carol", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_OK);
	(void)frame_open(f, "master", "carol", NULL, FRAME_WRONG);
	frame_verify_wrong(f, "alice", 5);
	frame_get_token(f, TOKEN, &token);
	token.not_after = f->now_ms / 1000 + 3 * DAY;
	token.n_warned = 3;
	frame_put_token(f, &token);
	frame_pass(f, -YEAR);
	now = f->now_ms / 1000;
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_get_user(f, "carol", &user);
	assert_true(user.register_until <= now + f->conf.register_open + f->conf.register_pause);
	frame_get_user(f, "master", &user);
	for (uint32_t i = 0; i < user.n_wrong_at; i++)
		assert_true(user.wrong_at[i] <= now);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.state, OTP_TOKEN_SUSPENDED);	/* that stays for people to lift */
	assert_true(token.suspended_at <= now);
	assert_int_equal(token.n_warned, 0);
	for (uint32_t i = 0; i < token.n_wrong; i++)
		assert_true(token.wrong[i].at <= now);
	otp_token_clear(&token);
	frame_pass(f, 2 * FRAME_STEP);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
}

/* HOTP has no time: its counter stays where it is. */
static void
hotp_stays(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	frame_two(f);
	frame_get_token(f, TOKEN, &token);
	token.type = OTP_TOKEN_HOTP;
	token.step = 0;
	token.last_used = 40;
	frame_put_token(f, &token);
	frame_pass(f, YEAR);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
	frame_pass(f, -YEAR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_get_token(f, TOKEN, &token);
	assert_int_equal(token.last_used, 41);
	otp_token_clear(&token);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_OK);
}

static void
dry_run(void **state)
{
	struct frame *f = *state;
	uint64_t ahead[1];
	int64_t newest, n = 0;

	frame_two(f);
	ahead_and_back(f, YEAR, ahead, 1);
	newest = otp_store_newest_ms(f->store);
	frame_forget_events(f);
	f->request.dry_run = true;
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_TOKENS, &n));
	assert_int_equal(n, 1);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_NEWEST_AT, &n));
	assert_int_equal(n, newest / 1000);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	assert_int_equal(token_of(f, TOKEN).last_used, ahead[0]);
}

/* In pieces: whatever is committed before the last leaves the clock refused, and doing it again ends it. */
static void
broken_off(void **state)
{
	struct frame *f = *state;
	const unsigned n = 40;
	char name[16];
	unsigned commits = 0;

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "u%02u", i % 100);
		frame_add_user(f, name, OTP_ROLE_GENERAL);
		frame_add_token(f, name);
		frame_bind(f, name, name);
	}
	frame_forget_events(f);
	frame_pass(f, YEAR);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "u%02u", i % 100);
		assert_int_equal(frame_verify(f, name, frame_code(f, name, 0)), OTP_OK);
		frame_forget_events(f);
	}
	frame_pass(f, -YEAR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	for (unsigned i = 0; i < f->n_events; i++) {
		bool is_last = i + 1 == f->n_events;

		assert_int_equal(f->event[i].verb, OTP_VERB_RECOVER_CLOCK);
		assert_true(otp_fields_has(&f->event[i].details, OTP_FIELD_REASON));
		assert_int_equal(otp_fields_has(&f->event[i].details, OTP_FIELD_NEWEST_AT), is_last);
		commits++;
	}
	assert_true(commits >= 3);
	assert_int_equal(otp_store_newest_ms(f->store), f->now_ms);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(forty_cases), T(refusals_move_nothing), T(nothing_to_do), T(a_year), T(an_hour),
		T(ten_minutes), T(not_near_either), T(codes_of_acts), T(codes_of_a_resync),
		T(the_one_before_the_next), T(unknown_is_barred),
		T(twice_ahead), T(hardware_token), T(times_of_others), T(hotp_stays), T(dry_run),
		T(broken_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
