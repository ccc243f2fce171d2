/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mark: how far the store has come, in a file beside it, so that a cut journal or an old copy is noticed. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "encode.h"
#include "file.h"
#include "mark.h"

#define NAME "mark"
#define MAGIC "otpmark1"
#define MAGIC_SIZE 8
#define BODY_SIZE 96
#define SLOT_SIZE 512
#define SLOT_SPACE 4096		/* a page each: a torn write never touches both */
#define N_SLOTS 2

static enum otp_err
encode(const struct otp_mark_state *state, uint32_t key_id, struct otp_macs *macs,
    uint8_t ret[SLOT_SIZE])
{
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, SLOT_SIZE);
	enum otp_err err;

	otp_enc_raw(&e, MAGIC, MAGIC_SIZE);
	otp_enc_u32(&e, key_id);
	otp_enc_u32(&e, 0);
	otp_enc_raw(&e, state->store_id, sizeof(state->store_id));
	otp_enc_u64(&e, state->generation);
	otp_enc_u64(&e, 0);	/* the generation to be, while one follows on another */
	otp_enc_u64(&e, state->seq);
	otp_enc_u64(&e, 0);
	otp_enc_raw(&e, state->mac, sizeof(state->mac));
	err = e.err;
	memset(ret, 0, SLOT_SIZE);
	if (err == OTP_OK && b.len != BODY_SIZE)
		err = OTP_ERR_INTERNAL;
	if (err == OTP_OK) {
		memcpy(ret, b.data, BODY_SIZE);
		err = otp_macs_compute(macs, key_id, ret, BODY_SIZE, NULL, 0, ret + BODY_SIZE);
	}
	otp_bytes_clear(&b);
	return err;
}

static bool
decode(const uint8_t slot[SLOT_SIZE], struct otp_macs *macs, struct otp_mark_state *ret)
{
	struct otp_dec d;
	uint32_t key_id;

	if (memcmp(slot, MAGIC, MAGIC_SIZE) != 0)
		return false;
	otp_dec_init(&d, slot + MAGIC_SIZE, BODY_SIZE - MAGIC_SIZE);
	key_id = otp_dec_u32(&d);
	(void)otp_dec_u32(&d);
	otp_dec_raw(&d, ret->store_id, sizeof(ret->store_id));
	ret->generation = otp_dec_u64(&d);
	(void)otp_dec_u64(&d);
	ret->seq = otp_dec_u64(&d);
	(void)otp_dec_u64(&d);
	otp_dec_raw(&d, ret->mac, sizeof(ret->mac));
	return otp_dec_end(&d) == OTP_OK &&
	    otp_macs_check(macs, key_id, slot, BODY_SIZE, NULL, 0, slot + BODY_SIZE) == OTP_OK;
}

enum otp_err
otp_mark_create(const char *state_dir, uid_t owner, const struct otp_keyring *ring,
    const struct otp_mark_state *state, struct otp_why *why)
{
	uint8_t slots[N_SLOTS * SLOT_SPACE];
	struct otp_macs macs;
	enum otp_err err;
	int dir = -1;

	otp_macs_init(&macs, ring, "mark");
	memset(slots, 0, sizeof(slots));
	err = encode(state, otp_keyring_current(ring), &macs, slots);
	memcpy(slots + SLOT_SPACE, slots, SLOT_SIZE);
	if (err == OTP_OK)
		err = otp_file_open_dir(AT_FDCWD, state_dir, owner, OTP_FILE_PRIVATE, &dir, why);
	if (err == OTP_OK)
		err = otp_file_replace(dir, NAME, 0600, slots, sizeof(slots), why);
	otp_file_close(&dir);
	otp_macs_clear(&macs);
	return err;
}

static enum otp_err
write_slot(int fd, unsigned i, const uint8_t slot[SLOT_SIZE])
{
	if (otp_file_pwrite(fd, slot, SLOT_SIZE, (int64_t)i * SLOT_SPACE) != OTP_OK || fdatasync(fd) != 0)
		return OTP_ERR_STORE;
	return OTP_OK;
}

enum otp_err
otp_mark_open(struct otp_mark *mark, const char *state_dir, uid_t owner,
    const struct otp_keyring *ring, const uint8_t store_id[OTP_STORE_ID_SIZE], uint64_t generation,
    struct otp_mark_state *ret, struct otp_why *why)
{
	struct otp_mark_state state;
	uint8_t slot[SLOT_SIZE], best[SLOT_SIZE];
	bool is_found = false, is_other = false;
	enum otp_err err;
	size_t n;
	int dir = -1;

	otp_macs_init(&mark->macs, ring, "mark");
	mark->key_id = otp_keyring_current(ring);
	err = otp_file_open_dir(AT_FDCWD, state_dir, owner, OTP_FILE_PRIVATE, &dir, why);
	if (err != OTP_OK)
		return err == OTP_ERR_NOT_FOUND ? OTP_ERR_ROLLBACK : err;
	err = otp_file_open(dir, NAME, O_RDWR, owner, OTP_FILE_PRIVATE, &mark->fd, why);
	otp_file_close(&dir);
	if (err != OTP_OK)
		return err == OTP_ERR_NOT_FOUND ? OTP_ERR_ROLLBACK : err;
	for (unsigned i = 0; i < N_SLOTS; i++) {
		if (otp_file_pread(mark->fd, slot, SLOT_SIZE, (int64_t)i * SLOT_SPACE, &n) != OTP_OK ||
		    n != SLOT_SIZE || !decode(slot, &mark->macs, &state))
			continue;
		if (memcmp(state.store_id, store_id, OTP_STORE_ID_SIZE) != 0 ||
		    state.generation != generation) {
			is_other = true;
		} else if (!is_found || state.seq > ret->seq) {
			is_found = true;
			*ret = state;
			memcpy(best, slot, sizeof(best));
			mark->slot = (i + 1) % N_SLOTS;
			mark->seq = state.seq;
		}
	}
	/* after a failed sync it is what the disk may not have, and the other slot is written next */
	if (is_found && write_slot(mark->fd, (mark->slot + 1) % N_SLOTS, best) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_STORE, CANNOT_WRITE, NAME, OTP_WHY_ERRNO(errno));
	if (is_found)
		return OTP_OK;
	if (is_other)
		return OTP_WHY(why, OTP_ERR_ROLLBACK, STORE_OTHER, NAME);
	return OTP_WHY(why, OTP_ERR_ROLLBACK, STORE_NO_MARK, state_dir);
}

enum otp_err
otp_mark_write(struct otp_mark *mark, const struct otp_mark_state *state)
{
	uint8_t slot[SLOT_SIZE];
	enum otp_err err;

	err = encode(state, mark->key_id, &mark->macs, slot);
	if (err != OTP_OK)
		return err;
	if (write_slot(mark->fd, mark->slot, slot) != OTP_OK)
		return OTP_ERR_STORE;
	mark->slot = (mark->slot + 1) % N_SLOTS;
	mark->seq = state->seq;
	return OTP_OK;
}

void
otp_mark_close(struct otp_mark *mark)
{
	if (mark == NULL)
		return;
	otp_file_close(&mark->fd);
	otp_macs_clear(&mark->macs);
}
