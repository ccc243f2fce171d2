/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a request to its answer: who asks, what he must show, and the act behind the verb. */
#ifndef OTPD_DISPATCH_H
#define OTPD_DISPATCH_H

#include "conn.h"
#include "hashers.h"

struct otpd;

/* A request has come (c->request): whose is it? Leaves c NAMING, READY, or answered. */
void otpd_dispatch_begin(struct otpd *d, struct otpd_conn *c, int64_t steady_ms);
/* NAMING: is the name known by now? */
void otpd_dispatch_name(struct otpd *d, struct otpd_conn *c, int64_t steady_ms);
/* READY: decides it, or says what it waits for. */
void otpd_dispatch_decide(struct otpd *d, struct otpd_conn *c, int64_t steady_ms);
/* WANTS_HASH: offers it to the hashers. */
void otpd_dispatch_hash(struct otpd *d, struct otpd_conn *c, int64_t steady_ms);
/* HASHING: the hasher's answer; READY then. */
void otpd_dispatch_hashed(struct otpd_conn *c, const struct otpd_hash_result *result);
/* In a child, for a LONG verb: the whole act; rows and the last answer go to `each`. */
enum otp_err otpd_dispatch_long(struct otpd *d, struct otpd_conn *c, otpd_pack_each each, void *ctx);
/* Refuses what is in hand without deciding it. */
void otpd_dispatch_refuse(struct otpd_conn *c, enum otp_err err, const struct otp_why *why);

#endif
