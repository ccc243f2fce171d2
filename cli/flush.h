/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm notify flush: fetched from otpd, sent one by one, reported every few mails. */
#ifndef OTP_FLUSH_H
#define OTP_FLUSH_H

#include "cli.h"

extern const enum otp_field otp_flush_columns[];
/* PARTIAL: some were not sent; UNAVAILABLE: none was; BUSY: another flush is at work. */
enum otp_err otp_flush(struct otp_cli *cli);

#endif
