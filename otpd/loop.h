/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop: wait, take, decide, flush, answer. */
#ifndef OTPD_LOOP_H
#define OTPD_LOOP_H

#include "err.h"

struct otpd;

/*
 * Until it is told to stop (a one-shot: until its client is gone). SYSTEM: a helper
 * died. A failed flush does not return: the process ends, nobody is answered.
 */
enum otp_err otpd_loop(struct otpd *d);

#endif
