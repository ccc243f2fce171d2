/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which things are shown: role, clock, password, code, and only then the act. */
#include "config.h"

#include <string.h>

#include "act.h"
#include "act_standing.h"
#include "act_state.h"
#include "act_verify.h"

#define PASSWORDS_A_DAY OTP_USER_WRONG_MAX	/* wrong ones in 24 h that stop the password */

static enum otp_err
load_operator(struct otp_call *call)
{
	enum otp_err err;

	call->operator_user = (struct otp_user)OTP_USER_INIT;
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
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ROOT_NEEDS_AS);
	}
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
	if ((call->verb->flags & OTP_FLAG_BATCH) && call->proofs != NULL &&
	    call->proofs->shown_before)
		return false;
	return true;
}

/* ---- the confirmation password ---- */

/* Root may try in many names; of others a uid is throttled whatever name it has. */
static bool
is_peer_counted(const struct otp_call *call)
{
	return call->state != NULL && !call->caller->is_privileged && !call->caller->is_trusted;
}

static int64_t
user_until(const struct otp_user *user)
{
	int64_t wait = otp_act_password_wait(user->n_wrong);

	if (wait == 0 || user->n_wrong_at == 0)
		return 0;
	return user->wrong_at[user->n_wrong_at - 1] + wait;
}

/* The last who could reset anybody's is delayed, never stopped: nobody could reset his. */
static enum otp_err
is_stopped(struct otp_call *call, bool *ret)
{
	bool has_other = false;
	enum otp_err err = OTP_OK;

	*ret = false;
	if (!call->operator_user.confirm_stopped)
		return OTP_OK;
	*ret = true;
	if (otp_act_is_staff(&call->operator_user)) {
		err = otp_standing_has_other(call, &call->operator_user, &has_other);
		*ret = err != OTP_OK || has_other;
	}
	return err;
}

static enum otp_err
throttle(struct otp_call *call)
{
	int64_t now = otp_act_now(call), until, peer_until = 0;
	bool is_stop = false;
	enum otp_err err;

	err = is_stopped(call, &is_stop);
	if (err != OTP_OK)
		return err;
	if (is_stop)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, PASSWORD_STOPPED);
	until = user_until(&call->operator_user);
	if (is_peer_counted(call))
		peer_until = otp_act_state_peer_until(call->state, call->caller->uid);
	if (peer_until > until)
		until = peer_until;
	/* times are whole seconds: the one it ends in is waited out */
	if (until == 0 || now > until)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_THROTTLED, PASSWORD_WAIT,
	    OTP_WHY_NUM(until - now + 1));
}

static enum otp_err
count_wrong_password(struct otp_call *call)
{
	struct otp_user *user = &call->operator_user;
	int64_t now = otp_act_now(call);
	bool has_other = true;
	enum otp_err err;

	if (is_peer_counted(call))
		otp_act_state_peer_wrong(call->state, call->caller->uid, now);
	if (user->id == 0)
		return otp_act_deny(call, OTP_ERR_AUTH_FAILED);
	if (user->n_wrong < UINT32_MAX)
		user->n_wrong++;
	otp_user_wrong_add(user, now);
	if (otp_user_wrong_within_day(user, now) >= PASSWORDS_A_DAY) {
		if (otp_act_is_staff(user))
			err = otp_standing_has_other(call, user, &has_other);
		else
			err = OTP_OK;
		if (err != OTP_OK)
			return err;
		user->confirm_stopped = user->confirm_stopped || has_other;
	}
	err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_FAILS, user->n_wrong);
	if (err == OTP_OK && user->confirm_stopped)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_RESULT, "stopped");
	if (err != OTP_OK)
		return err;
	otp_act_about(call, user->name, NULL);
	return otp_act_commit_refusal(call, OTP_ERR_AUTH_FAILED);
}

static bool
is_password_right(const struct otp_call *call)
{
	const struct otp_proofs *proofs = call->proofs;
	const struct otp_user *user = &call->operator_user;

	if (user->id == 0 || !proofs->confirm_right)
		return false;
	if (!proofs->word_right)
		return user->confirm[0] != '\0';
	return call->verb->verb == OTP_VERB_PASSWORD_SET && user->word[0] != '\0' &&
	    otp_act_now(call) < user->word_until;
}

static enum otp_err
show_password(struct otp_call *call)
{
	enum otp_err err;

	err = throttle(call);
	if (err != OTP_OK)
		return err;
	if (call->proofs == NULL || !call->proofs->confirm_given)
		return OTP_WHY(&call->answer->why, OTP_ERR_AUTH_FAILED, PASSWORD_NEEDED);
	if (!is_password_right(call))
		return count_wrong_password(call);
	if (is_peer_counted(call))
		otp_act_state_peer_right(call->state, call->caller->uid);
	if (call->operator_user.n_wrong == 0)
		return OTP_OK;
	call->operator_user.n_wrong = 0;
	return otp_act_save_user(call, &call->operator_user);
}

static enum otp_err
show_code(struct otp_call *call)
{
	const char *code = otp_fields_str(&call->request->fields, OTP_FIELD_CODE);
	struct otp_user *user = &call->operator_user;
	bool is_changed = false;
	enum otp_err err;

	otp_act_about(call, user->name, user->serial);
	err = otp_code_judge(call, user, code != NULL ? code : "", OTP_CODE_SERVICE, &call->event,
	    &is_changed);
	if (err == OTP_OK)
		return OTP_OK;
	if (is_changed || call->n_saved > 0)
		return otp_act_commit_refusal(call, err);
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
	if (err != OTP_OK || !needs_proof(call))
		return err;
	err = throttle(call);
	if (err != OTP_OK || !otp_fields_has(fields, OTP_FIELD_CONFIRM))
		return err;
	ret->needs_check = true;
	ret->user_id = user->id;
	memcpy(ret->phc, user->confirm, sizeof(ret->phc));
	if (call->verb->verb == OTP_VERB_PASSWORD_SET && otp_act_now(call) < user->word_until)
		memcpy(ret->word, user->word, sizeof(ret->word));
	ret->needs_make = otp_fields_has(fields, OTP_FIELD_NEW_CONFIRM);
	return OTP_OK;
}

/* ---- the whole ---- */

/* What the proofs have staged: it stays when the act behind them refuses. */
struct kept {
	struct otp_bytes user, token;
};

static enum otp_err
keep(struct otp_call *call, struct kept *ret)
{
	const struct otp_user *user = &call->operator_user;
	enum otp_err err = OTP_OK;

	if (call->n_saved == 0)
		return OTP_OK;
	err = otp_store_get(call->store, OTP_KIND_USER, user->name, &ret->user);
	if (err == OTP_OK && call->verb->shows == OTP_SHOWS_CK)
		err = otp_store_get(call->store, OTP_KIND_TOKEN, user->serial, &ret->token);
	call->n_saved = 0;
	return err;
}

static void
kept_clear(struct kept *kept)
{
	otp_bytes_clear(&kept->user);
	otp_bytes_clear(&kept->token);
}

static enum otp_err
refuse(struct otp_call *call, enum otp_err err, const struct kept *kept)
{
	const struct otp_user *user = &call->operator_user;
	enum otp_err put_err = OTP_OK;

	if (call->store == NULL || call->is_committed || call->is_question) {
		if (call->store != NULL)
			otp_store_abort(call->store);
		return err;
	}
	if (kept->user.len == 0)
		return otp_act_deny(call, err);
	otp_store_abort(call->store);
	otp_fields_clear(&call->event.details);
	put_err = otp_store_put(call->store, OTP_KIND_USER, user->name, &kept->user);
	if (put_err == OTP_OK && kept->token.len > 0)
		put_err = otp_store_put(call->store, OTP_KIND_TOKEN, user->serial, &kept->token);
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
	err = show_password(call);
	if (err == OTP_OK && call->verb->shows == OTP_SHOWS_CK)
		err = show_code(call);
	return err;
}

enum otp_err
otp_act_run(struct otp_call *call, otp_act act)
{
	struct kept kept = { OTP_BYTES_INIT, OTP_BYTES_INIT };
	enum otp_err err;

	call->verdict = OTP_VERDICT_DENY;
	call->is_committed = call->is_stranger = call->is_question = false;
	call->n_saved = 0;
	call->n_row_bytes = 0;
	if (call->store != NULL) {
		otp_store_abort(call->store);
		otp_act_tick(call, false);
	}
	otp_act_event(call, &call->event);
	err = prove(call);
	if (err == OTP_OK)
		err = keep(call, &kept);
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
	otp_user_clear(&call->operator_user);
	kept_clear(&kept);
	return err;
}
