/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pam_client's script of answers, and the search for what is left of them in memory. */
#include "config.h"

#include "pam_client.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MASK 0x5a

static struct {
	size_t n;
	struct { size_t len; unsigned char *masked; } line[ANSWERS_MAX];
} answers;

static void
add(const unsigned char *masked, size_t len)
{
	if (answers.n == ANSWERS_MAX || len > ANSWER_MAX) {
		fprintf(stderr, "pam_client: too many or too long answers\n");
		exit(2);
	}
	answers.line[answers.n].masked = malloc(len + 1);
	if (answers.line[answers.n].masked == NULL)
		exit(2);
	memcpy(answers.line[answers.n].masked, masked, len);
	answers.line[answers.n++].len = len;
}

void
answers_read(void)
{
	static unsigned char line[ANSWER_MAX + 1];
	size_t len = 0;
	unsigned char byte;

	while (read(0, &byte, 1) == 1) {
		if (byte == '\n') {
			add(line, len);
			len = 0;
		} else if (len < sizeof(line)) {
			line[len++] = byte ^ MASK;
		}
	}
	byte = 0;
	if (len > 0)
		add(line, len);
}

size_t
answers_count(void)
{
	return answers.n;
}

char *
answers_get(size_t index)
{
	unsigned long repeat;
	size_t len;
	char *text;

	if (index >= answers.n)
		return NULL;
	len = answers.line[index].len;
	text = calloc(1, len + 1);
	if (text == NULL)
		abort();
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(answers.line[index].masked[i] ^ MASK);
	if (strncmp(text, "@long ", 6) != 0)
		return text;
	repeat = strtoul(text + 6, NULL, 10);
	free(text);
	text = malloc(repeat + 1);
	if (text == NULL)
		abort();
	memset(text, '1', repeat);
	text[repeat] = '\0';
	return text;
}

char *
answers_get_word(size_t index, size_t word)
{
	char *line = answers_get(index);
	char *rest = NULL, *found, *copy;

	if (line == NULL || strchr(line, ' ') == NULL)
		return line;
	found = strtok_r(line, " ", &rest);
	for (; found != NULL && word > 0; word--)
		found = strtok_r(NULL, " ", &rest);
	copy = found != NULL ? strdup(found) : NULL;
	free(line);
	return copy;
}

/* In place and against the masked text: a search that makes copies would find its own. */
static unsigned
scan_range(const unsigned char *from, const unsigned char *to, size_t index)
{
	/* free() itself writes over the first 16 bytes */
	size_t skipped = answers.line[index].len > 24 ? 16 : 0;
	const unsigned char *masked = answers.line[index].masked + skipped;
	size_t len = answers.line[index].len - skipped;
	unsigned found = 0;

	for (const unsigned char *p = from; len >= 6 && p + len <= to; p++) {
		size_t i = 0;

		while (i < len && (p[i] ^ MASK) == masked[i])
			i++;
		found += i == len;
	}
	return found;
}

unsigned
answers_scan(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned found = 0;

	if (maps == NULL)
		exit(2);
	while (fgets(line, sizeof(line), maps) != NULL) {
		char *end = NULL;
		uintptr_t from = (uintptr_t)strtoumax(line, &end, 16);
		uintptr_t to = *end == '-' ? (uintptr_t)strtoumax(end + 1, &end, 16) : 0;

		if (strncmp(end, " rw", 3) != 0 || strstr(line, "[v") != NULL)
			continue;
		for (size_t i = 0; i < answers.n; i++)
			found += scan_range((const unsigned char *)from,
			    (const unsigned char *)to, i);
	}
	(void)fclose(maps);
	return found;
}
