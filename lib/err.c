/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names, exit statuses and texts of the errors, out of err.def. */
#include "config.h"

#include <string.h>

#include "err.h"

#define N_(s) s

struct entry {
	const char *code;
	int exit_status;
	bool is_retryable;
	const char *text;
};

static const struct entry entries[OTP_ERR_COUNT] = {
#define X(id, code, exit_status, retry, text) { code, exit_status, retry, text },
#include "err.def"
#undef X
};

static const struct entry *
entry_of(enum otp_err err)
{
	return &entries[otp_err_of_number((unsigned)err)];
}

const char *
otp_err_code(enum otp_err err)
{
	return entry_of(err)->code;
}

int
otp_err_exit(enum otp_err err)
{
	return entry_of(err)->exit_status;
}

const char *
otp_err_text(enum otp_err err)
{
	return entry_of(err)->text;
}

bool
otp_err_retryable(enum otp_err err)
{
	return entry_of(err)->is_retryable;
}

enum otp_err
otp_err_of_number(unsigned number)
{
	return number < OTP_ERR_COUNT ? (enum otp_err)number : OTP_ERR_INTERNAL;
}

bool
otp_err_of_code(const char *code, enum otp_err *ret)
{
	for (unsigned i = 0; i < OTP_ERR_COUNT; i++)
		if (strcmp(entries[i].code, code) == 0) {
			*ret = (enum otp_err)i;
			return true;
		}
	return false;
}
