/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The token record, with its sharers and their counters: whatever a verification changes is here. No I/O. */
#ifndef OTP_TOKEN_H
#define OTP_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto.h"
#include "hotp.h"
#include "parse.h"
#include "secret.h"
#include "window.h"

enum otp_token_type { OTP_TOKEN_TOTP, OTP_TOKEN_HOTP, OTP_TOKEN_TYPE_COUNT };
enum otp_token_state {
	OTP_TOKEN_STOCK, OTP_TOKEN_ACTIVE, OTP_TOKEN_SUSPENDED, OTP_TOKEN_LOST, OTP_TOKEN_RETIRED,
	OTP_TOKEN_STATE_COUNT
};
enum otp_suspended_how {
	OTP_SUSPENDED_CODES,		/* wrong codes */
	OTP_SUSPENDED_BY_HAND,		/* an administrator */
	OTP_SUSPENDED_REPORTED,		/* a sharer reported it lost */
	OTP_SUSPENDED_COUNT
};
const char *otp_token_type_name(enum otp_token_type type);
enum otp_err otp_token_type_parse(const char *name, enum otp_token_type *ret);
const char *otp_token_state_name(enum otp_token_state state);
const char *otp_token_suspended_name(enum otp_suspended_how how);	/* "codes", "by-hand", "reported" */

#define OTP_STEP_NONE UINT64_MAX	/* no step used yet, no step remembered */
#define OTP_STEP_MAX 86400		/* seconds of a TOTP step */
#define OTP_SHARERS_MAX 100
#define OTP_WRONG_MAX 200		/* wrong codes remembered (24 h) */
#define OTP_UNLOCKS_MAX 20
#define OTP_WARNINGS_MAX 4
#define OTP_BARRED_MAX 32

struct otp_sharer {
	uint64_t user_id;
	char user[OTP_NAME_MAX + 1];
	bool is_bound;			/* false: pre-assigned, waits for the first right code */
	int64_t bound_at;		/* seconds, as all times here unless _ms */
	uint32_t fails;			/* own wrong codes in a row */
	uint32_t fails_ever;		/* since the last success of one's own (the failure ceiling) */
	uint32_t unproven;		/* wrong codes by local callers who showed nothing else */
	int64_t unproven_at;		/* the last of them */
	int64_t last_success;
	int64_t success_before;		/* the one before it: what a user is told when he has just come in */
	uint64_t near_step;		/* "enter the next code" was said after this step, or OTP_STEP_NONE */
	int64_t near_until_ms;
	uint32_t used_n;		/* "already used" answers in the hour that began at used_from */
	int64_t used_from;
};

struct otp_wrong {
	int64_t at;
	uint64_t user_id;
};

/* Steps, both included. */
struct otp_steps {
	uint64_t first, last;
};

struct otp_token {
	char serial[OTP_SERIAL_MAX + 1];
	enum otp_token_type type;
	enum otp_hash hash;
	uint8_t digits;
	uint32_t step;			/* seconds; 0 for HOTP */
	enum otp_token_state state;
	struct otp_bytes seed;		/* empty once lost or retired */
	char fingerprint[33];		/* of the seed, stays */
	struct otp_window window;
	uint64_t last_used;		/* step or counter; OTP_STEP_NONE: none */
	uint64_t start_counter;		/* HOTP: as imported (conflict check) */
	int64_t not_before, not_after;	/* 0: unset */
	int64_t imported_at;
	uint32_t fails;			/* wrong codes in a row, all sharers */
	int64_t suspended_at;		/* 0 unless suspended */
	uint64_t suspended_by;		/* user whose wrong codes or report did it; 0: unknown */
	enum otp_suspended_how suspended_how;	/* CODES unless suspended */
	char origin[OTP_SERIAL_MAX + 1]; /* the first token of those that replaced one another, "": itself */
	uint8_t n_warned;		/* expiry: warnings sent (90, 30, 7 days before), then that it is over */
	uint32_t n_wrong;
	struct otp_wrong wrong[OTP_WRONG_MAX];	/* within 24 h, oldest first */
	uint32_t n_unlocks;
	int64_t unlocked_at[OTP_UNLOCKS_MAX];	/* within 24 h, oldest first */
	uint32_t n_barred;
	struct otp_steps barred[OTP_BARRED_MAX]; /* used while the clock was ahead: apart, ascending */
	uint32_t n_sharers;
	struct otp_sharer *sharers;	/* heap, owned */
};
#define OTP_TOKEN_INIT { .last_used = OTP_STEP_NONE }
void otp_token_clear(struct otp_token *token);		/* wipes, frees */
void otp_token_move(struct otp_token *to, struct otp_token *from);

/*
 * Version 1, bounded, canonical as otp_user_encode. A seed of OTP_SEED_MIN to
 * OTP_SEED_MAX bytes unless lost or retired (none then), a fingerprint always.
 * Decoding clears ret first, which must be initialised.
 */
enum otp_err otp_token_encode(const struct otp_token *token, struct otp_bytes *ret);
enum otp_err otp_token_decode(const void *data, size_t len, struct otp_token *ret);

/* The first of those that replaced one another: for "two tokens" they are one. */
const char *otp_token_origin(const struct otp_token *token);
/* NULL if not a sharer. By id: a name that came back is another user. */
struct otp_sharer *otp_token_sharer(struct otp_token *token, uint64_t user_id);
/* Over OTP_SHARERS_MAX: OVER_LIMIT. The pointer is valid until the next add or remove. */
enum otp_err otp_token_sharer_add(struct otp_token *token, uint64_t user_id, const char *user,
    struct otp_sharer **ret);
void otp_token_sharer_remove(struct otp_token *token, uint64_t user_id);
/* "Enter the next code" was not said. */
void otp_token_forget_near(struct otp_sharer *sharer);
/* When, by whom and how it was suspended; the state is the caller's. */
void otp_token_forget_suspension(struct otp_token *token);

/*
 * Steps that were used while the clock was ahead, and lie beyond last_used since it was lowered (recover clock):
 * they are used when their time comes. Where there are too many to tell apart, the nearest are taken together, and
 * what lies between is barred as well.
 */
bool otp_token_is_barred(const struct otp_token *token, uint64_t step);
void otp_token_bar(struct otp_token *token, uint64_t first, uint64_t last);
void otp_token_bar_drop(struct otp_token *token, uint64_t step);	/* what lies at or before it */

/* Wrong codes within 24 h before now: of one user, or of all (user_id 0). */
uint32_t otp_token_wrong_within_day(const struct otp_token *token, uint64_t user_id, int64_t now);
void otp_token_wrong_add(struct otp_token *token, uint64_t user_id, int64_t now);	/* drops what is older than 24 h, or the oldest */
void otp_token_unlock_add(struct otp_token *token, int64_t now);	/* in unlocked_at, likewise */
uint32_t otp_token_unlocks_within_day(const struct otp_token *token, int64_t now);
bool otp_token_is_expired(const struct otp_token *token, int64_t now);
bool otp_token_is_early(const struct otp_token *token, int64_t now);

#endif
