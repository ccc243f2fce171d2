/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one key and the one empty segment that the journal's fuzz target and its corpus share. */
#ifndef TEST_JOURNAL_RING_H
#define TEST_JOURNAL_RING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"

#define RING_SHARDS 4

enum journal_target {
	TARGET_RECORD,		/* one record */
	TARGET_ARCHIVED,	/* one record without values */
	TARGET_MANIFEST,
	TARGET_HEAD,		/* of a segment */
	TARGET_SEGMENT,		/* what stands behind the head of an empty one */
	TARGET_ARCHIVE,		/* a whole file */
	TARGET_COUNT
};

/* From a directory of its own that is gone again when this returns. */
static inline struct otp_keyring *
journal_ring(void)
{
	const char *base = getenv("TMPDIR");
	struct otp_keyring *ring = NULL;
	char dir[512], path[600], hex[66];
	int fd;

	(void)snprintf(dir, sizeof(dir), "%s/otp-fuzz.XXXXXX", base != NULL ? base : "/tmp");
	if (mkdtemp(dir) == NULL)
		return NULL;
	memset(hex, '5', sizeof(hex));
	hex[64] = '\n';
	(void)snprintf(path, sizeof(path), "%s/00000001.key", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd >= 0 && write(fd, hex, 65) == 65)
		(void)otp_keyring_load(dir, geteuid(), &ring, NULL);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
	return ring;
}

static inline struct otp_segment_head
journal_head(void)
{
	struct otp_segment_head head = { .key_id = 1, .generation = 1, .number = 3,
		.size = OTP_SEGMENT_SIZE_MIN, .seq = 100, .prev_end = 9000, .newest_ms = 1700000000000 };

	memset(head.store_id, 's', sizeof(head.store_id));
	memset(head.mac, 'm', sizeof(head.mac));
	head.manifest.low = 2;
	head.manifest.n_shards = RING_SHARDS;
	return head;
}

#endif
