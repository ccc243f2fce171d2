/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Root's way out where nobody else can help: each with a reason, and loud. */
#include "config.h"

#include "act_recover.h"

#include <string.h>

#include "act_binding.h"
#include "act_reset.h"
#include "act_standing.h"
#include "act_unlock.h"
#include "text.h"

#define REASON_MAX 1024		/* bytes: it goes into mails and syslog */

enum otp_err
otp_recover_reason(struct otp_call *call)
{
	const char *reason = otp_fields_str(&call->request->fields, OTP_FIELD_REASON);

	if (reason == NULL || reason[0] == '\0')
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, REASON_MISSING);
	if (strlen(reason) > REASON_MAX)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_REASON,
		    OTP_WHY_NUM(REASON_MAX));
	return otp_fields_put_str(&call->event.details, OTP_FIELD_REASON, reason);
}

/* The reason, and whom it is about. */
static enum otp_err
load(struct otp_call *call, struct otp_user *ret)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	enum otp_err err;

	otp_act_about(call, name, NULL);
	err = otp_recover_reason(call);
	if (err != OTP_OK)
		return err;
	err = otp_act_load_user(call, name, ret);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	return err;
}

/* ---- recover unlock ---- */

enum otp_err
otp_act_recover_unlock(struct otp_call *call)
{
	enum otp_err err = otp_recover_reason(call);

	return err == OTP_OK ? otp_act_unlock(call) : err;
}

/* ---- recover password ---- */

enum otp_err
otp_act_recover_password(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	char word[OTP_WORD_SIZE] = "";
	enum otp_err err;

	err = load(call, &user);
	if (err == OTP_OK)
		err = otp_reset_do(call, &user, word);
	if (err == OTP_OK)
		err = otp_act_save_user(call, &user);
	if (err == OTP_OK)
		err = otp_reset_tell(call, &user, true, word);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		otp_fields_clear(&call->answer->fields);
	otp_wipe(word, sizeof(word));
	otp_user_clear(&user);
	return err;
}

/* ---- recover open ---- */

/* He could not register anyway: what is in his way comes first. */
static enum otp_err
check_open(struct otp_call *call, const struct otp_user *user)
{
	struct otp_why *why = &call->answer->why;

	if (!user->enabled)
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, USER_DISABLED, user->name);
	if (!otp_user_needs_codes(user))
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NEEDS_NO_CODES);
	return OTP_OK;
}

/* A token that is not there, or does not know him, is no reason to leave him without one. */
static enum otp_err
end_binding(struct otp_call *call, struct otp_user *user)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err = OTP_OK;

	if (user->serial[0] == '\0') {
		user->epoch++;
		return OTP_OK;
	}
	otp_act_about(call, NULL, user->serial);
	err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_SERIAL, user->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_BINDING, "revoked");
	if (err != OTP_OK)
		return err;
	err = otp_act_find_token(call, user->serial, &token);
	if (err == OTP_OK || err == OTP_ERR_NOT_FOUND)
		otp_binding_end(call, user, &token);
	if (err == OTP_OK)
		err = otp_act_save_token(call, &token);
	otp_token_clear(&token);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

static enum otp_err
open_now(struct otp_call *call, struct otp_user *user)
{
	int64_t now = otp_act_now(call);
	enum otp_err err;

	err = end_binding(call, user);
	if (err != OTP_OK)
		return err;
	user->register_from = now;
	user->register_until = now + call->conf->register_open;
	user->register_fails = 0;
	err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_OPEN_UNTIL,
		    user->register_until);
	return err;
}

enum otp_err
otp_act_recover_open(struct otp_call *call)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = load(call, &user);
	if (err == OTP_OK)
		err = check_open(call, &user);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_USER, user.name);
	if (err == OTP_OK)
		err = open_now(call, &user);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_OPEN_UNTIL, user.register_until);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	otp_user_clear(&user);
	return err;
}

/* ---- recover make-master ---- */

static enum otp_err
raise_role(struct otp_call *call, struct otp_user *user)
{
	struct otp_fields *details = &call->event.details;
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err;

	err = otp_fields_put_str(details, OTP_FIELD_ROLE_BEFORE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_ROLE, otp_role_name(OTP_ROLE_MASTER));
	if (err == OTP_OK && !user->enabled)
		err = otp_fields_put_bool(details, OTP_FIELD_ENABLED, true);
	if (err == OTP_OK)
		err = otp_act_load_company(call, &company);
	if (err != OTP_OK)
		return err;
	if (user->role == OTP_ROLE_MASTER && user->enabled)
		goto out;
	user->role = OTP_ROLE_MASTER;
	user->enabled = true;
	err = otp_company_staff_set(&company, user->id, user->name, user->role);
	if (err == OTP_ERR_OVER_LIMIT)
		err = OTP_WHY(&call->answer->why, err, STAFF_FULL, OTP_WHY_NUM(OTP_STAFF_MAX));
	if (err == OTP_OK)
		err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_act_save_company(call, &company);
out:
	otp_company_clear(&company);
	return err;
}

/* A role alone unlocks nothing: what he lacks, and root's way to it. */
static void
say_lacking(struct otp_call *call, const struct otp_user *user, const struct otp_token *token,
    enum otp_standing standing)
{
	struct otp_why why = OTP_WHY_INIT;

	if (user->confirm[0] == '\0' || user->confirm_stopped) {
		(void)OTP_WHY(&why, OTP_OK, LACKS_PASSWORD, user->name);
		otp_answer_warn(call->answer, &why);
		otp_why_clear(&why);
	}
	switch (standing) {
	case OTP_STANDING_SUSPENDED:
		(void)OTP_WHY(&why, OTP_OK, LACKS_UNLOCK, user->name, token->serial);
		break;
	case OTP_STANDING_UNKNOWN:
	case OTP_STANDING_DISABLED:
	case OTP_STANDING_REGISTERED:
	case OTP_STANDING_COUNT:
		return;
	case OTP_STANDING_NEVER_BOUND:
	case OTP_STANDING_REVOKED:
	case OTP_STANDING_LOST:
	case OTP_STANDING_EXPIRED:
	case OTP_STANDING_PREASSIGNED:
		if (otp_user_registration_is_open(user, otp_act_now(call)))
			(void)OTP_WHY(&why, OTP_OK, LACKS_REGISTER, user->name);
		else
			(void)OTP_WHY(&why, OTP_OK, LACKS_TOKEN, user->name);
		break;
	}
	otp_answer_warn(call->answer, &why);
}

enum otp_err
otp_act_recover_master(struct otp_call *call)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	enum otp_standing standing = OTP_STANDING_UNKNOWN;
	bool is_able = false;
	enum otp_err err;

	err = load(call, &user);
	if (err == OTP_OK)
		err = raise_role(call, &user);
	if (err == OTP_OK)
		err = otp_standing_of(call, &user, &token, &standing);
	if (err == OTP_OK)
		err = otp_standing_is_able(call, &user, &is_able);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_USER, user.name);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ROLE, otp_role_name(user.role));
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_ABLE, is_able);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err == OTP_OK)
		say_lacking(call, &user, &token, standing);
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}

/* ---- recover mark ---- */

/*
 * First the event, then the mark: whoever finds the new mark finds in the audit why it is there. Killed in
 * between, the store is refused as before.
 */
static enum otp_err
commit_mark(struct otp_call *call, const struct otp_why *refused)
{
	struct otp_store_stats stats;
	char text[OTP_WHY_ARG_MAX * 2];
	enum otp_err err;

	/* how far the store had got: what is lost can be told from it, now and later */
	otp_answer_warn(call->answer, refused);
	err = otp_fields_put_str(&call->event.details, OTP_FIELD_TEXT,
	    otp_act_reason(refused, OTP_ERR_ROLLBACK, text, sizeof(text)));
	otp_store_stats(call->store, &stats);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_SEQUENCE, (int64_t)stats.seq);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->answer->fields, OTP_FIELD_SEQUENCE,
		    (int64_t)stats.seq);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err == OTP_OK)
		err = otp_store_flush(call->store);
	if (err == OTP_OK)
		err = otp_store_remark(call->store, &call->answer->why);
	if (err == OTP_OK)
		call->answer->changed = true;
	return err;
}

enum otp_err
otp_act_recover_mark(struct otp_call *call)
{
	struct otp_why refused;
	enum otp_err err;

	err = otp_recover_reason(call);
	if (err != OTP_OK)
		return err;
	if (call->store != NULL)	/* open, so it has its mark */
		return otp_act_commit(call);
	if (call->open_unmarked == NULL || call->refused == NULL)
		return OTP_ERR_INTERNAL;
	if (call->request->dry_run) {
		call->answer->changed = true;
		return OTP_OK;
	}
	refused = *call->refused;
	err = call->open_unmarked(call->open_unmarked_ctx, &call->store, &call->answer->why);
	return err == OTP_OK ? commit_mark(call, &refused) : err;
}
