/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures that anybody can check (Ed25519, RFC 8032): receipts, and heads of the audit. */
#ifndef OTP_SIGN_H
#define OTP_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "err.h"
#include "keyring.h"
#include "secret.h"

#define OTP_SIGNATURE_SIZE 64
#define OTP_PUBLIC_KEY_SIZE 32

/* The private key is HKDF(master key of that id, "sign"): it changes with the master key. KEY: no such id. */
enum otp_err otp_sign(const struct otp_keyring *ring, uint32_t key_id, const void *data, size_t len,
    uint8_t ret[OTP_SIGNATURE_SIZE]);
enum otp_err otp_sign_public_key(const struct otp_keyring *ring, uint32_t key_id,
    uint8_t ret[OTP_PUBLIC_KEY_SIZE]);
/* *ret_right only becomes true when it is. */
enum otp_err otp_sign_check(const uint8_t public_key[OTP_PUBLIC_KEY_SIZE], const void *data,
    size_t len, const uint8_t signature[OTP_SIGNATURE_SIZE], bool *ret_right);
/* The public key as other programs read it: SubjectPublicKeyInfo in PEM (RFC 8410). Appends. */
enum otp_err otp_sign_pem(const uint8_t public_key[OTP_PUBLIC_KEY_SIZE], struct otp_bytes *ret);

#endif
