/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a segment back: record after record as far as they verify, and what a start does about the end. */
#ifndef OTP_REPLAY_H
#define OTP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "journal.h"
#include "message.h"

/* Where the reading stands: set from the segment's head, and moved. */
struct otp_replay {
	struct otp_macs *macs;	/* borrowed */
	int fd;			/* borrowed */
	const char *name;	/* borrowed, for whys */
	uint64_t size;		/* bytes to look at */
	uint64_t at;		/* next record; afterwards: where they end */
	uint64_t durable;	/* the last record's claim, or where they begin */
	uint64_t seq;
	uint8_t mac[OTP_MAC_SIZE];
	int64_t newest_ms;
	enum otp_journal_type last;	/* NONE: there was none */
};
void otp_replay_init(struct otp_replay *r, struct otp_macs *macs, int fd, const char *name,
    const struct otp_segment_head *head);

/* Anything but OTP_OK stops the reading with it. */
typedef enum otp_err (*otp_replay_each)(void *ctx, const struct otp_journal_record *record);
/*
 * Hands every record that follows on the one before to `each` (may be NULL), up
 * to the first that does not verify: an end, or damage; the caller knows
 * which. STORE: it could not be read. KEY: the next one needs a key that is not there.
 */
enum otp_err otp_replay_run(struct otp_replay *r, otp_replay_each each, void *ctx,
    struct otp_why *why);

/*
 * In the last segment: does anything behind the end claim that this place was
 * durable? Then it is no torn end but damage: INTEGRITY.
 */
enum otp_err otp_replay_check_end(const struct otp_replay *r, struct otp_why *why);
/*
 * Zeroes what lies behind the end, and writes again what was not known to be
 * durable: after a failed fsync the page cache shows what the disk does not
 * have. Not synced.
 */
enum otp_err otp_replay_repair(const struct otp_replay *r, struct otp_why *why);

#endif
