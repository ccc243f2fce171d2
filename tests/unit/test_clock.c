/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks and local days: right around midnight and the change of summer time, without touching TZ. */
#include "config.h"

#include "unit.h"

#include <time.h>

#include "clock.h"
#include "parse.h"

static void
clocks(void **state)
{
	int64_t a = otp_clock_steady_ms(), now = otp_clock_now_ms();

	(void)state;
	assert_true(now > INT64_C(1700000000000));
	assert_true(otp_clock_steady_ms() >= a);
	(void)otp_clock_is_synchronised();
}

static void
zone_names(void **state)
{
	static const char *const good[] = { "UTC", "Asia/Tokyo", "Europe/Berlin", "America/Port-au-Prince",
		"Etc/GMT+9", "America/Argentina/Ushuaia" };
	static const char *const bad[] = { "", "../etc/passwd", "Asia/../Asia/Tokyo", "/usr/share/zoneinfo/UTC",
		":UTC", "Asia//Tokyo", "Asia/", "JST-9;", "Asia/Tokyo\n", "Asia/Tokyo ", "東京", "-x",
		"right/Asia/Tokyo", "tzdata.zi", "Asia", ".",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	int64_t day = 77;

	(void)state;
	for (size_t i = 0; i < UNIT_N(bad); i++) {
		if (otp_clock_zone_check(bad[i]) != OTP_ERR_BAD_INPUT)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(otp_clock_day(bad[i], 0, &day), OTP_ERR_BAD_INPUT);
	}
	assert_int_equal(otp_clock_zone_check(NULL), OTP_ERR_BAD_INPUT);
	/* not installed: refused, never UTC instead */
	assert_int_equal(otp_clock_zone_check("Asia/Nowhere"), OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_clock_day("Asia/Nowhere", 0, &day), OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_clock_zone_check("JST-9"), OTP_ERR_NOT_FOUND);
	assert_int_equal(day, 77);
	/* a file of that directory which is no zone: the C library would take UTC */
	if (access("/usr/share/zoneinfo/leapseconds", R_OK) == 0)
		assert_int_equal(otp_clock_zone_check("leapseconds"), OTP_ERR_BAD_INPUT);
	if (access("/usr/share/zoneinfo/Asia/Tokyo", R_OK) != 0)
		skip();
	for (size_t i = 0; i < UNIT_N(good); i++)
		assert_int_equal(otp_clock_zone_check(good[i]), OTP_OK);
}

static void
is_day(const char *zone, const char *when, const char *date)
{
	int64_t seconds, day, midnight;

	assert_int_equal(otp_parse_time(when, &seconds), OTP_OK);
	assert_int_equal(otp_parse_time(date, &midnight), OTP_OK);
	assert_int_equal(otp_clock_day(zone, seconds, &day), OTP_OK);
	if (day * 86400 != midnight)
		fail_msg("%s in %s is not on %s", when, zone, date);
}

static void
days(void **state)
{
	(void)state;
	is_day("UTC", "2026-11-23T23:59:59Z", "2026-11-23");
	is_day("UTC", "2026-11-24T00:00:00Z", "2026-11-24");
	is_day("UTC", "1970-01-01T00:00:00Z", "1970-01-01");
	is_day("UTC", "1969-12-31T23:59:59Z", "1969-12-31");
	if (access("/usr/share/zoneinfo/Asia/Tokyo", R_OK) != 0)
		skip();
	is_day("Asia/Tokyo", "2026-11-23T14:59:59Z", "2026-11-23");
	is_day("Asia/Tokyo", "2026-11-23T15:00:00Z", "2026-11-24");
	is_day("America/New_York", "2026-11-23T04:59:59Z", "2026-11-22");
	is_day("America/New_York", "2026-11-23T05:00:00Z", "2026-11-23");
	/* Berlin: midnight is 22:00Z in summer, 23:00Z in winter; the changes are on 29 March and 25 October */
	is_day("Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28");
	is_day("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29");
	is_day("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30");
	is_day("Europe/Berlin", "2026-10-25T21:59:59Z", "2026-10-25");
	is_day("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25");
	is_day("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26");
	is_day("UTC", "2026-10-25T23:00:00Z", "2026-10-25");
}

static void
tz_stays_as_it_was(void **state)
{
	static const char *const before[] = { NULL, "Europe/London", "", "XYZ-3" };
	time_t t = 1795428000;
	struct tm a, b;
	int64_t day;

	(void)state;
	if (access("/usr/share/zoneinfo/Asia/Tokyo", R_OK) != 0)
		skip();
	for (size_t i = 0; i < UNIT_N(before); i++) {
		if (before[i] != NULL)
			assert_int_equal(setenv("TZ", before[i], 1), 0);
		else
			assert_int_equal(unsetenv("TZ"), 0);
		tzset();
		assert_non_null(localtime_r(&t, &a));
		/* neither does another directory of zones count */
		assert_int_equal(setenv("TZDIR", "/nonexistent", 1), 0);
		assert_int_equal(otp_clock_day("Asia/Tokyo", 1795449600, &day), OTP_OK);
		assert_int_equal(day, 20781);
		assert_int_equal(unsetenv("TZDIR"), 0);
		tzset();
		assert_non_null(localtime_r(&t, &b));
		assert_int_equal(a.tm_hour, b.tm_hour);
		if (before[i] != NULL)
			assert_string_equal(getenv("TZ"), before[i]);
		else
			assert_null(getenv("TZ"));
	}
	assert_int_equal(unsetenv("TZ"), 0);
	assert_int_equal(otp_clock_day("Asia/Tokyo", INT64_MAX, &day), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_clock_day("Asia/Tokyo", INT64_MIN, &day), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_clock_day("UTC", INT64_MIN, &day), OTP_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
		cmocka_unit_test(zone_names),
		cmocka_unit_test(days),
		cmocka_unit_test(tz_stays_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
