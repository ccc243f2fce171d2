/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last able master stays: whatever could take him away is judged by what would be left. */
#include "config.h"

#include "act_masters.h"

#include "act_standing.h"

enum otp_err
otp_masters_is_one_able(struct otp_call *call, bool *ret)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	*ret = false;
	err = otp_act_load_company(call, &company);
	for (uint32_t i = 0; err == OTP_OK && !*ret && i < company.n_staff; i++) {
		if (company.staff[i].role != OTP_ROLE_MASTER)
			continue;
		err = otp_standing_load_staff(call, &company.staff[i], &user);
		if (err == OTP_OK)
			err = otp_standing_is_able(call, &user, ret);
	}
	otp_user_clear(&user);
	otp_company_clear(&company);
	return err;
}

enum otp_err
otp_masters_check_left(struct otp_call *call, bool had_able)
{
	bool is_left = false;
	enum otp_err err;

	if (!had_able)
		return OTP_OK;
	err = otp_masters_is_one_able(call, &is_left);
	if (err == OTP_OK && !is_left)
		err = OTP_WHY(&call->answer->why, OTP_ERR_POLICY, LAST_MASTER);
	return err;
}
