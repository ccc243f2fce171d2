/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the journal has and the shards do not, in memory: sealed records by key, deletions as tombstones. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "overlay.h"

#define FIRST_SLOTS 64

/* The key is a keyed hash already: any of its bytes will do, but the first choose the shard. */
static size_t
slot_of(const struct otp_overlay *o, const struct otp_record_key *key)
{
	uint64_t h;

	memcpy(&h, key->b + OTP_RECORD_KEY_SIZE - sizeof(h), sizeof(h));
	return (size_t)h & (o->n_slots - 1);
}

/* Where the pointer to that key's entry is, or would be. The table is not empty. */
static struct otp_overlay_entry **
place_of(const struct otp_overlay *o, const struct otp_record_key *key)
{
	struct otp_overlay_entry **p = &o->slots[slot_of(o, key)];

	while (*p != NULL && memcmp(&(*p)->key, key, sizeof(*key)) != 0)
		p = &(*p)->next;
	return p;
}

void
otp_overlay_clear(struct otp_overlay *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n_slots; i++) {
		while (o->slots[i] != NULL) {
			struct otp_overlay_entry *e = o->slots[i];

			o->slots[i] = e->next;
			free(e);
		}
	}
	free(o->slots);
	*o = (struct otp_overlay)OTP_OVERLAY_INIT;
}

void
otp_overlay_move(struct otp_overlay *to, struct otp_overlay *from)
{
	otp_overlay_clear(to);
	*to = *from;
	*from = (struct otp_overlay)OTP_OVERLAY_INIT;
}

const struct otp_overlay_entry *
otp_overlay_find(const struct otp_overlay *o, const struct otp_record_key *key)
{
	return o->n == 0 ? NULL : *place_of(o, key);
}

struct otp_overlay_entry *
otp_overlay_entry_new(const struct otp_record_key *key, const void *sealed, size_t len)
{
	struct otp_overlay_entry *e;

	if (len > UINT32_MAX)
		return NULL;
	e = malloc(sizeof(*e) + len);
	if (e == NULL)
		return NULL;
	e->next = NULL;
	e->key = *key;
	e->is_deleted = sealed == NULL;
	e->len = (uint32_t)len;
	if (sealed != NULL && len > 0)
		memcpy(e->sealed, sealed, len);
	return e;
}

enum otp_err
otp_overlay_reserve(struct otp_overlay *o, size_t n)
{
	struct otp_overlay old = *o;
	size_t n_slots = o->n_slots > 0 ? o->n_slots : FIRST_SLOTS;
	struct otp_overlay_entry **slots;

	if (n > SIZE_MAX / 4 / sizeof(struct otp_overlay_entry *) - o->n)
		return OTP_ERR_NO_MEMORY;
	while (n_slots < o->n + n)
		n_slots *= 2;
	if (n_slots == o->n_slots)
		return OTP_OK;
	slots = calloc(n_slots, sizeof(struct otp_overlay_entry *));
	if (slots == NULL)
		return OTP_ERR_NO_MEMORY;
	o->slots = slots;
	o->n_slots = n_slots;
	for (size_t i = 0; i < old.n_slots; i++) {
		while (old.slots[i] != NULL) {
			struct otp_overlay_entry *e = old.slots[i];
			size_t slot = slot_of(o, &e->key);

			old.slots[i] = e->next;
			e->next = slots[slot];
			slots[slot] = e;
		}
	}
	free(old.slots);
	return OTP_OK;
}

void
otp_overlay_insert(struct otp_overlay *o, struct otp_overlay_entry *entry)
{
	struct otp_overlay_entry **p = place_of(o, &entry->key);
	struct otp_overlay_entry *old = *p;

	entry->next = NULL;
	if (old != NULL) {
		entry->next = old->next;
		o->bytes -= old->len;
		o->n--;
		free(old);
	}
	*p = entry;
	o->bytes += entry->len;
	o->n++;
}

void
otp_overlay_filter(struct otp_overlay *o,
    bool (*is_kept)(const void *ctx, const struct otp_record_key *key), const void *ctx)
{
	for (size_t i = 0; i < o->n_slots; i++) {
		struct otp_overlay_entry **p = &o->slots[i];

		while (*p != NULL) {
			struct otp_overlay_entry *e = *p;

			if (is_kept(ctx, &e->key)) {
				p = &e->next;
				continue;
			}
			*p = e->next;
			o->bytes -= e->len;
			o->n--;
			free(e);
		}
	}
}

void
otp_overlay_merge(struct otp_overlay *to, struct otp_overlay *from, bool only_missing)
{
	for (size_t i = 0; i < from->n_slots; i++) {
		while (from->slots[i] != NULL) {
			struct otp_overlay_entry *e = from->slots[i];

			from->slots[i] = e->next;
			if (only_missing && otp_overlay_find(to, &e->key) != NULL)
				free(e);
			else
				otp_overlay_insert(to, e);
		}
	}
	for (size_t i = 0; from->has_rebuild && i < OTP_SHARDS_MAX; i++)
		to->rebuild[i] = to->rebuild[i] || from->rebuild[i];
	to->has_rebuild = to->has_rebuild || from->has_rebuild;
	otp_overlay_clear(from);
}

const struct otp_overlay_entry *
otp_overlay_next(const struct otp_overlay *o, struct otp_overlay_cursor *cursor)
{
	const struct otp_overlay_entry *e;

	while (cursor->next == NULL && cursor->slot < o->n_slots)
		cursor->next = o->slots[cursor->slot++];
	e = cursor->next;
	if (e != NULL)
		cursor->next = e->next;
	return e;
}
