/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only reader of clocks, and the local day of a zone. */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define ZONE_MAX 64

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	/* 1970 is behind everything that was ever written: refused, not trusted */
	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
otp_clock_now_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
otp_clock_steady_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

bool
otp_clock_is_synchronised(void)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);

	return state != -1 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

/* No dot, so no way out of the directory; nothing of right/, which counts leap seconds. */
static bool
is_zone_name(const char *zone)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789/_+-";
	size_t len = zone != NULL ? strnlen(zone, ZONE_MAX + 1) : 0;

	return len > 0 && len <= ZONE_MAX && strspn(zone, allowed) == len && zone[0] != '/' &&
	    zone[0] != '-' && zone[len - 1] != '/' && strstr(zone, "//") == NULL &&
	    strncmp(zone, "right/", 6) != 0;
}

enum otp_err
otp_clock_zone_check(const char *zone)
{
	char path[sizeof(ZONE_DIR) + ZONE_MAX];
	char magic[4];
	struct stat st;
	enum otp_err err = OTP_ERR_BAD_INPUT;
	size_t n;
	int fd;

	if (!is_zone_name(zone))
		return OTP_ERR_BAD_INPUT;
	if (strcmp(zone, "UTC") == 0)
		return OTP_OK;
	(void)snprintf(path, sizeof(path), ZONE_DIR "%s", zone);
	/* the zones' directory is the distribution's, full of links of its own */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return OTP_ERR_NOT_FOUND;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    otp_file_pread(fd, magic, sizeof(magic), 0, &n) == OTP_OK && n == sizeof(magic) &&
	    memcmp(magic, "TZif", 4) == 0)
		err = OTP_OK;
	otp_file_close(&fd);
	return err;
}

static enum otp_err
use_zone(const char *tz)
{
	int failed = tz != NULL ? setenv("TZ", tz, 1) : unsetenv("TZ");

	tzset();
	return failed ? OTP_ERR_NO_MEMORY : OTP_OK;
}

enum otp_err
otp_clock_day(const char *zone, int64_t seconds, int64_t *ret_day)
{
	char tz[sizeof(ZONE_DIR) + ZONE_MAX + 1];
	char *before = NULL;
	const char *old;
	struct tm tm;
	time_t t = seconds;
	int64_t local = seconds;
	enum otp_err err = otp_clock_zone_check(zone);

	/* checked each time: without its file the C library would quietly take UTC */
	if (err != OTP_OK)
		return err;
	if (strcmp(zone, "UTC") != 0) {
		old = getenv("TZ");
		before = old != NULL ? strdup(old) : NULL;
		if (old != NULL && before == NULL)
			return OTP_ERR_NO_MEMORY;
		/* a whole path: TZDIR has no say */
		(void)snprintf(tz, sizeof(tz), ":" ZONE_DIR "%s", zone);
		err = use_zone(tz);
		if (err == OTP_OK && (localtime_r(&t, &tm) == NULL ||
		    __builtin_add_overflow(seconds, (int64_t)tm.tm_gmtoff, &local)))
			err = OTP_ERR_BAD_INPUT;
		if (use_zone(before) != OTP_OK && err == OTP_OK)
			err = OTP_ERR_NO_MEMORY;
		free(before);
	}
	if (err == OTP_OK)
		*ret_day = local / 86400 - (local % 86400 < 0 ? 1 : 0);
	return err;
}
