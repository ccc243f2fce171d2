/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stand-in for otpd that a test of the client tells what to do: in a thread, or on a descriptor. */
#ifndef OTP_UNIT_STAND_IN_H
#define OTP_UNIT_STAND_IN_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/un.h>

#include "conf.h"

#define IMPATIENCE_MS 150

/* What the server does with its next connection, one after the other. */
enum deed {
	ANSWER,			/* one answer to each request, until the client goes */
	ANSWER_ROWS,		/* three packets of rows and an end */
	ANSWER_LATE,		/* after the client has given up */
	CLOSE_AFTER_REQUEST,
	CLOSE_AT_ONCE,
	CLOSE_AFTER_ANSWER,
	TURN_AWAY,		/* BUSY, without reading */
	WELCOME,		/* OK, without reading: not to be believed */
	RUBBISH,
	TOO_LONG,
	END,
};

struct stand_in {
	int fd;
	pthread_t thread;
	const enum deed *deeds;
	atomic_uint n_requests, n_connections;
	struct sockaddr_un address;
	struct otp_conf conf;
};

/* Plays one connection. */
void stand_in_serve(struct stand_in *s, int fd, enum deed deed);
/* Listens in the test's directory, with a configuration that names it. deeds NULL: nobody accepts. */
void stand_in_begin(struct stand_in *s, void **state, const enum deed *deeds);
void stand_in_end(struct stand_in *s);

#endif
