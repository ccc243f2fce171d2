/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pam_client's races: many processes or threads that answer at the same moment. */
#include "config.h"

#include "pam_client.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX ANSWERS_MAX
#define GATE_SECONDS 30

/* Shared by all; a gate is a count that only grows, so a late one never misses it. */
struct arena {
	unsigned n;
	atomic_uint at_start[ROUNDS_MAX], at_answer[ROUNDS_MAX];
	atomic_uint success[ROUNDS_MAX], auth_err[ROUNDS_MAX], other[ROUNDS_MAX];
};

struct runner {
	struct arena *arena;
	const struct job *job;
	unsigned index, rounds;
	unsigned round;
};

static void
gate(atomic_uint *count, unsigned n)
{
	const struct timespec limit = { GATE_SECONDS, 0 };
	unsigned seen = atomic_fetch_add(count, 1) + 1;

	if (seen >= n) {
		(void)syscall(SYS_futex, count, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		return;
	}
	while (seen < n) {
		if (syscall(SYS_futex, count, FUTEX_WAIT, seen, &limit, NULL, 0) != 0 &&
		    errno == ETIMEDOUT) {
			fprintf(stderr, "pam_client: not everybody came to the gate\n");
			exit(3);
		}
		seen = atomic_load(count);
	}
}

static void
wait_for_all(void *ctx)
{
	struct runner *runner = ctx;

	gate(&runner->arena->at_answer[runner->round], runner->arena->n);
}

static void *
run(void *ctx)
{
	struct runner *runner = ctx;
	struct arena *arena = runner->arena;
	char user[300];

	(void)snprintf(user, sizeof(user), "%s", runner->job->user);
	for (size_t i = 0; user[i] != '\0'; i++) {
		if (user[i] == '%' && user[i + 1] == 'd') {
			(void)snprintf(user + i, sizeof(user) - i, "%u", runner->index);
			break;
		}
	}
	for (unsigned r = 0; r < runner->rounds; r++) {
		struct job job = *runner->job;
		int result;

		job.user = user;
		job.is_race = true;
		job.answer = r;
		job.word = runner->index;
		job.before_answer = wait_for_all;
		job.ctx = runner;
		runner->round = r;
		gate(&arena->at_start[r], arena->n);
		result = job_run(&job);
		if (result == PAM_SUCCESS)
			atomic_fetch_add(&arena->success[r], 1);
		else if (result == PAM_AUTH_ERR)
			atomic_fetch_add(&arena->auth_err[r], 1);
		else
			atomic_fetch_add(&arena->other[r], 1);
	}
	return NULL;
}

static void
start_processes(struct runner *runners, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		switch (fork()) {
		case -1:
			perror("fork");
			exit(3);
		case 0:
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)run(&runners[i]);
			_exit(0);
		default:
			break;
		}
	}
	for (int status; wait(&status) != -1;) {
		if (status != 0) {
			fprintf(stderr, "pam_client: a racer ended with status %#x\n",
			    (unsigned)status);
			exit(3);
		}
	}
}

static void
start_threads(struct runner *runners, unsigned n)
{
	pthread_t *threads = calloc(n, sizeof(*threads));

	for (unsigned i = 0; threads != NULL && i < n; i++) {
		if (pthread_create(&threads[i], NULL, run, &runners[i]) != 0)
			exit(3);
	}
	for (unsigned i = 0; threads != NULL && i < n; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
}

int
race_run(const struct job *job, unsigned n, unsigned rounds, bool in_threads)
{
	struct arena *arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct runner *runners = calloc(n, sizeof(*runners));

	if (arena == MAP_FAILED || runners == NULL || rounds > answers_count())
		return 2;
	arena->n = n;
	for (unsigned i = 0; i < n; i++)
		runners[i] = (struct runner){ arena, job, i, rounds, 0 };
	(void)fflush(NULL);
	if (in_threads)
		start_threads(runners, n);
	else
		start_processes(runners, n);
	for (unsigned r = 0; r < rounds; r++)
		printf("round %u success %u auth_err %u other %u\n", r,
		    atomic_load(&arena->success[r]), atomic_load(&arena->auth_err[r]),
		    atomic_load(&arena->other[r]));
	free(runners);
	return 0;
}
