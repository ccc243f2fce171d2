/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of pam_client: a host for PAM modules that follows a script and watches itself. */
#ifndef PAM_CLIENT_H
#define PAM_CLIENT_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- the script: answers, masked, so that a scan of our memory finds what others left ---- */
#define ANSWERS_MAX 20000
#define ANSWER_MAX 1200
void answers_read(void);	/* all of stdin */
size_t answers_count(void);
/* The answer in the clear, on the heap, the caller's; NULL past the end. */
char *answers_get(size_t index);
/* The index-th word of it (all of it where there is only one). */
char *answers_get_word(size_t index, size_t word);
/* Answers that are still somewhere in this process's writable memory. */
unsigned answers_scan(void);

/* ---- what a guest must leave as it was ---- */
struct host;
struct host *host_look(void);
/* Prints "host unchanged", or "host changed: WHAT..." */
void host_compare(struct host *before, const char *module);

/* ---- one run through the phases ---- */
struct job {
	const char *confdir, *service, *user, *phases, *rhost, *tty;
	int flags;
	bool keep_a_copy;	/* the scan's control: an answer stays in memory */
	size_t answer;		/* which answer comes next */
	size_t word;		/* races: whose word of the line */
	bool is_race;		/* no talk, `answer` is fixed, the conversation waits */
	void (*before_answer)(void *ctx);
	void *ctx;
};
const char *result_name(int result);
/* The phases; the result of the last one run (the first that fails, unless "on" stands first). */
int job_run(struct job *job);

/* ---- races ---- */
/* n processes (or threads), `rounds` lines of the script; prints how many succeeded in each. */
int race_run(const struct job *job, unsigned n, unsigned rounds, bool in_threads);

#endif
