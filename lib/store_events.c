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
	uint64_t from, until;		/* sequence numbers */
	otp_store_each_event each;
	void *ctx;
	struct otp_why *why;
	bool has_start;			/* of the chain: seq and mac are those of the last link */
	uint64_t seq;
	uint8_t mac[OTP_MAC_SIZE];
};

static enum otp_err
show(void *ctx, const struct otp_journal_record *record)
{
	struct reader *r = ctx;
	struct otp_event event = OTP_EVENT_INIT;
	enum otp_err err = OTP_OK;

	if (record->seq >= r->from && record->seq <= r->until) {
		err = otp_event_decode(record->event, record->event_len, &event);
		if (err == OTP_OK)
			err = r->each(r->ctx, record->seq, &event);
		else if (err == OTP_ERR_BAD_INPUT)
			err = OTP_ERR_INTEGRITY;
	}
	otp_event_clear(&event);
	r->seq = record->seq;
	memcpy(r->mac, record->mac, sizeof(r->mac));
	return err;
}

/* A piece says where it goes on; what came before must have ended there. */
static enum otp_err
join(struct reader *r, const char *name, uint64_t seq, const uint8_t mac[OTP_MAC_SIZE])
{
	if (r->has_start && (r->seq != seq || memcmp(r->mac, mac, OTP_MAC_SIZE) != 0))
		return OTP_WHY(r->why, OTP_ERR_INTEGRITY, STORE_AUDIT_GAP, name);
	r->has_start = true;
	r->seq = seq;
	memcpy(r->mac, mac, OTP_MAC_SIZE);
	return OTP_OK;
}

static enum otp_err
read_segment(struct reader *r, uint64_t number)
{
	struct otp_store *store = r->store;
	const bool is_current = number == store->journal.number;
	char name[OTP_SEGMENT_NAME_SIZE];
	struct otp_segment_head head;
	struct otp_replay replay;
	enum otp_err err;
	int fd = -1;

	otp_segment_name(name, number);
	err = otp_file_open(store->live_fd, name, O_RDONLY, store->params.owner, OTP_FILE_PRIVATE,
	    &fd, NULL);
	if (err != OTP_OK)
		return err;
	err = otp_segment_read_head(fd, name, store->site.n_shards, &store->macs, &head, r->why);
	if (err == OTP_OK)
		err = join(r, name, head.seq, head.mac);
	if (err != OTP_OK)
		goto out;
	otp_replay_init(&replay, &store->macs, fd, name, &head);
	if (is_current)		/* what is written later is not ours to see */
		replay.size = store->journal.end;
	err = otp_replay_run(&replay, show, r, r->why);
	if (err == OTP_OK && is_current && replay.at != store->journal.end)
		err = OTP_WHY(r->why, OTP_ERR_INTEGRITY, STORE_DAMAGED, name,
		    OTP_WHY_NUM(replay.at));
out:
	otp_file_close(&fd);
	return err;
}

static enum otp_err
read_archive(struct reader *r, uint64_t number)
{
	struct otp_store *store = r->store;
	char name[OTP_ARCHIVE_NAME_SIZE];
	struct otp_archive_head head;
	enum otp_err err;
	int fd = -1;

	otp_archive_name(name, number);
	err = otp_archive_read_head(store->archive_fd, number, store->params.owner, &store->macs, &fd,
	    &head, r->why);
	if (err == OTP_OK && memcmp(head.store_id, store->site.id, sizeof(head.store_id)) != 0)
		err = OTP_WHY(r->why, OTP_ERR_INTEGRITY, STORE_OTHER, name);
	if (err == OTP_OK)
		err = join(r, name, head.seq, head.mac);
	if (err == OTP_OK && head.last_seq < r->from) {
		/* nothing to show: its head vouches for where it ends */
		r->seq = head.last_seq;
		memcpy(r->mac, head.last_mac, sizeof(r->mac));
	} else if (err == OTP_OK) {
		err = otp_archive_read(fd, &head, &store->macs, show, r, r->why);
	}
	otp_file_close(&fd);
	return err;
}

enum otp_err
otp_store_events(struct otp_store *store, uint64_t from, otp_store_each_event each, void *ctx,
    struct otp_why *why)
{
	struct reader r = { .store = store, .from = from, .until = store->journal.durable_seq,
		.each = each, .ctx = ctx, .why = why };
	uint64_t low, high;
	enum otp_err err;

	err = otp_archive_range(store->archive_fd, &low, &high);
	if (err != OTP_OK)
		return OTP_WHY(why, OTP_ERR_STORE, CANNOT_READ, OTP_ARCHIVE_DIR, "");
	if (low == 0 || low > store->manifest.low)
		low = store->manifest.low;
	/* the newest archive is never given up: without any, somebody else has taken them */
	if (low == store->manifest.low && low > 1)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_AUDIT_GAP, OTP_ARCHIVE_DIR);
	for (uint64_t n = low; err == OTP_OK && n <= store->journal.number; n++) {
		/* a live segment hides its archive; one that is gone meanwhile has one */
		err = read_segment(&r, n);
		if (err == OTP_ERR_NOT_FOUND)
			err = read_archive(&r, n);
		/* the oldest may have been given up while we read */
		if (err == OTP_ERR_NOT_FOUND && !r.has_start)
			err = OTP_OK;
	}
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
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
