/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which values have been seen already, and in which line: a set of hashes that grows. */
#include "config.h"

#include "seen.h"

#include <stdlib.h>

#include "secret.h"

#define SIZE_FIRST 4096

void
otp_seen_clear(struct otp_seen *s)
{
	if (s->entry != NULL)
		otp_wipe(s->entry, s->size * sizeof(s->entry[0]));
	free(s->entry);
	s->entry = NULL;
	s->n = 0;
	s->size = 0;
}

/* FNV-1a: collisions cost a comparison, no more; the file is the caller's own. */
uint64_t
otp_seen_hash(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

const struct otp_seen_entry *
otp_seen_find(const struct otp_seen *s, uint64_t hash, size_t *cursor)
{
	while (*cursor < s->size) {
		const struct otp_seen_entry *e = &s->entry[(hash + *cursor) & (s->size - 1)];

		(*cursor)++;
		if (e->line == 0)
			return NULL;
		if (e->hash == hash)
			return e;
	}
	return NULL;
}

static void
place(struct otp_seen *s, uint64_t hash, size_t at, uint32_t line)
{
	size_t i = hash & (s->size - 1);

	while (s->entry[i].line != 0)
		i = (i + 1) & (s->size - 1);
	s->entry[i].hash = hash;
	s->entry[i].at = at;
	s->entry[i].line = line;
	s->n++;
}

static enum otp_err
grow(struct otp_seen *s)
{
	struct otp_seen bigger = { NULL, 0, s->size > 0 ? 2 * s->size : SIZE_FIRST };

	bigger.entry = calloc(bigger.size, sizeof(bigger.entry[0]));
	if (bigger.entry == NULL)
		return OTP_ERR_NO_MEMORY;
	for (size_t i = 0; i < s->size; i++)
		if (s->entry[i].line != 0)
			place(&bigger, s->entry[i].hash, s->entry[i].at, s->entry[i].line);
	otp_seen_clear(s);
	*s = bigger;
	return OTP_OK;
}

enum otp_err
otp_seen_add(struct otp_seen *s, uint64_t hash, size_t at, uint32_t line)
{
	if (4 * (s->n + 1) > 3 * s->size) {
		enum otp_err err = grow(s);

		if (err != OTP_OK)
			return err;
	}
	place(s, hash, at, line);
	return OTP_OK;
}
