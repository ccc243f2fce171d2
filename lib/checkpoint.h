/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work of a checkpoint: successors of the shards that changed, and the archives of finished segments. */
#ifndef OTP_CHECKPOINT_H
#define OTP_CHECKPOINT_H

#include <stdint.h>
#include <sys/types.h>

#include "macs.h"
#include "manifest.h"
#include "overlay.h"
#include "worker.h"

/* All borrowed; nothing of it is changed: the same work can be done again. */
struct otp_checkpoint {
	int live_fd, archive_fd;
	uid_t owner;
	struct otp_macs *macs;
	uint32_t key_id;
	const struct otp_manifest *manifest;	/* in force now */
	const struct otp_overlay *overlay;	/* frozen: what the shards are to take in */
	uint64_t seq;				/* of the last record in it */
	uint64_t low;				/* the first segment that stays; those before are archived */
	int64_t keep_from_ms;			/* archives that end before go */
	uint64_t audit_max;
};

enum otp_shard_outcome {
	OTP_SHARD_KEPT = 0,	/* nothing to do */
	OTP_SHARD_WRITTEN,	/* the new file is durable, named, and has this hash */
	OTP_SHARD_DAMAGED,	/* the old file is not what the manifest says: it stays, and so do its values */
};

struct otp_checkpoint_report {
	uint32_t err;		/* enum otp_err: anything but OTP_OK and none of it counts */
	uint8_t outcome[OTP_SHARDS_MAX];
	uint8_t hash[OTP_SHARDS_MAX][OTP_SHARD_HASH_SIZE];
};

/* ctx: struct otp_checkpoint; report: struct otp_checkpoint_report. In a worker, or in the process itself. */
void otp_checkpoint_run(void *ctx, struct otp_pace *pace, void *report);

#endif
