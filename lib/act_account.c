/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: adding, changing, deleting, listing them. */
#include "config.h"

#include "act_account.h"

#include <stdio.h>
#include <string.h>

#include "text.h"
#include "transfer.h"

/* ---- what they have in common ---- */

static const char *
subject(struct otp_call *call)
{
	return otp_fields_str(&call->request->fields, OTP_FIELD_ACCOUNT);
}

static enum otp_err
take_name(struct otp_call *call, struct otp_account *account)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_NAME);

	if (name == NULL)
		return OTP_OK;
	if (name[0] != '\0' && otp_parse_label(name, OTP_ACCOUNT_NAME_MAX) != OTP_OK)
		return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_ACCOUNT_NAME, name);
	(void)snprintf(account->name, sizeof(account->name), "%s", name);
	return OTP_OK;
}

static enum otp_err
take_both(struct otp_call *call, struct otp_account *account)
{
	enum otp_err err = take_name(call, account);

	if (err == OTP_OK)
		err = otp_act_take_limit(call, OTP_FIELD_PER_DAY, &account->per_day);
	return err;
}

enum otp_err
otp_account_put(struct otp_call *call, const struct otp_account *account, struct otp_fields *fields)
{
	const struct otp_store_site *site = otp_store_site(call->store);
	char text[32];
	int64_t day;
	enum otp_err err;

	err = otp_act_today(call, &day);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ACCOUNT, account->ref.id);
	if (err == OTP_OK && account->name[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_NAME, account->name);
	if (err == OTP_OK)
		err = otp_act_put_limit(call, fields, OTP_FIELD_PER_DAY, account->per_day);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_TODAY, otp_text_amount(text,
		    otp_day_total_on(&account->approved, day), site->currency_digits));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_CURRENCY, site->currency);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_CREATED_AT, account->created_at);
	return err;
}

/* What the audit keeps: the number tells it from another one under the same id. */
static enum otp_err
put_details(struct otp_call *call, const struct otp_account *account)
{
	struct otp_fields *details = &call->event.details;
	enum otp_err err = otp_fields_put_str(details, OTP_FIELD_ACCOUNT, account->ref.id);

	if (err == OTP_OK && account->ref.number != 0)
		err = otp_fields_put_int(details, OTP_FIELD_ID, (int64_t)account->ref.number);
	if (err == OTP_OK && account->name[0] != '\0')
		err = otp_fields_put_str(details, OTP_FIELD_NAME, account->name);
	return err;
}

/* Allowed, for the ceiling may rise; but nobody should believe that it helps. */
static enum otp_err
warn_limit(struct otp_call *call, const struct otp_account *account)
{
	struct otp_why why = OTP_WHY_INIT;
	char own[32], company[32];
	unsigned digits = otp_store_site(call->store)->currency_digits;
	int64_t ceiling;
	enum otp_err err = otp_act_ceiling(call, call->conf->ceiling_per_day, &ceiling);

	if (err != OTP_OK)
		return err;
	if (account->per_day == 0)
		(void)OTP_WHY(&why, OTP_OK, ACCOUNT_NO_LIMIT, account->ref.id);
	else if (account->per_day > ceiling)
		(void)OTP_WHY(&why, OTP_OK, ABOVE_CEILING,
		    otp_text_amount(own, account->per_day, digits),
		    otp_text_amount(company, ceiling, digits));
	else
		return OTP_OK;
	otp_answer_warn(call->answer, &why);
	return OTP_OK;
}

/* Saves what is new, answers, commits. `old` NULL: it was not there. */
static enum otp_err
finish(struct otp_call *call, const struct otp_account *old, const struct otp_account *account)
{
	bool is_changed = old == NULL || old->per_day != account->per_day ||
	    strcmp(old->name, account->name) != 0;
	struct otp_fields *details = &call->event.details;
	enum otp_err err = warn_limit(call, account);

	if (err == OTP_OK && is_changed)
		err = otp_act_save_account(call, account);
	if (err == OTP_OK)
		err = otp_account_put(call, account, &call->answer->fields);
	if (err == OTP_OK)
		err = put_details(call, account);
	if (err == OTP_OK && old != NULL)
		err = otp_act_put_limit(call, details, OTP_FIELD_PER_DAY_OLD, old->per_day);
	if (err == OTP_OK)
		err = otp_act_put_limit(call, details, OTP_FIELD_PER_DAY_NEW, account->per_day);
	if (err == OTP_OK)
		err = otp_fields_put_bool(details, OTP_FIELD_CHANGED, is_changed);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	return err;
}

/* ---- account add ---- */

static enum otp_err
make(struct otp_call *call, struct otp_account *account)
{
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err;

	/* a damaged shard may hold one of this id */
	err = otp_store_absent(call->store, OTP_KIND_ACCOUNT, account->ref.id);
	if (err == OTP_OK)
		err = otp_act_load_company(call, &company);
	if (err == OTP_OK) {
		account->ref.number = company.next_account++;
		account->created_at = otp_act_now(call);
		err = otp_act_save_company(call, &company);
	}
	if (err == OTP_OK)
		err = finish(call, NULL, account);
	otp_company_clear(&company);
	return err;
}

enum otp_err
otp_act_account_add(struct otp_call *call)
{
	struct otp_account old = OTP_ACCOUNT_INIT, account = OTP_ACCOUNT_INIT;
	const char *id = subject(call);
	enum otp_err err;

	if (otp_parse_serial(id) != OTP_OK)
		return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_ACCOUNT, id);
	(void)snprintf(account.ref.id, sizeof(account.ref.id), "%s", id);
	err = take_both(call, &account);
	if (err == OTP_OK)
		err = otp_act_find_account(call, id, &old);
	if (err == OTP_ERR_NOT_FOUND)
		return make(call, &account);
	if (err != OTP_OK)
		return err;
	if (old.per_day != account.per_day || strcmp(old.name, account.name) != 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_EXISTS, ACCOUNT_DIFFERS, id);
	return finish(call, &old, &old);
}

/* ---- account mod ---- */

enum otp_err
otp_act_account_mod(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_account old = OTP_ACCOUNT_INIT, account;
	enum otp_err err;

	err = otp_act_load_account(call, subject(call), &old);
	if (err != OTP_OK)
		return err;
	if (!otp_fields_has(fields, OTP_FIELD_NAME) && !otp_fields_has(fields, OTP_FIELD_PER_DAY))
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NOTHING_TO_CHANGE);
	account = old;
	err = take_both(call, &account);
	if (err == OTP_OK && account.per_day > old.per_day)
		err = otp_act_second(call);
	if (err == OTP_OK)
		err = finish(call, &old, &account);
	return err;
}

/* ---- account del ---- */

/* "ID:NUMBER": which one was shown. */
static const char *
expectation(const struct otp_account *account, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s:%llu", account->ref.id,
	    (unsigned long long)account->ref.number);
	return buf;
}

/* Deleted and added again it would begin the day with nothing: its limit would be had twice. */
static enum otp_err
check_del(struct otp_call *call, const struct otp_account *account)
{
	const char *expect = otp_fields_str(&call->request->fields, OTP_FIELD_EXPECT);
	struct otp_why *why = &call->answer->why;
	char shown[OTP_SERIAL_MAX + 24];
	int64_t day;
	enum otp_err err;

	if (expect != NULL && strcmp(expect, expectation(account, shown, sizeof(shown))) != 0)
		return OTP_WHY(why, OTP_ERR_CONFLICT, ACCOUNT_OTHER, account->ref.id);
	err = otp_act_today(call, &day);
	if (err == OTP_OK && otp_day_total_on(&account->approved, day) != 0)
		err = OTP_WHY(why, OTP_ERR_WRONG_STATE, ACCOUNT_COUNTS, account->ref.id);
	return err;
}

enum otp_err
otp_act_account_del(struct otp_call *call)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	char shown[OTP_SERIAL_MAX + 24];
	enum otp_err err;

	err = otp_act_load_account(call, subject(call), &account);
	if (err == OTP_OK)
		err = check_del(call, &account);
	if (err == OTP_OK)
		err = otp_act_delete(call, OTP_KIND_ACCOUNT, account.ref.id);
	if (err != OTP_OK)
		return err;
	err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_ACCOUNT, account.ref.id);
	if (err == OTP_OK && call->request->dry_run)
		err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_EXPECT,
		    expectation(&account, shown, sizeof(shown)));
	if (err == OTP_OK)
		err = put_details(call, &account);
	if (err == OTP_OK)
		err = otp_act_put_limit(call, &call->event.details, OTP_FIELD_PER_DAY_OLD,
		    account.per_day);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	return err;
}

/* ---- account list ---- */

static enum otp_err
each_account(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct otp_call *call = ctx;
	struct otp_account account = OTP_ACCOUNT_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_account_decode(value->data, value->len, &account);
	if (err == OTP_OK)
		err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_account_put(call, &account, row);
	return err;
}

enum otp_err
otp_act_account_list(struct otp_call *call)
{
	return otp_store_scan(call->store, OTP_KIND_ACCOUNT, each_account, call);
}

/* ---- account uses ---- */

struct uses {
	struct otp_call *call;
	uint64_t number;
};

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct uses *uses = ctx;
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && otp_permit_account(&user.granted, uses->number) != NULL) {
		err = otp_act_row(uses->call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, user.name);
	}
	otp_user_clear(&user);
	return err;
}

static enum otp_err
each_transfer(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct uses *uses = ctx;
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_transfer_decode(value->data, value->len, &transfer);
	if (err != OTP_OK || transfer.account.number != uses->number ||
	    !otp_transfer_is_open(&transfer))
		goto out;
	err = otp_act_row(uses->call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_ID, (int64_t)transfer.id);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_STATE,
		    otp_transfer_state_name(transfer.state));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, transfer.maker);
out:
	otp_transfer_clear(&transfer);
	return err;
}

enum otp_err
otp_act_account_uses(struct otp_call *call)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	struct uses uses = { .call = call };
	enum otp_err err;

	err = otp_act_load_account(call, subject(call), &account);
	uses.number = account.ref.number;
	if (err == OTP_OK)
		err = otp_store_scan(call->store, OTP_KIND_USER, each_user, &uses);
	if (err == OTP_OK)
		err = otp_store_scan(call->store, OTP_KIND_TRANSFER, each_transfer, &uses);
	return err;
}
