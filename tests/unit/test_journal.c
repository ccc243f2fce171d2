/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records and segments: no byte changes unseen, a torn end is told from damage, an archive keeps the chain. */
#include "config.h"

#include "archive.h"
#include "replay.h"
#include "store_unit.h"

#define REFUSED UINT64_MAX

struct fixture {
	struct unit_store *u;
	struct otp_macs macs;
	struct otp_journal j;
	struct otp_segment_head head;
	int live;
	char path[700];
};

/* A segment of its own in the fixture's directory, with nothing in it. */
static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	void *u = NULL;

	if (f == NULL || unit_store_setup(&u) != 0)
		return -1;
	f->u = u;
	*state = f;
	f->live = open(f->u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	otp_macs_init(&f->macs, f->u->ring, "journal");
	f->head.key_id = otp_keyring_current(f->u->ring);
	f->head.number = 1;
	f->head.size = UNIT_SEGMENT;
	f->head.seq = 41;
	f->head.newest_ms = 5;
	memset(f->head.mac, 9, sizeof(f->head.mac));
	f->head.manifest.low = 1;
	f->head.manifest.n_shards = UNIT_SHARDS;
	if (f->live < 0 || otp_journal_init(&f->j, &f->macs, f->head.key_id) != OTP_OK ||
	    otp_segment_prepare(f->live, UNIT_SEGMENT, NULL, NULL) != OTP_OK ||
	    otp_segment_turn(f->live, &f->head, geteuid(), &f->macs, &f->j.fd) != OTP_OK)
		return -1;
	f->j.number = 1;
	f->j.size = UNIT_SEGMENT;
	f->j.head_size = otp_segment_head_size(UNIT_SHARDS);
	f->j.end = f->j.durable = f->j.head_size;
	f->j.seq = f->head.seq;
	memcpy(f->j.mac, f->head.mac, sizeof(f->j.mac));
	(void)snprintf(f->path, sizeof(f->path), "%s/journal.00000001", f->u->dir);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	void *u = f->u;

	otp_journal_clear(&f->j);
	otp_macs_clear(&f->macs);
	(void)close(f->live);
	free(f);
	return unit_store_teardown(&u);
}

static void
append(struct fixture *f, const char *event, const char *value)
{
	const struct otp_record_key key = { { 1, 2, 3 } };
	uint8_t *p = NULL;

	assert_int_equal(otp_journal_begin(&f->j, event, strlen(event),
	    OTP_JOURNAL_VALUE_HEADER + strlen(value), &p), OTP_OK);
	(void)otp_journal_value_put(p, &key, (const uint8_t *)value, (uint32_t)strlen(value));
	assert_int_equal(otp_journal_end(&f->j, OTP_JOURNAL_ACT, 0, 77), OTP_OK);
}

static void
flush(struct fixture *f)
{
	assert_int_equal(otp_journal_flush(&f->j), OTP_OK);
}

/* How many records follow on each other, and where they end. */
static uint64_t
count(struct fixture *f, struct otp_replay *r)
{
	enum otp_err err;

	otp_replay_init(r, &f->macs, f->j.fd, "journal.00000001", &f->head);
	err = otp_replay_run(r, NULL, NULL, NULL);
	/* a record that says that it needs another key is no end */
	if (err == OTP_ERR_KEY)
		return REFUSED;
	assert_int_equal(err, OTP_OK);
	return r->seq - f->head.seq;
}

static void
test_every_bit_of_a_record(void **state)
{
	struct fixture *f = *state;
	struct otp_journal_record record;
	size_t n;

	append(f, "who did what", "a sealed value of odd length.");
	n = f->j.batch_len;
	assert_true(otp_journal_parse(f->j.batch, n, false, &record));
	assert_int_equal(otp_journal_verify(&record, &f->macs), OTP_OK);
	assert_int_equal(record.stored, n);
	assert_int_equal(record.seq, 42);
	for (size_t i = 0; i < n * 8; i++) {
		bool is_good;

		f->j.batch[i / 8] ^= (uint8_t)(1 << i % 8);
		is_good = otp_journal_parse(f->j.batch, n, false, &record) &&
		    otp_journal_verify(&record, &f->macs) == OTP_OK;
		/* the link to the one before is the reader's to compare, and in the MAC too */
		assert_false(is_good);
		f->j.batch[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t cut = 0; cut < n; cut++)
		assert_false(otp_journal_parse(f->j.batch, cut, false, &record));
}

static void
test_values(void **state)
{
	struct fixture *f = *state;
	const struct otp_record_key key = { { 7 } };
	struct otp_journal_record record;
	struct otp_journal_value value;
	uint8_t *p = NULL;
	size_t at = 0;

	assert_int_equal(otp_journal_begin(&f->j, "e", 1, 2 * OTP_JOURNAL_VALUE_HEADER + 3, &p), OTP_OK);
	p += otp_journal_value_put(p, &key, (const uint8_t *)"abc", 3);
	p += otp_journal_value_put(p, &key, NULL, 0);
	assert_int_equal(otp_journal_end(&f->j, OTP_JOURNAL_ACT, OTP_JOURNAL_WIPED, -1), OTP_OK);
	assert_true(otp_journal_parse(f->j.batch, f->j.batch_len, false, &record));
	assert_int_equal(record.flags, OTP_JOURNAL_WIPED);
	assert_int_equal(record.newest_ms, -1);
	assert_true(otp_journal_value_next(&record, &at, &value));
	assert_int_equal(value.len, 3);
	assert_memory_equal(value.sealed, "abc", 3);
	assert_true(otp_journal_value_next(&record, &at, &value));
	assert_null(value.sealed);
	assert_false(otp_journal_value_next(&record, &at, &value));
	assert_int_equal(at, record.values_len);
	/* a length that leads out of the record ends the reading before its end */
	at = 0;
	record.values_len -= 4;
	assert_true(otp_journal_value_next(&record, &at, &value));
	assert_false(otp_journal_value_next(&record, &at, &value));
	assert_true(at < record.values_len);
}

static void
test_too_large(void **state)
{
	struct fixture *f = *state;
	uint8_t *p;

	assert_int_equal(otp_journal_record_size(OTP_JOURNAL_BYTES_MAX, 0), 0);
	assert_int_equal(otp_journal_record_size(SIZE_MAX, SIZE_MAX), 0);
	assert_int_equal(otp_journal_begin(&f->j, "e", 1, OTP_JOURNAL_BYTES_MAX, &p), OTP_ERR_INTERNAL);
	assert_int_equal(otp_journal_begin(&f->j, "e", 1, UNIT_SEGMENT, &p), OTP_ERR_INTERNAL);
	assert_int_equal(f->j.batch_len, 0);
}

/* Whatever byte is wrong: what is before it is read, what is behind it is not, and damage is said. */
static void
test_damage_everywhere(void **state)
{
	struct fixture *f = *state;
	struct otp_replay r;
	uint64_t ends[5];
	uint8_t *data;
	size_t n, size, n_refused = 0;

	for (n = 0; n < 5; n++) {
		append(f, "event", "value value value");
		flush(f);
		ends[n] = f->j.end;
	}
	assert_int_equal(count(f, &r), 5);
	assert_int_equal(r.at, ends[4]);
	assert_int_equal(otp_replay_check_end(&r, NULL), OTP_OK);
	data = unit_read(f->path, &size);
	for (size_t at = f->j.head_size; at < ends[4]; at++) {
		const uint8_t wrong = data[at] ^ 0x10;
		struct otp_why why = OTP_WHY_INIT;
		uint64_t before = 0, counted;

		while (at >= ends[before])
			before++;
		unit_overwrite(f->path, at, &wrong, 1);
		counted = count(f, &r);
		if (counted != REFUSED)
			assert_int_equal(counted, before);
		/* the last flush alone cannot be told from one that was torn: there the mark helps */
		assert_int_equal(otp_replay_check_end(&r, &why), before == 4 ? OTP_OK : OTP_ERR_INTEGRITY);
		n_refused += counted == REFUSED ? 1 : 0;
		if (before < 4)
			assert_string_equal(why.arg[0], "journal.00000001");
		unit_overwrite(f->path, at, &data[at], 1);
	}
	assert_int_equal(n_refused, 5 * sizeof(uint32_t));
	free(data);
}

static void
test_torn_batch(void **state)
{
	struct fixture *f = *state;
	const uint8_t zeros[64] = { 0 };
	struct otp_replay r;
	uint64_t durable;

	append(f, "event", "value");
	flush(f);
	durable = f->j.end;
	for (int i = 0; i < 3; i++)
		append(f, "event", "of one batch");
	flush(f);
	/* its first record did not reach the disk, the others did: no damage, for none says it was durable */
	unit_overwrite(f->path, durable + 16, zeros, sizeof(zeros));
	assert_int_equal(count(f, &r), 1);
	assert_int_equal(otp_replay_check_end(&r, NULL), OTP_OK);
	assert_int_equal(otp_replay_repair(&r, NULL), OTP_OK);
	/* what was behind is gone: a new record in its place is followed by nothing old */
	f->j.end = f->j.durable = r.at;
	f->j.seq = r.seq;
	memcpy(f->j.mac, r.mac, sizeof(r.mac));
	append(f, "event", "of one batch");
	flush(f);
	assert_int_equal(count(f, &r), 2);
	assert_int_equal(r.at, f->j.end);
}

static void
test_head(void **state)
{
	struct fixture *f = *state;
	struct otp_segment_head head;
	uint8_t *data;
	size_t n;

	assert_int_equal(otp_segment_read_head(f->j.fd, "x", UNIT_SHARDS, &f->macs, &head, NULL), OTP_OK);
	assert_int_equal(head.seq, 41);
	assert_int_equal(head.size, UNIT_SEGMENT);
	assert_int_equal(otp_segment_read_head(f->j.fd, "x", 2 * UNIT_SHARDS, &f->macs, &head, NULL),
	    OTP_ERR_INTEGRITY);
	data = unit_read(f->path, &n);
	n = 120 + otp_manifest_size(UNIT_SHARDS) + OTP_MAC_SIZE;
	for (size_t at = 0; at < n; at++) {
		const uint8_t wrong = data[at] ^ 4;
		enum otp_err err;

		unit_overwrite(f->path, at, &wrong, 1);
		err = otp_segment_read_head(f->j.fd, "x", UNIT_SHARDS, &f->macs, &head, NULL);
		assert_true(err == OTP_ERR_INTEGRITY || err == OTP_ERR_KEY);
		unit_overwrite(f->path, at, &data[at], 1);
	}
	assert_int_equal(truncate(f->path, UNIT_SEGMENT - 1), 0);
	assert_int_equal(otp_segment_read_head(f->j.fd, "x", UNIT_SHARDS, &f->macs, &head, NULL),
	    OTP_ERR_INTEGRITY);
	free(data);
}

struct events {
	unsigned n;
	uint8_t mac[OTP_MAC_SIZE];
};

static enum otp_err
see(void *ctx, const struct otp_journal_record *record)
{
	struct events *e = ctx;

	assert_null(record->values);
	assert_int_equal(record->event_len, 5);
	e->n++;
	memcpy(e->mac, record->mac, sizeof(e->mac));
	return OTP_OK;
}

static void
test_archive(void **state)
{
	struct fixture *f = *state;
	struct otp_segment_head next = f->head;
	struct otp_archive_head head;
	struct events events = { 0 };
	char path[800];
	uint8_t *data;
	size_t n;
	int fd;

	for (int i = 0; i < 20; i++) {
		append(f, "event", "a value that must not be in the archive");
		flush(f);
	}
	next.number = 2;
	next.seq = f->j.seq;
	next.prev_end = f->j.end;
	memcpy(next.mac, f->j.mac, sizeof(next.mac));
	assert_int_equal(otp_archive_write(f->live, f->live, 1, &next, f->head.key_id, &f->macs,
	    geteuid()), OTP_OK);
	assert_int_equal(otp_archive_read_head(f->live, 1, geteuid(), &f->macs, &fd, &head, NULL), OTP_OK);
	assert_int_equal(otp_archive_read(fd, &head, &f->macs, see, &events, NULL), OTP_OK);
	assert_int_equal(events.n, 20);
	assert_memory_equal(events.mac, f->j.mac, OTP_MAC_SIZE);	/* the same chain */
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/audit.00000001", f->u->dir);
	data = unit_read(path, &n);
	assert_null(memmem(data, n, "must not be", 11));
	for (size_t at = 0; at < n; at += 3) {
		const uint8_t wrong = data[at] ^ 32;
		enum otp_err err;

		unit_overwrite(path, at, &wrong, 1);
		fd = -1;
		err = otp_archive_read_head(f->live, 1, geteuid(), &f->macs, &fd, &head, NULL);
		if (err == OTP_OK)
			err = otp_archive_read(fd, &head, &f->macs, see, &events, NULL);
		assert_true(err == OTP_ERR_INTEGRITY || err == OTP_ERR_KEY);
		if (fd >= 0)
			(void)close(fd);
		unit_overwrite(path, at, &data[at], 1);
	}
	free(data);
	/* a segment that does not end as its successor says is not archived */
	next.prev_end -= 16;
	assert_int_equal(otp_archive_write(f->live, f->live, 1, &next, f->head.key_id, &f->macs,
	    geteuid()), OTP_ERR_INTEGRITY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_bit_of_a_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_everywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_head, setup, teardown),
		cmocka_unit_test_setup_teardown(test_archive, setup, teardown),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
