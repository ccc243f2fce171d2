/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session phase: what was granted takes effect, and the user is told what he should know. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "clock.h"
#include "converse.h"
#include "module.h"

/* The expiry is worth a line from when the mails about it begin (domain.md). */
#define EXPIRY_NOTICE (90 * 86400)

static void
tell_time(const struct otp_module *module, const char *msgid, int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;
	char text[64];

	if (localtime_r(&when, &parts) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M %z", &parts) == 0)
		return;
	otp_converse_info(module, msgid, text);
}

static void
tell(const struct otp_module *module)
{
	const struct otp_fields *known = &module->answer.fields;
	const char *state = otp_fields_str(known, OTP_FIELD_STATE);
	int64_t when;

	/* not the code that has just let him in: of that he knows */
	if ((otp_fields_int(known, OTP_FIELD_SUCCESS_BEFORE, &when) ||
	    otp_fields_int(known, OTP_FIELD_LAST_SUCCESS, &when)) && when > 0)
		tell_time(module, otp_message_text(OTP_MESSAGE_TOLD_LAST_USE), when);
	if (otp_fields_int(known, OTP_FIELD_EXPIRES, &when) && when > 0 &&
	    when - otp_clock_now_ms() / 1000 < EXPIRY_NOTICE)
		tell_time(module, otp_message_text(OTP_MESSAGE_TOLD_EXPIRY), when);
	if (otp_fields_bool(known, OTP_FIELD_SUSPENDED) ||
	    (state != NULL && strcmp(state, "suspended") == 0))
		otp_converse_info(module, otp_message_text(OTP_MESSAGE_TOLD_SUSPENDED), NULL);
}

int
otp_session_run(struct otp_module *module)
{
	struct otp_fields fields = OTP_FIELDS_INIT;
	enum otp_err err;
	int result;

	if (module->user[0] == '\0')
		return PAM_SESSION_ERR;
	err = otp_fields_put_bool(&fields, OTP_FIELD_PAM, true);
	result = otp_module_ask(module, OTP_VERB_SESSION_OPEN, err, &fields);
	otp_fields_clear(&fields);
	if (result != PAM_SUCCESS)
		return result;
	if (module->answer.err != OTP_OK) {
		if (otp_module_may_ignore(module) && otp_module_is_stranger(module))
			return PAM_IGNORE;
		return otp_module_refusal(module, PAM_SESSION_ERR);
	}
	tell(module);
	return PAM_SUCCESS;
}
