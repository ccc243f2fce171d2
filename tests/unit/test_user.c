/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user record: every field comes back, every bound holds, nothing else decodes. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "user.h"

#define TIME_MAX 253402300799

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_user_decode(data, len, &user);

	if (err == OTP_OK)
		assert_int_equal(otp_user_encode(&user, ret), OTP_OK);
	otp_user_clear(&user);
	return err;
}

static struct otp_user
sample(void)
{
	return (struct otp_user){
		.id = 42, .name = "alice", .role = OTP_ROLE_ADMINISTRATOR, .mail = "alice@example.org",
		.language = "ja_JP.UTF-8", .enabled = true, .created_at = 1700000000, .epoch = 3,
		.confirm = "$scrypt$ln=16,r=8,p=2$c2FsdA$aGFzaA", .word = "$word$00ff",
		.word_until = 1700001000, .word_is_reset = true, .n_wrong = 4, .n_wrong_at = 3,
		.wrong_at = { 1700000001, 1700000001, 1700000005 }, .confirm_stopped = true,
		.reset_by = 7, .reset_at = 1700000002, .granted.rights = OTP_RIGHT_ALL,
		.adopted.rights = OTP_RIGHT_LOGIN, .granted.limits = { 100, 200 },
		.adopted.limits = { 10, 20 }, .adopted_at = 1700000003, .register_from = 1700000004,
		.register_until = 1700000500, .register_fails = 2, .near_serial = "987654321",
		.near_step = 28333334, .near_until_ms = 1700000180123, .serial = "123456789",
		.is_bound = true, .was_bound = true, .revoked_at = 1600000000,
		.mail_before = "a@example.org", .mail_changed_at = 1600000001,
		.granted.n_accounts = 2, .granted.account = { { 3, "A-3" }, { 7, "A-7" } },
		.adopted.n_accounts = 1, .adopted.account = { { 3, "A-3" } },
		.approved = { 19675, 150 }, .handed_by = 8, .handed_at = 1600000002,
	};
}

static void
test_every_field(void **state)
{
	struct otp_user u = sample(), v = OTP_USER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_user_encode(&u, &b), OTP_OK);
	assert_true(b.len < 600);
	assert_int_equal(otp_user_decode(b.data, b.len, &v), OTP_OK);
#define SAME(member) assert_true(u.member == v.member)
#define TEXT(member) assert_string_equal(u.member, v.member)
	SAME(id); TEXT(name); SAME(role); TEXT(mail); TEXT(language); SAME(enabled); SAME(created_at);
	SAME(epoch); TEXT(confirm); TEXT(word); SAME(word_until); SAME(word_is_reset); SAME(n_wrong);
	SAME(n_wrong_at); SAME(wrong_at[0]); SAME(wrong_at[1]); SAME(wrong_at[2]); SAME(wrong_at[3]);
	SAME(confirm_stopped); SAME(reset_by); SAME(reset_at); SAME(granted.rights);
	SAME(adopted.rights); SAME(granted.limits.per_transfer); SAME(granted.limits.per_day);
	SAME(adopted.limits.per_transfer); SAME(adopted.limits.per_day); SAME(adopted_at);
	SAME(register_from); SAME(register_until); SAME(register_fails); TEXT(serial); SAME(is_bound);
	SAME(was_bound); SAME(revoked_at); TEXT(mail_before); SAME(mail_changed_at); SAME(handed_by);
	SAME(handed_at); SAME(approved.day); SAME(approved.total); SAME(granted.n_accounts);
	SAME(adopted.n_accounts); SAME(granted.account[1].number); TEXT(granted.account[1].id);
	SAME(adopted.account[0].number); TEXT(adopted.account[0].id); TEXT(near_serial); SAME(near_step); SAME(near_until_ms);
#undef SAME
#undef TEXT
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	/* a failure leaves the receiver alone */
	assert_int_equal(otp_user_decode(b.data, b.len - 1, &v), OTP_ERR_INTEGRITY);
	assert_string_equal(v.name, "alice");
	otp_user_clear(&v);
	assert_int_equal(v.id, 0);
	otp_user_clear(NULL);
	otp_bytes_clear(&b);
}

static void
test_smallest_and_largest(void **state)
{
	struct otp_user u = { .id = 1, .name = "a" };
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_user_encode(&u, &b), OTP_OK);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	u = sample();
	u.id = UINT64_MAX;
	memset(u.name, 'a', OTP_NAME_MAX);
	memset(u.mail, 'm', OTP_MAIL_MAX);
	u.mail[1] = '@';
	memset(u.language, 'l', OTP_LANGUAGE_MAX);
	memset(u.confirm, '$', OTP_PHC_MAX - 1);
	memset(u.word, '$', OTP_PHC_MAX - 1);
	memset(u.serial, '9', OTP_SERIAL_MAX);
	u.n_wrong_at = OTP_USER_WRONG_MAX;
	for (int i = 0; i < OTP_USER_WRONG_MAX; i++)
		u.wrong_at[i] = TIME_MAX;
	u.granted.limits = (struct otp_limits){ 1000000000000000, 1000000000000000 };
	assert_int_equal(otp_user_encode(&u, &b), OTP_OK);
	assert_int_equal(recode(b.data, b.len, &b), OTP_OK);
	otp_bytes_clear(&b);
}

static void
refuse(const struct otp_user *u)
{
	struct otp_bytes b = OTP_BYTES_INIT;

	assert_int_equal(otp_user_encode(u, &b), OTP_ERR_INTERNAL);
	assert_int_equal(b.len, 0);
	otp_bytes_clear(&b);
}

/* Each bound, broken alone. */
static void
test_bounds(void **state)
{
	struct otp_user u;

	(void)state;
#define REFUSE(change) do { u = sample(); change; refuse(&u); } while (0)
	REFUSE(u.id = 0);
	REFUSE(u.name[0] = '\0');
	REFUSE(u.name[0] = '-');
	REFUSE(u.name[2] = '\n');
	REFUSE(u.role = OTP_ROLE_COUNT);
	REFUSE((void)snprintf(u.mail, sizeof(u.mail), "nobody"));
	REFUSE((void)snprintf(u.mail, sizeof(u.mail), "||a@b"));
	REFUSE(u.language[0] = '/');
	REFUSE(u.created_at = -1);
	REFUSE(u.created_at = TIME_MAX + 1);
	REFUSE(u.confirm[0] = 'x');
	REFUSE(u.confirm[3] = ' ');
	REFUSE(u.confirm[3] = '\x7f');
	REFUSE(u.word[0] = 'x');
	REFUSE(u.word_until = -1);
	REFUSE(u.n_wrong_at = OTP_USER_WRONG_MAX + 1);
	REFUSE(u.wrong_at[0] = u.wrong_at[1] + 1);
	REFUSE(u.wrong_at[0] = -1);
	REFUSE(u.wrong_at[2] = TIME_MAX + 1);
	REFUSE(u.reset_at = -1);
	REFUSE(u.granted.rights = OTP_RIGHT_ALL + 1);
	REFUSE(u.adopted.rights = 1u << 31);
	REFUSE(u.granted.limits.per_transfer = -1);
	REFUSE(u.granted.limits.per_day = 1000000000000001);
	REFUSE(u.adopted.limits.per_day = -1);
	REFUSE(u.granted.n_accounts = OTP_PERMITTED_MAX + 1);
	REFUSE(u.granted.account[1].number = 3);	/* twice */
	REFUSE(u.granted.account[0].number = 8);	/* not in order */
	REFUSE(u.adopted.account[0].number = 0);
	REFUSE(u.adopted.account[0].id[0] = '\0');
	REFUSE(memcpy(u.mail_before, "x y", 4));
	REFUSE(u.mail_changed_at = -1);
	REFUSE(u.approved.total = -1);
	REFUSE(u.handed_at = TIME_MAX + 1);
	REFUSE(u.adopted_at = -1);
	REFUSE(u.register_from = -1);
	REFUSE(u.register_until = TIME_MAX + 1);
	REFUSE(u.near_serial[0] = ' ');
	REFUSE(u.near_until_ms = -1);
	REFUSE(u.serial[0] = ' ');
	REFUSE(u.serial[0] = '\0');	/* bound to nothing */
	REFUSE(u.was_bound = false);	/* bound, but never was */
	REFUSE(u.revoked_at = -1);
#undef REFUSE
}

static void
test_roles(void **state)
{
	enum otp_role role = OTP_ROLE_COUNT;

	(void)state;
	for (unsigned i = 0; i < OTP_ROLE_COUNT; i++) {
		assert_int_equal(otp_role_parse(otp_role_name((enum otp_role)i), &role), OTP_OK);
		assert_int_equal(role, i);
	}
	assert_string_equal(otp_role_name(OTP_ROLE_MASTER), "master");
	assert_string_equal(otp_role_name(OTP_ROLE_COUNT), "");
	assert_int_equal(otp_role_parse("Master", &role), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_role_parse("", &role), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_role_parse(NULL, &role), OTP_ERR_BAD_INPUT);
}

static void
test_registration(void **state)
{
	struct otp_user u = { .register_from = 100, .register_until = 200 };

	(void)state;
	assert_false(otp_user_registration_is_open(&u, 99));
	assert_true(otp_user_registration_is_open(&u, 100));
	assert_true(otp_user_registration_is_open(&u, 199));
	assert_false(otp_user_registration_is_open(&u, 200));
	u.register_from = u.register_until = 0;
	assert_false(otp_user_registration_is_open(&u, 0));
	assert_false(otp_user_registration_is_open(&u, 100));
	/* hidden from who has nothing that needs a code */
	assert_false(otp_user_needs_codes(&u));
	u.adopted.rights = OTP_RIGHT_ALL;
	assert_false(otp_user_needs_codes(&u));
	u.granted.rights = OTP_RIGHT_EXTERNAL_CREATE | OTP_RIGHT_INTERNAL_CREATE;
	assert_false(otp_user_needs_codes(&u));
	u.granted.rights = OTP_RIGHT_INTERNAL_APPROVE;
	assert_true(otp_user_needs_codes(&u));
	u.granted.rights = OTP_RIGHT_LOGIN;
	assert_true(otp_user_needs_codes(&u));
	u.granted.rights = 0;
	u.role = OTP_ROLE_ADMINISTRATOR;
	assert_true(otp_user_needs_codes(&u));
	u.role = OTP_ROLE_MASTER;
	assert_true(otp_user_needs_codes(&u));
}

static void
test_wrong_passwords(void **state)
{
	struct otp_user u = { .id = 1, .name = "a" };
	struct otp_bytes b = OTP_BYTES_INIT;
	const int64_t day = 86400, start = 1700000000;

	(void)state;
	for (int i = 0; i < OTP_USER_WRONG_MAX + 5; i++)
		otp_user_wrong_add(&u, start + i);
	assert_int_equal(u.n_wrong_at, OTP_USER_WRONG_MAX);
	assert_true(u.wrong_at[0] == start + 5);
	assert_int_equal(otp_user_wrong_within_day(&u, start + 24), OTP_USER_WRONG_MAX);
	assert_int_equal(otp_user_wrong_within_day(&u, start + 5 + day), OTP_USER_WRONG_MAX - 1);
	assert_int_equal(otp_user_wrong_within_day(&u, start + 24 + day), 0);
	/* the clock went back: counted, and the order holds, so that it can be written */
	otp_user_wrong_add(&u, start);
	assert_true(u.wrong_at[OTP_USER_WRONG_MAX - 1] == start + 24);
	assert_int_equal(otp_user_encode(&u, &b), OTP_OK);
	otp_user_wrong_add(&u, start + 10 + day);
	assert_true(u.wrong_at[0] == start + 11);
	otp_user_wrong_add(&u, start + 3 * day);
	assert_int_equal(u.n_wrong_at, 1);
	otp_bytes_clear(&b);
}

/* In force is what both have. */
static void
test_permits(void **state)
{
	struct otp_permit a = { .rights = OTP_RIGHT_LOGIN | OTP_RIGHT_EXTERNAL_CREATE, .limits = { 100, 50 } };
	struct otp_permit b = { .rights = OTP_RIGHT_LOGIN | OTP_RIGHT_INTERNAL_APPROVE, .limits = { 70, 80 } };
	struct otp_permit both;

	(void)state;
	assert_int_equal(otp_permit_account_add(&a, 7, "seven"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&a, 3, "three"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&a, 5, "five"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&a, 5, "again"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&a, 0, "none"), OTP_ERR_INTERNAL);
	assert_int_equal(a.n_accounts, 3);
	assert_int_equal(a.account[0].number, 3);
	assert_string_equal(a.account[1].id, "five");
	assert_int_equal(a.account[2].number, 7);
	assert_null(otp_permit_account(&a, 4));
	assert_string_equal(otp_permit_account(&a, 7)->id, "seven");
	assert_int_equal(otp_permit_account_add(&b, 5, "five"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&b, 9, "nine"), OTP_OK);
	otp_permit_meet(&a, &b, &both);
	assert_int_equal(both.rights, OTP_RIGHT_LOGIN);
	assert_int_equal(both.limits.per_transfer, 70);
	assert_int_equal(both.limits.per_day, 50);
	assert_int_equal(both.n_accounts, 1);
	assert_int_equal(both.account[0].number, 5);
	otp_permit_meet(&a, &a, &both);
	assert_true(otp_permit_is_same(&a, &both));
	otp_permit_meet(&a, &b, &a);
	assert_false(otp_permit_is_same(&a, &both));
	otp_permit_account_remove(&both, 3);
	otp_permit_account_remove(&both, 4);
	assert_int_equal(both.n_accounts, 2);
	assert_int_equal(both.account[0].number, 5);
	for (uint64_t n = 100; both.n_accounts < OTP_PERMITTED_MAX; n++)
		assert_int_equal(otp_permit_account_add(&both, n, "x"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&both, 1000, "x"), OTP_ERR_OVER_LIMIT);
}

/* Another day begins with nothing, and takes nothing back. */
static void
test_days(void **state)
{
	struct otp_day_total t = { 0 };

	(void)state;
	assert_int_equal(otp_day_total_add(&t, 100, 30), OTP_OK);
	assert_int_equal(otp_day_total_add(&t, 100, 12), OTP_OK);
	assert_int_equal(otp_day_total_on(&t, 100), 42);
	assert_int_equal(otp_day_total_on(&t, 101), 0);
	/* a clock that went back opens no day that is over: what was counted counts */
	assert_int_equal(otp_day_total_on(&t, 99), 42);
	assert_int_equal(otp_day_total_add(&t, 99, 1), OTP_OK);
	assert_int_equal(otp_day_total_on(&t, 100), 43);
	otp_day_total_take(&t, 100, 1);
	otp_day_total_take(&t, 99, 10);
	assert_int_equal(otp_day_total_on(&t, 100), 42);
	otp_day_total_take(&t, 100, 12);
	assert_int_equal(otp_day_total_on(&t, 100), 30);
	assert_int_equal(otp_day_total_add(&t, 100, OTP_AMOUNT_MAX), OTP_ERR_OVER_LIMIT);
	assert_int_equal(otp_day_total_on(&t, 100), 30);
	assert_int_equal(otp_day_total_add(&t, 101, 5), OTP_OK);
	assert_int_equal(otp_day_total_on(&t, 101), 5);
	otp_day_total_take(&t, 101, 50);
	assert_int_equal(otp_day_total_on(&t, 101), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permits),
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_smallest_and_largest),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_wrong_passwords),
	};

	return cmocka_run_group_tests_name("user", tests, NULL, NULL);
}
