/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: csv, and a delivery of tokens. What is read means one thing, also when written or
 * read again. */
#include "config.h"

#include <string.h>

#include "csv.h"
#include "delivery.h"
#include "fuzz.h"
#include "text.h"
#include "verbs.h"

const char fuzz_name[] = "csv";
bool fuzz_accepted;

/* The record's cells, written as csv. */
static void
write_cells(const struct otp_csv *csv, struct otp_bytes *to)
{
	for (size_t i = 0; i < csv->n_cells; i++) {
		FUZZ_HOLDS(otp_text_is_utf8(csv->cell[i], strlen(csv->cell[i])));
		FUZZ_HOLDS(i == 0 || otp_text_put(to, ",") == OTP_OK);
		FUZZ_HOLDS(otp_csv_put(to, csv->cell[i]) == OTP_OK);
	}
	FUZZ_HOLDS(otp_text_put(to, "\n") == OTP_OK);
}

static void
same_again(const struct otp_csv *csv, const struct otp_bytes *written)
{
	struct otp_bytes twice = OTP_BYTES_INIT;
	struct otp_csv again = { 0 };

	/* from where it stands */
	otp_csv_init(&again, csv->data, csv->len);
	again.n_expected = csv->n_expected;
	otp_csv_seek(&again, csv->at, csv->line);
	FUZZ_HOLDS(otp_csv_next(&again, NULL) == OTP_OK);
	FUZZ_HOLDS(again.raw_len == csv->raw_len && again.next == csv->next);
	write_cells(&again, &twice);
	FUZZ_HOLDS(twice.len == written->len && memcmp(twice.data, written->data, twice.len) == 0);
	otp_csv_clear(&again);
	otp_bytes_empty(&twice);
	/* from what was written; a lone empty cell is an empty line, and a first one may look like
	 * a byte order mark */
	if (written->len == 1 || written->len > OTP_CSV_RECORD_MAX || written->data[0] == 0xef)
		goto out;
	otp_csv_init(&again, written->data, written->len);
	FUZZ_HOLDS(otp_csv_next(&again, NULL) == OTP_OK);
	write_cells(&again, &twice);
	FUZZ_HOLDS(twice.len == written->len && memcmp(twice.data, written->data, twice.len) == 0);
	FUZZ_HOLDS(otp_csv_next(&again, NULL) == OTP_ERR_NOT_FOUND);
out:
	otp_csv_clear(&again);
	otp_bytes_clear(&twice);
}

static void
records(const uint8_t *data, size_t len)
{
	struct otp_bytes written = OTP_BYTES_INIT;
	struct otp_csv csv = { 0 };
	size_t before = 0;

	otp_csv_init(&csv, data, len);
	for (;;) {
		struct otp_why why = OTP_WHY_INIT;
		enum otp_err err = otp_csv_next(&csv, &why);

		if (err == OTP_ERR_NOT_FOUND)
			break;
		FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_BAD_INPUT);
		FUZZ_HOLDS(csv.at >= before && csv.next > csv.at && csv.next <= len);
		FUZZ_HOLDS(csv.at + csv.raw_len <= csv.next && csv.next_line >= csv.line);
		before = csv.next;
		FUZZ_HOLDS((err == OTP_OK) == (csv.n_cells > 0));
		FUZZ_HOLDS((err == OTP_OK) == (why.message == OTP_MESSAGE_NONE));
		if (err != OTP_OK)
			continue;
		fuzz_accepted = true;
		otp_bytes_empty(&written);
		write_cells(&csv, &written);
		same_again(&csv, &written);
	}
	otp_csv_clear(&csv);
	otp_bytes_clear(&written);
}

/* One pass over the lines; bad ones are put aside. What goes in is what otpd takes. */
static size_t
pass(struct otp_delivery *d, bool is_first_time)
{
	const struct otp_verb_info *verb = otp_verb_info(OTP_VERB_TOKEN_IMPORT);
	size_t n = 0;

	otp_delivery_rewind(d);
	for (;;) {
		struct otp_fields row = OTP_FIELDS_INIT;
		struct otp_why why = OTP_WHY_INIT;
		enum otp_err err = otp_delivery_next(d, is_first_time, &row, &why);

		if (err == OTP_ERR_NOT_FOUND)
			return n;
		FUZZ_HOLDS(err == OTP_OK || (is_first_time && err == OTP_ERR_BAD_INPUT));
		if (err == OTP_OK) {
			n++;
			FUZZ_HOLDS(otp_fields_check(&row) == OTP_OK);
			FUZZ_HOLDS(otp_verb_check_fields(verb, &row, true, &why) == OTP_OK);
		} else {
			FUZZ_HOLDS(row.data.len == 0 && why.message != OTP_MESSAGE_NONE);
			otp_delivery_mark_bad(d, d->csv.line);
		}
		otp_fields_clear(&row);
	}
}

static void
delivery(const uint8_t *data, size_t len)
{
	struct otp_delivery d;
	struct otp_why why = OTP_WHY_INIT;
	size_t n;

	if (otp_delivery_init(&d, data, len, OTP_DELIVERY_CSV, &why) == OTP_OK) {
		n = pass(&d, true);
		fuzz_accepted = n > 0;
		FUZZ_HOLDS(pass(&d, false) == n);
	}
	otp_delivery_clear(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_accepted = false;
	if (len == 0)
		return 0;
	if (data[0] % 2 == 0)
		records(data + 1, len - 1);
	else
		delivery(data + 1, len - 1);
	return 0;
}
