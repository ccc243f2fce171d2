/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the arguments of a pam.d line. */
#include "config.h"

#include "options.h"

#include <security/pam_ext.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "text.h"

/* Once: every option, where it goes, and whether it takes a value. */
static const struct option {
	const char *name;
	size_t offset;
	bool takes_value;
} options[] = {
	{ "config", offsetof(struct otp_options, config), true },
	{ "socket", offsetof(struct otp_options, socket), true },
	{ "prompt", offsetof(struct otp_options, prompt), true },
	{ "language", offsetof(struct otp_options, language), true },
	{ "echo", offsetof(struct otp_options, echo), false },
	{ "use_first_pass", offsetof(struct otp_options, use_first_pass), false },
	{ "try_first_pass", offsetof(struct otp_options, try_first_pass), false },
	{ "nullok", offsetof(struct otp_options, nullok), false },
	{ "allow_unregistered", offsetof(struct otp_options, allow_unregistered), false },
	{ "decoy", offsetof(struct otp_options, decoy), false },
	{ "reveal", offsetof(struct otp_options, reveal), false },
	{ "debug", offsetof(struct otp_options, debug), false },
};

static bool
take(struct otp_options *to, const struct option *option, const char *value)
{
	char *member = (char *)to + option->offset;

	if (option->takes_value != (value != NULL))
		return false;
	if (value == NULL)
		*(bool *)(void *)member = true;
	else if (*value == '\0')
		return false;
	else
		*(const char **)(void *)member = value;
	return true;
}

static bool
take_argument(struct otp_options *to, const char *argument)
{
	const char *equals = strchr(argument, '=');
	size_t len = equals != NULL ? (size_t)(equals - argument) : strlen(argument);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strlen(options[i].name) == len && strncmp(options[i].name, argument, len) == 0)
			return take(to, &options[i], equals != NULL ? equals + 1 : NULL);
	}
	return false;
}

int
otp_options_parse(pam_handle_t *pamh, int argc, const char **argv, struct otp_options *ret_options)
{
	struct otp_options read = { 0 };
	char shown[256];

	for (int i = 0; i < argc; i++) {
		if (argv[i] != NULL && take_argument(&read, argv[i]))
			continue;
		pam_syslog(pamh, LOG_ERR, "bad option '%s'", argv[i] == NULL ? "" :
		    otp_text_escape(shown, sizeof(shown), argv[i], strlen(argv[i])));
		return PAM_SERVICE_ERR;
	}
	if (read.config != NULL && read.config[0] != '/') {
		pam_syslog(pamh, LOG_ERR, "bad option 'config': not an absolute path");
		return PAM_SERVICE_ERR;
	}
	*ret_options = read;
	return PAM_SUCCESS;
}
