/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts: what was executed, as text that is signed and that anybody can check. */
#include "config.h"

#include "act_receipt.h"

#include <stdlib.h>
#include <string.h>

#include "act_orders.h"
#include "sign.h"
#include "text.h"

#define FIRST_LINE "otpadm receipt 1"

/* ---- making one ---- */

/* A line; nobody's name or payee can make another: what would end a line is written as \xNN. */
static enum otp_err
put_line(struct otp_bytes *to, const char *key, const char *value)
{
	size_t len = strlen(value), size = 4 * len + 1;
	char *escaped = malloc(size);
	enum otp_err err;

	if (escaped == NULL)
		return OTP_ERR_NO_MEMORY;
	err = otp_text_putf(to, "%s: %s\n", key, otp_text_escape(escaped, size, value, len));
	free(escaped);
	return err;
}

static enum otp_err
put_time(struct otp_bytes *to, const char *key, int64_t seconds)
{
	char time[OTP_TIME_TEXT];

	return put_line(to, key, otp_text_time(time, seconds));
}

static enum otp_err
put_approval(struct otp_bytes *to, const struct otp_approval *approval)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	char time[OTP_TIME_TEXT];
	enum otp_err err;

	err = otp_text_putf(&text, "%s %s %s", otp_text_time(time, approval->at),
	    approval->serial, approval->user);
	if (err == OTP_OK)
		err = put_line(to, "approved", otp_text_str(&text));
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
put_order(struct otp_call *call, const struct otp_transfer *t, struct otp_bytes *to)
{
	char amount[32], day[OTP_DAY_TEXT], id[OTP_TRANSFER_NAME_SIZE];
	const struct { const char *key, *value; } line[] = {
		{ "transfer", otp_transfer_record_name(id, t->id) },
		{ "reference", t->reference },
		{ "kind", otp_transfer_kind_name(t->kind) },
		{ "account", t->account.id },
		{ "payee", t->payee },
		{ "amount", otp_orders_amount_text(call, amount, t->amount) },
		{ "currency", t->currency },
		{ "date", otp_orders_day_text(day, t->date) },
		{ "maker", t->maker },
	};
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(line) / sizeof(line[0]); i++)
		err = put_line(to, line[i].key, line[i].value);
	if (err == OTP_OK)
		err = put_time(to, "submitted", t->created_at);
	for (uint32_t i = 0; err == OTP_OK && i < t->n_approvals; i++)
		err = put_approval(to, &t->approval[i]);
	if (err == OTP_OK)
		err = put_time(to, "executed", t->ended_at);
	return err == OTP_OK ? put_line(to, "executed-by", t->ended_by) : err;
}

static enum otp_err
put_base64(struct otp_bytes *to, const char *key, const void *data, size_t len)
{
	enum otp_err err = otp_text_putf(to, "%s: ", key);

	if (err == OTP_OK)
		err = otp_text_base64(data, len, to);
	return err == OTP_OK ? otp_text_put(to, "\n") : err;
}

enum otp_err
otp_receipt_make(struct otp_call *call, const struct otp_transfer *t, struct otp_bytes *ret)
{
	const struct otp_store_site *site = otp_store_site(call->store);
	uint8_t public_key[OTP_PUBLIC_KEY_SIZE], signature[OTP_SIGNATURE_SIZE];
	char store[2 * OTP_STORE_ID_SIZE + 1];
	struct otp_bytes text = OTP_BYTES_INIT;
	uint32_t key_id;
	enum otp_err err;

	if (call->ring == NULL)
		return OTP_ERR_KEY;
	key_id = otp_keyring_current(call->ring);
	err = otp_sign_public_key(call->ring, key_id, public_key);
	if (err == OTP_OK)
		err = otp_text_putf(&text, FIRST_LINE "\nstore: %s\nkey: %08x\n",
		    otp_text_hex(store, site->id, sizeof(site->id)), key_id);
	if (err == OTP_OK)
		err = put_base64(&text, "public-key", public_key, sizeof(public_key));
	if (err == OTP_OK)
		err = put_order(call, t, &text);
	if (err == OTP_OK)
		err = otp_sign(call->ring, key_id, text.data, text.len, signature);
	if (err == OTP_OK)
		err = put_base64(&text, "signature", signature, sizeof(signature));
	if (err == OTP_OK && text.len > OTP_RECEIPT_MAX)
		err = OTP_ERR_OVER_LIMIT;
	if (err == OTP_OK)
		otp_bytes_move(ret, &text);
	otp_bytes_clear(&text);
	return err;
}

enum otp_err
otp_act_transfer_receipt(struct otp_call *call)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_bytes receipt = OTP_BYTES_INIT;
	struct otp_transfer t = OTP_TRANSFER_INIT;
	int64_t id = 0;
	enum otp_err err;

	(void)otp_fields_int(&call->request->fields, OTP_FIELD_ID, &id);
	err = otp_orders_load(call, id, &t);
	if (err == OTP_OK && t.state != OTP_TRANSFER_EXECUTED)
		err = OTP_WHY(&call->answer->why, OTP_ERR_WRONG_STATE, RECEIPT_NONE,
		    OTP_WHY_NUM(t.id));
	if (err == OTP_OK)
		err = otp_receipt_make(call, &t, &receipt);
	if (err == OTP_OK)
		err = otp_orders_put(call, &t, fields);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_RECEIPT, otp_text_str(&receipt));
	otp_bytes_clear(&receipt);
	return err;
}

/* ---- checking one ---- */

/* The value of the first line with this key: not NUL-terminated. NULL: there is none. */
static const char *
find_line(const char *text, size_t len, const char *key, size_t *ret_len)
{
	size_t n = strlen(key);

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end != NULL ? (size_t)(end - text) : len;

		if (line > n + 2 && memcmp(text, key, n) == 0 && memcmp(text + n, ": ", 2) == 0) {
			*ret_len = line - n - 2;
			return text + n + 2;
		}
		line += end != NULL;
		text += line;
		len -= line;
	}
	return NULL;
}

static enum otp_err
take_base64(const char *text, size_t len, const char *key, void *ret, size_t size)
{
	struct otp_bytes data = OTP_BYTES_INIT;
	char value[4 * OTP_SIGNATURE_SIZE];
	const char *found;
	size_t n = 0;
	enum otp_err err = OTP_ERR_BAD_INPUT;

	found = find_line(text, len, key, &n);
	if (found != NULL && n < sizeof(value)) {
		memcpy(value, found, n);
		value[n] = '\0';
		err = otp_parse_base64(value, &data);
	}
	if (err == OTP_OK && data.len != size)
		err = OTP_ERR_BAD_INPUT;
	if (err == OTP_OK)
		memcpy(ret, data.data, size);
	otp_bytes_clear(&data);
	return err;
}

struct receipt {
	size_t n_signed;	/* bytes before the line of the signature */
	uint8_t public_key[OTP_PUBLIC_KEY_SIZE];
	uint8_t signature[OTP_SIGNATURE_SIZE];
	char key[9];
};

/* The signature is the last line; all before it is signed. */
static enum otp_err
take_receipt(const char *text, size_t len, struct receipt *ret)
{
	static const char last[] = "signature: ";
	const char *key;
	size_t n = 0;
	enum otp_err err;

	if (len < sizeof(FIRST_LINE) || memcmp(text, FIRST_LINE "\n", sizeof(FIRST_LINE)) != 0 ||
	    text[len - 1] != '\n')
		return OTP_ERR_BAD_INPUT;
	ret->n_signed = len - 1;
	while (ret->n_signed > 0 && text[ret->n_signed - 1] != '\n')
		ret->n_signed--;
	if (len - ret->n_signed < sizeof(last) ||
	    memcmp(text + ret->n_signed, last, sizeof(last) - 1) != 0)
		return OTP_ERR_BAD_INPUT;
	err = take_base64(text + ret->n_signed, len - ret->n_signed, "signature", ret->signature,
	    sizeof(ret->signature));
	if (err == OTP_OK)
		err = take_base64(text, ret->n_signed, "public-key", ret->public_key,
		    sizeof(ret->public_key));
	key = find_line(text, ret->n_signed, "key", &n);
	if (err != OTP_OK || key == NULL || n != sizeof(ret->key) - 1)
		return OTP_ERR_BAD_INPUT;
	memcpy(ret->key, key, n);
	ret->key[n] = '\0';
	return OTP_OK;
}

/* Is the public key the one that this store has under the id? */
static bool
is_own_key(const struct otp_call *call, const struct receipt *r)
{
	uint8_t own[OTP_PUBLIC_KEY_SIZE];
	struct otp_bytes id = OTP_BYTES_INIT;
	bool is_own = false;

	if (otp_parse_hex(r->key, &id) == OTP_OK && id.len == 4) {
		uint32_t key_id = (uint32_t)id.data[0] << 24 | (uint32_t)id.data[1] << 16 |
		    (uint32_t)id.data[2] << 8 | id.data[3];

		is_own = otp_sign_public_key(call->ring, key_id, own) == OTP_OK &&
		    memcmp(own, r->public_key, sizeof(own)) == 0;
	}
	otp_bytes_clear(&id);
	return is_own;
}

enum otp_err
otp_act_receipt_check(struct otp_call *call)
{
	struct otp_why *why = &call->answer->why;
	struct receipt r = { 0 };
	bool is_right = false;
	const char *text;
	size_t len = 0;
	enum otp_err err;

	call->is_question = true;	/* anybody may ask, about any text: nothing for the audit */
	text = otp_fields_bytes(&call->request->fields, OTP_FIELD_RECEIPT_FILE, &len);
	if (text == NULL || take_receipt(text, len, &r) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, RECEIPT_NOT_ONE);
	err = otp_sign_check(r.public_key, text, r.n_signed, r.signature, &is_right);
	if (err == OTP_OK && !is_right)
		err = OTP_WHY(why, OTP_ERR_INTEGRITY, RECEIPT_WRONG);
	if (err == OTP_OK && !is_own_key(call, &r))
		err = OTP_WHY(why, OTP_ERR_KEY, RECEIPT_OTHER_KEY, r.key);
	return err == OTP_OK ? OTP_WHY(why, OTP_OK, RECEIPT_RIGHT, r.key) : err;
}

enum otp_err
otp_act_receipt_key(struct otp_call *call)
{
	uint8_t public_key[OTP_PUBLIC_KEY_SIZE];
	struct otp_bytes pem = OTP_BYTES_INIT;
	enum otp_err err = OTP_ERR_KEY;

	if (call->ring != NULL)
		err = otp_sign_public_key(call->ring, otp_keyring_current(call->ring), public_key);
	if (err == OTP_OK)
		err = otp_sign_pem(public_key, &pem);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_PUBLIC_KEY,
		    otp_text_str(&pem));
	otp_bytes_clear(&pem);
	return err;
}
