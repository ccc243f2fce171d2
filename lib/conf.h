/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm.conf: one list (conf.def) gives the struct, the defaults, the parser, `config show` and the sample. */
#ifndef OTP_CONF_H
#define OTP_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "message.h"

#define OTP_CONF_TEXT_MAX 1024
#define OTP_CONF_PEERS_MAX 32

enum otp_conf_mode { OTP_CONF_SINGLE, OTP_CONF_DUAL };

struct otp_conf_peers {
	size_t n;
	struct { uid_t uid; bool may_execute; } peer[OTP_CONF_PEERS_MAX];
};

/* Plain data: copy by assignment, nothing to free. One member a key of conf.def. */
#define OTP_CONF_C_PATH(k) char k[OTP_CONF_TEXT_MAX];
#define OTP_CONF_C_TEXT(k) char k[OTP_CONF_TEXT_MAX];
#define OTP_CONF_C_SOCKET(k) char k[OTP_CONF_TEXT_MAX];	/* "" means none */
#define OTP_CONF_C_PEERS(k) struct otp_conf_peers k;
#define OTP_CONF_C_INT(k) int64_t k;
#define OTP_CONF_C_DURATION(k) int64_t k;	/* seconds */
#define OTP_CONF_C_SIZE(k) uint64_t k;		/* bytes; 0 means auto */
#define OTP_CONF_C_BOOL(k) bool k;
#define OTP_CONF_C_MODE(k) enum otp_conf_mode k;
#define OTP_CONF_C_FACILITY(k) int k;		/* LOG_AUTHPRIV */
#define OTP_CONF_C_AMOUNT(k) char k[32];	/* as written, "" means none: the currency's digits are known to the store only */
struct otp_conf {
	char file[OTP_CONF_TEXT_MAX];		/* where it was read from */
#define X(key, type, def, min, max, help) OTP_CONF_C_##type(key)
#include "conf.def"
#undef X
};

/* The built-in defaults (paths from configure). */
void otp_conf_default(struct otp_conf *conf);
/*
 * Reads the file over the defaults: owner must be root or `owner`, not
 * writable by others, `key = value`, # comments, each key at most once. Paths
 * must be absolute. A missing file is NOT_FOUND. Errors are CONFIG with file and line
 * (wrong owner, mode or size: with the file). *ret_conf is empty then, not the defaults.
 */
enum otp_err otp_conf_load(const char *path, uid_t owner, struct otp_conf *ret_conf,
    struct otp_why *why);
/* One key from its text; where/line are for the why. */
enum otp_err otp_conf_set(struct otp_conf *conf, const char *key, const char *value,
    const char *where, unsigned line, struct otp_why *why);

/* For `config show`, completion and the man check. index from 0; false past the end. */
struct otp_conf_item {
	const char *key;
	const char *type;	/* "path", "duration", … */
	const char *help;	/* msgid */
	char value[OTP_CONF_TEXT_MAX];
	bool is_default;
};
bool otp_conf_item(const struct otp_conf *conf, size_t index, struct otp_conf_item *ret_item);

#endif
