/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room in the journal: the reserve, the prepared segment, the turn from one segment to the next. */
#include "config.h"

#include <string.h>

#include "file.h"
#include "store_state.h"

#define CHECKPOINT_TRIES 4	/* two lost children, one that ran already, and one in the process */
#define LOW_WATER (64u << 10)	/* less than this left, and no next segment: refuse */

uint64_t
otp_store_segment_size(const struct otp_store *store)
{
	uint64_t size = store->params.segment_size;
	uint64_t bytes = 0;

	if (size == 0) {
		for (uint32_t i = 0; i < store->site.n_shards; i++)
			bytes += otp_shard_bytes(store->shards[i]);
		size = bytes / 4;
		if (size < OTP_SEGMENT_SIZE_AUTO_MIN)
			size = OTP_SEGMENT_SIZE_AUTO_MIN;
		/* in steps, so that a prepared one does not become the wrong size each time */
		size = (size + OTP_SEGMENT_SIZE_AUTO_MIN - 1) / OTP_SEGMENT_SIZE_AUTO_MIN *
		    OTP_SEGMENT_SIZE_AUTO_MIN;
	}
	if (size > OTP_SEGMENT_SIZE_MAX)
		size = OTP_SEGMENT_SIZE_MAX;
	if (size < OTP_SEGMENT_SIZE_MIN)
		size = OTP_SEGMENT_SIZE_MIN;
	return size / 4096 * 4096;
}

uint64_t
otp_store_kept_room(const struct otp_store *store)
{
	return otp_journal_record_size(OTP_STORE_OWN_EVENT_MAX, otp_manifest_size(store->site.n_shards)) +
	    (uint64_t)otp_journal_record_size(OTP_STORE_OWN_EVENT_MAX, 0);
}

static uint64_t
capacity(const struct otp_store *store, uint64_t size)
{
	return size - store->journal.head_size - otp_store_kept_room(store);
}

/* How much more the live segment takes; the last quarter is kept for what must go on while the disk is full. */
static uint64_t
room_left(const struct otp_store *store, enum otp_commit commit_class)
{
	const struct otp_journal *j = &store->journal;
	uint64_t limit = j->head_size + capacity(store, j->size);

	if (commit_class == OTP_COMMIT_ADMINISTRATION && store->ready != OTP_READY_HAVE)
		limit -= capacity(store, j->size) / 4;
	return j->end + j->batch_len < limit ? limit - j->end - j->batch_len : 0;
}

uint64_t
otp_store_n_live(const struct otp_store *store)
{
	return store->journal.number - store->manifest.low + 1;
}

bool
otp_store_is_low(const struct otp_store *store)
{
	const uint64_t quarter = capacity(store, store->journal.size) / 4;

	return room_left(store, OTP_COMMIT_VERIFY) <
	    (quarter < OTP_JOURNAL_BYTES_MAX ? quarter : OTP_JOURNAL_BYTES_MAX);
}

bool
otp_store_has_room(const struct otp_store *store)
{
	const uint64_t eighth = capacity(store, store->journal.size) / 8;

	return store->ready != OTP_READY_FAILED || store->ready_err != OTP_ERR_DISK_FULL ||
	    room_left(store, OTP_COMMIT_VERIFY) >= (eighth < LOW_WATER ? eighth : LOW_WATER);
}

static void
ready_done(struct otp_store *store, enum otp_err err)
{
	store->ready = err == OTP_OK ? OTP_READY_HAVE : OTP_READY_FAILED;
	store->ready_err = err;
	store->is_full = err == OTP_ERR_DISK_FULL;
	if (err == OTP_OK)
		return;
	store->ready_at_ms = store->now_ms + OTP_STORE_RETRY_MS;
	otp_say(store->params.sink, OTP_LEVEL_ERROR, "cannot prepare the next journal segment: %s",
	    otp_err_text(err));
}

/*
 * The next segment, waited for or made here and now. A child that was lost is
 * no reason to refuse anybody; a full disk is, until its next try.
 */
static enum otp_err
obtain_ready(struct otp_store *store)
{
	uint32_t report = OTP_ERR_INTERNAL;
	enum otp_err err;
	bool is_there;

	if (store->ready == OTP_READY_MAKING) {
		err = otp_worker_poll(&store->ready_worker, true, &report);
		ready_done(store, err == OTP_OK ? otp_err_of_number(report) : err);
	}
	if (store->ready == OTP_READY_HAVE)
		return OTP_OK;
	if (store->ready == OTP_READY_FAILED && store->ready_err == OTP_ERR_DISK_FULL)
		return OTP_ERR_DISK_FULL;
	store->ready_size = otp_store_segment_size(store);
	err = otp_segment_has_ready(store->live_fd, store->ready_size, store->params.owner, &is_there);
	if (err == OTP_OK && !is_there)
		err = otp_segment_prepare(store->live_fd, store->ready_size, NULL, NULL);
	ready_done(store, err);
	if (err == OTP_OK || err == OTP_ERR_DISK_FULL)
		return err;
	return OTP_ERR_BUSY;
}

struct prepare {
	int live_fd;
	uint64_t size;
	struct otp_pace *pace;
};

static void
pause_preparing(void *ctx)
{
	otp_pace_work(((struct prepare *)ctx)->pace, 65536);
}

static void
prepare(void *ctx, struct otp_pace *pace, void *report)
{
	struct prepare *p = ctx;

	p->pace = pace;
	*(uint32_t *)report =
	    (uint32_t)otp_segment_prepare(p->live_fd, p->size, pause_preparing, p);
}

static enum otp_err
start_ready(struct otp_store *store)
{
	const int keep[] = { store->lock_fd, store->live_fd };
	struct prepare p = { .live_fd = store->live_fd };
	enum otp_err err;
	bool is_there;

	store->ready_size = otp_store_segment_size(store);
	err = otp_segment_has_ready(store->live_fd, store->ready_size, store->params.owner, &is_there);
	if (err != OTP_OK || is_there) {
		ready_done(store, err);
		return OTP_OK;
	}
	p.size = store->ready_size;
	err = otp_worker_start(&store->ready_worker, prepare, &p, sizeof(uint32_t), keep, 2);
	if (err == OTP_OK)
		store->ready = OTP_READY_MAKING;
	else
		ready_done(store, err);
	return OTP_OK;
}

enum otp_err
otp_store_turn_ready(struct otp_store *store)
{
	const int64_t now_ms = store->now_ms;
	uint32_t report = OTP_ERR_INTERNAL;
	enum otp_err err;

	if (store->ready == OTP_READY_MAKING) {
		err = otp_worker_poll(&store->ready_worker, false, &report);
		if (err == OTP_ERR_BUSY)
			return OTP_OK;
		ready_done(store, err == OTP_OK ? otp_err_of_number(report) : err);
	}
	if (store->ready == OTP_READY_FAILED && (now_ms >= store->ready_at_ms ||
	    store->ready_at_ms - now_ms > OTP_STORE_RETRY_MS)) {
		store->ready = OTP_READY_NONE;
		if (store->params.is_once)
			(void)obtain_ready(store);
	}
	if (store->ready == OTP_READY_NONE && !store->params.is_once)
		return start_ready(store);
	return OTP_OK;
}

enum otp_err
otp_store_turn_segment(struct otp_store *store)
{
	struct otp_segment_head head = { .key_id = store->key_id,
		.generation = store->site.generation, .number = store->journal.number + 1 };
	struct otp_journal *j = &store->journal;
	enum otp_err err;
	int fd = -1;

	err = obtain_ready(store);
	if (err != OTP_OK)
		return err;
	err = otp_store_flush_batch(store);
	if (err != OTP_OK)
		return err;
	memcpy(head.store_id, store->site.id, sizeof(head.store_id));
	memcpy(head.mac, j->mac, sizeof(head.mac));
	head.size = store->ready_size;
	head.seq = j->seq;
	head.prev_end = j->end;
	head.newest_ms = j->newest_ms;
	head.manifest = store->manifest;
	err = otp_segment_turn(store->live_fd, &head, store->params.owner, &store->macs, &fd);
	if (err != OTP_OK) {	/* nobody knows which name it has now: a start will see */
		store->is_failed = true;
		return OTP_ERR_STORE;
	}
	otp_file_close(&j->fd);
	j->fd = fd;
	j->number = head.number;
	j->size = head.size;
	j->end = j->durable = j->head_size;
	store->ready = OTP_READY_NONE;
	if (!store->has_frozen)
		otp_store_freeze_overlay(store);
	return OTP_OK;
}

enum otp_err
otp_store_make_room(struct otp_store *store, uint32_t len, enum otp_commit commit_class)
{
	enum otp_err err;

	if (len > capacity(store, store->journal.size) * 3 / 4)
		return OTP_ERR_BAD_INPUT;
	if (len > OTP_JOURNAL_BYTES_MAX - store->journal.batch_len) {
		err = otp_store_flush_batch(store);
		if (err != OTP_OK)
			return err;
	}
	if (len <= room_left(store, commit_class))
		return OTP_OK;
	/* one waits for a child that prepares it, or makes it; then it may fit, or the next takes it */
	err = obtain_ready(store);
	if (err != OTP_OK || len <= room_left(store, commit_class))
		return err;
	if (otp_store_n_live(store) >= OTP_STORE_LIVE_MAX) {
		/* one has just failed: who asks now does not wait for another */
		if (store->checkpoint_err != OTP_OK && store->checkpoint_at_ms > store->now_ms &&
		    store->checkpoint_at_ms - store->now_ms <= OTP_STORE_RETRY_MS)
			return store->checkpoint_err == OTP_ERR_DISK_FULL ? OTP_ERR_DISK_FULL : OTP_ERR_BUSY;
		/* a child that got lost says nothing of the disk: once more, in the end without one */
		for (unsigned i = 0; err == OTP_OK && i < CHECKPOINT_TRIES &&
		    otp_store_n_live(store) >= OTP_STORE_LIVE_MAX; i++) {
			err = otp_store_begin_checkpoint(store, false);
			if (err == OTP_OK)
				err = otp_store_end_checkpoint(store, true);
			if (store->checkpoint_err != OTP_OK)
				break;
		}
		if (err == OTP_OK && otp_store_n_live(store) >= OTP_STORE_LIVE_MAX)
			err = store->is_full ? OTP_ERR_DISK_FULL : OTP_ERR_BUSY;
		if (err != OTP_OK)
			return err;
	}
	return otp_store_turn_segment(store);
}
