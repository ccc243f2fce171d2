/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What config check is told of a site that is about to lock itself out. */
#include "config.h"

#include "act_frame.h"

#include "act_site.h"

#define ADMIN_TOKEN "9000002"
#define OTHER_TOKEN "9000003"

static void
add(struct frame *f, const char *name, enum otp_role role, const char *serial)
{
	frame_add_user(f, name, role);
	frame_add_token(f, serial);
	frame_bind(f, name, serial);
}

static struct otp_user
user_of(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return user;
}

static unsigned
n_warned(struct frame *f, enum otp_message message)
{
	unsigned n = 0;

	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_SITE_CHECK, otp_act_site_check), OTP_OK);
	for (size_t i = 0; i < f->answer.n_warnings; i++)
		n += f->answer.warning[i].message == message;
	return n;
}

static void
site_check(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user;

	frame_two(f);
	frame_staff(f);
	add(f, "admin", OTP_ROLE_ADMINISTRATOR, ADMIN_TOKEN);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_ONE_MASTER), 1);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_FEW_STAFF), 0);
	assert_int_equal(f->answer.n_warnings, 1);
	add(f, "other", OTP_ROLE_MASTER, OTHER_TOKEN);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_ONE_MASTER), 0);
	assert_int_equal(f->answer.n_warnings, 0);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_FEW_DUAL), 0);
	/* a token and the one that replaced it are one */
	frame_get_token(f, OTHER_TOKEN, &token);
	(void)snprintf(token.origin, sizeof(token.origin), "%s", STAFF_TOKEN);
	token.not_after = f->now_ms / 1000 + 91 * 86400;
	frame_put_token(f, &token);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_FEW_DUAL), 1);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_EXPIRES), 0);
	token.not_after -= 86400;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_EXPIRES), 1);
	user = user_of(f, "admin");
	user.enabled = false;
	frame_put_user(f, &user);
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_FEW_STAFF), 1);
	for (unsigned i = 0; i < 2; i++) {
		user = user_of(f, i == 0 ? "master" : "other");
		user.confirm[0] = '\0';
		frame_put_user(f, &user);
	}
	assert_int_equal(n_warned(f, OTP_MESSAGE_SITE_NO_MASTER), 1);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_SITE_CHECK, otp_act_site_check), OTP_ERR_NOT_PERMITTED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(site_check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
