/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cryptography against published vectors, with every kind of damage refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"
#include "parse.h"

/* Compares bytes with hex. */
static void
assert_hex(const uint8_t *got, size_t len, const char *hex)
{
	struct otp_bytes want = OTP_BYTES_INIT;

	assert_int_equal(otp_parse_hex(hex, &want), OTP_OK);
	assert_int_equal(want.len, len);
	assert_memory_equal(got, want.data, len);
	otp_bytes_clear(&want);
}

static void
test_hash_names(void **state)
{
	static const struct {
		const char *name;
		enum otp_hash hash;
	} good[] = {
		{ "sha1", OTP_HASH_SHA1 },
		{ "SHA1", OTP_HASH_SHA1 },
		{ "SHA-1", OTP_HASH_SHA1 },
		{ "HmacSHA1", OTP_HASH_SHA1 },
		{ "HMAC-SHA-1", OTP_HASH_SHA1 },
		{ "sha256", OTP_HASH_SHA256 },
		{ "SHA-256", OTP_HASH_SHA256 },
		{ "hmac_sha256", OTP_HASH_SHA256 },
		{ "HmacSHA512", OTP_HASH_SHA512 },
		{ "sha512", OTP_HASH_SHA512 },
	};
	static const char *const bad[] = { "", "sha", "md5", "sha2", "sha1x", "sha 1", "hmac",
		"sha384", "hmachmacsha1", "HMAC-SHA-256-AND-MORE-OF-IT" };
	enum otp_hash h = OTP_HASH_COUNT;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(otp_hash_parse(good[i].name, &h), OTP_OK);
		assert_int_equal(h, good[i].hash);
		assert_int_equal(otp_hash_parse(otp_hash_name(h), &h), OTP_OK);
		assert_int_equal(h, good[i].hash);
	}
	h = OTP_HASH_COUNT;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(otp_hash_parse(bad[i], &h), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_hash_parse(NULL, &h), OTP_ERR_BAD_INPUT);
	assert_int_equal(h, OTP_HASH_COUNT);
	assert_int_equal(otp_hash_size(OTP_HASH_SHA1), 20);
	assert_int_equal(otp_hash_size(OTP_HASH_SHA256), 32);
	assert_int_equal(otp_hash_size(OTP_HASH_SHA512), 64);
	assert_int_equal(otp_hash_size(OTP_HASH_COUNT), 0);
	assert_string_equal(otp_hash_name(OTP_HASH_COUNT), "");
}

static void
check_hmac(
    enum otp_hash h, const void *key, size_t key_len, const void *data, size_t len, const char *hex)
{
	uint8_t out[64];
	struct otp_mac *m = NULL;

	assert_int_equal(otp_crypto_hmac(h, key, key_len, data, len, out), OTP_OK);
	assert_hex(out, otp_hash_size(h), hex);
	/* and in pieces, twice with one key */
	assert_int_equal(otp_mac_new_hash(h, key, key_len, &m), OTP_OK);
	assert_int_equal(otp_mac_size(m), otp_hash_size(h));
	for (int i = 0; i < 2; i++) {
		memset(out, 0, sizeof(out));
		assert_int_equal(otp_mac_begin(m), OTP_OK);
		assert_int_equal(otp_mac_add(m, data, len / 2), OTP_OK);
		assert_int_equal(
		    otp_mac_add(m, (const uint8_t *)data + len / 2, len - len / 2), OTP_OK);
		assert_int_equal(otp_mac_end(m, out), OTP_OK);
		assert_hex(out, otp_hash_size(h), hex);
	}
	otp_mac_free(&m);
	assert_null(m);
	otp_mac_free(&m);
	otp_mac_free(NULL);
}

/* RFC 2202 (SHA-1), RFC 4231 (SHA-2): short keys, keys longer than a block, the empty key */
static void
test_hmac(void **state)
{
	uint8_t aa[131];

	(void)state;
	memset(aa, 0xaa, sizeof(aa));
	check_hmac(OTP_HASH_SHA1, "Jefe", 4, "what do ya want for nothing?", 28,
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	check_hmac(OTP_HASH_SHA256, "Jefe", 4, "what do ya want for nothing?", 28,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	check_hmac(OTP_HASH_SHA512, "Jefe", 4, "what do ya want for nothing?", 28,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	check_hmac(OTP_HASH_SHA1, aa, 80, "Test Using Larger Than Block-Size Key - Hash Key First",
	    54, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	check_hmac(OTP_HASH_SHA256, aa, 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	check_hmac(OTP_HASH_SHA512, aa, 131,
	    "Test Using Larger Than Block-Size Key - Hash Key First", 54,
	    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	    "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
	check_hmac(OTP_HASH_SHA1, NULL, 0, "", 0, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
	check_hmac(OTP_HASH_SHA256, NULL, 0, "", 0,
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	check_hmac(OTP_HASH_SHA512, "", 0, "", 0,
	    "b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac673"
	    "0c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47");
}

static void
test_sha256(void **state)
{
	char name[] = "/tmp/otpadm-crypto.XXXXXX";
	uint8_t out[32], want[32], *big;
	const size_t size = 200001;
	int fd;

	(void)state;
	assert_int_equal(otp_crypto_sha256("abc", 3, out), OTP_OK);
	assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(otp_crypto_sha256(NULL, 0, out), OTP_OK);
	assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(otp_crypto_hash_fd(fd, out), OTP_OK);
	assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* around the size of the buffer, wherever the descriptor stands */
	big = malloc(size);
	assert_non_null(big);
	for (size_t i = 0; i < size; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t n = 65535; n <= size; n = n < 65537 ? n + 1 : n + 134464) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, big, n, 0), n);
		assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
		assert_int_equal(otp_crypto_hash_fd(fd, out), OTP_OK);
		assert_int_equal(otp_crypto_sha256(big, n, want), OTP_OK);
		assert_memory_equal(out, want, 32);
	}
	free(big);
	close(fd);
	assert_int_not_equal(otp_crypto_hash_fd(-1, out), OTP_OK);
}

/* No vector of RFC 5869 has a key of 32 bytes and no salt: computed with Python's hmac. */
static void
test_hkdf(void **state)
{
	uint8_t key[32], out[100], part[32];

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	assert_int_equal(otp_crypto_hkdf(key, "record", 6, out, 32), OTP_OK);
	assert_hex(out, 32, "8f5c1536a7c7841bfe2c88107a1b3092792f1c75fffdf536809b619608ec2c4f");
	assert_int_equal(otp_crypto_hkdf(key, NULL, 0, out, 100), OTP_OK);
	assert_hex(out, 100,
	    "37ad29109f43265287804b674e2653d0a513718907f97fca97c95bded8104bbf"
	    "9601b7e7a7d5a882b151679d3bba7d1ecf9681ad0509bfa68434e1bfa767a51d"
	    "b8133e691b64d477f96d6e4d4b8b04c01d397fec72be357d45e84855aeba402e"
	    "6f572d9e");
	assert_int_equal(otp_crypto_hkdf(key, NULL, 0, part, 31), OTP_OK);
	assert_memory_equal(part, out, 31);
	assert_int_equal(otp_crypto_hkdf(key, NULL, 0, out, 0), OTP_ERR_INTERNAL);
	assert_int_equal(otp_crypto_hkdf(key, NULL, 0, out, 255 * 32 + 1), OTP_ERR_INTERNAL);
}

/* The GCM paper's test cases 13, 14 and 16 (AES-256) */
static void
test_aead_vectors(void **state)
{
	uint8_t key[32] = { 0 }, nonce[12] = { 0 }, zero[16] = { 0 }, out[80], back[80];
	struct otp_bytes k = OTP_BYTES_INIT, n = OTP_BYTES_INIT, p = OTP_BYTES_INIT,
			 a = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_crypto_aead_seal(key, nonce, NULL, 0, NULL, 0, out), OTP_OK);
	assert_hex(out, 16, "530f8afbc74536b9a963b4f1c4cb738b");
	assert_int_equal(otp_crypto_aead_open(key, nonce, NULL, 0, out, 16, back), OTP_OK);
	assert_int_equal(otp_crypto_aead_seal(key, nonce, NULL, 0, zero, 16, out), OTP_OK);
	assert_hex(out, 32, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

	assert_int_equal(
	    otp_parse_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", &k),
	    OTP_OK);
	assert_int_equal(otp_parse_hex("cafebabefacedbaddecaf888", &n), OTP_OK);
	assert_int_equal(
	    otp_parse_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		&p),
	    OTP_OK);
	assert_int_equal(otp_parse_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", &a), OTP_OK);
	assert_int_equal(
	    otp_crypto_aead_seal(k.data, n.data, a.data, a.len, p.data, p.len, out), OTP_OK);
	assert_hex(out, p.len + 16,
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b");
	assert_int_equal(
	    otp_crypto_aead_open(k.data, n.data, a.data, a.len, out, p.len + 16, back), OTP_OK);
	assert_memory_equal(back, p.data, p.len);
	otp_bytes_clear(&k);
	otp_bytes_clear(&n);
	otp_bytes_clear(&p);
	otp_bytes_clear(&a);
}

/* Every bit of what is sealed, and every part that is bound to it; nothing unproven comes out. */
static void
test_aead_damage(void **state)
{
	static const uint8_t zero[20];
	uint8_t key[32] = { 1 }, nonce[12] = { 2 }, aad[7] = { 3 }, sealed[36], out[20], text[20];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(otp_crypto_aead_seal(key, nonce, aad, 7, text, 20, sealed), OTP_OK);
	for (unsigned bit = 0; bit < sizeof(sealed) * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memset(out, 'y', sizeof(out));
		assert_int_equal(
		    otp_crypto_aead_open(key, nonce, aad, 7, sealed, 36, out), OTP_ERR_INTEGRITY);
		assert_memory_equal(out, zero, sizeof(out));
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_int_equal(
		    otp_crypto_aead_open(key, nonce, aad, 7, sealed, n, out), OTP_ERR_INTEGRITY);
	assert_int_equal(
	    otp_crypto_aead_open(key, nonce, aad, 6, sealed, 36, out), OTP_ERR_INTEGRITY);
	assert_int_equal(
	    otp_crypto_aead_open(key, nonce, NULL, 0, sealed, 36, out), OTP_ERR_INTEGRITY);
	aad[6] ^= 1;
	assert_int_equal(
	    otp_crypto_aead_open(key, nonce, aad, 7, sealed, 36, out), OTP_ERR_INTEGRITY);
	aad[6] ^= 1;
	nonce[11] ^= 1;
	assert_int_equal(
	    otp_crypto_aead_open(key, nonce, aad, 7, sealed, 36, out), OTP_ERR_INTEGRITY);
	nonce[11] ^= 1;
	key[31] ^= 1;
	assert_int_equal(
	    otp_crypto_aead_open(key, nonce, aad, 7, sealed, 36, out), OTP_ERR_INTEGRITY);
	key[31] ^= 1;
	assert_int_equal(otp_crypto_aead_open(key, nonce, aad, 7, sealed, 36, out), OTP_OK);
	assert_memory_equal(out, text, sizeof(out));
}

/* RFC 7914 section 12, and our usual cost (computed with Python's hashlib) */
static void
test_scrypt(void **state)
{
	uint8_t out[64];

	(void)state;
	assert_int_equal(otp_crypto_scrypt("", 0, "", 0, 4, 1, 1, out, 64), OTP_OK);
	assert_hex(out, 64,
	    "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
	    "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
	assert_int_equal(otp_crypto_scrypt("password", 8, "NaCl", 4, 10, 8, 16, out, 64), OTP_OK);
	assert_hex(out, 64,
	    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
	    "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
	assert_int_equal(
	    otp_crypto_scrypt("pleaseletmein", 13, "SodiumChloride", 14, 14, 8, 1, out, 64),
	    OTP_OK);
	assert_hex(out, 64,
	    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
	    "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
	assert_int_equal(otp_crypto_scrypt("p", 1, "s", 1, 16, 8, 2, out, 32), OTP_OK);
	assert_hex(out, 32, "b9997c776ebc092adff3c401629c14383026f767b313a1f91dff9d7f66e2c5a4");
	assert_int_equal(otp_crypto_scrypt("p", 1, "s", 1, 0, 8, 2, out, 32), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_crypto_scrypt("p", 1, "s", 1, 21, 8, 2, out, 32), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_crypto_scrypt("p", 1, "s", 1, 10, 33, 2, out, 32), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_crypto_scrypt("p", 1, "s", 1, 10, 8, 0, out, 32), OTP_ERR_BAD_INPUT);
}

static void
test_random(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_int_equal(otp_crypto_random(a, sizeof(a)), OTP_OK);
	assert_int_equal(otp_crypto_random(b, sizeof(b)), OTP_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(otp_crypto_random(NULL, 0), OTP_OK);
}

/* A child and its parent draw different numbers. */
static void
test_random_after_fork(void **state)
{
	uint8_t child[32], parent[32];
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(otp_crypto_random(parent, sizeof(parent)), OTP_OK);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (otp_crypto_random(child, sizeof(child)) != OTP_OK ||
		    write(fds[1], child, sizeof(child)) != sizeof(child))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(otp_crypto_random(parent, sizeof(parent)), OTP_OK);
	assert_int_equal(read(fds[0], child, sizeof(child)), sizeof(child));
	assert_memory_not_equal(child, parent, sizeof(child));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(fds[0]);
	close(fds[1]);
}

static void
test_start_stop(void **state)
{
	uint8_t out[32];

	(void)state;
	assert_int_equal(otp_crypto_start(), OTP_OK);
	assert_int_equal(otp_crypto_start(), OTP_OK);
	otp_crypto_stop();
	otp_crypto_stop();
	assert_int_equal(otp_crypto_sha256("abc", 3, out), OTP_OK);
	otp_crypto_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_names),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hkdf),
		cmocka_unit_test(test_aead_vectors),
		cmocka_unit_test(test_aead_damage),
		cmocka_unit_test(test_scrypt),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_after_fork),
		cmocka_unit_test(test_start_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
