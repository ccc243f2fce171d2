/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confirmation passwords and single-use words: scrypt, a pepper, PHC strings. */
#ifndef OTP_PHC_H
#define OTP_PHC_H

#include <stdbool.h>

#include "crypto.h"
#include "err.h"
#include "secret.h"

#define OTP_PHC_MAX 160			/* bytes with NUL: "$scrypt$ln=16,r=8,p=2$salt$hash" */
#define OTP_PASSWORD_MIN 12
#define OTP_PASSWORD_MAX 128
#define OTP_WORD_SIZE 24		/* with NUL: 4 groups of 5 letters a to z without look-alikes, "-" between; over 80 bits */

/* The password is HMACed with the pepper first. cost is log2 N (r = 8, p = 2). */
enum otp_err otp_phc_make(const uint8_t pepper[OTP_KEY_SIZE], const struct otp_secret *password,
    unsigned cost, char ret[OTP_PHC_MAX]);
/*
 * *ret_right only becomes true when it is. An empty phc (unknown user, no
 * password set) costs the same at `cost` and is wrong. INTEGRITY: not a PHC string of ours.
 */
enum otp_err otp_phc_check(const uint8_t pepper[OTP_KEY_SIZE], const char *phc,
    const struct otp_secret *password, unsigned cost, bool *ret_right);
bool otp_phc_is_weaker(const char *phc, unsigned cost);
/* BAD_INPUT unless 12 to 128 bytes of UTF-8 without control characters. */
enum otp_err otp_phc_password_ok(const struct otp_secret *password);
/*
 * A new random word. Typed back, case and missing "-" do not matter: normalise
 * before hash and check. Its hash is an HMAC under the pepper and the user's id
 * ("$word$" and hex), not scrypt: over 80 random bits need no stretching, and a
 * csv of users would wait for thousands of scrypts.
 */
enum otp_err otp_phc_word(char ret[OTP_WORD_SIZE]);
void otp_phc_word_normalise(struct otp_secret *word);	/* leaves anything that is not shaped like a word alone */
enum otp_err otp_phc_word_hash(const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const char *word,
    char ret[OTP_PHC_MAX]);
/* Constant time; an empty hash is wrong. */
enum otp_err otp_phc_word_check(const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const char *hash,
    const struct otp_secret *word, bool *ret_right);

#endif
