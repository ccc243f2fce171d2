/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module's entries, and what every phase needs: options, configuration, user, otpd's answer. */
#include "config.h"

#include "module.h"

#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "client.h"
#include "otp_paths.h"
#include "text.h"

#define EXPORT __attribute__((visibility("default")))

/* A start of otpd, a flush, a one-shot's lock_timeout fit; a login's grace time is far longer. */
#define TIMEOUT_MS 10000
/* libpam varies it by a quarter; what the host does with it is the host's matter */
#define FAIL_DELAY_US 2000000

static void
log_trouble(const struct otp_module *module, const char *what, enum otp_err err,
    const struct otp_why *why)
{
	char text[OTP_WHY_ARGS * OTP_WHY_ARG_MAX];

	(void)otp_message_format(text, sizeof(text), otp_message_text(why->message), why);
	pam_syslog(module->pamh, LOG_ERR, "%s: %s%s%s", what, otp_err_text(err),
	    text[0] != '\0' ? ": " : "", text);
}

void
otp_module_debug(const struct otp_module *module, const char *what, const char *value)
{
	char shown[OTP_NAME_MAX * 4 + 1];

	if (module->options.debug)
		pam_syslog(module->pamh, LOG_DEBUG, "%s: %s", what,
		    otp_text_escape(shown, sizeof(shown), value, strlen(value)));
}

/* A built-in path may be missing (then the defaults hold), a named one may not. */
static int
load_conf(struct otp_module *module)
{
	struct otp_why why = OTP_WHY_INIT;
	const char *path = module->options.config;
	const char *what = path != NULL ? path : OTP_DEFAULT_CONFIG;
	enum otp_err err;

	err = otp_conf_load(what, geteuid(), &module->conf, &why);
	if (err == OTP_ERR_NOT_FOUND && path == NULL) {
		otp_conf_default(&module->conf);
		otp_why_clear(&why);
		err = OTP_OK;
	}
	if (err == OTP_OK && module->options.socket != NULL)
		err = otp_conf_set(&module->conf, "socket", module->options.socket, "pam_otp.so",
		    0, &why);
	if (err == OTP_OK)
		return PAM_SUCCESS;
	log_trouble(module, what, err, &why);
	return err == OTP_ERR_NO_MEMORY ? PAM_BUF_ERR : PAM_SERVICE_ERR;
}

/*
 * The name as the system spells it: where names are looked up without regard
 * to case, "ALICE" must not be a stranger while "alice" has a token.
 */
static int
load_user(struct otp_module *module)
{
	const char *typed = NULL;
	const struct passwd *entry;
	int result;

	result = pam_get_user(module->pamh, &typed, NULL);
	if (result != PAM_SUCCESS)
		return result == PAM_BUF_ERR ? PAM_BUF_ERR : PAM_CONV_ERR;
	if (typed == NULL || otp_parse_name(typed) != OTP_OK)
		return PAM_SUCCESS;	/* nobody's name: asked and refused like a stranger */
	entry = pam_modutil_getpwnam(module->pamh, typed);
	if (entry != NULL)
		typed = entry->pw_name;
	if (otp_parse_name(typed) == OTP_OK)
		memcpy(module->user, typed, strlen(typed) + 1);	/* it fits: parse_name */
	return PAM_SUCCESS;
}

int
otp_module_new(pam_handle_t *pamh, int flags, int argc, const char **argv, struct otp_module **ret)
{
	struct otp_module *module;
	int result;

	module = calloc(1, sizeof(*module));
	if (module == NULL) {
		pam_syslog(pamh, LOG_CRIT, "out of memory");
		return PAM_BUF_ERR;
	}
	module->pamh = pamh;
	module->flags = flags;
	result = otp_options_parse(pamh, argc, argv, &module->options);
	if (result == PAM_SUCCESS)
		result = load_conf(module);
	if (result == PAM_SUCCESS)
		result = load_user(module);
	if (result != PAM_SUCCESS) {
		otp_module_free(&module);
		return result;
	}
	*ret = module;
	return PAM_SUCCESS;
}

void
otp_module_free(struct otp_module **module)
{
	if (*module == NULL)
		return;
	otp_answer_clear(&(*module)->answer);
	otp_wipe(*module, sizeof(**module));
	free(*module);
	*module = NULL;
}

/* An item of the host's, with nothing in it that a record or a log could stumble over. */
static enum otp_err
put_item(const struct otp_module *module, struct otp_fields *fields, enum otp_field field, int item,
    size_t max)
{
	const void *value = NULL;
	char clean[256];

	if (pam_get_item(module->pamh, item, &value) != PAM_SUCCESS || value == NULL)
		return OTP_OK;
	(void)otp_text_escape(clean, max < sizeof(clean) ? max : sizeof(clean), value,
	    strlen(value));
	return otp_fields_put_str(fields, field, clean);
}

enum otp_err
otp_module_put_origin(const struct otp_module *module, struct otp_fields *fields)
{
	enum otp_err err;

	err = put_item(module, fields, OTP_FIELD_RHOST, PAM_RHOST, 256);
	if (err == OTP_OK)
		err = put_item(module, fields, OTP_FIELD_TTY, PAM_TTY, 65);
	return err;
}

static enum otp_err
build_request(const struct otp_module *module, enum otp_verb verb, const struct otp_fields *fields,
    struct otp_request *ret_request)
{
	enum otp_err err;

	ret_request->verb = verb;
	err = otp_fields_put_str(&ret_request->fields, OTP_FIELD_USER, module->user);
	if (err == OTP_OK)
		err = put_item(module, &ret_request->fields, OTP_FIELD_SERVICE, PAM_SERVICE, 65);
	if (err == OTP_OK)
		err = otp_fields_copy(&ret_request->fields, fields);
	return err;
}

int
otp_module_ask(struct otp_module *module, enum otp_verb verb, enum otp_err err,
    const struct otp_fields *fields)
{
	struct otp_request request = OTP_REQUEST_INIT;
	struct otp_client *client = NULL;
	struct otp_why why = OTP_WHY_INIT;

	otp_answer_clear(&module->answer);
	module->answer.err = OTP_ERR_INTERNAL;
	if (err == OTP_OK)
		err = build_request(module, verb, fields, &request);
	if (err == OTP_OK)
		err = otp_client_open(&module->conf, TIMEOUT_MS, &client, &why);
	if (err == OTP_OK)
		err = otp_client_call(client, &request, NULL, NULL, &module->answer, &why);
	otp_client_free(&client);
	otp_request_clear(&request);
	if (err != OTP_OK) {
		log_trouble(module, "no answer", err, &why);
		return err == OTP_ERR_NO_MEMORY ? PAM_BUF_ERR : PAM_AUTHINFO_UNAVAIL;
	}
	otp_module_debug(module, "otpd says", otp_err_code(module->answer.err));
	return PAM_SUCCESS;
}

int
otp_module_refusal(const struct otp_module *module, int refused)
{
	switch (module->answer.err) {
	case OTP_ERR_NOT_FOUND:
	case OTP_ERR_NOT_PERMITTED:
	case OTP_ERR_AUTH_FAILED:
	case OTP_ERR_CODE_USED:
	case OTP_ERR_SUSPENDED:
	case OTP_ERR_REVOKED:
	case OTP_ERR_LOST:
	case OTP_ERR_EXPIRED:
	case OTP_ERR_NEXT_CODE:
	case OTP_ERR_NOT_APPLICABLE:
	case OTP_ERR_WRONG_STATE:
	case OTP_ERR_OVER_LIMIT:
	case OTP_ERR_POLICY:
		return refused;
	case OTP_OK:
	case OTP_ERR_INTERNAL:
	case OTP_ERR_NO_MEMORY:
	case OTP_ERR_SYSTEM:
	case OTP_ERR_USAGE:
	case OTP_ERR_CONFIG:
	case OTP_ERR_NEEDS_YES:
	case OTP_ERR_EXISTS:
	case OTP_ERR_CONFLICT:
	case OTP_ERR_BUSY:
	case OTP_ERR_THROTTLED:
	case OTP_ERR_UNAVAILABLE:
	case OTP_ERR_OUTCOME_UNKNOWN:
	case OTP_ERR_STORE:
	case OTP_ERR_NO_STORE:
	case OTP_ERR_DISK_FULL:
	case OTP_ERR_CLOCK:
	case OTP_ERR_INTEGRITY:
	case OTP_ERR_ROLLBACK:
	case OTP_ERR_KEY:
	case OTP_ERR_BAD_INPUT:
	case OTP_ERR_PARTIAL:
	case OTP_ERR_COUNT:
		break;
	}
	log_trouble(module, "otpd cannot decide", module->answer.err, &module->answer.why);
	return PAM_AUTHINFO_UNAVAIL;
}

bool
otp_module_may_ignore(const struct otp_module *module)
{
	return module->options.nullok && (module->flags & PAM_DISALLOW_NULL_AUTHTOK) == 0 &&
	    module->user[0] != '\0';
}

bool
otp_module_is_stranger(const struct otp_module *module)
{
	return module->answer.err == OTP_ERR_NOT_FOUND ||
	    module->answer.err == OTP_ERR_NOT_APPLICABLE;
}

/* What all phases share: the call's own state, and what a failure costs. */
static int
run(pam_handle_t *pamh, int flags, int argc, const char **argv, int (*phase)(struct otp_module *))
{
	struct otp_module *module = NULL;
	int result;

	result = otp_module_new(pamh, flags, argc, argv, &module);
	if (result == PAM_SUCCESS)
		result = phase(module);
	otp_module_free(&module);
	return result;
}

EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int result = run(pamh, flags, argc, argv, otp_auth_run);

	if (result != PAM_SUCCESS && result != PAM_IGNORE)
		(void)pam_fail_delay(pamh, FAIL_DELAY_US);
	return result;
}

/* sshd calls it in a process that has authenticated nobody: anything else would deny there. */
EXPORT int
pam_sm_setcred(pam_handle_t *pamh __attribute__((unused)), int flags __attribute__((unused)),
    int argc __attribute__((unused)), const char **argv __attribute__((unused)))
{
	return PAM_SUCCESS;
}

EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, flags, argc, argv, otp_account_run);
}

EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return run(pamh, flags, argc, argv, otp_session_run);
}

EXPORT int
pam_sm_close_session(pam_handle_t *pamh __attribute__((unused)), int flags __attribute__((unused)),
    int argc __attribute__((unused)), const char **argv __attribute__((unused)))
{
	return PAM_SUCCESS;
}
