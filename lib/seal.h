/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records sealed one by one: what is in the store opens only in its own place of its own store. */
#ifndef OTP_SEAL_H
#define OTP_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "keyring.h"
#include "secret.h"

/* What kinds of record there are; the number is stored. */
enum otp_kind {
	OTP_KIND_NONE = 0,
	OTP_KIND_COMPANY = 1,
	OTP_KIND_USER = 2,
	OTP_KIND_TOKEN = 3,
	OTP_KIND_SEED = 4,	/* keyed fingerprint of a seed -> serial */
	OTP_KIND_ACCOUNT = 5,
	OTP_KIND_TRANSFER = 6,
	OTP_KIND_REFERENCE = 7,	/* a transfer's reference -> id */
	OTP_KIND_NOTICE = 8,	/* a mail that could not be sent yet */
	OTP_KIND_COUNT
};

#define OTP_STORE_ID_SIZE 16
#define OTP_RECORD_KEY_SIZE 16
#define OTP_RECORD_NAME_MAX 320
#define OTP_RECORD_VALUE_MAX 61440	/* plain; sealed at most 64 KiB - 1 */

/* A key of the store: keyed hash of kind and name, so that no caller chooses it. */
struct otp_record_key { uint8_t b[OTP_RECORD_KEY_SIZE]; };

/*
 * sealed := version u8 (1), kind u8, key id u32, nonce 12, ciphertext, tag 16;
 * plaintext := u16 length and name, then the value. Key: HKDF(master, "record",
 * kind, record key); AAD: store id, version, kind, key id, record key.
 */
struct otp_seal;
/* Borrows the ring for its life. name_key: random, kept sealed in the store's meta, never rotated. */
enum otp_err otp_seal_new(const struct otp_keyring *ring, const uint8_t store_id[OTP_STORE_ID_SIZE],
    const uint8_t name_key[OTP_KEY_SIZE], struct otp_seal **ret);
void otp_seal_free(struct otp_seal **seal);

enum otp_err otp_seal_key(struct otp_seal *seal, enum otp_kind kind, const char *name,
    struct otp_record_key *ret);
enum otp_err otp_seal_close(struct otp_seal *seal, enum otp_kind kind, const char *name,
    const struct otp_bytes *value, struct otp_bytes *ret_sealed);
/*
 * Opens a sealed record found under `key`. INTEGRITY if it is not what was
 * sealed there; KEY if its master key is missing. ret_name has
 * OTP_RECORD_NAME_MAX + 1 bytes, may be NULL.
 */
enum otp_err otp_seal_open(struct otp_seal *seal, const struct otp_record_key *key,
    const void *sealed, size_t len, enum otp_kind *ret_kind, char *ret_name,
    struct otp_bytes *ret_value);
/* The kind in a sealed record's header, NONE if it is none: for scans, proves nothing. */
enum otp_kind otp_seal_peek_kind(const void *sealed, size_t len);
/* Keyed fingerprint of a seed, 32 hex digits: the name of its OTP_KIND_SEED record. */
enum otp_err otp_seal_fingerprint(struct otp_seal *seal, const void *seed, size_t len, char ret[33]);

#endif
