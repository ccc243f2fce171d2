/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For LD_PRELOAD: the n-th call of a kind fails, once or from then on.
 * OTP_FAULT=KIND:N or KIND:N+, KIND: memory or calls (files, sockets). Nothing
 * is counted before the program has called fault_arm(1), and only what libpam
 * and its modules call themselves: glibc's own NSS aborts without memory.
 */
#include "config.h"

#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void fault_arm(int is_armed);
EXPORT int fault_fired(void);

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

enum kind { KIND_NONE, KIND_MEMORY, KIND_CALLS };

static atomic_int armed;
static atomic_ulong counted, fired;
static enum kind kind;
static unsigned long which;
static bool for_ever;

void
fault_arm(int is_armed)
{
	const char *how = getenv("OTP_FAULT");
	const char *colon = how != NULL ? strchr(how, ':') : NULL;
	char *end = NULL;

	if (colon == NULL)
		return;
	kind = strncmp(how, "memory", 6) == 0 ? KIND_MEMORY : KIND_CALLS;
	which = strtoul(colon + 1, &end, 10);
	for_ever = *end == '+';
	atomic_store(&armed, is_armed);
}

int
fault_fired(void)
{
	return (int)atomic_load(&fired);
}

static bool
is_pam(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) != 0 && info.dli_fname != NULL &&
	    (strstr(info.dli_fname, "pam_otp.so") != NULL ||
	    strstr(info.dli_fname, "libpam") != NULL);
}

static bool
fails_for(enum kind of, const void *caller)
{
	unsigned long n;

	if (!atomic_load(&armed) || kind != of || !is_pam(caller))
		return false;
	n = atomic_fetch_add(&counted, 1) + 1;
	if (n != which && !(for_ever && n > which))
		return false;
	atomic_fetch_add(&fired, 1);
	return true;
}
#define fails(of) fails_for((of), __builtin_return_address(0))

EXPORT void *
malloc(size_t size)
{
	if (fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

EXPORT void *
calloc(size_t n, size_t size)
{
	if (fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, size);
}

EXPORT void *
realloc(void *p, size_t size)
{
	if (size > 0 && fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, size);
}

/* glibc's would call the above, and glibc is not counted */
EXPORT void *
reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all) || fails(KIND_MEMORY)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(p, all);
}

EXPORT char *
strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = NULL;

	if (fails(KIND_MEMORY))
		errno = ENOMEM;
	else
		copy = __libc_malloc(size);
	return copy != NULL ? memcpy(copy, s, size) : NULL;
}

/* A call that returns -1 with an errno, and the way to the real one. */
#define WRAP(result, name, parameters, arguments, error)                                \
	EXPORT result name parameters                                                    \
	{                                                                                \
		static result (*real) parameters;                                        \
		void *found;                                                             \
                                                                                         \
		if (real == NULL) {                                                      \
			found = dlsym(RTLD_NEXT, #name);                                 \
			memcpy(&real, &found, sizeof(real));                             \
		}                                                                        \
		if (fails(KIND_CALLS)) {                                                 \
			errno = error;                                                   \
			return -1;                                                       \
		}                                                                        \
		return real arguments;                                                   \
	}

WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol), EMFILE)
WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t len), (fd, address, len),
    ECONNREFUSED)
WRAP(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
    (fd, level, name, value, len), EBADF)
WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
    (fd, level, name, value, len), EBADF)
WRAP(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags), EPIPE)
WRAP(ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags), ECONNRESET)
WRAP(int, poll, (struct pollfd *fds, nfds_t n, int timeout), (fds, n, timeout), ENOMEM)
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), EIO)
WRAP(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), EIO)
WRAP(ssize_t, pread, (int fd, void *p, size_t n, off_t offset), (fd, p, n, offset), EIO)
WRAP(int, close, (int fd), (fd), EIO)

EXPORT int
openat(int fd, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	mode_t mode = 0;
	va_list more;
	void *found;

	if (real == NULL) {
		found = dlsym(RTLD_NEXT, "openat");
		memcpy(&real, &found, sizeof(real));
	}
	if ((flags & O_CREAT) != 0) {
		va_start(more, flags);
		mode = va_arg(more, mode_t);
		va_end(more);
	}
	if (fails(KIND_CALLS)) {
		errno = EACCES;
		return -1;
	}
	return real(fd, path, flags, mode);
}
