/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Are you sure?" */
#include "config.h"

#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prompt.h"

enum otp_err
otp_ask(const struct otp_globals *g, const char *question, struct otp_why *why)
{
	struct otp_secret line = OTP_SECRET_INIT;
	char text[1024];
	enum otp_err err;
	bool is_yes;

	if (g->is_yes)
		return OTP_OK;
	if (!otp_prompt_is_possible())
		return OTP_WHY(why, OTP_ERR_NEEDS_YES, NO_TERMINAL_TO_ASK);
	(void)snprintf(text, sizeof(text), "%s [y/N] ", question);
	err = otp_prompt(text, true, &line);
	/* rpmatch knows the locale's yes; "y" is always one */
	is_yes = err == OTP_OK && (rpmatch(line.text) == 1 || strcmp(line.text, "y") == 0);
	otp_secret_clear(&line);
	return is_yes ? OTP_OK : OTP_WHY(why, OTP_ERR_NEEDS_YES, NOT_CONFIRMED);
}
