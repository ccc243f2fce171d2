/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that go with every command, and the reading of a command's own. */
#ifndef OTP_GLOBALS_H
#define OTP_GLOBALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <popt.h>

#include "err.h"
#include "message.h"

enum otp_format { OTP_FORMAT_TABLE, OTP_FORMAT_JSON, OTP_FORMAT_JSONL, OTP_FORMAT_CSV };
enum otp_color { OTP_COLOR_AUTO, OTP_COLOR_ALWAYS, OTP_COLOR_NEVER };

/* The strings are popt's copies, ours to free. */
struct otp_globals {
	char *config, *as, *second, *fields, *reason, *credentials;
	enum otp_format format;
	enum otp_color color;
	int64_t timeout_ms;
	int confirm_fd, code_fd;	/* -1: none */
	bool is_dry_run, is_yes, is_quiet, is_verbose, wants_help, wants_version;
};
void otp_globals_init(struct otp_globals *g);
void otp_globals_clear(struct otp_globals *g);

/*
 * A command's own options have the values 1 to OTP_OPTIONS_MAX - 1 in its table, and arg NULL; with OTP_OPTION_JOINS
 * added, what is given when it stands again is joined with a comma.
 */
#define OTP_OPTIONS_MAX 12
#define OTP_OPTION_JOINS 64
#define OTP_ARGUMENTS_MAX 128	/* a hundred names or numbers, and options between them */
struct otp_arguments {
	char *option[OTP_OPTIONS_MAX];	/* by value; NULL: not given; "": takes no value */
	char *arg[OTP_ARGUMENTS_MAX];
	size_t n_args;
};
void otp_arguments_clear(struct otp_arguments *a);

/*
 * Reads argv[1..argc-1]: the global options, and `own` (NULL: none). An option
 * that stands twice counts as it was last given, or as both where it joins. With stops_at_word everything
 * from the first word on is taken as words. USAGE for the first mistake; all
 * of argv is read in any case, so that it is known how to print the mistake.
 */
enum otp_err otp_globals_read(struct otp_globals *g, struct poptOption *own, int argc,
    char **argv, bool stops_at_word, struct otp_arguments *ret, struct otp_why *why);

/* The global options, up to one without a name; argDescrip as in a command's own. */
const struct poptOption *otp_globals_options(void);

/* "--role ROLE" or "--no-login" of the option at `index` of a table; NULL past the end. */
const char *otp_globals_option(const struct poptOption *own, size_t index, const char **ret_value);

#endif
