/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stand-in for a password module, so that stacks can be tried without root:
 * password=TEXT asks "Password: ", keeps the answer as PAM_AUTHTOK and compares;
 * set=TEXT sets PAM_AUTHTOK without asking; expect=TEXT fails unless PAM_AUTHTOK is just that.
 */
#include "config.h"

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static int
ask(pam_handle_t *pamh, const char *password)
{
	char *answer = NULL;
	int result = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "Password: ");

	if (result != PAM_SUCCESS || answer == NULL)
		return PAM_CONV_ERR;
	result = pam_set_item(pamh, PAM_AUTHTOK, answer);
	if (result == PAM_SUCCESS && strcmp(answer, password) != 0)
		result = PAM_AUTH_ERR;
	explicit_bzero(answer, strlen(answer));
	free(answer);
	return result;
}

static int
expect(pam_handle_t *pamh, const char *text)
{
	const void *item = NULL;

	if (pam_get_item(pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS || item == NULL)
		item = "";
	return strcmp(item, text) == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
}

EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags __attribute__((unused)), int argc,
    const char **argv)
{
	int result = PAM_SUCCESS;

	for (int i = 0; i < argc && result == PAM_SUCCESS; i++) {
		if (strncmp(argv[i], "password=", 9) == 0)
			result = ask(pamh, argv[i] + 9);
		else if (strncmp(argv[i], "set=", 4) == 0)
			result = pam_set_item(pamh, PAM_AUTHTOK, argv[i] + 4);
		else if (strncmp(argv[i], "expect=", 7) == 0)
			result = expect(pamh, argv[i] + 7);
		else
			result = PAM_SERVICE_ERR;
	}
	return result;
}

EXPORT int
pam_sm_setcred(pam_handle_t *pamh __attribute__((unused)), int flags __attribute__((unused)),
    int argc __attribute__((unused)), const char **argv __attribute__((unused)))
{
	return PAM_SUCCESS;
}
