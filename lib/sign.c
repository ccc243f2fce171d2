/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures that anybody can check: Ed25519 with a key out of the keyring. */
#include "config.h"

#include "sign.h"

#include "text.h"

static enum otp_err
private_key(const struct otp_keyring *ring, uint32_t key_id, uint8_t ret[OTP_KEY_SIZE])
{
	return ring != NULL ? otp_keyring_derive(ring, key_id, "sign", ret) : OTP_ERR_KEY;
}

enum otp_err
otp_sign(const struct otp_keyring *ring, uint32_t key_id, const void *data, size_t len,
    uint8_t ret[OTP_SIGNATURE_SIZE])
{
	uint8_t key[OTP_KEY_SIZE];
	enum otp_err err;

	err = private_key(ring, key_id, key);
	if (err == OTP_OK)
		err = otp_crypto_ed25519_sign(key, data, len, ret);
	otp_wipe(key, sizeof(key));
	return err;
}

enum otp_err
otp_sign_public_key(const struct otp_keyring *ring, uint32_t key_id, uint8_t ret[OTP_PUBLIC_KEY_SIZE])
{
	uint8_t key[OTP_KEY_SIZE];
	enum otp_err err;

	err = private_key(ring, key_id, key);
	if (err == OTP_OK)
		err = otp_crypto_ed25519_public(key, ret);
	otp_wipe(key, sizeof(key));
	return err;
}

enum otp_err
otp_sign_check(const uint8_t public_key[OTP_PUBLIC_KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[OTP_SIGNATURE_SIZE], bool *ret_right)
{
	return otp_crypto_ed25519_check(public_key, data, len, signature, ret_right);
}

enum otp_err
otp_sign_pem(const uint8_t public_key[OTP_PUBLIC_KEY_SIZE], struct otp_bytes *ret)
{
	/* SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }: RFC 8410, section 4 */
	static const uint8_t head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00 };
	struct otp_bytes der = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_bytes_set(&der, head, sizeof(head));
	if (err == OTP_OK)
		err = otp_bytes_append(&der, public_key, OTP_PUBLIC_KEY_SIZE);
	if (err == OTP_OK)
		err = otp_text_put(ret, "-----BEGIN PUBLIC KEY-----\n");
	if (err == OTP_OK)
		err = otp_text_base64(der.data, der.len, ret);
	if (err == OTP_OK)
		err = otp_text_put(ret, "\n-----END PUBLIC KEY-----\n");
	otp_bytes_clear(&der);
	return err;
}
