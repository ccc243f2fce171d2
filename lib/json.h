/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A streaming JSON writer. Nothing here reads JSON. */
#ifndef OTP_JSON_H
#define OTP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Where the bytes go: false means stop; the writer then fails with SYSTEM. */
typedef bool (*otp_json_out)(void *ctx, const char *data, size_t len);

/* Commas and quotes are the writer's. Text that is not UTF-8 comes out with U+FFFD, controls as \u.
 * The first failure sticks. A value where none belongs (no key, a second document without a
 * newline between) is INTERNAL. */
#define OTP_JSON_DEPTH 16
struct otp_json {
	otp_json_out out;
	void *ctx;
	enum otp_err err;
	unsigned depth;
	bool has_item[OTP_JSON_DEPTH];
	bool is_object[OTP_JSON_DEPTH];
	bool after_key;
};
void otp_json_init(struct otp_json *j, otp_json_out out, void *ctx);
void otp_json_object(struct otp_json *j);
void otp_json_object_end(struct otp_json *j);
void otp_json_array(struct otp_json *j);
void otp_json_array_end(struct otp_json *j);
void otp_json_key(struct otp_json *j, const char *key);
void otp_json_str(struct otp_json *j, const char *s);		/* NULL is null */
void otp_json_strn(struct otp_json *j, const char *s, size_t n);
void otp_json_int(struct otp_json *j, int64_t v);
void otp_json_uint(struct otp_json *j, uint64_t v);
void otp_json_bool(struct otp_json *j, bool v);
void otp_json_null(struct otp_json *j);
void otp_json_newline(struct otp_json *j);			/* between the documents of a jsonl stream; depth 0 only */
enum otp_err otp_json_end(struct otp_json *j);			/* INTERNAL if anything is still open */

#endif
