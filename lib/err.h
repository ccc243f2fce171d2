/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one error type: what every function that can fail returns. */
#ifndef OTP_ERR_H
#define OTP_ERR_H

#include <stdbool.h>

/*
 * OTP_OK is zero. A foreign library's return value never lands here: it is
 * compared where it is received. Adding one: err.def, nothing else.
 */
enum otp_err {
#define X(id, code, exit_status, retry, text) OTP_ERR_##id,
#include "err.def"
#undef X
	OTP_ERR_COUNT
};
#define OTP_OK OTP_ERR_OK

/* The word for programs: "code-used". Never NULL. */
const char *otp_err_code(enum otp_err err);
/* otpadm's exit status, 0 to 15 (interface.md). */
int otp_err_exit(enum otp_err err);
/* English, lower case, no full stop; a gettext msgid. Never NULL. */
const char *otp_err_text(enum otp_err err);
/* May the same request succeed later without anybody changing anything? */
bool otp_err_retryable(enum otp_err err);
/* From a number that came over a wire or out of a file; INTERNAL if unknown. */
enum otp_err otp_err_of_number(unsigned number);
/* From its word, which is what is stored and sent; false, and ret untouched, if unknown. */
bool otp_err_of_code(const char *code, enum otp_err *ret);

#endif
