/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a notice: subject and text, in the language that is spoken just now (lang.h). */
#ifndef OTP_NOTICE_H
#define OTP_NOTICE_H

#include "err.h"
#include "fields.h"
#include "secret.h"

#define OTP_NOTICE_SUBJECT_SIZE 1024

/*
 * content: ABOUT (a kind's word), FOR_STAFF, EVENT, EVENT_AT, EVENT_BY, USER, SERIAL, and whatever else the event
 * told. Everything in it is escaped. An unknown kind (of a newer otpd) says what was done, and no more.
 */
char *otp_notice_subject(char *buf, size_t size, const struct otp_fields *content);
/* Who did what, when, and what to do if it was not you; lines end with '\n'. id: what the mail is known by. */
enum otp_err otp_notice_text(const struct otp_fields *content, const char *id, struct otp_bytes *ret);

#endif
