/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confirmation passwords and single-use words: right ones only, and no hash but ours. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "phc.h"

#define COST 14 /* the least that the configuration allows */

static const uint8_t pepper[OTP_KEY_SIZE] = "a pepper of thirty-two bytes ok";
static const uint8_t other_pepper[OTP_KEY_SIZE] = "a Pepper of thirty-two bytes ok";

static struct otp_secret
secret(const char *text)
{
	struct otp_secret s = OTP_SECRET_INIT;

	assert_int_equal(otp_secret_set(&s, text, strlen(text)), OTP_OK);
	return s;
}

static enum otp_err
check(const char *phc, const char *password, bool *right)
{
	struct otp_secret s = secret(password);

	*right = true;
	return otp_phc_check(pepper, phc, &s, COST, right);
}

static void
test_password(void **state)
{
	struct otp_secret s = secret("correct horse battery");
	char phc[OTP_PHC_MAX], again[OTP_PHC_MAX];
	bool right;

	(void)state;
	assert_int_equal(otp_phc_make(pepper, &s, COST, phc), OTP_OK);
	assert_int_equal(strlen(phc), 88);
	assert_memory_equal(phc, "$scrypt$ln=14,r=8,p=2$", 22);
	assert_int_equal(otp_phc_make(pepper, &s, COST, again), OTP_OK);
	assert_string_not_equal(phc, again);
	assert_int_equal(check(phc, "correct horse battery", &right), OTP_OK);
	assert_true(right);
	assert_int_equal(check(again, "correct horse battery", &right), OTP_OK);
	assert_true(right);
	assert_int_equal(check(phc, "correct horse batterz", &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check(phc, "", &right), OTP_OK);
	assert_false(right);
	right = true;
	assert_int_equal(otp_phc_check(other_pepper, phc, &s, COST, &right), OTP_OK);
	assert_false(right);
	/* the hash has its own cost, whatever the configuration says now */
	assert_int_equal(otp_phc_check(pepper, phc, &s, COST + 1, &right), OTP_OK);
	assert_true(right);
	assert_true(otp_phc_is_weaker(phc, COST + 1));
	assert_false(otp_phc_is_weaker(phc, COST));
	assert_false(otp_phc_is_weaker("", COST));
	assert_int_equal(otp_phc_make(pepper, &s, 9, phc), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_phc_make(pepper, &s, 21, phc), OTP_ERR_BAD_INPUT);
}

/* Made elsewhere (Python's hmac and hashlib.scrypt): the format stays. */
static void
test_known(void **state)
{
	bool right;

	(void)state;
	assert_int_equal(check("$scrypt$ln=14,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$"
			       "PEFiB8xQ5Mp3JYNDZ93KdtzsKp5nN0UQVZJi9t7m5Us",
			     "correct horse battery", &right),
	    OTP_OK);
	assert_true(right);
}

static void
test_nobody(void **state)
{
	bool right;

	(void)state;
	assert_int_equal(check("", "correct horse battery", &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check(NULL, "correct horse battery", &right), OTP_OK);
	assert_false(right);
}

/* Planted or damaged hashes: refused before anything is computed. */
static void
test_not_ours(void **state)
{
	static const char *const bad[] = {
		"$scrypt$ln=30,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=21,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=09,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=-1,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=14,r=9,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZW",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZh$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2Rl*g$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg."
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$argon2$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
		"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
		"$word$0000",
		"x",
		"$",
	};
	bool right;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(check(bad[i], "correct horse battery", &right), OTP_ERR_INTEGRITY);
		assert_false(right);
		assert_false(otp_phc_is_weaker(bad[i], 20));
	}
	/* and the same shape, whole, is only wrong */
	assert_int_equal(check("$scrypt$ln=14,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
			       "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",
			     "correct horse battery", &right),
	    OTP_OK);
	assert_false(right);
}

static void
test_password_ok(void **state)
{
	static const char *const good[] = { "twelve bytes", "パスワード!",
		"back\\slash and 'quote'", "emoji \xf0\x9f\x94\x91 is fine" };
	static const char *const bad[] = { "", "eleven byte", "a tab\there is bad",
		"a newline\nhere too", "DEL is bad\x7f too", "C1 is bad \xc2\x85 too",
		"cut character \xe3\x81", "overlong \xc0\xaf slash", "overlong \xe0\x80\xaf slash",
		"surrogate \xed\xa0\x80 half", "beyond \xf4\x90\x80\x80 Unicode",
		"stray \x80 byte here", "latin1 \xe9t\xe9 is not UTF-8" };
	struct otp_secret s;
	char text[130];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		s = secret(good[i]);
		assert_int_equal(otp_phc_password_ok(&s), OTP_OK);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = secret(bad[i]);
		assert_int_equal(otp_phc_password_ok(&s), OTP_ERR_BAD_INPUT);
	}
	memset(text, 'p', sizeof(text));
	text[129] = '\0';
	s = secret(text);
	assert_int_equal(otp_phc_password_ok(&s), OTP_ERR_BAD_INPUT);
	text[128] = '\0';
	s = secret(text);
	assert_int_equal(otp_phc_password_ok(&s), OTP_OK);
}

/* Chi-square over the letters of many words: 22 degrees of freedom, 60 is beyond one in 10^5. */
static void
test_word_shape(void **state)
{
	static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz";
	const unsigned words = 2000;
	unsigned count[23] = { 0 };
	double expected = words * 20 / 23.0, chi = 0;
	char word[OTP_WORD_SIZE], last[OTP_WORD_SIZE] = "";

	(void)state;
	for (unsigned i = 0; i < words; i++) {
		assert_int_equal(otp_phc_word(word), OTP_OK);
		assert_int_equal(strlen(word), OTP_WORD_SIZE - 1);
		assert_string_not_equal(word, last);
		for (unsigned k = 0; k < OTP_WORD_SIZE - 1; k++) {
			const char *p = strchr(alphabet, word[k]);

			if (k % 6 == 5) {
				assert_int_equal(word[k], '-');
				continue;
			}
			assert_non_null(p);
			count[p - alphabet]++;
		}
		memcpy(last, word, sizeof(last));
	}
	for (unsigned i = 0; i < 23; i++)
		chi += (count[i] - expected) * (count[i] - expected) / expected;
	print_message("# chi-square of the letters: %.1f\n", chi);
	assert_true(chi < 60);
}

static void
test_word_normalise(void **state)
{
	static const char *const same[] = { "abcde-fghjk-mnpqr-stuvw", "abcdefghjkmnpqrstuvw",
		"ABCDE-FGHJK-MNPQR-STUVW", "abcdefghjk-mnpqrstuvw", "AbCdE-fGhJkMnPqR-sTuVw" };
	static const char *const alone[] = { "", "-", "abcde-fghjk-mnpqr-stuv",
		"abcde-fghjk-mnpqr-stuvww", "ibcde-fghjk-mnpqr-stuvw", "abcde fghjk mnpqr stuvw",
		"Correct-Horse-Battery", "abcd1-fghjk-mnpqr-stuvw" };
	struct otp_secret s;

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		s = secret(same[i]);
		otp_phc_word_normalise(&s);
		assert_string_equal(s.text, same[0]);
		assert_int_equal(s.len, strlen(same[0]));
	}
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		s = secret(alone[i]);
		otp_phc_word_normalise(&s);
		assert_string_equal(s.text, alone[i]);
		assert_int_equal(s.len, strlen(alone[i]));
	}
}

static enum otp_err
check_word(const uint8_t *with, uint64_t user, const char *hash, const char *word, bool *right)
{
	struct otp_secret s = secret(word);
	enum otp_err err;

	*right = true;
	err = otp_phc_word_check(with, user, hash, &s, right);
	assert_string_equal(s.text, word);
	return err;
}

static void
test_word_hash(void **state)
{
	char word[OTP_WORD_SIZE], hash[OTP_PHC_MAX], wrong[OTP_WORD_SIZE];
	bool right;

	(void)state;
	assert_int_equal(otp_phc_word(word), OTP_OK);
	assert_int_equal(otp_phc_word_hash(pepper, 7, word, hash), OTP_OK);
	assert_int_equal(strlen(hash), 70);
	assert_memory_equal(hash, "$word$", 6);
	assert_int_equal(check_word(pepper, 7, hash, word, &right), OTP_OK);
	assert_true(right);
	assert_int_equal(check_word(pepper, 8, hash, word, &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check_word(other_pepper, 7, hash, word, &right), OTP_OK);
	assert_false(right);
	memcpy(wrong, word, sizeof(wrong));
	wrong[22] = wrong[22] == 'a' ? 'b' : 'a';
	assert_int_equal(check_word(pepper, 7, hash, wrong, &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check_word(pepper, 7, "", word, &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check_word(pepper, 7, NULL, word, &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check_word(pepper, 7, "$word$12", word, &right), OTP_ERR_INTEGRITY);
	assert_false(right);
	hash[0] = '%';
	assert_int_equal(check_word(pepper, 7, hash, word, &right), OTP_ERR_INTEGRITY);
	assert_false(right);
	hash[0] = '$';
	hash[69] = hash[69] == '0' ? '1' : '0';
	assert_int_equal(check_word(pepper, 7, hash, word, &right), OTP_OK);
	assert_false(right);
}

/* As people type it back. */
static void
test_word_typed(void **state)
{
	char hash[OTP_PHC_MAX];
	bool right;

	(void)state;
	assert_int_equal(otp_phc_word_hash(pepper, 7, "abcde-fghjk-mnpqr-stuvw", hash), OTP_OK);
	assert_string_equal(
	    hash, "$word$2058670316aea39e6e5b25f9b25db6427ad75a57096ba8c44ae751994b92fa2f");
	assert_int_equal(check_word(pepper, 7, hash, "ABCDEFGHJKMNPQRSTUVW", &right), OTP_OK);
	assert_true(right);
	assert_int_equal(check_word(pepper, 7, hash, "abcdefghjkmnpqrstuv", &right), OTP_OK);
	assert_false(right);
	assert_int_equal(check_word(pepper, 7, hash, "", &right), OTP_OK);
	assert_false(right);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_password_ok),
		cmocka_unit_test(test_word_shape),
		cmocka_unit_test(test_word_normalise),
		cmocka_unit_test(test_word_hash),
		cmocka_unit_test(test_word_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
