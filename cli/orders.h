/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands on transfers share: numbers, asking otpd something beside, showing before asking. */
#ifndef OTP_ORDERS_H
#define OTP_ORDERS_H

#include "cli.h"

/* A transfer's number as it is typed: USAGE. */
enum otp_err otp_orders_number(struct otp_cli *cli, const char *text, int64_t *ret);
/* Another verb than the command's own, without a proof; the answer is cli->answer. */
enum otp_err otp_orders_ask(struct otp_cli *cli, enum otp_verb verb, struct otp_request *request,
    otp_client_row row, void *ctx);
/*
 * Each number of the command line: looked up, a row with its ID (and DIGEST: as it was shown) into the
 * request, and all of them shown on standard error. Then asks `question`.
 */
enum otp_err otp_orders_show(struct otp_cli *cli, struct otp_request *request, bool with_digest,
    enum otp_message question);

#endif
