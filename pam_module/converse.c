/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prompts and messages, in the user's language, without touching the host's locale. */
#include "config.h"

#include "converse.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>

#include "lang.h"

bool
otp_converse_is_code(const char *text)
{
	size_t len = strlen(text);

	return len >= 6 && len <= 8 && strspn(text, "0123456789") == len;
}

static const char *
language(const struct otp_module *module)
{
	if (module->options.language != NULL)
		return module->options.language;
	return module->conf.language[0] != '\0' ? module->conf.language : NULL;
}

static int
ask(const struct otp_module *module, bool is_next, char **ret_response)
{
	int style = module->options.echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
	struct otp_lang_scope scope;
	const char *text;
	int result;

	otp_lang_begin(&scope, language(module));
	if (is_next)
		text = otp_lang(otp_message_text(OTP_MESSAGE_ASK_NEXT_CODE));
	else if (module->options.prompt != NULL)
		text = module->options.prompt;
	else
		text = otp_lang(otp_message_text(OTP_MESSAGE_ASK_CODE));
	result = pam_prompt(module->pamh, style, ret_response, "%s", text);
	otp_lang_end(&scope);
	return result;
}

int
otp_converse_code(const struct otp_module *module, bool is_next, struct otp_secret *ret_code)
{
	char *response = NULL;
	int result;

	otp_secret_clear(ret_code);
	result = ask(module, is_next, &response);
	if (result == PAM_SUCCESS && response != NULL && otp_converse_is_code(response) &&
	    otp_secret_set(ret_code, response, strlen(response)) != OTP_OK)
		result = PAM_BUF_ERR;
	if (response != NULL) {
		otp_wipe(response, strlen(response));
		free(response);
	}
	if (result == PAM_SUCCESS || result == PAM_BUF_ERR)
		return result;
	return PAM_CONV_ERR;
}

static void
tell(const struct otp_module *module, int style, const char *msgid, const char *argument)
{
	struct otp_why why = OTP_WHY_INIT;
	struct otp_lang_scope scope;
	char text[1024];

	if ((module->flags & PAM_SILENT) != 0)
		return;
	(void)OTP_WHY(&why, OTP_OK, ASK_CODE, argument);	/* for its argument only */
	otp_lang_begin(&scope, language(module));
	(void)otp_message_format(text, sizeof(text), otp_lang(msgid), &why);
	otp_lang_end(&scope);
	(void)pam_prompt(module->pamh, style, NULL, "%s", text);
}

void
otp_converse_error(const struct otp_module *module, const char *msgid)
{
	tell(module, PAM_ERROR_MSG, msgid, NULL);
}

void
otp_converse_info(const struct otp_module *module, const char *msgid, const char *argument)
{
	tell(module, PAM_TEXT_INFO, msgid, argument);
}
