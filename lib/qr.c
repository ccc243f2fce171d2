/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QR codes, for a terminal and as PNG; the only file that includes libqrencode and libpng. */
#include "config.h"

#include "qr.h"

#ifdef HAVE_QRENCODE

#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define QUIET 4		/* light modules around it, ISO 18004 */
#define PIXELS 8	/* of a module */

enum otp_err
otp_qr_is_there(struct otp_why *why)
{
	(void)why;
	return OTP_OK;
}

static void
qr_free(QRcode *qr)
{
	if (qr != NULL)
		otp_wipe(qr->data, (size_t)qr->width * (size_t)qr->width);
	QRcode_free(qr);
}

static bool
is_dark(const QRcode *qr, int x, int y)
{
	x -= QUIET;
	y -= QUIET;
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width &&
	    (qr->data[y * qr->width + x] & 1) != 0;
}

static enum otp_err
encode(const char *text, QRcode **ret)
{
	*ret = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	return *ret != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

/* Two rows of modules a line: the colours are set, so that it is dark on light on every terminal. */
static enum otp_err
put_blocks(const QRcode *qr, int y, struct otp_bytes *ret)
{
	static const char *const block[4] = { " ", "\u2584", "\u2580", "\u2588" };
	int size = qr->width + 2 * QUIET;
	enum otp_err err = otp_text_put(ret, "\033[30;107m");

	for (int x = 0; err == OTP_OK && x < size; x++)
		err = otp_text_put(
		    ret, block[(is_dark(qr, x, y) ? 2 : 0) + (is_dark(qr, x, y + 1) ? 1 : 0)]);
	return err == OTP_OK ? otp_text_put(ret, "\033[0m\n") : err;
}

static enum otp_err
put_plain(const QRcode *qr, int y, struct otp_bytes *ret)
{
	int size = qr->width + 2 * QUIET;
	enum otp_err err = OTP_OK;

	for (int x = 0; err == OTP_OK && x < size; x++)
		err = otp_text_put(ret, is_dark(qr, x, y) ? "##" : "  ");
	return err == OTP_OK ? otp_text_put(ret, "\n") : err;
}

enum otp_err
otp_qr_text(const char *text, bool is_plain, struct otp_bytes *ret)
{
	QRcode *qr = NULL;
	enum otp_err err = encode(text, &qr);

	for (int y = 0; err == OTP_OK && y < qr->width + 2 * QUIET; y += is_plain ? 1 : 2)
		err = is_plain ? put_plain(qr, y, ret) : put_blocks(qr, y, ret);
	qr_free(qr);
	return err;
}

/* One byte a pixel. */
static uint8_t *
draw(const QRcode *qr, size_t size)
{
	uint8_t *pixel = malloc(size * size);

	for (size_t i = 0; pixel != NULL && i < size * size; i++)
		pixel[i] = is_dark(qr, (int)(i % size / PIXELS), (int)(i / size / PIXELS)) ? 0 : 255;
	return pixel;
}

enum otp_err
otp_qr_png(const char *text, struct otp_bytes *ret)
{
	png_image image = { .version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_GRAY };
	uint8_t *pixel = NULL, *out = NULL;
	png_alloc_size_t len = 0;
	QRcode *qr = NULL;
	size_t size = 0;
	enum otp_err err;

	err = encode(text, &qr);
	if (err != OTP_OK)
		goto out;
	size = (size_t)(qr->width + 2 * QUIET) * PIXELS;
	image.width = image.height = (png_uint_32)size;
	pixel = draw(qr, size);
	err = OTP_ERR_NO_MEMORY;
	if (pixel == NULL || !png_image_write_get_memory_size(image, len, 0, pixel, 0, NULL))
		goto out;
	out = malloc(len);
	if (out == NULL || !png_image_write_to_memory(&image, out, &len, 0, pixel, 0, NULL))
		goto out;
	err = otp_bytes_append(ret, out, len);
out:
	png_image_free(&image);
	if (out != NULL)
		otp_wipe(out, len);
	if (pixel != NULL)
		otp_wipe(pixel, size * size);
	free(out);
	free(pixel);
	qr_free(qr);
	return err;
}

#else

enum otp_err
otp_qr_is_there(struct otp_why *why)
{
	return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, QR_NONE);
}

enum otp_err
otp_qr_text(const char *text, bool is_plain, struct otp_bytes *ret)
{
	(void)text;
	(void)is_plain;
	(void)ret;
	return otp_qr_is_there(NULL);
}

enum otp_err
otp_qr_png(const char *text, struct otp_bytes *ret)
{
	(void)text;
	(void)ret;
	return otp_qr_is_there(NULL);
}

#endif
