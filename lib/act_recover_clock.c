/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recover clock: after a clock that was ahead, what lies ahead of now in the store. */
#include "config.h"

#include "act_recover.h"

#include <stdlib.h>
#include <string.h>

#include "act_due.h"
#include "act_people.h"
#include "clock.h"
#include "record.h"
#include "text.h"

#define BEHIND_MS 60000			/* less is let pass as it is (act.c) */
#define RECORDS_A_COMMIT 16		/* the largest of them fit one journal record */
#define LOOK_BACK_MS (OTP_DAY * 1000)	/* no token's clock is further off, ours set right */

/* Names of records, one behind the other, each with its end; `at` says where. */
struct names {
	struct otp_bytes text;
	size_t *at;
	size_t n, cap;
};

/* A step that some event says was used, of the token with that number. */
struct use {
	size_t token;
	uint64_t step;
};

struct recovery {
	struct otp_call *call;
	struct names tokens, users, accounts;
	struct use *uses;
	size_t n_uses, cap_uses;
	bool is_known;		/* the audit tells all that was used */
	unsigned n_staged;
	int64_t n_tokens;
};

static enum otp_err
names_add(struct names *names, const char *name)
{
	size_t *at;
	enum otp_err err;

	if (names->n == names->cap) {
		size_t cap = names->cap > 0 ? 2 * names->cap : 256;

		at = reallocarray(names->at, cap, sizeof(*at));
		if (at == NULL)
			return OTP_ERR_NO_MEMORY;
		names->at = at;
		names->cap = cap;
	}
	names->at[names->n] = names->text.len;
	err = otp_bytes_append(&names->text, name, strlen(name) + 1);
	names->n += err == OTP_OK;
	return err;
}

static const char *
names_at(const struct names *names, size_t i)
{
	return (const char *)names->text.data + names->at[i];
}

static int
compare_names(const void *a, const void *b, void *text)
{
	const char *base = text;

	return strcmp(base + *(const size_t *)a, base + *(const size_t *)b);
}

static bool
names_find(const struct names *names, const char *name, size_t *ret)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, names_at(names, middle));

		*ret = middle;
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static void
recovery_clear(struct recovery *r)
{
	otp_bytes_clear(&r->tokens.text);
	otp_bytes_clear(&r->users.text);
	otp_bytes_clear(&r->accounts.text);
	free(r->accounts.at);
	free(r->tokens.at);
	free(r->users.at);
	free(r->uses);
}

/* ---- what lies ahead in a record ---- */

static bool
lower(int64_t *time, int64_t to)
{
	bool is_ahead = *time > to;

	if (is_ahead)
		*time = to;
	return is_ahead;
}

static bool
lower_sharer(struct otp_sharer *s, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	bool is_changed = false;

	is_changed |= lower(&s->bound_at, now);
	is_changed |= lower(&s->unproven_at, now);
	is_changed |= lower(&s->last_success, now);
	is_changed |= lower(&s->success_before, now);
	is_changed |= lower(&s->used_from, now);
	if (s->near_until_ms > call->now_ms + OTP_WINDOW_NEXT_MS) {
		s->near_until_ms = 0;
		s->near_step = OTP_STEP_NONE;
		is_changed = true;
	}
	return is_changed;
}

/* The newest step that the token can show now, by its clock or by ours. */
static uint64_t
newest_live(const struct otp_token *token, int64_t now_ms)
{
	const uint64_t ours = (uint64_t)(now_ms / 1000) / token->step;
	uint64_t first;
	unsigned n;

	otp_window_live(&token->window, token->step, now_ms, &first, &n);
	return first + n - 1 > ours ? first + n - 1 : ours;
}

static bool
is_step_ahead(const struct otp_token *token, int64_t now_ms)
{
	return token->type == OTP_TOKEN_TOTP && token->last_used != OTP_STEP_NONE &&
	    token->last_used > newest_live(token, now_ms);
}

/* All but the steps. */
static bool
lower_token(struct otp_token *token, const struct otp_call *call)
{
	const int64_t now = otp_act_now(call);
	bool is_changed = false;
	uint8_t stage;

	is_changed |= lower(&token->window.at_ms, call->now_ms);
	is_changed |= lower(&token->imported_at, now);
	is_changed |= lower(&token->suspended_at, now);
	for (uint32_t i = 0; i < token->n_wrong; i++)
		is_changed |= lower(&token->wrong[i].at, now);
	for (uint32_t i = 0; i < token->n_unlocks; i++)
		is_changed |= lower(&token->unlocked_at[i], now);
	for (uint32_t i = 0; i < token->n_sharers; i++)
		is_changed |= lower_sharer(&token->sharers[i], call);
	stage = otp_due_stage(token, now);
	if (token->n_warned > stage) {
		token->n_warned = stage;
		is_changed = true;
	}
	return is_changed;
}

/* The day of the clock as it is now; the newest day there is, where nobody can say. */
static int64_t
today_of(const struct otp_call *call)
{
	int64_t day = OTP_DAY_MAX;

	(void)otp_clock_day(otp_store_site(call->store)->zone, otp_act_now(call), &day);
	return day;
}

static bool
lower_user(struct otp_user *user, const struct otp_call *call)
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
	    now + (user->word_is_reset ? OTP_DAY : OTP_WORD_FIRST_LIFE));
	is_changed |= lower(&user->register_from, opens);
	is_changed |= lower(&user->register_until, opens + call->conf->register_open);
	is_changed |= lower(&user->near_until_ms, call->now_ms + OTP_WINDOW_NEXT_MS);
	/* what was counted ahead counts today: a limit is not had twice */
	is_changed |= lower(&user->approved.day, today_of(call));
	return is_changed;
}

/* ---- looking ---- */

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_token_decode(value->data, value->len, &token);
	if (err == OTP_OK && (is_step_ahead(&token, r->call->now_ms) || lower_token(&token, r->call)))
		err = names_add(&r->tokens, name);
	otp_token_clear(&token);
	return err;
}

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && lower_user(&user, r->call))
		err = names_add(&r->users, name);
	otp_user_clear(&user);
	return err;
}

static enum otp_err
each_account(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_account_decode(value->data, value->len, &account);
	if (err == OTP_OK && lower(&account.approved.day, today_of(r->call)))
		err = names_add(&r->accounts, name);
	return err;
}

static enum otp_err
note_use(struct recovery *r, const char *serial, uint64_t step)
{
	struct use *uses;
	size_t i;

	if (!names_find(&r->tokens, serial, &i))
		return OTP_OK;
	if (r->n_uses == r->cap_uses) {
		size_t cap = r->cap_uses > 0 ? 2 * r->cap_uses : 256;

		uses = reallocarray(r->uses, cap, sizeof(*uses));
		if (uses == NULL)
			return OTP_ERR_NO_MEMORY;
		r->uses = uses;
		r->cap_uses = cap;
	}
	r->uses[r->n_uses++] = (struct use){ .token = i, .step = step };
	return OTP_OK;
}

/* "SERIAL STEP" */
static enum otp_err
note_used_code(struct recovery *r, const char *text)
{
	const char *blank = strchr(text, ' ');
	char serial[OTP_SERIAL_MAX + 1];
	uint64_t step;

	if (blank == NULL || (size_t)(blank - text) > OTP_SERIAL_MAX ||
	    otp_parse_u64(blank + 1, 0, UINT64_MAX, &step) != OTP_OK)
		return OTP_ERR_INTEGRITY;
	memcpy(serial, text, (size_t)(blank - text));
	serial[blank - text] = '\0';
	return note_use(r, serial, step);
}

static enum otp_err
each_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	struct recovery *r = ctx;
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;
	int64_t step;

	(void)seq;
	if (event->verb == OTP_VERB_VERIFY &&
	    otp_fields_int(&event->details, OTP_FIELD_USED_STEP, &step))
		err = note_use(r, event->serial, (uint64_t)step);
	while (err == OTP_OK && otp_fields_next(&event->details, &cursor, &view))
		if (view.field == OTP_FIELD_USED_CODE)
			err = note_used_code(r, view.str);
	return err;
}

static int
compare_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->token != y->token)
		return x->token < y->token ? -1 : 1;
	return x->step < y->step ? -1 : x->step > y->step;
}

/*
 * Which steps were used since the clock was right. An audit that is damaged, or does not reach back so far, does
 * not tell: then each token waits until the last of its steps has passed.
 */
static enum otp_err
read_uses(struct recovery *r)
{
	struct otp_store *store = r->call->store;
	struct otp_why why = OTP_WHY_INIT;
	uint64_t from = 0;
	enum otp_err err;

	err = otp_store_events_since(store, r->call->now_ms - LOOK_BACK_MS, &from, &r->is_known);
	if (err == OTP_OK)
		err = otp_store_events(store, from, each_event, r, &why);
	if (err == OTP_ERR_INTEGRITY || err == OTP_ERR_KEY || err == OTP_ERR_NOT_FOUND) {
		r->is_known = false;
		err = OTP_OK;
	}
	if (err == OTP_OK && r->n_uses > 0)
		qsort(r->uses, r->n_uses, sizeof(*r->uses), compare_uses);
	return err;
}

static enum otp_err
look(struct recovery *r)
{
	struct otp_store *store = r->call->store;
	enum otp_err err;

	err = otp_store_flush(store);	/* the audit is read from the disk */
	if (err == OTP_OK)
		err = otp_store_scan(store, OTP_KIND_TOKEN, each_token, r);
	if (err == OTP_OK)
		err = otp_store_scan(store, OTP_KIND_USER, each_user, r);
	if (err == OTP_OK)
		err = otp_store_scan(store, OTP_KIND_ACCOUNT, each_account, r);
	if (err == OTP_OK && r->tokens.n > 0) {
		qsort_r(r->tokens.at, r->tokens.n, sizeof(*r->tokens.at), compare_names,
		    r->tokens.text.data);
		err = read_uses(r);
	}
	return err;
}

/* ---- changing ---- */

/* What was used ahead stays used; from the newest step that the token can show now on, the rest is free. */
static void
lower_steps(const struct recovery *r, size_t number, struct otp_token *token)
{
	const uint64_t last_used = token->last_used;
	const uint64_t live = newest_live(token, r->call->now_ms);
	bool is_known = false;
	size_t low = 0, high = r->n_uses;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->uses[middle].token < number)
			low = middle + 1;
		else
			high = middle;
	}
	otp_token_bar_drop(token, live);
	for (size_t i = low; i < r->n_uses && r->uses[i].token == number; i++) {
		if (r->uses[i].step > live)
			otp_token_bar(token, r->uses[i].step, r->uses[i].step);
		is_known = is_known || r->uses[i].step == last_used;
	}
	/* the audit must at least know of the last one, or it does not know enough */
	if (!r->is_known || !is_known)
		otp_token_bar(token, live + 1, last_used);
	token->last_used = live;
}

/* Commits what is staged; all but the last of them leave the newest time alone, so that nothing is decided yet. */
static enum otp_err
commit_piece(struct recovery *r)
{
	struct otp_call *call = r->call;
	enum otp_err err;

	err = otp_act_commit(call, &call->event);
	r->n_staged = 0;
	otp_act_event(call, &call->event);
	return err == OTP_OK ? otp_recover_reason(call) : err;
}

static enum otp_err
change_tokens(struct recovery *r)
{
	struct otp_call *call = r->call;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < r->tokens.n; i++) {
		struct otp_token token = OTP_TOKEN_INIT;

		err = otp_act_find_token(call, names_at(&r->tokens, i), &token);
		if (err == OTP_OK) {
			/* by the interval as it was measured, before its time is lowered */
			if (is_step_ahead(&token, call->now_ms)) {
				lower_steps(r, i, &token);
				r->n_tokens++;
			}
			(void)lower_token(&token, call);
			err = otp_act_save_token(call, &token);
		}
		otp_token_clear(&token);
		if (err == OTP_OK && ++r->n_staged == RECORDS_A_COMMIT)
			err = commit_piece(r);
	}
	return err;
}

static enum otp_err
change_users(struct recovery *r)
{
	struct otp_call *call = r->call;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < r->users.n; i++) {
		struct otp_user user = OTP_USER_INIT;

		err = otp_act_find_user(call, names_at(&r->users, i), &user);
		if (err == OTP_OK) {
			(void)lower_user(&user, call);
			err = otp_act_save_user(call, &user);
		}
		otp_user_clear(&user);
		if (err == OTP_OK && ++r->n_staged == RECORDS_A_COMMIT)
			err = commit_piece(r);
	}
	return err;
}

static enum otp_err
change_accounts(struct recovery *r)
{
	struct otp_call *call = r->call;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < r->accounts.n; i++) {
		struct otp_account account = OTP_ACCOUNT_INIT;

		err = otp_act_find_account(call, names_at(&r->accounts, i), &account);
		if (err == OTP_OK) {
			(void)lower(&account.approved.day, today_of(call));
			err = otp_act_save_account(call, &account);
		}
		if (err == OTP_OK && ++r->n_staged == RECORDS_A_COMMIT)
			err = commit_piece(r);
	}
	return err;
}

static enum otp_err
lower_company(struct otp_call *call)
{
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err = otp_act_load_company(call, &company);

	if (err == OTP_OK && lower(&company.approved.day, today_of(call)))
		err = otp_act_save_company(call, &company);
	otp_company_clear(&company);
	return err;
}

static enum otp_err
finish(struct recovery *r)
{
	struct otp_call *call = r->call;
	int64_t newest = otp_store_newest_ms(call->store) / 1000;
	struct otp_fields *const to[] = { &call->event.details, &call->answer->fields };
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < 2; i++) {
		err = otp_fields_put_int(to[i], OTP_FIELD_NEWEST_AT, newest);
		if (err == OTP_OK)
			err = otp_fields_put_int(to[i], OTP_FIELD_TOKENS, r->n_tokens);
	}
	if (err == OTP_OK)
		err = lower_company(call);
	if (err != OTP_OK)
		return err;
	otp_store_lower_clock(call->store);
	err = otp_act_commit(call, &call->event);
	if (err == OTP_OK)
		call->answer->changed = true;
	return err;
}

enum otp_err
otp_act_recover_clock(struct otp_call *call)
{
	struct recovery r = { .call = call };
	enum otp_err err;

	err = otp_recover_reason(call);
	if (err != OTP_OK)
		return err;
	if (otp_store_newest_ms(call->store) - call->now_ms <= BEHIND_MS)
		return otp_act_commit(call, &call->event);
	err = look(&r);
	if (err == OTP_OK)
		err = change_tokens(&r);
	if (err == OTP_OK)
		err = change_users(&r);
	if (err == OTP_OK)
		err = change_accounts(&r);
	if (err == OTP_OK)
		err = finish(&r);
	recovery_clear(&r);
	return err;
}
