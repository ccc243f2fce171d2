/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes whose clear wipes: for secrets, and for anything sealed or opened. */
#ifndef OTP_SECRET_H
#define OTP_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Heap bytes; data is NULL when len and cap are 0. Growing wipes what it leaves. */
struct otp_bytes {
	uint8_t *data;
	size_t len;
	size_t cap;
};
#define OTP_BYTES_INIT { NULL, 0, 0 }

void otp_bytes_clear(struct otp_bytes *b);			/* wipes, frees, empties */
void otp_bytes_empty(struct otp_bytes *b);			/* wipes, keeps the memory */
void otp_bytes_move(struct otp_bytes *to, struct otp_bytes *from); /* clears to; from is empty then */
enum otp_err otp_bytes_reserve(struct otp_bytes *b, size_t cap);
enum otp_err otp_bytes_set(struct otp_bytes *b, const void *data, size_t len);
enum otp_err otp_bytes_append(struct otp_bytes *b, const void *data, size_t len);

/* A password, a code: short text in place, always NUL-terminated. */
#define OTP_SECRET_MAX 512
struct otp_secret {
	size_t len;
	char text[OTP_SECRET_MAX + 1];
};
#define OTP_SECRET_INIT { 0, { 0 } }
void otp_secret_clear(struct otp_secret *s);
enum otp_err otp_secret_set(struct otp_secret *s, const char *text, size_t len); /* BAD_INPUT: too long or a NUL inside */

/* Overwrites; never optimised away. */
void otp_wipe(void *p, size_t n);
/* Constant time in n. */
bool otp_equal(const void *a, const void *b, size_t n);

#endif
