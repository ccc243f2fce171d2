/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm token add, token uri: a secret comes in or goes out, by the terminal or a private file only. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "delivery.h"
#include "file.h"
#include "qr.h"
#include "service.h"
#include "tell.h"
#include "text.h"
#include "uri.h"
#include "words.h"

#define ISSUER "otpadm"
#define SECRET_FILE_MAX 1024

enum { OPT_RANDOM = 1, OPT_QR, OPT_PNG, OPT_SECRET_FILE, OPT_TYPE, OPT_ALGORITHM, OPT_DIGITS, OPT_STEP,
	OPT_COUNTER, OPT_NOT_BEFORE, OPT_NOT_AFTER };
static struct poptOption add_options[] = {
	{ "random", '\0', POPT_ARG_NONE, NULL, OPT_RANDOM, NULL, NULL },
	{ "qr", '\0', POPT_ARG_NONE, NULL, OPT_QR, NULL, NULL },
	{ "png", '\0', POPT_ARG_STRING, NULL, OPT_PNG, NULL, "FILE" },
	{ "secret-file", '\0', POPT_ARG_STRING, NULL, OPT_SECRET_FILE, NULL, "FILE" },
	{ "type", '\0', POPT_ARG_STRING, NULL, OPT_TYPE, NULL, "TYPE" },
	{ "algorithm", '\0', POPT_ARG_STRING, NULL, OPT_ALGORITHM, NULL, "ALGORITHM" },
	{ "digits", '\0', POPT_ARG_STRING, NULL, OPT_DIGITS, NULL, "N" },
	{ "step", '\0', POPT_ARG_STRING, NULL, OPT_STEP, NULL, "SECONDS" },
	{ "counter", '\0', POPT_ARG_STRING, NULL, OPT_COUNTER, NULL, "N" },
	{ "not-before", '\0', POPT_ARG_STRING, NULL, OPT_NOT_BEFORE, NULL, "TIME" },
	{ "not-after", '\0', POPT_ARG_STRING, NULL, OPT_NOT_AFTER, NULL, "TIME" },
	POPT_TABLEEND
};
static struct poptOption uri_options[] = {
	{ "qr", '\0', POPT_ARG_NONE, NULL, OPT_QR, NULL, NULL },
	{ "png", '\0', POPT_ARG_STRING, NULL, OPT_PNG, NULL, "FILE" },
	{ "secret-file", '\0', POPT_ARG_STRING, NULL, OPT_SECRET_FILE, NULL, "FILE" },
	POPT_TABLEEND
};
static const enum otp_field columns[] = { OTP_FIELD_SERIAL, OTP_FIELD_STATE, OTP_FIELD_TYPE,
	OTP_FIELD_ALGORITHM, OTP_FIELD_DIGITS, OTP_FIELD_STEP, OTP_FIELD_COUNTER, OTP_FIELD_NONE };

/* ---- a secret goes out ---- */

/* Where it goes is made before anything is sent. */
struct outlet {
	struct otp_words words, png;
	bool is_open, has_qr;
};

static enum otp_err
open_place(struct otp_words *w, const char *path, struct otp_why *why)
{
	enum otp_err err = otp_words_open(w, path, true, why);

	if (err == OTP_ERR_USAGE) {
		otp_why_clear(why);
		err = OTP_WHY(why, err, SECRET_HAS_NO_PLACE);
	}
	return err;
}

/* A picture alone is place enough; else the URI goes to the file, or to the terminal. */
static enum otp_err
outlet_open(struct outlet *out, struct otp_cli *cli)
{
	const char *png = otp_cli_option(cli, OPT_PNG), *file = otp_cli_option(cli, OPT_SECRET_FILE);
	struct otp_why *why = &cli->answer.why;
	enum otp_err err = OTP_OK;

	out->has_qr = otp_cli_option(cli, OPT_QR) != NULL;
	if (out->has_qr || png != NULL)
		err = otp_qr_is_there(why);
	if (err == OTP_OK && out->has_qr && file != NULL)
		err = OTP_WHY(why, OTP_ERR_USAGE, OPTIONS_EXCLUDE, "--qr", "--secret-file");
	if (err == OTP_OK && png != NULL)
		err = otp_words_open(&out->png, png, false, why);
	if (err == OTP_OK && (png == NULL || out->has_qr || file != NULL))
		err = open_place(&out->words, file, why);
	out->is_open = err == OTP_OK;
	return err;
}

static enum otp_err
outlet_sync(struct otp_words *w, struct otp_why *why)
{
	struct otp_why unused = OTP_WHY_INIT;

	if (otp_words_sync(w, &unused) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_SYSTEM, SECRET_LOST, w->path != NULL ? w->path : "/dev/tty",
	    OTP_WHY_ERRNO(errno));
}

static void
outlet_close(struct outlet *out)
{
	otp_words_close(&out->words);
	otp_words_close(&out->png);
}

static enum otp_err
put_qr(struct outlet *out, const char *uri)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	bool is_plain = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	enum otp_err err = otp_qr_text(uri, is_plain, &text);

	if (err == OTP_OK)
		err = otp_words_put_line(&out->words, otp_text_str(&text));
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
put_png(struct outlet *out, const char *uri)
{
	struct otp_bytes png = OTP_BYTES_INIT;
	enum otp_err err = otp_qr_png(uri, &png);

	if (err == OTP_OK && fwrite(png.data, 1, png.len, out->png.out) != png.len)
		err = OTP_ERR_SYSTEM;
	out->png.is_kept = true;
	otp_bytes_clear(&png);
	return err;
}

/* What otpd answered, as a URI. */
static enum otp_err
make_uri(const struct otp_fields *fields, struct otp_bytes *ret)
{
	const char *serial = otp_fields_str(fields, OTP_FIELD_SERIAL);
	const char *type = otp_fields_str(fields, OTP_FIELD_TYPE);
	const char *algorithm = otp_fields_str(fields, OTP_FIELD_ALGORITHM);
	struct otp_uri uri = OTP_URI_INIT;
	int64_t digits = 0, step = 0, counter = 0;
	size_t len = 0;
	const void *secret = otp_fields_bytes(fields, OTP_FIELD_SECRET, &len);
	enum otp_err err;

	if (secret == NULL || serial == NULL || type == NULL || algorithm == NULL ||
	    !otp_fields_int(fields, OTP_FIELD_DIGITS, &digits))
		return OTP_ERR_INTERNAL;
	uri.is_hotp = strcmp(type, "hotp") == 0;
	if (!otp_fields_int(fields, uri.is_hotp ? OTP_FIELD_COUNTER : OTP_FIELD_STEP,
	    uri.is_hotp ? &counter : &step))
		return OTP_ERR_INTERNAL;
	(void)snprintf(uri.issuer, sizeof(uri.issuer), "%s", ISSUER);
	(void)snprintf(uri.serial, sizeof(uri.serial), "%s", serial);
	uri.algorithm = algorithm;
	uri.digits = (unsigned)digits;
	uri.step = (unsigned)step;
	uri.counter = (uint64_t)counter;
	err = otp_bytes_set(&uri.secret, secret, len);
	if (err == OTP_OK)
		err = otp_uri_put(ret, &uri);
	otp_uri_clear(&uri);
	return err;
}

static enum otp_err
give_out(struct outlet *out, struct otp_cli *cli)
{
	struct otp_bytes uri = OTP_BYTES_INIT;
	enum otp_err err = make_uri(&cli->answer.fields, &uri);

	if (err == OTP_OK && out->has_qr)
		err = put_qr(out, otp_text_str(&uri));
	if (err == OTP_OK && out->png.out != NULL)
		err = put_png(out, otp_text_str(&uri));
	if (err == OTP_OK && out->words.out != NULL)
		err = otp_words_put_line(&out->words, otp_text_str(&uri));
	if (err == OTP_OK)
		err = outlet_sync(&out->words, &cli->answer.why);
	if (err == OTP_OK)
		err = outlet_sync(&out->png, &cli->answer.why);
	otp_bytes_clear(&uri);
	return err;
}

static enum otp_err
uri(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct outlet out = { .words = OTP_WORDS_INIT, .png = OTP_WORDS_INIT };
	enum otp_err err;

	err = otp_fields_put_str(&request.fields, OTP_FIELD_SERIAL, cli->arguments.arg[0]);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = outlet_open(&out, cli);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK && out.is_open)
		err = give_out(&out, cli);
	outlet_close(&out);
	otp_request_clear(&request);
	return err;
}

/* ---- a secret comes in ---- */

static enum otp_err
put_secret(struct otp_cli *cli, const char *text, struct otp_fields *to)
{
	struct otp_bytes secret = OTP_BYTES_INIT;
	enum otp_err err = otp_delivery_parse_secret(text, &secret);

	if (err == OTP_ERR_BAD_INPUT)
		err = OTP_WHY(&cli->answer.why, err, LINE_NO_SECRET);
	if (err == OTP_OK)
		err = otp_fields_put_bytes(to, OTP_FIELD_SECRET, secret.data, secret.len);
	otp_bytes_clear(&secret);
	return err;
}

/* One line, in a file that only its owner can read. */
static enum otp_err
read_secret(struct otp_cli *cli, const char *path, struct otp_fields *to)
{
	struct otp_bytes content = OTP_BYTES_INIT;
	struct otp_why *why = &cli->answer.why;
	enum otp_err err;
	int fd = -1;

	err = otp_file_open(AT_FDCWD, path, O_RDONLY, geteuid(), OTP_FILE_PRIVATE, &fd, why);
	if (err == OTP_OK)
		err = otp_file_read_all(fd, path, SECRET_FILE_MAX, &content, why);
	while (err == OTP_OK && content.len > 0 &&
	    (content.data[content.len - 1] == '\n' || content.data[content.len - 1] == '\r'))
		content.len--;
	if (err == OTP_OK)
		err = otp_bytes_append(&content, "", 1);
	if (err == OTP_OK)
		err = put_secret(cli, (const char *)content.data, to);
	otp_bytes_clear(&content);
	otp_file_close(&fd);
	return err;
}

static enum otp_err
take_secret(struct otp_cli *cli, struct otp_fields *to)
{
	const char *file = otp_cli_option(cli, OPT_SECRET_FILE), *text;
	enum otp_err err;

	if (otp_cli_option(cli, OPT_QR) != NULL || otp_cli_option(cli, OPT_PNG) != NULL)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTION_NEEDS_OTHER,
		    otp_cli_option(cli, OPT_QR) != NULL ? "--qr" : "--png", "--random");
	if (file != NULL)
		return read_secret(cli, file, to);
	err = otp_service_credential(cli, OTP_CREDENTIAL_SECRET, OTP_MESSAGE_PROMPT_SECRET,
	    cli->arguments.arg[0], &text);
	return err == OTP_OK ? put_secret(cli, text, to) : err;
}

/* ---- token add ---- */

static enum otp_err
bad_option(const struct otp_cli *cli, int option, const char *name, struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_USAGE, OPTION_BAD_VALUE, name, otp_cli_option(cli, option));
}

/* What is out of bounds otpd says. */
static enum otp_err
put_numbers(struct otp_cli *cli, struct otp_fields *to)
{
	static const struct { int option; enum otp_field field; const char *name; bool is_time; } all[] = {
		{ OPT_DIGITS, OTP_FIELD_DIGITS, "digits", false },
		{ OPT_STEP, OTP_FIELD_STEP, "step", false },
		{ OPT_COUNTER, OTP_FIELD_COUNTER, "counter", false },
		{ OPT_NOT_BEFORE, OTP_FIELD_NOT_BEFORE, "not-before", true },
		{ OPT_NOT_AFTER, OTP_FIELD_NOT_AFTER, "not-after", true },
	};
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(all) / sizeof(all[0]); i++) {
		const char *text = otp_cli_option(cli, all[i].option);
		int64_t n = 0;

		if (text == NULL)
			continue;
		if ((all[i].is_time ? otp_parse_time(text, &n) :
		    otp_parse_i64(text, 0, INT64_MAX, &n)) != OTP_OK)
			return bad_option(cli, all[i].option, all[i].name, &cli->answer.why);
		err = otp_fields_put_int(to, all[i].field, n);
	}
	return err;
}

static enum otp_err
fill(struct otp_cli *cli, struct outlet *out, struct otp_fields *to)
{
	const char *serial = cli->arguments.arg[0];
	enum otp_err err;

	if (otp_parse_serial(serial) != OTP_OK)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, LINE_NOT_SERIAL, serial);
	err = otp_fields_put_str(to, OTP_FIELD_SERIAL, serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_TYPE, otp_cli_option(cli, OPT_TYPE));
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_ALGORITHM,
		    otp_cli_option(cli, OPT_ALGORITHM));
	if (err == OTP_OK)
		err = put_numbers(cli, to);
	if (err == OTP_OK && otp_cli_option(cli, OPT_RANDOM) == NULL)
		return take_secret(cli, to);
	if (err == OTP_OK)
		err = otp_fields_put_bool(to, OTP_FIELD_RANDOM, true);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = outlet_open(out, cli);
	return err;
}

static enum otp_err
add(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct outlet out = { .words = OTP_WORDS_INIT, .png = OTP_WORDS_INIT };
	enum otp_err err;

	err = fill(cli, &out, &request.fields);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK && out.is_open)
		err = give_out(&out, cli);
	if (err == OTP_OK)
		otp_service_tell(cli);
	outlet_close(&out);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_token_add = {
	.name = "token add", .arguments = "SERIAL", .options = add_options, .min_args = 1,
	.max_args = 1, .columns = columns, .run = add,
};

const struct otp_command otp_cmd_token_uri = {
	.name = "token uri", .arguments = "SERIAL", .options = uri_options, .min_args = 1,
	.max_args = 1, .columns = columns, .run = uri,
};
