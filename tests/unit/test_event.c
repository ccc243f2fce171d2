/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit's event: every field comes back, no secret goes in, and its line cannot be forged. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "event.h"
#include "text.h"

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_event event = OTP_EVENT_INIT;
	enum otp_err err = otp_event_decode(data, len, &event);

	if (err == OTP_OK)
		assert_int_equal(otp_event_encode(&event, ret), OTP_OK);
	otp_event_clear(&event);
	return err;
}

static void
make(struct otp_event *e)
{
	*e = (struct otp_event){
		.time_ms = 1700000000123, .verb = OTP_VERB_UNLOCK, .result = OTP_ERR_AUTH_FAILED,
		.peer_uid = 1000, .actor = "uid:1000", .login = "dave", .service = "sshd",
		.user = "alice", .serial = "123456789", .count = 3,
	};
	assert_int_equal(otp_fields_put_int(&e->details, OTP_FIELD_FAILS, 4), OTP_OK);
	assert_int_equal(otp_fields_put_str(&e->details, OTP_FIELD_SHARERS, "alice"), OTP_OK);
	assert_int_equal(otp_fields_put_str(&e->details, OTP_FIELD_STATE, "suspended"), OTP_OK);
	assert_int_equal(otp_fields_put_str(&e->details, OTP_FIELD_SHARERS, "b,o b"), OTP_OK);
	assert_int_equal(otp_fields_put_int(&e->details, OTP_FIELD_SUSPENDED_AT, 1700000000), OTP_OK);
	assert_int_equal(otp_fields_put_bool(&e->details, OTP_FIELD_ENABLED, true), OTP_OK);
}

static void
test_every_field(void **state)
{
	struct otp_event e, v = OTP_EVENT_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	make(&e);
	assert_int_equal(otp_event_encode(&e, &b), OTP_OK);
	assert_int_equal(otp_event_decode(b.data, b.len, &v), OTP_OK);
	assert_true(v.time_ms == e.time_ms);
	assert_int_equal(v.verb, OTP_VERB_UNLOCK);
	assert_int_equal(v.result, OTP_ERR_AUTH_FAILED);
	assert_int_equal(v.peer_uid, 1000);
	assert_string_equal(v.actor, "uid:1000");
	assert_string_equal(v.login, "dave");
	assert_string_equal(v.service, "sshd");
	assert_string_equal(v.user, "alice");
	assert_string_equal(v.serial, "123456789");
	assert_int_equal(v.count, 3);
	assert_int_equal(v.details.data.len, e.details.data.len);
	assert_memory_equal(v.details.data.data, e.details.data.data, e.details.data.len);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	assert_int_equal(otp_event_decode(b.data, b.len - 1, &v), OTP_ERR_INTEGRITY);
	assert_string_equal(v.user, "alice");
	otp_event_clear(&v);
	assert_int_equal(v.count, 1);
	otp_event_clear(NULL);
	otp_event_clear(&e);
	/* the store's own: no verb, nobody */
	e.time_ms = 1;
	assert_int_equal(otp_event_encode(&e, &b), OTP_OK);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_bytes_clear(&b);
}

static void
test_bounds(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_event e;

	(void)state;
#define REFUSE(change) do { \
		make(&e); \
		change; \
		assert_int_equal(otp_event_encode(&e, &b), OTP_ERR_INTERNAL); \
		assert_int_equal(b.len, 0); \
		otp_event_clear(&e); \
	} while (0)
	REFUSE(e.time_ms = -1);
	REFUSE(e.verb = OTP_VERB_LIMIT);
	REFUSE(e.verb = (enum otp_verb)255);
	REFUSE(e.result = OTP_ERR_COUNT);
	REFUSE(e.count = 0);
	/* secrets have no way in, by whatever field */
	REFUSE(assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_CODE, "123456"), OTP_OK));
	REFUSE(assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_WORD, "x"), OTP_OK));
	REFUSE(assert_int_equal(otp_fields_put_bytes(&e.details, OTP_FIELD_SECRET, "x", 1), OTP_OK));
	REFUSE(assert_int_equal(otp_bytes_append(&e.details.data, "\1", 1), OTP_OK));
#undef REFUSE
	otp_bytes_clear(&b);
}

/* A strange name must not keep what was done out of the audit: it goes in, as text. */
static void
test_names_that_are_no_text(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_event e, v = OTP_EVENT_INIT;

	(void)state;
	make(&e);
	e.actor[0] = '\xff';
	e.login[3] = '\xe8';	/* cut off inside a character */
	e.service[0] = '\x80';
	e.user[0] = '\xc0';
	e.serial[8] = '\xf0';
	assert_int_equal(otp_event_encode(&e, &b), OTP_OK);
	assert_int_equal(otp_event_decode(b.data, b.len, &v), OTP_OK);
	assert_string_equal(v.actor, "?id:1000");
	assert_string_equal(v.login, "dav?");
	assert_string_equal(v.service, "?shd");
	assert_string_equal(v.user, "?lice");
	assert_string_equal(v.serial, "12345678?");
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_event_clear(&e);
	otp_event_clear(&v);
	otp_bytes_clear(&b);
}

/* ... and none on the way back: a stored event that names one is damaged. */
static void
test_secret_inside(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_event e = OTP_EVENT_INIT;
	uint8_t *field;

	(void)state;
	e.time_ms = 1;
	assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_USER, "123456"), OTP_OK);
	assert_int_equal(otp_event_encode(&e, &b), OTP_OK);
	field = b.data + b.len - e.details.data.len;
	assert_int_equal(field[0], OTP_FIELD_USER);
	field[0] = OTP_FIELD_CODE;
	codec_refuse(recode, OTP_ERR_INTEGRITY, b.data, b.len);
	otp_event_clear(&e);
	otp_bytes_clear(&b);
}

static void
test_largest(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT, line = OTP_BYTES_INIT;
	struct otp_event e = OTP_EVENT_INIT;
	char text[8001];

	(void)state;
	memset(e.actor, 'a', OTP_NAME_MAX);
	memset(e.login, 'a', OTP_NAME_MAX);
	memset(e.service, 'a', OTP_SERVICE_MAX);
	memset(e.user, 'a', OTP_NAME_MAX);
	memset(e.serial, 'a', OTP_SERIAL_MAX);
	memset(text, 't', sizeof(text));
	text[8000] = '\0';
	while (otp_fields_put_str(&e.details, OTP_FIELD_SHARERS, text) == OTP_OK)
		;
	assert_int_equal(otp_event_encode(&e, &b), OTP_OK);
	assert_int_equal(recode(b.data, b.len, &b), OTP_OK);
	/* the line stays one that syslog takes */
	assert_int_equal(otp_event_line(&e, UINT64_MAX, &line), OTP_OK);
	assert_true(line.len < 8192);
	otp_event_clear(&e);
	assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_TEXT, text), OTP_OK);
	assert_int_equal(otp_event_line(&e, 1, &line), OTP_OK);
	assert_true(line.len < 1024);
	otp_event_clear(&e);
	otp_bytes_clear(&b);
	otp_bytes_clear(&line);
}

static void
test_line(void **state)
{
	struct otp_bytes line = OTP_BYTES_INIT;
	struct otp_event e;

	(void)state;
	make(&e);
	assert_int_equal(otp_event_line(&e, 41, &line), OTP_OK);
	assert_string_equal(otp_text_str(&line), "verb=unlock result=auth-failed seq=41 uid=1000 "
	    "actor=uid:1000 login=dave service=sshd user=alice serial=123456789 count=3 fails=4 "
	    "sharers=alice,b\\x2co\\x20b state=suspended suspended_at=2023-11-14T22:13:20Z enabled=yes");
	otp_event_clear(&e);
	e.time_ms = 5;
	e.verb = OTP_VERB_TOKEN_IMPORT;
	(void)snprintf(e.actor, sizeof(e.actor), "root");
	assert_int_equal(otp_event_line(&e, 2, &line), OTP_OK);
	assert_string_equal(otp_text_str(&line), "verb=\"token import\" result=ok seq=2 uid=0 actor=root");
	e.verb = OTP_VERB_NONE;
	assert_int_equal(otp_event_line(&e, 3, &line), OTP_OK);
	assert_string_equal(otp_text_str(&line), "verb=store result=ok seq=3 uid=0 actor=root");
	otp_event_clear(&e);
	otp_bytes_clear(&line);
}

/* A name that tries to write lines, pairs or quotes of its own. */
static void
test_line_is_escaped(void **state)
{
	struct otp_bytes line = OTP_BYTES_INIT;
	struct otp_event e = OTP_EVENT_INIT;

	(void)state;
	(void)snprintf(e.user, sizeof(e.user), "%s", "x\" result=ok\nverb=init\x1b[2J\\");
	assert_int_equal(otp_event_line(&e, 1, &line), OTP_OK);
	assert_string_equal(otp_text_str(&line), "verb=store result=ok seq=1 uid=0 "
	    "user=\"x\\x22 result=ok\\x0averb=init\\x1b[2J\\x5c\"");
	otp_event_clear(&e);
	/* lists: 16 are shown, 17 are not */
	for (int i = 0; i < 16; i++)
		assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_SHARERS, "u"), OTP_OK);
	assert_int_equal(otp_event_line(&e, 1, &line), OTP_OK);
	assert_non_null(strstr(otp_text_str(&line), " sharers=u,u,u,u,u,u,u,u,u,u,u,u,u,u,u,u"));
	assert_int_equal(otp_fields_put_str(&e.details, OTP_FIELD_SHARERS, "u"), OTP_OK);
	assert_int_equal(otp_fields_put_int(&e.details, OTP_FIELD_COUNT, 17), OTP_OK);
	assert_int_equal(otp_event_line(&e, 1, &line), OTP_OK);
	assert_string_equal(otp_text_str(&line), "verb=store result=ok seq=1 uid=0 count=17");
	otp_event_clear(&e);
	otp_bytes_clear(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_names_that_are_no_text),
		cmocka_unit_test(test_secret_inside),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_is_escaped),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
