/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every record of a kind; and the frozen copy of the store that a child scans. */
#include "config.h"

#include <string.h>

#include "file.h"
#include "store_state.h"

struct scan {
	struct otp_store *store;
	enum otp_kind kind;
	otp_store_each each;
	void *ctx;
	struct otp_bytes value;
};

/* Opens one record and hands it on, if it is of the kind. */
static enum otp_err
show(struct scan *s, const struct otp_record_key *key, const uint8_t *sealed, size_t len)
{
	char name[OTP_RECORD_NAME_MAX + 1];
	enum otp_kind kind;
	enum otp_err err;

	if (s->kind != OTP_KIND_NONE && otp_seal_peek_kind(sealed, len) != s->kind)
		return OTP_OK;
	err = otp_seal_open(s->store->seal, key, sealed, len, &kind, name, &s->value);
	if (err == OTP_OK && (s->kind == OTP_KIND_NONE || kind == s->kind))
		err = s->each(s->ctx, kind, name, &s->value);
	return err;
}

static bool
is_in(const struct otp_overlay *o, const struct otp_record_key *key)
{
	return otp_overlay_find(o, key) != NULL;
}

static enum otp_err
scan_overlay(struct scan *s, const struct otp_overlay *o, const struct otp_overlay *newer,
    const struct otp_overlay *newest)
{
	struct otp_overlay_cursor cursor = { 0 };
	const struct otp_overlay_entry *e;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && (e = otp_overlay_next(o, &cursor)) != NULL) {
		if (e->is_deleted || (newer != NULL && is_in(newer, &e->key)) ||
		    (newest != NULL && is_in(newest, &e->key)))
			continue;
		err = show(s, &e->key, e->sealed, e->len);
	}
	return err;
}

static enum otp_err
show_from_shard(void *ctx, const struct otp_record_key *key, const uint8_t *sealed, size_t len)
{
	struct scan *s = ctx;
	const struct otp_store *store = s->store;

	if (is_in(&store->staged, key) || is_in(&store->active, key) ||
	    (store->has_frozen && is_in(&store->frozen, key)))
		return OTP_OK;
	return show(s, key, sealed, len);
}

enum otp_err
otp_store_scan(struct otp_store *store, enum otp_kind kind, otp_store_each each, void *ctx)
{
	struct scan s = { .store = store, .kind = kind, .each = each, .ctx = ctx,
		.value = OTP_BYTES_INIT };
	bool is_damaged = false;
	enum otp_err err;

	if (store->is_failed)
		return OTP_ERR_STORE;
	err = scan_overlay(&s, &store->staged, NULL, NULL);
	if (err == OTP_OK)
		err = scan_overlay(&s, &store->active, &store->staged, NULL);
	if (err == OTP_OK && store->has_frozen)
		err = scan_overlay(&s, &store->frozen, &store->active, &store->staged);
	for (uint32_t i = 0; err == OTP_OK && i < store->site.n_shards; i++) {
		/* a list that leaves somebody out without saying so is worse than none */
		err = otp_shard_prove(store->shards[i]);
		if (err == OTP_OK)
			err = otp_shard_each(store->shards[i], show_from_shard, &s);
		else if (err == OTP_ERR_INTEGRITY)
			is_damaged = true;
		if (is_damaged && err == OTP_ERR_INTEGRITY)
			err = OTP_OK;
	}
	otp_bytes_clear(&s.value);
	return err == OTP_OK && is_damaged ? OTP_ERR_INTEGRITY : err;
}

enum otp_err
otp_store_freeze(struct otp_store *store, int *keep, size_t max, size_t *ret_n)
{
	enum otp_err err = OTP_OK;
	size_t n = 0;
	int fd = -1;

	*ret_n = 0;
	/* what is not durable nobody may see */
	if (max < store->site.n_shards + 2 || store->journal.batch_len > 0)
		return OTP_ERR_INTERNAL;
	otp_store_abort(store);
	store->is_frozen = true;
	otp_worker_forget(&store->worker);
	otp_worker_forget(&store->ready_worker);
	otp_mark_close(&store->mark);
	otp_file_close(&store->lock_fd);
	otp_file_close(&store->dir_fd);
	otp_file_close(&store->journal.fd);
	keep[n++] = store->live_fd;
	keep[n++] = store->archive_fd;
	for (uint32_t i = 0; err == OTP_OK && i < store->site.n_shards; i++) {
		err = otp_shard_reopen(store->shards[i], &fd);
		if (fd >= 0)
			keep[n++] = fd;
	}
	*ret_n = n;
	return err;
}
