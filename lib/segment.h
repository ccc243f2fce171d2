/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the journal: names, the head of a segment with its manifest, the prepared next one. */
#ifndef OTP_SEGMENT_H
#define OTP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "macs.h"
#include "manifest.h"
#include "message.h"
#include "seal.h"

#define OTP_SEGMENT_SIZE_MIN 65536
#define OTP_SEGMENT_SIZE_AUTO_MIN (16u << 20)
#define OTP_SEGMENT_SIZE_MAX (64u << 20)
#define OTP_SEGMENT_READY "ready"
#define OTP_SEGMENT_READY_NEW "ready.new"
#define OTP_SEGMENT_NAME_SIZE 32

/* journal.NNNNNNNN; false for any other name. */
void otp_segment_name(char name[OTP_SEGMENT_NAME_SIZE], uint64_t number);
bool otp_segment_parse_name(const char *name, uint64_t *ret_number);
/* A file's name that is `prefix` and exactly eight digits. */
bool otp_segment_parse_numbered(const char *name, const char *prefix, uint64_t *ret_number);
/* The highest segment in the directory; 0 if there is none. */
enum otp_err otp_segment_highest(int live_fd, uint64_t *ret_number);

/* What stands at the head: where the journal was when the segment was begun. */
struct otp_segment_head {
	uint32_t key_id;
	uint8_t store_id[OTP_STORE_ID_SIZE];
	uint64_t generation;
	uint64_t number;
	uint64_t size;			/* bytes of the file */
	uint64_t seq;			/* of the record before the first one here */
	uint64_t prev_end;		/* where the segment before ends; 0: there is none */
	int64_t newest_ms;
	uint8_t mac[OTP_MAC_SIZE];	/* of the record before; zeros: there is none */
	struct otp_manifest manifest;
};
/* Where the records begin. */
uint32_t otp_segment_head_size(uint32_t n_shards);
/* Writes the head (otp_segment_head_size bytes). Not synced. */
enum otp_err otp_segment_write_head(int fd, const struct otp_segment_head *head,
    struct otp_macs *macs);
/* INTEGRITY, KEY, SYSTEM; the why names the file and, where it is damage, the offset. */
enum otp_err otp_segment_read_head(int fd, const char *name, uint32_t n_shards,
    struct otp_macs *macs, struct otp_segment_head *ret, struct otp_why *why);

/* Opens journal.NNNNNNNN read and write, owner and mode checked. NOT_FOUND. */
enum otp_err otp_segment_open(int live_fd, uint64_t number, uid_t owner, int *ret_fd,
    struct otp_why *why);

/*
 * Prepares `ready`: zeros really written under a temporary name, fsync, rename,
 * fsync of the directory. pause (may be NULL) is called after each piece.
 */
enum otp_err otp_segment_prepare(int live_fd, uint64_t size, void (*pause)(void *ctx), void *ctx);
/* Is there a `ready` of just that size? A wrong one is removed. */
enum otp_err otp_segment_has_ready(int live_fd, uint64_t size, uid_t owner, bool *ret);
/*
 * Turns `ready` into the segment head->number: head, fdatasync, rename, fsync of
 * the directory. Anything but OTP_OK may have left it half done: start anew.
 */
enum otp_err otp_segment_turn(int live_fd, const struct otp_segment_head *head, uid_t owner,
    struct otp_macs *macs, int *ret_fd);

/* DISK_FULL for what errno says of a full disk, quota or file size limit; `err` otherwise. */
enum otp_err otp_segment_disk_err(enum otp_err err);

#endif
