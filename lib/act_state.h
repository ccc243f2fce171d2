/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What acts remember from call to call, in memory only: floods of denials, and wrong passwords by peer. */
#ifndef OTP_ACT_STATE_H
#define OTP_ACT_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "event.h"

#define OTP_FLOOD_FREE 5	/* denials of one user, service and minute that are events of their own */
#define OTP_FLOOD_SLOTS 256
#define OTP_PEER_SLOTS 64
#define OTP_PASSWORD_FREE 3	/* wrong confirmation passwords in a row without a wait */
#define OTP_PASSWORD_WAIT_MAX 300

struct otp_act_state;
enum otp_err otp_act_state_new(struct otp_act_state **ret);
void otp_act_state_free(struct otp_act_state **state);

/*
 * Counts a denial about `user` (as far as floods are told apart: "" for
 * strangers) in this minute. True: it is one too many and is only counted, for
 * otp_act_state_take to hand out later.
 */
bool otp_act_state_flood(struct otp_act_state *state, const char *user, const struct otp_event *event);
/* Takes one flood whose minute is over (is_last: any) as an event with its count; false: there is none. */
bool otp_act_state_take(struct otp_act_state *state, int64_t now_ms, bool is_last,
    struct otp_event *ret);

/* Seconds to wait after n wrong passwords in a row: none for the first two, 1 after the third, doubling up to 300. */
int64_t otp_act_password_wait(uint32_t n_wrong);
/* Until when (seconds) this peer uid is to wait; 0: it need not. */
int64_t otp_act_state_peer_until(const struct otp_act_state *state, uid_t uid);
void otp_act_state_peer_wrong(struct otp_act_state *state, uid_t uid, int64_t now);
void otp_act_state_peer_right(struct otp_act_state *state, uid_t uid);

#endif
