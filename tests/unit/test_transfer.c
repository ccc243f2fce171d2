/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transfer and account records: every field comes back, every bound holds; the digest covers the order and no more. */
#include "config.h"

#include <string.h>

#include "codec.h"
#include "transfer.h"

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_transfer t = OTP_TRANSFER_INIT;
	enum otp_err err = otp_transfer_decode(data, len, &t);

	if (err == OTP_OK)
		assert_int_equal(otp_transfer_encode(&t, ret), OTP_OK);
	return err;
}

static enum otp_err
recode_account(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_account a = OTP_ACCOUNT_INIT;
	enum otp_err err = otp_account_decode(data, len, &a);

	if (err == OTP_OK)
		assert_int_equal(otp_account_encode(&a, ret), OTP_OK);
	return err;
}

static struct otp_transfer
sample(void)
{
	return (struct otp_transfer){
		.id = 12, .reference = "inv/2026-11 \xe8\x8a\xb1", .kind = OTP_TRANSFER_INTERNAL,
		.account = { 3, "0012345" }, .payee = "Taro Yamada", .amount = 100000, .currency = "EUR",
		.date = 20783, .maker_id = 5, .maker = "maker", .created_at = 1700000000,
		.state = OTP_TRANSFER_EXECUTED, .n_approvals = 2,
		.approval = {
			{ .user_id = 6, .user = "a", .epoch = 1, .serial = "1", .origin = "0", .step = 28333333,
			    .at = 1700000010, .day = 19675, .key_id = 1, .mac = { 1, 2, 3 } },
			{ .user_id = 7, .user = "b", .epoch = 2, .serial = "2", .origin = "2", .step = 1,
			    .at = 1700000020, .day = 19675, .key_id = 2, .mac = { 4, 5, 6 } },
		},
		.counted_day = 19675, .ended_at = 1700000100, .ended_by = "root", .note = "why not",
	};
}

static void
test_every_field(void **state)
{
	struct otp_transfer t = sample(), u = OTP_TRANSFER_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_transfer_encode(&t, &b), OTP_OK);
	assert_int_equal(otp_transfer_decode(b.data, b.len, &u), OTP_OK);
#define SAME(member) assert_true(t.member == u.member)
#define TEXT(member) assert_string_equal(t.member, u.member)
	SAME(id); TEXT(reference); SAME(kind); SAME(account.number); TEXT(account.id); TEXT(payee);
	SAME(amount); TEXT(currency); SAME(date); SAME(maker_id); TEXT(maker); SAME(created_at);
	SAME(state); SAME(n_approvals); SAME(counted_day); SAME(ended_at); TEXT(ended_by); TEXT(note);
	for (unsigned i = 0; i < 2; i++) {
		SAME(approval[i].user_id); TEXT(approval[i].user); SAME(approval[i].epoch);
		TEXT(approval[i].serial); TEXT(approval[i].origin); SAME(approval[i].step);
		SAME(approval[i].at); SAME(approval[i].day); SAME(approval[i].key_id);
		assert_memory_equal(t.approval[i].mac, u.approval[i].mac, OTP_MAC_SIZE);
	}
#undef SAME
#undef TEXT
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	assert_ptr_equal(otp_transfer_approval_of(&t, 7), &t.approval[1]);
	assert_null(otp_transfer_approval_of(&t, 8));
	assert_false(otp_transfer_is_open(&t));
	otp_transfer_clear(&t);
	assert_int_equal(t.id, 0);
	otp_transfer_clear(NULL);
	otp_bytes_clear(&b);
}

static void
test_bounds(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_transfer t;

	(void)state;
#define REFUSE(change) do { \
		t = sample(); \
		change; \
		assert_int_equal(otp_transfer_encode(&t, &b), OTP_ERR_INTERNAL); \
		assert_int_equal(b.len, 0); \
	} while (0)
	REFUSE(t.id = 0);
	REFUSE(t.reference[0] = '\0');
	REFUSE(t.reference[0] = '\n');
	REFUSE(t.kind = OTP_TRANSFER_KIND_COUNT);
	REFUSE(t.account.number = 0);
	REFUSE(t.account.id[0] = ' ');
	REFUSE(t.payee[0] = '\0');
	REFUSE(t.amount = 0);
	REFUSE(t.amount = OTP_AMOUNT_MAX + 1);
	REFUSE(t.currency[0] = 'e');
	REFUSE(t.date = 0);
	REFUSE(t.maker_id = 0);
	REFUSE(t.maker[0] = '-');
	REFUSE(t.created_at = -1);
	REFUSE(t.state = OTP_TRANSFER_STATE_COUNT);
	REFUSE(t.state = OTP_TRANSFER_APPROVED);	/* that has ended */
	REFUSE(t.ended_at = 0);				/* executed, and not ended */
	REFUSE(t.n_approvals = 0);			/* executed without any */
	REFUSE(t.counted_day = 0);
	REFUSE(t.n_approvals = OTP_APPROVALS_MAX + 1);
	REFUSE(t.approval[1].user_id = 6);		/* twice the same */
	REFUSE(t.approval[0].serial[0] = '\0');
	REFUSE(t.approval[0].origin[0] = '\0');
	REFUSE(t.approval[0].day = 0);
	REFUSE(t.approval[0].key_id = 0);
	REFUSE(t.note[0] = '\t');
#undef REFUSE
	otp_bytes_clear(&b);
}

/* Whatever of the order changes, the digest does; what becomes of it does not. */
static void
test_digest(void **state)
{
	uint8_t before[OTP_DIGEST_SIZE], after[OTP_DIGEST_SIZE];
	struct otp_transfer t = sample();

	(void)state;
	assert_int_equal(otp_transfer_digest(&t, before), OTP_OK);
#define DIFFERS(change) do { \
		t = sample(); \
		change; \
		assert_int_equal(otp_transfer_digest(&t, after), OTP_OK); \
		assert_memory_not_equal(before, after, OTP_DIGEST_SIZE); \
	} while (0)
	DIFFERS(t.id++);
	DIFFERS(t.reference[0] = 'j');
	DIFFERS(t.kind = OTP_TRANSFER_EXTERNAL);
	DIFFERS(t.account.number++);
	DIFFERS(t.account.id[0] = '1');
	DIFFERS(t.payee[0] = 'J');
	DIFFERS(t.amount++);
	DIFFERS(t.currency[0] = 'F');
	DIFFERS(t.date++);
	DIFFERS(t.maker_id++);
	DIFFERS(t.maker[0] = 'n');
	DIFFERS(t.created_at++);
#undef DIFFERS
	t = sample();
	t.state = OTP_TRANSFER_PENDING;
	t.n_approvals = 0;
	t.ended_at = 0;
	assert_int_equal(otp_transfer_digest(&t, after), OTP_OK);
	assert_memory_equal(before, after, OTP_DIGEST_SIZE);
}

static void
test_names(void **state)
{
	enum otp_transfer_state s = OTP_TRANSFER_STATE_COUNT;
	enum otp_transfer_kind k = OTP_TRANSFER_KIND_COUNT;
	char buf[OTP_TRANSFER_NAME_SIZE];

	(void)state;
	for (unsigned i = 0; i < OTP_TRANSFER_STATE_COUNT; i++) {
		assert_int_equal(otp_transfer_state_parse(otp_transfer_state_name(i), &s), OTP_OK);
		assert_int_equal(s, i);
	}
	assert_int_equal(otp_transfer_kind_parse("internal", &k), OTP_OK);
	assert_int_equal(k, OTP_TRANSFER_INTERNAL);
	assert_int_equal(otp_transfer_kind_parse("Internal", &k), OTP_ERR_BAD_INPUT);
	assert_int_equal(otp_transfer_kind_parse(NULL, &k), OTP_ERR_BAD_INPUT);
	assert_string_equal(otp_transfer_record_name(buf, UINT64_MAX), "18446744073709551615");
}

static void
test_account(void **state)
{
	struct otp_account a = { .ref = { 3, "0012345" }, .name = "main account", .per_day = 5000000,
		.created_at = 1700000000, .approved = { 19675, 100 } }, back = OTP_ACCOUNT_INIT, bad;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	assert_int_equal(otp_account_encode(&a, &b), OTP_OK);
	assert_int_equal(otp_account_decode(b.data, b.len, &back), OTP_OK);
	assert_int_equal(back.ref.number, 3);
	assert_string_equal(back.ref.id, "0012345");
	assert_string_equal(back.name, "main account");
	assert_int_equal(back.per_day, 5000000);
	assert_int_equal(back.created_at, 1700000000);
	assert_int_equal(back.approved.day, 19675);
	assert_int_equal(back.approved.total, 100);
	codec_hold(recode_account, OTP_ERR_INTEGRITY, &b);
#define REFUSE(change) do { \
		bad = a; \
		change; \
		assert_int_equal(otp_account_encode(&bad, &b), OTP_ERR_INTERNAL); \
	} while (0)
	REFUSE(bad.ref.number = 0);
	REFUSE(bad.ref.id[0] = '\0');
	REFUSE(bad.name[0] = '\n');
	REFUSE(bad.per_day = -1);
	REFUSE(bad.created_at = -1);
	REFUSE(bad.approved.total = -1);
#undef REFUSE
	otp_bytes_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_digest), cmocka_unit_test(test_names), cmocka_unit_test(test_account),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
