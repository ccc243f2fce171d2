/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and answers as bytes: every reader here takes what it reads for hostile. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "text.h"
#include "wire.h"

/*
 * message := version u8, type u8, body
 * request := verb u16, flags u8, fields, rows
 * answer  := flags u8, rows; and in the last one: error (its word), why,
 *            audit_seq u64, fields, number of warnings u8, that many whys
 * fields  := u16 length, bytes; rows := u16 number, that many fields
 * why     := message (its word, "" for none), number of arguments u8, that many texts
 * Errors and messages cross as words: numbers would shift between two versions.
 */
enum type { TYPE_REQUEST = 1, TYPE_ANSWER = 2 };
#define FLAG_DRY_RUN (1u << 0)
#define FLAG_MORE (1u << 0)
#define FLAG_CHANGED (1u << 1)
#define WORD_MAX 64

enum otp_err
otp_rows_add(struct otp_rows *rows, struct otp_fields **ret_row)
{
	if (rows->n >= OTP_WIRE_ROWS_MAX)
		return OTP_ERR_OVER_LIMIT;
	if (rows->n >= rows->cap) {
		size_t cap = rows->cap > 0 ? 2 * rows->cap : 8;
		struct otp_fields *row = reallocarray(rows->row, cap, sizeof(*row));

		if (row == NULL)
			return OTP_ERR_NO_MEMORY;
		rows->row = row;
		rows->cap = cap;
	}
	*ret_row = &rows->row[rows->n++];
	**ret_row = (struct otp_fields)OTP_FIELDS_INIT;
	return OTP_OK;
}

void
otp_rows_clear(struct otp_rows *rows)
{
	if (rows == NULL)
		return;
	for (size_t i = 0; i < rows->n; i++)
		otp_fields_clear(&rows->row[i]);
	free(rows->row);
	*rows = (struct otp_rows)OTP_ROWS_INIT;
}

void
otp_request_clear(struct otp_request *r)
{
	if (r == NULL)
		return;
	otp_fields_clear(&r->fields);
	otp_rows_clear(&r->rows);
	otp_wipe(r, sizeof(*r));
}

void
otp_answer_clear(struct otp_answer *a)
{
	if (a == NULL)
		return;
	otp_fields_clear(&a->fields);
	otp_rows_clear(&a->rows);
	otp_wipe(a, sizeof(*a));
}

void
otp_answer_warn(struct otp_answer *a, const struct otp_why *why)
{
	if (a->n_warnings < OTP_WIRE_WARNINGS_MAX)
		a->warning[a->n_warnings++] = *why;
}

static void
put_rows(struct otp_enc *enc, const struct otp_rows *rows)
{
	otp_enc_u16(enc, (uint16_t)rows->n);
	for (size_t i = 0; i < rows->n; i++)
		otp_enc_data(enc, rows->row[i].data.data, rows->row[i].data.len);
}

/* An argument was cut at some byte and may be anything: only text leaves. */
static void
put_why(struct otp_enc *enc, const struct otp_why *why)
{
	char text[OTP_WHY_ARG_MAX];
	unsigned n = why->n_args < OTP_WHY_ARGS ? why->n_args : OTP_WHY_ARGS;

	otp_enc_str(enc, otp_message_name(why->message));
	if (why->message == OTP_MESSAGE_NONE)
		n = 0;
	otp_enc_u8(enc, (uint8_t)n);
	for (unsigned i = 0; i < n; i++)
		otp_enc_str(enc, otp_text_cut(text, sizeof(text), why->arg[i]));
	otp_wipe(text, sizeof(text));
}

/* The writer's only complaint about our own data is its length. */
static enum otp_err
end(struct otp_enc *enc, struct otp_bytes *ret)
{
	if (enc->err == OTP_OK)
		return OTP_OK;
	otp_bytes_clear(ret);
	return enc->err == OTP_ERR_BAD_INPUT ? OTP_ERR_OVER_LIMIT : enc->err;
}

enum otp_err
otp_wire_encode_request(const struct otp_request *r, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_WIRE_MAX);

	otp_bytes_empty(ret);
	if (otp_verb_info(r->verb) == NULL)
		return OTP_ERR_INTERNAL;
	if (r->rows.n > OTP_WIRE_ROWS_MAX)
		return OTP_ERR_OVER_LIMIT;
	otp_enc_u8(&enc, OTP_WIRE_VERSION);
	otp_enc_u8(&enc, TYPE_REQUEST);
	otp_enc_u16(&enc, (uint16_t)r->verb);
	otp_enc_u8(&enc, r->dry_run ? FLAG_DRY_RUN : 0);
	otp_enc_data(&enc, r->fields.data.data, r->fields.data.len);
	put_rows(&enc, &r->rows);
	return end(&enc, ret);
}

enum otp_err
otp_wire_encode_answer(const struct otp_answer *a, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_WIRE_MAX);
	unsigned flags = a->more ? FLAG_MORE : 0;

	otp_bytes_empty(ret);
	if (a->rows.n > OTP_WIRE_ROWS_MAX || a->n_warnings > OTP_WIRE_WARNINGS_MAX)
		return OTP_ERR_OVER_LIMIT;
	if (!a->more && a->changed)
		flags |= FLAG_CHANGED;
	otp_enc_u8(&enc, OTP_WIRE_VERSION);
	otp_enc_u8(&enc, TYPE_ANSWER);
	otp_enc_u8(&enc, (uint8_t)flags);
	put_rows(&enc, &a->rows);
	if (a->more)
		return end(&enc, ret);
	otp_enc_str(&enc, otp_err_code(a->err));
	put_why(&enc, &a->why);
	otp_enc_u64(&enc, a->audit_seq);
	otp_enc_data(&enc, a->fields.data.data, a->fields.data.len);
	otp_enc_u8(&enc, (uint8_t)a->n_warnings);
	for (unsigned i = 0; i < a->n_warnings; i++)
		put_why(&enc, &a->warning[i]);
	return end(&enc, ret);
}

/* Any failure of the readers below ends in dec->bad, but for memory. */
static enum otp_err
take_fields(struct otp_dec *dec, struct otp_fields *ret)
{
	size_t len;
	const uint8_t *p = otp_dec_data(dec, OTP_FIELDS_MAX, &len);
	enum otp_err err;

	if (dec->bad || p == NULL)
		return OTP_ERR_BAD_INPUT;
	err = otp_bytes_set(&ret->data, p, len);
	return err == OTP_OK ? otp_fields_check(ret) : err;
}

static enum otp_err
take_rows(struct otp_dec *dec, struct otp_rows *ret)
{
	size_t n = otp_dec_u16(dec);
	enum otp_err err = OTP_OK;
	struct otp_fields *row;

	/* a row takes two bytes at least: a small message cannot ask for much memory */
	if (dec->bad || n > OTP_WIRE_ROWS_MAX || n > dec->left / 2)
		return OTP_ERR_BAD_INPUT;
	for (size_t i = 0; i < n && err == OTP_OK; i++) {
		err = otp_rows_add(ret, &row);
		if (err == OTP_OK)
			err = take_fields(dec, row);
	}
	return err;
}

static enum otp_err
take_why(struct otp_dec *dec, struct otp_why *ret)
{
	char word[WORD_MAX + 1];
	unsigned n;

	otp_dec_str(dec, word, sizeof(word));
	n = otp_dec_enum(dec, OTP_WHY_ARGS + 1);
	if (dec->bad || !otp_message_of_name(word, &ret->message))
		return OTP_ERR_BAD_INPUT;
	if (ret->message == OTP_MESSAGE_NONE && n > 0)
		return OTP_ERR_BAD_INPUT;
	ret->n_args = n;
	for (unsigned i = 0; i < n; i++) {
		otp_dec_str(dec, ret->arg[i], sizeof(ret->arg[i]));
		if (dec->bad || !otp_text_is_utf8(ret->arg[i], strlen(ret->arg[i])))
			return OTP_ERR_BAD_INPUT;
	}
	return OTP_OK;
}

static enum otp_err
take_warnings(struct otp_dec *dec, struct otp_answer *ret)
{
	unsigned n = otp_dec_enum(dec, OTP_WIRE_WARNINGS_MAX + 1);
	enum otp_err err = OTP_OK;

	for (unsigned i = 0; i < n && err == OTP_OK; i++)
		err = take_why(dec, &ret->warning[ret->n_warnings++]);
	return err;
}

/* Version and type; false for anything that is not ours. */
static bool
take_head(struct otp_dec *dec, const void *data, size_t len, enum type type)
{
	otp_dec_init(dec, data, len);
	if (len > OTP_WIRE_MAX)
		return false;
	return otp_dec_u8(dec) == OTP_WIRE_VERSION && otp_dec_u8(dec) == (uint8_t)type;
}

enum otp_err
otp_wire_decode_request(const void *data, size_t len, struct otp_request *ret)
{
	struct otp_request r = OTP_REQUEST_INIT;
	struct otp_dec dec;
	enum otp_err err = OTP_ERR_BAD_INPUT;

	if (!take_head(&dec, data, len, TYPE_REQUEST))
		goto out;
	r.verb = (enum otp_verb)otp_dec_u16(&dec);
	r.dry_run = (otp_dec_enum(&dec, FLAG_DRY_RUN + 1) & FLAG_DRY_RUN) != 0;
	if (dec.bad || otp_verb_info(r.verb) == NULL)
		goto out;
	err = take_fields(&dec, &r.fields);
	if (err == OTP_OK)
		err = take_rows(&dec, &r.rows);
	if (err == OTP_OK)
		err = otp_dec_end(&dec);
	if (err != OTP_OK)
		goto out;
	otp_request_clear(ret);
	*ret = r;
	r = (struct otp_request)OTP_REQUEST_INIT;	/* ret owns it now */
out:
	otp_request_clear(&r);
	return err;
}

/* What only the last answer to a request has. */
static enum otp_err
take_result(struct otp_dec *dec, struct otp_answer *ret)
{
	char word[WORD_MAX + 1];
	enum otp_err err;

	otp_dec_str(dec, word, sizeof(word));
	if (dec->bad || !otp_err_of_code(word, &ret->err))
		return OTP_ERR_BAD_INPUT;
	err = take_why(dec, &ret->why);
	if (err != OTP_OK)
		return err;
	ret->audit_seq = otp_dec_u64(dec);
	err = take_fields(dec, &ret->fields);
	return err == OTP_OK ? take_warnings(dec, ret) : err;
}

enum otp_err
otp_wire_decode_answer(const void *data, size_t len, struct otp_answer *ret)
{
	struct otp_answer a = OTP_ANSWER_INIT;
	struct otp_dec dec;
	enum otp_err err = OTP_ERR_BAD_INPUT;
	unsigned flags;

	if (!take_head(&dec, data, len, TYPE_ANSWER))
		goto out;
	flags = otp_dec_u8(&dec);
	if (dec.bad || (flags != FLAG_MORE && (flags & ~FLAG_CHANGED) != 0))
		goto out;
	a.more = flags == FLAG_MORE;
	a.changed = flags == FLAG_CHANGED;
	err = take_rows(&dec, &a.rows);
	if (err == OTP_OK && !a.more)
		err = take_result(&dec, &a);
	if (err == OTP_OK)
		err = otp_dec_end(&dec);
	if (err != OTP_OK)
		goto out;
	otp_answer_clear(ret);
	*ret = a;
	a = (struct otp_answer)OTP_ANSWER_INIT;	/* ret owns it now */
out:
	otp_answer_clear(&a);
	return err;
}
