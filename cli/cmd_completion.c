/* SPDX-License-Identifier: GPL-3.0-or-later */
/* otpadm completion: a script for a shell, made from the tables of commands and options. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "choices.h"
#include "cli.h"
#include "help.h"
#include "lang.h"
#include "otp_completion.h"
#include "text.h"

#define N_(s) s
#define FILES "@file"	/* what the scripts take for "a file's name" */
#define WORD_MAX 64

/* What a value's name stands for; of the commands that begin so. */
#define X(id, word) word " "
static const struct {
	const char *value, *command, *words;
} choices[] = {
	{ "ROLE", "", OTP_ROLES(X) },
	{ "STATE", "token ", OTP_TOKEN_STATES(X) OTP_TOKEN_EXPIRED " " },
	{ "STATE", "transfer ", OTP_TRANSFER_STATES(X) },
	{ "TYPE", "token ", OTP_TOKEN_TYPES(X) },
	{ "ALGORITHM", "token ", OTP_ALGORITHMS(X) },
	{ "FORMAT", "token import", OTP_DELIVERY_FORMATS(X) },
	{ "KIND", "", OTP_TRANSFER_KINDS(X) },
	{ "RIGHT", "", OTP_RIGHTS(X) },
	{ "FILE", "", FILES " " },
	{ "CSV", "", FILES " " },
};
#undef X

/* The words of one value's name: "ROLE", or a word that stands for itself. */
static enum otp_err
put_value(struct otp_bytes *to, const char *command, const char *value)
{
	if (value[0] >= 'a' && value[0] <= 'z')
		return otp_text_putf(to, "%s ", value);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(choices[i].value, value) == 0 &&
		    strncmp(command, choices[i].command, strlen(choices[i].command)) == 0)
			return otp_text_put(to, choices[i].words);
	return OTP_OK;
}

/* "FILE | -", "bash|zsh|fish", "USER | --from CSV": what may stand there. An option's value is not an argument. */
static enum otp_err
put_values(struct otp_bytes *to, const char *command, const char *text)
{
	static const char between[] = " |[],.";
	bool is_of_option = false;
	char word[WORD_MAX];
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && *text != '\0') {
		size_t n = strcspn(text, between);

		if (n == 0) {
			is_of_option = is_of_option && *text != '|';
			text++;
			continue;
		}
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, text);
		text += n;
		if (word[0] != '-' && !is_of_option)
			err = put_value(to, command, word);
		is_of_option = word[0] == '-' && word[1] != '\0';
	}
	return err;
}

/* Text between single quotes. */
static void
print_quoted(const char *text, const char *quote)
{
	(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)fputs(quote, stdout);
		else if (*text == '\\' && quote[0] == '\\')
			(void)fputs("\\\\", stdout);
		else
			(void)putchar(*text);
	}
	(void)putchar('\'');
}
#define QUOTE_SH "'\\''"
#define QUOTE_FISH "\\'"


static size_t
noun_length(const char *name)
{
	return strcspn(name, " ");
}

static bool
is_same_noun(const char *a, const char *b)
{
	size_t n = noun_length(a);

	return n == noun_length(b) && memcmp(a, b, n) == 0;
}

/*
 * What may follow "user" (or, of NULL, otpadm itself): goes through it with *i from 0. The word, its
 * length in *ret_n, and the command that it completes, NULL for a noun.
 */
static const char *
next_word(const struct otp_cli *cli, const char *noun, size_t *i, size_t *ret_n,
    const struct otp_command **ret)
{
	for (; *i < cli->n_commands; (*i)++) {
		const char *name = cli->commands[*i]->name;
		size_t n = noun_length(name), before = 0;

		if (otp_help_is_hidden(cli->commands[*i]) ||
		    (noun != NULL && (!is_same_noun(name, noun) || name[n] == '\0')))
			continue;
		while (noun == NULL && before < *i && (otp_help_is_hidden(cli->commands[before]) ||
		    !is_same_noun(cli->commands[before]->name, name)))
			before++;
		if (noun == NULL && before < *i)
			continue;
		*ret = noun != NULL || name[n] == '\0' ? cli->commands[*i] : NULL;
		*ret_n = noun != NULL ? strlen(name + n + 1) : n;
		(*i)++;
		return noun != NULL ? name + n + 1 : name;
	}
	return NULL;
}

/* The help of a command; of a noun its verbs. */
static enum otp_err
put_told(const struct otp_cli *cli, const char *word, const struct otp_command *command,
    struct otp_bytes *to)
{
	const struct otp_command *under;
	const char *verb;
	enum otp_err err = OTP_OK;
	size_t i = 0, n = 0;

	if (command != NULL)
		return otp_text_put(to, otp_help_of(command));
	while (err == OTP_OK && (verb = next_word(cli, word, &i, &n, &under)) != NULL)
		err = otp_text_putf(to, "%s%s", to->len > 0 ? ", " : "", verb);
	return err;
}

/* "approve" for "transfer approve". */
static enum otp_err
print_bare(const struct otp_cli *cli, bool is_told)
{
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < cli->n_commands; i++) {
		const char *bare = otp_help_bare(cli->commands[i]);

		if (bare == NULL)
			continue;
		otp_bytes_empty(&text);
		err = otp_text_putf(&text, "%s%s%s", bare, is_told ? ":" : " ",
		    is_told ? otp_help_of(cli->commands[i]) : "");
		if (is_told) {
			(void)putchar(' ');
			print_quoted(otp_text_str(&text), QUOTE_SH);
		} else {
			(void)fputs(otp_text_str(&text), stdout);
		}
	}
	otp_bytes_clear(&text);
	return err;
}

/* One branch of the case: `'user') REPLY='add list' ;;`, or with what each of them does. */
static enum otp_err
print_branch(const struct otp_cli *cli, const char *noun, bool is_told)
{
	const struct otp_command *command = NULL;
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;
	const char *word;
	size_t i = 0, n = 0;

	(void)printf("\t'%.*s') %s", noun != NULL ? (int)noun_length(noun) : 0,
	    noun != NULL ? noun : "", is_told ? "told=(" : "REPLY='");
	while (err == OTP_OK && (word = next_word(cli, noun, &i, &n, &command)) != NULL) {
		otp_bytes_empty(&text);
		err = otp_text_putf(&text, "%.*s%c", (int)n, word, is_told ? ':' : ' ');
		if (!is_told) {
			(void)fputs(otp_text_str(&text), stdout);
			continue;
		}
		if (err == OTP_OK) {
			struct otp_bytes told = OTP_BYTES_INIT;

			err = put_told(cli, word, command, &told);
			if (err == OTP_OK)
				err = otp_text_put(&text, otp_text_str(&told));
			otp_bytes_clear(&told);
		}
		(void)putchar(' ');
		print_quoted(otp_text_str(&text), QUOTE_SH);
	}
	if (noun == NULL && err == OTP_OK)
		err = print_bare(cli, is_told);
	(void)printf("%s ;;\n", is_told ? " )" : "'");
	otp_bytes_clear(&text);
	return err;
}

/* The words that may follow a noun. */
static enum otp_err
print_words(const struct otp_cli *cli, const char *function, bool is_told)
{
	const struct otp_command *command;
	const char *noun;
	enum otp_err err;
	size_t i = 0, n = 0;

	(void)printf("%s()\n{\n\tcase \"$1\" in\n", function);
	err = print_branch(cli, NULL, is_told);
	while (err == OTP_OK && (noun = next_word(cli, NULL, &i, &n, &command)) != NULL)
		if (command == NULL)
			err = print_branch(cli, noun, is_told);
	(void)printf("\tesac\n}\n");
	return err;
}

/* Goes through the options of a table, popt's or none. */
static const struct poptOption *
next_option(const struct poptOption **at)
{
	return *at != NULL && (*at)->longName != NULL ? (*at)++ : NULL;
}

static void
print_options_of(const char *name, const struct poptOption *table)
{
	const struct poptOption *o;

	(void)printf("\t'%s') REPLY='", name);
	while ((o = next_option(&table)) != NULL) {
		const char *equals = o->argInfo == POPT_ARG_STRING ? "=" : "";

		(void)printf("--%s%s ", o->longName, equals);
		if (o->shortName != '\0')
			(void)printf("-%c%s ", o->shortName, equals);
	}
	(void)printf("' ;;\n");
}

/* A command's options; those that take a value end in '='. */
static void
print_options(const struct otp_cli *cli)
{
	(void)printf("__otpadm_options()\n{\n\tcase \"$1\" in\n");
	print_options_of("", otp_globals_options());
	for (size_t i = 0; i < cli->n_commands; i++)
		if (!otp_help_is_hidden(cli->commands[i]) && cli->commands[i]->options != NULL)
			print_options_of(cli->commands[i]->name, cli->commands[i]->options);
	(void)printf("\tesac\n}\n");
}

/* The branches for the values of a table's options. name: the command, "*" for all. */
static enum otp_err
print_values_of(const char *name, const struct poptOption *table)
{
	struct otp_bytes words = OTP_BYTES_INIT;
	const struct poptOption *o;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && (o = next_option(&table)) != NULL) {
		otp_bytes_empty(&words);
		if (o->argInfo == POPT_ARG_STRING && o->argDescrip != NULL)
			err = put_values(&words, name, o->argDescrip);
		if (words.len == 0)
			continue;
		if (name[0] == '*' && o->shortName != '\0')
			(void)printf("\t*' --%s' | *' -%c')", o->longName, o->shortName);
		else if (name[0] == '*')
			(void)printf("\t*' --%s')", o->longName);
		else
			(void)printf("\t'%s --%s')", name, o->longName);
		(void)printf(" REPLY='%s' ;;\n", otp_text_str(&words));
	}
	otp_bytes_clear(&words);
	return err;
}

/* What may stand as the value of an option, or as an argument (the option is empty). */
static enum otp_err
print_values(const struct otp_cli *cli)
{
	struct otp_bytes words = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;

	(void)printf("__otpadm_values()\n{\n\tcase \"$1 $2\" in\n");
	for (size_t i = 0; err == OTP_OK && i < cli->n_commands; i++) {
		const struct otp_command *c = cli->commands[i];

		if (otp_help_is_hidden(c))
			continue;
		err = print_values_of(c->name, c->options);
		otp_bytes_empty(&words);
		if (err == OTP_OK)
			err = put_values(&words, c->name, c->arguments);
		if (words.len > 0)
			(void)printf("\t'%s ') REPLY='%s' ;;\n", c->name, otp_text_str(&words));
	}
	if (err == OTP_OK)
		err = print_values_of("*", otp_globals_options());
	(void)printf("\tesac\n}\n");
	otp_bytes_clear(&words);
	return err;
}

/* The tables that bash and zsh both understand. */
static enum otp_err
print_tables(const struct otp_cli *cli, bool is_told)
{
	enum otp_err err;

	(void)printf("# made by otpadm %s\n", PACKAGE_VERSION);
	err = print_words(cli, "__otpadm_words", false);
	if (err == OTP_OK && is_told)
		err = print_words(cli, "__otpadm_told", true);
	print_options(cli);
	return err == OTP_OK ? print_values(cli) : err;
}

/* fish: one line for each thing that may stand somewhere. */
static enum otp_err
print_fish_options(const char *name, const struct poptOption *table)
{
	struct otp_bytes words = OTP_BYTES_INIT;
	const struct poptOption *o;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && (o = next_option(&table)) != NULL) {
		bool takes = o->argInfo == POPT_ARG_STRING;

		otp_bytes_empty(&words);
		if (takes && o->argDescrip != NULL)
			err = put_values(&words, name, o->argDescrip);
		(void)printf("complete -c otpadm -l %s", o->longName);
		if (name[0] != '*')
			(void)printf(" -n '__otpadm_at %s'", name);
		if (o->shortName != '\0')
			(void)printf(" -s %c", o->shortName);
		if (words.len > 0 && strstr(otp_text_str(&words), FILES) != NULL)
			(void)printf(" -r -F");
		else if (takes)
			(void)printf(" -x -a '%s'", otp_text_str(&words));
		(void)printf("\n");
	}
	otp_bytes_clear(&words);
	return err;
}

static enum otp_err
print_fish_words(const struct otp_cli *cli, const char *noun)
{
	const struct otp_command *command = NULL;
	struct otp_bytes told = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;
	const char *word;
	size_t i = 0, n = 0;

	while (err == OTP_OK && (word = next_word(cli, noun, &i, &n, &command)) != NULL) {
		otp_bytes_empty(&told);
		err = put_told(cli, word, command, &told);
		(void)printf("complete -c otpadm -n '__otpadm_at %.*s' -a '%.*s' -d ",
		    noun != NULL ? (int)noun_length(noun) : 0, noun != NULL ? noun : "", (int)n,
		    word);
		print_quoted(otp_text_str(&told), QUOTE_FISH);
		(void)printf("\n");
		if (noun == NULL && command == NULL && err == OTP_OK)
			err = print_fish_words(cli, word);
	}
	for (i = 0; noun == NULL && i < cli->n_commands; i++) {
		const char *bare = otp_help_bare(cli->commands[i]);

		if (bare == NULL)
			continue;
		(void)printf("complete -c otpadm -n '__otpadm_at ' -a '%s' -d ", bare);
		print_quoted(otp_help_of(cli->commands[i]), QUOTE_FISH);
		(void)printf("\n");
	}
	otp_bytes_clear(&told);
	return err;
}

static void
print_takers(const struct poptOption *table)
{
	const struct poptOption *o;

	while ((o = next_option(&table)) != NULL) {
		if (o->argInfo == POPT_ARG_STRING)
			(void)printf(" --%s", o->longName);
		if (o->argInfo == POPT_ARG_STRING && o->shortName != '\0')
			(void)printf(" -%c", o->shortName);
	}
}

static enum otp_err
print_fish(const struct otp_cli *cli)
{
	struct otp_bytes words = OTP_BYTES_INIT;
	enum otp_err err = OTP_OK;

	(void)printf("# made by otpadm %s\nset -g __otpadm_takes", PACKAGE_VERSION);
	print_takers(otp_globals_options());
	for (size_t i = 0; i < cli->n_commands; i++)
		print_takers(cli->commands[i]->options);
	(void)printf("\nset -g __otpadm_known");
	for (size_t i = 0; i < cli->n_commands; i++)
		if (otp_help_bare(cli->commands[i]) != NULL)
			(void)printf(" %s", otp_help_bare(cli->commands[i]));
	for (size_t i = 0; i < cli->n_commands; i++)
		if (!otp_help_is_hidden(cli->commands[i]))
			(void)printf(" %.*s '%s'", (int)noun_length(cli->commands[i]->name),
			    cli->commands[i]->name, cli->commands[i]->name);
	(void)printf("\n%s", otp_completion_fish);
	err = print_fish_options("*", otp_globals_options());
	if (err == OTP_OK)
		err = print_fish_words(cli, NULL);
	for (size_t i = 0; err == OTP_OK && i < cli->n_commands; i++) {
		const struct otp_command *c = cli->commands[i];

		if (otp_help_is_hidden(c))
			continue;
		err = print_fish_options(c->name, c->options);
		otp_bytes_empty(&words);
		if (err == OTP_OK)
			err = put_values(&words, c->name, c->arguments);
		if (words.len > 0 && strstr(otp_text_str(&words), FILES) != NULL)
			(void)printf("complete -c otpadm -n '__otpadm_at %s' -F\n", c->name);
		else if (words.len > 0)
			(void)printf("complete -c otpadm -n '__otpadm_at %s' -a '%s'\n", c->name,
			    otp_text_str(&words));
	}
	otp_bytes_clear(&words);
	return err;
}

static enum otp_err
run(struct otp_cli *cli)
{
	const char *shell = cli->arguments.arg[0];
	enum otp_err err;

	/* a script is no data */
	if (cli->globals.format != OTP_FORMAT_TABLE)
		return OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, FIELD_NOT_OF_VERB, "--output",
		    cli->command->name);
	if (strcmp(shell, "bash") == 0) {
		err = print_tables(cli, false);
		(void)fputs(otp_completion_bash, stdout);
	} else if (strcmp(shell, "zsh") == 0) {
		(void)printf("#compdef otpadm\n");
		err = print_tables(cli, true);
		(void)fputs(otp_completion_zsh, stdout);
	} else if (strcmp(shell, "fish") == 0) {
		err = print_fish(cli);
	} else {
		err = OTP_WHY(&cli->answer.why, OTP_ERR_USAGE, UNKNOWN_SHELL, shell,
		    cli->command->arguments);
	}
	return err;
}

const struct otp_command otp_cmd_completion = {
	.name = "completion", .help = OTP_MESSAGE_HELP_COMPLETION, .arguments = "bash|zsh|fish",
	.min_args = 1, .max_args = 1, .run = run,
};
