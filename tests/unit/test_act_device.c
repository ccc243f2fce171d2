/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to a token itself: suspended by hand, reported, lost, retired; who may, and for whom. */
#include "config.h"

#include "act_frame.h"

#include "act_device.h"
#include "act_seed.h"
#include "act_tokens.h"
#include "act_unlock.h"

#define OTHER_TOKEN "9000002"

static void
make(struct frame *f)
{
	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_add_token(f, OTHER_TOKEN);
	frame_bind(f, "admin", OTHER_TOKEN);
	frame_forget_events(f);
}

static bool
has_text(const struct otp_fields *fields, enum otp_field field, const char *text)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (view.field == field && strcmp(view.str, text) == 0)
			return true;
	return false;
}

static otp_act
act_of(enum otp_verb verb)
{
	if (verb == OTP_VERB_TOKEN_SUSPEND)
		return otp_act_token_suspend;
	return verb == OTP_VERB_TOKEN_LOST ? otp_act_token_lost : otp_act_token_retire;
}

/* With his password and the next code of his own token. */
static enum otp_err
run(struct frame *f, const char *who, const char *own, enum otp_verb verb, const char *serial)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, who);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, own, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, verb, act_of(verb));
}

static enum otp_err
by_admin(struct frame *f, enum otp_verb verb, const char *serial)
{
	return run(f, "admin", OTHER_TOKEN, verb, serial);
}

static enum otp_err
by_master(struct frame *f, enum otp_verb verb, const char *serial)
{
	return run(f, "master", STAFF_TOKEN, verb, serial);
}

static enum otp_err
report(struct frame *f, const char *who, enum frame_confirm confirm)
{
	frame_as(f, who);
	f->confirm = confirm;
	return frame_run(f, OTP_VERB_TOKEN_REPORT, otp_act_token_report);
}

static struct otp_token
token_of(struct frame *f, const char *serial)
{
	static struct otp_token token = OTP_TOKEN_INIT;

	frame_get_token(f, serial, &token);
	return token;
}

static void
assert_has_lost(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	assert_string_equal(user.serial, "");
	assert_false(user.is_bound);
	assert_true(user.was_bound);
	assert_int_equal(user.register_until, 0);
	assert_int_equal(user.epoch, 2);
	otp_user_clear(&user);
}

/* ---- suspended by hand ---- */

static void
by_hand_stops_all(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(f->answer.rows.n, 2);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SHARERS, "bob"));
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_string_equal(frame_last_event(f)->user, "");
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SUSPENDED_HOW, "by-hand"));
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SHARERS, "alice"));
	frame_reopen(f);
	assert_int_equal(token_of(f, TOKEN).suspended_how, OTP_SUSPENDED_BY_HAND);
	assert_int_equal(token_of(f, TOKEN).suspended_at, f->now_ms / 1000);
	assert_int_equal(frame_verify(f, "alice", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	/* the same again: nothing, and since when it is stays */
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(token_of(f, TOKEN).suspended_at, f->now_ms / 1000 - FRAME_STEP);
	/* it is lifted as any other */
	assert_int_equal(frame_unlock(f, "admin", "bob", FRAME_RIGHT), OTP_OK);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_HOW, "by-hand"));
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_BY, "admin"));
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(token_of(f, TOKEN).suspended_how, OTP_SUSPENDED_CODES);
	frame_verify_right(f, "alice");
}

static void
shown_to_who_looks(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_OK);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_SHOW, otp_act_token_show), OTP_OK);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_HOW, "by-hand"));
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_BY, "admin"));
	assert_true(has_text(&f->answer.fields, OTP_FIELD_CAN_UNLOCK, "admin"));
}

static void
whom_an_administrator_may_touch(void **state)
{
	struct frame *f = *state;
	static const enum otp_verb verbs[] = { OTP_VERB_TOKEN_SUSPEND, OTP_VERB_TOKEN_LOST };

	make(f);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(by_admin(f, verbs[i], STAFF_TOKEN), OTP_ERR_NOT_PERMITTED);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_MASTER_TOUCHES_STAFF);
	}
	assert_int_equal(frame_state(f, STAFF_TOKEN), OTP_TOKEN_ACTIVE);
	/* one among many is enough */
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "second", TOKEN);
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_OK);
	/* his own he may stop */
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, OTHER_TOKEN), OTP_OK);
	assert_int_equal(frame_state(f, OTHER_TOKEN), OTP_TOKEN_SUSPENDED);
}

static void
shows_password_and_code(void **state)
{
	struct frame *f = *state;
	static const enum otp_verb verbs[] = { OTP_VERB_TOKEN_SUSPEND, OTP_VERB_TOKEN_LOST,
		OTP_VERB_TOKEN_RETIRE };

	make(f);
	for (size_t i = 0; i < 3; i++) {
		frame_as(f, "alice");
		frame_text(f, OTP_FIELD_SERIAL, TOKEN);
		f->confirm = FRAME_RIGHT;
		assert_int_equal(frame_run(f, verbs[i], act_of(verbs[i])), OTP_ERR_NOT_PERMITTED);
		/* a wrong code: nothing is learnt, not even that there is no such token */
		frame_as(f, "master");
		frame_text(f, OTP_FIELD_SERIAL, "no-such");
		frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, STAFF_TOKEN));
		f->confirm = FRAME_RIGHT;
		assert_int_equal(frame_run(f, verbs[i], act_of(verbs[i])), OTP_ERR_AUTH_FAILED);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_NONE);
		frame_as(f, "master");
		frame_text(f, OTP_FIELD_SERIAL, TOKEN);
		frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
		assert_int_equal(frame_run(f, verbs[i], act_of(verbs[i])), OTP_ERR_AUTH_FAILED);
		assert_int_equal(by_master(f, verbs[i], "no-such"), OTP_ERR_NOT_FOUND);
	}
	frame_as(f, "admin");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_RETIRE, otp_act_token_retire),
	    OTP_ERR_NOT_PERMITTED);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
}

static void
nobody_uses_it(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_token(f, "5000001");
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, "5000001"), OTP_ERR_WRONG_STATE);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_NOBODY_USES);
	/* one who waits for it is a user of it */
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	frame_assign(f, "carol", "5000001");
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_SUSPEND, "5000001"), OTP_OK);
	assert_int_equal(frame_verify(f, "carol", frame_code(f, "5000001", 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(frame_unlock(f, "admin", "carol", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_state(f, "5000001"), OTP_TOKEN_STOCK);
}

static void
only_those_who_were_shown(void **state)
{
	struct frame *f = *state;
	static const enum otp_verb verbs[] = { OTP_VERB_TOKEN_SUSPEND, OTP_VERB_TOKEN_LOST,
		OTP_VERB_TOKEN_RETIRE };

	make(f);
	for (size_t i = 0; i < 3; i++) {
		frame_text(f, OTP_FIELD_EXPECT, "alice");
		assert_int_equal(by_master(f, verbs[i], TOKEN), OTP_ERR_CONFLICT);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_OTHER_SHARERS);
		frame_text(f, OTP_FIELD_EXPECT, "");	/* nobody was */
		assert_int_equal(by_master(f, verbs[i], TOKEN), OTP_ERR_CONFLICT);
	}
	frame_add_token(f, "5000001");
	frame_text(f, OTP_FIELD_EXPECT, "");
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_RETIRE, "5000001"), OTP_OK);
	frame_text(f, OTP_FIELD_EXPECT, "alice");
	assert_int_equal(report(f, "alice", FRAME_RIGHT), OTP_ERR_CONFLICT);
	frame_text(f, OTP_FIELD_EXPECT, "alice");
	frame_text(f, OTP_FIELD_EXPECT, "bob");
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_SUSPEND, TOKEN), OTP_OK);
}

/* ---- reported ---- */

static void
reported_stops_at_once(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(report(f, "alice", FRAME_WRONG), OTP_ERR_AUTH_FAILED);
	assert_int_equal(report(f, "alice", FRAME_NO_PASSWORD), OTP_ERR_AUTH_FAILED);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_ACTIVE);
	assert_int_equal(report(f, "alice", FRAME_RIGHT), OTP_OK);
	assert_true(f->answer.changed);
	assert_string_equal(frame_last_event(f)->user, "alice");
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SUSPENDED_HOW, "reported"));
	assert_int_equal(token_of(f, TOKEN).suspended_how, OTP_SUSPENDED_REPORTED);
	assert_int_equal(frame_verify(f, "bob", frame_code(f, TOKEN, 0)), OTP_ERR_SUSPENDED);
	assert_int_equal(report(f, "bob", FRAME_RIGHT), OTP_OK);
	assert_false(f->answer.changed);
	/* found again: somebody else lifts it */
	assert_int_equal(frame_unlock(f, "admin", "alice", FRAME_RIGHT), OTP_OK);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_HOW, "reported"));
	assert_true(has_text(&f->answer.fields, OTP_FIELD_SUSPENDED_BY, "alice"));
	frame_verify_right(f, "bob");
}

/* Stopped already by wrong codes: who looks at it must know. */
static void
reported_after_wrong_codes(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_verify_wrong(f, "bob", 5);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(report(f, "alice", FRAME_RIGHT), OTP_OK);
	assert_true(f->answer.changed);
	assert_int_equal(token_of(f, TOKEN).suspended_how, OTP_SUSPENDED_REPORTED);
	assert_int_equal(token_of(f, TOKEN).fails, 5);
}

static void
reported_by_whom(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_add_user(f, "carol", OTP_ROLE_GENERAL);
	assert_int_equal(report(f, "carol", FRAME_RIGHT), OTP_ERR_NOT_APPLICABLE);
	/* an administrator who shares it reports, whatever he calls it; the others keep it */
	frame_add_user(f, "second", OTP_ROLE_ADMINISTRATOR);
	frame_bind(f, "second", OTHER_TOKEN);
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_LOST, OTHER_TOKEN), OTP_OK);
	assert_int_equal(frame_state(f, OTHER_TOKEN), OTP_TOKEN_SUSPENDED);
	assert_int_equal(token_of(f, OTHER_TOKEN).suspended_how, OTP_SUSPENDED_REPORTED);
	assert_int_equal(token_of(f, OTHER_TOKEN).n_sharers, 2);
	/* his own code is refused from here on, but the report asks for none */
	assert_int_equal(report(f, "admin", FRAME_RIGHT), OTP_OK);
	assert_int_equal(frame_unlock(f, "admin", "second", FRAME_RIGHT), OTP_ERR_NOT_PERMITTED);
	/* who does not share it makes it final */
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_LOST, OTHER_TOKEN), OTP_OK);
	assert_int_equal(frame_state(f, OTHER_TOKEN), OTP_TOKEN_LOST);
	assert_has_lost(f, "admin");
	assert_has_lost(f, "second");
}

/* ---- lost, retired ---- */

static void
final_for_all(void **state)
{
	struct frame *f = *state;
	static const enum otp_verb verbs[] = { OTP_VERB_TOKEN_LOST, OTP_VERB_TOKEN_RETIRE };
	static const enum otp_token_state states[] = { OTP_TOKEN_LOST, OTP_TOKEN_RETIRED };
	static const char *const serials[] = { TOKEN, "3000001" };
	static const char *const users[2][2] = { { "alice", "bob" }, { "carol", "dave" } };

	make(f);
	frame_add_token(f, serials[1]);
	for (size_t i = 0; i < 2; i++)
		frame_add_user(f, users[1][i], OTP_ROLE_GENERAL);
	frame_bind(f, "carol", serials[1]);
	frame_assign(f, "dave", serials[1]);
	for (size_t i = 0; i < 2; i++) {
		const char *code = frame_code(f, serials[i], 1);

		assert_int_equal(by_master(f, verbs[i], serials[i]), OTP_OK);
		assert_true(f->answer.changed);
		assert_int_equal(f->answer.rows.n, 2);
		assert_true(has_text(&f->answer.fields, OTP_FIELD_STATE,
		    otp_token_state_name(states[i])));
		assert_true(has_text(&frame_last_event(f)->details, OTP_FIELD_SHARERS, users[i][1]));
		frame_reopen(f);
		assert_int_equal(frame_state(f, serials[i]), states[i]);
		/* the secret is gone, what tells it again stays */
		assert_int_equal(token_of(f, serials[i]).seed.len, 0);
		assert_int_equal(strlen(token_of(f, serials[i]).fingerprint), 32);
		assert_int_equal(token_of(f, serials[i]).n_sharers, 0);
		assert_has_lost(f, users[i][0]);
		assert_has_lost(f, users[i][1]);
		assert_int_equal(frame_verify(f, users[i][0], code), OTP_ERR_REVOKED);
		/* twice: unchanged; the other way: it is final */
		assert_int_equal(by_master(f, verbs[i], serials[i]), OTP_OK);
		assert_false(f->answer.changed);
		assert_int_equal(by_master(f, verbs[1 - i], serials[i]),
		    i == 0 ? OTP_ERR_LOST : OTP_ERR_REVOKED);
		assert_int_equal(by_master(f, OTP_VERB_TOKEN_SUSPEND, serials[i]),
		    i == 0 ? OTP_ERR_LOST : OTP_ERR_REVOKED);
	}
}

/* Suspended by codes, then lost: the suspension ends with it, and the record stays valid. */
static void
final_while_suspended(void **state)
{
	struct frame *f = *state;

	make(f);
	assert_int_equal(report(f, "alice", FRAME_RIGHT), OTP_OK);
	assert_int_equal(by_admin(f, OTP_VERB_TOKEN_LOST, TOKEN), OTP_OK);
	assert_int_equal(frame_state(f, TOKEN), OTP_TOKEN_LOST);
	assert_int_equal(token_of(f, TOKEN).suspended_at, 0);
	assert_int_equal(report(f, "alice", FRAME_RIGHT), OTP_ERR_NOT_APPLICABLE);
}

/* The disk is full: a lost token is stopped all the same; the flag gives it the reserve. */
static void
lost_uses_the_reserve(void **state)
{
	(void)state;
	assert_true(otp_verb_info(OTP_VERB_TOKEN_LOST)->flags & OTP_FLAG_RESERVE);
	assert_true(otp_verb_info(OTP_VERB_TOKEN_REPORT)->flags & OTP_FLAG_RESERVE);
	assert_false(otp_verb_info(OTP_VERB_TOKEN_RETIRE)->flags & OTP_FLAG_RESERVE);
}

static void
last_master_stays(void **state)
{
	struct frame *f = *state;
	static const enum otp_verb verbs[] = { OTP_VERB_TOKEN_SUSPEND, OTP_VERB_TOKEN_RETIRE };

	make(f);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(by_master(f, verbs[i], STAFF_TOKEN), OTP_ERR_POLICY);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_LAST_MASTER);
		assert_int_equal(frame_state(f, STAFF_TOKEN), OTP_TOKEN_ACTIVE);
		/* a dry run says the same */
		frame_as(f, "master");
		frame_text(f, OTP_FIELD_SERIAL, STAFF_TOKEN);
		f->request.dry_run = true;
		assert_int_equal(frame_run(f, verbs[i], act_of(verbs[i])), OTP_ERR_POLICY);
		f->request.dry_run = false;
	}
	/* another one on the same token is no help, one with a token of his own is */
	frame_add_user(f, "other", OTP_ROLE_MASTER);
	frame_bind(f, "other", STAFF_TOKEN);
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_RETIRE, STAFF_TOKEN), OTP_ERR_POLICY);
	frame_add_user(f, "third", OTP_ROLE_MASTER);
	frame_add_token(f, "9000003");
	frame_bind(f, "third", "9000003");
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_RETIRE, STAFF_TOKEN), OTP_OK);
	assert_has_lost(f, "master");
	/* a stolen token is stopped whosever it is */
	assert_int_equal(report(f, "third", FRAME_RIGHT), OTP_OK);
}

static void
dry_run_changes_nothing(void **state)
{
	struct frame *f = *state;

	make(f);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_LOST, otp_act_token_lost), OTP_OK);
	f->request.dry_run = false;
	assert_true(f->answer.changed);
	assert_true(has_text(&f->answer.fields, OTP_FIELD_STATE, "lost"));
	assert_int_equal(f->n_events, 0);
	frame_reopen(f);
	assert_int_equal(token_of(f, TOKEN).seed.len, 20);
	frame_verify_right(f, "alice");
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(by_hand_stops_all), T(shown_to_who_looks), T(whom_an_administrator_may_touch),
		T(shows_password_and_code), T(nobody_uses_it), T(only_those_who_were_shown),
		T(reported_stops_at_once), T(reported_after_wrong_codes), T(reported_by_whom),
		T(final_for_all), T(final_while_suspended), T(lost_uses_the_reserve),
		T(last_master_stays), T(dry_run_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
