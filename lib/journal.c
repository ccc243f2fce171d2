/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's records (doc/FORMAT.md) and its writing end: a batch in memory, durable by one flush. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "encode.h"
#include "file.h"
#include "journal.h"

#define MAGIC 0x7270746fu	/* "otpr" */
#define AT_PREV 48
#define AT_HASH 80
#define HASH_SIZE 32

static uint64_t
round_up(uint64_t n)
{
	return (n + OTP_JOURNAL_ALIGN - 1) / OTP_JOURNAL_ALIGN * OTP_JOURNAL_ALIGN;
}

uint32_t
otp_journal_record_size(size_t event_len, size_t values_len)
{
	uint64_t n;

	if (event_len > OTP_JOURNAL_BYTES_MAX || values_len > OTP_JOURNAL_BYTES_MAX)
		return 0;
	n = round_up(OTP_JOURNAL_HEADER + event_len + values_len) + OTP_MAC_SIZE;
	return n <= OTP_JOURNAL_BYTES_MAX ? (uint32_t)n : 0;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

bool
otp_journal_parse(const uint8_t *p, size_t avail, bool is_archived, struct otp_journal_record *ret)
{
	static const uint8_t magic_bytes[4] = { 'o', 't', 'p', 'r' };
	struct otp_dec d;
	uint32_t len, magic;
	uint16_t reserved;
	size_t body;

	memset(ret, 0, sizeof(*ret));
	/* a start looks at every place behind the end: most are zeros */
	if (avail < OTP_JOURNAL_HEADER || memcmp(p + 4, magic_bytes, sizeof(magic_bytes)) != 0)
		return false;
	otp_dec_init(&d, p, avail);
	len = otp_dec_u32(&d);
	magic = otp_dec_u32(&d);
	ret->header = p;
	ret->seq = otp_dec_u64(&d);
	ret->durable = otp_dec_u64(&d);
	ret->newest_ms = otp_dec_i64(&d);
	ret->key_id = otp_dec_u32(&d);
	ret->type = (enum otp_journal_type)otp_dec_enum(&d, OTP_JOURNAL_TYPE_COUNT);
	ret->flags = otp_dec_u8(&d);
	reserved = otp_dec_u16(&d);
	ret->event_len = otp_dec_u32(&d);
	ret->values_len = otp_dec_u32(&d);
	ret->prev = otp_dec_view(&d, OTP_MAC_SIZE);
	(void)otp_dec_view(&d, HASH_SIZE);
	if (d.bad || magic != MAGIC || reserved != 0 || ret->type == OTP_JOURNAL_NONE ||
	    (ret->flags & ~OTP_JOURNAL_WIPED) != 0 || len == 0 ||
	    len != otp_journal_record_size(ret->event_len, ret->values_len))
		return false;
	body = (size_t)ret->event_len + (is_archived ? 0 : ret->values_len);
	ret->stored = otp_journal_record_size(body, 0);
	if (ret->stored > avail)
		return false;
	ret->event = p + OTP_JOURNAL_HEADER;
	ret->values = is_archived ? NULL : ret->event + ret->event_len;
	ret->mac = p + ret->stored - OTP_MAC_SIZE;
	/* no byte of a record may change unseen, those that fill it up neither */
	return is_zero(ret->event + body, (size_t)(ret->mac - (ret->event + body)));
}

enum otp_err
otp_journal_verify(const struct otp_journal_record *r, struct otp_macs *macs)
{
	uint8_t hash[HASH_SIZE];
	enum otp_err err;

	err = otp_macs_check(macs, r->key_id, r->header, OTP_JOURNAL_HEADER, r->event, r->event_len,
	    r->mac);
	if (err != OTP_OK || r->values == NULL)
		return err;
	err = otp_crypto_sha256(r->values, r->values_len, hash);
	if (err != OTP_OK)
		return err;
	return otp_equal(hash, r->header + AT_HASH, sizeof(hash)) ? OTP_OK : OTP_ERR_INTEGRITY;
}

/* key 16, length u32 (all ones: deleted), bytes */
#define DELETED UINT32_MAX

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, (uint32_t)v);
	put_u32(p + 4, (uint32_t)(v >> 32));
}

size_t
otp_journal_value_put(uint8_t *p, const struct otp_record_key *key, const uint8_t *sealed,
    uint32_t len)
{
	memcpy(p, key->b, OTP_RECORD_KEY_SIZE);
	put_u32(p + OTP_RECORD_KEY_SIZE, sealed != NULL ? len : DELETED);
	if (sealed == NULL)
		return OTP_JOURNAL_VALUE_HEADER;
	if (len > 0)
		memcpy(p + OTP_JOURNAL_VALUE_HEADER, sealed, len);
	return OTP_JOURNAL_VALUE_HEADER + (size_t)len;
}

bool
otp_journal_value_next(const struct otp_journal_record *r, size_t *at, struct otp_journal_value *ret)
{
	struct otp_dec d;

	if (r->values == NULL || *at >= r->values_len)
		return false;
	otp_dec_init(&d, r->values + *at, r->values_len - *at);
	otp_dec_raw(&d, ret->key.b, sizeof(ret->key.b));
	ret->len = otp_dec_u32(&d);
	ret->sealed = NULL;
	if (ret->len == DELETED)
		ret->len = 0;
	else if (ret->len > 0)	/* nothing sealed is empty */
		ret->sealed = otp_dec_view(&d, ret->len);
	else
		return false;
	if (d.bad)
		return false;
	*at += OTP_JOURNAL_VALUE_HEADER + (size_t)ret->len;
	return true;
}

enum otp_err
otp_journal_init(struct otp_journal *j, struct otp_macs *macs, uint32_t key_id)
{
	*j = (struct otp_journal)OTP_JOURNAL_INIT;
	j->macs = macs;
	j->key_id = key_id;
	j->batch = malloc(OTP_JOURNAL_BYTES_MAX);
	return j->batch != NULL ? OTP_OK : OTP_ERR_NO_MEMORY;
}

void
otp_journal_clear(struct otp_journal *j)
{
	if (j == NULL)
		return;
	otp_file_close(&j->fd);
	free(j->batch);
	*j = (struct otp_journal)OTP_JOURNAL_INIT;
}

enum otp_err
otp_journal_begin(struct otp_journal *j, const void *event, size_t event_len, size_t values_len,
    uint8_t **ret_values)
{
	const uint32_t len = otp_journal_record_size(event_len, values_len);
	uint8_t *p = j->batch + j->batch_len;

	if (len == 0 || len > OTP_JOURNAL_BYTES_MAX - j->batch_len ||
	    j->end + j->batch_len + len > j->size)
		return OTP_ERR_INTERNAL;
	memset(p, 0, OTP_JOURNAL_HEADER);
	memcpy(p + OTP_JOURNAL_HEADER, event, event_len);
	j->event_len = event_len;
	j->values_len = values_len;
	*ret_values = p + OTP_JOURNAL_HEADER + event_len;
	return OTP_OK;
}

enum otp_err
otp_journal_end(struct otp_journal *j, enum otp_journal_type type, uint8_t flags, int64_t newest_ms)
{
	const uint32_t len = otp_journal_record_size(j->event_len, j->values_len);
	const size_t body = OTP_JOURNAL_HEADER + j->event_len + j->values_len;
	uint8_t *p = j->batch + j->batch_len;
	enum otp_err err;

	memset(p + body, 0, len - OTP_MAC_SIZE - body);
	put_u32(p, len);
	put_u32(p + 4, MAGIC);
	put_u64(p + 8, j->seq + 1);
	put_u64(p + 16, j->durable);
	put_u64(p + 24, (uint64_t)newest_ms);
	put_u32(p + 32, j->key_id);
	p[36] = (uint8_t)type;
	p[37] = flags;
	put_u32(p + 40, (uint32_t)j->event_len);
	put_u32(p + 44, (uint32_t)j->values_len);
	memcpy(p + AT_PREV, j->mac, OTP_MAC_SIZE);
	err = otp_crypto_sha256(p + body - j->values_len, j->values_len, p + AT_HASH);
	if (err != OTP_OK)
		return err;
	err = otp_macs_compute(j->macs, j->key_id, p, OTP_JOURNAL_HEADER, p + OTP_JOURNAL_HEADER,
	    j->event_len, p + len - OTP_MAC_SIZE);
	if (err != OTP_OK)
		return err;
	memcpy(j->mac, p + len - OTP_MAC_SIZE, OTP_MAC_SIZE);
	j->seq++;
	j->newest_ms = newest_ms;
	j->batch_len += len;
	return OTP_OK;
}

enum otp_err
otp_journal_flush(struct otp_journal *j)
{
	if (j->batch_len == 0)
		return OTP_OK;
	if (otp_file_pwrite(j->fd, j->batch, j->batch_len, (int64_t)j->end) != OTP_OK ||
	    fdatasync(j->fd) != 0)
		return OTP_ERR_STORE;
	j->end += j->batch_len;
	j->durable = j->end;
	j->batch_len = 0;
	j->durable_seq = j->seq;
	memcpy(j->durable_mac, j->mac, OTP_MAC_SIZE);
	return OTP_OK;
}
