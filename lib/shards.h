/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GDBM files, never changed in place: reading them, and making their successors. The only owner of gdbm. */
#ifndef OTP_SHARDS_H
#define OTP_SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "manifest.h"
#include "message.h"
#include "overlay.h"
#include "secret.h"

#define OTP_SHARD_NAME_SIZE 40
void otp_shard_name(char name[OTP_SHARD_NAME_SIZE], uint32_t shard, uint64_t seq);
bool otp_shard_parse_name(const char *name, uint32_t *ret_shard, uint64_t *ret_seq);
/* n: a power of two */
uint32_t otp_shard_of(const struct otp_record_key *key, uint32_t n_shards);

/* One file, open for reading. */
struct otp_shard;
/*
 * A file that is missing or that gdbm does not take is no failure: the shard is
 * damaged and answers INTEGRITY. NOT_PERMITTED (owner, mode), NO_MEMORY, SYSTEM.
 */
enum otp_err otp_shard_open(int live_fd, uint32_t number, const struct otp_manifest_shard *named,
    uid_t owner, struct otp_shard **ret, struct otp_why *why);
void otp_shard_close(struct otp_shard **shard);
bool otp_shard_is_damaged(const struct otp_shard *shard);
uint64_t otp_shard_bytes(const struct otp_shard *shard);
/* It was hashed when it was written, by our own child: nothing more to prove. */
void otp_shard_trust(struct otp_shard *shard);
/* Somebody else found out that it is damaged. */
void otp_shard_condemn(struct otp_shard *shard);
/* The whole file is hashed, once: INTEGRITY (and damaged) if it is not what the manifest names. */
enum otp_err otp_shard_prove(struct otp_shard *shard);
/* Proves the file first (once). NOT_FOUND: there is certainly none. INTEGRITY: the file is damaged, whatever it has. */
enum otp_err otp_shard_get(struct otp_shard *shard, const struct otp_record_key *key,
    struct otp_bytes *ret_sealed);
typedef enum otp_err (*otp_shard_each_record)(void *ctx, const struct otp_record_key *key,
    const uint8_t *sealed, size_t len);
enum otp_err otp_shard_each(struct otp_shard *shard, otp_shard_each_record each, void *ctx);
/*
 * After fork, in the child: gdbm reads through a file offset that parent and
 * child would share. Opens the same file (even an unlinked one) anew. ret_fd: the new descriptor, -1 if damaged.
 */
enum otp_err otp_shard_reopen(struct otp_shard *shard, int *ret_fd);

/* ---- making files: fd is empty (create, rebuild) or a copy of the old one (change), and stays the caller's ---- */
struct otp_shard_change {
	const struct otp_overlay_entry *const *entries;
	size_t n;
	void (*pause)(void *ctx, size_t bytes);	/* after each piece of work */
	void *ctx;
};
enum otp_err otp_shard_create(int fd);
/* INTEGRITY: gdbm finds the file damaged. DISK_FULL. Synced by gdbm; the caller syncs again. */
enum otp_err otp_shard_change(int fd, const struct otp_shard_change *change);
/* Everything of old_fd but what the entries replace or delete, then the entries, into a fresh file: nothing deleted stays in it. */
enum otp_err otp_shard_rebuild(int old_fd, int fd, const struct otp_overlay *overlay,
    const struct otp_shard_change *change);

#endif
