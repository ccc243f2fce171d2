/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is calling: what the kernel says, and what of his own words is believed. */
#ifndef OTPD_CALLER_H
#define OTPD_CALLER_H

#include "act.h"

/* From SO_PEERCRED of a connected socket. NOT_PERMITTED when the kernel does not say. */
enum otp_err otpd_caller_of_socket(int fd, const struct otp_conf *conf, uid_t owner,
    struct otp_caller *ret_peer);
void otpd_caller_of_uid(uid_t uid, const struct otp_conf *conf, uid_t owner,
    struct otp_caller *ret_peer);
/*
 * For one request: AS and LOGIN_USER from its fields. AS from anybody but a
 * privileged peer is NOT_PERMITTED; a LOGIN_USER that is not believed is left out.
 */
enum otp_err otpd_caller_claim(const struct otp_caller *peer, const struct otp_fields *fields,
    struct otp_caller *ret_caller, struct otp_why *why);
/* Is his user name needed that the system knows? Root's is not: a dead directory service must not stop it. */
bool otpd_caller_needs_name(const struct otp_caller *caller);

#endif
