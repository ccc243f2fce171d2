/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command's request to otpd: who asks, what he shows, the answer. */
#include "config.h"

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "lang.h"
#include "parse.h"
#include "tell.h"

bool
otp_service_is_privileged(const struct otp_cli *cli)
{
	struct stat st;

	if (geteuid() == 0)
		return true;
	if (stat(cli->conf.store, &st) != 0 &&
	    (errno != ENOENT || stat(cli->conf.state, &st) != 0))
		return false;
	return st.st_uid == geteuid();
}

/* His name as the system has it; false: it has none. */
static bool
name_of_uid(uid_t uid, char *name, size_t size)
{
	char buf[16384];
	struct passwd pw, *found = NULL;

	if (getpwuid_r(uid, &pw, buf, sizeof(buf), &found) != 0 || found == NULL)
		return false;
	(void)snprintf(name, size, "%s", found->pw_name);
	return true;
}

/* Whom a prompt addresses: --as, or ourselves. */
static const char *
operator_name(const struct otp_cli *cli, char *buf, size_t size)
{
	if (cli->globals.as != NULL)
		return cli->globals.as;
	return name_of_uid(getuid(), buf, size) ? buf : "?";
}

/* The login user behind root: the kernel's loginuid, never the environment. "" if there is none. */
static void
login_user(char *buf, size_t size)
{
	struct otp_bytes content = OTP_BYTES_INIT;
	char number[24];
	uint64_t uid = 0;
	int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);

	buf[0] = '\0';
	if (fd >= 0 && otp_file_read_all(fd, "/proc/self/loginuid", 16, &content, NULL) == OTP_OK &&
	    otp_bytes_append(&content, "", 1) == OTP_OK) {
		char *text = (char *)content.data;

		text[strcspn(text, "\n")] = '\0';
		/* 4294967295: nobody logged in */
		if (otp_parse_u64(text, 0, UINT32_MAX - 1, &uid) == OTP_OK &&
		    !name_of_uid((uid_t)uid, buf, size))
			(void)snprintf(buf, size, "%s", otp_message_num(number, (int64_t)uid));
	}
	otp_bytes_clear(&content);
	otp_file_close(&fd);
}

void
otp_service_close(struct otp_cli *cli)
{
	otp_client_free(&cli->client);
	cli->was_shown = false;
}

/* init makes the store that a service would need: without one it is done one-shot. */
static enum otp_err
connect_service(struct otp_cli *cli)
{
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	if (cli->client != NULL)
		return OTP_OK;
	err = otp_client_open(&cli->conf, cli->globals.timeout_ms, &cli->client, &why);
	if (err == OTP_ERR_UNAVAILABLE && (cli->verb->flags & OTP_FLAG_NO_STORE) != 0 &&
	    otp_service_is_privileged(cli))
		err = otp_client_open_once(&cli->conf, cli->globals.timeout_ms, &cli->client,
		    &cli->answer.why);
	else if (err != OTP_OK)
		cli->answer.why = why;
	return err;
}

enum otp_err
otp_service_credential(struct otp_cli *cli, enum otp_credential which, enum otp_message message,
    const char *what, const char **ret)
{
	bool is_second =
	    which == OTP_CREDENTIAL_SECOND_CONFIRM || which == OTP_CREDENTIAL_SECOND_CODE;
	char self[OTP_NAME_MAX + 1];
	const char *who = is_second ? cli->globals.second : operator_name(cli, self, sizeof(self));
	char question[OTP_TELL_MAX];
	enum otp_err err;

	err = otp_credentials_load(
	    &cli->credentials, &cli->globals, getenv("CREDENTIALS_DIRECTORY"), &cli->answer.why);
	if (err != OTP_OK)
		return err;
	(void)otp_tell_format(question, sizeof(question), message,
	    (const char *const[]){ NULL, who, what }, 2);
	return otp_credentials_get(&cli->credentials, which, question, ret, &cli->answer.why);
}

static bool
must_show(const struct otp_cli *cli)
{
	if (cli->globals.is_dry_run || cli->verb->shows == OTP_SHOWS_NONE)
		return false;
	return (cli->verb->flags & OTP_FLAG_ROOT_FREE) == 0 || cli->globals.as != NULL ||
	    !otp_service_is_privileged(cli);
}

enum otp_err
otp_service_knock(struct otp_cli *cli)
{
	enum otp_err err = OTP_OK;

	if (cli->conf.socket[0] != '\0')
		err = connect_service(cli);
	otp_service_close(cli);
	return err;
}

enum otp_err
otp_service_prove(struct otp_cli *cli)
{
	const char *what = cli->command->name, *unused;
	enum otp_err err;

	if (!must_show(cli))
		return OTP_OK;
	/* otpd would say so too, but only after the password was typed */
	if (cli->globals.as == NULL && (cli->verb->roles & OTP_ROLE_BIT_ROOT) == 0 &&
	    otp_service_is_privileged(cli))
		return (cli->verb->roles & OTP_ROLE_BIT_GENERAL) != 0 ?
		    OTP_WHY(&cli->answer.why, OTP_ERR_NOT_PERMITTED, ROOT_NEEDS_USER) :
		    OTP_WHY(&cli->answer.why, OTP_ERR_NOT_PERMITTED, ROOT_NEEDS_AS);
	err = otp_service_knock(cli);
	if (err == OTP_OK)
		err = otp_service_credential(cli, OTP_CREDENTIAL_CONFIRM,
		    cli->verb->verb == OTP_VERB_PASSWORD_SET ? OTP_MESSAGE_PROMPT_CONFIRM_OLD :
		    OTP_MESSAGE_PROMPT_CONFIRM, what, &unused);
	if (err == OTP_OK && cli->verb->shows == OTP_SHOWS_CK)
		err = otp_service_credential(
		    cli, OTP_CREDENTIAL_CODE, OTP_MESSAGE_PROMPT_CODE, what, &unused);
	if (err == OTP_OK && cli->globals.second != NULL)
		err = otp_service_credential(cli, OTP_CREDENTIAL_SECOND_CONFIRM,
		    OTP_MESSAGE_PROMPT_CONFIRM, what, &unused);
	if (err == OTP_OK && cli->globals.second != NULL)
		err = otp_service_credential(cli, OTP_CREDENTIAL_SECOND_CODE,
		    OTP_MESSAGE_PROMPT_CODE, what, &unused);
	return err;
}

static enum otp_err
put_credential(struct otp_cli *cli, struct otp_fields *to, enum otp_credential which,
    enum otp_field field)
{
	if (!cli->credentials.has[which] || otp_fields_has(to, field))
		return OTP_OK;
	return otp_fields_put_str(to, field, cli->credentials.secret[which].text);
}

/* Who asks, and what he shows. */
static enum otp_err
add_operator(struct otp_cli *cli, struct otp_fields *to)
{
	char login[OTP_NAME_MAX + 1];
	enum otp_err err;

	err = otp_fields_put_str(to, OTP_FIELD_AS, cli->globals.as);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_REASON, cli->globals.reason);
	if (err == OTP_OK && otp_service_is_privileged(cli)) {
		login_user(login, sizeof(login));
		if (login[0] != '\0')
			err = otp_fields_put_str(to, OTP_FIELD_LOGIN_USER, login);
	}
	if (err == OTP_OK && cli->verb->verb == OTP_VERB_REGISTER)
		err = put_credential(cli, to, OTP_CREDENTIAL_CODE, OTP_FIELD_CODE);
	if (err != OTP_OK || !must_show(cli) || cli->was_shown)
		return err;
	err = put_credential(cli, to, OTP_CREDENTIAL_CONFIRM, OTP_FIELD_CONFIRM);
	if (err == OTP_OK && cli->verb->shows == OTP_SHOWS_CK)
		err = put_credential(cli, to, OTP_CREDENTIAL_CODE, OTP_FIELD_CODE);
	if (err == OTP_OK)
		err = otp_fields_put_str(to, OTP_FIELD_SECOND, cli->globals.second);
	if (err == OTP_OK)
		err = put_credential(
		    cli, to, OTP_CREDENTIAL_SECOND_CONFIRM, OTP_FIELD_SECOND_CONFIRM);
	if (err == OTP_OK)
		err = put_credential(cli, to, OTP_CREDENTIAL_SECOND_CODE, OTP_FIELD_SECOND_CODE);
	return err;
}

static enum otp_err
call_once(struct otp_cli *cli, const struct otp_request *request, otp_client_row row, void *ctx)
{
	/* the rows are borrowed: they may be many */
	struct otp_request whole = { .verb = cli->verb->verb, .dry_run = request->dry_run,
		.fields = OTP_FIELDS_INIT, .rows = request->rows };
	enum otp_err err;

	otp_answer_clear(&cli->answer);
	err = otp_fields_copy(&whole.fields, &request->fields);
	if (err == OTP_OK)
		err = add_operator(cli, &whole.fields);
	if (err == OTP_OK)
		err = connect_service(cli);
	if (err == OTP_OK)
		err =
		    otp_client_call(cli->client, &whole, row, ctx, &cli->answer, &cli->answer.why);
	otp_fields_clear(&whole.fields);
	if (err != OTP_OK) {
		otp_service_close(cli);
		return err;
	}
	if (cli->answer.err == OTP_OK && (cli->verb->flags & OTP_FLAG_BATCH) != 0 && must_show(cli))
		cli->was_shown = true;
	return cli->answer.err;
}

enum otp_err
otp_service_call(struct otp_cli *cli, struct otp_request *request, otp_client_row row, void *ctx)
{
	struct otp_credentials *c = &cli->credentials;
	enum otp_err err;

	request->dry_run = request->dry_run || cli->globals.is_dry_run;
	err = call_once(cli, request, row, ctx);
	if (err == OTP_ERR_NEXT_CODE && c->was_typed[OTP_CREDENTIAL_CODE]) {
		const char *unused;

		otp_credentials_forget(c, OTP_CREDENTIAL_CODE);
		otp_why_clear(&cli->answer.why);
		err = otp_service_credential(cli, OTP_CREDENTIAL_CODE,
		    OTP_MESSAGE_PROMPT_NEXT_CODE, NULL, &unused);
		/* whose token it was is not said: a fresh code is right for both */
		if (err == OTP_OK && c->was_typed[OTP_CREDENTIAL_SECOND_CODE]) {
			otp_credentials_forget(c, OTP_CREDENTIAL_SECOND_CODE);
			err = otp_service_credential(cli, OTP_CREDENTIAL_SECOND_CODE,
			    OTP_MESSAGE_PROMPT_NEXT_CODE, NULL, &unused);
		}
		if (err == OTP_OK)
			err = call_once(cli, request, row, ctx);
	}
	return err;
}

enum otp_err
otp_service_take_text(struct otp_cli *cli)
{
	char text[OTP_TELL_MAX];

	if (cli->answer.why.message == OTP_MESSAGE_NONE ||
	    otp_fields_has(&cli->answer.fields, OTP_FIELD_TEXT))
		return OTP_OK;
	return otp_fields_put_str(&cli->answer.fields, OTP_FIELD_TEXT,
	    otp_lang_why(text, sizeof(text), OTP_OK, &cli->answer.why));
}

void
otp_service_forget_look(struct otp_cli *cli)
{
	otp_fields_clear(&cli->answer.fields);
	otp_rows_clear(&cli->answer.rows);
	cli->answer.n_warnings = 0;
	cli->answer.changed = false;
}

void
otp_service_tell(const struct otp_cli *cli)
{
	const struct otp_globals *g = &cli->globals;

	if (g->format != OTP_FORMAT_TABLE)
		return;
	if (g->is_dry_run && cli->answer.changed)
		OTP_TELL(g, SAID_WOULD_CHANGE);
	else if (g->is_dry_run)
		OTP_TELL(g, SAID_WOULD_NOT_CHANGE);
	else if (cli->answer.changed)
		OTP_TELL(g, SAID_DONE);
	else
		OTP_TELL(g, SAID_UNCHANGED);
}
