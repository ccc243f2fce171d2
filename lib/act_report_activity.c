/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who logged in, when last, and what failed, in a period: counted out of the audit. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "act_audit.h"
#include "act_report.h"

/* The names belong to the list that they hang in, and go with it: more than gcc's analyser can follow. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define USERS_MAX 2000000	/* more names than that only somebody who makes them up brings about */

struct user {
	char *name;
	uint64_t logins, failures;
	int64_t last;			/* seconds, 0: none */
	struct user *next;		/* of the same slot */
};

struct activity {
	struct otp_call *call;
	const char *only;		/* NULL: everybody */
	int64_t since_ms, until_ms;
	struct user **slot;
	size_t n;
};

#define SLOTS 65536	/* a power of two; a million users are 16 a slot */

static size_t
slot_of(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037);	/* FNV-1a */

	for (const char *p = name; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(1099511628211);
	return (size_t)((h ^ h >> 32) & (SLOTS - 1));
}

/* OVER_LIMIT, NO_MEMORY. */
static enum otp_err
user_of(struct activity *activity, const char *name, struct user **ret)
{
	struct user **at = &activity->slot[slot_of(name)];

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at == NULL) {
		if (activity->n >= USERS_MAX)
			return OTP_ERR_OVER_LIMIT;
		*at = calloc(1, sizeof(**at));
		if (*at == NULL)
			return OTP_ERR_NO_MEMORY;
		(*at)->name = strdup(name);
		if ((*at)->name == NULL) {
			free(*at);
			*at = NULL;
			return OTP_ERR_NO_MEMORY;
		}
		activity->n++;
	}
	*ret = *at;
	return OTP_OK;
}

static enum otp_err
each_event(void *ctx, uint64_t seq, const struct otp_event *event)
{
	struct activity *activity = ctx;
	struct user *user;
	enum otp_err err;

	(void)seq;
	if (event->verb != OTP_VERB_VERIFY || event->user[0] == '\0' ||
	    event->time_ms < activity->since_ms || event->time_ms >= activity->until_ms ||
	    (activity->only != NULL && strcmp(activity->only, event->user) != 0))
		return OTP_OK;
	err = user_of(activity, event->user, &user);
	if (err != OTP_OK)
		return err;
	if (event->result == OTP_OK) {
		user->logins += event->count;
		user->last = event->time_ms / 1000;
	} else {
		user->failures += event->count;
	}
	return OTP_OK;
}

static enum otp_err
put_user(struct activity *activity, const char *name)
{
	struct otp_fields *row = NULL;
	struct user *user;
	enum otp_err err;

	err = user_of(activity, name, &user);
	if (err == OTP_OK)
		err = otp_act_row(activity->call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, name);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_LOGINS, (int64_t)user->logins);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_FAILURES, (int64_t)user->failures);
	return err == OTP_OK ? otp_report_put_time(row, OTP_FIELD_LAST_SUCCESS, user->last) : err;
}

static enum otp_err
put_all(struct activity *activity)
{
	struct otp_report report = OTP_REPORT_INIT(activity->call);
	enum otp_err err = OTP_OK;

	for (size_t i = 0; i < SLOTS; i++)
		for (const struct user *u = activity->slot[i]; err == OTP_OK && u != NULL; u = u->next)
			err = otp_report_add(&report, 0, u->name);
	otp_report_sort(&report);
	for (size_t i = 0; err == OTP_OK && i < report.n; i++)
		err = put_user(activity, report.item[i].name);
	otp_report_clear(&report);
	return err;
}

static void
clear(struct activity *activity)
{
	for (size_t i = 0; activity->slot != NULL && i < SLOTS; i++) {
		while (activity->slot[i] != NULL) {
			struct user *user = activity->slot[i];

			activity->slot[i] = user->next;
			free(user->name);
			free(user);
		}
	}
	free(activity->slot);
	activity->slot = NULL;
}

enum otp_err
otp_act_report_activity(struct otp_call *call)
{
	struct activity activity = { .call = call,
		.only = otp_fields_str(&call->request->fields, OTP_FIELD_USER) };
	enum otp_err err;

	err = otp_act_audit_when(call, OTP_FIELD_SINCE, 0, &activity.since_ms);
	if (err == OTP_OK)
		err = otp_act_audit_when(call, OTP_FIELD_UNTIL, INT64_MAX, &activity.until_ms);
	if (err != OTP_OK)
		return err;
	activity.slot = calloc(SLOTS, sizeof(struct user *));
	if (activity.slot == NULL)
		return OTP_ERR_NO_MEMORY;
	err = otp_store_events(call->store, 1, each_event, &activity, &call->answer->why);
	if (err == OTP_OK)
		err = put_all(&activity);
	clear(&activity);
	return err;
}
