/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store as acts and otpd see it: records by kind and name, one commit an act, durable after the flush. */
#ifndef OTP_STORE_H
#define OTP_STORE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "event.h"
#include "keyring.h"
#include "message.h"
#include "seal.h"
#include "secret.h"
#include "sink.h"

/*
 * One process owns a store at a time (the lock), and uses it from one thread.
 * What get returns is what will be durable after the next flush: no answer may
 * leave before it. A failed flush is final: the process must exit without
 * answering; the next open is the recovery.
 */
struct otp_store;

struct otp_store_params {
	const char *dir;		/* holds lock, live/ */
	const char *state_dir;		/* holds mark */
	uid_t owner;			/* whom everything must belong to */
	const struct otp_keyring *ring;	/* borrowed for the store's life */
	uint64_t segment_size;		/* bytes, 0: auto */
	int64_t audit_keep;		/* seconds */
	uint64_t audit_max;		/* bytes */
	int64_t now_ms;
	bool is_unmarked;		/* open it whatever the mark says; see otp_store_remark */
	bool is_once;			/* one-shot: no standing child; the tail decides about a checkpoint at close */
	const struct otp_sink *sink;
};

struct otp_store_site {			/* fixed at init */
	uint32_t n_shards;		/* 1 to 256, a power of two */
	char zone[64];			/* IANA */
	char currency[4];		/* ISO 4217 */
	uint8_t currency_digits;
	uint8_t id[OTP_STORE_ID_SIZE];
	uint64_t generation;
};

/* Makes a store in an existing empty (or absent) params->dir; EXISTS if there is one. id and generation are filled in. */
enum otp_err otp_store_init(const struct otp_store_params *params, struct otp_store_site *site,
    struct otp_why *why);
/*
 * Takes the lock (BUSY if somebody has it), checks, recovers, serves.
 * NO_STORE, NOT_PERMITTED (owner or mode), KEY, INTEGRITY (with what and where),
 * ROLLBACK, DISK_FULL, STORE.
 */
enum otp_err otp_store_open(const struct otp_store_params *params, struct otp_store **ret,
    struct otp_why *why);
/*
 * Opened is_unmarked, a store has no mark and touches none until this: makes it anew, at what is durable. It must
 * not be served without. NOT_FOUND, NOT_PERMITTED, STORE, DISK_FULL: then it is still without, and has to be closed.
 */
enum otp_err otp_store_remark(struct otp_store *store, struct otp_why *why);
bool otp_store_is_marked(const struct otp_store *store);
/* Waits for children, checkpoints where that is due, renews the mark, lets go. Whatever it returns, the store is closed. */
enum otp_err otp_store_close(struct otp_store **store, int64_t now_ms);

const struct otp_store_site *otp_store_site(const struct otp_store *store);
/* The highest time of an answered request; 0: none. */
int64_t otp_store_newest_ms(const struct otp_store *store);
struct otp_seal *otp_store_seal(struct otp_store *store);

/* ---- inside an act ---- */
/* Sees what this act has put. NOT_FOUND; INTEGRITY, STORE: refuse. */
enum otp_err otp_store_get(struct otp_store *store, enum otp_kind kind, const char *name,
    struct otp_bytes *ret_value);
/*
 * OTP_OK when it is certain that there is no such record, EXISTS when there
 * is, INTEGRITY when the shard is damaged (absence cannot be proved).
 */
enum otp_err otp_store_absent(struct otp_store *store, enum otp_kind kind, const char *name);
enum otp_err otp_store_put(struct otp_store *store, enum otp_kind kind, const char *name,
    const struct otp_bytes *value);
enum otp_err otp_store_delete(struct otp_store *store, enum otp_kind kind, const char *name);
/* The old value held a secret that must leave the disk: the next checkpoint rebuilds the shard (within the hour). */
void otp_store_wiped(struct otp_store *store);

/* The next commit lowers the newest time seen to its event's: recover clock, and nothing else. */
void otp_store_lower_clock(struct otp_store *store);

enum otp_commit { OTP_COMMIT_VERIFY, OTP_COMMIT_RESERVE, OTP_COMMIT_ADMINISTRATION };
/*
 * One journal record: all puts and deletes since the last commit or abort, and
 * the event. Into memory and the batch; durable after flush. DISK_FULL: nothing
 * was done (the class says whether the last quarter may be used). moves_clock:
 * event->time_ms counts as newest time seen.
 */
enum otp_err otp_store_commit(struct otp_store *store, const struct otp_event *event,
    enum otp_commit commit_class, bool moves_clock, uint64_t *ret_seq);
void otp_store_abort(struct otp_store *store);

/* ---- the loop ---- */
/* Makes every commit so far durable. Anything but OTP_OK: exit now, answer nobody. */
enum otp_err otp_store_flush(struct otp_store *store);
/*
 * Between turns (nothing staged, nothing unflushed): reaps its children, switches a
 * finished checkpoint, starts one when due, renews the mark. Anything but
 * OTP_OK but BUSY is as a failed flush. BUSY: no room for another record now: refuse until it goes away.
 */
enum otp_err otp_store_turn(struct otp_store *store, int64_t now_ms);
/*
 * The checkpoint cannot keep up, and the next commits will wait for it: what can
 * wait itself (an import's next rows) had better stay undecided, so that logins go on.
 */
bool otp_store_is_behind(const struct otp_store *store);
/* Descriptors to poll for POLLIN (its children's pipes), at most n; returns how many. */
size_t otp_store_fds(const struct otp_store *store, struct pollfd *fds, size_t n);
/* Until when turn wants to be called again, ms from now; -1: no need. */
int64_t otp_store_wait_ms(const struct otp_store *store, int64_t now_ms);
/* A checkpoint now, waited for (clean stop, one-shot, tests). */
enum otp_err otp_store_checkpoint(struct otp_store *store, int64_t now_ms);

/* ---- scans and children ---- */
/* Every record of a kind (NONE: all), once, in no order. Anything but OTP_OK from `each` stops with it. */
typedef enum otp_err (*otp_store_each)(void *ctx, enum otp_kind kind, const char *name,
    const struct otp_bytes *value);
enum otp_err otp_store_scan(struct otp_store *store, enum otp_kind kind, otp_store_each each, void *ctx);
/*
 * After fork, in the child: the store becomes a frozen read-only copy with
 * descriptors of its own; everything else of the store (lock, journal, pipes) is
 * closed. keep[] gets the descriptors that must survive otp_file_close_all_but.
 */
enum otp_err otp_store_freeze(struct otp_store *store, int *keep, size_t max, size_t *ret_n);

/* ---- the audit ---- */
/*
 * Every event from archives and journal, oldest first, from seq `from` on,
 * verified as it goes; in a frozen child or a closed-over store.
 */
typedef enum otp_err (*otp_store_each_event)(void *ctx, uint64_t seq, const struct otp_event *event);
enum otp_err otp_store_events(struct otp_store *store, uint64_t from, otp_store_each_event each, void *ctx,
    struct otp_why *why);

/*
 * The first record of which it is not certain that it was written before the newest time seen passed `ms`: all
 * that happened later stands from there on. *ret_whole: the audit reaches back so far.
 */
enum otp_err otp_store_events_since(struct otp_store *store, int64_t ms, uint64_t *ret_seq,
    bool *ret_whole);

/* A record's place in the chain. */
struct otp_store_link {
	uint64_t seq, generation;
	const uint8_t *mac;		/* OTP_MAC_SIZE bytes */
};
/* What was read: from which record on the audit is kept, and where it ends. */
struct otp_store_chain {
	struct otp_store_link first;	/* the one before the oldest that is kept; its mac is `before`, zeros if it is 0 */
	uint8_t before[OTP_MAC_SIZE];
	uint64_t last, n_records;
};
typedef enum otp_err (*otp_store_each_link)(void *ctx, const struct otp_store_link *link,
    const struct otp_event *event);
/*
 * The same with the links. INTEGRITY names the first record that does not hold, where, and why; the chain
 * must end where the store stands. With from = 0 every record is read and verified; else what lies before
 * `from` in a finished segment is taken from the heads, which are verified, and counted as read.
 */
enum otp_err otp_store_chain(struct otp_store *store, uint64_t from, otp_store_each_link each, void *ctx,
    struct otp_store_chain *ret, struct otp_why *why);
/* Where the store stands, as far as it is durable. Valid until the next flush. */
struct otp_store_link otp_store_tip(const struct otp_store *store);

struct otp_store_stats {
	uint64_t seq, overlay_records, overlay_bytes, journal_bytes, segment_size, shard_bytes, checkpoints;
	uint32_t n_segments, n_damaged_shards;
	bool is_checkpointing, is_full;
};
void otp_store_stats(const struct otp_store *store, struct otp_store_stats *ret);

#endif
