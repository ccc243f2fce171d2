/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site for the tests of transfers. */
#include "config.h"

#include "transfer_frame.h"

#include "act_approve.h"
#include "act_execute.h"
#include "act_transfer.h"
#include "text.h"

static void
put(struct frame *f, enum otp_kind kind, const char *name, struct otp_bytes *value)
{
	struct otp_event event = OTP_EVENT_INIT;
	uint64_t seq;

	event.time_ms = f->now_ms;
	assert_int_equal(otp_store_put(f->store, kind, name, value), OTP_OK);
	assert_int_equal(otp_store_commit(f->store, &event, OTP_COMMIT_ADMINISTRATION, false, &seq), OTP_OK);
	otp_bytes_clear(value);
}

void
transfer_account_get(struct frame *f, const char *id, struct otp_account *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_ACCOUNT, id, &value), OTP_OK);
	assert_int_equal(otp_account_decode(value.data, value.len, ret), OTP_OK);
	otp_bytes_clear(&value);
}

void
transfer_account_put(struct frame *f, const struct otp_account *account)
{
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_account_encode(account, &value), OTP_OK);
	put(f, OTP_KIND_ACCOUNT, account->ref.id, &value);
}

void
transfer_account(struct frame *f, const char *id, int64_t per_day)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	static uint64_t next;

	if (strcmp(id, "A-1") == 0)
		next = 0;
	account.ref.number = ++next;
	(void)snprintf(account.ref.id, sizeof(account.ref.id), "%s", id);
	account.per_day = per_day;
	account.created_at = f->now_ms / 1000;
	transfer_account_put(f, &account);
}

void
transfer_permit(struct frame *f, const char *name, uint32_t rights, int64_t per_transfer,
    int64_t per_day, bool waits)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	user.granted.rights = rights | OTP_RIGHT_LOGIN;
	user.granted.limits = (struct otp_limits){ per_transfer, per_day };
	user.granted.n_accounts = 0;
	assert_int_equal(otp_permit_account_add(&user.granted, 1, "A-1"), OTP_OK);
	assert_int_equal(otp_permit_account_add(&user.granted, 2, "A-2"), OTP_OK);
	if (!waits)
		user.adopted = user.granted;
	frame_put_user(f, &user);
}

static void
approver(struct frame *f, const char *name, const char *serial)
{
	frame_add_user(f, name, OTP_ROLE_GENERAL);
	frame_add_token(f, serial);
	frame_bind(f, name, serial);
	transfer_permit(f, name, APPROVE_ALL, 500, 1000, false);
}

void
transfer_site(struct frame *f)
{
	transfer_account(f, "A-1", 1000);
	transfer_account(f, "A-2", 1000);
	frame_add_user(f, "max", OTP_ROLE_GENERAL);
	transfer_permit(f, "max", CREATE_ALL, 500, 0, false);
	approver(f, "anna", "T-ANNA");
	approver(f, "berta", "T-BERTA");
	frame_add_user(f, "carl", OTP_ROLE_GENERAL);
	frame_staff(f);
	frame_forget_events(f);
}

void
transfer_get(struct frame *f, int64_t id, struct otp_transfer *ret)
{
	char name[OTP_TRANSFER_NAME_SIZE];
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_TRANSFER,
	    otp_transfer_record_name(name, (uint64_t)id), &value), OTP_OK);
	assert_int_equal(otp_transfer_decode(value.data, value.len, ret), OTP_OK);
	otp_bytes_clear(&value);
}

void
transfer_put(struct frame *f, const struct otp_transfer *transfer)
{
	char name[OTP_TRANSFER_NAME_SIZE];
	struct otp_bytes value = OTP_BYTES_INIT;

	assert_int_equal(otp_transfer_encode(transfer, &value), OTP_OK);
	put(f, OTP_KIND_TRANSFER, otp_transfer_record_name(name, transfer->id), &value);
}

enum otp_transfer_state
transfer_state(struct frame *f, int64_t id)
{
	struct otp_transfer transfer = OTP_TRANSFER_INIT;

	transfer_get(f, id, &transfer);
	return transfer.state;
}

static int64_t
today(const struct frame *f)
{
	return f->now_ms / 1000 / 86400;
}

int64_t
transfer_used(struct frame *f, const char *name)
{
	struct otp_user user = OTP_USER_INIT;

	frame_get_user(f, name, &user);
	return otp_day_total_on(&user.approved, today(f));
}

int64_t
transfer_account_used(struct frame *f, const char *id)
{
	struct otp_account account = OTP_ACCOUNT_INIT;

	transfer_account_get(f, id, &account);
	return otp_day_total_on(&account.approved, today(f));
}

int64_t
transfer_company_used(struct frame *f)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_bytes value = OTP_BYTES_INIT;
	int64_t used;

	assert_int_equal(otp_store_get(f->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value), OTP_OK);
	assert_int_equal(otp_company_decode(value.data, value.len, &company), OTP_OK);
	used = otp_day_total_on(&company.approved, today(f));
	otp_bytes_clear(&value);
	otp_company_clear(&company);
	return used;
}

/* ---- calls ---- */

void
transfer_order(struct frame *f, const char *amount, const char *reference)
{
	frame_text(f, OTP_FIELD_KIND, "external");
	frame_text(f, OTP_FIELD_ACCOUNT, "A-1");
	frame_text(f, OTP_FIELD_PAYEE, "Paper Ltd");
	frame_text(f, OTP_FIELD_AMOUNT, amount);
	frame_text(f, OTP_FIELD_REFERENCE, reference);
}

enum otp_err
transfer_submit(struct frame *f, const char *who, const char *amount, const char *reference)
{
	frame_as(f, who);
	transfer_order(f, amount, reference);
	return frame_run(f, OTP_VERB_TRANSFER_SUBMIT, otp_act_transfer_submit);
}

int64_t
transfer_make(struct frame *f, int64_t amount)
{
	static unsigned n;
	char text[32], reference[32];
	int64_t id = 0;

	(void)snprintf(text, sizeof(text), "%lld", (long long)amount);
	(void)snprintf(reference, sizeof(reference), "R-%u", ++n);
	assert_int_equal(transfer_submit(f, "max", text, reference), OTP_OK);
	assert_true(otp_fields_int(&f->answer.fields, OTP_FIELD_ID, &id));
	return id;
}

const char *
transfer_digest(struct frame *f, int64_t id)
{
	static char hex[2 * OTP_DIGEST_SIZE + 1];
	struct otp_transfer transfer = OTP_TRANSFER_INIT;
	uint8_t digest[OTP_DIGEST_SIZE];

	transfer_get(f, id, &transfer);
	assert_int_equal(otp_transfer_digest(&transfer, digest), OTP_OK);
	return otp_text_hex(hex, digest, sizeof(digest));
}

void
transfer_row(struct frame *f, int64_t id)
{
	struct otp_fields *row = frame_row(f);

	assert_int_equal(otp_fields_put_int(row, OTP_FIELD_ID, id), OTP_OK);
	assert_int_equal(otp_fields_put_str(row, OTP_FIELD_DIGEST, transfer_digest(f, id)), OTP_OK);
}

enum otp_err
transfer_approve_rows(struct frame *f, const char *who, const char *serial)
{
	frame_pass(f, FRAME_STEP);
	frame_as(f, who);
	frame_text(f, OTP_FIELD_CODE, frame_code(f, serial, 0));
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TRANSFER_APPROVE, otp_act_transfer_approve);
}

enum otp_err
transfer_approve(struct frame *f, const char *who, const char *serial, int64_t id)
{
	transfer_row(f, id);
	return transfer_approve_rows(f, who, serial);
}

static void
id_row(struct frame *f, int64_t id)
{
	assert_int_equal(otp_fields_put_int(frame_row(f), OTP_FIELD_ID, id), OTP_OK);
}

enum otp_err
transfer_return(struct frame *f, const char *who, int64_t id)
{
	frame_as(f, who);
	id_row(f, id);
	f->confirm = FRAME_RIGHT;
	return frame_run(f, OTP_VERB_TRANSFER_RETURN, otp_act_transfer_return);
}

enum otp_err
transfer_withdraw(struct frame *f, const char *who, int64_t id)
{
	frame_as(f, who);
	id_row(f, id);
	return frame_run(f, OTP_VERB_TRANSFER_WITHDRAW, otp_act_transfer_withdraw);
}

enum otp_err
transfer_execute(struct frame *f, int64_t id)
{
	frame_root(f);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	return frame_run(f, OTP_VERB_TRANSFER_EXECUTE, otp_act_transfer_execute);
}

enum otp_err
transfer_show(struct frame *f, const char *who, int64_t id)
{
	frame_as(f, who);
	assert_int_equal(otp_fields_put_int(&f->request.fields, OTP_FIELD_ID, id), OTP_OK);
	return frame_run(f, OTP_VERB_TRANSFER_SHOW, otp_act_transfer_show);
}
