/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the journal has and the shards do not, in memory: sealed records by key, deletions as tombstones. */
#ifndef OTP_OVERLAY_H
#define OTP_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "manifest.h"
#include "seal.h"

struct otp_overlay_entry {
	struct otp_overlay_entry *next;
	struct otp_record_key key;
	bool is_deleted;
	uint32_t len;		/* 0 when deleted */
	uint8_t sealed[];
};

/*
 * A hash table by key. What can fail (making an entry, growing the table) is
 * apart from what cannot (inserting), so that a commit allocates everything
 * before it changes anything.
 */
struct otp_overlay {
	struct otp_overlay_entry **slots;
	size_t n_slots;		/* a power of two, or 0 */
	size_t n;
	uint64_t bytes;		/* of sealed values */
	bool rebuild[OTP_SHARDS_MAX];	/* shards where a secret was wiped */
	bool has_rebuild;
};
#define OTP_OVERLAY_INIT { 0 }

void otp_overlay_clear(struct otp_overlay *o);
void otp_overlay_move(struct otp_overlay *to, struct otp_overlay *from);	/* clears to; from is empty then */

/* NULL if it is not there; a tombstone is. */
const struct otp_overlay_entry *otp_overlay_find(const struct otp_overlay *o,
    const struct otp_record_key *key);

/* sealed NULL: a tombstone. NULL: no memory. */
struct otp_overlay_entry *otp_overlay_entry_new(const struct otp_record_key *key,
    const void *sealed, size_t len);
/* Room for n more without another allocation. */
enum otp_err otp_overlay_reserve(struct otp_overlay *o, size_t n);
/* Takes the entry, frees what was there under its key. Room must have been reserved. */
void otp_overlay_insert(struct otp_overlay *o, struct otp_overlay_entry *entry);
/* Moves all of from into to (which must have room); with only_missing, to's own entries win. from is empty then. */
void otp_overlay_merge(struct otp_overlay *to, struct otp_overlay *from, bool only_missing);
/* Frees every entry whose key is not to be kept. */
void otp_overlay_filter(struct otp_overlay *o,
    bool (*is_kept)(const void *ctx, const struct otp_record_key *key), const void *ctx);

/* Going through, in no order: start with a zeroed cursor; NULL at the end. The table must not change meanwhile. */
struct otp_overlay_cursor {
	size_t slot;
	const struct otp_overlay_entry *next;
};
const struct otp_overlay_entry *otp_overlay_next(const struct otp_overlay *o,
    struct otp_overlay_cursor *cursor);

#endif
