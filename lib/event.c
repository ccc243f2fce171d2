/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit's event: its encoding, and its line for syslog. */
#include "config.h"

#include <string.h>

#include "encode.h"
#include "event.h"
#include "pairs.h"
#include "record.h"
#include "text.h"

#define FORMAT 1
#define CODE_MAX 64		/* bytes of a result's word */
#define LINE_ENOUGH 3072		/* a line takes no more details then */

void
otp_event_clear(struct otp_event *event)
{
	if (event == NULL)
		return;
	otp_fields_clear(&event->details);
	otp_wipe(event, sizeof(*event));
	*event = (struct otp_event)OTP_EVENT_INIT;
}

/* None that is secret, no list of its own, and otherwise as from outside. */
static bool
are_details_valid(const struct otp_fields *details)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(details, &cursor, &view))
		if (view.type == OTP_TYPE_SECRET || view.type == OTP_TYPE_BYTES ||
		    view.type == OTP_TYPE_FIELDS)
			return false;
	return otp_fields_check(details) == OTP_OK;
}

/* A name may have been cut inside a character, or be no text at all: what was done is recorded all the same. */
static void
put_text(struct otp_enc *enc, const char *s)
{
	char text[OTP_NAME_MAX + 1];

	otp_enc_str(enc, otp_text_cut(text, sizeof(text), s));
}

static bool
is_text(const char *s)
{
	return otp_text_is_utf8(s, strlen(s));
}

static bool
is_valid(const struct otp_event *e)
{
	return otp_record_is_time_ms(e->time_ms) && (unsigned)e->result < OTP_ERR_COUNT &&
	    (e->verb == OTP_VERB_NONE || otp_verb_info(e->verb) != NULL) && e->count > 0 &&
	    are_details_valid(&e->details);
}

/* Names may be anything that somebody typed, so they are held to be text and nothing more. */
static bool
are_names_valid(const struct otp_event *e)
{
	return is_text(e->actor) && is_text(e->login) && is_text(e->service) &&
	    is_text(e->user) && is_text(e->serial);
}

enum otp_err
otp_event_encode(const struct otp_event *event, struct otp_bytes *ret)
{
	struct otp_enc enc = OTP_ENC_INIT(ret, OTP_EVENT_MAX);

	otp_bytes_empty(ret);
	if (!is_valid(event))
		return OTP_ERR_INTERNAL;
	otp_enc_u8(&enc, FORMAT);
	otp_enc_i64(&enc, event->time_ms);
	otp_enc_u16(&enc, (uint16_t)event->verb);
	otp_enc_str(&enc, otp_err_code(event->result));
	otp_enc_u32(&enc, event->peer_uid);
	put_text(&enc, event->actor);
	put_text(&enc, event->login);
	put_text(&enc, event->service);
	put_text(&enc, event->user);
	put_text(&enc, event->serial);
	otp_enc_u32(&enc, event->count);
	otp_enc_data(&enc, event->details.data.data, event->details.data.len);
	return otp_record_encoded(&enc, ret);
}

enum otp_err
otp_event_decode(const void *data, size_t len, struct otp_event *ret)
{
	struct otp_event e = OTP_EVENT_INIT;
	char code[CODE_MAX + 1];
	const uint8_t *details;
	struct otp_dec dec;
	enum otp_err err;
	size_t n;

	otp_dec_init(&dec, data, len);
	if (otp_dec_u8(&dec) != FORMAT)
		return OTP_ERR_INTEGRITY;
	e.time_ms = otp_dec_i64(&dec);
	e.verb = (enum otp_verb)otp_dec_u16(&dec);
	otp_dec_str(&dec, code, sizeof(code));
	e.peer_uid = otp_dec_u32(&dec);
	otp_dec_str(&dec, e.actor, sizeof(e.actor));
	otp_dec_str(&dec, e.login, sizeof(e.login));
	otp_dec_str(&dec, e.service, sizeof(e.service));
	otp_dec_str(&dec, e.user, sizeof(e.user));
	otp_dec_str(&dec, e.serial, sizeof(e.serial));
	e.count = otp_dec_u32(&dec);
	details = otp_dec_data(&dec, OTP_FIELDS_MAX, &n);
	err = otp_bytes_set(&e.details.data, details, n);
	if (err == OTP_OK)
		err = otp_record_decoded(&dec, otp_err_of_code(code, &e.result) &&
		    is_valid(&e) && are_names_valid(&e));
	if (err == OTP_OK) {
		otp_event_clear(ret);
		*ret = e;
		e = (struct otp_event)OTP_EVENT_INIT;	/* ret owns it now */
	}
	otp_event_clear(&e);
	return err;
}

enum otp_err
otp_event_line(const struct otp_event *event, uint64_t seq, struct otp_bytes *ret)
{
	const struct otp_verb_info *verb = otp_verb_info(event->verb);
	enum otp_err err;

	otp_bytes_empty(ret);
	err = otp_text_put(ret, "verb=");
	if (err == OTP_OK)
		err = otp_pairs_put_value(ret, verb != NULL ? verb->name : OTP_EVENT_STORE);
	if (err == OTP_OK)
		err = otp_text_putf(ret, " result=%s seq=%llu uid=%u", otp_err_code(event->result),
		    (unsigned long long)seq, (unsigned)event->peer_uid);
	if (err == OTP_OK)
		err = otp_pairs_put(ret, "actor", event->actor);
	if (err == OTP_OK)
		err = otp_pairs_put(ret, "login", event->login);
	if (err == OTP_OK)
		err = otp_pairs_put(ret, "service", event->service);
	if (err == OTP_OK)
		err = otp_pairs_put(ret, "user", event->user);
	if (err == OTP_OK)
		err = otp_pairs_put(ret, "serial", event->serial);
	if (err == OTP_OK && event->count > 1)
		err = otp_text_putf(ret, " count=%u", (unsigned)event->count);
	if (err == OTP_OK)
		err = otp_pairs_put_fields(ret, &event->details, LINE_ENOUGH);
	if (err != OTP_OK)
		otp_bytes_clear(ret);
	return err;
}
