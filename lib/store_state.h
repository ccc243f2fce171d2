/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the store, for the files that make it up: store.c, store_*.c, scan.c. */
#ifndef OTP_STORE_STATE_H
#define OTP_STORE_STATE_H

#include "checkpoint.h"
#include "journal.h"
#include "macs.h"
#include "manifest.h"
#include "mark.h"
#include "overlay.h"
#include "shards.h"
#include "store.h"
#include "worker.h"

#define OTP_STORE_LIVE "live"
#define OTP_STORE_RETRY_MS 3000		/* after what a full disk did not allow */
#define OTP_STORE_MARK_MS 1000
#define OTP_STORE_WIPE_MS 3600000
#define OTP_STORE_LIVE_MAX 3		/* live segments: then the checkpoint is waited for */
#define OTP_STORE_OWN_EVENT_MAX 256	/* encoded events of the store's own */

/* The segment after this one. */
enum otp_ready { OTP_READY_NONE, OTP_READY_MAKING, OTP_READY_HAVE, OTP_READY_FAILED };

struct otp_store {
	struct otp_store_params params;	/* dir: NULL, not kept; nor is state_dir, but until the mark is there */
	struct otp_store_site site;
	struct otp_seal *seal;
	struct otp_macs macs;
	int64_t now_ms;			/* as told last */
	uint32_t key_id;
	int dir_fd, live_fd, archive_fd, lock_fd;
	bool is_marked;			/* false: opened without a mark, and has none yet */
	bool is_failed;			/* a flush or a switch went wrong: nothing more is done */
	bool is_frozen;			/* a read-only copy in a child */
	bool is_full;			/* the last attempt at anything found the disk full */
	bool staged_wiped, staged_lowers;
	bool has_frozen;

	struct otp_journal journal;
	struct otp_manifest manifest;
	struct otp_shard *shards[OTP_SHARDS_MAX];
	struct otp_overlay staged;	/* the running act */
	struct otp_overlay active;	/* the live journal */
	struct otp_overlay frozen;	/* what the running checkpoint puts into the shards */
	struct otp_bytes event, sealed;	/* kept for their memory */
	struct otp_bytes own_event;	/* a commit may have to wait for a checkpoint: not in `event` */

	uint64_t frozen_seq;		/* the last record in it */
	uint64_t frozen_low;		/* the first segment with anything that is not */
	struct otp_worker worker;	/* the checkpoint's child */
	int64_t checkpoint_at_ms;	/* not before; 0: any time */
	int64_t wiped_at_ms;		/* when the last checkpoint for a wiped secret began, 0: never */
	uint64_t n_checkpoints;
	unsigned n_lost;		/* children in a row that ended without a report */
	enum otp_err checkpoint_err;	/* why not */

	struct otp_worker ready_worker;
	uint64_t ready_size;
	int64_t ready_at_ms;		/* not before */
	enum otp_ready ready;
	enum otp_err ready_err;

	struct otp_mark mark;
	int64_t marked_at_ms;
};

enum otp_err otp_store_flush_batch(struct otp_store *store);	/* sets is_failed */
/* Encodes an event of the store's own ("opened", "checkpoint") into store->own_event. */
enum otp_err otp_store_own_event(struct otp_store *store, const char *what);
enum otp_err otp_store_write_mark(struct otp_store *store);
void otp_store_free(struct otp_store **store);

/* ---- store_recover.c ---- */
/* Fills journal, manifest and the active overlay. mark NULL: nothing to compare with. INTEGRITY, ROLLBACK, KEY, STORE. */
enum otp_err otp_store_recover_journal(struct otp_store *store, const struct otp_mark_state *mark,
    struct otp_why *why);

/* ---- store_room.c ---- */
uint64_t otp_store_segment_size(const struct otp_store *store);	/* of the next one */
/* Kept at the end of each segment for one checkpoint record and one `opened`. */
uint64_t otp_store_kept_room(const struct otp_store *store);
/*
 * Room for one more record of len bytes in batch and segment, flushing and
 * turning to the next segment where that is needed. BAD_INPUT: too long for a
 * segment; DISK_FULL, BUSY: not now. Then nothing is lost and nothing done.
 */
enum otp_err otp_store_make_room(struct otp_store *store, uint32_t len, enum otp_commit commit_class);
/* Makes the next segment the live one. An overlay that is not being checkpointed yet is frozen. */
enum otp_err otp_store_turn_segment(struct otp_store *store);
/* Reaps and starts the child that prepares `ready`. */
enum otp_err otp_store_turn_ready(struct otp_store *store);
uint64_t otp_store_n_live(const struct otp_store *store);	/* segments */
/* Is it time for the next segment? */
bool otp_store_is_low(const struct otp_store *store);
/* Does the journal take another record, whatever the disk says? */
bool otp_store_has_room(const struct otp_store *store);

/* ---- store_switch.c ---- */
void otp_store_freeze_overlay(struct otp_store *store);
/*
 * Begins the checkpoint of what is frozen, or else of everything so far, in a
 * child (in the process itself when children got lost twice); nothing to do while
 * one runs. is_turned: the live segment is to be finished too.
 */
enum otp_err otp_store_begin_checkpoint(struct otp_store *store, bool is_turned);
/*
 * If the child has ended (is_waited: when it has): switches to what it made.
 * OTP_OK too when it goes on or has failed: then something is still frozen, and tried again.
 */
enum otp_err otp_store_end_checkpoint(struct otp_store *store, bool is_waited);

#endif
