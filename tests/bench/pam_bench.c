/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times authentications through real libpam:
 *	pam_bench CONFDIR SERVICE CLIENTS [floor FILE] <LIST
 * LIST has a line "user code" for each authentication. CLIENTS processes
 * share them; each does pam_start, pam_authenticate, pam_end. With `floor` each also
 * appends 512 bytes to FILE and syncs them, behind an empty stack.
 * Prints: count, refused, seconds, per second, p50, p95, p99 in microseconds.
 */
#include "config.h"

#include <fcntl.h>
#include <security/pam_appl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"

#define LINE_SIZE 320
#define BLOCK 512

struct shared {
	atomic_uint ready, refused;
	atomic_bool go;
	uint32_t microseconds[];
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
converse(int n, const struct pam_message **messages, struct pam_response **ret, void *ctx)
{
	struct pam_response *answers = calloc((size_t)n, sizeof(*answers));

	if (answers == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF || messages[i]->msg_style == PAM_PROMPT_ECHO_ON)
			answers[i].resp = strdup(ctx);
	*ret = answers;
	return PAM_SUCCESS;
}

static void
no_delay(int status, unsigned microseconds, void *ctx)
{
	(void)status;
	(void)microseconds;
	(void)ctx;
}

static bool
authenticate(const char *confdir, const char *service, const char *user, char *code)
{
	struct pam_conv conv = { converse, code };
	pam_handle_t *pamh = NULL;
	int status = pam_start_confdir(service, user, &conv, confdir, &pamh);
	union {
		void (*function)(int, unsigned, void *);
		const void *item;
	} delay = { no_delay };

	if (status == PAM_SUCCESS)
		status = pam_set_item(pamh, PAM_FAIL_DELAY, delay.item);
	if (status == PAM_SUCCESS)
		status = pam_authenticate(pamh, 0);
	(void)pam_end(pamh, status);
	return status == PAM_SUCCESS;
}

static void
client(struct shared *shared, char (*lines)[LINE_SIZE], size_t n, size_t first, size_t stride, char **argv, const char *file)
{
	int fd = -1;
	char block[BLOCK];

	memset(block, 'x', sizeof(block));
	if (file != NULL)
		fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	atomic_fetch_add(&shared->ready, 1);
	while (!atomic_load(&shared->go))
		usleep(100);
	for (size_t i = first; i < n; i += stride) {
		char *code = strchr(lines[i], ' ');
		int64_t begin = now_us();
		bool ok;

		*code = '\0';
		ok = authenticate(argv[1], argv[2], lines[i], code + 1);
		if (file != NULL)
			ok = ok && write(fd, block, sizeof(block)) == sizeof(block) && fdatasync(fd) == 0;
		shared->microseconds[i] = (uint32_t)(now_us() - begin);
		if (!ok)
			atomic_fetch_add(&shared->refused, 1);
	}
	_exit(0);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	static char (*lines)[LINE_SIZE];
	uint64_t clients = 0;
	size_t n = 0, cap = 0;
	struct shared *shared;
	int64_t begin, took;

	if ((argc != 4 && argc != 6) || otp_parse_u64(argv[3], 1, 1024, &clients) != OTP_OK)
		return 2;
	for (;;) {
		if (n == cap) {
			cap = cap == 0 ? 1024 : 2 * cap;
			lines = realloc(lines, cap * sizeof(*lines));
			if (lines == NULL)
				return 1;
		}
		if (fgets(lines[n], LINE_SIZE, stdin) == NULL)
			break;
		lines[n][strcspn(lines[n], "\n")] = '\0';
		if (strchr(lines[n], ' ') != NULL)
			n++;
	}
	if (n == 0)
		return 2;
	shared = mmap(NULL, sizeof(*shared) + n * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	for (size_t c = 0; c < clients; c++)
		if (fork() == 0)
			client(shared, lines, n, c, clients, argv, argc == 6 ? argv[5] : NULL);
	while (atomic_load(&shared->ready) < clients)
		usleep(1000);
	begin = now_us();
	atomic_store(&shared->go, true);
	while (wait(NULL) > 0)
		continue;
	took = now_us() - begin;
	qsort(shared->microseconds, n, sizeof(uint32_t), compare);
	printf("%zu %u %.3f %.0f %u %u %u\n", n, atomic_load(&shared->refused), (double)took / 1e6, (double)n * 1e6 / (double)took,
	    shared->microseconds[n / 2], shared->microseconds[n * 95 / 100], shared->microseconds[n * 99 / 100]);
	return 0;
}
