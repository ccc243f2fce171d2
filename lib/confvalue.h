/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of one configuration key: from its text, and back. For conf.c alone. */
#ifndef OTP_CONFVALUE_H
#define OTP_CONFVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"

enum otp_conf_type {
	OTP_CONF_TYPE_PATH,
	OTP_CONF_TYPE_TEXT,
	OTP_CONF_TYPE_SOCKET,
	OTP_CONF_TYPE_PEERS,
	OTP_CONF_TYPE_INT,
	OTP_CONF_TYPE_DURATION,
	OTP_CONF_TYPE_SIZE,
	OTP_CONF_TYPE_BOOL,
	OTP_CONF_TYPE_MODE,
	OTP_CONF_TYPE_FACILITY,
	OTP_CONF_TYPE_AMOUNT,
};

/* One line of conf.def. min and max bound numbers only; the member's C type follows from type (conf.h). */
struct otp_conf_spec {
	const char *key;
	enum otp_conf_type type;
	const char *def;
	int64_t min;
	int64_t max;
	const char *help;
	size_t offset;
};

/* False, and *member as it was, when the text is no value of this key. */
bool otp_conf_value_read(const struct otp_conf_spec *spec, const char *text, void *member);
/* In the words that the file would use; what was read and shown reads the same again. */
void otp_conf_value_show(const struct otp_conf_spec *spec, const void *member,
    char out[OTP_CONF_TEXT_MAX]);
const char *otp_conf_type_name(enum otp_conf_type type);

#endif
