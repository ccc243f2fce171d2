/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overlay against a plain array: finding, replacing, merging, growing. */
#include "config.h"

#include "overlay.h"
#include "unit.h"

#define KEYS 500
#define STEPS 20000

static struct otp_record_key
key_of(unsigned i)
{
	struct otp_record_key key;

	/* many keys of one slot: the chains are long */
	memset(&key, 0, sizeof(key));
	key.b[0] = (uint8_t)i;
	key.b[1] = (uint8_t)(i >> 8);
	key.b[8] = (uint8_t)(i % 7);
	return key;
}

static void
insert(struct otp_overlay *o, unsigned i, const char *text)
{
	const struct otp_record_key key = key_of(i);
	struct otp_overlay_entry *e;

	assert_int_equal(otp_overlay_reserve(o, 1), OTP_OK);
	e = otp_overlay_entry_new(&key, text, text != NULL ? strlen(text) : 0);
	assert_non_null(e);
	otp_overlay_insert(o, e);
}

static bool
is(const struct otp_overlay *o, unsigned i, const char *text)
{
	const struct otp_record_key key = key_of(i);
	const struct otp_overlay_entry *e = otp_overlay_find(o, &key);

	return e != NULL && !e->is_deleted && e->len == strlen(text) &&
	    memcmp(e->sealed, text, e->len) == 0;
}

static void
test_empty(void **state)
{
	struct otp_overlay o = OTP_OVERLAY_INIT;
	struct otp_overlay_cursor cursor = { 0 };
	const struct otp_record_key key = key_of(1);

	(void)state;
	assert_null(otp_overlay_find(&o, &key));
	assert_null(otp_overlay_next(&o, &cursor));
	otp_overlay_clear(&o);
	otp_overlay_clear(NULL);
}

static void
test_tombstone(void **state)
{
	struct otp_overlay o = OTP_OVERLAY_INIT;
	const struct otp_record_key key = key_of(3);

	(void)state;
	insert(&o, 3, "abc");
	assert_int_equal(o.bytes, 3);
	insert(&o, 3, NULL);
	assert_true(otp_overlay_find(&o, &key)->is_deleted);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.bytes, 0);
	insert(&o, 3, "again");
	assert_true(is(&o, 3, "again"));
	otp_overlay_clear(&o);
}

static void
test_against_array(void **state)
{
	struct otp_overlay o = OTP_OVERLAY_INIT;
	struct otp_overlay_cursor cursor = { 0 };
	static char model[KEYS][16];
	uint64_t r = 88172645463325252u;
	size_t n = 0, seen = 0, bytes = 0;

	(void)state;
	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i;

		r ^= r << 13;
		r ^= r >> 7;
		r ^= r << 17;
		i = (unsigned)(r % KEYS);
		(void)snprintf(model[i], sizeof(model[i]), "%.*u", (int)(r >> 32) % 9 + 1, step);
		insert(&o, i, model[i]);
	}
	for (unsigned i = 0; i < KEYS; i++) {
		n += model[i][0] != '\0' ? 1 : 0;
		bytes += strlen(model[i]);
		if (model[i][0] != '\0')
			assert_true(is(&o, i, model[i]));
	}
	assert_int_equal(o.n, n);
	assert_int_equal(o.bytes, bytes);
	while (otp_overlay_next(&o, &cursor) != NULL)
		seen++;
	assert_int_equal(seen, n);
	otp_overlay_clear(&o);
}

static void
test_merge(void **state)
{
	struct otp_overlay to = OTP_OVERLAY_INIT, from = OTP_OVERLAY_INIT;

	(void)state;
	insert(&to, 1, "old");
	insert(&to, 2, "two");
	insert(&from, 1, "new");
	insert(&from, 3, "three");
	from.rebuild[5] = from.has_rebuild = true;
	assert_int_equal(otp_overlay_reserve(&to, from.n), OTP_OK);
	otp_overlay_merge(&to, &from, false);
	assert_true(is(&to, 1, "new") && is(&to, 2, "two") && is(&to, 3, "three"));
	assert_true(to.has_rebuild && to.rebuild[5] && !to.rebuild[4]);
	assert_int_equal(from.n, 0);
	insert(&from, 1, "older");
	insert(&from, 4, "four");
	assert_int_equal(otp_overlay_reserve(&to, from.n), OTP_OK);
	otp_overlay_merge(&to, &from, true);
	assert_true(is(&to, 1, "new") && is(&to, 4, "four"));
	assert_int_equal(to.n, 4);
	otp_overlay_clear(&to);
	otp_overlay_clear(&from);
}

static bool
is_even(const void *ctx, const struct otp_record_key *key)
{
	(void)ctx;
	return key->b[0] % 2 == 0;
}

static void
test_filter(void **state)
{
	struct otp_overlay o = OTP_OVERLAY_INIT;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		insert(&o, i, "x");
	otp_overlay_filter(&o, is_even, NULL);
	assert_int_equal(o.n, 50);
	assert_int_equal(o.bytes, 50);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(is(&o, i, "x"), i % 2 == 0);
	otp_overlay_clear(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_tombstone),
		cmocka_unit_test(test_against_array),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
