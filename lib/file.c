/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files opened safely, read whole, written whole or not at all. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static enum otp_err
err_of_errno(int e)
{
	if (e == ENOENT)
		return OTP_ERR_NOT_FOUND;
	if (e == EACCES || e == EPERM)
		return OTP_ERR_NOT_PERMITTED;
	if (e == ENOSPC || e == EDQUOT)
		return OTP_ERR_DISK_FULL;
	return OTP_ERR_SYSTEM;
}

static enum otp_err
check_owner_and_mode(const struct stat *st, const char *path, uid_t owner, enum otp_file_mode mode,
    struct otp_why *why)
{
	const mode_t forbidden = mode == OTP_FILE_PRIVATE ? 0077 : 0022;
	char octal[16];

	if (owner != OTP_FILE_ANY_OWNER && st->st_uid != owner && st->st_uid != 0)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_WRONG_OWNER, path,
		    OTP_WHY_NUM(st->st_uid), OTP_WHY_NUM(owner));
	if (mode == OTP_FILE_ANY_MODE || (st->st_mode & forbidden) == 0)
		return OTP_OK;
	(void)snprintf(octal, sizeof(octal), "%04o", (unsigned)st->st_mode & 07777);
	if (mode == OTP_FILE_PRIVATE)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_WRONG_MODE, path, octal);
	return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_MODE_WRITABLE, path, octal);
}

static enum otp_err
check_opened(int fd, const char *path, bool is_dir, uid_t owner, enum otp_file_mode mode,
    struct otp_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	if (is_dir && !S_ISDIR(st.st_mode))
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_NOT_DIRECTORY, path);
	if (!is_dir && !S_ISREG(st.st_mode))
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_NOT_REGULAR, path);
	return check_owner_and_mode(&st, path, owner, mode, why);
}

/* A new file is private until its maker says otherwise; an old one is emptied after it passed. */
enum otp_err
otp_file_open(int dirfd, const char *path, int flags, uid_t owner, enum otp_file_mode mode,
    int *ret_fd, struct otp_why *why)
{
	const bool is_dir = (flags & O_DIRECTORY) != 0;
	enum otp_err err;
	int fd;

	*ret_fd = -1;
	do {
		fd = openat(dirfd, path,
		    (flags & ~O_TRUNC) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ELOOP && !is_dir)	/* a symbolic link */
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_NOT_REGULAR, path);
	if (fd < 0 && is_dir && (errno == ENOTDIR || errno == ELOOP))
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, FILE_NOT_DIRECTORY, path);
	if (fd < 0)
		return OTP_WHY(why, err_of_errno(errno), CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	err = check_opened(fd, path, is_dir, owner, mode, why);
	if (err != OTP_OK)
		goto out;
	if ((flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0) {
		err = OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_WRITE, path, OTP_WHY_ERRNO(errno));
		goto out;
	}
	*ret_fd = fd;
	fd = -1;
out:
	otp_file_close(&fd);
	return err;
}

enum otp_err
otp_file_open_dir(int dirfd, const char *path, uid_t owner, enum otp_file_mode mode, int *ret_fd,
    struct otp_why *why)
{
	return otp_file_open(dirfd, path, O_RDONLY | O_DIRECTORY, owner, mode, ret_fd, why);
}

enum otp_err
otp_file_read_all(int fd, const char *path, size_t max, struct otp_bytes *ret, struct otp_why *why)
{
	struct stat st;
	enum otp_err err;
	ssize_t n;

	otp_bytes_empty(ret);
	/* the size is a hint: what is read counts, and one byte more tells "too large" */
	if (fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size <= max) {
		err = otp_bytes_reserve(ret, (size_t)st.st_size + 1);
		if (err != OTP_OK)
			goto out;
	}
	for (;;) {
		err = otp_bytes_reserve(ret, ret->len + 1);
		if (err != OTP_OK)
			goto out;
		n = read(fd, ret->data + ret->len, ret->cap - ret->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_READ, path, OTP_WHY_ERRNO(errno));
			goto out;
		}
		if (n == 0)
			break;
		ret->len += (size_t)n;
		if (ret->len > max) {
			err = OTP_WHY(why, OTP_ERR_BAD_INPUT, FILE_TOO_LARGE, path,
			    OTP_WHY_NUM(max));
			goto out;
		}
	}
	return OTP_OK;
out:
	otp_bytes_clear(ret);
	return err;
}

/* Writes, makes durable and renames within the directory that holds both names. */
static enum otp_err
write_and_rename(int dirfd, const char *temporary, const char *name, mode_t mode, const void *data,
    size_t len)
{
	enum otp_err err;
	int e, fd;

	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_of_errno(errno);
	err = otp_file_write(fd, data, len);
	if (err == OTP_OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		err = err_of_errno(errno);
	otp_file_close(&fd);
	if (err == OTP_OK && renameat(dirfd, temporary, dirfd, name) != 0)
		err = err_of_errno(errno);
	if (err == OTP_OK)
		return otp_file_sync_dir(dirfd);
	e = errno;
	(void)unlinkat(dirfd, temporary, 0);
	errno = e;
	return err;
}

enum otp_err
otp_file_replace(int dirfd, const char *name, mode_t mode, const void *data, size_t len,
    struct otp_why *why)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash != NULL ? slash + 1 : name;
	char dir[PATH_MAX] = ".";
	char temporary[NAME_MAX + 1];
	uint64_t salt = 0;
	enum otp_err err;
	int n, fd = -1;

	errno = ENAMETOOLONG;
	if (slash != NULL) {
		n = snprintf(dir, sizeof(dir), "%.*s", (int)(slash - name + 1), name);
		if (n < 0 || (size_t)n >= sizeof(dir))
			goto failed;
	}
	if (getrandom(&salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		goto failed;
	n = snprintf(temporary, sizeof(temporary), ".%s.%016llx.tmp", base,
	    (unsigned long long)salt);
	errno = ENAMETOOLONG;
	if (n < 0 || (size_t)n >= sizeof(temporary))
		goto failed;
	fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		goto failed;
	err = write_and_rename(fd, temporary, base, mode, data, len);
	if (err != OTP_OK)
		(void)OTP_WHY(why, err, CANNOT_WRITE, name, OTP_WHY_ERRNO(errno));
	otp_file_close(&fd);
	return err;
failed:
	return OTP_WHY(why, err_of_errno(errno), CANNOT_WRITE, name, OTP_WHY_ERRNO(errno));
}

static enum otp_err
write_at(int fd, const void *data, size_t len, int64_t offset)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		if (offset < 0)
			n = write(fd, p, len);
		else
			n = pwrite(fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return errno == ENOSPC || errno == EDQUOT ? OTP_ERR_DISK_FULL :
								    OTP_ERR_SYSTEM;
		p += n;
		len -= (size_t)n;
		if (offset >= 0)
			offset += n;
	}
	return OTP_OK;
}

enum otp_err
otp_file_write(int fd, const void *data, size_t len)
{
	return write_at(fd, data, len, -1);
}

enum otp_err
otp_file_pwrite(int fd, const void *data, size_t len, int64_t offset)
{
	if (offset < 0 || (uint64_t)len > (uint64_t)(INT64_MAX - offset)) {
		errno = EINVAL;
		return OTP_ERR_SYSTEM;
	}
	return write_at(fd, data, len, offset);
}

enum otp_err
otp_file_pread(int fd, void *data, size_t len, int64_t offset, size_t *ret_n)
{
	size_t done = 0;
	ssize_t n;

	*ret_n = 0;
	while (done < len) {
		n = pread(fd, (uint8_t *)data + done, len - done, (off_t)(offset + (int64_t)done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return OTP_ERR_SYSTEM;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	*ret_n = done;
	return OTP_OK;
}

enum otp_err
otp_file_sync_dir(int dirfd)
{
	return fsync(dirfd) == 0 ? OTP_OK : err_of_errno(errno);
}

void
otp_file_close(int *fd)
{
	int e = errno;

	/* EINTR too leaves it closed on Linux */
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = e;
}

/* Async-signal-safe: the module's client forks inside a process that may have threads. */
static void
close_range_or_each(unsigned first, unsigned last)
{
	struct rlimit limit = { 65536, 65536 };
	rlim_t end;

	if (first > last || close_range(first, last, 0) == 0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	end = limit.rlim_cur < 1 << 20 ? limit.rlim_cur : 1 << 20;
	for (unsigned fd = first; fd <= last && fd < end; fd++)
		(void)close((int)fd);
}

void
otp_file_close_all_but(const int *keep, size_t n_keep)
{
	unsigned first = 3;

	/* from kept one to kept one, upwards, in whatever order they were given */
	for (;;) {
		unsigned next = UINT_MAX;

		for (size_t i = 0; i < n_keep; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= first && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == UINT_MAX) {
			close_range_or_each(first, UINT_MAX);
			return;
		}
		close_range_or_each(first, next - 1);
		first = next + 1;
	}
}
