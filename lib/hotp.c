/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4226 HOTP values and RFC 6238 time steps. */
#include "config.h"

#include "hotp.h"

/* RFC 4226 section 5.3: dynamic truncation; with longer MACs too the last byte says where. */
static uint32_t
truncate_mac(const uint8_t *mac, size_t size, unsigned digits)
{
	static const uint32_t modulus[OTP_DIGITS_MAX + 1] = {
		[6] = 1000000,
		[7] = 10000000,
		[8] = 100000000,
	};
	size_t at = mac[size - 1] & 0x0f;
	uint32_t v = ((uint32_t)(mac[at] & 0x7f) << 24) | ((uint32_t)mac[at + 1] << 16) |
		     ((uint32_t)mac[at + 2] << 8) | mac[at + 3];

	return v % modulus[digits];
}

enum otp_err
otp_hotp_mac(struct otp_mac *m, uint64_t counter, unsigned digits, uint32_t *ret)
{
	uint8_t text[8], mac[64];
	enum otp_err err;

	if (digits < OTP_DIGITS_MIN || digits > OTP_DIGITS_MAX)
		return OTP_ERR_BAD_INPUT;
	for (unsigned i = 0; i < 8; i++)
		text[i] = (uint8_t)(counter >> (56 - 8 * i));
	err = otp_mac_begin(m);
	if (err == OTP_OK)
		err = otp_mac_add(m, text, sizeof(text));
	if (err == OTP_OK)
		err = otp_mac_end(m, mac);
	if (err == OTP_OK)
		*ret = truncate_mac(mac, otp_mac_size(m), digits);
	otp_wipe(mac, sizeof(mac));
	return err;
}

enum otp_err
otp_hotp(
    enum otp_hash h, const void *seed, size_t len, uint64_t counter, unsigned digits, uint32_t *ret)
{
	struct otp_mac *m = NULL;
	enum otp_err err;

	if (len == 0)
		return OTP_ERR_BAD_INPUT;
	err = otp_mac_new_hash(h, seed, len, &m);
	if (err == OTP_OK)
		err = otp_hotp_mac(m, counter, digits, ret);
	otp_mac_free(&m);
	return err;
}

uint64_t
otp_totp_step(int64_t time_ms, unsigned step_seconds)
{
	if (time_ms < 0 || step_seconds == 0)
		return 0;
	return (uint64_t)time_ms / 1000 / step_seconds;
}

void
otp_hotp_text(char *buf, uint32_t value, unsigned digits)
{
	buf[digits] = '\0';
	for (unsigned i = digits; i > 0; i--, value /= 10)
		buf[i - 1] = (char)('0' + value % 10);
}
