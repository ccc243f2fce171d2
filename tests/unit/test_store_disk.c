/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the disk keeps and what it does not take: wiped secrets leave it, and a full one stops only what may stop. */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>

#include "seal.h"
#include "shards.h"
#include "store_unit.h"

static const char *
name_of(unsigned i)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "user%u", i);
	return name;
}

/* ---- wiped secrets ---- */

static bool
is_anywhere(const char *dir, const uint8_t *what, size_t len)
{
	struct dirent *e;
	bool found = false;
	DIR *d = opendir(dir);
	char path[2000];
	uint8_t *data;
	size_t n;

	assert_non_null(d);
	while (!found && (e = readdir(d)) != NULL) {
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			found = is_anywhere(path, what, len);
			continue;
		}
		data = unit_read(path, &n);
		found = memmem(data, n, what, len) != NULL;
		free(data);
	}
	(void)closedir(d);
	return found;
}

/* The first sealed bytes behind a record's key in its shard. */
static void
sealed_bytes(struct unit_store *u, const char *name, uint8_t ret[48])
{
	struct otp_record_key key;
	bool is_found = false;

	assert_int_equal(otp_seal_key(otp_store_seal(u->store), OTP_KIND_TOKEN, name, &key), OTP_OK);
	for (unsigned i = 0; i < UNIT_SHARDS; i++) {
		char prefix[8];
		uint8_t *data, *p;
		size_t n;

		(void)snprintf(prefix, sizeof(prefix), "%04u.", i);
		data = unit_read(unit_live_file(u, prefix), &n);
		p = memmem(data, n, key.b, sizeof(key.b));
		if (p != NULL && p + 64 < data + n) {
			memcpy(ret, p + 16, 48);
			is_found = true;
		}
		free(data);
	}
	assert_true(is_found);
}

static void
wipe_it(struct unit_store *u, bool is_said, bool is_turned)
{
	static const char retired[] =
	    "retired: and now a reason that somebody has typed, so long that it needs another place";
	uint8_t secret[48];

	unit_set(u, OTP_KIND_TOKEN, "123456789", "a seed that is to leave the disk");
	unit_set(u, OTP_KIND_TOKEN, "other", "stays");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	sealed_bytes(u, "123456789", secret);
	assert_true(is_anywhere(u->store_dir, secret, sizeof(secret)));
	/* longer than what it replaces: else it might be written over it */
	assert_int_equal(unit_put(u, OTP_KIND_TOKEN, "123456789", retired), OTP_OK);
	if (is_said)
		otp_store_wiped(u->store);
	unit_commit(u);
	unit_flush(u);
	if (is_turned) {	/* over a crash, and then by itself */
		struct otp_store_stats stats, now;
		unsigned tries = 0;

		unit_drop(u);
		unit_open(u);
		otp_store_stats(u->store, &stats);
		do {
			(void)usleep(1000);
			assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_OK);
			otp_store_stats(u->store, &now);
		} while (now.checkpoints == stats.checkpoints && ++tries < 10000);
		assert_true(tries < 10000);
	} else {
		assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	}
	assert_string_equal(unit_get(u, OTP_KIND_TOKEN, "123456789"), retired);
	assert_string_equal(unit_get(u, OTP_KIND_TOKEN, "other"), "stays");
	assert_int_equal(is_anywhere(u->store_dir, secret, sizeof(secret)), !is_said);
}

static void
test_wiped(void **state)
{
	unit_open(*state);
	wipe_it(*state, true, false);
}

static void
test_wiped_later(void **state)
{
	unit_open(*state);
	wipe_it(*state, true, true);
}

/* The control: gdbm leaves in the file what it replaces. */
static void
test_not_wiped(void **state)
{
	unit_open(*state);
	wipe_it(*state, false, false);
}

/* ---- a full disk: no file may grow beyond what one segment needs ---- */

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
test_disk_full(void **state)
{
	struct unit_store *u = *state;
	struct otp_store_stats stats;
	unsigned administration = 0, verifications = 0;
	enum otp_err err;

	(void)signal(SIGXFSZ, SIG_IGN);
	unit_open(u);
	unit_set(u, OTP_KIND_USER, "before", "x");
	unit_flush(u);
	limit_files(UNIT_SEGMENT - 1);	/* the segment that is there still fits, the next one does not */
	do {
		err = unit_put(u, OTP_KIND_USER, name_of(administration), "administration");
		assert_int_equal(err, OTP_OK);
		err = unit_try_commit(u, OTP_COMMIT_ADMINISTRATION);
		if (err == OTP_OK)
			administration++;
		unit_flush(u);
	} while (err == OTP_OK);
	assert_int_equal(err, OTP_ERR_DISK_FULL);
	/* nothing was done: the same may be asked again, and dropped */
	assert_int_equal(unit_try_commit(u, OTP_COMMIT_ADMINISTRATION), OTP_ERR_DISK_FULL);
	otp_store_abort(u->store);
	assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(administration)), "not-found");
	(void)otp_store_turn(u->store, u->now_ms);
	otp_store_stats(u->store, &stats);
	assert_true(stats.is_full);
	assert_true(otp_store_wait_ms(u->store, u->now_ms) >= 0);
	do {	/* who logs in still does, in the last quarter */
		assert_int_equal(unit_put(u, OTP_KIND_TOKEN, name_of(verifications), "v"), OTP_OK);
		err = unit_try_commit(u, OTP_COMMIT_VERIFY);
		if (err == OTP_OK)
			verifications++;
		unit_flush(u);
	} while (err == OTP_OK);
	assert_int_equal(err, OTP_ERR_DISK_FULL);
	otp_store_abort(u->store);
	print_message("# %u administrations, then %u verifications\n", administration, verifications);
	assert_true(administration > 20 && verifications > administration / 6 && verifications < administration);
	assert_int_equal(otp_store_turn(u->store, u->now_ms), OTP_ERR_BUSY);
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_ERR_DISK_FULL);
	/* a start on a full disk serves, as long as there is room for its record */
	unit_drop(u);
	for (int i = 0; i < 20; i++) {
		unit_open(u);
		assert_string_equal(unit_get(u, OTP_KIND_TOKEN, name_of(verifications - 1)), "v");
		unit_drop(u);
	}
	unit_open(u);
	limit_files(RLIM_INFINITY);
	for (int i = 0; i < 5000; i++) {
		u->now_ms += 5000;
		err = otp_store_turn(u->store, u->now_ms);
		if (err == OTP_OK)
			break;
		(void)usleep(1000);
	}
	unit_set(u, OTP_KIND_USER, "after", "x");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	unit_close(u);
	unit_open(u);
	for (unsigned i = 0; i < administration; i++)
		assert_string_equal(unit_get(u, OTP_KIND_USER, name_of(i)), "administration");
	for (unsigned i = 0; i < verifications; i++)
		assert_string_equal(unit_get(u, OTP_KIND_TOKEN, name_of(i)), "v");
	assert_string_equal(unit_get(u, OTP_KIND_USER, "after"), "x");
}

static unsigned n_failed;

static void
count_failed(void *ctx, enum otp_level level, const char *text)
{
	(void)ctx;
	(void)level;
	n_failed += strstr(text, "checkpoint failed") != NULL ? 1 : 0;
}

static unsigned
count_files(const struct unit_store *u)
{
	DIR *dir = opendir(u->live);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* There is room for segments, but not for the last shard: what was made of the others does not stay and fill the disk. */
static void
test_no_room_for_shard(void **state)
{
	static const struct otp_sink sink = { count_failed, NULL };
	struct unit_store *u = *state;
	struct otp_record_key key;
	static char big[30000];
	unsigned i = 0, n_files, n_before;
	enum otp_err err;

	(void)signal(SIGXFSZ, SIG_IGN);
	u->params.sink = &sink;
	unit_open(u);
	memset(big, 'x', sizeof(big) - 1);
	for (unsigned n = 0; n < 4; i++) {
		assert_int_equal(otp_seal_key(otp_store_seal(u->store), OTP_KIND_USER, name_of(i), &key), OTP_OK);
		if (otp_shard_of(&key, UNIT_SHARDS) != UNIT_SHARDS - 1)
			continue;
		unit_set(u, OTP_KIND_USER, name_of(i), big);
		n++;
	}
	for (unsigned k = 0; k < 40; k++)
		unit_set(u, OTP_KIND_TOKEN, name_of(k), "before");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	n_files = count_files(u);
	limit_files(UNIT_SEGMENT);
	unit_set(u, OTP_KIND_USER, name_of(i - 1), "small");
	for (unsigned k = 0; k < 40; k++)
		unit_set(u, OTP_KIND_TOKEN, name_of(k), "after");
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_ERR_DISK_FULL);
	assert_int_equal(count_files(u), n_files + 1);	/* one segment more */
	do {	/* until no other segment is to be had: then the answer is no, and not another attempt each time */
		err = unit_put(u, OTP_KIND_TOKEN, "t", "x") == OTP_OK ?
		    unit_try_commit(u, OTP_COMMIT_VERIFY) : OTP_ERR_INTERNAL;
		unit_flush(u);
	} while (err == OTP_OK);
	assert_int_equal(err, OTP_ERR_DISK_FULL);
	n_before = n_failed;
	for (unsigned k = 0; k < 10; k++)
		assert_int_equal(unit_try_commit(u, OTP_COMMIT_VERIFY), OTP_ERR_DISK_FULL);
	assert_int_equal(n_failed, n_before);
	limit_files(RLIM_INFINITY);
	u->now_ms += 5000;
	(void)otp_store_turn(u->store, u->now_ms);
	assert_int_equal(unit_try_commit(u, OTP_COMMIT_VERIFY), OTP_OK);
	assert_int_equal(otp_store_checkpoint(u->store, u->now_ms), OTP_OK);
	for (unsigned k = 0; k < 40; k++)
		assert_string_equal(unit_get(u, OTP_KIND_TOKEN, name_of(k)), "after");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, unit_store_setup, unit_store_teardown)
	const struct CMUnitTest tests[] = {
		T(test_wiped), T(test_wiped_later), T(test_not_wiped), T(test_disk_full),
		T(test_no_room_for_shard),
	};

	return cmocka_run_group_tests_name("store_disk", tests, NULL, NULL);
}
