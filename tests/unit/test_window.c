/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset window: its rules one by one, and its arithmetic at the edges. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hotp.h"
#include "window.h"

#define NONE UINT64_MAX
#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

/* Counts the HMACs: the linker puts this one before the real one. */
enum otp_err __real_otp_mac_end(struct otp_mac *m, uint8_t *out);
enum otp_err __wrap_otp_mac_end(struct otp_mac *m, uint8_t *out);
static unsigned work, fail_at;

enum otp_err
__wrap_otp_mac_end(struct otp_mac *m, uint8_t *out)
{
	if (++work == fail_at)
		return OTP_ERR_INTERNAL;
	return __real_otp_mac_end(m, out);
}

static const uint8_t seed[20] = "12345678901234567890";

static uint32_t
code_at(uint64_t step)
{
	uint32_t v = 0;

	assert_int_equal(otp_hotp(OTP_HASH_SHA1, seed, sizeof(seed), step, 6, &v), OTP_OK);
	return v;
}

static struct otp_window_ask
ask_of(unsigned step, int64_t lo, int64_t hi, int64_t now)
{
	return (struct otp_window_ask){
		.hash = OTP_HASH_SHA1,
		.seed = seed,
		.seed_len = sizeof(seed),
		.digits = 6,
		.step = step,
		.last_used = NONE,
		.window = { lo, hi, now },
		.near_step = NONE,
		.now_ms = now,
		.code = UINT32_MAX,
	};
}

static enum otp_window_found
search(struct otp_window_ask *ask, uint32_t code, uint64_t *ret_step)
{
	enum otp_window_found found = OTP_WINDOW_MATCH;
	uint64_t step = 0;

	ask->code = code;
	work = 0;
	assert_int_equal(otp_window_search(ask, &found, &step), OTP_OK);
	if (ret_step != NULL)
		*ret_step = step;
	return found;
}

/* ---- the interval ---- */

static void
test_init(void **state)
{
	struct otp_window w;

	(void)state;
	otp_window_init(&w, -1, T0);
	assert_int_equal(w.lo_ms, -600000);
	assert_int_equal(w.hi_ms, 600000);
	assert_int_equal(w.at_ms, T0);
	otp_window_init(&w, T0 - DAY, T0);
	assert_int_equal(w.lo_ms, -2000);
	assert_int_equal(w.hi_ms, 2000);
	assert_int_equal(w.at_ms, T0 - DAY);
}

static void
test_widen(void **state)
{
	const struct otp_window w = { -1000, 2000, T0 };
	struct otp_window r;

	(void)state;
	/* 25 ppm of 40 s is 1 ms; any part of it counts whole */
	r = otp_window_at(&w, T0);
	assert_int_equal(r.lo_ms, -1000);
	assert_int_equal(r.hi_ms, 2000);
	r = otp_window_at(&w, T0 + 1);
	assert_int_equal(r.lo_ms, -1001);
	assert_int_equal(r.hi_ms, 2001);
	assert_int_equal(r.at_ms, T0 + 1);
	r = otp_window_at(&w, T0 + 40000);
	assert_int_equal(r.hi_ms, 2001);
	r = otp_window_at(&w, T0 + 40001);
	assert_int_equal(r.hi_ms, 2002);
	r = otp_window_at(&w, T0 + DAY);
	assert_int_equal(r.lo_ms, -1000 - 2160);
	assert_int_equal(r.hi_ms, 2000 + 2160);
	/* never narrower when the clock goes back */
	r = otp_window_at(&w, T0 - DAY);
	assert_int_equal(r.lo_ms, -1000);
	assert_int_equal(r.hi_ms, 2000);
}

static void
test_live(void **state)
{
	/* lo, hi, where in the step of 60 s now is, steps back of the first, how many: floor((t -
	 * 45 s + lo) / X) to floor((t + hi) / X) */
	static const struct {
		unsigned step;
		int64_t lo, hi, phase;
		int first;
		unsigned n;
	} t[] = {
		{ 60, 0, 0, 45000, 0, 1 }, { 60, 0, 0, 44999, -1, 2 }, { 60, 0, 0, 0, -1, 2 },
		{ 60, -1, 1, 45000, -1, 2 }, { 60, 0, 15000, 44999, -1, 2 },
		{ 60, 0, 15001, 44999, -1, 3 }, { 60, -15000, 15000, 0, -1, 2 },
		{ 60, -15001, 15000, 0, -2, 3 },
		/* 4 steps, -2 to 1: the newer 3; 5, -3 to 1: the 3 in the middle; 6, -3 to 2: the
		   middle is 0 */
		{ 60, -15001, 60000, 0, -1, 3 }, { 60, -75001, 60000, 0, -2, 3 },
		{ 60, -75001, 120000, 0, -1, 3 }, { 30, 0, 0, 15000, -1, 2 },
		{ 30, 0, 0, 14999, -2, 3 },
		/* 4 steps, -2 to 1 */
		{ 30, 0, 30000, 0, -1, 3 },
		{ 1, 0, 0, 0, -23, 3 }, /* 46 steps, -45 to 0: the middle is -22 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct otp_window w = { t[i].lo, t[i].hi, T0 + t[i].phase };
		uint64_t first = 0, base = otp_totp_step(T0, t[i].step);
		unsigned n = 0;

		otp_window_live(&w, t[i].step, T0 + t[i].phase, &first, &n);
		assert_int_equal((int64_t)(first - base), t[i].first);
		assert_int_equal(n, t[i].n);
	}
}

static void
test_success(void **state)
{
	const uint64_t s = otp_totp_step(T0, 60); /* T0 is its first ms */
	struct otp_window w = { -600000, 600000, T0 };

	(void)state;
	/* o is in [X*s - t, X*s + X + D - t] */
	otp_window_success(&w, 60, s, T0 + 10000);
	assert_int_equal(w.lo_ms, -10000);
	assert_int_equal(w.hi_ms, 95000);
	assert_int_equal(w.at_ms, T0 + 10000);
	otp_window_success(
	    &w, 60, s + 1, T0 + 10000 + 40000); /* [10000, 115000] and 1 ms of drift */
	assert_int_equal(w.lo_ms, 10000);
	assert_int_equal(w.hi_ms, 95001);
	assert_int_equal(w.at_ms, T0 + 50000);
	/* no overlap: what was seen */
	otp_window_success(&w, 60, s + 10, T0 + 50000);
	assert_int_equal(w.lo_ms, 550000);
	assert_int_equal(w.hi_ms, 655000);
	otp_window_success(&w, 60, s - 10, T0 + 50000);
	assert_int_equal(w.lo_ms, -650000);
	assert_int_equal(w.hi_ms, -545000);
	/* HOTP has no clock */
	otp_window_success(&w, 0, 5, T0 + DAY);
	assert_int_equal(w.lo_ms, -650000);
	assert_int_equal(w.at_ms, T0 + 50000);
}

/* Every corner of int64: nothing overflows (the sanitizers watch), and nothing matches by it. */
static void
test_saturates(void **state)
{
	static const int64_t v[] = { INT64_MIN, INT64_MIN + 1, -T0, -1, 0, 1, T0, INT64_MAX - 1,
		INT64_MAX };
	static const uint64_t steps[] = { 0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, NONE - 2,
		NONE - 1, NONE };
	const size_t n = sizeof(v) / sizeof(v[0]), n_steps = sizeof(steps) / sizeof(steps[0]);

	(void)state;
	for (size_t i = 0; i < n * n * n * n; i++) {
		struct otp_window w = { v[i % n], v[i / n % n], v[i / n / n % n] }, u = w;
		int64_t now = v[i / n / n / n];
		unsigned step = i % 3 == 0 ? 60 : i % 3 == 1 ? 1 : UINT32_MAX;
		uint64_t first;
		unsigned n_live = 0;

		otp_window_live(&w, step, now, &first, &n_live);
		assert_in_range(n_live, 1, OTP_WINDOW_LIVE_MAX);
		otp_window_success(&u, step, steps[i % n_steps], now);
		(void)otp_window_at(&w, now);
	}
	for (size_t i = 0; i < n * n * n_steps; i++) {
		struct otp_window_ask ask = ask_of(i % 2 == 0 ? 30 : 0, v[i % n], v[i / n % n], 0);

		ask.last_used = steps[i / n / n];
		ask.near_step = steps[i % n_steps];
		ask.now_ms = v[i % n];
		assert_int_equal(search(&ask, UINT32_MAX, NULL), OTP_WINDOW_MISS);
		assert_int_equal(work, OTP_WINDOW_WORK);
	}
}

/* ---- the search ---- */

/* 60 s, offset known to 1 s, now 50 s into step b: b is the only live one, a reach of 10. */
static void
test_rules(void **state)
{
	struct otp_window_ask ask = ask_of(60, -1000, 1000, T0 + 50000);
	const uint64_t b = otp_totp_step(T0, 60);
	uint64_t step = 0;

	(void)state;
	assert_int_equal(search(&ask, code_at(b), &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, b);
	for (uint64_t k = 1; k <= 10; k++) {
		assert_int_equal(search(&ask, code_at(b + k), &step), OTP_WINDOW_NEAR);
		assert_int_equal(step, b + k);
		assert_int_equal(search(&ask, code_at(b - k), &step), OTP_WINDOW_NEAR);
		assert_int_equal(step, b - k);
	}
	assert_int_equal(search(&ask, code_at(b + 11), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(b - 11), NULL), OTP_WINDOW_MISS);

	/* used: the live one, and what is older is nothing at all */
	ask.last_used = b;
	assert_int_equal(search(&ask, code_at(b), &step), OTP_WINDOW_USED);
	assert_int_equal(step, b);
	assert_int_equal(search(&ask, code_at(b - 1), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(b + 1), NULL), OTP_WINDOW_NEAR);
	ask.last_used = b + 5;
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_USED);
	assert_int_equal(search(&ask, code_at(b + 5), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(b + 6), NULL), OTP_WINDOW_NEAR);
	ask.last_used = b - 1;
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_MATCH);
}

static void
test_next(void **state)
{
	struct otp_window_ask ask = ask_of(60, -1000, 1000, T0 + 50000);
	const uint64_t b = otp_totp_step(T0, 60);
	uint64_t step = 0;

	(void)state;
	ask.near_step = b + 6;
	assert_int_equal(search(&ask, code_at(b + 7), &step), OTP_WINDOW_NEXT);
	assert_int_equal(step, b + 7);
	assert_int_equal(search(&ask, code_at(b + 8), &step), OTP_WINDOW_NEXT);
	assert_int_equal(step, b + 8);
	assert_int_equal(search(&ask, code_at(b + 9), NULL), OTP_WINDOW_NEAR);
	assert_int_equal(search(&ask, code_at(b + 6), NULL),
	    OTP_WINDOW_NEAR); /* the same again proves nothing */
	assert_int_equal(search(&ask, code_at(b + 5), NULL), OTP_WINDOW_NEAR);
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_MATCH);
	/* beyond the reach, as a next step */
	ask.near_step = b + 10;
	assert_int_equal(search(&ask, code_at(b + 12), NULL), OTP_WINDOW_NEXT);
	/* never one that is used */
	ask.last_used = b + 12;
	assert_int_equal(search(&ask, code_at(b + 12), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(b + 11), NULL), OTP_WINDOW_MISS);
	ask.last_used = b + 11;
	assert_int_equal(search(&ask, code_at(b + 12), NULL), OTP_WINDOW_NEXT);
}

/* The reach grows with half the width, rounded up, and one: never beyond 140. */
static void
test_reach(void **state)
{
	static const struct {
		int64_t half;
		uint64_t reach;
	} t[] = { { 0, 10 }, { 540000, 10 }, { 540001, 11 }, { 600000, 11 }, { 1200000, 21 },
		{ 1200001, 22 }, { 138 * 60000, 139 }, { 139 * 60000, 140 }, { 140 * 60000, 140 },
		{ 1000 * 60000, 140 } };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct otp_window_ask ask = ask_of(60, -t[i].half, t[i].half, T0 + 50000);
		uint64_t b, live, step = 0;
		unsigned n;

		otp_window_live(&ask.window, 60, ask.now_ms, &live, &n);
		b = n == 1 ? live : live + 1;
		assert_int_equal(b, otp_totp_step(T0, 60));
		assert_int_equal(search(&ask, code_at(b + t[i].reach), &step), OTP_WINDOW_NEAR);
		assert_int_equal(step, b + t[i].reach);
		assert_int_equal(search(&ask, code_at(b - t[i].reach), &step), OTP_WINDOW_NEAR);
		assert_int_equal(step, b - t[i].reach);
		assert_int_equal(search(&ask, code_at(b + t[i].reach + 1), NULL), OTP_WINDOW_MISS);
		assert_int_equal(search(&ask, code_at(b - t[i].reach - 1), NULL), OTP_WINDOW_MISS);
	}
}

/* Every refusal costs the same: neither code nor window nor last use shows in the time. */
static void
test_same_work(void **state)
{
	struct otp_window_ask ask = ask_of(60, -1000, 1000, T0 + 50000);
	const uint64_t b = otp_totp_step(T0, 60);

	(void)state;
	assert_int_equal(search(&ask, code_at(b + 100), NULL), OTP_WINDOW_MISS);
	assert_int_equal(work, OTP_WINDOW_WORK);
	assert_int_equal(search(&ask, UINT32_MAX, NULL), OTP_WINDOW_MISS);
	assert_int_equal(work, OTP_WINDOW_WORK);
	assert_int_equal(search(&ask, code_at(b + 3), NULL), OTP_WINDOW_NEAR);
	assert_int_equal(work, OTP_WINDOW_WORK);
	ask.last_used = b;
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_USED);
	assert_int_equal(work, OTP_WINDOW_WORK);
	ask.near_step = b + 3;
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_USED);
	assert_int_equal(work, OTP_WINDOW_WORK);
	ask.window.hi_ms = HOUR;
	assert_int_equal(search(&ask, 0, NULL), OTP_WINDOW_MISS);
	assert_int_equal(work, OTP_WINDOW_WORK);
	ask.step = 0;
	ask.last_used = 41;
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_MISS);
	assert_int_equal(work, OTP_WINDOW_WORK);
	assert_int_equal(search(&ask, code_at(41), NULL), OTP_WINDOW_USED);
	assert_int_equal(work, OTP_WINDOW_WORK);
	/* a login costs the live ones and the next ones */
	ask = ask_of(60, -1000, 1000, T0 + 50000);
	assert_int_equal(search(&ask, code_at(b), NULL), OTP_WINDOW_MATCH);
	assert_int_equal(work, OTP_WINDOW_LIVE_MAX + 2);
}

/* Whichever HMAC fails, the search does, and says MISS. */
static void
test_failing(void **state)
{
	const uint64_t b = otp_totp_step(T0, 60);
	const uint32_t right = code_at(b), after = code_at(b + 1), wrong = code_at(b + 100);

	(void)state;
	for (unsigned i = 1; i <= OTP_WINDOW_WORK; i++) {
		struct otp_window_ask ask = ask_of(60, -1000, 1000, T0 + 50000);
		enum otp_window_found found = OTP_WINDOW_MATCH;
		uint64_t step = 42;

		ask.last_used = i % 2 == 0 ? b : NONE;
		ask.code = i <= 5 ? right : wrong;
		work = 0;
		fail_at = i;
		assert_int_equal(otp_window_search(&ask, &found, &step), OTP_ERR_INTERNAL);
		assert_int_equal(found, OTP_WINDOW_MISS);
		assert_int_equal(step, 42);
		work = 0;
		assert_int_equal(
		    otp_window_resync(&ask, right, after, 150, &found, &step), OTP_ERR_INTERNAL);
		assert_int_equal(found, OTP_WINDOW_MISS);
		assert_int_equal(step, 42);
		fail_at = 0;
	}
}

static void
test_bad_ask(void **state)
{
	struct otp_window_ask ask = ask_of(60, 0, 0, T0);
	enum otp_window_found found = OTP_WINDOW_MATCH;
	uint64_t step = 0;

	(void)state;
	ask.digits = 5;
	assert_int_equal(otp_window_search(&ask, &found, &step), OTP_ERR_BAD_INPUT);
	assert_int_equal(found, OTP_WINDOW_MISS);
	ask.digits = 6;
	ask.seed_len = 0; /* lost and retired tokens have none */
	found = OTP_WINDOW_MATCH;
	assert_int_equal(otp_window_search(&ask, &found, &step), OTP_ERR_BAD_INPUT);
	assert_int_equal(found, OTP_WINDOW_MISS);
	assert_int_equal(otp_window_resync(&ask, 0, 0, 10, &found, &step), OTP_ERR_BAD_INPUT);
}

/*
 * Two steps with one code (this seed has a pair within three steps): of live ones
 * a TOTP code is the newest, so that the same digits do not pass twice; a
 * counter is the first, or the device would fall behind.
 */
static void
test_same_code_twice(void **state)
{
	static uint32_t codes[4000000];
	struct otp_window_ask ask;
	uint64_t a = 0, gap, step = 0;
	struct otp_mac *m = NULL;

	(void)state;
	assert_int_equal(otp_mac_new_hash(OTP_HASH_SHA1, seed, sizeof(seed), &m), OTP_OK);
	for (gap = 0; gap == 0; a++) {
		assert_true(a < 4000000);
		assert_int_equal(otp_hotp_mac(m, a, 6, &codes[a]), OTP_OK);
		for (uint64_t k = 1; k <= 2 && k <= a; k++) {
			if (codes[a - k] == codes[a])
				gap = k;
		}
	}
	otp_mac_free(&m);
	a -= gap + 1;
	print_message("# steps %llu and %llu show the same code\n", (unsigned long long)a,
	    (unsigned long long)(a + gap));
	/* three live steps, a to a + 2 */
	ask = ask_of(60, -60000, 60000, (int64_t)(a + 2) * 60000 - 10000);
	assert_int_equal(search(&ask, codes[a], &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, a + gap);
	ask.last_used = step;
	assert_int_equal(search(&ask, codes[a], &step), OTP_WINDOW_USED);
	ask.last_used = a;
	assert_int_equal(search(&ask, codes[a], &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, a + gap);
	ask.step = 0;
	ask.last_used = a - 1;
	assert_int_equal(search(&ask, codes[a], &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, a);
}

static void
test_hotp(void **state)
{
	struct otp_window_ask ask = ask_of(0, 0, 0, T0);
	uint64_t step = 77;

	(void)state;
	/* a new token: 0 is expected, 10 ahead */
	for (uint64_t c = 0; c <= 10; c++) {
		assert_int_equal(search(&ask, code_at(c), &step), OTP_WINDOW_MATCH);
		assert_int_equal(step, c);
	}
	assert_int_equal(search(&ask, code_at(11), NULL), OTP_WINDOW_MISS);
	ask.last_used = 10;
	assert_int_equal(search(&ask, code_at(10), &step), OTP_WINDOW_USED);
	assert_int_equal(step, 10);
	assert_int_equal(search(&ask, code_at(9), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(21), &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, 21);
	assert_int_equal(search(&ask, code_at(22), NULL), OTP_WINDOW_MISS);
	/* a remembered NEAR is nothing to a counter */
	ask.near_step = 21;
	assert_int_equal(search(&ask, code_at(22), NULL), OTP_WINDOW_MISS);
	/* the last counters of all */
	ask.last_used = NONE - 3;
	assert_int_equal(search(&ask, code_at(NONE - 1), &step), OTP_WINDOW_MATCH);
	assert_true(step == NONE - 1);
	ask.last_used = NONE - 1;
	assert_int_equal(search(&ask, code_at(NONE), NULL), OTP_WINDOW_MISS);
	assert_int_equal(search(&ask, code_at(0), NULL), OTP_WINDOW_MISS);
}

static enum otp_window_found
resync(const struct otp_window_ask *ask, uint64_t a, uint64_t b, uint64_t range, uint64_t *ret_step)
{
	enum otp_window_found found = OTP_WINDOW_NEXT;

	*ret_step = 0;
	assert_int_equal(
	    otp_window_resync(ask, code_at(a), code_at(b), range, &found, ret_step), OTP_OK);
	return found;
}

static void
test_resync(void **state)
{
	struct otp_window_ask ask = ask_of(60, -1000, 1000, T0 + 50000);
	const uint64_t b = otp_totp_step(T0, 60);
	uint64_t step = 0;

	(void)state;
	for (uint64_t a = b - 10; a <= b + 10; a++) {
		assert_int_equal(resync(&ask, a, a + 1, 10, &step), OTP_WINDOW_MATCH);
		assert_int_equal(step, a + 1);
		assert_int_equal(resync(&ask, a, a + 2, 10, &step), OTP_WINDOW_MISS);
		assert_int_equal(resync(&ask, a + 1, a, 10, &step), OTP_WINDOW_MISS);
		assert_int_equal(resync(&ask, a, a, 10, &step), OTP_WINDOW_MISS);
	}
	assert_int_equal(resync(&ask, b - 11, b - 10, 10, &step), OTP_WINDOW_MISS);
	assert_int_equal(resync(&ask, b + 11, b + 12, 10, &step), OTP_WINDOW_MISS);
	assert_int_equal(
	    resync(&ask, b - 720, b - 719, 720, &step), OTP_WINDOW_MATCH); /* 12 hours */
	/* both must be unused */
	ask.last_used = b;
	assert_int_equal(resync(&ask, b, b + 1, 10, &step), OTP_WINDOW_MISS);
	assert_int_equal(resync(&ask, b - 1, b, 10, &step), OTP_WINDOW_MISS);
	assert_int_equal(resync(&ask, b + 1, b + 2, 10, &step), OTP_WINDOW_MATCH);
	/* HOTP: ahead only */
	ask.step = 0;
	ask.last_used = 99;
	assert_int_equal(resync(&ask, 100, 101, 20, &step), OTP_WINDOW_MATCH);
	assert_int_equal(resync(&ask, 120, 121, 20, &step), OTP_WINDOW_MATCH);
	assert_int_equal(step, 121);
	assert_int_equal(resync(&ask, 121, 122, 20, &step), OTP_WINDOW_MISS);
	assert_int_equal(resync(&ask, 99, 100, 20, &step), OTP_WINDOW_MISS);
	assert_int_equal(resync(&ask, 1099, 1100, 1000, &step), OTP_WINDOW_MATCH);
	assert_int_equal(resync(&ask, 1101, 1102, 1000, &step), OTP_WINDOW_MISS);
	ask.last_used = NONE - 5;
	assert_int_equal(resync(&ask, NONE - 2, NONE - 1, 1000, &step), OTP_WINDOW_MATCH);
	assert_int_equal(resync(&ask, NONE - 1, NONE, 1000, &step), OTP_WINDOW_MISS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_saturates),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_same_work),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_bad_ask),
		cmocka_unit_test(test_same_code_twice),
		cmocka_unit_test(test_hotp),
		cmocka_unit_test(test_resync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
