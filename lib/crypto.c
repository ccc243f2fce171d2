/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All cryptography, on OpenSSL 3: algorithms are fetched once, contexts are kept, keys are not. */
#include "config.h"

#include "crypto.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "file.h"

/*
 * OpenSSL's functions return 1 for success; everything else is a failure. Each
 * is compared with 1 here and nothing of theirs leaves this file.
 */

struct otp_mac {
	EVP_MAC_CTX *ctx; /* holds its key until it is freed, which wipes it */
	size_t size;
};

static const struct {
	const char *name; /* ours */
	char digest[8];   /* OpenSSL's; not const: OSSL_PARAM takes char * */
	size_t size;
} hashes[OTP_HASH_COUNT] = {
	[OTP_HASH_SHA1] = { "sha1", "SHA1", 20 },
	[OTP_HASH_SHA256] = { "sha256", "SHA256", 32 },
	[OTP_HASH_SHA512] = { "sha512", "SHA512", 64 },
};

static struct {
	bool is_started;
	EVP_MAC *hmac;
	/* Keyed with nothing: a duplicate and a key cost less than a new context and its digest. */
	EVP_MAC_CTX *hmac_of[OTP_HASH_COUNT];
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	EVP_CIPHER *gcm;
	EVP_CIPHER_CTX *cipher;
	EVP_KDF *scrypt;
} lib;

/* After a failure of theirs: what it was to us, and an empty error queue. */
static enum otp_err
failed(void)
{
	unsigned long e = ERR_peek_last_error();

	ERR_clear_error();
	return e != 0 && ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE ? OTP_ERR_NO_MEMORY
								   : OTP_ERR_INTERNAL;
}

const char *
otp_hash_name(enum otp_hash h)
{
	return (unsigned)h < OTP_HASH_COUNT ? hashes[h].name : "";
}

size_t
otp_hash_size(enum otp_hash h)
{
	return (unsigned)h < OTP_HASH_COUNT ? hashes[h].size : 0;
}

/* Letters and digits only, lower case: "HMAC-SHA-256" is "hmacsha256". */
static bool
hash_name_fold(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name != '\0'; name++) {
		char c = *name;

		if (c == '-' || c == '_')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

enum otp_err
otp_hash_parse(const char *name, enum otp_hash *ret)
{
	char folded[16];
	const char *p = folded;

	if (name == NULL || !hash_name_fold(name, folded, sizeof(folded)))
		return OTP_ERR_BAD_INPUT;
	if (strncmp(p, "hmac", 4) == 0)
		p += 4;
	for (unsigned h = 0; h < OTP_HASH_COUNT; h++) {
		if (strcmp(p, hashes[h].name) == 0) {
			*ret = (enum otp_hash)h;
			return OTP_OK;
		}
	}
	return OTP_ERR_BAD_INPUT;
}

/* ---- start and stop ---- */

static bool
start_hmac(enum otp_hash h)
{
	static const uint8_t zero[1];
	char digest[sizeof(hashes[0].digest)];
	OSSL_PARAM params[2];

	memcpy(digest, hashes[h].digest, sizeof(digest));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	lib.hmac_of[h] = EVP_MAC_CTX_new(lib.hmac);
	return lib.hmac_of[h] != NULL &&
	       EVP_MAC_init(lib.hmac_of[h], zero, sizeof(zero), params) == 1;
}

enum otp_err
otp_crypto_start(void)
{
	enum otp_err err;

	if (lib.is_started)
		return OTP_OK;
	/* Neither the environment nor a system-wide file may change what our algorithms are. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return failed();
	if ((lib.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL ||
	    (lib.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL ||
	    (lib.digest = EVP_MD_CTX_new()) == NULL ||
	    (lib.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)) == NULL ||
	    (lib.cipher = EVP_CIPHER_CTX_new()) == NULL ||
	    (lib.scrypt = EVP_KDF_fetch(NULL, "SCRYPT", NULL)) == NULL)
		goto out;
	for (unsigned h = 0; h < OTP_HASH_COUNT; h++) {
		if (!start_hmac((enum otp_hash)h))
			goto out;
	}
	lib.is_started = true;
	return OTP_OK;
out:
	err = failed();
	otp_crypto_stop();
	return err;
}

void
otp_crypto_stop(void)
{
	for (unsigned h = 0; h < OTP_HASH_COUNT; h++)
		EVP_MAC_CTX_free(lib.hmac_of[h]);
	EVP_MAC_free(lib.hmac);
	EVP_MD_CTX_free(lib.digest);
	EVP_MD_free(lib.sha256);
	EVP_CIPHER_CTX_free(lib.cipher);
	EVP_CIPHER_free(lib.gcm);
	EVP_KDF_free(lib.scrypt);
	memset(&lib, 0, sizeof(lib));
}

/* ---- HMAC ---- */

enum otp_err
otp_mac_new_hash(enum otp_hash h, const void *key, size_t key_len, struct otp_mac **ret)
{
	static const uint8_t none[1];
	struct otp_mac *m;
	enum otp_err err;

	if ((unsigned)h >= OTP_HASH_COUNT)
		return OTP_ERR_INTERNAL;
	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return OTP_ERR_NO_MEMORY;
	m->size = hashes[h].size;
	m->ctx = EVP_MAC_CTX_dup(lib.hmac_of[h]);
	/* a NULL key would mean "as before": the empty key needs an address */
	if (m->ctx == NULL || EVP_MAC_init(m->ctx, key_len > 0 ? key : none, key_len, NULL) != 1) {
		otp_mac_free(&m);
		return failed();
	}
	*ret = m;
	return OTP_OK;
}

enum otp_err
otp_mac_new(const uint8_t key[OTP_KEY_SIZE], struct otp_mac **ret)
{
	return otp_mac_new_hash(OTP_HASH_SHA256, key, OTP_KEY_SIZE, ret);
}

enum otp_err
otp_mac_begin(struct otp_mac *m)
{
	/* no key: the one it has */
	return EVP_MAC_init(m->ctx, NULL, 0, NULL) == 1 ? OTP_OK : failed();
}

enum otp_err
otp_mac_add(struct otp_mac *m, const void *data, size_t len)
{
	if (len == 0)
		return OTP_OK;
	return EVP_MAC_update(m->ctx, data, len) == 1 ? OTP_OK : failed();
}

enum otp_err
otp_mac_end(struct otp_mac *m, uint8_t *out)
{
	size_t n = 0;

	if (EVP_MAC_final(m->ctx, out, &n, m->size) != 1)
		return failed();
	return n == m->size ? OTP_OK : OTP_ERR_INTERNAL;
}

size_t
otp_mac_size(const struct otp_mac *m)
{
	return m->size;
}

void
otp_mac_free(struct otp_mac **m)
{
	if (m == NULL || *m == NULL)
		return;
	EVP_MAC_CTX_free((*m)->ctx);
	free(*m);
	*m = NULL;
}

enum otp_err
otp_crypto_hmac(
    enum otp_hash h, const void *key, size_t key_len, const void *data, size_t len, uint8_t *out)
{
	struct otp_mac *m = NULL;
	enum otp_err err;

	err = otp_mac_new_hash(h, key, key_len, &m);
	if (err == OTP_OK)
		err = otp_mac_add(m, data, len);
	if (err == OTP_OK)
		err = otp_mac_end(m, out);
	otp_mac_free(&m);
	return err;
}

/* ---- SHA-256 ---- */

enum otp_err
otp_crypto_sha256(const void *data, size_t len, uint8_t out[32])
{
	enum otp_err err;

	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	if (EVP_DigestInit_ex2(lib.digest, lib.sha256, NULL) != 1 ||
	    (len > 0 && EVP_DigestUpdate(lib.digest, data, len) != 1) ||
	    EVP_DigestFinal_ex(lib.digest, out, NULL) != 1)
		return failed();
	return OTP_OK;
}

enum otp_err
otp_crypto_hash_fd(int fd, uint8_t out[32])
{
	uint8_t *buf;
	const size_t size = 65536;
	int64_t offset = 0;
	size_t n = 0;
	enum otp_err err;

	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	buf = malloc(size);
	if (buf == NULL)
		return OTP_ERR_NO_MEMORY;
	if (EVP_DigestInit_ex2(lib.digest, lib.sha256, NULL) != 1) {
		err = failed();
		goto out;
	}
	do {
		err = otp_file_pread(fd, buf, size, offset, &n);
		if (err != OTP_OK)
			goto out;
		if (n > 0 && EVP_DigestUpdate(lib.digest, buf, n) != 1) {
			err = failed();
			goto out;
		}
		offset += (int64_t)n;
	} while (n == size);
	if (EVP_DigestFinal_ex(lib.digest, out, NULL) != 1)
		err = failed();
out:
	free(buf);
	return err;
}

/* ---- HKDF (RFC 5869), from HMAC: its first step can be kept ---- */

enum otp_err
otp_crypto_hkdf_extract(const uint8_t key[OTP_KEY_SIZE], struct otp_mac **ret)
{
	static const uint8_t salt[OTP_MAC_SIZE]; /* "not provided": HashLen zeros */
	uint8_t prk[OTP_MAC_SIZE];
	enum otp_err err;

	err = otp_crypto_hmac(OTP_HASH_SHA256, salt, sizeof(salt), key, OTP_KEY_SIZE, prk);
	if (err == OTP_OK)
		err = otp_mac_new(prk, ret);
	otp_wipe(prk, sizeof(prk));
	return err;
}

enum otp_err
otp_crypto_hkdf_expand(
    struct otp_mac *prk, const void *info, size_t info_len, uint8_t *out, size_t out_len)
{
	uint8_t t[OTP_MAC_SIZE];
	size_t done = 0;
	enum otp_err err = OTP_OK;

	if (out_len == 0 || out_len > 255 * (size_t)OTP_MAC_SIZE)
		return OTP_ERR_INTERNAL;
	for (uint8_t i = 1; err == OTP_OK && done < out_len; i++) {
		size_t n = out_len - done < sizeof(t) ? out_len - done : sizeof(t);

		err = otp_mac_begin(prk);
		if (err == OTP_OK && i > 1)
			err = otp_mac_add(prk, t, sizeof(t));
		if (err == OTP_OK)
			err = otp_mac_add(prk, info, info_len);
		if (err == OTP_OK)
			err = otp_mac_add(prk, &i, 1);
		if (err == OTP_OK)
			err = otp_mac_end(prk, t);
		if (err == OTP_OK)
			memcpy(out + done, t, n);
		done += n;
	}
	if (err != OTP_OK)
		otp_wipe(out, out_len);
	otp_wipe(t, sizeof(t));
	return err;
}

enum otp_err
otp_crypto_hkdf(const uint8_t key[OTP_KEY_SIZE], const void *info, size_t info_len, uint8_t *out,
    size_t out_len)
{
	struct otp_mac *prk = NULL;
	enum otp_err err;

	err = otp_crypto_hkdf_extract(key, &prk);
	if (err == OTP_OK)
		err = otp_crypto_hkdf_expand(prk, info, info_len, out, out_len);
	otp_mac_free(&prk);
	return err;
}

/* ---- AES-256-GCM ---- */

static bool
gcm_seal(const uint8_t *key, const uint8_t *nonce, const void *aad, int aad_len, const void *in,
    int len, uint8_t *out)
{
	EVP_CIPHER_CTX *c = lib.cipher;
	int n = 0;

	if (EVP_EncryptInit_ex2(c, lib.gcm, key, nonce, NULL) != 1 ||
	    (aad_len > 0 && EVP_EncryptUpdate(c, NULL, &n, aad, aad_len) != 1))
		return false;
	n = 0;
	if ((len > 0 && EVP_EncryptUpdate(c, out, &n, in, len) != 1) || n != len ||
	    EVP_EncryptFinal_ex(c, out + len, &n) != 1 || n != 0)
		return false;
	return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, OTP_TAG_SIZE, out + len) == 1;
}

enum otp_err
otp_crypto_aead_seal(const uint8_t key[OTP_KEY_SIZE], const uint8_t nonce[OTP_NONCE_SIZE],
    const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out)
{
	enum otp_err err;

	if (aad_len > INT_MAX || len > INT_MAX - OTP_TAG_SIZE)
		return OTP_ERR_INTERNAL;
	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	if (!gcm_seal(key, nonce, aad, (int)aad_len, in, (int)len, out)) {
		err = failed();
		otp_wipe(out, len + OTP_TAG_SIZE);
	}
	/* wipes the key schedule */
	(void)EVP_CIPHER_CTX_reset(lib.cipher);
	return err;
}

/* *ret_is_ours becomes true only when the tag fits. */
static bool
gcm_open(const uint8_t *key, const uint8_t *nonce, const void *aad, int aad_len, const uint8_t *in,
    int len, uint8_t *out, bool *ret_is_ours)
{
	EVP_CIPHER_CTX *c = lib.cipher;
	uint8_t tag[OTP_TAG_SIZE], rest[EVP_MAX_BLOCK_LENGTH];
	int n = 0;

	memcpy(tag, in + len, sizeof(tag));
	if (EVP_DecryptInit_ex2(c, lib.gcm, key, nonce, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1 ||
	    (aad_len > 0 && EVP_DecryptUpdate(c, NULL, &n, aad, aad_len) != 1))
		return false;
	n = 0;
	if ((len > 0 && EVP_DecryptUpdate(c, out, &n, in, len) != 1) || n != len)
		return false;
	*ret_is_ours = EVP_DecryptFinal_ex(c, rest, &n) == 1 && n == 0;
	return true;
}

enum otp_err
otp_crypto_aead_open(const uint8_t key[OTP_KEY_SIZE], const uint8_t nonce[OTP_NONCE_SIZE],
    const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out)
{
	bool is_ours = false;
	enum otp_err err;

	if (aad_len > INT_MAX || len > INT_MAX)
		return OTP_ERR_INTERNAL;
	if (len < OTP_TAG_SIZE)
		return OTP_ERR_INTEGRITY;
	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	len -= OTP_TAG_SIZE;
	if (!gcm_open(key, nonce, aad, (int)aad_len, in, (int)len, out, &is_ours))
		err = failed();
	else if (!is_ours)
		err = OTP_ERR_INTEGRITY;
	if (err != OTP_OK) {
		otp_wipe(out, len);
		ERR_clear_error();
	}
	(void)EVP_CIPHER_CTX_reset(lib.cipher);
	return err;
}

/* ---- scrypt and random ---- */

enum otp_err
otp_crypto_scrypt(const void *password, size_t len, const void *salt, size_t salt_len,
    unsigned log2_n, unsigned r, unsigned p, uint8_t *out, size_t out_len)
{
	OSSL_PARAM params[7], *q = params;
	EVP_KDF_CTX *ctx;
	uint64_t n, max_memory;
	uint32_t r32 = r, p32 = p;
	enum otp_err err;

	if (log2_n < 1 || log2_n > 20 || r < 1 || r > 32 || p < 1 || p > 16 || out_len == 0)
		return OTP_ERR_BAD_INPUT;
	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	ctx = EVP_KDF_CTX_new(lib.scrypt);
	if (ctx == NULL)
		return failed();
	n = (uint64_t)1 << log2_n;
	/* V, B, X and T of RFC 7914: what this cost needs, not what OpenSSL would allow */
	max_memory = (uint64_t)128 * r * (n + p + 2) + 65536;
	*q++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)password, len);
	*q++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, salt_len);
	*q++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n);
	*q++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r32);
	*q++ = OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p32);
	*q++ = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &max_memory);
	*q = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(ctx, out, out_len, params) != 1) {
		err = failed();
		otp_wipe(out, out_len);
	}
	EVP_KDF_CTX_free(ctx); /* wipes the password */
	return err;
}

/* ---- Ed25519 ---- */

static enum otp_err
ed25519_key(const uint8_t key[OTP_KEY_SIZE], EVP_PKEY **ret)
{
	enum otp_err err = otp_crypto_start();

	if (err != OTP_OK)
		return err;
	*ret = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, key, OTP_KEY_SIZE);
	return *ret != NULL ? OTP_OK : failed();
}

enum otp_err
otp_crypto_ed25519_public(const uint8_t key[OTP_KEY_SIZE], uint8_t ret[32])
{
	EVP_PKEY *pkey = NULL;
	size_t len = 32;
	enum otp_err err = ed25519_key(key, &pkey);

	if (err == OTP_OK && (EVP_PKEY_get_raw_public_key(pkey, ret, &len) != 1 || len != 32))
		err = failed();
	EVP_PKEY_free(pkey);
	return err;
}

enum otp_err
otp_crypto_ed25519_sign(const uint8_t key[OTP_KEY_SIZE], const void *data, size_t len, uint8_t ret[64])
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	size_t size = 64;
	enum otp_err err = ed25519_key(key, &pkey);

	if (err != OTP_OK)
		return err;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) != 1 ||
	    EVP_DigestSign(ctx, ret, &size, data, len) != 1 || size != 64)
		err = failed();
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return err;
}

enum otp_err
otp_crypto_ed25519_check(const uint8_t public_key[32], const void *data, size_t len,
    const uint8_t signature[64], bool *ret_right)
{
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *pkey = NULL;
	enum otp_err err = otp_crypto_start();

	*ret_right = false;
	if (err != OTP_OK)
		return err;
	pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public_key, 32);
	ctx = EVP_MD_CTX_new();
	if (pkey == NULL || ctx == NULL ||
	    EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL) != 1)
		err = failed();
	else
		*ret_right = EVP_DigestVerify(ctx, signature, 64, data, len) == 1;
	ERR_clear_error();	/* a wrong signature leaves one */
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return err;
}

enum otp_err
otp_crypto_random(void *out, size_t len)
{
	enum otp_err err;

	if (len > INT_MAX)
		return OTP_ERR_INTERNAL;
	err = otp_crypto_start();
	if (err != OTP_OK)
		return err;
	/* seeds itself anew after a fork */
	if (len > 0 && RAND_bytes(out, (int)len) != 1) {
		err = failed();
		otp_wipe(out, len);
	}
	return err;
}
