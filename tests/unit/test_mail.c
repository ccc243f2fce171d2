/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mails as written: every header, what is not ASCII, and nothing that could make a header or end one. */
#include "config.h"

#include "unit.h"

#include "mail.h"
#include "text.h"

static struct otp_bytes out;

static int
end(void **state)
{
	(void)state;
	otp_bytes_clear(&out);
	return 0;
}

static const char *
write_mail(const char *subject, const char *text)
{
	const struct otp_mail mail = { .from = "otp@bank.example", .to = "alice@example.org",
		.subject = subject, .message_id = "41-7-0@00ff.otpadm.invalid", .date = 1800000000,
		.text = text };

	assert_int_equal(otp_mail_write(&mail, &out), OTP_OK);
	return otp_text_str(&out);
}

static void
a_plain_mail(void **state)
{
	(void)state;
	assert_string_equal(write_mail("Token registered", "One line.\nAnother = one.\n"),
	    "From: otp@bank.example\n"
	    "To: alice@example.org\n"
	    "Subject: Token registered\n"
	    "Date: Fri, 15 Jan 2027 08:00:00 +0000\n"
	    "Message-ID: <41-7-0@00ff.otpadm.invalid>\n"
	    "Auto-Submitted: auto-generated\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=UTF-8\n"
	    "Content-Transfer-Encoding: quoted-printable\n"
	    "\n"
	    "One line.\nAnother =3D one.\n");
}

static void
no_sender_of_ours(void **state)
{
	const struct otp_mail mail = { .from = "", .to = "root", .subject = "s", .message_id = "1@2",
		.date = 0, .text = "" };

	(void)state;
	assert_int_equal(otp_mail_write(&mail, &out), OTP_OK);
	assert_memory_equal(out.data, "To: root\n", 9);
	assert_non_null(strstr(otp_text_str(&out), "\nDate: Thu, 01 Jan 1970 00:00:00 +0000\n"));
}

static void
what_is_not_ascii(void **state)
{
	const char *mail;

	(void)state;
	/* each word holds whole characters, and no line is long */
	mail = write_mail("ワンタイムパスワード: 利用開始登録が完了しました", "登録しました。\n次の行\n");
	assert_non_null(strstr(mail, "\nSubject: =?UTF-8?B?44Ov44Oz44K/44Kk44Og44OR44K544Ov44O844OJOiDliKnnlKg=?=\n"
	    " =?UTF-8?B?6ZaL5aeL55m76Yyy44GM5a6M5LqG44GX44G+44GX44Gf?=\nDate: "));
	assert_non_null(strstr(mail, "\nContent-Transfer-Encoding: base64\n\n"
	    "55m76Yyy44GX44G+44GX44Gf44CCDQrmrKHjga7ooYwNCg==\n"));
	/* what would be taken for an encoded word is encoded */
	assert_non_null(strstr(write_mail("=?UTF-8?B?eA==?=", ""), "\nSubject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\n"));
}

/* No header but ours, and no line above the limit, whatever stands in subject and text. */
static void
check_lines(const char *mail)
{
	static const char *const names[] = { "From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ",
		"Auto-Submitted: ", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: " };
	bool is_head = true;
	size_t n = 0;

	for (const char *line = mail; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		assert_true(len <= 76);
		assert_null(memchr(line, '\r', len));
		if (is_head && len > 0 && line[0] != ' ') {
			assert_true(n < UNIT_N(names));
			assert_memory_equal(line, names[n], strlen(names[n]));
			n++;
		}
		is_head = is_head && len > 0;
		line += len + (line[len] == '\n');
	}
	assert_int_equal(n, UNIT_N(names));
	assert_false(is_head);
}

static void
nothing_makes_a_header(void **state)
{
	char longest[1500];

	(void)state;
	check_lines(write_mail("x\r\nBcc: all@example.org", "y\r\n"));
	assert_non_null(strstr(otp_text_str(&out), "Subject: x\\x0d\\x0aBcc: all@example.org\n"));
	assert_null(strstr(otp_text_str(&out), "\nBcc:"));
	check_lines(write_mail("\xff\xfe\n\n\t", "a\0"));
	check_lines(write_mail("", ""));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check_lines(write_mail(longest, longest));
	memcpy(longest + 700, "あ", 3);
	check_lines(write_mail(longest, longest));
	memset(longest, '=', sizeof(longest) - 1);
	check_lines(write_mail(longest, longest));
}

static void
nothing_ends_the_text(void **state)
{
	const char *text;

	(void)state;
	text = strstr(write_mail("s", ".\n..\nFrom me\na \n\tb\t\nlast \r\n "), "\n\n") + 2;
	assert_string_equal(text, "=2E\n=2E.\n=46rom me\na=20\n=09b=09\nlast =0D\n=20");
	/* also where only our own line break brings it to the beginning */
	text = strstr(write_mail("s",
	    "123456789012345678901234567890123456789012345678901234567890123456789012345."), "\n\n") + 2;
	assert_string_equal(text,
	    "123456789012345678901234567890123456789012345678901234567890123456789012345=\n=2E");
}

static void
addresses(void **state)
{
	static const char *const good[] = { "alice@example.org", "alice", "alice.b", "root", "www-data",
		"host$", "_chrony", "a+b" };
	static const char *const bad[] = { "", "a b", "-oQ/tmp", "a@b@c", "alice\nBcc: x@y", "アリス",
		"|prog", "/file", "a!b", "a%b", "x,y", "<a@b>", ".a", "a.", "a..b", "a(b)", "a\"b" };
	struct otp_mail mail = { .from = "", .subject = "s", .message_id = "1@2", .text = "" };

	(void)state;
	for (size_t i = 0; i < UNIT_N(good); i++) {
		mail.to = good[i];
		assert_true(otp_mail_is_address(good[i]));
		assert_int_equal(otp_mail_write(&mail, &out), OTP_OK);
	}
	for (size_t i = 0; i < UNIT_N(bad); i++) {
		mail.to = bad[i];
		assert_false(otp_mail_is_address(bad[i]));
		assert_int_equal(otp_mail_write(&mail, &out), OTP_ERR_BAD_INPUT);
		assert_int_equal(out.len, 0);
		mail.to = "alice";
		mail.from = bad[i];
		assert_int_equal(otp_mail_write(&mail, &out), i == 0 ? OTP_OK : OTP_ERR_BAD_INPUT);
		mail.from = "";
	}
	mail.message_id = "a>b@c";
	assert_int_equal(otp_mail_write(&mail, &out), OTP_ERR_BAD_INPUT);
	mail.message_id = "nothing";
	assert_int_equal(otp_mail_write(&mail, &out), OTP_ERR_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_plain_mail, end),
		cmocka_unit_test_teardown(no_sender_of_ours, end),
		cmocka_unit_test_teardown(what_is_not_ascii, end),
		cmocka_unit_test_teardown(nothing_makes_a_header, end),
		cmocka_unit_test_teardown(nothing_ends_the_text, end),
		cmocka_unit_test_teardown(addresses, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
