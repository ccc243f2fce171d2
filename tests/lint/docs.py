#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the manual says is what the program has: keys, verbs, exit statuses, module options."""
import os
import re
import sys

SOURCE = os.environ.get("OTP_SOURCE", ".")
results = []


def read(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as file:
        return file.read()


def check(name, missing, extra):
    results.append(not missing and not extra)
    print("%s %d - %s" % ("ok" if results[-1] else "not ok", len(results), name))
    for what, names in (("not in the manual", missing), ("only in the manual", extra)):
        for item in sorted(names):
            print("# %s: %s" % (what, item))


def compare(name, code, manual):
    assert code, name + ": nothing found in the code"
    check(name, code - manual, manual - code)


def section(text, title):
    match = re.search(r"^\.Sh %s$(.*?)(?=^\.Sh |\Z)" % re.escape(title), text, re.M | re.S)
    return match.group(1)


def configuration_keys():
    code = set(re.findall(r"^X\((\w+)\s*,", read("lib/conf.def"), re.M))
    manual = set()
    for line in re.findall(r"^\.It Cm (.*)$", section(read("man/otpadm.conf.5"), "DESCRIPTION"), re.M):
        manual.update(re.findall(r"[a-z_]+", line.replace("Cm ", "")))
    compare("otpadm.conf(5) has every key of conf.def", code, manual)


def verbs():
    code = {name for flags, name in
            ((m.group(2), m.group(1)) for m in
             re.finditer(r'^V\(\d+,\s*\w+, "([^"]+)",[^,]+,[^,]+,([^,]+),', read("lib/verbs.def"), re.M))
            if "FLAG_INTERNAL" not in flags}
    manual = set()
    for line in re.findall(r"^\.It Nm Cm (.*)$", section(read("man/otpadm.8"), "COMMANDS"), re.M):
        words = re.match(r"[a-z-]+( [a-z-]+)?", line).group(0)
        manual.add(words)
    manual -= {"config show"}
    compare("otpadm(8) has every verb of verbs.def", code, manual)


def exit_statuses():
    code = set(re.findall(r'^X\(\w+,\s*"[^"]+",\s*(\d+)', read("lib/err.def"), re.M))
    manual = set(re.findall(r"^\.It (\d+)$", section(read("man/otpadm.8"), "EXIT STATUS"), re.M))
    compare("otpadm(8) has every exit status of err.def", code, manual)


def module_options():
    code = set(re.findall(r'^X\((\w+)|\{\s*"([a-z_]+)=?"', read("pam_module/options.c"), re.M))
    code = {name for pair in code for name in pair if name}
    manual = set(re.findall(r"^\.It Cm ([a-z_]+)", section(read("man/pam_otp.8"), "OPTIONS"), re.M))
    compare("pam_otp(8) has every option of the module", code, manual)


def global_options():
    code = set()
    for name in sorted(os.listdir(os.path.join(SOURCE, "cli"))):
        if name.endswith(".c"):
            code.update(re.findall(r'\{\s*"([a-z][a-z-]+)",\s*(?:\'.\'|0|\'\\0\'),\s*POPT_ARG', read("cli/" + name)))
    manual = set(re.findall(r"Fl -([a-z-]+)", read("man/otpadm.8")))
    compare("otpadm(8) has every option of otpadm", code - {"help", "version"}, manual - {"help", "version"})


if __name__ == "__main__":
    tests = [configuration_keys, verbs, exit_statuses, module_options, global_options]
    for test in tests:
        test()
    print("1..%d" % len(results))
    sys.exit(not all(results))
