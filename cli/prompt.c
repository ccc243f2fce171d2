/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions on the terminal (/dev/tty, whatever the standard streams are). */
#include "config.h"

#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "file.h"

/* SIGTTOU first: a background process that sets the terminal gets it */
static const int signals[] = { SIGTTOU, SIGTTIN, SIGTSTP, SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT,
	SIGTERM };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t caught[N_SIGNALS];

static void
note(int number)
{
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (signals[i] == number)
			caught[i] = 1;
}

int
otp_prompt_open(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool
otp_prompt_is_possible(void)
{
	int fd = otp_prompt_open();
	bool is_possible = fd >= 0;

	otp_file_close(&fd);
	return is_possible;
}

/* One line from the terminal. SYSTEM: a signal came, or the terminal went away. */
static enum otp_err
read_line(int fd, struct otp_secret *ret)
{
	char line[OTP_SECRET_MAX + 1];
	size_t n = 0;
	bool is_long = false;
	enum otp_err err = OTP_OK;

	for (;;) {
		char c = '\0';
		ssize_t got = read(fd, &c, 1);

		if (got < 0 || (got == 0 && n == 0)) {
			err = got < 0 ? OTP_ERR_SYSTEM : OTP_ERR_USAGE;
			break;
		}
		if (got == 0 || c == '\n' || c == '\r')
			break;
		if (n < sizeof(line))
			line[n++] = c;
		else
			is_long = true;
		otp_wipe(&c, sizeof(c));
	}
	if (err == OTP_OK && is_long)
		err = OTP_ERR_BAD_INPUT;
	if (err == OTP_OK && n == 0)
		err = OTP_ERR_USAGE;
	if (err == OTP_OK)
		err = otp_secret_set(ret, line, n);
	otp_wipe(line, sizeof(line));
	return err;
}

static void
set_terminal(int fd, const struct termios *how)
{
	/* TCSAFLUSH: what was typed ahead was typed in the open */
	while (tcsetattr(fd, TCSAFLUSH, how) != 0 && errno == EINTR && !caught[0])
		;
}

/* One question. *ret_again: we were stopped and go on now: ask again. */
static enum otp_err
ask_once(const char *text, bool with_echo, struct otp_secret *ret, bool *ret_again)
{
	struct sigaction action = { 0 }, before[N_SIGNALS];
	struct termios normal = { 0 }, silent;
	bool has_termios;
	enum otp_err err;
	int fd = otp_prompt_open();

	*ret_again = false;
	if (fd < 0)
		return OTP_ERR_USAGE;
	for (size_t i = 0; i < N_SIGNALS; i++)
		caught[i] = 0;
	action.sa_handler = note;	/* without SA_RESTART: the read ends */
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < N_SIGNALS; i++)
		(void)sigaction(signals[i], &action, &before[i]);
	has_termios = tcgetattr(fd, &normal) == 0;
	silent = normal;
	if (has_termios && !with_echo) {
		silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		set_terminal(fd, &silent);
	}
	(void)otp_file_write(fd, text, strlen(text));
	err = read_line(fd, ret);
	if (!with_echo)
		(void)otp_file_write(fd, "\n", 1);
	if (has_termios && !with_echo)
		set_terminal(fd, &normal);
	for (size_t i = 0; i < N_SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	otp_file_close(&fd);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		if (!caught[i])
			continue;
		otp_secret_clear(ret);
		err = OTP_ERR_SYSTEM;
		(void)kill(getpid(), signals[i]);
		*ret_again |= i < 3;	/* those that only stop us */
	}
	return err;
}

enum otp_err
otp_prompt(const char *text, bool with_echo, struct otp_secret *ret)
{
	enum otp_err err;
	bool again;

	do {
		err = ask_once(text, with_echo, ret, &again);
	} while (again);
	return err;
}
