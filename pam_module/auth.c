/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The auth phase: ask for the code, have it verified, ask for the next one if otpd says so. */
#include "config.h"

#include <string.h>

#include "converse.h"
#include "module.h"

/* Sent where there is nothing that could be a code: refused after the same work, never counted. */
#define NO_CODE "-"

static int
verify(struct otp_module *module, const struct otp_secret *code)
{
	struct otp_fields fields = OTP_FIELDS_INIT;
	enum otp_err err;
	int result;

	err = otp_fields_put_str(&fields, OTP_FIELD_CODE, code->len > 0 ? code->text : NO_CODE);
	if (err == OTP_OK)
		err = otp_module_put_origin(module, &fields);
	if (err == OTP_OK && module->options.decoy)
		err = otp_fields_put_bool(&fields, OTP_FIELD_DECOY, true);
	result = otp_module_ask(module, OTP_VERB_VERIFY, err, &fields);
	otp_fields_clear(&fields);
	if (result != PAM_SUCCESS)
		return result;
	if (module->answer.err != OTP_OK)
		return otp_module_refusal(module, PAM_AUTH_ERR);
	/* no code, no success, whoever says so */
	return code->len > 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
}

/* What an earlier module asked for, if it can be a code. It is read, never written. */
static void
take_first_pass(const struct otp_module *module, struct otp_secret *ret_code)
{
	const void *item = NULL;

	otp_secret_clear(ret_code);
	if (pam_get_item(module->pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS || item == NULL)
		return;
	if (otp_converse_is_code(item) && otp_secret_set(ret_code, item, strlen(item)) != OTP_OK)
		otp_secret_clear(ret_code);
}

static int
ask_and_verify(struct otp_module *module, bool is_next)
{
	struct otp_secret code = OTP_SECRET_INIT;
	int result;

	result = otp_converse_code(module, is_next, &code);
	if (result == PAM_SUCCESS && module->user[0] == '\0')
		result = PAM_AUTH_ERR;	/* nobody's name: nothing that otpd could be asked */
	else if (result == PAM_SUCCESS)
		result = verify(module, &code);
	otp_secret_clear(&code);
	return result;
}

/*
 * The item first. Whatever it was, if otpd refuses it the user is asked: it may
 * have been a password that looks like a code, which otpd refuses without
 * counting where the token's length differs.
 */
static int
first_code(struct otp_module *module)
{
	struct otp_secret code = OTP_SECRET_INIT;
	int result = PAM_AUTH_ERR;

	if (module->options.use_first_pass || module->options.try_first_pass)
		take_first_pass(module, &code);
	if (module->user[0] != '\0' && (code.len > 0 || module->options.use_first_pass))
		result = verify(module, &code);
	otp_secret_clear(&code);
	if (module->options.use_first_pass || result != PAM_AUTH_ERR)
		return result;
	if (module->answer.err == OTP_ERR_NEXT_CODE)
		return result;
	return ask_and_verify(module, false);
}

/*
 * nullok: PAM_IGNORE for a stranger. PAM_SUCCESS: he must show a code, as must
 * everybody whose state could not be found out for sure.
 */
static int
check_stranger(struct otp_module *module)
{
	struct otp_fields fields = OTP_FIELDS_INIT;
	enum otp_err err;
	int result;

	err = otp_fields_put_str(&fields, OTP_FIELD_PHASE, "auth");
	result = otp_module_ask(module, OTP_VERB_LOGIN_CHECK, err, &fields);
	otp_fields_clear(&fields);
	if (result == PAM_SUCCESS && otp_module_is_stranger(module)) {
		otp_module_debug(module, "not asked for a code", module->user);
		result = PAM_IGNORE;
	}
	otp_answer_clear(&module->answer);
	return result;
}

static int
authenticate(struct otp_module *module)
{
	int result;

	if (otp_module_may_ignore(module)) {
		result = check_stranger(module);
		if (result != PAM_SUCCESS)
			return result;
	}
	result = first_code(module);
	if (module->answer.err == OTP_ERR_NEXT_CODE && result == PAM_AUTH_ERR &&
	    !module->options.use_first_pass)
		result = ask_and_verify(module, true);
	return result;
}

static void
reveal(const struct otp_module *module, int result)
{
	if (!module->options.reveal || result != PAM_AUTH_ERR)
		return;
	if (module->answer.err == OTP_ERR_SUSPENDED || module->answer.err == OTP_ERR_CODE_USED)
		otp_converse_error(module, otp_err_text(module->answer.err));
}

int
otp_auth_run(struct otp_module *module)
{
	int result = authenticate(module);

	reveal(module, result);
	/* whatever was found: a decoy lets nobody in and passes nobody over */
	return module->options.decoy ? PAM_AUTH_ERR : result;
}
