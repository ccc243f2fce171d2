/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every encoding of ours must stand: cut at each length, longer by one, every byte every other value. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"

static enum otp_err
recode_copy(codec_recode recode, const void *data, size_t len, struct otp_bytes *ret)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	enum otp_err err;

	assert_non_null(copy);
	memcpy(copy, data, len);
	err = recode(copy, len, ret);
	free(copy);
	return err;
}

void
codec_refuse(codec_recode recode, enum otp_err refused, const void *data, size_t len)
{
	struct otp_bytes again = OTP_BYTES_INIT;

	assert_int_equal(recode_copy(recode, data, len, &again), refused);
	otp_bytes_clear(&again);
}

static void
same_or_refused(codec_recode recode, enum otp_err refused, const uint8_t *data, size_t len)
{
	struct otp_bytes again = OTP_BYTES_INIT;
	enum otp_err err = recode_copy(recode, data, len, &again);

	if (err == OTP_OK) {
		assert_int_equal(again.len, len);
		assert_memory_equal(again.data, data, len);
	} else {
		assert_int_equal(err, refused);
	}
	otp_bytes_clear(&again);
}

void
codec_hold(codec_recode recode, enum otp_err refused, const struct otp_bytes *good)
{
	struct otp_bytes again = OTP_BYTES_INIT;
	uint8_t *data = malloc(good->len + 1);

	assert_non_null(data);
	assert_int_equal(recode_copy(recode, good->data, good->len, &again), OTP_OK);
	assert_int_equal(again.len, good->len);
	assert_memory_equal(again.data, good->data, good->len);
	otp_bytes_clear(&again);
	memcpy(data, good->data, good->len);
	for (size_t len = 0; len < good->len; len++)
		codec_refuse(recode, refused, data, len);
	data[good->len] = 0;
	codec_refuse(recode, refused, data, good->len + 1);
	for (size_t i = 0; i < good->len; i++) {
		for (unsigned change = 1; change < 256; change++) {
			data[i] = (uint8_t)(good->data[i] ^ change);
			same_or_refused(recode, refused, data, good->len);
		}
		data[i] = good->data[i];
	}
	free(data);
}
