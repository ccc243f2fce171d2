/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit's event: who did what to what, and how it went. It is part of the journal's record. */
#ifndef OTP_EVENT_H
#define OTP_EVENT_H

#include <stdint.h>

#include "err.h"
#include "fields.h"
#include "message.h"
#include "parse.h"
#include "verbs.h"

#define OTP_SERVICE_MAX 64
#define OTP_EVENT_STORE "store"	/* stands for the verb in the store's own events */
#define OTP_EVENT_MAX 63488	/* bytes of an encoded event */

struct otp_event {
	int64_t time_ms;
	enum otp_verb verb;		/* NONE: the store's own (opened, checkpoint) */
	enum otp_err result;
	uint32_t peer_uid;		/* SO_PEERCRED */
	char actor[OTP_NAME_MAX + 1];	/* the operator: a user of ours, or "root", or "uid:N" */
	char login[OTP_NAME_MAX + 1];	/* the login user behind root, "": none */
	char service[OTP_SERVICE_MAX + 1]; /* PAM service, "" */
	char user[OTP_NAME_MAX + 1];	/* object: whom it concerns, "" */
	char serial[OTP_SERIAL_MAX + 1]; /* object: which token, "" */
	uint32_t count;			/* 1; more: that many equal denials folded into one */
	struct otp_fields details;	/* what changed, never a secret */
};
#define OTP_EVENT_INIT { .count = 1 }
void otp_event_clear(struct otp_event *event);
/* INTERNAL: a SECRET or BYTES field in details, count 0. In names, what is no text is stored as '?'. */
enum otp_err otp_event_encode(const struct otp_event *event, struct otp_bytes *ret);
enum otp_err otp_event_decode(const void *data, size_t len, struct otp_event *ret);
/*
 * One line for syslog: "verb=unlock result=ok seq=41 uid=0 actor=… user=…",
 * escaped, in quotes where there are blanks, lists with commas. No details
 * that are lists of more than 16, none beyond about 3 KB ("cut=yes").
 */
enum otp_err otp_event_line(const struct otp_event *event, uint64_t seq, struct otp_bytes *ret);

#endif
