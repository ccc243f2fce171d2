/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a store: built beside, marked, renamed into place last. */
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
#include "file.h"
#include "meta.h"
#include "store_lock.h"
#include "store_state.h"

#define BUILD "live.tmp"
#define DEFAULT_SHARDS 64

static enum otp_err
cannot_write(const char *path, struct otp_why *why)
{
	return OTP_WHY(why, otp_segment_disk_err(OTP_ERR_STORE), CANNOT_WRITE, path,
	    OTP_WHY_ERRNO(errno));
}

/* Empties a directory of files and removes it; a broken-off init left it. */
static void
remove_dir(int at_fd, const char *name)
{
	struct dirent *e;
	DIR *dir = NULL;
	int fd;

	fd = openat(at_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (dir == NULL) {
		otp_file_close(&fd);
		return;
	}
	while ((e = readdir(dir)) != NULL)	/* cppcheck-suppress readdirCalled */
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	(void)closedir(dir);
	(void)unlinkat(at_fd, name, AT_REMOVEDIR);
}

static void
remove_build(int dir_fd)
{
	int fd;

	fd = openat(dir_fd, BUILD, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	remove_dir(fd, OTP_ARCHIVE_DIR);
	otp_file_close(&fd);
	remove_dir(dir_fd, BUILD);
}

/* Nothing there but what an init may have left. */
static enum otp_err
check_empty(int dir_fd, const char *path, struct otp_why *why)
{
	enum otp_err err = OTP_OK;
	struct dirent *e;
	DIR *dir = NULL;
	int fd;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		dir = fdopendir(fd);
	if (dir == NULL) {
		otp_file_close(&fd);
		return OTP_WHY(why, OTP_ERR_STORE, CANNOT_READ, path, OTP_WHY_ERRNO(errno));
	}
	while ((e = readdir(dir)) != NULL) {	/* cppcheck-suppress readdirCalled */
		if (strcmp(e->d_name, OTP_STORE_LIVE) == 0) {
			err = OTP_WHY(why, OTP_ERR_EXISTS, STORE_EXISTS, path);
			break;
		}
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, OTP_STORE_LOCK_NAME) != 0 && strcmp(e->d_name, BUILD) != 0)
			err = OTP_WHY(why, OTP_ERR_CONFLICT, STORE_NOT_EMPTY, path);
	}
	(void)closedir(dir);
	return err;
}

/* The directory itself, made where it is missing, and its entry in its parent made durable. */
static enum otp_err
open_dir(const struct otp_store_params *params, int *ret_fd, struct otp_why *why)
{
	/* where somebody else could rename it, no new one is made */
	uid_t parents = params->owner;
	enum otp_err err;
	int parent = -1;

	if (mkdir(params->dir, 0700) != 0) {
		if (errno != EEXIST)
			return cannot_write(params->dir, why);
		parents = OTP_FILE_ANY_OWNER;
	}
	err = otp_file_open_dir(AT_FDCWD, params->dir, params->owner, OTP_FILE_PRIVATE, ret_fd, why);
	if (err != OTP_OK)
		return err;
	err = otp_file_open_dir(*ret_fd, "..", parents, OTP_FILE_ANY_MODE, &parent, why);
	if (err == OTP_OK && fsync(parent) != 0)
		err = cannot_write(params->dir, why);
	otp_file_close(&parent);
	return err;
}

static enum otp_err
make_shards(int live_fd, struct otp_manifest *m)
{
	char name[OTP_SHARD_NAME_SIZE];
	enum otp_err err = OTP_OK;
	int fd;

	for (uint32_t i = 0; err == OTP_OK && i < m->n_shards; i++) {
		otp_shard_name(name, i, 0);
		fd = openat(live_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return otp_segment_disk_err(OTP_ERR_STORE);
		err = otp_shard_create(fd);
		if (err == OTP_OK && fsync(fd) != 0)
			err = otp_segment_disk_err(OTP_ERR_STORE);
		if (err == OTP_OK)
			err = otp_crypto_hash_fd(fd, m->shard[i].hash);
		otp_file_close(&fd);
	}
	return err;
}

static enum otp_err
make_journal(int live_fd, const struct otp_store_params *params, const struct otp_store_site *site,
    const struct otp_manifest *m)
{
	struct otp_segment_head head = { .key_id = otp_keyring_current(params->ring),
		.generation = site->generation, .number = 1, .manifest = *m };
	struct otp_macs macs;
	enum otp_err err;
	int fd = -1;

	head.size = params->segment_size == 0 ? OTP_SEGMENT_SIZE_AUTO_MIN : params->segment_size;
	if (head.size < OTP_SEGMENT_SIZE_MIN || head.size > OTP_SEGMENT_SIZE_MAX)
		return OTP_ERR_CONFIG;
	head.size = head.size / 4096 * 4096;
	memcpy(head.store_id, site->id, sizeof(head.store_id));
	otp_macs_init(&macs, params->ring, "journal");
	err = otp_segment_prepare(live_fd, head.size, NULL, NULL);
	if (err == OTP_OK)
		err = otp_segment_turn(live_fd, &head, params->owner, &macs, &fd);
	otp_file_close(&fd);
	otp_macs_clear(&macs);
	return err;
}

static enum otp_err
build(int live_fd, const struct otp_store_params *params, struct otp_store_site *site,
    struct otp_why *why)
{
	struct otp_manifest manifest = { .low = 1, .n_shards = site->n_shards };
	uint8_t name_key[OTP_KEY_SIZE];
	enum otp_err err;

	err = otp_crypto_random(name_key, sizeof(name_key));
	if (err == OTP_OK)
		err = otp_meta_write(live_fd, site, name_key, params->ring, why);
	otp_wipe(name_key, sizeof(name_key));
	if (err == OTP_OK && mkdirat(live_fd, OTP_ARCHIVE_DIR, 0700) != 0)
		err = cannot_write(OTP_ARCHIVE_DIR, why);
	if (err == OTP_OK)
		err = make_shards(live_fd, &manifest);
	if (err == OTP_OK)
		err = make_journal(live_fd, params, site, &manifest);
	if (err == OTP_OK)
		err = otp_file_sync_dir(live_fd);
	if (err != OTP_OK)
		return OTP_WHY(why, err, CANNOT_WRITE, params->dir, otp_err_text(err));
	return OTP_OK;
}

static enum otp_err
check_site(struct otp_store_site *site)
{
	if (site->n_shards == 0)
		site->n_shards = DEFAULT_SHARDS;
	if (site->n_shards > OTP_SHARDS_MAX || (site->n_shards & (site->n_shards - 1)) != 0 ||
	    memchr(site->zone, '\0', sizeof(site->zone)) == NULL ||
	    memchr(site->currency, '\0', sizeof(site->currency)) == NULL)
		return OTP_ERR_BAD_INPUT;
	site->generation = 1;
	return otp_crypto_random(site->id, sizeof(site->id));
}

enum otp_err
otp_store_init(const struct otp_store_params *params, struct otp_store_site *site,
    struct otp_why *why)
{
	struct otp_mark_state mark = { .generation = 1 };
	enum otp_err err;
	int dir = -1, lock = -1, live = -1;

	err = check_site(site);
	if (err == OTP_OK)
		err = open_dir(params, &dir, why);
	/* twice: a store that is served is told apart from one that is being made */
	if (err == OTP_OK)
		err = check_empty(dir, params->dir, why);
	if (err == OTP_OK)
		err = otp_store_lock(dir, params->owner, &lock, why);
	if (err == OTP_OK)
		err = check_empty(dir, params->dir, why);
	if (err != OTP_OK)
		goto out;
	remove_build(dir);
	if (mkdirat(dir, BUILD, 0700) != 0) {
		err = cannot_write(params->dir, why);
		goto out;
	}
	err = otp_file_open_dir(dir, BUILD, params->owner, OTP_FILE_PRIVATE, &live, why);
	if (err == OTP_OK)
		err = build(live, params, site, why);
	memcpy(mark.store_id, site->id, sizeof(mark.store_id));
	if (err == OTP_OK)
		err = otp_mark_create(params->state_dir, params->owner, params->ring, &mark, why);
	if (err == OTP_OK && (renameat(dir, BUILD, dir, OTP_STORE_LIVE) != 0 || fsync(dir) != 0))
		err = cannot_write(params->dir, why);
	if (err != OTP_OK)
		remove_build(dir);
out:
	otp_file_close(&live);
	otp_file_close(&lock);
	otp_file_close(&dir);
	return err;
}
