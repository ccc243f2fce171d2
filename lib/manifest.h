/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest: which file is each shard, with its hash, and from which segment on the journal is live. */
#ifndef OTP_MANIFEST_H
#define OTP_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode.h"
#include "err.h"

#define OTP_SHARDS_MAX 256
#define OTP_SHARD_HASH_SIZE 32

struct otp_manifest_shard {
	uint64_t seq;				/* the last sequence number inside; part of the file's name */
	uint8_t hash[OTP_SHARD_HASH_SIZE];	/* SHA-256 of the whole file */
	bool is_damaged;			/* the file did not have its hash at the last checkpoint */
};

/* Plain data: copied by assignment. */
struct otp_manifest {
	uint64_t low;		/* everything before this segment is in the shards */
	uint32_t n_shards;	/* 1 to OTP_SHARDS_MAX */
	struct otp_manifest_shard shard[OTP_SHARDS_MAX];
};

size_t otp_manifest_size(uint32_t n_shards);
void otp_manifest_encode(const struct otp_manifest *m, struct otp_enc *e);
/* INTEGRITY if it is not one, or one of another number of shards. */
enum otp_err otp_manifest_decode(const void *data, size_t len, uint32_t n_shards,
    struct otp_manifest *ret);

#endif
