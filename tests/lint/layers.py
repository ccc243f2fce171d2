#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one rule of direction: who may include whom, who owns a foreign header, what is linked with what."""
import os
import re

from lint import PRODUCT, SOURCE, append, catches, code_of, done, files, includes, ok, planted, read

ROWS = ["GROUND", "TALK", "CRYPTO", "CODES", "RECORDS", "STORAGE", "ACTS", "EDGES"]
# what a directory may include of lib: what it links, or everything
REACH = {"pam_module": ["GROUND", "TALK"], "cli": ["GROUND", "TALK", "EDGES"], "otpd": ROWS[:-1]}
GENERATED = {"config.h", "otp_paths.h", "otp_completion.h"}
# a foreign header belongs to one file (or, where it says so, to one directory)
OWNERS = [
    (r"openssl/", r"lib/crypto\.c$"),
    (r"gdbm\.h$", None),    # one file of storage, whichever
    (r"popt\.h$", r"cli/"),
    (r"security/", r"pam_module/"),
    (r"qrencode\.h$|png\.h$", r"lib/qr\.c$"),
    (r"systemd/|libxml|libpq", r"$^"),
]


def rows_of(root):
    """row -> its files, out of lib/local.mk."""
    text = read(root, "lib/local.mk").replace("\\\n", " ")
    rows = {}
    for row in ROWS:
        match = re.search(r"^LIB_%s\s*=(.*)$" % row, text, re.M)
        rows[row] = match.group(1).split() if match else []
    return rows


def headers_of(rows, reach):
    return {os.path.basename(f) for row in reach for f in rows[row]}


def rows(root):
    """Every file of lib stands in exactly one row, and every file of a row is there."""
    listed = [f for row in rows_of(root).values() for f in row]
    there = files(root, ["lib"], ".c", ".h", ".def")
    return (["%s is in no row" % f for f in there if f not in listed] +
            ["%s is in two rows" % f for f in sorted(set(listed)) if listed.count(f) > 1] +
            ["%s is in a row and not there" % f for f in listed if f not in there])


def direction(root):
    """A file of lib includes its own row and those above it; edges know ground and talk only."""
    table = rows_of(root)
    found = []
    for index, row in enumerate(ROWS):
        reach = ["GROUND", "TALK", "EDGES"] if row == "EDGES" else ROWS[:index + 1]
        allowed = headers_of(table, reach) | GENERATED
        for name in table[row]:
            if not os.path.exists(os.path.join(root, name)):
                continue
            for line, kind, header in includes(read(root, name)):
                if kind == "own" and header not in allowed:
                    found.append("%s:%d: %s (row %s) is not above it" % (name, line, header, row.lower()))
    return found


def programs(root):
    """The programs and the module include what they link of lib, their own headers, and never each other's."""
    table = rows_of(root)
    found = []
    for top, reach in REACH.items():
        own = {os.path.basename(f) for f in files(root, [top], ".h", ".def")}
        allowed = headers_of(table, reach) | own | GENERATED
        for name in files(root, [top], ".c", ".h"):
            for line, kind, header in includes(read(root, name)):
                if kind == "own" and header not in allowed:
                    found.append("%s:%d: %s is out of its reach" % (name, line, header))
    return found


def owners(root):
    """A foreign header has one owner."""
    found, gdbm = [], set()
    for name in files(root, PRODUCT, ".c", ".h"):
        for line, _, header in includes(read(root, name)):
            for pattern, owner in OWNERS:
                if not re.match(pattern, header):
                    continue
                if owner is None:
                    gdbm.add(name)
                elif not re.match(owner, name):
                    found.append("%s:%d: <%s> is not its own" % (name, line, header))
    storage = rows_of(root)["STORAGE"]
    found += ["%s: <gdbm.h> outside storage" % name for name in sorted(gdbm) if name not in storage]
    if len(gdbm) > 1:
        found.append("<gdbm.h> in several files: " + ", ".join(sorted(gdbm)))
    return found


def linked(root):
    """The module and otpadm link no crypto and no database."""
    allowed = {"pam_module/local.mk": {"libtalk"}, "cli/local.mk": {"libtalk", "libedges"}}
    found = []
    for name, libs in allowed.items():
        text = read(root, name)
        for lib in re.findall(r"lib/(lib\w+)\.la", text):
            if lib not in libs:
                found.append("%s links %s" % (name, lib))
        if re.search(r"CRYPTO_LIBS|GDBM_LIBS|-lcrypto|-lgdbm", text):
            found.append("%s links a foreign library" % name)
    return found


def once(root):
    """What the design gives to one place: the verbs' acts to the dispatcher, ALLOW to one line."""
    found, allow = [], []
    for name in files(root, PRODUCT, ".c", ".h"):
        text = read(root, name)
        for line, _, header in includes(text):
            if header == "verbs.def" and not re.match(r"lib/verbs\.[ch]$|otpd/dispatch\.c$", name):
                found.append("%s:%d: verbs.def is expanded here" % (name, line))
        for line, code in enumerate(code_of(text).splitlines(), 1):
            if re.search(r"[^=!<>]=\s*OTP_VERDICT_ALLOW", code):
                allow.append("%s:%d" % (name, line))
    there = os.path.exists(os.path.join(root, "lib/act_verify.c"))
    if len(allow) != (1 if there else 0) or not all(a.startswith("lib/act_verify.c:") for a in allow):
        found.append("the verdict becomes ALLOW at: " + (", ".join(allow) or "no place"))
    return found


if __name__ == "__main__":
    for check in (rows, direction, programs, owners, linked, once):
        problems = check(SOURCE)
        ok(not problems, check.__doc__, problems)
    # each of them must be able to fail
    catches(rows, "lib/nobody.c", "int x;\n", r"lib/nobody\.c is in no row")
    catches(direction, "lib/err.c", '#include "fields.h"\n', r"lib/err\.c:\d+: fields\.h")
    catches(direction, "lib/user.h", '#include "store.h"\n', r"lib/user\.h:\d+: store\.h")
    catches(programs, "pam_module/planted.c", '#include "crypto.h"\n', r"pam_module/planted\.c:1: crypto\.h")
    catches(programs, "cli/planted.c", '#include "store.h"\n', r"cli/planted\.c:1: store\.h")
    catches(programs, "otpd/planted.c", '#include "../cli/planted.h"\n', r"otpd/planted\.c:1")
    catches(owners, "lib/hotp.c", "#include <openssl/evp.h>\n", r"lib/hotp\.c:\d+: <openssl/evp\.h>")
    catches(owners, "otpd/planted.c", "#include <gdbm.h>\n", r"otpd/planted\.c: <gdbm\.h> outside")
    catches(owners, "lib/wire.c", "#include <popt.h>\n", r"lib/wire\.c:\d+: <popt\.h>")
    catches(owners, "otpd/planted.c", "#include <security/pam_appl.h>\n", r"otpd/planted\.c:1")
    catches(owners, "cli/planted.c", "#include <qrencode.h>\n", r"cli/planted\.c:1: <qrencode\.h>")
    catches(linked, "pam_module/local.mk", "x_LIBADD += lib/libcore.la\n", r"links libcore")
    catches(linked, "cli/local.mk", "x_LDADD += $(GDBM_LIBS)\n", r"foreign library")
    catches(once, "cli/planted.c", '#include "verbs.def"\n', r"verbs\.def is expanded")
    catches(once, "otpd/planted.c", "verdict = OTP_VERDICT_ALLOW;\n", r"ALLOW at: .*otpd/planted\.c:1")
    ok(not planted(once, lambda copy: append(copy, "otpd/planted.c", "/* = OTP_VERDICT_ALLOW */\n")),
        "a comment is no code")
    done()
