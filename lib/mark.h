/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark: how far the store has come, in a file beside it, so that a cut journal or an old copy is noticed. */
#ifndef OTP_MARK_H
#define OTP_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "crypto.h"
#include "macs.h"
#include "message.h"
#include "seal.h"

/* What a slot says: the store of that id, in that generation, has reached this record. */
struct otp_mark_state {
	uint8_t store_id[OTP_STORE_ID_SIZE];
	uint64_t generation;
	uint64_t seq;
	uint8_t mac[OTP_MAC_SIZE];	/* the record's */
};

/* Two slots, written in turn, so that one always holds. */
struct otp_mark {
	struct otp_macs macs;
	uint32_t key_id;		/* of what is written */
	int fd;
	unsigned slot;			/* the one to write next */
	uint64_t seq;			/* what was written last */
};
#define OTP_MARK_INIT { .fd = -1 }

/* Makes or replaces the file, both slots. */
enum otp_err otp_mark_create(const char *state_dir, uid_t owner, const struct otp_keyring *ring,
    const struct otp_mark_state *state, struct otp_why *why);
/*
 * Opens the file, reads the better slot of this store and generation, and makes it
 * durable. ROLLBACK: no slot holds, or none is of this store. STORE: the disk.
 */
enum otp_err otp_mark_open(struct otp_mark *mark, const char *state_dir, uid_t owner,
    const struct otp_keyring *ring, const uint8_t store_id[OTP_STORE_ID_SIZE], uint64_t generation,
    struct otp_mark_state *ret, struct otp_why *why);
/* Writes the other slot and makes it durable. */
enum otp_err otp_mark_write(struct otp_mark *mark, const struct otp_mark_state *state);
void otp_mark_close(struct otp_mark *mark);

#endif
