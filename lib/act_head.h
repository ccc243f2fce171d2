/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the audit whole, and the one that somebody has kept a head of? */
#ifndef OTP_ACT_HEAD_H
#define OTP_ACT_HEAD_H

#include "act.h"

/* A head of what is durable, signed now. Answer: HEAD (the text to keep), SEQ GENERATION MAC TIME. */
enum otp_err otp_act_audit_head(struct otp_call *call);
/* The line of it for a log, of the store as it stands after a flush; *ret_seq: its record. */
enum otp_err otp_act_head_line(struct otp_store *store, const struct otp_keyring *ring, int64_t now_ms,
    struct otp_bytes *ret, uint64_t *ret_seq);
/*
 * Reads the whole chain, archives and journal. INTEGRITY names the first record that does not hold; with HEAD also
 * when the head's signature is not right or the chain does not pass through it. NOT_FOUND: the head's
 * record is older than what is kept, and so is its time. Answer: FIRST_SEQ LAST_SEQ RECORDS GENERATION MAC.
 */
enum otp_err otp_act_audit_verify(struct otp_call *call);

#endif
