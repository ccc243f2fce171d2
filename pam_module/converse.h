/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talking with the user through the host's conversation function. */
#ifndef OTP_CONVERSE_H
#define OTP_CONVERSE_H

#include "module.h"
#include "secret.h"

/*
 * Asks for a code. PAM_SUCCESS: there was an answer; ret_code is empty when it
 * cannot be a code (none, not 6 to 8 digits). PAM_CONV_ERR, PAM_BUF_ERR otherwise.
 */
int otp_converse_code(const struct otp_module *module, bool is_next, struct otp_secret *ret_code);
/* Only digits, as many as a token may show? Anything else never leaves the module. */
bool otp_converse_is_code(const char *text);

/* Says a translated msgid, with %1 as the argument; silent with PAM_SILENT. */
void otp_converse_error(const struct otp_module *module, const char *msgid);
void otp_converse_info(const struct otp_module *module, const char *msgid, const char *argument);

#endif
