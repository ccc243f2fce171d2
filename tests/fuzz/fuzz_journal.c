/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzz target: what a start reads off the disk. The first byte says which. Whatever
 * stands there, reading stays inside, and a repaired segment ends where it was read to.
 */
#include "config.h"

#include <sys/mman.h>

#include "archive.h"
#include "fuzz.h"
#include "journal_ring.h"
#include "replay.h"

const char fuzz_name[] = "journal";
bool fuzz_accepted;

static struct otp_macs macs;

static void
start(void)
{
	static struct otp_keyring *ring;

	if (ring != NULL)
		return;
	ring = journal_ring();
	FUZZ_HOLDS(ring != NULL);
	otp_macs_init(&macs, ring, "journal");
}

static bool
record(const uint8_t *data, size_t len, bool is_archived)
{
	struct otp_journal_record r;
	struct otp_journal_value value;
	size_t at = 0;

	if (!otp_journal_parse(data, len, is_archived, &r))
		return false;
	FUZZ_HOLDS(r.stored <= len && r.stored % OTP_JOURNAL_ALIGN == 0);
	FUZZ_HOLDS(r.event + r.event_len <= r.mac && r.mac + OTP_MAC_SIZE == data + r.stored);
	FUZZ_HOLDS(is_archived == (r.values == NULL));
	while (otp_journal_value_next(&r, &at, &value))
		FUZZ_HOLDS(at <= r.values_len && (value.sealed == NULL ||
		    (value.sealed >= r.values && value.sealed + value.len <= r.values + r.values_len)));
	return otp_journal_verify(&r, &macs) == OTP_OK;
}

static bool
manifest(const uint8_t *data, size_t len)
{
	struct otp_manifest m;
	struct otp_bytes b = OTP_BYTES_INIT;
	struct otp_enc e = OTP_ENC_INIT(&b, len);
	bool is_good = otp_manifest_decode(data, len, RING_SHARDS, &m) == OTP_OK;

	if (is_good) {
		otp_manifest_encode(&m, &e);
		FUZZ_HOLDS(e.err == OTP_OK && b.len == len && memcmp(b.data, data, len) == 0);
	}
	otp_bytes_clear(&b);
	return is_good;
}

/* A file in memory with that content at that place. */
static int
file_of(const uint8_t *data, size_t len, size_t at, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_HOLDS(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	FUZZ_HOLDS(pwrite(fd, data, len, (off_t)at) == (ssize_t)len);
	return fd;
}

static bool
head(const uint8_t *data, size_t len)
{
	struct otp_segment_head h;
	int fd = file_of(data, len, 0, OTP_SEGMENT_SIZE_MIN);
	bool is_good = otp_segment_read_head(fd, "x", RING_SHARDS, &macs, &h, NULL) == OTP_OK;

	FUZZ_HOLDS(!is_good || h.manifest.n_shards == RING_SHARDS);
	(void)close(fd);
	return is_good;
}

static bool
segment(const uint8_t *data, size_t len)
{
	const struct otp_segment_head h = journal_head();
	const uint32_t from = otp_segment_head_size(RING_SHARDS);
	struct otp_replay r, again;
	enum otp_err err;
	int fd;

	if (len > OTP_SEGMENT_SIZE_MIN - from)
		len = OTP_SEGMENT_SIZE_MIN - from;
	fd = file_of(data, len, from, OTP_SEGMENT_SIZE_MIN);
	otp_replay_init(&r, &macs, fd, "x", &h);
	err = otp_replay_run(&r, NULL, NULL, NULL);
	FUZZ_HOLDS(r.at >= from && r.at <= OTP_SEGMENT_SIZE_MIN && r.at % OTP_JOURNAL_ALIGN == 0);
	FUZZ_HOLDS(r.seq == h.seq || r.at > from);
	if (err == OTP_OK)
		err = otp_replay_check_end(&r, NULL);
	if (err == OTP_OK) {
		FUZZ_HOLDS(otp_replay_repair(&r, NULL) == OTP_OK);
		otp_replay_init(&again, &macs, fd, "x", &h);
		FUZZ_HOLDS(otp_replay_run(&again, NULL, NULL, NULL) == OTP_OK);
		FUZZ_HOLDS(again.at == r.at && again.seq == r.seq);
		FUZZ_HOLDS(otp_replay_check_end(&again, NULL) == OTP_OK);
	}
	(void)close(fd);
	return err == OTP_OK && r.at >= from + len;
}

static enum otp_err
see(void *ctx, const struct otp_journal_record *r)
{
	(void)ctx;
	FUZZ_HOLDS(r->values == NULL);
	return OTP_OK;
}

static bool
archive(const uint8_t *data, size_t len)
{
	const char *base = getenv("TMPDIR");
	struct otp_archive_head h;
	char dir[512];
	int dir_fd, fd = -1;
	enum otp_err err;

	(void)snprintf(dir, sizeof(dir), "%s/otp-fuzz.XXXXXX", base != NULL ? base : "/tmp");
	FUZZ_HOLDS(mkdtemp(dir) != NULL);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = openat(dir_fd, "audit.00000003", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FUZZ_HOLDS(write(fd, data, len) == (ssize_t)len);
	(void)close(fd);
	fd = -1;
	err = otp_archive_read_head(dir_fd, 3, geteuid(), &macs, &fd, &h, NULL);
	if (err == OTP_OK)
		err = otp_archive_read(fd, &h, &macs, see, NULL, NULL);
	if (fd >= 0)
		(void)close(fd);
	(void)unlinkat(dir_fd, "audit.00000003", 0);
	(void)close(dir_fd);
	(void)rmdir(dir);
	return err == OTP_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_accepted = false;
	if (len == 0 || data[0] >= TARGET_COUNT)
		return 0;
	start();
	switch ((enum journal_target)data[0]) {
	case TARGET_RECORD:
	case TARGET_ARCHIVED:
		fuzz_accepted = record(data + 1, len - 1, data[0] == TARGET_ARCHIVED);
		break;
	case TARGET_MANIFEST:
		fuzz_accepted = manifest(data + 1, len - 1);
		break;
	case TARGET_HEAD:
		fuzz_accepted = head(data + 1, len - 1);
		break;
	case TARGET_SEGMENT:
		fuzz_accepted = segment(data + 1, len - 1);
		break;
	case TARGET_ARCHIVE:
		fuzz_accepted = archive(data + 1, len - 1);
		break;
	case TARGET_COUNT:
		break;
	}
	return 0;
}
