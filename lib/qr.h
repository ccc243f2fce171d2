/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QR codes, for a terminal and as PNG; the only file that includes libqrencode and libpng. */
#ifndef OTP_QR_H
#define OTP_QR_H

#include <stdbool.h>

#include "err.h"
#include "message.h"
#include "secret.h"

/* Was otpadm built with them? NOT_APPLICABLE with why if not; asked before anything is done. */
enum otp_err otp_qr_is_there(struct otp_why *why);
/*
 * Lines for a terminal, dark on light whatever its colours are: half blocks, or with is_plain two
 * characters a module, in ASCII. ret holds a secret if text does.
 */
enum otp_err otp_qr_text(const char *text, bool is_plain, struct otp_bytes *ret);
/* A PNG, black on white, eight pixels a module. */
enum otp_err otp_qr_png(const char *text, struct otp_bytes *ret);

#endif
