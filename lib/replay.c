/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a segment back: record after record as far as they verify, and what a start does about the end. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "replay.h"

#define WINDOW (2 * OTP_JOURNAL_BYTES_MAX)
#define PIECE 65536

/* A part of the file in memory, with always a whole record from `at` on where the file has one. */
struct window {
	uint8_t *buf;
	uint64_t from;
	size_t len;
};

static enum otp_err
window_new(struct window *w)
{
	*w = (struct window){ .buf = malloc(WINDOW) };
	return w->buf != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

static enum otp_err
window_move(struct window *w, const struct otp_replay *r, uint64_t at, const uint8_t **ret_p,
    size_t *ret_avail, struct otp_why *why)
{
	const uint64_t end = w->from + w->len;
	const bool holds = at >= w->from && at <= end &&
	    (end - at >= OTP_JOURNAL_BYTES_MAX || (end == r->size && w->len > 0));
	size_t want;

	if (!holds) {
		w->from = at;
		w->len = 0;
		want = r->size > at ? WINDOW : 0;
		if (want > r->size - at)
			want = (size_t)(r->size - at);
		if (otp_file_pread(r->fd, w->buf, want, (int64_t)at, &w->len) != OTP_OK)
			return OTP_WHY(why, OTP_ERR_STORE, CANNOT_READ, r->name,
			    OTP_WHY_ERRNO(errno));
	}
	*ret_p = w->buf + (at - w->from);
	*ret_avail = w->len - (size_t)(at - w->from);
	return OTP_OK;
}

void
otp_replay_init(struct otp_replay *r, struct otp_macs *macs, int fd, const char *name,
    const struct otp_segment_head *head)
{
	const uint32_t head_size = otp_segment_head_size(head->manifest.n_shards);

	*r = (struct otp_replay){ .macs = macs, .fd = fd, .name = name, .size = head->size,
		.at = head_size, .durable = head_size, .seq = head->seq,
		.newest_ms = head->newest_ms, .last = OTP_JOURNAL_NONE };
	memcpy(r->mac, head->mac, sizeof(r->mac));
}

static void
step(struct otp_replay *r, const struct otp_journal_record *record)
{
	r->at += record->stored;
	r->durable = record->durable;
	r->seq = record->seq;
	memcpy(r->mac, record->mac, sizeof(r->mac));
	r->newest_ms = record->newest_ms;
	r->last = record->type;
}

enum otp_err
otp_replay_run(struct otp_replay *r, otp_replay_each each, void *ctx, struct otp_why *why)
{
	struct window w;
	struct otp_journal_record record;
	const uint8_t *p = NULL;
	enum otp_err err;
	size_t avail = 0;

	err = window_new(&w);
	if (err != OTP_OK)
		return err;
	for (;;) {
		err = window_move(&w, r, r->at, &p, &avail, why);
		if (err != OTP_OK || !otp_journal_parse(p, avail, false, &record) ||
		    record.seq != r->seq + 1 || memcmp(record.prev, r->mac, sizeof(r->mac)) != 0)
			break;
		err = otp_journal_verify(&record, r->macs);
		if (err == OTP_ERR_INTEGRITY || (err == OTP_ERR_KEY && record.key_id == 0)) {
			err = OTP_OK;
			break;
		}
		if (err == OTP_ERR_KEY)
			(void)OTP_WHY(why, err, STORE_KEY_MISSING, r->name);
		if (err == OTP_OK && each != NULL)
			err = each(ctx, &record);
		if (err != OTP_OK)
			break;
		step(r, &record);
	}
	free(w.buf);
	return err;
}

/* What a later record says counts if its own MAC holds; its values may be damaged too. */
static bool
claims_durable(const struct otp_replay *r, const uint8_t *p, size_t avail)
{
	struct otp_journal_record record;

	if (!otp_journal_parse(p, avail, false, &record) || record.seq <= r->seq ||
	    record.durable <= r->at)
		return false;
	record.values = NULL;
	return otp_journal_verify(&record, r->macs) == OTP_OK;
}

enum otp_err
otp_replay_check_end(const struct otp_replay *r, struct otp_why *why)
{
	struct window w;
	const uint8_t *p = NULL;
	enum otp_err err;
	size_t avail = 0;

	err = window_new(&w);
	for (uint64_t at = r->at; err == OTP_OK && at < r->size; at += OTP_JOURNAL_ALIGN) {
		err = window_move(&w, r, at, &p, &avail, why);
		if (err != OTP_OK || avail == 0)
			break;
		if (claims_durable(r, p, avail))
			err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, r->name,
			    OTP_WHY_NUM(r->at));
	}
	free(w.buf);
	return err;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static enum otp_err
zero_rest(const struct otp_replay *r, uint8_t *buf)
{
	enum otp_err err = OTP_OK;
	size_t n = 0;

	for (uint64_t at = r->at; err == OTP_OK && at < r->size; at += n) {
		const size_t want = r->size - at < PIECE ? (size_t)(r->size - at) : PIECE;

		err = otp_file_pread(r->fd, buf, want, (int64_t)at, &n);
		if (err != OTP_OK || n == 0)
			break;
		if (is_zero(buf, n))
			continue;
		memset(buf, 0, n);
		err = otp_file_pwrite(r->fd, buf, n, (int64_t)at);
	}
	return err;
}

static enum otp_err
write_again(const struct otp_replay *r, uint8_t *buf)
{
	enum otp_err err = OTP_OK;
	size_t n = 0;

	for (uint64_t at = r->durable; err == OTP_OK && at < r->at; at += n) {
		const size_t want = r->at - at < PIECE ? (size_t)(r->at - at) : PIECE;

		err = otp_file_pread(r->fd, buf, want, (int64_t)at, &n);
		if (err == OTP_OK && n == 0)
			err = OTP_ERR_SYSTEM;
		if (err == OTP_OK)
			err = otp_file_pwrite(r->fd, buf, n, (int64_t)at);
	}
	return err;
}

enum otp_err
otp_replay_repair(const struct otp_replay *r, struct otp_why *why)
{
	enum otp_err err;
	uint8_t *buf;

	buf = malloc(PIECE);
	if (buf == NULL)
		return OTP_ERR_NO_MEMORY;
	err = zero_rest(r, buf);
	if (err == OTP_OK)
		err = write_again(r, buf);
	if (err != OTP_OK)
		err = OTP_WHY(why, OTP_ERR_STORE, CANNOT_WRITE, r->name, OTP_WHY_ERRNO(errno));
	free(buf);
	return err;
}
