/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of notices: its encoding, its order, and how long a mail waits. */
#include "config.h"

#include "unit.h"

#include "codec.h"
#include "pending.h"

static enum otp_err
recode(const void *data, size_t len, struct otp_bytes *ret)
{
	struct otp_pending p = OTP_PENDING_INIT;
	enum otp_err err = otp_pending_decode(data, len, &p);

	if (err == OTP_OK)
		err = otp_pending_encode(&p, ret);
	otp_pending_clear(&p);
	return err;
}

static void
make(struct otp_pending *p)
{
	bool is_given_up;

	*p = (struct otp_pending){ .version = 5, .done = { 41, 7, 1 } };
	assert_int_equal(otp_pending_failed(p, &(struct otp_notice_id){ 40, 2, 0 }, 75, 1000, &is_given_up), OTP_OK);
	assert_int_equal(otp_pending_failed(p, &(struct otp_notice_id){ 39, 9, 1 }, -1, 1001, &is_given_up), OTP_OK);
	assert_int_equal(otp_pending_failed(p, &(struct otp_notice_id){ 40, 1, 0 }, 255, 1002, &is_given_up), OTP_OK);
	assert_false(is_given_up);
}

static void
round_trip(void **state)
{
	struct otp_pending p, q = OTP_PENDING_INIT;
	struct otp_bytes b = OTP_BYTES_INIT;

	(void)state;
	make(&p);
	assert_int_equal(otp_pending_encode(&p, &b), OTP_OK);
	assert_int_equal(otp_pending_decode(b.data, b.len, &q), OTP_OK);
	assert_int_equal(q.version, 5);
	assert_int_equal(otp_notice_id_compare(&q.done, &p.done), 0);
	assert_int_equal(q.n, 3);
	/* in their order, whatever came first */
	assert_int_equal(q.waiting[0].id.seq, 39);
	assert_int_equal(q.waiting[0].status, -1);
	assert_int_equal(q.waiting[1].id.user_id, 1);
	assert_int_equal(q.waiting[1].status, 255);
	assert_int_equal(q.waiting[2].id.user_id, 2);
	assert_int_equal(q.waiting[2].first_at, 1000);
	assert_int_equal(q.waiting[2].next_at, 1060);
	assert_int_equal(q.waiting[2].tries, 1);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_pending_clear(&p);
	p.version = 1;
	assert_int_equal(otp_pending_encode(&p, &b), OTP_OK);
	codec_hold(recode, OTP_ERR_INTEGRITY, &b);
	otp_pending_clear(&p);
	otp_pending_clear(NULL);
	otp_pending_clear(&q);
	otp_bytes_clear(&b);
}

static void
bounds(void **state)
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_pending p;

	(void)state;
#define REFUSE(change) do { \
		make(&p); \
		change; \
		assert_int_equal(otp_pending_encode(&p, &b), OTP_ERR_INTERNAL); \
		otp_pending_clear(&p); \
	} while (0)
	REFUSE(p.version = 0);
	REFUSE(p.done.n = OTP_NOTICE_N_MAX + 1);
	REFUSE(p.done.seq = 0);
	REFUSE(p.waiting[0].id.seq = 0);
	REFUSE(p.waiting[0].id.user_id = 0);
	REFUSE(p.waiting[0].id.n = OTP_NOTICE_N_MAX + 1);
	REFUSE(p.waiting[0].id = p.waiting[1].id);
	REFUSE(p.waiting[2].id.seq = 1);
	REFUSE(p.waiting[0].tries = 0);
	REFUSE(p.waiting[0].tries = OTP_PENDING_TRIES_MAX);
	REFUSE(p.waiting[0].status = 256);
	REFUSE(p.waiting[0].status = -2);
	REFUSE(p.waiting[0].next_at = -1);
#undef REFUSE
	otp_bytes_clear(&b);
}

static void
longer_each_time(void **state)
{
	static const int64_t pauses[] = { 60, 240, 960, 3840, 15360, 43200, 43200 };
	const struct otp_notice_id id = { 1, 1, 0 };
	struct otp_pending p = OTP_PENDING_INIT;
	struct otp_waiting *w;
	bool is_given_up;

	(void)state;
	for (uint32_t i = 1; i < OTP_PENDING_TRIES_MAX; i++) {
		assert_int_equal(otp_pending_failed(&p, &id, 75, 1000, &is_given_up), OTP_OK);
		assert_false(is_given_up);
		w = otp_pending_find(&p, &id);
		assert_non_null(w);
		assert_int_equal(w->tries, i);
		assert_int_equal(w->next_at - 1000, pauses[i < UNIT_N(pauses) ? i - 1 : UNIT_N(pauses) - 1]);
		assert_int_equal(p.n, 1);
	}
	assert_int_equal(otp_pending_failed(&p, &id, 75, 1000, &is_given_up), OTP_OK);
	assert_true(is_given_up);
	assert_int_equal(p.n, 0);
	assert_null(otp_pending_find(&p, &id));
	otp_pending_clear(&p);
}

static void
no_more_than_fit(void **state)
{
	struct otp_pending p = { .version = 1 };
	struct otp_bytes b = OTP_BYTES_INIT;
	bool is_given_up;

	(void)state;
	for (uint64_t i = OTP_PENDING_MAX; i > 0; i--)
		assert_int_equal(otp_pending_failed(&p, &(struct otp_notice_id){ i, UINT64_MAX, 7 }, 1, 1,
		    &is_given_up), OTP_OK);
	assert_int_equal(otp_pending_failed(&p, &(struct otp_notice_id){ 5000, 1, 0 }, 1, 1, &is_given_up),
	    OTP_ERR_OVER_LIMIT);
	assert_int_equal(otp_pending_encode(&p, &b), OTP_OK);
	otp_pending_remove(&p, &(struct otp_notice_id){ 500, UINT64_MAX, 7 });
	otp_pending_remove(&p, &(struct otp_notice_id){ 500, UINT64_MAX, 7 });
	assert_int_equal(p.n, OTP_PENDING_MAX - 1);
	assert_null(otp_pending_find(&p, &(struct otp_notice_id){ 500, UINT64_MAX, 7 }));
	assert_non_null(otp_pending_find(&p, &(struct otp_notice_id){ 501, UINT64_MAX, 7 }));
	otp_pending_clear(&p);
	otp_bytes_clear(&b);
}

static void
ids(void **state)
{
	static const char *const bad[] = { "", "1", "1-2", "1-2-", "1-2-3-4", "1-2-8", "0-1-0", "1-0-0", "-1-2",
		"1--2", "x-1-0", "1-1-0 ", "99999999999999999999999-1-0", "18446744073709551616-1-0" };
	char text[OTP_NOTICE_ID_SIZE];
	struct otp_notice_id id;

	(void)state;
	assert_int_equal(otp_notice_id_parse("41-18446744073709551615-7", &id), OTP_OK);
	assert_int_equal(id.seq, 41);
	assert_true(id.user_id == UINT64_MAX);
	assert_int_equal(id.n, 7);
	assert_string_equal(otp_notice_id_text(text, &id), "41-18446744073709551615-7");
	for (size_t i = 0; i < UNIT_N(bad); i++)
		assert_int_equal(otp_notice_id_parse(bad[i], &id), OTP_ERR_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(bounds),
		cmocka_unit_test(longer_each_time),
		cmocka_unit_test(no_more_than_fit),
		cmocka_unit_test(ids),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
