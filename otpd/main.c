/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpd: the one program that opens the store. Options, hardening, and the order in which things begin and end. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "caller.h"
#include "clients.h"
#include "clock.h"
#include "file.h"
#include "listen.h"
#include "loop.h"
#include "opening.h"
#include "otpd.h"
#include "otp_paths.h"
#include "quota.h"

#define ONCE_FD 3

struct options {
	const char *config;	/* NULL: the built-in path, which may be missing: then the defaults hold */
	bool is_once, to_stderr;
};

static const char usage[] =
    "Usage: otpd [--config FILE] [--once] [--stderr] [--help] [--version]\n"
    "The service of otpadm: listens on the configured socket, or on the one that\n"
    "a service manager hands over (LISTEN_FDS), and stays in the foreground.\n"
    "\n"
    "  -c, --config FILE  the configuration (" OTP_DEFAULT_CONFIG ")\n"
    "      --once         one client, on descriptor 3; ends with it\n"
    "      --stderr       log to stderr, not to syslog (so on a terminal)\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n";

/* 0 to 2 are somebody's files or nobody's: never a socket of ours. */
static bool
have_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* -1: go on; otherwise the exit status. */
static int
take_options(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "once", no_argument, NULL, 'o' },
		{ "stderr", no_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*ret = (struct options){ .to_stderr = isatty(STDERR_FILENO) };
	while ((c = getopt_long(argc, argv, "c:hV", known, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret->config = optarg;
			break;
		case 'o':
			ret->is_once = true;
			break;
		case 'e':
			ret->to_stderr = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return 0;
		case 'V':
			(void)puts("otpd (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return 0;
		default:
			(void)fputs(usage, stderr);
			return otp_err_exit(OTP_ERR_USAGE);
		}
	}
	if (optind == argc)
		return -1;
	(void)fputs(usage, stderr);
	return otp_err_exit(OTP_ERR_USAGE);
}

/* Secrets leave neither in a core file, nor to a debugger of the same user, nor, where it may be had, in swap. */
static void
keep_secrets_in(void)
{
	struct rlimit lock;

	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* with any limit a later allocation would fail for it, so all or nothing */
	if (getrlimit(RLIMIT_MEMLOCK, &lock) == 0 && lock.rlim_max == RLIM_INFINITY) {
		lock.rlim_cur = RLIM_INFINITY;
		if (setrlimit(RLIMIT_MEMLOCK, &lock) == 0)
			(void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	}
}

/* A one-shot ends when its client is gone; nothing that its terminal says stops it in the middle. */
static int
take_over_signals(bool is_once)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, standard = { .sa_handler = SIG_DFL };
	sigset_t taken;

	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGCHLD, &standard, NULL);	/* ignored, children would leave no status */
	if (is_once) {
		(void)sigaction(SIGTERM, &ignore, NULL);
		(void)sigaction(SIGINT, &ignore, NULL);
	}
	(void)sigemptyset(&taken);
	(void)sigaddset(&taken, SIGCHLD);
	if (!is_once) {
		(void)sigaddset(&taken, SIGTERM);
		(void)sigaddset(&taken, SIGINT);
	}
	if (sigprocmask(SIG_SETMASK, &taken, NULL) != 0)
		return -1;
	return signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Before any secret is read: what these children have is nothing. */
static enum otp_err
start_helpers(struct otpd *d)
{
	enum otp_err err = OTP_OK;

	if (!d->is_once) {
		err = otpd_names_start(&d->names);
		if (err == OTP_OK)
			err = otpd_hashers_start(&d->hashers);
	}
	return err;
}

static enum otp_err
serve(struct otpd *d, struct otp_why *why)
{
	struct otpd_listener listener;
	enum otp_err err, close_err;

	err = otpd_listen(&d->conf, &listener, why);
	if (err != OTP_OK)
		return err;
	d->listen_fd = listener.fd;
	otp_say(otpd_log_sink(d->log), OTP_LEVEL_NOTICE, "otpd " PACKAGE_VERSION " listens");
	(void)otpd_opening_try(d, otp_clock_steady_ms());
	err = otpd_loop(d);
	if (err != OTP_OK)
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_ERROR, "a helper process is gone: stopping");
	d->listen_fd = -1;
	otpd_listen_end(&d->conf, &listener);
	otpd_clients_free(d);
	otpd_children_stop(d);
	close_err = otpd_opening_close(d);
	return err == OTP_OK ? close_err : err;
}

/* What is wrong with the configuration is told to whom it concerns: the client on the other end. */
static enum otp_err
serve_once(struct otpd *d, enum otp_err broken)
{
	struct otp_caller peer;
	enum otp_err err;

	if (broken == OTP_OK)
		broken = otpd_opening_become_owner(&d->conf, &d->store_why);
	d->owner = geteuid();
	d->is_broken = broken != OTP_OK;
	d->store_err = broken;
	keep_secrets_in();
	if (otpd_caller_of_socket(ONCE_FD, &d->conf, d->owner, &peer) != OTP_OK || !peer.is_privileged) {
		d->is_broken = true;
		d->store_err = OTP_WHY(&d->store_why, OTP_ERR_NOT_PERMITTED, ONCE_NOT_OWNER,
		    OTP_WHY_NUM(d->owner));
	}
	otpd_clients_add(d, ONCE_FD, otp_clock_steady_ms());
	err = otpd_loop(d);
	otpd_clients_free(d);
	otpd_children_stop(d);
	return otpd_opening_close(d) == OTP_OK ? err : OTP_ERR_STORE;
}

static enum otp_err
load_conf(const struct options *options, struct otpd *d, struct otp_why *why)
{
	const char *path = options->config != NULL ? options->config : OTP_DEFAULT_CONFIG;
	enum otp_err err = otp_conf_load(path, d->owner, &d->conf, why);

	if (err != OTP_ERR_NOT_FOUND || options->config != NULL)
		return err;
	otp_why_clear(why);
	otp_conf_default(&d->conf);
	return OTP_OK;
}

static enum otp_err
run(struct otpd *d, const struct options *options)
{
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	d->owner = geteuid();
	err = load_conf(options, d, &why);
	if (err != OTP_OK) {
		otp_say_why(otpd_log_sink(d->log), OTP_LEVEL_ERROR, err, &why);
		if (!d->is_once)
			return err;
		otp_conf_default(&d->conf);
		d->store_why = why;
	}
	otpd_log_facility(d->log, d->conf.syslog_facility);
	d->signal_fd = take_over_signals(d->is_once);
	if (d->signal_fd < 0 || otp_act_state_new(&d->state) != OTP_OK)
		return OTP_ERR_SYSTEM;
	d->max_conn = otpd_quota_conns();
	if (d->is_once)
		return serve_once(d, err);
	err = start_helpers(d);
	keep_secrets_in();
	if (err == OTP_OK)
		err = serve(d, &why);
	if (err != OTP_OK)
		otp_say_why(otpd_log_sink(d->log), OTP_LEVEL_ERROR, err, &why);
	return err;
}

int
main(int argc, char **argv)
{
	static struct otpd d = { .listen_fd = -1, .signal_fd = -1 };
	const struct rlimit none = { 0, 0 };
	struct options options;
	enum otp_err err;
	int status;

	if (!have_standard_fds() || setrlimit(RLIMIT_CORE, &none) != 0)
		return 1;
	(void)umask(077);
	status = take_options(argc, argv, &options);
	if (status >= 0)
		return status;
	d.is_once = options.is_once;
	if (d.is_once) {
		if (!otpd_listen_is_connected(ONCE_FD)) {
			(void)fputs("otpd: --once needs a connected socket on descriptor 3\n", stderr);
			return otp_err_exit(OTP_ERR_USAGE);
		}
		(void)setsid();
	}
	d.log = otpd_log_new(options.to_stderr, LOG_AUTHPRIV);
	if (d.log == NULL)
		return 1;
	err = run(&d, &options);
	otpd_names_free(&d.names);
	otpd_hashers_free(&d.hashers);
	otp_act_state_free(&d.state);
	otp_file_close(&d.signal_fd);
	otpd_log_free(&d.log);
	return otp_err_exit(err);
}
