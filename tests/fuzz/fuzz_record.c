/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the records. The first byte says which; what is accepted comes back as the same bytes. */
#include "config.h"

#include <string.h>

#include "company.h"
#include "event.h"
#include "fuzz.h"
#include "token.h"
#include "transfer.h"
#include "user.h"

const char fuzz_name[] = "record";
bool fuzz_accepted;

static enum otp_err
user(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_user u = OTP_USER_INIT;
	enum otp_err err = otp_user_decode(data, len, &u);

	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_user_encode(&u, ret) == OTP_OK);
		otp_user_wrong_add(&u, 1700000000);
		FUZZ_HOLDS(otp_user_wrong_within_day(&u, 1700000000) > 0);
	}
	otp_user_clear(&u);
	return err;
}

static enum otp_err
token(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_token t = OTP_TOKEN_INIT;
	struct otp_bytes later = OTP_BYTES_INIT;
	enum otp_err err = otp_token_decode(data, len, &t);

	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_token_encode(&t, ret) == OTP_OK);
		/* counting on never makes a record that cannot be written */
		otp_token_wrong_add(&t, 7, 1700000000);
		otp_token_unlock_add(&t, 1700000000);
		FUZZ_HOLDS(otp_token_wrong_within_day(&t, 7, 1700000000) > 0);
		FUZZ_HOLDS(otp_token_encode(&t, &later) == OTP_OK);
	}
	otp_bytes_clear(&later);
	otp_token_clear(&t);
	return err;
}

static enum otp_err
company(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_company c = OTP_COMPANY_INIT;
	enum otp_err err = otp_company_decode(data, len, &c);

	if (err == OTP_OK)
		FUZZ_HOLDS(otp_company_encode(&c, ret) == OTP_OK);
	otp_company_clear(&c);
	return err;
}

static enum otp_err
event(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_event e = OTP_EVENT_INIT;
	struct otp_bytes line = OTP_BYTES_INIT;
	enum otp_err err = otp_event_decode(data, len, &e);

	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_event_encode(&e, ret) == OTP_OK);
		FUZZ_HOLDS(otp_event_line(&e, 1, &line) == OTP_OK);
		for (size_t i = 0; i < line.len; i++)
			FUZZ_HOLDS(line.data[i] >= ' ' && line.data[i] != 0x7f);
	}
	otp_bytes_clear(&line);
	otp_event_clear(&e);
	return err;
}

static enum otp_err
transfer(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	uint8_t digest[OTP_DIGEST_SIZE];
	enum otp_err err = otp_transfer_decode(data, len, &t);

	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_transfer_encode(&t, ret) == OTP_OK);
		FUZZ_HOLDS(otp_transfer_digest(&t, digest) == OTP_OK);
	}
	return err;
}

static enum otp_err
account(const uint8_t *data, size_t len, struct otp_bytes *ret)
{
	struct otp_account a = OTP_ACCOUNT_INIT;
	enum otp_err err = otp_account_decode(data, len, &a);

	if (err == OTP_OK)
		FUZZ_HOLDS(otp_account_encode(&a, ret) == OTP_OK);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum otp_err (*const kinds[])(const uint8_t *, size_t, struct otp_bytes *) = {
		user, token, company, event, transfer, account
	};
	struct otp_bytes again = OTP_BYTES_INIT;
	enum otp_err err;

	if (len == 0)
		return 0;
	err = kinds[data[0] % 6](data + 1, len - 1, &again);
	fuzz_accepted = err == OTP_OK;
	FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_INTEGRITY);
	FUZZ_HOLDS(err != OTP_OK || (again.len == len - 1 && memcmp(again.data, data + 1, len - 1) == 0));
	otp_bytes_clear(&again);
	return 0;
}
