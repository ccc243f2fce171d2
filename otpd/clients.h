/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All connections together: letting in, taking requests, sending answers, deadlines, letting go. */
#ifndef OTPD_CLIENTS_H
#define OTPD_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

struct otpd;
struct otpd_conn;

/* Takes fd, whatever happens. Refuses (BUSY) whoever has too many. */
void otpd_clients_add(struct otpd *d, int fd, int64_t steady_ms);
void otpd_clients_accept(struct otpd *d, int64_t steady_ms);
/* What to poll a connection for. */
short otpd_clients_events(const struct otpd_conn *c);
/* What poll said of it: the client left, or reads again. */
void otpd_clients_polled(struct otpd *d, struct otpd_conn *c, short revents, int64_t steady_ms);
/* At most one request of each, a bounded number in all. */
void otpd_clients_take(struct otpd *d, int64_t steady_ms);
void otpd_clients_deadlines(struct otpd *d, int64_t steady_ms);
/* The earliest deadline, steady; INT64_MAX: none. */
int64_t otpd_clients_next_ms(const struct otpd *d);
/* After the flush: every answer of this turn. */
void otpd_clients_send(struct otpd *d, int64_t steady_ms);
/* Frees the dead. */
void otpd_clients_sweep(struct otpd *d);
/* Is anything in hand? */
bool otpd_clients_are_busy(const struct otpd *d);
void otpd_clients_free(struct otpd *d);

#endif
