/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work of a checkpoint: successors of the shards that changed, and the archives of finished segments. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"
#include "checkpoint.h"
#include "crypto.h"
#include "file.h"
#include "segment.h"
#include "shards.h"

#define COPY_PIECE (1u << 20)

static void
pause_after(void *ctx, size_t bytes)
{
	otp_pace_work(ctx, bytes);
}

/* The overlay's entries in one array, those of a shard side by side; first[i] is where shard i begins. */
static enum otp_err
group(const struct otp_overlay *o, uint32_t n_shards, const struct otp_overlay_entry ***ret,
    size_t first[OTP_SHARDS_MAX + 1])
{
	struct otp_overlay_cursor cursor = { 0 };
	size_t next[OTP_SHARDS_MAX + 1];
	const struct otp_overlay_entry *e;

	*ret = calloc(o->n + 1, sizeof(const struct otp_overlay_entry *));
	if (*ret == NULL)
		return OTP_ERR_NO_MEMORY;
	memset(first, 0, (OTP_SHARDS_MAX + 1) * sizeof(first[0]));
	while ((e = otp_overlay_next(o, &cursor)) != NULL)
		first[otp_shard_of(&e->key, n_shards) + 1]++;
	for (uint32_t i = 0; i < n_shards; i++)
		first[i + 1] += first[i];
	memcpy(next, first, sizeof(next));
	cursor = (struct otp_overlay_cursor){ 0 };
	while ((e = otp_overlay_next(o, &cursor)) != NULL)
		(*ret)[next[otp_shard_of(&e->key, n_shards)]++] = e;
	return OTP_OK;
}

static enum otp_err
copy_file(int in, int out, struct otp_pace *pace)
{
	enum otp_err err = OTP_OK;
	bool by_kernel = true;
	off_t from = 0;
	uint8_t *buf;
	ssize_t n;
	size_t got;

	buf = malloc(COPY_PIECE);
	if (buf == NULL)
		return OTP_ERR_NO_MEMORY;
	for (off_t to = 0;; to += n) {
		if (by_kernel) {
			off_t at = to;

			n = copy_file_range(in, &from, out, &at, COPY_PIECE, 0);
			by_kernel = n > 0 || (n == 0 && to > 0);
			if (n < 0 && otp_segment_disk_err(OTP_ERR_SYSTEM) == OTP_ERR_DISK_FULL) {
				err = OTP_ERR_DISK_FULL;
				break;
			}
		}
		if (!by_kernel) {
			err = otp_file_pread(in, buf, COPY_PIECE, to, &got);
			if (err == OTP_OK)
				err = otp_segment_disk_err(otp_file_pwrite(out, buf, got, to));
			n = (ssize_t)got;
		}
		if (err != OTP_OK || n == 0)
			break;
		otp_pace_work(pace, (size_t)n);
	}
	free(buf);
	return err;
}

/* Is the old file what the manifest says? */
static enum otp_err
open_proved(const struct otp_checkpoint *c, uint32_t shard, int *ret_fd)
{
	char name[OTP_SHARD_NAME_SIZE];
	uint8_t hash[OTP_SHARD_HASH_SIZE];
	enum otp_err err;

	otp_shard_name(name, shard, c->manifest->shard[shard].seq);
	err = otp_file_open(c->live_fd, name, O_RDONLY, c->owner, OTP_FILE_PRIVATE, ret_fd, NULL);
	if (err == OTP_ERR_NOT_FOUND || err == OTP_ERR_NOT_PERMITTED)
		return OTP_ERR_INTEGRITY;
	if (err != OTP_OK)
		return err;
	err = otp_crypto_hash_fd(*ret_fd, hash);
	if (err != OTP_OK)	/* the file is to blame only if it cannot be read */
		return err == OTP_ERR_SYSTEM ? OTP_ERR_INTEGRITY : err;
	return memcmp(hash, c->manifest->shard[shard].hash, sizeof(hash)) == 0 ? OTP_OK : OTP_ERR_INTEGRITY;
}

static enum otp_err
write_shard(const struct otp_checkpoint *c, uint32_t shard, const struct otp_shard_change *change,
    uint8_t ret_hash[OTP_SHARD_HASH_SIZE])
{
	char name[OTP_SHARD_NAME_SIZE];
	enum otp_err err;
	int in = -1, out = -1;

	otp_shard_name(name, shard, c->seq);
	err = open_proved(c, shard, &in);
	if (err != OTP_OK)
		goto out;
	(void)unlinkat(c->live_fd, name, 0);
	out = openat(c->live_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0) {
		err = otp_segment_disk_err(OTP_ERR_SYSTEM);
		goto out;
	}
	if (c->overlay->rebuild[shard]) {
		err = otp_shard_rebuild(in, out, c->overlay, change);
	} else {
		err = copy_file(in, out, change->ctx);
		if (err == OTP_OK)
			err = otp_shard_change(out, change);
	}
	if (err == OTP_OK && fsync(out) != 0)
		err = otp_segment_disk_err(OTP_ERR_SYSTEM);
	if (err == OTP_OK)
		err = otp_crypto_hash_fd(out, ret_hash);
	if (err != OTP_OK)
		(void)unlinkat(c->live_fd, name, 0);
out:
	otp_file_close(&in);
	otp_file_close(&out);
	return err;
}

static enum otp_err
write_shards(const struct otp_checkpoint *c, struct otp_pace *pace,
    struct otp_checkpoint_report *report)
{
	const struct otp_overlay_entry **entries = NULL;
	struct otp_shard_change change = { .pause = pause_after, .ctx = pace };
	size_t first[OTP_SHARDS_MAX + 1];
	enum otp_err err;

	err = group(c->overlay, c->manifest->n_shards, &entries, first);
	for (uint32_t i = 0; err == OTP_OK && i < c->manifest->n_shards; i++) {
		change.entries = entries + first[i];
		change.n = first[i + 1] - first[i];
		if (change.n == 0 && !c->overlay->rebuild[i])
			continue;
		err = write_shard(c, i, &change, report->hash[i]);
		report->outcome[i] = OTP_SHARD_WRITTEN;
		if (err == OTP_ERR_INTEGRITY) {	/* this one stays; the others go on */
			report->outcome[i] = OTP_SHARD_DAMAGED;
			err = OTP_OK;
		}
	}
	free(entries);
	return err;
}

static enum otp_err
write_archives(const struct otp_checkpoint *c)
{
	char name[OTP_SEGMENT_NAME_SIZE];
	struct otp_segment_head next;
	enum otp_err err = OTP_OK;
	int fd = -1;

	for (uint64_t n = c->manifest->low; err == OTP_OK && n < c->low; n++) {
		otp_segment_name(name, n + 1);
		err = otp_segment_open(c->live_fd, n + 1, c->owner, &fd, NULL);
		if (err == OTP_OK)
			err = otp_segment_read_head(fd, name, c->manifest->n_shards, c->macs, &next, NULL);
		otp_file_close(&fd);
		if (err == OTP_OK)
			err = otp_archive_write(c->live_fd, c->archive_fd, n, &next, c->key_id, c->macs,
			    c->owner);
	}
	if (err != OTP_OK)
		return err;
	/* an old archive that cannot be judged stays: no reason to stop */
	(void)otp_archive_prune(c->archive_fd, c->owner, c->macs, c->keep_from_ms, c->audit_max);
	return otp_file_sync_dir(c->archive_fd);
}

/* All is tried again, later: until then the disk is not to be fuller than it was. */
static void
remove_written(const struct otp_checkpoint *c, const struct otp_checkpoint_report *report)
{
	char name[OTP_SHARD_NAME_SIZE];

	for (uint32_t i = 0; i < c->manifest->n_shards; i++) {
		if (report->outcome[i] != OTP_SHARD_WRITTEN)
			continue;
		otp_shard_name(name, i, c->seq);
		(void)unlinkat(c->live_fd, name, 0);
	}
}

void
otp_checkpoint_run(void *ctx, struct otp_pace *pace, void *report)
{
	const struct otp_checkpoint *c = ctx;
	struct otp_checkpoint_report *r = report;
	enum otp_err err;

	err = write_shards(c, pace, r);
	if (err == OTP_OK)
		err = write_archives(c);
	if (err == OTP_OK)
		err = otp_file_sync_dir(c->live_fd);
	if (err != OTP_OK)
		remove_written(c, r);
	r->err = (uint32_t)err;
}
