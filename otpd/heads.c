/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed heads of the audit in the log: what has left the host, nobody on it can take back. */
#include "config.h"

#include "heads.h"

#include "act_head.h"
#include "otpd.h"
#include "text.h"

#define HOUR_MS 3600000

void
otpd_heads_turn(struct otpd *d, int64_t now_ms)
{
	struct otp_bytes line = OTP_BYTES_INIT;
	struct otpd_heads *heads = &d->heads;
	enum otp_err err;

	/* a clock that was set back does not silence it */
	if (d->store == NULL || d->is_once || otp_store_tip(d->store).seq == heads->seq ||
	    (heads->said_ms != 0 && now_ms >= heads->said_ms && now_ms - heads->said_ms < HOUR_MS))
		return;
	heads->said_ms = now_ms;
	err = otp_act_head_line(d->store, d->ring, now_ms, &line, &heads->seq);
	if (err == OTP_OK)
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_NOTICE, "%s", otp_text_str(&line));
	else
		otp_say(otpd_log_sink(d->log), OTP_LEVEL_WARNING, "no signed head: %s", otp_err_code(err));
	otp_bytes_clear(&line);
}
