/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user record: who somebody is, what he may, what he has shown. Fields and encoding, no I/O. */
#ifndef OTP_USER_H
#define OTP_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "account.h"
#include "parse.h"
#include "phc.h"
#include "record.h"
#include "secret.h"

enum otp_role { OTP_ROLE_GENERAL, OTP_ROLE_ADMINISTRATOR, OTP_ROLE_MASTER, OTP_ROLE_COUNT };
const char *otp_role_name(enum otp_role role);	/* "general"; msgids of their own */
enum otp_err otp_role_parse(const char *name, enum otp_role *ret);

/* Rights: bits. */
#define OTP_RIGHT_LOGIN			(1u << 0)
#define OTP_RIGHT_EXTERNAL_CREATE	(1u << 1)
#define OTP_RIGHT_EXTERNAL_APPROVE	(1u << 2)
#define OTP_RIGHT_INTERNAL_CREATE	(1u << 3)
#define OTP_RIGHT_INTERNAL_APPROVE	(1u << 4)
#define OTP_RIGHT_ALL			0x1fu
/* those that need a code: login and approve */
#define OTP_RIGHTS_WITH_CODE (OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_APPROVE | OTP_RIGHT_INTERNAL_APPROVE)

#define OTP_MAIL_MAX 254
#define OTP_LANGUAGE_MAX 31
#define OTP_USER_WRONG_MAX 20	/* wrong confirmation passwords remembered */

struct otp_limits {
	int64_t per_transfer, per_day;	/* minor units; 0: unset, refuses */
};

#define OTP_PERMITTED_MAX 64	/* accounts of one user */
/* What a user may do beyond his role: as granted, or as adopted at his last session. In force is what both have. */
struct otp_permit {
	uint32_t rights;		/* OTP_RIGHT_* */
	struct otp_limits limits;	/* one pair over both kinds of transfer */
	uint32_t n_accounts;
	struct otp_account_ref account[OTP_PERMITTED_MAX];	/* by number, each once, ascending */
};

struct otp_user {
	uint64_t id;				/* never reused */
	char name[OTP_NAME_MAX + 1];
	enum otp_role role;
	char mail[OTP_MAIL_MAX + 1];		/* "": the login name */
	char language[OTP_LANGUAGE_MAX + 1];	/* "": the site's */
	bool enabled;
	int64_t created_at;			/* seconds, as all times here */
	uint64_t epoch;				/* raised by disable, delete, revoke, reset */

	char confirm[OTP_PHC_MAX];		/* "": none set yet */
	char word[OTP_PHC_MAX];			/* single-use word, "": none */
	int64_t word_until;
	bool word_is_reset;			/* from a reset (24 h), not a first one (14 days) */
	uint32_t n_wrong;			/* wrong passwords in a row */
	uint32_t n_wrong_at;			/* used entries of wrong_at */
	int64_t wrong_at[OTP_USER_WRONG_MAX];	/* newest last */
	bool confirm_stopped;			/* until a reset */
	uint64_t reset_by;			/* id of who reset the password, 0: nobody */
	int64_t reset_at;
	char mail_before[OTP_MAIL_MAX + 1];	/* the address before the last change, "": the login name, or never changed */
	int64_t mail_changed_at;

	struct otp_permit granted, adopted;
	int64_t adopted_at;
	struct otp_day_total approved;		/* what he approved today */

	int64_t register_from, register_until;	/* open in between; until 0: closed */
	uint32_t register_fails;
	char near_serial[OTP_SERIAL_MAX + 1];	/* registering: "enter the next code" was said for this token */
	uint64_t near_step;			/* ... after this step */
	int64_t near_until_ms;
	char serial[OTP_SERIAL_MAX + 1];	/* bound or pre-assigned token, "": none */
	bool is_bound;				/* serial is registered, not only pre-assigned */
	bool was_bound;				/* ever: then never nullok */
	int64_t revoked_at;			/* last time a token was taken away, 0: never */
	uint64_t handed_by;			/* id of who opened, revoked or replaced for him last, 0: nobody */
	int64_t handed_at;
};
#define OTP_USER_INIT { 0 }
void otp_user_clear(struct otp_user *user);	/* wipes */

/* Version 1, bounded, canonical: decode(encode(u)) = u, and anything else is INTEGRITY. Encoding what breaks a bound: INTERNAL. */
enum otp_err otp_user_encode(const struct otp_user *user, struct otp_bytes *ret);
enum otp_err otp_user_decode(const void *data, size_t len, struct otp_user *ret);

/* NULL: not permitted. By number: an account that came back under the same id is another one. */
const struct otp_account_ref *otp_permit_account(const struct otp_permit *permit, uint64_t number);
/* In its place; a number that is there already changes nothing. OVER_LIMIT beyond OTP_PERMITTED_MAX. */
enum otp_err otp_permit_account_add(struct otp_permit *permit, uint64_t number, const char *id);
void otp_permit_account_remove(struct otp_permit *permit, uint64_t number);
/* What both have: rights and accounts by intersection, limits by minimum. ret may be one of them. */
void otp_permit_meet(const struct otp_permit *a, const struct otp_permit *b, struct otp_permit *ret);
bool otp_permit_is_same(const struct otp_permit *a, const struct otp_permit *b);

bool otp_user_registration_is_open(const struct otp_user *user, int64_t now);
/* a granted right that needs codes; administrators and masters always */
bool otp_user_needs_codes(const struct otp_user *user);
/* Remembers a wrong confirmation password in wrong_at (n_wrong is the caller's): drops what is older than 24 h, or the oldest. */
void otp_user_wrong_add(struct otp_user *user, int64_t now);
uint32_t otp_user_wrong_within_day(const struct otp_user *user, int64_t now);

#endif
