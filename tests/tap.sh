#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a unit test. cmocka 1.1 says "not ok 3 # SKIP" of a test that was skipped, which TAP takes for a failure.
exec 4>&1
status=$({ {
	"$@" 3>&- 4>&-
	echo $? >&3
} | sed 's/^not ok \([0-9]* *\)# SKIP/ok \1# SKIP/' >&4; } 3>&1)
exit "$status"
