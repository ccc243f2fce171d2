/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement of a code: the one place that may say ALLOW. */
#ifndef OTP_ACT_VERIFY_H
#define OTP_ACT_VERIFY_H

#include "act.h"

/* How a code came: decides which counters a wrong one moves. */
enum otp_code_source {
	OTP_CODE_SERVICE,	/* PAM as root or a trusted peer, or after a right password */
	OTP_CODE_UNPROVEN,	/* a local caller for himself over the socket, nothing else shown */
};

/*
 * Judges `code` of `user` against his token: states, window, single use,
 * counters, suspension, the failure ceiling. Stages the changed token (and user)
 * in the store; does not commit. Returns OTP_OK for a right code, CODE_USED, NEXT_CODE,
 * AUTH_FAILED (wrong or not well-formed), SUSPENDED, LOST, EXPIRED, REVOKED,
 * NOT_APPLICABLE (not registered), CLOCK, INTEGRITY …; *ret_changed says
 * whether anything was staged. event gets serial, step, counters as details.
 */
enum otp_err otp_code_judge(struct otp_call *call, struct otp_user *user, const char *code,
    enum otp_code_source source, struct otp_event *event, bool *ret_changed);

/* ---- the judgement's parts, for registration, where no user is bound yet ---- */
/*
 * Looks for the code in the token's window. Not well-formed: MISS, after the same
 * work. near_step: where "enter the next code" was said, or OTP_STEP_NONE.
 */
enum otp_err otp_code_search(const struct otp_call *call, const struct otp_token *token,
    const char *code, uint64_t near_step, enum otp_window_found *ret_found, uint64_t *ret_step);
/* The same work as a search, on a token that nobody has. */
void otp_code_waste(const struct otp_call *call, const char *code);
/*
 * The next commit's event tells that this step was used up. To be called for one that was answered "enter the next
 * code", when the next one has come: it was shown as well.
 */
void otp_code_note_used(struct otp_call *call, const struct otp_token *token, uint64_t step);
/* Uses the step up: last used, window, the counters that a success of one's own clears. */
void otp_code_accept(struct otp_call *call, struct otp_token *token, struct otp_sharer *sharer,
    uint64_t step);
/* ---- two codes in a row (resync): nobody is let in by them ---- */
/*
 * Codes of two steps in a row, both newer than the last used one and within
 * range_steps (window.h); *ret_step: the second. Not well-formed: not found, after the same work.
 */
enum otp_err otp_code_pair(const struct otp_call *call, const struct otp_token *token, const char *code1,
    const char *code2, uint64_t range_steps, bool *ret_is_found, uint64_t *ret_step);
/* Uses both up and sets the interval. No counter moves: only a success of one's own clears one's own. */
void otp_code_accept_pair(struct otp_call *call, struct otp_token *token, uint64_t step);
/*
 * Counts a wrong pair as a wrong code: of `user` where he shares the token, else on
 * the token alone. Changes the token (and saves the user who lost it by the failure ceiling); AUTH_FAILED.
 */
enum otp_err otp_code_wrong_pair(struct otp_call *call, struct otp_user *user, struct otp_token *token);

/* A token in stock or in use, within its dates? */
bool otp_code_is_live(const struct otp_token *token, int64_t now);

enum otp_err otp_act_verify(struct otp_call *call);

#endif
