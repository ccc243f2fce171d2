/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking otpd: over its socket, or one-shot through a child of our own. */
#ifndef OTP_CLIENT_H
#define OTP_CLIENT_H

#include <stdint.h>

#include "conf.h"
#include "err.h"
#include "message.h"
#include "wire.h"

/* Thread-safe: no globals, no signals, no environment. All descriptors are O_CLOEXEC and none is 0 to 2. */
struct otp_client;

/*
 * Connects to conf->socket, and checks that the server is uid 0, the service's
 * or the store's owner; or, with socket = none, starts `conf->otpd --once
 * --config FILE` on a socket pair (the caller must be root or the store's owner).
 * UNAVAILABLE when nobody answers. timeout_ms bounds connect, every call, and
 * within a call that brings rows every packet of them.
 */
enum otp_err otp_client_open(const struct otp_conf *conf, int64_t timeout_ms,
    struct otp_client **ret, struct otp_why *why);
/* Always one-shot, whatever the socket says (restore, migrate; init without a running service). */
enum otp_err otp_client_open_once(const struct otp_conf *conf, int64_t timeout_ms,
    struct otp_client **ret, struct otp_why *why);
void otp_client_free(struct otp_client **client);

/* Called for each row as it comes; anything but OTP_OK stops the call with that error. */
typedef enum otp_err (*otp_client_row)(void *ctx, const struct otp_fields *row);

/*
 * One request, its answer. The return value says whether an answer came:
 * UNAVAILABLE (nothing was sent), OUTCOME_UNKNOWN (sent, no answer: never
 * retried here), BAD_INPUT (an answer of rubbish). With OTP_OK look at
 * ret_answer->err. Rows go to `row` when it is not NULL, else they are in ret_answer (bounded).
 */
enum otp_err otp_client_call(struct otp_client *client, const struct otp_request *request,
    otp_client_row row, void *ctx, struct otp_answer *ret_answer, struct otp_why *why);

#endif
