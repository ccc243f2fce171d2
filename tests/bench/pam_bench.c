/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times authentications through real libpam:
 *	pam_bench CONFDIR SERVICE CLIENTS [floor FILE] <LIST
 * LIST has a line "user code" for each authentication. CLIENTS processes
 * share them; each does pam_start, pam_authenticate, pam_end. With `floor` each also
 * appends 512 bytes to FILE and syncs them, behind an empty stack.
 * Prints: count, refused, seconds, and of those not refused: per second, p50, p95, p99 in microseconds.
 */
#include "config.h"

#include <fcntl.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"

#define LINE_SIZE 320
#define BLOCK 512

struct shared {
	atomic_uint ready, passed;	/* a client that dies has passed nobody */
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

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
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
		if (!ok)
			continue;
		shared->microseconds[i] = (uint32_t)(now_us() - begin);
		atomic_fetch_add(&shared->passed, 1);
	}
	_exit(0);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t
at(const struct shared *shared, size_t passed, unsigned percent)
{
	return passed > 0 ? shared->microseconds[passed * percent / 100] : 0;
}

int
main(int argc, char **argv)
{
	static char (*lines)[LINE_SIZE];
	uint64_t clients = 0;
	size_t n = 0, cap = 0, passed;
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
	for (size_t c = 0; c < clients; c++) {
		pid_t pid = fork();

		if (pid == 0)
			client(shared, lines, n, c, clients, argv, argc == 6 ? argv[5] : NULL);
		if (pid < 0)
			return 1;
	}
	while (atomic_load(&shared->ready) < clients)
		usleep(1000);
	memset(shared->microseconds, 0xff, n * sizeof(uint32_t));	/* the refused: behind all others */
	begin = now_us();
	atomic_store(&shared->go, true);
	while (wait(NULL) > 0)
		continue;
	took = now_us() - begin;
	qsort(shared->microseconds, n, sizeof(uint32_t), compare);
	passed = atomic_load(&shared->passed);
	printf("%zu %zu %.3f %.0f %u %u %u\n", n, n - passed, (double)took / 1e6, (double)passed * 1e6 / (double)took,
	    at(shared, passed, 50), at(shared, passed, 95), at(shared, passed, 99));
	return 0;
}
