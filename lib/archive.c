/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audit archives: finished segments without their values; the MAC chain goes on through them. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "encode.h"
#include "file.h"

#define MAGIC "otpahead"
#define MAGIC_SIZE 8
#define FORMAT 1
#define BODY_SIZE 144
#define HEAD_SIZE (BODY_SIZE + OTP_MAC_SIZE)	/* a multiple of OTP_JOURNAL_ALIGN */
#define TEMPORARY ".new"
#define WINDOW (2 * OTP_JOURNAL_BYTES_MAX)

void
otp_archive_name(char name[OTP_ARCHIVE_NAME_SIZE], uint64_t number)
{
	(void)snprintf(name, OTP_ARCHIVE_NAME_SIZE, OTP_ARCHIVE_PREFIX "%08llu",
	    (unsigned long long)number);
}

static enum otp_err
write_head(int fd, const struct otp_archive_head *head, struct otp_macs *macs)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, HEAD_SIZE);
	uint8_t mac[OTP_MAC_SIZE];
	enum otp_err err;

	otp_enc_raw(&e, MAGIC, MAGIC_SIZE);
	otp_enc_u32(&e, FORMAT);
	otp_enc_u32(&e, head->key_id);
	otp_enc_raw(&e, head->store_id, sizeof(head->store_id));
	otp_enc_u64(&e, head->generation);
	otp_enc_u64(&e, head->number);
	otp_enc_u64(&e, head->seq);
	otp_enc_raw(&e, head->mac, sizeof(head->mac));
	otp_enc_u64(&e, head->last_seq);
	otp_enc_raw(&e, head->last_mac, sizeof(head->last_mac));
	otp_enc_i64(&e, head->last_ms);
	otp_enc_u64(&e, head->bytes);
	err = e.err;
	if (err == OTP_OK && b.len != BODY_SIZE)
		err = OTP_ERR_INTERNAL;
	if (err == OTP_OK)
		err = otp_macs_compute(macs, head->key_id, b.data, b.len, NULL, 0, mac);
	if (err == OTP_OK)
		err = otp_bytes_append(&b, mac, sizeof(mac));
	if (err == OTP_OK)
		err = otp_segment_disk_err(otp_file_pwrite(fd, b.data, b.len, 0));
	otp_bytes_clear(&b);
	return err;
}

/* Records on their way into an archive. */
struct writer {
	int fd;
	uint64_t at;
	uint8_t *buf;
	size_t len;
};

static enum otp_err
write_out(struct writer *w)
{
	enum otp_err err;

	err = otp_segment_disk_err(otp_file_pwrite(w->fd, w->buf, w->len, (int64_t)w->at));
	w->at += w->len;
	w->len = 0;
	return err;
}

static enum otp_err
add_record(void *ctx, const struct otp_journal_record *record)
{
	const uint32_t size = otp_journal_record_size(record->event_len, 0);
	const size_t body = OTP_JOURNAL_HEADER + (size_t)record->event_len;
	struct writer *w = ctx;
	enum otp_err err = OTP_OK;
	uint8_t *p;

	if (w->len + size > WINDOW)
		err = write_out(w);
	if (err != OTP_OK)
		return err;
	p = w->buf + w->len;
	memcpy(p, record->header, body);
	memset(p + body, 0, size - body);
	memcpy(p + size - OTP_MAC_SIZE, record->mac, OTP_MAC_SIZE);
	w->len += size;
	return OTP_OK;
}

/* From an open segment into an open, empty file. */
static enum otp_err
copy_events(int in, int out, const char *name, const struct otp_segment_head *head,
    const struct otp_segment_head *next, uint32_t key_id, struct otp_macs *macs)
{
	struct otp_archive_head archive = { .key_id = key_id, .generation = head->generation,
		.number = head->number, .seq = head->seq };
	struct writer w = { .fd = out, .at = HEAD_SIZE, .buf = malloc(WINDOW) };
	struct otp_replay r;
	enum otp_err err;

	if (w.buf == NULL)
		return OTP_ERR_NO_MEMORY;
	otp_replay_init(&r, macs, in, name, head);
	err = otp_replay_run(&r, add_record, &w, NULL);
	if (err == OTP_OK && (r.at != next->prev_end || r.seq != next->seq ||
	    memcmp(r.mac, next->mac, sizeof(r.mac)) != 0))
		err = OTP_ERR_INTEGRITY;
	if (err == OTP_OK)
		err = write_out(&w);
	memcpy(archive.store_id, head->store_id, sizeof(archive.store_id));
	memcpy(archive.mac, head->mac, sizeof(archive.mac));
	memcpy(archive.last_mac, r.mac, sizeof(archive.last_mac));
	archive.last_seq = r.seq;
	archive.last_ms = r.newest_ms;
	archive.bytes = w.at;
	if (err == OTP_OK)
		err = write_head(out, &archive, macs);
	if (err == OTP_OK && fsync(out) != 0)
		err = otp_segment_disk_err(OTP_ERR_SYSTEM);
	free(w.buf);
	return err;
}

enum otp_err
otp_archive_write(int live_fd, int archive_fd, uint64_t number, const struct otp_segment_head *next,
    uint32_t key_id, struct otp_macs *macs, uid_t owner)
{
	char segment[OTP_SEGMENT_NAME_SIZE], name[OTP_ARCHIVE_NAME_SIZE];
	char temporary[OTP_ARCHIVE_NAME_SIZE + sizeof(TEMPORARY)];
	struct otp_segment_head head;
	enum otp_err err;
	int e, in = -1, out = -1;

	otp_segment_name(segment, number);
	otp_archive_name(name, number);
	(void)snprintf(temporary, sizeof(temporary), "%s" TEMPORARY, name);
	err = otp_segment_open(live_fd, number, owner, &in, NULL);
	if (err == OTP_OK)
		err = otp_segment_read_head(in, segment, next->manifest.n_shards, macs, &head, NULL);
	if (err != OTP_OK)
		goto out;
	(void)unlinkat(archive_fd, temporary, 0);
	out = openat(archive_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0) {
		err = otp_segment_disk_err(OTP_ERR_SYSTEM);
		goto out;
	}
	err = copy_events(in, out, segment, &head, next, key_id, macs);
	if (err == OTP_OK && renameat(archive_fd, temporary, archive_fd, name) != 0)
		err = otp_segment_disk_err(OTP_ERR_SYSTEM);
	e = errno;
	if (err != OTP_OK)
		(void)unlinkat(archive_fd, temporary, 0);
	errno = e;
out:
	otp_file_close(&in);
	otp_file_close(&out);
	return err;
}

static bool
decode_head(const uint8_t *buf, struct otp_archive_head *ret)
{
	struct otp_dec d;

	otp_dec_init(&d, buf + MAGIC_SIZE + 4, BODY_SIZE - MAGIC_SIZE - 4);
	ret->key_id = otp_dec_u32(&d);
	otp_dec_raw(&d, ret->store_id, sizeof(ret->store_id));
	ret->generation = otp_dec_u64(&d);
	ret->number = otp_dec_u64(&d);
	ret->seq = otp_dec_u64(&d);
	otp_dec_raw(&d, ret->mac, sizeof(ret->mac));
	ret->last_seq = otp_dec_u64(&d);
	otp_dec_raw(&d, ret->last_mac, sizeof(ret->last_mac));
	ret->last_ms = otp_dec_i64(&d);
	ret->bytes = otp_dec_u64(&d);
	return otp_dec_end(&d) == OTP_OK;
}

enum otp_err
otp_archive_read_head(int archive_fd, uint64_t number, uid_t owner, struct otp_macs *macs,
    int *ret_fd, struct otp_archive_head *ret, struct otp_why *why)
{
	char name[OTP_ARCHIVE_NAME_SIZE];
	uint8_t buf[HEAD_SIZE];
	struct stat st = { 0 };
	enum otp_err err;
	size_t n = 0;
	int fd = -1;

	memset(ret, 0, sizeof(*ret));
	otp_archive_name(name, number);
	err = otp_file_open(archive_fd, name, O_RDONLY, owner, OTP_FILE_PRIVATE, &fd, why);
	if (err != OTP_OK)
		return err;
	if (otp_file_pread(fd, buf, HEAD_SIZE, 0, &n) != OTP_OK || fstat(fd, &st) != 0)
		err = OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_READ, name, OTP_WHY_ERRNO(errno));
	else if (n != HEAD_SIZE || memcmp(buf, MAGIC, MAGIC_SIZE) != 0 || !decode_head(buf, ret))
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, name, "0");
	if (err != OTP_OK)
		goto out;
	err = otp_macs_check(macs, ret->key_id, buf, BODY_SIZE, NULL, 0, buf + BODY_SIZE);
	if (err == OTP_ERR_KEY)
		(void)OTP_WHY(why, err, STORE_KEY_MISSING, name);
	else if (err == OTP_OK && ret->number != number)
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_OTHER_NAME, name);
	else if (err == OTP_OK && ret->bytes != (uint64_t)st.st_size)
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_FILE_SIZE, name,
		    OTP_WHY_NUM(st.st_size), OTP_WHY_NUM(ret->bytes));
	else if (err == OTP_ERR_INTEGRITY)
		(void)OTP_WHY(why, err, STORE_DAMAGED, name, "0");
	if (err != OTP_OK)
		goto out;
	*ret_fd = fd;
	fd = -1;
out:
	otp_file_close(&fd);
	return err;
}

enum otp_err
otp_archive_read(int fd, const struct otp_archive_head *head, struct otp_macs *macs,
    otp_replay_each each, void *ctx, struct otp_why *why)
{
	char name[OTP_ARCHIVE_NAME_SIZE];
	struct otp_journal_record record;
	uint64_t at = HEAD_SIZE, seq = head->seq;
	uint8_t mac[OTP_MAC_SIZE];
	enum otp_err err = OTP_OK;
	uint8_t *buf;
	size_t n = 0, used = 0;

	otp_archive_name(name, head->number);
	buf = malloc(WINDOW);
	if (buf == NULL)
		return OTP_ERR_NO_MEMORY;
	memcpy(mac, head->mac, sizeof(mac));
	while (at < head->bytes) {
		if (n - used < OTP_JOURNAL_BYTES_MAX && n - used < head->bytes - at) {
			err = otp_file_pread(fd, buf, WINDOW, (int64_t)at, &n);
			used = 0;
			if (err != OTP_OK) {
				(void)OTP_WHY(why, err, CANNOT_READ, name, OTP_WHY_ERRNO(errno));
				goto out;
			}
		}
		err = OTP_ERR_INTEGRITY;
		if (otp_journal_parse(buf + used, n - used, true, &record) &&
		    record.seq == seq + 1 && memcmp(record.prev, mac, sizeof(mac)) == 0)
			err = otp_journal_verify(&record, macs);
		if (err != OTP_OK) {
			(void)OTP_WHY(why, err, STORE_DAMAGED, name, OTP_WHY_NUM(at));
			goto out;
		}
		err = each(ctx, &record);
		if (err != OTP_OK)
			goto out;
		seq = record.seq;
		memcpy(mac, record.mac, sizeof(mac));
		at += record.stored;
		used += record.stored;
	}
	if (seq != head->last_seq || memcmp(mac, head->last_mac, sizeof(mac)) != 0)
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, name, OTP_WHY_NUM(at));
out:
	free(buf);
	return err;
}

enum otp_err
otp_archive_range(int archive_fd, uint64_t *ret_low, uint64_t *ret_high)
{
	uint64_t number;
	struct dirent *e;
	DIR *dir;
	int fd;

	*ret_low = *ret_high = 0;
	fd = openat(archive_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return OTP_ERR_SYSTEM;
	dir = fdopendir(fd);
	if (dir == NULL) {
		otp_file_close(&fd);
		return OTP_ERR_SYSTEM;
	}
	/* cppcheck-suppress readdirCalled */
	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0) {
		if (!otp_segment_parse_numbered(e->d_name, OTP_ARCHIVE_PREFIX, &number))
			continue;
		if (*ret_low == 0 || number < *ret_low)
			*ret_low = number;
		if (number > *ret_high)
			*ret_high = number;
	}
	fd = errno;
	(void)closedir(dir);
	return fd == 0 ? OTP_OK : OTP_ERR_SYSTEM;
}

/* All of them, by their heads: those that cannot be read stay where they are. */
static enum otp_err
sum_bytes(int archive_fd, uint64_t low, uint64_t high, uint64_t *ret)
{
	char name[OTP_ARCHIVE_NAME_SIZE];
	struct stat st;

	*ret = 0;
	for (uint64_t number = low; number <= high; number++) {
		otp_archive_name(name, number);
		if (fstatat(archive_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*ret += (uint64_t)st.st_size;
		else if (errno != ENOENT)
			return OTP_ERR_SYSTEM;
	}
	return OTP_OK;
}

enum otp_err
otp_archive_prune(int archive_fd, uid_t owner, struct otp_macs *macs, int64_t keep_from_ms,
    uint64_t max_bytes)
{
	char name[OTP_ARCHIVE_NAME_SIZE];
	struct otp_archive_head head;
	uint64_t low, high, bytes;
	enum otp_err err;
	int fd = -1;

	err = otp_archive_range(archive_fd, &low, &high);
	if (err == OTP_OK && low > 0)
		err = sum_bytes(archive_fd, low, high, &bytes);
	if (err != OTP_OK || low == 0)
		return err;
	for (uint64_t number = low; number < high; number++) {
		err = otp_archive_read_head(archive_fd, number, owner, macs, &fd, &head, NULL);
		otp_file_close(&fd);
		if (err == OTP_ERR_NOT_FOUND)
			continue;
		if (err != OTP_OK)
			return err;
		if (head.last_ms >= keep_from_ms && bytes <= max_bytes)
			return OTP_OK;
		otp_archive_name(name, number);
		if (unlinkat(archive_fd, name, 0) != 0)
			return OTP_ERR_SYSTEM;
		bytes -= head.bytes;
	}
	return OTP_OK;
}
