/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beginning: the store, its company, the first master and his word. */
#include "config.h"

#include "act_frame.h"

#include "act_init.h"

/* As otpd's: makes the store that the frame had not yet. */
struct making {
	struct frame *f;
	struct otp_store_site site;
	unsigned n;
	enum otp_err err;
};

static enum otp_err
make_store(void *ctx, struct otp_store_site *site, struct otp_store **ret, struct otp_why *why)
{
	struct making *m = ctx;

	(void)why;
	m->n++;
	m->site = *site;
	if (m->err != OTP_OK)
		return m->err;
	*ret = m->f->store;
	return OTP_OK;
}

/* What setup put into the store is taken out: it is as a broken-off init leaves it. */
static void
empty(struct frame *f)
{
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	assert_int_equal(otp_store_delete(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME), OTP_OK);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq),
	    OTP_OK);
}

static enum otp_err
init(struct frame *f, struct making *making, bool has_store)
{
	struct otp_proofs proofs = { 0 };
	struct otp_call call = {
		.store = has_store ? f->store : NULL, .conf = &f->conf, .ring = f->ring,
		.caller = &f->caller, .verb = otp_verb_info(OTP_VERB_INIT), .request = &f->request,
		.proofs = &proofs, .now_ms = f->now_ms, .answer = &f->answer,
		.make_store = make_store, .make_store_ctx = making, .state = f->state,
	};
	enum otp_err err;

	*making = (struct making){ .f = f, .err = making->err };
	otp_answer_clear(&f->answer);
	if (f->caller.name[0] == '\0')
		frame_root(f);
	err = otp_act_question(&call, &f->question);
	if (err == OTP_OK)
		err = otp_act_run(&call, otp_act_init);
	else
		err = otp_act_deny(&call, err);
	assert_int_equal(otp_store_flush(f->store), OTP_OK);
	otp_request_clear(&f->request);
	f->caller = (struct otp_caller){ 0 };
	return err;
}

static void
makes_all(void **state)
{
	struct frame *f = *state;
	struct making making = { 0 };
	struct otp_user user = OTP_USER_INIT;
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;

	empty(f);
	frame_text(f, OTP_FIELD_MASTER, "boss");
	frame_text(f, OTP_FIELD_MAIL, "boss@bank.example");
	frame_text(f, OTP_FIELD_ZONE, "Asia/Tokyo");
	assert_int_equal(init(f, &making, false), OTP_OK);
	assert_int_equal(making.n, 1);
	assert_int_equal(making.site.n_shards, 64);
	assert_string_equal(making.site.currency, "JPY");
	assert_int_equal(making.site.currency_digits, 0);
	assert_string_equal(making.site.zone, "Asia/Tokyo");
	assert_true(f->answer.changed);
	assert_non_null(otp_fields_str(&f->answer.fields, OTP_FIELD_WORD));
	frame_reopen(f);
	frame_get_user(f, "boss", &user);
	assert_int_equal(user.id, 1);
	assert_int_equal(user.role, OTP_ROLE_MASTER);
	assert_string_equal(user.mail, "boss@bank.example");
	assert_true(otp_user_registration_is_open(&user, f->now_ms / 1000));
	assert_true(user.word[0] != '\0');
	otp_user_clear(&user);
	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	assert_int_equal(company.next_user_id, 2);
	assert_int_equal(company.n_staff, 1);
	assert_string_equal(company.staff[0].user, "boss");
	otp_company_clear(&company);
	otp_bytes_clear(&value);
	/* once */
	frame_text(f, OTP_FIELD_MASTER, "other");
	assert_int_equal(init(f, &making, true), OTP_ERR_EXISTS);
	assert_int_equal(making.n, 0);
}

/* The store was made, the rest was not: the next init does the rest. */
static void
goes_on(void **state)
{
	struct frame *f = *state;
	struct making making = { 0 };

	empty(f);
	frame_text(f, OTP_FIELD_MASTER, "boss");
	assert_int_equal(init(f, &making, true), OTP_OK);
	assert_int_equal(making.n, 0);
}

static void
refused(void **state)
{
	static const struct {
		enum otp_field field;
		const char *text;
	} bad[] = {
		{ OTP_FIELD_MAIL, "no address" }, { OTP_FIELD_ZONE, "../../etc/passwd" },
		{ OTP_FIELD_ZONE, "No/Where" }, { OTP_FIELD_CURRENCY, "yen" }, { OTP_FIELD_CURRENCY, "EURO" },
	};
	static const int64_t shards[] = { 0, 3, 512, -1 };
	struct frame *f = *state;
	struct making making = { 0 };

	empty(f);
	for (size_t i = 0; i < UNIT_N(bad); i++) {
		frame_text(f, OTP_FIELD_MASTER, "boss");
		frame_text(f, bad[i].field, bad[i].text);
		assert_int_equal(init(f, &making, false), OTP_ERR_USAGE);
		assert_int_equal(making.n, 0);
	}
	for (size_t i = 0; i < UNIT_N(shards); i++) {
		frame_text(f, OTP_FIELD_MASTER, "boss");
		assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_SHARDS, shards[i]), OTP_OK);
		assert_int_equal(init(f, &making, false), OTP_ERR_USAGE);
	}
	frame_text(f, OTP_FIELD_MASTER, "-boss");
	assert_int_equal(init(f, &making, false), OTP_ERR_USAGE);
	frame_as(f, "alice");
	frame_text(f, OTP_FIELD_MASTER, "alice");
	assert_int_equal(init(f, &making, false), OTP_ERR_NOT_PERMITTED);
	assert_int_equal(making.n, 0);
	making.err = OTP_ERR_DISK_FULL;
	frame_text(f, OTP_FIELD_MASTER, "boss");
	assert_int_equal(init(f, &making, false), OTP_ERR_DISK_FULL);
	making.err = OTP_OK;
	frame_text(f, OTP_FIELD_MASTER, "boss");
	f->request.dry_run = true;
	assert_int_equal(init(f, &making, false), OTP_OK);
	assert_int_equal(making.n, 0);
	assert_true(f->answer.changed);
	assert_false(otp_fields_has(&f->answer.fields, OTP_FIELD_WORD));
}

static void
currencies(void **state)
{
	static const struct {
		const char *currency;
		unsigned digits;
	} known[] = { { "EUR", 2 }, { "JPY", 0 }, { "KWD", 3 }, { "USD", 2 }, { "KRW", 0 } };
	struct frame *f = *state;
	struct making making = { .err = OTP_ERR_BUSY };

	empty(f);
	for (size_t i = 0; i < UNIT_N(known); i++) {
		frame_text(f, OTP_FIELD_MASTER, "boss");
		frame_text(f, OTP_FIELD_CURRENCY, known[i].currency);
		assert_int_equal(init(f, &making, false), OTP_ERR_BUSY);
		assert_int_equal(making.site.currency_digits, known[i].digits);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		T(makes_all), T(goes_on), T(refused), T(currencies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
