#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs each target under libFuzzer for a while: fuzz.sh CORPUS TARGET... (`make fuzz`, built with --enable-fuzzing).
set -u
corpus=$1
shift
seconds=${OTP_FUZZ_SECONDS:-20}
work=$(mktemp -d "${TMPDIR:-/tmp}/otp-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 n=0
echo "1..$#"
for target; do
	n=$((n + 1))
	name=${target##*/fuzz_}
	mkdir "$work/$name"
	# what is found goes to the temporary directory, what breaks stays beside the target
	if "$target" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="$target-" \
		"$work/$name" "$corpus/$name" >"$work/log" 2>&1; then
		echo "ok $n - $name: $(grep -o 'Done [0-9]* runs' "$work/log")"
	else
		failed=1
		echo "not ok $n - $name"
		sed 's/^/# /' "$work/log" | tail -n 40
	fi
done
exit $failed
