/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The types of configuration values: read strictly, shown so that they read the same again. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "confvalue.h"
#include "parse.h"
#include "text.h"

struct word {
	const char *name;
	int64_t value;
};

static const struct word durations[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 } };
static const struct word sizes[] = {
	{ "T", INT64_C(1) << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 }, { "K", 1 << 10 },
};
static const struct word facilities[] = {
	{ "auth", LOG_AUTH }, { "authpriv", LOG_AUTHPRIV }, { "daemon", LOG_DAEMON },
	{ "user", LOG_USER }, { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 }, { "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
};
#define N_OF(a) (sizeof(a) / sizeof(*(a)))

/* Valid text of bounded length without anything that could deceive a reader. */
static bool
read_text(const char *text, size_t size, char *out)
{
	size_t len = strnlen(text, size);

	if (len >= size)
		return false;
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c;

		n = otp_text_utf8(text + i, len - i, &c);
		if (n == 0 || otp_text_is_harmful(c))
			return false;
	}
	/* all of it: what was longer before leaves nothing behind */
	memset(out, 0, OTP_CONF_TEXT_MAX);
	memcpy(out, text, len);
	return true;
}

static bool
read_path(const char *text, size_t size, char *out)
{
	return text[0] == '/' && read_text(text, size, out);
}

static bool
read_socket(const char *text, char *out)
{
	struct sockaddr_un address;

	if (strcmp(text, "none") == 0)
		return read_text("", OTP_CONF_TEXT_MAX, out);
	return read_path(text, sizeof(address.sun_path), out);
}

/* "33" or "1001:execute", len bytes. */
static bool
read_peer(const char *text, size_t len, struct otp_conf_peers *peers)
{
	static const char mark[] = ":execute";
	const size_t mark_len = sizeof(mark) - 1;
	bool may_execute = len > mark_len && memcmp(text + len - mark_len, mark, mark_len) == 0;
	char number[16];
	uint64_t uid;

	if (may_execute)
		len -= mark_len;
	if (len >= sizeof(number) || peers->n >= OTP_CONF_PEERS_MAX)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	/* the highest uid is the system's "none" */
	if (otp_parse_u64(number, 0, UINT32_MAX - 1, &uid) != OTP_OK)
		return false;
	for (size_t i = 0; i < peers->n; i++)
		if (peers->peer[i].uid == (uid_t)uid)
			return false;
	peers->peer[peers->n].uid = (uid_t)uid;
	peers->peer[peers->n].may_execute = may_execute;
	peers->n++;
	return true;
}

static bool
read_peers(const char *text, struct otp_conf_peers *out)
{
	struct otp_conf_peers peers = { .n = 0 };

	while (*text != '\0') {
		size_t len = strcspn(text, ", \t");

		if (!read_peer(text, len, &peers))
			return false;
		text += len;
		text += strspn(text, " \t");
		if (*text == '\0')
			break;
		if (*text != ',')
			return false;
		text++;
		text += strspn(text, " \t");
		if (*text == '\0')	/* a comma at the end: something was forgotten */
			return false;
	}
	*out = peers;
	return true;
}

static bool
read_number(const struct otp_conf_spec *spec, const char *text, int64_t *out)
{
	int64_t v;

	if (spec->type == OTP_CONF_TYPE_DURATION) {
		if (otp_parse_duration(text, &v) != OTP_OK || v < spec->min || v > spec->max)
			return false;
	} else if (otp_parse_i64(text, spec->min, spec->max, &v) != OTP_OK) {
		return false;
	}
	*out = v;
	return true;
}

static bool
read_size(const struct otp_conf_spec *spec, const char *text, uint64_t *out)
{
	uint64_t v;

	/* only a key whose default is auto knows what that would be */
	if (strcmp(text, "auto") == 0 && strcmp(spec->def, "auto") == 0) {
		*out = 0;
		return true;
	}
	if (otp_parse_size(text, &v) != OTP_OK || v < (uint64_t)spec->min ||
	    v > (uint64_t)spec->max)
		return false;
	*out = v;
	return true;
}

static bool
read_bool(const char *text, bool *out)
{
	bool is_yes = strcmp(text, "yes") == 0;

	if (!is_yes && strcmp(text, "no") != 0)
		return false;
	*out = is_yes;
	return true;
}

static bool
read_mode(const char *text, enum otp_conf_mode *out)
{
	bool is_dual = strcmp(text, "dual") == 0;

	if (!is_dual && strcmp(text, "single") != 0)
		return false;
	*out = is_dual ? OTP_CONF_DUAL : OTP_CONF_SINGLE;
	return true;
}

static bool
read_facility(const char *text, int *out)
{
	for (size_t i = 0; i < N_OF(facilities); i++)
		if (strcmp(text, facilities[i].name) == 0) {
			*out = (int)facilities[i].value;
			return true;
		}
	return false;
}

/* Which currency it will be the store knows: here, a number that fits whatever its digits are. */
static bool
read_amount(const struct otp_conf_spec *spec, const char *text, char out[32])
{
	const char *point = strchr(text, '.');
	size_t len = strnlen(text, 32);
	size_t digits = point != NULL ? strnlen(point + 1, 32) : 0;
	int64_t minor;

	if (len >= 32 || digits > 4)
		return false;
	if (len > 0 && (otp_parse_amount(text, (unsigned)digits, &minor) != OTP_OK ||
	    minor < spec->min || minor > spec->max))
		return false;
	memset(out, 0, 32);
	memcpy(out, text, len);
	return true;
}

bool
otp_conf_value_read(const struct otp_conf_spec *spec, const char *text, void *member)
{
	switch (spec->type) {
	case OTP_CONF_TYPE_PATH:
		return read_path(text, OTP_CONF_TEXT_MAX, member);
	case OTP_CONF_TYPE_TEXT:
		return read_text(text, OTP_CONF_TEXT_MAX, member);
	case OTP_CONF_TYPE_SOCKET:
		return read_socket(text, member);
	case OTP_CONF_TYPE_PEERS:
		return read_peers(text, member);
	case OTP_CONF_TYPE_INT:
	case OTP_CONF_TYPE_DURATION:
		return read_number(spec, text, member);
	case OTP_CONF_TYPE_SIZE:
		return read_size(spec, text, member);
	case OTP_CONF_TYPE_BOOL:
		return read_bool(text, member);
	case OTP_CONF_TYPE_MODE:
		return read_mode(text, member);
	case OTP_CONF_TYPE_FACILITY:
		return read_facility(text, member);
	case OTP_CONF_TYPE_AMOUNT:
		return read_amount(spec, text, member);
	}
	return false;
}

/* In the largest unit that leaves no rest. */
static void
show_units(const struct word *units, size_t n, uint64_t v, const char *unit, char *out)
{
	for (size_t i = 0; i < n; i++)
		if (v > 0 && v % (uint64_t)units[i].value == 0) {
			v /= (uint64_t)units[i].value;
			unit = units[i].name;
			break;
		}
	(void)snprintf(out, OTP_CONF_TEXT_MAX, "%llu%s", (unsigned long long)v, unit);
}

static void
show_peers(const struct otp_conf_peers *peers, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < peers->n && i < OTP_CONF_PEERS_MAX && n < OTP_CONF_TEXT_MAX; i++)
		n += (size_t)snprintf(out + n, OTP_CONF_TEXT_MAX - n, "%s%u%s", i > 0 ? ", " : "",
		    (unsigned)peers->peer[i].uid, peers->peer[i].may_execute ? ":execute" : "");
}

static void
show_facility(int facility, char *out)
{
	for (size_t i = 0; i < N_OF(facilities); i++)
		if (facilities[i].value == facility)
			(void)snprintf(out, OTP_CONF_TEXT_MAX, "%s", facilities[i].name);
}

static void
show_size(uint64_t size, char *out)
{
	if (size == 0)
		(void)snprintf(out, OTP_CONF_TEXT_MAX, "auto");
	else
		show_units(sizes, N_OF(sizes), size, "", out);
}

static void
show_text(const char *text, char *out)
{
	(void)snprintf(out, OTP_CONF_TEXT_MAX, "%s", text);
}

void
otp_conf_value_show(const struct otp_conf_spec *spec, const void *member,
    char out[OTP_CONF_TEXT_MAX])
{
	const char *text = member;

	out[0] = '\0';
	switch (spec->type) {
	case OTP_CONF_TYPE_PATH:
	case OTP_CONF_TYPE_TEXT:
	case OTP_CONF_TYPE_AMOUNT:
		show_text(text, out);
		break;
	case OTP_CONF_TYPE_SOCKET:
		show_text(text[0] != '\0' ? text : "none", out);
		break;
	case OTP_CONF_TYPE_PEERS:
		show_peers(member, out);
		break;
	case OTP_CONF_TYPE_INT:
		(void)snprintf(out, OTP_CONF_TEXT_MAX, "%lld", (long long)*(const int64_t *)member);
		break;
	case OTP_CONF_TYPE_DURATION:
		show_units(durations, N_OF(durations), (uint64_t)*(const int64_t *)member, "s",
		    out);
		break;
	case OTP_CONF_TYPE_SIZE:
		show_size(*(const uint64_t *)member, out);
		break;
	case OTP_CONF_TYPE_BOOL:
		show_text(*(const bool *)member ? "yes" : "no", out);
		break;
	case OTP_CONF_TYPE_MODE:
		show_text(*(const enum otp_conf_mode *)member == OTP_CONF_DUAL ? "dual" : "single",
		    out);
		break;
	case OTP_CONF_TYPE_FACILITY:
		show_facility(*(const int *)member, out);
		break;
	}
}

const char *
otp_conf_type_name(enum otp_conf_type type)
{
	switch (type) {
	case OTP_CONF_TYPE_PATH:
		return "path";
	case OTP_CONF_TYPE_TEXT:
		return "text";
	case OTP_CONF_TYPE_SOCKET:
		return "socket";
	case OTP_CONF_TYPE_PEERS:
		return "peers";
	case OTP_CONF_TYPE_INT:
		return "number";
	case OTP_CONF_TYPE_DURATION:
		return "duration";
	case OTP_CONF_TYPE_SIZE:
		return "size";
	case OTP_CONF_TYPE_BOOL:
		return "yes or no";
	case OTP_CONF_TYPE_MODE:
		return "mode";
	case OTP_CONF_TYPE_FACILITY:
		return "facility";
	case OTP_CONF_TYPE_AMOUNT:
		return "amount";
	}
	return "";
}
