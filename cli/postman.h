/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails out of the house: the mail command, run with the caller's rights, one mail at a time. */
#ifndef OTP_POSTMAN_H
#define OTP_POSTMAN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"
#include "mail.h"

#define OTP_POSTMAN_WORDS_MAX 32

/* mail_command and mail_from, looked at. */
struct otp_postman {
	char command[OTP_CONF_TEXT_MAX];	/* cut into words */
	const char *argv[OTP_POSTMAN_WORDS_MAX + 1];
	const char *from;			/* borrowed from the configuration */
	int64_t timeout_ms;			/* --timeout: a minute where nothing is said */
	bool is_quiet;				/* what the command says is not passed on */
};
/* CONFIG: no command that begins with a path, no address. UNAVAILABLE: there is no such program just now. */
enum otp_err otp_postman_init(struct otp_postman *p, const struct otp_cli *cli, struct otp_why *why);

enum otp_posted { OTP_POSTED_SENT, OTP_POSTED_FAILED, OTP_POSTED_BAD_ADDRESS };
/*
 * One mail, waited for; mail->from is filled in. *ret_status: the command's exit status, or -1 when it took
 * too long and was killed with all that it had started. Anything but OTP_OK: nothing was tried.
 */
enum otp_err otp_postman_post(const struct otp_postman *p, struct otp_mail *mail,
    enum otp_posted *ret, int *ret_status, struct otp_why *why);

#endif
