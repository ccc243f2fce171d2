/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed heads of the audit: how far it had come at a time, in a text that anybody can keep and check. */
#ifndef OTP_HEAD_H
#define OTP_HEAD_H

#include <stdint.h>

#include "crypto.h"
#include "keyring.h"
#include "message.h"
#include "seal.h"
#include "secret.h"

struct otp_head {
	uint8_t store_id[OTP_STORE_ID_SIZE];
	uint64_t generation;
	uint64_t seq;			/* of the last record ... */
	uint8_t mac[OTP_MAC_SIZE];	/* ... and its MAC */
	int64_t time;			/* seconds */
};

/* Signed with the current key, in one line without an end: for a log. */
enum otp_err otp_head_line(const struct otp_head *head, const struct otp_keyring *ring, struct otp_bytes *ret);
/* For a file: what is signed is its first line; signature and public key (PEM) follow. */
enum otp_err otp_head_text(const struct otp_head *head, const struct otp_keyring *ring, struct otp_bytes *ret);
/*
 * Out of such a text, or of a log's line with anything before and behind it; the first one counts. BAD_INPUT: there
 * is none; KEY: its key is not in the ring; INTEGRITY: the signature is not right, or the public key not ours.
 */
enum otp_err otp_head_read(const char *text, const struct otp_keyring *ring, struct otp_head *ret,
    struct otp_why *why);

#endif
