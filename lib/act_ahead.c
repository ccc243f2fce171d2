/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a clock that was ahead has left in a record. */
#include "config.h"

#include "act_ahead.h"

#include "act_due.h"
#include "act_people.h"
#include "act_reset.h"
#include "clock.h"
#include "record.h"

#define ALLOWED_MS (OTP_ACT_BEHIND_ALLOWED * 1000)

/* To `to`, if it lies ahead of that by more than is allowed. */
static bool
lower_past(int64_t *time, int64_t to, int64_t allowed)
{
	bool is_ahead = *time > to + allowed;

	if (is_ahead)
		*time = to;
	return is_ahead;
}

/* Seconds; further than a clock may be off. */
static bool
lower(int64_t *time, int64_t to)
{
	return lower_past(time, to, OTP_ACT_BEHIND_ALLOWED);
}

static bool
lower_ms(int64_t *time_ms, int64_t to_ms)
{
	return lower_past(time_ms, to_ms, ALLOWED_MS);
}

/* ---- tokens ---- */

uint64_t
otp_ahead_newest_live(const struct otp_token *token, int64_t now_ms)
{
	const uint64_t ours = (uint64_t)(now_ms / 1000) / token->step;
	uint64_t first;
	unsigned n;

	otp_window_live(&token->window, token->step, now_ms, &first, &n);
	return first + n - 1 > ours ? first + n - 1 : ours;
}

bool
otp_ahead_step(const struct otp_token *token, const struct otp_call *call)
{
	return token->type == OTP_TOKEN_TOTP && token->last_used != OTP_STEP_NONE &&
	    token->last_used > otp_ahead_newest_live(token, call->now_ms + ALLOWED_MS);
}

static bool
lower_sharer(struct otp_sharer *s, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	int64_t *const times[] = { &s->bound_at, &s->unproven_at, &s->last_success,
		&s->success_before, &s->used_from };
	bool is_changed = false;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		is_changed |= lower(times[i], now);
	if (s->near_until_ms > call->now_ms + OTP_WINDOW_NEXT_MS + ALLOWED_MS) {
		otp_token_forget_near(s);
		is_changed = true;
	}
	return is_changed;
}

bool
otp_ahead_lower_token(struct otp_token *token, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	bool is_changed = false;
	uint8_t stage;

	/* before it is used it begins with its start date */
	if (token->window.at_ms != token->not_before * 1000)
		is_changed |= lower_ms(&token->window.at_ms, call->now_ms);
	is_changed |= lower(&token->imported_at, now);
	is_changed |= lower(&token->suspended_at, now);
	for (uint32_t i = 0; i < token->n_wrong; i++)
		is_changed |= lower(&token->wrong[i].at, now);
	for (uint32_t i = 0; i < token->n_unlocks; i++)
		is_changed |= lower(&token->unlocked_at[i], now);
	for (uint32_t i = 0; i < token->n_sharers; i++)
		is_changed |= lower_sharer(&token->sharers[i], call);
	stage = otp_due_stage(token, now + OTP_ACT_BEHIND_ALLOWED);
	if (token->n_warned > stage) {
		token->n_warned = stage;
		is_changed = true;
	}
	return is_changed;
}

/* ---- users and totals ---- */

/* The day of the clock as it is now; the newest day there is, where nobody can say. */
static int64_t
today_of(const struct otp_call *call)
{
	int64_t day = OTP_DAY_MAX;

	(void)otp_clock_day(otp_store_site(call->store)->zone,
	    otp_act_now(call) + OTP_ACT_BEHIND_ALLOWED, &day);
	return day;
}

bool
otp_ahead_lower_total(struct otp_day_total *total, const struct otp_call *call)
{
	return lower_past(&total->day, today_of(call), 0);
}

bool
otp_ahead_lower_user(struct otp_user *user, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	const int64_t opens = now + call->conf->register_pause;
	int64_t *const times[] = { &user->created_at, &user->reset_at, &user->mail_changed_at,
		&user->adopted_at, &user->revoked_at, &user->handed_at };
	bool is_changed = false;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		is_changed |= lower(times[i], now);
	for (uint32_t i = 0; i < user->n_wrong_at; i++)
		is_changed |= lower(&user->wrong_at[i], now);
	is_changed |= lower(&user->word_until,
	    now + (user->word_is_reset ? OTP_WORD_RESET_LIFE : OTP_WORD_FIRST_LIFE));
	/* one that did not begin ahead keeps its end, whatever a registration lasts now */
	if (lower(&user->register_from, opens)) {
		(void)lower(&user->register_until, opens + call->conf->register_open);
		is_changed = true;
	}
	is_changed |= lower_ms(&user->near_until_ms, call->now_ms + OTP_WINDOW_NEXT_MS);
	is_changed |= otp_ahead_lower_total(&user->approved, call);
	return is_changed;
}

/* ---- mails ---- */

bool
otp_ahead_lower_waiting(struct otp_waiting *waiting, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	bool is_changed = lower(&waiting->first_at, now);

	/* the pause after a failure is half a day at most */
	is_changed |= lower(&waiting->next_at, now + OTP_PENDING_PAUSE_MAX);
	return is_changed;
}
