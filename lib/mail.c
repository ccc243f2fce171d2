/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails: RFC 5322 headers, RFC 2047 for what is not ASCII in them, RFC 2045 for the text. */
#include "config.h"

#include "mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "parse.h"
#include "text.h"

#define LINE_MAX_BYTES 76		/* RFC 2045, 6.7 and 6.8 */
#define WORD_BYTES 39			/* of a subject in one encoded word: with "Subject: " and its frame at most 76 (RFC 2047, 2) */
#define SUBJECT_PLAIN_MAX 60
#define BASE64_LINE_BYTES 57		/* become 76 */

/*
 * dot-atom of RFC 5322, 3.2.3, without what old mail systems take for routes, commands and files, and
 * no leading '-': a mail program could take it for an option.
 */
static bool
is_atom(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "#$&'*+-=^_{}~.";
	size_t len = strnlen(text, OTP_NAME_MAX + 1);

	return len > 0 && len <= OTP_NAME_MAX && strspn(text, allowed) == len && text[0] != '-' &&
	    text[0] != '.' && text[len - 1] != '.' && strstr(text, "..") == NULL;
}

bool
otp_mail_is_address(const char *text)
{
	return otp_parse_mail(text) == OTP_OK || is_atom(text);
}

static bool
is_message_id(const char *text)
{
	const char *at = strchr(text, '@');
	char left[OTP_NAME_MAX + 1];

	if (at == NULL || (size_t)(at - text) >= sizeof(left) || !is_atom(at + 1))
		return false;
	(void)snprintf(left, sizeof(left), "%.*s", (int)(at - text), text);
	return is_atom(left);
}

/* ---- headers ---- */

static bool
is_plain(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return strlen(text) <= SUBJECT_PLAIN_MAX && strstr(text, "=?") == NULL &&
	    text[0] != ' ';
}

/* How many bytes of whole characters fit into one word. */
static size_t
word_length(const char *text)
{
	size_t len = strlen(text), n = 0;

	while (n < len) {
		uint32_t c;
		size_t one = otp_text_utf8(text + n, len - n, &c);

		one = one > 0 ? one : 1;
		if (n + one > WORD_BYTES)
			break;
		n += one;
	}
	return n;
}

/* Each word of whole characters, each on a line of its own: RFC 2047, 5 (3). */
static enum otp_err
put_encoded(struct otp_bytes *b, const char *text)
{
	enum otp_err err = OTP_OK;

	for (bool is_first = true; err == OTP_OK && *text != '\0'; is_first = false) {
		size_t n = word_length(text);

		err = otp_text_put(b, is_first ? "=?UTF-8?B?" : "\n =?UTF-8?B?");
		if (err == OTP_OK)
			err = otp_text_base64(text, n, b);
		if (err == OTP_OK)
			err = otp_text_put(b, "?=");
		text += n;
	}
	return err;
}

static enum otp_err
put_subject(struct otp_bytes *b, const char *subject)
{
	char safe[2048];
	enum otp_err err;

	(void)otp_text_escape(safe, sizeof(safe), subject, strlen(subject));
	err = otp_text_put(b, "Subject: ");
	if (err == OTP_OK)
		err = is_plain(safe) ? otp_text_put(b, safe) : put_encoded(b, safe);
	return err == OTP_OK ? otp_text_put(b, "\n") : err;
}

/* RFC 5322, 3.3, whatever the locale. */
static enum otp_err
put_date(struct otp_bytes *b, int64_t seconds)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return OTP_ERR_BAD_INPUT;
	return otp_text_putf(b, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\n",
	    &days[3 * tm.tm_wday], tm.tm_mday, &months[3 * tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

/* ---- the text ---- */

static bool
is_ascii(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return true;
}

/* Where an ordinary character would be read as something else: a line's blank end, "From ", a dot alone. */
static bool
is_quoted(const char *p, size_t column)
{
	if (*p == ' ')
		return p[1] == '\n' || p[1] == '\0';
	if (*p == '.' || *p == 'F')
		return column == 0;
	return *p < ' ' || *p > '~' || *p == '=';
}

static enum otp_err
put_quoted_printable(struct otp_bytes *b, const char *text)
{
	enum otp_err err = OTP_OK;
	size_t column = 0;

	for (const char *p = text; err == OTP_OK && *p != '\0'; p++) {
		bool is_hex = *p != '\n' && is_quoted(p, column);

		/* room for this one and the '=' of a soft break */
		if (*p != '\n' && column + (is_hex ? 3 : 1) > LINE_MAX_BYTES - 1) {
			err = otp_text_put(b, "=\n");
			column = 0;
			is_hex = is_quoted(p, column);
		}
		if (err != OTP_OK)
			break;
		if (*p == '\n')
			err = otp_text_put(b, "\n");
		else
			err = otp_text_putf(b, is_hex ? "=%02X" : "%c", (unsigned char)*p);
		column = *p == '\n' ? 0 : column + (is_hex ? 3 : 1);
	}
	return err;
}

static enum otp_err
put_base64(struct otp_bytes *b, const char *text)
{
	struct otp_bytes canonical = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;

	/* RFC 2045, 6.8: line breaks are CRLF before encoding */
	for (const char *p = text; err == OTP_OK && *p != '\0';) {
		size_t n = strcspn(p, "\n");

		err = otp_bytes_append(&canonical, p, n);
		if (err == OTP_OK && p[n] == '\n')
			err = otp_bytes_append(&canonical, "\r\n", 2);
		p += p[n] == '\n' ? n + 1 : n;
	}
	for (size_t at = 0; err == OTP_OK && at < canonical.len; at += BASE64_LINE_BYTES) {
		size_t left = canonical.len - at;

		err = otp_text_base64(canonical.data + at,
		    left < BASE64_LINE_BYTES ? left : BASE64_LINE_BYTES, b);
		if (err == OTP_OK)
			err = otp_text_put(b, "\n");
	}
	otp_bytes_clear(&canonical);
	return err;
}

enum otp_err
otp_mail_write(const struct otp_mail *mail, struct otp_bytes *ret)
{
	bool is_quoted_printable = is_ascii(mail->text);
	enum otp_err err = OTP_OK;

	otp_bytes_clear(ret);
	if (!otp_mail_is_address(mail->to) || !is_message_id(mail->message_id) ||
	    (mail->from[0] != '\0' && !otp_mail_is_address(mail->from)))
		return OTP_ERR_BAD_INPUT;
	if (mail->from[0] != '\0')
		err = otp_text_putf(ret, "From: %s\n", mail->from);
	if (err == OTP_OK)
		err = otp_text_putf(ret, "To: %s\n", mail->to);
	if (err == OTP_OK)
		err = put_subject(ret, mail->subject);
	if (err == OTP_OK)
		err = put_date(ret, mail->date);
	/* RFC 3834, 5: no vacation programs answer */
	if (err == OTP_OK)
		err = otp_text_putf(ret, "Message-ID: <%s>\nAuto-Submitted: auto-generated\n"
		    "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
		    "Content-Transfer-Encoding: %s\n\n", mail->message_id,
		    is_quoted_printable ? "quoted-printable" : "base64");
	if (err == OTP_OK && is_quoted_printable)
		err = put_quoted_printable(ret, mail->text);
	else if (err == OTP_OK)
		err = put_base64(ret, mail->text);
	return err;
}
