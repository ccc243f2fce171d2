/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confirmation passwords: scrypt under a pepper, PHC strings. Single-use words: HMAC under it. */
#include "config.h"

#include "phc.h"

#include <string.h>

#include "encode.h"
#include "parse.h"
#include "text.h"

#define COST_MIN 10
#define COST_MAX 20 /* 1 GiB: what a record may ask for at most */
#define BLOCK 8     /* scrypt's r */
#define PARALLEL 2  /* scrypt's p */
#define SALT_SIZE 16
#define HASH_SIZE 32
#define SALT_TEXT 22 /* base64 without padding */
#define HASH_TEXT 43
#define WORD_PREFIX "$word$"
#define WORD_LETTERS 20
#define WORD_GROUP 5

/* What a password's hash says. */
struct phc {
	unsigned cost;
	uint8_t salt[SALT_SIZE];
	uint8_t hash[HASH_SIZE];
};

/* ---- the string: $scrypt$ln=16,r=8,p=2$salt$hash ---- */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
put_base64(char *out, const uint8_t *data, size_t len)
{
	uint32_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | data[i];
		for (n += 8; n >= 6; n -= 6)
			*out++ = base64[bits >> (n - 6) & 63];
	}
	if (n > 0)
		*out++ = base64[bits << (6 - n) & 63];
	*out = '\0';
	return out;
}

/* Exactly len bytes from exactly their digits; what is left over of the last digit must be zero. */
static bool
get_base64(const char *text, size_t digits, uint8_t *data, size_t len)
{
	uint32_t bits = 0;
	unsigned n = 0;
	size_t done = 0;

	for (size_t i = 0; i < digits; i++) {
		const char *p = memchr(base64, text[i], sizeof(base64) - 1);

		if (p == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(p - base64);
		n += 6;
		if (n >= 8 && done < len) {
			n -= 8;
			data[done++] = (uint8_t)(bits >> n);
		}
	}
	return done == len && n < 6 && (bits & ((1u << n) - 1)) == 0;
}

static void
format_phc(const struct phc *phc, char ret[OTP_PHC_MAX])
{
	static const char head[] = "$scrypt$ln=", tail[] = ",r=8,p=2$";
	char *p = ret;

	memcpy(p, head, sizeof(head) - 1);
	p += sizeof(head) - 1;
	*p++ = (char)('0' + phc->cost / 10);
	*p++ = (char)('0' + phc->cost % 10);
	memcpy(p, tail, sizeof(tail) - 1);
	p = put_base64(p + sizeof(tail) - 1, phc->salt, SALT_SIZE);
	*p++ = '$';
	(void)put_base64(p, phc->hash, HASH_SIZE);
}

/* Takes what format_phc makes and nothing else: no record may ask for more memory. */
static bool
parse_phc(const char *text, struct phc *ret)
{
	static const char head[] = "$scrypt$ln=", tail[] = ",r=8,p=2$";
	const size_t cost_at = sizeof(head) - 1, tail_at = cost_at + 2;
	const size_t salt_at = tail_at + sizeof(tail) - 1, hash_at = salt_at + SALT_TEXT + 1;
	char cost[3];
	uint64_t v;

	if (strlen(text) != hash_at + HASH_TEXT || memcmp(text, head, cost_at) != 0 ||
	    memcmp(text + tail_at, tail, sizeof(tail) - 1) != 0 || text[hash_at - 1] != '$')
		return false;
	memcpy(cost, text + cost_at, 2);
	cost[2] = '\0';
	if (otp_parse_u64(cost, COST_MIN, COST_MAX, &v) != OTP_OK)
		return false;
	ret->cost = (unsigned)v;
	return get_base64(text + salt_at, SALT_TEXT, ret->salt, SALT_SIZE) &&
	       get_base64(text + hash_at, HASH_TEXT, ret->hash, HASH_SIZE);
}

/* ---- passwords ---- */

/* Under the pepper first: a stolen hash cannot be guessed at without the master key. */
static enum otp_err
hash_password(const uint8_t pepper[OTP_KEY_SIZE], const struct otp_secret *password, unsigned cost,
    const uint8_t salt[SALT_SIZE], uint8_t out[HASH_SIZE])
{
	uint8_t peppered[OTP_MAC_SIZE];
	enum otp_err err;

	err = otp_crypto_hmac(
	    OTP_HASH_SHA256, pepper, OTP_KEY_SIZE, password->text, password->len, peppered);
	if (err == OTP_OK)
		err = otp_crypto_scrypt(peppered, sizeof(peppered), salt, SALT_SIZE, cost, BLOCK,
		    PARALLEL, out, HASH_SIZE);
	otp_wipe(peppered, sizeof(peppered));
	return err;
}

enum otp_err
otp_phc_make(const uint8_t pepper[OTP_KEY_SIZE], const struct otp_secret *password, unsigned cost,
    char ret[OTP_PHC_MAX])
{
	struct phc phc = { .cost = cost };
	enum otp_err err;

	if (cost < COST_MIN || cost > COST_MAX)
		return OTP_ERR_BAD_INPUT;
	err = otp_crypto_random(phc.salt, sizeof(phc.salt));
	if (err == OTP_OK)
		err = hash_password(pepper, password, cost, phc.salt, phc.hash);
	if (err == OTP_OK)
		format_phc(&phc, ret);
	otp_wipe(&phc, sizeof(phc));
	return err;
}

enum otp_err
otp_phc_check(const uint8_t pepper[OTP_KEY_SIZE], const char *phc,
    const struct otp_secret *password, unsigned cost, bool *ret_right)
{
	struct phc want = { .cost = cost }; /* of nobody: salt and hash of zeros */
	const bool is_nobody = phc == NULL || phc[0] == '\0';
	uint8_t got[HASH_SIZE];
	bool is_same;
	enum otp_err err;

	*ret_right = false;
	if (!is_nobody && !parse_phc(phc, &want))
		return OTP_ERR_INTEGRITY;
	err = hash_password(pepper, password, want.cost, want.salt, got);
	if (err == OTP_OK) {
		is_same = otp_equal(got, want.hash, sizeof(got));
		*ret_right = is_same && !is_nobody;
	}
	otp_wipe(got, sizeof(got));
	otp_wipe(&want, sizeof(want));
	return err;
}

bool
otp_phc_is_weaker(const char *phc, unsigned cost)
{
	struct phc p;
	bool is_weaker = parse_phc(phc, &p) && p.cost < cost;

	otp_wipe(&p, sizeof(p));
	return is_weaker;
}

/*
 * One character of UTF-8: its length, or 0 if it is none (overlong, surrogate,
 * beyond U+10FFFF) or a control character.
 */
static size_t
character(const uint8_t *p, size_t left)
{
	uint32_t c = p[0], least;
	size_t n;

	if (c < 0x80)
		return c < 0x20 || c == 0x7f ? 0 : 1;
	if (c >= 0xc2 && c <= 0xdf) {
		n = 2, least = 0x80, c &= 0x1f;
	} else if (c >= 0xe0 && c <= 0xef) {
		n = 3, least = 0x800, c &= 0x0f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		n = 4, least = 0x10000, c &= 0x07;
	} else {
		return 0;
	}
	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || (c >= 0x80 && c < 0xa0))
		return 0;
	return n;
}

enum otp_err
otp_phc_password_ok(const struct otp_secret *password)
{
	const uint8_t *p = (const uint8_t *)password->text;
	size_t n;

	if (password->len < OTP_PASSWORD_MIN || password->len > OTP_PASSWORD_MAX)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0; i < password->len; i += n) {
		n = character(p + i, password->len - i);
		if (n == 0)
			return OTP_ERR_BAD_INPUT;
	}
	return OTP_OK;
}

/* ---- words ---- */

/* No i, l, o: 23 letters, so 20 of them hold 90 bits. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz";
#define N_LETTERS (sizeof(letters) - 1)

/* Letters only in; groups of five out. */
static void
format_word(const char plain[WORD_LETTERS], char ret[OTP_WORD_SIZE])
{
	char *p = ret;

	for (unsigned i = 0; i < WORD_LETTERS; i++) {
		if (i > 0 && i % WORD_GROUP == 0)
			*p++ = '-';
		*p++ = plain[i];
	}
	*p = '\0';
}

enum otp_err
otp_phc_word(char ret[OTP_WORD_SIZE])
{
	/* bytes from here on would make some letters likelier than others */
	const unsigned limit = 256 / N_LETTERS * N_LETTERS;
	uint8_t random[32];
	char plain[WORD_LETTERS];
	unsigned n = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && n < WORD_LETTERS) {
		err = otp_crypto_random(random, sizeof(random));
		for (size_t i = 0; err == OTP_OK && i < sizeof(random) && n < WORD_LETTERS; i++) {
			if (random[i] < limit)
				plain[n++] = letters[random[i] % N_LETTERS];
		}
	}
	if (err == OTP_OK)
		format_word(plain, ret);
	otp_wipe(random, sizeof(random));
	otp_wipe(plain, sizeof(plain));
	return err;
}

void
otp_phc_word_normalise(struct otp_secret *word)
{
	char plain[WORD_LETTERS], shaped[OTP_WORD_SIZE];
	unsigned n = 0;

	for (size_t i = 0; i < word->len; i++) {
		char c = word->text[i];

		if (c == '-')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (n == WORD_LETTERS || memchr(letters, c, N_LETTERS) == NULL)
			goto out;
		plain[n++] = c;
	}
	if (n == WORD_LETTERS) {
		format_word(plain, shaped);
		(void)otp_secret_set(word, shaped, strlen(shaped));
	}
out:
	otp_wipe(plain, sizeof(plain));
	otp_wipe(shaped, sizeof(shaped));
}

/* The user's id and what is hashed are named, so that this MAC is never one of a password. */
static enum otp_err
mac_word(const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const struct otp_secret *word,
    uint8_t mac[OTP_MAC_SIZE])
{
	static const char head[] = "single-use word"; /* with its NUL */
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, sizeof(head) + 8 + OTP_SECRET_MAX);
	enum otp_err err;

	otp_enc_raw(&e, head, sizeof(head));
	otp_enc_u64(&e, user_id);
	otp_enc_raw(&e, word->text, word->len);
	err = e.err;
	if (err == OTP_OK)
		err = otp_crypto_hmac(OTP_HASH_SHA256, pepper, OTP_KEY_SIZE, b.data, b.len, mac);
	otp_bytes_clear(&b);
	return err;
}

static enum otp_err
hash_word(const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const struct otp_secret *word,
    char ret[OTP_PHC_MAX])
{
	struct otp_secret w = *word;
	uint8_t mac[OTP_MAC_SIZE];
	enum otp_err err;

	otp_phc_word_normalise(&w);
	err = mac_word(pepper, user_id, &w, mac);
	if (err == OTP_OK) {
		memcpy(ret, WORD_PREFIX, sizeof(WORD_PREFIX) - 1);
		(void)otp_text_hex(ret + sizeof(WORD_PREFIX) - 1, mac, sizeof(mac));
	}
	otp_wipe(mac, sizeof(mac));
	otp_secret_clear(&w);
	return err;
}

enum otp_err
otp_phc_word_hash(
    const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const char *word, char ret[OTP_PHC_MAX])
{
	struct otp_secret w = OTP_SECRET_INIT;
	enum otp_err err;

	err = otp_secret_set(&w, word, strlen(word));
	if (err == OTP_OK)
		err = hash_word(pepper, user_id, &w, ret);
	otp_secret_clear(&w);
	return err;
}

enum otp_err
otp_phc_word_check(const uint8_t pepper[OTP_KEY_SIZE], uint64_t user_id, const char *hash,
    const struct otp_secret *word, bool *ret_right)
{
	const size_t len = sizeof(WORD_PREFIX) - 1 + 2 * (size_t)OTP_MAC_SIZE;
	const bool is_nobody = hash == NULL || hash[0] == '\0';
	char got[OTP_PHC_MAX], want[OTP_PHC_MAX] = "";
	bool is_same;
	enum otp_err err;

	*ret_right = false;
	if (!is_nobody) {
		if (strlen(hash) != len || memcmp(hash, WORD_PREFIX, sizeof(WORD_PREFIX) - 1) != 0)
			return OTP_ERR_INTEGRITY;
		memcpy(want, hash, len);
	}
	err = hash_word(pepper, user_id, word, got);
	if (err == OTP_OK) {
		is_same = otp_equal(got, want, len);
		*ret_right = is_same && !is_nobody;
	}
	otp_wipe(got, sizeof(got));
	otp_wipe(want, sizeof(want));
	return err;
}
