/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MACs under keys derived from the ring, kept ready by the id of the master key that they come from. */
#ifndef OTP_MACS_H
#define OTP_MACS_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "keyring.h"

struct otp_macs {
	const struct otp_keyring *ring;	/* borrowed */
	const char *label;		/* "journal", "mark": borrowed */
	size_t n;
	struct {
		uint32_t id;
		struct otp_mac *mac;
	} slot[OTP_KEYRING_MAX];
};

void otp_macs_init(struct otp_macs *macs, const struct otp_keyring *ring, const char *label);
void otp_macs_clear(struct otp_macs *macs);

/* HMAC-SHA-256 over a, then b (which may be NULL and 0). KEY: no master key of that id. */
enum otp_err otp_macs_compute(struct otp_macs *macs, uint32_t id, const void *a, size_t a_len,
    const void *b, size_t b_len, uint8_t out[OTP_MAC_SIZE]);
/* INTEGRITY when it is another one. */
enum otp_err otp_macs_check(struct otp_macs *macs, uint32_t id, const void *a, size_t a_len,
    const void *b, size_t b_len, const uint8_t mac[OTP_MAC_SIZE]);

#endif
