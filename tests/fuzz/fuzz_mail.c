/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: a mail. Whatever stands in its parts, it has our headers and no other, and no long line. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "mail.h"
#include "text.h"

const char fuzz_name[] = "mail";
bool fuzz_accepted;

#define PARTS 4
#define LINE_MAX_BYTES 998	/* RFC 5322, 2.1.1 */

static void
check(const struct otp_bytes *mail, bool has_sender)
{
	static const char *const names[] = { "From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ",
		"Auto-Submitted: ", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: " };
	const size_t n_names = sizeof(names) / sizeof(names[0]);
	const char *line = otp_text_str(mail);
	size_t n = has_sender ? 0 : 1;
	bool is_head = true;

	FUZZ_HOLDS(strlen(line) == mail->len);
	for (size_t len; *line != '\0'; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		FUZZ_HOLDS(len <= LINE_MAX_BYTES);
		for (size_t i = 0; i < len; i++)
			FUZZ_HOLDS(line[i] >= ' ' && line[i] <= '~');
		if (!is_head) {
			FUZZ_HOLDS(len <= 76 && line[0] != '.' && strncmp(line, "From ", 5) != 0);
		} else if (len == 0) {
			is_head = false;
		} else if (line[0] != ' ') {
			FUZZ_HOLDS(n < n_names && strncmp(line, names[n], strlen(names[n])) == 0);
			n++;
		}
	}
	FUZZ_HOLDS(n == n_names && !is_head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct otp_bytes parts = OTP_BYTES_INIT, out = OTP_BYTES_INIT;
	const char *part[PARTS] = { "", "", "", "" };
	struct otp_mail mail = { .message_id = "1-2-3@00ff.otpadm.invalid", .date = 1800000000 };
	size_t at = 0;
	enum otp_err err;

	fuzz_accepted = false;
	FUZZ_HOLDS(otp_bytes_append(&parts, data, len) == OTP_OK && otp_bytes_append(&parts, "", 1) == OTP_OK);
	/* NUL between them: recipient, sender, subject, text */
	for (size_t i = 0; i < PARTS && at < parts.len; i++) {
		part[i] = (const char *)parts.data + at;
		at += strlen(part[i]) + 1;
	}
	mail.to = part[0];
	mail.from = part[1];
	mail.subject = part[2];
	mail.text = part[3];
	err = otp_mail_write(&mail, &out);
	FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_BAD_INPUT);
	FUZZ_HOLDS(err == OTP_OK || out.len == 0);
	fuzz_accepted = err == OTP_OK;
	if (err == OTP_OK)
		check(&out, mail.from[0] != '\0');
	otp_bytes_clear(&parts);
	otp_bytes_clear(&out);
	return 0;
}
