# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of the source share: its files, TAP, and a copy of the tree to plant a fault in."""
import os
import re
import shutil
import sys
import tempfile

SOURCE = os.environ.get("OTP_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PRODUCT = ("lib", "otpd", "cli", "pam_module")
results = []


def ok(condition, name, details=()):
    results.append(bool(condition))
    print("%s %d - %s" % ("ok" if condition else "not ok", len(results), name))
    for line in details:
        print("# " + line)


def done():
    print("1..%d" % len(results))
    sys.exit(0 if all(results) else 1)


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()


def files(root, tops, *ends):
    """Sorted names below the tops that end so; nothing hidden and nothing that was built."""
    found = []
    for top in tops:
        for where, dirs, names in os.walk(os.path.join(root, top)):
            dirs[:] = [d for d in dirs if not d.startswith(".") and d != "__pycache__"]
            found += [os.path.relpath(os.path.join(where, n), root) for n in names if n.endswith(ends)]
    return sorted(found)


def code_of(text):
    """C without its comments and the insides of its strings; lines stay where they are."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + token[-1]
        return "\n" * token.count("\n") or " "
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def includes(text):
    """(line number, "system" or "own", name) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, "system" if match.group(1) == "<" else "own", match.group(2)


def planted(check, plant):
    """What `check` says of a copy of the tree after plant(copy)."""
    copy = tempfile.mkdtemp(prefix="otp-lint.")
    try:
        for top in PRODUCT + ("tests",):
            shutil.copytree(os.path.join(SOURCE, top), os.path.join(copy, top), ignore=shutil.ignore_patterns(
                ".*", "__pycache__", "corpus", "*.o", "*.lo", "*.la"))
        for where, dirs, names in os.walk(copy):
            for name in dirs + names:
                os.chmod(os.path.join(where, name), 0o755)
        os.chmod(copy, 0o755)
        plant(copy)
        return check(copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def append(root, name, text):
    with open(os.path.join(root, name), "a", encoding="utf-8") as file:
        file.write(text)


def catches(check, name, text, pattern):
    """One test: the check names the fault that `text` at the end of file `name` is."""
    found = planted(check, lambda copy: append(copy, name, text))
    ok(any(re.search(pattern, line) for line in found), "%s catches: %s" % (
        check.__name__, (text.strip() or repr(text[:2])).splitlines()[0]), [] if found else ["nothing was found"])
