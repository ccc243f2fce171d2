/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Are you sure?" */
#ifndef OTP_ASK_H
#define OTP_ASK_H

#include "err.h"
#include "globals.h"
#include "message.h"

/* `question` is escaped; --yes answers it. NEEDS_YES: no terminal, or the answer was not yes. */
enum otp_err otp_ask(const struct otp_globals *g, const char *question, struct otp_why *why);

#endif
