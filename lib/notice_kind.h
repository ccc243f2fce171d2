/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of notice: their words, who gets them, and what they say. */
#ifndef OTP_NOTICE_KIND_H
#define OTP_NOTICE_KIND_H

#include "message.h"

enum otp_notice_kind {
	OTP_NOTICE_NONE,
#define N(id, word, to, subject, you, all, advice) OTP_NOTICE_##id,
#include "notice.def"
#undef N
	OTP_NOTICE_COUNT
};

/* Who gets it. */
#define OTP_NOTICE_TO_USER	(1u << 0)
#define OTP_NOTICE_TO_SHARERS	(1u << 1)
#define OTP_NOTICE_TO_STAFF	(1u << 2)
#define OTP_NOTICE_TO_OLD	(1u << 3)

struct otp_notice_info {
	const char *word;
	unsigned to;			/* OTP_NOTICE_TO_* */
	enum otp_message subject;
	enum otp_message you, all;	/* for whom it concerns, for administrators */
	enum otp_message advice;
};
/* Of NONE, and of what is no kind, everything is empty. */
const struct otp_notice_info *otp_notice_info(enum otp_notice_kind kind);
/* NONE: no such word. */
enum otp_notice_kind otp_notice_of_word(const char *word);

#endif
