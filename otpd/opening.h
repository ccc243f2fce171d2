/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store: opened as soon as it can be, made by init, closed at the end. */
#ifndef OTPD_OPENING_H
#define OTPD_OPENING_H

#include "act.h"

struct otpd;

/*
 * Tries again where it is time. OTP_OK: it is open. Otherwise d->store_err and
 * d->store_why say why not; BUSY: somebody has the lock.
 */
enum otp_err otpd_opening_try(struct otpd *d, int64_t steady_ms);
/* As otp_call.make_store; ctx is a struct otpd_making. Sets ring in the call. */
struct otpd_making {
	struct otpd *d;
	struct otp_call *call;
};
enum otp_err otpd_opening_make(void *ctx, struct otp_store_site *site, struct otp_store **ret,
    struct otp_why *why);
/*
 * As otp_call.open_unmarked, ctx likewise: the store that was refused with ROLLBACK, whatever its mark says. Then
 * drop_unmarked: closes it again if it did not get a new one.
 */
enum otp_err otpd_opening_unmarked(void *ctx, struct otp_store **ret, struct otp_why *why);
void otpd_opening_drop_unmarked(struct otpd *d);
/* Commits what the acts still remember, and closes. */
enum otp_err otpd_opening_close(struct otpd *d);
/* One-shot by root: becomes the owner of the store, or where there is none, of `state`. */
enum otp_err otpd_opening_become_owner(const struct otp_conf *conf, struct otp_why *why);

#endif
