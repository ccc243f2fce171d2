/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that go with every command, and the reading of a command's own. */
#include "config.h"

#include "globals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

#define TIMEOUT_DEFAULT_MS 60000
#define TIMEOUT_MAX_S 86400

enum {
	GLOBAL_CONFIG = 1000, GLOBAL_AS, GLOBAL_SECOND, GLOBAL_OUTPUT, GLOBAL_FIELDS,
	GLOBAL_DRY_RUN, GLOBAL_YES, GLOBAL_REASON, GLOBAL_TIMEOUT, GLOBAL_CREDENTIALS,
	GLOBAL_CONFIRM_FD, GLOBAL_CODE_FD, GLOBAL_QUIET, GLOBAL_VERBOSE, GLOBAL_COLOR,
	GLOBAL_HELP, GLOBAL_VERSION
};

/* Words with '|' between them are all the values that there are, in the order of their enum. */
static struct poptOption global_options[] = {
	{ "config", '\0', POPT_ARG_STRING, NULL, GLOBAL_CONFIG, NULL, "FILE" },
	{ "as", '\0', POPT_ARG_STRING, NULL, GLOBAL_AS, NULL, "USER" },
	{ "second", '\0', POPT_ARG_STRING, NULL, GLOBAL_SECOND, NULL, "USER" },
	{ "output", 'o', POPT_ARG_STRING, NULL, GLOBAL_OUTPUT, NULL, "table|json|jsonl|csv" },
	{ "fields", '\0', POPT_ARG_STRING, NULL, GLOBAL_FIELDS, NULL, "NAME,..." },
	{ "dry-run", 'n', POPT_ARG_NONE, NULL, GLOBAL_DRY_RUN, NULL, NULL },
	{ "yes", 'y', POPT_ARG_NONE, NULL, GLOBAL_YES, NULL, NULL },
	{ "reason", '\0', POPT_ARG_STRING, NULL, GLOBAL_REASON, NULL, "TEXT" },
	{ "timeout", '\0', POPT_ARG_STRING, NULL, GLOBAL_TIMEOUT, NULL, "SECONDS" },
	{ "credentials", '\0', POPT_ARG_STRING, NULL, GLOBAL_CREDENTIALS, NULL, "FILE|-" },
	{ "confirm-fd", '\0', POPT_ARG_STRING, NULL, GLOBAL_CONFIRM_FD, NULL, "N" },
	{ "code-fd", '\0', POPT_ARG_STRING, NULL, GLOBAL_CODE_FD, NULL, "N" },
	{ "quiet", 'q', POPT_ARG_NONE, NULL, GLOBAL_QUIET, NULL, NULL },
	{ "verbose", 'v', POPT_ARG_NONE, NULL, GLOBAL_VERBOSE, NULL, NULL },
	{ "color", '\0', POPT_ARG_STRING, NULL, GLOBAL_COLOR, NULL, "auto|always|never" },
	{ "help", 'h', POPT_ARG_NONE, NULL, GLOBAL_HELP, NULL, NULL },
	{ "version", '\0', POPT_ARG_NONE, NULL, GLOBAL_VERSION, NULL, NULL },
	POPT_TABLEEND
};
static struct poptOption no_options[] = { POPT_TABLEEND };

void
otp_globals_init(struct otp_globals *g)
{
	memset(g, 0, sizeof(*g));
	g->timeout_ms = TIMEOUT_DEFAULT_MS;
	g->confirm_fd = -1;
	g->code_fd = -1;
}

void
otp_globals_clear(struct otp_globals *g)
{
	free(g->config);
	free(g->as);
	free(g->second);
	free(g->fields);
	free(g->reason);
	free(g->credentials);
	otp_globals_init(g);
}

void
otp_arguments_clear(struct otp_arguments *a)
{
	for (size_t i = 0; i < OTP_OPTIONS_MAX; i++)
		free(a->option[i]);
	for (size_t i = 0; i < a->n_args; i++)
		free(a->arg[i]);
	memset(a, 0, sizeof(*a));
}

/* Takes value. */
static enum otp_err
keep(char **to, char *value)
{
	free(*to);
	*to = value;
	return OTP_OK;
}

/* Takes value: an option of the command's own; NULL: it has none. */
static enum otp_err
keep_own(char **to, char *value, bool joins)
{
	char *both = NULL;

	if (value == NULL)
		value = strdup("");
	if (value != NULL && joins && *to != NULL) {
		if (asprintf(&both, "%s,%s", *to, value) < 0)
			both = NULL;
		free(value);
		value = both;
	}
	if (value == NULL)
		return OTP_ERR_NO_MEMORY;
	return keep(to, value);
}

/* Which of an option's words ("auto|always") it is; BAD_INPUT if none. */
static enum otp_err
choose(int option, const char *value, unsigned *ret)
{
	const char *words = global_options[option - GLOBAL_CONFIG].argDescrip;
	size_t len = strlen(value);

	for (unsigned i = 0;; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && memcmp(words, value, n) == 0) {
			*ret = i;
			return OTP_OK;
		}
		if (words[n] == '\0')
			return OTP_ERR_BAD_INPUT;
		words += n + 1;
	}
}

static enum otp_err
set_number(const char *value, int64_t min, int64_t max, int64_t *ret)
{
	return otp_parse_i64(value, min, max, ret);
}

/* An option whose value must be understood; BAD_INPUT if it is not. */
static enum otp_err
set_value(struct otp_globals *g, int option, const char *value)
{
	unsigned which = 0;
	int64_t n = 0;
	enum otp_err err = OTP_ERR_INTERNAL;

	if (option == GLOBAL_OUTPUT) {
		err = choose(option, value, &which);
		if (err == OTP_OK)
			g->format = (enum otp_format)which;
	} else if (option == GLOBAL_COLOR) {
		err = choose(option, value, &which);
		if (err == OTP_OK)
			g->color = (enum otp_color)which;
	} else if (option == GLOBAL_TIMEOUT) {
		err = set_number(value, 1, TIMEOUT_MAX_S, &n);
		if (err == OTP_OK)
			g->timeout_ms = n * 1000;
	} else {
		err = set_number(value, 0, INT32_MAX, &n);
		if (err == OTP_OK)
			*(option == GLOBAL_CONFIRM_FD ? &g->confirm_fd : &g->code_fd) = (int)n;
	}
	return err;
}

/* Takes value (NULL for an option without one). */
static enum otp_err
set_global(struct otp_globals *g, int option, char *value, struct otp_why *why)
{
	const char *name = global_options[option - GLOBAL_CONFIG].longName;
	enum otp_err err;

	switch (option) {
	case GLOBAL_CONFIG:
		return keep(&g->config, value);
	case GLOBAL_AS:
		return keep(&g->as, value);
	case GLOBAL_SECOND:
		return keep(&g->second, value);
	case GLOBAL_FIELDS:
		return keep(&g->fields, value);
	case GLOBAL_REASON:
		return keep(&g->reason, value);
	case GLOBAL_CREDENTIALS:
		return keep(&g->credentials, value);
	case GLOBAL_DRY_RUN:
		g->is_dry_run = true;
		break;
	case GLOBAL_YES:
		g->is_yes = true;
		break;
	case GLOBAL_QUIET:
		g->is_quiet = true;
		break;
	case GLOBAL_VERBOSE:
		g->is_verbose = true;
		break;
	case GLOBAL_HELP:
		g->wants_help = true;
		break;
	case GLOBAL_VERSION:
		g->wants_version = true;
		break;
	default:
		err = set_value(g, option, value);
		if (err != OTP_OK)
			err = OTP_WHY(why, OTP_ERR_USAGE, OPTION_BAD_VALUE, name, value);
		free(value);
		return err;
	}
	free(value);
	return OTP_OK;
}

/* A mistake that popt found. What stands behind '=' is not repeated: it may be a secret. */
static enum otp_err
refuse(poptContext context, int result, struct otp_why *why)
{
	const char *bad = poptBadOption(context, POPT_BADOPTION_NOALIAS);
	char option[64] = "";

	for (size_t i = 0; bad != NULL && i + 1 < sizeof(option); i++) {
		if (bad[i] == '\0' || bad[i] == '=')
			break;
		option[i] = bad[i];
	}
	if (result == POPT_ERROR_BADOPT)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTION_UNKNOWN, option);
	if (result == POPT_ERROR_NOARG)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTION_NEEDS_VALUE, option);
	if (result == POPT_ERROR_UNWANTEDARG)
		return OTP_WHY(why, OTP_ERR_USAGE, OPTION_WANTS_NONE, option);
	if (result == POPT_ERROR_MALLOC)
		return OTP_ERR_NO_MEMORY;
	return OTP_WHY(why, OTP_ERR_USAGE, OPTION_NOT_UNDERSTOOD, option);
}

static enum otp_err
take_words(poptContext context, struct otp_arguments *ret, struct otp_why *why)
{
	const char **words = poptGetArgs(context);

	for (; words != NULL && *words != NULL; words++) {
		if (ret->n_args == OTP_ARGUMENTS_MAX)
			return OTP_WHY(why, OTP_ERR_USAGE, TOO_MANY_ARGUMENTS);
		ret->arg[ret->n_args] = strdup(*words);
		if (ret->arg[ret->n_args] == NULL)
			return OTP_ERR_NO_MEMORY;
		ret->n_args++;
	}
	return OTP_OK;
}

enum otp_err
otp_globals_read(struct otp_globals *g, struct poptOption *own, int argc, char **argv,
    bool stops_at_word, struct otp_arguments *ret, struct otp_why *why)
{
	struct poptOption *others = own != NULL ? own : no_options;
	struct poptOption table[] = {
		{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, global_options, 0, NULL, NULL },
		{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, others, 0, NULL, NULL },
		POPT_TABLEEND
	};
	enum otp_err err = OTP_OK, one = OTP_OK;
	poptContext context;
	int result;

	/* popt only reads it */
	context = poptGetContext("otpadm", argc, (const char **)(void *)argv, table,
	    stops_at_word ? POPT_CONTEXT_POSIXMEHARDER : 0);
	if (context == NULL)
		return OTP_ERR_NO_MEMORY;
	while ((result = poptGetNextOpt(context)) != -1) {
		char *value = result > 0 ? poptGetOptArg(context) : NULL;

		if (result >= GLOBAL_CONFIG) {
			one = set_global(g, result, value, why);
		} else if (result > 0 && (result & ~OTP_OPTION_JOINS) < OTP_OPTIONS_MAX) {
			one = keep_own(&ret->option[result & ~OTP_OPTION_JOINS], value,
			    (result & OTP_OPTION_JOINS) != 0);
		} else {
			one = refuse(context, result, why);
		}
		if (err == OTP_OK)
			err = one;
		if (one == OTP_ERR_NO_MEMORY)
			break;
	}
	one = take_words(context, ret, why);
	(void)poptFreeContext(context);
	return err != OTP_OK ? err : one;
}

const struct poptOption *
otp_globals_options(void)
{
	return global_options;
}

const char *
otp_globals_option(const struct poptOption *own, size_t index, const char **ret_value)
{
	if (own == NULL || own[index].longName == NULL)
		return NULL;
	*ret_value = own[index].argDescrip;
	return own[index].longName;
}
