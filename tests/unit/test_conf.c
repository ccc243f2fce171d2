/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration: every key by its type, every wrong line by its number, and the sample that says the same. */
#include "config.h"

#include "unit.h"

#include <syslog.h>

#include "conf.h"
#include "text.h"

static struct otp_conf conf;
static struct otp_why why;

static enum otp_err
load_bytes(const char *dir, const void *data, size_t len)
{
	otp_why_clear(&why);
	return otp_conf_load(unit_file(dir, "otpadm.conf", 0644, data, len), geteuid(), &conf, &why);
}

static enum otp_err
load(const char *dir, const char *text)
{
	return load_bytes(dir, text, strlen(text));
}

static void
defaults(void **state)
{
	struct otp_conf_item item;
	size_t n = 0;

	(void)state;
	otp_conf_default(&conf);
	assert_int_equal(conf.fail_limit, 5);
	assert_int_equal(conf.confirm_cost, 16);
	assert_int_equal(conf.register_pause, 1800);
	assert_int_equal(conf.register_open, 30 * 86400);
	assert_int_equal(conf.reset_bar, 86400);
	assert_int_equal(conf.approval, OTP_CONF_SINGLE);
	assert_false(conf.self_approve);
	assert_int_equal(conf.trusted_peers.n, 0);
	assert_int_equal(conf.journal_segment, 0);
	assert_true(conf.audit_max == UINT64_C(10) << 30);
	assert_int_equal(conf.syslog_facility, LOG_AUTHPRIV);
	assert_string_equal(conf.ceiling_per_day, "");
	assert_string_equal(conf.mail_command, "/usr/sbin/sendmail -t -i");
	assert_int_equal(conf.store[0], '/');
	/* every default is one that its own key takes, and shows as itself */
	for (; otp_conf_item(&conf, n, &item); n++) {
		struct otp_conf again = conf;

		assert_true(item.is_default);
		assert_true(strlen(item.help) > 0 && strlen(item.type) > 0);
		assert_int_equal(otp_conf_set(&again, item.key, item.value, "f", 1, NULL), OTP_OK);
		assert_memory_equal(&again, &conf, sizeof(conf));
	}
	assert_true(n >= 27);
	assert_false(otp_conf_item(&conf, SIZE_MAX, &item));
}

static void
a_file(void **state)
{
	struct otp_conf_item item;

	assert_int_equal(load(*state, "# a comment\n\n  \t\nstore = /srv/otp\n\tkeys=/srv/keys  \n"
	    "fail_limit=10\n register_pause = 0\nsocket = none\n"
	    "trusted_peers = 33, 1001:execute,0\napproval = dual\nself_approve = yes\n"
	    "ceiling_per_day = 1000000.50\njournal_segment = 16M\nmail_from = a#b = c\n"
	    "language = ja\nsyslog_facility = local3\naudit_keep=10d"), OTP_OK);
	assert_string_equal(conf.store, "/srv/otp");
	assert_string_equal(conf.keys, "/srv/keys");
	assert_string_equal(conf.socket, "");
	assert_int_equal(conf.fail_limit, 10);
	assert_int_equal(conf.register_pause, 0);
	assert_int_equal(conf.trusted_peers.n, 3);
	assert_int_equal(conf.trusted_peers.peer[0].uid, 33);
	assert_false(conf.trusted_peers.peer[0].may_execute);
	assert_int_equal(conf.trusted_peers.peer[1].uid, 1001);
	assert_true(conf.trusted_peers.peer[1].may_execute);
	assert_int_equal(conf.trusted_peers.peer[2].uid, 0);
	assert_int_equal(conf.approval, OTP_CONF_DUAL);
	assert_true(conf.self_approve);
	assert_string_equal(conf.ceiling_per_day, "1000000.50");
	assert_int_equal(conf.journal_segment, 16 << 20);
	assert_string_equal(conf.mail_from, "a#b = c");
	assert_int_equal(conf.syslog_facility, LOG_LOCAL3);
	assert_int_equal(conf.audit_keep, 864000);
	assert_int_equal(conf.confirm_cost, 16);	/* not set: the default */
	assert_true(strstr(conf.file, "/otpadm.conf") != NULL);
	/* shown in words that read the same again */
	for (size_t i = 0; otp_conf_item(&conf, i, &item); i++) {
		struct otp_conf again = conf;

		assert_int_equal(otp_conf_set(&again, item.key, item.value, "f", 1, NULL), OTP_OK);
		assert_memory_equal(&again, &conf, sizeof(conf));
		if (strcmp(item.key, "trusted_peers") == 0) {
			assert_string_equal(item.value, "33, 1001:execute, 0");
			assert_false(item.is_default);
		} else if (strcmp(item.key, "socket") == 0) {
			assert_string_equal(item.value, "none");
		} else if (strcmp(item.key, "confirm_cost") == 0) {
			assert_true(item.is_default);
		}
	}
}

static void
an_empty_file(void **state)
{
	struct otp_conf plain;

	otp_conf_default(&plain);
	assert_int_equal(load(*state, ""), OTP_OK);
	assert_int_equal(conf.fail_limit, plain.fail_limit);
	assert_int_equal(load(*state, "\n"), OTP_OK);
	assert_int_equal(load(*state, "# only this"), OTP_OK);
}

#define LONG_1023 "/" L500 L500 "xxxxxxxxxxxxxxxxxxxxxx"
#define L500 L100 L100 L100 L100 L100
#define L100 L10 L10 L10 L10 L10 L10 L10 L10 L10 L10
#define L10 "xxxxxxxxxx"

static const struct {
	const char *text;
	enum otp_message message;
	const char *line;
} refused[] = {
	{ "unknown = 1\n", OTP_MESSAGE_CONF_UNKNOWN_KEY, "1" },
	{ "\n\nFail_Limit = 1\n", OTP_MESSAGE_CONF_UNKNOWN_KEY, "3" },
	{ "fail_limit\n", OTP_MESSAGE_CONF_BAD_LINE, "1" },
	{ "= 5\n", OTP_MESSAGE_CONF_BAD_LINE, "1" },
	{ "[section]\n", OTP_MESSAGE_CONF_BAD_LINE, "1" },
	{ "fail_limit = 5\nfail_limit = 5\n", OTP_MESSAGE_CONF_TWICE, "2" },
	{ "fail_limit 5 = 5\n", OTP_MESSAGE_CONF_UNKNOWN_KEY, "1" },
	{ "fail_limit = 5 # note\n", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = 5\r\n", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "\xef\xbb\xbf" "fail_limit = 5\n", OTP_MESSAGE_CONF_UNKNOWN_KEY, "1" },
	/* numbers */
	{ "fail_limit =\n", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = 0", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = 11", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = -5", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = 5.0", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = \"5\"", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "fail_limit = 18446744073709551621", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "confirm_cost = 13", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "confirm_cost = 21", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	/* durations, sizes */
	{ "register_open = 59m", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "register_open = 366d", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "register_open = 1w", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "reset_bar = 18446744073709551615d", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "journal_segment = 1K", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "journal_segment = 65M", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "journal_segment = 16777216T", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "journal_segment = AUTO", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "audit_max = auto", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	/* paths */
	{ "store = relative", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = ", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = none", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = /a\x01" "b", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = /a\xe2\x80\xae" "b", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = /a\xff", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "store = " LONG_1023 "x", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "socket = otpd.sock", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "socket =", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "socket = /" L100 "xxxxxxx", OTP_MESSAGE_CONF_BAD_VALUE, "1" },	/* 108 bytes */
	/* words */
	{ "self_approve = true", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "self_approve = YES", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "self_approve =", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "approval = triple", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "administration =", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "syslog_facility = kern", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "mail_from = a\tb", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	/* peers */
	{ "trusted_peers = www-data", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33 34", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33,", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = ,33", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33,,34", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33,33:execute", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33:exec", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33:execute:execute", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = :execute", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 33 :execute", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = -1", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 4294967295", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 4294967296", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "trusted_peers = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"
	  "29,30,31,32,33", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	/* amounts */
	{ "ceiling_per_day = -1", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = 1,000", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = 1.2.3", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = 1.", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = none", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = 1000000000000001", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
	{ "ceiling_per_day = 00000000000000000000000000000001", OTP_MESSAGE_CONF_BAD_VALUE, "1" },
};

static void
wrong_lines(void **state)
{
	static const struct otp_conf empty;

	for (size_t i = 0; i < UNIT_N(refused); i++) {
		memset(&conf, 0xaa, sizeof(conf));
		if (load(*state, refused[i].text) != OTP_ERR_CONFIG ||
		    why.message != refused[i].message || strcmp(why.arg[1], refused[i].line) != 0)
			fail_msg("'%s': message %d, line %s", refused[i].text, (int)why.message,
			    why.arg[1]);
		/* neither the defaults nor half of the file */
		assert_memory_equal(&conf, &empty, sizeof(conf));
	}
}

static void
at_the_bounds(void **state)
{
	static const char *const good[] = { "fail_limit = 1", "fail_limit = 10", "register_open = 1h",
		"register_open = 365d", "journal_segment = 64K", "journal_segment = 64M",
		"store = " LONG_1023, "socket = /" L100 "xxxxxx", "trusted_peers =",
		"trusted_peers = 4294967294", "ceiling_per_day =", "ceiling_per_day = 0",
		"ceiling_per_day = 1000000000000000", "mail_from =", "audit_keep = 36500d",
		"language = 日本語", ("trusted_peers = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"
		"19,20,21,22,23,24,25,26,27,28,29,30,31,4294967294:execute") };

	for (size_t i = 0; i < UNIT_N(good); i++)
		if (load(*state, good[i]) != OTP_OK)
			fail_msg("'%s' was refused", good[i]);
}

static void
files_not_to_be_trusted(void **state)
{
	static char large[70000];
	char path[1024];

	assert_int_equal(load_bytes(*state, "fail_limit = 5\0\nfail_limit = 6\n", 31), OTP_ERR_CONFIG);
	assert_int_equal(why.message, OTP_MESSAGE_CONF_BAD_LINE);
	assert_int_equal(load_bytes(*state, "# a\0b\n", 6), OTP_ERR_CONFIG);
	memset(large, '#', sizeof(large));
	assert_int_equal(load_bytes(*state, large, sizeof(large)), OTP_ERR_CONFIG);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_TOO_LARGE);
	otp_why_clear(&why);
	(void)snprintf(path, sizeof(path), "%s", unit_file(*state, "otpadm.conf", 0664, "", 0));
	assert_int_equal(otp_conf_load(path, geteuid(), &conf, &why), OTP_ERR_CONFIG);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_MODE_WRITABLE);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(otp_conf_load(path, geteuid(), &conf, NULL), OTP_ERR_CONFIG);
	assert_int_equal(chmod(path, 0644), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 12345, 12345), 0);
	otp_why_clear(&why);
	assert_int_equal(otp_conf_load(path, 54321, &conf, &why), OTP_ERR_CONFIG);
	assert_int_equal(why.message, OTP_MESSAGE_FILE_WRONG_OWNER);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(otp_conf_load(path, geteuid(), &conf, NULL), OTP_ERR_NOT_FOUND);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(otp_conf_load(path, geteuid(), &conf, NULL), OTP_ERR_CONFIG);
	assert_int_equal(otp_conf_load(*state, geteuid(), &conf, NULL), OTP_ERR_CONFIG);
	memset(large, '/', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(otp_conf_load(large, geteuid(), &conf, NULL), OTP_ERR_CONFIG);
}

static void
one_key_at_a_time(void **state)
{
	(void)state;
	otp_conf_default(&conf);
	otp_why_clear(&why);
	assert_int_equal(otp_conf_set(&conf, "file", "/x", "w", 3, &why), OTP_ERR_CONFIG);
	assert_int_equal(why.message, OTP_MESSAGE_CONF_UNKNOWN_KEY);
	otp_why_clear(&why);
	assert_int_equal(otp_conf_set(&conf, "fail_limit", "99", "w", 3, &why), OTP_ERR_CONFIG);
	assert_string_equal(why.arg[0], "w");
	assert_string_equal(why.arg[1], "3");
	assert_string_equal(why.arg[2], "fail_limit");
	assert_string_equal(why.arg[3], "99");
	assert_int_equal(conf.fail_limit, 5);	/* as it was */
	assert_int_equal(otp_conf_set(&conf, "trusted_peers", "1, x", "w", 3, NULL), OTP_ERR_CONFIG);
	assert_int_equal(conf.trusted_peers.n, 0);
	assert_int_equal(otp_conf_set(&conf, "", "1", "w", 3, NULL), OTP_ERR_CONFIG);
	/* a shorter value leaves nothing of the longer one */
	assert_int_equal(otp_conf_set(&conf, "mail_from", "long long ago", "w", 1, NULL), OTP_OK);
	assert_int_equal(otp_conf_set(&conf, "mail_from", "", "w", 1, NULL), OTP_OK);
	assert_string_equal(conf.mail_from, "");
	assert_int_equal(conf.mail_from[3], 0);
}

/* The sample has every key once, with its help and its default, and nothing else. */
static void
the_sample(void **state)
{
	const char *build = getenv("OTP_BUILD");
	struct otp_bytes file = OTP_BYTES_INIT;
	struct otp_conf_item item;
	size_t n_keys = 0, n_lines = 0;
	char path[1024], buf[65536], entry[2048];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/etc/otpadm.conf", build != NULL ? build : ".");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	n = read(fd, buf, sizeof(buf) - 1);
	assert_int_equal(close(fd), 0);
	assert_true(n > 0);
	assert_int_equal(otp_bytes_append(&file, buf, (size_t)n), OTP_OK);
	otp_conf_default(&conf);
	for (; otp_conf_item(&conf, n_keys, &item); n_keys++) {
		(void)snprintf(entry, sizeof(entry), "\n\n# %s\n#%s =%s%s\n", item.help, item.key,
		    item.value[0] != '\0' ? " " : "", item.value);
		if (strstr(otp_text_str(&file), entry) == NULL)
			fail_msg("the sample lacks:%s", entry);
	}
	/* with every # of a key taken away it is a configuration: the defaults */
	for (char *line = (char *)file.data; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z') {
			line[0] = ' ';
			n_lines++;
		}
		line += len + (line[len] == '\n' ? 1 : 0);
	}
	assert_int_equal(n_lines, n_keys);
	assert_int_equal(load_bytes(*state, file.data, file.len), OTP_OK);
	for (size_t i = 0; otp_conf_item(&conf, i, &item); i++)
		assert_true(item.is_default);
	otp_bytes_clear(&file);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, unit_dir_make, unit_dir_remove)
	const struct CMUnitTest tests[] = {
		T(defaults), T(a_file), T(an_empty_file), T(wrong_lines), T(at_the_bounds),
		T(files_not_to_be_trusted), T(one_key_at_a_time), T(the_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
