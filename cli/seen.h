/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which values have been seen already, and in which line: a set of hashes that grows. */
#ifndef OTP_SEEN_H
#define OTP_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Keeps 64 bits of each value and where it stood, not the value: the values
 * may be a million secrets. The caller compares the value itself where the
 * hash is found.
 */
struct otp_seen_entry {
	uint64_t hash;
	size_t at;		/* of the record in the file */
	uint32_t line;		/* 0: free */
};
struct otp_seen {
	struct otp_seen_entry *entry;
	size_t n, size;		/* size is a power of two */
};
void otp_seen_clear(struct otp_seen *s);	/* wipes */
uint64_t otp_seen_hash(const void *data, size_t len);
/* The entries with this hash, one after the other: start with *cursor = 0; NULL: no more. */
const struct otp_seen_entry *otp_seen_find(const struct otp_seen *s, uint64_t hash, size_t *cursor);
enum otp_err otp_seen_add(struct otp_seen *s, uint64_t hash, size_t at, uint32_t line);

#endif
