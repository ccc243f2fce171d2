/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user names of uids: asked in children, because a directory service may block, and kept for a minute. */
#ifndef OTPD_NAMES_H
#define OTPD_NAMES_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "parse.h"

struct otpd_names;

/* Forks the child that asks: before any secret is in memory. */
enum otp_err otpd_names_start(struct otpd_names **ret);
void otpd_names_free(struct otpd_names **names);
/* Poll it for POLLIN, then read. */
int otpd_names_fd(const struct otpd_names *names);
/* Takes the answers that have come. SYSTEM: the child is gone. */
enum otp_err otpd_names_read(struct otpd_names *names, int64_t steady_ms);

/*
 * OTP_OK: the name, or "" when the uid has none (or one that is no name of
 * ours). BUSY: it is being asked; try again after read. UNAVAILABLE: the
 * system could not say, just now.
 */
enum otp_err otpd_names_get(struct otpd_names *names, uid_t uid, int64_t steady_ms,
    char ret_name[OTP_NAME_MAX + 1]);

#endif
