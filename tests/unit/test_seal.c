/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sealed records open in their own place of their own store, whole and unchanged, or not at all. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "seal.h"

/* A ring of n keys, in a directory that is gone again. */
static struct otp_keyring *
ring_of(unsigned n)
{
	char dir[] = "/tmp/otpadm-seal.XXXXXX", path[PATH_MAX];
	struct otp_keyring *ring = NULL;

	assert_non_null(mkdtemp(dir));
	for (unsigned i = 1; i <= n; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%08x.key", dir, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0400);
		assert_true(fd >= 0);
		for (unsigned k = 0; k < 64; k++)
			assert_int_equal(write(fd, &"0123456789abcdef"[(k + i) % 16], 1), 1);
		assert_int_equal(write(fd, "\n", 1), 1);
		close(fd);
	}
	assert_int_equal(otp_keyring_load(dir, geteuid(), &ring, NULL), OTP_OK);
	for (unsigned i = 1; i <= n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%08x.key", dir, i);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
	return ring;
}

static const uint8_t store_id[OTP_STORE_ID_SIZE] = "store id 16 byte";
static const uint8_t name_key[OTP_KEY_SIZE] = "name key of thirty-two bytes ok";

struct place {
	struct otp_keyring *ring;
	struct otp_seal *seal;
	struct otp_bytes value, sealed;
	struct otp_record_key key;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->ring = ring_of(2);
	assert_int_equal(otp_seal_new(p->ring, store_id, name_key, &p->seal), OTP_OK);
	assert_int_equal(otp_bytes_set(&p->value, "the value of the record", 23), OTP_OK);
	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_USER, "alice", &p->key), OTP_OK);
	assert_int_equal(
	    otp_seal_close(p->seal, OTP_KIND_USER, "alice", &p->value, &p->sealed), OTP_OK);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	otp_bytes_clear(&p->value);
	otp_bytes_clear(&p->sealed);
	otp_seal_free(&p->seal);
	assert_null(p->seal);
	otp_seal_free(&p->seal);
	otp_keyring_free(&p->ring);
	free(p);
	return 0;
}

/* Opens, and sees that a refusal fills in nothing. */
static enum otp_err
open_at(struct otp_seal *seal, const struct otp_record_key *key, const void *sealed, size_t len)
{
	char name[OTP_RECORD_NAME_MAX + 1] = "untouched";
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_kind kind = OTP_KIND_NONE;
	enum otp_err err;

	err = otp_seal_open(seal, key, sealed, len, &kind, name, &value);
	if (err != OTP_OK) {
		assert_string_equal(name, "untouched");
		assert_int_equal(kind, OTP_KIND_NONE);
		assert_null(value.data);
	}
	otp_bytes_clear(&value);
	return err;
}

static void
test_round_trip(void **state)
{
	static const size_t sizes[] = { 0, 1, 255, 4096, OTP_RECORD_VALUE_MAX };
	struct place *p = *state;
	char name[OTP_RECORD_NAME_MAX + 1], got[OTP_RECORD_NAME_MAX + 1];
	struct otp_bytes back = OTP_BYTES_INIT;
	enum otp_kind kind = OTP_KIND_NONE;

	for (size_t n = 0; n <= OTP_RECORD_NAME_MAX; n += 80) {
		memset(name, 'n', n);
		name[n] = '\0';
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_int_equal(otp_bytes_reserve(&p->value, sizes[i]), OTP_OK);
			p->value.len = sizes[i];
			memset(p->value.data, (int)i, sizes[i]);
			assert_int_equal(
			    otp_seal_close(p->seal, OTP_KIND_TOKEN, name, &p->value, &p->sealed),
			    OTP_OK);
			assert_int_equal(p->sealed.len, 18 + 2 + n + sizes[i] + 16);
			assert_true(p->sealed.len < 65536);
			assert_int_equal(
			    otp_seal_peek_kind(p->sealed.data, p->sealed.len), OTP_KIND_TOKEN);
			assert_int_equal(
			    otp_seal_key(p->seal, OTP_KIND_TOKEN, name, &p->key), OTP_OK);
			assert_int_equal(otp_seal_open(p->seal, &p->key, p->sealed.data,
					     p->sealed.len, &kind, got, &back),
			    OTP_OK);
			assert_int_equal(kind, OTP_KIND_TOKEN);
			assert_string_equal(got, name);
			assert_int_equal(back.len, sizes[i]);
			assert_memory_equal(back.data, p->value.data, sizes[i]);
			assert_int_equal(otp_seal_open(p->seal, &p->key, p->sealed.data,
					     p->sealed.len, NULL, NULL, &back),
			    OTP_OK);
		}
	}
	otp_bytes_clear(&back);
}

/* The nonce is new each time, and nothing of the plaintext shows. */
static void
test_fresh(void **state)
{
	struct place *p = *state;
	struct otp_bytes again = OTP_BYTES_INIT;

	assert_int_equal(
	    otp_seal_close(p->seal, OTP_KIND_USER, "alice", &p->value, &again), OTP_OK);
	assert_int_equal(again.len, p->sealed.len);
	assert_memory_equal(again.data, p->sealed.data, 6);
	assert_memory_not_equal(again.data + 6, p->sealed.data + 6, 12);
	assert_memory_not_equal(again.data + 18, p->sealed.data + 18, again.len - 18);
	assert_null(memmem(p->sealed.data, p->sealed.len, "alice", 5));
	assert_null(memmem(p->sealed.data, p->sealed.len, "value", 5));
	otp_bytes_clear(&again);
}

static void
test_every_bit(void **state)
{
	struct place *p = *state;

	assert_int_equal(open_at(p->seal, &p->key, p->sealed.data, p->sealed.len), OTP_OK);
	for (size_t bit = 0; bit < p->sealed.len * 8; bit++) {
		enum otp_err err;

		p->sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err = open_at(p->seal, &p->key, p->sealed.data, p->sealed.len);
		/* another key id is most often of a key that is not there; 2 ^ 3 is 1, which is */
		if (bit / 8 >= 2 && bit / 8 < 6)
			assert_int_equal(err, OTP_ERR_KEY);
		else
			assert_int_equal(err, OTP_ERR_INTEGRITY);
		p->sealed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* the other key that is there */
	p->sealed.data[2] = 1;
	assert_int_equal(
	    open_at(p->seal, &p->key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	p->sealed.data[2] = 2;
	assert_int_equal(open_at(p->seal, &p->key, p->sealed.data, p->sealed.len), OTP_OK);
}

static void
test_every_length(void **state)
{
	struct place *p = *state;
	struct otp_bytes longer = OTP_BYTES_INIT;

	for (size_t n = 0; n < p->sealed.len; n++)
		assert_int_equal(open_at(p->seal, &p->key, p->sealed.data, n), OTP_ERR_INTEGRITY);
	assert_int_equal(otp_bytes_set(&longer, p->sealed.data, p->sealed.len), OTP_OK);
	assert_int_equal(otp_bytes_append(&longer, "", 1), OTP_OK);
	assert_int_equal(open_at(p->seal, &p->key, longer.data, longer.len), OTP_ERR_INTEGRITY);
	assert_int_equal(otp_bytes_reserve(&longer, 70000), OTP_OK);
	longer.len = 70000;
	assert_int_equal(open_at(p->seal, &p->key, longer.data, longer.len), OTP_ERR_INTEGRITY);
	otp_bytes_clear(&longer);
	assert_int_equal(open_at(p->seal, &p->key, NULL, 0), OTP_ERR_INTEGRITY);
}

/* Two records in each other's place; a record under the same name's key of another kind. */
static void
test_swapped(void **state)
{
	struct place *p = *state;
	struct otp_bytes bob = OTP_BYTES_INIT;
	struct otp_record_key bob_key, token_key;

	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_USER, "bob", &bob_key), OTP_OK);
	assert_int_equal(otp_seal_close(p->seal, OTP_KIND_USER, "bob", &p->value, &bob), OTP_OK);
	assert_int_equal(open_at(p->seal, &bob_key, bob.data, bob.len), OTP_OK);
	assert_int_equal(open_at(p->seal, &p->key, bob.data, bob.len), OTP_ERR_INTEGRITY);
	assert_int_equal(
	    open_at(p->seal, &bob_key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_TOKEN, "alice", &token_key), OTP_OK);
	assert_memory_not_equal(&token_key, &p->key, sizeof(token_key));
	assert_int_equal(
	    open_at(p->seal, &token_key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	p->sealed.data[1] = OTP_KIND_TOKEN;
	assert_int_equal(otp_seal_peek_kind(p->sealed.data, p->sealed.len), OTP_KIND_TOKEN);
	assert_int_equal(
	    open_at(p->seal, &token_key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	assert_int_equal(
	    open_at(p->seal, &p->key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	otp_bytes_clear(&bob);
}

static void
test_other_store(void **state)
{
	struct place *p = *state;
	struct otp_seal *other = NULL;
	uint8_t id[OTP_STORE_ID_SIZE], names[OTP_KEY_SIZE];
	struct otp_record_key key;

	memcpy(id, store_id, sizeof(id));
	id[15] ^= 1;
	assert_int_equal(otp_seal_new(p->ring, id, name_key, &other), OTP_OK);
	assert_int_equal(open_at(other, &p->key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	otp_seal_free(&other);
	/* the name key decides where a record stands, nothing else */
	memcpy(names, name_key, sizeof(names));
	names[0] ^= 1;
	assert_int_equal(otp_seal_new(p->ring, store_id, names, &other), OTP_OK);
	assert_int_equal(otp_seal_key(other, OTP_KIND_USER, "alice", &key), OTP_OK);
	assert_memory_not_equal(&key, &p->key, sizeof(key));
	assert_int_equal(open_at(other, &key, p->sealed.data, p->sealed.len), OTP_ERR_INTEGRITY);
	otp_seal_free(&other);
}

/* Rotation: a new key seals, both open; a ring without the newer one says so. */
static void
test_keys(void **state)
{
	struct place *p = *state;
	struct otp_keyring *old = ring_of(1), *newer = ring_of(OTP_KEYRING_MAX);
	struct otp_seal *seal = NULL;
	struct otp_bytes sealed = OTP_BYTES_INIT;
	struct otp_record_key key;

	assert_int_equal(otp_seal_new(old, store_id, name_key, &seal), OTP_OK);
	assert_int_equal(open_at(seal, &p->key, p->sealed.data, p->sealed.len), OTP_ERR_KEY);
	assert_int_equal(otp_seal_key(seal, OTP_KIND_USER, "alice", &key), OTP_OK);
	assert_memory_equal(&key, &p->key, sizeof(key)); /* names outlive the master keys */
	assert_int_equal(otp_seal_close(seal, OTP_KIND_USER, "alice", &p->value, &sealed), OTP_OK);
	assert_int_equal(sealed.data[2], 1);
	otp_seal_free(&seal);
	assert_int_equal(open_at(p->seal, &p->key, sealed.data, sealed.len), OTP_OK);
	assert_int_equal(open_at(p->seal, &p->key, p->sealed.data, p->sealed.len), OTP_OK);

	/* every place of the cache */
	assert_int_equal(otp_seal_new(newer, store_id, name_key, &seal), OTP_OK);
	for (uint8_t id = 1; id <= OTP_KEYRING_MAX; id++) {
		sealed.data[2] = id;
		assert_int_equal(open_at(seal, &p->key, sealed.data, sealed.len),
		    id == 1 ? OTP_OK : OTP_ERR_INTEGRITY);
	}
	sealed.data[2] = OTP_KEYRING_MAX + 1;
	assert_int_equal(open_at(seal, &p->key, sealed.data, sealed.len), OTP_ERR_KEY);
	sealed.data[2] = 0;
	assert_int_equal(open_at(seal, &p->key, sealed.data, sealed.len), OTP_ERR_KEY);
	otp_seal_free(&seal);
	otp_bytes_clear(&sealed);
	otp_keyring_free(&old);
	otp_keyring_free(&newer);
}

static void
test_bounds(void **state)
{
	struct place *p = *state;
	char name[OTP_RECORD_NAME_MAX + 2];
	struct otp_bytes out = OTP_BYTES_INIT;
	struct otp_record_key key;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_USER, name, &key), OTP_ERR_BAD_INPUT);
	assert_int_equal(
	    otp_seal_close(p->seal, OTP_KIND_USER, name, &p->value, &out), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_NONE, "a", &key), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_seal_key(p->seal, OTP_KIND_COUNT, "a", &key), OTP_ERR_BAD_INPUT);
	assert_int_equal(
	    otp_seal_close(p->seal, OTP_KIND_COUNT, "a", &p->value, &out), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_bytes_reserve(&p->value, OTP_RECORD_VALUE_MAX + 1), OTP_OK);
	p->value.len = OTP_RECORD_VALUE_MAX + 1;
	assert_int_equal(
	    otp_seal_close(p->seal, OTP_KIND_USER, "a", &p->value, &out), OTP_ERR_BAD_INPUT);
	assert_null(out.data);
	assert_int_equal(otp_seal_peek_kind("", 0), OTP_KIND_NONE);
	p->sealed.data[0] = 2;
	assert_int_equal(otp_seal_peek_kind(p->sealed.data, p->sealed.len), OTP_KIND_NONE);
	p->sealed.data[0] = 1;
	p->sealed.data[1] = OTP_KIND_COUNT;
	assert_int_equal(otp_seal_peek_kind(p->sealed.data, p->sealed.len), OTP_KIND_NONE);
}

static void
test_fingerprint(void **state)
{
	struct place *p = *state;
	struct otp_seal *other = NULL;
	struct otp_keyring *ring = ring_of(3);
	char a[33], b[33];

	assert_int_equal(otp_seal_fingerprint(p->seal, "12345678901234567890", 20, a), OTP_OK);
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_int_equal(otp_seal_fingerprint(p->seal, "12345678901234567891", 20, b), OTP_OK);
	assert_string_not_equal(a, b);
	/* outlives the master keys, too */
	assert_int_equal(otp_seal_new(ring, store_id, name_key, &other), OTP_OK);
	assert_int_equal(otp_seal_fingerprint(other, "12345678901234567890", 20, b), OTP_OK);
	assert_string_equal(a, b);
	otp_seal_free(&other);
	otp_keyring_free(&ring);
}

/* A record that was sealed by the first version of this program: the format stays. */
static void
test_format(void **state)
{
	static const uint8_t want_key[OTP_RECORD_KEY_SIZE] = {
		0x2e,
		0x8b,
		0x1d,
		0xfe,
		0x39,
		0x4c,
		0x74,
		0x3e,
		0x2e,
		0xa7,
		0x67,
		0xe3,
		0x74,
		0xff,
		0xbb,
		0x05,
	};
	static const uint8_t sealed[] = {
		0x01,
		0x02,
		0x02,
		0x00,
		0x00,
		0x00,
		0x00,
		0x01,
		0x02,
		0x03,
		0x04,
		0x05,
		0x06,
		0x07,
		0x08,
		0x09,
		0x0a,
		0x0b,
		0xa7,
		0xa4,
		0x64,
		0x41,
		0x90,
		0x08,
		0x28,
		0x28,
		0x60,
		0xcb,
		0xe8,
		0xc5,
		0x84,
		0x8e,
		0x66,
		0x1e,
		0xb2,
		0x9f,
		0x17,
		0xb0,
		0xfa,
		0xc2,
		0xe1,
		0xa9,
		0xb5,
		0x08,
		0x14,
		0x7b,
	};
	struct place *p = *state;
	char name[OTP_RECORD_NAME_MAX + 1] = "";
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_kind kind = OTP_KIND_NONE;

	assert_memory_equal(&p->key, want_key, sizeof(want_key));
	assert_int_equal(
	    otp_seal_open(p->seal, &p->key, sealed, sizeof(sealed), &kind, name, &value), OTP_OK);
	assert_int_equal(kind, OTP_KIND_USER);
	assert_string_equal(name, "alice");
	assert_int_equal(value.len, 5);
	assert_memory_equal(value.data, "value", 5);
	otp_bytes_clear(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fresh, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_bit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_length, setup, teardown),
		cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fingerprint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_format, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
