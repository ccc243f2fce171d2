/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a user stands with his token, who is able, who can unlock: what guards and answers share. */
#ifndef OTP_ACT_STANDING_H
#define OTP_ACT_STANDING_H

#include "act.h"

enum otp_standing {
	OTP_STANDING_UNKNOWN,		/* not a user */
	OTP_STANDING_DISABLED,
	OTP_STANDING_NEVER_BOUND,	/* no token, never had one */
	OTP_STANDING_REVOKED,		/* no token any more, or a retired one */
	OTP_STANDING_LOST,
	OTP_STANDING_SUSPENDED,
	OTP_STANDING_EXPIRED,
	OTP_STANDING_PREASSIGNED,	/* waits for the first right code */
	OTP_STANDING_REGISTERED,
	OTP_STANDING_COUNT
};
const char *otp_standing_name(enum otp_standing standing);	/* "never-bound" */
/* "open" or "closed", as of now. */
const char *otp_standing_registration(const struct otp_user *user, int64_t now);
const char *otp_standing_binding(const struct otp_user *user);	/* "none", "preassigned", "registered" */
/* A token's state, with what follows from its dates: "expired" for one that would be stock or active. */
const char *otp_standing_token_name(const struct otp_token *token, int64_t now);

/* ret_token is filled if the user has one. INTEGRITY when user and token disagree. */
enum otp_err otp_standing_of(struct otp_call *call, const struct otp_user *user,
    struct otp_token *ret_token, enum otp_standing *ret);
/* Enabled, with a confirmation password and a token that works now. */
enum otp_err otp_standing_is_able(struct otp_call *call, const struct otp_user *user, bool *ret);
/* Somebody of the company's list, by name and id: a name that came back is another user (INTEGRITY). */
enum otp_err otp_standing_load_staff(struct otp_call *call, const struct otp_staff *staff,
    struct otp_user *ret);
/* Is there another able one who may reset this administrator's or master's password? */
enum otp_err otp_standing_has_other(struct otp_call *call, const struct otp_user *user, bool *ret);

/* Administrators and masters who could lift the token's suspension now: CAN_UNLOCK into fields. */
enum otp_err otp_standing_put_unlockers(struct otp_call *call, struct otp_token *token,
    struct otp_fields *fields);
/* The first few of them as "a, b, …" for a sentence; "" if there is none. */
enum otp_err otp_standing_unlockers_text(struct otp_call *call, struct otp_token *token,
    struct otp_bytes *ret);

/* "external:approve"; "" for what is not one right. */
const char *otp_standing_right_name(uint32_t right);
/* RIGHTS in force and RIGHTS_WAITING for the next session. */
enum otp_err otp_standing_put_rights(const struct otp_user *user, struct otp_fields *fields);
/* That, and accounts and limits in force and waiting, and the currency of these. */
enum otp_err otp_standing_put_permit(struct otp_call *call, const struct otp_user *user,
    struct otp_fields *fields);
/* What everybody may know of himself: STATE, BINDING, REGISTRATION and its times, SERIAL, LAST_SUCCESS, EXPIRES. */
enum otp_err otp_standing_put(struct otp_call *call, const struct otp_user *user,
    struct otp_token *token, enum otp_standing standing, struct otp_fields *fields);
/* SHARERS: all of them by name. */
enum otp_err otp_standing_put_sharers(const struct otp_token *token, struct otp_fields *fields);
/* The name of who is meant by an id among the sharers, NULL: none of them. */
const char *otp_standing_sharer_name(const struct otp_token *token, uint64_t user_id);

/* Who suspended the token: by his codes or his report one who shares it, by hand one of the company's list; "": unknown. */
enum otp_err otp_standing_stopper(struct otp_call *call, const struct otp_token *token,
    char ret[OTP_NAME_MAX + 1]);
/* SUSPENDED_AT, SUSPENDED_BY and SUSPENDED_HOW of a suspended token; of others nothing. */
enum otp_err otp_standing_put_suspended(struct otp_call *call, const struct otp_token *token,
    struct otp_fields *fields);

#endif
