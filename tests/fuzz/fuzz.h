/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a fuzz target is: a name, a function, and promises that must hold whatever comes in. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Built with --enable-fuzzing libFuzzer calls it, otherwise replay.c. The corpus is corpus/NAME. */
extern const char fuzz_name[];
/* Set by the target when it took the input: every file of the corpus but bad-* must be one. */
extern bool fuzz_accepted;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FUZZ_HOLDS(promise)                                                                \
	do {                                                                               \
		if (!(promise)) {                                                          \
			(void)fprintf(stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #promise); \
			abort();                                                           \
		}                                                                          \
	} while (0)

#endif
