/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: otpadm.conf, as a file. What is accepted can be shown, and what is shown sets the same again. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "fuzz.h"

const char fuzz_name[] = "conf";
bool fuzz_accepted;

static char dir[64];
static char path[96];

static void
remove_all(void)
{
	(void)unlink(path);
	(void)rmdir(dir);
}

static void
make_once(void)
{
	if (dir[0] != '\0')
		return;
	(void)snprintf(dir, sizeof(dir), "%s", "/tmp/otp-fuzz.XXXXXX");
	FUZZ_HOLDS(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/otpadm.conf", dir);
	FUZZ_HOLDS(atexit(remove_all) == 0);
}

static void
write_file(const uint8_t *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_HOLDS(fd >= 0);
	FUZZ_HOLDS(write(fd, data, len) == (ssize_t)len);
	(void)close(fd);
}

static void
shown_is_set(const struct otp_conf *conf)
{
	struct otp_conf_item item, again;
	struct otp_conf other;

	otp_conf_default(&other);
	for (size_t i = 0; otp_conf_item(conf, i, &item); i++) {
		FUZZ_HOLDS(otp_conf_set(&other, item.key, item.value, "shown", 1, NULL) == OTP_OK);
		FUZZ_HOLDS(otp_conf_item(&other, i, &again));
		FUZZ_HOLDS(strcmp(item.value, again.value) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct otp_why why = OTP_WHY_INIT;
	struct otp_conf conf;
	enum otp_err err;

	make_once();
	write_file(data, len);
	err = otp_conf_load(path, geteuid(), &conf, &why);
	fuzz_accepted = err == OTP_OK;
	FUZZ_HOLDS(err == OTP_OK || err == OTP_ERR_CONFIG);
	FUZZ_HOLDS((err == OTP_OK) == (why.message == OTP_MESSAGE_NONE));
	if (err == OTP_OK)
		shown_is_set(&conf);
	return 0;
}
