/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: names looked up without regard to case, as some directories do; everybody is lower case. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>

__attribute__((visibility("default"))) int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size, struct passwd **ret)
{
	size_t len = strlen(name);

	*ret = NULL;
	if (size < len + 1)
		return ERANGE;
	for (size_t i = 0; i <= len; i++)
		buf[i] = (char)tolower((unsigned char)name[i]);
	memset(pw, 0, sizeof(*pw));
	pw->pw_name = buf;
	pw->pw_passwd = pw->pw_gecos = pw->pw_dir = pw->pw_shell = buf + len;
	pw->pw_uid = pw->pw_gid = 20001;
	*ret = pw;
	return 0;
}
