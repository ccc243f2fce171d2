/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow of a request: name, fields, question, hash, act. The only place that knows which act a verb is. */
#include "config.h"

#include "dispatch.h"

#include <string.h>

#include "caller.h"
#include "clock.h"
#include "opening.h"
#include "otpd.h"
#include "quota.h"

#define BATCH_MS 600000		/* how long a batch goes on after it was shown */

#define V(number, id, name, roles, shows, flags, act, help, ...) \
	enum otp_err act(struct otp_call *call);
#include "verbs.def"
#undef V

static otp_act
act_of(enum otp_verb verb)
{
	static const otp_act acts[OTP_VERB_LIMIT] = {
#define V(number, id, name, roles, shows, flags, act, help, ...) [number] = (act),
#include "verbs.def"
#undef V
	};

	return (unsigned)verb < OTP_VERB_LIMIT ? acts[verb] : NULL;
}

void
otpd_dispatch_refuse(struct otpd_conn *c, enum otp_err err, const struct otp_why *why)
{
	struct otp_answer answer = OTP_ANSWER_INIT;

	answer.err = err;
	if (why != NULL)
		answer.why = *why;
	otpd_conn_answer(c, &answer);
}

/* ---- who asks ---- */

void
otpd_dispatch_name(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err = OTP_ERR_UNAVAILABLE;

	if (d->names != NULL)
		err = otpd_names_get(d->names, c->peer.uid, steady_ms, c->caller.name);
	if (err == OTP_ERR_BUSY) {
		c->stage = OTPD_NAMING;
		return;
	}
	if (err != OTP_OK) {
		otpd_dispatch_refuse(c, err,
		    (OTP_WHY(&why, err, CALLER_NO_NAME, OTP_WHY_NUM(c->peer.uid)), &why));
		return;
	}
	c->stage = OTPD_READY;
}

void
otpd_dispatch_begin(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	static uint64_t arrivals;
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	c->arrived = ++arrivals;
	c->give_up_ms = steady_ms + d->conf.lock_timeout * 1000;
	err = otpd_caller_claim(&c->peer, &c->request.fields, &c->caller, &why);
	c->is_claimed = err == OTP_OK;
	if (err != OTP_OK && d->store == NULL) {
		otpd_dispatch_refuse(c, err, &why);
		return;
	}
	c->deadline_ms = steady_ms + OTPD_NAME_MS;
	if (otpd_caller_needs_name(&c->caller))
		otpd_dispatch_name(d, c, steady_ms);
	else
		c->stage = OTPD_READY;
}

/* ---- deciding ---- */

static bool
has_credentials(const struct otp_request *request)
{
	return otp_fields_has(&request->fields, OTP_FIELD_CONFIRM) ||
	    otp_fields_has(&request->fields, OTP_FIELD_CODE);
}

static bool
is_same_question(const struct otp_act_question *a, const struct otp_act_question *b)
{
	return a->needs_check == b->needs_check && a->needs_make == b->needs_make &&
	    a->needs_second == b->needs_second && a->user_id == b->user_id &&
	    strcmp(a->phc, b->phc) == 0 && strcmp(a->word, b->word) == 0 &&
	    strcmp(a->second, b->second) == 0;
}

static bool
goes_on(const struct otpd_conn *c, const struct otp_verb_info *verb, int64_t steady_ms)
{
	return (verb->flags & OTP_FLAG_BATCH) != 0 && c->batch_verb == verb->verb &&
	    steady_ms < c->batch_until_ms && strcmp(c->batch_name, c->caller.name) == 0 &&
	    !c->caller.is_root && !has_credentials(&c->request);
}

/* Shown means shown: a right password and a code that was let in, in this very request. */
static void
remember_batch(struct otpd_conn *c, const struct otp_call *call, enum otp_err err, int64_t steady_ms)
{
	if ((call->verb->flags & OTP_FLAG_BATCH) == 0 || err != OTP_OK || call->caller->is_root ||
	    call->request->dry_run || !call->proofs->confirm_right || call->proofs->word_right ||
	    call->proofs->shown_before || !otp_fields_has(&call->request->fields, OTP_FIELD_CODE))
		return;
	c->batch_verb = call->verb->verb;
	memcpy(c->batch_name, call->caller->name, sizeof(c->batch_name));
	c->batch_epoch = call->operator_epoch;
	c->batch_second = call->second_shown;
	c->batch_until_ms = steady_ms + BATCH_MS;
}

static enum otp_err
check_fields(const struct otpd_conn *c, const struct otp_verb_info *verb, struct otp_why *why)
{
	const struct otp_request *request = &c->request;
	enum otp_err err;

	err = otp_verb_check_fields(verb, &request->fields, false, why);
	if (err == OTP_OK && request->rows.n > 0 && (verb->flags & OTP_FLAG_ROWS) == 0)
		err = OTP_WHY(why, OTP_ERR_BAD_INPUT, ROWS_NOT_OF_VERB, verb->name);
	for (size_t i = 0; i < request->rows.n && err == OTP_OK; i++)
		err = otp_verb_check_fields(verb, &request->rows.row[i], true, why);
	return err;
}

static void
call_of(struct otpd *d, struct otpd_conn *c, struct otp_answer *answer, struct otp_call *ret)
{
	*ret = (struct otp_call){
		.store = d->store,
		.conf = &d->conf,
		.ring = d->ring,
		.caller = &c->caller,
		.verb = otp_verb_info(c->request.verb),
		.request = &c->request,
		.proofs = &c->proofs,
		.now_ms = otp_clock_now_ms(),
		.answer = answer,
		.committed = otpd_log_event,
		.committed_ctx = d->log,
		.state = d->state,
	};
}

/* Does it have to wait for a hash? *ret_decided: no, and everything that was hashed still holds. */
static enum otp_err
ask_for_proofs(struct otpd_conn *c, struct otp_call *call, bool *ret_decided, int64_t steady_ms)
{
	struct otp_act_question question = { 0 };
	enum otp_err err;

	*ret_decided = true;
	c->proofs.confirm_given = otp_fields_has(&c->request.fields, OTP_FIELD_CONFIRM);
	c->proofs.second_given = otp_fields_has(&c->request.fields, OTP_FIELD_SECOND_CONFIRM);
	c->proofs.shown_before = goes_on(c, call->verb, steady_ms);
	c->proofs.shown_epoch = c->batch_epoch;
	c->proofs.second_before = c->batch_second;
	err = otp_act_question(call, &question);
	if (call->operator_user.id != 0)
		otp_user_clear(&call->operator_user);
	if (err != OTP_OK || (!question.needs_check && !question.needs_make && !question.needs_second))
		goto out;
	if (c->is_hashed && is_same_question(&question, &c->question))
		goto out;
	*ret_decided = false;
	if (c->n_hashed++ >= OTPD_HASHES_MAX) {
		err = OTP_ERR_BUSY;
		goto out;
	}
	c->is_hashed = c->proofs.confirm_right = c->proofs.word_right = false;
	c->proofs.second_right = false;
	memset(c->proofs.new_confirm, 0, sizeof(c->proofs.new_confirm));
	c->question = question;
	c->stage = OTPD_WANTS_HASH;
	if (c->n_hashed == 1)
		c->deadline_ms = steady_ms + OTPD_HASH_MS;
out:
	otp_wipe(&question, sizeof(question));
	return err;
}

/* Refused before its act: what comes from a uid that has no name here is refused and written down too. */
static void
deny(struct otpd_conn *c, struct otp_call *call, struct otp_answer *answer, enum otp_err err)
{
	answer->err = otp_act_deny(call, err);
	otpd_conn_answer(c, answer);
}

static void
run(struct otpd *d, struct otpd_conn *c, struct otp_call *call, struct otp_answer *answer,
    int64_t steady_ms)
{
	struct otpd_making making = { .d = d, .call = call };

	if (d->store == NULL) {
		call->make_store = otpd_opening_make;
		/* the call ends before it does */
		/* cppcheck-suppress autoVariables */
		call->make_store_ctx = &making;
		call->open_unmarked = otpd_opening_unmarked;
		call->refused = &d->store_why;
		/* cppcheck-suppress autoVariables */
		call->open_unmarked_ctx = &making;
	}
	answer->err = otp_act_run(call, act_of(call->verb->verb));
	otpd_opening_drop_unmarked(d);
	remember_batch(c, call, answer->err, steady_ms);
	otpd_conn_answer(c, answer);
}

/*
 * Without a store there is init, where nobody ever had one. Where somebody else has the lock (the last child
 * of an otpd that was killed, another one-shot) a request waits for its turn.
 */
static bool
is_store_ready(struct otpd *d, struct otpd_conn *c, const struct otp_verb_info *verb,
    int64_t steady_ms)
{
	enum otp_err err = otpd_opening_try(d, steady_ms);

	if (err == OTP_OK && !d->is_full)
		return true;
	if (err == OTP_OK) {
		otpd_dispatch_refuse(c, OTP_ERR_DISK_FULL, NULL);
		return false;
	}
	if ((err == OTP_ERR_NO_STORE && (verb->flags & OTP_FLAG_NO_STORE) != 0) ||
	    (err == OTP_ERR_ROLLBACK && (verb->flags & OTP_FLAG_NO_MARK) != 0))
		return true;
	if (err == OTP_ERR_BUSY && steady_ms < c->give_up_ms) {
		c->stage = OTPD_WAITING;
		c->deadline_ms = c->give_up_ms;
		return false;
	}
	if (err == OTP_ERR_BUSY && !d->is_once)
		err = OTP_ERR_UNAVAILABLE;
	otpd_dispatch_refuse(c, err, &d->store_why);
	return false;
}

void
otpd_dispatch_decide(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	const struct otp_verb_info *verb = otp_verb_info(c->request.verb);
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct otp_caller again;
	struct otp_call call;
	bool is_decided = true;
	enum otp_err err = OTP_OK;

	if (!is_store_ready(d, c, verb, steady_ms))
		return;
	call_of(d, c, &answer, &call);
	if (!c->is_claimed)	/* says the same again, now where it can be written down */
		err = otpd_caller_claim(&c->peer, &c->request.fields, &again, &answer.why);
	if (err == OTP_OK)
		err = check_fields(c, verb, &answer.why);
	if (err == OTP_OK)
		err = ask_for_proofs(c, &call, &is_decided, steady_ms);
	if (err != OTP_OK)
		deny(c, &call, &answer, err);
	else if (!is_decided) {
		otp_answer_clear(&answer);
		otpd_dispatch_hash(d, c, steady_ms);
	} else if ((verb->flags & OTP_FLAG_LONG) != 0) {
		otp_answer_clear(&answer);
		c->stage = OTPD_WANTS_CHILD;
		c->deadline_ms = steady_ms + OTPD_QUEUE_MS;
	} else
		run(d, c, &call, &answer, steady_ms);
}

/* ---- hashing ---- */

static enum otp_err
job_of(const struct otpd *d, const struct otpd_conn *c, struct otpd_hash_job *ret)
{
	const char *confirm = otp_fields_str(&c->request.fields, OTP_FIELD_CONFIRM);
	const char *new_confirm = otp_fields_str(&c->request.fields, OTP_FIELD_NEW_CONFIRM);
	const char *second = otp_fields_str(&c->request.fields, OTP_FIELD_SECOND_CONFIRM);
	enum otp_err err;

	memset(ret, 0, sizeof(*ret));
	ret->cost = (uint32_t)d->conf.confirm_cost;
	ret->needs_check = c->question.needs_check;
	ret->needs_make = c->question.needs_make;
	ret->needs_second = c->question.needs_second;
	memcpy(ret->second_phc, c->question.second, sizeof(ret->second_phc));
	ret->user_id = c->question.user_id;
	memcpy(ret->phc, c->question.phc, sizeof(ret->phc));
	memcpy(ret->word, c->question.word, sizeof(ret->word));
	err = otp_act_pepper(d->ring, ret->pepper);
	/* longer than any password can be: hashed like a wrong one */
	if (err == OTP_OK && confirm != NULL &&
	    otp_secret_set(&ret->confirm, confirm, strlen(confirm)) != OTP_OK)
		ret->phc[0] = ret->word[0] = '\0';
	if (err == OTP_OK && ret->needs_second && (second == NULL ||
	    otp_secret_set(&ret->second, second, strlen(second)) != OTP_OK))
		ret->second_phc[0] = '\0';
	if (err == OTP_OK && ret->needs_make && (new_confirm == NULL ||
	    otp_secret_set(&ret->new_confirm, new_confirm, strlen(new_confirm)) != OTP_OK))
		ret->needs_make = false;	/* the act finds it wanting */
	return err;
}

void
otpd_dispatch_hashed(struct otpd_conn *c, const struct otpd_hash_result *result)
{
	c->job = 0;
	if (result->err != OTP_OK) {
		otpd_dispatch_refuse(c, result->err, NULL);
		return;
	}
	c->is_hashed = true;
	c->proofs.word_right = result->word_right && !result->phc_right;
	c->proofs.confirm_right = result->word_right || result->phc_right;
	c->proofs.second_right = result->second_right;
	memcpy(c->proofs.new_confirm, result->made, sizeof(c->proofs.new_confirm));
	c->stage = OTPD_READY;
}

void
otpd_dispatch_hash(struct otpd *d, struct otpd_conn *c, int64_t steady_ms)
{
	struct otpd_hash_result result;
	struct otpd_hash_job job;
	enum otp_err err;

	err = job_of(d, c, &job);
	if (err != OTP_OK) {
		otpd_dispatch_refuse(c, err, NULL);
		goto out;
	}
	job.id = ++d->next_job;
	if (d->hashers == NULL) {
		otpd_hash_run(&job, &result);
		otpd_dispatch_hashed(c, &result);
		otp_wipe(&result, sizeof(result));
	} else if (otpd_hashers_give(d->hashers, c->peer.uid, otpd_quota_is_large(&c->peer), &job) ==
	    OTP_OK) {
		c->job = job.id;
		c->stage = OTPD_HASHING;
	} else if (steady_ms >= c->deadline_ms)
		otpd_dispatch_refuse(c, OTP_ERR_BUSY, NULL);
out:
	otp_wipe(&job, sizeof(job));
}

/* ---- in a child ---- */

struct long_rows {
	otpd_pack_each each;
	void *ctx;
};

static enum otp_err
send_rows(void *ctx, struct otp_answer *answer)
{
	struct long_rows *rows = ctx;
	enum otp_err err;

	err = otpd_pack_rows(&answer->rows, rows->each, rows->ctx);
	otp_rows_clear(&answer->rows);
	return err;
}

enum otp_err
otpd_dispatch_long(struct otpd *d, struct otpd_conn *c, otpd_pack_each each, void *ctx)
{
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct long_rows rows = { .each = each, .ctx = ctx };
	struct otp_call call;
	enum otp_err err;

	call_of(d, c, &answer, &call);
	call.send_rows = send_rows;
	call.send_rows_ctx = &rows;
	call.state = NULL;	/* the parent's; and nothing is committed here */
	call.committed = NULL;
	answer.err = otp_act_run(&call, act_of(call.verb->verb));
	err = otpd_pack(&answer, each, ctx);
	otp_answer_clear(&answer);
	return err;
}
