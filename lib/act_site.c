/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is this site about to lock itself out? For `config check`. */
#include "config.h"

#include "act_site.h"

#include <stdio.h>
#include <string.h>

#include "act_standing.h"
#include "text.h"

#define NAMED 5		/* in a sentence */
#define STAFF_NEEDED 2
#define STAFF_NEEDED_DUAL 3

struct site {
	struct otp_call *call;
	unsigned n_masters;			/* able ones */
	char master[OTP_NAME_MAX + 1];		/* one of them */
	unsigned n_tokens;			/* different ones of able staff */
	char origin[OTP_STAFF_MAX][OTP_SERIAL_MAX + 1];
	unsigned n_ending;
	struct otp_bytes ending;		/* names */
};

/* A token and those that replaced it are one. */
static void
note_token(struct site *site, const struct otp_token *token)
{
	const char *origin = otp_token_origin(token);

	for (unsigned i = 0; i < site->n_tokens; i++)
		if (strcmp(site->origin[i], origin) == 0)
			return;
	if (site->n_tokens < OTP_STAFF_MAX)
		(void)snprintf(site->origin[site->n_tokens++], sizeof(site->origin[0]), "%s",
		    origin);
}

static enum otp_err
note_ending(struct site *site, const struct otp_user *user)
{
	enum otp_err err = OTP_OK;

	if (site->n_ending > NAMED)
		return OTP_OK;
	if (site->n_ending > 0)
		err = otp_text_put(&site->ending, ", ");
	if (err == OTP_OK)
		err = otp_text_put(&site->ending, site->n_ending < NAMED ? user->name : "…");
	site->n_ending++;
	return err;
}

static enum otp_err
look_at(struct site *site, const struct otp_user *user)
{
	struct otp_token token = OTP_TOKEN_INIT;
	int64_t now = otp_act_now(site->call);
	enum otp_standing standing;
	bool is_able = false;
	enum otp_err err;

	err = otp_standing_is_able(site->call, user, &is_able);
	if (err == OTP_OK)
		err = otp_standing_of(site->call, user, &token, &standing);
	if (err == OTP_OK && is_able)
		note_token(site, &token);
	if (err == OTP_OK && user->role == OTP_ROLE_MASTER) {
		if (is_able) {
			site->n_masters++;
			(void)snprintf(site->master, sizeof(site->master), "%s", user->name);
		}
		if (standing == OTP_STANDING_REGISTERED && token.not_after != 0 &&
		    token.not_after <= now + OTP_SITE_EXPIRY)
			err = note_ending(site, user);
	}
	otp_token_clear(&token);
	return err;
}

#define WARN(site, ...) do { \
	struct otp_why w_ = OTP_WHY_INIT; \
	(void)OTP_WHY(&w_, OTP_OK, __VA_ARGS__); \
	otp_answer_warn((site)->call->answer, &w_); \
} while (0)

static void
warn(const struct site *site)
{
	if (site->n_masters == 0)
		WARN(site, SITE_NO_MASTER);
	else if (site->n_masters == 1)
		WARN(site, SITE_ONE_MASTER, site->master);
	if (site->n_tokens < STAFF_NEEDED)
		WARN(site, SITE_FEW_STAFF);
	if (site->call->conf->administration == OTP_CONF_DUAL && site->n_tokens < STAFF_NEEDED_DUAL)
		WARN(site, SITE_FEW_DUAL);
	if (site->n_ending > 0)
		WARN(site, SITE_EXPIRES, otp_text_str(&site->ending));
}

enum otp_err
otp_act_site_check(struct otp_call *call)
{
	struct site site = { .call = call, .ending = OTP_BYTES_INIT };
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_load_company(call, &company);
	for (uint32_t i = 0; err == OTP_OK && i < company.n_staff; i++) {
		err = otp_standing_load_staff(call, &company.staff[i], &user);
		if (err == OTP_OK)
			err = look_at(&site, &user);
	}
	if (err == OTP_OK)
		warn(&site);
	otp_user_clear(&user);
	otp_company_clear(&company);
	otp_bytes_clear(&site.ending);
	return err;
}
