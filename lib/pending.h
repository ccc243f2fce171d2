/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of what became of notices: how far the audit was seen to, and which mails wait for another try. No I/O. */
#ifndef OTP_PENDING_H
#define OTP_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

#define OTP_PENDING_NAME "queue"	/* its name in the store */
#define OTP_PENDING_MAX 1000		/* mails that wait for another try */
#define OTP_PENDING_TRIES_MAX 20	/* then it is given up: after a week or so */
#define OTP_PENDING_PAUSE_MAX 43200	/* seconds between two of them */
#define OTP_NOTICE_N_MAX 7

/* One mail: of which event, to whom, and which of those to him. In this order they are sent. */
struct otp_notice_id {
	uint64_t seq;
	uint64_t user_id;
	uint8_t n;
};
/* "41-7-0": also the name of a waiting mail's own record, and the stable part of its Message-ID. */
#define OTP_NOTICE_ID_SIZE 48
const char *otp_notice_id_text(char buf[OTP_NOTICE_ID_SIZE], const struct otp_notice_id *id);
enum otp_err otp_notice_id_parse(const char *text, struct otp_notice_id *ret);	/* BAD_INPUT */
int otp_notice_id_compare(const struct otp_notice_id *a, const struct otp_notice_id *b);

struct otp_waiting {
	struct otp_notice_id id;
	uint32_t tries;			/* at least 1 */
	int32_t status;			/* of the mail command at the last one; -1: it took too long */
	int64_t first_at, next_at;	/* seconds */
};

struct otp_pending {
	uint64_t version;		/* of this record: whoever reports says which one he has seen */
	struct otp_notice_id done;	/* the last one seen to, of an event that the company's cursor does not cover yet */
	uint32_t n;
	struct otp_waiting *waiting;	/* heap, owned; in their order */
};
#define OTP_PENDING_INIT { 0 }
void otp_pending_clear(struct otp_pending *pending);
/* Version 1, bounded, canonical as otp_user_encode. Decoding clears ret first, which must be initialised. */
enum otp_err otp_pending_encode(const struct otp_pending *pending, struct otp_bytes *ret);
enum otp_err otp_pending_decode(const void *data, size_t len, struct otp_pending *ret);

/* NULL: it does not wait. */
struct otp_waiting *otp_pending_find(struct otp_pending *pending, const struct otp_notice_id *id);
/*
 * One more try of it failed: it waits, longer each time. *ret_given_up: it was the last one, and it
 * waits no more. OVER_LIMIT beyond OTP_PENDING_MAX.
 */
enum otp_err otp_pending_failed(struct otp_pending *pending, const struct otp_notice_id *id,
    int32_t status, int64_t now, bool *ret_given_up);
void otp_pending_remove(struct otp_pending *pending, const struct otp_notice_id *id);

#endif
