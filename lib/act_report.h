/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports for people and cron: rows in a fixed order, from a frozen copy. */
#ifndef OTP_ACT_REPORT_H
#define OTP_ACT_REPORT_H

#include "act.h"

#define OTP_REPORT_WITHIN (90 * INT64_C(86400))	/* where WITHIN is not given */

/* SINCE to UNTIL, by user: USER LOGINS FAILURES LAST_SUCCESS. */
enum otp_err otp_act_report_activity(struct otp_call *call);
/* Worst first: USER SERIAL STATE FAILS FAILURES (within 24 h) FAILS_LEFT SUSPENDED_AT SUSPENDED_BY LAST_SUCCESS. */
enum otp_err otp_act_report_failures(struct otp_call *call);
/* Soonest first, within WITHIN: SERIAL STATE NOT_AFTER SHARERS. */
enum otp_err otp_act_report_expiring(struct otp_call *call);
/* Longest unused first, not within WITHIN: USER SERIAL STATE BINDING BOUND_AT LAST_SUCCESS IMPORTED_AT; no USER: in stock. */
enum otp_err otp_act_report_unused(struct otp_call *call);
/* Farthest off first: SERIAL STATE DRIFT_LOW_MS DRIFT_HIGH_MS WIDTH_MS LAST_SUCCESS SHARERS. */
enum otp_err otp_act_report_drift(struct otp_call *call);
/*
 * TYPE "user", "account", "company": USER PER_TRANSFER PER_DAY (in force) and _WAITING TODAY, ACCOUNT NAME PER_DAY
 * TODAY, the ceilings and TODAY. With USER: he alone.
 */
enum otp_err otp_act_report_limits(struct otp_call *call);
/* Masters first: USER ROLE STATE ENABLED ABLE HAS_PASSWORD SERIAL RIGHTS RIGHTS_WAITING. */
enum otp_err otp_act_report_roles(struct otp_call *call);

/* ---- for reports: the names of what is reported, in order ---- */
struct otp_report_item {
	int64_t key;	/* the smallest first; equal ones by name */
	char *name;
};
struct otp_report {
	struct otp_call *call;
	struct otp_report_item *item;
	size_t n, cap;
};
#define OTP_REPORT_INIT(c) { .call = (c) }
enum otp_err otp_report_add(struct otp_report *report, int64_t key, const char *name);
void otp_report_sort(struct otp_report *report);
void otp_report_clear(struct otp_report *report);
/* Scans a kind with `each` (its ctx is the report: it adds what is wanted), then puts what was added in order. */
typedef enum otp_err (*otp_report_put)(struct otp_call *call, const char *name);
enum otp_err otp_report_run(struct otp_call *call, enum otp_kind kind, otp_store_each each, otp_report_put put);
/* Nothing for 0: never, not set. */
enum otp_err otp_report_put_time(struct otp_fields *row, enum otp_field field, int64_t seconds);

#endif
