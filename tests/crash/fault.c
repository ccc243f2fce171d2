/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LD_PRELOAD for the fault tests: the n-th call of a kind that the process or
 * one of its children makes fails, once or from then on.
 *
 * FAULT=KIND:N[+]	calls: of files below $CRASH_DIR, pipes, forks: EIO or what else they may say
 *			full: those that need room on the disk: ENOSPC
 *			break: writes and reads do half of what they were asked, or are interrupted (EINTR)
 *			memory: malloc and its like
 * FAULT_COUNT		the file that is told how many there were, by the process at its end
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC visibility push(default)

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

enum kind { KIND_NONE, KIND_CALLS, KIND_FULL, KIND_BREAK, KIND_MEMORY };

static enum kind kind;
static long which;
static bool for_ever;
static const char *root;
static size_t root_len;
static pid_t first_pid;
static long *counter;	/* shared with the children */

__attribute__((constructor)) static void
start(void)
{
	const char *how = getenv("FAULT"), *colon;
	char *end = NULL;

	root = getenv("CRASH_DIR");
	if (how == NULL || root == NULL)
		return;
	root_len = strlen(root);
	first_pid = getpid();
	counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	colon = strchr(how, ':');
	which = colon != NULL ? strtol(colon + 1, &end, 10) : 0;
	for_ever = end != NULL && *end == '+';
	kind = how[0] == 'c' ? KIND_CALLS : how[0] == 'f' ? KIND_FULL : how[0] == 'b' ? KIND_BREAK : KIND_MEMORY;
}

__attribute__((destructor)) static void
finish(void)
{
	const char *path = getenv("FAULT_COUNT");
	char text[32];
	int fd;

	if (path == NULL || counter == NULL || getpid() != first_pid)
		return;
	kind = KIND_NONE;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && write(fd, text, (size_t)snprintf(text, sizeof(text), "%ld\n", *counter)) > 0)
		close(fd);
}

static bool
fails_in(enum kind of, const char *name)
{
	char text[64];
	long n;

	if (kind != of || counter == NULL)
		return false;
	n = __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
	if (n != which && !(for_ever && n > which && (of != KIND_BREAK || n % 2 != 0)))
		return false;	/* what is interrupted for ever never ends */
	if (n == which && syscall(SYS_write, 2, text, (size_t)snprintf(text, sizeof(text), "[%s fails] ", name)) < 0)
		_exit(99);
	return true;
}
#define fails(of) fails_in((of), __func__)

static bool
is_ours(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	if (counter == NULL)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strncmp(path, root, root_len) == 0;
}

/* A call that gives `bad` with an errno; needs_room: one that a full disk may refuse. */
#define WRAP(result, name, parameters, arguments, ours, needs_room, error, bad) \
	result name parameters \
	{ \
		if ((ours) && (fails(KIND_CALLS) || ((needs_room) && fails(KIND_FULL)))) { \
			errno = kind == KIND_FULL ? ENOSPC : (error); \
			return bad; \
		} \
		return NEXT(name) arguments; \
	}

WRAP(int, fsync, (int fd), (fd), is_ours(fd), true, EIO, -1)
WRAP(int, fdatasync, (int fd), (fd), is_ours(fd), true, EIO, -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), is_ours(fd), false, EIO, -1)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), is_ours(fd), false, EIO, -1)
WRAP(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), true, true, EIO, -1)
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), true, false, EIO, -1)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), true, true, EIO, -1)
WRAP(int, pipe2, (int fds[2], int flags), (fds, flags), true, false, EMFILE, -1)
WRAP(pid_t, fork, (void), (), true, false, EAGAIN, -1)
WRAP(DIR *, fdopendir, (int fd), (fd), is_ours(fd), false, ENOMEM, NULL)
WRAP(struct dirent *, readdir, (DIR *dir), (dir), is_ours(dirfd(dir)), false, EIO, NULL)
WRAP(ssize_t, copy_file_range, (int in, off_t *from, int out, off_t *to, size_t len, unsigned flags),
    (in, from, out, to, len, flags), is_ours(out), true, EIO, -1)

/* What may do less than it was asked, too. */
#define WRAP_PART(name, parameters, arguments, less, needs_room) \
	ssize_t name parameters \
	{ \
		if (is_ours(fd) && (fails(KIND_CALLS) || ((needs_room) && fails(KIND_FULL)))) { \
			errno = kind == KIND_FULL ? ENOSPC : EIO; \
			return -1; \
		} \
		if (kind == KIND_BREAK && is_ours(fd) && fails(KIND_BREAK)) { \
			if (n < 2 || (for_ever ? *counter / 2 : which) % 2 == 0) { \
				errno = EINTR; \
				return -1; \
			} \
			return NEXT(name) less; \
		} \
		return NEXT(name) arguments; \
	}

WRAP_PART(write, (int fd, const void *p, size_t n), (fd, p, n), (fd, p, n / 2), true)
WRAP_PART(pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), (fd, p, n / 2, at), true)
WRAP_PART(pwrite64, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), (fd, p, n / 2, at), true)
WRAP_PART(read, (int fd, void *p, size_t n), (fd, p, n), (fd, p, n / 2), false)
WRAP_PART(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), (fd, p, n / 2, at), false)
WRAP_PART(pread64, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), (fd, p, n / 2, at), false)

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (fails(KIND_BREAK)) {
		errno = EINTR;
		return -1;
	}
	return NEXT(poll)(fds, n, timeout);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	if (fails(KIND_BREAK)) {
		errno = EINTR;
		return -1;
	}
	return NEXT(waitpid)(pid, status, options);
}

static int
open_at(int dir, const char *path, int flags, mode_t mode)
{
	const bool creates = (flags & O_CREAT) != 0;
	const bool ours = path[0] == '/' ? root != NULL && strncmp(path, root, root_len) == 0 : dir >= 0 && is_ours(dir);

	if (ours && (fails(KIND_CALLS) || (creates && fails(KIND_FULL)))) {
		errno = kind == KIND_FULL ? ENOSPC : EMFILE;
		return -1;
	}
	return NEXT(openat)(dir, path, flags, mode);
}

#define OPEN(name, parameters, dir) \
	int name parameters \
	{ \
		mode_t mode = 0; \
		va_list ap; \
		va_start(ap, flags); \
		if ((flags & O_CREAT) != 0) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return open_at(dir, path, flags, mode); \
	}
OPEN(openat, (int dir, const char *path, int flags, ...), dir)
OPEN(openat64, (int dir, const char *path, int flags, ...), dir)
OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)

void *
malloc(size_t size)
{
	if (fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	if (fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	if (size > 0 && fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, size);
}
