/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Usage texts, out of verbs.def and the commands' own tables. */
#ifndef OTP_HELP_H
#define OTP_HELP_H

#include <stddef.h>

#include "cli.h"

/* Its one line, in the reader's language. */
const char *otp_help_of(const struct otp_command *command);
/* Listed only for whom it concerns? */
bool otp_help_is_hidden(const struct otp_command *command);

/* "approve", which may be typed for "transfer approve"; NULL: it has no short form. */
const char *otp_help_bare(const struct otp_command *command);

/* Every command. show_hidden: those that not everybody may use are listed too. */
void otp_help_all(const struct otp_command *const commands[], size_t n, bool show_hidden);
/* What there is of a noun; false: nothing. */
bool otp_help_noun(const struct otp_command *const commands[], size_t n, const char *noun);
/* One command: usage, who may, what he shows, its options. */
void otp_help_one(const struct otp_command *command);
/* For a command that there is not: commands whose names are near. */
void otp_help_suggest(const struct otp_command *const commands[], size_t n, const char *noun,
    const char *verb);

#endif
