/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest: there and back, and nothing that is not one; the names of the files. */
#include "config.h"

#include "manifest.h"
#include "segment.h"
#include "shards.h"
#include "unit.h"

static struct otp_manifest
sample(uint32_t n)
{
	struct otp_manifest m = { .low = 7, .n_shards = n };

	for (uint32_t i = 0; i < n; i++) {
		m.shard[i].seq = 1000 + i;
		m.shard[i].is_damaged = i % 3 == 0;
		memset(m.shard[i].hash, (int)i, sizeof(m.shard[i].hash));
	}
	return m;
}

static void
encode(const struct otp_manifest *m, struct otp_bytes *b)
{
	struct otp_enc e = OTP_ENC_INIT(b, 65536);

	otp_manifest_encode(m, &e);
	assert_int_equal(e.err, OTP_OK);
	assert_int_equal(b->len, otp_manifest_size(m->n_shards));
}

static void
test_round(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= OTP_SHARDS_MAX; n *= 2) {
		const struct otp_manifest m = sample(n);
		struct otp_manifest back;
		struct otp_bytes b = OTP_BYTES_INIT;

		encode(&m, &b);
		assert_int_equal(otp_manifest_decode(b.data, b.len, n, &back), OTP_OK);
		assert_int_equal(back.low, 7);
		for (uint32_t i = 0; i < n; i++) {
			assert_int_equal(back.shard[i].seq, m.shard[i].seq);
			assert_int_equal(back.shard[i].is_damaged, m.shard[i].is_damaged);
			assert_memory_equal(back.shard[i].hash, m.shard[i].hash, OTP_SHARD_HASH_SIZE);
		}
		otp_bytes_clear(&b);
	}
}

static void
test_wrong(void **state)
{
	const struct otp_manifest m = sample(4);
	struct otp_manifest back;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	encode(&m, &b);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(otp_manifest_decode(b.data, n, 4, &back), OTP_ERR_INTEGRITY);
	assert_int_equal(otp_manifest_decode(b.data, b.len, 8, &back), OTP_ERR_INTEGRITY);
	b.data[12 + 8] = 2;	/* neither whole nor damaged */
	assert_int_equal(otp_manifest_decode(b.data, b.len, 4, &back), OTP_ERR_INTEGRITY);
	otp_bytes_clear(&b);
}

static void
test_names(void **state)
{
	static const char *const none[] = { "", "0001", "0001.5", "0001.5.gdb", "001.5.gdbm",
		"0001.05.gdbm", "0001.5.gdbm.new", "0256.5.gdbm", "0001..gdbm", "0001.-1.gdbm",
		"00010.5.gdbm", "x001.5.gdbm", "0001.99999999999999999999999999.gdbm" };
	char name[64];
	uint32_t shard;
	uint64_t seq, number;

	(void)state;
	otp_shard_name(name, 255, UINT64_MAX);
	assert_true(otp_shard_parse_name(name, &shard, &seq));
	assert_int_equal(shard, 255);
	assert_true(seq == UINT64_MAX);
	for (size_t i = 0; i < UNIT_N(none); i++)
		assert_false(otp_shard_parse_name(none[i], &shard, &seq));
	otp_segment_name(name, 42);
	assert_string_equal(name, "journal.00000042");
	assert_true(otp_segment_parse_name(name, &number));
	assert_int_equal(number, 42);
	assert_false(otp_segment_parse_name("journal.00000000", &number));
	assert_false(otp_segment_parse_name("journal.0000042", &number));
	assert_false(otp_segment_parse_name("journal.000000042", &number));
	assert_false(otp_segment_parse_name("journal.00000042.new", &number));
	assert_false(otp_segment_parse_name("ready", &number));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
