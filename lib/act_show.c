/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status and explain: how things stand, why, and who can do what about it. */
#include "config.h"

#include "act_show.h"

#include <string.h>

#include "act_standing.h"
#include "act_transfer.h"
#include "record.h"
#include "text.h"

#define TIME(seconds) otp_text_time((char[OTP_TIME_TEXT]){ 0 }, (seconds))

static bool
is_overseer(const struct otp_call *call)
{
	return call->caller->is_root ||
	    (call->operator_user.id != 0 && call->operator_user.enabled &&
	    otp_act_is_staff(&call->operator_user));
}

/* ---- sentences ---- */

/* The sentence for how it was suspended, with who did it (for those who may know) or without. */
static enum otp_message
suspended_message(enum otp_suspended_how how, bool has_name)
{
	switch (how) {
	case OTP_SUSPENDED_BY_HAND:
		return has_name ? OTP_MESSAGE_IS_SUSPENDED_HAND_BY : OTP_MESSAGE_IS_SUSPENDED_HAND;
	case OTP_SUSPENDED_REPORTED:
		return has_name ? OTP_MESSAGE_IS_REPORTED_BY : OTP_MESSAGE_IS_REPORTED;
	case OTP_SUSPENDED_CODES:
	case OTP_SUSPENDED_COUNT:
		break;
	}
	return has_name ? OTP_MESSAGE_IS_SUSPENDED_BY : OTP_MESSAGE_IS_SUSPENDED;
}

static enum otp_err
say_suspended(struct otp_call *call, struct otp_token *token)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	char by[OTP_NAME_MAX + 1];
	const char *who;
	bool has_name;
	enum otp_err err;

	err = otp_standing_unlockers_text(call, token, &text);
	if (err == OTP_OK)
		err = otp_standing_stopper(call, token, by);
	if (err != OTP_OK)
		goto out;
	who = text.len > 0 ? otp_text_str(&text) : otp_message_text(is_overseer(call) ?
	    OTP_MESSAGE_ROOT_RECOVERS : OTP_MESSAGE_NOBODY);
	/* who did it is for those who look after it, and for himself */
	has_name = by[0] != '\0' &&
	    (is_overseer(call) || strcmp(by, call->operator_user.name) == 0);
	(void)otp_why_set(&call->answer->why, OTP_OK,
	    suspended_message(token->suspended_how, has_name),
	    (const char *const[]){ NULL, token->serial, TIME(token->suspended_at), who, by },
	    has_name ? 4 : 3);
	err = otp_fields_put_int(&call->answer->fields, OTP_FIELD_SUSPENDED_AT,
	    token->suspended_at);
	if (err == OTP_OK)
		err = otp_standing_put_unlockers(call, token, &call->answer->fields);
out:
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
say_user(struct otp_call *call, const struct otp_user *user, struct otp_token *token,
    enum otp_standing standing)
{
	struct otp_why *why = &call->answer->why;
	bool is_open = user->register_until > otp_act_now(call);

	switch (standing) {
	case OTP_STANDING_UNKNOWN:
	case OTP_STANDING_COUNT:
		return OTP_WHY(why, OTP_OK, IS_UNKNOWN, user->name);
	case OTP_STANDING_DISABLED:
		return OTP_WHY(why, OTP_OK, IS_DISABLED, user->name);
	case OTP_STANDING_NEVER_BOUND:
		if (is_open)
			return OTP_WHY(why, OTP_OK, IS_NEVER_BOUND, user->name,
			    TIME(user->register_until));
		return OTP_WHY(why, OTP_OK, IS_NEVER_BOUND_CLOSED, user->name);
	case OTP_STANDING_REVOKED:
		if (is_open)
			return OTP_WHY(why, OTP_OK, IS_REVOKED, user->name,
			    TIME(user->register_until));
		return OTP_WHY(why, OTP_OK, IS_REVOKED_CLOSED, user->name);
	case OTP_STANDING_LOST:
		return OTP_WHY(why, OTP_OK, IS_LOST, user->serial);
	case OTP_STANDING_EXPIRED:
		return OTP_WHY(why, OTP_OK, IS_EXPIRED, user->serial, TIME(token->not_after));
	case OTP_STANDING_SUSPENDED:
		return say_suspended(call, token);
	case OTP_STANDING_PREASSIGNED:
		return OTP_WHY(why, OTP_OK, IS_PREASSIGNED, user->name, user->serial);
	case OTP_STANDING_REGISTERED:
		return OTP_WHY(why, OTP_OK, IS_REGISTERED, user->name, user->serial);
	}
	return OTP_ERR_INTERNAL;
}

#define WARN(call, ...) do { \
	struct otp_why w_ = OTP_WHY_INIT; \
	(void)OTP_WHY(&w_, OTP_OK, __VA_ARGS__); \
	otp_answer_warn((call)->answer, &w_); \
} while (0)

/* His confirmation password: stopped, reset, never set; and what a reset bars. */
static void
warn_password(struct otp_call *call, const struct otp_user *user)
{
	int64_t now = otp_act_now(call), bar = user->reset_at + call->conf->reset_bar;

	if (user->confirm_stopped)
		WARN(call, PASSWORD_STOPPED);
	else if (user->confirm[0] == '\0' && !user->word_is_reset)
		WARN(call, IS_NO_PASSWORD, user->name);
	else if (user->confirm[0] == '\0' && now < user->word_until)
		WARN(call, IS_RESET, user->name, TIME(user->word_until));
	else if (user->confirm[0] == '\0')
		WARN(call, IS_RESET_OVER, user->name);
	if (user->reset_at != 0 && now < bar &&
	    (user->granted.rights & (OTP_RIGHT_EXTERNAL_APPROVE | OTP_RIGHT_INTERNAL_APPROVE)) != 0)
		WARN(call, IS_BARRED, user->name, TIME(bar));
}

static void
warn_user(struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t now = otp_act_now(call);

	warn_password(call, user);
	if ((user->granted.rights & OTP_RIGHT_LOGIN) == 0)
		WARN(call, IS_NO_LOGIN, user->name);
	if (!otp_permit_is_within(&user->granted, &user->adopted))
		WARN(call, RIGHTS_WAIT, user->name);
	if (user->register_until > now && user->register_from > now)
		WARN(call, REGISTRATION_LATER, TIME(user->register_from));
	if (sharer == NULL)
		return;
	if (otp_token_is_early(token, now))
		WARN(call, TOKEN_NOT_YET, token->serial);
	if (sharer->unproven >= call->conf->fail_limit && now < sharer->unproven_at + OTP_DAY)
		WARN(call, SOCKET_STOPPED, user->name);
}

static bool
needs_help(const struct otp_call *call, const struct otp_user *user, enum otp_standing standing)
{
	switch (standing) {
	case OTP_STANDING_DISABLED:
	case OTP_STANDING_LOST:
	case OTP_STANDING_EXPIRED:
		return true;
	case OTP_STANDING_NEVER_BOUND:
	case OTP_STANDING_REVOKED:
		return user->register_until <= otp_act_now(call) || user->confirm_stopped;
	case OTP_STANDING_SUSPENDED:	/* who can lift that is said there */
	case OTP_STANDING_PREASSIGNED:
	case OTP_STANDING_REGISTERED:
	case OTP_STANDING_UNKNOWN:
	case OTP_STANDING_COUNT:
		break;
	}
	return user->confirm_stopped;
}

/* "An administrator can" is no help where there is none who could. */
static enum otp_err
warn_helpless(struct otp_call *call, const struct otp_user *user, enum otp_standing standing)
{
	bool has_other = true;
	enum otp_err err = OTP_OK;

	if (needs_help(call, user, standing))
		err = otp_standing_has_other(call, user, &has_other);
	if (err == OTP_OK && !has_other)
		WARN(call, ROOT_ALONE_HELPS, user->name);
	return err;
}

/* ---- a user ---- */

static enum otp_err
put_tries(struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t limit = call->conf->fail_limit;
	uint32_t most;

	if (sharer == NULL)
		return OTP_OK;
	most = sharer->fails > token->fails ? sharer->fails : token->fails;
	return otp_fields_put_int(&call->answer->fields, OTP_FIELD_FAILS_LEFT,
	    most < limit ? limit - most : 0);
}

static enum otp_err
show_user(struct otp_call *call, const struct otp_user *user)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	err = otp_standing_of(call, user, &token, &standing);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_standing_put(call, user, &token, standing, fields);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_HAS_PASSWORD, user->confirm[0] != '\0');
	if (err == OTP_OK)
		err = otp_standing_put_permit(call, user, fields);
	if (err == OTP_OK)
		err = put_tries(call, user, &token);
	if (err == OTP_OK)
		err = say_user(call, user, &token, standing);
	if (err == OTP_OK)
		warn_user(call, user, &token);
	if (err == OTP_OK)
		err = warn_helpless(call, user, standing);
	/* with whom he shares stops him too, so it is his to know */
	if (err == OTP_OK && call->verb->verb == OTP_VERB_EXPLAIN)
		err = otp_standing_put_sharers(&token, fields);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_status(struct otp_call *call)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	if (name == NULL)
		name = call->caller->name;
	if (name[0] == '\0')
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER,
		    call->event.actor);
	if (strcmp(name, call->caller->name) != 0 && !is_overseer(call))
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_STAFF_ASKS);
	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, &user);
	if (err == OTP_OK)
		err = show_user(call, &user);
	otp_user_clear(&user);
	return err;
}

/* ---- a token ---- */

static enum otp_err
say_token(struct otp_call *call, struct otp_token *token)
{
	struct otp_why *why = &call->answer->why;

	switch (token->state) {
	case OTP_TOKEN_SUSPENDED:
		return say_suspended(call, token);
	case OTP_TOKEN_LOST:
		return OTP_WHY(why, OTP_OK, IS_LOST, token->serial);
	case OTP_TOKEN_RETIRED:
	case OTP_TOKEN_STATE_COUNT:
		return OTP_WHY(why, OTP_OK, IS_RETIRED, token->serial);
	case OTP_TOKEN_STOCK:
	case OTP_TOKEN_ACTIVE:
		break;
	}
	if (otp_token_is_expired(token, otp_act_now(call)))
		return OTP_WHY(why, OTP_OK, IS_EXPIRED, token->serial, TIME(token->not_after));
	if (token->state == OTP_TOKEN_STOCK)
		return OTP_WHY(why, OTP_OK, IS_STOCK, token->serial);
	return OTP_WHY(why, OTP_OK, IS_ACTIVE, token->serial);
}

static enum otp_err
show_token(struct otp_call *call, struct otp_token *token)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STATE,
		    otp_standing_token_name(token, otp_act_now(call)));
	if (err == OTP_OK && token->not_after != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_EXPIRES, token->not_after);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, fields);
	if (err == OTP_OK)
		err = say_token(call, token);
	if (err == OTP_OK && otp_token_is_early(token, otp_act_now(call)))
		WARN(call, TOKEN_NOT_YET, token->serial);
	return err;
}

/* By its number; whoever may see it. NOT_FOUND otherwise, as where there is none. */
static enum otp_err
explain_transfer(struct otp_call *call, const char *subject)
{
	int64_t id;

	if (otp_parse_i64(subject, 1, INT64_MAX, &id) != OTP_OK)
		return OTP_ERR_NOT_FOUND;
	return otp_transfer_explain(call, id);
}

enum otp_err
otp_act_explain(struct otp_call *call)
{
	const char *subject = otp_fields_str(&call->request->fields, OTP_FIELD_SUBJECT);
	const char *self = call->caller->name;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	bool is_own;
	enum otp_err err;

	if (subject == NULL)
		subject = self;
	if (subject[0] == '\0')
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER,
		    call->event.actor);
	is_own = strcmp(subject, self) == 0 ||
	    (call->operator_user.serial[0] != '\0' &&
	    strcmp(subject, call->operator_user.serial) == 0);
	if (!is_own && !is_overseer(call)) {
		err = explain_transfer(call, subject);
		return err != OTP_ERR_NOT_FOUND ? err :
		    OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_STAFF_ASKS);
	}
	/* his token's serial may be somebody else's name */
	err = OTP_ERR_NOT_FOUND;
	if (strcmp(subject, self) == 0 || is_overseer(call))
		err = otp_act_find_user(call, subject, &user);
	if (err == OTP_OK)
		err = show_user(call, &user);
	else if (err == OTP_ERR_NOT_FOUND) {
		err = otp_act_find_token(call, subject, &token);
		if (err == OTP_OK)
			err = show_token(call, &token);
		else if (err == OTP_ERR_NOT_FOUND)
			err = explain_transfer(call, subject);
		if (err == OTP_ERR_NOT_FOUND)
			err = OTP_WHY(&call->answer->why, err, NO_SUCH_SUBJECT, subject);
	}
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}
