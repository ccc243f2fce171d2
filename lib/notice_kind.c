/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of notice, from their one list. */
#include "config.h"

#include <string.h>

#include "notice_kind.h"

enum { USER = OTP_NOTICE_TO_USER, SHARERS = OTP_NOTICE_TO_SHARERS, STAFF = OTP_NOTICE_TO_STAFF,
	OLD = OTP_NOTICE_TO_OLD };

static const struct otp_notice_info kinds[OTP_NOTICE_COUNT] = {
	{ "", 0, OTP_MESSAGE_NONE, OTP_MESSAGE_NONE, OTP_MESSAGE_NONE, OTP_MESSAGE_NONE },
#define N(id, word, to, subject, you, all, advice) \
	{ word, to, OTP_MESSAGE_##subject, OTP_MESSAGE_##you, OTP_MESSAGE_##all, \
	    OTP_MESSAGE_##advice },
#include "notice.def"
#undef N
};

const struct otp_notice_info *
otp_notice_info(enum otp_notice_kind kind)
{
	return &kinds[(unsigned)kind < OTP_NOTICE_COUNT ? (unsigned)kind : 0];
}

enum otp_notice_kind
otp_notice_of_word(const char *word)
{
	for (unsigned i = 1; word != NULL && i < OTP_NOTICE_COUNT; i++)
		if (strcmp(kinds[i].word, word) == 0)
			return (enum otp_notice_kind)i;
	return OTP_NOTICE_NONE;
}
