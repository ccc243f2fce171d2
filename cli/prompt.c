/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions on the terminal (/dev/tty, whatever the standard streams are). */
#include "config.h"

#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "file.h"

/* SIGTTOU first: a background process that sets the terminal gets it */
static const int signals[] = { SIGTTOU, SIGTTIN, SIGTSTP, SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT,
	SIGTERM };
#define N_SIGNALS (sizeof(signals) / sizeof(signals[0]))
#define N_STOPPING 3	/* the first of them */

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

/*
 * The next byte: 1; 0 at the end, -1 where a signal came or the terminal is gone.
 * Signals are let in only while we wait, so that none slips in before the wait.
 */
static ssize_t
read_byte(int fd, const sigset_t *mask, char *ret)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (ppoll(&p, 1, NULL, mask) != 1)
		return -1;
	return read(fd, ret, 1);
}

/* One line from the terminal. SYSTEM: a signal came, or the terminal went away. */
static enum otp_err
read_line(int fd, const sigset_t *mask, struct otp_secret *ret)
{
	char line[OTP_SECRET_MAX + 1];
	size_t n = 0;
	bool is_long = false;
	enum otp_err err = OTP_OK;

	for (;;) {
		char c = '\0';
		ssize_t got = read_byte(fd, mask, &c);

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

/* How signals were dealt with before the question. */
struct before {
	struct sigaction action[N_SIGNALS];
	sigset_t mask;
};

static void
hold_signals(struct before *before)
{
	struct sigaction action = { .sa_handler = note }; /* without SA_RESTART: the wait ends */
	sigset_t held;

	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&held);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		caught[i] = 0;
		(void)sigaction(signals[i], NULL, &before->action[i]);
		/* what was ignored (nohup) stays so */
		if (before->action[i].sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &action, NULL);
		/* the terminal's own two come when we touch it, or they would not come at all */
		if (signals[i] != SIGTTOU && signals[i] != SIGTTIN)
			(void)sigaddset(&held, signals[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &held, &before->mask);
}

/* Puts back what was, and lets come what came. Are we still here because we were only stopped? */
static bool
release_signals(const struct before *before, bool *ret_any)
{
	bool was_stopped = false;

	*ret_any = false;
	for (size_t i = 0; i < N_SIGNALS; i++)
		(void)sigaction(signals[i], &before->action[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		if (!caught[i])
			continue;
		*ret_any = true;
		(void)kill(getpid(), signals[i]);
		was_stopped |= i < N_STOPPING;
	}
	return was_stopped;
}

/* One question. *ret_again: we were stopped and go on now: ask again. */
static enum otp_err
ask_once(const char *text, bool with_echo, struct otp_secret *ret, bool *ret_again)
{
	struct termios normal = { 0 }, silent;
	struct before before;
	bool must_hide, any;
	enum otp_err err;
	int fd = otp_prompt_open();

	*ret_again = false;
	if (fd < 0)
		return OTP_ERR_USAGE;
	hold_signals(&before);
	must_hide = !with_echo && tcgetattr(fd, &normal) == 0;
	silent = normal;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (must_hide)
		set_terminal(fd, &silent);
	(void)otp_file_write(fd, text, strlen(text));
	err = read_line(fd, &before.mask, ret);
	if (!with_echo)
		(void)otp_file_write(fd, "\n", 1);
	if (must_hide)
		set_terminal(fd, &normal);
	otp_file_close(&fd);
	*ret_again = release_signals(&before, &any);
	if (any) {
		otp_secret_clear(ret);
		err = OTP_ERR_SYSTEM;
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
