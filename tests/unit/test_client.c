/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against servers that are slow, gone, full, foreign, or talk rubbish: nothing is ever asked twice. */
#include "config.h"

#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "client.h"
#include "clock.h"
#include "stand_in.h"

#define PATIENCE_MS 5000

static struct otp_client *
open_client(const struct stand_in *s, int64_t timeout_ms)
{
	struct otp_client *client = NULL;
	struct otp_why why = OTP_WHY_INIT;

	assert_int_equal(otp_client_open(&s->conf, timeout_ms, &client, &why), OTP_OK);
	assert_non_null(client);
	return client;
}

/* One explain of `subject`; its text must come back. */
static enum otp_err
call(struct otp_client *client, const char *subject, enum otp_err *ret_err)
{
	struct otp_request request = { .verb = OTP_VERB_EXPLAIN };
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	*ret_err = OTP_ERR_COUNT;
	assert_int_equal(otp_fields_put_str(&request.fields, OTP_FIELD_SUBJECT, subject), OTP_OK);
	err = otp_client_call(client, &request, NULL, NULL, &answer, &why);
	if (err == OTP_OK) {
		*ret_err = answer.err;
		assert_false(answer.more);
		if (answer.err == OTP_OK)
			assert_string_equal(otp_fields_str(&answer.fields, OTP_FIELD_TEXT), subject);
	} else
		assert_int_not_equal(why.message, OTP_MESSAGE_NONE);
	otp_answer_clear(&answer);
	otp_request_clear(&request);
	return err;
}

static void
test_nobody_there(void **state)
{
	struct otp_client *client = NULL;
	struct otp_why why = OTP_WHY_INIT;
	struct stand_in s;

	stand_in_begin(&s, state, NULL);
	stand_in_end(&s);	/* the socket's name stays: refused */
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, &why), OTP_ERR_UNAVAILABLE);
	assert_int_equal(why.message, OTP_MESSAGE_SERVICE_UNREACHABLE);
	(void)unlink(s.conf.socket);
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, NULL), OTP_ERR_UNAVAILABLE);
	memset(s.conf.socket + 1, 'x', 200);
	s.conf.socket[201] = '\0';
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, NULL), OTP_ERR_UNAVAILABLE);
	assert_null(client);
}

static void
test_full_queue(void **state)
{
	struct otp_client *client = NULL;
	struct stand_in s;
	int fd[64];
	int64_t before;

	stand_in_begin(&s, state, NULL);
	for (size_t i = 0; i < UNIT_N(fd); i++) {
		fd[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		(void)connect(fd[i], (struct sockaddr *)&s.address, sizeof(s.address));
	}
	before = otp_clock_steady_ms();
	assert_int_equal(otp_client_open(&s.conf, IMPATIENCE_MS, &client, NULL), OTP_ERR_UNAVAILABLE);
	assert_in_range(otp_clock_steady_ms() - before, IMPATIENCE_MS, PATIENCE_MS);
	for (size_t i = 0; i < UNIT_N(fd); i++)
		(void)close(fd[i]);
	stand_in_end(&s);
}

static void
test_answers(void **state)
{
	static const enum deed deeds[] = { ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(call(client, "one", &err), OTP_OK);
	assert_int_equal(err, OTP_OK);
	assert_int_equal(call(client, "two", &err), OTP_OK);
	assert_int_equal(err, OTP_OK);
	otp_client_free(&client);
	assert_null(client);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 2);
	assert_int_equal(s.n_connections, 1);
}

struct seen {
	int n, stop_at;
};

static enum otp_err
see_row(void *ctx, const struct otp_fields *row)
{
	struct seen *seen = ctx;
	int64_t line;

	assert_true(otp_fields_int(row, OTP_FIELD_LINE, &line));
	seen->n++;
	return seen->n == seen->stop_at ? OTP_ERR_SYSTEM : OTP_OK;
}

static void
test_rows(void **state)
{
	static const enum deed deeds[] = { ANSWER_ROWS, ANSWER_ROWS, END };
	struct otp_request request = { .verb = OTP_VERB_TOKEN_LIST };
	struct otp_answer answer = OTP_ANSWER_INIT;
	struct seen seen = { 0, 0 }, stopped = { 0, 7 };
	struct otp_client *client;
	struct stand_in s;
	int64_t line = -1;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(otp_client_call(client, &request, NULL, NULL, &answer, NULL), OTP_OK);
	assert_int_equal(answer.err, OTP_ERR_PARTIAL);
	assert_int_equal(answer.rows.n, 17);
	assert_true(otp_fields_int(&answer.rows.row[16], OTP_FIELD_LINE, &line));
	assert_int_equal(line, 1);
	otp_answer_clear(&answer);
	assert_int_equal(otp_client_call(client, &request, see_row, &seen, &answer, NULL), OTP_OK);
	assert_int_equal(seen.n, 17);
	assert_int_equal(answer.rows.n, 0);
	otp_answer_clear(&answer);
	/* what is left over of an answer that nobody wants must not meet the next request */
	assert_int_equal(otp_client_call(client, &request, see_row, &stopped, &answer, NULL),
	    OTP_ERR_SYSTEM);
	assert_int_equal(stopped.n, 7);
	seen.n = 0;
	assert_int_equal(otp_client_call(client, &request, see_row, &seen, &answer, NULL), OTP_OK);
	assert_int_equal(seen.n, 17);
	otp_answer_clear(&answer);
	otp_client_free(&client);
	stand_in_end(&s);
}

static void
test_late_answer_is_nobodys(void **state)
{
	static const enum deed deeds[] = { ANSWER_LATE, ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, IMPATIENCE_MS);
	assert_int_equal(call(client, "late", &err), OTP_ERR_OUTCOME_UNKNOWN);
	otp_client_free(&client);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(call(client, "next", &err), OTP_OK);
	assert_int_equal(err, OTP_OK);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 2);	/* "late" once */
}

static void
test_late_answer_on_the_same_client(void **state)
{
	static const enum deed deeds[] = { ANSWER_LATE, ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, IMPATIENCE_MS);
	assert_int_equal(call(client, "late", &err), OTP_ERR_OUTCOME_UNKNOWN);
	(void)poll(NULL, 0, 3 * IMPATIENCE_MS);
	assert_int_equal(call(client, "next", &err), OTP_OK);	/* call() compares the texts */
	assert_int_equal(err, OTP_OK);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 2);
}

static void
test_gone_after_the_request(void **state)
{
	static const enum deed deeds[] = { CLOSE_AFTER_REQUEST, ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(call(client, "once", &err), OTP_ERR_OUTCOME_UNKNOWN);
	otp_client_free(&client);
	assert_int_equal(s.n_requests, 1);	/* never sent again */
	client = open_client(&s, PATIENCE_MS);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 1);
}

static void
test_idle_connection_closed(void **state)
{
	static const enum deed deeds[] = { CLOSE_AFTER_ANSWER, ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(call(client, "one", &err), OTP_OK);
	(void)poll(NULL, 0, 50);
	assert_int_equal(call(client, "two", &err), OTP_OK);
	assert_int_equal(err, OTP_OK);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 2);
	assert_int_equal(s.n_connections, 2);
}

static void
test_turned_away(void **state)
{
	static const enum deed deeds[] = { TURN_AWAY, WELCOME, CLOSE_AT_ONCE, END };
	struct otp_client *client;
	enum otp_err err, outcome;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	(void)poll(NULL, 0, 50);
	assert_int_equal(call(client, "one", &err), OTP_OK);
	assert_int_equal(err, OTP_ERR_BUSY);
	otp_client_free(&client);
	/* an answer to what was never asked lets nobody in: a new connection is tried, which closes too */
	client = open_client(&s, PATIENCE_MS);
	(void)poll(NULL, 0, 50);
	outcome = call(client, "two", &err);
	assert_true(outcome == OTP_ERR_UNAVAILABLE || outcome == OTP_ERR_OUTCOME_UNKNOWN);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_requests, 0);
}

static void
test_rubbish(void **state)
{
	static const enum deed deeds[] = { RUBBISH, TOO_LONG, ANSWER, END };
	struct otp_client *client;
	enum otp_err err;
	struct stand_in s;

	stand_in_begin(&s, state, deeds);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(call(client, "one", &err), OTP_ERR_BAD_INPUT);
	assert_int_equal(call(client, "two", &err), OTP_ERR_BAD_INPUT);
	assert_int_equal(call(client, "three", &err), OTP_OK);
	otp_client_free(&client);
	stand_in_end(&s);
	assert_int_equal(s.n_connections, 3);
}

static void
test_foreign_server(void **state)
{
	struct otp_client *client = NULL;
	struct otp_why why = OTP_WHY_INIT;
	struct stand_in s;
	int ready[2], status;
	char c;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	stand_in_begin(&s, state, NULL);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(chmod(*state, 0777), 0);	/* somebody else can put a socket there */
	pid = fork();
	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)unlink(s.conf.socket);
		if (setresuid(12345, 12345, 12345) != 0 ||
		    bind(fd, (struct sockaddr *)&s.address, sizeof(s.address)) != 0 || listen(fd, 8) != 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(chmod(s.conf.socket, 0666), 0);
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, &why), OTP_ERR_UNAVAILABLE);
	assert_int_equal(why.message, OTP_MESSAGE_SERVICE_WRONG_OWNER);
	assert_string_equal(why.arg[1], "12345");
	/* the owner of the store is believed, and the owner of the socket's directory */
	assert_int_equal(mkdir(s.conf.store, 0700), 0);
	assert_int_equal(chown(s.conf.store, 12345, 12345), 0);
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, NULL), OTP_OK);
	otp_client_free(&client);
	assert_int_equal(chown(s.conf.store, 0, 0), 0);
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, NULL), OTP_ERR_UNAVAILABLE);
	assert_int_equal(chown(*state, 12345, 12345), 0);
	assert_int_equal(otp_client_open(&s.conf, PATIENCE_MS, &client, NULL), OTP_OK);
	otp_client_free(&client);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chown(*state, 0, 0), 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
	stand_in_end(&s);
}

/* A host may have closed its first descriptors; what it opens next must not be our socket. */
static void
test_descriptors(void **state)
{
	struct otp_client *client;
	struct stand_in s;
	bool was_open[100];
	int saved, n_cloexec = 0;

	stand_in_begin(&s, state, NULL);		/* nobody accepts: no descriptor here is another's */
	for (int fd = 0; fd < 100; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
	saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
	(void)close(STDIN_FILENO);
	client = open_client(&s, PATIENCE_MS);
	assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	for (int fd = 3; fd < 100; fd++)
		if (!was_open[fd] && fcntl(fd, F_GETFD) >= 0)
			n_cloexec += fcntl(fd, F_GETFD) == FD_CLOEXEC ? 1 : 100;
	otp_client_free(&client);
	if (saved >= 0) {
		assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
		(void)close(saved);
	}
	assert_int_equal(n_cloexec, 1);
	stand_in_end(&s);
}

/* ---- one-shot: this program itself plays otpd ---- */

static int
play_once(const char *config)
{
	struct stand_in s = { .fd = -1 };

	/* nothing but descriptor 3, a session of its own, and the file that was named */
	if (getsid(0) != getpid() || fcntl(4, F_GETFD) >= 0 || strcmp(config, "/nonexistent/conf") != 0)
		return 1;
	stand_in_serve(&s, 3, ANSWER);
	(void)poll(NULL, 0, 100);	/* closing the store */
	return 0;
}

static void
test_once(void **state)
{
	struct otp_client *client = NULL;
	struct otp_conf conf;
	enum otp_err err;

	(void)state;
	otp_conf_default(&conf);
	conf.socket[0] = '\0';
	(void)snprintf(conf.file, sizeof(conf.file), "/nonexistent/conf");
	(void)snprintf(conf.store, sizeof(conf.store), "/nonexistent/store");
	assert_true(readlink("/proc/self/exe", conf.otpd, sizeof(conf.otpd) - 1) > 0);
	assert_int_equal(otp_client_open(&conf, PATIENCE_MS, &client, NULL), OTP_OK);
	assert_int_equal(call(client, "one", &err), OTP_OK);
	assert_int_equal(call(client, "two", &err), OTP_OK);
	otp_client_free(&client);
	/* it was waited for: the next one finds the store free */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	(void)snprintf(conf.otpd, sizeof(conf.otpd), "/bin/false");
	assert_int_equal(otp_client_open_once(&conf, PATIENCE_MS, &client, NULL), OTP_OK);
	err = call(client, "three", &err);
	assert_true(err == OTP_ERR_OUTCOME_UNKNOWN || err == OTP_ERR_UNAVAILABLE);
	otp_client_free(&client);
	(void)snprintf(conf.otpd, sizeof(conf.otpd), "/nonexistent/otpd");
	assert_int_equal(otp_client_open_once(&conf, PATIENCE_MS, &client, NULL), OTP_ERR_UNAVAILABLE);
}

static void
test_once_is_the_owners(void **state)
{
	struct otp_client *client = NULL;
	struct otp_why why = OTP_WHY_INIT;
	struct otp_conf conf;

	otp_conf_default(&conf);
	(void)snprintf(conf.otpd, sizeof(conf.otpd), "/bin/false");
	(void)snprintf(conf.store, sizeof(conf.store), "%s", (char *)*state);
	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(otp_client_open_once(&conf, PATIENCE_MS, &client, &why), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(why.message, OTP_MESSAGE_ONCE_NOT_OWNER);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody_there, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_full_queue, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_answers, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_rows, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_late_answer_is_nobodys, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_late_answer_on_the_same_client, unit_dir_make,
		    unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_gone_after_the_request, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_idle_connection_closed, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_turned_away, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_rubbish, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_foreign_server, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_descriptors, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_once, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(test_once_is_the_owners, unit_dir_make, unit_dir_remove),
	};

	if (argc > 3 && strcmp(argv[1], "--once") == 0)
		return play_once(argv[3]);
	(void)signal(SIGPIPE, SIG_DFL);	/* the client must do without */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
