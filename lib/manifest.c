/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest: which file is each shard, with its hash, and from which segment on the journal is live. */
#include "config.h"

#include <string.h>

#include "manifest.h"

#define FIXED_SIZE 12
#define SHARD_SIZE (8 + 1 + OTP_SHARD_HASH_SIZE)

size_t
otp_manifest_size(uint32_t n_shards)
{
	return FIXED_SIZE + (size_t)n_shards * SHARD_SIZE;
}

void
otp_manifest_encode(const struct otp_manifest *m, struct otp_enc *e)
{
	otp_enc_u64(e, m->low);
	otp_enc_u32(e, m->n_shards);
	for (uint32_t i = 0; i < m->n_shards; i++) {
		otp_enc_u64(e, m->shard[i].seq);
		otp_enc_u8(e, m->shard[i].is_damaged ? 1 : 0);
		otp_enc_raw(e, m->shard[i].hash, OTP_SHARD_HASH_SIZE);
	}
}

enum otp_err
otp_manifest_decode(const void *data, size_t len, uint32_t n_shards, struct otp_manifest *ret)
{
	struct otp_dec d;

	memset(ret, 0, sizeof(*ret));
	otp_dec_init(&d, data, len);
	ret->low = otp_dec_u64(&d);
	ret->n_shards = otp_dec_u32(&d);
	if (d.bad || ret->n_shards != n_shards || n_shards == 0 || n_shards > OTP_SHARDS_MAX)
		return OTP_ERR_INTEGRITY;
	for (uint32_t i = 0; i < n_shards; i++) {
		ret->shard[i].seq = otp_dec_u64(&d);
		ret->shard[i].is_damaged = otp_dec_bool(&d);
		otp_dec_raw(&d, ret->shard[i].hash, OTP_SHARD_HASH_SIZE);
	}
	return otp_dec_end(&d) == OTP_OK ? OTP_OK : OTP_ERR_INTEGRITY;
}
