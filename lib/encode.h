/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian encoding of records, messages and journal: a writer that grows, a reader that cannot overrun. */
#ifndef OTP_ENCODE_H
#define OTP_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

/*
 * Writer: appends to b. The first failure sticks in err; later calls do
 * nothing. Check err once at the end.
 */
struct otp_enc {
	struct otp_bytes *b;	/* borrowed */
	size_t max;		/* bytes b may hold at most */
	enum otp_err err;
};
#define OTP_ENC_INIT(bytes, max_len) { (bytes), (max_len), OTP_OK }
void otp_enc_u8(struct otp_enc *e, uint8_t v);
void otp_enc_u16(struct otp_enc *e, uint16_t v);
void otp_enc_u32(struct otp_enc *e, uint32_t v);
void otp_enc_u64(struct otp_enc *e, uint64_t v);
void otp_enc_i64(struct otp_enc *e, int64_t v);
void otp_enc_raw(struct otp_enc *e, const void *p, size_t n);
void otp_enc_data(struct otp_enc *e, const void *p, size_t n);	/* u16 length, then bytes; too long: BAD_INPUT */
void otp_enc_str(struct otp_enc *e, const char *s);		/* as data, without the NUL; NULL is "" */

/*
 * Reader over borrowed bytes. A read past the end, or a value out of its
 * bounds, sets `bad`, gives zero or empty, and everything after gives zero too.
 */
struct otp_dec {
	const uint8_t *p;
	size_t left;
	bool bad;
};
void otp_dec_init(struct otp_dec *d, const void *p, size_t n);
uint8_t otp_dec_u8(struct otp_dec *d);
uint16_t otp_dec_u16(struct otp_dec *d);
uint32_t otp_dec_u32(struct otp_dec *d);
uint64_t otp_dec_u64(struct otp_dec *d);
int64_t otp_dec_i64(struct otp_dec *d);
void otp_dec_raw(struct otp_dec *d, void *out, size_t n);
const uint8_t *otp_dec_view(struct otp_dec *d, size_t n);	/* NULL when bad */
const uint8_t *otp_dec_data(struct otp_dec *d, size_t max, size_t *ret_len); /* u16 length, then bytes */
void otp_dec_str(struct otp_dec *d, char *out, size_t size);	/* NUL inside or longer than size - 1: bad */
bool otp_dec_bool(struct otp_dec *d);				/* 0 or 1, else bad */
uint8_t otp_dec_enum(struct otp_dec *d, uint8_t count);		/* below count, else bad */
/* OTP_OK if nothing went wrong and nothing is left over; BAD_INPUT otherwise. */
enum otp_err otp_dec_end(const struct otp_dec *d);

#endif
