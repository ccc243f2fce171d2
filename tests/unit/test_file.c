/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files: who owns them, what they are, whole or not at all; and programs started with only what they were given. */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "file.h"
#include "spawn.h"
#include "text.h"

static struct otp_why why;

static enum otp_err
try_open(const char *path, uid_t owner, enum otp_file_mode mode)
{
	enum otp_err err;
	int fd = 77;

	otp_why_clear(&why);
	err = otp_file_open(AT_FDCWD, path, O_RDONLY, owner, mode, &fd, &why);
	assert_int_equal(err == OTP_OK, fd >= 0);
	assert_true(err == OTP_OK || (fd == -1 && why.message != OTP_MESSAGE_NONE));
	assert_true(err != OTP_OK || (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	otp_file_close(&fd);
	assert_int_equal(fd, -1);
	return err;
}

static void
modes(void **state)
{
	static const struct {
		mode_t mode;
		bool not_writable, is_private;
	} cases[] = { { 0400, true, true }, { 0600, true, true }, { 0700, true, true },
		{ 0644, true, false }, { 0640, true, false }, { 0604, true, false },
		{ 0601, true, false }, { 0610, true, false }, { 0660, false, false },
		{ 0620, false, false }, { 0602, false, false }, { 0666, false, false } };
	uid_t me = geteuid();

	for (size_t i = 0; i < UNIT_N(cases); i++) {
		const char *path = unit_file(*state, "file", cases[i].mode, "x", 1);

		assert_int_equal(try_open(path, me, OTP_FILE_ANY_MODE), OTP_OK);
		assert_int_equal(try_open(path, me, OTP_FILE_NOT_WRITABLE),
		    cases[i].not_writable ? OTP_OK : OTP_ERR_NOT_PERMITTED);
		if (!cases[i].not_writable)
			assert_int_equal(why.message, OTP_MESSAGE_FILE_MODE_WRITABLE);
		assert_int_equal(try_open(path, me, OTP_FILE_PRIVATE),
		    cases[i].is_private ? OTP_OK : OTP_ERR_NOT_PERMITTED);
		if (!cases[i].is_private)
			assert_int_equal(why.message, OTP_MESSAGE_FILE_WRONG_MODE);
		assert_int_equal(unlink(path), 0);
	}
}

static void
owners(void **state)
{
	const char *path = unit_file(*state, "file", 0600, "x", 1);
	uid_t me = geteuid();
	struct stat st;

	/* root's file is good for everybody, so let it be somebody's */
	if (me == 0)
		assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(try_open(path, st.st_uid, OTP_FILE_PRIVATE), OTP_OK);
	assert_int_equal(try_open(path, OTP_FILE_ANY_OWNER, OTP_FILE_PRIVATE), OTP_OK);
	assert_int_equal(try_open(path, st.st_uid + 1, OTP_FILE_PRIVATE), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_WRONG_OWNER);
	assert_string_equal(why.arg[0], path);
	assert_int_equal(try_open(path, 0, OTP_FILE_ANY_MODE), OTP_ERR_NOT_PERMITTED);
	if (me == 0) {
		assert_int_equal(chown(path, 0, 0), 0);
		assert_int_equal(try_open(path, 12345, OTP_FILE_PRIVATE), OTP_OK);
	}
}

static void
what_is_no_file(void **state)
{
	const char *dir = *state;
	uid_t me = geteuid();
	char path[512];
	int fd;

	(void)unit_file(dir, "real", 0600, "x", 1);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, "missing");
	assert_int_equal(try_open(path, me, OTP_FILE_PRIVATE), OTP_ERR_NOT_FOUND);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, "link");
	assert_int_equal(symlink("real", path), 0);
	assert_int_equal(try_open(path, me, OTP_FILE_PRIVATE), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_NOT_REGULAR);
	assert_int_equal(otp_file_open_dir(AT_FDCWD, path, me, OTP_FILE_PRIVATE, &fd, NULL),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(".", path), 0);	/* a link to a directory */
	assert_int_equal(otp_file_open_dir(AT_FDCWD, path, me, OTP_FILE_PRIVATE, &fd, NULL),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(fd, -1);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, "fifo");
	assert_int_equal(mkfifo(path, 0600), 0);	/* would block without O_NONBLOCK */
	assert_int_equal(try_open(path, me, OTP_FILE_PRIVATE), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(try_open(dir, me, OTP_FILE_PRIVATE), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(try_open("/dev/null", OTP_FILE_ANY_OWNER, OTP_FILE_ANY_MODE),
	    OTP_ERR_NOT_PERMITTED);
	(void)snprintf(path, sizeof(path), "%s/real", dir);
	assert_int_equal(otp_file_open_dir(AT_FDCWD, path, me, OTP_FILE_PRIVATE, &fd, NULL),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(otp_file_open_dir(AT_FDCWD, dir, me, OTP_FILE_PRIVATE, &fd, NULL), OTP_OK);
	otp_file_close(&fd);
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(otp_file_open_dir(AT_FDCWD, dir, me, OTP_FILE_PRIVATE, &fd, NULL),
	    OTP_ERR_NOT_PERMITTED);
}

/* Emptying comes after the checks: a file that is refused keeps its content. */
static void
truncation_waits_for_the_checks(void **state)
{
	const char *path = unit_file(*state, "file", 0644, "content", 7);
	struct stat st;
	int fd;

	assert_int_equal(otp_file_open(AT_FDCWD, path, O_WRONLY | O_TRUNC, geteuid(),
	    OTP_FILE_PRIVATE, &fd, NULL), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 7);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(otp_file_open(AT_FDCWD, path, O_WRONLY | O_TRUNC, geteuid(),
	    OTP_FILE_PRIVATE, &fd, NULL), OTP_OK);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	otp_file_close(&fd);
}

static void
reading_whole(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	static char data[100000];
	const char *path;
	int fd;

	memset(data, 'd', sizeof(data));
	path = unit_file(*state, "file", 0600, data, sizeof(data));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(otp_file_read_all(fd, path, sizeof(data), &b, NULL), OTP_OK);
	assert_int_equal(b.len, sizeof(data));
	assert_memory_equal(b.data, data, sizeof(data));
	assert_int_equal(b.data[b.len], 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	otp_why_clear(&why);
	assert_int_equal(otp_file_read_all(fd, path, sizeof(data) - 1, &b, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_TOO_LARGE);
	assert_null(b.data);
	otp_file_close(&fd);
	/* no size is known beforehand, and no end ever comes */
	fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_int_equal(otp_file_read_all(fd, "zero", 5000, &b, NULL), OTP_ERR_BAD_INPUT);
	otp_file_close(&fd);
	path = unit_file(*state, "empty", 0600, "", 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(otp_file_read_all(fd, path, 10, &b, NULL), OTP_OK);
	assert_int_equal(b.len, 0);
	assert_string_equal(otp_text_str(&b), "");
	otp_file_close(&fd);
	fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(otp_file_read_all(fd, *state, 10, &b, NULL), OTP_ERR_SYSTEM);
	otp_file_close(&fd);
	otp_bytes_clear(&b);
}

static void
reading_in_place(void **state)
{
	const char *path = unit_file(*state, "file", 0600, "0123456789", 10);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char buf[16];
	size_t n;

	assert_int_equal(otp_file_pread(fd, buf, 4, 3, &n), OTP_OK);
	assert_int_equal(n, 4);
	assert_memory_equal(buf, "3456", 4);
	assert_int_equal(otp_file_pread(fd, buf, sizeof(buf), 8, &n), OTP_OK);
	assert_int_equal(n, 2);
	assert_int_equal(otp_file_pread(fd, buf, sizeof(buf), 100, &n), OTP_OK);
	assert_int_equal(n, 0);
	assert_int_equal(otp_file_pread(fd, buf, 1, -1, &n), OTP_ERR_SYSTEM);
	assert_int_equal(otp_file_pwrite(fd, "ab", 2, 9), OTP_OK);
	assert_int_equal(otp_file_pread(fd, buf, sizeof(buf), 0, &n), OTP_OK);
	assert_int_equal(n, 11);
	assert_memory_equal(buf, "012345678ab", 11);
	assert_int_equal(otp_file_pwrite(fd, "x", 1, -1), OTP_ERR_SYSTEM);
	assert_int_equal(otp_file_pwrite(fd, "x", 1, INT64_MAX), OTP_ERR_SYSTEM);
	otp_file_close(&fd);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(otp_file_write(fd, "x", 1), OTP_ERR_DISK_FULL);
	assert_int_equal(errno, ENOSPC);
	otp_file_close(&fd);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(otp_file_write(-1, "x", 1), OTP_ERR_SYSTEM);
	assert_int_equal(otp_file_write(-1, "", 0), OTP_OK);
}

static size_t
count_entries(const char *dir)
{
	size_t n = 0;
	pid_t pid;
	int status, fds[2];
	char c;
	const char *const argv[] = { "/bin/ls", "-A", dir, NULL };
	const struct otp_spawn how = { .argv = argv, .fd_in = -1, .fd_out = -1, .fd_err = -1, .fd_3 = -1 };
	struct otp_spawn with_out = how;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	with_out.fd_out = fds[1];
	assert_int_equal(otp_spawn(&with_out, &pid, NULL), OTP_OK);
	otp_file_close(&fds[1]);
	while (read(fds[0], &c, 1) == 1)
		n += c == '\n';
	otp_file_close(&fds[0]);
	assert_int_equal(otp_spawn_wait(pid, &status), OTP_OK);
	assert_int_equal(status, 0);
	return n;
}

static void
replacing(void **state)
{
	const char *dir = *state;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct stat st;
	char path[512];
	mode_t mask = umask(077);
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	assert_int_equal(otp_file_replace(dirfd, "new", 0644, "one", 3, NULL), OTP_OK);
	(void)umask(mask);
	(void)snprintf(path, sizeof(path), "%s/new", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	/* a path with a directory; over what is there, a link too, which is replaced and not followed */
	assert_int_equal(otp_file_replace(AT_FDCWD, path, 0600, "second", 6, NULL), OTP_OK);
	assert_int_equal(renameat(dirfd, "new", dirfd, "kept"), 0);
	assert_int_equal(symlink("kept", path), 0);
	assert_int_equal(otp_file_replace(AT_FDCWD, path, 0600, "third", 5, NULL), OTP_OK);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600);
	fd = openat(dirfd, "kept", O_RDONLY | O_CLOEXEC);
	assert_int_equal(otp_file_read_all(fd, "kept", 100, &b, NULL), OTP_OK);
	assert_string_equal(otp_text_str(&b), "second");
	otp_file_close(&fd);
	/* what cannot be: nothing stays behind */
	assert_int_equal(mkdirat(dirfd, "dir", 0700), 0);
	otp_why_clear(&why);
	assert_int_equal(otp_file_replace(dirfd, "dir", 0600, "x", 1, &why), OTP_ERR_SYSTEM);
	assert_int_equal(why.message, OTP_MESSAGE_CANNOT_WRITE);
	assert_int_equal(otp_file_replace(dirfd, "no/such", 0600, "x", 1, NULL), OTP_ERR_NOT_FOUND);
	memset(path, 'n', 300);
	path[300] = '\0';
	assert_int_equal(otp_file_replace(dirfd, path, 0600, "x", 1, NULL), OTP_ERR_SYSTEM);
	assert_int_equal(count_entries(dir), 3);
	otp_file_close(&dirfd);
	otp_bytes_clear(&b);
}

/* In a child of ours, since it closes cmocka's own too. */
static void
closing_all_but(void **state)
{
	static const int keep[] = { 900, -1, 20, 4, 20, 901 };
	static const int wanted[] = { 0, 1, 2, 4, 20, 900, 901 };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		int bad = 0;

		for (int fd = 3; fd < 1000; fd++)
			(void)dup2(0, fd);
		otp_file_close_all_but(keep, UNIT_N(keep));
		for (int fd = 3; fd < 1000; fd++) {
			bool is_open = fcntl(fd, F_GETFD) >= 0, is_wanted = false;

			for (size_t i = 0; i < UNIT_N(wanted); i++)
				is_wanted |= wanted[i] == fd;
			bad |= is_open != is_wanted;
		}
		_exit(bad);
	}
	assert_int_equal(otp_spawn_wait(pid, &status), OTP_OK);
	assert_int_equal(status, 0);
}

/* Runs it with a pipe for stdout; what it wrote, and its status. */
static const char *
output_of(struct otp_spawn how, int *ret_status)
{
	static char out[4096];
	size_t n = 0;
	ssize_t got;
	pid_t pid;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	how.fd_out = fds[1];
	assert_int_equal(otp_spawn(&how, &pid, NULL), OTP_OK);
	otp_file_close(&fds[1]);
	while ((got = read(fds[0], out + n, sizeof(out) - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	otp_file_close(&fds[0]);
	assert_int_equal(otp_spawn_wait(pid, ret_status), OTP_OK);
	return out;
}

#define PLAIN(...) { .argv = (const char *const[]){ __VA_ARGS__, NULL }, \
	.fd_in = -1, .fd_out = -1, .fd_err = -1, .fd_3 = -1 }

static void
a_program_has_only_what_it_was_given(void **state)
{
	static const char *const one[] = { "ONE=1", NULL };
	struct otp_spawn ls = PLAIN("/bin/ls", "/proc/self/fd");
	struct otp_spawn env = PLAIN("/usr/bin/env");
	struct otp_spawn cat = PLAIN("/bin/cat");
	struct otp_spawn fail = PLAIN("/bin/sh", "-c", "exit 7");
	struct otp_spawn die = PLAIN("/bin/sh", "-c", "kill -9 $$");
	int status, leak;

	(void)state;
	leak = fcntl(0, F_DUPFD, 50);	/* without FD_CLOEXEC: a careless host's */
	assert_true(leak >= 50);
	assert_string_equal(output_of(ls, &status), "0\n1\n2\n3\n");	/* 3 is ls's own */
	assert_int_equal(close(leak), 0);
	assert_int_equal(setenv("OTP_SECRET_OF_MINE", "x", 1), 0);
	assert_string_equal(output_of(env, &status),
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C.UTF-8\n");
	env.envp = one;
	assert_string_equal(output_of(env, &status), "ONE=1\n");
	assert_string_equal(output_of(cat, &status), "");	/* /dev/null */
	assert_int_equal(status, 0);
	(void)output_of(fail, &status);
	assert_int_equal(status, 7);
	(void)output_of(die, &status);
	assert_int_equal(status, 137);
}

static void
signals_are_as_new(void **state)
{
	/* 32 and 33 are the C library's own: it ignores them itself in what posix_spawn starts */
	struct otp_spawn how = PLAIN("/bin/grep", "-cE",
	    "^Sig(Blk:.0{16}|Ign:.(0{16}|0{7}180000000))$", "/proc/self/status");
	struct sigaction before_pipe, before_hup, ignore = { .sa_handler = SIG_IGN };
	sigset_t some, before, after;
	int status;

	(void)state;
	assert_int_equal(sigaction(SIGPIPE, &ignore, &before_pipe), 0);
	assert_int_equal(sigaction(SIGHUP, &ignore, &before_hup), 0);
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &some, &before), 0);
	assert_string_equal(output_of(how, &status), "2\n");
	/* and ours are as they were */
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, &after), 0);
	assert_int_equal(sigismember(&after, SIGTERM), 1);
	assert_int_equal(sigismember(&after, SIGINT), 0);
	assert_int_equal(sigaction(SIGPIPE, &before_pipe, NULL), 0);
	assert_int_equal(sigaction(SIGHUP, &before_hup, NULL), 0);
}

/* Descriptors that stand where others shall go, in every order: in a child, which may lose its own. */
static int
crossed(const int from[4])
{
	static const char letters[] = "abcd";
	struct otp_spawn how = PLAIN("/bin/sh", "-c",
	    "read -r x; read -r y <&3; test \"$x$y\" = ad && echo b && echo c >&2");
	int pairs[4][2], moved[4];
	char got[2] = { 0, 0 };
	pid_t pid;
	int status;

	for (int i = 0; i < 4; i++) {
		char line[2] = { letters[i], '\n' };

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]) != 0)
			return 1;
		pairs[i][0] = fcntl(pairs[i][0], F_DUPFD_CLOEXEC, 100);
		moved[i] = fcntl(pairs[i][1], F_DUPFD_CLOEXEC, 200);
		if ((i == 0 || i == 3) && write(pairs[i][0], line, 2) != 2)
			return 2;
	}
	for (int fd = 0; fd < 10; fd++)
		(void)close(fd);
	for (int i = 0; i < 4; i++)
		if (dup2(moved[i], from[i]) < 0)
			return 3;
	how.fd_in = from[0];
	how.fd_out = from[1];
	how.fd_err = from[2];
	how.fd_3 = from[3];
	if (otp_spawn(&how, &pid, NULL) != OTP_OK || otp_spawn_wait(pid, &status) != OTP_OK ||
	    status != 0)
		return 4;
	if (read(pairs[1][0], &got[0], 1) != 1 || read(pairs[2][0], &got[1], 1) != 1)
		return 5;
	return got[0] == 'b' && got[1] == 'c' ? 0 : 6;
}

static void
descriptors_that_overlap(void **state)
{
	int from[4], n = 0;

	(void)state;
	for (int code = 0; code < 256; code++) {
		bool is_permutation = true;
		int status;
		pid_t pid;

		for (int i = 0; i < 4; i++)
			from[i] = code >> (2 * i) & 3;
		for (int i = 0; i < 4; i++)
			for (int k = 0; k < i; k++)
				is_permutation &= from[i] != from[k];
		if (!is_permutation)
			continue;
		pid = fork();
		if (pid == 0)
			_exit(crossed(from));
		assert_int_equal(otp_spawn_wait(pid, &status), OTP_OK);
		assert_int_equal(status, 0);
		n++;
	}
	assert_int_equal(n, 24);
	/* a host that has closed 0, 1 and 2, or some of them */
	for (from[0] = 0; from[0] < 8; from[0]++) {
		pid_t pid = fork();
		int status;

		for (int i = 1; i < 4; i++)
			from[i] = (from[0] + i) % 8;
		if (pid == 0)
			_exit(crossed(from));
		assert_int_equal(otp_spawn_wait(pid, &status), OTP_OK);
		assert_int_equal(status, 0);
	}
}

static void
what_cannot_be_started(void **state)
{
	struct otp_spawn missing = PLAIN("/no/such/program");
	struct otp_spawn relative = PLAIN("ls");
	struct otp_spawn directory = PLAIN("/");
	struct otp_spawn rubbish = PLAIN(unit_file(*state, "rubbish", 0755, "\x7f" "ELFrubbish", 11));
	struct otp_spawn closed = PLAIN("/bin/true");
	const struct otp_spawn *const all[] = { &missing, &relative, &directory, &rubbish, &closed };
	pid_t pid;
	int status;

	closed.fd_3 = 999;
	for (size_t i = 0; i < UNIT_N(all); i++) {
		otp_why_clear(&why);
		assert_int_equal(otp_spawn(all[i], &pid, &why), OTP_ERR_SYSTEM);
		assert_int_equal(pid, -1);
		assert_int_equal(why.message, OTP_MESSAGE_CANNOT_START);
	}
	/* no child of ours is left */
	assert_int_equal(waitpid(-1, &status, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(otp_spawn_wait(getpid(), &status), OTP_ERR_SYSTEM);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, unit_dir_make, unit_dir_remove)
	const struct CMUnitTest tests[] = {
		T(modes), T(owners), T(what_is_no_file), T(truncation_waits_for_the_checks),
		T(reading_whole), T(reading_in_place), T(replacing), T(closing_all_but),
		T(a_program_has_only_what_it_was_given), T(signals_are_as_new),
		T(descriptors_that_overlap), T(what_cannot_be_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
