/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audit archives: finished segments without their values; the MAC chain goes on through them. */
#ifndef OTP_ARCHIVE_H
#define OTP_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "journal.h"
#include "message.h"
#include "replay.h"

#define OTP_ARCHIVE_DIR "archive"
#define OTP_ARCHIVE_PREFIX "audit."
#define OTP_ARCHIVE_NAME_SIZE 32
void otp_archive_name(char name[OTP_ARCHIVE_NAME_SIZE], uint64_t number);

struct otp_archive_head {
	uint32_t key_id;
	uint8_t store_id[OTP_STORE_ID_SIZE];
	uint64_t generation;
	uint64_t number;		/* of the segment */
	uint64_t seq;			/* of the record before the first */
	uint8_t mac[OTP_MAC_SIZE];	/* of the record before the first */
	uint64_t last_seq;
	uint8_t last_mac[OTP_MAC_SIZE];
	int64_t last_ms;		/* newest time at its end */
	uint64_t bytes;			/* of the file */
};

/*
 * Writes the archive of a finished segment. `next` is the head of the segment
 * after it: INTEGRITY if the segment does not end as it says. The file is
 * synced and renamed into place; the directory is not synced.
 */
enum otp_err otp_archive_write(int live_fd, int archive_fd, uint64_t number,
    const struct otp_segment_head *next, uint32_t key_id, struct otp_macs *macs, uid_t owner);

/* INTEGRITY, KEY, SYSTEM, NOT_FOUND. */
enum otp_err otp_archive_read_head(int archive_fd, uint64_t number, uid_t owner,
    struct otp_macs *macs, int *ret_fd, struct otp_archive_head *ret, struct otp_why *why);
/* Every record, verified; its values are NULL. fd from read_head. */
enum otp_err otp_archive_read(int fd, const struct otp_archive_head *head, struct otp_macs *macs,
    otp_replay_each each, void *ctx, struct otp_why *why);

/* The lowest and the highest number in the directory; 0, 0: there is none. */
enum otp_err otp_archive_range(int archive_fd, uint64_t *ret_low, uint64_t *ret_high);
/* Removes the oldest while they end before keep_from_ms, or are more than max_bytes together; never the newest. */
enum otp_err otp_archive_prune(int archive_fd, uid_t owner, struct otp_macs *macs,
    int64_t keep_from_ms, uint64_t max_bytes);

#endif
