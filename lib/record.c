/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all records have in common: bounds of their values, and the end of encoding and decoding. */
#include "config.h"

#include <string.h>

#include "record.h"

bool
otp_record_is_time(int64_t seconds)
{
	return seconds >= 0 && seconds <= OTP_TIME_MAX;
}

bool
otp_record_is_time_ms(int64_t ms)
{
	return ms >= 0 && ms / 1000 <= OTP_TIME_MAX;
}

bool
otp_record_is_amount(int64_t minor)
{
	return minor >= 0 && minor <= OTP_AMOUNT_MAX;
}

bool
otp_record_is_hash(const char *text)
{
	if (text[0] == '\0')
		return true;
	if (text[0] != '$')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	return true;
}

bool
otp_record_are_times(const int64_t *times, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!otp_record_is_time(times[i]) || (i > 0 && times[i] < times[i - 1]))
			return false;
	return true;
}

enum otp_err
otp_record_encoded(const struct otp_enc *enc, struct otp_bytes *ret)
{
	if (enc->err == OTP_OK)
		return OTP_OK;
	otp_bytes_clear(ret);
	return enc->err == OTP_ERR_BAD_INPUT ? OTP_ERR_INTERNAL : enc->err;
}

enum otp_err
otp_record_decoded(const struct otp_dec *dec, bool is_valid)
{
	return is_valid && otp_dec_end(dec) == OTP_OK ? OTP_OK : OTP_ERR_INTEGRITY;
}

void
otp_record_add_time(int64_t *times, uint32_t *n, uint32_t max, int64_t now)
{
	uint32_t drop = *n >= max ? *n - max + 1 : 0;

	while (drop < *n && times[drop] <= now - OTP_DAY)
		drop++;
	if (drop > 0)
		memmove(times, times + drop, (*n - drop) * sizeof(*times));
	*n -= drop;
	times[*n] = *n > 0 && times[*n - 1] > now ? times[*n - 1] : now;
	(*n)++;
}

uint32_t
otp_record_times_within_day(const int64_t *times, uint32_t n, int64_t now)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++)
		if (times[i] > now - OTP_DAY)
			found++;
	return found;
}

/* ---- days ---- */

bool
otp_record_is_day(int64_t day)
{
	return day >= 0 && day <= OTP_DAY_MAX;
}

bool
otp_record_is_day_total(const struct otp_day_total *total)
{
	return otp_record_is_day(total->day) && otp_record_is_amount(total->total) &&
	    (total->day != 0 || total->total == 0);
}

int64_t
otp_day_total_on(const struct otp_day_total *total, int64_t day)
{
	return total->day >= day ? total->total : 0;
}

enum otp_err
otp_day_total_add(struct otp_day_total *total, int64_t day, int64_t amount)
{
	int64_t before = otp_day_total_on(total, day);

	if (amount < 0 || amount > OTP_AMOUNT_MAX - before)
		return OTP_ERR_OVER_LIMIT;
	/* a clock that went back opens no old day */
	total->day = total->day > day ? total->day : day;
	total->total = before + amount;
	return OTP_OK;
}

void
otp_day_total_take(struct otp_day_total *total, int64_t day, int64_t amount)
{
	if (total->day != day)
		return;
	total->total = amount < total->total ? total->total - amount : 0;
}

void
otp_day_total_put(struct otp_enc *enc, const struct otp_day_total *total)
{
	otp_enc_i64(enc, total->day);
	otp_enc_i64(enc, total->total);
}

void
otp_day_total_get(struct otp_dec *dec, struct otp_day_total *ret)
{
	ret->day = otp_dec_i64(dec);
	ret->total = otp_dec_i64(dec);
}
