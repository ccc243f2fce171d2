/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test begins with: cmocka and what it needs, and a private directory that goes away. */
#ifndef OTP_UNIT_H
#define OTP_UNIT_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Built with AddressSanitizer, as gcc and as clang say it. */
#if defined(__SANITIZE_ADDRESS__)
#define UNIT_HAS_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_HAS_ASAN
#endif
#endif

#define UNIT_N(a) (sizeof(a) / sizeof(*(a)))

/* A new directory, 0700, into *state; teardown with unit_dir_remove. */
static inline int
unit_dir_make(void **state)
{
	const char *base = getenv("TMPDIR");
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/otp-unit.XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(path) == NULL)
		return -1;
	*state = strdup(path);
	return *state != NULL ? 0 : -1;
}

static inline int
unit_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static inline int
unit_dir_remove(void **state)
{
	int failed = nftw(*state, unit_remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return failed;
}

/* Writes len bytes as DIR/name with that mode, whatever the umask; the path, good until the next call. */
static inline const char *
unit_file(const char *dir, const char *name, mode_t mode, const void *data, size_t len)
{
	static char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

#endif
