/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's meta file: what was fixed at init, and the sealed key of the names. */
#ifndef OTP_META_H
#define OTP_META_H

#include "crypto.h"
#include "keyring.h"
#include "manifest.h"
#include "message.h"
#include "store.h"

#define OTP_META_NAME "meta"

enum otp_err otp_meta_write(int live_fd, const struct otp_store_site *site,
    const uint8_t name_key[OTP_KEY_SIZE], const struct otp_keyring *ring, struct otp_why *why);
/* INTEGRITY, KEY, NOT_PERMITTED. The caller wipes name_key. */
enum otp_err otp_meta_read(int live_fd, uid_t owner, const struct otp_keyring *ring,
    struct otp_store_site *ret, uint8_t name_key[OTP_KEY_SIZE], struct otp_why *why);

#endif
