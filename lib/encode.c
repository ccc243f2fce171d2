/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian encoding: a writer that grows up to a bound, a reader that cannot overrun. */
#include "config.h"

#include <string.h>

#include "encode.h"

void
otp_enc_raw(struct otp_enc *e, const void *p, size_t n)
{
	if (e->err != OTP_OK)
		return;
	if (e->b->len > e->max || n > e->max - e->b->len) {
		e->err = OTP_ERR_BAD_INPUT;
		return;
	}
	e->err = otp_bytes_append(e->b, p, n);
}

static void
put_number(struct otp_enc *e, uint64_t v, size_t n)
{
	uint8_t out[8];

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (8 * i));
	otp_enc_raw(e, out, n);
}

void
otp_enc_u8(struct otp_enc *e, uint8_t v)
{
	put_number(e, v, 1);
}

void
otp_enc_u16(struct otp_enc *e, uint16_t v)
{
	put_number(e, v, 2);
}

void
otp_enc_u32(struct otp_enc *e, uint32_t v)
{
	put_number(e, v, 4);
}

void
otp_enc_u64(struct otp_enc *e, uint64_t v)
{
	put_number(e, v, 8);
}

void
otp_enc_i64(struct otp_enc *e, int64_t v)
{
	put_number(e, (uint64_t)v, 8);
}

void
otp_enc_data(struct otp_enc *e, const void *p, size_t n)
{
	if (e->err == OTP_OK && n > UINT16_MAX)
		e->err = OTP_ERR_BAD_INPUT;
	if (e->err != OTP_OK)
		return;
	otp_enc_u16(e, (uint16_t)n);
	otp_enc_raw(e, p, n);
}

void
otp_enc_str(struct otp_enc *e, const char *s)
{
	otp_enc_data(e, s, s != NULL ? strlen(s) : 0);
}

void
otp_dec_init(struct otp_dec *d, const void *p, size_t n)
{
	d->p = p;
	d->left = n;
	d->bad = false;
}

const uint8_t *
otp_dec_view(struct otp_dec *d, size_t n)
{
	static const uint8_t nothing[1];
	const uint8_t *p = d->p;

	if (d->bad || n > d->left) {
		d->bad = true;
		return NULL;
	}
	if (n == 0)
		return nothing;
	d->p += n;
	d->left -= n;
	return p;
}

static uint64_t
get_number(struct otp_dec *d, size_t n)
{
	const uint8_t *p = otp_dec_view(d, n);
	uint64_t v = 0;

	if (p == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint8_t
otp_dec_u8(struct otp_dec *d)
{
	return (uint8_t)get_number(d, 1);
}

uint16_t
otp_dec_u16(struct otp_dec *d)
{
	return (uint16_t)get_number(d, 2);
}

uint32_t
otp_dec_u32(struct otp_dec *d)
{
	return (uint32_t)get_number(d, 4);
}

uint64_t
otp_dec_u64(struct otp_dec *d)
{
	return get_number(d, 8);
}

int64_t
otp_dec_i64(struct otp_dec *d)
{
	return (int64_t)get_number(d, 8);
}

void
otp_dec_raw(struct otp_dec *d, void *out, size_t n)
{
	const uint8_t *p = otp_dec_view(d, n);

	if (n == 0)
		return;
	if (p != NULL)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

const uint8_t *
otp_dec_data(struct otp_dec *d, size_t max, size_t *ret_len)
{
	size_t n = otp_dec_u16(d);
	const uint8_t *p;

	*ret_len = 0;
	if (n > max)
		d->bad = true;
	p = otp_dec_view(d, n);
	if (p != NULL)
		*ret_len = n;
	return p;
}

void
otp_dec_str(struct otp_dec *d, char *out, size_t size)
{
	const uint8_t *p;
	size_t n;

	if (size == 0) {
		d->bad = true;
		return;
	}
	memset(out, 0, size);
	p = otp_dec_data(d, size - 1, &n);
	if (p == NULL || n == 0)
		return;
	if (memchr(p, 0, n) != NULL) {
		d->bad = true;
		return;
	}
	memcpy(out, p, n);
}

bool
otp_dec_bool(struct otp_dec *d)
{
	return otp_dec_enum(d, 2) == 1;
}

uint8_t
otp_dec_enum(struct otp_dec *d, uint8_t count)
{
	uint8_t v = otp_dec_u8(d);

	if (v < count)
		return v;
	d->bad = true;
	return 0;
}

enum otp_err
otp_dec_end(const struct otp_dec *d)
{
	return d->bad || d->left > 0 ? OTP_ERR_BAD_INPUT : OTP_OK;
}
