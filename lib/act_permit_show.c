/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told about permits: rows, what was shown of a user, the audit's changes; showing and listing them. */
#include "config.h"

#include "act_permit_show.h"

#include <stdio.h>
#include <string.h>

#include "act_permit.h"
#include "act_standing.h"
#include "crypto.h"
#include "encode.h"
#include "text.h"

#define CHANGE_MAX (OTP_NAME_MAX + 96)

/* ---- rows ---- */

enum otp_err
otp_permit_put_person(struct otp_call *call, const struct otp_user *user, struct otp_fields *to)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	err = otp_standing_of(call, user, &token, &standing);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_MAIL,
		    user->mail[0] != '\0' ? user->mail : user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_STATE, otp_standing_name(standing));
	if (err == OTP_OK && user->serial[0] != '\0')
		err = otp_fields_put_str(to, OTP_FIELD_SERIAL, user->serial);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_permit_put_granted(struct otp_call *call, const struct otp_permit *permit, bool is_new,
    struct otp_fields *to)
{
	const char *name;
	enum otp_err err = OTP_OK;

	for (unsigned i = 0; err == OTP_OK && (name = otp_right_name(i)) != NULL; i++)
		if ((permit->rights & 1u << i) != 0)
			err = otp_fields_put_str(to,
			    is_new ? OTP_FIELD_RIGHTS_NEW : OTP_FIELD_RIGHTS_OLD, name);
	for (uint32_t i = 0; err == OTP_OK && i < permit->n_accounts; i++)
		err = otp_fields_put_str(to,
		    is_new ? OTP_FIELD_ACCOUNTS_NEW : OTP_FIELD_ACCOUNTS_OLD,
		    permit->account[i].id);
	if (err == OTP_OK)
		err = otp_act_put_limit(call, to,
		    is_new ? OTP_FIELD_PER_TRANSFER_NEW : OTP_FIELD_PER_TRANSFER_OLD,
		    permit->limits.per_transfer);
	if (err == OTP_OK)
		err = otp_act_put_limit(call, to,
		    is_new ? OTP_FIELD_PER_DAY_NEW : OTP_FIELD_PER_DAY_OLD,
		    permit->limits.per_day);
	return err;
}

/* ---- what was shown ---- */

enum otp_err
otp_permit_expectation(const struct otp_user *user, char ret[OTP_PERMIT_EXPECT_MAX])
{
	struct otp_bytes shown = OTP_BYTES_INIT;
	struct otp_enc enc = OTP_ENC_INIT(&shown, OTP_RECORD_MAX);
	const struct otp_permit *granted = &user->granted;
	char hex[2 * OTP_PERMIT_SHOWN_BYTES + 1];
	uint8_t digest[32];
	enum otp_err err;

	otp_enc_u64(&enc, user->id);
	otp_enc_u8(&enc, (uint8_t)user->role);
	otp_enc_str(&enc, user->mail);
	otp_enc_str(&enc, user->serial);
	otp_enc_u8(&enc, user->is_bound);
	otp_enc_u8(&enc, user->enabled);
	otp_enc_u32(&enc, granted->rights);
	otp_enc_i64(&enc, granted->limits.per_transfer);
	otp_enc_i64(&enc, granted->limits.per_day);
	for (uint32_t i = 0; i < granted->n_accounts; i++)
		otp_account_ref_put(&enc, &granted->account[i]);
	err = enc.err;
	if (err == OTP_OK)
		err = otp_crypto_sha256(shown.data, shown.len, digest);
	if (err == OTP_OK)
		(void)snprintf(ret, OTP_PERMIT_EXPECT_MAX, "%s:%s", user->name,
		    otp_text_hex(hex, digest, OTP_PERMIT_SHOWN_BYTES));
	otp_bytes_clear(&shown);
	return err;
}

/* ---- what the audit and the mails are told ---- */

static enum otp_err
note(struct otp_call *call, const char *user, const char *sign, const char *what)
{
	char text[CHANGE_MAX];

	(void)snprintf(text, sizeof(text), "%s:%s%s", user, sign, what);
	return otp_fields_put_str(&call->event.details, OTP_FIELD_CHANGES, text);
}

static enum otp_err
note_limit(struct otp_call *call, const char *user, const char *what, int64_t old, int64_t new)
{
	unsigned digits = otp_store_site(call->store)->currency_digits;
	char text[80], from[32], to[32];

	if (old == new)
		return OTP_OK;
	(void)snprintf(text, sizeof(text), "%s %s > %s", what, otp_text_amount(from, old, digits),
	    otp_text_amount(to, new, digits));
	return note(call, user, "", text);
}

/* Accounts of `a` that `b` has not. */
static enum otp_err
note_accounts(struct otp_call *call, const char *user, const char *sign,
    const struct otp_permit *a, const struct otp_permit *b)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < a->n_accounts; i++)
		if (otp_permit_account(b, a->account[i].number) == NULL)
			err = note(call, user, sign, a->account[i].id);
	return err;
}

enum otp_err
otp_permit_note(struct otp_call *call, const char *user, const struct otp_permit *old,
    const struct otp_permit *new)
{
	const char *name;
	enum otp_err err = otp_fields_put_str(&call->event.details, OTP_FIELD_USERS, user);

	for (unsigned i = 0; err == OTP_OK && (name = otp_right_name(i)) != NULL; i++)
		if (((old->rights ^ new->rights) & 1u << i) != 0)
			err = note(call, user, new->rights & 1u << i ? "+" : "-", name);
	if (err == OTP_OK)
		err = note_accounts(call, user, "-account ", old, new);
	if (err == OTP_OK)
		err = note_accounts(call, user, "+account ", new, old);
	if (err == OTP_OK)
		err = note_limit(call, user, "per-transfer", old->limits.per_transfer,
		    new->limits.per_transfer);
	if (err == OTP_OK)
		err = note_limit(call, user, "per-day", old->limits.per_day, new->limits.per_day);
	return err;
}

/* ---- permit show, permit list ---- */

static enum otp_err
put_permit(struct otp_call *call, const struct otp_user *user, struct otp_fields *to)
{
	enum otp_err err = otp_permit_put_person(call, user, to);

	if (err == OTP_OK)
		err = otp_standing_put_permit(call, user, to);
	if (err == OTP_OK && user->adopted_at != 0)
		err = otp_fields_put_int(to, OTP_FIELD_ADOPTED_AT, user->adopted_at);
	return err;
}

enum otp_err
otp_act_permit_show(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_load_user(call, otp_fields_str(&call->request->fields, OTP_FIELD_USER),
	    &user);
	if (err == OTP_OK)
		err = put_permit(call, &user, &call->answer->fields);
	otp_user_clear(&user);
	return err;
}

struct permit_filter {
	struct otp_call *call;
	uint64_t account;	/* 0: any */
};

static bool
is_listed(const struct permit_filter *filter, const struct otp_permit *granted)
{
	if (filter->account != 0)
		return otp_permit_account(granted, filter->account) != NULL;
	return (granted->rights & ~OTP_RIGHT_LOGIN) != 0 || granted->n_accounts > 0 ||
	    granted->limits.per_transfer != 0 || granted->limits.per_day != 0;
}

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct permit_filter *filter = ctx;
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && is_listed(filter, &user.granted)) {
		err = otp_act_row(filter->call, &row);
		if (err == OTP_OK)
			err = put_permit(filter->call, &user, row);
	}
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_permit_list(struct otp_call *call)
{
	const char *id = otp_fields_str(&call->request->fields, OTP_FIELD_ACCOUNT);
	struct permit_filter filter = { .call = call };
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	if (id != NULL) {
		err = otp_act_load_account(call, id, &account);
		if (err != OTP_OK)
			return err;
		filter.account = account.ref.number;
	}
	return otp_store_scan(call->store, OTP_KIND_USER, each_user, &filter);
}
