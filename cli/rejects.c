/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of the lines that did not go in: as they stood, with the reason behind. */
#include "config.h"

#include "rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lang.h"
#include "secret.h"
#include "tell.h"
#include "text.h"

enum otp_err
otp_rejects_open(struct otp_rejects *r, const char *path, struct otp_why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return OTP_WHY(why, OTP_ERR_EXISTS, FILE_EXISTS, path);
	if (fd < 0)
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_OPEN, path, OTP_WHY_ERRNO(errno));
	r->path = path;
	r->out = fdopen(fd, "w");
	if (r->out == NULL)
		(void)close(fd);
	return r->out != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

/* The record as it stands in the file, and a reason (NULL: none). */
static enum otp_err
put_record(
    struct otp_rejects *r, const struct otp_csv *csv, const char *reason, struct otp_why *why)
{
	struct otp_bytes line = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_bytes_append(&line, csv->data + csv->at, csv->raw_len);
	if (err == OTP_OK && reason != NULL)
		err = otp_text_put(&line, ",");
	if (err == OTP_OK && reason != NULL)
		err = otp_csv_put(&line, reason);
	if (err == OTP_OK)
		err = otp_text_put(&line, "\r\n");
	if (err == OTP_OK && fwrite(line.data, 1, line.len, r->out) != line.len)
		err = OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_WRITE, r->path, OTP_WHY_ERRNO(errno));
	otp_bytes_clear(&line);
	return err;
}

/* URIs have no column for it: a comment above the line, which reading passes over. */
static enum otp_err
put_comment(struct otp_rejects *r, const char *reason, struct otp_why *why)
{
	if (fprintf(r->out, "# %s\n", reason) >= 0)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_WRITE, r->path, OTP_WHY_ERRNO(errno));
}

enum otp_err
otp_rejects_put(struct otp_rejects *r, const struct otp_delivery *d, size_t at, unsigned line,
    enum otp_err why_not, const struct otp_why *reason, struct otp_why *why)
{
	bool has_column = d->is_uris || d->column[OTP_DELIVERY_REASON] >= 0;
	struct otp_csv again = { 0 };
	char text[OTP_TELL_MAX];
	enum otp_err err = OTP_OK;

	if (r->out == NULL)
		return OTP_OK;
	otp_csv_init(&again, d->csv.data, d->csv.len);
	if (!r->is_kept && !d->is_uris) {
		(void)otp_csv_next(&again, NULL);	/* the header */
		err = put_record(r, &again, has_column ? NULL : "reason", why);
	}
	r->is_kept = true;
	(void)otp_lang_why(text, sizeof(text), why_not, reason);
	if (err == OTP_OK && d->is_uris)
		err = put_comment(r, text, why);
	if (err == OTP_OK) {
		otp_csv_seek(&again, at, line);
		/* bad or not: at and raw_len say where it stands */
		(void)otp_delivery_record(d, &again, NULL);
		err = put_record(r, &again, has_column ? NULL : text, why);
	}
	otp_csv_clear(&again);
	return err;
}

enum otp_err
otp_rejects_sync(struct otp_rejects *r, struct otp_why *why)
{
	if (r->out != NULL && (fflush(r->out) != 0 || fsync(fileno(r->out)) != 0))
		return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_WRITE, r->path, OTP_WHY_ERRNO(errno));
	return OTP_OK;
}

void
otp_rejects_close(struct otp_rejects *r)
{
	if (r->out != NULL)
		(void)fclose(r->out);
	if (r->path != NULL && !r->is_kept)
		(void)unlink(r->path);
	memset(r, 0, sizeof(*r));
}
