/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user record: its encoding, and what follows from it. */
#include "config.h"

#include <string.h>

#include "choices.h"
#include "encode.h"
#include "record.h"
#include "user.h"

#define N_(s) s
#define FORMAT 1

static const char *const role_names[OTP_ROLE_COUNT] = {
#define X(id, word) [OTP_ROLE_##id] = word,
	OTP_ROLES(X)
#undef X
};

/* by bit */
static const char *const right_names[] = {
#define X(id, word) word,
	OTP_RIGHTS(X)
#undef X
};
#define N_RIGHTS (sizeof(right_names) / sizeof(right_names[0]))
_Static_assert((1u << N_RIGHTS) - 1 == OTP_RIGHT_ALL, "every right has a name");

const char *
otp_right_name(unsigned index)
{
	return index < N_RIGHTS ? right_names[index] : NULL;
}

enum otp_err
otp_right_parse(const char *name, uint32_t *ret_bit)
{
	for (unsigned i = 0; i < N_RIGHTS; i++) {
		if (strcmp(right_names[i], name) == 0) {
			*ret_bit = 1u << i;
			return OTP_OK;
		}
	}
	return OTP_ERR_BAD_INPUT;
}

const char *
otp_role_name(enum otp_role role)
{
	return (unsigned)role < OTP_ROLE_COUNT ? role_names[role] : "";
}

enum otp_err
otp_role_parse(const char *name, enum otp_role *ret)
{
	for (unsigned i = 0; name != NULL && i < OTP_ROLE_COUNT; i++)
		if (strcmp(role_names[i], name) == 0) {
			*ret = (enum otp_role)i;
			return OTP_OK;
		}
	return OTP_ERR_BAD_INPUT;
}

void
otp_user_clear(struct otp_user *user)
{
	if (user != NULL)
		otp_wipe(user, sizeof(*user));
}

/* A locale's name, "ja" or "ja_JP.UTF-8", or "". */
static bool
is_language(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@-";

	return strspn(text, letters) == strlen(text);
}

static bool
is_permit_valid(const struct otp_permit *p)
{
	if ((p->rights & ~OTP_RIGHT_ALL) != 0 || !otp_record_is_amount(p->limits.per_transfer) ||
	    !otp_record_is_amount(p->limits.per_day) || p->n_accounts > OTP_PERMITTED_MAX)
		return false;
	for (uint32_t i = 0; i < p->n_accounts; i++)
		if (!otp_account_ref_is_valid(&p->account[i]) ||
		    (i > 0 && p->account[i].number <= p->account[i - 1].number))
			return false;
	return true;
}

/* That no address begins with these came later: a record may have one, and nothing is sent to it (mail.c). */
static bool
is_mail(const char *text)
{
	return text[0] == '\0' ||
	    otp_parse_mail(text[0] == '|' || text[0] == '/' ? text + 1 : text) == OTP_OK;
}

/* The person: who, how to reach him, what he may. */
static bool
is_person_valid(const struct otp_user *u)
{
	return u->id != 0 && otp_parse_name(u->name) == OTP_OK &&
	    (unsigned)u->role < OTP_ROLE_COUNT &&
	    is_mail(u->mail) &&
	    is_language(u->language) && otp_record_is_time(u->created_at) &&
	    is_mail(u->mail_before) &&
	    otp_record_is_time(u->mail_changed_at) && is_permit_valid(&u->granted) &&
	    is_permit_valid(&u->adopted) && otp_record_is_time(u->adopted_at) &&
	    otp_record_is_day_total(&u->approved);
}

/* What he shows: password, word, token. */
static bool
are_proofs_valid(const struct otp_user *u)
{
	return otp_record_is_hash(u->confirm) && otp_record_is_hash(u->word) &&
	    otp_record_is_time(u->word_until) && u->n_wrong_at <= OTP_USER_WRONG_MAX &&
	    otp_record_are_times(u->wrong_at, u->n_wrong_at) && otp_record_is_time(u->reset_at) &&
	    otp_record_is_time(u->register_from) && otp_record_is_time(u->register_until) &&
	    (u->serial[0] == '\0' || otp_parse_serial(u->serial) == OTP_OK) &&
	    (u->near_serial[0] == '\0' || otp_parse_serial(u->near_serial) == OTP_OK) &&
	    otp_record_is_time_ms(u->near_until_ms) &&
	    (!u->is_bound || (u->serial[0] != '\0' && u->was_bound)) &&
	    otp_record_is_time(u->revoked_at) && otp_record_is_time(u->handed_at);
}

static void
put_permit(struct otp_enc *enc, const struct otp_permit *p)
{
	otp_enc_u32(enc, p->rights);
	otp_enc_i64(enc, p->limits.per_transfer);
	otp_enc_i64(enc, p->limits.per_day);
	otp_enc_u8(enc, (uint8_t)p->n_accounts);
	for (uint32_t i = 0; i < p->n_accounts; i++)
		otp_account_ref_put(enc, &p->account[i]);
}

static void
put_proofs(struct otp_enc *enc, const struct otp_user *u)
{
	otp_enc_str(enc, u->confirm);
	otp_enc_str(enc, u->word);
	otp_enc_i64(enc, u->word_until);
	otp_enc_u8(enc, u->word_is_reset);
	otp_enc_u32(enc, u->n_wrong);
	otp_enc_u8(enc, (uint8_t)u->n_wrong_at);
	for (uint32_t i = 0; i < u->n_wrong_at; i++)
		otp_enc_i64(enc, u->wrong_at[i]);
	otp_enc_u8(enc, u->confirm_stopped);
	otp_enc_u64(enc, u->reset_by);
	otp_enc_i64(enc, u->reset_at);
	otp_enc_str(enc, u->mail_before);
	otp_enc_i64(enc, u->mail_changed_at);
}

enum otp_err
otp_user_encode(const struct otp_user *u, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_person_valid(u) || !are_proofs_valid(u))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	otp_enc_u64(&enc, u->id);
	otp_enc_str(&enc, u->name);
	otp_enc_u8(&enc, (uint8_t)u->role);
	otp_enc_str(&enc, u->mail);
	otp_enc_str(&enc, u->language);
	otp_enc_u8(&enc, u->enabled);
	otp_enc_i64(&enc, u->created_at);
	otp_enc_u64(&enc, u->epoch);
	put_proofs(&enc, u);
	put_permit(&enc, &u->granted);
	put_permit(&enc, &u->adopted);
	otp_enc_i64(&enc, u->adopted_at);
	otp_day_total_put(&enc, &u->approved);
	otp_enc_i64(&enc, u->register_from);
	otp_enc_i64(&enc, u->register_until);
	otp_enc_u32(&enc, u->register_fails);
	otp_enc_str(&enc, u->near_serial);
	otp_enc_u64(&enc, u->near_step);
	otp_enc_i64(&enc, u->near_until_ms);
	otp_enc_str(&enc, u->serial);
	otp_enc_u8(&enc, u->is_bound);
	otp_enc_u8(&enc, u->was_bound);
	otp_enc_i64(&enc, u->revoked_at);
	otp_enc_u64(&enc, u->handed_by);
	otp_enc_i64(&enc, u->handed_at);
	return otp_record_encoded(&enc, ret);
}

static void
take_permit(struct otp_dec *dec, struct otp_permit *ret)
{
	ret->rights = otp_dec_u32(dec);
	ret->limits.per_transfer = otp_dec_i64(dec);
	ret->limits.per_day = otp_dec_i64(dec);
	ret->n_accounts = otp_dec_enum(dec, OTP_PERMITTED_MAX + 1);
	for (uint32_t i = 0; i < ret->n_accounts; i++)
		otp_account_ref_get(dec, &ret->account[i]);
}

static void
take_proofs(struct otp_dec *dec, struct otp_user *u)
{
	otp_dec_str(dec, u->confirm, sizeof(u->confirm));
	otp_dec_str(dec, u->word, sizeof(u->word));
	u->word_until = otp_dec_i64(dec);
	u->word_is_reset = otp_dec_bool(dec);
	u->n_wrong = otp_dec_u32(dec);
	u->n_wrong_at = otp_dec_enum(dec, OTP_USER_WRONG_MAX + 1);
	for (uint32_t i = 0; i < u->n_wrong_at; i++)
		u->wrong_at[i] = otp_dec_i64(dec);
	u->confirm_stopped = otp_dec_bool(dec);
	u->reset_by = otp_dec_u64(dec);
	u->reset_at = otp_dec_i64(dec);
	otp_dec_str(dec, u->mail_before, sizeof(u->mail_before));
	u->mail_changed_at = otp_dec_i64(dec);
}

enum otp_err
otp_user_decode(const void *data, size_t len, struct otp_user *ret)
{
	struct otp_user u = OTP_USER_INIT;
	struct otp_dec dec;
	enum otp_err err;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	u.id = otp_dec_u64(&dec);
	otp_dec_str(&dec, u.name, sizeof(u.name));
	u.role = (enum otp_role)otp_dec_enum(&dec, OTP_ROLE_COUNT);
	otp_dec_str(&dec, u.mail, sizeof(u.mail));
	otp_dec_str(&dec, u.language, sizeof(u.language));
	u.enabled = otp_dec_bool(&dec);
	u.created_at = otp_dec_i64(&dec);
	u.epoch = otp_dec_u64(&dec);
	take_proofs(&dec, &u);
	take_permit(&dec, &u.granted);
	take_permit(&dec, &u.adopted);
	u.adopted_at = otp_dec_i64(&dec);
	otp_day_total_get(&dec, &u.approved);
	u.register_from = otp_dec_i64(&dec);
	u.register_until = otp_dec_i64(&dec);
	u.register_fails = otp_dec_u32(&dec);
	otp_dec_str(&dec, u.near_serial, sizeof(u.near_serial));
	u.near_step = otp_dec_u64(&dec);
	u.near_until_ms = otp_dec_i64(&dec);
	otp_dec_str(&dec, u.serial, sizeof(u.serial));
	u.is_bound = otp_dec_bool(&dec);
	u.was_bound = otp_dec_bool(&dec);
	u.revoked_at = otp_dec_i64(&dec);
	u.handed_by = otp_dec_u64(&dec);
	u.handed_at = otp_dec_i64(&dec);
	err = otp_record_decoded(&dec, is_person_valid(&u) && are_proofs_valid(&u));
	if (err == OTP_OK)
		*ret = u;
	otp_user_clear(&u);
	return err;
}

/* ---- permits ---- */

/* Where it is, or where it belongs. */
static uint32_t
find_account(const struct otp_permit *permit, uint64_t number)
{
	uint32_t i = 0;

	while (i < permit->n_accounts && permit->account[i].number < number)
		i++;
	return i;
}

const struct otp_account_ref *
otp_permit_account(const struct otp_permit *permit, uint64_t number)
{
	uint32_t i = find_account(permit, number);

	return i < permit->n_accounts && permit->account[i].number == number ?
	    &permit->account[i] : NULL;
}

enum otp_err
otp_permit_account_add(struct otp_permit *permit, uint64_t number, const char *id)
{
	uint32_t i = find_account(permit, number);

	if (number == 0 || otp_parse_serial(id) != OTP_OK)
		return OTP_ERR_INTERNAL;
	if (i < permit->n_accounts && permit->account[i].number == number)
		return OTP_OK;
	if (permit->n_accounts >= OTP_PERMITTED_MAX)
		return OTP_ERR_OVER_LIMIT;
	memmove(&permit->account[i + 1], &permit->account[i],
	    (permit->n_accounts - i) * sizeof(permit->account[0]));
	permit->account[i] = (struct otp_account_ref){ .number = number };
	memcpy(permit->account[i].id, id, strlen(id) + 1);
	permit->n_accounts++;
	return OTP_OK;
}

void
otp_permit_account_remove(struct otp_permit *permit, uint64_t number)
{
	uint32_t i = find_account(permit, number);

	if (i >= permit->n_accounts || permit->account[i].number != number)
		return;
	permit->n_accounts--;
	memmove(&permit->account[i], &permit->account[i + 1],
	    (permit->n_accounts - i) * sizeof(permit->account[0]));
}

static int64_t
lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
otp_permit_meet(const struct otp_permit *a, const struct otp_permit *b, struct otp_permit *ret)
{
	struct otp_permit both = { .rights = a->rights & b->rights,
		.limits.per_transfer = lower(a->limits.per_transfer, b->limits.per_transfer),
		.limits.per_day = lower(a->limits.per_day, b->limits.per_day) };

	for (uint32_t i = 0; i < a->n_accounts; i++)
		if (otp_permit_account(b, a->account[i].number) != NULL)
			both.account[both.n_accounts++] = a->account[i];
	*ret = both;
}

bool
otp_permit_is_same(const struct otp_permit *a, const struct otp_permit *b)
{
	if (a->rights != b->rights || a->limits.per_transfer != b->limits.per_transfer ||
	    a->limits.per_day != b->limits.per_day || a->n_accounts != b->n_accounts)
		return false;
	for (uint32_t i = 0; i < a->n_accounts; i++)
		if (a->account[i].number != b->account[i].number)
			return false;
	return true;
}

bool
otp_permit_is_within(const struct otp_permit *a, const struct otp_permit *b)
{
	struct otp_permit both;

	otp_permit_meet(a, b, &both);
	return otp_permit_is_same(&both, a);
}

void
otp_permit_in_force(const struct otp_user *user, struct otp_permit *ret)
{
	otp_permit_meet(&user->granted, &user->adopted, ret);
}

bool
otp_user_registration_is_open(const struct otp_user *user, int64_t now)
{
	return user->register_until != 0 && now >= user->register_from &&
	    now < user->register_until;
}

bool
otp_user_needs_codes(const struct otp_user *user)
{
	switch (user->role) {
	case OTP_ROLE_ADMINISTRATOR:
	case OTP_ROLE_MASTER:
		return true;
	case OTP_ROLE_GENERAL:
	case OTP_ROLE_COUNT:
		break;
	}
	return (user->granted.rights & OTP_RIGHTS_WITH_CODE) != 0;
}

void
otp_user_wrong_add(struct otp_user *user, int64_t now)
{
	otp_record_add_time(user->wrong_at, &user->n_wrong_at, OTP_USER_WRONG_MAX, now);
}

uint32_t
otp_user_wrong_within_day(const struct otp_user *user, int64_t now)
{
	return otp_record_times_within_day(user->wrong_at, user->n_wrong_at, now);
}
