/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only reader of clocks, for programs: lib code gets `now` as an argument. Also days in a zone. */
#ifndef OTP_CLOCK_H
#define OTP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

int64_t otp_clock_now_ms(void);		/* CLOCK_REALTIME, milliseconds since 1970 */
int64_t otp_clock_steady_ms(void);	/* CLOCK_MONOTONIC, for deadlines */
bool otp_clock_is_synchronised(void);	/* adjtimex; a warning's matter only */

/*
 * The number of the local day (days since 1970-01-01) in an IANA zone
 * ("Asia/Tokyo", "UTC"). The zone was checked by otp_clock_zone_check.
 * Must not change the process's TZ for good; otpd is single-threaded.
 * BAD_INPUT: no such name; NOT_FOUND: not installed (never UTC instead).
 */
enum otp_err otp_clock_zone_check(const char *zone);
enum otp_err otp_clock_day(const char *zone, int64_t seconds, int64_t *ret_day);

#endif
