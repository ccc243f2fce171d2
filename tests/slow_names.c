/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: a directory service that hangs when it is asked about one uid. */
#include "config.h"

#include <dlfcn.h>
#include <pwd.h>
#include <unistd.h>

#define SLOW_UID 20004

typedef int (*getpwuid_r_fn)(uid_t, struct passwd *, char *, size_t, struct passwd **);

__attribute__((visibility("default"))) int
getpwuid_r(uid_t uid, struct passwd *record, char *buf, size_t size, struct passwd **ret)
{
	void *next = dlsym(RTLD_NEXT, "getpwuid_r");

	if (uid == SLOW_UID)
		(void)sleep(600);
	return (*(getpwuid_r_fn *)&next)(uid, record, buf, size, ret);
}
