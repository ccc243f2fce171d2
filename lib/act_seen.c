/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stood in a request already: open addressing, never more than half full. */
#include "config.h"

#include "act_seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 256	/* powers of two */

struct otp_seen_slot {
	const char *text;	/* NULL: free */
	char kind;
};

void
otp_act_seen_clear(struct otp_act_seen *seen)
{
	if (seen == NULL)
		return;
	free(seen->slot);
	*seen = (struct otp_act_seen)OTP_ACT_SEEN_INIT;
}

/* FNV-1a: who sends a request can slow down his own, of bounded size. */
static size_t
hash(char kind, const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (unsigned char)kind;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

/* Where it is, or where it would be put. */
static struct otp_seen_slot *
find(struct otp_seen_slot *slots, size_t n_slots, char kind, const char *text)
{
	size_t i = hash(kind, text) & (n_slots - 1);

	while (slots[i].text != NULL &&
	    (slots[i].kind != kind || strcmp(slots[i].text, text) != 0))
		i = (i + 1) & (n_slots - 1);
	return &slots[i];
}

bool
otp_act_seen_has(const struct otp_act_seen *seen, char kind, const char *text)
{
	return seen->n > 0 && find(seen->slot, seen->n_slots, kind, text)->text != NULL;
}

static enum otp_err
grow(struct otp_act_seen *seen)
{
	size_t n_slots = seen->n_slots > 0 ? seen->n_slots * 2 : SLOTS_MIN;
	struct otp_seen_slot *slots = calloc(n_slots, sizeof(*slots));

	if (slots == NULL)
		return OTP_ERR_NO_MEMORY;
	for (size_t i = 0; i < seen->n_slots; i++)
		if (seen->slot[i].text != NULL)
			*find(slots, n_slots, seen->slot[i].kind, seen->slot[i].text) =
			    seen->slot[i];
	free(seen->slot);
	seen->slot = slots;
	seen->n_slots = n_slots;
	return OTP_OK;
}

enum otp_err
otp_act_seen_add(struct otp_act_seen *seen, char kind, const char *text)
{
	enum otp_err err;

	if (otp_act_seen_has(seen, kind, text))
		return OTP_ERR_EXISTS;
	if (seen->n * 2 >= seen->n_slots) {
		err = grow(seen);
		if (err != OTP_OK)
			return err;
	}
	*find(seen->slot, seen->n_slots, kind, text) = (struct otp_seen_slot){ text, kind };
	seen->n++;
	return OTP_OK;
}
