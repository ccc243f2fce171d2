/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one company record: its encoding, and the list of its masters and administrators. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "company.h"
#include "encode.h"
#include "record.h"

#define FORMAT 1

void
otp_company_clear(struct otp_company *company)
{
	if (company == NULL)
		return;
	free(company->staff);
	*company = (struct otp_company)OTP_COMPANY_INIT;
}

static bool
is_valid(const struct otp_company *c)
{
	if (c->next_user_id == 0 || c->next_account == 0 || c->next_transfer == 0 ||
	    !otp_record_is_day_total(&c->approved) || !otp_record_is_time(c->created_at) ||
	    c->n_staff > OTP_STAFF_MAX)
		return false;
	for (uint32_t i = 0; i < c->n_staff; i++) {
		const struct otp_staff *s = &c->staff[i];

		if (s->user_id == 0 || s->user_id >= c->next_user_id ||
		    otp_parse_name(s->user) != OTP_OK || s->role == OTP_ROLE_GENERAL ||
		    (unsigned)s->role >= OTP_ROLE_COUNT)
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (c->staff[k].user_id == s->user_id)
				return false;
	}
	return true;
}

enum otp_err
otp_company_encode(const struct otp_company *company, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(company))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	otp_enc_u64(&enc, company->next_user_id);
	otp_enc_u64(&enc, company->next_account);
	otp_enc_u64(&enc, company->next_transfer);
	otp_day_total_put(&enc, &company->approved);
	otp_enc_u64(&enc, company->noticed_seq);
	otp_enc_i64(&enc, company->created_at);
	otp_enc_u8(&enc, (uint8_t)company->n_staff);
	for (uint32_t i = 0; i < company->n_staff; i++) {
		otp_enc_u64(&enc, company->staff[i].user_id);
		otp_enc_str(&enc, company->staff[i].user);
		otp_enc_u8(&enc, (uint8_t)company->staff[i].role);
	}
	return otp_record_encoded(&enc, ret);
}

enum otp_err
otp_company_decode(const void *data, size_t len, struct otp_company *ret)
{
	struct otp_company c = OTP_COMPANY_INIT;
	struct otp_dec dec;
	enum otp_err err;
	uint32_t n;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	c.next_user_id = otp_dec_u64(&dec);
	c.next_account = otp_dec_u64(&dec);
	c.next_transfer = otp_dec_u64(&dec);
	otp_day_total_get(&dec, &c.approved);
	c.noticed_seq = otp_dec_u64(&dec);
	c.created_at = otp_dec_i64(&dec);
	n = otp_dec_enum(&dec, OTP_STAFF_MAX + 1);
	if (n > 0) {
		c.staff = calloc(n, sizeof(*c.staff));
		if (c.staff == NULL)
			return OTP_ERR_NO_MEMORY;
		c.n_staff = n;
	}
	for (uint32_t i = 0; i < n; i++) {
		c.staff[i].user_id = otp_dec_u64(&dec);
		otp_dec_str(&dec, c.staff[i].user, sizeof(c.staff[i].user));
		c.staff[i].role = (enum otp_role)otp_dec_enum(&dec, OTP_ROLE_COUNT);
	}
	err = otp_record_decoded(&dec, is_valid(&c));
	if (err == OTP_OK) {
		otp_company_clear(ret);
		*ret = c;
		c = (struct otp_company)OTP_COMPANY_INIT;	/* ret owns it now */
	}
	otp_company_clear(&c);
	return err;
}

static enum otp_err
add(struct otp_company *company, uint64_t user_id, const char *user, enum otp_role role)
{
	struct otp_staff *staff;

	if (company->n_staff >= OTP_STAFF_MAX)
		return OTP_ERR_OVER_LIMIT;
	staff = reallocarray(company->staff, company->n_staff + 1, sizeof(*staff));
	if (staff == NULL)
		return OTP_ERR_NO_MEMORY;
	company->staff = staff;
	staff = &company->staff[company->n_staff++];
	*staff = (struct otp_staff){ .user_id = user_id, .role = role };
	(void)snprintf(staff->user, sizeof(staff->user), "%s", user);
	return OTP_OK;
}

enum otp_err
otp_company_staff_set(struct otp_company *company, uint64_t user_id, const char *user,
    enum otp_role role)
{
	uint32_t i = 0;

	if (user_id == 0 || otp_parse_name(user) != OTP_OK || (unsigned)role >= OTP_ROLE_COUNT)
		return OTP_ERR_INTERNAL;
	while (i < company->n_staff && company->staff[i].user_id != user_id)
		i++;
	if (role != OTP_ROLE_GENERAL && i == company->n_staff)
		return add(company, user_id, user, role);
	if (i == company->n_staff)
		return OTP_OK;
	if (role != OTP_ROLE_GENERAL) {
		company->staff[i].role = role;
		return OTP_OK;
	}
	memmove(&company->staff[i], &company->staff[i + 1],
	    (company->n_staff - i - 1) * sizeof(*company->staff));
	company->n_staff--;
	return OTP_OK;
}
