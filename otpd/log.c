/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only place of otpd that writes to syslog or stderr. */
#include "config.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "secret.h"
#include "text.h"

struct otpd_log {
	struct otp_sink sink;
	bool to_stderr, is_muted;
	struct otp_bytes lines;		/* of events not yet flushed, each with its NUL */
	uint64_t n_lost;		/* ... and those that memory had no room for: they stand in the audit */
};

static const int priorities[OTP_LEVEL_COUNT] = {
	[OTP_LEVEL_DEBUG] = LOG_DEBUG,
	[OTP_LEVEL_INFO] = LOG_INFO,
	[OTP_LEVEL_NOTICE] = LOG_NOTICE,
	[OTP_LEVEL_WARNING] = LOG_WARNING,
	[OTP_LEVEL_ERROR] = LOG_ERR,
};

static const char *const names[OTP_LEVEL_COUNT] = {
	[OTP_LEVEL_DEBUG] = "debug",
	[OTP_LEVEL_INFO] = "info",
	[OTP_LEVEL_NOTICE] = "notice",
	[OTP_LEVEL_WARNING] = "warning",
	[OTP_LEVEL_ERROR] = "error",
};

static void
say(void *ctx, enum otp_level level, const char *text)
{
	const struct otpd_log *log = ctx;

	if (log->is_muted || (unsigned)level >= OTP_LEVEL_COUNT)
		return;
	if (log->to_stderr)
		(void)fprintf(stderr, "otpd: %s: %s\n", names[level], text);
	else
		syslog(priorities[level], "%s", text);
}

struct otpd_log *
otpd_log_new(bool to_stderr, int facility)
{
	struct otpd_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->sink.say = say;
	log->sink.ctx = log;
	log->to_stderr = to_stderr;
	if (!to_stderr)
		openlog("otpd", LOG_PID | LOG_NDELAY, facility);
	return log;
}

void
otpd_log_facility(struct otpd_log *log, int facility)
{
	if (log->to_stderr)
		return;
	closelog();
	openlog("otpd", LOG_PID | LOG_NDELAY, facility);
}

void
otpd_log_free(struct otpd_log **log)
{
	if (*log == NULL)
		return;
	if (!(*log)->to_stderr)
		closelog();
	otp_bytes_clear(&(*log)->lines);
	free(*log);
	*log = NULL;
}

void
otpd_log_mute(struct otpd_log *log)
{
	log->is_muted = true;
	if (!log->to_stderr)
		closelog();
}

const struct otp_sink *
otpd_log_sink(const struct otpd_log *log)
{
	return &log->sink;
}

void
otpd_log_event(void *ctx, const struct otp_event *event, uint64_t seq)
{
	struct otpd_log *log = ctx;
	struct otp_bytes line = OTP_BYTES_INIT;
	const char *text;

	if (otp_event_line(event, seq, &line) == OTP_OK) {
		text = otp_text_str(&line);
		if (otp_bytes_append(&log->lines, text, strlen(text) + 1) != OTP_OK)
			log->n_lost++;
	} else
		log->n_lost++;
	otp_bytes_clear(&line);
}

void
otpd_log_emit(struct otpd_log *log)
{
	size_t at = 0;

	while (at < log->lines.len) {
		const char *line = (const char *)log->lines.data + at;

		say(log, OTP_LEVEL_INFO, line);
		at += strlen(line) + 1;
	}
	log->lines.len = 0;
	if (log->n_lost > 0)
		otp_say(&log->sink, OTP_LEVEL_WARNING,
		    "%llu lines were lost for want of memory: see the audit",
		    (unsigned long long)log->n_lost);
	log->n_lost = 0;
}
