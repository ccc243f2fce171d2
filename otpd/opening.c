/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, making and closing the store and its keys. */
#include "config.h"

#include "opening.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act_state.h"
#include "clock.h"
#include "file.h"
#include "otpd.h"

#define AGAIN_MS 1000		/* the lock, or a store that is not there yet */
#define AGAIN_SLOW_MS 5000	/* what does not mend itself */
#define AGAIN_SOON_MS 20	/* whoever has the lock may be through any moment ... */
#define LOCKED_SOON_MS 10000	/* ... unless he has had it for so long */

static void
params_of(const struct otpd *d, struct otp_store_params *ret)
{
	*ret = (struct otp_store_params){
		.dir = d->conf.store,
		.state_dir = d->conf.state,
		.owner = d->owner,
		.ring = d->ring,
		.segment_size = d->conf.journal_segment,
		.audit_keep = d->conf.audit_keep,
		.audit_max = d->conf.audit_max,
		.now_ms = otp_clock_now_ms(),
		.is_once = d->is_once,
		.sink = otpd_log_sink(d->log),
	};
}

static enum otp_err
load_keys(struct otpd *d, struct otp_why *why)
{
	enum otp_err err = OTP_OK;

	if (d->ring == NULL)
		err = otp_keyring_load(d->conf.keys, d->owner, &d->ring, why);
	return err;
}

/* Where there is no store, missing keys are no trouble yet: init makes them. */
static bool
is_store_there(const struct otpd *d)
{
	struct stat st;
	int fd = open(d->conf.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_there;

	if (fd < 0)
		return errno != ENOENT;
	is_there = fstatat(fd, "live", &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
	otp_file_close(&fd);
	return is_there;
}

static enum otp_err
open_store(struct otpd *d, bool is_unmarked, struct otp_why *why)
{
	struct otp_store_params params;
	enum otp_err err;

	if (!is_store_there(d))
		return OTP_WHY(why, OTP_ERR_NO_STORE, STORE_NOT_THERE, d->conf.store);
	err = load_keys(d, why);
	if (err != OTP_OK)
		return err;
	params_of(d, &params);
	params.is_unmarked = is_unmarked;
	return otp_store_open(&params, &d->store, why);
}

static void
say_once(struct otpd *d, enum otp_err err, const struct otp_why *why)
{
	const struct otp_sink *sink = otpd_log_sink(d->log);

	if (d->next_open_ms != 0 && err == d->store_err &&
	    memcmp(why, &d->store_why, sizeof(*why)) == 0)
		return;
	otp_say_why(sink, err == OTP_ERR_BUSY || err == OTP_ERR_NO_STORE ? OTP_LEVEL_NOTICE :
	    OTP_LEVEL_ERROR, err, why);
}

/* How long until it is tried again. A one-shot has nothing else to do than to wait for its turn. */
static int64_t
again_ms(struct otpd *d, enum otp_err err, int64_t steady_ms)
{
	if (err != OTP_ERR_BUSY) {
		d->locked_ms = 0;
		return err == OTP_ERR_NO_STORE ? AGAIN_MS : AGAIN_SLOW_MS;
	}
	if (d->locked_ms == 0)
		d->locked_ms = steady_ms;
	return d->is_once || steady_ms < d->locked_ms + LOCKED_SOON_MS ? AGAIN_SOON_MS : AGAIN_MS;
}

enum otp_err
otpd_opening_try(struct otpd *d, int64_t steady_ms)
{
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	if (d->store != NULL)
		return OTP_OK;
	if (d->is_broken || steady_ms < d->next_open_ms)
		return d->store_err;
	err = open_store(d, false, &why);
	if (err == OTP_OK) {
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_NOTICE, "the store is open");
		return OTP_OK;
	}
	d->store = NULL;
	otp_keyring_free(&d->ring);	/* the keys may be what is changed until the next time */
	if (!d->is_once)
		say_once(d, err, &why);
	d->store_err = err;
	d->store_why = why;
	d->next_open_ms = steady_ms + again_ms(d, err, steady_ms);
	return err;
}

/* ---- init ---- */

/* The directory itself; its parent must be there. It is durable before anything is put into it. */
static enum otp_err
make_dir(const char *path, struct otp_why *why)
{
	char parent[OTP_CONF_TEXT_MAX];
	enum otp_err err;
	char *slash;
	int fd;

	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? OTP_OK : OTP_WHY(why,
		    errno == ENOSPC ? OTP_ERR_DISK_FULL : OTP_ERR_SYSTEM, CANNOT_WRITE, path,
		    OTP_WHY_ERRNO(errno));
	(void)snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return OTP_ERR_INTERNAL;
	slash[slash == parent ? 1 : 0] = '\0';
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = fd >= 0 ? otp_file_sync_dir(fd) : OTP_ERR_SYSTEM;
	otp_file_close(&fd);
	return err == OTP_OK ? err : OTP_WHY(why, err, CANNOT_WRITE, parent, OTP_WHY_ERRNO(errno));
}

static bool
is_empty_dir(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	bool is_empty = dir != NULL;

	while (is_empty && (entry = readdir(dir)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir != NULL)
		(void)closedir(dir);
	return is_empty;
}

/* A first key is made in an empty directory only: beside anything else it might not be the first. */
static enum otp_err
make_keys(struct otpd *d, struct otp_why *why)
{
	enum otp_err err;
	uint32_t id;

	if (d->ring != NULL)
		return OTP_OK;
	err = make_dir(d->conf.keys, why);
	if (err == OTP_OK && is_empty_dir(d->conf.keys))
		err = otp_keyring_create(d->conf.keys, d->owner, &id, why);
	if (err == OTP_OK)
		err = load_keys(d, why);
	return err;
}

enum otp_err
otpd_opening_make(void *ctx, struct otp_store_site *site, struct otp_store **ret, struct otp_why *why)
{
	struct otpd_making *making = ctx;
	struct otpd *d = making->d;
	struct otp_store_params params;
	enum otp_err err;

	err = make_keys(d, why);
	if (err == OTP_OK)
		err = make_dir(d->conf.state, why);
	if (err != OTP_OK)
		return err;
	params_of(d, &params);
	err = otp_store_init(&params, site, why);
	if (err == OTP_OK)
		err = otp_store_open(&params, &d->store, why);
	if (err != OTP_OK) {
		d->store = NULL;
		return err;
	}
	otp_say(otpd_log_sink(d->log), OTP_LEVEL_NOTICE, "the store is made");
	making->call->ring = d->ring;
	*ret = d->store;
	return OTP_OK;
}

/* ---- without its mark ---- */

enum otp_err
otpd_opening_unmarked(void *ctx, struct otp_store **ret, struct otp_why *why)
{
	struct otpd_making *making = ctx;
	struct otpd *d = making->d;
	enum otp_err err;

	/* for this trouble alone: any other is looked into again, and refused as it is */
	if (d->store != NULL || d->store_err != OTP_ERR_ROLLBACK)
		return OTP_ERR_INTERNAL;
	err = make_dir(d->conf.state, why);
	if (err == OTP_OK)
		err = open_store(d, true, why);
	if (err != OTP_OK) {
		d->store = NULL;
		otp_keyring_free(&d->ring);
		return err;
	}
	otp_say(otpd_log_sink(d->log), OTP_LEVEL_WARNING, "the store is open, without its mark");
	making->call->ring = d->ring;
	*ret = d->store;
	return OTP_OK;
}

void
otpd_opening_drop_unmarked(struct otpd *d)
{
	if (d->store == NULL || otp_store_is_marked(d->store))
		return;
	(void)otp_store_close(&d->store, otp_clock_now_ms());
	otp_keyring_free(&d->ring);
	d->store_err = OTP_ERR_ROLLBACK;
	d->next_open_ms = 0;
}

enum otp_err
otpd_opening_close(struct otpd *d)
{
	struct otp_call call = {
		.store = d->store,
		.state = d->state,
		.now_ms = otp_clock_now_ms(),
		.committed = otpd_log_event,
		.committed_ctx = d->log,
	};
	enum otp_err err = OTP_OK;

	if (d->store != NULL) {
		otp_act_tick(&call, true);
		err = otp_store_flush(d->store);
		if (err != OTP_OK)
			return err;	/* memory ran ahead of the disk: nothing may be closed cleanly */
		otpd_log_emit(d->log);
		err = otp_store_close(&d->store, otp_clock_now_ms());
	}
	otp_keyring_free(&d->ring);
	return err;
}

enum otp_err
otpd_opening_become_owner(const struct otp_conf *conf, struct otp_why *why)
{
	struct stat st;

	if (geteuid() != 0)
		return OTP_OK;
	if (stat(conf->store, &st) != 0 && stat(conf->state, &st) != 0)
		return OTP_OK;
	if (st.st_uid == 0)
		return OTP_OK;
	if (setgroups(0, NULL) != 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) != 0 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) != 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_BECOME, OTP_WHY_NUM(st.st_uid),
		    OTP_WHY_ERRNO(errno));
	return OTP_OK;
}
