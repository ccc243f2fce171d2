/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stood in a request already: a set of texts of a few kinds, for requests of thousands of rows. */
#ifndef OTP_ACT_SEEN_H
#define OTP_ACT_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct otp_seen_slot;
/* Texts are borrowed for the set's life. */
struct otp_act_seen {
	struct otp_seen_slot *slot;
	size_t n_slots, n;
};
#define OTP_ACT_SEEN_INIT { NULL, 0, 0 }
void otp_act_seen_clear(struct otp_act_seen *seen);
/* OTP_OK: it is new, and in the set now. EXISTS; NO_MEMORY. */
enum otp_err otp_act_seen_add(struct otp_act_seen *seen, char kind, const char *text);
bool otp_act_seen_has(const struct otp_act_seen *seen, char kind, const char *text);

#endif
