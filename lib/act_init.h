/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beginning: a store with its company and its first master. */
#ifndef OTP_ACT_INIT_H
#define OTP_ACT_INIT_H

#include "act.h"

/*
 * Makes the store through call->make_store, whose owner must have put the
 * keyring into call->ring by then; call->store is the new one afterwards. A store that was made but has
 * no company yet (the first try broke off) is taken as it is. Answer: MASTER OPEN_UNTIL WORD.
 */
enum otp_err otp_act_init(struct otp_call *call);

#endif
