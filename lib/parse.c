/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict readers of numbers, durations, sizes, times and amounts: the whole text or nothing. */
#include "config.h"

#include <string.h>

#include "parse.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *p, at least one; *p is behind them then. */
static bool
take_number(const char **p, uint64_t *ret)
{
	uint64_t v = 0;
	const char *s = *p;

	for (; is_digit(*s); s++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	if (s == *p)
		return false;
	*p = s;
	*ret = v;
	return true;
}

enum otp_err
otp_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;

	if (text == NULL || !take_number(&text, &v) || *text != '\0' || v < min || v > max)
		return OTP_ERR_BAD_INPUT;
	*ret = v;
	return OTP_OK;
}

enum otp_err
otp_parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	bool is_negative = text != NULL && *text == '-';
	uint64_t v;
	int64_t n;

	if (text == NULL)
		return OTP_ERR_BAD_INPUT;
	if (is_negative)
		text++;
	if (!take_number(&text, &v) || *text != '\0')
		return OTP_ERR_BAD_INPUT;
	if (v > (uint64_t)INT64_MAX + (is_negative ? 1 : 0))
		return OTP_ERR_BAD_INPUT;
	if (!is_negative)
		n = (int64_t)v;
	else	/* INT64_MIN has no positive twin */
		n = v > 0 ? -(int64_t)(v - 1) - 1 : 0;
	if (n < min || n > max)
		return OTP_ERR_BAD_INPUT;
	*ret = n;
	return OTP_OK;
}

enum otp_err
otp_parse_duration(const char *text, int64_t *ret_seconds)
{
	const uint64_t max = 36500ull * 86400;	/* 100 years */
	uint64_t v, unit = 1;

	if (text == NULL || !take_number(&text, &v))
		return OTP_ERR_BAD_INPUT;
	if (*text == 'm')
		unit = 60;
	else if (*text == 'h')
		unit = 3600;
	else if (*text == 'd')
		unit = 86400;
	if (unit > 1 || *text == 's')
		text++;
	if (*text != '\0' || v > max / unit)
		return OTP_ERR_BAD_INPUT;
	*ret_seconds = (int64_t)(v * unit);
	return OTP_OK;
}

enum otp_err
otp_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned shift = 0;
	uint64_t v;

	if (text == NULL || !take_number(&text, &v))
		return OTP_ERR_BAD_INPUT;
	unit = *text != '\0' ? strchr(units, *text) : NULL;
	if (unit != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		text++;
	}
	if (*text != '\0' || v > UINT64_MAX >> shift)
		return OTP_ERR_BAD_INPUT;
	*ret_bytes = v << shift;
	return OTP_OK;
}

/* Exactly n digits at *p; *p is behind them then. */
static bool
take_digits(const char **p, unsigned n, unsigned *ret)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++, (*p)++) {
		if (!is_digit(**p))
			return false;
		v = 10 * v + (unsigned)(**p - '0');
	}
	*ret = v;
	return true;
}

static bool
take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static int64_t
days_from_civil(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2 ? 1 : 0);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* "T10:00:00Z", "T10:00:00.5+09:00": into seconds to add to the date. A leap second is refused. */
static bool
take_time_of_day(const char **p, int64_t *ret)
{
	unsigned hour, minute, second, off_hour, off_minute, fraction;
	int64_t offset;
	bool is_west;

	if (!(take_char(p, 'T') || take_char(p, 't')) || !take_digits(p, 2, &hour) ||
	    !take_char(p, ':') || !take_digits(p, 2, &minute) || !take_char(p, ':') ||
	    !take_digits(p, 2, &second) || hour > 23 || minute > 59 || second > 59)
		return false;
	*ret = (int64_t)hour * 3600 + minute * 60 + second;
	if (take_char(p, '.')) {
		if (!take_digits(p, 1, &fraction))
			return false;
		while (is_digit(**p))
			(*p)++;
	}
	if (take_char(p, 'Z') || take_char(p, 'z'))
		return true;
	is_west = **p == '-';
	if (!(take_char(p, '+') || take_char(p, '-')) || !take_digits(p, 2, &off_hour) ||
	    !take_char(p, ':') || !take_digits(p, 2, &off_minute) || off_hour > 23 ||
	    off_minute > 59)
		return false;
	offset = (int64_t)off_hour * 3600 + off_minute * 60;
	*ret += is_west ? offset : -offset;
	return true;
}

enum otp_err
otp_parse_time(const char *text, int64_t *ret_seconds)
{
	unsigned year, month, day;
	int64_t rest = 0;

	if (text == NULL || !take_digits(&text, 4, &year) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &month) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &day))
		return OTP_ERR_BAD_INPUT;
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
		return OTP_ERR_BAD_INPUT;
	if (*text != '\0' && !take_time_of_day(&text, &rest))
		return OTP_ERR_BAD_INPUT;
	if (*text != '\0')
		return OTP_ERR_BAD_INPUT;
	*ret_seconds = days_from_civil(year, month, day) * 86400 + rest;
	return OTP_OK;
}

enum otp_err
otp_parse_amount(const char *text, unsigned digits, int64_t *ret_minor)
{
	const uint64_t max = 1000000000000000;	/* 10^15 */
	unsigned n = 0;
	uint64_t v;

	if (text == NULL || digits > 15 || !take_number(&text, &v))
		return OTP_ERR_BAD_INPUT;
	if (take_char(&text, '.')) {
		for (; is_digit(*text) && n < digits; text++, n++)
			if (__builtin_mul_overflow(v, 10u, &v) ||
			    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
				return OTP_ERR_BAD_INPUT;
		if (n == 0)
			return OTP_ERR_BAD_INPUT;
	}
	for (; n < digits; n++)
		if (__builtin_mul_overflow(v, 10u, &v))
			return OTP_ERR_BAD_INPUT;
	if (*text != '\0' || v > max)
		return OTP_ERR_BAD_INPUT;
	*ret_minor = (int64_t)v;
	return OTP_OK;
}
