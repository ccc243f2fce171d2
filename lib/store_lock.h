/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock of the store's directory: held as long as the descriptor is open, in this process or a child. */
#ifndef OTP_STORE_LOCK_H
#define OTP_STORE_LOCK_H

#include <sys/types.h>

#include "err.h"
#include "message.h"

#define OTP_STORE_LOCK_NAME "lock"
/* Makes the file where it is missing, and locks the directory too as long as dir_fd is open. BUSY names the holder's pid. */
enum otp_err otp_store_lock(int dir_fd, uid_t owner, int *ret_fd, struct otp_why *why);

#endif
