/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of notices: the encoding of its record, and how long a mail waits. */
#include "config.h"

#include "pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "parse.h"
#include "record.h"

#define FORMAT 1
#define PAUSE_FIRST 60

/* ---- ids ---- */

const char *
otp_notice_id_text(char buf[OTP_NOTICE_ID_SIZE], const struct otp_notice_id *id)
{
	(void)snprintf(buf, OTP_NOTICE_ID_SIZE, "%llu-%llu-%u", (unsigned long long)id->seq,
	    (unsigned long long)id->user_id, id->n);
	return buf;
}

enum otp_err
otp_notice_id_parse(const char *text, struct otp_notice_id *ret)
{
	uint64_t number[3];
	char part[24];

	for (unsigned i = 0; i < 3; i++) {
		size_t n = strcspn(text, "-");

		if (n >= sizeof(part) || (text[n] == '\0') != (i == 2))
			return OTP_ERR_BAD_INPUT;
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, text);
		if (otp_parse_u64(part, i == 2 ? 0 : 1, i == 2 ? OTP_NOTICE_N_MAX : UINT64_MAX,
			&number[i]) != OTP_OK)
			return OTP_ERR_BAD_INPUT;
		text += n + (i < 2);
	}
	*ret = (struct otp_notice_id){ number[0], number[1], (uint8_t)number[2] };
	return OTP_OK;
}

int
otp_notice_id_compare(const struct otp_notice_id *a, const struct otp_notice_id *b)
{
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->user_id != b->user_id)
		return a->user_id < b->user_id ? -1 : 1;
	return (a->n > b->n) - (a->n < b->n);
}

/* ---- the record ---- */

void
otp_pending_clear(struct otp_pending *pending)
{
	if (pending == NULL)
		return;
	free(pending->waiting);
	*pending = (struct otp_pending)OTP_PENDING_INIT;
}

static bool
is_id(const struct otp_notice_id *id)
{
	return id->seq != 0 && id->user_id != 0 && id->n <= OTP_NOTICE_N_MAX;
}

static bool
is_valid(const struct otp_pending *p)
{
	if (p->version == 0 || p->n > OTP_PENDING_MAX || p->done.n > OTP_NOTICE_N_MAX ||
	    (p->done.seq == 0 && (p->done.user_id != 0 || p->done.n != 0)))
		return false;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct otp_waiting *w = &p->waiting[i];

		if (!is_id(&w->id) || w->tries == 0 || w->tries >= OTP_PENDING_TRIES_MAX ||
		    w->status < -1 || w->status > 255 || !otp_record_is_time(w->first_at) ||
		    !otp_record_is_time(w->next_at) ||
		    (i > 0 && otp_notice_id_compare(&p->waiting[i - 1].id, &w->id) >= 0))
			return false;
	}
	return true;
}

static void
put_id(struct otp_enc *enc, const struct otp_notice_id *id)
{
	otp_enc_u64(enc, id->seq);
	otp_enc_u64(enc, id->user_id);
	otp_enc_u8(enc, id->n);
}

static void
get_id(struct otp_dec *dec, struct otp_notice_id *ret)
{
	ret->seq = otp_dec_u64(dec);
	ret->user_id = otp_dec_u64(dec);
	ret->n = otp_dec_u8(dec);
}

enum otp_err
otp_pending_encode(const struct otp_pending *pending, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_RECORD_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(pending))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	otp_enc_u64(&enc, pending->version);
	put_id(&enc, &pending->done);
	otp_enc_u16(&enc, (uint16_t)pending->n);
	for (uint32_t i = 0; i < pending->n; i++) {
		const struct otp_waiting *w = &pending->waiting[i];

		put_id(&enc, &w->id);
		otp_enc_u8(&enc, (uint8_t)w->tries);
		otp_enc_u16(&enc, (uint16_t)(w->status + 1));
		otp_enc_i64(&enc, w->first_at);
		otp_enc_i64(&enc, w->next_at);
	}
	return otp_record_encoded(&enc, ret);
}

enum otp_err
otp_pending_decode(const void *data, size_t len, struct otp_pending *ret)
{
	struct otp_pending p = OTP_PENDING_INIT;
	struct otp_dec dec;
	enum otp_err err;
	uint32_t n;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	p.version = otp_dec_u64(&dec);
	get_id(&dec, &p.done);
	n = otp_dec_u16(&dec);
	if (n > OTP_PENDING_MAX)
		return OTP_ERR_INTEGRITY;
	if (n > 0) {
		p.waiting = calloc(n, sizeof(*p.waiting));
		if (p.waiting == NULL)
			return OTP_ERR_NO_MEMORY;
		p.n = n;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct otp_waiting *w = &p.waiting[i];

		get_id(&dec, &w->id);
		w->tries = otp_dec_u8(&dec);
		w->status = (int32_t)otp_dec_u16(&dec) - 1;
		w->first_at = otp_dec_i64(&dec);
		w->next_at = otp_dec_i64(&dec);
	}
	err = otp_record_decoded(&dec, is_valid(&p));
	if (err == OTP_OK) {
		otp_pending_clear(ret);
		*ret = p;
		p = (struct otp_pending)OTP_PENDING_INIT;	/* ret owns it now */
	}
	otp_pending_clear(&p);
	return err;
}

/* ---- what waits ---- */

/* Where it stands, or would. */
static uint32_t
place_of(const struct otp_pending *pending, const struct otp_notice_id *id)
{
	uint32_t i = 0;

	while (i < pending->n && otp_notice_id_compare(&pending->waiting[i].id, id) < 0)
		i++;
	return i;
}

struct otp_waiting *
otp_pending_find(struct otp_pending *pending, const struct otp_notice_id *id)
{
	uint32_t i = place_of(pending, id);

	if (i == pending->n || otp_notice_id_compare(&pending->waiting[i].id, id) != 0)
		return NULL;
	return &pending->waiting[i];
}

void
otp_pending_remove(struct otp_pending *pending, const struct otp_notice_id *id)
{
	struct otp_waiting *w = otp_pending_find(pending, id);

	if (w == NULL)
		return;
	memmove(w, w + 1, (size_t)(&pending->waiting[pending->n] - (w + 1)) * sizeof(*w));
	pending->n--;
}

static enum otp_err
add(struct otp_pending *pending, const struct otp_notice_id *id, int64_t now, struct otp_waiting **ret)
{
	uint32_t i = place_of(pending, id);
	struct otp_waiting *list;

	if (pending->n >= OTP_PENDING_MAX)
		return OTP_ERR_OVER_LIMIT;
	list = reallocarray(pending->waiting, pending->n + 1, sizeof(*list));
	if (list == NULL)
		return OTP_ERR_NO_MEMORY;
	pending->waiting = list;
	memmove(&list[i + 1], &list[i], (pending->n - i) * sizeof(*list));
	list[i] = (struct otp_waiting){ .id = *id, .first_at = now };
	pending->n++;
	*ret = &list[i];
	return OTP_OK;
}

/* A minute, then four times as long each time, up to half a day. */
static int64_t
pause_after(uint32_t tries)
{
	int64_t pause = PAUSE_FIRST;

	for (uint32_t i = 1; i < tries && pause < OTP_PENDING_PAUSE_MAX; i++)
		pause *= 4;
	return pause < OTP_PENDING_PAUSE_MAX ? pause : OTP_PENDING_PAUSE_MAX;
}

enum otp_err
otp_pending_failed(struct otp_pending *pending, const struct otp_notice_id *id, int32_t status,
    int64_t now, bool *ret_given_up)
{
	struct otp_waiting *w = otp_pending_find(pending, id);
	enum otp_err err = OTP_OK;

	*ret_given_up = false;
	if (w == NULL)
		err = add(pending, id, now, &w);
	if (err != OTP_OK)
		return err;
	w->status = status;
	w->next_at = now + pause_after(++w->tries);
	if (w->tries >= OTP_PENDING_TRIES_MAX) {
		*ret_given_up = true;
		otp_pending_remove(pending, id);
	}
	return OTP_OK;
}
