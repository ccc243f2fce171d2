/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes whose clear wipes: growing buffers, short secrets in place, comparison in constant time. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "secret.h"

/* Growth starts here: most records and messages fit, so few copies of a secret are ever made. */
#define FIRST_CAP 256

void
otp_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

bool
otp_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t differing = 0;

	for (size_t i = 0; i < n; i++)
		differing = (uint8_t)(differing | (x[i] ^ y[i]));
	return differing == 0;
}

void
otp_bytes_clear(struct otp_bytes *b)
{
	otp_wipe(b->data, b->cap);
	free(b->data);
	*b = (struct otp_bytes)OTP_BYTES_INIT;
}

void
otp_bytes_empty(struct otp_bytes *b)
{
	otp_wipe(b->data, b->cap);
	b->len = 0;
}

void
otp_bytes_move(struct otp_bytes *to, struct otp_bytes *from)
{
	if (to == from)
		return;
	otp_bytes_clear(to);
	*to = *from;
	*from = (struct otp_bytes)OTP_BYTES_INIT;
}

/* One byte more than cap is always there and zero, so that text can be read where it stands. */
enum otp_err
otp_bytes_reserve(struct otp_bytes *b, size_t cap)
{
	uint8_t *data;

	if (cap <= b->cap)
		return OTP_OK;
	if (cap > SIZE_MAX / 4)
		return OTP_ERR_NO_MEMORY;
	if (cap < FIRST_CAP)
		cap = FIRST_CAP;
	if (cap < 2 * b->cap)
		cap = 2 * b->cap;
	/* not realloc: it would leave a copy behind that nobody wipes */
	data = calloc(1, cap + 1);
	if (data == NULL)
		return OTP_ERR_NO_MEMORY;
	if (b->len > 0)
		memcpy(data, b->data, b->len);
	otp_wipe(b->data, b->cap);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return OTP_OK;
}

enum otp_err
otp_bytes_set(struct otp_bytes *b, const void *data, size_t len)
{
	otp_bytes_empty(b);
	return otp_bytes_append(b, data, len);
}

enum otp_err
otp_bytes_append(struct otp_bytes *b, const void *data, size_t len)
{
	enum otp_err err;

	if (len == 0)
		return OTP_OK;
	if (len > SIZE_MAX / 4 - b->len)
		return OTP_ERR_NO_MEMORY;
	err = otp_bytes_reserve(b, b->len + len);
	if (err != OTP_OK)
		return err;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
	return OTP_OK;
}

void
otp_secret_clear(struct otp_secret *s)
{
	otp_wipe(s, sizeof(*s));
}

enum otp_err
otp_secret_set(struct otp_secret *s, const char *text, size_t len)
{
	otp_secret_clear(s);
	if (len > OTP_SECRET_MAX || (len > 0 && memchr(text, 0, len) != NULL))
		return OTP_ERR_BAD_INPUT;
	if (len > 0)
		memcpy(s->text, text, len);
	s->len = len;
	return OTP_OK;
}
