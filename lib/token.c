/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The token record: its encoding, its sharers, and what its counters say. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choices.h"
#include "encode.h"
#include "record.h"
#include "token.h"

#define N_(s) s
#define FORMAT 1
#define FINGERPRINT_LEN 32
#define OFFSET_MAX_MS 3155760000000	/* 100 years: no clock is that wrong */
#define RECORD_MAX 40960		/* bytes, with everything at its most */

static const char *const type_names[OTP_TOKEN_TYPE_COUNT] = {
#define X(id, word) [OTP_TOKEN_##id] = word,
	OTP_TOKEN_TYPES(X)
#undef X
};

static const char *const state_names[OTP_TOKEN_STATE_COUNT] = {
#define X(id, word) [OTP_TOKEN_##id] = word,
	OTP_TOKEN_STATES(X)
#undef X
};

static const char *const suspended_names[OTP_SUSPENDED_COUNT] = {
	[OTP_SUSPENDED_CODES] = N_("codes"),
	[OTP_SUSPENDED_BY_HAND] = N_("by-hand"),
	[OTP_SUSPENDED_REPORTED] = N_("reported"),
};

const char *
otp_token_type_name(enum otp_token_type type)
{
	return (unsigned)type < OTP_TOKEN_TYPE_COUNT ? type_names[type] : "";
}

enum otp_err
otp_token_type_parse(const char *name, enum otp_token_type *ret)
{
	for (unsigned i = 0; name != NULL && i < OTP_TOKEN_TYPE_COUNT; i++)
		if (strcmp(type_names[i], name) == 0) {
			*ret = (enum otp_token_type)i;
			return OTP_OK;
		}
	return OTP_ERR_BAD_INPUT;
}

const char *
otp_token_state_name(enum otp_token_state state)
{
	return (unsigned)state < OTP_TOKEN_STATE_COUNT ? state_names[state] : "";
}

const char *
otp_token_suspended_name(enum otp_suspended_how how)
{
	return (unsigned)how < OTP_SUSPENDED_COUNT ? suspended_names[how] : "";
}

void
otp_token_clear(struct otp_token *token)
{
	if (token == NULL)
		return;
	otp_bytes_clear(&token->seed);
	if (token->sharers != NULL)
		otp_wipe(token->sharers, token->n_sharers * sizeof(*token->sharers));
	free(token->sharers);
	otp_wipe(token, sizeof(*token));
	*token = (struct otp_token)OTP_TOKEN_INIT;
}

void
otp_token_move(struct otp_token *to, struct otp_token *from)
{
	if (to == from)
		return;
	otp_token_clear(to);
	*to = *from;
	otp_wipe(from, sizeof(*from));
	*from = (struct otp_token)OTP_TOKEN_INIT;
}

static bool
is_fingerprint(const char *text)
{
	return strlen(text) == FINGERPRINT_LEN &&
	    strspn(text, "0123456789abcdef") == FINGERPRINT_LEN;
}

/* There while codes can be made from it, gone with the last state. */
static bool
is_seed_valid(const struct otp_token *t)
{
	switch (t->state) {
	case OTP_TOKEN_STOCK:
	case OTP_TOKEN_ACTIVE:
	case OTP_TOKEN_SUSPENDED:
		return t->seed.len >= OTP_SEED_MIN && t->seed.len <= OTP_SEED_MAX;
	case OTP_TOKEN_LOST:
	case OTP_TOKEN_RETIRED:
		return t->seed.len == 0;
	case OTP_TOKEN_STATE_COUNT:
		break;
	}
	return false;
}

static bool
is_device_valid(const struct otp_token *t)
{
	return otp_parse_serial(t->serial) == OTP_OK && (unsigned)t->type < OTP_TOKEN_TYPE_COUNT &&
	    (unsigned)t->hash < OTP_HASH_COUNT && t->digits >= OTP_DIGITS_MIN &&
	    t->digits <= OTP_DIGITS_MAX && is_seed_valid(t) && is_fingerprint(t->fingerprint) &&
	    (t->type == OTP_TOKEN_HOTP ? t->step == 0 : t->step > 0 && t->step <= OTP_STEP_MAX) &&
	    t->window.lo_ms >= -OFFSET_MAX_MS && t->window.lo_ms <= t->window.hi_ms &&
	    t->window.hi_ms <= OFFSET_MAX_MS && otp_record_is_time_ms(t->window.at_ms) &&
	    otp_record_is_time(t->not_before) && otp_record_is_time(t->not_after) &&
	    otp_record_is_time(t->imported_at);
}

static bool
is_wrong_valid(const struct otp_token *t)
{
	if (t->n_wrong > OTP_WRONG_MAX)
		return false;
	for (uint32_t i = 0; i < t->n_wrong; i++)
		if (!otp_record_is_time(t->wrong[i].at) || t->wrong[i].user_id == 0 ||
		    (i > 0 && t->wrong[i].at < t->wrong[i - 1].at))
			return false;
	return true;
}

static bool
is_sharer_valid(const struct otp_sharer *s)
{
	return s->user_id != 0 && otp_parse_name(s->user) == OTP_OK &&
	    otp_record_is_time(s->bound_at) && otp_record_is_time(s->unproven_at) &&
	    otp_record_is_time(s->last_success) && otp_record_is_time(s->success_before) &&
	    otp_record_is_time_ms(s->near_until_ms) && otp_record_is_time(s->used_from);
}

static bool
are_barred_valid(const struct otp_token *t)
{
	if (t->n_barred > OTP_BARRED_MAX || (t->n_barred > 0 && t->type != OTP_TOKEN_TOTP))
		return false;
	for (uint32_t i = 0; i < t->n_barred; i++)
		if (t->barred[i].first > t->barred[i].last || t->barred[i].last == OTP_STEP_NONE ||
		    (i > 0 && t->barred[i].first <= t->barred[i - 1].last + 1))
			return false;
	return true;
}

static bool
is_valid(const struct otp_token *t)
{
	if (!is_device_valid(t) || !is_wrong_valid(t) || !are_barred_valid(t) ||
	    !otp_record_is_time(t->suspended_at) ||
	    (t->suspended_at != 0 && t->state != OTP_TOKEN_SUSPENDED) ||
	    (unsigned)t->suspended_how >= OTP_SUSPENDED_COUNT ||
	    (t->suspended_how != OTP_SUSPENDED_CODES && t->state != OTP_TOKEN_SUSPENDED) ||
	    (t->origin[0] != '\0' && otp_parse_serial(t->origin) != OTP_OK) ||
	    t->n_warned > OTP_WARNINGS_MAX ||
	    t->n_unlocks > OTP_UNLOCKS_MAX || !otp_record_are_times(t->unlocked_at, t->n_unlocks) ||
	    t->n_sharers > OTP_SHARERS_MAX)
		return false;
	for (uint32_t i = 0; i < t->n_sharers; i++) {
		if (!is_sharer_valid(&t->sharers[i]))
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (t->sharers[k].user_id == t->sharers[i].user_id)
				return false;
	}
	return true;
}

static void
put_device(struct otp_enc *enc, const struct otp_token *t)
{
	otp_enc_str(enc, t->serial);
	otp_enc_u8(enc, (uint8_t)t->type);
	otp_enc_u8(enc, (uint8_t)t->hash);
	otp_enc_u8(enc, t->digits);
	otp_enc_u32(enc, t->step);
	otp_enc_u8(enc, (uint8_t)t->state);
	otp_enc_data(enc, t->seed.data, t->seed.len);
	otp_enc_raw(enc, t->fingerprint, FINGERPRINT_LEN);
	otp_enc_i64(enc, t->window.lo_ms);
	otp_enc_i64(enc, t->window.hi_ms);
	otp_enc_i64(enc, t->window.at_ms);
	otp_enc_u64(enc, t->last_used);
	otp_enc_u64(enc, t->start_counter);
	otp_enc_i64(enc, t->not_before);
	otp_enc_i64(enc, t->not_after);
	otp_enc_i64(enc, t->imported_at);
}

static void
put_sharer(struct otp_enc *enc, const struct otp_sharer *s)
{
	otp_enc_u64(enc, s->user_id);
	otp_enc_str(enc, s->user);
	otp_enc_u8(enc, s->is_bound);
	otp_enc_i64(enc, s->bound_at);
	otp_enc_u32(enc, s->fails);
	otp_enc_u32(enc, s->fails_ever);
	otp_enc_u32(enc, s->unproven);
	otp_enc_i64(enc, s->unproven_at);
	otp_enc_i64(enc, s->last_success);
	otp_enc_i64(enc, s->success_before);
	otp_enc_u64(enc, s->near_step);
	otp_enc_i64(enc, s->near_until_ms);
	otp_enc_u32(enc, s->used_n);
	otp_enc_i64(enc, s->used_from);
}

enum otp_err
otp_token_encode(const struct otp_token *t, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(t))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	put_device(&enc, t);
	otp_enc_u32(&enc, t->fails);
	otp_enc_i64(&enc, t->suspended_at);
	otp_enc_u64(&enc, t->suspended_by);
	otp_enc_u8(&enc, (uint8_t)t->suspended_how);
	otp_enc_str(&enc, t->origin);
	otp_enc_u8(&enc, t->n_warned);
	otp_enc_u8(&enc, (uint8_t)t->n_wrong);
	for (uint32_t i = 0; i < t->n_wrong; i++) {
		otp_enc_i64(&enc, t->wrong[i].at);
		otp_enc_u64(&enc, t->wrong[i].user_id);
	}
	otp_enc_u8(&enc, (uint8_t)t->n_unlocks);
	for (uint32_t i = 0; i < t->n_unlocks; i++)
		otp_enc_i64(&enc, t->unlocked_at[i]);
	otp_enc_u8(&enc, (uint8_t)t->n_barred);
	for (uint32_t i = 0; i < t->n_barred; i++) {
		otp_enc_u64(&enc, t->barred[i].first);
		otp_enc_u64(&enc, t->barred[i].last);
	}
	otp_enc_u8(&enc, (uint8_t)t->n_sharers);
	for (uint32_t i = 0; i < t->n_sharers; i++)
		put_sharer(&enc, &t->sharers[i]);
	return otp_record_encoded(&enc, ret);
}

static enum otp_err
take_device(struct otp_dec *dec, struct otp_token *t)
{
	const uint8_t *seed;
	enum otp_err err;
	size_t len;

	otp_dec_str(dec, t->serial, sizeof(t->serial));
	t->type = (enum otp_token_type)otp_dec_enum(dec, OTP_TOKEN_TYPE_COUNT);
	t->hash = (enum otp_hash)otp_dec_enum(dec, OTP_HASH_COUNT);
	t->digits = otp_dec_u8(dec);
	t->step = otp_dec_u32(dec);
	t->state = (enum otp_token_state)otp_dec_enum(dec, OTP_TOKEN_STATE_COUNT);
	seed = otp_dec_data(dec, OTP_SEED_MAX, &len);
	err = otp_bytes_set(&t->seed, seed, len);
	if (err != OTP_OK)
		return err;
	otp_dec_raw(dec, t->fingerprint, FINGERPRINT_LEN);
	t->window.lo_ms = otp_dec_i64(dec);
	t->window.hi_ms = otp_dec_i64(dec);
	t->window.at_ms = otp_dec_i64(dec);
	t->last_used = otp_dec_u64(dec);
	t->start_counter = otp_dec_u64(dec);
	t->not_before = otp_dec_i64(dec);
	t->not_after = otp_dec_i64(dec);
	t->imported_at = otp_dec_i64(dec);
	return OTP_OK;
}

static void
take_sharer(struct otp_dec *dec, struct otp_sharer *s)
{
	s->user_id = otp_dec_u64(dec);
	otp_dec_str(dec, s->user, sizeof(s->user));
	s->is_bound = otp_dec_bool(dec);
	s->bound_at = otp_dec_i64(dec);
	s->fails = otp_dec_u32(dec);
	s->fails_ever = otp_dec_u32(dec);
	s->unproven = otp_dec_u32(dec);
	s->unproven_at = otp_dec_i64(dec);
	s->last_success = otp_dec_i64(dec);
	s->success_before = otp_dec_i64(dec);
	s->near_step = otp_dec_u64(dec);
	s->near_until_ms = otp_dec_i64(dec);
	s->used_n = otp_dec_u32(dec);
	s->used_from = otp_dec_i64(dec);
}

static enum otp_err
take_sharers(struct otp_dec *dec, struct otp_token *t)
{
	uint32_t n = otp_dec_enum(dec, OTP_SHARERS_MAX + 1);

	if (n == 0)
		return OTP_OK;
	t->sharers = calloc(n, sizeof(*t->sharers));
	if (t->sharers == NULL)
		return OTP_ERR_NO_MEMORY;
	t->n_sharers = n;
	for (uint32_t i = 0; i < n; i++)
		take_sharer(dec, &t->sharers[i]);
	return OTP_OK;
}

enum otp_err
otp_token_decode(const void *data, size_t len, struct otp_token *ret)
{
	struct otp_token t = OTP_TOKEN_INIT;
	struct otp_dec dec;
	enum otp_err err;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	err = take_device(&dec, &t);
	if (err != OTP_OK)
		goto out;
	t.fails = otp_dec_u32(&dec);
	t.suspended_at = otp_dec_i64(&dec);
	t.suspended_by = otp_dec_u64(&dec);
	t.suspended_how = (enum otp_suspended_how)otp_dec_enum(&dec, OTP_SUSPENDED_COUNT);
	otp_dec_str(&dec, t.origin, sizeof(t.origin));
	t.n_warned = otp_dec_enum(&dec, OTP_WARNINGS_MAX + 1);
	t.n_wrong = otp_dec_enum(&dec, OTP_WRONG_MAX + 1);
	for (uint32_t i = 0; i < t.n_wrong; i++) {
		t.wrong[i].at = otp_dec_i64(&dec);
		t.wrong[i].user_id = otp_dec_u64(&dec);
	}
	t.n_unlocks = otp_dec_enum(&dec, OTP_UNLOCKS_MAX + 1);
	for (uint32_t i = 0; i < t.n_unlocks; i++)
		t.unlocked_at[i] = otp_dec_i64(&dec);
	t.n_barred = otp_dec_enum(&dec, OTP_BARRED_MAX + 1);
	for (uint32_t i = 0; i < t.n_barred; i++) {
		t.barred[i].first = otp_dec_u64(&dec);
		t.barred[i].last = otp_dec_u64(&dec);
	}
	err = take_sharers(&dec, &t);
	if (err == OTP_OK)
		err = otp_record_decoded(&dec, is_valid(&t));
	if (err == OTP_OK)
		otp_token_move(ret, &t);
out:
	otp_token_clear(&t);
	return err;
}

bool
otp_token_is_barred(const struct otp_token *token, uint64_t step)
{
	for (uint32_t i = 0; i < token->n_barred; i++)
		if (step >= token->barred[i].first && step <= token->barred[i].last)
			return true;
	return false;
}

/* Takes together the two that are nearest to one another of n. */
static void
join_nearest(struct otp_steps *steps, uint32_t n)
{
	uint32_t best = 1;

	for (uint32_t i = 2; i < n; i++)
		if (steps[i].first - steps[i - 1].last < steps[best].first - steps[best - 1].last)
			best = i;
	steps[best - 1].last = steps[best].last;
	memmove(steps + best, steps + best + 1, (n - best - 1) * sizeof(*steps));
}

void
otp_token_bar(struct otp_token *token, uint64_t first, uint64_t last)
{
	struct otp_steps all[OTP_BARRED_MAX + 1];
	uint32_t n = 0, i = 0;

	/* those before it, then it with all that it touches, then those behind */
	while (i < token->n_barred && token->barred[i].last + 1 < first)
		all[n++] = token->barred[i++];
	for (; i < token->n_barred && token->barred[i].first <= last + 1; i++) {
		first = token->barred[i].first < first ? token->barred[i].first : first;
		last = token->barred[i].last > last ? token->barred[i].last : last;
	}
	all[n++] = (struct otp_steps){ first, last };
	while (i < token->n_barred)
		all[n++] = token->barred[i++];
	if (n > OTP_BARRED_MAX)
		join_nearest(all, n--);
	memcpy(token->barred, all, n * sizeof(*all));
	token->n_barred = n;
}

void
otp_token_bar_drop(struct otp_token *token, uint64_t step)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < token->n_barred; i++)
		if (token->barred[i].last > step)
			token->barred[n++] = token->barred[i];
	token->n_barred = n;
}

const char *
otp_token_origin(const struct otp_token *token)
{
	return token->origin[0] != '\0' ? token->origin : token->serial;
}

struct otp_sharer *
otp_token_sharer(struct otp_token *token, uint64_t user_id)
{
	for (uint32_t i = 0; i < token->n_sharers; i++)
		if (token->sharers[i].user_id == user_id)
			return &token->sharers[i];
	return NULL;
}

enum otp_err
otp_token_sharer_add(struct otp_token *token, uint64_t user_id, const char *user,
    struct otp_sharer **ret)
{
	struct otp_sharer *sharer;

	if (user_id == 0 || otp_parse_name(user) != OTP_OK ||
	    otp_token_sharer(token, user_id) != NULL)
		return OTP_ERR_INTERNAL;
	if (token->n_sharers >= OTP_SHARERS_MAX)
		return OTP_ERR_OVER_LIMIT;
	sharer = reallocarray(token->sharers, token->n_sharers + 1, sizeof(*sharer));
	if (sharer == NULL)
		return OTP_ERR_NO_MEMORY;
	token->sharers = sharer;
	sharer = &token->sharers[token->n_sharers++];
	*sharer = (struct otp_sharer){ .user_id = user_id, .near_step = OTP_STEP_NONE };
	(void)snprintf(sharer->user, sizeof(sharer->user), "%s", user);
	*ret = sharer;
	return OTP_OK;
}

void
otp_token_forget_near(struct otp_sharer *sharer)
{
	sharer->near_step = OTP_STEP_NONE;
	sharer->near_until_ms = 0;
}

void
otp_token_forget_suspension(struct otp_token *token)
{
	token->suspended_at = 0;
	token->suspended_by = 0;
	token->suspended_how = OTP_SUSPENDED_CODES;
}

void
otp_token_sharer_remove(struct otp_token *token, uint64_t user_id)
{
	struct otp_sharer *sharer = otp_token_sharer(token, user_id);
	size_t behind;

	if (sharer == NULL)
		return;
	behind = token->n_sharers - (size_t)(sharer - token->sharers) - 1;
	memmove(sharer, sharer + 1, behind * sizeof(*sharer));
	token->n_sharers--;
	otp_wipe(&token->sharers[token->n_sharers], sizeof(*sharer));
}

uint32_t
otp_token_wrong_within_day(const struct otp_token *token, uint64_t user_id, int64_t now)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < token->n_wrong; i++)
		if (token->wrong[i].at > now - OTP_DAY &&
		    (user_id == 0 || token->wrong[i].user_id == user_id))
			found++;
	return found;
}

void
otp_token_wrong_add(struct otp_token *token, uint64_t user_id, int64_t now)
{
	uint32_t drop = token->n_wrong >= OTP_WRONG_MAX ? token->n_wrong - OTP_WRONG_MAX + 1 : 0;
	struct otp_wrong *wrong = token->wrong, *last;

	while (drop < token->n_wrong && wrong[drop].at <= now - OTP_DAY)
		drop++;
	token->n_wrong -= drop;
	if (drop > 0)
		memmove(wrong, wrong + drop, token->n_wrong * sizeof(*wrong));
	last = &wrong[token->n_wrong++];
	/* if the clock went back, the newest time again: the order stays */
	last->at = token->n_wrong > 1 && last[-1].at > now ? last[-1].at : now;
	last->user_id = user_id;
}

void
otp_token_unlock_add(struct otp_token *token, int64_t now)
{
	otp_record_add_time(token->unlocked_at, &token->n_unlocks, OTP_UNLOCKS_MAX, now);
}

uint32_t
otp_token_unlocks_within_day(const struct otp_token *token, int64_t now)
{
	return otp_record_times_within_day(token->unlocked_at, token->n_unlocks, now);
}

bool
otp_token_is_expired(const struct otp_token *token, int64_t now)
{
	return token->not_after != 0 && now > token->not_after;
}

bool
otp_token_is_early(const struct otp_token *token, int64_t now)
{
	return token->not_before != 0 && now < token->not_before;
}
