#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One compiler or analyser over one source of ours, for script/checks.sh, which runs several at once.
#   script/analyse.sh c23|clang|analyzer|tidy TREE BUILD SCRATCH SOURCE
set -u
what=$1 tree=$2 build=$3 scratch=$4/analyse.$$ source=$2/$5
set -- "-I$build" "-I$tree/lib" "-I${source%/*}"
case $what in
c23)
	gcc -fsyntax-only -std=gnu2x -Wall -Wextra -Werror "$@" "$source" ;;
clang)
	clang -fsyntax-only -std=gnu17 -Wall -Wextra -Wshadow -Wmissing-prototypes -Wimplicit-fallthrough -Werror "$@" "$source" ;;
analyzer)
	gcc -c -o "$scratch" -O1 -fanalyzer -std=gnu17 -Werror "$@" "$source" ;;
tidy)
	clang-tidy --quiet --warnings-as-errors='*' "$source" -- -std=gnu17 "$@" 2>"$scratch" || { cat "$scratch"; exit 1; } ;;
*)
	echo "$0: $what?" >&2
	exit 2 ;;
esac
