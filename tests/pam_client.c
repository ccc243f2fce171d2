/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drives a PAM stack through the real libpam with scripted answers, and tells
 * what it saw: pam_client [OPTIONS] CONFDIR SERVICE USER [PHASES]
 *
 * PHASES: auth,setcred,acct,open,close (default auth); the first failure ends
 * the run, unless "on" is the first word. Answers come from stdin, a line each:
 * text, @empty, @null (no text), @none (no reply at all), @fail, @buf, @again
 * (the conversation fails so), @long N (that many digits).
 * -f silent,nonull  flags    -r HOST, -t TTY    -l  setlocale first
 * -s  afterwards, look for the answers in our own memory;  -L  leave one there (the control)
 * -n N [-T] [-R ROUNDS]  so many processes (threads) give the same line at once; %d in
 *     USER is the number of the process, which then takes its own word of the line
 */
#include "config.h"

#include "pam_client.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where tests/fault.c is loaded. */
extern void fault_arm(int is_armed) __attribute__((weak, visibility("default")));
extern int fault_fired(void) __attribute__((weak, visibility("default")));

/* Through libpam, not through us: no sleep, but what was asked for is seen. */
static void
fail_delay(int result, unsigned usec, void *appdata)
{
	const struct job *job = appdata;

	if (!job->is_race && result != PAM_SUCCESS)
		printf("delay %u\n", usec);
}

const char *
result_name(int result)
{
	static const char *const names[] = {
		"PAM_SUCCESS", "PAM_OPEN_ERR", "PAM_SYMBOL_ERR", "PAM_SERVICE_ERR",
		"PAM_SYSTEM_ERR", "PAM_BUF_ERR", "PAM_PERM_DENIED", "PAM_AUTH_ERR",
		"PAM_CRED_INSUFFICIENT",
		"PAM_AUTHINFO_UNAVAIL", "PAM_USER_UNKNOWN", "PAM_MAXTRIES", "PAM_NEW_AUTHTOK_REQD",
		"PAM_ACCT_EXPIRED", "PAM_SESSION_ERR", "PAM_CRED_UNAVAIL", "PAM_CRED_EXPIRED",
		"PAM_CRED_ERR", "PAM_NO_MODULE_DATA", "PAM_CONV_ERR", "PAM_AUTHTOK_ERR",
		"PAM_AUTHTOK_RECOVERY_ERR", "PAM_AUTHTOK_LOCK_BUSY", "PAM_AUTHTOK_DISABLE_AGING",
		"PAM_TRY_AGAIN", "PAM_IGNORE", "PAM_ABORT", "PAM_AUTHTOK_EXPIRED",
		"PAM_MODULE_UNKNOWN", "PAM_BAD_ITEM", "PAM_CONV_AGAIN", "PAM_INCOMPLETE",
	};

	if (result < 0 || (size_t)result >= sizeof(names) / sizeof(names[0]))
		return "?";
	return names[result];
}

static void
show(const char *kind, const char *text)
{
	printf("%s ", kind);
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == '\\')
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
	}
	putchar('\n');
}

static int
answer(struct job *job, struct pam_response *response)
{
	char *text;
	int result = PAM_SUCCESS;

	if (job->is_race) {
		job->before_answer(job->ctx);
		text = answers_get_word(job->answer, job->word);
	} else {
		text = answers_get(job->answer++);
	}
	if (text == NULL || strcmp(text, "@fail") == 0)
		result = PAM_CONV_ERR;
	else if (strcmp(text, "@buf") == 0)
		result = PAM_BUF_ERR;
	else if (strcmp(text, "@again") == 0)
		result = PAM_CONV_AGAIN;
	if (result != PAM_SUCCESS || strcmp(text, "@null") == 0) {
		free(text);
		return result;
	}
	if (strcmp(text, "@empty") == 0)
		text[0] = '\0';
	if (job->keep_a_copy && strdup(text) == NULL)
		abort();
	response->resp = text;
	return PAM_SUCCESS;
}

static int
converse(int n, const struct pam_message **message, struct pam_response **ret, void *appdata)
{
	static const char *const kinds[] = { "?", "prompt-off", "prompt-on", "error", "info" };
	struct job *job = appdata;
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));
	int result = PAM_SUCCESS;

	if (responses == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n && result == PAM_SUCCESS; i++) {
		int style = message[i]->msg_style;

		if (!job->is_race)
			show(kinds[style >= 1 && style <= 4 ? style : 0], message[i]->msg);
		if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) {
			char *next = job->is_race ? NULL : answers_get(job->answer);
			bool is_none = next != NULL && strcmp(next, "@none") == 0;

			if (next != NULL)
				explicit_bzero(next, strlen(next));
			free(next);
			if (is_none) {
				job->answer++;
				free(responses);
				*ret = NULL;
				return PAM_SUCCESS;
			}
			result = answer(job, &responses[i]);
		}
	}
	if (result != PAM_SUCCESS) {
		free(responses);
		responses = NULL;
	}
	*ret = responses;
	return result;
}

static int
phase_run(struct job *job, pam_handle_t *pamh, const char *phase)
{
	if (strcmp(phase, "auth") == 0)
		return pam_authenticate(pamh, job->flags);
	if (strcmp(phase, "setcred") == 0)
		return pam_setcred(pamh, PAM_ESTABLISH_CRED | (job->flags & PAM_SILENT));
	if (strcmp(phase, "acct") == 0)
		return pam_acct_mgmt(pamh, job->flags);
	if (strcmp(phase, "open") == 0)
		return pam_open_session(pamh, job->flags & PAM_SILENT);
	if (strcmp(phase, "close") == 0)
		return pam_close_session(pamh, job->flags & PAM_SILENT);
	fprintf(stderr, "pam_client: no phase '%s'\n", phase);
	exit(2);
}

static int
phases_run(struct job *job, pam_handle_t *pamh)
{
	bool goes_on = strncmp(job->phases, "on,", 3) == 0;
	char *phases = strdup(job->phases + (goes_on ? 3 : 0));
	char *rest = NULL;
	int result = PAM_SYSTEM_ERR;

	if (phases == NULL)
		return PAM_BUF_ERR;
	for (char *p = strtok_r(phases, ",", &rest); p != NULL; p = strtok_r(NULL, ",", &rest)) {
		result = phase_run(job, pamh, p);
		if (!job->is_race)
			printf("%s %s\n", p, result_name(result));
		if (result != PAM_SUCCESS && !goes_on)
			break;
	}
	free(phases);
	return result;
}

/* libpam calls what the item holds: a function pointer that travels as a data pointer. */
static const void *
as_item(void (*f)(int, unsigned, void *))
{
	const void *item;

	memcpy(&item, &f, sizeof(item));
	return item;
}

int
job_run(struct job *job)
{
	struct pam_conv conv = { converse, job };
	pam_handle_t *pamh = NULL;
	int result;

	result = pam_start_confdir(job->service, job->user, &conv, job->confdir, &pamh);
	if (result != PAM_SUCCESS) {
		printf("start %s\n", result_name(result));
		return result;
	}
	(void)pam_set_item(pamh, PAM_FAIL_DELAY, as_item(fail_delay));
	if (job->rhost != NULL)
		(void)pam_set_item(pamh, PAM_RHOST, job->rhost);
	if (job->tty != NULL)
		(void)pam_set_item(pamh, PAM_TTY, job->tty);
	if (fault_arm != NULL)
		fault_arm(1);
	result = phases_run(job, pamh);
	if (fault_arm != NULL)
		fault_arm(0);
	(void)pam_end(pamh, result);
	return result;
}

static _Noreturn void
usage(void)
{
	fprintf(stderr,
	    "usage: pam_client [-lsLT] [-f FLAGS] [-r HOST] [-t TTY] [-n N [-R ROUNDS]] "
	    "CONFDIR SERVICE USER [PHASES]\n");
	exit(2);
}

static int
flags_of(const char *text)
{
	int flags = 0;

	if (strstr(text, "silent") != NULL)
		flags |= (int)PAM_SILENT;
	if (strstr(text, "nonull") != NULL)
		flags |= PAM_DISALLOW_NULL_AUTHTOK;
	return flags;
}

int
main(int argc, char **argv)
{
	struct job job = { .phases = "auth" };
	unsigned n = 0, rounds = 1;
	bool scans = false, in_threads = false;
	struct host *host;
	int option, result;

	while ((option = getopt(argc, argv, "lsLTf:r:t:n:R:")) != -1) {
		switch (option) {
		case 'l': if (setlocale(LC_ALL, "") == NULL) return 2; break;
		case 's': scans = true; break;
		case 'L': job.keep_a_copy = true; break;
		case 'T': in_threads = true; break;
		case 'f': job.flags = flags_of(optarg); break;
		case 'r': job.rhost = optarg; break;
		case 't': job.tty = optarg; break;
		case 'n': n = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'R': rounds = (unsigned)strtoul(optarg, NULL, 10); break;
		default: usage();
		}
	}
	if (argc - optind < 3 || argc - optind > 4)
		usage();
	job.confdir = argv[optind];
	job.service = argv[optind + 1];
	job.user = argv[optind + 2];
	if (argc - optind == 4)
		job.phases = argv[optind + 3];
	if (getenv("OTP_TEST_LOCALEDIR") != NULL)	/* the catalogue that was just built */
		(void)bindtextdomain("otpadm", getenv("OTP_TEST_LOCALEDIR"));
	answers_read();
	if (n > 0)
		return race_run(&job, n, rounds, in_threads);
	if (job.user[0] == '\0')
		job.user = NULL;
	host = host_look();
	result = job_run(&job);
	host_compare(host, "pam_otp.so");
	printf("answers %zu\n", job.answer);
	if (fault_fired != NULL)
		printf("fired %d\n", fault_fired());
	if (scans)
		printf("left %u\n", answers_scan());
	return result == PAM_SUCCESS ? 0 : 1;
}
