/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the store is recovering it; closing it. A start believes nothing that it has not made durable itself. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "file.h"
#include "meta.h"
#include "store_lock.h"
#include "store_state.h"

#define TAIL_MIN (1u << 20)	/* a one-shot checkpoints beyond this, and a sixteenth of the store */
#define TAIL_SHARE 16

static enum otp_err
open_dirs(struct otp_store *store, const struct otp_store_params *params, struct otp_why *why)
{
	struct stat st;
	enum otp_err err;

	err = otp_file_open_dir(AT_FDCWD, params->dir, params->owner, OTP_FILE_PRIVATE, &store->dir_fd,
	    NULL);
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(why, OTP_ERR_NO_STORE, STORE_NONE, params->dir);
	if (err != OTP_OK)	/* once more, for the reason */
		return otp_file_open_dir(AT_FDCWD, params->dir, params->owner, OTP_FILE_PRIVATE,
		    &store->dir_fd, why);
	if (fstatat(store->dir_fd, OTP_STORE_LIVE, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return OTP_WHY(why, OTP_ERR_NO_STORE, STORE_NONE, params->dir);
	err = otp_store_lock(store->dir_fd, params->owner, &store->lock_fd, why);
	if (err != OTP_OK)
		return err;
	err = otp_file_open_dir(store->dir_fd, OTP_STORE_LIVE, params->owner, OTP_FILE_PRIVATE,
	    &store->live_fd, why);
	if (err != OTP_OK)
		return err;
	err = otp_file_open_dir(store->live_fd, OTP_ARCHIVE_DIR, params->owner, OTP_FILE_PRIVATE,
	    &store->archive_fd, why);
	if (err != OTP_OK)
		return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
	/* the names that we are about to believe */
	if (otp_file_sync_dir(store->dir_fd) != OTP_OK || otp_file_sync_dir(store->live_fd) != OTP_OK ||
	    otp_file_sync_dir(store->archive_fd) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_STORE, CANNOT_WRITE, params->dir, OTP_WHY_ERRNO(errno));
	return OTP_OK;
}

static enum otp_err
open_meta(struct otp_store *store, struct otp_why *why)
{
	uint8_t name_key[OTP_KEY_SIZE];
	enum otp_err err;

	err = otp_meta_read(store->live_fd, store->params.owner, store->params.ring, &store->site,
	    name_key, why);
	if (err == OTP_OK)
		err = otp_seal_new(store->params.ring, store->site.id, name_key, &store->seal);
	otp_wipe(name_key, sizeof(name_key));
	return err;
}

static bool
is_named(const struct otp_store *store, const char *name)
{
	uint64_t number, seq;
	uint32_t shard;

	if (otp_segment_parse_name(name, &number))
		return number >= store->manifest.low;
	if (otp_shard_parse_name(name, &shard, &seq))
		return shard < store->site.n_shards && store->manifest.shard[shard].seq == seq;
	/* what is not ours by its name stays; our temporary ones go */
	return strcmp(name, OTP_SEGMENT_READY_NEW) != 0;
}

static bool
is_whole_archive(const struct otp_store *store, const char *name)
{
	const size_t n = strlen(name);

	(void)store;
	return n < 4 || strcmp(name + n - 4, ".new") != 0;
}

static void
sweep(const struct otp_store *store, int dir_fd,
    bool (*stays)(const struct otp_store *store, const char *name))
{
	struct dirent *e;
	DIR *dir;
	int fd;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		otp_file_close(&fd);
		return;
	}
	while ((e = readdir(dir)) != NULL)	/* cppcheck-suppress readdirCalled */
		if (e->d_name[0] != '.' && !stays(store, e->d_name))
			(void)unlinkat(dir_fd, e->d_name, 0);
	(void)closedir(dir);
}

static enum otp_err
open_shards(struct otp_store *store, struct otp_why *why)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < store->site.n_shards; i++) {
		err = otp_shard_open(store->live_fd, i, &store->manifest.shard[i], store->params.owner,
		    &store->shards[i], why);
		if (err == OTP_OK && otp_shard_is_damaged(store->shards[i]))
			otp_say(store->params.sink, OTP_LEVEL_ERROR, "shard %u is damaged", (unsigned)i);
	}
	return err;
}

static enum otp_err
recover(struct otp_store *store, const char *state_dir, struct otp_why *why)
{
	struct otp_mark_state mark = { .seq = 0 };
	const bool has_mark = !store->params.is_unmarked;
	enum otp_err err = OTP_OK;

	if (has_mark)
		err = otp_mark_open(&store->mark, state_dir, store->params.owner,
		    store->params.ring, store->site.id, store->site.generation, &mark, why);
	if (err == OTP_OK)
		err = otp_journal_init(&store->journal, &store->macs, store->key_id);
	if (err == OTP_OK)
		err = otp_store_recover_journal(store, has_mark ? &mark : NULL, why);
	if (err == OTP_OK)
		err = open_shards(store, why);
	if (err != OTP_OK)
		return err;
	sweep(store, store->live_fd, is_named);
	sweep(store, store->archive_fd, is_whole_archive);
	return otp_store_write_mark(store);
}

enum otp_err
otp_store_open(const struct otp_store_params *params, struct otp_store **ret, struct otp_why *why)
{
	struct otp_store *store;
	enum otp_err err;

	store = calloc(1, sizeof(*store));
	if (store == NULL)
		return OTP_ERR_NO_MEMORY;
	store->params = *params;
	store->params.dir = NULL;
	if (!params->is_unmarked)	/* else borrowed until otp_store_remark */
		store->params.state_dir = NULL;
	store->now_ms = params->now_ms;
	store->is_marked = !params->is_unmarked;
	store->dir_fd = store->live_fd = store->archive_fd = store->lock_fd = -1;
	store->journal.fd = store->mark.fd = store->worker.fd = store->ready_worker.fd = -1;
	store->key_id = otp_keyring_current(params->ring);
	otp_macs_init(&store->macs, params->ring, "journal");
	err = open_dirs(store, params, why);
	if (err == OTP_OK)
		err = open_meta(store, why);
	if (err == OTP_OK)
		err = recover(store, params->state_dir, why);
	if (err == OTP_OK)
		*ret = store;
	else
		otp_store_free(&store);
	return err;
}

void
otp_store_free(struct otp_store **ret)
{
	struct otp_store *store = *ret;

	if (store == NULL)
		return;
	otp_worker_kill(&store->worker);
	otp_worker_kill(&store->ready_worker);
	for (uint32_t i = 0; i < OTP_SHARDS_MAX; i++)
		otp_shard_close(&store->shards[i]);
	otp_overlay_clear(&store->staged);
	otp_overlay_clear(&store->active);
	otp_overlay_clear(&store->frozen);
	otp_bytes_clear(&store->event);
	otp_bytes_clear(&store->own_event);
	otp_bytes_clear(&store->sealed);
	otp_journal_clear(&store->journal);
	otp_mark_close(&store->mark);
	otp_macs_clear(&store->macs);
	otp_seal_free(&store->seal);
	otp_file_close(&store->archive_fd);
	otp_file_close(&store->live_fd);
	otp_file_close(&store->lock_fd);	/* last of all that others wait for */
	otp_file_close(&store->dir_fd);
	free(store);
	*ret = NULL;
}

/* A service leaves nothing to replay; a one-shot only what the next one reads fast. */
static bool
is_tail_long(const struct otp_store *store)
{
	struct otp_store_stats stats;
	uint64_t limit;

	otp_store_stats(store, &stats);
	if (!store->params.is_once)
		return stats.overlay_records > 0;
	limit = stats.shard_bytes / TAIL_SHARE;
	return stats.n_segments > 1 || stats.journal_bytes > (limit > TAIL_MIN ? limit : TAIL_MIN);
}

enum otp_err
otp_store_close(struct otp_store **store, int64_t now_ms)
{
	struct otp_store *s = *store;
	enum otp_err err = OTP_OK;

	if (s == NULL)
		return OTP_OK;
	if (!s->is_frozen) {
		otp_store_abort(s);
		s->now_ms = now_ms;
		err = otp_store_flush_batch(s);
		if (err == OTP_OK)
			err = otp_store_end_checkpoint(s, true);
		if (err == OTP_OK && is_tail_long(s))
			(void)otp_store_checkpoint(s, now_ms);	/* may wait for the next start */
		if (err == OTP_OK && !s->is_failed)
			err = otp_store_write_mark(s);
		if (s->is_failed)
			err = OTP_ERR_STORE;
	}
	otp_store_free(store);
	return err;
}
