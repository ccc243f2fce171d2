/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files opened safely, read whole, written whole or not at all. */
#ifndef OTP_FILE_H
#define OTP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "message.h"
#include "secret.h"

enum otp_file_mode {
	OTP_FILE_ANY_MODE,	/* owner is checked, mode is not */
	OTP_FILE_NOT_WRITABLE,	/* group and others may not write: configuration */
	OTP_FILE_PRIVATE,	/* group and others may do nothing: keys, credentials, store */
};
#define OTP_FILE_ANY_OWNER ((uid_t)-1)

/*
 * openat with O_CLOEXEC|O_NOFOLLOW|O_NONBLOCK, then fstat of what was opened:
 * a regular file (or a directory), of `owner` or root, with that mode. The
 * why names `path`. Results: NOT_FOUND, NOT_PERMITTED (owner, mode, a link, not
 * that type, the system's own refusal), DISK_FULL (creating), SYSTEM. With
 * O_CREAT the file is made 0600; O_TRUNC takes effect only after the checks.
 */
enum otp_err otp_file_open(int dirfd, const char *path, int flags, uid_t owner,
    enum otp_file_mode mode, int *ret_fd, struct otp_why *why);
enum otp_err otp_file_open_dir(int dirfd, const char *path, uid_t owner,
    enum otp_file_mode mode, int *ret_fd, struct otp_why *why);
/* The whole file, at most max bytes (BAD_INPUT beyond). path is for the why. */
enum otp_err otp_file_read_all(int fd, const char *path, size_t max, struct otp_bytes *ret,
    struct otp_why *why);
/*
 * New content under a name: temporary beside it, write, fsync, rename, fsync of
 * the directory. `name` may be a path. DISK_FULL, NOT_FOUND (no directory),
 * NOT_PERMITTED, SYSTEM: the old content stands then (or, where the directory
 * alone could not be synced, the new one, not yet durable).
 */
enum otp_err otp_file_replace(int dirfd, const char *name, mode_t mode, const void *data, size_t len,
    struct otp_why *why);
/* All of it or an error; EINTR is retried. DISK_FULL for ENOSPC and EDQUOT, SYSTEM otherwise; errno stays. */
enum otp_err otp_file_write(int fd, const void *data, size_t len);
enum otp_err otp_file_pwrite(int fd, const void *data, size_t len, int64_t offset);
/* Reads until len or end of file; *ret_n says how much. */
enum otp_err otp_file_pread(int fd, void *data, size_t len, int64_t offset, size_t *ret_n);
enum otp_err otp_file_sync_dir(int dirfd);
/* Closes and sets to -1; -1 is fine; errno stays. */
void otp_file_close(int *fd);
/* Closes every descriptor from 3 up that is not in keep (for children). */
void otp_file_close_all_but(const int *keep, size_t n_keep);

#endif
