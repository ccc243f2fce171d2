# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154
# The second half of script/test, which reads it: another compiler, sanitizers, analysers, distcheck.

variant "clang, sanitizers" sanitizers CC=clang --enable-sanitizers

# ---- the next C, and the analysers, over every source of ours
sources() { (cd "$tree" && find lib otpd cli pam_module -name '*.c' | sort); }


c23() {
	for c in $(sources); do
		gcc -fsyntax-only -std=gnu2x -Wall -Wextra -Werror "-I$work/gcc" "-I$tree/lib" "-I$tree/${c%/*}" "$tree/$c" || return 1
	done
}
clang_plain() {
	for c in $(sources); do
		clang -fsyntax-only -std=gnu17 -Wall -Wextra -Wshadow -Wmissing-prototypes -Wimplicit-fallthrough -Werror \
			"-I$work/gcc" "-I$tree/lib" "-I$tree/${c%/*}" "$tree/$c" || return 1
	done
}
analyzer() {
	bad=0
	for c in $(sources); do
		gcc -c -o "$work/analyzer.o" -O1 -fanalyzer -std=gnu17 -Werror "-I$work/gcc" "-I$tree/lib" "-I$tree/${c%/*}" "$tree/$c" || bad=1
	done
	return $bad
}
tidy() {
	bad=0
	for c in $(sources); do
		clang-tidy --quiet --warnings-as-errors='*' "$tree/$c" -- -std=gnu17 "-I$work/gcc" "-I$tree/lib" "-I$tree/${c%/*}" 2>"$work/tidy.err" || { bad=1; cat "$work/tidy.err"; }
	done
	return $bad
}
check_cpp() {
	# shellcheck disable=SC2086
	(cd "$tree" && cppcheck --quiet --std=c17 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
		--suppress=missingIncludeSystem --suppress=readdirCalled "-I$work/gcc" -Ilib --library=posix --library=gnu -j"$jobs" lib otpd cli pam_module)
}
shell() { (cd "$tree" && find . -name '*.sh' -not -path './build-aux/*' -not -path './m4/*' -print0 | xargs -0 shellcheck -x autogen.sh script/test script/demo script/bench .ci/run); }
manual() { (cd "$tree" && mandoc -Tlint -W warning man/*.[1-9]); }
translated() {
	make -C "$work/gcc/po" update-po >/dev/null 2>&1
	out=$(LC_ALL=C msgfmt --check --statistics -o /dev/null "$tree/po/ja.po" 2>&1)
	echo "$out"
	case $out in *untranslated* | *fuzzy*) LC_ALL=C msgattrib --untranslated --no-obsolete "$tree/po/ja.po" | head -n 40; return 1 ;; esac
	[ "$(LC_ALL=C msgattrib --no-obsolete "$tree/po/ja.po" | grep -c '^msgid')" -ge "$(grep -c '^msgid' "$tree/po/otpadm.pot")" ]
}
step "compiles as C23" c23
step "compiles with clang" clang_plain
step "gcc -fanalyzer" analyzer
step "clang-tidy" tidy
step "cppcheck" check_cpp
step "shellcheck" shell
step "mandoc -Tlint" manual
step "every message in Japanese" translated

# ---- a tarball that an ordinary user unpacks, builds, checks, installs and removes
ordinary() {
	if [ "$(id -u)" -eq 0 ]; then
		chmod 755 "$work"
		mkdir -p "$work/home" "$work/dist"
		chown -R 65534:65534 "$work/home" "$work/dist" "$tree"
		setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home" TMPDIR="$work/home" "$@"
	else
		mkdir -p "$work/dist"
		"$@"
	fi
}
dist() {
	ordinary sh -c "cd '$work/dist' && '$tree/configure' && make -j$jobs distcheck"
}
step "make distcheck as an ordinary user" dist

demo() {
	ordinary sh "$tree/script/demo" && [ -z "$(cd "$tree" && [ -d .git ] && git status --porcelain)" ]
}
step "script/demo" demo
