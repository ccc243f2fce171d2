/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LD_PRELOAD for the crash tests: records every change of files and
 * directories below $CRASH_DIR into $CRASH_LOG, in the process and its children, and
 * ends the process, or all of its group, at the $CRASH_KILL-th one. The
 * $CRASH_EIO-th sync of a file (named $CRASH_EIO_NAME) fails: what was written stays readable, and may
 * never reach the disk.
 *
 * A record: op, length, inode, offset, second inode; then length bytes.
 *   W write      inode, offset, the bytes          T truncate  inode, new size
 *   S sync       inode (file or directory)         C create    inode, in directory `second`, name
 *   U unlink     in directory inode, name          R rename    from directory inode to `second`: name NUL name
 *   E failed sync inode
 *   M mkdir      as C                              A said      the bytes that the driver wrote to descriptor 3
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* our stand-ins must be seen by the linker, whatever the build hides */
#pragma GCC visibility push(default)

#define SAY_FD 3
#define CHUNK 65536

struct record {
	char op;
	char pad[3];
	uint32_t len;
	uint64_t ino, off, second;
};

static int log_fd = -1;
static const char *root;
static size_t root_len;
static long kill_at, eio_at;
static const char *eio_name;
static int cut_percent;
static bool kill_group;
static pid_t first_pid;

/* Shared with the children. */
static struct shared {
	long counter, syncs;
	int lock;
} *shared;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long
number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CRASH_LOG");
	int fd;

	root = getenv("CRASH_DIR");
	if (path == NULL || root == NULL)
		return;
	root_len = strlen(root);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900);
	close(fd);
	kill_at = number("CRASH_KILL");
	eio_at = number("CRASH_EIO");
	eio_name = getenv("CRASH_EIO_NAME");
	cut_percent = (int)number("CRASH_CUT");
	kill_group = number("CRASH_GROUP") != 0;
	first_pid = getpid();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void
emit(char op, uint64_t ino, uint64_t off, uint64_t second, const void *data, size_t len)
{
	static char buffer[sizeof(struct record) + CHUNK];
	struct record r = { op, { 0 }, (uint32_t)len, ino, off, second };

	memcpy(buffer, &r, sizeof(r));
	if (len > 0)
		memcpy(buffer + sizeof(r), data, len);
	if (NEXT(write)(log_fd, buffer, sizeof(r) + len) != (ssize_t)(sizeof(r) + len))
		_exit(99);
}

/*
 * A change and its record are one: nobody is killed in between. So whoever dies
 * with others dies with the lock in his hand.
 */
static void
lock(void)
{
	while (log_fd >= 0 && __atomic_exchange_n(&shared->lock, 1, __ATOMIC_ACQUIRE) != 0)
		usleep(20);
}

static void
unlock(void)
{
	if (log_fd >= 0)
		__atomic_store_n(&shared->lock, 0, __ATOMIC_RELEASE);
}

static void
die(void)
{
	if (kill_group)
		kill(0, SIGKILL);
	if (getpid() != first_pid)
		unlock();
	kill(getpid(), SIGKILL);
	_exit(137);
}

/* Counts a change: true when it is the last one. */
static bool
is_last(void)
{
	return kill_at > 0 && ++shared->counter == kill_at;
}

static bool
is_below(const char *path)
{
	return strncmp(path, root, root_len) == 0 && (path[root_len] == '/' || path[root_len] == '\0');
}

static bool
is_ours(int fd, uint64_t *ret_ino)
{
	struct stat st;
	char link[64], path[PATH_MAX];
	ssize_t n;

	if (log_fd < 0 || fd == log_fd || fstat(fd, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	*ret_ino = st.st_ino;
	return is_below(path);
}

/* The directory that holds path, and its last part. */
static bool
is_ours_at(int dirfd, const char *path, uint64_t *ret_dir, const char **ret_name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;
	bool ours;

	if (log_fd < 0)
		return false;
	snprintf(parent, sizeof(parent), "%.*s", slash != NULL ? (int)(slash - path + 1) : 1, slash != NULL ? path : ".");
	*ret_name = slash != NULL ? slash + 1 : path;
	fd = NEXT(openat)(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ours = is_ours(fd, ret_dir);
	close(fd);
	return ours;
}

static void
emit_write(uint64_t ino, uint64_t off, const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len; at += CHUNK)
		emit('W', ino, off + at, 0, data + at, len - at < CHUNK ? len - at : CHUNK);
}

static ssize_t
write_at(int fd, const void *data, size_t len, off_t off, bool is_plain)
{
	uint64_t ino;
	bool last;
	ssize_t n;

	if (!is_ours(fd, &ino))
		return is_plain ? NEXT(write)(fd, data, len) : NEXT(pwrite)(fd, data, len, off);
	lock();
	last = is_last();
	if (last && cut_percent > 0 && len > 1)
		len = len * (size_t)cut_percent / 100 + 1;
	n = NEXT(pwrite)(fd, data, len, off);
	if (n > 0)
		emit_write(ino, (uint64_t)off, data, (size_t)n);
	if (n > 0 && is_plain)
		lseek(fd, off + n, SEEK_SET);
	if (last)
		die();
	unlock();
	return n;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	if (fd == SAY_FD && log_fd >= 0) {
		emit('A', 0, 0, 0, data, len);
		return (ssize_t)len;
	}
	return write_at(fd, data, len, log_fd >= 0 ? lseek(fd, 0, SEEK_CUR) : 0, true);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t off)
{
	return write_at(fd, data, len, off, false);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t off)
{
	return write_at(fd, data, len, off, false);
}

static bool
is_named(int fd, const char *name)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return name == NULL || strcmp(strrchr(path, '/') + 1, name) == 0;
}

static int
sync_fd(int fd, int (*real)(int))
{
	struct stat st;
	uint64_t ino;
	bool last;

	if (!is_ours(fd, &ino))
		return real(fd);
	/* a crash at a sync comes before it has worked */
	lock();
	last = is_last();
	if (last)
		die();
	if (eio_at > 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_named(fd, eio_name) &&
	    ++shared->syncs == eio_at) {
		emit('E', ino, 0, 0, NULL, 0);
		unlock();
		errno = EIO;
		return -1;
	}
	emit('S', ino, 0, 0, NULL, 0);
	unlock();
	return 0;
}

int
fsync(int fd)
{
	return sync_fd(fd, NEXT(fsync));
}

int
fdatasync(int fd)
{
	return sync_fd(fd, NEXT(fdatasync));
}

int
ftruncate(int fd, off_t size)
{
	uint64_t ino;
	int r;

	lock();
	r = NEXT(ftruncate)(fd, size);
	if (r == 0 && is_ours(fd, &ino)) {
		emit('T', ino, (uint64_t)size, 0, NULL, 0);
		if (is_last())
			die();
	}
	unlock();
	return r;
}

int
ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

int
posix_fallocate(int fd, off_t off, off_t len)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	return st.st_size >= off + len || ftruncate(fd, off + len) == 0 ? 0 : errno;
}

ssize_t
copy_file_range(int in, off_t *in_off, int out, off_t *out_off, size_t len, unsigned flags)
{
	static uint8_t buffer[CHUNK];
	uint64_t ino;
	ssize_t n;

	(void)flags;
	if (!is_ours(out, &ino))
		return NEXT(copy_file_range)(in, in_off, out, out_off, len, flags);
	n = in_off != NULL ? pread(in, buffer, len < CHUNK ? len : CHUNK, *in_off) : read(in, buffer, len < CHUNK ? len : CHUNK);
	if (n <= 0)
		return n;
	if (out_off != NULL)
		n = pwrite(out, buffer, (size_t)n, *out_off);
	else
		n = write(out, buffer, (size_t)n);
	if (n > 0 && in_off != NULL)
		*in_off += n;
	if (n > 0 && out_off != NULL)
		*out_off += n;
	return n;
}

/* A child closes what it was not given; not our log. */
int
close(int fd)
{
	return fd >= 0 && fd == log_fd ? 0 : NEXT(close)(fd);
}

int
close_range(unsigned first, unsigned last, int flags)
{
	unsigned log = (unsigned)log_fd;
	int r = 0;

	if (log_fd < 0 || log < first || log > last)
		return NEXT(close_range)(first, last, flags);
	if (log > first)
		r = NEXT(close_range)(first, log - 1, flags);
	return r == 0 && log < last ? NEXT(close_range)(log + 1, last, flags) : r;
}

static int
rename_at(int from, const char *old, int to, const char *new, unsigned flags)
{
	uint64_t dir1 = 0, dir2 = 0;
	const char *name1 = "", *name2 = "";
	char both[2 * NAME_MAX + 2];
	bool ours = is_ours_at(from, old, &dir1, &name1) && is_ours_at(to, new, &dir2, &name2);
	int r;

	lock();
	r = flags != 0 ? NEXT(renameat2)(from, old, to, new, flags) : NEXT(renameat)(from, old, to, new);
	if (r == 0 && ours) {
		int n = snprintf(both, sizeof(both), "%s%c%s", name1, '\0', name2);

		emit('R', dir1, 0, dir2, both, (size_t)n);
		if (is_last())
			die();
	}
	unlock();
	return r;
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return rename_at(from, old, to, new, 0);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return rename_at(from, old, to, new, flags);
}

int
rename(const char *old, const char *new)
{
	return rename_at(AT_FDCWD, old, AT_FDCWD, new, 0);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	uint64_t dir = 0;
	const char *name = "";
	bool ours = is_ours_at(dirfd, path, &dir, &name);
	int r;

	lock();
	r = NEXT(unlinkat)(dirfd, path, flags);
	if (r == 0 && ours) {
		emit('U', dir, 0, 0, name, strlen(name));
		if (is_last())
			die();
	}
	unlock();
	return r;
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

static int
open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	uint64_t dir = 0;
	const char *name = "";
	struct stat st;
	bool ours = (flags & O_CREAT) != 0 && is_ours_at(dirfd, path, &dir, &name) &&
	    fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
	int fd;

	lock();
	fd = NEXT(openat)(dirfd, path, flags, mode);
	if (fd >= 0 && ours && fstat(fd, &st) == 0) {
		emit('C', st.st_ino, 0, dir, name, strlen(name));
		if (is_last())
			die();
	}
	if (fd >= 0 && (flags & O_TRUNC) != 0 && !ours && is_ours(fd, &dir))
		emit('T', dir, 0, 0, NULL, 0);
	unlock();
	return fd;
}

#define MODE_OF(flags, last) \
	mode_t mode = 0; \
	if (((flags) & O_CREAT) != 0) { \
		va_list ap; \
		va_start(ap, last); \
		mode = va_arg(ap, mode_t); \
		va_end(ap); \
	}

int
openat(int dirfd, const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(dirfd, path, flags, mode);
}

int
openat64(int dirfd, const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(dirfd, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	MODE_OF(flags, flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	uint64_t dir = 0;
	const char *name = "";
	struct stat st;
	bool ours = is_ours_at(dirfd, path, &dir, &name);
	int r;

	lock();
	r = NEXT(mkdirat)(dirfd, path, mode);
	if (r == 0 && ours && fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		emit('M', st.st_ino, 0, dir, name, strlen(name));
		if (is_last())
			die();
	}
	unlock();
	return r;
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}
