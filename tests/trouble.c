/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: a directory service that hangs on one uid, and a disk that fails while the file OTP_SYNC_FAILS is there. */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOW_UID 20004

typedef int (*getpwuid_r_fn)(uid_t, struct passwd *, char *, size_t, struct passwd **);
typedef int (*fdatasync_fn)(int);

__attribute__((visibility("default"))) int
getpwuid_r(uid_t uid, struct passwd *record, char *buf, size_t size, struct passwd **ret)
{
	void *next = dlsym(RTLD_NEXT, "getpwuid_r");

	if (uid == SLOW_UID)
		(void)sleep(600);
	return (*(getpwuid_r_fn *)&next)(uid, record, buf, size, ret);
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	void *next = dlsym(RTLD_NEXT, "fdatasync");
	const char *fails = getenv("OTP_SYNC_FAILS");

	if (fails != NULL && access(fails, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	return (*(fdatasync_fn *)&next)(fd);
}
