/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock of the store's directory: held as long as the descriptor is open, in this process or a child. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "store_lock.h"

#define PID_SIZE 24

/* Only for people: whoever reads it may be too late. */
static enum otp_err
held_by_other(int fd, struct otp_why *why)
{
	char pid[PID_SIZE] = "";
	size_t n = 0;

	(void)otp_file_pread(fd, pid, sizeof(pid) - 1, 0, &n);
	pid[strspn(pid, "0123456789")] = '\0';
	return OTP_WHY(why, OTP_ERR_BUSY, STORE_LOCKED, pid[0] != '\0' ? pid : "?");
}

enum otp_err
otp_store_lock(int dir_fd, uid_t owner, int *ret_fd, struct otp_why *why)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char pid[PID_SIZE];
	enum otp_err err;
	int n, fd = -1;

	err = otp_file_open(dir_fd, OTP_STORE_LOCK_NAME, O_RDWR | O_CREAT, owner, OTP_FILE_PRIVATE, &fd,
	    why);
	if (err != OTP_OK)
		return err;
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (errno == EAGAIN || errno == EACCES)
			err = held_by_other(fd, why);
		else
			err = OTP_WHY(why, OTP_ERR_STORE, CANNOT_OPEN, OTP_STORE_LOCK_NAME,
			    OTP_WHY_ERRNO(errno));
		goto out;
	}
	/* somebody may have removed the file while its holder lives; not every file system can do this */
	if (flock(dir_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		err = held_by_other(fd, why);
		goto out;
	}
	/* a full disk must not keep a store closed: the pid is a courtesy */
	n = snprintf(pid, sizeof(pid), "%-20lld\n", (long long)getpid());
	(void)otp_file_pwrite(fd, pid, (size_t)n, 0);
	*ret_fd = fd;
	fd = -1;
out:
	otp_file_close(&fd);
	return err;
}
