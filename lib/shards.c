/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GDBM files, never changed in place: reading them, and making their successors. The only owner of gdbm. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "file.h"
#include "parse.h"
#include "shards.h"

#define BLOCK_SIZE 4096
#define READ_CACHE 8		/* buckets a reader keeps: there are many shards */
#define WRITE_CACHE 512
#define NUMBER_DIGITS 4

struct otp_shard {
	GDBM_FILE db;		/* NULL: it could not be opened */
	uint64_t bytes;
	uint8_t hash[OTP_SHARD_HASH_SIZE];
	bool is_proved;
	bool is_damaged;
};

void
otp_shard_name(char name[OTP_SHARD_NAME_SIZE], uint32_t shard, uint64_t seq)
{
	(void)snprintf(name, OTP_SHARD_NAME_SIZE, "%04u.%llu.gdbm", (unsigned)shard,
	    (unsigned long long)seq);
}

bool
otp_shard_parse_name(const char *name, uint32_t *ret_shard, uint64_t *ret_seq)
{
	char number[NUMBER_DIGITS + 1], seq[24], canonical[OTP_SHARD_NAME_SIZE];
	const char *dot;
	uint64_t shard;

	if (strlen(name) < NUMBER_DIGITS + 1 || name[NUMBER_DIGITS] != '.')
		return false;
	memcpy(number, name, NUMBER_DIGITS);
	number[NUMBER_DIGITS] = '\0';
	name += NUMBER_DIGITS + 1;
	dot = strchr(name, '.');
	if (dot == NULL || (size_t)(dot - name) >= sizeof(seq) || strcmp(dot, ".gdbm") != 0)
		return false;
	memcpy(seq, name, (size_t)(dot - name));
	seq[dot - name] = '\0';
	if (otp_parse_u64(number, 0, OTP_SHARDS_MAX - 1, &shard) != OTP_OK ||
	    otp_parse_u64(seq, 0, UINT64_MAX, ret_seq) != OTP_OK)
		return false;
	*ret_shard = (uint32_t)shard;
	otp_shard_name(canonical, *ret_shard, *ret_seq);
	return strcmp(canonical, name - NUMBER_DIGITS - 1) == 0;
}

uint32_t
otp_shard_of(const struct otp_record_key *key, uint32_t n_shards)
{
	return ((uint32_t)key->b[0] | (uint32_t)key->b[1] << 8) & (n_shards - 1);
}

/* Takes fd. */
static GDBM_FILE
open_db(int fd, int how, size_t cache)
{
	GDBM_FILE db;

	db = gdbm_fd_open(fd, "shard", BLOCK_SIZE,
	    how | GDBM_NOMMAP | GDBM_NOLOCK | GDBM_CLOERROR | GDBM_CLOEXEC, NULL);
	if (db != NULL)
		(void)gdbm_setopt(db, GDBM_SETCACHESIZE, &cache, sizeof(cache));
	return db;
}

enum otp_err
otp_shard_open(int live_fd, uint32_t number, const struct otp_manifest_shard *named, uid_t owner,
    struct otp_shard **ret, struct otp_why *why)
{
	char name[OTP_SHARD_NAME_SIZE];
	struct otp_shard *shard;
	struct otp_why reason = OTP_WHY_INIT;
	struct stat st;
	enum otp_err err;
	int fd = -1;

	shard = calloc(1, sizeof(*shard));
	if (shard == NULL)
		return OTP_ERR_NO_MEMORY;
	memcpy(shard->hash, named->hash, sizeof(shard->hash));
	otp_shard_name(name, number, named->seq);
	err = otp_file_open(live_fd, name, O_RDONLY, owner, OTP_FILE_PRIVATE, &fd, &reason);
	if (err == OTP_OK) {
		if (fstat(fd, &st) == 0)
			shard->bytes = (uint64_t)st.st_size;
		shard->db = open_db(fd, GDBM_READER, READ_CACHE);
	} else if (err != OTP_ERR_NOT_FOUND) {
		free(shard);
		if (why != NULL && why->message == OTP_MESSAGE_NONE)
			*why = reason;
		return err;
	}
	shard->is_damaged = shard->db == NULL;
	/* somebody may have put the right file back: one look, for what is reported from now on */
	if (named->is_damaged)
		(void)otp_shard_prove(shard);
	*ret = shard;
	return OTP_OK;
}

void
otp_shard_close(struct otp_shard **shard)
{
	if (*shard == NULL)
		return;
	if ((*shard)->db != NULL)
		(void)gdbm_close((*shard)->db);
	free(*shard);
	*shard = NULL;
}

bool
otp_shard_is_damaged(const struct otp_shard *shard)
{
	return shard->is_damaged;
}

uint64_t
otp_shard_bytes(const struct otp_shard *shard)
{
	return shard->bytes;
}

void
otp_shard_trust(struct otp_shard *shard)
{
	shard->is_proved = true;
}

void
otp_shard_condemn(struct otp_shard *shard)
{
	shard->is_damaged = true;
}

enum otp_err
otp_shard_prove(struct otp_shard *shard)
{
	uint8_t hash[OTP_SHARD_HASH_SIZE];

	if (shard->is_damaged)
		return OTP_ERR_INTEGRITY;
	if (shard->is_proved)
		return OTP_OK;
	if (otp_crypto_hash_fd(gdbm_fdesc(shard->db), hash) != OTP_OK)
		return OTP_ERR_STORE;
	if (memcmp(hash, shard->hash, sizeof(hash)) != 0) {
		shard->is_damaged = true;
		return OTP_ERR_INTEGRITY;
	}
	shard->is_proved = true;
	return OTP_OK;
}

/* After gdbm has given nothing: is there nothing, or is something wrong with the file? */
static enum otp_err
nothing(struct otp_shard *shard)
{
	if (gdbm_errno == GDBM_MALLOC_ERROR)
		return OTP_ERR_NO_MEMORY;
	if (gdbm_errno != GDBM_ITEM_NOT_FOUND)
		shard->is_damaged = true;
	return shard->is_damaged ? OTP_ERR_INTEGRITY : OTP_ERR_NOT_FOUND;
}

enum otp_err
otp_shard_get(struct otp_shard *shard, const struct otp_record_key *key,
    struct otp_bytes *ret_sealed)
{
	struct otp_record_key k = *key;
	enum otp_err err;
	datum d;

	/* an old file has old records, and they open: a counter that fell, a code that counts again */
	err = otp_shard_prove(shard);
	if (err != OTP_OK)
		return err;
	d = gdbm_fetch(shard->db, (datum){ (char *)k.b, sizeof(k.b) });
	if (d.dptr == NULL)
		return nothing(shard);
	err = d.dsize >= 0 ? otp_bytes_set(ret_sealed, d.dptr, (size_t)d.dsize) : OTP_ERR_INTEGRITY;
	free(d.dptr);
	return err;
}

/* What gdbm could not read: the file is to blame, unless memory is. */
static enum otp_err
broken(void)
{
	return gdbm_errno == GDBM_MALLOC_ERROR ? OTP_ERR_NO_MEMORY : OTP_ERR_INTEGRITY;
}

/* Every record of an open file, to a callback that may keep nothing. */
static enum otp_err
each_of(GDBM_FILE db, otp_shard_each_record each, void *ctx)
{
	struct otp_record_key record_key;
	enum otp_err err = OTP_OK;
	datum key, next, value;

	for (key = gdbm_firstkey(db); key.dptr != NULL; key = next) {
		value = gdbm_fetch(db, key);
		if (value.dptr == NULL) {
			err = broken();
		} else if (value.dsize < 0 || key.dsize != (int)sizeof(record_key.b)) {
			err = OTP_ERR_INTEGRITY;
		} else {
			memcpy(record_key.b, key.dptr, sizeof(record_key.b));
			err = each(ctx, &record_key, (const uint8_t *)value.dptr,
			    (size_t)value.dsize);
		}
		free(value.dptr);
		next = (datum){ NULL, 0 };
		if (err == OTP_OK)
			next = gdbm_nextkey(db, key);
		free(key.dptr);
		if (err != OTP_OK)
			return err;
	}
	return gdbm_errno == GDBM_ITEM_NOT_FOUND ? OTP_OK : broken();
}

enum otp_err
otp_shard_each(struct otp_shard *shard, otp_shard_each_record each, void *ctx)
{
	return shard->db != NULL ? each_of(shard->db, each, ctx) : OTP_ERR_INTEGRITY;
}

enum otp_err
otp_shard_reopen(struct otp_shard *shard, int *ret_fd)
{
	char path[32];
	int fd;

	*ret_fd = -1;
	if (shard->db == NULL)
		return OTP_OK;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", gdbm_fdesc(shard->db));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return OTP_ERR_SYSTEM;
	(void)gdbm_close(shard->db);
	shard->db = open_db(fd, GDBM_READER, READ_CACHE);
	if (shard->db == NULL)
		shard->is_damaged = true;
	else
		*ret_fd = gdbm_fdesc(shard->db);
	return OTP_OK;
}

/* What gdbm could not do to a file being made. */
static enum otp_err
failed(void)
{
	const int e = errno;

	if (gdbm_errno == GDBM_MALLOC_ERROR)
		return OTP_ERR_NO_MEMORY;
	if (gdbm_check_syserr(gdbm_errno))
		return e == ENOSPC || e == EDQUOT || e == EFBIG ? OTP_ERR_DISK_FULL : OTP_ERR_SYSTEM;
	return OTP_ERR_INTEGRITY;
}

/* gdbm closes what it is given: it gets a descriptor of its own. */
static enum otp_err
open_copy(int fd, int how, size_t cache, GDBM_FILE *ret)
{
	int copy;

	*ret = NULL;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return OTP_ERR_SYSTEM;
	errno = 0;
	*ret = open_db(copy, how, cache);
	return *ret != NULL ? OTP_OK : failed();
}

static enum otp_err
close_synced(GDBM_FILE *db, enum otp_err err)
{
	errno = 0;
	if (err == OTP_OK && gdbm_sync(*db) != 0)
		err = failed();
	if (*db != NULL && gdbm_close(*db) != 0 && err == OTP_OK)
		err = failed();
	*db = NULL;
	return err;
}

static enum otp_err
store(GDBM_FILE db, const struct otp_record_key *key, const uint8_t *sealed, size_t len)
{
	struct otp_record_key k = *key;

	errno = 0;
	if (gdbm_store(db, (datum){ (char *)k.b, sizeof(k.b) },
	    (datum){ (char *)(uintptr_t)sealed, (int)len }, GDBM_REPLACE) != 0)
		return failed();
	return OTP_OK;
}

static enum otp_err
apply(GDBM_FILE db, const struct otp_shard_change *change)
{
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < change->n; i++) {
		const struct otp_overlay_entry *e = change->entries[i];
		struct otp_record_key k = e->key;

		errno = 0;
		if (!e->is_deleted)
			err = store(db, &e->key, e->sealed, e->len);
		else if (gdbm_delete(db, (datum){ (char *)k.b, sizeof(k.b) }) != 0 &&
		    gdbm_errno != GDBM_ITEM_NOT_FOUND)
			err = failed();
		if (change->pause != NULL)
			change->pause(change->ctx, BLOCK_SIZE);
	}
	return err;
}

enum otp_err
otp_shard_create(int fd)
{
	GDBM_FILE db;
	enum otp_err err;

	err = open_copy(fd, GDBM_NEWDB, READ_CACHE, &db);
	return err == OTP_OK ? close_synced(&db, OTP_OK) : err;
}

enum otp_err
otp_shard_change(int fd, const struct otp_shard_change *change)
{
	GDBM_FILE db;
	enum otp_err err;

	err = open_copy(fd, GDBM_WRITER, WRITE_CACHE, &db);
	return err == OTP_OK ? close_synced(&db, apply(db, change)) : err;
}

struct rebuild {
	GDBM_FILE db;
	const struct otp_overlay *overlay;
	const struct otp_shard_change *change;
};

static enum otp_err
carry_over(void *ctx, const struct otp_record_key *key, const uint8_t *sealed, size_t len)
{
	const struct rebuild *r = ctx;

	if (otp_overlay_find(r->overlay, key) != NULL)
		return OTP_OK;
	if (r->change->pause != NULL)
		r->change->pause(r->change->ctx, BLOCK_SIZE);
	return store(r->db, key, sealed, len);
}

enum otp_err
otp_shard_rebuild(int old_fd, int fd, const struct otp_overlay *overlay,
    const struct otp_shard_change *change)
{
	struct rebuild r = { .overlay = overlay, .change = change };
	GDBM_FILE old;
	enum otp_err err;

	err = open_copy(old_fd, GDBM_READER, WRITE_CACHE, &old);
	if (err != OTP_OK)
		return err;
	err = open_copy(fd, GDBM_NEWDB, WRITE_CACHE, &r.db);
	if (err == OTP_OK) {
		err = each_of(old, carry_over, &r);
		if (err == OTP_OK)
			err = apply(r.db, change);
		err = close_synced(&r.db, err);
	}
	(void)gdbm_close(old);
	return err;
}
