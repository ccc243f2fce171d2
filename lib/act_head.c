/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the audit whole, and the one that somebody has kept a head of? */
#include "config.h"

#include "act_head.h"

#include <string.h>

#include "head.h"
#include "text.h"

/* ---- making one ---- */

static void
head_now(const struct otp_store *store, int64_t now_ms, struct otp_head *ret)
{
	const struct otp_store_link tip = otp_store_tip(store);

	ret->generation = tip.generation;
	ret->seq = tip.seq;
	ret->time = now_ms / 1000;
	memcpy(ret->mac, tip.mac, sizeof(ret->mac));
	memcpy(ret->store_id, otp_store_site(store)->id, sizeof(ret->store_id));
}

enum otp_err
otp_act_head_line(struct otp_store *store, const struct otp_keyring *ring, int64_t now_ms,
    struct otp_bytes *ret, uint64_t *ret_seq)
{
	struct otp_head head;

	head_now(store, now_ms, &head);
	*ret_seq = head.seq;
	return otp_head_line(&head, ring, ret);
}

static enum otp_err
put_place(struct otp_fields *fields, uint64_t generation, const uint8_t mac[OTP_MAC_SIZE])
{
	char hex[2 * OTP_MAC_SIZE + 1];
	enum otp_err err;

	err = otp_fields_put_int(fields, OTP_FIELD_GENERATION, (int64_t)generation);
	return err == OTP_OK ? otp_fields_put_str(fields, OTP_FIELD_MAC,
	    otp_text_hex(hex, mac, OTP_MAC_SIZE)) : err;
}

enum otp_err
otp_act_audit_head(struct otp_call *call)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_bytes text = OTP_BYTES_INIT;
	struct otp_head head;
	enum otp_err err;

	head_now(call->store, call->now_ms, &head);
	err = otp_head_text(&head, call->ring, &text);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_HEAD, otp_text_str(&text));
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_SEQ, (int64_t)head.seq);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_TIME, head.time);
	if (err == OTP_OK)
		err = put_place(fields, head.generation, head.mac);
	otp_bytes_clear(&text);
	return err;
}

/* ---- verifying ---- */

struct verify {
	struct otp_call *call;
	const struct otp_head *head;	/* NULL: none was given */
	bool is_met;
};

/* The record at the head's place must be the head's. */
static enum otp_err
meet(struct verify *verify, uint64_t generation, const uint8_t mac[OTP_MAC_SIZE])
{
	const struct otp_head *head = verify->head;

	verify->is_met = generation == head->generation &&
	    memcmp(mac, head->mac, sizeof(head->mac)) == 0;
	if (verify->is_met)
		return OTP_OK;
	return OTP_WHY(&verify->call->answer->why, OTP_ERR_INTEGRITY, HEAD_DIFFERS,
	    OTP_WHY_NUM(head->seq));
}

static enum otp_err
each_link(void *ctx, const struct otp_store_link *link, const struct otp_event *event)
{
	struct verify *verify = ctx;

	(void)event;
	if (verify->head == NULL || link->seq != verify->head->seq)
		return OTP_OK;
	return meet(verify, link->generation, link->mac);
}

/* Before anything is read: is it a head of this store, and not of more than there is? */
static enum otp_err
check_head(struct otp_call *call, const struct otp_head *head)
{
	const struct otp_store_link tip = otp_store_tip(call->store);
	struct otp_why *why = &call->answer->why;

	if (memcmp(head->store_id, otp_store_site(call->store)->id, sizeof(head->store_id)) != 0)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, HEAD_OTHER_STORE);
	if (head->seq > tip.seq || head->generation > tip.generation)
		return OTP_WHY(why, OTP_ERR_INTEGRITY, HEAD_BEYOND, OTP_WHY_NUM(head->seq),
		    OTP_WHY_NUM(tip.seq));
	return OTP_OK;
}

/* What was not met lies before what is kept: was it old enough to be given up? */
static enum otp_err
check_met(struct verify *verify, const struct otp_store_chain *chain)
{
	const struct otp_head *head = verify->head;
	struct otp_call *call = verify->call;
	struct otp_why *why = &call->answer->why;

	if (head == NULL || verify->is_met)
		return OTP_OK;
	if (head->seq == chain->first.seq)
		return meet(verify, chain->first.generation, chain->first.mac);
	if (head->time < otp_act_now(call) - call->conf->audit_keep)
		return OTP_WHY(why, OTP_ERR_NOT_FOUND, HEAD_TOO_OLD, OTP_WHY_NUM(chain->first.seq + 1),
		    OTP_WHY_NUM(head->seq));
	return OTP_WHY(why, OTP_ERR_INTEGRITY, HEAD_TAKEN, OTP_WHY_NUM(chain->first.seq + 1),
	    OTP_WHY_NUM(head->seq));
}

static enum otp_err
put_chain(struct otp_call *call, const struct otp_store_chain *chain)
{
	struct otp_fields *fields = &call->answer->fields;
	const struct otp_store_link tip = otp_store_tip(call->store);
	enum otp_err err;

	err = otp_fields_put_int(fields, OTP_FIELD_FIRST_SEQ, (int64_t)chain->first.seq + 1);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_LAST_SEQ, (int64_t)chain->last);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_RECORDS, (int64_t)chain->n_records);
	return err == OTP_OK ? put_place(fields, tip.generation, tip.mac) : err;
}

enum otp_err
otp_act_audit_verify(struct otp_call *call)
{
	const char *text = otp_fields_str(&call->request->fields, OTP_FIELD_HEAD);
	struct otp_why *why = &call->answer->why;
	struct verify verify = { .call = call };
	struct otp_store_chain chain;
	struct otp_head head;
	enum otp_err err = OTP_OK;

	if (text != NULL) {
		err = otp_head_read(text, call->ring, &head, why);
		if (err == OTP_OK)
			err = check_head(call, &head);
		verify.head = &head;
	}
	if (err == OTP_OK)
		err = otp_store_chain(call->store, 0, each_link, &verify, &chain, why);
	if (err == OTP_OK)
		err = check_met(&verify, &chain);
	if (err == OTP_OK)
		err = put_chain(call, &chain);
	if (err == OTP_OK && text != NULL)
		(void)OTP_WHY(why, OTP_OK, AUDIT_HOLDS_HEAD, OTP_WHY_NUM(chain.first.seq + 1),
		    OTP_WHY_NUM(chain.last), OTP_WHY_NUM(head.seq));
	else if (err == OTP_OK)
		(void)OTP_WHY(why, OTP_OK, AUDIT_HOLDS, OTP_WHY_NUM(chain.first.seq + 1),
		    OTP_WHY_NUM(chain.last));
	return err;
}
