/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people and logs: bounded building, escaping, display width, times. */
#ifndef OTP_TEXT_H
#define OTP_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

/* Growing text; data is NUL-terminated once anything was put. Uses struct otp_bytes (len without the NUL). */
enum otp_err otp_text_put(struct otp_bytes *b, const char *s);
enum otp_err otp_text_putf(struct otp_bytes *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *otp_text_str(const struct otp_bytes *b);	/* "" when empty */

/* One character of UTF-8: its length, or 0 when there is none (overlong, surrogate, cut off). */
size_t otp_text_utf8(const char *s, size_t len, uint32_t *ret_char);
bool otp_text_is_utf8(const char *s, size_t len);
/* What fits of s, whole characters only, '?' for what is none; always NUL; returns buf. */
char *otp_text_cut(char *buf, size_t size, const char *s);
/* Controls, line ends, bidi controls, tags: what must not reach a terminal, a log or a name. */
bool otp_text_is_harmful(uint32_t c);
/* Control bytes, DEL, C1, invalid UTF-8, bidi controls and '\' become \xNN; printable UTF-8 stays. Always NUL; returns buf. */
char *otp_text_escape(char *buf, size_t size, const char *s, size_t len);
/* Columns on a terminal (wide characters count 2), independent of the locale. */
size_t otp_text_width(const char *s);

/* "2026-11-23T10:00:00Z" (21 bytes with NUL are enough until the year 9999). */
#define OTP_TIME_TEXT 32
char *otp_text_time(char buf[OTP_TIME_TEXT], int64_t seconds);
/* hex, lower case; buf has 2 * len + 1 bytes */
char *otp_text_hex(char *buf, const void *data, size_t len);
/* RFC 4648, upper case, without '=' */
enum otp_err otp_text_base32(const void *data, size_t len, struct otp_bytes *ret);
/* RFC 4648 section 4, with '=', in one line; appends. */
enum otp_err otp_text_base64(const void *data, size_t len, struct otp_bytes *ret);
/* 1234567 with 2 digits: "12345.67" */
char *otp_text_amount(char buf[32], int64_t minor, unsigned digits);

#endif
