/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures: RFC 8032's vectors, and that nothing else is right. */
#include "config.h"

#include "unit.h"

#include <string.h>

#include "parse.h"
#include "sign.h"
#include "text.h"

/* RFC 8032, section 7.1: secret key, public key, message, signature. */
static const char *const vectors[][4] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	    "d25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	    "387b2eaeb4302aeeb00d291612bb0c00" },
};

static void
hex(const char *text, struct otp_bytes *ret)
{
	if (text[0] != '\0')
		assert_int_equal(otp_parse_hex(text, ret), OTP_OK);
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct otp_bytes b[4] = { OTP_BYTES_INIT, OTP_BYTES_INIT, OTP_BYTES_INIT, OTP_BYTES_INIT };
		uint8_t public_key[32], signature[64];
		bool is_right = false;

		for (unsigned k = 0; k < 4; k++)
			hex(vectors[i][k], &b[k]);
		assert_int_equal(otp_crypto_ed25519_public(b[0].data, public_key), OTP_OK);
		assert_memory_equal(public_key, b[1].data, 32);
		assert_int_equal(otp_crypto_ed25519_sign(b[0].data, b[2].data, b[2].len, signature), OTP_OK);
		assert_memory_equal(signature, b[3].data, 64);
		assert_int_equal(otp_sign_check(public_key, b[2].data, b[2].len, signature, &is_right), OTP_OK);
		assert_true(is_right);
		for (unsigned bit = 0; bit < 512; bit += 17) {
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(otp_sign_check(public_key, b[2].data, b[2].len, signature, &is_right), OTP_OK);
			assert_false(is_right);
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(otp_sign_check(public_key, "x", 1, signature, &is_right), OTP_OK);
		assert_false(is_right);
		for (unsigned k = 0; k < 4; k++)
			otp_bytes_clear(&b[k]);
	}
}

static void
test_pem(void **state)
{
	struct otp_bytes key = OTP_BYTES_INIT, pem = OTP_BYTES_INIT;

	(void)state;
	/* RFC 8410, section 10.1 */
	hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", &key);
	assert_int_equal(otp_sign_pem(key.data, &pem), OTP_OK);
	assert_string_equal(otp_text_str(&pem), "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
	    "-----END PUBLIC KEY-----\n");
	otp_bytes_clear(&key);
	otp_bytes_clear(&pem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_pem) };

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
