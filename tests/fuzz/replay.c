/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target without a fuzzer: its whole corpus, then a bounded number of seeded mutations of it. */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "parse.h"

#define FILES_MAX 512
#define INPUT_MAX 8192
#define RUNS 20000
#define SEED 20261123

struct input {
	char *name;
	uint8_t *data;
	size_t len;
};

static struct input corpus[FILES_MAX];
static size_t n_corpus;
static uint64_t random_state;
static const struct input *running;	/* shown when the target gives up */

/* splitmix64: any seed will do, and each gives the same inputs everywhere. */
static uint64_t
next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t
below(size_t n)
{
	return n > 0 ? (size_t)(next_random() % n) : 0;
}

/* The input as hex, so that a failure can be played again; nothing here but write. */
static void
show_input(int signal_number)
{
	static const char digits[] = "0123456789abcdef";
	ssize_t written = write(STDERR_FILENO, "# input: ", 9);

	for (size_t i = 0; running != NULL && i < running->len && written > 0; i++) {
		char hex[2] = { digits[running->data[i] >> 4], digits[running->data[i] & 15] };

		written = write(STDERR_FILENO, hex, 2);
	}
	written = write(STDERR_FILENO, "\n", 1);
	(void)written;
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

/* The target gets memory of exactly that size, so that a sanitizer sees one byte too far. */
static void
run(const struct input *input)
{
	uint8_t *copy = malloc(input->len > 0 ? input->len : 1);

	FUZZ_HOLDS(copy != NULL);
	if (input->len > 0)
		memcpy(copy, input->data, input->len);
	running = input;
	(void)LLVMFuzzerTestOneInput(copy, input->len);
	running = NULL;
	free(copy);
}

static bool
load(const char *dir, const char *name)
{
	struct input *input = &corpus[n_corpus];
	char path[PATH_MAX];
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return false;
	file = fopen(path, "rbe");
	input->data = malloc(INPUT_MAX);
	input->name = strdup(name);
	if (file == NULL || input->data == NULL || input->name == NULL) {
		if (file != NULL)
			(void)fclose(file);
		return false;
	}
	input->len = fread(input->data, 1, INPUT_MAX, file);
	(void)fclose(file);
	n_corpus++;
	return true;
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Sorted, so that a seed means the same mutations on every machine. */
static bool
load_all(const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_file, alphasort);
	bool is_loaded = n > 0 && n <= FILES_MAX;

	for (int i = 0; i < n; i++) {
		is_loaded = is_loaded && load(dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return is_loaded;
}

/* How many are refused that should not be: the format has changed since (`make corpus`). */
static size_t
run_corpus(void)
{
	size_t n_stale = 0;

	for (size_t i = 0; i < n_corpus; i++) {
		run(&corpus[i]);
		if (!fuzz_accepted && strncmp(corpus[i].name, "bad-", 4) != 0) {
			(void)printf("# %s is refused: make corpus\n", corpus[i].name);
			n_stale++;
		}
	}
	return n_stale;
}

static void
insert(struct input *input, size_t at, const uint8_t *data, size_t len)
{
	uint8_t piece[64];

	if (len > sizeof(piece))
		len = sizeof(piece);
	if (len > INPUT_MAX - input->len)
		return;
	memcpy(piece, data, len);	/* may lie in the input itself */
	memmove(input->data + at + len, input->data + at, input->len - at);
	memcpy(input->data + at, piece, len);
	input->len += len;
}

static void
mutate_once(struct input *input)
{
	static const uint8_t edges[] = { 0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, '-', '.', '0', '9', ' ', '"' };
	const struct input *other = &corpus[below(n_corpus)];
	size_t at = below(input->len + 1), n;
	uint8_t noise[8];

	switch (below(8)) {
	case 0:
		if (at < input->len)
			input->data[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		if (at < input->len)
			input->data[at] = edges[below(sizeof(edges))];
		break;
	case 2:
		if (at < input->len)
			input->data[at] = (uint8_t)(input->data[at] + below(9) - 4);
		break;
	case 3:	/* cut out */
		n = below(input->len - at + 1);
		n = n > 16 ? n % 16 : n;
		memmove(input->data + at, input->data + at + n, input->len - at - n);
		input->len -= n;
		break;
	case 4:	/* cut off */
		input->len = at;
		break;
	case 5:	/* say again */
		insert(input, below(input->len + 1), input->data + at, below(input->len - at + 1));
		break;
	case 6:	/* from another one */
		n = below(other->len + 1);
		insert(input, at, other->data + n, below(other->len - n + 1));
		break;
	default:
		for (n = 0; n < sizeof(noise); n++)
			noise[n] = (uint8_t)next_random();
		insert(input, at, noise, 1 + below(sizeof(noise)));
		break;
	}
}

static void
run_mutations(uint64_t runs)
{
	struct input input = { NULL, malloc(INPUT_MAX), 0 };

	FUZZ_HOLDS(input.data != NULL);
	for (; runs > 0; runs--) {
		const struct input *from = &corpus[below(n_corpus)];

		if (from->len > 0)
			memcpy(input.data, from->data, from->len);
		input.len = from->len;
		for (size_t n = 1 + below(4); n > 0; n--)
			mutate_once(&input);
		run(&input);
	}
	free(input.data);
}

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	if (text != NULL && otp_parse_u64(text, 0, UINT64_MAX, &otherwise) != OTP_OK) {
		(void)printf("Bail out! %s is not a number\n", name);
		exit(1);
	}
	return otherwise;
}

/* replay [FILE]...: those files instead of the corpus, and no mutations */
int
main(int argc, char **argv)
{
	const char *source = getenv("OTP_SOURCE");
	uint64_t runs = from_environment("OTP_FUZZ_RUNS", RUNS);
	uint64_t seed = from_environment("OTP_FUZZ_SEED", SEED);
	char dir[PATH_MAX];
	bool is_loaded = true;
	size_t n_stale;

	(void)signal(SIGABRT, show_input);
	(void)signal(SIGSEGV, show_input);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", source != NULL ? source : ".", fuzz_name);
	for (int i = 1; i < argc && i < FILES_MAX; i++)
		is_loaded = is_loaded && load(".", argv[i]);
	if (argc > 1)
		runs = 0;
	else
		is_loaded = load_all(dir);
	if (!is_loaded) {
		(void)printf("Bail out! cannot read the corpus of %s\n", fuzz_name);
		return 1;
	}
	(void)printf("1..2\n");
	n_stale = run_corpus();
	(void)printf("%s 1 - %s: %zu files of the corpus\n", n_stale == 0 ? "ok" : "not ok", fuzz_name,
	    n_corpus);
	random_state = seed;
	run_mutations(runs);
	(void)printf("ok 2 - %s: %llu mutations of them, seed %llu\n", fuzz_name, (unsigned long long)runs,
	    (unsigned long long)seed);
	for (size_t i = 0; i < n_corpus; i++) {
		free(corpus[i].data);
		free(corpus[i].name);
	}
	return n_stale == 0 ? 0 : 1;
}
