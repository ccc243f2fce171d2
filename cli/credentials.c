/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords and codes from a file, a descriptor, systemd's directory or the terminal only. */
#include "config.h"

#include "credentials.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "prompt.h"

#define FILE_MAX 8192

static const char *const names[OTP_CREDENTIAL_COUNT] = {
	[OTP_CREDENTIAL_CONFIRM] = "confirm",
	[OTP_CREDENTIAL_CODE] = "code",
	[OTP_CREDENTIAL_NEW_CONFIRM] = "new-confirm",
	[OTP_CREDENTIAL_SECOND_CONFIRM] = "second-confirm",
	[OTP_CREDENTIAL_SECOND_CODE] = "second-code",
	[OTP_CREDENTIAL_CODE1] = "code1",
	[OTP_CREDENTIAL_CODE2] = "code2",
	[OTP_CREDENTIAL_SECRET] = "secret",
};

void
otp_credentials_clear(struct otp_credentials *c)
{
	for (size_t i = 0; i < OTP_CREDENTIAL_COUNT; i++)
		otp_secret_clear(&c->secret[i]);
	otp_wipe(c, sizeof(*c));
}

void
otp_credentials_forget(struct otp_credentials *c, enum otp_credential which)
{
	otp_secret_clear(&c->secret[which]);
	c->has[which] = false;
	c->was_typed[which] = false;
}

static enum otp_err
put(struct otp_credentials *c, enum otp_credential which, const char *value, size_t len,
    const char *where, struct otp_why *why)
{
	if (c->has[which])
		return OTP_OK;		/* an earlier source counts */
	if (otp_secret_set(&c->secret[which], value, len) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_UNFIT, where, names[which]);
	c->has[which] = true;
	return OTP_OK;
}

/* Lines `name=value`, each name once. */
static enum otp_err
read_lines(struct otp_credentials *c, const struct otp_bytes *content, const char *where,
    struct otp_why *why)
{
	const char *p = (const char *)content->data;
	const char *end = p + content->len;
	bool seen[OTP_CREDENTIAL_COUNT] = { false };
	unsigned line = 0;

	while (content->len > 0 && p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((eol != NULL ? eol : end) - p);
		const char *equal = memchr(p, '=', len);
		size_t name_len = equal != NULL ? (size_t)(equal - p) : 0;
		size_t which = 0;
		enum otp_err err;

		line++;
		while (which < OTP_CREDENTIAL_COUNT && (strlen(names[which]) != name_len ||
		    memcmp(names[which], p, name_len) != 0))
			which++;
		if (len > 0 && which == OTP_CREDENTIAL_COUNT)
			return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_BAD_LINE, where,
			    OTP_WHY_NUM(line));
		if (len > 0) {
			if (seen[which])
				return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_TWICE, where,
				    names[which]);
			seen[which] = true;
			err = put(c, (enum otp_credential)which, equal + 1, len - name_len - 1,
			    where, why);
			if (err != OTP_OK)
				return err;
		}
		p += len + (eol != NULL);
	}
	return OTP_OK;
}

static enum otp_err
load_file(struct otp_credentials *c, const char *path, struct otp_why *why)
{
	struct otp_bytes content = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;
	int fd = -1;

	if (strcmp(path, "-") == 0) {
		fd = dup(STDIN_FILENO);
		if (fd < 0)
			err = OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_UNREADABLE, path);
	} else {
		err =
		    otp_file_open(AT_FDCWD, path, O_RDONLY, geteuid(), OTP_FILE_PRIVATE, &fd, why);
	}
	if (err == OTP_OK)
		err = otp_file_read_all(fd, path, FILE_MAX, &content, why);
	if (err == OTP_OK)
		err = read_lines(c, &content, path, why);
	otp_bytes_clear(&content);
	otp_file_close(&fd);
	return err;
}

/* The whole of a descriptor or file is one secret; one line end behind it is not part of it. */
static enum otp_err
load_one(struct otp_credentials *c, enum otp_credential which, int fd, const char *where,
    struct otp_why *why)
{
	struct otp_bytes content = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_file_read_all(fd, where, FILE_MAX, &content, why);
	if (err == OTP_OK) {
		size_t len = content.len;

		if (len > 0 && content.data[len - 1] == '\n')
			len--;
		if (len == 0)
			err = OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_UNFIT, where, names[which]);
		else
			err = put(c, which, (const char *)content.data, len, where, why);
	}
	otp_bytes_clear(&content);
	return err;
}

static enum otp_err
load_fd(struct otp_credentials *c, enum otp_credential which, int fd, struct otp_why *why)
{
	char where[32] = "/dev/fd/";
	char number[24];
	size_t n = strlen(where);

	(void)otp_message_num(number, fd);
	memcpy(where + n, number, strlen(number) + 1);
	if (fcntl(fd, F_GETFD) == -1)
		return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_UNREADABLE, where);
	return load_one(c, which, fd, where, why);
}

/*
 * A file that systemd made: ours, or root's. For a service with its own user
 * it is root's, and readable through an access list that stat shows as the group's bits.
 */
static enum otp_err
open_systemd(int dir, const char *name, int *ret_fd, struct otp_why *why)
{
	struct stat st;
	enum otp_err err;

	err = otp_file_open(dir, name, O_RDONLY, geteuid(), OTP_FILE_NOT_WRITABLE, ret_fd, why);
	if (err != OTP_OK)
		return err;
	if (fstat(*ret_fd, &st) == 0 && (st.st_mode & S_IRWXO) == 0 &&
	    ((st.st_mode & S_IRWXG) == 0 || (st.st_uid == 0 && geteuid() != 0)))
		return OTP_OK;
	otp_file_close(ret_fd);
	return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, CREDENTIAL_NOT_PRIVATE, name);
}

static enum otp_err
load_directory(struct otp_credentials *c, const char *directory, struct otp_why *why)
{
	enum otp_err err = OTP_OK;
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_UNREADABLE, directory);
	for (size_t i = 0; err == OTP_OK && i < OTP_CREDENTIAL_COUNT; i++) {
		int fd = -1;

		if (faccessat(dir, names[i], F_OK, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		err = open_systemd(dir, names[i], &fd, why);
		if (err == OTP_OK)
			err = load_one(c, (enum otp_credential)i, fd, names[i], why);
		otp_file_close(&fd);
	}
	otp_file_close(&dir);
	return err;
}

enum otp_err
otp_credentials_load(struct otp_credentials *c, const struct otp_globals *g, const char *directory,
    struct otp_why *why)
{
	enum otp_err err = OTP_OK;

	if (c->is_loaded)
		return OTP_OK;
	if (g->credentials != NULL)
		err = load_file(c, g->credentials, why);
	if (err == OTP_OK && g->confirm_fd >= 0)
		err = load_fd(c, OTP_CREDENTIAL_CONFIRM, g->confirm_fd, why);
	if (err == OTP_OK && g->code_fd >= 0)
		err = load_fd(c, OTP_CREDENTIAL_CODE, g->code_fd, why);
	if (err == OTP_OK && directory != NULL && directory[0] != '\0')
		err = load_directory(c, directory, why);
	c->is_loaded = err == OTP_OK;
	return err;
}

enum otp_err
otp_credentials_get(struct otp_credentials *c, enum otp_credential which, const char *question,
    const char **ret, struct otp_why *why)
{
	enum otp_err err;

	if (!c->has[which]) {
		if (!otp_prompt_is_possible())
			return OTP_WHY(why, OTP_ERR_USAGE, CREDENTIAL_NO_TERMINAL, names[which]);
		err = otp_prompt(question, false, &c->secret[which]);
		if (err == OTP_ERR_USAGE)
			return OTP_WHY(why, err, NOTHING_ENTERED);
		if (err == OTP_ERR_BAD_INPUT)
			return OTP_WHY(why, OTP_ERR_USAGE, ENTERED_UNFIT);
		if (err != OTP_OK)
			return err;
		c->has[which] = true;
		c->was_typed[which] = true;
	}
	*ret = c->secret[which].text;
	return OTP_OK;
}
