/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a token comes into stock: what describes it is checked, compared with what is there, and put. */
#include "config.h"

#include "act_stock.h"

#include <stdio.h>
#include <string.h>

#include "act_tokens.h"
#include "record.h"

/* ---- what describes a token ---- */

enum otp_err
otp_stock_bad_field(enum otp_field field, struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_TOKEN_FIELD, otp_field_name(field));
}

static enum otp_err
take_int(const struct otp_fields *f, enum otp_field field, int64_t min, int64_t max,
    int64_t otherwise, int64_t *ret, struct otp_why *why)
{
	if (!otp_fields_int(f, field, ret))
		*ret = otherwise;
	else if (*ret < min || *ret > max)
		return otp_stock_bad_field(field, why);
	return OTP_OK;
}

static enum otp_err
take_kind(const struct otp_fields *f, struct otp_token *token, struct otp_why *why)
{
	const char *type = otp_fields_str(f, OTP_FIELD_TYPE);
	const char *algorithm = otp_fields_str(f, OTP_FIELD_ALGORITHM);

	token->type = OTP_TOKEN_TOTP;
	if (type != NULL && otp_token_type_parse(type, &token->type) != OTP_OK)
		return otp_stock_bad_field(OTP_FIELD_TYPE, why);
	token->hash = OTP_HASH_SHA1;
	if (algorithm != NULL && otp_hash_parse(algorithm, &token->hash) != OTP_OK)
		return otp_stock_bad_field(OTP_FIELD_ALGORITHM, why);
	return OTP_OK;
}

static enum otp_err
take_numbers(const struct otp_fields *f, struct otp_token *token, struct otp_why *why)
{
	bool is_hotp = token->type == OTP_TOKEN_HOTP;
	int64_t digits, step, counter;
	enum otp_err err;

	err = take_int(f, OTP_FIELD_DIGITS, OTP_DIGITS_MIN, OTP_DIGITS_MAX, 6, &digits, why);
	if (err == OTP_OK && is_hotp)
		err = take_int(f, OTP_FIELD_STEP, 0, 0, 0, &step, why);
	else if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_STEP, OTP_IMPORT_STEP_MIN, OTP_IMPORT_STEP_MAX, 60,
		    &step, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_COUNTER, 0, is_hotp ? INT64_MAX - 1 : 0, 0,
		    &counter, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_NOT_BEFORE, 1, OTP_TIME_MAX, 0,
		    &token->not_before, why);
	if (err == OTP_OK)
		err = take_int(f, OTP_FIELD_NOT_AFTER, 1, OTP_TIME_MAX, 0,
		    &token->not_after, why);
	if (err == OTP_OK && token->not_after != 0 && token->not_after <= token->not_before)
		err = otp_stock_bad_field(OTP_FIELD_NOT_AFTER, why);
	if (err != OTP_OK)
		return err;
	token->digits = (uint8_t)digits;
	token->step = (uint32_t)step;
	token->start_counter = (uint64_t)counter;
	token->last_used = counter > 0 ? (uint64_t)counter - 1 : OTP_STEP_NONE;
	return OTP_OK;
}

static enum otp_err
take_seed(struct otp_call *call, const struct otp_fields *f, struct otp_token *token,
    struct otp_why *why)
{
	size_t len = 0;
	const void *seed = otp_fields_bytes(f, OTP_FIELD_SECRET, &len);
	enum otp_err err;

	if (seed == NULL || len < OTP_SEED_MIN || len > OTP_SEED_MAX)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SEED_UNFIT, OTP_WHY_NUM(OTP_SEED_MIN),
		    OTP_WHY_NUM(OTP_SEED_MAX));
	err = otp_bytes_set(&token->seed, seed, len);
	if (err == OTP_OK)
		err = otp_seal_fingerprint(otp_store_seal(call->store), seed, len,
		    token->fingerprint);
	return err;
}

enum otp_err
otp_stock_take(struct otp_call *call, const struct otp_fields *f, struct otp_token *ret,
    struct otp_why *why)
{
	const char *serial = otp_fields_str(f, OTP_FIELD_SERIAL);
	enum otp_err err;

	if (serial == NULL || serial[0] == '\0')
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, SERIAL_MISSING);
	if (otp_parse_serial(serial) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_SERIAL, serial);
	(void)snprintf(ret->serial, sizeof(ret->serial), "%s", serial);
	err = take_kind(f, ret, why);
	if (err == OTP_OK)
		err = take_numbers(f, ret, why);
	if (err == OTP_OK)
		err = take_seed(call, f, ret, why);
	if (err != OTP_OK)
		return err;
	ret->state = OTP_TOKEN_STOCK;
	ret->imported_at = otp_act_now(call);
	otp_window_init(&ret->window, ret->not_before != 0 ? ret->not_before * 1000 : -1,
	    call->now_ms);
	return OTP_OK;
}

/* ---- what is there ---- */

/* By the seed's fingerprint, which stays when the secret itself is wiped. */
static bool
is_same(const struct otp_token *a, const struct otp_token *b)
{
	return a->type == b->type && a->hash == b->hash && a->digits == b->digits &&
	    a->step == b->step && a->start_counter == b->start_counter &&
	    a->not_before == b->not_before && a->not_after == b->not_after &&
	    strcmp(a->fingerprint, b->fingerprint) == 0;
}

static bool
is_final(const struct otp_token *token)
{
	return token->state == OTP_TOKEN_LOST || token->state == OTP_TOKEN_RETIRED;
}

static enum otp_err
check_existing(const struct otp_token *old, const struct otp_token *new, struct otp_why *why)
{
	if (is_final(old))
		return OTP_WHY(why, OTP_ERR_CONFLICT, TOKEN_FINAL, old->serial,
		    otp_token_state_name(old->state));
	if (!is_same(old, new))
		return OTP_WHY(why, OTP_ERR_CONFLICT, TOKEN_DIFFERS, old->serial);
	return OTP_OK;
}

enum otp_err
otp_stock_check(struct otp_call *call, const struct otp_token *token, struct otp_token *ret_old,
    bool *ret_is_there, struct otp_why *why)
{
	enum otp_err err;

	*ret_is_there = false;
	err = otp_act_find_token(call, token->serial, ret_old);
	if (err == OTP_OK) {
		*ret_is_there = true;
		return check_existing(ret_old, token, why);
	}
	if (err != OTP_ERR_NOT_FOUND)
		return err;
	err = otp_store_absent(call->store, OTP_KIND_SEED, token->fingerprint);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(why, OTP_ERR_CONFLICT, SEED_KNOWN);
	if (err == OTP_OK)
		err = otp_store_absent(call->store, OTP_KIND_TOKEN, token->serial);
	return err;
}

enum otp_err
otp_stock_put(struct otp_call *call, const struct otp_token *token)
{
	struct otp_bytes serial = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_act_save_token(call, token);
	if (err == OTP_OK)
		err = otp_bytes_set(&serial, token->serial, strlen(token->serial));
	if (err == OTP_OK)
		err = otp_store_put(call->store, OTP_KIND_SEED, token->fingerprint, &serial);
	otp_bytes_clear(&serial);
	return err;
}
