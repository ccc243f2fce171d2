/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed heads of the audit: how far it had come at a time, in a text that anybody can keep and check. */
#include "config.h"

#include "head.h"

#include <string.h>

#include "parse.h"
#include "record.h"
#include "sign.h"
#include "text.h"

#define MAGIC "otpadm-head-1"
#define SIGNATURE "signature="
#define VALUE_MAX (2 * OTP_SIGNATURE_SIZE + 1)
#define PEM_BEGIN "-----BEGIN"

/* The line that is signed, its end included. */
static enum otp_err
put_statement(const struct otp_head *head, uint32_t key_id, struct otp_bytes *ret)
{
	char id[2 * OTP_STORE_ID_SIZE + 1], mac[2 * OTP_MAC_SIZE + 1], time[OTP_TIME_TEXT];

	return otp_text_putf(ret, MAGIC " store=%s generation=%llu seq=%llu mac=%s time=%s key=%08lx\n",
	    otp_text_hex(id, head->store_id, sizeof(head->store_id)),
	    (unsigned long long)head->generation, (unsigned long long)head->seq,
	    otp_text_hex(mac, head->mac, sizeof(head->mac)), otp_text_time(time, head->time),
	    (unsigned long)key_id);
}

static enum otp_err
sign(const struct otp_head *head, const struct otp_keyring *ring, struct otp_bytes *ret)
{
	const uint32_t key_id = ring != NULL ? otp_keyring_current(ring) : 0;
	uint8_t signature[OTP_SIGNATURE_SIZE];
	char hex[2 * OTP_SIGNATURE_SIZE + 1];
	enum otp_err err;

	otp_bytes_empty(ret);
	err = put_statement(head, key_id, ret);
	if (err == OTP_OK)
		err = otp_sign(ring, key_id, ret->data, ret->len, signature);
	if (err == OTP_OK)
		err = otp_text_putf(ret, SIGNATURE "%s",
		    otp_text_hex(hex, signature, sizeof(signature)));
	if (err != OTP_OK)
		otp_bytes_clear(ret);
	return err;
}

enum otp_err
otp_head_line(const struct otp_head *head, const struct otp_keyring *ring, struct otp_bytes *ret)
{
	enum otp_err err = sign(head, ring, ret);
	char *end = err == OTP_OK ? strchr((char *)ret->data, '\n') : NULL;

	if (end != NULL)
		*end = ' ';
	return err;
}

static enum otp_err
put_pem(const struct otp_keyring *ring, uint32_t key_id, struct otp_bytes *ret)
{
	uint8_t key[OTP_PUBLIC_KEY_SIZE];
	enum otp_err err;

	err = otp_sign_public_key(ring, key_id, key);
	return err == OTP_OK ? otp_sign_pem(key, ret) : err;
}

enum otp_err
otp_head_text(const struct otp_head *head, const struct otp_keyring *ring, struct otp_bytes *ret)
{
	enum otp_err err = sign(head, ring, ret);

	if (err == OTP_OK)
		err = otp_text_put(ret, "\n");
	if (err == OTP_OK)
		err = put_pem(ring, otp_keyring_current(ring), ret);
	if (err != OTP_OK)
		otp_bytes_clear(ret);
	return err;
}

/* ---- reading ---- */

/* "key=value" at *at, blanks before it passed over. False: something else stands there. */
static bool
take(const char **at, const char *key, char value[VALUE_MAX])
{
	const char *p = *at + strspn(*at, " \n");
	size_t n;

	if (strncmp(p, key, strlen(key)) != 0)
		return false;
	p += strlen(key);
	n = strcspn(p, " \r\n");
	if (n == 0 || n >= VALUE_MAX)
		return false;
	memcpy(value, p, n);
	value[n] = '\0';
	*at = p + n;
	return true;
}

static bool
take_hex(const char **at, const char *key, void *ret, size_t size)
{
	struct otp_bytes bytes = OTP_BYTES_INIT;
	char value[VALUE_MAX];
	bool is_right;

	is_right = take(at, key, value) && otp_parse_hex(value, &bytes) == OTP_OK && bytes.len == size;
	if (is_right)
		memcpy(ret, bytes.data, size);
	otp_bytes_clear(&bytes);
	return is_right;
}

static bool
take_number(const char **at, const char *key, uint64_t *ret)
{
	char value[VALUE_MAX];

	return take(at, key, value) && otp_parse_u64(value, 1, INT64_MAX, ret) == OTP_OK;
}

static bool
take_all(const char *at, struct otp_head *ret, uint32_t *ret_key_id, uint8_t signature[OTP_SIGNATURE_SIZE])
{
	char value[VALUE_MAX];
	uint8_t id[4];

	if (!take_hex(&at, "store=", ret->store_id, sizeof(ret->store_id)) ||
	    !take_number(&at, "generation=", &ret->generation) ||
	    !take_number(&at, "seq=", &ret->seq) ||
	    !take_hex(&at, "mac=", ret->mac, sizeof(ret->mac)) ||
	    !take(&at, "time=", value) || otp_parse_time(value, &ret->time) != OTP_OK ||
	    !otp_record_is_time(ret->time) || !take_hex(&at, "key=", id, sizeof(id)))
		return false;
	*ret_key_id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
	return take_hex(&at, SIGNATURE, signature, OTP_SIGNATURE_SIZE);
}

/* The public key that stands with it is for others; it must not be somebody else's all the same. */
static enum otp_err
check_pem(const char *text, const struct otp_keyring *ring, uint32_t key_id)
{
	const char *pem = strstr(text, PEM_BEGIN);
	struct otp_bytes ours = OTP_BYTES_INIT;
	enum otp_err err;

	if (pem == NULL)
		return OTP_OK;
	err = put_pem(ring, key_id, &ours);
	if (err == OTP_OK && (strlen(pem) < ours.len || memcmp(pem, ours.data, ours.len) != 0))
		err = OTP_ERR_INTEGRITY;
	otp_bytes_clear(&ours);
	return err;
}

enum otp_err
otp_head_read(const char *text, const struct otp_keyring *ring, struct otp_head *ret, struct otp_why *why)
{
	uint8_t key[OTP_PUBLIC_KEY_SIZE], signature[OTP_SIGNATURE_SIZE];
	struct otp_bytes statement = OTP_BYTES_INIT;
	const char *at = strstr(text, MAGIC " ");
	struct otp_head head = { .generation = 0 };
	bool is_right = false;
	uint32_t key_id;
	char name[16];
	enum otp_err err;

	if (at == NULL || !take_all(at + strlen(MAGIC), &head, &key_id, signature))
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, HEAD_NONE);
	err = otp_sign_public_key(ring, key_id, key);
	if (err == OTP_ERR_KEY) {
		for (unsigned i = 0; i < 8; i++)
			name[i] = "0123456789abcdef"[key_id >> (28 - 4 * i) & 0xf];
		name[8] = '\0';
		return OTP_WHY(why, err, HEAD_KEY_MISSING, name);
	}
	if (err == OTP_OK)
		err = put_statement(&head, key_id, &statement);
	if (err == OTP_OK)
		err = otp_sign_check(key, statement.data, statement.len, signature, &is_right);
	if (err == OTP_OK && is_right)
		err = check_pem(at, ring, key_id);
	if (err == OTP_OK && !is_right)
		err = OTP_ERR_INTEGRITY;
	if (err == OTP_OK)
		*ret = head;
	otp_bytes_clear(&statement);
	return err == OTP_ERR_INTEGRITY ? OTP_WHY(why, err, HEAD_NOT_SIGNED) : err;
}
