/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The listening socket: handed over by the service manager, or bound here without taking it from anybody. */
#ifndef OTPD_LISTEN_H
#define OTPD_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf.h"
#include "err.h"
#include "message.h"

struct otpd_listener {
	int fd;
	bool is_own;		/* bound here: to be removed at the end */
	dev_t dev;		/* ... if it is still this one */
	ino_t ino;
};

/*
 * Descriptor 3 where LISTEN_PID and LISTEN_FDS say so (CONFIG if it is no
 * listening SOCK_SEQPACKET socket); otherwise conf->socket, mode 0666. BUSY: another
 * otpd answers there. Its directory must be there.
 */
enum otp_err otpd_listen(const struct otp_conf *conf, struct otpd_listener *ret, struct otp_why *why);
void otpd_listen_end(const struct otp_conf *conf, struct otpd_listener *listener);
/* One-shot: is descriptor 3 a connected SOCK_SEQPACKET socket? */
bool otpd_listen_is_connected(int fd);

#endif
