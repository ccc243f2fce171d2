/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user and his token: how one's sharing ends. */
#ifndef OTP_ACT_BINDING_H
#define OTP_ACT_BINDING_H

#include "act.h"

/*
 * Ends this user's sharing of `token` (registered or pre-assigned), not the others'. His epoch rises, so what he
 * approved and what waits to be executed is void; his registration is closed. The last sharer gone: the token goes to
 * stock, but one that is suspended, lost or retired stays so. Changes both, saves neither.
 */
void otp_binding_end(const struct otp_call *call, struct otp_user *user, struct otp_token *token);

#endif
