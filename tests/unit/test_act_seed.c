/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One token into stock by hand, with its own or a random secret; a secret shown; and that a dead one stays dead. */
#include "config.h"

#include "act_frame.h"

#include "act_device.h"
#include "act_seed.h"
#include "act_tokens.h"

static const uint8_t seed_a[20] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
static const uint8_t seed_b[20] = { 9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };

static void
give(struct frame *f, const char *serial, const uint8_t *seed)
{
	frame_text(f, OTP_FIELD_SERIAL, serial);
	if (seed != NULL)
		assert_int_equal(otp_fields_put_bytes(&f->request.fields, OTP_FIELD_SECRET, seed, 20),
		    OTP_OK);
}

static enum otp_err
add(struct frame *f, const char *serial, const uint8_t *seed)
{
	frame_root(f);
	give(f, serial, seed);
	return frame_run(f, OTP_VERB_TOKEN_ADD, otp_act_token_add);
}

static enum otp_err
add_random(struct frame *f, const char *serial, const char *algorithm)
{
	frame_root(f);
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_ALGORITHM, algorithm);
	frame_flag(f, OTP_FIELD_RANDOM, true);
	return frame_run(f, OTP_VERB_TOKEN_ADD, otp_act_token_add);
}

/* By the master, with the next code of his own token. */
static enum otp_err
by_master(struct frame *f, enum otp_verb verb, otp_act act, const char *serial)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, serial);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, STAFF_TOKEN, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, verb, act);
}

static enum otp_err
uri(struct frame *f, const char *serial)
{
	return by_master(f, OTP_VERB_TOKEN_URI, otp_act_token_uri, serial);
}

static const void *
secret_of(struct frame *f, size_t *ret_len)
{
	*ret_len = 0;
	return otp_fields_bytes(&f->answer.fields, OTP_FIELD_SECRET, ret_len);
}

static struct otp_token
token_of(struct frame *f, const char *serial)
{
	static struct otp_token token = OTP_TOKEN_INIT;

	frame_get_token(f, serial, &token);
	return token;
}

static void
adds_one(void **state)
{
	struct frame *f = *state;
	size_t len;

	assert_int_equal(add(f, "1000001", seed_a), OTP_OK);
	assert_true(f->answer.changed);
	assert_null(secret_of(f, &len));	/* he knows it */
	assert_string_equal(frame_last_event(f)->serial, "1000001");
	frame_reopen(f);
	assert_int_equal(token_of(f, "1000001").state, OTP_TOKEN_STOCK);
	assert_memory_equal(token_of(f, "1000001").seed.data, seed_a, 20);
	assert_int_equal(token_of(f, "1000001").step, 60);
	assert_int_equal(token_of(f, "1000001").digits, 6);
	/* the same again */
	assert_int_equal(add(f, "1000001", seed_a), OTP_OK);
	assert_false(f->answer.changed);
	/* a differing one, and the same seed under another serial number */
	assert_int_equal(add(f, "1000001", seed_b), OTP_ERR_CONFLICT);
	assert_int_equal(add(f, "1000002", seed_a), OTP_ERR_CONFLICT);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_SEED_KNOWN);
	frame_text(f, OTP_FIELD_ALGORITHM, "sha256");
	assert_int_equal(add(f, "1000001", seed_a), OTP_ERR_CONFLICT);
}

static void
used_steps_stay_used(void **state)
{
	struct frame *f = *state;
	struct otp_token token = OTP_TOKEN_INIT;

	assert_int_equal(add(f, "1000001", seed_a), OTP_OK);
	frame_get_token(f, "1000001", &token);
	token.last_used = 4711;
	frame_put_token(f, &token);
	otp_token_clear(&token);
	assert_int_equal(add(f, "1000001", seed_a), OTP_OK);
	assert_false(f->answer.changed);
	assert_int_equal(token_of(f, "1000001").last_used, 4711);
}

static void
who_may(void **state)
{
	struct frame *f = *state;
	size_t len;

	frame_two(f);
	frame_staff(f);
	frame_add_user(f, "admin", OTP_ROLE_ADMINISTRATOR);
	frame_as(f, "admin");
	give(f, "1000009", seed_a);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_ADD, otp_act_token_add), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "master");
	give(f, "1000009", seed_a);
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_ADD, otp_act_token_add), OTP_ERR_AUTH_FAILED);
	assert_int_equal(otp_fields_put_bytes(&f->request.fields, OTP_FIELD_SECRET, seed_a, 20), OTP_OK);
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_ADD, otp_act_token_add, "1000009"), OTP_OK);
	assert_string_equal(frame_last_event(f)->user, "");
	/* a secret: masters, nobody else; not root without a name */
	frame_as(f, "admin");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_URI, otp_act_token_uri), OTP_ERR_NOT_PERMITTED);
	frame_root(f);
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_URI, otp_act_token_uri), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	frame_text(f, OTP_FIELD_CODE, frame_wrong_code(f, STAFF_TOKEN));
	f->confirm = FRAME_RIGHT;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_URI, otp_act_token_uri), OTP_ERR_AUTH_FAILED);
	assert_null(secret_of(f, &len));
}

static void
random_ones(void **state)
{
	struct frame *f = *state;
	static const char *const algorithms[] = { "sha1", "sha256", "sha512" };
	static const size_t sizes[] = { 20, 32, 64 };
	uint8_t seen[3][64] = { { 0 } };
	char serial[16];
	size_t len;

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(serial, sizeof(serial), "700000%zu", i);
		assert_int_equal(add_random(f, serial, algorithms[i]), OTP_OK);
		assert_non_null(secret_of(f, &len));
		assert_int_equal(len, sizes[i]);
		memcpy(seen[i], secret_of(f, &len), len);
		assert_memory_equal(token_of(f, serial).seed.data, seen[i], len);
		assert_memory_not_equal(seen[i], seen[(i + 1) % 3], 16);
		/* nothing of it for the audit */
		assert_null(otp_fields_bytes(&frame_last_event(f)->details, OTP_FIELD_SECRET, &len));
	}
	/* another one under the same number */
	assert_int_equal(add_random(f, "7000000", "sha1"), OTP_ERR_CONFLICT);
	assert_null(secret_of(f, &len));
	assert_int_equal(add_random(f, "7000009", "md5"), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_fields_put_bytes(&f->request.fields, OTP_FIELD_SECRET, seed_a, 20), OTP_OK);
	assert_int_equal(add_random(f, "7000009", "sha1"), OTP_ERR_BAD_INPUT);
	f->request.dry_run = true;
	assert_int_equal(add_random(f, "7000009", "sha1"), OTP_OK);
	assert_true(f->answer.changed);
	assert_null(secret_of(f, &len));
}

static void
shows_a_secret(void **state)
{
	struct frame *f = *state;
	size_t len;

	frame_two(f);
	frame_staff(f);
	assert_int_equal(uri(f, TOKEN), OTP_OK);
	assert_false(f->answer.changed);
	assert_non_null(secret_of(f, &len));
	assert_int_equal(len, 20);
	assert_memory_equal(secret_of(f, &len), token_of(f, TOKEN).seed.data, 20);
	/* that it was looked at is written down, what was seen is not */
	assert_int_equal(frame_last_event(f)->verb, OTP_VERB_TOKEN_URI);
	assert_string_equal(frame_last_event(f)->serial, TOKEN);
	assert_null(otp_fields_bytes(&frame_last_event(f)->details, OTP_FIELD_SECRET, &len));
	frame_as(f, "master");
	frame_text(f, OTP_FIELD_SERIAL, TOKEN);
	f->request.dry_run = true;
	assert_int_equal(frame_run(f, OTP_VERB_TOKEN_URI, otp_act_token_uri), OTP_OK);
	assert_null(secret_of(f, &len));
	f->request.dry_run = false;
	assert_int_equal(by_master(f, OTP_VERB_TOKEN_RETIRE, otp_act_token_retire, TOKEN), OTP_OK);
	assert_int_equal(uri(f, TOKEN), OTP_ERR_REVOKED);
	f->conf.administration = OTP_CONF_DUAL;
	assert_int_equal(uri(f, STAFF_TOKEN), OTP_ERR_POLICY);
	assert_null(secret_of(f, &len));
}

/* A lost token's seed does not come back, not under its own number and not under another. */
static void
dead_stays_dead(void **state)
{
	struct frame *f = *state;
	static const struct { enum otp_verb verb; otp_act act; const char *serial; uint8_t first; } how[] = {
		{ OTP_VERB_TOKEN_LOST, otp_act_token_lost, "4000001", 21 },
		{ OTP_VERB_TOKEN_RETIRE, otp_act_token_retire, "4000002", 22 },
	};

	frame_staff(f);
	for (size_t i = 0; i < 2; i++) {
		uint8_t seed[20] = { how[i].first, 7, 7 };
		struct otp_fields *row;

		assert_int_equal(add(f, how[i].serial, seed), OTP_OK);
		assert_int_equal(by_master(f, how[i].verb, how[i].act, how[i].serial), OTP_OK);
		frame_reopen(f);
		assert_int_equal(add(f, how[i].serial, seed), OTP_ERR_CONFLICT);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_TOKEN_FINAL);
		assert_int_equal(add(f, "4999999", seed), OTP_ERR_CONFLICT);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_SEED_KNOWN);
		/* nor in a delivery */
		row = frame_row(f);
		assert_int_equal(otp_fields_put_str(row, OTP_FIELD_SERIAL, "4999999"), OTP_OK);
		assert_int_equal(otp_fields_put_bytes(row, OTP_FIELD_SECRET, seed, 20), OTP_OK);
		frame_root(f);
		assert_int_equal(frame_run(f, OTP_VERB_TOKEN_IMPORT, otp_act_token_import),
		    OTP_ERR_CONFLICT);
	}
}

static void
hotp(void **state)
{
	struct frame *f = *state;
	int64_t counter = 0;

	frame_staff(f);
	frame_text(f, OTP_FIELD_TYPE, "hotp");
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_COUNTER, 5), OTP_OK);
	assert_int_equal(add(f, "6000001", seed_a), OTP_OK);
	assert_int_equal(token_of(f, "6000001").last_used, 4);
	frame_add_user(f, "alice", OTP_ROLE_GENERAL);
	frame_bind(f, "alice", "6000001");
	assert_int_equal(frame_verify(f, "alice", frame_code(f, "6000001", 2)), OTP_OK);
	assert_int_equal(uri(f, "6000001"), OTP_OK);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_COUNTER, &counter));
	assert_int_equal(counter, 8);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(adds_one), T(used_steps_stay_used), T(who_may), T(random_ones),
		T(shows_a_secret), T(dead_stays_dead), T(hotp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
