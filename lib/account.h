/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account record: what transfers are paid from, with its limit and what was paid today. No I/O. */
#ifndef OTP_ACCOUNT_H
#define OTP_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "encode.h"
#include "parse.h"
#include "record.h"
#include "secret.h"

#define OTP_ACCOUNT_NAME_MAX 128	/* bytes */

/* How other records name an account: its number decides, its id is for people. */
struct otp_account_ref {
	uint64_t number;		/* never reused */
	char id[OTP_SERIAL_MAX + 1];	/* as typed: a serial number's characters */
};
bool otp_account_ref_is_valid(const struct otp_account_ref *ref);
void otp_account_ref_put(struct otp_enc *enc, const struct otp_account_ref *ref);
void otp_account_ref_get(struct otp_dec *dec, struct otp_account_ref *ret);

struct otp_account {
	struct otp_account_ref ref;
	char name[OTP_ACCOUNT_NAME_MAX + 1];	/* for people, "": none */
	int64_t per_day;			/* minor units; 0: unset, refuses */
	int64_t created_at;
	struct otp_day_total approved;		/* of transfers whose last approval came today */
};
#define OTP_ACCOUNT_INIT { 0 }
void otp_account_clear(struct otp_account *account);
/* Version 1, bounded, canonical as otp_user_encode. */
enum otp_err otp_account_encode(const struct otp_account *account, struct otp_bytes *ret);
enum otp_err otp_account_decode(const void *data, size_t len, struct otp_account *ret);

#endif
