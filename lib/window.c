/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a code in a drifting hardware clock's window: intervals of the clock's offset, pure. */
#include "config.h"

#include "window.h"

#include <stdbool.h>

#include "hotp.h"

/*
 * The token's clock shows t + o when ours shows t; o is unknown within [lo, hi].
 * A code of step s was read while its clock was in [X*s, X*s + X), and came 0 to
 * D later, at t: so o is in [X*s - t, X*s + X + D - t], and turned round, the
 * step of a code that comes at t is one of floor((t - D + lo) / X) to
 * floor((t + hi) / X). All arithmetic saturates: a record with a mad interval
 * makes codes wrong, never the program.
 */

#define NONE UINT64_MAX
#define INITIAL_MS 600000
#define STARTED_MS 2000
#define PPM_DIVISOR (1000000 / OTP_WINDOW_DRIFT_PPM) /* 25 ppm is 1 in 40000 */

static int64_t
add(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_add_overflow(a, b, &r))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return r;
}

static int64_t
sub(int64_t a, int64_t b)
{
	int64_t r;

	if (__builtin_sub_overflow(a, b, &r))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return r;
}

static int64_t
step_start_ms(uint64_t step, unsigned step_seconds)
{
	int64_t r;

	if (step > INT64_MAX ||
	    __builtin_mul_overflow((int64_t)step, (int64_t)step_seconds * 1000, &r))
		return INT64_MAX;
	return r;
}

void
otp_window_init(struct otp_window *w, int64_t start_ms, int64_t now_ms)
{
	int64_t half = start_ms >= 0 ? STARTED_MS : INITIAL_MS;

	*w = (struct otp_window){ -half, half, start_ms >= 0 ? start_ms : now_ms };
}

struct otp_window
otp_window_at(const struct otp_window *w, int64_t now_ms)
{
	struct otp_window r = *w;
	int64_t elapsed = sub(now_ms, w->at_ms), widen;

	if (elapsed <= 0)
		return r;
	widen = elapsed / PPM_DIVISOR + (elapsed % PPM_DIVISOR != 0);
	r.lo_ms = sub(w->lo_ms, widen);
	r.hi_ms = add(w->hi_ms, widen);
	r.at_ms = now_ms;
	return r;
}

void
otp_window_success(struct otp_window *w, unsigned step_seconds, uint64_t step, int64_t now_ms)
{
	struct otp_window seen, wide = otp_window_at(w, now_ms);
	int64_t shown = step_start_ms(step, step_seconds);

	if (step_seconds == 0)
		return;
	seen.lo_ms = sub(shown, now_ms);
	seen.hi_ms = sub(add(shown, (int64_t)step_seconds * 1000 + OTP_WINDOW_TYPING_MS), now_ms);
	seen.at_ms = now_ms;
	*w = seen;
	if (wide.lo_ms > seen.hi_ms || wide.hi_ms < seen.lo_ms)
		return; /* no overlap: what was seen counts */
	if (wide.lo_ms > seen.lo_ms)
		w->lo_ms = wide.lo_ms;
	if (wide.hi_ms < seen.hi_ms)
		w->hi_ms = wide.hi_ms;
}

/* Where a code may be looked for, in steps. */
struct region {
	uint64_t first; /* live */
	unsigned n;
	uint64_t middle;
	uint64_t reach; /* near: this far from the middle */
};

static uint64_t
step_of(int64_t token_ms, unsigned step_seconds)
{
	return token_ms < 0 ? 0 : (uint64_t)token_ms / ((uint64_t)step_seconds * 1000);
}

static struct region
region_at(const struct otp_window *w, unsigned step, int64_t now_ms)
{
	struct otp_window now = otp_window_at(w, now_ms);
	struct region r;
	uint64_t last, n, x = (uint64_t)step * 1000, half;

	if (now.hi_ms < now.lo_ms)
		now.hi_ms = now.lo_ms;
	r.first = step_of(sub(add(now_ms, now.lo_ms), OTP_WINDOW_TYPING_MS), step);
	last = step_of(add(now_ms, now.hi_ms), step);
	if (last < r.first)
		last = r.first;
	n = last - r.first + 1;
	r.middle = r.first + n / 2;
	/* half the width, rounded up, and one */
	half = ((uint64_t)now.hi_ms - (uint64_t)now.lo_ms) / 2;
	r.reach = half / x + (half % x != 0) + 1;
	if (r.reach < n / 2)
		r.reach = n / 2; /* a step much shorter than the typing allowance */
	if (r.reach < 10)
		r.reach = 10;
	if (r.reach > OTP_WINDOW_NEAR_MAX)
		r.reach = OTP_WINDOW_NEAR_MAX;
	if (n > OTP_WINDOW_LIVE_MAX) {
		r.first = r.middle - 1;
		n = OTP_WINDOW_LIVE_MAX;
	}
	r.n = (unsigned)n;
	return r;
}

void
otp_window_live(
    const struct otp_window *w, unsigned step, int64_t now_ms, uint64_t *ret_first, unsigned *ret_n)
{
	struct region r = region_at(w, step > 0 ? step : 1, now_ms);

	*ret_first = r.first;
	*ret_n = r.n;
}

/* ---- the search ---- */

/* What one search carries along. */
struct search {
	const struct otp_window_ask *ask;
	struct otp_mac *mac;
	unsigned work;    /* HMACs so far */
	enum otp_err err; /* the first failure sticks */
};

static bool
is_newer(const struct otp_window_ask *ask, uint64_t step)
{
	return ask->last_used == NONE || step > ask->last_used;
}

static uint32_t
code_of(struct search *s, uint64_t step)
{
	uint32_t value = 0;
	enum otp_err err;

	s->work++;
	err = otp_hotp_mac(s->mac, step, s->ask->digits, &value);
	if (err != OTP_OK && s->err == OTP_OK)
		s->err = err;
	return value;
}

/* All ones if they are the same, else 0; without a branch on either. */
static uint64_t
same(uint32_t a, uint32_t b)
{
	uint64_t differ = a ^ b;

	return (uint64_t)0 - ((differ - 1) >> 63);
}

static uint64_t
equals(struct search *s, uint64_t step, uint32_t code)
{
	return same(code_of(s, step), code);
}

/* *step := candidate where the mask is all ones. */
static void
choose(uint64_t *step, uint64_t candidate, uint64_t mask)
{
	*step = (*step & ~mask) | (candidate & mask);
}

static uint64_t
allow(bool is_allowed)
{
	return (uint64_t)0 - (uint64_t)is_allowed;
}

static enum otp_err
search_begin(struct search *s, const struct otp_window_ask *ask)
{
	*s = (struct search){ ask, NULL, 0, OTP_OK };
	if (ask->digits < OTP_DIGITS_MIN || ask->digits > OTP_DIGITS_MAX || ask->seed_len == 0)
		return OTP_ERR_BAD_INPUT;
	return otp_mac_new_hash(ask->hash, ask->seed, ask->seed_len, &s->mac);
}

/* After MATCH and NEXT the answer itself tells; every refusal has done the same work. */
static void
search_pad(struct search *s)
{
	while (s->work < OTP_WINDOW_WORK)
		(void)equals(s, 0, 0);
}

static enum otp_window_found
search_counter(struct search *s, uint64_t *ret_step)
{
	const struct otp_window_ask *ask = s->ask;
	uint64_t next = ask->last_used + 1; /* NONE: 0 */
	uint64_t found = NONE, used;

	/* from far to near: the first match stays */
	for (unsigned i = OTP_HOTP_LOOK_AHEAD + 1; i-- > 0;) {
		bool is_counter = next <= NONE - 1 - i; /* NONE is no counter */

		choose(&found, next + i, equals(s, next + i, ask->code) & allow(is_counter));
	}
	used = equals(s, ask->last_used, ask->code) & allow(ask->last_used != NONE);
	if (found != NONE) {
		*ret_step = found;
		return OTP_WINDOW_MATCH;
	}
	search_pad(s);
	if (used != 0)
		*ret_step = ask->last_used;
	return used != 0 ? OTP_WINDOW_USED : OTP_WINDOW_MISS;
}

/*
 * Every candidate within OTP_WINDOW_NEAR_MAX is computed, also beyond the
 * token's own reach: the time tells nothing of the window. The nearest to the
 * middle wins, for crystals do.
 */
static uint64_t
search_near(struct search *s, const struct region *r)
{
	const struct otp_window_ask *ask = s->ask;
	uint64_t found = NONE;

	for (uint64_t k = OTP_WINDOW_NEAR_MAX; k > 0; k--) {
		uint64_t before = r->middle - k, after = r->middle + k;
		bool is_in = k <= r->reach;

		bool may_before = is_in && k <= r->middle && before < r->first;
		bool may_after = is_in && after >= r->first + r->n;
		uint64_t eq;

		eq = equals(s, before, ask->code) & allow(may_before && is_newer(ask, before));
		choose(&found, before, eq);
		eq = equals(s, after, ask->code) & allow(may_after && is_newer(ask, after));
		choose(&found, after, eq);
	}
	/* n / 2 puts the middle among the live ones: computed for the count only */
	(void)equals(s, r->middle, ask->code);
	return found;
}

/* The near region is computed for a used code too: wrong and used must not differ in time. */
static enum otp_window_found
search_time(struct search *s, uint64_t *ret_step)
{
	const struct otp_window_ask *ask = s->ask;
	struct region r = region_at(&ask->window, ask->step, ask->now_ms);
	uint64_t match = NONE, used = NONE, next = NONE, near;

	for (unsigned i = 0; i < OTP_WINDOW_LIVE_MAX; i++) {
		uint64_t step = r.first + i;
		uint64_t eq = equals(s, step, ask->code) & allow(i < r.n);

		choose(&match, step, eq & allow(is_newer(ask, step)));
		choose(&used, step, eq & allow(!is_newer(ask, step)));
	}
	for (unsigned i = 1; i <= 2; i++) {
		uint64_t step = ask->near_step + i;
		bool may = ask->near_step < NONE - 2 && is_newer(ask, step);

		choose(&next, step, equals(s, step, ask->code) & allow(may));
	}
	if (match != NONE || next != NONE) {
		*ret_step = match != NONE ? match : next;
		return match != NONE ? OTP_WINDOW_MATCH : OTP_WINDOW_NEXT;
	}
	near = search_near(s, &r);
	if (used != NONE || near != NONE)
		*ret_step = used != NONE ? used : near;
	return used != NONE ? OTP_WINDOW_USED : near != NONE ? OTP_WINDOW_NEAR : OTP_WINDOW_MISS;
}

enum otp_err
otp_window_search(
    const struct otp_window_ask *ask, enum otp_window_found *ret_found, uint64_t *ret_step)
{
	struct search s;
	enum otp_window_found found;
	uint64_t step = 0;
	enum otp_err err;

	*ret_found = OTP_WINDOW_MISS;
	err = search_begin(&s, ask);
	if (err != OTP_OK)
		return err;
	found = ask->step == 0 ? search_counter(&s, &step) : search_time(&s, &step);
	otp_mac_free(&s.mac);
	if (s.err != OTP_OK)
		return s.err;
	*ret_found = found;
	if (found != OTP_WINDOW_MISS)
		*ret_step = step;
	return OTP_OK;
}

enum otp_err
otp_window_resync(const struct otp_window_ask *ask, uint32_t code1, uint32_t code2,
    uint64_t range_steps, enum otp_window_found *ret_found, uint64_t *ret_step)
{
	struct search s;
	uint64_t first, n, found = NONE, before = 0;
	enum otp_err err;

	*ret_found = OTP_WINDOW_MISS;
	err = search_begin(&s, ask);
	if (err != OTP_OK)
		return err;
	if (range_steps > OTP_WINDOW_RESYNC_MAX)
		range_steps = OTP_WINDOW_RESYNC_MAX;
	if (ask->step == 0) {
		first = ask->last_used + 1;
		n = range_steps + 2;
	} else {
		uint64_t middle = region_at(&ask->window, ask->step, ask->now_ms).middle;

		first = middle > range_steps ? middle - range_steps : 0;
		n = middle - first + range_steps + 2;
	}
	/* each step as the second of a pair; the one before it as the first */
	for (uint64_t i = 0; i < n; i++) {
		uint64_t step = first + i;
		uint32_t value = code_of(&s, step);
		bool is_step = step >= first && step != NONE;	/* counters end */

		choose(&found, step, before & same(value, code2) & allow(is_step));
		before = same(value, code1) & allow(is_step && is_newer(ask, step));
	}
	otp_mac_free(&s.mac);
	if (s.err != OTP_OK)
		return s.err;
	if (found != NONE) {
		*ret_found = OTP_WINDOW_MATCH;
		*ret_step = found;
	}
	return OTP_OK;
}
