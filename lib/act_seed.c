/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeds: one token into stock, with its own or a random one, and a token's for an app. */
#include "config.h"

#include "act_seed.h"

#include "act_device.h"
#include "act_stock.h"

/* What an app must know; the secret is for who asks the answer for it, and for nothing else. */
static enum otp_err
put_token(struct otp_call *call, const struct otp_token *token, bool has_secret)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STATE,
		    otp_token_state_name(token->state));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_TYPE, otp_token_type_name(token->type));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ALGORITHM, otp_hash_name(token->hash));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_DIGITS, token->digits);
	if (err == OTP_OK && token->type == OTP_TOKEN_TOTP)
		err = otp_fields_put_int(fields, OTP_FIELD_STEP, token->step);
	else if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_COUNTER,
		    (int64_t)(token->last_used + 1));
	if (err == OTP_OK && has_secret && !call->request->dry_run)
		err = otp_fields_put_bytes(fields, OTP_FIELD_SECRET, token->seed.data,
		    token->seed.len);
	return err;
}

/* ---- token add ---- */

/* As long as the hash is: RFC 4226 R6 asks for 160 bits, RFC 6238 for those of its HMAC. */
static enum otp_err
make_seed(struct otp_fields *fields, struct otp_why *why)
{
	const char *algorithm = otp_fields_str(fields, OTP_FIELD_ALGORITHM);
	enum otp_hash hash = OTP_HASH_SHA1;
	uint8_t seed[OTP_SEED_MAX];
	enum otp_err err;

	if (otp_fields_has(fields, OTP_FIELD_SECRET))
		return otp_stock_bad_field(OTP_FIELD_SECRET, why);
	if (algorithm != NULL && otp_hash_parse(algorithm, &hash) != OTP_OK)
		return otp_stock_bad_field(OTP_FIELD_ALGORITHM, why);
	err = otp_crypto_random(seed, otp_hash_size(hash));
	if (err == OTP_OK)
		err = otp_fields_put_bytes(fields, OTP_FIELD_SECRET, seed, otp_hash_size(hash));
	otp_wipe(seed, sizeof(seed));
	return err;
}

static enum otp_err
add(struct otp_call *call, const struct otp_token *token, bool is_random)
{
	struct otp_token old = OTP_TOKEN_INIT;
	bool is_there = false;
	enum otp_err err;

	err = otp_stock_check(call, token, &old, &is_there, &call->answer->why);
	if (err == OTP_OK && !is_there)
		err = otp_stock_put(call, token);
	if (err == OTP_OK)
		err = put_token(call, is_there ? &old : token, is_random && !is_there);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_TYPE,
		    otp_token_type_name(token->type));
	if (err == OTP_OK && is_random)
		err = otp_fields_put_bool(&call->event.details, OTP_FIELD_RANDOM, true);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	otp_token_clear(&old);
	return err;
}

enum otp_err
otp_act_token_add(struct otp_call *call)
{
	bool is_random = otp_fields_bool(&call->request->fields, OTP_FIELD_RANDOM);
	struct otp_fields fields = OTP_FIELDS_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	otp_act_about(call, NULL, otp_fields_str(&call->request->fields, OTP_FIELD_SERIAL));
	err = otp_fields_copy(&fields, &call->request->fields);
	if (err == OTP_OK && is_random)
		err = make_seed(&fields, &call->answer->why);
	if (err == OTP_OK)
		err = otp_stock_take(call, &fields, &token, &call->answer->why);
	if (err == OTP_OK)
		err = add(call, &token, is_random);
	if (err != OTP_OK)	/* what was not written down goes out to nobody */
		otp_fields_clear(&call->answer->fields);
	otp_token_clear(&token);
	otp_fields_clear(&fields);
	return err;
}

/* ---- token uri ---- */

/* Whoever has it can show another's codes: with two hands asked for power, two are asked for this. */
enum otp_err
otp_act_token_uri(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_act_second(call);
	if (err == OTP_OK)
		err = otp_device_load(call, &token);
	if (err == OTP_OK)
		err = otp_device_check_final(call, &token);
	if (err == OTP_OK)
		err = put_token(call, &token, true);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)	/* what was not written down goes out to nobody */
		otp_fields_clear(&call->answer->fields);
	otp_token_clear(&token);
	return err;
}
