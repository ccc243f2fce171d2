/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers as all their acts need them: loading, who may see them, their fields, how one ends. */
#ifndef OTP_ACT_ORDERS_H
#define OTP_ACT_ORDERS_H

#include "act.h"
#include "transfer.h"

#define OTP_TRANSFER_LIFE (70 * 86400)	/* seconds that one waits for its approval */
#define OTP_ORDERS_MAX 100		/* of one request: all of them are one commit */

enum otp_err otp_orders_save(struct otp_call *call, const struct otp_transfer *transfer);
/*
 * The one of this number that the operator may see: its maker, whoever may approve on its account,
 * administrators, masters, root. For anybody else it is NOT_FOUND, as one that there is not.
 */
enum otp_err otp_orders_load(struct otp_call *call, int64_t id, struct otp_transfer *ret);
/* The same for who sees all; NOT_FOUND has a why. */
enum otp_err otp_orders_load_any(struct otp_call *call, int64_t id, struct otp_transfer *ret);
bool otp_orders_may_see(const struct otp_call *call, const struct otp_transfer *transfer);

/* A day as people write it: "2026-11-26". */
#define OTP_DAY_TEXT 16
const char *otp_orders_day_text(char buf[OTP_DAY_TEXT], int64_t day);
enum otp_err otp_orders_parse_day(const char *text, int64_t *ret_day);
/* An amount in the store's currency. */
const char *otp_orders_amount_text(const struct otp_call *call, char buf[32], int64_t amount);

/* The request's rows: some, and not more than OTP_ORDERS_MAX, each with its ID. */
enum otp_err otp_orders_check_rows(struct otp_call *call);
/* The state as of now: a pending one whose time is over counts as expired, written down or not. */
enum otp_transfer_state otp_orders_state(const struct otp_transfer *transfer, int64_t today,
    int64_t now);
/* ID, REFERENCE, KIND, ACCOUNT, PAYEE, AMOUNT, CURRENCY, DATE, MAKER: what is ordered. For events too. */
enum otp_err otp_orders_put(const struct otp_call *call, const struct otp_transfer *transfer,
    struct otp_fields *fields);
/* STATE and APPROVERS beside it. */
enum otp_err otp_orders_put_state(const struct otp_transfer *transfer,
    enum otp_transfer_state state, struct otp_fields *fields);
/* TRANSFERS of an event: one of several, with what the audit must tell of it. */
enum otp_err otp_orders_put_event(struct otp_call *call, const struct otp_transfer *transfer);

/*
 * Ends one that is open: RETURNED, WITHDRAWN, EXPIRED. Everything that was counted for it goes back to
 * the day it was counted on. Saves what it changes; `by` and `note` may be "".
 */
enum otp_err otp_orders_end(struct otp_call *call, struct otp_transfer *transfer,
    enum otp_transfer_state state, const char *by, const char *note);
/*
 * Has time ended this pending one (70 days, or its date passed)? Then it is expired, its event's
 * object and details are filled in, and the caller commits. *ret: it was.
 */
enum otp_err otp_orders_expire(struct otp_call *call, uint64_t id, bool *ret);

#endif
