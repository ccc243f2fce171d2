/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The csv reader: what RFC 4180 allows, each kind of mistake, and reading on behind it. */
#include "config.h"

#include "unit.h"

#include "csv.h"

static struct otp_csv csv;
static struct otp_why why;

static void
begin(const char *text)
{
	otp_csv_clear(&csv);
	otp_why_clear(&why);
	otp_csv_init(&csv, text, strlen(text));
}

static int
end(void **state)
{
	(void)state;
	otp_csv_clear(&csv);
	return 0;
}

static void
expect(unsigned line, size_t n, const char *const cell[])
{
	assert_int_equal(otp_csv_next(&csv, &why), OTP_OK);
	assert_int_equal(csv.line, line);
	assert_int_equal(csv.n_cells, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(csv.cell[i], cell[i]);
}
#define EXPECT(line, ...)                                              \
	expect((line), sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *[]){ __VA_ARGS__ })

static void
expect_bad(unsigned line, enum otp_message message)
{
	otp_why_clear(&why);
	assert_int_equal(otp_csv_next(&csv, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(csv.line, line);
	assert_int_equal(why.message, message);
	assert_int_equal(csv.n_cells, 0);
}

static void
expect_end(void)
{
	assert_int_equal(otp_csv_next(&csv, &why), OTP_ERR_NOT_FOUND);
	assert_int_equal(otp_csv_next(&csv, &why), OTP_ERR_NOT_FOUND);
}

static void
plain_lines(void **state)
{
	(void)state;
	begin("a,b,c\n1,,3\r\n,,\nx y, z ,\xe5\x8f\xa3\xe5\xba\xa7");
	EXPECT(1, "a", "b", "c");
	EXPECT(2, "1", "", "3");
	EXPECT(3, "", "", "");
	EXPECT(4, "x y", " z ", "\xe5\x8f\xa3\xe5\xba\xa7");
	expect_end();
	begin("");
	expect_end();
	begin("\xef\xbb\xbfserial\n1\n");	/* what spreadsheets put first */
	EXPECT(1, "serial");
	EXPECT(2, "1");
	expect_end();
}

static void
quoted_cells(void **state)
{
	(void)state;
	begin("\"a\",\"b,c\",\"say \"\"yes\"\"\"\n"
	    "\"two\r\nlines\",\"\",x\n1,2,3\n\"\"\"\",\"\",\"\"");
	EXPECT(1, "a", "b,c", "say \"yes\"");
	EXPECT(2, "two\r\nlines", "", "x");
	EXPECT(4, "1", "2", "3");
	EXPECT(5, "\"", "", "");
	expect_end();
	assert_false(csv.is_broken);
}

static void
count_of_cells(void **state)
{
	(void)state;
	begin("a,b\n1\n1,2,3\n\"x\ny\"\n1,2\n");
	EXPECT(1, "a", "b");
	expect_bad(2, OTP_MESSAGE_CSV_WRONG_COUNT);
	assert_string_equal(why.arg[0], "1");
	assert_string_equal(why.arg[1], "2");
	expect_bad(3, OTP_MESSAGE_CSV_WRONG_COUNT);
	expect_bad(4, OTP_MESSAGE_CSV_WRONG_COUNT); /* a whole record: it is passed over whole */
	EXPECT(6, "1", "2");
	expect_end();
}

static void
mistakes(void **state)
{
	(void)state;
	begin("a,b\n\n1,2\r3\n1,\xff\n1,\xc0\xaf\n1,\xed\xa0\x80\nx\"y,2\nok,ok\n\n");
	EXPECT(1, "a", "b");
	expect_bad(2, OTP_MESSAGE_CSV_EMPTY_LINE);
	expect_bad(3, OTP_MESSAGE_CSV_NOT_TEXT);	/* a bare CR */
	expect_bad(4, OTP_MESSAGE_CSV_NOT_TEXT);
	expect_bad(5, OTP_MESSAGE_CSV_NOT_TEXT);	/* overlong */
	expect_bad(6, OTP_MESSAGE_CSV_NOT_TEXT);	/* a surrogate */
	expect_bad(7, OTP_MESSAGE_CSV_QUOTE_INSIDE);
	assert_false(csv.is_broken);
	EXPECT(8, "ok", "ok");
	expect_bad(9, OTP_MESSAGE_CSV_EMPTY_LINE);
	expect_end();
}

static void
nul_is_no_text(void **state)
{
	(void)state;
	otp_csv_clear(&csv);
	otp_csv_init(&csv, "a\nb\0c\n", 6);
	EXPECT(1, "a");
	expect_bad(2, OTP_MESSAGE_CSV_NOT_TEXT);
	expect_end();
}

/* Where quotes do not match nobody knows where records begin: told, and read on line by line. */
static void
broken_quotes(void **state)
{
	(void)state;
	begin("a,b\n1,\"open\n3,4\n5,6\n");
	EXPECT(1, "a", "b");
	expect_bad(2, OTP_MESSAGE_CSV_QUOTE_OPEN);
	assert_true(csv.is_broken);
	EXPECT(3, "3", "4");
	EXPECT(4, "5", "6");
	expect_end();
	begin("a,b\n1,\"x\"y\n3,4\n");
	EXPECT(1, "a", "b");
	expect_bad(2, OTP_MESSAGE_CSV_QUOTE_INSIDE);
	assert_true(csv.is_broken);
	EXPECT(3, "3", "4");
}

static void
bounds(void **state)
{
	char *text = malloc(OTP_CSV_RECORD_MAX + 16);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', OTP_CSV_RECORD_MAX + 8);
	memcpy(text + OTP_CSV_RECORD_MAX + 8, "\nok\n", 5);
	begin(text);
	expect_bad(1, OTP_MESSAGE_CSV_TOO_LONG);
	EXPECT(2, "ok");
	memset(text, ',', OTP_CSV_COLUMNS_MAX);
	memcpy(text + OTP_CSV_COLUMNS_MAX, "\nok\n", 5);
	begin(text);
	expect_bad(1, OTP_MESSAGE_CSV_TOO_MANY_CELLS);
	EXPECT(2, "ok");
	text[OTP_CSV_COLUMNS_MAX - 1] = '\n';	/* as many as there may be */
	text[OTP_CSV_COLUMNS_MAX] = '\0';
	begin(text);
	assert_int_equal(otp_csv_next(&csv, &why), OTP_OK);
	assert_int_equal(csv.n_cells, OTP_CSV_COLUMNS_MAX);
	free(text);
}

static void
where_it_stands(void **state)
{
	const char *text = "a,b\r\n\"1\n1\",2\n3,4\n";

	(void)state;
	begin(text);
	EXPECT(1, "a", "b");
	EXPECT(2, "1\n1", "2");
	assert_int_equal(csv.raw_len, 7);
	assert_memory_equal(text + csv.at, "\"1\n1\",2", 7);
	EXPECT(4, "3", "4");
	otp_csv_seek(&csv, 5, 2);
	EXPECT(2, "1\n1", "2");
	EXPECT(4, "3", "4");
	expect_end();
}

static void
headers(void **state)
{
	static const char *const names[] = { "serial", "secret", "type" };
	int column[3];

	(void)state;
	begin("type,secret,serial\nt,s,1\n");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_OK);
	assert_int_equal(column[0], 2);
	assert_int_equal(column[1], 1);
	assert_int_equal(column[2], 0);
	EXPECT(2, "t", "s", "1");

	begin("secret,serial\n");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_OK);
	assert_int_equal(column[2], -1);

	begin("");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_CSV_NO_HEADER);
	begin("serial,secret,pin\n");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_CSV_UNKNOWN_COLUMN);
	assert_string_equal(why.arg[0], "pin");
	begin("serial,secret,serial\n");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_CSV_COLUMN_TWICE);
	begin("serial,type\n");
	assert_int_equal(otp_csv_header(&csv, names, 3, 3, column, &why), OTP_ERR_BAD_INPUT);
	assert_int_equal(why.message, OTP_MESSAGE_CSV_COLUMN_MISSING);
	assert_string_equal(why.arg[0], "secret");
}

static void
writing(void **state)
{
	static const char *const cells[] = { "", "a b", "a,b", "say \"yes\"", "two\nlines", "cr\r",
		"\"" };
	struct otp_bytes text = OTP_BYTES_INIT;

	(void)state;
	for (size_t i = 0; i < UNIT_N(cells); i++) {
		if (i > 0)
			assert_int_equal(otp_bytes_append(&text, ",", 1), OTP_OK);
		assert_int_equal(otp_csv_put(&text, cells[i]), OTP_OK);
	}
	assert_int_equal(otp_bytes_append(&text, "\r\n", 3), OTP_OK);
	assert_string_equal((const char *)text.data,
	    ",a b,\"a,b\",\"say \"\"yes\"\"\",\"two\nlines\",\"cr\r\",\"\"\"\"\r\n");
	begin((const char *)text.data);
	expect(1, UNIT_N(cells), cells);
	expect_end();
	otp_bytes_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(plain_lines, end),
		cmocka_unit_test_teardown(quoted_cells, end),
		cmocka_unit_test_teardown(count_of_cells, end),
		cmocka_unit_test_teardown(mistakes, end),
		cmocka_unit_test_teardown(nul_is_no_text, end),
		cmocka_unit_test_teardown(broken_quotes, end),
		cmocka_unit_test_teardown(bounds, end),
		cmocka_unit_test_teardown(where_it_stands, end),
		cmocka_unit_test_teardown(headers, end),
		cmocka_unit_test_teardown(writing, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
