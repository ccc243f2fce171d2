/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a code in a drifting hardware clock's window: the offset interval of domain.md, pure. */
#ifndef OTP_WINDOW_H
#define OTP_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

#define OTP_WINDOW_TYPING_MS 45000	/* D: between reading a code and its arrival */
#define OTP_WINDOW_DRIFT_PPM 25
#define OTP_WINDOW_LIVE_MAX 3
#define OTP_WINDOW_NEAR_MAX 140		/* steps either way that may ask for the next code */
#define OTP_WINDOW_NEXT_MS 180000	/* how long "enter the next code" is remembered */
#define OTP_HOTP_LOOK_AHEAD 10

/* The token clock's offset from ours lay in [lo, hi] (token minus server) at server time `at`; all ms. */
struct otp_window {
	int64_t lo_ms, hi_ms, at_ms;
};

/* start_ms >= 0: the file gave a start date: +-2 s there; otherwise +-600 s at now_ms. */
void otp_window_init(struct otp_window *w, int64_t start_ms, int64_t now_ms);
/* The interval as of now: widened by 25 ppm of the time since `at`, rounded outward, never narrowed. */
struct otp_window otp_window_at(const struct otp_window *w, int64_t now_ms);
/* The live steps, first and how many (1 to 3). */
void otp_window_live(const struct otp_window *w, unsigned step, int64_t now_ms, uint64_t *ret_first,
    unsigned *ret_n);

enum otp_window_found {
	OTP_WINDOW_MISS = 0,
	OTP_WINDOW_MATCH,	/* live and newer than last used */
	OTP_WINDOW_USED,	/* live but not newer than last used */
	OTP_WINDOW_NEAR,	/* not live, newer than last used, within reach: ask for the next code */
	OTP_WINDOW_NEXT,	/* proves an earlier NEAR: one of its next two steps */
};

/* What the search needs to know of a token. Steps are counters for HOTP. */
struct otp_window_ask {
	enum otp_hash hash;
	const uint8_t *seed;
	size_t seed_len;
	unsigned digits, step;		/* step: seconds; 0: HOTP */
	uint64_t last_used;		/* highest used step; UINT64_MAX: none yet. HOTP: next expected counter - 1 alike */
	struct otp_window window;	/* TOTP */
	uint64_t near_step;		/* remembered NEAR match, UINT64_MAX: none (or run out) */
	int64_t now_ms;
	uint32_t code;			/* what was typed; UINT32_MAX: nothing well-formed, same work */
};
/*
 * Compares in constant time, no early exit. Anything but MATCH and NEXT costs
 * the same number of HMACs, whatever the code and the window are: OTP_WINDOW_WORK.
 * *ret_step: the step found (not for MISS). Of several live matches a TOTP code
 * is the newest (or it would pass again), a HOTP code the first.
 * HOTP: the next expected counter and 10 ahead match; the last used one is USED; no NEAR.
 */
#define OTP_WINDOW_WORK (OTP_WINDOW_LIVE_MAX + 2 + 2 * OTP_WINDOW_NEAR_MAX + 1)
enum otp_err otp_window_search(const struct otp_window_ask *ask, enum otp_window_found *ret_found,
    uint64_t *ret_step);
/* Narrows after a success at `step` (rule 2 of domain.md). */
void otp_window_success(struct otp_window *w, unsigned step_seconds, uint64_t step, int64_t now_ms);
/*
 * Resync: code1 and code2 of consecutive steps a, a+1, both newer than
 * last_used, a within +-range_steps of the middle live step (HOTP: from the next
 * expected counter on, ahead only). MISS or MATCH; *ret_step: a+1, used up like a
 * by last_used := a+1. ask->code and near_step are not looked at. The work
 * depends on the range alone; range_steps counts for at most 10000.
 */
#define OTP_WINDOW_RESYNC_MAX 10000
enum otp_err otp_window_resync(const struct otp_window_ask *ask, uint32_t code1, uint32_t code2,
    uint64_t range_steps, enum otp_window_found *ret_found, uint64_t *ret_step);

#endif
