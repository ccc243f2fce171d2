/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arguments of a pam.d line: all of them understood, or the line is refused. */
#ifndef OTP_OPTIONS_H
#define OTP_OPTIONS_H

#include <security/pam_modules.h>
#include <stdbool.h>

/* Text is borrowed from argv, which lives as long as the call into the module. */
struct otp_options {
	const char *config;		/* NULL: the built-in path */
	const char *socket;		/* NULL: as configured */
	const char *prompt;		/* NULL: ours, translated */
	const char *language;		/* NULL: as configured */
	bool echo;
	bool use_first_pass;
	bool try_first_pass;
	bool nullok;
	bool allow_unregistered;
	bool decoy;
	bool reveal;
	bool debug;
};

/* PAM_SUCCESS, or PAM_SERVICE_ERR after naming the argument in the log. */
int otp_options_parse(pam_handle_t *pamh, int argc, const char **argv,
    struct otp_options *ret_options);

#endif
