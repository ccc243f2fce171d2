/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recover clock: after a clock that was ahead, what lies ahead of now in the store is found and lowered. */
#include "config.h"

#include "act_recover.h"

#include <stdlib.h>
#include <string.h>

#include "act_ahead.h"
#include "act_notify.h"
#include "act_people.h"
#include "text.h"

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
	bool is_damaged;	/* a part of the store cannot be read */
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

/* ---- looking ---- */

/*
 * What cannot be read is left as it is and told: nobody uses it, and everybody else must not wait for it. Where it
 * comes back from a copy, what was used ahead stays used until its time has passed.
 */
static enum otp_err
unless_damaged(struct recovery *r, enum otp_err err)
{
	r->is_damaged = r->is_damaged || err == OTP_ERR_INTEGRITY;
	return err == OTP_ERR_INTEGRITY ? OTP_OK : err;
}

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_token_decode(value->data, value->len, &token);
	if (err == OTP_OK &&
	    (otp_ahead_step(&token, r->call) || otp_ahead_lower_token(&token, r->call)))
		err = names_add(&r->tokens, name);
	otp_token_clear(&token);
	return unless_damaged(r, err);
}

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && otp_ahead_lower_user(&user, r->call))
		err = names_add(&r->users, name);
	otp_user_clear(&user);
	return unless_damaged(r, err);
}

static enum otp_err
each_account(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct recovery *r = ctx;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	(void)kind;
	err = otp_account_decode(value->data, value->len, &account);
	if (err == OTP_OK && otp_ahead_lower_total(&account.approved, r->call))
		err = names_add(&r->accounts, name);
	return unless_damaged(r, err);
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
	static const struct { enum otp_kind kind; otp_store_each each; } looks[] = {
		{ OTP_KIND_TOKEN, each_token }, { OTP_KIND_USER, each_user },
		{ OTP_KIND_ACCOUNT, each_account },
	};
	struct otp_store *store = r->call->store;
	enum otp_err err;

	err = otp_store_flush(store);	/* the audit is read from the disk */
	for (size_t i = 0; err == OTP_OK && i < sizeof(looks) / sizeof(looks[0]); i++)
		err = unless_damaged(r, otp_store_scan(store, looks[i].kind, looks[i].each, r));
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
	const uint64_t live = otp_ahead_newest_live(token, r->call->now_ms);
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

	err = otp_act_commit(call);
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
			if (otp_ahead_step(&token, call)) {
				lower_steps(r, i, &token);
				r->n_tokens++;
			}
			(void)otp_ahead_lower_token(&token, call);
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
			(void)otp_ahead_lower_user(&user, call);
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
			(void)otp_ahead_lower_total(&account.approved, call);
			err = otp_act_save_account(call, &account);
		}
		if (err == OTP_OK && ++r->n_staged == RECORDS_A_COMMIT)
			err = commit_piece(r);
	}
	return err;
}

static enum otp_err
change_company(struct recovery *r)
{
	struct otp_call *call = r->call;
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err = otp_act_load_company(call, &company);

	if (err == OTP_OK && otp_ahead_lower_total(&company.approved, call)) {
		r->n_staged++;
		err = otp_act_save_company(call, &company);
	}
	otp_company_clear(&company);
	return unless_damaged(r, err);
}

/* Mails that failed while the clock was ahead are not put off until it gets there. */
static enum otp_err
change_mails(struct recovery *r)
{
	struct otp_pending pending = OTP_PENDING_INIT;
	bool is_changed = false;
	enum otp_err err = otp_notify_load_pending(r->call, &pending);

	for (uint32_t i = 0; err == OTP_OK && i < pending.n; i++)
		is_changed |= otp_ahead_lower_waiting(&pending.waiting[i], r->call);
	if (err == OTP_OK && is_changed) {
		r->n_staged++;
		err = otp_notify_save_pending(r->call, &pending);
	}
	otp_pending_clear(&pending);
	return unless_damaged(r, err);
}

static enum otp_err
put_result(struct recovery *r)
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
	return err;
}

static void
warn_damaged(struct otp_call *call)
{
	struct otp_why why = OTP_WHY_INIT;

	(void)OTP_WHY(&why, OTP_OK, RECOVER_DAMAGED);
	otp_answer_warn(call->answer, &why);
	otp_why_clear(&why);
}

/* The last piece. Where only refused requests used codes ahead, the newest time is not ahead and stays. */
static enum otp_err
finish(struct recovery *r)
{
	struct otp_call *call = r->call;
	const bool is_behind =
	    otp_store_newest_ms(call->store) - call->now_ms > OTP_ACT_BEHIND_ALLOWED * 1000;
	enum otp_err err;

	if (r->is_damaged)
		warn_damaged(call);
	if (!is_behind && r->tokens.n + r->users.n + r->accounts.n + r->n_staged == 0)
		return otp_act_commit(call);
	err = put_result(r);
	if (err != OTP_OK)
		return err;
	if (is_behind)
		otp_store_lower_clock(call->store);
	err = otp_act_commit(call);
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
	if (err == OTP_OK)
		err = look(&r);
	if (err == OTP_OK)
		err = change_tokens(&r);
	if (err == OTP_OK)
		err = change_users(&r);
	if (err == OTP_OK)
		err = change_accounts(&r);
	if (err == OTP_OK)
		err = change_company(&r);
	if (err == OTP_OK)
		err = change_mails(&r);
	if (err == OTP_OK)
		err = finish(&r);
	recovery_clear(&r);
	return err;
}
