/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Usage texts, out of verbs.def and the commands' own tables. */
#include "config.h"

#include "help.h"

#include <stdio.h>
#include <string.h>

#include "lang.h"
#include "tell.h"
#include "text.h"
#include "verbs.h"

#define NAME_MAX_BYTES 32
#define LINE_MAX_BYTES 80
#define NEAR 2	/* letters that may differ */

static const char *
message(enum otp_message id)
{
	return otp_lang(otp_message_text(id));
}

const char *
otp_help_of(const struct otp_command *command)
{
	const struct otp_verb_info *verb = otp_verb_of_name(command->name);

	return verb != NULL ? otp_lang(verb->help) : message(command->help);
}

bool
otp_help_is_hidden(const struct otp_command *command)
{
	const struct otp_verb_info *verb = otp_verb_of_name(command->name);

	return verb != NULL && (verb->flags & OTP_FLAG_HIDDEN) != 0;
}

/* "  --role ROLE" a line */
static void
print_options(const struct poptOption *options)
{
	const char *name, *value = NULL;

	for (size_t i = 0; (name = otp_globals_option(options, i, &value)) != NULL; i++)
		(void)printf("  --%s%s%s\n", name, value != NULL ? " " : "",
		    value != NULL ? value : "");
}

/* As many as fit on a line. */
static void
print_globals(void)
{
	const struct poptOption *o = otp_globals_options();
	char text[LINE_MAX_BYTES], letter[8] = "";
	size_t used = 0;

	(void)printf("\n%s\n", message(OTP_MESSAGE_HELP_OPTIONS));
	for (; o->longName != NULL; o++) {
		size_t n;

		letter[0] = '\0';
		if (o->shortName != '\0')
			(void)snprintf(letter, sizeof(letter), "-%c, ", o->shortName);
		(void)snprintf(text, sizeof(text), "  %s--%s%s%s", letter, o->longName,
		    o->argDescrip != NULL ? " " : "", o->argDescrip != NULL ? o->argDescrip : "");
		n = strlen(text);
		if (used + n >= LINE_MAX_BYTES) {
			(void)printf("\n");
			used = 0;
		}
		(void)fputs(text, stdout);
		used += n;
	}
	(void)printf("\n");
}

const char *
otp_help_bare(const struct otp_command *command)
{
	const struct otp_verb_info *verb = otp_verb_of_name(command->name);
	const char *blank = strchr(command->name, ' ');

	return verb != NULL && blank != NULL && (verb->flags & OTP_FLAG_BARE) != 0 ? blank + 1 :
										     NULL;
}

static bool
is_same_noun(const struct otp_command *a, const struct otp_command *b)
{
	size_t n = strcspn(a->name, " ");

	return n == strcspn(b->name, " ") && memcmp(a->name, b->name, n) == 0;
}

/* Commands of one noun stand together; those that stand alone, too. The table is in the order in which they are wanted. */
static bool
begins_group(const struct otp_command *const commands[], size_t n, size_t i)
{
	bool is_alone = i + 1 == n || !is_same_noun(commands[i], commands[i + 1]);
	bool was_alone = i < 2 || !is_same_noun(commands[i - 1], commands[i - 2]);

	return i > 0 && !is_same_noun(commands[i], commands[i - 1]) && !(is_alone && was_alone);
}

void
otp_help_all(const struct otp_command *const commands[], size_t n, bool show_hidden)
{
	char text[OTP_TELL_MAX];
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(commands[i]->name) > width)
			width = strlen(commands[i]->name);
	(void)printf("%s\n\n%s\n",
	    OTP_TELL_FORMAT(text, USAGE_IS, "otpadm [OPTION...] COMMAND [OPTION...] [ARGUMENT...]"),
	    message(OTP_MESSAGE_HELP_COMMANDS));
	for (size_t i = 0; i < n; i++)
		if (otp_help_bare(commands[i]) != NULL)
			(void)printf("  %-*s  %s\n", (int)width, otp_help_bare(commands[i]),
			    otp_help_of(commands[i]));
	for (size_t i = 0; i < n; i++) {
		if (begins_group(commands, n, i))
			(void)printf("\n");
		if (show_hidden || !otp_help_is_hidden(commands[i]))
			(void)printf(
			    "  %-*s  %s\n", (int)width, commands[i]->name, otp_help_of(commands[i]));
	}
	print_globals();
	(void)printf("\n%s\n", message(OTP_MESSAGE_HELP_MANUAL));
}

bool
otp_help_noun(const struct otp_command *const commands[], size_t n, const char *noun)
{
	size_t len = strlen(noun);
	bool is_there = false;

	for (size_t i = 0; i < n; i++) {
		const char *name = commands[i]->name;

		if (strncmp(name, noun, len) != 0 || name[len] != ' ')
			continue;
		(void)printf("otpadm %s%s%s\n    %s\n", name,
		    commands[i]->arguments[0] != '\0' ? " " : "", commands[i]->arguments,
		    otp_help_of(commands[i]));
		is_there = true;
	}
	return is_there;
}

/* What must be shown for it; NONE: nothing. */
static enum otp_message
shown_for(const struct otp_verb_info *verb)
{
	if (verb->verb == OTP_VERB_REGISTER)
		return OTP_MESSAGE_SHOWS_SERIAL_CODE;
	switch (verb->shows) {
	case OTP_SHOWS_NONE:
		return OTP_MESSAGE_NONE;
	case OTP_SHOWS_C:
		return OTP_MESSAGE_SHOWS_C;
	case OTP_SHOWS_CK:
		break;
	}
	return (verb->flags & OTP_FLAG_ROOT_FREE) != 0 ? OTP_MESSAGE_SHOWS_CK_ROOT_FREE :
							 OTP_MESSAGE_SHOWS_CK;
}

static void
print_who(const struct otp_verb_info *verb)
{
	static const enum otp_message roles[] = { OTP_MESSAGE_ROLE_IS_GENERAL,
		OTP_MESSAGE_ROLE_IS_ADMINISTRATOR, OTP_MESSAGE_ROLE_IS_MASTER,
		OTP_MESSAGE_ROLE_IS_ROOT };
	bool is_everybody = (verb->roles & OTP_ROLE_BIT_GENERAL) != 0;
	enum otp_message shown = shown_for(verb);
	struct otp_bytes who = OTP_BYTES_INIT;
	char text[OTP_TELL_MAX];

	if (is_everybody)
		(void)otp_text_put(&who, message(OTP_MESSAGE_ROLE_IS_EVERYBODY));
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && !is_everybody; i++) {
		if ((verb->roles >> i & 1) == 0)
			continue;
		if (who.len > 0)
			(void)otp_text_put(&who, ", ");
		(void)otp_text_put(&who, message(roles[i]));
	}
	(void)printf("\n%s\n", OTP_TELL_FORMAT(text, WHO_MAY, otp_text_str(&who)));
	if (shown != OTP_MESSAGE_NONE)
		(void)printf("%s\n", OTP_TELL_FORMAT(text, WHO_SHOWS, message(shown)));
	otp_bytes_clear(&who);
}

void
otp_help_one(const struct otp_command *command)
{
	const struct otp_verb_info *verb = otp_verb_of_name(command->name);
	char line[256], text[OTP_TELL_MAX];

	(void)snprintf(line, sizeof(line), "otpadm [OPTION...] %s%s%s%s", command->name,
	    command->options != NULL ? " [OPTION...]" : "",
	    command->arguments[0] != '\0' ? " " : "", command->arguments);
	(void)printf("%s\n\n%s\n", OTP_TELL_FORMAT(text, USAGE_IS, line), otp_help_of(command));
	if (verb != NULL)
		print_who(verb);
	if (command->options != NULL) {
		(void)printf("\n%s\n", message(OTP_MESSAGE_HELP_OWN_OPTIONS));
		print_options(command->options);
	}
	print_globals();
}

/* Letters to change, add or leave out to make b of a (Levenshtein); names are short. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_BYTES + 1];
	size_t n_a = strlen(a), n_b = strlen(b);

	if (n_a > NAME_MAX_BYTES || n_b > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[n_b];
}

static bool
is_near(const char *name, const char *noun, const char *verb)
{
	char typed[2 * NAME_MAX_BYTES + 2];
	size_t n = strlen(noun);

	(void)snprintf(typed, sizeof(typed), "%s%s%s", noun, verb != NULL ? " " : "",
	    verb != NULL ? verb : "");
	/* the noun's verbs; or a name that looks alike, with or without what follows */
	return (n > 0 && strncmp(name, noun, n) == 0 && (name[n] == ' ' || verb == NULL)) ||
	    distance(name, typed) <= NEAR || distance(name, noun) <= NEAR;
}

void
otp_help_suggest(const struct otp_command *const commands[], size_t n, const char *noun,
    const char *verb)
{
	struct otp_bytes list = OTP_BYTES_INIT;
	char text[OTP_TELL_MAX];

	for (size_t i = 0; i < n; i++) {
		if (otp_help_is_hidden(commands[i]) || !is_near(commands[i]->name, noun, verb))
			continue;
		if (list.len > 0)
			(void)otp_text_put(&list, ", ");
		(void)otp_text_put(&list, commands[i]->name);
	}
	if (list.len > 0)
		(void)fprintf(stderr, "%s\n", OTP_TELL_FORMAT(text, PERHAPS, otp_text_str(&list)));
	(void)fprintf(stderr, "%s\n", message(OTP_MESSAGE_TRY_HELP));
	otp_bytes_clear(&list);
}
