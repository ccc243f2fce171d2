/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master keys: read, checked and made in one directory, handed out only as derived keys. */
#include "config.h"

#include "keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "parse.h"
#include "text.h"

#define ID_DIGITS 8
#define FILE_NAME_LEN (ID_DIGITS + 4)            /* "00000001.key" */
#define FILE_SIZE ((size_t)OTP_KEY_SIZE * 2 + 1) /* hex and a newline */

struct master_key {
	uint32_t id;
	uint8_t key[OTP_KEY_SIZE];
};

/* Sorted by id, at least one. */
struct otp_keyring {
	size_t n;
	struct master_key keys[OTP_KEYRING_MAX];
};

/* What a directory holds, by the names alone. */
struct names {
	size_t n;
	uint32_t ids[OTP_KEYRING_MAX];
};

static void
names_insert(struct names *names, uint32_t id)
{
	size_t i = names->n++;

	for (; i > 0 && names->ids[i - 1] > id; i--)
		names->ids[i] = names->ids[i - 1];
	names->ids[i] = id;
}

/* "0000000a.key": lower case only, so that one id has one name. */
static bool
parse_id(const char *name, uint32_t *ret)
{
	uint32_t id = 0;

	if (strlen(name) != FILE_NAME_LEN)
		return false;
	for (unsigned i = 0; i < ID_DIGITS; i++) {
		char c = name[i];

		if (c >= '0' && c <= '9')
			id = id << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			id = id << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret = id;
	return id != 0;
}

static bool
is_key_name(const char *name)
{
	size_t len = strlen(name);

	return len >= 4 && strcmp(name + len - 4, ".key") == 0;
}

static enum otp_err
read_names(DIR *stream, const char *dir, struct names *ret, struct otp_why *why)
{
	for (;;) {
		const struct dirent *e;
		uint32_t id = 0;

		errno = 0;
		/* the stream is ours alone */
		e = readdir(stream); /* cppcheck-suppress readdirCalled */
		if (e == NULL && errno != 0)
			return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_READ, dir, OTP_WHY_ERRNO(errno));
		if (e == NULL)
			return OTP_OK;
		if (!is_key_name(e->d_name))
			continue;
		if (!parse_id(e->d_name, &id))
			return OTP_WHY(why, OTP_ERR_KEY, KEY_BAD_NAME, e->d_name, dir);
		if (ret->n == OTP_KEYRING_MAX)
			return OTP_WHY(
			    why, OTP_ERR_KEY, KEYS_TOO_MANY, dir, OTP_WHY_NUM(OTP_KEYRING_MAX));
		names_insert(ret, id);
	}
}

/*
 * Nobody but the owner may read keys. systemd's credentials belong to root, and
 * the service's access is an ACL, which shows as the group's bits: root's files
 * of root's group may have them, read-only.
 */
static enum otp_err
check_mode(int fd, const char *path, struct otp_why *why)
{
	struct stat st;
	char octal[16];

	if (fstat(fd, &st) != 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	if ((st.st_mode & 0077) == 0)
		return OTP_OK;
	if (st.st_uid == 0 && st.st_gid == 0 && (st.st_mode & 0227) == 0)
		return OTP_OK;
	(void)snprintf(octal, sizeof(octal), "%04o", (unsigned)st.st_mode & 07777);
	return OTP_WHY(why, OTP_ERR_KEY, FILE_WRONG_MODE, path, octal);
}

/* Whatever is wrong with a key or its directory is KEY; only the machine's own trouble is not. */
static enum otp_err
as_key(enum otp_err err)
{
	if (err == OTP_ERR_NOT_FOUND || err == OTP_ERR_NOT_PERMITTED || err == OTP_ERR_BAD_INPUT)
		return OTP_ERR_KEY;
	return err;
}

static enum otp_err
open_dir(const char *dir, uid_t owner, int *ret_fd, struct otp_why *why)
{
	enum otp_err err;

	err = as_key(otp_file_open_dir(AT_FDCWD, dir, owner, OTP_FILE_ANY_MODE, ret_fd, why));
	if (err == OTP_OK)
		err = check_mode(*ret_fd, dir, why);
	if (err != OTP_OK)
		otp_file_close(ret_fd);
	return err;
}

static enum otp_err
list_dir(int dir_fd, const char *dir, struct names *ret, struct otp_why *why)
{
	DIR *stream;
	enum otp_err err;
	int fd;

	*ret = (struct names){ 0 };
	/* a descriptor of its own: fdopendir takes it, and the caller's keeps its place */
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, dir, OTP_WHY_ERRNO(errno));
	stream = fdopendir(fd);
	if (stream == NULL) {
		otp_file_close(&fd);
		return OTP_ERR_NO_MEMORY;
	}
	err = read_names(stream, dir, ret, why);
	(void)closedir(stream);
	return err;
}

static enum otp_err
parse_key(struct otp_bytes *text, const char *path, uint8_t key[OTP_KEY_SIZE], struct otp_why *why)
{
	struct otp_bytes bin = OTP_BYTES_INIT;
	enum otp_err err = OTP_ERR_KEY;

	if (text->len == FILE_SIZE && text->data[FILE_SIZE - 1] == '\n') {
		text->data[FILE_SIZE - 1] = '\0';
		err = as_key(otp_parse_hex((const char *)text->data, &bin));
		if (err == OTP_OK && bin.len != OTP_KEY_SIZE)
			err = OTP_ERR_KEY;
	}
	if (err == OTP_OK)
		memcpy(key, bin.data, OTP_KEY_SIZE);
	otp_bytes_clear(&bin);
	return err == OTP_ERR_KEY ? OTP_WHY(why, err, KEY_DAMAGED, path) : err;
}

static enum otp_err
read_key(const char *dir, uid_t owner, struct master_key *ret, struct otp_why *why)
{
	char path[PATH_MAX];
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err;
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%08x.key", dir, (unsigned)ret->id);
	/* by its path, for the why: only root and the owner can have changed the directory */
	err = as_key(otp_file_open(AT_FDCWD, path, O_RDONLY, owner, OTP_FILE_ANY_MODE, &fd, why));
	if (err == OTP_OK)
		err = check_mode(fd, path, why);
	if (err == OTP_OK)
		err = as_key(otp_file_read_all(fd, path, FILE_SIZE, &text, why));
	if (err == OTP_OK)
		err = parse_key(&text, path, ret->key, why);
	otp_file_close(&fd);
	otp_bytes_clear(&text);
	return err;
}

enum otp_err
otp_keyring_load(const char *dir, uid_t owner, struct otp_keyring **ret, struct otp_why *why)
{
	struct otp_keyring *ring = NULL;
	struct names names;
	enum otp_err err;
	int fd = -1;

	*ret = NULL;
	err = open_dir(dir, owner, &fd, why);
	if (err == OTP_OK)
		err = list_dir(fd, dir, &names, why);
	if (err != OTP_OK)
		goto out;
	if (names.n == 0) {
		err = OTP_WHY(why, OTP_ERR_KEY, KEYS_NONE, dir);
		goto out;
	}
	ring = calloc(1, sizeof(*ring));
	if (ring == NULL) {
		err = OTP_ERR_NO_MEMORY;
		goto out;
	}
	for (; ring->n < names.n; ring->n++) {
		ring->keys[ring->n].id = names.ids[ring->n];
		err = read_key(dir, owner, &ring->keys[ring->n], why);
		if (err != OTP_OK)
			goto out;
	}
	*ret = ring;
	ring = NULL;
out:
	otp_keyring_free(&ring);
	otp_file_close(&fd);
	return err;
}

void
otp_keyring_free(struct otp_keyring **ring)
{
	if (ring == NULL || *ring == NULL)
		return;
	otp_wipe(*ring, sizeof(**ring));
	free(*ring);
	*ring = NULL;
}

uint32_t
otp_keyring_current(const struct otp_keyring *ring)
{
	return ring->keys[ring->n - 1].id;
}

enum otp_err
otp_keyring_derive(
    const struct otp_keyring *ring, uint32_t id, const char *label, uint8_t out[OTP_KEY_SIZE])
{
	for (size_t i = 0; i < ring->n; i++) {
		if (ring->keys[i].id == id)
			return otp_crypto_hkdf(
			    ring->keys[i].key, label, strlen(label), out, OTP_KEY_SIZE);
	}
	otp_wipe(out, OTP_KEY_SIZE);
	return OTP_ERR_KEY;
}

/* ---- making one ---- */

/* A random key, whole and durable under a name that is none yet. */
static enum otp_err
write_key(int dir_fd, const char *name, uid_t owner)
{
	uint8_t key[OTP_KEY_SIZE];
	char text[FILE_SIZE + 1];
	struct stat st;
	enum otp_err err;
	int fd;

	fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? OTP_ERR_DISK_FULL : OTP_ERR_SYSTEM;
	err = otp_crypto_random(key, sizeof(key));
	if (err == OTP_OK) {
		(void)otp_text_hex(text, key, sizeof(key));
		text[FILE_SIZE - 1] = '\n';
		err = otp_file_write(fd, text, FILE_SIZE);
	}
	/* the umask may have taken bits; root makes it for the owner of the store */
	if (err == OTP_OK &&
	    (fstat(fd, &st) != 0 || fchmod(fd, 0400) != 0 ||
		(st.st_uid != owner && fchown(fd, owner, (gid_t)-1) != 0) || fsync(fd) != 0))
		err = OTP_ERR_SYSTEM;
	otp_wipe(key, sizeof(key));
	otp_wipe(text, sizeof(text));
	otp_file_close(&fd);
	return err;
}

enum otp_err
otp_keyring_create(const char *dir, uid_t owner, uint32_t *ret_id, struct otp_why *why)
{
	char name[FILE_NAME_LEN + 1] = "", fresh[FILE_NAME_LEN + 5] = "";
	struct names names;
	uint32_t id = 0;
	enum otp_err err;
	int fd = -1;

	err = open_dir(dir, owner, &fd, why);
	if (err == OTP_OK)
		err = list_dir(fd, dir, &names, why);
	if (err != OTP_OK)
		goto out;
	if (names.n > 0)
		id = names.ids[names.n - 1];
	if (names.n == OTP_KEYRING_MAX || id == UINT32_MAX) {
		err = OTP_WHY(
		    why, OTP_ERR_CONFLICT, KEYS_TOO_MANY, dir, OTP_WHY_NUM(OTP_KEYRING_MAX));
		goto out;
	}
	id++;
	(void)snprintf(name, sizeof(name), "%08x.key", (unsigned)id);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	/* one that a crash left is no key yet; link, other than rename, never replaces */
	(void)unlinkat(fd, fresh, 0);
	err = write_key(fd, fresh, owner);
	if (err == OTP_OK && linkat(fd, fresh, fd, name, 0) != 0)
		err = errno == EEXIST ? OTP_ERR_EXISTS : OTP_ERR_SYSTEM;
	if (err == OTP_OK && (unlinkat(fd, fresh, 0) != 0 || otp_file_sync_dir(fd) != OTP_OK))
		err = OTP_ERR_SYSTEM;
	if (err != OTP_OK) {
		int e = errno;

		(void)unlinkat(fd, fresh, 0);
		err = OTP_WHY(why, err, KEY_CANNOT_MAKE, name, dir, OTP_WHY_ERRNO(e));
		goto out;
	}
	*ret_id = id;
out:
	otp_file_close(&fd);
	return err;
}
