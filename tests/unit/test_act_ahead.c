/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recover clock where more than log-ins is ahead, or where not all can be read. */
#include "config.h"

#include "act_frame.h"

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include "act_notify.h"

#define YEAR (365 * 86400)

/* Spoils the one shard's file: nothing that is in it can be read. */
static void
spoil(struct frame *f)
{
	char pattern[256];
	uint8_t last;
	glob_t found;
	off_t end;
	int fd;

	assert_int_equal(otp_store_close(&f->store, f->now_ms), OTP_OK);
	(void)snprintf(pattern, sizeof(pattern), "%s/store/*/0000.*", f->dir);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	end = lseek(fd, 0, SEEK_END);
	assert_int_equal(pread(fd, &last, 1, end - 1), 1);
	last ^= 1;
	assert_int_equal(pwrite(fd, &last, 1, end - 1), 1);
	(void)close(fd);
	globfree(&found);
	frame_open_store(f);
}

/* On a right clock nothing is changed, though some times lie ahead rightly. */
static void
rightly_ahead(void **state)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	struct frame *f = *state;

	frame_two(f);
	frame_add_token(f, "5000001");
	frame_get_token(f, "5000001", &token);
	token.not_before = f->now_ms / 1000 + 30 * 86400;
	token.window.at_ms = token.not_before * 1000;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	/* opened when that lasted longer */
	frame_add_user(f, "dora", OTP_ROLE_GENERAL);
	frame_get_user(f, "dora", &user);
	user.register_from = f->now_ms / 1000;
	user.register_until = user.register_from + 4 * f->conf.register_open;
	frame_put_user(f, &user);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(f->answer.n_warnings, 0);
	frame_get_user(f, "dora", &user);
	assert_int_equal(user.register_until, user.register_from + 4 * f->conf.register_open);
	otp_user_clear(&user);
	/* nothing is found where nothing can be read, and that is said */
	spoil(f);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_int_equal(f->answer.n_warnings, 1);
}

/* A request that was refused moves no newest time, and its code is used all the same: that is found, too. */
static void
of_the_refused(void **state)
{
	struct frame *f = *state;
	int64_t newest;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_false(f->answer.changed);
	frame_pass(f, YEAR);
	newest = otp_store_newest_ms(f->store);
	assert_int_equal(frame_open(f, "master", "nobody", frame_code(f, STAFF_TOKEN, 0), FRAME_RIGHT),
	    OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	frame_pass(f, -YEAR);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_ERR_CODE_USED);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(otp_store_newest_ms(f->store), newest);
	frame_pass(f, 2 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_OK);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_false(f->answer.changed);
	frame_pass(f, YEAR - 2 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "master", frame_code(f, STAFF_TOKEN, 0)), OTP_ERR_CODE_USED);
}

/* Wrong passwords of a uid are counted in memory alone: no wait of theirs is longer than it can be. */
static void
of_a_peer(void **state)
{
	struct frame *f = *state;

	frame_two(f);
	frame_staff(f);
	frame_verify_wrong(f, "alice", 5);
	frame_pass(f, YEAR);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(frame_unlock(f, "master", "alice", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_ERR_THROTTLED);
	frame_pass(f, -YEAR);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	frame_pass(f, 60);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
}

static void
waiting_mails(void **state)
{
	static const struct otp_notice_id id = { .seq = 7, .user_id = 1 };
	struct frame *f = *state;
	struct otp_call call = { .store = f->store };
	struct otp_pending pending = { .version = 1 };
	struct otp_bytes value = OTP_BYTES_INIT;
	struct otp_event event = OTP_EVENT_INIT;
	bool is_given_up;
	uint64_t seq;

	frame_two(f);
	assert_int_equal(otp_pending_failed(&pending, &id, 1, f->now_ms / 1000 + YEAR, &is_given_up), OTP_OK);
	assert_int_equal(otp_pending_encode(&pending, &value), OTP_OK);
	event.time_ms = f->now_ms + (int64_t)YEAR * 1000;
	assert_int_equal(otp_store_put(f->store, OTP_KIND_NOTICE, OTP_PENDING_NAME, &value), OTP_OK);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, true, &seq), OTP_OK);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(otp_notify_load_pending(&call, &pending), OTP_OK);
	assert_int_equal(pending.n, 1);
	assert_int_equal(pending.waiting[0].tries, 1);
	assert_true(pending.waiting[0].next_at <= f->now_ms / 1000 + OTP_PENDING_PAUSE_MAX);
	assert_true(pending.waiting[0].first_at <= f->now_ms / 1000);
	otp_pending_clear(&pending);
	otp_bytes_clear(&value);
}

/* What cannot be read keeps nobody else from working: told, and left as it is. */
static void
damaged(void **state)
{
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	struct frame *f = *state;

	frame_two(f);
	frame_add_user(f, "dora", OTP_ROLE_GENERAL);
	frame_add_token(f, "1000009");
	frame_bind(f, "dora", "1000009");
	frame_pass(f, YEAR);
	frame_verify_right(f, "alice");
	frame_get_user(f, "dora", &user);
	frame_get_token(f, "1000009", &token);
	spoil(f);
	/* these two are in the journal again */
	frame_put_user(f, &user);
	frame_put_token(f, &token);
	otp_token_clear(&token);
	otp_user_clear(&user);
	assert_int_equal(frame_verify(f, "dora", frame_code(f, "1000009", 0)), OTP_OK);
	frame_pass(f, -YEAR);
	assert_int_equal(frame_verify(f, "dora", frame_code(f, "1000009", 0)), OTP_ERR_CLOCK);
	assert_int_equal(frame_recover_clock(f), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.n_warnings, 1);
	assert_int_equal(f->answer.warning[0].message, OTP_MESSAGE_RECOVER_DAMAGED);
	assert_int_equal(otp_store_newest_ms(f->store), f->now_ms);
	frame_pass(f, 2 * FRAME_STEP);
	assert_int_equal(frame_verify(f, "dora", frame_code(f, "1000009", 0)), OTP_OK);
	assert_int_equal(frame_verify(f, "alice", "123456"), OTP_ERR_INTEGRITY);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)
	static const struct CMUnitTest tests[] = {
		T(rightly_ahead), T(of_the_refused), T(of_a_peer), T(waiting_mails), T(damaged),
	};

	return cmocka_run_group_tests_name("act_ahead", tests, NULL, NULL);
}
