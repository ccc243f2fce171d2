/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account phase: may this user come in, however he has shown who he is. */
#include "config.h"

#include <string.h>

#include "converse.h"
#include "module.h"

/* Unregistered, with his registration open: let in to register, where the line says so. */
static bool
may_register(const struct otp_module *module)
{
	const char *registration = otp_fields_str(&module->answer.fields, OTP_FIELD_REGISTRATION);

	return module->options.allow_unregistered && registration != NULL &&
	    strcmp(registration, "open") == 0 &&
	    (module->answer.err == OTP_ERR_NOT_APPLICABLE || module->answer.err == OTP_ERR_REVOKED);
}

int
otp_account_run(struct otp_module *module)
{
	struct otp_fields fields = OTP_FIELDS_INIT;
	enum otp_err err;
	int result;

	if (module->user[0] == '\0')
		return PAM_PERM_DENIED;
	err = otp_fields_put_str(&fields, OTP_FIELD_PHASE, "account");
	result = otp_module_ask(module, OTP_VERB_LOGIN_CHECK, err, &fields);
	otp_fields_clear(&fields);
	if (result != PAM_SUCCESS)
		return result;
	if (module->answer.err == OTP_OK || may_register(module))
		return PAM_SUCCESS;
	if (otp_module_may_ignore(module) && otp_module_is_stranger(module))
		return PAM_IGNORE;
	if (module->options.reveal && module->answer.err == OTP_ERR_SUSPENDED)
		otp_converse_error(module, otp_err_text(OTP_ERR_SUSPENDED));
	return otp_module_refusal(module, PAM_PERM_DENIED);
}
