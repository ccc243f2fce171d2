/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where single-use words go: the terminal, or a private file. Never JSON, never a pipe. */
#ifndef OTP_WORDS_H
#define OTP_WORDS_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "message.h"

struct otp_words {
	FILE *out;		/* NULL: not open */
	const char *path;	/* NULL: a terminal */
	bool is_kept;		/* something was written: the file stays */
};
#define OTP_WORDS_INIT { NULL, NULL, false }

/*
 * Before anything is sent: path is made (0600, must not exist), or NULL: the
 * terminal, standard output where that is one and may_stdout. USAGE: there is no terminal.
 */
enum otp_err otp_words_open(
    struct otp_words *w, const char *path, bool may_stdout, struct otp_why *why);
enum otp_err otp_words_put(
    struct otp_words *w, const char *user, const char *word, struct otp_why *why);
/* One line as it is: a secret that is no single-use word. SYSTEM without a why. */
enum otp_err otp_words_put_line(struct otp_words *w, const char *line);
/* OTP_OK: all is on the disk. A file that nothing was written to is removed. */
enum otp_err otp_words_sync(struct otp_words *w, struct otp_why *why);
void otp_words_close(struct otp_words *w);

#endif
