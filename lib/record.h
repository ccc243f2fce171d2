/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all records have in common: bounds of their values, and the end of encoding and decoding. */
#ifndef OTP_RECORD_H
#define OTP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "encode.h"
#include "err.h"
#include "secret.h"

#define OTP_RECORD_MAX 61440			/* bytes of one record, as OTP_RECORD_VALUE_MAX */
#define OTP_TIME_MAX 253402300799		/* the last second of the year 9999 */
#define OTP_AMOUNT_MAX 1000000000000000		/* 10^15 minor units */
#define OTP_DAY 86400

/* Nothing from outside these bounds stands in a record, so that sums of them cannot overflow. */
bool otp_record_is_time(int64_t seconds);	/* 0 (unset) to OTP_TIME_MAX */
bool otp_record_is_time_ms(int64_t ms);
bool otp_record_is_amount(int64_t minor);
/* printable ASCII without blanks that begins with '$', or "" */
bool otp_record_is_hash(const char *text);
/* in bounds, and none earlier than the one before it */
bool otp_record_are_times(const int64_t *times, uint32_t n);

/* What was counted on one local day (otp_clock_day): another day begins with nothing. */
struct otp_day_total {
	int64_t day;	/* 0: nothing counted yet */
	int64_t total;	/* minor units, 0 to OTP_AMOUNT_MAX */
};
#define OTP_DAY_MAX 2932896		/* the last day of the year 9999 */
bool otp_record_is_day(int64_t day);
bool otp_record_is_day_total(const struct otp_day_total *total);
/* Of that day, or of a later one: nothing is forgotten because the clock went back. */
int64_t otp_day_total_on(const struct otp_day_total *total, int64_t day);
/* Counts, on a new day from nothing. OVER_LIMIT: more than a record can say; nothing was counted. */
enum otp_err otp_day_total_add(struct otp_day_total *total, int64_t day, int64_t amount);
/* Gives back what was counted on that day; on any other day nothing is given back. */
void otp_day_total_take(struct otp_day_total *total, int64_t day, int64_t amount);
void otp_day_total_put(struct otp_enc *enc, const struct otp_day_total *total);
void otp_day_total_get(struct otp_dec *dec, struct otp_day_total *ret);

/* OTP_OK, or clears ret: INTERNAL if the record was too long, which no valid one is. */
enum otp_err otp_record_encoded(const struct otp_enc *enc, struct otp_bytes *ret);
/* INTEGRITY unless all was read, nothing was left over, and the values are valid. */
enum otp_err otp_record_decoded(const struct otp_dec *dec, bool is_valid);

/*
 * Times of the last day, oldest first, in an array of max: drops what is older
 * than a day before now, or the oldest when full, and adds now; if the clock
 * went back, the newest time again, so that the order stays.
 */
void otp_record_add_time(int64_t *times, uint32_t *n, uint32_t max, int64_t now);
/* How many lie within the day before now; one in the future counts. */
uint32_t otp_record_times_within_day(const int64_t *times, uint32_t n, int64_t now);

#endif
