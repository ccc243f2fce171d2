/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails out of the house: the mail command, its standard input, its patience. */
#include "config.h"

#include "postman.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "spawn.h"

/* At blanks, and nothing else: no quotes, no shell. */
static bool
cut(struct otp_postman *p)
{
	size_t n = 0;
	char *at = p->command;

	while (n < OTP_POSTMAN_WORDS_MAX) {
		at += strspn(at, " \t");
		if (*at == '\0')
			break;
		p->argv[n++] = at;
		at += strcspn(at, " \t");
		if (*at != '\0')
			*at++ = '\0';
	}
	at += strspn(at, " \t");
	p->argv[n] = NULL;
	return n > 0 && *at == '\0' && p->argv[0][0] == '/';
}

enum otp_err
otp_postman_init(struct otp_postman *p, const struct otp_cli *cli, struct otp_why *why)
{
	const struct otp_conf *conf = &cli->conf;

	(void)snprintf(p->command, sizeof(p->command), "%s", conf->mail_command);
	p->from = conf->mail_from;
	p->timeout_ms = cli->globals.timeout_ms;
	p->is_quiet = cli->globals.is_quiet;
	if (!cut(p))
		return OTP_WHY(why, OTP_ERR_CONFIG, NOTIFY_NO_COMMAND, conf->mail_command);
	if (p->from[0] != '\0' && !otp_mail_is_address(p->from))
		return OTP_WHY(why, OTP_ERR_CONFIG, NOTIFY_BAD_FROM, p->from);
	if (access(p->argv[0], X_OK) != 0)
		return OTP_WHY(why, OTP_ERR_UNAVAILABLE, NOTIFY_NO_COMMAND, p->argv[0]);
	return OTP_OK;
}

/* Memory that reads like a file: a command that reads nothing stops nobody. */
static enum otp_err
open_letter(const struct otp_bytes *letter, int *ret_fd, struct otp_why *why)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);
	enum otp_err err = OTP_OK;

	if (fd < 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, "mail", OTP_WHY_ERRNO(errno));
	if (otp_file_write(fd, letter->data, letter->len) != OTP_OK || lseek(fd, 0, SEEK_SET) != 0)
		err = OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_WRITE, "mail", OTP_WHY_ERRNO(errno));
	if (err == OTP_OK)
		*ret_fd = fd;
	else
		otp_file_close(&fd);
	return err;
}

/* Has it ended in time? */
static bool
waited(const struct otp_postman *p, pid_t pid)
{
	int64_t until = otp_clock_steady_ms() + p->timeout_ms;
	struct pollfd pfd = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int n = -1;

	while (pfd.fd >= 0) {
		int64_t left = until - otp_clock_steady_ms();

		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
		if (n >= 0 || errno != EINTR)
			break;
	}
	otp_file_close(&pfd.fd);
	return n > 0;
}

static enum otp_err
deliver(const struct otp_postman *p, int letter, int *ret_status, struct otp_why *why)
{
	const struct otp_spawn how = { .argv = p->argv, .fd_in = letter, .fd_out = -1,
		.fd_err = p->is_quiet ? -1 : STDERR_FILENO, .fd_3 = -1, .new_session = true };
	bool is_late;
	pid_t pid;
	enum otp_err err;

	err = otp_spawn(&how, &pid, why);
	if (err != OTP_OK)
		return err;
	is_late = !waited(p, pid);
	if (is_late)
		(void)kill(-pid, SIGKILL);
	err = otp_spawn_wait(pid, ret_status);
	if (is_late)
		*ret_status = -1;
	return err;
}

enum otp_err
otp_postman_post(const struct otp_postman *p, struct otp_mail *mail, enum otp_posted *ret,
    int *ret_status, struct otp_why *why)
{
	struct otp_bytes letter = OTP_BYTES_INIT;
	int fd = -1;
	enum otp_err err;

	*ret = OTP_POSTED_BAD_ADDRESS;
	*ret_status = 0;
	mail->from = p->from;
	if (!otp_mail_is_address(mail->to))
		return OTP_OK;
	err = otp_mail_write(mail, &letter);
	if (err == OTP_OK)
		err = open_letter(&letter, &fd, why);
	if (err == OTP_OK)
		err = deliver(p, fd, ret_status, why);
	/* what sendmail, and all that take its place, say of an address that there is not */
	if (*ret_status == 0)
		*ret = OTP_POSTED_SENT;
	else if (*ret_status != EX_NOUSER)
		*ret = OTP_POSTED_FAILED;
	otp_file_close(&fd);
	otp_bytes_clear(&letter);
	return err;
}
