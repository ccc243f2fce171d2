/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one protocol between client and otpd: bounded messages on a SOCK_SEQPACKET socket. */
#ifndef OTP_WIRE_H
#define OTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "fields.h"
#include "message.h"
#include "verbs.h"

#define OTP_WIRE_VERSION 1
#define OTP_WIRE_MAX 131072	/* bytes of one packet */
#define OTP_WIRE_ROWS_MAX 2000	/* rows of one packet */
#define OTP_WIRE_WARNINGS_MAX 8

/* Rows, each a list of fields; heap, cleared with a wipe. */
struct otp_rows {
	struct otp_fields *row;
	size_t n, cap;
};
#define OTP_ROWS_INIT { NULL, 0, 0 }
enum otp_err otp_rows_add(struct otp_rows *rows, struct otp_fields **ret_row); /* a new empty row; OVER_LIMIT beyond the bound */
void otp_rows_clear(struct otp_rows *rows);

struct otp_request {
	enum otp_verb verb;
	bool dry_run;
	struct otp_fields fields;
	struct otp_rows rows;
};
#define OTP_REQUEST_INIT { 0 }
void otp_request_clear(struct otp_request *r);

/*
 * One request gets any number of answers with `more` (rows only), then one
 * without. Only the last has err, why, changed, warnings, audit_seq.
 */
struct otp_answer {
	bool more;
	enum otp_err err;
	struct otp_why why;
	bool changed;
	uint64_t audit_seq;		/* 0: nothing was committed */
	struct otp_fields fields;
	struct otp_rows rows;
	unsigned n_warnings;
	struct otp_why warning[OTP_WIRE_WARNINGS_MAX];
};
#define OTP_ANSWER_INIT { 0 }
void otp_answer_clear(struct otp_answer *a);
/* Adds a warning (dropped silently when full). */
void otp_answer_warn(struct otp_answer *a, const struct otp_why *why);

/*
 * Encoding fails with OVER_LIMIT beyond OTP_WIRE_MAX; decoding checks
 * everything and fails with BAD_INPUT; it clears ret, which must be initialised.
 */
enum otp_err otp_wire_encode_request(const struct otp_request *r, struct otp_bytes *ret);
enum otp_err otp_wire_decode_request(const void *data, size_t len, struct otp_request *ret);
enum otp_err otp_wire_encode_answer(const struct otp_answer *a, struct otp_bytes *ret);
enum otp_err otp_wire_decode_answer(const void *data, size_t len, struct otp_answer *ret);

#endif
