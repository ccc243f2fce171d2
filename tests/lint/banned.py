#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the source may not look: banned calls, missing heads, long lines, long files, a foreign int in our error type."""
import re

from lint import PRODUCT, SOURCE, append, catches, code_of, done, files, ok, planted, read

CALLS = (r"strcpy|strcat|sprintf|vsprintf|strncpy|strtok|ato[a-z]+|[a-z]*scanf|gets|gmtime|localtime|system|popen|"
         r"alloca|tmpnam|mktemp")
NUMBERS = r"strto[a-z]*"        # otp_parse_* alone read numbers; a test program may
WIDTH = 150     # columns; 100 is the aim, and the number comes down as files are wrapped
LINES = 600
TAB = 8


def calls(root):
    """No banned call."""
    found = []
    for name in files(root, PRODUCT + ("tests",), ".c", ".h"):
        banned = CALLS if name.startswith("tests/") else CALLS + "|" + NUMBERS
        for line, code in enumerate(code_of(read(root, name)).splitlines(), 1):
            for match in re.finditer(r"(?<![\w.>])(%s)\s*\(" % banned, code):
                found.append("%s:%d: %s" % (name, line, match.group(1)))
    return found


def heads(root):
    """SPDX line, then what the file is for; config.h before all others."""
    found = []
    for name in files(root, PRODUCT + ("tests",), ".c", ".h", ".def", ".py", ".sh", ".mk"):
        lines = read(root, name).splitlines()
        if lines and lines[0].startswith("#!"):
            lines = lines[1:]
        if not lines or "SPDX-License-Identifier: GPL-3.0-or-later" not in lines[0]:
            found.append("%s: no SPDX line" % name)
        elif name.endswith((".c", ".h", ".def", ".py")) and (
                len(lines) < 2 or not re.match(r'/\*|"""', lines[1])):
            found.append("%s: does not say what it is for" % name)
        if name.endswith(".c"):
            first = next((line for line in lines if line.startswith("#include")), "")
            if first != '#include "config.h"':
                found.append("%s: config.h is not the first header" % name)
    return found


def lengths(root):
    """Lines and files of a length that can be read; no blanks at the end."""
    found = []
    for name in files(root, PRODUCT + ("tests",), ".c", ".h"):
        lines = read(root, name).split("\n")
        if len(lines) > LINES:
            found.append("%s: %d lines" % (name, len(lines)))
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(TAB)) > WIDTH:
                found.append("%s:%d: %d columns" % (name, number, len(line.expandtabs(TAB))))
            if line != line.rstrip():
                found.append("%s:%d: blanks at the end" % (name, number))
    return found


def functions(code, kind):
    """(line number, body) of each function of that return type, both on lines of their own."""
    for match in re.finditer(r"^(?:static )?%s\n\w+\(.*?^\{\n(.*?)^\}" % kind, code, re.M | re.S):
        yield code.count("\n", 0, match.start(1)) + 1, match.group(1)


def errors(root):
    """An enum otp_err is an OTP_ name, never a number and never what a foreign call returned."""
    foreign = (r"open|openat|close|read|write|pread|pwrite|fsync|fdatasync|rename|renameat|unlink|unlinkat|fcntl|"
               r"connect|bind|listen|accept|accept4|send|recv|sendmsg|recvmsg|poll|EVP_\w+|RAND_\w+|gdbm_\w+|pam_\w+")
    found = []
    for name in files(root, PRODUCT, ".c"):
        code = code_of(read(root, name))
        for start, body in functions(code, "enum otp_err"):
            for line, text in enumerate(body.splitlines(), start):
                if re.search(r"\breturn\s+(-?\d+|errno|true|false|NULL)\s*;", text):
                    found.append("%s:%d: %s" % (name, line, text.strip()))
        for line, text in enumerate(code.splitlines(), 1):
            if re.search(r"\berr\s*=\s*(-?\d+\s*;|errno\s*;|(%s)\s*\([^?=!<>]*;)" % foreign, text):
                found.append("%s:%d: %s" % (name, line, text.strip()))
    return found


def jumps(root):
    """goto goes forward only."""
    found = []
    for name in files(root, PRODUCT, ".c"):
        lines = code_of(read(root, name)).splitlines()
        labels = {}
        for number, line in enumerate(lines, 1):
            if line == "{":
                labels = {}
            label = re.match(r"(\w+):$", line)
            if label and label.group(1) != "default":
                labels[label.group(1)] = number
            jump = re.search(r"\bgoto\s+(\w+)", line)
            if jump and jump.group(1) in labels:
                found.append("%s:%d: goto %s goes back" % (name, number, jump.group(1)))
    return found


if __name__ == "__main__":
    for check in (calls, heads, lengths, errors, jumps):
        problems = check(SOURCE)
        ok(not problems, check.__doc__, problems)
    # each of them must be able to fail
    catches(calls, "lib/text.c", "\tstrcpy(a, b);\n", r"lib/text\.c:\d+: strcpy")
    catches(calls, "lib/user.c", "\tx = strtoul(a, NULL, 10);\n", r"strtoul")
    catches(calls, "tests/unit/test_user.c", "\tsscanf(a, b);\n", r"sscanf")
    ok(not planted(calls, lambda copy: append(copy, "lib/text.c", '/* strcpy(a) */ char *s = "gets(x)"; my_system(1);\n')),
        "comments, strings and longer names are no calls")
    catches(heads, "otpd/planted.c", "int x;\n", r"otpd/planted\.c: no SPDX")
    catches(heads, "otpd/planted.c", "/* SPDX-License-Identifier: GPL-3.0-or-later */\nint x;\n", r"what it is for")
    catches(heads, "otpd/planted.c", "/* SPDX-License-Identifier: GPL-3.0-or-later */\n/* x */\n#include <stdio.h>\n",
            r"config\.h")
    catches(lengths, "lib/user.c", "/*" + "x" * WIDTH + "*/\n", r"lib/user\.c:\d+: %d columns" % (WIDTH + 4))
    catches(lengths, "lib/user.c", "\n" * 700, r"lib/user\.c: \d+ lines")
    catches(lengths, "lib/user.c", "int x; \n", r"blanks at the end")
    catches(errors, "lib/user.c", "static enum otp_err\nf(void)\n{\n\treturn -1;\n}\n", r"return -1;")
    catches(errors, "lib/user.c", "\terr = fsync(fd);\n", r"err = fsync")
    ok(not planted(errors, lambda copy: append(copy, "lib/user.c", "\terr = fsync(fd) == 0 ? OTP_OK : OTP_ERR_SYSTEM;\n")),
       "a foreign result that is compared is none of ours")
    catches(jumps, "lib/user.c", "void\nf(void)\n{\nagain:\n\tgoto again;\n}\n", r"goto again goes back")
    done()
