/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Acts on a token and all who share it: whom it concerns is shown first, then it is asked, then done. */
#ifndef OTP_CONCERNED_H
#define OTP_CONCERNED_H

#include "cli.h"

/* What is said above the names, of the token %1, and asked below; after a look at what otpd would do. */
struct otp_concerned {
	enum otp_message heading, question;
};
/*
 * A dry run of the request says who shares the token (SHARERS) and what would be; then otpadm asks (heading and
 * question may be set by `look` to what it says; NULL: they stand), takes what must be shown, and sends the request
 * with EXPECT: refused if somebody else shares it by then. With --dry-run, and where nothing would change, that is all.
 */
enum otp_err otp_concerned_change(struct otp_cli *cli, struct otp_request *request,
    struct otp_concerned say, void (*look)(const struct otp_answer *answer, struct otp_concerned *say));

#endif
