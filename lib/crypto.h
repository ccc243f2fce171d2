/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All cryptography, and the only file that includes OpenSSL. */
#ifndef OTP_CRYPTO_H
#define OTP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

enum otp_hash { OTP_HASH_SHA1, OTP_HASH_SHA256, OTP_HASH_SHA512, OTP_HASH_COUNT };
const char *otp_hash_name(enum otp_hash h);		/* "sha1" */
enum otp_err otp_hash_parse(const char *name, enum otp_hash *ret); /* "sha1", "SHA1", "SHA-1", "HmacSHA1" … */
size_t otp_hash_size(enum otp_hash h);

/* Fetches the algorithms once a process (idempotent); everything below calls it. Every failure is INTERNAL or NO_MEMORY. */
enum otp_err otp_crypto_start(void);
void otp_crypto_stop(void);

#define OTP_MAC_SIZE 32
#define OTP_KEY_SIZE 32
/* out has otp_hash_size(h) bytes */
enum otp_err otp_crypto_hmac(enum otp_hash h, const void *key, size_t key_len, const void *data,
    size_t len, uint8_t *out);
/* HMAC-SHA-256 in pieces, for records that are long: new keys it, and each begin … end is one MAC. */
struct otp_mac;
enum otp_err otp_mac_new(const uint8_t key[OTP_KEY_SIZE], struct otp_mac **ret);
/* The same with another hash and a key of any length: end gives otp_mac_size bytes. */
enum otp_err otp_mac_new_hash(enum otp_hash h, const void *key, size_t key_len, struct otp_mac **ret);
enum otp_err otp_mac_begin(struct otp_mac *m);
enum otp_err otp_mac_add(struct otp_mac *m, const void *data, size_t len);
enum otp_err otp_mac_end(struct otp_mac *m, uint8_t *out);
size_t otp_mac_size(const struct otp_mac *m);
void otp_mac_free(struct otp_mac **m);	/* wipes the key */

/* SHA-256 of a whole file, read with pread from 0 to its end. */
enum otp_err otp_crypto_hash_fd(int fd, uint8_t out[32]);
enum otp_err otp_crypto_sha256(const void *data, size_t len, uint8_t out[32]);

/* RFC 5869 with SHA-256, empty salt. */
enum otp_err otp_crypto_hkdf(const uint8_t key[OTP_KEY_SIZE], const void *info, size_t info_len,
    uint8_t *out, size_t out_len);
/* Its two steps, for many infos under one key: extract keys a MAC, expand uses it. */
enum otp_err otp_crypto_hkdf_extract(const uint8_t key[OTP_KEY_SIZE], struct otp_mac **ret);
enum otp_err otp_crypto_hkdf_expand(struct otp_mac *prk, const void *info, size_t info_len,
    uint8_t *out, size_t out_len);

/* AES-256-GCM: out = ciphertext (len bytes) then 16 bytes of tag. open: INTEGRITY when the tag is wrong. */
#define OTP_NONCE_SIZE 12
#define OTP_TAG_SIZE 16
enum otp_err otp_crypto_aead_seal(const uint8_t key[OTP_KEY_SIZE], const uint8_t nonce[OTP_NONCE_SIZE],
    const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out);
enum otp_err otp_crypto_aead_open(const uint8_t key[OTP_KEY_SIZE], const uint8_t nonce[OTP_NONCE_SIZE],
    const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out);

/* RFC 7914; memory 128 * r * 2^log2_n bytes. */
enum otp_err otp_crypto_scrypt(const void *password, size_t len, const void *salt, size_t salt_len,
    unsigned log2_n, unsigned r, unsigned p, uint8_t *out, size_t out_len);

/* Ed25519, RFC 8032: key is the 32-byte private key (seed). check: *ret_right only becomes true when it is. */
enum otp_err otp_crypto_ed25519_public(const uint8_t key[OTP_KEY_SIZE], uint8_t ret[32]);
enum otp_err otp_crypto_ed25519_sign(const uint8_t key[OTP_KEY_SIZE], const void *data, size_t len,
    uint8_t ret[64]);
enum otp_err otp_crypto_ed25519_check(const uint8_t public_key[32], const void *data, size_t len,
    const uint8_t signature[64], bool *ret_right);

enum otp_err otp_crypto_random(void *out, size_t len);

#endif
