/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The owner's side of a checkpoint: freezing, the child, and the one record that switches all shards. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "encode.h"
#include "store_state.h"

#define LOST_MAX 2		/* children in a row: then the work is done in the process itself */
#define KEPT_PIECE 32768	/* values written again in one record */

void
otp_store_freeze_overlay(struct otp_store *store)
{
	otp_overlay_move(&store->frozen, &store->active);
	store->has_frozen = true;
	store->frozen_seq = store->journal.seq;
	store->frozen_low = store->journal.number;
	if (store->frozen.has_rebuild)
		store->wiped_at_ms = store->now_ms;
}

/* Which shards' values stay: those whose file is damaged, but for what has been changed since. */
struct kept {
	const struct otp_store *store;
	const struct otp_checkpoint_report *report;
};

static bool
is_kept(const void *ctx, const struct otp_record_key *key)
{
	const struct kept *kept = ctx;
	const uint32_t shard = otp_shard_of(key, kept->store->site.n_shards);

	return kept->report->outcome[shard] == OTP_SHARD_DAMAGED &&
	    otp_overlay_find(&kept->store->active, key) == NULL;
}

/* The next kept entries, as many as one record is to hold; returns how many bytes of values. */
static size_t
next_piece(const struct kept *kept, struct otp_overlay_cursor *cursor, uint8_t *p)
{
	const struct otp_overlay_entry *e;
	size_t n = 0;

	while (n < KEPT_PIECE && (e = otp_overlay_next(&kept->store->frozen, cursor)) != NULL) {
		if (!is_kept(kept, &e->key))
			continue;
		if (p != NULL)
			(void)otp_journal_value_put(p + n, &e->key,
			    e->is_deleted ? NULL : e->sealed, e->len);
		n += OTP_JOURNAL_VALUE_HEADER + (size_t)e->len;
	}
	return n;
}

static uint64_t
kept_bytes(const struct otp_store *store, const struct kept *kept)
{
	struct otp_overlay_cursor cursor = { 0 };
	uint64_t sum = 0;
	size_t n;

	while ((n = next_piece(kept, &cursor, NULL)) > 0)
		sum += otp_journal_record_size(store->own_event.len, n);
	return sum;
}

/* The segment behind the kept values is about to go: they are written into the live one. */
static enum otp_err
write_kept(struct otp_store *store, const struct kept *kept)
{
	struct otp_overlay_cursor measured = { 0 }, written = { 0 };
	struct otp_journal *j = &store->journal;
	enum otp_err err = OTP_OK;
	uint8_t *p;
	size_t n;

	while (err == OTP_OK && (n = next_piece(kept, &measured, NULL)) > 0) {
		if (otp_journal_record_size(store->own_event.len, n) > OTP_JOURNAL_BYTES_MAX - j->batch_len)
			err = otp_store_flush_batch(store);
		if (err == OTP_OK)
			err = otp_journal_begin(j, store->own_event.data, store->own_event.len, n, &p);
		if (err != OTP_OK)
			break;
		(void)next_piece(kept, &written, p);
		err = otp_journal_end(j, OTP_JOURNAL_ACT,
		    store->frozen.has_rebuild ? OTP_JOURNAL_WIPED : 0, j->newest_ms);
	}
	return err;
}

static enum otp_err
write_checkpoint_record(struct otp_store *store, const struct otp_manifest *next)
{
	const size_t size = otp_manifest_size(next->n_shards);
	struct otp_journal *j = &store->journal;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, size);
	enum otp_err err;
	uint8_t *p;

	otp_manifest_encode(next, &e);
	err = e.err;
	if (err == OTP_OK)
		err = otp_store_own_event(store, "checkpoint");
	if (err == OTP_OK &&
	    otp_journal_record_size(store->own_event.len, size) > OTP_JOURNAL_BYTES_MAX - j->batch_len)
		err = otp_store_flush_batch(store);
	if (err == OTP_OK)
		err = otp_journal_begin(j, store->own_event.data, store->own_event.len, size, &p);
	if (err == OTP_OK) {
		memcpy(p, b.data, size);
		err = otp_journal_end(j, OTP_JOURNAL_CHECKPOINT, 0, j->newest_ms);
	}
	otp_bytes_clear(&b);
	return err;
}

/* Room for the kept values and the record, in this segment or the next. */
static enum otp_err
make_room(struct otp_store *store, const struct kept *kept)
{
	struct otp_journal *j = &store->journal;
	const uint64_t opened = otp_journal_record_size(OTP_STORE_OWN_EVENT_MAX, 0);
	uint64_t need;
	enum otp_err err;

	err = otp_store_flush_batch(store);
	if (err == OTP_OK)
		err = otp_store_own_event(store, "kept");
	if (err != OTP_OK)
		return err;
	need = kept_bytes(store, kept);
	/* the kept values may not eat the room of the record that they come before */
	need += need > 0 ? otp_store_kept_room(store) :
	    otp_journal_record_size(OTP_STORE_OWN_EVENT_MAX, otp_manifest_size(store->site.n_shards)) + opened;
	if (j->end + need <= j->size)
		return OTP_OK;
	/* where even an empty one will not do, another segment at every attempt would fill the disk */
	if (j->head_size + need > otp_store_segment_size(store))
		return OTP_ERR_BUSY;
	err = otp_store_turn_segment(store);
	if (err == OTP_OK)
		err = otp_store_own_event(store, "kept");
	if (err == OTP_OK && j->end + need > j->size)
		err = OTP_ERR_BUSY;
	return err;
}

static void
close_all(struct otp_shard *shards[OTP_SHARDS_MAX])
{
	for (uint32_t i = 0; i < OTP_SHARDS_MAX; i++)
		otp_shard_close(&shards[i]);
}

/* The manifest to be, and its new files, opened. */
static enum otp_err
prepare_next(struct otp_store *store, const struct otp_checkpoint_report *report,
    struct otp_manifest *next, struct otp_shard *fresh[OTP_SHARDS_MAX])
{
	enum otp_err err = OTP_OK;

	*next = store->manifest;
	next->low = store->frozen_low;
	for (uint32_t i = 0; err == OTP_OK && i < next->n_shards; i++) {
		if (report->outcome[i] == OTP_SHARD_DAMAGED)
			next->shard[i].is_damaged = true;
		if (report->outcome[i] != OTP_SHARD_WRITTEN)
			continue;
		next->shard[i].seq = store->frozen_seq;
		next->shard[i].is_damaged = false;
		memcpy(next->shard[i].hash, report->hash[i], sizeof(next->shard[i].hash));
		err = otp_shard_open(store->live_fd, i, &next->shard[i], store->params.owner,
		    &fresh[i], NULL);
		if (err == OTP_OK && otp_shard_is_damaged(fresh[i]))
			err = OTP_ERR_STORE;
		if (err == OTP_OK)
			otp_shard_trust(fresh[i]);
	}
	return err;
}

/* The checkpoint record is durable: what is old may go. Nothing here can fail. */
static void
let_go(struct otp_store *store, const struct kept *kept, const struct otp_manifest *next,
    struct otp_shard *fresh[OTP_SHARDS_MAX])
{
	char name[OTP_SHARD_NAME_SIZE];

	for (uint32_t i = 0; i < next->n_shards; i++) {
		const bool is_damaged = kept->report->outcome[i] == OTP_SHARD_DAMAGED;

		store->frozen.rebuild[i] = store->frozen.rebuild[i] && is_damaged;
		if (is_damaged) {
			otp_shard_condemn(store->shards[i]);
			otp_say(store->params.sink, OTP_LEVEL_ERROR, "shard %u is damaged", (unsigned)i);
		}
		if (fresh[i] == NULL)
			continue;
		otp_shard_close(&store->shards[i]);
		store->shards[i] = fresh[i];
		fresh[i] = NULL;
		otp_shard_name(name, i, store->manifest.shard[i].seq);
		(void)unlinkat(store->live_fd, name, 0);
	}
	for (uint64_t n = store->manifest.low; n < next->low; n++) {
		otp_segment_name(name, n);
		(void)unlinkat(store->live_fd, name, 0);
	}
	store->manifest = *next;
	otp_overlay_filter(&store->frozen, is_kept, kept);
	store->frozen.has_rebuild = store->frozen.has_rebuild && store->frozen.n > 0;
	otp_overlay_merge(&store->active, &store->frozen, true);
	store->has_frozen = false;
	store->n_checkpoints++;
	store->is_full = false;
	store->ready_at_ms = store->now_ms;
}

/* Everything that can fail comes before the flush of the record; the flush is the switch. */
static enum otp_err
switch_over(struct otp_store *store, const struct otp_checkpoint_report *report)
{
	struct otp_shard *fresh[OTP_SHARDS_MAX] = { NULL };
	const struct kept kept = { store, report };
	struct otp_manifest next;
	enum otp_err err;

	err = prepare_next(store, report, &next, fresh);
	if (err == OTP_OK)
		err = otp_overlay_reserve(&store->active, store->frozen.n);
	if (err == OTP_OK)
		err = make_room(store, &kept);
	if (err != OTP_OK)
		goto out;
	err = write_kept(store, &kept);
	if (err == OTP_OK)
		err = write_checkpoint_record(store, &next);
	if (err == OTP_OK)
		err = otp_store_flush_batch(store);
	if (err != OTP_OK)	/* parts of it may be on the disk already */
		store->is_failed = true;
	else
		let_go(store, &kept, &next, fresh);
out:
	close_all(fresh);
	return err;
}

static enum otp_err
take_report(struct otp_store *store, const struct otp_checkpoint_report *report)
{
	enum otp_err err = otp_err_of_number(report->err);

	store->n_lost = 0;
	if (err == OTP_OK)
		err = switch_over(store, report);
	store->checkpoint_err = err;
	if (err == OTP_OK)
		return OTP_OK;
	store->checkpoint_at_ms = store->now_ms + OTP_STORE_RETRY_MS;
	store->is_full = err == OTP_ERR_DISK_FULL;
	otp_say(store->params.sink, OTP_LEVEL_ERROR, "checkpoint failed: %s", otp_err_text(err));
	return store->is_failed ? OTP_ERR_STORE : OTP_OK;
}

/*
 * A wiped secret leaves the disk only together with the segment that still has
 * it: what is frozen then must end with its segment, or be rebuilt once more.
 */
static enum otp_err
freeze(struct otp_store *store, bool is_turned)
{
	const bool is_wipe = store->active.has_rebuild;
	bool is_whole = store->journal.end == store->journal.head_size;
	enum otp_err err = OTP_OK;

	/* starts and stops whose checkpoints fail must not fill the disk either */
	if ((is_turned || is_wipe) && !is_whole && otp_store_n_live(store) < OTP_STORE_LIVE_MAX) {
		err = otp_store_turn_segment(store);
		is_whole = err == OTP_OK;
	}
	if (err != OTP_OK && (is_turned || store->is_failed || otp_store_n_live(store) == 1))
		return err;
	if (store->has_frozen)
		return OTP_OK;
	otp_store_freeze_overlay(store);
	if (is_wipe && !is_whole) {
		memcpy(store->active.rebuild, store->frozen.rebuild, sizeof(store->active.rebuild));
		store->active.has_rebuild = true;
	}
	return OTP_OK;
}

enum otp_err
otp_store_begin_checkpoint(struct otp_store *store, bool is_turned)
{
	const int keep[] = { store->lock_fd, store->live_fd, store->archive_fd };
	struct otp_checkpoint_report *report;
	struct otp_checkpoint work;
	struct otp_pace pace = { .is_hurried = NULL };
	int64_t until_ms = store->now_ms;
	enum otp_err err;

	if (store->worker.pid != 0)
		return OTP_OK;
	err = otp_store_flush_batch(store);
	if (err == OTP_OK && !store->has_frozen)
		err = freeze(store, is_turned);
	if (err != OTP_OK)
		return err;
	/* a clock that jumped ahead does not throw the audit away */
	if (until_ms > store->journal.newest_ms)
		until_ms = store->journal.newest_ms;
	work = (struct otp_checkpoint){ .live_fd = store->live_fd, .archive_fd = store->archive_fd,
		.owner = store->params.owner, .macs = &store->macs, .key_id = store->key_id,
		.manifest = &store->manifest, .overlay = &store->frozen, .seq = store->frozen_seq,
		.low = store->frozen_low, .audit_max = store->params.audit_max,
		.keep_from_ms = until_ms - store->params.audit_keep * 1000 };
	if (store->n_lost < LOST_MAX) {
		err = otp_worker_start(&store->worker, otp_checkpoint_run, &work,
		    sizeof(struct otp_checkpoint_report), keep, sizeof(keep) / sizeof(keep[0]));
		if (err != OTP_OK) {
			store->n_lost++;
			store->checkpoint_at_ms = store->now_ms + OTP_STORE_RETRY_MS;
		}
		return OTP_OK;
	}
	report = calloc(1, sizeof(*report));
	if (report == NULL)
		return OTP_ERR_NO_MEMORY;
	otp_checkpoint_run(&work, &pace, report);
	err = take_report(store, report);
	free(report);
	return err;
}

enum otp_err
otp_store_end_checkpoint(struct otp_store *store, bool is_waited)
{
	struct otp_checkpoint_report *report;
	enum otp_err err;

	if (store->worker.pid == 0)
		return OTP_OK;
	report = calloc(1, sizeof(*report));
	if (report == NULL)
		return is_waited ? OTP_ERR_NO_MEMORY : OTP_OK;
	err = otp_worker_poll(&store->worker, is_waited, report);
	if (err == OTP_ERR_BUSY) {
		err = OTP_OK;
	} else if (err == OTP_OK) {
		err = take_report(store, report);
	} else {
		store->n_lost++;
		store->checkpoint_err = OTP_OK;
		store->checkpoint_at_ms = store->now_ms + OTP_STORE_RETRY_MS;
		otp_say(store->params.sink, OTP_LEVEL_ERROR, "the checkpoint's child was lost");
		err = OTP_OK;
	}
	free(report);
	return err;
}
