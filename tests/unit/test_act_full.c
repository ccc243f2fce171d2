/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A full disk: what must go on does, in what is kept for it; the rest of administration is refused. */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>

#include "act_frame.h"

#include "act_member.h"
#include "act_people.h"
#include "act_recover.h"
#include "act_revoke.h"
#include "act_seed.h"

static rlim_t unlimited;

static void
limit_files(rlim_t n)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	if (unlimited == 0)
		unlimited = limit.rlim_cur;
	limit.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int
teardown(void **state)
{
	limit_files(unlimited);
	return frame_teardown(state);
}

/* Administration until no more of it fits; what is there of the journal still takes the rest. */
static void
fill(struct frame *f)
{
	static uint8_t big[50000];
	const struct otp_bytes value = { big, sizeof(big), 0 };
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;
	enum otp_err err;

	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files((4 << 20) - 1);
	event.time_ms = f->now_ms;
	do {
		assert_int_equal(otp_store_put(f->store, OTP_KIND_NOTICE, "filler", &value), OTP_OK);
		err = otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq);
		assert_int_equal(otp_store_flush(f->store), OTP_OK);
	} while (err == OTP_OK);
	assert_int_equal(err, OTP_ERR_DISK_FULL);
	otp_store_abort(f->store);
	/* to the last byte of what is not kept */
	do {
		err = otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq);
		assert_int_equal(otp_store_flush(f->store), OTP_OK);
	} while (err == OTP_OK);
	frame_forget_events(f);
}

static enum otp_err
by_master(struct frame *f, enum otp_verb verb, otp_act act, enum otp_field field, const char *what)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, "master");
	frame_text(f, field, what);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, verb, act);
}

static enum otp_err
by_root(struct frame *f, enum otp_verb verb, otp_act act, enum otp_field field, const char *what)
{
	frame_root(f);
	frame_text(f, field, what);
	frame_text(f, OTP_FIELD_REASON, "the disk is full");
	return frame_run(f, verb, act);
}

static void
what_goes_on(void **state)
{
	struct frame *f = *state;
	struct otp_user user = OTP_USER_INIT;
	size_t len = 0;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_add_user(f, "dan", OTP_ROLE_GENERAL);
	fill(f);
	/* the rest of administration */
	assert_int_equal(by_master(f, OTP_VERB_USER_OPEN, otp_act_user_open, OTP_FIELD_USER, "carol"),
	    OTP_ERR_DISK_FULL);
	assert_int_equal(by_master(f, OTP_VERB_USER_ENABLE, otp_act_user_enable, OTP_FIELD_USER, "carol"),
	    OTP_ERR_DISK_FULL);
	/* the code was used up all the same, and a clock that was ahead must find that out */
	assert_true(otp_fields_has(&frame_last_event(f)->details, OTP_FIELD_USED_CODE));
	/* a seed that is not written down goes out to nobody */
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_URI, otp_act_token_uri, OTP_FIELD_SERIAL, TOKEN),
	    OTP_ERR_DISK_FULL);
	assert_null(otp_fields_bytes(&f->answer.fields, OTP_FIELD_SECRET, &len));
	/* verification, right and wrong alike: nobody guesses for nothing */
	frame_verify_right(f, "alice");
	frame_verify_wrong(f, "bob", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(frame_unlock(f, "master", "alice", FRAME_RIGHT), OTP_OK);
	frame_verify_wrong(f, "bob", 5);
	assert_int_equal(by_root(f, OTP_VERB_RECOVER_UNLOCK, otp_act_recover_unlock,
	    OTP_FIELD_SERIAL, TOKEN), OTP_OK);
	assert_int_equal(by_master(f, OTP_VERB_REVOKE, otp_act_revoke, OTP_FIELD_USERS, "bob"), OTP_OK);
	assert_int_equal(by_master(f, OTP_VERB_USER_DISABLE, otp_act_user_disable, OTP_FIELD_USER,
	    "dan"), OTP_OK);
	assert_int_equal(by_root(f, OTP_VERB_RECOVER_OPEN, otp_act_recover_open, OTP_FIELD_USER,
	    "carol"), OTP_OK);
	assert_int_equal(by_root(f, OTP_VERB_RECOVER_PASSWORD, otp_act_recover_password,
	    OTP_FIELD_USER, "carol"), OTP_OK);
	assert_int_equal(by_root(f, OTP_VERB_RECOVER_MASTER, otp_act_recover_master, OTP_FIELD_USER,
	    "carol"), OTP_OK);
	frame_verify_right(f, "alice");
	assert_int_equal(by_master(f, OTP_VERB_USER_OPEN, otp_act_user_open, OTP_FIELD_USER, "carol"),
	    OTP_ERR_DISK_FULL);
	/* all of it is there after a start on the full disk */
	frame_reopen(f);
	frame_get_user(f, "carol", &user);
	assert_int_equal(user.role, OTP_ROLE_MASTER);
	frame_get_user(f, "dan", &user);
	assert_false(user.enabled);
	frame_get_user(f, "bob", &user);
	assert_false(user.is_bound);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = { T(what_goes_on) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
