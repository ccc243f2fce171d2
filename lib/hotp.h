/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4226 HOTP values and RFC 6238 time steps: pure. */
#ifndef OTP_HOTP_H
#define OTP_HOTP_H

#include <stddef.h>
#include <stdint.h>

#include "choices.h"
#include "crypto.h"

/* HOTP(K, C) as a number below 10^digits (RFC 4226 section 5.3, with the hash of RFC 6238 section 1.2). */
enum otp_err otp_hotp(enum otp_hash h, const void *seed, size_t len, uint64_t counter, unsigned digits,
    uint32_t *ret);
/* The same with a MAC keyed with the seed (otp_mac_new_hash): for many counters of one token. */
enum otp_err otp_hotp_mac(struct otp_mac *m, uint64_t counter, unsigned digits, uint32_t *ret);
/* floor(time / step), time in ms since 1970, step in seconds > 0; times before 1970 give 0. */
uint64_t otp_totp_step(int64_t time_ms, unsigned step_seconds);
/* "%0*u" without printf's locale; buf has digits + 1 bytes */
void otp_hotp_text(char *buf, uint32_t value, unsigned digits);

#endif
