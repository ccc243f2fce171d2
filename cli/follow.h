/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit as it grows. */
#ifndef OTP_FOLLOW_H
#define OTP_FOLLOW_H

#include "cli.h"

/*
 * Prints the rows that `filters` let through, and then what comes, asking every second, until SIGINT or SIGTERM, or
 * until nobody reads standard output any more: OTP_OK. A service that is away for a while is waited for.
 */
enum otp_err otp_follow(struct otp_cli *cli, const struct otp_fields *filters);

#endif
