/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement of a code: states, window, single use, counters, suspension. */
#include "config.h"

#include "act_verify.h"

#include <string.h>

#include "act_binding.h"
#include "act_standing.h"
#include "record.h"

/* "already used" answers that are remembered in an hour: one more than notices ask for */
#define USED_AN_HOUR 6
#define HOUR 3600

/* ---- looking ---- */

static void
ask_token(const struct otp_call *call, const struct otp_token *token, const char *code,
    struct otp_window_ask *ret)
{
	*ret = (struct otp_window_ask){
		.hash = token->hash,
		.seed = token->seed.data,
		.seed_len = token->seed.len,
		.digits = token->digits,
		.step = token->type == OTP_TOKEN_HOTP ? 0 : token->step,
		.last_used = token->last_used,
		.window = token->window,
		.near_step = OTP_STEP_NONE,
		.now_ms = call->now_ms,
	};
	if (otp_parse_code(code, token->digits, &ret->code) != OTP_OK)
		ret->code = UINT32_MAX;
}

/* It was used while the clock was ahead: as what is not newer than the last used step. */
static enum otp_window_found
barred(enum otp_window_found found)
{
	switch (found) {
	case OTP_WINDOW_MATCH:
	case OTP_WINDOW_USED:
		return OTP_WINDOW_USED;
	case OTP_WINDOW_NEAR:
	case OTP_WINDOW_NEXT:
	case OTP_WINDOW_MISS:
		break;
	}
	return OTP_WINDOW_MISS;
}

enum otp_err
otp_code_search(const struct otp_call *call, const struct otp_token *token, const char *code,
    uint64_t near_step, enum otp_window_found *ret_found, uint64_t *ret_step)
{
	struct otp_window_ask ask;
	enum otp_err err;

	ask_token(call, token, code, &ask);
	ask.near_step = near_step;
	err = otp_window_search(&ask, ret_found, ret_step);
	if (ask.code == UINT32_MAX)
		*ret_found = OTP_WINDOW_MISS;	/* no code: nothing can have been found */
	else if (otp_token_is_barred(token, *ret_step))
		*ret_found = barred(*ret_found);
	otp_wipe(&ask, sizeof(ask));
	return err;
}

void
otp_code_waste(const struct otp_call *call, const char *code)
{
	static const uint8_t seed[20] = { 0 };
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_window_ask ask;
	enum otp_window_found found;
	uint64_t step;

	token.type = OTP_TOKEN_TOTP;
	token.digits = 6;
	token.step = 60;
	otp_window_init(&token.window, -1, call->now_ms);
	ask_token(call, &token, code, &ask);
	ask.seed = seed;
	ask.seed_len = sizeof(seed);
	ask.last_used = UINT64_MAX - 1;		/* no step is newer: nothing is ever found early */
	(void)otp_window_search(&ask, &found, &step);
	otp_token_clear(&token);
}

bool
otp_code_is_live(const struct otp_token *token, int64_t now)
{
	return (token->state == OTP_TOKEN_STOCK || token->state == OTP_TOKEN_ACTIVE) &&
	    !otp_token_is_expired(token, now) && !otp_token_is_early(token, now);
}

/* ---- the judgement ---- */

struct judgement {
	struct otp_call *call;
	struct otp_user *user;
	enum otp_code_source source;
	struct otp_event *event;
	int64_t now;
	struct otp_token token;
	struct otp_sharer *sharer;
	bool is_changed;
};

static bool
is_socket_stopped(const struct judgement *j)
{
	return j->source == OTP_CODE_UNPROVEN && j->sharer->unproven >= j->call->conf->fail_limit &&
	    j->now < j->sharer->unproven_at + OTP_DAY;
}

static enum otp_err
find(struct judgement *j)
{
	struct otp_why *why = &j->call->answer->why;
	enum otp_err err;

	if (j->user->serial[0] == '\0')
		return OTP_WHY(why, j->user->was_bound ? OTP_ERR_REVOKED : OTP_ERR_NOT_APPLICABLE,
		    NO_TOKEN, j->user->name);
	err = otp_act_find_token(j->call, j->user->serial, &j->token);
	if (err != OTP_OK)
		return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
	j->sharer = otp_token_sharer(&j->token, j->user->id);
	return OTP_OK;
}

/* Before the code is looked at: what stands here refuses it, and nothing is consumed or counted. */
static enum otp_err
check_state(const struct judgement *j)
{
	struct otp_why *why = &j->call->answer->why;

	switch (j->token.state) {
	case OTP_TOKEN_LOST:
		return OTP_ERR_LOST;
	case OTP_TOKEN_SUSPENDED:
		return OTP_ERR_SUSPENDED;
	case OTP_TOKEN_RETIRED:
	case OTP_TOKEN_STATE_COUNT:
		return OTP_ERR_REVOKED;
	case OTP_TOKEN_STOCK:	/* only with users who have not used it yet */
	case OTP_TOKEN_ACTIVE:
		break;
	}
	if (otp_token_is_expired(&j->token, j->now))
		return OTP_ERR_EXPIRED;
	if (otp_token_is_early(&j->token, j->now))
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TOKEN_NOT_YET, j->token.serial);
	if (is_socket_stopped(j))
		return OTP_WHY(why, OTP_ERR_SUSPENDED, SOCKET_STOPPED, j->user->name);
	return OTP_OK;
}

void
otp_code_note_used(struct otp_call *call, const struct otp_token *token, uint64_t step)
{
	struct otp_used_code *used = &call->used[call->n_used];

	if (call->n_used == OTP_USED_CODES_MAX)
		return;
	memcpy(used->serial, token->serial, sizeof(used->serial));
	used->step = step;
	call->n_used++;
}

void
otp_code_accept(struct otp_call *call, struct otp_token *token, struct otp_sharer *sharer,
    uint64_t step)
{
	int64_t now = otp_act_now(call);

	otp_code_note_used(call, token, step);
	token->last_used = step;
	if (token->type == OTP_TOKEN_TOTP)
		otp_window_success(&token->window, token->step, step, call->now_ms);
	token->fails = 0;
	if (token->state == OTP_TOKEN_STOCK)
		token->state = OTP_TOKEN_ACTIVE;
	if (sharer == NULL)
		return;
	sharer->fails = sharer->fails_ever = sharer->unproven = 0;
	sharer->success_before = sharer->last_success;
	sharer->last_success = now;
	otp_token_forget_near(sharer);
	if (!sharer->is_bound)
		sharer->bound_at = now;
	sharer->is_bound = true;
}

/* A pre-assigned user's first right code completes his registration. */
static enum otp_err
complete_registration(struct judgement *j)
{
	struct otp_user *user = j->user;
	enum otp_err err;

	user->is_bound = user->was_bound = true;
	user->register_from = user->register_until = 0;
	user->register_fails = 0;
	err = otp_act_save_user(j->call, user);
	if (err == OTP_OK)
		err = otp_fields_put_str(&j->event->details, OTP_FIELD_BINDING,
		    otp_standing_binding(user));
	return err;
}

static enum otp_err
right(struct judgement *j, uint64_t step)
{
	enum otp_err err = OTP_OK;

	otp_code_accept(j->call, &j->token, j->sharer, step);
	j->is_changed = true;
	if (!j->user->is_bound)
		err = complete_registration(j);
	if (err == OTP_OK)
		err = otp_fields_put_int(&j->event->details, OTP_FIELD_USED_STEP,
		    step <= INT64_MAX ? (int64_t)step : INT64_MAX);
	return err;
}

/* Sharers collide, so it is not counted as wrong; only how often it happens, for a notice. */
static enum otp_err
used(struct judgement *j)
{
	struct otp_sharer *sharer = j->sharer;
	enum otp_err err;

	if (j->now >= sharer->used_from + HOUR || j->now < sharer->used_from) {
		sharer->used_from = j->now;
		sharer->used_n = 0;
	}
	if (sharer->used_n < USED_AN_HOUR) {
		sharer->used_n++;
		j->is_changed = true;
	}
	err = otp_fields_put_int(&j->event->details, OTP_FIELD_COUNT, sharer->used_n);
	return err != OTP_OK ? err : OTP_ERR_CODE_USED;
}

/* The failure ceiling. */
static enum otp_err
revoke(struct judgement *j)
{
	struct otp_user *user = j->user;
	enum otp_err err;

	otp_binding_end(j->call, user, &j->token);
	j->sharer = NULL;
	err = otp_act_save_user(j->call, user);
	if (err == OTP_OK)
		err = otp_fields_put_str(&j->event->details, OTP_FIELD_BINDING, "revoked");
	return err;
}

static bool
is_too_many(const struct judgement *j)
{
	const struct otp_conf *conf = j->call->conf;

	return (j->sharer != NULL && j->sharer->fails >= conf->fail_limit) ||
	    j->token.fails >= conf->fail_limit ||
	    otp_token_wrong_within_day(&j->token, j->user->id, j->now) >= conf->failures_per_day ||
	    otp_token_wrong_within_day(&j->token, 0, j->now) >= 2 * conf->failures_per_day;
}

static enum otp_err
suspend(struct judgement *j)
{
	enum otp_err err;

	j->token.state = OTP_TOKEN_SUSPENDED;
	j->token.suspended_at = j->now;
	j->token.suspended_by = j->user->id;
	err = otp_fields_put_bool(&j->event->details, OTP_FIELD_SUSPENDED, true);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(&j->token, &j->event->details);
	return err;
}

static void
count_up(uint32_t *counter)
{
	if (*counter < UINT32_MAX)
		(*counter)++;
}

static enum otp_err
wrong_unproven(struct judgement *j)
{
	struct otp_sharer *sharer = j->sharer;
	enum otp_err err;

	if (j->now >= sharer->unproven_at + OTP_DAY)
		sharer->unproven = 0;
	count_up(&sharer->unproven);
	sharer->unproven_at = j->now;
	err = otp_fields_put_int(&j->event->details, OTP_FIELD_FAILS, sharer->unproven);
	return err != OTP_OK ? err : OTP_ERR_AUTH_FAILED;
}

/* The row is as long as the longer of the two. */
static enum otp_err
put_fails(struct judgement *j)
{
	int64_t limit = j->call->conf->fail_limit;
	uint32_t own = j->sharer != NULL ? j->sharer->fails : j->token.fails;
	uint32_t most = own > j->token.fails ? own : j->token.fails;
	enum otp_err err;

	err = otp_fields_put_int(&j->event->details, OTP_FIELD_FAILS, own);
	if (err == OTP_OK)
		err = otp_fields_put_int(&j->event->details, OTP_FIELD_FAILS_LEFT,
		    most < limit ? limit - most : 0);
	return err;
}

/* Without a sharer (somebody tried for others) it counts on the token alone. */
static enum otp_err
wrong(struct judgement *j)
{
	struct otp_sharer *sharer = j->sharer;
	enum otp_err err;

	j->is_changed = true;
	if (sharer != NULL) {
		otp_token_forget_near(sharer);
		if (j->source == OTP_CODE_UNPROVEN)
			return wrong_unproven(j);
		count_up(&sharer->fails);
		count_up(&sharer->fails_ever);
	}
	count_up(&j->token.fails);
	otp_token_wrong_add(&j->token, j->user->id, j->now);
	err = put_fails(j);
	if (err == OTP_OK && is_too_many(j))
		err = suspend(j);
	if (err == OTP_OK && sharer != NULL &&
	    sharer->fails_ever >= j->call->conf->failure_ceiling)
		err = revoke(j);
	return err != OTP_OK ? err : OTP_ERR_AUTH_FAILED;
}

static bool
is_near_remembered(const struct judgement *j)
{
	return j->sharer->near_step != OTP_STEP_NONE && j->call->now_ms < j->sharer->near_until_ms;
}

/* Once: who has been asked for the next code and shows yet another one has failed. */
static enum otp_err
near(struct judgement *j, uint64_t step)
{
	if (is_near_remembered(j))
		return wrong(j);
	j->sharer->near_step = step;
	j->sharer->near_until_ms = j->call->now_ms + OTP_WINDOW_NEXT_MS;
	j->is_changed = true;
	return OTP_ERR_NEXT_CODE;
}

static enum otp_err
evaluate(struct judgement *j, const char *code)
{
	enum otp_window_found found;
	uint64_t step = 0;
	uint32_t value;
	enum otp_err err;

	err = otp_code_search(j->call, &j->token, code,
	    is_near_remembered(j) ? j->sharer->near_step : OTP_STEP_NONE, &found, &step);
	if (err != OTP_OK)
		return err;
	switch (found) {
	case OTP_WINDOW_NEXT:
		/* the code that asked for this one was shown as well: neither passes again */
		otp_code_note_used(j->call, &j->token, j->sharer->near_step);
		return right(j, step);
	case OTP_WINDOW_MATCH:
		return right(j, step);
	case OTP_WINDOW_USED:
		return used(j);
	case OTP_WINDOW_NEAR:
		return near(j, step);
	case OTP_WINDOW_MISS:
		break;
	}
	if (otp_parse_code(code, j->token.digits, &value) != OTP_OK)
		return OTP_ERR_AUTH_FAILED;	/* no code at all: not counted */
	return wrong(j);
}

enum otp_err
otp_code_judge(struct otp_call *call, struct otp_user *user, const char *code,
    enum otp_code_source source, struct otp_event *event, bool *ret_changed)
{
	struct judgement j = {
		.call = call, .user = user, .source = source, .event = event,
		.now = otp_act_now(call), .token = OTP_TOKEN_INIT,
	};
	enum otp_err err, save_err;

	*ret_changed = false;
	err = otp_act_clock(call);
	if (err == OTP_OK)
		err = find(&j);
	if (err == OTP_OK)
		err = j.sharer != NULL ? check_state(&j) : OTP_ERR_INTEGRITY;
	if (err != OTP_OK) {
		otp_code_waste(call, code);
		goto out;
	}
	err = evaluate(&j, code);
	if (!j.is_changed)
		goto out;
	save_err = otp_act_save_token(call, &j.token);
	if (save_err != OTP_OK)
		err = save_err;
	*ret_changed = save_err == OTP_OK;
out:
	otp_token_clear(&j.token);
	return err;
}

/* ---- two codes in a row ---- */

enum otp_err
otp_code_pair(const struct otp_call *call, const struct otp_token *token, const char *code1,
    const char *code2, uint64_t range_steps, bool *ret_is_found, uint64_t *ret_step)
{
	enum otp_window_found found;
	struct otp_window_ask ask;
	uint32_t first;
	enum otp_err err;

	ask_token(call, token, code1, &ask);
	first = ask.code;
	if (otp_parse_code(code2, token->digits, &ask.code) != OTP_OK)
		ask.code = UINT32_MAX;
	err = otp_window_resync(&ask, first, ask.code, range_steps, &found, ret_step);
	*ret_is_found = err == OTP_OK && found == OTP_WINDOW_MATCH && first != UINT32_MAX &&
	    ask.code != UINT32_MAX && !otp_token_is_barred(token, *ret_step - 1) &&
	    !otp_token_is_barred(token, *ret_step);
	otp_wipe(&ask, sizeof(ask));
	otp_wipe(&first, sizeof(first));
	return err;
}

void
otp_code_accept_pair(struct otp_call *call, struct otp_token *token, uint64_t step)
{
	otp_code_note_used(call, token, step - 1);
	otp_code_note_used(call, token, step);
	token->last_used = step;
	if (token->type == OTP_TOKEN_TOTP)
		otp_window_success(&token->window, token->step, step, call->now_ms);
	for (uint32_t i = 0; i < token->n_sharers; i++)
		otp_token_forget_near(&token->sharers[i]);
}

enum otp_err
otp_code_wrong_pair(struct otp_call *call, struct otp_user *user, struct otp_token *token)
{
	struct judgement j = {
		.call = call, .user = user, .source = OTP_CODE_SERVICE, .event = &call->event,
		.now = otp_act_now(call), .token = OTP_TOKEN_INIT,
	};
	enum otp_err err;

	otp_token_move(&j.token, token);
	j.sharer = otp_token_sharer(&j.token, user->id);
	err = wrong(&j);
	otp_token_move(token, &j.token);
	return err;
}
