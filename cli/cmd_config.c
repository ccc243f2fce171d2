/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm config: show what is in force; check what it names on this host. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "lang.h"
#include "service.h"
#include "tell.h"

#define SITE_TIMEOUT_MS 10000	/* a service that hangs does not keep the rest from being said */

static const enum otp_field show_columns[] = { OTP_FIELD_KEY, OTP_FIELD_VALUE, OTP_FIELD_DEFAULT,
	OTP_FIELD_NONE };
static const enum otp_field check_columns[] = { OTP_FIELD_KEY, OTP_FIELD_PATH, OTP_FIELD_RESULT,
	OTP_FIELD_TEXT, OTP_FIELD_NONE };

static enum otp_err
show(struct otp_cli *cli)
{
	struct otp_conf_item item;
	enum otp_err err;

	err = otp_cli_load_conf(cli);
	for (size_t i = 0; err == OTP_OK && otp_conf_item(&cli->conf, i, &item); i++) {
		struct otp_fields row = OTP_FIELDS_INIT;

		err = otp_fields_put_str(&row, OTP_FIELD_KEY, item.key);
		if (err == OTP_OK)
			err = otp_fields_put_str(&row, OTP_FIELD_VALUE, item.value);
		if (err == OTP_OK)
			err = otp_fields_put_bool(&row, OTP_FIELD_DEFAULT, item.is_default);
		if (err == OTP_OK)
			err = otp_output_row(&cli->output, &row);
		otp_fields_clear(&row);
	}
	return err;
}

enum kind { KIND_PRIVATE_DIRECTORY, KIND_PUBLIC_DIRECTORY, KIND_PROGRAM };

/* What `config check` has found so far. */
struct check {
	struct otp_cli *cli;
	uid_t owner;			/* of the store */
	unsigned n, n_bad;
};

/* One line: a thing, and what is wrong with it (why empty: nothing). */
static enum otp_err
report(struct check *c, const char *key, const char *path, const char *result,
    const struct otp_why *why)
{
	struct otp_fields row = OTP_FIELDS_INIT;
	char text[OTP_TELL_MAX];
	enum otp_err err;

	c->n++;
	c->n_bad += strcmp(result, "bad") == 0;
	err = otp_fields_put_str(&row, OTP_FIELD_KEY, key);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_PATH, path);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_RESULT, result);
	if (err == OTP_OK && why->message != OTP_MESSAGE_NONE)
		err = otp_fields_put_str(&row, OTP_FIELD_TEXT,
		    otp_lang_why(text, sizeof(text), OTP_OK, why));
	if (err == OTP_OK)
		err = otp_output_row(&c->cli->output, &row);
	otp_fields_clear(&row);
	return err;
}

/* btrfs copies a block before it changes: prepared zeros would not help on a full disk. */
static bool
copies_on_write(const char *path)
{
	struct statfs fs;
	int flags = 0, fd;
	bool is_nocow;

	if (statfs(path, &fs) != 0 || (unsigned long)fs.f_type != BTRFS_SUPER_MAGIC)
		return false;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	is_nocow = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NOCOW_FL) != 0;
	otp_file_close(&fd);
	return !is_nocow;
}

static const char *
judge(const struct check *c, const char *path, enum kind kind, struct otp_why *why)
{
	struct stat st;
	char mode[8];

	if (stat(path, &st) != 0) {
		if (errno != ENOENT) {
			(void)OTP_WHY(why, OTP_OK, CHECK_UNSEEN);
			return "unknown";
		}
		(void)OTP_WHY(why, OTP_OK, CHECK_ABSENT);
		return "bad";
	}
	(void)snprintf(mode, sizeof(mode), "%04o", (unsigned)(st.st_mode & 07777));
	if (kind == KIND_PROGRAM && (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0))
		(void)OTP_WHY(why, OTP_OK, CHECK_NOT_PROGRAM);
	else if (kind != KIND_PROGRAM && !S_ISDIR(st.st_mode))
		(void)OTP_WHY(why, OTP_OK, CHECK_NOT_DIRECTORY);
	else if (st.st_uid != c->owner && st.st_uid != 0)
		(void)OTP_WHY(
		    why, OTP_OK, CHECK_OWNER, OTP_WHY_NUM(st.st_uid), OTP_WHY_NUM(c->owner));
	else if (kind == KIND_PRIVATE_DIRECTORY && (st.st_mode & 077) != 0)
		(void)OTP_WHY(why, OTP_OK, CHECK_MODE_PRIVATE, mode);
	else if ((st.st_mode & 022) != 0)
		(void)OTP_WHY(why, OTP_OK, CHECK_MODE_WRITABLE, mode);
	else if (kind == KIND_PRIVATE_DIRECTORY && copies_on_write(path))
		(void)OTP_WHY(why, OTP_OK, CHECK_COPY_ON_WRITE);
	return why->message == OTP_MESSAGE_NONE ? "ok" : "bad";
}

static enum otp_err
check_one(struct check *c, const char *key, const char *path, enum kind kind)
{
	struct otp_why why = OTP_WHY_INIT;
	const char *result = judge(c, path, kind, &why);

	return report(c, key, path, result, &why);
}

static bool
is_damage(enum otp_err err)
{
	return otp_err_exit(err) == otp_err_exit(OTP_ERR_INTEGRITY);
}

/*
 * What only otpd knows: is this site about to lock itself out? Where it cannot
 * be asked (not there, no store yet, not by this user), that is said, and is nothing bad.
 */
static enum otp_err
check_site(struct check *c)
{
	struct otp_cli *cli = c->cli;
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_why why[OTP_WIRE_WARNINGS_MAX + 1] = { OTP_WHY_INIT };
	size_t n;
	enum otp_err asked, err = OTP_OK;

	cli->verb = otp_verb_info(OTP_VERB_SITE_CHECK);
	if (cli->globals.timeout_ms > SITE_TIMEOUT_MS)
		cli->globals.timeout_ms = SITE_TIMEOUT_MS;
	asked = otp_service_call(cli, &request, NULL, NULL);
	n = asked == OTP_OK ? cli->answer.n_warnings : 0;
	for (size_t i = 0; i < n; i++)
		why[i] = cli->answer.warning[i];
	if (asked != OTP_OK)
		why[0] = cli->answer.why;
	if (asked != OTP_OK && why[0].message == OTP_MESSAGE_NONE)
		(void)OTP_WHY(&why[0], OTP_OK, CHECK_UNSEEN);
	otp_answer_clear(&cli->answer);
	otp_service_close(cli);
	cli->verb = NULL;
	if (n == 0)
		return report(c, "site", NULL, asked == OTP_OK ? "ok" :
		    is_damage(asked) ? "bad" : "unknown", &why[0]);
	for (size_t i = 0; err == OTP_OK && i < n; i++)
		err = report(c, "site", NULL,
		    why[i].message == OTP_MESSAGE_SITE_NO_MASTER ? "bad" : "warn", &why[i]);
	return err;
}

static enum otp_err
check(struct otp_cli *cli)
{
	struct check c = { .cli = cli, .owner = geteuid() };
	char run_dir[OTP_CONF_TEXT_MAX];
	struct stat st;
	char *slash;
	enum otp_err err;

	err = otp_cli_load_conf(cli);
	if (err != OTP_OK)
		return err;
	if (stat(cli->conf.store, &st) == 0)
		c.owner = st.st_uid;
	err = check_one(&c, "store", cli->conf.store, KIND_PRIVATE_DIRECTORY);
	if (err == OTP_OK)
		err = check_one(&c, "keys", cli->conf.keys, KIND_PRIVATE_DIRECTORY);
	if (err == OTP_OK)
		err = check_one(&c, "state", cli->conf.state, KIND_PRIVATE_DIRECTORY);
	(void)snprintf(run_dir, sizeof(run_dir), "%s", cli->conf.socket);
	slash = strrchr(run_dir, '/');
	if (err == OTP_OK && slash != NULL) {
		slash[slash == run_dir ? 1 : 0] = '\0';
		err = check_one(&c, "socket", run_dir, KIND_PUBLIC_DIRECTORY);
	}
	if (err == OTP_OK)
		err = check_one(&c, "otpd", cli->conf.otpd, KIND_PROGRAM);
	if (err == OTP_OK)
		err = check_site(&c);
	if (err == OTP_OK && c.n_bad > 0)
		err = OTP_WHY(&cli->answer.why, OTP_ERR_CONFIG, CHECK_BAD, OTP_WHY_NUM(c.n_bad),
		    OTP_WHY_NUM(c.n));
	return err;
}

const struct otp_command otp_cmd_config_show = {
	.name = "config show",
	.help = OTP_MESSAGE_HELP_CONFIG_SHOW,
	.arguments = "",
	.is_list = true,
	.columns = show_columns,
	.run = show,
};

const struct otp_command otp_cmd_config_check = {
	.name = "config check",
	.help = OTP_MESSAGE_HELP_CONFIG_CHECK,
	.arguments = "",
	.is_list = true,
	.columns = check_columns,
	.run = check,
};
