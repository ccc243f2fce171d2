/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store as acts see it: get, put, delete, commit, abort, and the flush that makes it durable. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "store_state.h"

const struct otp_store_site *
otp_store_site(const struct otp_store *store)
{
	return &store->site;
}

int64_t
otp_store_newest_ms(const struct otp_store *store)
{
	return store->journal.newest_ms;
}

struct otp_seal *
otp_store_seal(struct otp_store *store)
{
	return store->seal;
}

/* What memory knows of a key; NULL: the shard has the last word. */
static const struct otp_overlay_entry *
find_in_memory(const struct otp_store *store, const struct otp_record_key *key)
{
	const struct otp_overlay_entry *e;

	e = otp_overlay_find(&store->staged, key);
	if (e == NULL)
		e = otp_overlay_find(&store->active, key);
	if (e == NULL && store->has_frozen)
		e = otp_overlay_find(&store->frozen, key);
	return e;
}

static struct otp_shard *
shard_of(const struct otp_store *store, const struct otp_record_key *key)
{
	return store->shards[otp_shard_of(key, store->site.n_shards)];
}

/* A record opens only as what was asked for: the same kind, the same name. */
static enum otp_err
open_as(struct otp_store *store, const struct otp_record_key *key, const void *sealed, size_t len,
    enum otp_kind kind, const char *name, struct otp_bytes *ret_value)
{
	char name_inside[OTP_RECORD_NAME_MAX + 1];
	enum otp_kind kind_inside;
	enum otp_err err;

	err = otp_seal_open(store->seal, key, sealed, len, &kind_inside, name_inside, ret_value);
	if (err == OTP_OK && (kind_inside != kind || strcmp(name_inside, name) != 0))
		err = OTP_ERR_INTEGRITY;
	if (err != OTP_OK)
		otp_bytes_clear(ret_value);
	return err;
}

enum otp_err
otp_store_get(struct otp_store *store, enum otp_kind kind, const char *name,
    struct otp_bytes *ret_value)
{
	const struct otp_overlay_entry *e;
	struct otp_record_key key;
	enum otp_err err;

	if (store->is_failed)
		return OTP_ERR_STORE;
	err = otp_seal_key(store->seal, kind, name, &key);
	if (err != OTP_OK)
		return err;
	e = find_in_memory(store, &key);
	if (e != NULL && e->is_deleted)
		return OTP_ERR_NOT_FOUND;
	if (e != NULL)
		return open_as(store, &key, e->sealed, e->len, kind, name, ret_value);
	err = otp_shard_get(shard_of(store, &key), &key, &store->sealed);
	if (err != OTP_OK)
		return err;
	return open_as(store, &key, store->sealed.data, store->sealed.len, kind, name, ret_value);
}

enum otp_err
otp_store_absent(struct otp_store *store, enum otp_kind kind, const char *name)
{
	const struct otp_overlay_entry *e;
	struct otp_record_key key;
	enum otp_err err;

	if (store->is_failed)
		return OTP_ERR_STORE;
	err = otp_seal_key(store->seal, kind, name, &key);
	if (err != OTP_OK)
		return err;
	e = find_in_memory(store, &key);
	if (e != NULL)
		return e->is_deleted ? OTP_OK : OTP_ERR_EXISTS;
	/* gdbm says "not found" too when a bit of its index is wrong: but the file has been proved */
	err = otp_shard_get(shard_of(store, &key), &key, &store->sealed);
	if (err == OTP_OK)
		return OTP_ERR_EXISTS;
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

/* sealed NULL: a tombstone */
static enum otp_err
stage(struct otp_store *store, const struct otp_record_key *key, const void *sealed, size_t len)
{
	struct otp_overlay_entry *entry;
	enum otp_err err;

	err = otp_overlay_reserve(&store->staged, 1);
	if (err != OTP_OK)
		return err;
	entry = otp_overlay_entry_new(key, sealed, len);
	if (entry == NULL)
		return OTP_ERR_NO_MEMORY;
	otp_overlay_insert(&store->staged, entry);
	return OTP_OK;
}

enum otp_err
otp_store_put(struct otp_store *store, enum otp_kind kind, const char *name,
    const struct otp_bytes *value)
{
	struct otp_record_key key;
	enum otp_err err;

	if (store->is_failed || store->is_frozen)
		return OTP_ERR_STORE;
	err = otp_seal_key(store->seal, kind, name, &key);
	if (err == OTP_OK)
		err = otp_seal_close(store->seal, kind, name, value, &store->sealed);
	if (err == OTP_OK)
		err = stage(store, &key, store->sealed.data, store->sealed.len);
	return err;
}

enum otp_err
otp_store_delete(struct otp_store *store, enum otp_kind kind, const char *name)
{
	struct otp_record_key key;
	enum otp_err err;

	if (store->is_failed || store->is_frozen)
		return OTP_ERR_STORE;
	err = otp_seal_key(store->seal, kind, name, &key);
	return err == OTP_OK ? stage(store, &key, NULL, 0) : err;
}

void
otp_store_wiped(struct otp_store *store)
{
	store->staged_wiped = true;
}

void
otp_store_abort(struct otp_store *store)
{
	otp_overlay_clear(&store->staged);
	store->staged_wiped = store->staged_lowers = false;
}

void
otp_store_lower_clock(struct otp_store *store)
{
	store->staged_lowers = true;
}

/* The staged values into their place in the record. */
static void
encode_staged(const struct otp_overlay *staged, uint8_t *p)
{
	struct otp_overlay_cursor cursor = { 0 };
	const struct otp_overlay_entry *e;

	while ((e = otp_overlay_next(staged, &cursor)) != NULL)
		p += otp_journal_value_put(p, &e->key, e->is_deleted ? NULL : e->sealed, e->len);
}

static void
mark_rebuilds(struct otp_store *store)
{
	struct otp_overlay_cursor cursor = { 0 };
	const struct otp_overlay_entry *e;

	while ((e = otp_overlay_next(&store->staged, &cursor)) != NULL)
		store->staged.rebuild[otp_shard_of(&e->key, store->site.n_shards)] = true;
	store->staged.has_rebuild = store->staged.n > 0;
}

enum otp_err
otp_store_commit(struct otp_store *store, const struct otp_event *event,
    enum otp_commit commit_class, bool moves_clock, uint64_t *ret_seq)
{
	const size_t values_len =
	    store->staged.n * OTP_JOURNAL_VALUE_HEADER + (size_t)store->staged.bytes;
	int64_t newest_ms = store->journal.newest_ms;
	enum otp_err err;
	uint8_t *values = NULL;
	uint32_t len;

	if (store->is_failed || store->is_frozen)
		return OTP_ERR_STORE;
	err = otp_event_encode(event, &store->event);
	if (err != OTP_OK)
		return err;
	len = otp_journal_record_size(store->event.len, values_len);
	if (len == 0)
		return OTP_ERR_BAD_INPUT;
	err = otp_store_make_room(store, len, commit_class);
	/* everything that may fail comes before anything is changed */
	if (err == OTP_OK)
		err = otp_overlay_reserve(&store->active, store->staged.n);
	if (err == OTP_OK)
		err = otp_journal_begin(&store->journal, store->event.data, store->event.len,
		    values_len, &values);
	if (err != OTP_OK)
		return err;
	encode_staged(&store->staged, values);
	if (moves_clock && event->time_ms > newest_ms)
		newest_ms = event->time_ms;
	if (store->staged_lowers && event->time_ms < newest_ms)
		newest_ms = event->time_ms;
	err = otp_journal_end(&store->journal, OTP_JOURNAL_ACT,
	    store->staged_wiped ? OTP_JOURNAL_WIPED : 0, newest_ms);
	if (err != OTP_OK)
		return err;
	if (store->staged_wiped)
		mark_rebuilds(store);
	otp_overlay_merge(&store->active, &store->staged, false);
	store->staged_wiped = store->staged_lowers = false;
	*ret_seq = store->journal.seq;
	return OTP_OK;
}

enum otp_err
otp_store_flush_batch(struct otp_store *store)
{
	enum otp_err err;

	if (store->is_failed)
		return OTP_ERR_STORE;
	err = otp_journal_flush(&store->journal);
	if (err != OTP_OK)
		store->is_failed = true;
	return err;
}

enum otp_err
otp_store_flush(struct otp_store *store)
{
	if (store->is_frozen)
		return OTP_ERR_STORE;
	return otp_store_flush_batch(store);
}

enum otp_err
otp_store_own_event(struct otp_store *store, const char *what)
{
	struct otp_event event = OTP_EVENT_INIT;
	enum otp_err err;

	event.time_ms = store->now_ms;
	event.peer_uid = (uint32_t)store->params.owner;
	(void)snprintf(event.actor, sizeof(event.actor), "otpd");
	err = otp_fields_put_str(&event.details, OTP_FIELD_TEXT, what);
	if (err == OTP_OK)
		err = otp_event_encode(&event, &store->own_event);
	if (err == OTP_OK && store->own_event.len > OTP_STORE_OWN_EVENT_MAX)
		err = OTP_ERR_INTERNAL;
	otp_event_clear(&event);
	return err;
}

void
otp_store_stats(const struct otp_store *store, struct otp_store_stats *ret)
{
	*ret = (struct otp_store_stats){
		.seq = store->journal.seq,
		.overlay_records = store->active.n + store->frozen.n,
		.overlay_bytes = store->active.bytes + store->frozen.bytes,
		.journal_bytes = store->journal.end + store->journal.batch_len - store->journal.head_size,
		.segment_size = store->journal.size,
		.checkpoints = store->n_checkpoints,
		.n_segments = (uint32_t)otp_store_n_live(store),
		.is_checkpointing = store->worker.pid != 0,
		.is_full = store->is_full,
	};
	for (uint32_t i = 0; i < store->site.n_shards; i++) {
		ret->shard_bytes += otp_shard_bytes(store->shards[i]);
		ret->n_damaged_shards += otp_shard_is_damaged(store->shards[i]) ? 1 : 0;
	}
}
