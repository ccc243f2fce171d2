/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an event of the audit has to be told to whom: kinds of notice, and their recipients as they are now. */
#ifndef OTP_ACT_NOTICE_H
#define OTP_ACT_NOTICE_H

#include "act.h"
#include "notice_kind.h"
#include "pending.h"

struct otp_notice {
	struct otp_notice_id id;
	char user[OTP_NAME_MAX + 1];		/* the recipient */
	char to[OTP_NAME_MAX + 1];		/* his address, or his name where he has none */
	char language[OTP_CONF_TEXT_MAX];	/* his, or the site's, "" */
	bool is_old_address;			/* to is not his any more */
	struct otp_fields content;		/* what notice.h makes a text of; borrowed by who is given it */
};

#define OTP_NOTICE_KINDS_MAX 4	/* of one event: their place is part of a mail's number */
struct otp_notice_kinds {
	struct {
		enum otp_notice_kind kind;
		const char *user;	/* whom it is about, "": those whom the event names; the event's */
	} kind[OTP_NOTICE_KINDS_MAX];
	unsigned n;
};
void otp_notice_kinds(const struct otp_event *event, struct otp_notice_kinds *ret);
/* A pre-assigned user's first right code, at a service or as an operator: there the event may be about another. */
bool otp_notice_is_first_code(const struct otp_event *event);

/* Anything but OTP_OK stops with it. */
typedef enum otp_err (*otp_notice_each)(void *ctx, const struct otp_notice *notice);
/* Every notice that the event brings, in the order of their ids; who is gone meanwhile gets none. */
enum otp_err otp_notice_of_event(struct otp_call *call, const struct otp_company *company,
    uint64_t seq, const struct otp_event *event, otp_notice_each each, void *ctx);
/* Address and language as they are now of the user who had this id. NOT_FOUND: he is gone. */
enum otp_err otp_notice_recipient(struct otp_call *call, const char *name, uint64_t user_id,
    struct otp_notice *ret);

#endif
