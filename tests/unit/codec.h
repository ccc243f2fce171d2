/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every encoding of ours must stand: cut at each length, longer by one, every byte every other value. */
#ifndef TEST_CODEC_H
#define TEST_CODEC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "err.h"
#include "secret.h"

/* Decodes and, if that went well, encodes what came out of it again. */
typedef enum otp_err (*codec_recode)(const void *data, size_t len, struct otp_bytes *ret);

/*
 * `good` comes back as it was; each shorter and each longer one is `refused`;
 * with one byte changed it is refused, or comes back as it was put in.
 */
void codec_hold(codec_recode recode, enum otp_err refused, const struct otp_bytes *good);
/* That one byte string is refused. The copy is exact, so a sanitizer sees a read past its end. */
void codec_refuse(codec_recode recode, enum otp_err refused, const void *data, size_t len);

#endif
