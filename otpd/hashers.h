/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hashers: children that do the slow work on passwords. They know nothing but the job in hand. */
#ifndef OTPD_HASHERS_H
#define OTPD_HASHERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "crypto.h"
#include "phc.h"
#include "secret.h"

#define OTPD_HASHERS 4

/* One job, one message: is wiped on both sides when done. */
struct otpd_hash_job {
	uint64_t id;			/* not 0 */
	uint8_t pepper[OTP_KEY_SIZE];
	uint32_t cost;
	bool needs_check, needs_make, needs_second;
	char phc[OTP_PHC_MAX];		/* "": dummy work */
	char word[OTP_PHC_MAX];		/* "": none */
	uint64_t user_id;
	char second_phc[OTP_PHC_MAX];	/* "": dummy work */
	struct otp_secret confirm, new_confirm, second;
};

struct otpd_hash_result {
	uint64_t id;
	enum otp_err err;
	bool phc_right, word_right, second_right;
	char made[OTP_PHC_MAX];
};

/* The work itself: in a hasher; in the process where there is only one client. */
void otpd_hash_run(const struct otpd_hash_job *job, struct otpd_hash_result *ret);

struct otpd_hashers;
/* Forks them: before any secret is in memory. One that dies is replaced; its job is lost. */
enum otp_err otpd_hashers_start(struct otpd_hashers **ret);
void otpd_hashers_free(struct otpd_hashers **h);
int otpd_hashers_fd(const struct otpd_hashers *h, unsigned i);
/*
 * BUSY: all have work, or one has work for this uid already. A privileged uid
 * may have all but one of them.
 */
enum otp_err otpd_hashers_give(struct otpd_hashers *h, uid_t uid, bool is_large,
    const struct otpd_hash_job *job);
/* An answer of hasher i: OTP_OK; BUSY: none has come; SYSTEM: they are gone. A lost job comes with err BUSY. */
enum otp_err otpd_hashers_read(struct otpd_hashers *h, unsigned i, struct otpd_hash_result *ret);

#endif
