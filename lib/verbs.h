/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs: otpd's checks, otpadm's help, the audit's names come from it. */
#ifndef OTP_VERBS_H
#define OTP_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "fields.h"

enum otp_verb {
	OTP_VERB_NONE = 0,
#define V(number, id, name, roles, shows, flags, act, help, ...) OTP_VERB_##id = number,
#include "verbs.def"
#undef V
	OTP_VERB_LIMIT = 256
};

/* Who may. STAFF: administrators and masters. */
#define OTP_ROLE_BIT_GENERAL	(1u << 0)
#define OTP_ROLE_BIT_ADMINISTRATOR (1u << 1)
#define OTP_ROLE_BIT_MASTER	(1u << 2)
#define OTP_ROLE_BIT_ROOT	(1u << 3)

enum otp_shows { OTP_SHOWS_NONE, OTP_SHOWS_C, OTP_SHOWS_CK };

#define OTP_FLAG_CHANGES	(1u << 0)
#define OTP_FLAG_ROOT_FREE	(1u << 1)
#define OTP_FLAG_SELF_OR_ROOT	(1u << 2)
#define OTP_FLAG_SELF_OR_STAFF	(1u << 3)
#define OTP_FLAG_ROWS		(1u << 4)
#define OTP_FLAG_LONG		(1u << 5)
#define OTP_FLAG_NO_STORE	(1u << 6)
#define OTP_FLAG_BARE		(1u << 7)
#define OTP_FLAG_HIDDEN		(1u << 8)
#define OTP_FLAG_ASKS		(1u << 9)
#define OTP_FLAG_INTERNAL	(1u << 10)
#define OTP_FLAG_RESERVE	(1u << 11)
#define OTP_FLAG_BATCH		(1u << 12)
#define OTP_FLAG_EXECUTE	(1u << 13)
#define OTP_FLAG_NO_MARK	(1u << 14)

enum otp_field_place { OTP_FIELD_OPTIONAL, OTP_FIELD_REQUIRED, OTP_FIELD_IN_ROWS };
struct otp_verb_field {
	enum otp_field field;
	enum otp_field_place place;
};

struct otp_verb_info {
	const char *name;		/* "token import" */
	const char *help;		/* msgid */
	const struct otp_verb_field *fields;
	size_t n_fields;
	enum otp_verb verb;
	unsigned roles;			/* OTP_ROLE_BIT_* */
	enum otp_shows shows;
	unsigned flags;			/* OTP_FLAG_* */
};
/* NULL for a number that is no verb. */
const struct otp_verb_info *otp_verb_info(enum otp_verb verb);
const struct otp_verb_info *otp_verb_of_name(const char *name);
/* index from 0, NULL past the end */
const struct otp_verb_info *otp_verb_at(size_t index);

/*
 * Are these the verb's own fields, no others, with everything required?
 * Credentials (AS, CONFIRM, CODE, SECOND*, LOGIN_USER, REASON) are allowed with every verb.
 * BAD_INPUT with the field's name in the why.
 */
struct otp_why;
enum otp_err otp_verb_check_fields(const struct otp_verb_info *verb, const struct otp_fields *fields,
    bool is_row, struct otp_why *why);

#endif
