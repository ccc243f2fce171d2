/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit as it grows. */
#include "config.h"

#include "follow.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "service.h"
#include "tell.h"

#define PAUSE_S 1

static volatile sig_atomic_t is_stopped;

static void
stop(int number)
{
	(void)number;
	is_stopped = 1;
}

struct follow {
	struct otp_cli *cli;
	int64_t from;		/* the next sequence number */
};

static enum otp_err
take_row(void *ctx, const struct otp_fields *row)
{
	struct follow *follow = ctx;
	int64_t seq;

	if (is_stopped)
		return OTP_ERR_SYSTEM;
	if (otp_fields_int(row, OTP_FIELD_SEQ, &seq))
		follow->from = seq + 1;
	return otp_output_row(&follow->cli->output, row);
}

static enum otp_err
ask(struct follow *follow, const struct otp_fields *filters)
{
	struct otp_request request = OTP_REQUEST_INIT;
	int64_t last;
	enum otp_err err;

	err = otp_fields_copy(&request.fields, filters);
	if (err == OTP_OK)
		err = otp_fields_put_int(&request.fields, OTP_FIELD_FROM_SEQ, follow->from);
	if (err == OTP_OK)
		err = otp_service_call(follow->cli, &request, take_row, follow);
	if (err == OTP_OK && otp_fields_int(&follow->cli->answer.fields, OTP_FIELD_LAST_SEQ, &last))
		follow->from = last + 1;
	otp_request_clear(&request);
	return err;
}

/* What a service does that is being started again. To look does no harm, so unknown outcomes are tried again as well. */
static bool
may_come_back(enum otp_err err)
{
	return otp_err_retryable(err) || err == OTP_ERR_OUTCOME_UNKNOWN;
}

/* A second, a signal, or the end of whoever reads. */
static void
pause_a_while(const sigset_t *unblocked)
{
	struct pollfd out = { .fd = STDOUT_FILENO };
	const struct timespec while_ = { .tv_sec = PAUSE_S };

	if (is_stopped)
		return;
	if (ppoll(&out, 1, &while_, unblocked) > 0 && (out.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		is_stopped = 1;
}

enum otp_err
otp_follow(struct otp_cli *cli, const struct otp_fields *filters)
{
	struct follow follow = { .cli = cli, .from = 1 };
	struct sigaction action = { .sa_handler = stop };
	bool is_away = false, has_begun = false;
	sigset_t ours, before;
	enum otp_err err = OTP_OK;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	while (!is_stopped) {
		err = ask(&follow, filters);
		if (err == OTP_OK)
			err = otp_output_flush(&cli->output);
		if (is_stopped)
			break;
		if (err != OTP_OK && !(has_begun && may_come_back(err)))
			return err;
		has_begun = true;
		if (err != OTP_OK && !is_away)
			otp_tell_warning(&cli->answer.why);
		is_away = err != OTP_OK;
		(void)sigprocmask(SIG_BLOCK, &ours, &before);
		pause_a_while(&before);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	}
	/* that it was stopped is how it ends */
	otp_answer_clear(&cli->answer);
	return OTP_OK;
}
