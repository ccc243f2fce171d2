/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account record: its encoding. */
#include "config.h"

#include "account.h"

#define FORMAT 1

bool
otp_account_ref_is_valid(const struct otp_account_ref *ref)
{
	return ref->number != 0 && otp_parse_serial(ref->id) == OTP_OK;
}

void
otp_account_ref_put(struct otp_enc *enc, const struct otp_account_ref *ref)
{
	otp_enc_u64(enc, ref->number);
	otp_enc_str(enc, ref->id);
}

void
otp_account_ref_get(struct otp_dec *dec, struct otp_account_ref *ret)
{
	ret->number = otp_dec_u64(dec);
	otp_dec_str(dec, ret->id, sizeof(ret->id));
}

void
otp_account_clear(struct otp_account *account)
{
	if (account != NULL)
		*account = (struct otp_account)OTP_ACCOUNT_INIT;
}

static bool
is_valid(const struct otp_account *a)
{
	return otp_account_ref_is_valid(&a->ref) &&
	    (a->name[0] == '\0' || otp_parse_label(a->name, OTP_ACCOUNT_NAME_MAX) == OTP_OK) &&
	    otp_record_is_amount(a->per_day) && otp_record_is_time(a->created_at) &&
	    otp_record_is_day_total(&a->approved);
}

enum otp_err
otp_account_encode(const struct otp_account *account, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(account))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	otp_account_ref_put(&enc, &account->ref);
	otp_enc_str(&enc, account->name);
	otp_enc_i64(&enc, account->per_day);
	otp_enc_i64(&enc, account->created_at);
	otp_day_total_put(&enc, &account->approved);
	return otp_record_encoded(&enc, ret);
}

enum otp_err
otp_account_decode(const void *data, size_t len, struct otp_account *ret)
{
	struct otp_account a = OTP_ACCOUNT_INIT;
	struct otp_dec dec;
	enum otp_err err;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	otp_account_ref_get(&dec, &a.ref);
	otp_dec_str(&dec, a.name, sizeof(a.name));
	a.per_day = otp_dec_i64(&dec);
	a.created_at = otp_dec_i64(&dec);
	otp_day_total_get(&dec, &a.approved);
	err = otp_record_decoded(&dec, is_valid(&a));
	if (err == OTP_OK)
		*ret = a;
	return err;
}
