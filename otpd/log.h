/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where otpd's lines go: syslog, or stderr. The lines of events wait for the flush that makes them true. */
#ifndef OTPD_LOG_H
#define OTPD_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "sink.h"

struct otpd_log;

/* One a process. to_stderr: else syslog with the facility. NULL: no memory. */
struct otpd_log *otpd_log_new(bool to_stderr, int facility);
void otpd_log_free(struct otpd_log **log);
/* The configuration was read after the log began. */
void otpd_log_facility(struct otpd_log *log, int facility);
/* Before descriptors are closed behind its back (children): says nothing from here on. */
void otpd_log_mute(struct otpd_log *log);

const struct otp_sink *otpd_log_sink(const struct otpd_log *log);
/* As otp_call.committed: remembers the event's line. */
void otpd_log_event(void *log, const struct otp_event *event, uint64_t seq);
/* After the flush: says what was remembered. */
void otpd_log_emit(struct otpd_log *log);

#endif
