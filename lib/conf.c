/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm.conf: the file, its lines and its keys, out of conf.def; values are confvalue.c's. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "confvalue.h"
#include "file.h"
#include "otp_paths.h"

#define N_(s) s
#define FILE_MAX_BYTES 65536

static const struct otp_conf_spec specs[] = {
#define X(key, type, def, min, max, help) \
	{ #key, OTP_CONF_TYPE_##type, def, min, max, help, offsetof(struct otp_conf, key) },
#include "conf.def"
#undef X
};
#define N_SPECS (sizeof(specs) / sizeof(*specs))

static const struct otp_conf_spec *
spec_of(const char *key)
{
	for (size_t i = 0; i < N_SPECS; i++)
		if (strcmp(specs[i].key, key) == 0)
			return &specs[i];
	return NULL;
}

static void *
member(struct otp_conf *conf, const struct otp_conf_spec *spec)
{
	return (char *)conf + spec->offset;
}

static const void *
member_const(const struct otp_conf *conf, const struct otp_conf_spec *spec)
{
	return (const char *)conf + spec->offset;
}

void
otp_conf_default(struct otp_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	/* a default that its own key refuses would stay empty: a unit test looks */
	for (size_t i = 0; i < N_SPECS; i++)
		(void)otp_conf_value_read(&specs[i], specs[i].def, member(conf, &specs[i]));
}

enum otp_err
otp_conf_set(struct otp_conf *conf, const char *key, const char *value, const char *where,
    unsigned line, struct otp_why *why)
{
	const struct otp_conf_spec *spec = spec_of(key);

	if (spec == NULL)
		return OTP_WHY(why, OTP_ERR_CONFIG, CONF_UNKNOWN_KEY, where, OTP_WHY_NUM(line),
		    key);
	if (!otp_conf_value_read(spec, value, member(conf, spec)))
		return OTP_WHY(why, OTP_ERR_CONFIG, CONF_BAD_VALUE, where, OTP_WHY_NUM(line), key,
		    value);
	return OTP_OK;
}

static char *
strip_blanks(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return text + strspn(text, " \t");
}

/* One line, without its end; it is cut into key and value in place. */
static enum otp_err
read_line(struct otp_conf *conf, char *text, unsigned line, bool seen[], struct otp_why *why)
{
	char *key = strip_blanks(text);
	char *equals = strchr(key, '=');
	const struct otp_conf_spec *spec;
	const char *value;

	if (*key == '\0' || *key == '#')
		return OTP_OK;
	if (equals == NULL || equals == key)
		return OTP_WHY(why, OTP_ERR_CONFIG, CONF_BAD_LINE, conf->file, OTP_WHY_NUM(line));
	*equals = '\0';
	key = strip_blanks(key);
	value = strip_blanks(equals + 1);
	spec = spec_of(key);
	if (spec != NULL && seen[spec - specs])
		return OTP_WHY(why, OTP_ERR_CONFIG, CONF_TWICE, conf->file, OTP_WHY_NUM(line), key);
	if (spec != NULL)
		seen[spec - specs] = true;
	return otp_conf_set(conf, key, value, conf->file, line, why);
}

static enum otp_err
read_lines(struct otp_conf *conf, char *text, size_t len, struct otp_why *why)
{
	bool seen[N_SPECS] = { false };
	char *end = text + len;
	enum otp_err err = OTP_OK;

	for (unsigned line = 1; text < end && err == OTP_OK; line++) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline != NULL ? newline : end) - text);

		/* a NUL would hide what comes behind it */
		if (memchr(text, 0, n) != NULL)
			return OTP_WHY(why, OTP_ERR_CONFIG, CONF_BAD_LINE, conf->file,
			    OTP_WHY_NUM(line));
		text[n] = '\0';
		err = read_line(conf, text, line, seen, why);
		text += n + 1;
	}
	return err;
}

enum otp_err
otp_conf_load(const char *path, uid_t owner, struct otp_conf *ret_conf, struct otp_why *why)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	struct otp_conf conf;
	enum otp_err err;
	int fd = -1;

	memset(ret_conf, 0, sizeof(*ret_conf));
	otp_conf_default(&conf);
	if (strlen(path) >= sizeof(conf.file))
		return OTP_WHY(why, OTP_ERR_CONFIG, CANNOT_OPEN, path, OTP_WHY_ERRNO(ENAMETOOLONG));
	(void)snprintf(conf.file, sizeof(conf.file), "%s", path);
	err = otp_file_open(AT_FDCWD, path, O_RDONLY, owner, OTP_FILE_NOT_WRITABLE, &fd, why);
	if (err != OTP_OK)
		goto out;
	err = otp_file_read_all(fd, path, FILE_MAX_BYTES, &text, why);
	if (err != OTP_OK)
		goto out;
	/* the byte behind the last one is the buffer's own, for the last line's NUL */
	err = read_lines(&conf, (char *)text.data, text.len, why);
	if (err == OTP_OK)
		*ret_conf = conf;
out:
	otp_bytes_clear(&text);
	otp_file_close(&fd);
	/* whose file it is, and how long, is a matter of configuration too */
	return err == OTP_ERR_NOT_PERMITTED || err == OTP_ERR_BAD_INPUT ? OTP_ERR_CONFIG : err;
}

bool
otp_conf_item(const struct otp_conf *conf, size_t index, struct otp_conf_item *ret_item)
{
	struct otp_conf plain;
	char value[OTP_CONF_TEXT_MAX];

	memset(ret_item, 0, sizeof(*ret_item));
	if (index >= N_SPECS)
		return false;
	otp_conf_default(&plain);
	otp_conf_value_show(&specs[index], member_const(&plain, &specs[index]), value);
	ret_item->key = specs[index].key;
	ret_item->type = otp_conf_type_name(specs[index].type);
	ret_item->help = specs[index].help;
	otp_conf_value_show(&specs[index], member_const(conf, &specs[index]), ret_item->value);
	ret_item->is_default = strcmp(value, ret_item->value) == 0;
	/* 24h stays 24h, though it would be shown as 1d */
	if (ret_item->is_default)
		(void)snprintf(ret_item->value, sizeof(ret_item->value), "%s", specs[index].def);
	return true;
}
