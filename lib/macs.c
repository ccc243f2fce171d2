/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MACs under keys derived from the ring, kept ready by the id of the master key that they come from. */
#include "config.h"

#include "macs.h"

void
otp_macs_init(struct otp_macs *macs, const struct otp_keyring *ring, const char *label)
{
	*macs = (struct otp_macs){ .ring = ring, .label = label };
}

void
otp_macs_clear(struct otp_macs *macs)
{
	if (macs == NULL)
		return;
	for (size_t i = 0; i < macs->n; i++)
		otp_mac_free(&macs->slot[i].mac);
	macs->n = 0;
}

static enum otp_err
mac_of(struct otp_macs *macs, uint32_t id, struct otp_mac **ret)
{
	uint8_t key[OTP_KEY_SIZE];
	enum otp_err err;

	for (size_t i = 0; i < macs->n; i++) {
		if (macs->slot[i].id == id) {
			*ret = macs->slot[i].mac;
			return OTP_OK;
		}
	}
	if (id == 0 || macs->n == OTP_KEYRING_MAX)
		return OTP_ERR_KEY;
	err = otp_keyring_derive(macs->ring, id, macs->label, key);
	if (err == OTP_OK)
		err = otp_mac_new(key, &macs->slot[macs->n].mac);
	otp_wipe(key, sizeof(key));
	if (err != OTP_OK)
		return err;
	macs->slot[macs->n].id = id;
	*ret = macs->slot[macs->n++].mac;
	return OTP_OK;
}

enum otp_err
otp_macs_compute(struct otp_macs *macs, uint32_t id, const void *a, size_t a_len, const void *b,
    size_t b_len, uint8_t out[OTP_MAC_SIZE])
{
	struct otp_mac *mac = NULL;
	enum otp_err err;

	err = mac_of(macs, id, &mac);
	if (err == OTP_OK)
		err = otp_mac_begin(mac);
	if (err == OTP_OK)
		err = otp_mac_add(mac, a, a_len);
	if (err == OTP_OK && b_len > 0)
		err = otp_mac_add(mac, b, b_len);
	if (err == OTP_OK)
		err = otp_mac_end(mac, out);
	return err;
}

enum otp_err
otp_macs_check(struct otp_macs *macs, uint32_t id, const void *a, size_t a_len, const void *b,
    size_t b_len, const uint8_t mac[OTP_MAC_SIZE])
{
	uint8_t right[OTP_MAC_SIZE];
	enum otp_err err;

	err = otp_macs_compute(macs, id, a, a_len, b, b_len, right);
	if (err != OTP_OK)
		return err;
	return otp_equal(right, mac, sizeof(right)) ? OTP_OK : OTP_ERR_INTEGRITY;
}
