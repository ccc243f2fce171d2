/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealed records: each has its own key, and its place, kind and store are authenticated. */
#include "config.h"

#include "seal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "text.h"

#define SEAL_VERSION 1
#define HEADER_SIZE (1 + 1 + 4 + OTP_NONCE_SIZE)
#define SEALED_MIN (HEADER_SIZE + 2 + OTP_TAG_SIZE)
#define PLAIN_MAX (2 + OTP_RECORD_NAME_MAX + OTP_RECORD_VALUE_MAX)
#define AAD_SIZE (OTP_STORE_ID_SIZE + 1 + 1 + 4 + OTP_RECORD_KEY_SIZE)

/* HKDF(master key, "record") of one master key, kept: each record needs it. */
struct record_master {
	uint32_t id;         /* 0: free */
	struct otp_mac *prk; /* HKDF's first step */
};

struct otp_seal {
	const struct otp_keyring *ring;
	uint8_t store_id[OTP_STORE_ID_SIZE];
	struct otp_mac *names; /* keyed with HKDF(name key, "name") */
	struct otp_mac *seeds; /* keyed with HKDF(name key, "seed") */
	struct record_master masters[OTP_KEYRING_MAX];
};

/* What stands before the ciphertext. */
struct header {
	uint8_t kind;
	uint32_t key_id;
	const uint8_t *nonce;
};

static enum otp_err
derive_mac(const uint8_t name_key[OTP_KEY_SIZE], const char *label, struct otp_mac **ret)
{
	uint8_t key[OTP_KEY_SIZE];
	enum otp_err err;

	err = otp_crypto_hkdf(name_key, label, strlen(label), key, sizeof(key));
	if (err == OTP_OK)
		err = otp_mac_new(key, ret);
	otp_wipe(key, sizeof(key));
	return err;
}

enum otp_err
otp_seal_new(const struct otp_keyring *ring, const uint8_t store_id[OTP_STORE_ID_SIZE],
    const uint8_t name_key[OTP_KEY_SIZE], struct otp_seal **ret)
{
	struct otp_seal *seal;
	enum otp_err err;

	seal = calloc(1, sizeof(*seal));
	if (seal == NULL)
		return OTP_ERR_NO_MEMORY;
	seal->ring = ring;
	memcpy(seal->store_id, store_id, OTP_STORE_ID_SIZE);
	err = derive_mac(name_key, "name", &seal->names);
	if (err == OTP_OK)
		err = derive_mac(name_key, "seed", &seal->seeds);
	if (err != OTP_OK) {
		otp_seal_free(&seal);
		return err;
	}
	*ret = seal;
	return OTP_OK;
}

void
otp_seal_free(struct otp_seal **seal)
{
	if (seal == NULL || *seal == NULL)
		return;
	otp_mac_free(&(*seal)->names);
	otp_mac_free(&(*seal)->seeds);
	for (size_t i = 0; i < OTP_KEYRING_MAX; i++)
		otp_mac_free(&(*seal)->masters[i].prk);
	free(*seal);
	*seal = NULL;
}

static bool
is_kind(unsigned kind)
{
	return kind > OTP_KIND_NONE && kind < OTP_KIND_COUNT;
}

enum otp_err
otp_seal_key(
    struct otp_seal *seal, enum otp_kind kind, const char *name, struct otp_record_key *ret)
{
	uint8_t mac[OTP_MAC_SIZE], k = (uint8_t)kind;
	size_t len = strlen(name);
	enum otp_err err;

	if (!is_kind((unsigned)kind) || len > OTP_RECORD_NAME_MAX)
		return OTP_ERR_BAD_INPUT;
	err = otp_mac_begin(seal->names);
	if (err == OTP_OK)
		err = otp_mac_add(seal->names, &k, 1);
	if (err == OTP_OK)
		err = otp_mac_add(seal->names, name, len);
	if (err == OTP_OK)
		err = otp_mac_end(seal->names, mac);
	if (err == OTP_OK)
		memcpy(ret->b, mac, OTP_RECORD_KEY_SIZE);
	return err;
}

enum otp_err
otp_seal_fingerprint(struct otp_seal *seal, const void *seed, size_t len, char ret[33])
{
	const uint8_t *bytes = seed;
	uint8_t mac[OTP_MAC_SIZE];
	enum otp_err err;

	/* HMAC fills its key up with zeros: with or without them it shows the same codes */
	while (len > 0 && bytes[len - 1] == 0)
		len--;
	err = otp_mac_begin(seal->seeds);
	if (err == OTP_OK)
		err = otp_mac_add(seal->seeds, seed, len);
	if (err == OTP_OK)
		err = otp_mac_end(seal->seeds, mac);
	if (err == OTP_OK)
		(void)otp_text_hex(ret, mac, 16);
	return err;
}

/* The extract step of a master key's "record" key, from the cache or into it. */
static enum otp_err
record_master(struct otp_seal *seal, uint32_t id, struct otp_mac **ret)
{
	uint8_t key[OTP_KEY_SIZE];
	struct record_master *m = seal->masters, *end = m + OTP_KEYRING_MAX;
	enum otp_err err;

	if (id == 0)
		return OTP_ERR_KEY;
	/* a ring has no more keys than there are places: with all taken, the id is of none */
	while (m < end && m->id != 0 && m->id != id)
		m++;
	if (m == end)
		return OTP_ERR_KEY;
	if (m->id == 0) {
		err = otp_keyring_derive(seal->ring, id, "record", key);
		if (err == OTP_OK)
			err = otp_crypto_hkdf_extract(key, &m->prk);
		otp_wipe(key, sizeof(key));
		if (err != OTP_OK)
			return err;
		m->id = id;
	}
	*ret = m->prk;
	return OTP_OK;
}

/* The record's own AEAD key and what is authenticated with it. */
static enum otp_err
prepare(struct otp_seal *seal, const struct header *h, const struct otp_record_key *at,
    uint8_t key[OTP_KEY_SIZE], uint8_t aad[AAD_SIZE])
{
	uint8_t info[1 + OTP_RECORD_KEY_SIZE], *p = aad;
	struct otp_mac *prk = NULL;
	enum otp_err err;

	memcpy(p, seal->store_id, OTP_STORE_ID_SIZE);
	p += OTP_STORE_ID_SIZE;
	*p++ = SEAL_VERSION;
	*p++ = h->kind;
	for (unsigned i = 0; i < 4; i++)
		*p++ = (uint8_t)(h->key_id >> (8 * i));
	memcpy(p, at->b, OTP_RECORD_KEY_SIZE);

	info[0] = h->kind;
	memcpy(info + 1, at->b, OTP_RECORD_KEY_SIZE);
	err = record_master(seal, h->key_id, &prk);
	if (err == OTP_OK)
		err = otp_crypto_hkdf_expand(prk, info, sizeof(info), key, OTP_KEY_SIZE);
	return err;
}

static enum otp_err
encode_plain(const char *name, const struct otp_bytes *value, struct otp_bytes *ret)
{
	struct otp_enc e = OTP_ENC_INIT(ret, PLAIN_MAX);
	enum otp_err err;

	err = otp_bytes_reserve(ret, 2 + strlen(name) + value->len);
	if (err != OTP_OK)
		return err;
	otp_enc_str(&e, name);
	otp_enc_raw(&e, value->data, value->len);
	return e.err;
}

enum otp_err
otp_seal_close(struct otp_seal *seal, enum otp_kind kind, const char *name,
    const struct otp_bytes *value, struct otp_bytes *ret_sealed)
{
	uint8_t key[OTP_KEY_SIZE], aad[AAD_SIZE], nonce[OTP_NONCE_SIZE];
	struct header h = { (uint8_t)kind, otp_keyring_current(seal->ring), nonce };
	struct otp_bytes plain = OTP_BYTES_INIT, sealed = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&sealed, HEADER_SIZE);
	struct otp_record_key at;
	enum otp_err err;

	if (value->len > OTP_RECORD_VALUE_MAX)
		return OTP_ERR_BAD_INPUT;
	err = otp_seal_key(seal, kind, name, &at);
	if (err == OTP_OK)
		err = encode_plain(name, value, &plain);
	if (err == OTP_OK)
		err = prepare(seal, &h, &at, key, aad);
	if (err == OTP_OK)
		err = otp_crypto_random(nonce, sizeof(nonce));
	if (err == OTP_OK)
		err = otp_bytes_reserve(&sealed, HEADER_SIZE + plain.len + OTP_TAG_SIZE);
	if (err != OTP_OK)
		goto out;
	otp_enc_u8(&e, SEAL_VERSION);
	otp_enc_u8(&e, h.kind);
	otp_enc_u32(&e, h.key_id);
	otp_enc_raw(&e, nonce, sizeof(nonce));
	err = e.err;
	if (err == OTP_OK)
		err = otp_crypto_aead_seal(
		    key, nonce, aad, sizeof(aad), plain.data, plain.len, sealed.data + HEADER_SIZE);
	if (err != OTP_OK)
		goto out;
	sealed.len = HEADER_SIZE + plain.len + OTP_TAG_SIZE;
	otp_bytes_move(ret_sealed, &sealed);
out:
	otp_wipe(key, sizeof(key));
	otp_bytes_clear(&plain);
	otp_bytes_clear(&sealed);
	return err;
}

/* False for what cannot have been sealed here. */
static bool
parse_header(const void *sealed, size_t len, struct header *ret)
{
	struct otp_dec d;
	uint8_t version;

	if (len < SEALED_MIN || len > HEADER_SIZE + PLAIN_MAX + OTP_TAG_SIZE)
		return false;
	otp_dec_init(&d, sealed, len);
	version = otp_dec_u8(&d);
	ret->kind = otp_dec_u8(&d);
	ret->key_id = otp_dec_u32(&d);
	ret->nonce = otp_dec_view(&d, OTP_NONCE_SIZE);
	return !d.bad && version == SEAL_VERSION && is_kind(ret->kind);
}

enum otp_kind
otp_seal_peek_kind(const void *sealed, size_t len)
{
	struct header h;

	return parse_header(sealed, len, &h) ? (enum otp_kind)h.kind : OTP_KIND_NONE;
}

/* Takes the name off the front; what is left is the value. */
static enum otp_err
decode_plain(struct otp_bytes *plain, char *ret_name)
{
	char name[OTP_RECORD_NAME_MAX + 1];
	struct otp_dec d;

	otp_dec_init(&d, plain->data, plain->len);
	otp_dec_str(&d, name, sizeof(name));
	if (d.bad)
		return OTP_ERR_INTEGRITY;
	if (ret_name != NULL)
		memcpy(ret_name, name, sizeof(name));
	memmove(plain->data, d.p, d.left);
	otp_wipe(plain->data + d.left, plain->len - d.left);
	plain->len = d.left;
	return OTP_OK;
}

enum otp_err
otp_seal_open(struct otp_seal *seal, const struct otp_record_key *key, const void *sealed,
    size_t len, enum otp_kind *ret_kind, char *ret_name, struct otp_bytes *ret_value)
{
	uint8_t record_key[OTP_KEY_SIZE], aad[AAD_SIZE];
	struct otp_bytes plain = OTP_BYTES_INIT;
	struct header h;
	enum otp_err err;

	if (!parse_header(sealed, len, &h))
		return OTP_ERR_INTEGRITY;
	err = prepare(seal, &h, key, record_key, aad);
	if (err == OTP_OK)
		err = otp_bytes_reserve(&plain, len - HEADER_SIZE - OTP_TAG_SIZE);
	if (err != OTP_OK)
		goto out;
	err = otp_crypto_aead_open(record_key, h.nonce, aad, sizeof(aad),
	    (const uint8_t *)sealed + HEADER_SIZE, len - HEADER_SIZE, plain.data);
	if (err != OTP_OK)
		goto out;
	plain.len = len - HEADER_SIZE - OTP_TAG_SIZE;
	err = decode_plain(&plain, ret_name);
	if (err != OTP_OK)
		goto out;
	if (ret_kind != NULL)
		*ret_kind = (enum otp_kind)h.kind;
	otp_bytes_move(ret_value, &plain);
out:
	otp_wipe(record_key, sizeof(record_key));
	otp_bytes_clear(&plain);
	return err;
}
