/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call into the module: the line's options, the configuration, the user, otpd's answer. */
#ifndef OTP_MODULE_H
#define OTP_MODULE_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "conf.h"
#include "options.h"
#include "parse.h"
#include "wire.h"

/*
 * Lives for one call of pam_sm_*, on the heap: a host's threads may have small
 * stacks, and nothing may be global.
 */
struct otp_module {
	pam_handle_t *pamh;		/* borrowed */
	int flags;			/* PAM_SILENT, PAM_DISALLOW_NULL_AUTHTOK */
	struct otp_options options;
	struct otp_conf conf;
	char user[OTP_NAME_MAX + 1];	/* canonical; "": cannot be a user's name */
	struct otp_answer answer;	/* the last one */
};

/* PAM_SUCCESS, or the code to return: PAM_SERVICE_ERR, PAM_BUF_ERR, PAM_CONV_ERR. */
int otp_module_new(pam_handle_t *pamh, int flags, int argc, const char **argv,
    struct otp_module **ret);
void otp_module_free(struct otp_module **module);	/* wipes */

/*
 * Asks otpd; `fields` are the verb's own without the user and the service,
 * which are added here, and `err` is what filling them came to. PAM_SUCCESS says
 * only that an answer is in module->answer, whose err is the verdict. Otherwise
 * PAM_AUTHINFO_UNAVAIL or PAM_BUF_ERR, logged.
 */
int otp_module_ask(struct otp_module *module, enum otp_verb verb, enum otp_err err,
    const struct otp_fields *fields);

/* Where the host calls from, cleaned for the wire: RHOST, TTY. */
enum otp_err otp_module_put_origin(const struct otp_module *module, struct otp_fields *fields);

/*
 * What an answer that is no success means: `refused` for everything that is the
 * user's matter, PAM_AUTHINFO_UNAVAIL (logged) for everything that is not.
 */
int otp_module_refusal(const struct otp_module *module, int refused);

/* nullok, where the host has not forbidden it. */
bool otp_module_may_ignore(const struct otp_module *module);
/* The answer says: unknown to the store, or never had a token. */
bool otp_module_is_stranger(const struct otp_module *module);

/* To the log, where the line says debug. Never a secret. */
void otp_module_debug(const struct otp_module *module, const char *what, const char *value);

/* The phases, one file each: PAM return codes. */
int otp_auth_run(struct otp_module *module);
int otp_account_run(struct otp_module *module);
int otp_session_run(struct otp_module *module);

#endif
