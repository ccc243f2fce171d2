/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where single-use words go: the terminal, or a private file. Never JSON, never a pipe. */
#include "config.h"

#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "prompt.h"
#include "secret.h"
#include "tell.h"
#include "text.h"

static enum otp_err
open_file(struct otp_words *w, const char *path, struct otp_why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return OTP_WHY(why, OTP_ERR_EXISTS, FILE_EXISTS, path);
	if (fd < 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	w->out = fdopen(fd, "w");
	w->path = path;
	if (w->out == NULL) {
		(void)close(fd);
		(void)unlink(path);
		return OTP_ERR_NO_MEMORY;
	}
	return OTP_OK;
}

enum otp_err
otp_words_open(struct otp_words *w, const char *path, bool may_stdout, struct otp_why *why)
{
	int fd;

	if (path != NULL)
		return open_file(w, path, why);
	if (may_stdout && isatty(STDOUT_FILENO) == 1)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = otp_prompt_open();
	if (fd < 0)
		return OTP_WHY(why, OTP_ERR_USAGE, WORDS_HAVE_NO_PLACE);
	w->out = fdopen(fd, "w");
	if (w->out == NULL)
		(void)close(fd);
	else	/* words do not stay in a buffer of stdio's */
		(void)setvbuf(w->out, NULL, _IONBF, 0);
	return w->out != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

enum otp_err
otp_words_put(struct otp_words *w, const char *user, const char *word, struct otp_why *why)
{
	struct otp_bytes line = OTP_BYTES_INIT;
	char text[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;

	if (w->path == NULL) {
		(void)fprintf(w->out, "%s\n", OTP_TELL_FORMAT(text, SAID_WORD_LINE, user, word));
		otp_wipe(text, sizeof(text));
		return OTP_OK;
	}
	if (!w->is_kept)
		err = otp_text_put(&line, "user,word\r\n");
	if (err == OTP_OK)
		err = otp_csv_put(&line, user);
	if (err == OTP_OK)
		err = otp_text_put(&line, ",");
	if (err == OTP_OK)
		err = otp_csv_put(&line, word);
	if (err == OTP_OK)
		err = otp_text_put(&line, "\r\n");
	w->is_kept = true;
	if (err == OTP_OK && fwrite(line.data, 1, line.len, w->out) != line.len)
		err = OTP_WHY(why, OTP_ERR_SYSTEM, WORDS_LOST, w->path, OTP_WHY_ERRNO(errno));
	otp_bytes_clear(&line);
	return err;
}

enum otp_err
otp_words_put_line(struct otp_words *w, const char *line)
{
	w->is_kept = w->path != NULL;
	return fputs(line, w->out) >= 0 && fputc('\n', w->out) != EOF ? OTP_OK : OTP_ERR_SYSTEM;
}

enum otp_err
otp_words_sync(struct otp_words *w, struct otp_why *why)
{
	if (w->out == NULL)
		return OTP_OK;
	if (fflush(w->out) != 0 || (w->is_kept && fsync(fileno(w->out)) != 0))
		return OTP_WHY(why, OTP_ERR_SYSTEM, WORDS_LOST,
		    w->path != NULL ? w->path : "/dev/tty", OTP_WHY_ERRNO(errno));
	return OTP_OK;
}

void
otp_words_close(struct otp_words *w)
{
	if (w->out != NULL)
		(void)fclose(w->out);
	if (w->path != NULL && !w->is_kept)
		(void)unlink(w->path);
	memset(w, 0, sizeof(*w));
}
