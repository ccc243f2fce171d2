/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time has brought, committed: before notices are sent. */
#ifndef OTP_DUE_H
#define OTP_DUE_H

#include <stddef.h>

#include "cli.h"

/*
 * Lists what is due and has it committed, a hundred in a request; root only. cli->verb and cli->answer are as
 * before after a success; otherwise cli->answer.why says why not. With --dry-run nothing is committed. What was
 * committed before it broke off stays, and is not committed twice.
 * INTEGRITY: a part of the store is damaged; what could be found is committed, up to the first whose records are. ret_n: how many there were.
 */
enum otp_err otp_due_run(struct otp_cli *cli, size_t *ret_n);

#endif
