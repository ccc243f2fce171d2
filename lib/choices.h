/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of fixed lists that people type, each list once: the records' names and what otpadm completes come from
 * here; and the bounds of what a delivery of tokens may say.
 */
#ifndef OTP_CHOICES_H
#define OTP_CHOICES_H

/* OTP_LIST(X): X(ID, word) in the order of the enum that it names; N_ is the user's. */
#define OTP_ROLES(X)                               \
	X(GENERAL, N_("general"))                  \
	X(ADMINISTRATOR, N_("administrator"))      \
	X(MASTER, N_("master"))
#define OTP_TOKEN_TYPES(X)                         \
	X(TOTP, "totp")                            \
	X(HOTP, "hotp")
#define OTP_ALGORITHMS(X)                          \
	X(SHA1, "sha1")                            \
	X(SHA256, "sha256")                        \
	X(SHA512, "sha512")
#define OTP_TOKEN_STATES(X)                        \
	X(STOCK, N_("stock"))                      \
	X(ACTIVE, N_("active"))                    \
	X(SUSPENDED, N_("suspended"))              \
	X(LOST, N_("lost"))                        \
	X(RETIRED, N_("retired"))
/* what follows from a date, and is shown and asked for as a state */
#define OTP_TOKEN_EXPIRED N_("expired")
#define OTP_RIGHTS(X)                              \
	X(LOGIN, "login")                          \
	X(EXTERNAL_CREATE, "external:create")      \
	X(EXTERNAL_APPROVE, "external:approve")    \
	X(INTERNAL_CREATE, "internal:create")      \
	X(INTERNAL_APPROVE, "internal:approve")
#define OTP_TRANSFER_KINDS(X)                      \
	X(EXTERNAL, N_("external"))                \
	X(INTERNAL, N_("internal"))
#define OTP_TRANSFER_STATES(X)                     \
	X(PENDING, N_("pending"))                  \
	X(APPROVED, N_("approved"))                \
	X(EXECUTED, N_("executed"))                \
	X(RETURNED, N_("returned"))                \
	X(WITHDRAWN, N_("withdrawn"))              \
	X(EXPIRED, N_("expired"))

/* what `token import` reads */
#define OTP_DELIVERY_FORMATS(X)                    \
	X(AUTO, "auto")                            \
	X(CSV, "csv")                              \
	X(OTPAUTH, "otpauth")
#define OTP_DIGITS_MIN 6
#define OTP_DIGITS_MAX 8
#define OTP_SEED_MIN 16			/* bytes: 128 bits, RFC 4226 R6 */
#define OTP_SEED_MAX 64
#define OTP_IMPORT_STEP_MIN 10		/* seconds */
#define OTP_IMPORT_STEP_MAX 300

#endif
