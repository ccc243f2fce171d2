/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events into notices: which kinds an event brings. */
#include "config.h"

#include "act_notice.h"

#include <string.h>

#define CODES_USED 5	/* "already used" within an hour that are told */

static void
add_kind(struct otp_notice_kinds *kinds, enum otp_notice_kind kind, const char *user)
{
	if (kinds->n == OTP_NOTICE_KINDS_MAX)
		return;
	kinds->kind[kinds->n].kind = kind;
	kinds->kind[kinds->n++].user = user;
}

static bool
is_word(const struct otp_event *event, enum otp_field field, const char *word)
{
	const char *s = otp_fields_str(&event->details, field);

	return s != NULL && strcmp(s, word) == 0;
}

static bool
is_number(const struct otp_event *event, enum otp_field field, int64_t number)
{
	int64_t value;

	return otp_fields_int(&event->details, field, &value) && value == number;
}

bool
otp_notice_is_first_code(const struct otp_event *event)
{
	return event->result == OTP_OK && otp_fields_has(&event->details, OTP_FIELD_USED_STEP) &&
	    is_word(event, OTP_FIELD_BINDING, "registered");
}

/* What codes and passwords bring, whatever they were asked for. */
static void
kinds_of_proofs(const struct otp_event *event, struct otp_notice_kinds *ret)
{
	/* a wrong pair for another's token names the token only */
	const char *who = event->user[0] != '\0' ? event->user : event->actor;

	if (otp_notice_is_first_code(event))
		add_kind(ret, OTP_NOTICE_REGISTERED,
		    event->verb == OTP_VERB_VERIFY ? event->user : event->actor);
	if (event->result == OTP_ERR_CODE_USED && is_number(event, OTP_FIELD_COUNT, CODES_USED))
		add_kind(ret, OTP_NOTICE_CODE_USED, event->user);
	if (event->result != OTP_ERR_AUTH_FAILED)
		return;
	if (is_word(event, OTP_FIELD_BINDING, "revoked"))
		add_kind(ret, OTP_NOTICE_CEILING, event->user);
	if (otp_fields_bool(&event->details, OTP_FIELD_SUSPENDED))
		add_kind(ret, OTP_NOTICE_SUSPENDED, who);
	else if (is_number(event, OTP_FIELD_FAILS_LEFT, 1))
		add_kind(ret, OTP_NOTICE_LAST_TRY, who);
	if (is_word(event, OTP_FIELD_RESULT, "stopped"))
		add_kind(ret, OTP_NOTICE_PASSWORD_STOPPED, event->user);
	if (is_word(event, OTP_FIELD_REGISTRATION, "closed"))
		add_kind(ret, OTP_NOTICE_REGISTRATION_CLOSED, event->user);
}

/* Of those that look like nothing but their verb. */
static const struct act {
	enum otp_verb verb;
	enum otp_notice_kind kind;
	bool is_of_token;	/* whoever the event names is who did it, not whom it is about */
} acts[] = {
	{ OTP_VERB_REGISTER, OTP_NOTICE_REGISTERED, false },
	{ OTP_VERB_USER_OPEN, OTP_NOTICE_REGISTRATION_OPEN, false },
	{ OTP_VERB_PASSWORD_SET, OTP_NOTICE_PASSWORD_CHANGED, false },
	{ OTP_VERB_PASSWORD_RESET, OTP_NOTICE_PASSWORD_RESET, false },
	{ OTP_VERB_USER_DEL, OTP_NOTICE_DELETED, false },
	{ OTP_VERB_RECOVER_UNLOCK, OTP_NOTICE_RECOVERED, false },
	{ OTP_VERB_RECOVER_OPEN, OTP_NOTICE_RECOVERED, false },
	{ OTP_VERB_RECOVER_MASTER, OTP_NOTICE_RECOVERED, false },
	{ OTP_VERB_RECOVER_MARK, OTP_NOTICE_RECOVERED, false },
	{ OTP_VERB_RECOVER_PASSWORD, OTP_NOTICE_RECOVERED, false },
	{ OTP_VERB_RECOVER_PASSWORD, OTP_NOTICE_PASSWORD_RESET, false },
};

/* Those that say whether they changed anything: nothing is no news. */
static const struct act changes[] = {
	{ OTP_VERB_TOKEN_SUSPEND, OTP_NOTICE_STOPPED_BY_HAND, true },
	{ OTP_VERB_TOKEN_REPORT, OTP_NOTICE_REPORTED, true },
	{ OTP_VERB_TOKEN_LOST, OTP_NOTICE_LOST, true },
	{ OTP_VERB_TOKEN_RETIRE, OTP_NOTICE_RETIRED, true },
	{ OTP_VERB_TOKEN_REPLACE, OTP_NOTICE_REPLACED, true },
	{ OTP_VERB_REVOKE, OTP_NOTICE_REVOKED, false },
	{ OTP_VERB_UNLOCK, OTP_NOTICE_UNLOCKED, false },
	{ OTP_VERB_RECOVER_UNLOCK, OTP_NOTICE_UNLOCKED, false },
	{ OTP_VERB_USER_DISABLE, OTP_NOTICE_DISABLED, false },
	{ OTP_VERB_USER_ENABLE, OTP_NOTICE_ENABLED, false },
	{ OTP_VERB_PERMIT_SET, OTP_NOTICE_PERMITTED, false },
	{ OTP_VERB_PERMIT_CLEAR, OTP_NOTICE_PERMITTED, false },
};

static void
add_act(const struct otp_event *event, const struct act *list, size_t n, struct otp_notice_kinds *ret)
{
	for (size_t i = 0; i < n; i++) {
		enum otp_notice_kind kind = list[i].kind;

		if (event->verb != list[i].verb)
			continue;
		/* by one who shares it himself it is a report: it can be lifted */
		if (kind == OTP_NOTICE_LOST && is_word(event, OTP_FIELD_STATE, "suspended"))
			kind = OTP_NOTICE_REPORTED;
		add_kind(ret, kind, list[i].is_of_token ? "" : event->user);
	}
}

/* `user mod` tells of each thing on its own. */
static void
kinds_of_mod(const struct otp_event *event, struct otp_notice_kinds *ret)
{
	if (otp_fields_has(&event->details, OTP_FIELD_MAIL_BEFORE))
		add_kind(ret, OTP_NOTICE_ADDRESS_CHANGED, event->user);
	if (otp_fields_has(&event->details, OTP_FIELD_ROLE_BEFORE))
		add_kind(ret, OTP_NOTICE_ROLE_CHANGED, event->user);
	if (is_word(event, OTP_FIELD_REGISTRATION, "registered"))
		add_kind(ret, OTP_NOTICE_REGISTERED, event->user);
}

/* What time has brought. */
static void
kinds_of_due(const struct otp_event *event, struct otp_notice_kinds *ret)
{
	const char *maker = otp_fields_str(&event->details, OTP_FIELD_MAKER);

	if (maker != NULL)
		add_kind(ret, OTP_NOTICE_TRANSFER_EXPIRED, maker);
	else if (is_number(event, OTP_FIELD_DAYS_LEFT, 0))
		add_kind(ret, OTP_NOTICE_EXPIRED, "");
	else if (otp_fields_has(&event->details, OTP_FIELD_DAYS_LEFT))
		add_kind(ret, OTP_NOTICE_EXPIRES, "");
}

/* What was done; refusals of it are nobody's news. */
static void
kinds_of_acts(const struct otp_event *event, struct otp_notice_kinds *ret)
{
	if (event->result != OTP_OK)
		return;
	add_act(event, acts, sizeof(acts) / sizeof(acts[0]), ret);
	if (otp_fields_bool(&event->details, OTP_FIELD_CHANGED))
		add_act(event, changes, sizeof(changes) / sizeof(changes[0]), ret);
	/* it takes as many events as it needs; the last one says how it ended */
	if (event->verb == OTP_VERB_RECOVER_CLOCK &&
	    otp_fields_has(&event->details, OTP_FIELD_NEWEST_AT))
		add_kind(ret, OTP_NOTICE_RECOVERED, event->user);
	if (event->verb == OTP_VERB_USER_MOD)
		kinds_of_mod(event, ret);
	if (event->verb == OTP_VERB_DUE)
		kinds_of_due(event, ret);
}

void
otp_notice_kinds(const struct otp_event *event, struct otp_notice_kinds *ret)
{
	ret->n = 0;
	kinds_of_proofs(event, ret);
	kinds_of_acts(event, ret);
}
