/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages out of one list: recorded with their arguments, formatted late. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "message.h"
#include "text.h"

#define N_(s) s

static const char *const texts[OTP_MESSAGE_COUNT] = {
	"",
#define X(id, text) text,
#include "message.def"
#undef X
};

static const char *const names[OTP_MESSAGE_COUNT] = {
	"",
#define X(id, text) #id,
#include "message.def"
#undef X
};

enum otp_err
otp_why_set(struct otp_why *why, enum otp_err err, enum otp_message message,
    const char *const args[], unsigned n_args)
{
	if (why == NULL || why->message != OTP_MESSAGE_NONE)
		return err;
	why->message = message;
	why->n_args = n_args < OTP_WHY_ARGS ? n_args : OTP_WHY_ARGS;
	/* args[0] is the macro's NULL */
	for (unsigned i = 0; i < why->n_args; i++)
		(void)snprintf(why->arg[i], sizeof(why->arg[i]), "%s",
		    args[i + 1] != NULL ? args[i + 1] : "");
	return err;
}

const char *
otp_message_num(char buf[24], int64_t n)
{
	(void)snprintf(buf, 24, "%lld", (long long)n);
	return buf;
}

const char *
otp_message_errno(char buf[96], int e)
{
	/* the GNU strerror_r: may or may not use buf */
	const char *s = strerror_r(e, buf, 96);

	if (s != buf)
		(void)snprintf(buf, 96, "%s", s);
	return buf;
}

void
otp_why_clear(struct otp_why *why)
{
	if (why != NULL)
		memset(why, 0, sizeof(*why));
}

const char *
otp_message_text(enum otp_message message)
{
	return texts[otp_message_of_number((unsigned)message)];
}

enum otp_message
otp_message_of_number(unsigned number)
{
	return number < OTP_MESSAGE_COUNT ? (enum otp_message)number : OTP_MESSAGE_NONE;
}

const char *
otp_message_name(enum otp_message message)
{
	return names[otp_message_of_number((unsigned)message)];
}

bool
otp_message_of_name(const char *name, enum otp_message *ret)
{
	for (unsigned i = 0; i < OTP_MESSAGE_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum otp_message)i;
			return true;
		}
	return false;
}

char *
otp_message_format(char *buf, size_t size, const char *template_text, const struct otp_why *why)
{
	size_t n = 0;

	if (size == 0)
		return buf;
	for (const char *p = template_text; *p != '\0' && n + 1 < size; p++) {
		unsigned i = (unsigned)(unsigned char)p[1] - '1';

		if (*p != '%' || i >= OTP_WHY_ARGS) {
			buf[n++] = *p;
			continue;
		}
		p++;
		if (why != NULL && i < why->n_args) {
			(void)otp_text_escape(buf + n, size - n, why->arg[i], strlen(why->arg[i]));
			n += strlen(buf + n);
		}
	}
	buf[n] = '\0';
	return buf;
}
