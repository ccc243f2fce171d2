/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command's request to otpd: who asks, what he shows, the answer. */
#ifndef OTP_SERVICE_H
#define OTP_SERVICE_H

#include <stdbool.h>

#include "cli.h"

/* Are we uid 0 or the store's owner? As long as there is no store: whose directory `state` waits for it. */
bool otp_service_is_privileged(const struct otp_cli *cli);

/* Is the service there? Asked before somebody types a password for it; not where it is one-shot. */
enum otp_err otp_service_knock(struct otp_cli *cli);
/*
 * Reads and asks for what the verb needs shown, before anything is sent: nothing
 * with --dry-run, nothing of root where the verb lets him. Finds out first
 * whether the service is there at all.
 */
enum otp_err otp_service_prove(struct otp_cli *cli);
/* One credential, asked for with `message`(who, what for); borrowed. */
enum otp_err otp_service_credential(struct otp_cli *cli, enum otp_credential which,
    enum otp_message message, const char *what, const char **ret);

/*
 * Sends `request` (its verb and dry_run are filled in) with the credentials
 * that were proved, and takes the answer into cli->answer. Rows go to `row`, or
 * into the answer. "Enter the next code" is asked for once more where the code
 * was typed. Returns the answer's result, or why there is none.
 */
enum otp_err otp_service_call(struct otp_cli *cli, struct otp_request *request, otp_client_row row,
    void *ctx);
/* Hangs up; the next call connects anew. */
void otp_service_close(struct otp_cli *cli);
/* An answer that is a sentence (its reason without an error) becomes the field TEXT. */
enum otp_err otp_service_take_text(struct otp_cli *cli);
/* What a look (a dry run that nobody asked for) said is no answer where nothing was done after it. */
void otp_service_forget_look(struct otp_cli *cli);
/* "done", "already so", ... on standard error. */
void otp_service_tell(const struct otp_cli *cli);

#endif
