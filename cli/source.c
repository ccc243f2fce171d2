/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a command takes in: read with the caller's rights, their bad lines named. */
#include "config.h"

#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "tell.h"

enum otp_err
otp_source_read(struct otp_cli *cli, const char *path, size_t max, struct otp_bytes *ret)
{
	const char *credentials = cli->globals.credentials;
	bool is_stdin = strcmp(path, "-") == 0;
	enum otp_err err;
	int fd;

	if (is_stdin && credentials != NULL && strcmp(credentials, "-") == 0)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, STDIN_TWICE);
	/* a pipe or a link of the caller's is as good as a file */
	fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
		      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return OTP_WHY(&cli->answer.why, errno == ENOENT ? OTP_ERR_NOT_FOUND :
		    OTP_ERR_NOT_PERMITTED, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	err = otp_file_read_all(fd, path, max, ret, &cli->answer.why);
	otp_file_close(&fd);
	return err;
}

enum otp_err
otp_source_say(struct otp_cli *cli, const char *path, unsigned line, enum otp_field field,
    const char *name, const char *result, const char *text)
{
	struct otp_fields row = OTP_FIELDS_INIT;
	enum otp_err err;

	if (cli->globals.format == OTP_FORMAT_TABLE || cli->globals.format == OTP_FORMAT_CSV) {
		otp_tell_line(path, line, text);
		return OTP_OK;
	}
	err = otp_fields_put_int(&row, OTP_FIELD_LINE, line);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, field, name);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_RESULT, result);
	if (err == OTP_OK)
		err = otp_fields_put_str(&row, OTP_FIELD_TEXT, text);
	if (err == OTP_OK)
		err = otp_output_row(&cli->output, &row);
	otp_fields_clear(&row);
	return err;
}
