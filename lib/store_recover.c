/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal at a start: newest manifest, replay in order, end or damage, mark, the last batch once more. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "replay.h"
#include "store_state.h"

/* One segment being replayed. */
struct segment {
	uint64_t number;
	int fd;
	char name[OTP_SEGMENT_NAME_SIZE];
	struct otp_segment_head head;
};

static enum otp_err
open_segment(const struct otp_store *store, struct otp_macs *macs, uint64_t number,
    struct segment *ret, struct otp_why *why)
{
	enum otp_err err;

	otp_segment_name(ret->name, number);
	ret->number = number;
	err = otp_segment_open(store->live_fd, number, store->params.owner, &ret->fd, NULL);
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_MISSING, ret->name);
	if (err != OTP_OK)
		return otp_segment_open(store->live_fd, number, store->params.owner, &ret->fd, why);
	err = otp_segment_read_head(ret->fd, ret->name, store->site.n_shards, macs, &ret->head, why);
	if (err != OTP_OK)
		return err;
	if (memcmp(ret->head.store_id, store->site.id, sizeof(store->site.id)) != 0 ||
	    ret->head.generation != store->site.generation || ret->head.number != number)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_OTHER, ret->name);
	return OTP_OK;
}

static enum otp_err
take_manifest(struct otp_store *store, const struct otp_journal_record *record)
{
	return otp_manifest_decode(record->values, record->values_len, store->site.n_shards,
	    &store->manifest);
}

/* The first pass over the last segment: only for the manifest. */
static enum otp_err
find_manifest(void *ctx, const struct otp_journal_record *record)
{
	return record->type == OTP_JOURNAL_CHECKPOINT ? take_manifest(ctx, record) : OTP_OK;
}

struct recovery {
	struct otp_store *store;
	const struct otp_mark_state *mark;	/* NULL: none */
	bool is_mark_seen, is_mark_other;
};

static void
compare_with_mark(struct recovery *r, uint64_t seq, const uint8_t mac[OTP_MAC_SIZE])
{
	if (r->mark == NULL || seq != r->mark->seq)
		return;
	r->is_mark_seen = true;
	r->is_mark_other = memcmp(mac, r->mark->mac, OTP_MAC_SIZE) != 0;
}

static enum otp_err
apply_values(struct otp_store *store, const struct otp_journal_record *record)
{
	struct otp_overlay *o = &store->active;
	struct otp_journal_value value;
	struct otp_overlay_entry *e;
	enum otp_err err;
	size_t at = 0;

	while (otp_journal_value_next(record, &at, &value)) {
		err = otp_overlay_reserve(o, 1);
		if (err != OTP_OK)
			return err;
		e = otp_overlay_entry_new(&value.key, value.sealed, value.len);
		if (e == NULL)
			return OTP_ERR_NO_MEMORY;
		otp_overlay_insert(o, e);
		if ((record->flags & OTP_JOURNAL_WIPED) != 0) {
			o->rebuild[otp_shard_of(&value.key, store->site.n_shards)] = true;
			o->has_rebuild = true;
		}
	}
	return at == record->values_len ? OTP_OK : OTP_ERR_INTEGRITY;
}

static enum otp_err
apply(void *ctx, const struct otp_journal_record *record)
{
	struct recovery *r = ctx;
	enum otp_err err = OTP_OK;

	switch (record->type) {
	case OTP_JOURNAL_ACT:
		err = apply_values(r->store, record);
		break;
	case OTP_JOURNAL_CHECKPOINT:
		err = take_manifest(r->store, record);
		break;
	case OTP_JOURNAL_OPENED:
	case OTP_JOURNAL_NONE:
	case OTP_JOURNAL_TYPE_COUNT:
		break;
	}
	compare_with_mark(r, record->seq, record->mac);
	return err;
}

/* The newest manifest: what the last segment's head says, or the last checkpoint record in it. */
static enum otp_err
newest_manifest(struct otp_store *store, uint64_t last, struct otp_why *why)
{
	struct segment s = { .fd = -1 };
	struct otp_replay replay;
	enum otp_err err;

	err = open_segment(store, &store->macs, last, &s, why);
	if (err != OTP_OK)
		goto out;
	store->manifest = s.head.manifest;
	if (store->manifest.low < last) {	/* else no record can say otherwise */
		otp_replay_init(&replay, &store->macs, s.fd, s.name, &s.head);
		err = otp_replay_run(&replay, find_manifest, store, why);
		/* behind damage, what it says may be old: then files would seem to be missing */
		if (err == OTP_OK)
			err = otp_replay_check_end(&replay, why);
	}
	if (err == OTP_OK && (store->manifest.low == 0 || store->manifest.low > last))
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, s.name, "0");
out:
	otp_file_close(&s.fd);
	return err;
}

/* Does the segment follow on what was read of the one before? */
static enum otp_err
follows(const struct otp_replay *before, const char *name, const struct segment *s,
    struct otp_why *why)
{
	if (before->at == s->head.prev_end && before->seq == s->head.seq &&
	    memcmp(before->mac, s->head.mac, sizeof(before->mac)) == 0)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_ENDS, name, OTP_WHY_NUM(before->at),
	    OTP_WHY_NUM(s->head.prev_end));
}

/* All live segments in order; the last one stays open in s. */
static enum otp_err
replay_all(struct recovery *r, uint64_t last, struct segment *s, struct otp_replay *replay,
    struct otp_why *why)
{
	struct otp_store *store = r->store;
	const uint64_t low = store->manifest.low;
	char before[OTP_SEGMENT_NAME_SIZE] = "";
	enum otp_err err = OTP_OK;

	for (uint64_t n = low; err == OTP_OK && n <= last; n++) {
		memcpy(before, s->name, sizeof(before));
		otp_file_close(&s->fd);
		err = open_segment(store, &store->macs, n, s, why);
		if (err == OTP_OK && n > low)
			err = follows(replay, before, s, why);
		replay->name = s->name;
		if (err != OTP_OK)
			return err;
		compare_with_mark(r, s->head.seq, s->head.mac);
		otp_replay_init(replay, &store->macs, s->fd, s->name, &s->head);
		err = otp_replay_run(replay, apply, r, why);
		if (err == OTP_ERR_INTEGRITY)
			(void)OTP_WHY(why, err, STORE_DAMAGED, s->name, OTP_WHY_NUM(replay->at));
	}
	return err;
}

static enum otp_err
check_mark(const struct recovery *r, uint64_t seq, struct otp_why *why)
{
	if (r->mark == NULL)
		return OTP_OK;
	if (seq < r->mark->seq)
		return OTP_WHY(why, OTP_ERR_ROLLBACK, STORE_BEHIND_MARK, OTP_WHY_NUM(seq),
		    OTP_WHY_NUM(r->mark->seq));
	if (r->is_mark_seen && r->is_mark_other)
		return OTP_WHY(why, OTP_ERR_ROLLBACK, STORE_NOT_MARK, OTP_WHY_NUM(r->mark->seq));
	return OTP_OK;
}

/* The journal goes on where the replay ended, and says that it was opened. */
static enum otp_err
reopen_journal(struct otp_store *store, struct segment *s, const struct otp_replay *replay,
    struct otp_why *why)
{
	struct otp_journal *j = &store->journal;
	enum otp_err err;
	uint8_t *values;

	j->fd = s->fd;
	s->fd = -1;
	j->number = s->number;
	j->size = s->head.size;
	j->head_size = otp_segment_head_size(store->site.n_shards);
	j->end = replay->at;
	j->durable = replay->durable;
	j->seq = replay->seq;
	j->newest_ms = replay->newest_ms;
	memcpy(j->mac, replay->mac, sizeof(j->mac));
	err = otp_replay_repair(replay, why);
	if (err == OTP_OK)
		err = otp_store_own_event(store, "opened");
	if (err != OTP_OK)
		return err;
	if (j->end + otp_journal_record_size(store->own_event.len, 0) <= j->size) {
		err = otp_journal_begin(j, store->own_event.data, store->own_event.len, 0, &values);
		if (err == OTP_OK)
			err = otp_journal_end(j, OTP_JOURNAL_OPENED, 0, j->newest_ms);
		if (err == OTP_OK)
			err = otp_journal_flush(j);
	} else {	/* full to the last byte: nothing can follow here that had to be told apart */
		err = fdatasync(j->fd) == 0 ? OTP_OK : OTP_ERR_STORE;
		j->durable = j->end;
		j->durable_seq = j->seq;
		memcpy(j->durable_mac, j->mac, sizeof(j->mac));
	}
	if (err != OTP_OK)
		return OTP_WHY(why, err, CANNOT_WRITE, s->name, OTP_WHY_ERRNO(errno));
	return OTP_OK;
}

enum otp_err
otp_store_recover_journal(struct otp_store *store, const struct otp_mark_state *mark, struct otp_why *why)
{
	struct recovery r = { .store = store, .mark = mark };
	struct segment s = { .fd = -1 };
	struct otp_replay replay = { 0 };
	struct otp_manifest newest;
	enum otp_err err;
	uint64_t last;

	err = otp_segment_highest(store->live_fd, &last);
	if (err != OTP_OK)
		return OTP_WHY(why, OTP_ERR_STORE, CANNOT_READ, OTP_STORE_LIVE, OTP_WHY_ERRNO(errno));
	if (last == 0)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_MISSING, "journal");
	err = newest_manifest(store, last, why);
	if (err != OTP_OK)
		return err;
	newest = store->manifest;
	err = replay_all(&r, last, &s, &replay, why);
	if (newest.low < last)
		store->manifest = newest;
	if (err == OTP_OK)
		err = otp_replay_check_end(&replay, why);
	if (err == OTP_OK)
		err = check_mark(&r, replay.seq, why);
	if (err == OTP_OK)
		err = reopen_journal(store, &s, &replay, why);
	otp_file_close(&s.fd);
	return err;
}
