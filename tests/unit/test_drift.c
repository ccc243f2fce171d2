/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens in people's hands for five years: drifting crystals, slow typing, long shelves. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hotp.h"
#include "window.h"

#define NONE UINT64_MAX
#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)
#define USED_KEPT 40

/* How often somebody logs in: gaps from `least` to `most`. */
static const struct {
	const char *name;
	int64_t least, most;
	unsigned tokens;
} habits[] = {
	{ "several a day", 2 * 60000, 8 * HOUR, 10 },
	{ "daily", 16 * HOUR, 32 * HOUR, 40 },
	{ "weekly", 5 * DAY, 9 * DAY, 60 },
	{ "monthly", 20 * DAY, 40 * DAY, 100 },
	{ "yearly", 300 * DAY, 365 * DAY, 150 },
};
#define N_HABITS (sizeof(habits) / sizeof(habits[0]))

/* How he types. */
enum typing { TYPING_ANY, TYPING_AT_ONCE, TYPING_SLOW, TYPING_USUAL, TYPING_COUNT };

/* "any" is of those who type after any time up to 45 s. */
struct stats {
	uint64_t uses, live, any_uses, any_live, near, collisions;
};

struct token {
	struct otp_window_ask ask;
	uint8_t seed[20];
	int64_t from; /* when its offset was `offset` */
	int64_t offset, ppm;
	enum typing typing;
	uint64_t used[USED_KEPT]; /* the last steps used */
	unsigned n_used;
	bool is_misled; /* two live steps had one code: the interval may be wrong for a while */
};

static uint64_t random_state;

/* splitmix64: the seed is printed, and the same on every run */
static uint64_t
next_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t
between(int64_t least, int64_t most)
{
	return least + (int64_t)(next_random() % (uint64_t)(most - least + 1));
}

static int64_t
typing_ms(enum typing typing)
{
	switch (typing) {
	case TYPING_AT_ONCE:
		return 0;
	case TYPING_SLOW:
		return OTP_WINDOW_TYPING_MS;
	case TYPING_USUAL:
		return between(4000, 15000);
	case TYPING_ANY:
	case TYPING_COUNT:
		break;
	}
	return between(0, OTP_WINDOW_TYPING_MS);
}

static int64_t
token_clock(const struct token *t, int64_t now)
{
	return now + t->offset + (now - t->from) * t->ppm / 1000000;
}

static uint64_t
shown(const struct token *t, int64_t now)
{
	return (uint64_t)(token_clock(t, now) / ((int64_t)t->ask.step * 1000));
}

static uint32_t
code_of(const struct token *t, uint64_t step)
{
	uint32_t v = 0;

	assert_int_equal(otp_hotp(OTP_HASH_SHA1, t->seed, sizeof(t->seed), step, 6, &v), OTP_OK);
	return v;
}

/* When the token shows `step`, from `now` on. */
static int64_t
wait_for(const struct token *t, uint64_t step, int64_t now)
{
	while (shown(t, now) < step)
		now += 100;
	return now;
}

static enum otp_window_found
search(struct token *t, uint64_t shown_step, int64_t now, uint64_t *ret_step)
{
	enum otp_window_found found;

	t->ask.now_ms = now;
	t->ask.code = code_of(t, shown_step);
	*ret_step = NONE;
	assert_int_equal(otp_window_search(&t->ask, &found, ret_step), OTP_OK);
	return found;
}

static void
success(struct token *t, uint64_t step, int64_t now)
{
	bool is_true;

	assert_true(t->ask.last_used == NONE || step > t->ask.last_used);
	otp_window_success(&t->ask.window, t->ask.step, step, now);
	t->ask.last_used = step;
	t->ask.near_step = NONE;
	t->used[t->n_used++ % USED_KEPT] = step;
	/* rule 2: the true offset is in the interval */
	is_true = t->ask.window.lo_ms <= token_clock(t, now) - now + 1 &&
		  t->ask.window.hi_ms >= token_clock(t, now) - now - 1;
	assert_true(is_true || t->is_misled);
	t->is_misled = !is_true;
}

/* One in some thousand codes is also another step's within reach: no fault of the window's. */
static bool
is_collision(const struct token *t, uint64_t a, uint64_t b)
{
	return a != b && code_of(t, a) == code_of(t, b);
}

/* "Enter the next code": what is shown now if it is another, or what comes then. */
static int64_t
enter_next(struct token *t, uint64_t read, uint64_t near, int64_t now, struct stats *st)
{
	uint64_t next, step;
	enum otp_window_found found;

	st->near++;
	if (is_collision(t, near, read)) {
		st->collisions++;
		near = read; /* as the next NEAR would have it */
	}
	assert_int_equal(near, read);
	t->ask.near_step = near;
	next = shown(t, now) > read ? shown(t, now) : read + 1;
	now = wait_for(t, next, now) + typing_ms(t->typing);
	found = search(t, next, now, &step);
	assert_true(found == OTP_WINDOW_NEXT || found == OTP_WINDOW_MATCH);
	assert_int_equal(step, next);
	success(t, step, now);
	return now;
}

/* One login: reads, types, and gets in, at once or with the next code. Returns when. */
static int64_t
use(struct token *t, int64_t now, struct stats *st)
{
	uint64_t read, step, first;
	unsigned n;
	enum otp_window_found found;

	if (t->ask.last_used != NONE) /* "already used: wait for the next" */
		now = wait_for(t, t->ask.last_used + 1, now);
	read = shown(t, now);
	now += typing_ms(t->typing);
	otp_window_live(&t->ask.window, t->ask.step, now, &first, &n);
	st->uses++;
	st->live += n;
	st->any_uses += t->typing == TYPING_ANY;
	st->any_live += t->typing == TYPING_ANY ? n : 0;
	found = search(t, read, now, &step);
	if (found == OTP_WINDOW_NEAR)
		return enter_next(t, read, step, now, st);
	assert_int_equal(found, OTP_WINDOW_MATCH);
	if (is_collision(t, step, read)) {
		st->collisions++;
		t->is_misled = true;
	} else {
		assert_int_equal(step, read);
	}
	success(t, step, now);
	return now;
}

static void
token_init(struct token *t, unsigned step, unsigned i)
{
	bool has_date = i % 3 == 0;
	int64_t limit = has_date ? 2000 : 600000;

	*t = (struct token){ .ask = { .hash = OTP_HASH_SHA1,
				 .seed_len = sizeof(t->seed),
				 .digits = 6,
				 .step = step,
				 .last_used = NONE,
				 .near_step = NONE } };
	for (size_t k = 0; k < sizeof(t->seed); k++)
		t->seed[k] = (uint8_t)next_random();
	t->ask.seed = t->seed;
	t->typing = (enum typing)(next_random() % TYPING_COUNT);
	t->from = T0;
	/* the worst crystals and clocks, and others */
	t->ppm = i % 5 == 0 ? 20 : i % 5 == 1 ? -20 : between(-20, 20);
	t->offset = i % 7 == 0 ? limit : i % 7 == 1 ? -limit : between(-limit, limit);
	otp_window_init(&t->ask.window, has_date ? T0 : -1, T0);
}

/* The last 40 used codes, each alone and after each other one. */
static void
try_used(struct token *t, int64_t now)
{
	unsigned n = t->n_used < USED_KEPT ? t->n_used : USED_KEPT;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < n; k++) {
			uint64_t step;
			enum otp_window_found found;

			/* the strongest case: that the first of the pair were remembered */
			t->ask.near_step = i == k ? NONE : t->used[i];
			found = search(t, t->used[k], now, &step);
			assert_true(found != OTP_WINDOW_MATCH && found != OTP_WINDOW_NEXT);
			if (found == OTP_WINDOW_NEAR)
				assert_true(is_collision(t, step, t->used[k]));
		}
	}
	t->ask.near_step = NONE;
}

/* Forty logins as close as can be: now the used steps lie where a code is looked for. */
static int64_t
busy_day(struct token *t, int64_t now)
{
	struct stats st = { 0 };

	for (unsigned i = 0; i < USED_KEPT; i++)
		now = use(t, now, &st);
	try_used(t, now);
	try_used(t, now + 10 * 60000);
	return now;
}

/* Five years of one habit with many tokens. */
static struct stats
live_through(size_t habit, unsigned step)
{
	struct stats st = { 0 };

	for (unsigned i = 0; i < habits[habit].tokens; i++) {
		struct token t;
		int64_t shelf = i % 4 == 0 ? 2 * YEAR : i % 4 == 1 ? 0 : between(0, 2 * YEAR);
		int64_t now = T0 + shelf, end = now + 5 * YEAR;

		token_init(&t, step, i);
		while (now < end)
			now = use(&t, now, &st) + between(habits[habit].least, habits[habit].most);
		if (i % 16 == 3)
			now = busy_day(&t, now);
	}
	return st;
}

static double
mean(uint64_t sum, uint64_t n)
{
	return n > 0 ? (double)sum / (double)n : 0;
}

/*
 * Returns the mean live steps of those who type after any time up to 45 s, daily
 * to yearly. Who always types at once, or always slowly, teaches us less of his
 * clock: up to 2.9.
 */
static double
run(unsigned step)
{
	uint64_t live = 0, uses = 0;

	for (size_t h = 0; h < N_HABITS; h++) {
		struct stats st = live_through(h, step);

		print_message(
		    "# %u s, %-13s %6llu uses, live steps %.3f (any typing %.3f), next code asked "
		    "%.3f %%, collisions %llu\n",
		    step, habits[h].name, (unsigned long long)st.uses, mean(st.live, st.uses),
		    mean(st.any_live, st.any_uses), 100 * mean(st.near, st.uses),
		    (unsigned long long)st.collisions);
		/* who logs in daily hardly ever types two codes */
		if (step == 60 && h < 2)
			assert_true(mean(st.near, st.uses) < 0.005);
		live += h > 0 ? st.any_live : 0;
		uses += h > 0 ? st.any_uses : 0;
	}
	print_message(
	    "# %u s: mean live steps %.3f, daily to yearly, any typing\n", step, mean(live, uses));
	return mean(live, uses);
}

static void
seeded(uint64_t seed)
{
	random_state = seed;
	print_message("# seed %llu\n", (unsigned long long)seed);
}

static void
test_five_years_60(void **state)
{
	(void)state;
	seeded(20260101);
	assert_true(run(60) <= 2.8);
}

/* 45 s of typing are 2.5 steps of 30 s before any drift: three are live always (doc/DECISIONS.md).
 */
static void
test_five_years_30(void **state)
{
	(void)state;
	seeded(20260102);
	assert_true(run(30) <= OTP_WINDOW_LIVE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_five_years_60),
		cmocka_unit_test(test_five_years_30),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
