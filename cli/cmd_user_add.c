/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm user add: one, or many out of a csv in one commit; their single-use words. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "cells.h"
#include "cli.h"
#include "csv.h"
#include "file.h"
#include "lang.h"
#include "parse.h"
#include "service.h"
#include "source.h"
#include "tell.h"
#include "text.h"
#include "words.h"

#define USERS_FILE_MAX ((size_t)4 << 20)
#define USERS_MAX 1000		/* of one commit; the words must come back in one packet */

enum { OPT_FROM = 1, OPT_ROLE, OPT_MAIL, OPT_LANGUAGE, OPT_NO_LOGIN, OPT_WORDS };
static struct poptOption options[] = {
	{ "from", '\0', POPT_ARG_STRING, NULL, OPT_FROM, NULL, "CSV" },
	{ "role", '\0', POPT_ARG_STRING, NULL, OPT_ROLE, NULL, "ROLE" },
	{ "mail", '\0', POPT_ARG_STRING, NULL, OPT_MAIL, NULL, "ADDRESS" },
	{ "language", '\0', POPT_ARG_STRING, NULL, OPT_LANGUAGE, NULL, "LANGUAGE" },
	{ "no-login", '\0', POPT_ARG_NONE, NULL, OPT_NO_LOGIN, NULL, NULL },
	{ "words", '\0', POPT_ARG_STRING, NULL, OPT_WORDS, NULL, "FILE" },
	POPT_TABLEEND
};
static const enum otp_field columns[] = { OTP_FIELD_USER, OTP_FIELD_ROLE, OTP_FIELD_CHANGED,
	OTP_FIELD_OPEN_UNTIL, OTP_FIELD_NONE };

/* The columns of --from, in the order of the enum. */
enum { COLUMN_USER, COLUMN_ROLE, COLUMN_MAIL, COLUMN_LANGUAGE, COLUMN_NO_LOGIN, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = { "user", "role", "mail", "language",
	"no_login" };

/* A user as text: from the command line or from a line of the file; NULL or "": not given. */
struct person {
	const char *value[COLUMN_COUNT];
};

static enum otp_err
check_person(const struct person *p, struct otp_why *why)
{
	static const char *const yes_no[] = { "", "yes", "no", "true", "false", "1", "0" };
	const char *role = p->value[COLUMN_ROLE], *mail = p->value[COLUMN_MAIL];
	const char *no_login = p->value[COLUMN_NO_LOGIN];
	bool is_known = no_login == NULL;

	if (otp_parse_name(p->value[COLUMN_USER]) != OTP_OK)
		return OTP_WHY(
		    why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "user", p->value[COLUMN_USER]);
	if (role != NULL && role[0] != '\0' && strcmp(role, "general") != 0 &&
	    strcmp(role, "administrator") != 0 && strcmp(role, "master") != 0)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "role", role);
	if (mail != NULL && mail[0] != '\0' && otp_parse_mail(mail) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "mail", mail);
	for (size_t i = 0; !is_known && i < sizeof(yes_no) / sizeof(yes_no[0]); i++)
		is_known = strcmp(no_login, yes_no[i]) == 0;
	if (!is_known)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_BAD_CELL, "no_login", no_login);
	return OTP_OK;
}

static enum otp_err
put_person(struct otp_request *request, const struct person *p, unsigned line)
{
	static const enum otp_field field[COLUMN_NO_LOGIN] = { OTP_FIELD_USER, OTP_FIELD_ROLE,
		OTP_FIELD_MAIL, OTP_FIELD_LANGUAGE };
	const char *no_login = p->value[COLUMN_NO_LOGIN];
	struct otp_fields *row = NULL;
	enum otp_err err = otp_rows_add(&request->rows, &row);

	if (err == OTP_OK && line > 0)
		err = otp_fields_put_int(row, OTP_FIELD_LINE, line);
	for (size_t i = 0; err == OTP_OK && i < COLUMN_NO_LOGIN; i++)
		if (p->value[i] != NULL && p->value[i][0] != '\0')
			err = otp_fields_put_str(row, field[i], p->value[i]);
	if (err == OTP_OK && no_login != NULL && no_login[0] != '\0' &&
	    strchr("yt1", no_login[0]) != NULL)
		err = otp_fields_put_bool(row, OTP_FIELD_NO_LOGIN, true);
	return err;
}

static enum otp_err
from_arguments(struct otp_cli *cli, struct otp_request *request)
{
	struct person p = { .value = { cli->arguments.arg[0], otp_cli_option(cli, OPT_ROLE),
		otp_cli_option(cli, OPT_MAIL), otp_cli_option(cli, OPT_LANGUAGE),
		otp_cli_option(cli, OPT_NO_LOGIN) != NULL ? "yes" : NULL } };

	if (check_person(&p, &cli->answer.why) != OTP_OK)
		return OTP_ERR_USAGE;
	return put_person(request, &p, 0);
}

/* Stood this user in an earlier line? Few enough to look through. */
static enum otp_err
check_twice(const struct otp_request *request, const char *user, struct otp_why *why)
{
	for (size_t i = 0; i < request->rows.n; i++) {
		const char *other = otp_fields_str(&request->rows.row[i], OTP_FIELD_USER);
		int64_t line = 0;

		if (other == NULL || strcmp(other, user) != 0)
			continue;
		(void)otp_fields_int(&request->rows.row[i], OTP_FIELD_LINE, &line);
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, LINE_USER_TWICE, user, OTP_WHY_NUM(line));
	}
	return OTP_OK;
}

static enum otp_err
take_line(struct otp_csv *csv, const int column[COLUMN_COUNT], struct otp_request *request,
    struct otp_why *why)
{
	struct person p = { .value = { NULL } };
	enum otp_err err;

	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (column[i] >= 0)
			p.value[i] = csv->cell[column[i]];
	err = check_person(&p, why);
	if (err == OTP_OK)
		err = check_twice(request, p.value[COLUMN_USER], why);
	if (err == OTP_OK && request->rows.n == USERS_MAX)
		err = OTP_WHY(why, OTP_ERR_OVER_LIMIT, FILE_TOO_MANY_USERS, OTP_WHY_NUM(USERS_MAX));
	return err == OTP_OK ? put_person(request, &p, csv->line) : err;
}

static enum otp_err
read_lines(struct otp_cli *cli, struct otp_csv *csv, struct otp_request *request)
{
	const char *path = otp_cli_option(cli, OPT_FROM);
	char text[OTP_TELL_MAX];
	int column[COLUMN_COUNT];
	size_t n_bad = 0;
	enum otp_err err;

	err = otp_csv_header(csv, column_names, COLUMN_COUNT, 1u << COLUMN_USER, column,
	    &cli->answer.why);
	while (err == OTP_OK) {
		struct otp_why why = OTP_WHY_INIT;

		err = otp_csv_next(csv, &why);
		if (err == OTP_ERR_NOT_FOUND)
			break;
		if (err == OTP_OK)
			err = take_line(csv, column, request, &why);
		if (err == OTP_ERR_BAD_INPUT) {
			n_bad++;
			err = otp_source_say(cli, path, csv->line, OTP_FIELD_USER, NULL,
			    otp_err_code(err), otp_lang_why(text, sizeof(text), err, &why));
		} else if (err != OTP_OK) {
			cli->answer.why = why;
		}
	}
	if (err != OTP_ERR_NOT_FOUND)
		return err;
	if (n_bad > 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_BAD_INPUT, LINES_BAD, OTP_WHY_NUM(n_bad));
	if (request->rows.n == 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_BAD_INPUT, FILE_NO_LINES);
	return OTP_OK;
}

static enum otp_err
from_file(struct otp_cli *cli, struct otp_request *request)
{
	static const int singles[] = { OPT_ROLE, OPT_MAIL, OPT_LANGUAGE, OPT_NO_LOGIN };
	struct otp_bytes content = OTP_BYTES_INIT;
	struct otp_csv csv = { 0 };
	enum otp_err err;

	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		if (otp_cli_option(cli, singles[i]) != NULL)
			return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, OPTIONS_EXCLUDE, "--from",
			    options[singles[i] - 1].longName);
	err = otp_source_read(cli, otp_cli_option(cli, OPT_FROM), USERS_FILE_MAX, &content);
	if (err == OTP_OK) {
		otp_csv_init(&csv, content.data, content.len);
		err = read_lines(cli, &csv, request);
	}
	otp_csv_clear(&csv);
	otp_bytes_clear(&content);
	return err;
}

/* Lines of the file that otpd refused; what is printed has only those. */
static enum otp_err
say_refused(struct otp_cli *cli)
{
	const char *path = otp_cli_option(cli, OPT_FROM);
	struct otp_rows rows = cli->answer.rows;
	enum otp_err err = OTP_OK;

	cli->answer.rows = (struct otp_rows)OTP_ROWS_INIT;
	for (size_t i = 0; path != NULL && err == OTP_OK && i < rows.n; i++) {
		const char *result = otp_fields_str(&rows.row[i], OTP_FIELD_RESULT);
		const char *text = otp_fields_str(&rows.row[i], OTP_FIELD_TEXT);
		struct otp_bytes shown = OTP_BYTES_INIT;
		char again[OTP_TELL_MAX];
		int64_t line = 0;

		if (result == NULL || text == NULL ||
		    !otp_fields_int(&rows.row[i], OTP_FIELD_LINE, &line))
			continue;
		err = otp_cells_person(&rows.row[i], OTP_FIELD_TEXT, &shown);
		if (err == OTP_OK)
			err = otp_source_say(cli, path, (unsigned)line, OTP_FIELD_USER,
			    otp_fields_str(&rows.row[i], OTP_FIELD_USER), result,
			    otp_lang_again(again, sizeof(again), otp_text_str(&shown)));
		otp_bytes_clear(&shown);
	}
	otp_rows_clear(&rows);
	return err;
}

/* The words go where they may; what is printed as data has none. */
static enum otp_err
hand_out(struct otp_cli *cli, struct otp_words *words)
{
	const char *path = otp_cli_option(cli, OPT_WORDS);
	enum otp_err err = OTP_OK, synced;

	for (size_t i = 0; i < cli->answer.rows.n; i++) {
		const struct otp_fields *row = &cli->answer.rows.row[i];
		const char *user = otp_fields_str(row, OTP_FIELD_USER);
		const char *word = otp_fields_str(row, OTP_FIELD_WORD);
		enum otp_err one;

		if (user == NULL || word == NULL || words->out == NULL)
			continue;
		one = otp_words_put(words, user, word, &cli->answer.why);
		if (err == OTP_OK)
			err = one;
	}
	synced = otp_words_sync(words, &cli->answer.why);
	if (err == OTP_OK && synced == OTP_OK && path != NULL && words->is_kept)
		OTP_TELL(&cli->globals, SAID_WORDS, path);
	return err == OTP_OK ? synced : err;
}

static enum otp_err
add(struct otp_cli *cli)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_words words = OTP_WORDS_INIT;
	bool is_from = otp_cli_option(cli, OPT_FROM) != NULL;
	enum otp_err err;

	if (is_from == (cli->arguments.n_args == 1))
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, NEEDS_ONE_OF, "USER", "--from");
	err = is_from ? from_file(cli, &request) : from_arguments(cli, &request);
	if (err == OTP_OK && !cli->globals.is_dry_run)
		err = otp_words_open(&words, otp_cli_option(cli, OPT_WORDS),
		    cli->globals.format == OTP_FORMAT_TABLE, &cli->answer.why);
	if (err == OTP_OK)
		err = otp_service_prove(cli);
	if (err == OTP_OK)
		err = otp_service_call(cli, &request, NULL, NULL);
	if (err == OTP_OK) {
		otp_service_tell(cli);
		err = hand_out(cli, &words);
	} else {
		(void)say_refused(cli);
	}
	otp_words_close(&words);
	otp_request_clear(&request);
	return err;
}

const struct otp_command otp_cmd_user_add = {
	.name = "user add", .arguments = "USER | --from CSV", .options = options, .max_args = 1,
	.is_list = true, .columns = columns, .run = add,
};
