/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown for an act: confirmation passwords and codes, of the operator and of a second administrator. */
#include "config.h"

#include "act_proof.h"

#include <string.h>

#include "act_standing.h"
#include "act_state.h"
#include "act_verify.h"

#define PASSWORDS_A_DAY OTP_USER_WRONG_MAX	/* wrong ones in 24 h that stop the password */

/* ---- passwords ---- */

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
is_stopped(struct otp_call *call, const struct otp_user *user, bool *ret)
{
	bool has_other = false;
	enum otp_err err = OTP_OK;

	*ret = false;
	if (!user->confirm_stopped)
		return OTP_OK;
	*ret = true;
	if (otp_act_is_staff(user)) {
		err = otp_standing_has_other(call, user, &has_other);
		*ret = err != OTP_OK || has_other;
	}
	return err;
}

enum otp_err
otp_proof_throttle(struct otp_call *call, const struct otp_user *user)
{
	int64_t now = otp_act_now(call), until, peer_until = 0;
	bool is_stop = false;
	enum otp_err err;

	err = is_stopped(call, user, &is_stop);
	if (err != OTP_OK)
		return err;
	if (is_stop)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, PASSWORD_STOPPED);
	until = user_until(user);
	if (is_peer_counted(call))
		peer_until = otp_act_state_peer_until(call->state, call->caller->uid);
	/* counted while the clock was ahead: no wait is that long */
	if (peer_until > now + OTP_PASSWORD_WAIT_MAX)
		peer_until = 0;
	if (peer_until > until)
		until = peer_until;
	/* times are whole seconds: the one it ends in is waited out */
	if (until == 0 || now > until)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_THROTTLED, PASSWORD_WAIT,
	    OTP_WHY_NUM(until - now + 1));
}

static enum otp_err
count_wrong_password(struct otp_call *call, struct otp_user *user)
{
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
	call->event.serial[0] = '\0';	/* of two who show theirs, the first one's token may stand there */
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
show_password(struct otp_call *call, struct otp_user *user, bool is_right)
{
	enum otp_err err;

	err = otp_proof_throttle(call, user);
	if (err != OTP_OK)
		return err;
	if (!is_right)
		return count_wrong_password(call, user);
	if (user->n_wrong == 0)
		return OTP_OK;
	user->n_wrong = 0;
	return otp_act_save_user(call, user);
}

/* ---- codes ---- */

/* The event tells of the code that decided: a wrong one's counters go before those of right ones. */
static enum otp_err
show_code(struct otp_call *call, struct otp_user *user, const char *code)
{
	struct otp_event judged = OTP_EVENT_INIT;
	bool is_changed = false;
	enum otp_err err;

	otp_act_about(call, user->name, user->serial);
	err = otp_code_judge(call, user, code != NULL ? code : "", OTP_CODE_SERVICE, &judged,
	    &is_changed);
	if (err != OTP_OK || call->second_user.id == 0) {
		otp_fields_clear(&call->event.details);
		call->event.details = judged.details;
		judged.details = (struct otp_fields)OTP_FIELDS_INIT;
	}
	otp_event_clear(&judged);
	if (err != OTP_OK && (is_changed || call->n_saved > 0))
		return otp_act_commit_refusal(call, err);
	return err;
}

/* ---- the operator ---- */

enum otp_err
otp_proof_operator(struct otp_call *call)
{
	enum otp_err err;

	if (call->proofs == NULL || !call->proofs->confirm_given) {
		err = otp_proof_throttle(call, &call->operator_user);
		return err != OTP_OK ? err :
		    OTP_WHY(&call->answer->why, OTP_ERR_AUTH_FAILED, PASSWORD_NEEDED);
	}
	err = show_password(call, &call->operator_user, is_password_right(call));
	if (err == OTP_OK && call->verb->shows == OTP_SHOWS_CK)
		err = show_code(call, &call->operator_user,
		    otp_fields_str(&call->request->fields, OTP_FIELD_CODE));
	return err;
}

/* ---- the second administrator ---- */

/* One hand with two names, or one token in two hands, is one. */
static enum otp_err
check_second(struct otp_call *call, const struct otp_user *second, const char *name)
{
	const struct otp_user *operator_user = &call->operator_user;
	struct otp_token own = OTP_TOKEN_INIT, other = OTP_TOKEN_INIT;
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	if (second->id == 0 || !second->enabled || !otp_act_is_staff(second))
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, SECOND_NOT_STAFF, name);
	if (second->id == operator_user->id)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, SECOND_IS_FIRST);
	err = otp_act_find_token(call, operator_user->serial, &own);
	if (err == OTP_OK)
		err = otp_act_find_token(call, second->serial, &other);
	if (err == OTP_ERR_NOT_FOUND)
		err = OTP_WHY(why, OTP_ERR_NOT_PERMITTED, NO_TOKEN,
		    second->serial[0] == '\0' ? second->name : operator_user->name);
	if (err == OTP_OK && strcmp(otp_token_origin(&own), otp_token_origin(&other)) == 0)
		err = OTP_WHY(why, OTP_ERR_NOT_PERMITTED, SECOND_SAME_TOKEN, name);
	otp_token_clear(&own);
	otp_token_clear(&other);
	return err;
}

/* What was staged for the operator stays, whatever becomes of the second: his code is used up. */
static enum otp_err
refuse_second(struct otp_call *call, enum otp_err err)
{
	return call->is_committed || call->n_saved == 0 ? err : otp_act_commit_refusal(call, err);
}

enum otp_err
otp_proof_second(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *name = otp_fields_str(fields, OTP_FIELD_SECOND);
	struct otp_user *second = &call->second_user;
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	err = otp_act_find_user(call, name, second);
	if (err == OTP_OK || err == OTP_ERR_NOT_FOUND)
		err = check_second(call, second, name);
	if (err == OTP_OK && !call->proofs->second_given)
		err = OTP_WHY(why, OTP_ERR_AUTH_FAILED, SECOND_NEEDED, name);
	if (err != OTP_OK)
		return refuse_second(call, err);
	err = show_password(call, second, call->proofs->second_right && second->confirm[0] != '\0');
	if (err == OTP_OK)
		err = show_code(call, second, otp_fields_str(fields, OTP_FIELD_SECOND_CODE));
	if (err != OTP_OK)
		return refuse_second(call, err);
	return otp_fields_put_str(&call->event.details, OTP_FIELD_SECOND, second->name);
}

void
otp_proof_done(struct otp_call *call)
{
	if (is_peer_counted(call))
		otp_act_state_peer_right(call->state, call->caller->uid);
}

bool
otp_act_has_second(const struct otp_call *call)
{
	if (call->conf->administration != OTP_CONF_DUAL || call->caller->is_root ||
	    call->second_user.id != 0)
		return true;
	if (call->proofs != NULL && call->proofs->shown_before && call->proofs->second_before &&
	    call->proofs->shown_epoch == call->operator_user.epoch)
		return true;
	return call->request->dry_run && otp_fields_has(&call->request->fields, OTP_FIELD_SECOND);
}

enum otp_err
otp_act_second(struct otp_call *call)
{
	if (otp_act_has_second(call))
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_POLICY, NEEDS_SECOND);
}
