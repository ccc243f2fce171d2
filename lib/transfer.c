/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transfer record: its encoding and its digest. */
#include "config.h"

#include "transfer.h"

#include <stdio.h>
#include <string.h>

#include "choices.h"

#define N_(s) s
#define FORMAT 1

static const char *const kind_names[OTP_TRANSFER_KIND_COUNT] = {
#define X(id, word) [OTP_TRANSFER_##id] = word,
	OTP_TRANSFER_KINDS(X)
#undef X
};

static const char *const state_names[OTP_TRANSFER_STATE_COUNT] = {
#define X(id, word) [OTP_TRANSFER_##id] = word,
	OTP_TRANSFER_STATES(X)
#undef X
};

static enum otp_err
find_name(const char *const names[], unsigned n, const char *name, unsigned *ret)
{
	for (unsigned i = 0; name != NULL && i < n; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = i;
			return OTP_OK;
		}
	return OTP_ERR_BAD_INPUT;
}

const char *
otp_transfer_kind_name(enum otp_transfer_kind kind)
{
	return (unsigned)kind < OTP_TRANSFER_KIND_COUNT ? kind_names[kind] : "";
}

enum otp_err
otp_transfer_kind_parse(const char *name, enum otp_transfer_kind *ret)
{
	unsigned found = 0;
	enum otp_err err = find_name(kind_names, OTP_TRANSFER_KIND_COUNT, name, &found);

	if (err == OTP_OK)
		*ret = (enum otp_transfer_kind)found;
	return err;
}

const char *
otp_transfer_state_name(enum otp_transfer_state state)
{
	return (unsigned)state < OTP_TRANSFER_STATE_COUNT ? state_names[state] : "";
}

enum otp_err
otp_transfer_state_parse(const char *name, enum otp_transfer_state *ret)
{
	unsigned found = 0;
	enum otp_err err = find_name(state_names, OTP_TRANSFER_STATE_COUNT, name, &found);

	if (err == OTP_OK)
		*ret = (enum otp_transfer_state)found;
	return err;
}

void
otp_transfer_clear(struct otp_transfer *transfer)
{
	if (transfer != NULL)
		*transfer = (struct otp_transfer)OTP_TRANSFER_INIT;
}

static bool
is_currency(const char *currency)
{
	return strlen(currency) == 3 && strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static bool
is_order_valid(const struct otp_transfer *t)
{
	return t->id != 0 && otp_parse_label(t->reference, OTP_REFERENCE_MAX) == OTP_OK &&
	    (unsigned)t->kind < OTP_TRANSFER_KIND_COUNT && otp_account_ref_is_valid(&t->account) &&
	    otp_parse_label(t->payee, OTP_PAYEE_MAX) == OTP_OK && t->amount > 0 &&
	    otp_record_is_amount(t->amount) && is_currency(t->currency) && t->date > 0 &&
	    otp_record_is_day(t->date) && t->maker_id != 0 && otp_parse_name(t->maker) == OTP_OK &&
	    otp_record_is_time(t->created_at);
}

static bool
is_approval_valid(const struct otp_approval *a)
{
	return a->user_id != 0 && otp_parse_name(a->user) == OTP_OK &&
	    otp_parse_serial(a->serial) == OTP_OK && otp_parse_serial(a->origin) == OTP_OK &&
	    otp_record_is_time(a->at) && a->day > 0 && otp_record_is_day(a->day) && a->key_id != 0;
}

/* An end without its time would be an open one; an executed one was approved. */
static bool
is_end_valid(const struct otp_transfer *t)
{
	if ((unsigned)t->state >= OTP_TRANSFER_STATE_COUNT || !otp_record_is_day(t->counted_day) ||
	    !otp_record_is_time(t->ended_at) || (t->ended_at != 0) == otp_transfer_is_open(t) ||
	    (t->ended_by[0] != '\0' && otp_parse_name(t->ended_by) != OTP_OK) ||
	    (t->note[0] != '\0' && otp_parse_label(t->note, OTP_NOTE_MAX) != OTP_OK))
		return false;
	if (t->state == OTP_TRANSFER_APPROVED || t->state == OTP_TRANSFER_EXECUTED)
		return t->n_approvals > 0 && t->counted_day != 0;
	return true;
}

static bool
is_valid(const struct otp_transfer *t)
{
	if (!is_order_valid(t) || t->n_approvals > OTP_APPROVALS_MAX || !is_end_valid(t))
		return false;
	for (uint32_t i = 0; i < t->n_approvals; i++) {
		if (!is_approval_valid(&t->approval[i]))
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (t->approval[k].user_id == t->approval[i].user_id)
				return false;
	}
	return true;
}

static void
put_order(struct otp_enc *enc, const struct otp_transfer *t)
{
	otp_enc_u64(enc, t->id);
	otp_enc_str(enc, t->reference);
	otp_enc_u8(enc, (uint8_t)t->kind);
	otp_account_ref_put(enc, &t->account);
	otp_enc_str(enc, t->payee);
	otp_enc_i64(enc, t->amount);
	otp_enc_raw(enc, t->currency, 3);
	otp_enc_i64(enc, t->date);
	otp_enc_u64(enc, t->maker_id);
	otp_enc_str(enc, t->maker);
	otp_enc_i64(enc, t->created_at);
}

static void
put_approval(struct otp_enc *enc, const struct otp_approval *a)
{
	otp_enc_u64(enc, a->user_id);
	otp_enc_str(enc, a->user);
	otp_enc_u64(enc, a->epoch);
	otp_enc_str(enc, a->serial);
	otp_enc_str(enc, a->origin);
	otp_enc_u64(enc, a->step);
	otp_enc_i64(enc, a->at);
	otp_enc_i64(enc, a->day);
	otp_enc_u32(enc, a->key_id);
	otp_enc_raw(enc, a->mac, OTP_MAC_SIZE);
}

enum otp_err
otp_transfer_encode(const struct otp_transfer *t, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(t))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	put_order(&enc, t);
	otp_enc_u8(&enc, (uint8_t)t->state);
	otp_enc_u8(&enc, (uint8_t)t->n_approvals);
	for (uint32_t i = 0; i < t->n_approvals; i++)
		put_approval(&enc, &t->approval[i]);
	otp_enc_i64(&enc, t->counted_day);
	otp_enc_i64(&enc, t->ended_at);
	otp_enc_str(&enc, t->ended_by);
	otp_enc_str(&enc, t->note);
	return otp_record_encoded(&enc, ret);
}

static void
take_order(struct otp_dec *dec, struct otp_transfer *t)
{
	t->id = otp_dec_u64(dec);
	otp_dec_str(dec, t->reference, sizeof(t->reference));
	t->kind = (enum otp_transfer_kind)otp_dec_enum(dec, OTP_TRANSFER_KIND_COUNT);
	otp_account_ref_get(dec, &t->account);
	otp_dec_str(dec, t->payee, sizeof(t->payee));
	t->amount = otp_dec_i64(dec);
	otp_dec_raw(dec, t->currency, 3);
	t->date = otp_dec_i64(dec);
	t->maker_id = otp_dec_u64(dec);
	otp_dec_str(dec, t->maker, sizeof(t->maker));
	t->created_at = otp_dec_i64(dec);
}

static void
take_approval(struct otp_dec *dec, struct otp_approval *a)
{
	a->user_id = otp_dec_u64(dec);
	otp_dec_str(dec, a->user, sizeof(a->user));
	a->epoch = otp_dec_u64(dec);
	otp_dec_str(dec, a->serial, sizeof(a->serial));
	otp_dec_str(dec, a->origin, sizeof(a->origin));
	a->step = otp_dec_u64(dec);
	a->at = otp_dec_i64(dec);
	a->day = otp_dec_i64(dec);
	a->key_id = otp_dec_u32(dec);
	otp_dec_raw(dec, a->mac, OTP_MAC_SIZE);
}

enum otp_err
otp_transfer_decode(const void *data, size_t len, struct otp_transfer *ret)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	struct otp_dec dec;
	enum otp_err err;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	take_order(&dec, &t);
	t.state = (enum otp_transfer_state)otp_dec_enum(&dec, OTP_TRANSFER_STATE_COUNT);
	t.n_approvals = otp_dec_enum(&dec, OTP_APPROVALS_MAX + 1);
	for (uint32_t i = 0; i < t.n_approvals; i++)
		take_approval(&dec, &t.approval[i]);
	t.counted_day = otp_dec_i64(&dec);
	t.ended_at = otp_dec_i64(&dec);
	otp_dec_str(&dec, t.ended_by, sizeof(t.ended_by));
	otp_dec_str(&dec, t.note, sizeof(t.note));
	err = otp_record_decoded(&dec, is_valid(&t));
	if (err == OTP_OK)
		*ret = t;
	return err;
}

enum otp_err
otp_transfer_digest(const struct otp_transfer *transfer, uint8_t ret[OTP_DIGEST_SIZE])
{
	struct otp_bytes order = OTP_BYTES_INIT;
	struct otp_enc enc = OTP_ENC_INIT(&order, OTP_RECORD_MAX);
	enum otp_err err;

	put_order(&enc, transfer);
	err = otp_record_encoded(&enc, &order);
	if (err == OTP_OK)
		err = otp_crypto_sha256(order.data, order.len, ret);
	otp_bytes_clear(&order);
	return err;
}

const char *
otp_transfer_record_name(char buf[OTP_TRANSFER_NAME_SIZE], uint64_t id)
{
	(void)snprintf(buf, OTP_TRANSFER_NAME_SIZE, "%llu", (unsigned long long)id);
	return buf;
}

bool
otp_transfer_is_open(const struct otp_transfer *transfer)
{
	return transfer->state == OTP_TRANSFER_PENDING || transfer->state == OTP_TRANSFER_APPROVED;
}

const struct otp_approval *
otp_transfer_approval_of(const struct otp_transfer *transfer, uint64_t user_id)
{
	for (uint32_t i = 0; i < transfer->n_approvals; i++)
		if (transfer->approval[i].user_id == user_id)
			return &transfer->approval[i];
	return NULL;
}
