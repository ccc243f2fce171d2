/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one company record: numbers to give out, and who its masters and administrators are. */
#ifndef OTP_COMPANY_H
#define OTP_COMPANY_H

#include <stdint.h>

#include "parse.h"
#include "secret.h"
#include "user.h"

#define OTP_COMPANY_NAME "company"	/* its name in the store */
#define OTP_STAFF_MAX 100

struct otp_staff {
	uint64_t user_id;
	char user[OTP_NAME_MAX + 1];
	enum otp_role role;	/* administrator or master */
};

struct otp_company {
	uint64_t next_user_id;	/* from 1, as all ids */
	uint64_t next_account, next_transfer;
	struct otp_day_total approved;	/* of transfers whose last approval came today */
	uint64_t noticed_seq;	/* the notices' cursor: what the audit has up to here was seen to */
	int64_t created_at;
	uint32_t n_staff;
	struct otp_staff *staff;	/* heap, owned */
};
#define OTP_COMPANY_INIT { .next_user_id = 1, .next_account = 1, .next_transfer = 1 }
void otp_company_clear(struct otp_company *company);
/* As otp_user_encode; ids are below next_user_id. Decoding clears ret first, which must be initialised. */
enum otp_err otp_company_encode(const struct otp_company *company, struct otp_bytes *ret);
enum otp_err otp_company_decode(const void *data, size_t len, struct otp_company *ret);
/* Adds, changes the role, or (general) removes; OVER_LIMIT beyond OTP_STAFF_MAX. */
enum otp_err otp_company_staff_set(struct otp_company *company, uint64_t user_id, const char *user,
    enum otp_role role);

#endif
