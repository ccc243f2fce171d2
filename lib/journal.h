/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's records (doc/FORMAT.md) and its writing end: a batch in memory, durable by one flush. */
#ifndef OTP_JOURNAL_H
#define OTP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "macs.h"
#include "segment.h"

enum otp_journal_type {
	OTP_JOURNAL_NONE = 0,
	OTP_JOURNAL_ACT = 1,		/* values: puts and deletes */
	OTP_JOURNAL_CHECKPOINT = 2,	/* values: the manifest from here on */
	OTP_JOURNAL_OPENED = 3,		/* values: none */
	OTP_JOURNAL_TYPE_COUNT
};
#define OTP_JOURNAL_WIPED 0x01	/* flag: the shards of its keys held a secret that must leave the disk */

#define OTP_JOURNAL_ALIGN 16
#define OTP_JOURNAL_HEADER 112
#define OTP_JOURNAL_BYTES_MAX (1u << 20)	/* of one record; and of one batch */

/* A record as it stands in memory, in a segment or (without values) in an archive. Pointers are borrowed. */
struct otp_journal_record {
	uint32_t stored;	/* bytes it takes where it was found */
	uint64_t seq;
	uint64_t durable;	/* the segment was durable up to this offset when it was written */
	int64_t newest_ms;
	uint32_t key_id;
	enum otp_journal_type type;
	uint8_t flags;
	const uint8_t *header;
	const uint8_t *prev;	/* MAC of the record before */
	const uint8_t *event;
	uint32_t event_len;
	const uint8_t *values;	/* NULL in an archive */
	uint32_t values_len;
	const uint8_t *mac;
};
/* Bytes of a record with such contents; 0 if it would be too long. */
uint32_t otp_journal_record_size(size_t event_len, size_t values_len);
/* Does something with the form of a record stand there? Proves nothing. */
bool otp_journal_parse(const uint8_t *p, size_t avail, bool is_archived, struct otp_journal_record *ret);
/* MAC, and the hash of the values where they are there. INTEGRITY, KEY. */
enum otp_err otp_journal_verify(const struct otp_journal_record *r, struct otp_macs *macs);

/* Puts and deletes in the values of an act. */
struct otp_journal_value {
	struct otp_record_key key;
	const uint8_t *sealed;	/* NULL: deleted */
	uint32_t len;
};
#define OTP_JOURNAL_VALUE_HEADER 20
/* Appends one at p, returns how many bytes (OTP_JOURNAL_VALUE_HEADER + len). */
size_t otp_journal_value_put(uint8_t *p, const struct otp_record_key *key, const uint8_t *sealed,
    uint32_t len);
/* *at goes from 0 to values_len; false at the end or when it is malformed: then *at < values_len. */
bool otp_journal_value_next(const struct otp_journal_record *r, size_t *at, struct otp_journal_value *ret);

struct otp_journal {
	struct otp_macs *macs;	/* borrowed */
	uint32_t key_id;	/* of what is written from now on */
	int fd;
	uint64_t number, size;	/* of the segment */
	uint32_t head_size;
	uint64_t end;		/* where the batch will stand */
	uint64_t durable;	/* claimed by the next record; end, but after a start */
	/* the last record, those in the batch included */
	uint64_t seq;
	int64_t newest_ms;
	uint8_t mac[OTP_MAC_SIZE];
	uint64_t durable_seq;	/* the last one that is flushed */
	uint8_t durable_mac[OTP_MAC_SIZE];
	uint8_t *batch;		/* OTP_JOURNAL_BYTES_MAX bytes */
	size_t batch_len;
	size_t event_len, values_len;	/* of the record being made */
};
#define OTP_JOURNAL_INIT { .fd = -1 }
enum otp_err otp_journal_init(struct otp_journal *j, struct otp_macs *macs, uint32_t key_id);
void otp_journal_clear(struct otp_journal *j);

/*
 * A record is made in two steps: begin copies the event and gives the place
 * of the values, end adds the rest. Whoever begins has made sure that the batch
 * has room. Nothing counts until end has returned OTP_OK.
 */
enum otp_err otp_journal_begin(struct otp_journal *j, const void *event, size_t event_len,
    size_t values_len, uint8_t **ret_values);
enum otp_err otp_journal_end(struct otp_journal *j, enum otp_journal_type type, uint8_t flags,
    int64_t newest_ms);
/* Writes the batch and makes it durable. Anything but OTP_OK is final: what is on the disk is unknown. */
enum otp_err otp_journal_flush(struct otp_journal *j);

#endif
