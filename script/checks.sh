# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2154
# The second half of script/test, which reads it: another compiler, sanitizers, analysers, distcheck.

variant "clang, sanitizers" sanitizers CC=clang --enable-sanitizers

# ---- the next C, and the analysers, over every source of ours
# every WHAT: script/analyse.sh over each, as many at once as there are cores; fails if one does
every() {
	(cd "$tree" && find lib otpd cli pam_module -name '*.c' | sort) |
		xargs -P "$jobs" -n 1 sh "$tree/script/analyse.sh" "$1" "$tree" "$work/gcc" "$work"
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
step "compiles as C23" every c23
step "compiles with clang" every clang
step "gcc -fanalyzer" every analyzer
step "clang-tidy" every tidy
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
