/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beginning: a store with its company and its first master. */
#include "config.h"

#include "act_init.h"

#include <stdio.h>
#include <string.h>

#include "act_people.h"
#include "clock.h"

#define SHARDS 64
#define SHARDS_MAX 256

/* ISO 4217: what has not two digits after the point. */
static const struct {
	char currency[4];
	uint8_t digits;
} other_digits[] = {
	{ "BIF", 0 }, { "CLP", 0 }, { "DJF", 0 }, { "GNF", 0 }, { "ISK", 0 }, { "JPY", 0 },
	{ "KMF", 0 }, { "KRW", 0 }, { "PYG", 0 }, { "RWF", 0 }, { "UGX", 0 }, { "UYI", 0 },
	{ "VND", 0 }, { "VUV", 0 }, { "XAF", 0 }, { "XOF", 0 }, { "XPF", 0 }, { "BHD", 3 },
	{ "IQD", 3 }, { "JOD", 3 }, { "KWD", 3 }, { "LYD", 3 }, { "OMR", 3 }, { "TND", 3 },
};

static bool
is_currency(const char *currency)
{
	return strlen(currency) == 3 && strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static uint8_t
currency_digits(const char *currency)
{
	for (size_t i = 0; i < sizeof(other_digits) / sizeof(other_digits[0]); i++)
		if (strcmp(other_digits[i].currency, currency) == 0)
			return other_digits[i].digits;
	return 2;
}

static enum otp_err
take_site(struct otp_call *call, struct otp_store_site *site)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *zone = otp_fields_str(fields, OTP_FIELD_ZONE);
	const char *currency = otp_fields_str(fields, OTP_FIELD_CURRENCY);
	struct otp_why *why = &call->answer->why;
	int64_t shards = SHARDS;

	zone = zone != NULL ? zone : "UTC";
	currency = currency != NULL ? currency : "JPY";
	/* a day that nobody can compute would make every limit a riddle */
	if (strlen(zone) >= sizeof(site->zone) || otp_clock_zone_check(zone) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_USAGE, BAD_ZONE, zone);
	if (!is_currency(currency))
		return OTP_WHY(why, OTP_ERR_USAGE, BAD_CURRENCY, currency);
	if (otp_fields_int(fields, OTP_FIELD_SHARDS, &shards) &&
	    (shards < 1 || shards > SHARDS_MAX || (shards & (shards - 1)) != 0))
		return OTP_WHY(why, OTP_ERR_USAGE, BAD_SHARDS);
	site->n_shards = (uint32_t)shards;
	(void)snprintf(site->zone, sizeof(site->zone), "%s", zone);
	(void)snprintf(site->currency, sizeof(site->currency), "%s", currency);
	site->currency_digits = currency_digits(currency);
	return OTP_OK;
}

static enum otp_err
check_master(struct otp_call *call)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_MASTER);
	const char *mail = otp_fields_str(&call->request->fields, OTP_FIELD_MAIL);
	struct otp_why *why = &call->answer->why;

	if (name == NULL || otp_parse_name(name) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_USAGE, BAD_NAME, name);
	if (mail != NULL && otp_parse_mail(mail) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_USAGE, BAD_MAIL, mail);
	return OTP_OK;
}

/* EXISTS, unless the store was made and nothing more. */
static enum otp_err
check_empty(struct otp_call *call)
{
	enum otp_err err;

	if (call->store == NULL)
		return OTP_OK;
	err = otp_store_absent(call->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(&call->answer->why, err, STORE_IS_THERE);
	return err;
}

static enum otp_err
make_store(struct otp_call *call)
{
	struct otp_store_site site = { 0 };
	struct otp_store *store = NULL;
	enum otp_err err;

	err = take_site(call, &site);
	if (err != OTP_OK || call->store != NULL)
		return err;
	if (call->make_store == NULL)
		return OTP_ERR_INTERNAL;
	err = call->make_store(call->make_store_ctx, &site, &store, &call->answer->why);
	if (err != OTP_OK)
		return err;
	call->store = store;
	return OTP_OK;
}

static enum otp_err
make_master(struct otp_call *call, struct otp_company *company)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *name = otp_fields_str(fields, OTP_FIELD_MASTER);
	const char *mail = otp_fields_str(fields, OTP_FIELD_MAIL);
	struct otp_fields *out = &call->answer->fields;
	struct otp_user user = OTP_USER_INIT;
	char word[OTP_WORD_SIZE] = "";
	enum otp_err err;

	err = otp_people_make(call, company, name, OTP_ROLE_MASTER, true, &user,
	    &call->answer->why);
	if (err != OTP_OK)
		goto out;
	if (mail != NULL)
		(void)snprintf(user.mail, sizeof(user.mail), "%s", mail);
	err = otp_people_give_word(call, &user, word);
	if (err == OTP_OK)
		err = otp_act_save_user(call, &user);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_MASTER, user.name);
	if (err == OTP_OK)
		err = otp_fields_put_int(out, OTP_FIELD_OPEN_UNTIL, user.register_until);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_WORD, word);
	otp_act_about(call, user.name, NULL);
out:
	otp_wipe(word, sizeof(word));
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_init(struct otp_call *call)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_fields *details = &call->event.details;
	const struct otp_store_site *site;
	enum otp_err err;

	err = check_empty(call);
	if (err == OTP_OK)
		err = check_master(call);
	if (err == OTP_OK && call->request->dry_run) {
		struct otp_store_site unused = { 0 };

		err = take_site(call, &unused);
		call->answer->changed = err == OTP_OK;
		return err;
	}
	if (err == OTP_OK)
		err = make_store(call);
	if (err != OTP_OK)
		return err;
	company.created_at = otp_act_now(call);
	site = otp_store_site(call->store);
	err = make_master(call, &company);
	if (err == OTP_OK)
		err = otp_act_save_company(call, &company);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_ROLE, otp_role_name(OTP_ROLE_MASTER));
	if (err == OTP_OK)
		err = otp_fields_put_int(details, OTP_FIELD_SHARDS, site->n_shards);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_ZONE, site->zone);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_CURRENCY, site->currency);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)	/* a word that nobody knows */
		otp_fields_clear(&call->answer->fields);
	otp_company_clear(&company);
	return err;
}
