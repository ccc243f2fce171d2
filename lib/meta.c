/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's meta file: what was fixed at init, and the sealed key of the names. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "encode.h"
#include "file.h"
#include "meta.h"

#define MAGIC "otpmeta1"
#define MAGIC_SIZE 8
#define ZONE_SIZE sizeof(((struct otp_store_site *)0)->zone)
#define CURRENCY_SIZE sizeof(((struct otp_store_site *)0)->currency)
#define OPEN_SIZE (MAGIC_SIZE + 4 + OTP_STORE_ID_SIZE + 8 + 4 + ZONE_SIZE + CURRENCY_SIZE + 1 + OTP_NONCE_SIZE)
#define SEALED_SIZE (OTP_KEY_SIZE + OTP_TAG_SIZE)

/* Everything in the file is bound to the sealed key: it is its AAD. */
static enum otp_err
encode_open_part(const struct otp_store_site *site, uint32_t key_id,
    const uint8_t nonce[OTP_NONCE_SIZE], struct otp_bytes *ret)
{
	struct otp_enc e = OTP_ENC_INIT(ret, OPEN_SIZE);

	otp_enc_raw(&e, MAGIC, MAGIC_SIZE);
	otp_enc_u32(&e, key_id);
	otp_enc_raw(&e, site->id, sizeof(site->id));
	otp_enc_u64(&e, site->generation);
	otp_enc_u32(&e, site->n_shards);
	otp_enc_raw(&e, site->zone, ZONE_SIZE);
	otp_enc_raw(&e, site->currency, CURRENCY_SIZE);
	otp_enc_u8(&e, site->currency_digits);
	otp_enc_raw(&e, nonce, OTP_NONCE_SIZE);
	return e.err;
}

enum otp_err
otp_meta_write(int live_fd, const struct otp_store_site *site, const uint8_t name_key[OTP_KEY_SIZE],
    const struct otp_keyring *ring, struct otp_why *why)
{
	const uint32_t key_id = otp_keyring_current(ring);
	uint8_t key[OTP_KEY_SIZE], nonce[OTP_NONCE_SIZE], sealed[SEALED_SIZE];
	struct otp_bytes b = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_keyring_derive(ring, key_id, "name", key);
	if (err == OTP_OK)
		err = otp_crypto_random(nonce, sizeof(nonce));
	if (err == OTP_OK)
		err = encode_open_part(site, key_id, nonce, &b);
	if (err == OTP_OK)
		err = otp_crypto_aead_seal(key, nonce, b.data, b.len, name_key, OTP_KEY_SIZE, sealed);
	if (err == OTP_OK)
		err = otp_bytes_append(&b, sealed, sizeof(sealed));
	if (err == OTP_OK)
		err = otp_file_replace(live_fd, OTP_META_NAME, 0600, b.data, b.len, why);
	otp_wipe(key, sizeof(key));
	otp_bytes_clear(&b);
	return err;
}

static bool
decode_open_part(const uint8_t *data, struct otp_store_site *ret)
{
	struct otp_dec d;

	memset(ret, 0, sizeof(*ret));
	otp_dec_init(&d, data + MAGIC_SIZE + 4, OPEN_SIZE - MAGIC_SIZE - 4 - OTP_NONCE_SIZE);
	otp_dec_raw(&d, ret->id, sizeof(ret->id));
	ret->generation = otp_dec_u64(&d);
	ret->n_shards = otp_dec_u32(&d);
	otp_dec_raw(&d, ret->zone, ZONE_SIZE);
	otp_dec_raw(&d, ret->currency, CURRENCY_SIZE);
	ret->currency_digits = otp_dec_u8(&d);
	return otp_dec_end(&d) == OTP_OK && ret->n_shards >= 1 && ret->n_shards <= OTP_SHARDS_MAX &&
	    (ret->n_shards & (ret->n_shards - 1)) == 0 &&
	    memchr(ret->zone, '\0', ZONE_SIZE) != NULL &&
	    memchr(ret->currency, '\0', CURRENCY_SIZE) != NULL;
}

/* After the caller has the bytes. */
static enum otp_err
open_meta(const uint8_t *data, size_t len, const struct otp_keyring *ring,
    struct otp_store_site *ret, uint8_t name_key[OTP_KEY_SIZE], struct otp_why *why)
{
	uint8_t key[OTP_KEY_SIZE];
	struct otp_dec d;
	enum otp_err err;

	if (len < MAGIC_SIZE || memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_FORMAT, OTP_META_NAME);
	if (len != OPEN_SIZE + SEALED_SIZE)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_FILE_SIZE, OTP_META_NAME,
		    OTP_WHY_NUM(len), OTP_WHY_NUM(OPEN_SIZE + SEALED_SIZE));
	otp_dec_init(&d, data + MAGIC_SIZE, 4);
	err = otp_keyring_derive(ring, otp_dec_u32(&d), "name", key);
	if (err != OTP_OK)
		return OTP_WHY(why, err, STORE_KEY_MISSING, OTP_META_NAME);
	err = otp_crypto_aead_open(key, data + OPEN_SIZE - OTP_NONCE_SIZE, data, OPEN_SIZE,
	    data + OPEN_SIZE, SEALED_SIZE, name_key);
	otp_wipe(key, sizeof(key));
	if (err != OTP_OK || !decode_open_part(data, ret))
		return OTP_WHY(why, err == OTP_OK ? OTP_ERR_INTEGRITY : err, STORE_DAMAGED,
		    OTP_META_NAME, "0");
	return OTP_OK;
}

enum otp_err
otp_meta_read(int live_fd, uid_t owner, const struct otp_keyring *ring, struct otp_store_site *ret,
    uint8_t name_key[OTP_KEY_SIZE], struct otp_why *why)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	enum otp_err err;
	int fd = -1;

	err = otp_file_open(live_fd, OTP_META_NAME, O_RDONLY, owner, OTP_FILE_PRIVATE, &fd, NULL);
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, STORE_MISSING, OTP_META_NAME);
	if (err != OTP_OK)	/* once more, for the reason */
		err = otp_file_open(live_fd, OTP_META_NAME, O_RDONLY, owner, OTP_FILE_PRIVATE, &fd, why);
	if (err == OTP_OK)
		err = otp_file_read_all(fd, OTP_META_NAME, OPEN_SIZE + SEALED_SIZE + 1, &b, why);
	if (err == OTP_ERR_BAD_INPUT)
		err = OTP_ERR_INTEGRITY;
	if (err == OTP_OK)
		err = open_meta(b.data, b.len, ring, ret, name_key, why);
	otp_file_close(&fd);
	otp_bytes_clear(&b);
	return err;
}
