/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the journal: names, the head of a segment with its manifest, the prepared next one. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "encode.h"
#include "file.h"
#include "parse.h"
#include "segment.h"

#define NAME_PREFIX "journal."
#define NUMBER_DIGITS 8
#define NUMBER_MAX 99999999u

#define MAGIC "otpjhead"
#define MAGIC_SIZE 8
#define FORMAT 1
#define FIXED_SIZE 120
#define HEAD_ROUND 4096
#define HEAD_SIZE_MAX 16384
#define ZERO_PIECE 65536

bool
otp_segment_parse_numbered(const char *name, const char *prefix, uint64_t *ret_number)
{
	const size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && strlen(name + n) == NUMBER_DIGITS &&
	    otp_parse_u64(name + n, 1, NUMBER_MAX, ret_number) == OTP_OK;
}

void
otp_segment_name(char name[OTP_SEGMENT_NAME_SIZE], uint64_t number)
{
	(void)snprintf(name, OTP_SEGMENT_NAME_SIZE, NAME_PREFIX "%08llu",
	    (unsigned long long)number);
}

bool
otp_segment_parse_name(const char *name, uint64_t *ret_number)
{
	return otp_segment_parse_numbered(name, NAME_PREFIX, ret_number);
}

enum otp_err
otp_segment_highest(int live_fd, uint64_t *ret_number)
{
	uint64_t number;
	struct dirent *e;
	DIR *dir;
	int fd;

	*ret_number = 0;
	fd = openat(live_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return OTP_ERR_SYSTEM;
	dir = fdopendir(fd);
	if (dir == NULL) {
		otp_file_close(&fd);
		return OTP_ERR_SYSTEM;
	}
	/* cppcheck-suppress readdirCalled */
	for (errno = 0; (e = readdir(dir)) != NULL; errno = 0)
		if (otp_segment_parse_name(e->d_name, &number) && number > *ret_number)
			*ret_number = number;
	fd = errno;
	(void)closedir(dir);
	return fd == 0 ? OTP_OK : OTP_ERR_SYSTEM;
}

uint32_t
otp_segment_head_size(uint32_t n_shards)
{
	const size_t n = FIXED_SIZE + otp_manifest_size(n_shards) + OTP_MAC_SIZE;

	return (uint32_t)((n + HEAD_ROUND - 1) / HEAD_ROUND * HEAD_ROUND);
}

enum otp_err
otp_segment_write_head(int fd, const struct otp_segment_head *head, struct otp_macs *macs)
{
	const uint32_t head_size = otp_segment_head_size(head->manifest.n_shards);
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, head_size);
	uint8_t mac[OTP_MAC_SIZE];
	enum otp_err err;

	otp_enc_raw(&e, MAGIC, MAGIC_SIZE);
	otp_enc_u32(&e, FORMAT);
	otp_enc_u32(&e, head->key_id);
	otp_enc_raw(&e, head->store_id, sizeof(head->store_id));
	otp_enc_u64(&e, head->generation);
	otp_enc_u64(&e, head->number);
	otp_enc_u64(&e, head->size);
	otp_enc_u32(&e, head_size);
	otp_enc_u32(&e, (uint32_t)otp_manifest_size(head->manifest.n_shards));
	otp_enc_u64(&e, head->seq);
	otp_enc_u64(&e, head->prev_end);
	otp_enc_i64(&e, head->newest_ms);
	otp_enc_raw(&e, head->mac, sizeof(head->mac));
	otp_manifest_encode(&head->manifest, &e);
	err = e.err;
	if (err == OTP_OK)
		err = otp_macs_compute(macs, head->key_id, b.data, b.len, NULL, 0, mac);
	otp_enc_raw(&e, mac, sizeof(mac));
	if (err == OTP_OK)
		err = e.err;
	if (err == OTP_OK)
		err = otp_bytes_reserve(&b, head_size);
	if (err != OTP_OK)
		goto out;
	memset(b.data + b.len, 0, head_size - b.len);
	err = otp_segment_disk_err(otp_file_pwrite(fd, b.data, head_size, 0));
out:
	otp_bytes_clear(&b);
	return err;
}

/* Only what the MAC vouches for gets here. */
static bool
decode_head(const uint8_t *data, size_t len, uint32_t n_shards, struct otp_segment_head *ret)
{
	struct otp_dec d;
	const uint8_t *manifest;
	uint32_t head_size, manifest_size;

	otp_dec_init(&d, data, len);
	(void)otp_dec_view(&d, MAGIC_SIZE + 4);
	ret->key_id = otp_dec_u32(&d);
	otp_dec_raw(&d, ret->store_id, sizeof(ret->store_id));
	ret->generation = otp_dec_u64(&d);
	ret->number = otp_dec_u64(&d);
	ret->size = otp_dec_u64(&d);
	head_size = otp_dec_u32(&d);
	manifest_size = otp_dec_u32(&d);
	ret->seq = otp_dec_u64(&d);
	ret->prev_end = otp_dec_u64(&d);
	ret->newest_ms = otp_dec_i64(&d);
	otp_dec_raw(&d, ret->mac, sizeof(ret->mac));
	manifest = otp_dec_view(&d, manifest_size);
	return manifest != NULL && otp_dec_end(&d) == OTP_OK &&
	    head_size == otp_segment_head_size(n_shards) && ret->size >= OTP_SEGMENT_SIZE_MIN &&
	    ret->size <= OTP_SEGMENT_SIZE_MAX &&
	    otp_manifest_decode(manifest, manifest_size, n_shards, &ret->manifest) == OTP_OK;
}

enum otp_err
otp_segment_read_head(int fd, const char *name, uint32_t n_shards, struct otp_macs *macs,
    struct otp_segment_head *ret, struct otp_why *why)
{
	const size_t len = FIXED_SIZE + otp_manifest_size(n_shards);
	uint8_t buf[HEAD_SIZE_MAX];
	struct otp_dec d;
	struct stat st;
	enum otp_err err;
	uint32_t format, key_id;
	size_t n;

	err = otp_file_pread(fd, buf, len + OTP_MAC_SIZE, 0, &n);
	if (err != OTP_OK || fstat(fd, &st) != 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_READ, name, OTP_WHY_ERRNO(errno));
	if (n != len + OTP_MAC_SIZE || memcmp(buf, MAGIC, MAGIC_SIZE) != 0)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, name, "0");
	otp_dec_init(&d, buf + MAGIC_SIZE, 8);
	format = otp_dec_u32(&d);
	key_id = otp_dec_u32(&d);
	err = otp_macs_check(macs, key_id, buf, len, NULL, 0, buf + len);
	if (err == OTP_ERR_KEY)
		return OTP_WHY(why, err, STORE_KEY_MISSING, name);
	if (err == OTP_ERR_INTEGRITY)
		return OTP_WHY(why, err, STORE_DAMAGED, name, "0");
	if (err != OTP_OK)
		return err;
	if (format != FORMAT)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_FORMAT, name);
	if (!decode_head(buf, len, n_shards, ret))
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_DAMAGED, name, "0");
	if ((uint64_t)st.st_size != ret->size)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_FILE_SIZE, name,
		    OTP_WHY_NUM(st.st_size), OTP_WHY_NUM(ret->size));
	return OTP_OK;
}

enum otp_err
otp_segment_open(int live_fd, uint64_t number, uid_t owner, int *ret_fd, struct otp_why *why)
{
	char name[OTP_SEGMENT_NAME_SIZE];

	otp_segment_name(name, number);
	return otp_file_open(live_fd, name, O_RDWR, owner, OTP_FILE_PRIVATE, ret_fd, why);
}

enum otp_err
otp_segment_disk_err(enum otp_err err)
{
	if (err == OTP_OK)
		return OTP_OK;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? OTP_ERR_DISK_FULL : err;
}

enum otp_err
otp_segment_prepare(int live_fd, uint64_t size, void (*pause)(void *ctx), void *ctx)
{
	uint8_t *zeros = NULL;
	enum otp_err err = OTP_ERR_NO_MEMORY;
	int e, fd = -1;

	zeros = calloc(1, ZERO_PIECE);
	if (zeros == NULL)
		goto out;
	err = OTP_ERR_SYSTEM;
	(void)unlinkat(live_fd, OTP_SEGMENT_READY_NEW, 0);
	fd = openat(live_fd, OTP_SEGMENT_READY_NEW,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		goto out;
	for (uint64_t at = 0; at < size; at += ZERO_PIECE) {
		const size_t n = size - at < ZERO_PIECE ? (size_t)(size - at) : ZERO_PIECE;

		err = otp_file_pwrite(fd, zeros, n, (int64_t)at);
		if (err != OTP_OK)
			goto out;
		if (pause != NULL)
			pause(ctx);
	}
	err = OTP_ERR_SYSTEM;
	if (fsync(fd) != 0 ||
	    renameat(live_fd, OTP_SEGMENT_READY_NEW, live_fd, OTP_SEGMENT_READY) != 0)
		goto out;
	err = otp_file_sync_dir(live_fd);
out:
	err = otp_segment_disk_err(err);
	e = errno;
	if (err != OTP_OK)
		(void)unlinkat(live_fd, OTP_SEGMENT_READY_NEW, 0);
	otp_file_close(&fd);
	free(zeros);
	errno = e;
	return err;
}

enum otp_err
otp_segment_has_ready(int live_fd, uint64_t size, uid_t owner, bool *ret)
{
	struct stat st;
	enum otp_err err;
	int fd = -1;

	*ret = false;
	err = otp_file_open(live_fd, OTP_SEGMENT_READY, O_RDONLY, owner, OTP_FILE_PRIVATE, &fd, NULL);
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_OK;
	if (err == OTP_OK && fstat(fd, &st) != 0)
		err = OTP_ERR_SYSTEM;
	otp_file_close(&fd);
	if (err != OTP_OK)
		return err;
	if ((uint64_t)st.st_size == size)
		*ret = true;
	else if (unlinkat(live_fd, OTP_SEGMENT_READY, 0) != 0)
		return OTP_ERR_SYSTEM;
	return OTP_OK;
}

enum otp_err
otp_segment_turn(int live_fd, const struct otp_segment_head *head, uid_t owner,
    struct otp_macs *macs, int *ret_fd)
{
	char name[OTP_SEGMENT_NAME_SIZE];
	enum otp_err err;
	int fd = -1;

	otp_segment_name(name, head->number);
	err = otp_file_open(live_fd, OTP_SEGMENT_READY, O_RDWR, owner, OTP_FILE_PRIVATE, &fd, NULL);
	if (err == OTP_OK)
		err = otp_segment_write_head(fd, head, macs);
	if (err == OTP_OK && (fdatasync(fd) != 0 ||
	    renameat(live_fd, OTP_SEGMENT_READY, live_fd, name) != 0))
		err = OTP_ERR_SYSTEM;
	if (err == OTP_OK)
		err = otp_file_sync_dir(live_fd);
	if (err != OTP_OK)
		goto out;
	*ret_fd = fd;
	fd = -1;
out:
	otp_file_close(&fd);
	return err;
}
