/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pam_client's look at itself: what a module must leave as it found it. */
#include "config.h"

#include "pam_client.h"

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 64

struct host {
	struct sigaction action[65];
	sigset_t mask;
	mode_t umask;
	char cwd[1024];
	char locale[512];
	locale_t thread_locale;
	bool fd[FDS_MAX];
	unsigned n_threads;
	char environment[8192];
	unsigned n_alarm;
};

static unsigned
count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	if (tasks == NULL)
		return 0;
	while (readdir(tasks) != NULL)
		n++;
	(void)closedir(tasks);
	return n;
}

static void
join_environment(char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (char **e = environ; e != NULL && *e != NULL && n < size; e++)
		n += (size_t)snprintf(buf + n, size - n, "%s\n", *e);
}

struct host *
host_look(void)
{
	struct host *host = calloc(1, sizeof(*host));
	struct stat st;

	if (host == NULL)
		exit(2);
	for (int i = 1; i < 65; i++)
		(void)sigaction(i, NULL, &host->action[i]);
	(void)sigprocmask(SIG_SETMASK, NULL, &host->mask);
	host->umask = umask(0);
	(void)umask(host->umask);
	if (getcwd(host->cwd, sizeof(host->cwd)) == NULL)
		host->cwd[0] = '\0';
	(void)snprintf(host->locale, sizeof(host->locale), "%s", setlocale(LC_ALL, NULL));
	host->thread_locale = uselocale((locale_t)0);
	for (int i = 0; i < FDS_MAX; i++)
		host->fd[i] = fstat(i, &st) == 0;
	host->n_threads = count_threads();
	join_environment(host->environment, sizeof(host->environment));
	host->n_alarm = alarm(0);
	return host;
}

static bool
is_mapped(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL)
		found = found || strstr(line, name) != NULL;
	if (maps != NULL)
		(void)fclose(maps);
	return found;
}

static bool
signals_differ(const struct host *a, const struct host *b)
{
	for (int i = 1; i < 65; i++) {
		if (a->action[i].sa_handler != b->action[i].sa_handler ||
		    a->action[i].sa_flags != b->action[i].sa_flags ||
		    sigismember(&a->mask, i) != sigismember(&b->mask, i))
			return true;
	}
	return false;
}

void
host_compare(struct host *before, const char *module)
{
	struct host *after = host_look();
	char changed[256] = "";
	size_t n = 0;

#define DIFFERS(what, test) \
	if (test) \
		n += (size_t)snprintf(changed + n, sizeof(changed) - n, " %s", what)
	DIFFERS("signals", signals_differ(before, after));
	DIFFERS("umask", before->umask != after->umask);
	DIFFERS("cwd", strcmp(before->cwd, after->cwd) != 0);
	DIFFERS("locale", strcmp(before->locale, after->locale) != 0);
	DIFFERS("thread-locale", before->thread_locale != after->thread_locale);
	DIFFERS("descriptors", memcmp(before->fd, after->fd, sizeof(before->fd)) != 0);
	DIFFERS("threads", before->n_threads != after->n_threads);
	DIFFERS("environment", strcmp(before->environment, after->environment) != 0);
	DIFFERS("alarm", after->n_alarm != 0);
	DIFFERS("child", waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD);
	DIFFERS("mapping", is_mapped(module));
#undef DIFFERS
	printf("host %s%s\n", n == 0 ? "unchanged" : "changed:", changed);
	free(before);
	free(after);
}
