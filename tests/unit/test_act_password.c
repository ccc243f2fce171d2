/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The confirmation password: the old one or the single-use word, and what the new one must be. */
#include "config.h"

#include "act_frame.h"

#include "act_password.h"
#include "act_unlock.h"

#define NEW "a new good password"

static enum otp_err
set(struct frame *f, const char *name, enum frame_confirm confirm, const char *new_confirm)
{
	frame_as(f, name);
	f->confirm = confirm;
	f->new_confirm = new_confirm;
	return frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set);
}

/* alice has never set one and holds a word. */
static void
make(struct frame *f)
{
	struct otp_user user = OTP_USER_INIT;

	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_get_user(f, "alice", &user);
	user.confirm[0] = '\0';
	(void)snprintf(user.word, sizeof(user.word), "$word$0123");
	user.word_until = f->now_ms / 1000 + 14 * 86400;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	frame_forget_events(f);
}

static void
first(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	assert_int_equal(set(f, "alice", FRAME_WRONG_WORD, NEW), OTP_ERR_AUTH_FAILED);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_OK);
	assert_string_equal(f->question.word, "$word$0123");
	assert_true(f->question.needs_make);
	frame_reopen(f);
	frame_get_user(f, "alice", &user);
	assert_string_equal(user.confirm, "$new$19");
	assert_string_equal(user.word, "");
	assert_int_equal(user.word_until, 0);
	assert_int_equal(user.n_wrong, 0);
	assert_int_equal(user.epoch, 1);
	otp_user_clear(&user);
	/* single use */
	assert_int_equal(set(f, "alice", FRAME_WORD, "another good password"), OTP_ERR_AUTH_FAILED);
	assert_string_equal(f->question.word, "");
	assert_int_equal(set(f, "alice", FRAME_RIGHT, "another good password"), OTP_OK);
}

static void
word_runs_out(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_pass(f, 14 * 86400);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_ERR_AUTH_FAILED);
	assert_string_equal(f->question.word, "");
}

/* A word sets a password, and nothing else. */
static void
word_is_no_password(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	frame_add_user(f, "master", OTP_ROLE_MASTER);
	frame_get_user(f, "master", &user);
	(void)snprintf(user.word, sizeof(user.word), "$word$0123");
	user.word_until = f->now_ms / 1000 + 86400;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	frame_add_token(f, TOKEN);
	frame_bind(f, "alice", TOKEN);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_WORD), OTP_ERR_AUTH_FAILED);
	assert_string_equal(f->question.word, "");
	/* and without any password there is none that is right */
	frame_get_user(f, "master", &user);
	user.confirm[0] = '\0';
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_ERR_AUTH_FAILED);
}

static void
fit(void **state)
{
	static const char *const bad[] = { "", "short", "elevenchars", "tab\tin a password",
		("0123456789012345678901234567890123456789012345678901234567890123456789"
		 "01234567890123456789012345678901234567890123456789012345678") };
	struct frame *f = *state;

	make(f);
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(set(f, "alice", FRAME_WORD, bad[i]), OTP_ERR_BAD_INPUT);
	assert_int_equal(set(f, "alice", FRAME_WORD, "another one"), OTP_ERR_BAD_INPUT);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_OK);
	assert_int_equal(set(f, "alice", FRAME_RIGHT, FRAME_PASSWORD), OTP_ERR_POLICY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_PASSWORD_SAME);
}

/* The word went through other hands: written otherwise it is no password of his own either. */
static void
word_as_password(void **state)
{
	struct frame *f = *state;

	make(f);
	f->word = "abcde-fghjk-mnpqr-stuvw";
	assert_int_equal(set(f, "alice", FRAME_WORD, "abcde-fghjk-mnpqr-stuvw"), OTP_ERR_POLICY);
	assert_int_equal(set(f, "alice", FRAME_WORD, "ABCDEFGHJKMNPQRSTUVW"), OTP_ERR_POLICY);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_OK);
}

static void
whose(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;

	make(f);
	assert_int_equal(set(f, "stranger", FRAME_RIGHT, NEW), OTP_ERR_AUTH_FAILED);
	frame_root(f);
	f->confirm = FRAME_RIGHT;
	f->new_confirm = NEW;
	assert_int_equal(frame_run(f, OTP_VERB_PASSWORD_SET, otp_act_password_set),
	    OTP_ERR_AUTH_FAILED);
	frame_get_user(f, "alice", &user);
	user.enabled = false;
	frame_put_user(f, &user);
	otp_user_clear(&user);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_ERR_NOT_PERMITTED);
}

static void
dry_run(void **state)
{
	struct frame *f = *state;

	make(f);
	f->request.dry_run = true;
	assert_int_equal(set(f, "alice", FRAME_WRONG_WORD, NEW), OTP_OK);
	f->request.dry_run = true;
	assert_int_equal(set(f, "alice", FRAME_WRONG_WORD, "short"), OTP_ERR_BAD_INPUT);
	f->request.dry_run = true;
	assert_int_equal(set(f, "stranger", FRAME_RIGHT, NEW), OTP_ERR_NOT_APPLICABLE);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(set(f, "alice", FRAME_WORD, NEW), OTP_OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(first), T(word_runs_out), T(word_is_no_password), T(fit), T(word_as_password), T(whose), T(dry_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
