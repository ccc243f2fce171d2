/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The caller of a request: uid by the kernel, privilege by uid, AS and the login user only from root. */
#include "config.h"

#include "caller.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum otp_err
otpd_caller_of_socket(int fd, const struct otp_conf *conf, uid_t owner, struct otp_caller *ret_peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 || len != sizeof(cred) ||
	    cred.uid == (uid_t)-1)
		return OTP_ERR_NOT_PERMITTED;
	otpd_caller_of_uid(cred.uid, conf, owner, ret_peer);
	return OTP_OK;
}

void
otpd_caller_of_uid(uid_t uid, const struct otp_conf *conf, uid_t owner, struct otp_caller *ret_peer)
{
	memset(ret_peer, 0, sizeof(*ret_peer));
	ret_peer->uid = uid;
	ret_peer->is_privileged = uid == 0 || uid == owner;
	ret_peer->is_root = ret_peer->is_privileged;
	ret_peer->may_execute = ret_peer->is_privileged;
	for (size_t i = 0; i < conf->trusted_peers.n; i++) {
		if (conf->trusted_peers.peer[i].uid != uid)
			continue;
		ret_peer->is_trusted = true;
		ret_peer->may_execute |= conf->trusted_peers.peer[i].may_execute;
	}
}

enum otp_err
otpd_caller_claim(const struct otp_caller *peer, const struct otp_fields *fields,
    struct otp_caller *ret_caller, struct otp_why *why)
{
	const char *as = otp_fields_str(fields, OTP_FIELD_AS);
	const char *login = otp_fields_str(fields, OTP_FIELD_LOGIN_USER);

	*ret_caller = *peer;
	if (login != NULL && peer->is_privileged) {
		if (otp_parse_name(login) != OTP_OK)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, CALLER_BAD_NAME, login);
		(void)snprintf(ret_caller->login, sizeof(ret_caller->login), "%s", login);
	}
	if (as == NULL)
		return OTP_OK;
	if (!peer->is_privileged)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, CALLER_AS);
	if (otp_parse_name(as) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, CALLER_BAD_NAME, as);
	(void)snprintf(ret_caller->name, sizeof(ret_caller->name), "%s", as);
	ret_caller->is_root = false;
	return OTP_OK;
}

bool
otpd_caller_needs_name(const struct otp_caller *caller)
{
	return !caller->is_root && caller->name[0] == '\0';
}
