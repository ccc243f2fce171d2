/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transfer record: an order, its approvals, and how it ended. Fields and encoding, no I/O. */
#ifndef OTP_TRANSFER_H
#define OTP_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "crypto.h"
#include "parse.h"
#include "record.h"
#include "secret.h"

/* EXTERNAL: a payment to somebody else; INTERNAL: between own accounts. */
enum otp_transfer_kind { OTP_TRANSFER_EXTERNAL, OTP_TRANSFER_INTERNAL, OTP_TRANSFER_KIND_COUNT };
enum otp_transfer_state {
	OTP_TRANSFER_PENDING, OTP_TRANSFER_APPROVED, OTP_TRANSFER_EXECUTED, OTP_TRANSFER_RETURNED,
	OTP_TRANSFER_WITHDRAWN, OTP_TRANSFER_EXPIRED, OTP_TRANSFER_STATE_COUNT
};
const char *otp_transfer_kind_name(enum otp_transfer_kind kind);
enum otp_err otp_transfer_kind_parse(const char *name, enum otp_transfer_kind *ret);
const char *otp_transfer_state_name(enum otp_transfer_state state);
enum otp_err otp_transfer_state_parse(const char *name, enum otp_transfer_state *ret);

#define OTP_REFERENCE_MAX 64	/* bytes */
#define OTP_PAYEE_MAX 256
#define OTP_NOTE_MAX 256
#define OTP_APPROVALS_MAX 4
#define OTP_DIGEST_SIZE 32

struct otp_approval {
	uint64_t user_id;
	char user[OTP_NAME_MAX + 1];
	uint64_t epoch;			/* of the user when he approved: it counts while that one lasts */
	char serial[OTP_SERIAL_MAX + 1]; /* the token that showed the code */
	char origin[OTP_SERIAL_MAX + 1]; /* the token's origin: tokens that replaced one another are one */
	uint64_t step;			/* the step or counter that was used up for it */
	int64_t at;
	int64_t day;			/* on which it counts on the user's total */
	uint32_t key_id;		/* the master key behind the MAC */
	uint8_t mac[OTP_MAC_SIZE];	/* over the digest and all of the above but the day */
};

struct otp_transfer {
	/* the order: fixed at submission, all of it under the digest */
	uint64_t id;			/* from 1, never reused */
	char reference[OTP_REFERENCE_MAX + 1];	/* unique, the maker's */
	enum otp_transfer_kind kind;
	struct otp_account_ref account;
	char payee[OTP_PAYEE_MAX + 1];
	int64_t amount;			/* minor units, above 0 */
	char currency[4];
	int64_t date;			/* day (otp_clock_day) from which it may be executed */
	uint64_t maker_id;
	char maker[OTP_NAME_MAX + 1];
	int64_t created_at;
	/* what became of it */
	enum otp_transfer_state state;
	uint32_t n_approvals;
	struct otp_approval approval[OTP_APPROVALS_MAX];
	int64_t counted_day;		/* on which it counts on the account's and the company's total; 0: it does not */
	int64_t ended_at;		/* executed, returned, withdrawn or expired; 0: still open */
	char ended_by[OTP_NAME_MAX + 1]; /* who did it, "root", or "" */
	char note[OTP_NOTE_MAX + 1];	/* his reason, "" */
};
#define OTP_TRANSFER_INIT { 0 }
void otp_transfer_clear(struct otp_transfer *transfer);
/* Version 1, bounded, canonical as otp_user_encode. */
enum otp_err otp_transfer_encode(const struct otp_transfer *transfer, struct otp_bytes *ret);
enum otp_err otp_transfer_decode(const void *data, size_t len, struct otp_transfer *ret);

/* SHA-256 over the order alone, in its encoding: the same as long as nothing of the order changed. */
enum otp_err otp_transfer_digest(const struct otp_transfer *transfer, uint8_t ret[OTP_DIGEST_SIZE]);
/* The name of its record: the id as decimal digits. */
#define OTP_TRANSFER_NAME_SIZE 21
const char *otp_transfer_record_name(char buf[OTP_TRANSFER_NAME_SIZE], uint64_t id);
/* Still to be approved or executed? */
bool otp_transfer_is_open(const struct otp_transfer *transfer);
/* NULL: he has not approved it. */
const struct otp_approval *otp_transfer_approval_of(const struct otp_transfer *transfer, uint64_t user_id);

#endif
