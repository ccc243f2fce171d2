/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a notice, from the one list of kinds. */
#include "config.h"

#include "notice.h"

#include <string.h>

#include "lang.h"
#include "notice_kind.h"
#include "text.h"

#define SENTENCE_SIZE 2048
#define VALUE_SIZE 4096

static const char *
text_of(const struct otp_fields *content, enum otp_field field)
{
	const char *s = otp_fields_str(content, field);

	return s != NULL ? s : "";
}

/* A message with what all kinds have: %1 the user, %2 the token, %3 who did it. */
static char *
say(char *buf, size_t size, enum otp_message message, const struct otp_fields *content)
{
	struct otp_why why = OTP_WHY_INIT;
	const char *const args[] = { NULL, text_of(content, OTP_FIELD_USER),
		text_of(content, OTP_FIELD_SERIAL), text_of(content, OTP_FIELD_EVENT_BY),
		text_of(content, OTP_FIELD_EVENT) };

	(void)otp_why_set(&why, OTP_OK, message, args, 4);
	return otp_message_format(buf, size, otp_lang(otp_message_text(message)), &why);
}

static const struct otp_notice_info *
info_of(const struct otp_fields *content)
{
	return otp_notice_info(otp_notice_of_word(otp_fields_str(content, OTP_FIELD_ABOUT)));
}

char *
otp_notice_subject(char *buf, size_t size, const struct otp_fields *content)
{
	const struct otp_notice_info *info = info_of(content);

	return say(buf, size, info->subject != OTP_MESSAGE_NONE ? info->subject :
	    OTP_MESSAGE_MAIL_OTHER, content);
}

/* ---- the facts ---- */

/* What is for programs, or was said already. */
static bool
is_silent(enum otp_field field)
{
	static const enum otp_field silent[] = { OTP_FIELD_ABOUT, OTP_FIELD_FOR_STAFF,
		OTP_FIELD_EVENT_RESULT, OTP_FIELD_USED_STEP, OTP_FIELD_USED_CODE, OTP_FIELD_DECOY, OTP_FIELD_CHANGED,
		OTP_FIELD_COUNT };

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (silent[i] == field)
			return true;
	return false;
}

/* Escaped; a word of a list in the reader's language. */
static const char *
value_of(const struct otp_field_view *view, char *buf, size_t size)
{
	char time[OTP_TIME_TEXT];

	switch (view->type) {
	case OTP_TYPE_INT:
		return otp_message_num(buf, view->num);
	case OTP_TYPE_TIME:
		return otp_text_cut(buf, size, otp_text_time(time, view->num));
	case OTP_TYPE_BOOL:
		return otp_lang(otp_message_text(view->num != 0 ? OTP_MESSAGE_WORD_YES :
		    OTP_MESSAGE_WORD_NO));
	case OTP_TYPE_STR:
	case OTP_TYPE_LIST:
		return otp_text_escape(buf, size, view->str, strlen(view->str));
	case OTP_TYPE_WORD:
		(void)otp_text_escape(buf, size, view->str, strlen(view->str));
		return otp_lang(buf);
	case OTP_TYPE_SECRET:
	case OTP_TYPE_BYTES:
	case OTP_TYPE_FIELDS:
		break;
	}
	return NULL;
}

/* "HEADING: value", the values of a list on one line. */
static enum otp_err
put_facts(const struct otp_fields *content, struct otp_bytes *ret)
{
	enum otp_field before = OTP_FIELD_NONE;
	struct otp_field_view view;
	char buf[VALUE_SIZE];
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	while (err == OTP_OK && otp_fields_next(content, &cursor, &view)) {
		const char *value = is_silent(view.field) ? NULL : value_of(&view, buf, sizeof(buf));

		if (value == NULL)
			continue;
		if (view.field == before)
			err = otp_text_putf(ret, ", %s", value);
		else
			err = otp_text_putf(ret, "%s%s: %s", before != OTP_FIELD_NONE ? "\n" : "",
			    otp_lang(otp_field_heading(view.field)), value);
		before = view.field;
	}
	return err == OTP_OK ? otp_text_put(ret, "\n\n") : err;
}

enum otp_err
otp_notice_text(const struct otp_fields *content, const char *id, struct otp_bytes *ret)
{
	const struct otp_notice_info *info = info_of(content);
	bool for_staff = otp_fields_bool(content, OTP_FIELD_FOR_STAFF);
	enum otp_message message = for_staff ? info->all : info->you;
	enum otp_message advice = for_staff && info->advice != OTP_MESSAGE_NONE ?
	    OTP_MESSAGE_MAIL_FOR_STAFF : info->advice;
	char buf[SENTENCE_SIZE];
	enum otp_err err;

	otp_bytes_clear(ret);
	if (message == OTP_MESSAGE_NONE)
		message = OTP_MESSAGE_MAIL_OTHER;
	err = otp_text_putf(ret, "%s\n\n", say(buf, sizeof(buf), message, content));
	if (err == OTP_OK)
		err = put_facts(content, ret);
	if (err == OTP_OK && advice != OTP_MESSAGE_NONE)
		err = otp_text_putf(ret, "%s\n", say(buf, sizeof(buf), advice, content));
	if (err == OTP_OK)
		err = otp_text_putf(ret, "\n-- \notpadm %s\n%s\n", id,
		    say(buf, sizeof(buf), OTP_MESSAGE_MAIL_NO_ANSWER, content));
	return err;
}
