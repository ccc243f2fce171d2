/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers as packets: as many rows in each as fit, none left out. */
#include "config.h"

#include "conn.h"

#include <string.h>

/* Takes rows [from, from + n) for one packet; they come back whatever happens. */
static enum otp_err
pack_some(struct otp_rows *rows, size_t from, size_t n, struct otp_bytes *packet)
{
	struct otp_answer answer = OTP_ANSWER_INIT;

	answer.more = true;
	answer.rows.row = rows->row + from;
	answer.rows.n = n;
	return otp_wire_encode_answer(&answer, packet);
}

enum otp_err
otpd_pack_rows(struct otp_rows *rows, otpd_pack_each each, void *ctx)
{
	struct otp_bytes packet = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;
	size_t n;

	for (size_t at = 0; at < rows->n && err == OTP_OK; at += n) {
		n = rows->n - at;
		while ((err = pack_some(rows, at, n, &packet)) == OTP_ERR_OVER_LIMIT && n > 1)
			n /= 2;
		if (err == OTP_OK)
			err = each(ctx, &packet);
	}
	otp_bytes_clear(&packet);
	return err;
}

enum otp_err
otpd_pack(struct otp_answer *answer, otpd_pack_each each, void *ctx)
{
	struct otp_bytes packet = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_wire_encode_answer(answer, &packet);
	if (err == OTP_ERR_OVER_LIMIT) {
		err = otpd_pack_rows(&answer->rows, each, ctx);
		otp_rows_clear(&answer->rows);
		if (err == OTP_OK)
			err = otp_wire_encode_answer(answer, &packet);
	}
	if (err == OTP_OK)
		err = each(ctx, &packet);
	otp_bytes_clear(&packet);
	return err;
}
