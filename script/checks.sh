# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154
# The second half of script/test, which reads it: other compilers, sanitizers, analysers, distcheck.

variant "clang" clang CC=clang
variant "sanitizers" sanitizers CC=clang --enable-sanitizers
