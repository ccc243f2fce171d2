/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master keys: files ID.key in one directory (0400, owner checked), or systemd credentials. */
#ifndef OTP_KEYRING_H
#define OTP_KEYRING_H

#include <stdint.h>
#include <sys/types.h>

#include "crypto.h"
#include "err.h"
#include "message.h"

/*
 * ID is 8 hex digits, never 00000000; the file holds 64 hex digits and a
 * newline. The newest key (highest ID) seals, all of them open. At most 16.
 */
#define OTP_KEYRING_MAX 16
struct otp_keyring;

/* Reads every ID.key of the directory; KEY when there is none or one is damaged, has the wrong owner or mode. */
enum otp_err otp_keyring_load(const char *dir, uid_t owner, struct otp_keyring **ret,
    struct otp_why *why);
/* Makes the first key (or the next) in an existing directory, O_EXCL, 0400, synced. */
enum otp_err otp_keyring_create(const char *dir, uid_t owner, uint32_t *ret_id, struct otp_why *why);
void otp_keyring_free(struct otp_keyring **ring);	/* wipes */

uint32_t otp_keyring_current(const struct otp_keyring *ring);
/* HKDF(master key of id, label); KEY when the id is not there. label: "record", "journal", "mark", "pepper", "name", "seed", "sign", "approval" */
enum otp_err otp_keyring_derive(const struct otp_keyring *ring, uint32_t id, const char *label,
    uint8_t out[OTP_KEY_SIZE]);

#endif
