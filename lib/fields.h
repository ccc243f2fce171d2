/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Named values: what requests, answers, rows and events are made of. */
#ifndef OTP_FIELDS_H
#define OTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"

enum otp_field {
	OTP_FIELD_NONE = 0,
#define X(number, id, name, type, heading) OTP_FIELD_##id = number,
#include "fields.def"
#undef X
	OTP_FIELD_LIMIT = 512
};

enum otp_field_type {
	OTP_TYPE_STR, OTP_TYPE_INT, OTP_TYPE_TIME, OTP_TYPE_BOOL, OTP_TYPE_WORD, OTP_TYPE_LIST,
	OTP_TYPE_SECRET, OTP_TYPE_BYTES, OTP_TYPE_FIELDS
};

/* NULL for a number that is no field. */
const char *otp_field_name(enum otp_field field);
const char *otp_field_heading(enum otp_field field);	/* msgid */
enum otp_field_type otp_field_type(enum otp_field field);
enum otp_field otp_field_of_name(const char *name);	/* NONE if unknown */

/*
 * A list of (field, value), encoded: u16 field, u16 length, value; text
 * carries its NUL, INT TIME are 8 bytes, BOOL one. Order is kept. All clears
 * wipe. A list that came from outside must pass otp_fields_check first; after
 * that the getters are safe.
 */
#define OTP_FIELDS_MAX 61440	/* bytes of one list */
#define OTP_FIELD_VALUE_MAX 8192
#define OTP_FIELD_FIELDS_MAX 59000	/* of a FIELDS value: beside it everything else of an event has room */
struct otp_fields { struct otp_bytes data; };
#define OTP_FIELDS_INIT { OTP_BYTES_INIT }
void otp_fields_clear(struct otp_fields *f);
/*
 * BAD_INPUT: unknown field, wrong length for its type, text without NUL at its
 * end or with one inside, not UTF-8, a non-LIST field twice; in a FIELDS value SECRET, BYTES or FIELDS.
 */
enum otp_err otp_fields_check(const struct otp_fields *f);

/* Putting: the type must fit (else INTERNAL); text longer than OTP_FIELD_VALUE_MAX: BAD_INPUT. NULL text puts nothing. */
enum otp_err otp_fields_put_str(struct otp_fields *f, enum otp_field field, const char *s);	/* STR WORD LIST SECRET */
enum otp_err otp_fields_put_int(struct otp_fields *f, enum otp_field field, int64_t v);	/* INT TIME */
enum otp_err otp_fields_put_bool(struct otp_fields *f, enum otp_field field, bool v);
enum otp_err otp_fields_put_bytes(struct otp_fields *f, enum otp_field field, const void *p, size_t n);
/* FIELDS; longer than OTP_FIELD_FIELDS_MAX: BAD_INPUT */
enum otp_err otp_fields_put_fields(struct otp_fields *f, enum otp_field field, const struct otp_fields *v);
enum otp_err otp_fields_copy(struct otp_fields *to, const struct otp_fields *from);	/* appends */

/* Getting: borrowed, valid until f changes. */
const char *otp_fields_str(const struct otp_fields *f, enum otp_field field);	/* NULL if absent */
bool otp_fields_int(const struct otp_fields *f, enum otp_field field, int64_t *ret);	/* false if absent */
bool otp_fields_bool(const struct otp_fields *f, enum otp_field field);			/* absent is false */
const void *otp_fields_bytes(const struct otp_fields *f, enum otp_field field, size_t *ret_n);
bool otp_fields_has(const struct otp_fields *f, enum otp_field field);

/* Going through: start with *cursor = 0; false at the end. */
struct otp_field_view {
	enum otp_field field;
	enum otp_field_type type;
	const char *str;	/* STR WORD LIST SECRET */
	int64_t num;		/* INT TIME BOOL */
	const void *bytes;	/* BYTES FIELDS */
	size_t len;
};
bool otp_fields_next(const struct otp_fields *f, size_t *cursor, struct otp_field_view *ret);
/* The list in a FIELDS value: borrowed as it is, never to be cleared or changed. */
struct otp_fields otp_field_view_fields(const struct otp_field_view *view);

#endif
