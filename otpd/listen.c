/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where clients come in. */
#include "config.h"

#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "file.h"
#include "parse.h"

#define PASSED_FD 3
#define BACKLOG 4096

static bool
socket_option_is(int fd, int option, int value)
{
	int got = 0;
	socklen_t len = sizeof(got);

	return getsockopt(fd, SOL_SOCKET, option, &got, &len) == 0 && got == value;
}

static bool
is_our_kind(int fd, bool is_listening)
{
	return socket_option_is(fd, SO_DOMAIN, AF_UNIX) &&
	    socket_option_is(fd, SO_TYPE, SOCK_SEQPACKET) &&
	    socket_option_is(fd, SO_ACCEPTCONN, is_listening);
}

static bool
make_quiet(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool
otpd_listen_is_connected(int fd)
{
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer);

	return is_our_kind(fd, false) && getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	    make_quiet(fd);
}

/* sd_listen_fds(3): the variables are for this process only, and are not handed on. */
static bool
is_passed(uint64_t *ret_n)
{
	const char *pid_text = getenv("LISTEN_PID");
	const char *fds_text = getenv("LISTEN_FDS");
	uint64_t pid = 0;
	bool is_for_us;

	is_for_us = pid_text != NULL && fds_text != NULL &&
	    otp_parse_u64(pid_text, 1, INT32_MAX, &pid) == OTP_OK && pid == (uint64_t)getpid();
	if (is_for_us && otp_parse_u64(fds_text, 0, INT32_MAX, ret_n) != OTP_OK)
		*ret_n = 0;
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return is_for_us;
}

static enum otp_err
cannot(const struct otp_conf *conf, struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_SYSTEM, LISTEN_CANNOT, conf->socket, OTP_WHY_ERRNO(errno));
}

/* NOT_FOUND: nothing is there (any more). BUSY: somebody answers. */
static enum otp_err
clear_stale(const struct otp_conf *conf, const struct sockaddr_un *address, struct otp_why *why)
{
	struct stat st;
	int error, fd;

	if (lstat(conf->socket, &st) != 0)
		return errno == ENOENT ? OTP_OK : cannot(conf, why);
	if (!S_ISSOCK(st.st_mode) || (st.st_uid != geteuid() && geteuid() != 0))
		return OTP_WHY(why, OTP_ERR_CONFLICT, LISTEN_NOT_OURS, conf->socket);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cannot(conf, why);
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ? 0 : errno;
	otp_file_close(&fd);
	/* only a socket that nobody holds refuses; a full queue is a living one's */
	if (error != ECONNREFUSED)
		return OTP_WHY(why, OTP_ERR_BUSY, LISTEN_ALIVE, conf->socket);
	if (unlink(conf->socket) != 0 && errno != ENOENT)
		return cannot(conf, why);
	return OTP_OK;
}

static enum otp_err
bind_socket(const struct otp_conf *conf, struct otpd_listener *l, struct otp_why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	enum otp_err err;

	if (strlen(conf->socket) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return cannot(conf, why);
	}
	memcpy(address.sun_path, conf->socket, strlen(conf->socket) + 1);
	err = clear_stale(conf, &address, why);
	if (err != OTP_OK)
		return err;
	l->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || bind(l->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return cannot(conf, why);
	l->is_own = true;
	/* the umask keeps everybody out until it listens */
	if (lstat(conf->socket, &st) != 0 || listen(l->fd, BACKLOG) != 0 ||
	    chmod(conf->socket, 0666) != 0)
		return cannot(conf, why);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return OTP_OK;
}

/* The directory, locked: two that start at once do not take the socket from each other. */
static int
lock_directory(const struct otp_conf *conf)
{
	char dir[OTP_CONF_TEXT_MAX];
	char *slash;
	int fd;

	(void)snprintf(dir, sizeof(dir), "%s", conf->socket);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return -1;
	slash[slash == dir ? 1 : 0] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX) != 0)
		otp_file_close(&fd);
	return fd;
}

enum otp_err
otpd_listen(const struct otp_conf *conf, struct otpd_listener *ret, struct otp_why *why)
{
	uint64_t n = 0;
	enum otp_err err;
	int lock;

	*ret = (struct otpd_listener){ .fd = -1 };
	if (is_passed(&n)) {
		if (n != 1 || !is_our_kind(PASSED_FD, true) || !make_quiet(PASSED_FD))
			return OTP_WHY(why, OTP_ERR_CONFIG, LISTEN_BAD_FD);
		ret->fd = PASSED_FD;
		return OTP_OK;
	}
	if (conf->socket[0] == '\0')
		return OTP_WHY(why, OTP_ERR_CONFIG, LISTEN_NOWHERE);
	lock = lock_directory(conf);
	if (lock < 0)
		return cannot(conf, why);
	err = bind_socket(conf, ret, why);
	otp_file_close(&lock);
	if (err != OTP_OK)
		otpd_listen_end(conf, ret);
	return err;
}

void
otpd_listen_end(const struct otp_conf *conf, struct otpd_listener *l)
{
	struct stat st;
	int lock;

	if (l->is_own) {
		lock = lock_directory(conf);
		if (lstat(conf->socket, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
			(void)unlink(conf->socket);
		otp_file_close(&lock);
	}
	otp_file_close(&l->fd);
	l->is_own = false;
}
