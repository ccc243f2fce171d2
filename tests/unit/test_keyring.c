/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Master keys in a directory: made, read, and refused unless all about them is as it must be. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "file.h"
#include "keyring.h"

#define GOOD "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

/* A private directory with the test's keys. */
struct place {
	char dir[64];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/otpadm-keyring.XXXXXX");
	*state = p;
	return mkdtemp(p->dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	DIR *d;

	(void)chmod(p->dir, 0700);
	d = opendir(p->dir);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		(void)unlinkat(dirfd(d), e->d_name, e->d_name[0] == 'd' ? AT_REMOVEDIR : 0);
	if (d != NULL)
		closedir(d);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
put(const struct place *p, const char *name, const char *text, size_t len, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static enum otp_err
load(const struct place *p, struct otp_keyring **ring, enum otp_message *message)
{
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	err = otp_keyring_load(p->dir, geteuid(), ring, &why);
	if (message != NULL)
		*message = why.message;
	if (err != OTP_OK)
		assert_null(*ring);
	return err;
}

static void
assert_refused(const struct place *p, enum otp_message want)
{
	struct otp_keyring *ring = NULL;
	enum otp_message message;

	assert_int_equal(load(p, &ring, &message), OTP_ERR_KEY);
	assert_int_equal(message, want);
}

static void
test_create(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	uint8_t one[OTP_KEY_SIZE], again[OTP_KEY_SIZE], two[OTP_KEY_SIZE], other[OTP_KEY_SIZE];
	char path[PATH_MAX];
	struct stat st;
	uint32_t id = 0;
	mode_t mask = umask(0777);

	assert_refused(p, OTP_MESSAGE_KEYS_NONE);
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_OK);
	(void)umask(mask);
	assert_int_equal(id, 1);
	(void)snprintf(path, sizeof(path), "%s/00000001.key", p->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(st.st_size, 65);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	assert_int_equal(otp_keyring_current(ring), 1);
	assert_int_equal(otp_keyring_derive(ring, 1, "record", one), OTP_OK);
	assert_int_equal(otp_keyring_derive(ring, 1, "journal", other), OTP_OK);
	assert_memory_not_equal(one, other, sizeof(one));
	otp_keyring_free(&ring);
	assert_null(ring);

	/* the next one: it seals, the first still opens */
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_OK);
	assert_int_equal(id, 2);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	assert_int_equal(otp_keyring_current(ring), 2);
	assert_int_equal(otp_keyring_derive(ring, 1, "record", again), OTP_OK);
	assert_int_equal(otp_keyring_derive(ring, 2, "record", two), OTP_OK);
	assert_memory_equal(one, again, sizeof(one));
	assert_memory_not_equal(one, two, sizeof(one));
	assert_int_equal(otp_keyring_derive(ring, 3, "record", two), OTP_ERR_KEY);
	assert_int_equal(otp_keyring_derive(ring, 0, "record", two), OTP_ERR_KEY);
	otp_keyring_free(&ring);
	otp_keyring_free(&ring);
	otp_keyring_free(NULL);
}

/* HKDF(00 01 … 1f, "record"): what is sealed today must open for ever. */
static void
test_derived_value(void **state)
{
	static const uint8_t want[8] = { 0x8f, 0x5c, 0x15, 0x36, 0xa7, 0xc7, 0x84, 0x1b };
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	uint8_t key[OTP_KEY_SIZE];

	put(p, "0000000a.key", GOOD, 65, 0400);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	assert_int_equal(otp_keyring_current(ring), 10);
	assert_int_equal(otp_keyring_derive(ring, 10, "record", key), OTP_OK);
	assert_memory_equal(key, want, sizeof(want));
	otp_keyring_free(&ring);
}

static void
test_order_and_gaps(void **state)
{
	static const char *const names[] = { "00000010.key", "00000002.key", "ffffff00.key",
		"00000009.key" };
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	uint8_t key[OTP_KEY_SIZE];
	uint32_t id = 0;

	for (size_t i = 0; i < 4; i++)
		put(p, names[i], GOOD, 65, 0400);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	assert_int_equal(otp_keyring_current(ring), 0xffffff00u);
	assert_int_equal(otp_keyring_derive(ring, 2, "x", key), OTP_OK);
	assert_int_equal(otp_keyring_derive(ring, 3, "x", key), OTP_ERR_KEY);
	otp_keyring_free(&ring);
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_OK);
	assert_int_equal(id, 0xffffff01u);
	put(p, "ffffffff.key", GOOD, 65, 0400);
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_ERR_CONFLICT);
}

static void
test_damaged(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	char text[] = GOOD;

	/* cut anywhere, or longer */
	for (size_t n = 0; n < 65; n++) {
		put(p, "00000001.key", text, n, 0400);
		assert_refused(p, OTP_MESSAGE_KEY_DAMAGED);
	}
	put(p, "00000001.key", GOOD "\n", 66, 0400);
	assert_refused(p, OTP_MESSAGE_FILE_TOO_LARGE);
	for (size_t i = 0; i < 65; i++) {
		char good = text[i];

		text[i] = '?';
		put(p, "00000001.key", text, 65, 0400);
		assert_refused(p, OTP_MESSAGE_KEY_DAMAGED);
		text[i] = '\0';
		put(p, "00000001.key", text, 65, 0400);
		assert_refused(p, OTP_MESSAGE_KEY_DAMAGED);
		text[i] = good;
	}
	/* one bad key among good ones */
	put(p, "00000002.key", GOOD, 65, 0400);
	assert_refused(p, OTP_MESSAGE_KEY_DAMAGED);
	put(p, "00000001.key", GOOD, 65, 0400);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "1.key", "00000000.key", "0000000A.key", "000000001.key",
		"0000000g.key", ".key", ".00000001.key", "copy of 00000001.key" };
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	char path[PATH_MAX];

	put(p, "00000001.key", GOOD, 65, 0400);
	put(p, "00000002.key.new", "", 0, 0400);
	put(p, "README", "", 0, 0644);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(p, bad[i], GOOD, 65, 0400);
		assert_refused(p, OTP_MESSAGE_KEY_BAD_NAME);
		(void)snprintf(path, sizeof(path), "%s/%s", p->dir, bad[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
}

/* What a crash between writing and naming left is no hindrance, and no key. */
static void
test_leftover(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	uint32_t id = 0;

	put(p, "00000001.key.new", "012", 3, 0400);
	assert_refused(p, OTP_MESSAGE_KEYS_NONE);
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_OK);
	assert_int_equal(id, 1);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
}

static void
test_too_many(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	struct otp_why why = OTP_WHY_INIT;
	uint32_t id = 0;

	for (unsigned i = 0; i < OTP_KEYRING_MAX; i++)
		assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, NULL), OTP_OK);
	assert_int_equal(id, OTP_KEYRING_MAX);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
	assert_int_equal(otp_keyring_create(p->dir, geteuid(), &id, &why), OTP_ERR_CONFLICT);
	assert_int_equal(why.message, OTP_MESSAGE_KEYS_TOO_MANY);
	put(p, "00000100.key", GOOD, 65, 0400);
	assert_refused(p, OTP_MESSAGE_KEYS_TOO_MANY);
}

static void
test_modes(void **state)
{
	static const mode_t good[] = { 0400, 0600, 0500 };
	static const mode_t bad[] = { 0404, 0401, 0402, 0420, 0640, 0644, 0460, 0777 };
	struct place *p = *state;
	struct otp_keyring *ring = NULL;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		put(p, "00000001.key", GOOD, 65, good[i]);
		assert_int_equal(load(p, &ring, NULL), OTP_OK);
		otp_keyring_free(&ring);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(p, "00000001.key", GOOD, 65, bad[i]);
		assert_refused(p, OTP_MESSAGE_FILE_WRONG_MODE);
	}
	/* the directory: systemd's is 0500 */
	put(p, "00000001.key", GOOD, 65, 0400);
	assert_int_equal(chmod(p->dir, 0500), 0);
	assert_int_equal(load(p, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
	assert_int_equal(chmod(p->dir, 0755), 0);
	assert_refused(p, OTP_MESSAGE_FILE_WRONG_MODE);
	assert_int_equal(chmod(p->dir, 0770), 0);
	assert_refused(p, OTP_MESSAGE_FILE_WRONG_MODE);
}

/* Whose files: the owner's or root's; an ACL on root's shows as group bits. Needs root. */
static void
test_owner(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	char path[PATH_MAX];
	uint32_t id = 0;
	struct stat st;

	if (geteuid() != 0)
		skip();
	put(p, "00000001.key", GOOD, 65, 0400);
	(void)snprintf(path, sizeof(path), "%s/00000001.key", p->dir);
	assert_int_equal(otp_keyring_load(p->dir, 4711, &ring, NULL), OTP_OK); /* root's */
	otp_keyring_free(&ring);
	assert_int_equal(chown(path, 4711, 4711), 0);
	assert_int_equal(otp_keyring_load(p->dir, 4711, &ring, NULL), OTP_OK); /* his */
	otp_keyring_free(&ring);
	assert_int_equal(otp_keyring_load(p->dir, 4712, &ring, NULL), OTP_ERR_KEY);
	assert_null(ring);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chown(p->dir, 4711, 4711), 0);
	assert_int_equal(otp_keyring_load(p->dir, 4712, &ring, NULL), OTP_ERR_KEY);
	assert_int_equal(chown(p->dir, 0, 0), 0);

	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(chmod(p->dir, 0550), 0);
	assert_int_equal(otp_keyring_load(p->dir, 4711, &ring, NULL), OTP_OK);
	otp_keyring_free(&ring);
	assert_int_equal(chown(path, 0, 4711), 0);
	assert_int_equal(otp_keyring_load(p->dir, 4711, &ring, NULL), OTP_ERR_KEY);
	assert_int_equal(chown(path, 0, 0), 0);

	assert_int_equal(chmod(p->dir, 0700), 0);
	assert_int_equal(otp_keyring_create(p->dir, 4711, &id, NULL), OTP_OK);
	(void)snprintf(path, sizeof(path), "%s/00000002.key", p->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 4711);
}

static void
test_not_files(void **state)
{
	struct place *p = *state;
	struct otp_keyring *ring = NULL;
	char path[PATH_MAX], target[PATH_MAX];

	assert_int_equal(
	    otp_keyring_load("/nonexistent/keys", geteuid(), &ring, NULL), OTP_ERR_KEY);
	put(p, "target", GOOD, 65, 0400);
	(void)snprintf(target, sizeof(target), "%s/target", p->dir);
	assert_int_equal(otp_keyring_load(target, geteuid(), &ring, NULL), OTP_ERR_KEY);
	(void)snprintf(path, sizeof(path), "%s/00000001.key", p->dir);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(otp_keyring_load(p->dir, geteuid(), &ring, NULL), OTP_ERR_KEY);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0400), 0);
	assert_int_equal(otp_keyring_load(p->dir, geteuid(), &ring, NULL), OTP_ERR_KEY);
	assert_null(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create, setup, teardown),
		cmocka_unit_test_setup_teardown(test_derived_value, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_and_gaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leftover, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_files, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
