/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the fuzz targets' corpus (`make corpus`): one small file a shape that is valid. Run when a format changes. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive.h"
#include "company.h"
#include "event.h"
#include "journal_ring.h"
#include "token.h"
#include "transfer.h"
#include "user.h"
#include "wire.h"

static const char *base;

static void
must(bool is_true)
{
	if (!is_true)
		abort();
}

/* base/TARGET/NAME: a first byte (none if negative), then the data */
static void
put(const char *target, const char *name, int first, const void *data, size_t len)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", base, target);
	(void)mkdir(path, 0777);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", base, target, name);
	file = fopen(path, "wbe");
	must(file != NULL);
	if (first >= 0)
		must(fputc(first, file) != EOF);
	must(fwrite(data, 1, len, file) == len);
	must(fclose(file) == 0);
}

static void
users(void)
{
	struct otp_user u = { .id = 1, .name = "a" };
	struct otp_bytes b = OTP_BYTES_INIT;

	must(otp_user_encode(&u, &b) == OTP_OK);
	put("record", "user-new", 0, b.data, b.len);
	u = (struct otp_user){ .id = 42, .name = "\xe8\x8a\xb1\xe5\xad\x90", .role = OTP_ROLE_MASTER,
		.mail = "h@example.org", .language = "ja", .enabled = true, .created_at = 1700000000,
		.epoch = 1, .confirm = "$scrypt$ln=16,r=8,p=2$AAAA$BBBB", .word = "$word$00",
		.word_until = 1700086400, .word_is_reset = true, .n_wrong = 2, .n_wrong_at = 2,
		.wrong_at = { 1700000001, 1700000002 }, .reset_by = 7, .reset_at = 1700000000,
		.granted.rights = OTP_RIGHT_ALL, .adopted.rights = 1, .granted.limits = { 10, 20 },
		.adopted_at = 1700000000, .register_from = 1, .register_until = 2,
		.serial = "123456789", .is_bound = true, .was_bound = true, .mail_before = "g@example.org",
		.mail_changed_at = 1700000000, .granted.n_accounts = 2,
		.granted.account = { { 1, "A" }, { 2, "B" } }, .approved = { 19675, 7 }, .handed_by = 3,
		.handed_at = 1700000000 };
	must(otp_user_encode(&u, &b) == OTP_OK);
	put("record", "user-full", 0, b.data, b.len);
	otp_bytes_clear(&b);
}

static void
tokens(void)
{
	struct otp_token t = { .serial = "123456789", .digits = 6, .step = 60, .state = OTP_TOKEN_STOCK,
		.fingerprint = "00112233445566778899aabbccddeeff", .window = { -600000, 600000, 1700000000000 },
		.last_used = OTP_STEP_NONE, .imported_at = 1700000000 };
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_sharer *s = NULL;

	must(otp_bytes_set(&t.seed, "12345678901234567890", 20) == OTP_OK);
	must(otp_token_encode(&t, &b) == OTP_OK);
	put("record", "token-stock", 1, b.data, b.len);
	t.state = OTP_TOKEN_SUSPENDED;
	t.suspended_at = 1700000010;
	t.suspended_by = 42;
	t.fails = 5;
	t.last_used = 28333333;
	for (int i = 0; i < 5; i++)
		otp_token_wrong_add(&t, 42, 1700000000 + i);
	otp_token_unlock_add(&t, 1700000000);
	must(otp_token_sharer_add(&t, 42, "hanako", &s) == OTP_OK);
	s->is_bound = true;
	s->fails = s->fails_ever = 5;
	must(otp_token_sharer_add(&t, 43, "taro", &s) == OTP_OK);
	s->near_step = 28333334;
	s->near_until_ms = 1700000180000;
	must(otp_token_encode(&t, &b) == OTP_OK);
	put("record", "token-shared", 1, b.data, b.len);
	otp_token_clear(&t);
	t = (struct otp_token){ .serial = "H-1", .type = OTP_TOKEN_HOTP, .hash = OTP_HASH_SHA512, .digits = 8,
		.state = OTP_TOKEN_RETIRED, .fingerprint = "ffffffffffffffffffffffffffffffff",
		.last_used = 9, .start_counter = 3 };
	must(otp_token_encode(&t, &b) == OTP_OK);
	put("record", "token-retired", 1, b.data, b.len);
	otp_bytes_clear(&b);
}

static void
transfers(void)
{
	struct otp_transfer t = { .id = 1, .reference = "R-1", .account = { 3, "0012345" }, .payee = "Taro",
		.amount = 100000, .currency = "EUR", .date = 20783, .maker_id = 5, .maker = "maker",
		.created_at = 1700000000 };
	struct otp_account a = { .ref = { 3, "0012345" }, .name = "main", .per_day = 5000000,
		.created_at = 1700000000, .approved = { 19675, 100 } };
	struct otp_bytes b = OTP_BYTES_INIT;

	must(otp_transfer_encode(&t, &b) == OTP_OK);
	put("record", "transfer-pending", 4, b.data, b.len);
	t.approval[0] = (struct otp_approval){ .user_id = 6, .user = "a", .epoch = 1, .serial = "1",
		.origin = "0", .step = 28333333, .at = 1700000010, .day = 19675, .key_id = 1 };
	t.n_approvals = 1;
	t.state = OTP_TRANSFER_EXECUTED;
	t.counted_day = 19675;
	t.ended_at = 1700000100;
	must(otp_transfer_encode(&t, &b) == OTP_OK);
	put("record", "transfer-executed", 4, b.data, b.len);
	must(otp_account_encode(&a, &b) == OTP_OK);
	put("record", "account", 5, b.data, b.len);
	otp_bytes_clear(&b);
}

static void
others(void)
{
	struct otp_company c = { .next_user_id = 3, .next_account = 1, .next_transfer = 1,
		.created_at = 1700000000 };
	struct otp_event e = { .time_ms = 1700000000000, .verb = OTP_VERB_VERIFY,
		.result = OTP_ERR_AUTH_FAILED, .peer_uid = 1000, .actor = "root", .login = "hanako",
		.service = "sshd", .user = "taro", .serial = "123456789", .count = 2 };
	struct otp_bytes b = OTP_BYTES_INIT;

	must(otp_company_encode(&c, &b) == OTP_OK);
	put("record", "company-new", 2, b.data, b.len);
	must(otp_company_staff_set(&c, 1, "master", OTP_ROLE_MASTER) == OTP_OK);
	must(otp_company_staff_set(&c, 2, "admin", OTP_ROLE_ADMINISTRATOR) == OTP_OK);
	must(otp_company_encode(&c, &b) == OTP_OK);
	put("record", "company-staff", 2, b.data, b.len);
	otp_company_clear(&c);
	must(otp_fields_put_int(&e.details, OTP_FIELD_FAILS, 3) == OTP_OK);
	must(otp_fields_put_str(&e.details, OTP_FIELD_SHARERS, "taro") == OTP_OK);
	must(otp_fields_put_str(&e.details, OTP_FIELD_SHARERS, "a, b\"=\n") == OTP_OK);
	must(otp_fields_put_bool(&e.details, OTP_FIELD_ENABLED, true) == OTP_OK);
	must(otp_event_encode(&e, &b) == OTP_OK);
	put("record", "event-details", 3, b.data, b.len);
	otp_event_clear(&e);
	e.time_ms = 1;
	must(otp_event_encode(&e, &b) == OTP_OK);
	put("record", "event-store", 3, b.data, b.len);
	otp_bytes_clear(&b);
}

static void
messages(void)
{
	struct otp_request r = { .verb = OTP_VERB_STATUS };
	struct otp_answer a = OTP_ANSWER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_fields *row = NULL;

	must(otp_wire_encode_request(&r, &b) == OTP_OK);
	put("wire", "request-status", -1, b.data, b.len);
	r.verb = OTP_VERB_TOKEN_IMPORT;
	r.dry_run = true;
	must(otp_fields_put_str(&r.fields, OTP_FIELD_CONFIRM, "not a password") == OTP_OK);
	must(otp_fields_put_int(&r.fields, OTP_FIELD_COUNT, 1) == OTP_OK);
	must(otp_rows_add(&r.rows, &row) == OTP_OK);
	must(otp_fields_put_str(row, OTP_FIELD_SERIAL, "123456789") == OTP_OK);
	must(otp_fields_put_bytes(row, OTP_FIELD_SECRET, "12345678901234567890", 20) == OTP_OK);
	must(otp_wire_encode_request(&r, &b) == OTP_OK);
	put("wire", "request-import", -1, b.data, b.len);
	otp_request_clear(&r);
	must(otp_wire_encode_answer(&a, &b) == OTP_OK);
	put("wire", "answer-ok", -1, b.data, b.len);
	a.err = OTP_WHY(&a.why, OTP_ERR_BAD_INPUT, FIELD_MISSING, "serial", "register");
	a.changed = true;
	a.audit_seq = 41;
	otp_answer_warn(&a, &a.why);
	must(otp_fields_put_bool(&a.fields, OTP_FIELD_CHANGED, true) == OTP_OK);
	must(otp_wire_encode_answer(&a, &b) == OTP_OK);
	put("wire", "answer-refused", -1, b.data, b.len);
	a.more = true;
	must(otp_rows_add(&a.rows, &row) == OTP_OK);
	must(otp_fields_put_str(row, OTP_FIELD_USER, "hanako") == OTP_OK);
	must(otp_wire_encode_answer(&a, &b) == OTP_OK);
	put("wire", "answer-more", -1, b.data, b.len);
	otp_answer_clear(&a);
	otp_bytes_clear(&b);
}

static void
texts(void)
{
	static const struct {
		int reader;
		const char *name, *text;
	} parse[] = {
		{ 0, "u64", "18446744073709551615" }, { 0, "i64", "-9223372036854775808" },
		{ 1, "duration", "30d" }, { 1, "size", "16M" },
		{ 2, "time", "2026-11-23T10:00:00Z" }, { 2, "time-offset", "2024-02-29t23:59:59.5+09:00" },
		{ 2, "date", "2026-11-23" }, { 3, "amount", "1000.05" }, { 4, "hex", "00ffA0" },
		{ 4, "base32", "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOI=" },
		{ 5, "name", "\xe8\x8a\xb1\xe5\xad\x90" }, { 5, "serial", "A1_b-2.c" },
		{ 5, "mail", "hanako@example.org" }, { 6, "code", "012345" },
		{ 7, "shown", "a\x1b[2J\\\xff\xe2\x80\xae\xe3\x81\x82" },
	};
	static const char conf[] = "# a comment\n\nstore = /tmp/store\nsocket = none\nfail_limit = 7\n"
		"register_pause = 30m\nself_approve=yes\n approval = dual \naudit_max = 10G\n"
		"ceiling_per_day = 1000.00\nsyslog_facility = auth\nmail_from = a@example.org";
	static const char peers[] = "trusted_peers = 0, 33:execute\njournal_segment = auto\n";

	for (size_t i = 0; i < sizeof(parse) / sizeof(parse[0]); i++)
		put("parse", parse[i].name, parse[i].reader, parse[i].text, strlen(parse[i].text));
	put("conf", "typical", -1, conf, sizeof(conf) - 1);
	put("conf", "peers", -1, peers, sizeof(peers) - 1);
	put("conf", "bad-unknown-key", -1, "colour = red\n", 13);
}

static void
add_record(struct otp_journal *j, enum otp_journal_type type, const void *values, size_t len)
{
	static const char event[] = "not an event: the journal does not look inside";
	uint8_t *p;

	must(otp_journal_begin(j, event, sizeof(event), len, &p) == OTP_OK);
	if (len > 0)
		memcpy(p, values, len);
	must(otp_journal_end(j, type, type == OTP_JOURNAL_ACT ? OTP_JOURNAL_WIPED : 0, 1) == OTP_OK);
}

/* The segment that has those records, its archive, and each form alone. */
static void
journals(void)
{
	const struct otp_record_key key = { { 1, 2, 3 } };
	struct otp_segment_head head = journal_head(), next;
	struct otp_keyring *ring = journal_ring();
	struct otp_journal j;
	struct otp_macs macs;
	struct otp_bytes manifest = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&manifest, 65536);
	uint8_t values[200], file[8192];
	const char *tmp = getenv("TMPDIR");
	char dir[512];
	size_t n;
	int fd;

	must(ring != NULL);
	otp_macs_init(&macs, ring, "journal");
	must(otp_journal_init(&j, &macs, 1) == OTP_OK);
	(void)snprintf(dir, sizeof(dir), "%s/otp-corpus.XXXXXX", tmp != NULL ? tmp : "/tmp");
	must(mkdtemp(dir) != NULL);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(otp_segment_prepare(fd, head.size, NULL, NULL) == OTP_OK);
	must(otp_segment_turn(fd, &head, geteuid(), &macs, &j.fd) == OTP_OK);
	n = (size_t)pread(j.fd, file, sizeof(file), 0);
	must(n == sizeof(file));
	put("journal", "head", TARGET_HEAD, file,
	    120 + otp_manifest_size(RING_SHARDS) + OTP_MAC_SIZE);
	otp_manifest_encode(&head.manifest, &e);
	put("journal", "manifest", TARGET_MANIFEST, manifest.data, manifest.len);
	j.size = head.size;
	j.end = j.durable = otp_segment_head_size(RING_SHARDS);
	j.seq = head.seq;
	memcpy(j.mac, head.mac, sizeof(j.mac));
	n = otp_journal_value_put(values, &key, (const uint8_t *)"a sealed value", 14);
	n += otp_journal_value_put(values + n, &key, NULL, 0);
	add_record(&j, OTP_JOURNAL_ACT, values, n);
	put("journal", "act", TARGET_RECORD, j.batch, j.batch_len);
	must(otp_journal_flush(&j) == OTP_OK);
	add_record(&j, OTP_JOURNAL_CHECKPOINT, manifest.data, manifest.len);
	add_record(&j, OTP_JOURNAL_OPENED, NULL, 0);
	put("journal", "checkpoint", TARGET_RECORD, j.batch, j.batch_len);
	must(otp_journal_flush(&j) == OTP_OK);
	must(pread(j.fd, file, sizeof(file), 0) == (ssize_t)sizeof(file));
	n = otp_segment_head_size(RING_SHARDS);
	put("journal", "segment", TARGET_SEGMENT, file + n, (size_t)j.end - n);
	next = head;
	next.seq = j.seq;
	next.prev_end = j.end;
	memcpy(next.mac, j.mac, sizeof(next.mac));
	must(otp_archive_write(fd, fd, head.number, &next, 1, &macs, geteuid()) == OTP_OK);
	must(unlinkat(fd, "journal.00000003", 0) == 0);
	otp_journal_clear(&j);
	j.fd = openat(fd, "audit.00000003", O_RDONLY | O_CLOEXEC);
	n = (size_t)pread(j.fd, file, sizeof(file), 0);
	must(n > 176 && n < sizeof(file));
	put("journal", "archive", TARGET_ARCHIVE, file, n);
	put("journal", "archived", TARGET_ARCHIVED, file + 176, n - 176);
	(void)close(j.fd);
	must(unlinkat(fd, "audit.00000003", 0) == 0);
	(void)close(fd);
	must(rmdir(dir) == 0);
	otp_bytes_clear(&manifest);
	otp_macs_clear(&macs);
	otp_keyring_free(&ring);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fprintf(stderr, "usage: corpus DIRECTORY\n");
		return 2;
	}
	base = argv[1];
	(void)mkdir(base, 0777);
	users();
	tokens();
	transfers();
	others();
	messages();
	texts();
	journals();
	return 0;
}
