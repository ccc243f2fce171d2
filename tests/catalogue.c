/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: before main, our messages come out of the catalogue that a test has made, wherever it is installed. */
#include "config.h"

#include <libintl.h>
#include <stdlib.h>

__attribute__((constructor)) static void
bind_catalogue(void)
{
	const char *directory = getenv("OTP_TEST_LOCALEDIR");

	if (directory != NULL)
		(void)bindtextdomain("otpadm", directory);
}
