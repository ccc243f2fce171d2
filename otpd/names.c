/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of uids: a child forks one asker a question, so that one that hangs holds nobody up. */
#include "config.h"

#include "names.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "nursery.h"

#define CACHE_MAX 512
#define KEPT_MS 60000		/* what is known */
#define FAILED_MS 1000		/* that the system could not say */
#define ASKED_MS 10000		/* then the asker is dead, and it is asked again */
#define ASKERS_MAX 8
#define PASSWD_MAX 65536

enum state { STATE_NONE, STATE_ASKED, STATE_KNOWN, STATE_FAILED };

struct entry {
	enum state state;
	uid_t uid;
	int64_t until_ms;
	char name[OTP_NAME_MAX + 1];
};

struct otpd_names {
	pid_t pid;
	int fd;
	struct entry entry[CACHE_MAX];
};

struct reply {
	uid_t uid;
	bool is_known;
	char name[OTP_NAME_MAX + 1];
};

/* ---- in the child ---- */

static void
find_name(uid_t uid, struct reply *reply)
{
	static char buf[PASSWD_MAX];
	struct passwd record, *found = NULL;
	int rc = getpwuid_r(uid, &record, buf, sizeof(buf), &found);

	/* "not there" is said in several ways; anything else is trouble */
	reply->is_known = found != NULL || rc == 0 || rc == ENOENT || rc == ESRCH;
	if (found != NULL && otp_parse_name(found->pw_name) == OTP_OK)
		(void)snprintf(reply->name, sizeof(reply->name), "%s", found->pw_name);
}

static void
ask(int fd, uid_t uid)
{
	struct reply reply = { .uid = uid };

	(void)alarm(ASKED_MS / 1000);
	find_name(uid, &reply);
	(void)send(fd, &reply, sizeof(reply), MSG_NOSIGNAL);
}

static void
asking(int fd)
{
	unsigned n_askers = 0;
	pid_t self = getpid();
	uid_t uid;
	ssize_t n;
	pid_t pid;

	for (;;) {
		n = recv(fd, &uid, sizeof(uid), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(uid))
			_exit(n == 0 ? 0 : 1);
		while (n_askers > 0 &&
		    waitpid(-1, NULL, n_askers < ASKERS_MAX ? WNOHANG : 0) > 0)
			n_askers--;
		pid = fork();
		if (pid == 0) {
			otpd_nursery_orphan(self);
			ask(fd, uid);
			_exit(0);
		}
		if (pid > 0)
			n_askers++;
	}
}

/* ---- in otpd ---- */

enum otp_err
otpd_names_start(struct otpd_names **ret)
{
	struct otpd_names *names = calloc(1, sizeof(*names));
	int pair[2] = { -1, -1 };
	enum otp_err err = OTP_ERR_SYSTEM;

	if (names == NULL)
		return OTP_ERR_NO_MEMORY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		goto out;
	err = otpd_nursery_fork("otpd-names", &pair[1], 1, &names->pid);
	if (err != OTP_OK)
		goto out;
	if (names->pid == 0)
		asking(pair[1]);
	names->fd = pair[0];
	pair[0] = -1;
	*ret = names;
	names = NULL;
out:
	otp_file_close(&pair[0]);
	otp_file_close(&pair[1]);
	free(names);
	return err;
}

void
otpd_names_free(struct otpd_names **names)
{
	if (*names == NULL)
		return;
	otp_file_close(&(*names)->fd);
	(void)kill((*names)->pid, SIGKILL);
	(void)waitpid((*names)->pid, NULL, 0);
	free(*names);
	*names = NULL;
}

int
otpd_names_fd(const struct otpd_names *names)
{
	return names->fd;
}

static struct entry *
entry_of(struct otpd_names *names, uid_t uid)
{
	for (size_t i = 0; i < CACHE_MAX; i++)
		if (names->entry[i].state != STATE_NONE && names->entry[i].uid == uid)
			return &names->entry[i];
	return NULL;
}

/* The place of the one that ends first; one that is being asked is left alone until its time is over. */
static struct entry *
place_for(struct otpd_names *names, int64_t steady_ms)
{
	struct entry *best = NULL;

	for (size_t i = 0; i < CACHE_MAX; i++) {
		struct entry *e = &names->entry[i];

		if (e->state == STATE_NONE)
			return e;
		if (e->state == STATE_ASKED && e->until_ms > steady_ms)
			continue;
		if (best == NULL || e->until_ms < best->until_ms)
			best = e;
	}
	return best;
}

enum otp_err
otpd_names_read(struct otpd_names *names, int64_t steady_ms)
{
	struct reply reply;
	struct entry *e;
	ssize_t n;

	for (;;) {
		n = recv(names->fd, &reply, sizeof(reply), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return OTP_OK;
		if (n <= 0)
			return OTP_ERR_SYSTEM;
		if (n != (ssize_t)sizeof(reply))
			continue;
		e = entry_of(names, reply.uid);
		if (e == NULL)
			continue;
		reply.name[OTP_NAME_MAX] = '\0';
		memcpy(e->name, reply.name, sizeof(e->name));
		e->state = reply.is_known ? STATE_KNOWN : STATE_FAILED;
		e->until_ms = steady_ms + (reply.is_known ? KEPT_MS : FAILED_MS);
	}
}

enum otp_err
otpd_names_get(struct otpd_names *names, uid_t uid, int64_t steady_ms,
    char ret_name[OTP_NAME_MAX + 1])
{
	struct entry *e = entry_of(names, uid);

	if (e != NULL && e->until_ms > steady_ms) {
		if (e->state == STATE_ASKED)
			return OTP_ERR_BUSY;
		if (e->state == STATE_FAILED)
			return OTP_ERR_UNAVAILABLE;
		memcpy(ret_name, e->name, sizeof(e->name));
		return OTP_OK;
	}
	if (e == NULL)
		e = place_for(names, steady_ms);
	if (e == NULL || send(names->fd, &uid, sizeof(uid), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return OTP_ERR_BUSY;
	memset(e, 0, sizeof(*e));
	e->uid = uid;
	e->state = STATE_ASKED;
	e->until_ms = steady_ms + ASKED_MS;
	return OTP_ERR_BUSY;
}
