/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs out of verbs.def, and the check of a request's fields against it. */
#include "config.h"

#include <string.h>

#include "message.h"
#include "verbs.h"

#define N_(s) s

#define ROLE_ROOT OTP_ROLE_BIT_ROOT
#define ROLE_MASTER OTP_ROLE_BIT_MASTER
#define ROLE_STAFF (OTP_ROLE_BIT_ADMINISTRATOR | OTP_ROLE_BIT_MASTER)
#define ROLE_USER (OTP_ROLE_BIT_GENERAL | ROLE_STAFF)
#define ROLE_ALL (OTP_ROLE_BIT_GENERAL | ROLE_STAFF | OTP_ROLE_BIT_ROOT)
#define FLAG_CHANGES OTP_FLAG_CHANGES
#define FLAG_ROOT_FREE OTP_FLAG_ROOT_FREE
#define FLAG_SELF_OR_ROOT OTP_FLAG_SELF_OR_ROOT
#define FLAG_SELF_OR_STAFF OTP_FLAG_SELF_OR_STAFF
#define FLAG_ROWS OTP_FLAG_ROWS
#define FLAG_LONG OTP_FLAG_LONG
#define FLAG_NO_STORE OTP_FLAG_NO_STORE
#define FLAG_BARE OTP_FLAG_BARE
#define FLAG_HIDDEN OTP_FLAG_HIDDEN
#define FLAG_ASKS OTP_FLAG_ASKS
#define FLAG_INTERNAL OTP_FLAG_INTERNAL
#define FLAG_RESERVE OTP_FLAG_RESERVE
#define FLAG_BATCH OTP_FLAG_BATCH
#define FLAG_EXECUTE OTP_FLAG_EXECUTE
#define FLAG_NO_MARK OTP_FLAG_NO_MARK
#define R(id) { OTP_FIELD_##id, OTP_FIELD_REQUIRED }
#define O(id) { OTP_FIELD_##id, OTP_FIELD_OPTIONAL }
#define W(id) { OTP_FIELD_##id, OTP_FIELD_IN_ROWS }

/* One array a verb; the first entry is there so that none is empty, and is not counted. */
#define V(number, id, name, roles, shows, flags, act, help, ...) \
	static const struct otp_verb_field fields_##id[] = { \
		{ OTP_FIELD_NONE, OTP_FIELD_OPTIONAL }, __VA_ARGS__ \
	};
#include "verbs.def"
#undef V

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct otp_verb_info verbs[] = {
#define V(number, id, name, roles, shows, flags, act, help, ...) \
	{ name, help, fields_##id + 1, COUNT(fields_##id) - 1, OTP_VERB_##id, roles, \
	    OTP_SHOWS_##shows, flags },
#include "verbs.def"
#undef V
};

/* What says who asks, and proves it: part of any request. */
static const enum otp_field credentials[] = {
	OTP_FIELD_AS, OTP_FIELD_LOGIN_USER, OTP_FIELD_REASON, OTP_FIELD_CONFIRM, OTP_FIELD_CODE,
	OTP_FIELD_SECOND, OTP_FIELD_SECOND_CONFIRM, OTP_FIELD_SECOND_CODE,
};

const struct otp_verb_info *
otp_verb_at(size_t index)
{
	return index < COUNT(verbs) ? &verbs[index] : NULL;
}

const struct otp_verb_info *
otp_verb_info(enum otp_verb verb)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (verbs[i].verb == verb)
			return &verbs[i];
	return NULL;
}

const struct otp_verb_info *
otp_verb_of_name(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static bool
is_allowed(const struct otp_verb_info *verb, enum otp_field field, bool is_row)
{
	for (size_t i = 0; i < verb->n_fields; i++)
		if (verb->fields[i].field == field &&
		    (verb->fields[i].place == OTP_FIELD_IN_ROWS) == is_row)
			return true;
	for (size_t i = 0; !is_row && i < COUNT(credentials); i++)
		if (credentials[i] == field)
			return true;
	return false;
}

enum otp_err
otp_verb_check_fields(const struct otp_verb_info *verb, const struct otp_fields *fields,
    bool is_row, struct otp_why *why)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (!is_allowed(verb, view.field, is_row))
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, FIELD_NOT_OF_VERB,
			    otp_field_name(view.field), verb->name);
	for (size_t i = 0; !is_row && i < verb->n_fields; i++)
		if (verb->fields[i].place == OTP_FIELD_REQUIRED &&
		    !otp_fields_has(fields, verb->fields[i].field))
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, FIELD_MISSING,
			    otp_field_name(verb->fields[i].field), verb->name);
	return OTP_OK;
}
