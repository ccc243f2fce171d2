/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A user and his token: how one's sharing ends. */
#include "config.h"

#include "act_binding.h"

void
otp_binding_end(const struct otp_call *call, struct otp_user *user, struct otp_token *token)
{
	otp_token_sharer_remove(token, user->id);
	if (token->n_sharers == 0 && token->state == OTP_TOKEN_ACTIVE)
		token->state = OTP_TOKEN_STOCK;
	user->serial[0] = '\0';
	user->is_bound = false;
	user->was_bound = true;		/* pre-assigned ones too: no stranger from here on */
	user->revoked_at = otp_act_now(call);
	user->epoch++;
	user->register_from = user->register_until = 0;
}
