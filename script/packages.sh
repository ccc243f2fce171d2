# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034,SC2016
# What Debian 12 must have, by package name, and how it gets there.
OTP_PACKAGES_BUILD="gcc libc6-dev make libpam0g-dev libgdbm-dev libpopt-dev libssl-dev libqrencode-dev libpng-dev autoconf automake libtool gettext autopoint pkg-config xz-utils git"
OTP_PACKAGES_DEMO="python3 pamtester libpam-wrapper libfaketime locales"
OTP_PACKAGES_TEST="libcmocka-dev python3 python3-jsonschema pamtester libpam-wrapper libnss-wrapper oathtool libfaketime faketime strace valgrind
	bash-completion zsh fish zbar-tools clang clang-tidy libclang-rt-14-dev cppcheck shellcheck
	mandoc expect openssh-server openssh-client sudo locales lcov util-linux procps msmtp python3-aiosmtpd"

# otp_packages_install "NAME..." installs those that are missing; a list of what it cannot get ends it.
otp_packages_install() {
	command -v dpkg-query >/dev/null 2>&1 || return 0
	missing=
	for package in $1; do
		dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null 2>&1 || { echo "please install:$missing" >&2; return 1; }
		as_root=sudo
	fi
	echo "installing:$missing" >&2
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		[ ! -x /usr/sbin/policy-rc.d ] && printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d && made=1
		apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
			{ apt-get update -qq && apt-get install -y --no-install-recommends "$@"; }
		status=$?
		[ -z "${made:-}" ] || rm -f /usr/sbin/policy-rc.d
		exit $status' sh $missing >&2
}

# otp_tree_copy FROM TO: what git knows of a checkout (or all of a tarball's tree), so that nothing is left in it.
otp_tree_copy() {
	mkdir "$2" || return 1
	if git -C "$1" rev-parse --git-dir >/dev/null 2>&1; then
		(cd "$1" && git ls-files -z --cached --others --exclude-standard | tar -cf - --null --ignore-failed-read -T -) | tar -xf - -C "$2"
	else
		(cd "$1" && tar -cf - .) | tar -xf - -C "$2"
	fi
}
