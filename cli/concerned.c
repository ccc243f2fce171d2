/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Acts on a token and all who share it: whom it concerns is shown first, then it is asked, then done. */
#include "config.h"

#include "concerned.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "cells.h"
#include "parse.h"
#include "service.h"
#include "tell.h"
#include "text.h"

/* Those whom otpd named are whom the request expects: refused if they changed meanwhile. */
static enum otp_err
expect_all(const struct otp_answer *answer, struct otp_fields *to)
{
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	bool is_nobody = true;
	size_t cursor = 0;

	while (err == OTP_OK && otp_fields_next(&answer->fields, &cursor, &view))
		if (view.field == OTP_FIELD_SHARERS) {
			is_nobody = false;
			err = otp_fields_put_str(to, OTP_FIELD_EXPECT, view.str);
		}
	return err == OTP_OK && is_nobody ? otp_fields_put_str(to, OTP_FIELD_EXPECT, "") : err;
}

/* All of them are shown, whether it is asked or not. */
static enum otp_err
show_and_ask(struct otp_cli *cli, const struct otp_concerned *say)
{
	struct otp_bytes sharers = OTP_BYTES_INIT;
	const char *serial = otp_fields_str(&cli->answer.fields, OTP_FIELD_SERIAL);
	char name[4 * OTP_SERIAL_MAX + 1], format[OTP_TELL_MAX];
	enum otp_err err;

	if (serial == NULL)
		serial = "?";
	(void)otp_text_escape(name, sizeof(name), serial, strlen(serial));
	err = otp_cells_person(&cli->answer.fields, OTP_FIELD_SHARERS, &sharers);
	if (err == OTP_OK && sharers.len > 0 && (!cli->globals.is_quiet || !cli->globals.is_yes))
		/* the list may be longer than an argument of a message */
		(void)fprintf(stderr, "%s %s\n", otp_tell_format(format, sizeof(format),
		    say->heading, (const char *const[]){ NULL, name }, 1), otp_text_str(&sharers));
	if (err == OTP_OK)
		err = otp_ask(&cli->globals, otp_tell_format(format, sizeof(format), say->question,
		    (const char *const[]){ NULL, name }, 1), &cli->answer.why);
	otp_bytes_clear(&sharers);
	return err;
}

enum otp_err
otp_concerned_change(struct otp_cli *cli, struct otp_request *request, struct otp_concerned say,
    void (*look)(const struct otp_answer *answer, struct otp_concerned *say))
{
	enum otp_err err;

	/* who is concerned: asked without any password */
	request->dry_run = true;
	err = otp_service_call(cli, request, NULL, NULL);
	if (err != OTP_OK || cli->globals.is_dry_run || !cli->answer.changed)
		return err;
	otp_service_close(cli);
	otp_why_clear(&cli->answer.why);
	if (look != NULL)
		look(&cli->answer, &say);
	err = expect_all(&cli->answer, &request->fields);
	if (err == OTP_OK)
		err = show_and_ask(cli, &say);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	request->dry_run = false;
	if (err == OTP_OK)
		return otp_service_call(cli, request, NULL, NULL);
	otp_service_forget_look(cli);
	return err;
}
