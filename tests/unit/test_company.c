/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The company record: every field comes back, every bound holds, nothing else decodes. */
#include "config.h"

#include <string.h>

#include "codec.h"
#include "company.h"

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err = otp_company_decode(data, len, &company);

	if (err == OTP_OK)
		assert_int_equal(otp_company_encode(&company, ret), OTP_OK);
	otp_company_clear(&company);
	return err;
}

static void
make(struct otp_company *c)
{
	*c = (struct otp_company){ .next_user_id = 10, .next_account = 3, .next_transfer = 4,
		.approved = { 20000, 500 }, .noticed_seq = 77, .created_at = 1700000000 };
	assert_int_equal(otp_company_staff_set(c, 1, "root-of-all", OTP_ROLE_MASTER), OTP_OK);
	assert_int_equal(otp_company_staff_set(c, 9, "bob", OTP_ROLE_ADMINISTRATOR), OTP_OK);
}

static void
test_round_trip(void **state)
{
	struct otp_company c, d = OTP_COMPANY_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	make(&c);
	assert_int_equal(otp_company_encode(&c, &b), OTP_OK);
	make(&d);
	assert_int_equal(otp_company_decode(b.data, b.len, &d), OTP_OK);
	assert_int_equal(d.next_user_id, 10);
	assert_int_equal(d.next_account, 3);
	assert_int_equal(d.next_transfer, 4);
	assert_int_equal(d.approved.day, 20000);
	assert_int_equal(d.approved.total, 500);
	assert_int_equal(d.noticed_seq, 77);
	assert_int_equal(d.created_at, 1700000000);
	assert_int_equal(d.n_staff, 2);
	assert_int_equal(d.staff[1].user_id, 9);
	assert_string_equal(d.staff[0].user, "root-of-all");
	assert_int_equal(d.staff[0].role, OTP_ROLE_MASTER);
	assert_int_equal(d.staff[1].role, OTP_ROLE_ADMINISTRATOR);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_company_clear(&c);
	otp_company_clear(&c);
	otp_company_clear(NULL);
	otp_company_clear(&d);
	c = (struct otp_company)OTP_COMPANY_INIT;
	assert_int_equal(otp_company_encode(&c, &b), OTP_OK);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_bytes_clear(&b);
}

static void
test_bounds(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_company c;

	(void)state;
#define REFUSE(change) do { \
		make(&c); \
		change; \
		assert_int_equal(otp_company_encode(&c, &b), OTP_ERR_INTERNAL); \
		assert_int_equal(b.len, 0); \
		otp_company_clear(&c); \
	} while (0)
	REFUSE(c.next_user_id = 0);
	REFUSE(c.next_user_id = 9);	/* given out already */
	REFUSE(c.next_account = 0);
	REFUSE(c.next_transfer = 0);
	REFUSE(c.approved.total = -1);
	REFUSE(c.approved.day = 0);	/* an amount without its day */
	REFUSE(c.approved.day = OTP_DAY_MAX + 1);
	REFUSE(c.created_at = -1);
	REFUSE(c.n_staff = OTP_STAFF_MAX + 1);
	REFUSE(c.staff[0].user_id = 0);
	REFUSE(c.staff[0].user_id = 9);	/* twice */
	REFUSE(c.staff[1].user[0] = '\0');
	REFUSE(c.staff[1].role = OTP_ROLE_GENERAL);
	REFUSE(c.staff[1].role = OTP_ROLE_COUNT);
#undef REFUSE
	otp_bytes_clear(&b);
}

static void
test_staff(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_company c;

	(void)state;
	make(&c);
	/* changes, removes, removes what is not there */
	assert_int_equal(otp_company_staff_set(&c, 9, "bob", OTP_ROLE_MASTER), OTP_OK);
	assert_int_equal(c.n_staff, 2);
	assert_int_equal(c.staff[1].role, OTP_ROLE_MASTER);
	assert_int_equal(otp_company_staff_set(&c, 1, "root-of-all", OTP_ROLE_GENERAL), OTP_OK);
	assert_int_equal(otp_company_staff_set(&c, 5, "carol", OTP_ROLE_GENERAL), OTP_OK);
	assert_int_equal(c.n_staff, 1);
	assert_string_equal(c.staff[0].user, "bob");
	assert_int_equal(otp_company_staff_set(&c, 0, "nobody", OTP_ROLE_MASTER), OTP_ERR_INTERNAL);
	assert_int_equal(otp_company_staff_set(&c, 2, "", OTP_ROLE_MASTER), OTP_ERR_INTERNAL);
	assert_int_equal(otp_company_staff_set(&c, 2, "x", OTP_ROLE_COUNT), OTP_ERR_INTERNAL);
	c.next_user_id = 1000;
	for (uint64_t i = 100; c.n_staff < OTP_STAFF_MAX; i++)
		assert_int_equal(otp_company_staff_set(&c, i, "x", OTP_ROLE_ADMINISTRATOR), OTP_OK);
	assert_int_equal(otp_company_staff_set(&c, 999, "x", OTP_ROLE_MASTER), OTP_ERR_OVER_LIMIT);
	assert_int_equal(otp_company_staff_set(&c, 9, "bob", OTP_ROLE_ADMINISTRATOR), OTP_OK);
	assert_int_equal(otp_company_encode(&c, &b), OTP_OK);
	assert_int_equal(recode(b.data, b.len, &b), OTP_OK);
	otp_company_clear(&c);
	otp_bytes_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_staff),
	};

	return cmocka_run_group_tests_name("company", tests, NULL, NULL);
}
