/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit, read back: archives and live segments as one chain, verified link by link. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "archive.h"
#include "file.h"
#include "store_state.h"

struct reader {
	struct otp_store *store;
	uint64_t from;			/* sequence number */
	struct otp_store_link tip;	/* where the store stands; an archive may go on, made since we were frozen */
	bool is_at_tip;			/* ... and this very record was met */
	otp_store_each_link each;
	void *ctx;
	struct otp_why *why;
	bool has_start;			/* of the chain: seq and mac are those of the last link */
	uint64_t seq, generation;
	uint8_t mac[OTP_MAC_SIZE];
	struct otp_store_chain *chain;
	/* the piece read last, if it was a segment: where its records ended */
	char segment[OTP_SEGMENT_NAME_SIZE];
	uint64_t end;
};

static void
pass(struct reader *r, uint64_t seq, const uint8_t mac[OTP_MAC_SIZE])
{
	r->seq = seq;
	memcpy(r->mac, mac, OTP_MAC_SIZE);
	if (seq == r->tip.seq)
		r->is_at_tip = memcmp(mac, r->tip.mac, OTP_MAC_SIZE) == 0;
}

static enum otp_err
show(void *ctx, const struct otp_journal_record *record)
{
	const struct otp_store_link link = { .seq = record->seq,
		.generation = ((struct reader *)ctx)->generation, .mac = record->mac };
	struct reader *r = ctx;
	struct otp_event event = OTP_EVENT_INIT;
	enum otp_err err = OTP_OK;

	if (record->seq >= r->from && record->seq <= r->tip.seq) {
		err = otp_event_decode(record->event, record->event_len, &event);
		if (err == OTP_ERR_BAD_INPUT || err == OTP_ERR_INTEGRITY)
			err = OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_UNKNOWN,
			    OTP_WHY_NUM(record->seq));
		if (err == OTP_OK)
			err = r->each(r->ctx, &link, &event);
	}
	otp_event_clear(&event);
	pass(r, record->seq, record->mac);
	return err;
}

/* The first record that does not hold is the one after the last that did. */
static enum otp_err
damaged(struct reader *r, enum otp_err err, const char *name, const struct otp_why *inner)
{
	const char *seq = OTP_WHY_NUM(r->seq + 1);

	if (err != OTP_ERR_INTEGRITY)
		return otp_why_set(r->why, err, inner->message, (const char *const[]){ NULL,
		    inner->arg[0], inner->arg[1], inner->arg[2] }, inner->n_args < 3 ? inner->n_args : 3);
	if (inner->message == OTP_MESSAGE_STORE_DAMAGED)
		return OTP_WHY(r->why, err, AUDIT_DAMAGED, seq, name, inner->arg[1]);
	if (inner->message == OTP_MESSAGE_STORE_OTHER_NAME || inner->message == OTP_MESSAGE_STORE_OTHER)
		return OTP_WHY(r->why, err, AUDIT_OTHER_FILE, seq, name);
	return OTP_WHY(r->why, err, AUDIT_FILE_DAMAGED, seq, name);
}

/* A piece says where it goes on; what came before must have ended there. */
static enum otp_err
join(struct reader *r, const char *name, uint64_t generation, uint64_t seq,
    const uint8_t mac[OTP_MAC_SIZE])
{
	if (r->has_start && (r->seq != seq || memcmp(r->mac, mac, OTP_MAC_SIZE) != 0)) {
		if (r->segment[0] != '\0' && r->seq < seq)
			return OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_DAMAGED,
			    OTP_WHY_NUM(r->seq + 1), r->segment, OTP_WHY_NUM(r->end));
		return OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_GAP, OTP_WHY_NUM(r->seq + 1), name);
	}
	if (!r->has_start) {
		r->chain->first.seq = seq;
		r->chain->first.generation = generation;
		memcpy(r->chain->before, mac, OTP_MAC_SIZE);
	}
	r->has_start = true;
	r->segment[0] = '\0';
	r->generation = generation;
	pass(r, seq, mac);
	return OTP_OK;
}

static enum otp_err
open_segment(struct reader *r, uint64_t number, int *ret_fd, struct otp_segment_head *ret)
{
	struct otp_store *store = r->store;
	struct otp_why inner = OTP_WHY_INIT;
	char name[OTP_SEGMENT_NAME_SIZE];
	enum otp_err err;

	otp_segment_name(name, number);
	err = otp_file_open(store->live_fd, name, O_RDONLY, store->params.owner, OTP_FILE_PRIVATE,
	    ret_fd, NULL);
	if (err != OTP_OK)
		return err;
	err = otp_segment_read_head(*ret_fd, name, store->site.n_shards, &store->macs, ret, &inner);
	return err == OTP_OK ? err : damaged(r, err, name, &inner);
}

/* Nothing to show in this segment, says the head of the next one, which vouches for where it ends. */
static enum otp_err
skip_segment(struct reader *r, uint64_t number, bool *ret_skipped)
{
	struct otp_segment_head next;
	enum otp_err err;
	int fd = -1;

	*ret_skipped = false;
	if (r->from <= 1 || number >= r->store->journal.number)
		return OTP_OK;
	err = open_segment(r, number + 1, &fd, &next);
	if (err == OTP_OK && next.seq < r->from) {
		pass(r, next.seq, next.mac);
		*ret_skipped = true;
	}
	otp_file_close(&fd);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

static enum otp_err
read_segment(struct reader *r, uint64_t number)
{
	struct otp_store *store = r->store;
	const bool is_current = number == store->journal.number;
	char name[OTP_SEGMENT_NAME_SIZE];
	struct otp_segment_head head;
	struct otp_replay replay;
	bool is_skipped = false;
	enum otp_err err;
	int fd = -1;

	otp_segment_name(name, number);
	err = open_segment(r, number, &fd, &head);
	if (err == OTP_OK)
		err = join(r, name, head.generation, head.seq, head.mac);
	if (err == OTP_OK)
		err = skip_segment(r, number, &is_skipped);
	if (err != OTP_OK || is_skipped)
		goto out;
	otp_replay_init(&replay, &store->macs, fd, name, &head);
	if (is_current)		/* what is written later is not ours to see */
		replay.size = store->journal.end;
	err = otp_replay_run(&replay, show, r, r->why);
	if (err == OTP_OK && is_current && replay.at != store->journal.end)
		err = OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_DAMAGED, OTP_WHY_NUM(r->seq + 1), name,
		    OTP_WHY_NUM(replay.at));
	memcpy(r->segment, name, sizeof(r->segment));
	r->end = replay.at;
out:
	otp_file_close(&fd);
	return err;
}

static enum otp_err
read_archive(struct reader *r, uint64_t number)
{
	struct otp_store *store = r->store;
	struct otp_why inner = OTP_WHY_INIT;
	char name[OTP_ARCHIVE_NAME_SIZE];
	struct otp_archive_head head;
	enum otp_err err;
	int fd = -1;

	otp_archive_name(name, number);
	err = otp_archive_read_head(store->archive_fd, number, store->params.owner, &store->macs, &fd,
	    &head, &inner);
	if (err == OTP_OK && memcmp(head.store_id, store->site.id, sizeof(head.store_id)) != 0)
		err = OTP_WHY(&inner, OTP_ERR_INTEGRITY, STORE_OTHER, name);
	if (err == OTP_ERR_NOT_FOUND)
		return err;
	if (err != OTP_OK)
		err = damaged(r, err, name, &inner);
	if (err == OTP_OK)
		err = join(r, name, head.generation, head.seq, head.mac);
	if (err != OTP_OK)
		goto out;
	if (head.last_seq < r->from) {
		/* nothing to show: its head vouches for where it ends */
		pass(r, head.last_seq, head.last_mac);
		goto out;
	}
	err = otp_archive_read(fd, &head, &store->macs, show, r, &inner);
	if (err != OTP_OK && inner.message != OTP_MESSAGE_NONE)
		err = damaged(r, err, name, &inner);
out:
	otp_file_close(&fd);
	return err;
}

/* Neither segment nor archive is there: were it and all before it given up while we read? */
static enum otp_err
missing(struct reader *r, uint64_t number)
{
	char name[OTP_ARCHIVE_NAME_SIZE];
	uint64_t low = 0, high = 0;
	enum otp_err err = OTP_OK;

	otp_archive_name(name, number);
	if (r->has_start)
		err = otp_archive_range(r->store->archive_fd, &low, &high);
	if (err != OTP_OK)
		return OTP_WHY(r->why, OTP_ERR_STORE, CANNOT_READ, OTP_ARCHIVE_DIR, "");
	if (r->has_start && low <= number)
		return OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_MISSING, OTP_WHY_NUM(r->seq + 1), name);
	r->has_start = false;
	return OTP_OK;
}

static enum otp_err
read_all(struct reader *r)
{
	const struct otp_store *store = r->store;
	uint64_t low, high;
	enum otp_err err;

	err = otp_archive_range(store->archive_fd, &low, &high);
	if (err != OTP_OK)
		return OTP_WHY(r->why, OTP_ERR_STORE, CANNOT_READ, OTP_ARCHIVE_DIR, "");
	if (low == 0 || low > store->manifest.low)
		low = store->manifest.low;
	/* the newest archive is never given up: without any, somebody else has taken them */
	if (low == store->manifest.low && low > 1)
		return OTP_WHY(r->why, OTP_ERR_INTEGRITY, AUDIT_MISSING, "1", OTP_ARCHIVE_DIR);
	for (uint64_t n = low; err == OTP_OK && n <= store->journal.number; n++) {
		/* a live segment hides its archive; one that is gone meanwhile has one */
		err = read_segment(r, n);
		if (err == OTP_ERR_NOT_FOUND)
			err = read_archive(r, n);
		if (err == OTP_ERR_NOT_FOUND)
			err = missing(r, n);
	}
	return err;
}

enum otp_err
otp_store_chain(struct otp_store *store, uint64_t from, otp_store_each_link each, void *ctx,
    struct otp_store_chain *ret, struct otp_why *why)
{
	struct reader r = { .store = store, .from = from, .tip = otp_store_tip(store), .each = each,
		.ctx = ctx, .why = why, .chain = ret };
	enum otp_err err;

	*ret = (struct otp_store_chain){ 0 };
	err = read_all(&r);
	ret->first.mac = ret->before;
	ret->last = r.seq < r.tip.seq ? r.seq : r.tip.seq;
	ret->n_records = ret->last - ret->first.seq;
	if (err == OTP_OK && !r.is_at_tip)
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, AUDIT_ENDS, OTP_WHY_NUM(r.seq),
		    OTP_WHY_NUM(r.tip.seq));
	return err;
}

struct otp_store_link
otp_store_tip(const struct otp_store *store)
{
	return (struct otp_store_link){ .seq = store->journal.durable_seq,
		.generation = store->site.generation, .mac = store->journal.durable_mac };
}

struct plain {
	otp_store_each_event each;
	void *ctx;
};

static enum otp_err
each_plain(void *ctx, const struct otp_store_link *link, const struct otp_event *event)
{
	const struct plain *plain = ctx;

	return plain->each(plain->ctx, link->seq, event);
}

enum otp_err
otp_store_events(struct otp_store *store, uint64_t from, otp_store_each_event each, void *ctx,
    struct otp_why *why)
{
	struct plain plain = { .each = each, .ctx = ctx };
	struct otp_store_chain chain;

	/* whoever follows asks often, and mostly for nothing */
	if (from > otp_store_tip(store).seq)
		return OTP_OK;
	return otp_store_chain(store, from, each_plain, &plain, &chain, why);
}

enum otp_err
otp_store_events_since(struct otp_store *store, int64_t ms, uint64_t *ret_seq, bool *ret_whole)
{
	struct otp_archive_head head;
	uint64_t low, high;
	enum otp_err err;
	int fd = -1;

	*ret_seq = 0;
	*ret_whole = store->manifest.low == 1;
	err = otp_archive_range(store->archive_fd, &low, &high);
	if (err != OTP_OK)
		return OTP_ERR_STORE;
	/* from the newest on back to the first that had ended by then */
	for (uint64_t n = store->manifest.low - 1; err == OTP_OK && low > 0 && n >= low; n--) {
		err = otp_archive_read_head(store->archive_fd, n, store->params.owner, &store->macs,
		    &fd, &head, NULL);
		otp_file_close(&fd);
		if (err == OTP_OK && head.last_ms <= ms) {
			*ret_seq = head.last_seq + 1;
			*ret_whole = true;
			break;
		}
		*ret_whole = n == 1;
	}
	return err;
}
