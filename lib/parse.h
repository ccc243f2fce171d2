/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict readers of numbers, durations, sizes, times and names: the whole text or nothing. */
#ifndef OTP_PARSE_H
#define OTP_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

/* All: decimal digits only (a leading '-' for signed), no blanks, no '+'; BAD_INPUT otherwise, and ret_ untouched. */
enum otp_err otp_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
enum otp_err otp_parse_i64(const char *text, int64_t min, int64_t max, int64_t *ret);
/* "30m", "24h", "30d", "5s", "90" (seconds), into seconds, at most 100 years. */
enum otp_err otp_parse_duration(const char *text, int64_t *ret_seconds);
/* "16M", "10G", "512" (bytes): powers of 1024. */
enum otp_err otp_parse_size(const char *text, uint64_t *ret_bytes);
/* RFC 3339 "2026-11-23T10:00:00Z" or with an offset (fractions are dropped), or a date "2026-11-23" (its UTC midnight). */
enum otp_err otp_parse_time(const char *text, int64_t *ret_seconds);
/* An amount as people write it ("1000.00", `digits` after the point at most) into minor units, 0 to 10^15. */
enum otp_err otp_parse_amount(const char *text, unsigned digits, int64_t *ret_minor);
/*
 * hex (any case, even count) or RFC 4648 base32 (any case, blanks allowed, '=' at the end as
 * many as belong there or none, no bits left over). ret is replaced; nothing at all is BAD_INPUT.
 */
enum otp_err otp_parse_hex(const char *text, struct otp_bytes *ret);
enum otp_err otp_parse_base32(const char *text, struct otp_bytes *ret);
/* RFC 4648 section 4: no blanks, every '=' that belongs there, no bits left over; else as those. */
enum otp_err otp_parse_base64(const char *text, struct otp_bytes *ret);

#define OTP_NAME_MAX 256
#define OTP_SERIAL_MAX 64
/* 1 to 256 bytes of valid UTF-8, nothing harmful (text.h), no '/' or ':', no blanks at the ends, no leading '-'. */
enum otp_err otp_parse_name(const char *text);
/* What people write about things: 1 to max bytes of valid UTF-8, nothing harmful, no blanks at the ends. */
enum otp_err otp_parse_label(const char *text, size_t max);
/* 1 to 64 of [A-Za-z0-9._-]. */
enum otp_err otp_parse_serial(const char *text);
/* An address fit for a mail header: printable ASCII without ()<>[]:;,\" and leading "-", "|" or "/"; one '@'; at most 254 bytes. */
enum otp_err otp_parse_mail(const char *text);
/* A code: 6 to 8 ASCII digits exactly `digits` long; BAD_INPUT otherwise. Constant time in the value. */
enum otp_err otp_parse_code(const char *text, unsigned digits, uint32_t *ret);

#endif
