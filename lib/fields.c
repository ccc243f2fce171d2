/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of named values: the table out of fields.def, putting, getting, checking. */
#include "config.h"

#include <string.h>

#include "encode.h"
#include "fields.h"
#include "text.h"

#define N_(s) s
#define HEAD 4	/* u16 field, u16 length */

struct entry {
	const char *name;
	const char *heading;
	enum otp_field_type type;
};

static const struct entry entries[OTP_FIELD_LIMIT] = {
#define X(number, id, name, type, heading) [number] = { name, heading, OTP_TYPE_##type },
#include "fields.def"
#undef X
};

/* NULL for a number that is no field. */
static const struct entry *
entry_of(unsigned field)
{
	return field < OTP_FIELD_LIMIT && entries[field].name != NULL ? &entries[field] : NULL;
}

const char *
otp_field_name(enum otp_field field)
{
	const struct entry *entry = entry_of((unsigned)field);

	return entry != NULL ? entry->name : NULL;
}

const char *
otp_field_heading(enum otp_field field)
{
	const struct entry *entry = entry_of((unsigned)field);

	return entry != NULL ? entry->heading : NULL;
}

/* What is no field counts as SECRET: nobody shows it. */
enum otp_field_type
otp_field_type(enum otp_field field)
{
	const struct entry *entry = entry_of((unsigned)field);

	return entry != NULL ? entry->type : OTP_TYPE_SECRET;
}

enum otp_field
otp_field_of_name(const char *name)
{
	if (name == NULL)
		return OTP_FIELD_NONE;
	for (unsigned i = 0; i < OTP_FIELD_LIMIT; i++)
		if (entries[i].name != NULL && strcmp(entries[i].name, name) == 0)
			return (enum otp_field)i;
	return OTP_FIELD_NONE;
}

void
otp_fields_clear(struct otp_fields *f)
{
	if (f != NULL)
		otp_bytes_clear(&f->data);
}

static bool
is_text_type(enum otp_field_type type)
{
	switch (type) {
	case OTP_TYPE_STR:
	case OTP_TYPE_WORD:
	case OTP_TYPE_LIST:
	case OTP_TYPE_SECRET:
		return true;
	case OTP_TYPE_INT:
	case OTP_TYPE_TIME:
	case OTP_TYPE_BOOL:
	case OTP_TYPE_BYTES:
	case OTP_TYPE_FIELDS:
		break;
	}
	return false;
}

/* The length that a value of this type must have; text ends with its NUL. */
static bool
is_length_right(enum otp_field_type type, const uint8_t *value, size_t len)
{
	if (len > (type == OTP_TYPE_FIELDS ? OTP_FIELD_FIELDS_MAX : OTP_FIELD_VALUE_MAX))
		return false;
	switch (type) {
	case OTP_TYPE_INT:
	case OTP_TYPE_TIME:
		return len == 8;
	case OTP_TYPE_BOOL:
		return len == 1 && value[0] <= 1;
	case OTP_TYPE_BYTES:
	case OTP_TYPE_FIELDS:
		return true;
	case OTP_TYPE_STR:
	case OTP_TYPE_WORD:
	case OTP_TYPE_LIST:
	case OTP_TYPE_SECRET:
		return len >= 1 && value[len - 1] == '\0';
	}
	return false;
}

/* Stops at the end, and at the first thing that is no field of the right length. */
bool
otp_fields_next(const struct otp_fields *f, size_t *cursor, struct otp_field_view *ret)
{
	struct otp_dec dec, number;
	const struct entry *entry;
	const uint8_t *value;
	unsigned field;
	size_t len;

	if (*cursor >= f->data.len)
		return false;
	otp_dec_init(&dec, f->data.data + *cursor, f->data.len - *cursor);
	field = otp_dec_u16(&dec);
	value = otp_dec_data(&dec, OTP_FIELD_FIELDS_MAX, &len);
	entry = entry_of(field);
	if (dec.bad || value == NULL || entry == NULL || !is_length_right(entry->type, value, len))
		return false;
	*ret = (struct otp_field_view){ .field = (enum otp_field)field, .type = entry->type };
	ret->len = len;
	if (is_text_type(entry->type)) {
		ret->str = (const char *)value;
		ret->len = len - 1;
	} else if (entry->type == OTP_TYPE_BYTES || entry->type == OTP_TYPE_FIELDS) {
		ret->bytes = value;
	} else if (entry->type == OTP_TYPE_BOOL) {
		ret->num = value[0];
	} else {
		otp_dec_init(&number, value, len);
		ret->num = otp_dec_i64(&number);
	}
	*cursor += HEAD + len;
	return true;
}

struct otp_fields
otp_field_view_fields(const struct otp_field_view *view)
{
	/* read only, whatever the type says */
	return (struct otp_fields){ .data = { .data = (uint8_t *)(uintptr_t)view->bytes, .len = view->len } };
}

/* In a list within a list: nothing that is never shown, and no third one. */
static bool
may_nest(enum otp_field_type type)
{
	return type != OTP_TYPE_SECRET && type != OTP_TYPE_BYTES && type != OTP_TYPE_FIELDS;
}

static enum otp_err
check(const struct otp_fields *f, bool is_nested, struct otp_fields *ret_nested)
{
	bool seen[OTP_FIELD_LIMIT] = { false };
	struct otp_field_view view;
	size_t cursor = 0;

	if (f->data.len > OTP_FIELDS_MAX)
		return OTP_ERR_BAD_INPUT;
	while (otp_fields_next(f, &cursor, &view)) {
		if (seen[view.field] && view.type != OTP_TYPE_LIST)
			return OTP_ERR_BAD_INPUT;
		seen[view.field] = true;
		if (is_nested && !may_nest(view.type))
			return OTP_ERR_BAD_INPUT;
		if (view.type == OTP_TYPE_FIELDS)
			*ret_nested = otp_field_view_fields(&view);
		if (view.str == NULL)
			continue;
		if (memchr(view.str, '\0', view.len) != NULL ||
		    !otp_text_is_utf8(view.str, view.len))
			return OTP_ERR_BAD_INPUT;
	}
	return cursor == f->data.len ? OTP_OK : OTP_ERR_BAD_INPUT;
}

enum otp_err
otp_fields_check(const struct otp_fields *f)
{
	/* DETAILS is the only one that holds others, and stands once */
	struct otp_fields nested = OTP_FIELDS_INIT, none;
	enum otp_err err;

	err = check(f, false, &nested);
	return err == OTP_OK && nested.data.len > 0 ? check(&nested, true, &none) : err;
}

/* Appends all of it or nothing. */
static enum otp_err
put(struct otp_fields *f, enum otp_field field, const void *value, size_t len)
{
	size_t before = f->data.len;
	struct otp_enc enc = OTP_ENC_INIT(&f->data, OTP_FIELDS_MAX);

	if (before > OTP_FIELDS_MAX || HEAD + len > OTP_FIELDS_MAX - before)
		return OTP_ERR_OVER_LIMIT;
	/* a list that its own gate would refuse is a fault of ours */
	if (otp_field_type(field) != OTP_TYPE_LIST && otp_fields_has(f, field))
		return OTP_ERR_INTERNAL;
	otp_enc_u16(&enc, (uint16_t)field);
	otp_enc_data(&enc, value, len);
	if (enc.err != OTP_OK)
		f->data.len = before;
	return enc.err;
}

enum otp_err
otp_fields_put_str(struct otp_fields *f, enum otp_field field, const char *s)
{
	const struct entry *entry = entry_of((unsigned)field);
	size_t len;

	if (entry == NULL || !is_text_type(entry->type))
		return OTP_ERR_INTERNAL;
	if (s == NULL)
		return OTP_OK;
	len = strlen(s);
	if (len >= OTP_FIELD_VALUE_MAX || !otp_text_is_utf8(s, len))
		return OTP_ERR_BAD_INPUT;
	return put(f, field, s, len + 1);
}

enum otp_err
otp_fields_put_int(struct otp_fields *f, enum otp_field field, int64_t v)
{
	const struct entry *entry = entry_of((unsigned)field);
	uint8_t value[8];

	if (entry == NULL || (entry->type != OTP_TYPE_INT && entry->type != OTP_TYPE_TIME))
		return OTP_ERR_INTERNAL;
	for (unsigned i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)((uint64_t)v >> (8 * i));
	return put(f, field, value, sizeof(value));
}

enum otp_err
otp_fields_put_bool(struct otp_fields *f, enum otp_field field, bool v)
{
	const struct entry *entry = entry_of((unsigned)field);
	uint8_t value = v ? 1 : 0;

	if (entry == NULL || entry->type != OTP_TYPE_BOOL)
		return OTP_ERR_INTERNAL;
	return put(f, field, &value, 1);
}

enum otp_err
otp_fields_put_bytes(struct otp_fields *f, enum otp_field field, const void *p, size_t n)
{
	const struct entry *entry = entry_of((unsigned)field);

	if (entry == NULL || entry->type != OTP_TYPE_BYTES)
		return OTP_ERR_INTERNAL;
	if (n > OTP_FIELD_VALUE_MAX)
		return OTP_ERR_BAD_INPUT;
	return put(f, field, p, n);
}

enum otp_err
otp_fields_put_fields(struct otp_fields *f, enum otp_field field, const struct otp_fields *v)
{
	const struct entry *entry = entry_of((unsigned)field);

	if (entry == NULL || entry->type != OTP_TYPE_FIELDS)
		return OTP_ERR_INTERNAL;
	if (v->data.len > OTP_FIELD_FIELDS_MAX)
		return OTP_ERR_BAD_INPUT;
	return put(f, field, v->data.data, v->data.len);
}

enum otp_err
otp_fields_copy(struct otp_fields *to, const struct otp_fields *from)
{
	if (to->data.len > OTP_FIELDS_MAX || from->data.len > OTP_FIELDS_MAX - to->data.len)
		return OTP_ERR_OVER_LIMIT;
	return otp_bytes_append(&to->data, from->data.data, from->data.len);
}

/* The first of that number; false if there is none. */
static bool
find(const struct otp_fields *f, enum otp_field field, struct otp_field_view *ret)
{
	size_t cursor = 0;

	while (otp_fields_next(f, &cursor, ret))
		if (ret->field == field)
			return true;
	return false;
}

const char *
otp_fields_str(const struct otp_fields *f, enum otp_field field)
{
	struct otp_field_view view;

	return find(f, field, &view) ? view.str : NULL;
}

bool
otp_fields_int(const struct otp_fields *f, enum otp_field field, int64_t *ret)
{
	struct otp_field_view view;

	if (!find(f, field, &view) || (view.type != OTP_TYPE_INT && view.type != OTP_TYPE_TIME))
		return false;
	*ret = view.num;
	return true;
}

bool
otp_fields_bool(const struct otp_fields *f, enum otp_field field)
{
	struct otp_field_view view;

	return find(f, field, &view) && view.type == OTP_TYPE_BOOL && view.num == 1;
}

const void *
otp_fields_bytes(const struct otp_fields *f, enum otp_field field, size_t *ret_n)
{
	struct otp_field_view view;

	*ret_n = 0;
	if (!find(f, field, &view) || view.type != OTP_TYPE_BYTES)
		return NULL;
	*ret_n = view.len;
	return view.bytes;
}

bool
otp_fields_has(const struct otp_fields *f, enum otp_field field)
{
	struct otp_field_view view;

	return find(f, field, &view);
}
