/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events into notices: who gets them, what of the event they tell. */
#include "config.h"

#include "act_notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECIPIENTS_MAX 1000		/* of one event: more than users and sharers and staff can be */
#define CONTENT_MAX 3000		/* bytes */
#define VALUE_MAX 1024
#define LIST_MAX 16			/* values of one field */

/* ---- recipients ---- */

struct recipients {
	struct otp_call *call;
	const struct otp_event *event;
	uint64_t seq;
	struct {
		struct otp_notice_id id;
		char user[OTP_NAME_MAX + 1];
		bool for_staff;
		enum otp_notice_kind kind;
		const char *about;
		const char *address;	/* NULL: his own, as it is now */
	} *one;
	unsigned n;
};
/* Of somebody whose record is gone: his last mail goes to an address that the event has. */
#define NO_USER UINT64_MAX

enum otp_err
otp_notice_recipient(struct otp_call *call, const char *name, uint64_t user_id,
    struct otp_notice *ret)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_act_find_user(call, name, &user);

	if (err == OTP_OK && user.id != user_id)
		err = OTP_ERR_NOT_FOUND;
	if (err == OTP_OK) {
		(void)snprintf(ret->user, sizeof(ret->user), "%s", user.name);
		(void)snprintf(ret->to, sizeof(ret->to), "%s",
		    user.mail[0] != '\0' ? user.mail : user.name);
		(void)snprintf(ret->language, sizeof(ret->language), "%s",
		    user.language[0] != '\0' ? user.language : call->conf->language);
	}
	otp_user_clear(&user);
	return err;
}

static enum otp_err
add_id(struct recipients *r, const struct otp_notice_id *id, enum otp_notice_kind kind,
    const char *about, const char *name, bool for_staff)
{
	for (unsigned i = 0; i < r->n; i++)
		if (otp_notice_id_compare(&r->one[i].id, id) == 0)
			return OTP_OK;
	if (r->n >= OTP_NOTICE_KINDS_MAX * RECIPIENTS_MAX)
		return OTP_ERR_INTERNAL;
	r->one[r->n].id = *id;
	(void)snprintf(r->one[r->n].user, sizeof(r->one[r->n].user), "%s", name);
	r->one[r->n].for_staff = for_staff;
	r->one[r->n].kind = kind;
	r->one[r->n].address = NULL;
	r->one[r->n++].about = about;
	return OTP_OK;
}

static enum otp_err
add(struct recipients *r, unsigned place, enum otp_notice_kind kind, const char *about,
    uint64_t user_id, const char *name, bool for_staff)
{
	const struct otp_notice_id id = { r->seq, user_id, (uint8_t)(2 * place) };

	return add_id(r, &id, kind, about, name, for_staff);
}

/* By name, as events have them: who was made under that name later is somebody else. */
static enum otp_err
add_named(struct recipients *r, unsigned place, enum otp_notice_kind kind, const char *about,
    const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_act_find_user(r->call, name, &user);

	if (err == OTP_OK && user.created_at * 1000 <= r->event->time_ms)
		err = add(r, place, kind, about, user.id, user.name, false);
	otp_user_clear(&user);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

/* One event may be about several: each is told of himself. */
static enum otp_err
add_users(struct recipients *r, unsigned place, enum otp_notice_kind kind, const char *about)
{
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	if (about[0] != '\0')
		return add_named(r, place, kind, about, about);
	while (err == OTP_OK && otp_fields_next(&r->event->details, &cursor, &view))
		if (view.field == OTP_FIELD_USERS)
			err = add_named(r, place, kind, view.str, view.str);
	return err;
}

/* The address before, or the one of who was deleted: the event alone knows it. */
static enum otp_err
add_old(struct recipients *r, unsigned place, enum otp_notice_kind kind, const char *about)
{
	struct otp_notice_id id = { r->seq, NO_USER, (uint8_t)(2 * place + 1) };
	struct otp_user user = OTP_USER_INIT;
	const char *address = otp_fields_str(&r->event->details,
	    kind == OTP_NOTICE_DELETED ? OTP_FIELD_MAIL : OTP_FIELD_MAIL_BEFORE);
	enum otp_err err = otp_act_find_user(r->call, about, &user);

	if (err == OTP_OK && kind != OTP_NOTICE_DELETED)
		id.user_id = user.id;
	otp_user_clear(&user);
	if (address == NULL || (err != OTP_OK && err != OTP_ERR_NOT_FOUND))
		return address == NULL && err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
	err = add_id(r, &id, kind, about, about, false);
	if (err == OTP_OK)
		r->one[r->n - 1].address = address;
	return err;
}

/* Those of then, where the event has them; else those of now. */
static enum otp_err
add_sharers(struct recipients *r, unsigned place, enum otp_notice_kind kind, const char *about)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;

	while (err == OTP_OK && otp_fields_next(&r->event->details, &cursor, &view))
		if (view.field == OTP_FIELD_SHARERS)
			err = add_named(r, place, kind, about, view.str);
	if (err != OTP_OK || otp_fields_has(&r->event->details, OTP_FIELD_SHARERS))
		return err;
	err = otp_act_find_token(r->call, r->event->serial, &token);
	for (uint32_t i = 0; err == OTP_OK && i < token.n_sharers; i++)
		err = add(r, place, kind, about, token.sharers[i].user_id, token.sharers[i].user,
		    false);
	otp_token_clear(&token);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

static enum otp_err
add_staff(struct recipients *r, const struct otp_company *company, unsigned place,
    enum otp_notice_kind kind, const char *about)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < company->n_staff; i++) {
		const struct otp_staff *staff = &company->staff[i];
		struct otp_user user = OTP_USER_INIT;

		err = otp_act_find_user(r->call, staff->user, &user);
		if (err == OTP_OK && user.id == staff->user_id && user.enabled)
			err = add(r, place, kind, about, user.id, user.name, true);
		else if (err == OTP_ERR_NOT_FOUND)
			err = OTP_OK;
		otp_user_clear(&user);
	}
	return err;
}

/* The notice of a first code waits until an address is known: then the change of address tells it. */
static enum otp_err
has_address(struct recipients *r, const char *name, bool *ret)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_act_find_user(r->call, name, &user);
	bool is_new = user.mail_before[0] == '\0' && user.mail_changed_at * 1000 > r->event->time_ms;

	*ret = user.mail[0] != '\0' && !is_new;
	otp_user_clear(&user);
	return err == OTP_ERR_NOT_FOUND ? OTP_OK : err;
}

static enum otp_err
add_kinds(struct recipients *r, const struct otp_company *company, const struct otp_notice_kinds *kinds)
{
	enum otp_err err = OTP_OK;

	for (unsigned i = 0; err == OTP_OK && i < kinds->n; i++) {
		enum otp_notice_kind kind = kinds->kind[i].kind;
		const char *user = kinds->kind[i].user;
		unsigned to = otp_notice_info(kind)->to;
		bool is_told = (to & OTP_NOTICE_TO_USER) != 0;

		if (kind == OTP_NOTICE_REGISTERED && otp_notice_is_first_code(r->event))
			err = has_address(r, user, &is_told);
		if (err == OTP_OK && is_told)
			err = add_users(r, i, kind, user);
		if (err == OTP_OK && (to & OTP_NOTICE_TO_SHARERS) != 0)
			err = add_sharers(r, i, kind, user);
		/* that he is registered the staff was told at once; his address is his own news */
		if (kind == OTP_NOTICE_REGISTERED && r->event->verb == OTP_VERB_USER_MOD &&
		    !otp_notice_is_first_code(r->event))
			to &= ~(unsigned)OTP_NOTICE_TO_STAFF;
		if (err == OTP_OK && (to & OTP_NOTICE_TO_STAFF) != 0)
			err = add_staff(r, company, i, kind, user);
		if (err == OTP_OK && (to & OTP_NOTICE_TO_OLD) != 0)
			err = add_old(r, i, kind, user);
	}
	return err;
}

static int
by_id(const void *a, const void *b)
{
	return otp_notice_id_compare(a, b);
}

/* ---- what they tell ---- */

static bool
is_told(const struct otp_fields *content, const struct otp_field_view *view, unsigned n_of_field)
{
	if (view->type == OTP_TYPE_SECRET || view->type == OTP_TYPE_BYTES ||
	    view->type == OTP_TYPE_FIELDS || view->len > VALUE_MAX)
		return false;
	return view->type == OTP_TYPE_LIST ? n_of_field <= LIST_MAX :
	    !otp_fields_has(content, view->field);
}

static enum otp_err
put_view(struct otp_fields *content, const struct otp_field_view *view)
{
	switch (view->type) {
	case OTP_TYPE_INT:
	case OTP_TYPE_TIME:
		return otp_fields_put_int(content, view->field, view->num);
	case OTP_TYPE_BOOL:
		return otp_fields_put_bool(content, view->field, view->num != 0);
	case OTP_TYPE_STR:
	case OTP_TYPE_WORD:
	case OTP_TYPE_LIST:
		return otp_fields_put_str(content, view->field, view->str);
	case OTP_TYPE_SECRET:
	case OTP_TYPE_BYTES:
	case OTP_TYPE_FIELDS:
		break;
	}
	return OTP_OK;
}

/*
 * Of what the event says of several users each is told his own: of the pairs USERS and SERIALS his token, of
 * CHANGES ("user:what") what begins with his name.
 */
struct share {
	const char *about;
	unsigned n_users, n_serials;
	unsigned place;			/* of his name in USERS, from 1; 0: not there (yet) */
};

static enum otp_err
put_share(struct share *share, const struct otp_field_view *view, struct otp_fields *content,
    bool *ret_taken)
{
	size_t len = strlen(share->about);

	*ret_taken = true;
	if (view->field == OTP_FIELD_USERS) {
		share->n_users++;
		if (strcmp(view->str, share->about) == 0)
			share->place = share->n_users;
		return OTP_OK;
	}
	if (view->field == OTP_FIELD_SERIALS) {
		share->n_serials++;
		return share->n_serials == share->place && !otp_fields_has(content, OTP_FIELD_SERIAL) ?
		    otp_fields_put_str(content, OTP_FIELD_SERIAL, view->str) : OTP_OK;
	}
	if (view->field == OTP_FIELD_CHANGES && len > 0) {
		if (strncmp(view->str, share->about, len) != 0 || view->str[len] != ':' ||
		    content->data.len + view->len > CONTENT_MAX)
			return OTP_OK;
		return otp_fields_put_str(content, view->field, view->str + len + 1);
	}
	*ret_taken = false;
	return OTP_OK;
}

/* As much of the details as a mail needs: it is no copy of the audit. */
static enum otp_err
put_details(struct otp_fields *content, const struct otp_fields *details, const char *about)
{
	struct share share = { .about = about };
	bool is_taken;
	enum otp_field before = OTP_FIELD_NONE;
	struct otp_field_view view;
	enum otp_err err = OTP_OK;
	size_t cursor = 0;
	unsigned n = 0;

	while (err == OTP_OK && otp_fields_next(details, &cursor, &view)) {
		n = view.field == before ? n + 1 : 1;
		before = view.field;
		err = put_share(&share, &view, content, &is_taken);
		if (err != OTP_OK || is_taken)
			continue;
		if (content->data.len + view.len + 16 <= CONTENT_MAX && is_told(content, &view, n))
			err = put_view(content, &view);
	}
	return err;
}

static enum otp_err
put_name(struct otp_fields *content, enum otp_field field, const char *text)
{
	return text[0] != '\0' ? otp_fields_put_str(content, field, text) : OTP_OK;
}

static enum otp_err
put_content(const struct otp_event *event, enum otp_notice_kind kind, const char *about,
    bool for_staff, struct otp_fields *ret)
{
	const struct otp_verb_info *verb = otp_verb_info(event->verb);
	enum otp_err err;

	err = otp_fields_put_str(ret, OTP_FIELD_ABOUT, otp_notice_info(kind)->word);
	if (err == OTP_OK)
		err = otp_fields_put_bool(ret, OTP_FIELD_FOR_STAFF, for_staff);
	if (err == OTP_OK)
		err = otp_fields_put_str(ret, OTP_FIELD_EVENT, verb != NULL ? verb->name : NULL);
	if (err == OTP_OK)
		err = otp_fields_put_str(ret, OTP_FIELD_EVENT_RESULT, otp_err_code(event->result));
	if (err == OTP_OK)
		err = otp_fields_put_int(ret, OTP_FIELD_EVENT_AT, event->time_ms / 1000);
	if (err == OTP_OK)
		err = put_name(ret, OTP_FIELD_USER, about);
	if (err == OTP_OK)
		err = put_name(ret, OTP_FIELD_SERIAL, event->serial);
	if (err == OTP_OK)
		err = put_name(ret, OTP_FIELD_EVENT_BY, event->actor);
	if (err == OTP_OK)
		err = put_name(ret, OTP_FIELD_LOGIN_USER, event->login);
	if (err == OTP_OK)
		err = put_name(ret, OTP_FIELD_SERVICE, event->service);
	return err == OTP_OK ? put_details(ret, &event->details, about) : err;
}

/* Of who is gone, the event's own word for him; in the site's language. */
static void
take_address(struct recipients *r, unsigned i, bool is_gone, struct otp_notice *ret)
{
	ret->is_old_address = true;
	(void)snprintf(ret->to, sizeof(ret->to), "%s", r->one[i].address);
	if (!is_gone)
		return;
	(void)snprintf(ret->user, sizeof(ret->user), "%s", r->one[i].user);
	(void)snprintf(ret->language, sizeof(ret->language), "%s", r->call->conf->language);
}

static enum otp_err
give(struct recipients *r, unsigned i, otp_notice_each each, void *ctx)
{
	struct otp_notice notice = { .id = r->one[i].id, .content = OTP_FIELDS_INIT };
	enum otp_err err;

	err = otp_notice_recipient(r->call, r->one[i].user, notice.id.user_id, &notice);
	if (r->one[i].address != NULL && (err == OTP_OK || err == OTP_ERR_NOT_FOUND)) {
		take_address(r, i, err == OTP_ERR_NOT_FOUND, &notice);
		err = OTP_OK;
	}
	if (err == OTP_ERR_NOT_FOUND)
		return OTP_OK;
	if (err == OTP_OK)
		err = put_content(r->event, r->one[i].kind, r->one[i].about, r->one[i].for_staff,
		    &notice.content);
	if (err == OTP_OK)
		err = each(ctx, &notice);
	otp_fields_clear(&notice.content);
	return err;
}

enum otp_err
otp_notice_of_event(struct otp_call *call, const struct otp_company *company, uint64_t seq,
    const struct otp_event *event, otp_notice_each each, void *ctx)
{
	struct recipients r = { .call = call, .event = event, .seq = seq };
	struct otp_notice_kinds kinds;
	enum otp_err err;

	otp_notice_kinds(event, &kinds);
	if (kinds.n == 0)
		return OTP_OK;
	r.one = calloc((size_t)OTP_NOTICE_KINDS_MAX * RECIPIENTS_MAX, sizeof(*r.one));
	if (r.one == NULL)
		return OTP_ERR_NO_MEMORY;
	err = add_kinds(&r, company, &kinds);
	if (err == OTP_OK)
		qsort(r.one, r.n, sizeof(*r.one), by_id);
	for (unsigned i = 0; err == OTP_OK && i < r.n; i++)
		err = give(&r, i, each, ctx);
	free(r.one);
	return err;
}
