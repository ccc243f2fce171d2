/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking otpd: one packet out, packets back, every wait bounded, and never a request sent twice. */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "secret.h"
#include "spawn.h"

#define FIRST_FD 3	/* a host may have closed 0 to 2: what lands there is anybody's */

struct otp_client {
	struct otp_conf conf;
	int64_t timeout_ms;
	bool is_once;
	int fd;			/* -1: not connected; a call then connects */
	pid_t pid;		/* the one-shot child, 0: none */
	uint8_t packet[OTP_WIRE_MAX];
};

/* How a send or a receive ended. */
enum moved { MOVED_OK, MOVED_GONE, MOVED_TIMEOUT, MOVED_FAILED };

static int64_t
left_ms(int64_t deadline)
{
	int64_t left = deadline - otp_clock_steady_ms();

	return left > 0 ? left : 0;
}

static bool
move_up(int *fd)
{
	int higher;

	if (*fd < 0 || *fd >= FIRST_FD)
		return *fd >= 0;
	higher = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FD);
	otp_file_close(fd);
	*fd = higher;
	return higher >= 0;
}

static bool
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = left_ms(deadline);
		n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
	} while ((n == 0 && left > 0) || (n < 0 && errno == EINTR));
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0;
}

/*
 * The one-shot child closes the store when our end is gone. Waited for, so that
 * the next one finds the store free, but not for ever; a host that reaps all
 * children itself is no error.
 */
static void
disconnect(struct otp_client *c, int64_t deadline)
{
	int64_t nap_ms = 1;
	pid_t done;

	otp_file_close(&c->fd);
	while (c->pid > 0) {
		done = waitpid(c->pid, NULL, WNOHANG);
		if (done == c->pid || (done < 0 && errno != EINTR)) {
			c->pid = 0;
			return;
		}
		if (left_ms(deadline) == 0)
			return;
		(void)poll(NULL, 0, (int)nap_ms);
		nap_ms = nap_ms < 16 ? nap_ms * 2 : 16;
	}
}

/* Whoever owns the socket's directory can put any socket there, and the configuration names it. */
static bool
is_owner_of(const char *path, uid_t uid)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
}

static bool
is_our_server(const struct otp_conf *conf, uid_t uid)
{
	char dir[OTP_CONF_TEXT_MAX];
	char *slash;

	if (uid == 0 || is_owner_of(conf->store, uid))
		return true;
	(void)snprintf(dir, sizeof(dir), "%s", conf->socket);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return false;
	slash[slash == dir ? 1 : 0] = '\0';
	return is_owner_of(dir, uid);
}

static enum otp_err
check_server(struct otp_client *c, struct otp_why *why)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return OTP_WHY(why, OTP_ERR_UNAVAILABLE, SERVICE_UNREACHABLE, c->conf.socket,
		    OTP_WHY_ERRNO(errno));
	if (!is_our_server(&c->conf, cred.uid))
		return OTP_WHY(why, OTP_ERR_UNAVAILABLE, SERVICE_WRONG_OWNER, c->conf.socket,
		    OTP_WHY_NUM(cred.uid));
	return OTP_OK;
}

/* A connect to a full queue waits as long as a send may: SO_SNDTIMEO is its deadline. */
static int
connect_until(int fd, const struct sockaddr_un *address, int64_t deadline)
{
	struct timeval limit;
	int64_t left;

	for (;;) {
		left = left_ms(deadline);
		if (left == 0)
			return ETIMEDOUT;
		limit.tv_sec = (time_t)(left / 1000);
		limit.tv_usec = (suseconds_t)(left % 1000) * 1000;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
			return errno;
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
			return 0;
		if (errno != EINTR && errno != EAGAIN)
			return errno;
	}
}

static enum otp_err
connect_socket(struct otp_client *c, int64_t deadline, struct otp_why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int buffer = 2 * OTP_WIRE_MAX;
	int error = ENAMETOOLONG;
	enum otp_err err;

	if (strlen(c->conf.socket) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, c->conf.socket, strlen(c->conf.socket) + 1);
		c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		error = move_up(&c->fd) ? connect_until(c->fd, &address, deadline) : errno;
	}
	if (error != 0) {
		otp_file_close(&c->fd);
		return OTP_WHY(why, OTP_ERR_UNAVAILABLE, SERVICE_UNREACHABLE, c->conf.socket,
		    OTP_WHY_ERRNO(error));
	}
	err = check_server(c, why);
	if (err != OTP_OK) {
		otp_file_close(&c->fd);
		return err;
	}
	/* one whole packet must fit; where the system allows less, the send says so */
	(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	return OTP_OK;
}

static enum otp_err
start_once(struct otp_client *c, struct otp_why *why)
{
	const char *argv[] = { c->conf.otpd, "--once", "--config", c->conf.file, NULL };
	struct otp_spawn how = { .argv = argv, .fd_in = -1, .fd_out = -1, .fd_err = -1, .fd_3 = -1,
		.new_session = true };
	int pair[2] = { -1, -1 };
	struct stat st;
	enum otp_err err = OTP_ERR_UNAVAILABLE;

	if (geteuid() != 0 && stat(c->conf.store, &st) == 0 && st.st_uid != geteuid())
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ONCE_NOT_OWNER, OTP_WHY_NUM(st.st_uid));
	if (c->conf.file[0] == '\0')
		argv[2] = NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
	    !move_up(&pair[0]) ||
	    !move_up(&pair[1])) {
		err = OTP_WHY(why, err, ONCE_CANNOT_START, c->conf.otpd, OTP_WHY_ERRNO(errno));
		goto out;
	}
	how.fd_3 = pair[1];
	if (otp_spawn(&how, &c->pid, why) != OTP_OK) {
		c->pid = 0;
		goto out;
	}
	c->fd = pair[0];
	pair[0] = -1;
	err = OTP_OK;
out:
	otp_file_close(&pair[0]);
	otp_file_close(&pair[1]);
	return err;
}

static enum otp_err
connect_again(struct otp_client *c, int64_t deadline, struct otp_why *why)
{
	disconnect(c, deadline);
	if (c->pid > 0)	/* the last one is still at work */
		return OTP_WHY(why, OTP_ERR_BUSY, ONCE_STILL_RUNS);
	return c->is_once ? start_once(c, why) : connect_socket(c, deadline, why);
}

static enum otp_err
open_client(const struct otp_conf *conf, int64_t timeout_ms, bool is_once,
    struct otp_client **ret, struct otp_why *why)
{
	struct otp_client *c = malloc(sizeof(*c));
	enum otp_err err;

	if (c == NULL)
		return OTP_ERR_NO_MEMORY;
	/* most pages of the packet are never touched: zeroing them was a quarter of a log-in's instructions */
	memset(c, 0, offsetof(struct otp_client, packet));
	c->conf = *conf;
	c->timeout_ms = timeout_ms;
	c->is_once = is_once;
	c->fd = -1;
	err = connect_again(c, otp_clock_steady_ms() + timeout_ms, why);
	if (err != OTP_OK)
		otp_client_free(&c);
	else
		*ret = c;
	return err;
}

enum otp_err
otp_client_open(const struct otp_conf *conf, int64_t timeout_ms, struct otp_client **ret,
    struct otp_why *why)
{
	return open_client(conf, timeout_ms, conf->socket[0] == '\0', ret, why);
}

enum otp_err
otp_client_open_once(const struct otp_conf *conf, int64_t timeout_ms, struct otp_client **ret,
    struct otp_why *why)
{
	return open_client(conf, timeout_ms, true, ret, why);
}

void
otp_client_free(struct otp_client **client)
{
	if (client == NULL || *client == NULL)
		return;
	disconnect(*client, otp_clock_steady_ms() + (*client)->timeout_ms);
	/* a packet is wiped as soon as it is read: most of its pages were never touched */
	otp_wipe(*client, offsetof(struct otp_client, packet));
	free(*client);
	*client = NULL;
}

static enum moved
send_packet(int fd, const struct otp_bytes *packet, int64_t deadline)
{
	for (;;) {
		if (send(fd, packet->data, packet->len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return MOVED_OK;
		if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
			return MOVED_GONE;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return MOVED_FAILED;
		if (!wait_for(fd, POLLOUT, deadline))
			return MOVED_TIMEOUT;
	}
}

/* MOVED_FAILED: a packet that is too long to be an answer. */
static enum moved
receive_packet(struct otp_client *c, int64_t deadline, size_t *ret_len)
{
	bool was_reset = false;
	ssize_t n;

	for (;;) {
		n = recv(c->fd, c->packet, sizeof(c->packet), MSG_DONTWAIT | MSG_TRUNC);
		if (n > 0) {
			*ret_len = (size_t)n;
			return (size_t)n <= sizeof(c->packet) ? MOVED_OK : MOVED_FAILED;
		}
		/* a reset overtakes what was sent before it: look behind it once */
		if (n < 0 && errno == ECONNRESET && !was_reset) {
			was_reset = true;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return MOVED_GONE;
		if (!wait_for(c->fd, POLLIN, deadline))
			return MOVED_TIMEOUT;
	}
}

static enum otp_err
receive_answer(struct otp_client *c, int64_t deadline, struct otp_answer *ret, struct otp_why *why)
{
	char seconds[24];
	enum otp_err err;
	size_t len = 0;

	switch (receive_packet(c, deadline, &len)) {
	case MOVED_OK:
		err = otp_wire_decode_answer(c->packet, len, ret);
		otp_wipe(c->packet, len);
		return err == OTP_OK ? err : OTP_WHY(why, err, SERVICE_RUBBISH);
	case MOVED_FAILED:
		otp_wipe(c->packet, sizeof(c->packet));
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SERVICE_RUBBISH);
	case MOVED_TIMEOUT:
		return OTP_WHY(why, OTP_ERR_OUTCOME_UNKNOWN, SERVICE_SILENT,
		    otp_message_num(seconds, (c->timeout_ms + 999) / 1000));
	case MOVED_GONE:
		break;
	}
	return OTP_WHY(why, OTP_ERR_OUTCOME_UNKNOWN, SERVICE_GONE);
}

/*
 * One that otpd turns away at the door finds the reason there. It never opens
 * anything: OK is no refusal.
 */
static bool
is_turned_away(struct otp_client *c, struct otp_answer *ret)
{
	struct otp_answer answer = OTP_ANSWER_INIT;
	bool is_refusal;

	is_refusal = receive_answer(c, otp_clock_steady_ms(), &answer, NULL) == OTP_OK &&
	    !answer.more && answer.err != OTP_OK && answer.rows.n == 0;
	if (is_refusal) {
		*ret = answer;
		return true;
	}
	otp_answer_clear(&answer);
	return false;
}

/*
 * MOVED_GONE tells for certain that otpd has not seen the packet: it may have
 * closed an idle connection, so a new one is tried, once.
 */
static enum otp_err
send_request(struct otp_client *c, const struct otp_bytes *packet, int64_t deadline,
    struct otp_answer *ret_refusal, bool *ret_refused, struct otp_why *why)
{
	bool is_fresh = c->fd < 0;
	enum otp_err err;

	for (;;) {
		if (c->fd < 0) {
			err = connect_again(c, deadline, why);
			if (err != OTP_OK)
				return err;
		}
		switch (send_packet(c->fd, packet, deadline)) {
		case MOVED_OK:
			return OTP_OK;
		case MOVED_GONE:
			*ret_refused = is_turned_away(c, ret_refusal);
			disconnect(c, deadline);
			if (*ret_refused)
				return OTP_OK;
			if (is_fresh)
				return OTP_WHY(why, OTP_ERR_UNAVAILABLE, SERVICE_GONE);
			is_fresh = true;
			break;
		case MOVED_TIMEOUT:
		case MOVED_FAILED:
			return OTP_WHY(why, OTP_ERR_UNAVAILABLE, SERVICE_UNREACHABLE,
			    c->is_once ? c->conf.otpd : c->conf.socket, OTP_WHY_ERRNO(errno));
		}
	}
}

static enum otp_err
take_rows(struct otp_rows *rows, otp_client_row row, void *ctx, struct otp_rows *all)
{
	struct otp_fields *to;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; i < rows->n && err == OTP_OK; i++) {
		if (row != NULL) {
			err = row(ctx, &rows->row[i]);
			continue;
		}
		err = otp_rows_add(all, &to);
		if (err == OTP_OK)
			otp_bytes_move(&to->data, &rows->row[i].data);
	}
	otp_rows_clear(rows);
	return err;
}

static enum otp_err
receive_all(struct otp_client *c, otp_client_row row, void *ctx, struct otp_answer *ret_answer,
    struct otp_why *why)
{
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct otp_rows all = OTP_ROWS_INIT;
	enum otp_err err;

	do {
		otp_answer_clear(&answer);
		/* rows that keep coming are a sign of life: each packet has the whole time */
		err = receive_answer(c, otp_clock_steady_ms() + c->timeout_ms, &answer, why);
		if (err == OTP_OK)
			err = take_rows(&answer.rows, row, ctx, &all);
		if (err != OTP_OK)
			goto out;
	} while (answer.more);
	*ret_answer = answer;
	ret_answer->rows = all;
	return OTP_OK;
out:
	otp_answer_clear(&answer);
	otp_rows_clear(&all);
	return err;
}

enum otp_err
otp_client_call(struct otp_client *client, const struct otp_request *request, otp_client_row row,
    void *ctx, struct otp_answer *ret_answer, struct otp_why *why)
{
	struct otp_bytes packet = OTP_BYTES_INIT;
	bool is_refused = false;
	enum otp_err err;

	err = otp_wire_encode_request(request, &packet);
	if (err == OTP_OK)
		err = send_request(client, &packet, otp_clock_steady_ms() + client->timeout_ms,
		    ret_answer, &is_refused, why);
	otp_bytes_clear(&packet);
	if (err == OTP_OK && !is_refused)
		err = receive_all(client, row, ctx, ret_answer, why);
	/* a late answer must never be taken for the next request's */
	if (err != OTP_OK)
		disconnect(client, 0);
	return err;
}
