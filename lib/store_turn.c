/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the store does between the loop's turns: children, checkpoints, the mark. */
#include "config.h"

#include <string.h>

#include "store_state.h"

enum otp_err
otp_store_write_mark(struct otp_store *store)
{
	struct otp_mark_state state = { .generation = store->site.generation,
		.seq = store->journal.durable_seq };
	enum otp_err err;

	if (!store->is_marked || state.seq == store->mark.seq)
		return OTP_OK;
	memcpy(state.store_id, store->site.id, sizeof(state.store_id));
	memcpy(state.mac, store->journal.durable_mac, sizeof(state.mac));
	err = otp_mark_write(&store->mark, &state);
	if (err != OTP_OK)
		store->is_failed = true;
	store->marked_at_ms = store->now_ms;
	return err;
}

bool
otp_store_is_marked(const struct otp_store *store)
{
	return store->is_marked;
}

enum otp_err
otp_store_remark(struct otp_store *store, struct otp_why *why)
{
	struct otp_mark_state state = { .generation = store->site.generation,
		.seq = store->journal.durable_seq };
	const char *dir = store->params.state_dir;
	enum otp_err err;

	if (store->is_marked)
		return OTP_OK;
	if (store->is_failed || dir == NULL)
		return OTP_ERR_STORE;
	memcpy(state.store_id, store->site.id, sizeof(state.store_id));
	memcpy(state.mac, store->journal.durable_mac, sizeof(state.mac));
	err = otp_mark_create(dir, store->params.owner, store->params.ring, &state, why);
	if (err == OTP_OK)
		err = otp_mark_open(&store->mark, dir, store->params.owner, store->params.ring,
		    store->site.id, store->site.generation, &state, why);
	if (err != OTP_OK)
		return err;
	store->is_marked = true;
	store->params.state_dir = NULL;
	return OTP_OK;
}

/* Has the time come? A clock that was set back does not put it off for long. */
static bool
is_time(int64_t now_ms, int64_t at_ms, int64_t longest_ms)
{
	return now_ms >= at_ms || at_ms - now_ms > longest_ms;
}

static bool
is_mark_time(const struct otp_store *store)
{
	return is_time(store->now_ms, store->marked_at_ms + OTP_STORE_MARK_MS, OTP_STORE_MARK_MS);
}

/* A secret that was wiped leaves the disk with the next checkpoint: at once, but at most once an hour. */
static bool
is_wipe_time(const struct otp_store *store)
{
	return store->active.has_rebuild && !store->has_frozen && (store->wiped_at_ms == 0 ||
	    is_time(store->now_ms, store->wiped_at_ms + OTP_STORE_WIPE_MS, OTP_STORE_WIPE_MS));
}

static bool
wants_checkpoint(const struct otp_store *store)
{
	return store->has_frozen || otp_store_n_live(store) > 1;
}

static enum otp_err
turn_checkpoint(struct otp_store *store)
{
	const bool is_wipe = is_wipe_time(store);
	enum otp_err err;

	if (store->worker.pid != 0 || (!wants_checkpoint(store) && !is_wipe) ||
	    !is_time(store->now_ms, store->checkpoint_at_ms, OTP_STORE_RETRY_MS))
		return OTP_OK;
	err = otp_store_begin_checkpoint(store, is_wipe);
	if (err == OTP_OK && store->params.is_once)
		err = otp_store_end_checkpoint(store, true);
	if (store->is_failed)
		return OTP_ERR_STORE;
	if (err != OTP_OK)	/* not now: the disk, or memory */
		store->checkpoint_at_ms = store->now_ms + OTP_STORE_RETRY_MS;
	return OTP_OK;
}

enum otp_err
otp_store_turn(struct otp_store *store, int64_t now_ms)
{
	enum otp_err err;

	if (store->is_failed || store->is_frozen)
		return OTP_ERR_STORE;
	store->now_ms = now_ms;
	err = otp_store_turn_ready(store);
	if (err == OTP_OK)
		err = otp_store_end_checkpoint(store, false);
	if (err == OTP_OK && store->ready == OTP_READY_HAVE && otp_store_is_low(store) &&
	    otp_store_n_live(store) < OTP_STORE_LIVE_MAX)
		err = otp_store_turn_segment(store);
	if (err == OTP_OK)
		err = turn_checkpoint(store);
	if (otp_store_n_live(store) >= OTP_STORE_LIVE_MAX)
		otp_worker_hurry(&store->worker);
	if (err == OTP_OK && is_mark_time(store))
		err = otp_store_write_mark(store);
	if (err != OTP_OK)
		return err == OTP_ERR_BUSY ? OTP_ERR_STORE : err;
	return otp_store_has_room(store) ? OTP_OK : OTP_ERR_BUSY;
}

bool
otp_store_is_behind(const struct otp_store *store)
{
	return store->worker.pid != 0 && otp_store_n_live(store) >= OTP_STORE_LIVE_MAX &&
	    otp_store_is_low(store);
}

size_t
otp_store_fds(const struct otp_store *store, struct pollfd *fds, size_t n)
{
	size_t used = 0;

	if (store->worker.pid != 0 && used < n)
		fds[used++] = (struct pollfd){ .fd = store->worker.fd, .events = POLLIN };
	if (store->ready_worker.pid != 0 && used < n)
		fds[used++] = (struct pollfd){ .fd = store->ready_worker.fd, .events = POLLIN };
	return used;
}

static void
sooner(int64_t *wait_ms, int64_t now_ms, int64_t at_ms, int64_t longest_ms)
{
	const int64_t ms = is_time(now_ms, at_ms, longest_ms) ? 0 : at_ms - now_ms;

	if (*wait_ms < 0 || ms < *wait_ms)
		*wait_ms = ms;
}

int64_t
otp_store_wait_ms(const struct otp_store *store, int64_t now_ms)
{
	int64_t ms = -1;

	if (store->is_failed)
		return 0;
	if (store->journal.durable_seq != store->mark.seq)
		sooner(&ms, now_ms, store->marked_at_ms + OTP_STORE_MARK_MS, OTP_STORE_MARK_MS);
	if (store->ready == OTP_READY_FAILED)
		sooner(&ms, now_ms, store->ready_at_ms, OTP_STORE_RETRY_MS);
	if (store->ready == OTP_READY_NONE && !store->params.is_once)
		ms = 0;
	if (store->worker.pid != 0)
		return ms;
	if (wants_checkpoint(store) || (store->active.has_rebuild &&
	    !is_time(now_ms, store->checkpoint_at_ms, OTP_STORE_RETRY_MS)))
		sooner(&ms, now_ms, store->checkpoint_at_ms, OTP_STORE_RETRY_MS);
	else if (store->active.has_rebuild)
		sooner(&ms, now_ms, store->wiped_at_ms == 0 ? now_ms :
		    store->wiped_at_ms + OTP_STORE_WIPE_MS, OTP_STORE_WIPE_MS);
	return ms;
}

enum otp_err
otp_store_checkpoint(struct otp_store *store, int64_t now_ms)
{
	/* one that runs, or one that failed, takes less than everything: then once more */
	const unsigned times = store->has_frozen ? 2 : 1;
	enum otp_err err;

	if (store->is_failed || store->is_frozen)
		return OTP_ERR_STORE;
	store->now_ms = now_ms;
	err = otp_store_flush_batch(store);
	for (unsigned i = 0; err == OTP_OK && i < times; i++) {
		if (store->worker.pid == 0 && !store->has_frozen && store->active.n == 0 &&
		    !store->active.has_rebuild && otp_store_n_live(store) == 1)
			return OTP_OK;
		err = otp_store_begin_checkpoint(store, true);
		if (err == OTP_OK)
			err = otp_store_end_checkpoint(store, true);
		if (err == OTP_OK && store->has_frozen)
			err = store->is_full ? OTP_ERR_DISK_FULL : OTP_ERR_STORE;
	}
	return err;
}
