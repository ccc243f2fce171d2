/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's children: what they hold, how they report, and that they do not outlive their parent. */
#include "config.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "unit.h"
#include "worker.h"

#define MAGIC 0x5eed
#define FDS_MAX 32

struct report {
	unsigned magic;
	int fd[FDS_MAX];
	unsigned n;
};

/* Which descriptors there are in the child; the directory's own does not count. */
static void
list_fds(void *ctx, struct otp_pace *pace, void *data)
{
	struct report *r = data;
	struct dirent *e;
	DIR *dir = opendir("/proc/self/fd");

	(void)ctx;
	otp_pace_work(pace, 1);
	while (dir != NULL && (e = readdir(dir)) != NULL && r->n < FDS_MAX) {
		int fd = 0;

		for (const char *p = e->d_name; *p >= '0' && *p <= '9'; p++)
			fd = fd * 10 + (*p - '0');
		if (e->d_name[0] != '.' && fd > 2 && fd != dirfd(dir))
			r->fd[r->n++] = fd;
	}
	if (dir != NULL)
		(void)closedir(dir);
	r->magic = MAGIC;
}

static void
test_descriptors(void **state)
{
	struct otp_worker w = OTP_WORKER_INIT;
	struct report r = { 0 };
	int keep[2], other[2];
	bool has_kept = false;

	(void)state;
	assert_int_equal(pipe(keep), 0);
	assert_int_equal(pipe(other), 0);
	assert_int_equal(otp_worker_start(&w, list_fds, NULL, sizeof(r), keep, 1), OTP_OK);
	assert_true(w.fd >= 0);
	assert_int_equal(otp_worker_start(&w, list_fds, NULL, sizeof(r), keep, 1), OTP_ERR_INTERNAL);
	assert_int_equal(otp_worker_poll(&w, true, &r), OTP_OK);
	assert_int_equal(r.magic, MAGIC);
	assert_int_equal(w.pid, 0);
	/* what it was given, and the pipe for its report */
	assert_int_equal(r.n, 2);
	for (unsigned i = 0; i < r.n; i++) {
		has_kept |= r.fd[i] == keep[0];
		assert_true(r.fd[i] != keep[1] && r.fd[i] != other[0] && r.fd[i] != other[1]);
	}
	assert_true(has_kept);
	for (int i = 0; i < 2; i++) {
		(void)close(keep[i]);
		(void)close(other[i]);
	}
}

static void
never_end(void *ctx, struct otp_pace *pace, void *data)
{
	(void)ctx;
	(void)data;
	for (;;) {
		otp_pace_work(pace, 1u << 20);
		(void)usleep(1000);
	}
}

static void
test_lost(void **state)
{
	struct otp_worker w = OTP_WORKER_INIT;
	struct report r = { 0 };
	struct pollfd p;

	(void)state;
	assert_int_equal(otp_worker_start(&w, never_end, NULL, sizeof(r), NULL, 0), OTP_OK);
	assert_int_equal(otp_worker_poll(&w, false, &r), OTP_ERR_BUSY);
	/* it is not stopped by what stops a service: a report that is half done is worth waiting for */
	assert_int_equal(kill(w.pid, SIGTERM), 0);
	assert_int_equal(kill(w.pid, SIGINT), 0);
	(void)usleep(20000);
	assert_int_equal(otp_worker_poll(&w, false, &r), OTP_ERR_BUSY);
	assert_int_equal(kill(w.pid, SIGKILL), 0);
	p = (struct pollfd){ .fd = w.fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(otp_worker_poll(&w, false, &r), OTP_ERR_SYSTEM);
	assert_int_equal(r.magic, 0);
	assert_int_equal(w.pid, 0);
	assert_int_equal(otp_worker_start(&w, never_end, NULL, sizeof(r), NULL, 0), OTP_OK);
	otp_worker_kill(&w);
	assert_int_equal(w.pid, 0);
	otp_worker_kill(&w);
}

/* The parent dies without a word: so does the child, and with it goes what it held. */
static void
test_orphan(void **state)
{
	struct otp_worker w = OTP_WORKER_INIT;
	int held[2], status;
	struct pollfd p;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(held), 0);
	pid = fork();
	if (pid == 0) {
		if (otp_worker_start(&w, never_end, NULL, sizeof(struct report), &held[1], 1) != OTP_OK ||
		    write(held[1], "s", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(held[1]);
	assert_int_equal(read(held[0], &c, 1), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	p = (struct pollfd){ .fd = held[0], .events = POLLIN };
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(read(held[0], &c, 1), 0);
	(void)close(held[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_orphan),
	};

	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
