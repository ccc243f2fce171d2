/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What acts remember from call to call: floods of denials, and wrong passwords by peer. */
#include "config.h"

#include "act_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000

struct flood {
	int64_t minute;			/* 0: free */
	char user[OTP_NAME_MAX + 1];
	char service[OTP_SERVICE_MAX + 1];
	uint32_t n;			/* denials in this minute */
	struct otp_event held;		/* of those beyond the free ones; no details */
};

struct peer {
	uid_t uid;
	uint32_t n_wrong;		/* in a row; 0: free */
	int64_t at;
};

struct otp_act_state {
	struct flood flood[OTP_FLOOD_SLOTS];	/* the last one is for whoever finds none free */
	struct peer peer[OTP_PEER_SLOTS];
};

enum otp_err
otp_act_state_new(struct otp_act_state **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

void
otp_act_state_free(struct otp_act_state **state)
{
	if (state == NULL)
		return;
	free(*state);
	*state = NULL;
}

static struct flood *
find_flood(struct otp_act_state *state, const char *user, const char *service)
{
	struct flood *last = &state->flood[OTP_FLOOD_SLOTS - 1], *free_slot = NULL;

	for (struct flood *f = state->flood; f < last; f++) {
		if (f->minute == 0) {
			free_slot = free_slot != NULL ? free_slot : f;
			continue;
		}
		if (strcmp(f->user, user) == 0 && strcmp(f->service, service) == 0)
			return f;
	}
	if (free_slot == NULL)
		return last;
	(void)snprintf(free_slot->user, sizeof(free_slot->user), "%s", user);
	(void)snprintf(free_slot->service, sizeof(free_slot->service), "%s", service);
	return free_slot;
}

bool
otp_act_state_flood(struct otp_act_state *state, const char *user, const struct otp_event *event)
{
	int64_t minute = event->time_ms / MINUTE_MS + 1;
	struct flood *f = find_flood(state, user, event->service);

	/* a minute that is over goes on as long as it holds a count: nothing is lost */
	if (f->minute != minute && f->held.count == 0)
		f->n = 0;
	if (f->n == 0)
		f->minute = minute;
	if (f->n < OTP_FLOOD_FREE) {
		f->n++;
		return false;
	}
	if (f->held.count == 0) {
		f->held = *event;
		f->held.details = (struct otp_fields)OTP_FIELDS_INIT;
		f->held.count = 0;
		if (f == &state->flood[OTP_FLOOD_SLOTS - 1])	/* of many: of nobody */
			f->held.actor[0] = f->held.user[0] = f->held.serial[0] =
			    f->held.service[0] = '\0';
	}
	f->held.time_ms = event->time_ms;
	if (f->held.count < UINT32_MAX)
		f->held.count++;
	return true;
}

bool
otp_act_state_take(struct otp_act_state *state, int64_t now_ms, bool is_last, struct otp_event *ret)
{
	int64_t minute = now_ms / MINUTE_MS + 1;

	for (unsigned i = 0; i < OTP_FLOOD_SLOTS; i++) {
		struct flood *f = &state->flood[i];
		bool is_over = f->minute != 0 && (is_last || f->minute != minute);
		bool is_held = is_over && f->held.count > 0;

		if (is_held)
			*ret = f->held;
		if (is_over)
			memset(f, 0, sizeof(*f));
		if (is_held)
			return true;
	}
	return false;
}

int64_t
otp_act_password_wait(uint32_t n_wrong)
{
	uint32_t doublings;

	if (n_wrong < OTP_PASSWORD_FREE)
		return 0;
	doublings = n_wrong - OTP_PASSWORD_FREE;
	if (doublings > 8)
		return OTP_PASSWORD_WAIT_MAX;
	return INT64_C(1) << doublings;
}

static struct peer *
find_peer(struct otp_act_state *state, uid_t uid)
{
	for (unsigned i = 0; i < OTP_PEER_SLOTS; i++)
		if (state->peer[i].n_wrong > 0 && state->peer[i].uid == uid)
			return &state->peer[i];
	return NULL;
}

int64_t
otp_act_state_peer_until(const struct otp_act_state *state, uid_t uid)
{
	for (unsigned i = 0; i < OTP_PEER_SLOTS; i++) {
		const struct peer *p = &state->peer[i];

		if (p->uid == uid && p->n_wrong >= OTP_PASSWORD_FREE)
			return p->at + otp_act_password_wait(p->n_wrong);
	}
	return 0;
}

void
otp_act_state_peer_wrong(struct otp_act_state *state, uid_t uid, int64_t now)
{
	struct peer *p = find_peer(state, uid);

	if (p == NULL) {
		p = &state->peer[0];
		for (unsigned i = 0; i < OTP_PEER_SLOTS; i++)
			if (state->peer[i].n_wrong == 0 || state->peer[i].at < p->at) {
				p = &state->peer[i];
				if (p->n_wrong == 0)
					break;
			}
		*p = (struct peer){ .uid = uid };
	}
	if (p->n_wrong < UINT32_MAX)
		p->n_wrong++;
	p->at = now;
}

void
otp_act_state_peer_right(struct otp_act_state *state, uid_t uid)
{
	struct peer *p = find_peer(state, uid);

	if (p != NULL)
		*p = (struct peer){ .uid = uid };
}
