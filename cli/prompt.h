/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions on the terminal (/dev/tty, whatever the standard streams are). */
#ifndef OTP_PROMPT_H
#define OTP_PROMPT_H

#include <stdbool.h>

#include "err.h"
#include "secret.h"

/* The terminal for writing, or -1. */
int otp_prompt_open(void);
bool otp_prompt_is_possible(void);
/*
 * Shows `text` (escaped already) and reads one line. Without echo what is
 * typed is not shown. A signal that ends or stops otpadm finds the terminal as
 * it was before. USAGE: there is no terminal, or nothing was entered;
 * BAD_INPUT: too long.
 */
enum otp_err otp_prompt(const char *text, bool with_echo, struct otp_secret *ret);

#endif
