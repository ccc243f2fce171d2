/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which things are shown: role, clock, password, code, and only then the act. */
#include "config.h"

#include <string.h>

#include "act.h"
#include "act_proof.h"
#include "act_standing.h"

/* The record is large, and a service that verifies for others has none: most log-ins wipe nothing. */
static void
forget(struct otp_user *user)
{
	if (user->id != 0)
		otp_user_clear(user);
}

static enum otp_err
load_operator(struct otp_call *call)
{
	enum otp_err err;

	forget(&call->operator_user);
	forget(&call->second_user);
	if (call->store == NULL || call->caller->is_root || call->caller->name[0] == '\0')
		return OTP_OK;
	err = otp_act_find_user(call, call->caller->name, &call->operator_user);
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_OK;
	return err;
}

static unsigned
role_bit(enum otp_role role)
{
	switch (role) {
	case OTP_ROLE_GENERAL:
		return OTP_ROLE_BIT_GENERAL;
	case OTP_ROLE_ADMINISTRATOR:
		return OTP_ROLE_BIT_ADMINISTRATOR;
	case OTP_ROLE_MASTER:
		return OTP_ROLE_BIT_MASTER;
	case OTP_ROLE_COUNT:
		break;
	}
	return 0;
}

/* Root in a user's name (--as) is that user, and no user executes. */
static bool
is_executor(const struct otp_caller *caller)
{
	return caller->is_root || (caller->may_execute && !caller->is_privileged);
}

static enum otp_err
check_role(struct otp_call *call)
{
	const struct otp_user *user = &call->operator_user;
	struct otp_why *why = &call->answer->why;
	unsigned roles = call->verb->roles;

	/* nothing is written, and a delivery is to be looked at before a master is asked for */
	if (call->verb->verb == OTP_VERB_TOKEN_IMPORT && call->request->dry_run)
		roles |= OTP_ROLE_BIT_ADMINISTRATOR;
	if (call->caller->is_root) {
		if (roles & OTP_ROLE_BIT_ROOT)
			return OTP_OK;
		if (roles & OTP_ROLE_BIT_GENERAL)
			return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ROOT_NEEDS_USER);
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ROOT_NEEDS_AS);
	}
	if (call->verb->flags & OTP_FLAG_EXECUTE)
		return is_executor(call->caller) ? OTP_OK :
		    OTP_WHY(why, OTP_ERR_NOT_PERMITTED, NOT_AN_EXECUTOR);
	if ((roles & OTP_ROLE_BIT_GENERAL) &&
	    (call->verb->shows == OTP_SHOWS_NONE || user->id == 0 || user->enabled))
		return OTP_OK;
	if (user->id == 0)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, NOT_A_USER, call->caller->name);
	if (!user->enabled)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user->name);
	if ((roles & role_bit(user->role)) == 0)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ROLE_FORBIDS, call->verb->name);
	return OTP_OK;
}

/* What only looks may be looked at with a wrong clock, too: that is how one finds out. */
static bool
needs_clock(const struct otp_call *call)
{
	/* what sets it right cannot wait for it */
	if (call->verb->verb == OTP_VERB_RECOVER_CLOCK)
		return false;
	return call->store != NULL && (call->verb->shows != OTP_SHOWS_NONE ||
	    (call->verb->flags & (OTP_FLAG_CHANGES | OTP_FLAG_INTERNAL)) != 0);
}

static bool
needs_proof(const struct otp_call *call)
{
	if (call->verb->shows == OTP_SHOWS_NONE || call->request->dry_run)
		return false;
	if ((call->verb->flags & OTP_FLAG_ROOT_FREE) && call->caller->is_root)
		return false;
	return true;
}

/* Shown before, on this connection: that ends with the epoch it was shown in ... */
static bool
goes_on(const struct otp_call *call)
{
	return (call->verb->flags & OTP_FLAG_BATCH) != 0 && call->proofs != NULL &&
	    call->proofs->shown_before && call->proofs->shown_epoch == call->operator_user.epoch;
}

/* ... and is worth nothing while his token does not work. */
static enum otp_err
check_still_able(struct otp_call *call)
{
	bool is_able = false;
	enum otp_err err = otp_standing_is_able(call, &call->operator_user, &is_able);

	return err == OTP_OK && !is_able ? OTP_ERR_SUSPENDED : err;
}

/* ---- what must be hashed ---- */

/* What administrators and masters alone may do, with password and code: to others, and to things. */
static bool
is_of_staff(const struct otp_verb_info *verb)
{
	return verb->shows == OTP_SHOWS_CK && (verb->roles & OTP_ROLE_BIT_GENERAL) == 0;
}

/* Nobody but staff tries an administrator's password or code. */
static bool
has_second(const struct otp_call *call)
{
	return call->conf->administration == OTP_CONF_DUAL && is_of_staff(call->verb) &&
	    otp_fields_has(&call->request->fields, OTP_FIELD_SECOND);
}

/*
 * The second administrator's password is hashed whoever he is, and whether or not it waits: he who has not
 * shown his own learns nothing of it.
 */
static enum otp_err
ask_second(struct otp_call *call, struct otp_act_question *ret)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	if (!has_second(call) || !otp_fields_has(&call->request->fields, OTP_FIELD_SECOND_CONFIRM))
		return OTP_OK;
	err = otp_act_find_user(call, otp_fields_str(&call->request->fields, OTP_FIELD_SECOND), &user);
	if (err == OTP_ERR_NOT_FOUND)
		err = OTP_OK;
	if (err == OTP_OK) {
		ret->needs_second = true;
		memcpy(ret->second, user.confirm, sizeof(ret->second));
	}
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_question(struct otp_call *call, struct otp_act_question *ret)
{
	const struct otp_fields *fields = &call->request->fields;
	const struct otp_user *user = &call->operator_user;
	enum otp_err err;

	*ret = (struct otp_act_question){ 0 };
	err = load_operator(call);
	if (err == OTP_OK)
		err = check_role(call);
	if (err != OTP_OK || !needs_proof(call) || goes_on(call))
		return err;
	err = otp_proof_throttle(call, user);
	if (err != OTP_OK || !otp_fields_has(fields, OTP_FIELD_CONFIRM))
		return err;
	ret->needs_check = true;
	ret->user_id = user->id;
	memcpy(ret->phc, user->confirm, sizeof(ret->phc));
	if (call->verb->verb == OTP_VERB_PASSWORD_SET && otp_act_now(call) < user->word_until)
		memcpy(ret->word, user->word, sizeof(ret->word));
	ret->needs_make = otp_fields_has(fields, OTP_FIELD_NEW_CONFIRM);
	return ask_second(call, ret);
}

/* ---- the whole ---- */

/* What the proofs have staged: it stays when the act behind them refuses. */
struct kept {
	struct otp_bytes user[2], token[2];	/* the operator's and the second's; empty: not changed */
};

static enum otp_err
keep_one(struct otp_call *call, const struct otp_user *user, struct kept *ret, unsigned i)
{
	enum otp_err err = otp_store_get(call->store, OTP_KIND_USER, user->name, &ret->user[i]);

	if (err == OTP_OK && call->verb->shows == OTP_SHOWS_CK)
		err = otp_store_get(call->store, OTP_KIND_TOKEN, user->serial, &ret->token[i]);
	return err;
}

static enum otp_err
keep(struct otp_call *call, struct kept *ret)
{
	enum otp_err err;

	if (call->n_saved == 0)
		return OTP_OK;
	call->n_saved = 0;
	err = keep_one(call, &call->operator_user, ret, 0);
	if (err == OTP_OK && call->second_user.id != 0)
		err = keep_one(call, &call->second_user, ret, 1);
	return err;
}

static void
kept_clear(struct kept *kept)
{
	for (unsigned i = 0; i < 2; i++) {
		otp_bytes_clear(&kept->user[i]);
		otp_bytes_clear(&kept->token[i]);
	}
}

static enum otp_err
put_kept(struct otp_call *call, const struct otp_user *user, const struct kept *kept, unsigned i)
{
	enum otp_err err = OTP_OK;

	if (kept->user[i].len > 0)
		err = otp_store_put(call->store, OTP_KIND_USER, user->name, &kept->user[i]);
	if (err == OTP_OK && kept->token[i].len > 0)
		err = otp_store_put(call->store, OTP_KIND_TOKEN, user->serial, &kept->token[i]);
	return err;
}

static enum otp_err
refuse(struct otp_call *call, enum otp_err err, const struct kept *kept)
{
	enum otp_err put_err;

	if (call->store == NULL || call->is_committed || call->is_question) {
		if (call->store != NULL)
			otp_store_abort(call->store);
		return err;
	}
	if (kept->user[0].len == 0)
		return otp_act_deny(call, err);
	otp_store_abort(call->store);
	otp_fields_clear(&call->event.details);
	put_err = otp_act_put_object(call);
	if (put_err == OTP_OK)
		put_err = put_kept(call, &call->operator_user, kept, 0);
	if (put_err == OTP_OK)
		put_err = put_kept(call, &call->second_user, kept, 1);
	if (put_err == OTP_OK)
		return otp_act_commit_refusal(call, err);
	otp_store_abort(call->store);
	return put_err;
}

static enum otp_err
prove(struct otp_call *call)
{
	enum otp_err err;

	err = load_operator(call);
	if (err == OTP_OK)
		err = check_role(call);
	if (err == OTP_OK && needs_clock(call))
		err = otp_act_clock(call);
	if (err != OTP_OK || !needs_proof(call))
		return err;
	if (goes_on(call))
		return check_still_able(call);
	err = otp_proof_operator(call);
	if (err == OTP_OK && has_second(call))
		err = otp_proof_second(call);
	if (err == OTP_OK)
		otp_proof_done(call);
	return err;
}

enum otp_err
otp_act_run(struct otp_call *call, otp_act act)
{
	struct kept kept = { .user = { OTP_BYTES_INIT } };
	enum otp_err err;

	call->verdict = OTP_VERDICT_DENY;
	call->object_id = 0;
	call->is_committed = call->is_stranger = call->is_question = false;
	call->n_saved = call->n_used = 0;
	call->n_row_bytes = 0;
	if (call->store != NULL) {
		otp_store_abort(call->store);
		otp_act_tick(call, false);
	}
	otp_act_event(call, &call->event);
	err = prove(call);
	if (err == OTP_OK)
		err = keep(call, &kept);
	/* the proofs were about the operator; the act is about somebody or something else, and says so */
	if (err == OTP_OK && is_of_staff(call->verb))
		call->event.user[0] = call->event.serial[0] = '\0';
	if (err == OTP_OK)
		err = act(call);
	/* nothing that changes passes without its event, and no code without its verdict */
	if (err == OTP_OK && (call->verb->flags & OTP_FLAG_CHANGES) && !call->request->dry_run &&
	    !call->is_committed)
		err = OTP_ERR_INTERNAL;
	if (err == OTP_OK && call->verb->verb == OTP_VERB_VERIFY &&
	    call->verdict != OTP_VERDICT_ALLOW)
		err = OTP_ERR_INTERNAL;
	if (err != OTP_OK)
		err = refuse(call, err, &kept);
	if (call->store != NULL)
		otp_store_abort(call->store);
	otp_event_clear(&call->event);
	call->operator_epoch = call->operator_user.epoch;
	call->second_shown = call->second_user.id != 0;
	forget(&call->operator_user);
	forget(&call->second_user);
	kept_clear(&kept);
	return err;
}
