/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark: two slots in turn, and what a damaged, missing or foreign one means. */
#include "config.h"

#include "mark.h"
#include "store_unit.h"

#define SLOT_2 4096
#define FILE_SIZE 8192

static const uint8_t id[OTP_STORE_ID_SIZE] = "one store";

static struct otp_mark_state
state_of(uint64_t seq)
{
	struct otp_mark_state s = { .generation = 1, .seq = seq };

	memcpy(s.store_id, id, sizeof(s.store_id));
	memset(s.mac, (int)seq, sizeof(s.mac));
	return s;
}

static const char *
path_of(const struct unit_store *u)
{
	static char path[700];

	(void)snprintf(path, sizeof(path), "%s/mark", u->state_dir);
	return path;
}

static enum otp_err
open_mark(struct unit_store *u, uint64_t generation, struct otp_mark *m, struct otp_mark_state *ret)
{
	*m = (struct otp_mark)OTP_MARK_INIT;
	otp_why_clear(&u->why);
	return otp_mark_open(m, u->state_dir, geteuid(), u->ring, id, generation, ret, &u->why);
}

static enum otp_err
seq_of(struct unit_store *u, uint64_t *ret_seq)
{
	struct otp_mark_state s;
	struct otp_mark m;
	enum otp_err err;

	err = open_mark(u, 1, &m, &s);
	*ret_seq = err == OTP_OK ? s.seq : 0;
	otp_mark_close(&m);
	return err;
}

static void
write_some(struct unit_store *u, uint64_t from, uint64_t to)
{
	struct otp_mark_state s;
	struct otp_mark m;

	assert_int_equal(open_mark(u, 1, &m, &s), OTP_OK);
	for (uint64_t seq = from; seq <= to; seq++) {
		s = state_of(seq);
		assert_int_equal(otp_mark_write(&m, &s), OTP_OK);
	}
	otp_mark_close(&m);
}

static void
create(struct unit_store *u)
{
	const struct otp_mark_state s = state_of(0);

	assert_int_equal(otp_mark_create(u->state_dir, geteuid(), u->ring, &s, &u->why), OTP_OK);
}

static void
test_in_turn(void **state)
{
	struct unit_store *u = *state;
	uint8_t *data;
	uint64_t seq;
	size_t n;

	create(u);
	assert_int_equal(seq_of(u, &seq), OTP_OK);
	assert_int_equal(seq, 0);
	for (uint64_t i = 1; i < 8; i++) {
		write_some(u, i, i);	/* opened anew each time: the older slot is found */
		assert_int_equal(seq_of(u, &seq), OTP_OK);
		assert_int_equal(seq, i);
	}
	data = unit_read(path_of(u), &n);
	assert_int_equal(n, FILE_SIZE);
	assert_memory_not_equal(data, data + SLOT_2, 512);
	free(data);
}

static void
test_one_slot_damaged(void **state)
{
	struct unit_store *u = *state;
	uint8_t *data;
	uint64_t seq;
	size_t n;

	create(u);
	write_some(u, 1, 9);
	data = unit_read(path_of(u), &n);
	for (size_t at = 0; at < 128; at++) {
		const uint8_t wrong[2] = { data[at] ^ 1, data[SLOT_2 + at] ^ 1 };
		uint64_t without_first, without_second;

		unit_overwrite(path_of(u), at, &wrong[0], 1);
		assert_int_equal(seq_of(u, &without_first), OTP_OK);
		unit_overwrite(path_of(u), SLOT_2 + at, &wrong[1], 1);
		assert_int_equal(seq_of(u, &seq), OTP_ERR_ROLLBACK);
		unit_overwrite(path_of(u), at, &data[at], 1);
		assert_int_equal(seq_of(u, &without_second), OTP_OK);
		unit_overwrite(path_of(u), SLOT_2 + at, &data[SLOT_2 + at], 1);
		assert_int_equal(without_first + without_second, 9 + 8);
	}
	free(data);
}

static void
test_foreign(void **state)
{
	struct unit_store *u = *state;
	struct otp_mark_state s;
	struct otp_mark m;

	create(u);
	assert_int_equal(open_mark(u, 2, &m, &s), OTP_ERR_ROLLBACK);
	assert_int_equal(u->why.message, OTP_MESSAGE_STORE_OTHER);
	otp_mark_close(&m);
	assert_int_equal(unlink(path_of(u)), 0);
	assert_int_equal(open_mark(u, 1, &m, &s), OTP_ERR_ROLLBACK);
	otp_mark_close(&m);
	assert_int_equal(chmod(u->state_dir, 0755), 0);
	assert_int_equal(open_mark(u, 1, &m, &s), OTP_ERR_NOT_PERMITTED);
	otp_mark_close(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_turn, unit_store_setup, unit_store_teardown),
		cmocka_unit_test_setup_teardown(test_one_slot_damaged, unit_store_setup,
		    unit_store_teardown),
		cmocka_unit_test_setup_teardown(test_foreign, unit_store_setup, unit_store_teardown),
	};

	return cmocka_run_group_tests_name("mark", tests, NULL, NULL);
}
