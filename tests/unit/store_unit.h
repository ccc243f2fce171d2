/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in a private directory, for the tests of the storage row. */
#ifndef OTP_STORE_UNIT_H
#define OTP_STORE_UNIT_H

#include <dirent.h>

#include "event.h"
#include "keyring.h"
#include "store.h"
#include "unit.h"

#define UNIT_SEGMENT 65536
#define UNIT_SHARDS 4
#define UNIT_NOW 1700000000000

struct unit_store {
	char *dir;
	char store_dir[600], state_dir[600], keys_dir[600], live[640];
	struct otp_keyring *ring;
	struct otp_store_params params;
	struct otp_store_site site;
	struct otp_store *store;
	struct otp_why why;
	int64_t now_ms;
	uint64_t seq;		/* of the last commit */
};

static inline int
unit_store_setup(void **state)
{
	struct unit_store *u = calloc(1, sizeof(*u));
	void *dir = NULL;
	uint32_t id;

	if (u == NULL || unit_dir_make(&dir) != 0)
		return -1;
	u->dir = dir;
	u->now_ms = UNIT_NOW;
	(void)snprintf(u->store_dir, sizeof(u->store_dir), "%s/store", u->dir);
	(void)snprintf(u->state_dir, sizeof(u->state_dir), "%s/state", u->dir);
	(void)snprintf(u->keys_dir, sizeof(u->keys_dir), "%s/keys", u->dir);
	(void)snprintf(u->live, sizeof(u->live), "%s/live", u->store_dir);
	if (mkdir(u->state_dir, 0700) != 0 || mkdir(u->keys_dir, 0700) != 0 ||
	    otp_keyring_create(u->keys_dir, geteuid(), &id, &u->why) != OTP_OK ||
	    otp_keyring_load(u->keys_dir, geteuid(), &u->ring, &u->why) != OTP_OK)
		return -1;
	u->params = (struct otp_store_params){ .dir = u->store_dir, .state_dir = u->state_dir,
		.owner = geteuid(), .ring = u->ring, .segment_size = UNIT_SEGMENT,
		.audit_keep = 400 * 86400, .audit_max = 1 << 30, .now_ms = UNIT_NOW };
	u->site = (struct otp_store_site){ .n_shards = UNIT_SHARDS, .zone = "Asia/Tokyo",
		.currency = "JPY" };
	if (otp_store_init(&u->params, &u->site, &u->why) != OTP_OK)
		return -1;
	*state = u;
	return 0;
}

static inline int
unit_store_teardown(void **state)
{
	struct unit_store *u = *state;
	void *dir = u->dir;

	(void)otp_store_close(&u->store, u->now_ms);
	otp_keyring_free(&u->ring);
	free(u);
	return unit_dir_remove(&dir);
}

static inline void
unit_open(struct unit_store *u)
{
	enum otp_err err;

	/* a child of a store that was dropped goes on, and holds the lock, to its end */
	for (int tries = 0; tries < 5000; tries++) {
		otp_why_clear(&u->why);
		err = otp_store_open(&u->params, &u->store, &u->why);
		if (err != OTP_ERR_BUSY)
			break;
		(void)usleep(2000);
	}
	if (err != OTP_OK)
		print_message("# open: %s %s %s %s\n", otp_err_code(err), otp_message_text(u->why.message), u->why.arg[0], u->why.arg[1]);
	assert_int_equal(err, OTP_OK);
}

static inline void
unit_close(struct unit_store *u)
{
	assert_int_equal(otp_store_close(&u->store, u->now_ms), OTP_OK);
}

/* As after kill -9: nothing is written any more, but what a child has begun. */
static inline void
unit_drop(struct unit_store *u)
{
	int keep[64];
	size_t n;

	assert_int_equal(otp_store_freeze(u->store, keep, UNIT_N(keep), &n), OTP_OK);
	(void)otp_store_close(&u->store, u->now_ms);
}

static inline enum otp_err
unit_put(struct unit_store *u, enum otp_kind kind, const char *name, const char *text)
{
	const struct otp_bytes value = { (uint8_t *)(uintptr_t)text, strlen(text) + 1, 0 };

	return otp_store_put(u->store, kind, name, &value);
}

static inline enum otp_err
unit_try_commit(struct unit_store *u, enum otp_commit commit_class)
{
	struct otp_event event = OTP_EVENT_INIT;

	event.time_ms = u->now_ms;
	event.verb = OTP_VERB_UNLOCK;
	(void)snprintf(event.actor, sizeof(event.actor), "tester");
	return otp_store_commit(u->store, &event, commit_class, true, &u->seq);
}

static inline void
unit_commit(struct unit_store *u)
{
	assert_int_equal(unit_try_commit(u, OTP_COMMIT_ADMINISTRATION), OTP_OK);
}

static inline void
unit_set(struct unit_store *u, enum otp_kind kind, const char *name, const char *text)
{
	assert_int_equal(unit_put(u, kind, name, text), OTP_OK);
	unit_commit(u);
}

static inline void
unit_flush(struct unit_store *u)
{
	assert_int_equal(otp_store_flush(u->store), OTP_OK);
}

/* What the store says of a record: its text, or the code of the error. */
static inline const char *
unit_get(struct unit_store *u, enum otp_kind kind, const char *name)
{
	static char text[70000];
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_store_get(u->store, kind, name, &value);
	if (err != OTP_OK)
		return otp_err_code(err);
	assert_true(value.len > 0 && value.len < sizeof(text) && value.data[value.len - 1] == '\0');
	memcpy(text, value.data, value.len);
	otp_bytes_clear(&value);
	return text;
}

/* The one file in live whose name begins so; its path. */
static inline const char *
unit_live_file(const struct unit_store *u, const char *prefix)
{
	static char path[1200];
	const char *found = NULL;
	struct dirent *e;
	DIR *dir = opendir(u->live);

	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", u->live, e->d_name);
		found = path;
	}
	(void)closedir(dir);
	assert_non_null(found);
	return path;
}

static inline uint8_t *
unit_read(const char *path, size_t *ret_n)
{
	struct stat st;
	uint8_t *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	*ret_n = (size_t)st.st_size;
	data = malloc(*ret_n + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, *ret_n), st.st_size);
	(void)close(fd);
	return data;
}

/* Over what is there, in place. */
static inline void
unit_overwrite(const char *path, size_t at, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, n, (off_t)at), (ssize_t)n);
	(void)close(fd);
}

#endif
