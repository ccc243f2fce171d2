/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all acts share: loading and saving records, events, commits, refusals, rows. */
#include "config.h"

#include "act.h"

#include <stdio.h>
#include <string.h>

#include "act_state.h"
#include "clock.h"
#include "keyring.h"
#include "record.h"
#include "text.h"

#define ROWS_A_MESSAGE 200
#define ROW_BYTES_A_MESSAGE 60000	/* one more row of the largest kind still fits a packet */

int64_t
otp_act_now(const struct otp_call *call)
{
	return call->now_ms / 1000;
}

enum otp_err
otp_act_clock(struct otp_call *call)
{
	int64_t newest = otp_store_newest_ms(call->store);

	if (newest - call->now_ms <= OTP_ACT_BEHIND_ALLOWED * 1000)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_CLOCK, CLOCK_BEHIND,
	    OTP_WHY_NUM((newest - call->now_ms) / 1000));
}

enum otp_err
otp_act_pepper(const struct otp_keyring *ring, uint8_t ret[OTP_KEY_SIZE])
{
	if (ring == NULL)
		return OTP_ERR_KEY;
	return otp_keyring_derive(ring, otp_keyring_current(ring), "pepper", ret);
}

/* ---- records ---- */

enum otp_err
otp_act_find_user(struct otp_call *call, const char *name, struct otp_user *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	if (name == NULL || otp_parse_name(name) != OTP_OK)
		return OTP_ERR_NOT_FOUND;
	err = otp_store_get(call->store, OTP_KIND_USER, name, &value);
	if (err == OTP_OK)
		err = otp_user_decode(value.data, value.len, ret);
	otp_bytes_clear(&value);
	if (err == OTP_OK && strcmp(ret->name, name) != 0)
		err = OTP_ERR_INTEGRITY;
	return err;
}

enum otp_err
otp_act_load_user(struct otp_call *call, const char *name, struct otp_user *ret)
{
	enum otp_err err = otp_act_find_user(call, name, ret);

	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(&call->answer->why, err, NO_SUCH_USER, name);
	return err;
}

enum otp_err
otp_act_find_token(struct otp_call *call, const char *serial, struct otp_token *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	if (serial == NULL || otp_parse_serial(serial) != OTP_OK)
		return OTP_ERR_NOT_FOUND;
	err = otp_store_get(call->store, OTP_KIND_TOKEN, serial, &value);
	if (err == OTP_OK)
		err = otp_token_decode(value.data, value.len, ret);
	otp_bytes_clear(&value);
	if (err == OTP_OK && strcmp(ret->serial, serial) != 0)
		err = OTP_ERR_INTEGRITY;
	return err;
}

enum otp_err
otp_act_load_token(struct otp_call *call, const char *serial, struct otp_token *ret)
{
	enum otp_err err = otp_act_find_token(call, serial, ret);

	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(&call->answer->why, err, NO_SUCH_TOKEN, serial);
	return err;
}

enum otp_err
otp_act_find_account(struct otp_call *call, const char *id, struct otp_account *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	if (id == NULL || otp_parse_serial(id) != OTP_OK)
		return OTP_ERR_NOT_FOUND;
	err = otp_store_get(call->store, OTP_KIND_ACCOUNT, id, &value);
	if (err == OTP_OK)
		err = otp_account_decode(value.data, value.len, ret);
	otp_bytes_clear(&value);
	if (err == OTP_OK && strcmp(ret->ref.id, id) != 0)
		err = OTP_ERR_INTEGRITY;
	return err;
}

enum otp_err
otp_act_load_account(struct otp_call *call, const char *id, struct otp_account *ret)
{
	enum otp_err err = otp_act_find_account(call, id, ret);

	if (err == OTP_ERR_NOT_FOUND)
		return OTP_WHY(&call->answer->why, err, NO_SUCH_ACCOUNT, id);
	return err;
}

/* It is made with the store: without it nothing can be decided. */
enum otp_err
otp_act_load_company(struct otp_call *call, struct otp_company *ret)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err;

	err = otp_store_get(call->store, OTP_KIND_COMPANY, OTP_COMPANY_NAME, &value);
	if (err == OTP_OK)
		err = otp_company_decode(value.data, value.len, ret);
	otp_bytes_clear(&value);
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

enum otp_err
otp_act_save(struct otp_call *call, enum otp_kind kind, const char *name, enum otp_err err,
    struct otp_bytes *value)
{
	if (err == OTP_OK)
		err = otp_store_put(call->store, kind, name, value);
	if (err == OTP_OK)
		call->n_saved++;
	otp_bytes_clear(value);
	return err;
}

enum otp_err
otp_act_delete(struct otp_call *call, enum otp_kind kind, const char *name)
{
	enum otp_err err = otp_store_delete(call->store, kind, name);

	call->n_saved += err == OTP_OK;
	return err;
}

enum otp_err
otp_act_save_user(struct otp_call *call, const struct otp_user *user)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_user_encode(user, &value);

	return otp_act_save(call, OTP_KIND_USER, user->name, err, &value);
}

enum otp_err
otp_act_save_token(struct otp_call *call, const struct otp_token *token)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_token_encode(token, &value);

	return otp_act_save(call, OTP_KIND_TOKEN, token->serial, err, &value);
}

enum otp_err
otp_act_save_company(struct otp_call *call, const struct otp_company *company)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_company_encode(company, &value);

	return otp_act_save(call, OTP_KIND_COMPANY, OTP_COMPANY_NAME, err, &value);
}

enum otp_err
otp_act_save_account(struct otp_call *call, const struct otp_account *account)
{
	struct otp_bytes value = OTP_BYTES_INIT;
	enum otp_err err = otp_account_encode(account, &value);

	return otp_act_save(call, OTP_KIND_ACCOUNT, account->ref.id, err, &value);
}

/* ---- days and amounts ---- */

enum otp_err
otp_act_today(struct otp_call *call, int64_t *ret_day)
{
	int64_t newest = otp_store_newest_ms(call->store) / 1000, now = otp_act_now(call);

	/* a clock that is a little behind opens no day that is over */
	return otp_clock_day(otp_store_site(call->store)->zone, newest > now ? newest : now, ret_day);
}

enum otp_err
otp_act_take_limit(struct otp_call *call, enum otp_field field, int64_t *limit)
{
	const char *text = otp_fields_str(&call->request->fields, field);

	if (text == NULL)
		return OTP_OK;
	if (text[0] == '\0' || strcmp(text, "none") == 0) {
		*limit = 0;
		return OTP_OK;
	}
	if (otp_parse_amount(text, otp_store_site(call->store)->currency_digits, limit) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_AMOUNT, text,
	    otp_store_site(call->store)->currency);
}

enum otp_err
otp_act_put_limit(const struct otp_call *call, struct otp_fields *fields, enum otp_field field,
    int64_t limit)
{
	char text[32];

	if (limit == 0)
		return OTP_OK;
	return otp_fields_put_str(fields, field,
	    otp_text_amount(text, limit, otp_store_site(call->store)->currency_digits));
}

enum otp_err
otp_act_ceiling(const struct otp_call *call, const char *text, int64_t *ret)
{
	*ret = OTP_AMOUNT_MAX;
	if (text[0] == '\0')
		return OTP_OK;
	if (otp_parse_amount(text, otp_store_site(call->store)->currency_digits, ret) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_CONFIG, BAD_AMOUNT, text,
	    otp_store_site(call->store)->currency);
}

/* ---- events ---- */

void
otp_act_event(const struct otp_call *call, struct otp_event *ret)
{
	const struct otp_caller *caller = call->caller;
	const char *service = NULL;

	otp_event_clear(ret);
	*ret = (struct otp_event)OTP_EVENT_INIT;
	ret->time_ms = call->now_ms;
	ret->verb = call->verb->verb;
	ret->peer_uid = caller->uid;
	if (caller->is_root)
		(void)snprintf(ret->actor, sizeof(ret->actor), "root");
	else if (caller->name[0] != '\0')
		(void)snprintf(ret->actor, sizeof(ret->actor), "%s", caller->name);
	else
		(void)snprintf(ret->actor, sizeof(ret->actor), "uid:%lu",
		    (unsigned long)caller->uid);
	(void)snprintf(ret->login, sizeof(ret->login), "%s", caller->login);
	if (call->request != NULL)
		service = otp_fields_str(&call->request->fields, OTP_FIELD_SERVICE);
	otp_text_cut(ret->service, sizeof(ret->service), service != NULL ? service : "");
}

enum otp_err
otp_act_put_object(struct otp_call *call)
{
	if (call->object_id == 0 || otp_fields_has(&call->event.details, OTP_FIELD_ID))
		return OTP_OK;
	return otp_fields_put_int(&call->event.details, OTP_FIELD_ID, call->object_id);
}

void
otp_act_about(struct otp_call *call, const char *user, const char *serial)
{
	struct otp_event *event = &call->event;

	if (user != NULL && otp_parse_name(user) == OTP_OK)
		(void)snprintf(event->user, sizeof(event->user), "%s", user);
	if (serial != NULL && otp_parse_serial(serial) == OTP_OK)
		(void)snprintf(event->serial, sizeof(event->serial), "%s", serial);
}

/* Log-ins go on when the disk is full; the rest of what is done waits. */
static enum otp_commit
commit_class(const struct otp_call *call)
{
	if (call->verb->flags & OTP_FLAG_SELF_OR_ROOT)
		return OTP_COMMIT_VERIFY;
	if (call->verb->flags & OTP_FLAG_RESERVE)
		return OTP_COMMIT_RESERVE;
	return OTP_COMMIT_ADMINISTRATION;
}

/*
 * Each code that is used up stands in an event, with its token: after a clock that was ahead this tells which steps
 * must not count again. A verification's own, the last, says so in its serial and USED_STEP.
 */
static enum otp_err
put_used(struct otp_call *call)
{
	unsigned n = call->n_used - (call->n_used > 0 && call->verb->verb == OTP_VERB_VERIFY);
	char text[OTP_SERIAL_MAX + 32];
	enum otp_err err = OTP_OK;

	for (unsigned i = 0; err == OTP_OK && i < n; i++) {
		(void)snprintf(text, sizeof(text), "%s %llu", call->used[i].serial,
		    (unsigned long long)call->used[i].step);
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_USED_CODE, text);
	}
	return err;
}

/* What the operator gave as his reason; where there is no room for it any more, the event counts for more. */
static void
put_reason(struct otp_call *call)
{
	struct otp_fields *details = &call->event.details;

	if (call->request != NULL && !otp_fields_has(details, OTP_FIELD_REASON))
		(void)otp_fields_put_str(details, OTP_FIELD_REASON,
		    otp_fields_str(&call->request->fields, OTP_FIELD_REASON));
}

static enum otp_err
commit(struct otp_call *call, enum otp_commit class)
{
	const struct otp_event *event = &call->event;
	uint64_t seq = 0;
	enum otp_err err;

	err = put_used(call);
	if (err != OTP_OK)
		return err;
	put_reason(call);
	err = otp_store_commit(call->store, event, class, event->result == OTP_OK, &seq);
	if (err != OTP_OK)
		return err;
	call->n_used = 0;
	if (call->committed != NULL)
		call->committed(call->committed_ctx, event, seq);
	if (call->answer != NULL)
		call->answer->audit_seq = seq;
	call->is_committed = true;
	return OTP_OK;
}

enum otp_err
otp_act_commit(struct otp_call *call)
{
	enum otp_err err = OTP_OK;

	if (call->request->dry_run)
		otp_store_abort(call->store);
	else
		err = commit(call, commit_class(call));
	if (err == OTP_OK)
		call->answer->changed = call->answer->changed || call->n_saved > 0;
	call->n_saved = 0;
	return err;
}

static const char *
flood_key(const struct otp_call *call, const struct otp_event *event)
{
	if (call->is_stranger)
		return "";
	return event->user[0] != '\0' ? event->user : event->actor;
}

/* Whom an ordinary caller says he speaks for gives him no more places than one. */
static bool
is_flood(struct otp_call *call, const char *otherwise)
{
	struct otp_event event = call->event;

	if (call->state == NULL)
		return false;
	if (otherwise != NULL || !otp_act_speaks_for_service(call->caller))
		(void)snprintf(event.service, sizeof(event.service), "%s",
		    otherwise != NULL ? otherwise : "");
	return otp_act_state_flood(call->state, flood_key(call, &event), &event);
}

bool
otp_act_speaks_for_service(const struct otp_caller *caller)
{
	return caller->is_privileged || caller->is_root || caller->is_trusted;
}

enum otp_err
otp_act_commit_folded(struct otp_call *call)
{
	if (call->n_saved > 0 || call->request->dry_run ||
	    otp_act_speaks_for_service(call->caller) || !is_flood(call, otp_err_code(OTP_OK)))
		return otp_act_commit(call);
	call->is_committed = true;
	return OTP_OK;
}

enum otp_err
otp_act_commit_refusal(struct otp_call *call, enum otp_err err)
{
	enum otp_err commit_err;

	call->event.result = err;
	commit_err = commit(call, OTP_COMMIT_VERIFY);
	if (commit_err != OTP_OK)
		return commit_err;
	call->n_saved = 0;
	return err;
}

void
otp_act_tick(struct otp_call *call, bool is_last)
{
	struct otp_event event;

	if (call->state == NULL || call->store == NULL)
		return;
	while (otp_act_state_take(call->state, call->now_ms, is_last, &event)) {
		uint64_t seq = 0;

		/* a count that finds no room is lost; what it counts was denied all the same */
		if (otp_store_commit(call->store, &event, OTP_COMMIT_VERIFY, false, &seq) != OTP_OK)
			otp_store_abort(call->store);
		else if (call->committed != NULL)
			call->committed(call->committed_ctx, &event, seq);
	}
}

/* Refused is refused, whether or not there is room to write it down. */
enum otp_err
otp_act_deny(struct otp_call *call, enum otp_err err)
{
	enum otp_commit denial_class = commit_class(call);

	if (call->store == NULL)
		return err;
	otp_store_abort(call->store);
	call->n_used = 0;	/* nothing that was staged is used up */
	if (call->request != NULL && call->request->dry_run)
		return err;
	otp_act_tick(call, false);
	if (call->event.verb != call->verb->verb || call->event.time_ms != call->now_ms)
		otp_act_event(call, &call->event);
	(void)otp_act_put_object(call);
	call->event.result = err;
	if (is_flood(call, NULL))
		call->is_committed = true;	/* counted, which is all it gets */
	else if (commit(call, denial_class) != OTP_OK)
		otp_store_abort(call->store);
	otp_event_clear(&call->event);
	return err;
}

/* ---- the operator ---- */

bool
otp_act_is_staff(const struct otp_user *user)
{
	return user->role == OTP_ROLE_ADMINISTRATOR || user->role == OTP_ROLE_MASTER;
}

enum otp_err
otp_act_may_touch(const struct otp_call *call, const struct otp_user *user)
{
	if (!otp_act_is_staff(user) || call->caller->is_root ||
	    call->operator_user.role == OTP_ROLE_MASTER)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, MASTER_TOUCHES_STAFF, user->name);
}

/* ---- rows ---- */

enum otp_err
otp_act_row(struct otp_call *call, struct otp_fields **ret_row)
{
	struct otp_rows *rows = &call->answer->rows;
	enum otp_err err;

	if (rows->n > 0)
		call->n_row_bytes += rows->row[rows->n - 1].data.len;
	if (call->send_rows != NULL &&
	    (rows->n >= ROWS_A_MESSAGE || call->n_row_bytes >= ROW_BYTES_A_MESSAGE)) {
		err = call->send_rows(call->send_rows_ctx, call->answer);
		otp_rows_clear(rows);
		call->n_row_bytes = 0;
		if (err != OTP_OK)
			return err;
	}
	return otp_rows_add(rows, ret_row);
}

const char *
otp_act_reason(const struct otp_why *why, enum otp_err err, char *buf, size_t size)
{
	if (why->message == OTP_MESSAGE_NONE)
		return otp_text_cut(buf, size, otp_err_text(err));
	return otp_message_format(buf, size, otp_message_text(why->message), why);
}
