/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the audit whole: every way to tamper with it is named; and heads that were kept elsewhere. */
#include "config.h"

#include "act_frame.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "act_head.h"
#include "head.h"
#include "store_state.h"
#include "text.h"

#define ARCHIVE "store/live/archive/audit.0000000%u"

static enum otp_err
verify(struct frame *f, const char *head)
{
	frame_root(f);
	if (head != NULL)
		frame_text(f, OTP_FIELD_HEAD, head);
	return frame_run(f, OTP_VERB_AUDIT_VERIFY, otp_act_audit_verify);
}

static int64_t
number(const struct frame *f, enum otp_field field)
{
	int64_t n = -1;

	assert_true(otp_fields_int(&f->answer.fields, field, &n));
	return n;
}

static uint64_t
tip(const struct frame *f)
{
	return otp_store_tip(f->store).seq;
}

static void
act(struct frame *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		frame_verify_right(f, "alice");
}

/* Three archives and a journal, each with some records: *first[] are the archives' first ones, the journal's last. */
static void
live(struct frame *f, uint64_t first[4])
{
	frame_two(f);
	first[0] = 1;
	for (unsigned i = 1; i < 4; i++) {
		act(f, 3);
		assert_int_equal(otp_store_checkpoint(f->store, f->now_ms), OTP_OK);
		act(f, 2);
	}
	for (unsigned i = 1; i < 4; i++) {
		char path[128];
		uint8_t seq[8];
		int fd;

		/* the archive's head: magic, format, key, store, generation, number, then the record before its first */
		(void)snprintf(path, sizeof(path), "%s/" ARCHIVE, f->dir, i);
		fd = open(path, O_RDONLY);
		assert_true(fd >= 0);
		assert_int_equal(pread(fd, seq, 8, 48), 8);
		(void)close(fd);
		first[i - 1] = 1;
		for (unsigned k = 0; k < 8; k++)
			first[i - 1] += (uint64_t)seq[k] << (8 * k);
	}
	assert_true(first[0] == 1 && first[1] > first[0] && first[2] > first[1]);
}

/* ---- files ---- */

struct copy {
	char path[128];
	uint8_t data[1 << 16];
	size_t len;
};

static void
take(struct frame *f, struct copy *c, const char *format, unsigned n)
{
	char name[64];
	int fd;

	(void)snprintf(name, sizeof(name), format, n);
	(void)snprintf(c->path, sizeof(c->path), "%s/%s", f->dir, name);
	fd = open(c->path, O_RDONLY);
	assert_true(fd >= 0);
	c->len = (size_t)read(fd, c->data, sizeof(c->data));
	assert_true(c->len > 0 && c->len < sizeof(c->data));
	(void)close(fd);
}

static void
put(const struct copy *c, const char *path, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, c->data, len), (ssize_t)len);
	(void)close(fd);
}

/* verify names this record, and this file in its second argument */
static void
names(struct frame *f, enum otp_message message, uint64_t seq, const char *file)
{
	char text[24];

	assert_int_equal(verify(f, NULL), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, message);
	assert_string_equal(f->answer.why.arg[0], otp_message_num(text, (int64_t)seq));
	if (file != NULL)
		assert_string_equal(f->answer.why.arg[1], file);
}

/* ---- verify ---- */

static void
whole(void **state)
{
	struct frame *f = *state;
	uint64_t first[4];

	live(f, first);
	assert_int_equal(verify(f, NULL), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_AUDIT_HOLDS);
	assert_int_equal(number(f, OTP_FIELD_FIRST_SEQ), 1);
	assert_int_equal(number(f, OTP_FIELD_LAST_SEQ), (int64_t)tip(f));
	assert_int_equal(number(f, OTP_FIELD_RECORDS), (int64_t)tip(f));
	assert_int_equal(number(f, OTP_FIELD_GENERATION), 1);
	frame_reopen(f);
	assert_int_equal(verify(f, NULL), OTP_OK);
	assert_int_equal(number(f, OTP_FIELD_RECORDS), (int64_t)tip(f));
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_AUDIT_VERIFY, otp_act_audit_verify), OTP_ERR_NOT_PERMITTED);
	frame_as(f, "alice");
	assert_int_equal(frame_run(f, OTP_VERB_AUDIT_HEAD, otp_act_audit_head), OTP_ERR_NOT_PERMITTED);
}

/* Wherever a bit of an archive turns, the archive is named, and never a record before or behind it. */
static void
flipped(void **state)
{
	struct frame *f = *state;
	static struct copy c;
	uint64_t first[4];
	int64_t last = 0, seq;

	live(f, first);
	take(f, &c, ARCHIVE, 2);
	for (size_t at = 0; at < c.len; at += 37) {
		c.data[at] ^= 0x10;
		put(&c, c.path, c.len);
		c.data[at] ^= 0x10;
		assert_int_equal(verify(f, NULL) == OTP_ERR_INTEGRITY || f->answer.why.message ==
		    OTP_MESSAGE_STORE_KEY_MISSING, true);
		if (f->answer.why.message == OTP_MESSAGE_STORE_KEY_MISSING)
			continue;
		assert_string_equal(f->answer.why.arg[1], "audit.00000002");
		assert_int_equal(otp_parse_i64(f->answer.why.arg[0], (int64_t)first[1], (int64_t)first[2], &seq), OTP_OK);
		assert_true(seq >= last);
		last = seq;
	}
	assert_true(last > (int64_t)first[1]);
	put(&c, c.path, c.len);
	assert_int_equal(verify(f, NULL), OTP_OK);
}

static void
taken(void **state)
{
	struct frame *f = *state;
	static struct copy c[3];
	uint64_t first[4];

	live(f, first);
	for (unsigned i = 0; i < 3; i++)
		take(f, &c[i], ARCHIVE, i + 1);
	/* one in the middle, the newest, cut ones */
	assert_int_equal(unlink(c[1].path), 0);
	names(f, OTP_MESSAGE_AUDIT_MISSING, first[1], "audit.00000002");
	put(&c[1], c[1].path, c[1].len);
	assert_int_equal(unlink(c[2].path), 0);
	names(f, OTP_MESSAGE_AUDIT_MISSING, first[2], "audit.00000003");
	put(&c[2], c[2].path, c[2].len - 64);
	names(f, OTP_MESSAGE_AUDIT_FILE_DAMAGED, first[2], "audit.00000003");
	put(&c[2], c[2].path, 100);
	names(f, OTP_MESSAGE_AUDIT_DAMAGED, first[2], "audit.00000003");
	put(&c[2], c[2].path, c[2].len);
	/* two exchanged; one again in the other's place */
	put(&c[0], c[1].path, c[0].len);
	names(f, OTP_MESSAGE_AUDIT_OTHER_FILE, first[1], "audit.00000002");
	put(&c[1], c[0].path, c[1].len);
	names(f, OTP_MESSAGE_AUDIT_OTHER_FILE, 1, "audit.00000001");
	put(&c[0], c[0].path, c[0].len);
	put(&c[1], c[1].path, c[1].len);
	/* all of them */
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(unlink(c[i].path), 0);
	names(f, OTP_MESSAGE_AUDIT_MISSING, 1, NULL);
	for (unsigned i = 0; i < 3; i++)
		put(&c[i], c[i].path, c[i].len);
	assert_int_equal(verify(f, NULL), OTP_OK);
}

/* The journal under a running otpd: an edited record, a zeroed end. */
static void
journal(void **state)
{
	struct frame *f = *state;
	uint64_t first[4], last;
	char path[128], name[32];
	off_t end;
	uint8_t byte = 0;
	int64_t seq;
	int fd;

	live(f, first);
	(void)snprintf(name, sizeof(name), "journal.%08u", 4);
	(void)snprintf(path, sizeof(path), "%s/store/live/%s", f->dir, name);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	/* its last records: behind them are zeros, and then the refusals of this test */
	last = tip(f);
	end = lseek(fd, 0, SEEK_END);
	while (byte == 0)
		assert_int_equal(pread(fd, &byte, 1, --end), 1);
	for (off_t at = end - 300; at <= end; at += 50) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(verify(f, NULL), OTP_ERR_INTEGRITY);
		assert_int_equal(f->answer.why.message, OTP_MESSAGE_AUDIT_DAMAGED);
		assert_string_equal(f->answer.why.arg[1], name);
		assert_int_equal(otp_parse_i64(f->answer.why.arg[0], (int64_t)last - 3, (int64_t)last, &seq), OTP_OK);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	(void)close(fd);
	assert_int_equal(verify(f, NULL), OTP_OK);
}

/* A chain that is whole by itself must end where the store stands. */
static void
ends(void **state)
{
	struct frame *f = *state;
	uint64_t first[4];

	live(f, first);
	f->store->journal.durable_mac[0] ^= 1;
	assert_int_equal(verify(f, NULL), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_AUDIT_ENDS);
}

/* ---- heads ---- */

static char *
head(struct frame *f)
{
	static char text[2][1024];
	static unsigned next;

	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	frame_root(f);
	assert_int_equal(frame_run(f, OTP_VERB_AUDIT_HEAD, otp_act_audit_head), OTP_OK);
	assert_int_equal(number(f, OTP_FIELD_SEQ), (int64_t)tip(f));
	next = (next + 1) % 2;
	(void)snprintf(text[next], sizeof(text[next]), "%s", otp_fields_str(&f->answer.fields, OTP_FIELD_HEAD));
	return text[next];
}

static void
heads(void **state)
{
	struct frame *f = *state;
	char *at_first, line[1200];
	struct otp_bytes said = OTP_BYTES_INIT;
	uint64_t first[4], seq;

	at_first = head(f);
	live(f, first);
	assert_int_equal(verify(f, at_first), OTP_OK);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_AUDIT_HOLDS_HEAD);
	assert_int_equal(verify(f, head(f)), OTP_OK);
	frame_reopen(f);
	assert_int_equal(verify(f, at_first), OTP_OK);
	/* as a log has it */
	assert_int_equal(otp_act_head_line(f->store, f->ring, f->now_ms, &said, &seq), OTP_OK);
	assert_int_equal(seq, tip(f));
	assert_null(strchr(otp_text_str(&said), '\n'));
	(void)snprintf(line, sizeof(line), "Nov 23 10:00:00 host otpd[123]: %s\nNov 23 more\n", otp_text_str(&said));
	act(f, 1);
	assert_int_equal(verify(f, line), OTP_OK);
	otp_bytes_clear(&said);
}

/* No character of a head can be another one. */
static void
forged_heads(void **state)
{
	struct frame *f = *state;
	char *text = head(f);
	size_t len = strlen(text);

	for (size_t at = 0; at < len; at++) {
		char was = text[at];
		enum otp_err err;

		/* the line ends around the PEM are nobody's business; letters of hex count as one */
		if (was == '\n')
			continue;
		text[at] = was == '1' ? '2' : '1';
		err = verify(f, text);
		text[at] = was;
		if (err == OTP_ERR_INTEGRITY)
			assert_true(f->answer.why.message == OTP_MESSAGE_HEAD_NOT_SIGNED);
		else if (err == OTP_ERR_KEY)
			assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_KEY_MISSING);
		else if (err != OTP_ERR_BAD_INPUT && strstr(text, "-----BEGIN") > text + at)
			fail();
	}
	assert_int_equal(verify(f, ""), OTP_ERR_BAD_INPUT);
	assert_int_equal(verify(f, "otpadm-head-1 "), OTP_ERR_BAD_INPUT);
	assert_int_equal(verify(f, text), OTP_OK);
}

/* What only who holds the key could have signed, and what the chain says to it. */
static enum otp_err
verify_signed(struct frame *f, const struct otp_head *what)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err;

	assert_int_equal(otp_head_text(what, f->ring, &text), OTP_OK);
	err = verify(f, otp_text_str(&text));
	otp_bytes_clear(&text);
	return err;
}

static void
head_of(struct frame *f, struct otp_head *ret)
{
	assert_int_equal(otp_head_read(head(f), f->ring, ret, NULL), OTP_OK);
}

static void
rewritten(void **state)
{
	struct frame *f = *state;
	struct otp_head good, bad;
	uint64_t first[4];

	live(f, first);
	head_of(f, &good);
	act(f, 2);
	assert_int_equal(verify_signed(f, &good), OTP_OK);
	bad = good;
	bad.mac[31] ^= 1;
	assert_int_equal(verify_signed(f, &bad), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_DIFFERS);
	bad = good;
	bad.seq--;
	assert_int_equal(verify_signed(f, &bad), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_DIFFERS);
	bad = good;
	bad.generation++;
	assert_int_equal(verify_signed(f, &bad), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_BEYOND);
	bad = good;
	bad.seq = tip(f) + 1;
	assert_int_equal(verify_signed(f, &bad), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_BEYOND);
	bad = good;
	bad.store_id[0] ^= 1;
	assert_int_equal(verify_signed(f, &bad), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_OTHER_STORE);
	/* the last record that is before all */
	assert_int_equal(verify_signed(f, &good), OTP_OK);
}

/* The oldest archive is given up one day; before its time it was taken. */
static void
beginning_gone(void **state)
{
	struct frame *f = *state;
	struct otp_head early, edge, kept;
	uint64_t first[4];
	static struct copy c;

	head_of(f, &early);
	live(f, first);
	take(f, &c, ARCHIVE, 1);
	/* the record before the second archive's first */
	edge = early;
	edge.seq = first[1] - 1;
	memcpy(edge.mac, c.data + c.len - 32, 32);
	head_of(f, &kept);
	assert_int_equal(verify_signed(f, &early), OTP_OK);
	assert_int_equal(verify_signed(f, &edge), OTP_OK);
	assert_int_equal(unlink(c.path), 0);
	assert_int_equal(verify(f, NULL), OTP_OK);
	assert_int_equal(number(f, OTP_FIELD_FIRST_SEQ), (int64_t)first[1]);
	assert_int_equal(number(f, OTP_FIELD_RECORDS), (int64_t)(tip(f) - first[1] + 1));
	assert_int_equal(verify_signed(f, &kept), OTP_OK);
	assert_int_equal(verify_signed(f, &edge), OTP_OK);
	edge.mac[0] ^= 1;
	assert_int_equal(verify_signed(f, &edge), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_DIFFERS);
	assert_int_equal(verify_signed(f, &early), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_TAKEN);
	frame_pass(f, f->conf.audit_keep + 86400);
	assert_int_equal(verify_signed(f, &early), OTP_ERR_NOT_FOUND);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_TOO_OLD);
}

/* Somebody who has the store's keys, too, puts an older copy in its place and goes on: what was signed in between tells. */
static void
rolled_back(void **state)
{
	struct frame *f = *state;
	struct otp_head between;
	char command[512];
	int status;
	pid_t pid;

	frame_two(f);
	act(f, 2);
	assert_int_equal(otp_store_close(&f->store, f->now_ms), OTP_OK);
	(void)snprintf(command, sizeof(command), "cd %s && cp -a store copy && cp -a state copy-state", f->dir);
	pid = fork();
	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	frame_open_store(f);
	act(f, 3);
	head_of(f, &between);
	assert_int_equal(verify_signed(f, &between), OTP_OK);
	assert_int_equal(otp_store_close(&f->store, f->now_ms), OTP_OK);
	for (unsigned i = 0; i < 2; i++) {
		static const char *const names_of[2][2] = { { "store", "copy" }, { "state", "copy-state" } };
		char from[128], to[128], away[128];

		(void)snprintf(to, sizeof(to), "%s/%s", f->dir, names_of[i][0]);
		(void)snprintf(from, sizeof(from), "%s/%s", f->dir, names_of[i][1]);
		(void)snprintf(away, sizeof(away), "%s/away-%u", f->dir, i);
		assert_int_equal(rename(to, away), 0);
		assert_int_equal(rename(from, to), 0);
	}
	frame_open_store(f);
	assert_int_equal(verify_signed(f, &between), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_BEYOND);
	act(f, 10);
	assert_int_equal(verify(f, NULL), OTP_OK);	/* by itself it is whole */
	assert_int_equal(verify_signed(f, &between), OTP_ERR_INTEGRITY);
	assert_int_equal(f->answer.why.message, OTP_MESSAGE_HEAD_DIFFERS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(whole), T(flipped), T(taken), T(journal), T(ends), T(heads), T(forged_heads), T(rewritten),
		T(beginning_gone), T(rolled_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
