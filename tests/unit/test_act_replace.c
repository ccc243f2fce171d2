/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "act_frame.h"
int
main(void)
{
	return 0;
}
