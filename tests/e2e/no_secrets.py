# SPDX-License-Identifier: GPL-3.0-or-later
"""No seed, code, password or word in argv, environment, logs, syslog, audit, any stored byte or core: looked for, in every spelling."""
import os
import re
import shutil
import socket
import threading

import harness
import wire
from harness import done, is_equal, ok, skip

STRACE = shutil.which("strace")
spellings = {}      # bytes: what it is


def secret(what, text):
    """One more that must be nowhere, also as hex, base32 and (a word) without its hyphens."""
    raw = text if isinstance(text, bytes) else text.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode(), harness.base32(raw).encode()]
    if not isinstance(text, bytes) and "-" in text:
        found.append(text.replace("-", "").encode())
    for one in found:
        spellings[one] = what
    return text


def found_in(data):
    """What of it stands in data. Codes count where no digit stands around them."""
    return sorted({what for one, what in spellings.items() if one in data and
                   (not one.isdigit() or re.search(rb"(?<![0-9])" + one + rb"(?![0-9])", data))})


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def files(site):
    """All that stays on the disk: but for keys, and what the test itself has put into tmp."""
    for base, directories, names in os.walk(site.dir):
        directories[:] = [d for d in directories if os.path.join(base, d) not in map(site.path, ("tmp", "keys", "dev"))]
        for name in names:
            if os.path.isfile(os.path.join(base, name)):
                yield os.path.join(base, name)


def children(pid):
    out = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        for child in read(f"/proc/{pid}/task/{task}/children").split():
            out += children(int(child))
    return out


def code(token, right=True):
    return secret("a code", token.next() if right else token.wrong())


class Syslog:
    """In place of the system's, seen by this process and its children only."""

    def __init__(self, site):
        self.data, self.is_there = b"", False
        if not harness.is_root() or not harness.private_mounts():
            return
        dev = self.dev = site.path("dev")
        os.mkdir(dev)
        for name in ("null", "zero", "random", "urandom", "tty"):
            open(os.path.join(dev, name), "w").close()
            harness.bind("/dev/" + name, os.path.join(dev, name))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(dev, "log"))
        harness.bind(dev, "/dev")
        self.is_there = True
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            self.data += self.socket.recv(1 << 16) + b"\n"

    def end(self):
        """/dev as it was, or what is under it could not be removed."""
        if self.is_there:
            harness.LIBC.umount2(b"/dev", 2)
            for name in os.listdir(self.dev):
                harness.LIBC.umount2(os.path.join(self.dev, name).encode(), 2)


def live(site):
    """A whole life, with everything that can be typed at the wrong place."""
    site.start()
    site.init("boss")
    people = {name: harness.Token(serial, digits=8) for name, serial in (("boss", "M-1"), ("alice", "A-1"))}
    for token in people.values():
        secret("a seed", token.secret)
    site.import_tokens(people.values())
    wrong = secret("a wrong password", "no password of anybody")
    for name, token in people.items():
        if name != "boss":
            words = site.path("tmp/words")
            site.must("user", "add", name, "--words", words, user="boss", code=code(people["boss"]))
            site.words[name] = site._word(read(words).decode(), name)
        secret("a word", site.words[name])
        secret("a password", site.password(name))
        site.otpadm("password", "set", user=name, credentials={"confirm": wrong, "new-confirm": site.password(name)})
        site.set_password(name)
        site.otpadm("register", token.serial, user=name, confirm="", code=code(token, False))
        wire.call(site.socket, "register", {"as": name, "serial": code(token), "code": token.serial})    # typed in the wrong places
        site.must("register", token.serial, user=name, confirm="", code=code(token))
    site.service("test", "auth required @otp debug reveal", "account required @otp debug", "session required @otp debug")
    site.service("first", "auth optional @password password=-", "auth required @otp debug try_first_pass")
    alice = people["alice"]
    right = code(alice)
    results = [site.pam("test", "alice", [right], "auth,acct,open").auth, site.pam("test", "alice", [right]).auth,
               site.pam("test", "alice", [site.password("alice")]).auth]
    is_equal(results, ["PAM_SUCCESS", "PAM_AUTH_ERR", "PAM_AUTH_ERR"], "right, used, and the password at the code's prompt")
    site.pam("first", "alice", [code(alice), code(alice, False)])
    while site.show_token("A-1")["state"] != "suspended":
        site.pam("test", "alice", [code(alice, False)])
    site.otpadm("unlock", "alice", "--yes", user="boss", confirm=wrong)
    site.must("unlock", "alice", "--yes", user="boss")
    again = site.path("tmp/again")
    site.must("password", "reset", "alice", "--words", again, user="boss", code=code(people["boss"]))
    word = secret("a word", site._word(read(again).decode(), "alice"))
    site.otpadm("password", "set", user="alice", credentials={"confirm": wrong, "new-confirm": word})
    site.set_password("alice", word)
    site.otpadm("revoke", "alice", "--yes", user="boss", code=code(people["boss"]))     # refused: the same hand
    site.otpadm("user", "open-registration", "alice", user="boss", code=code(people["boss"], False))
    site.otpadm("user", "open-registration", "alice", user="boss", code=code(people["boss"]))


with harness.Site() as site:
    syslog = Syslog(site)
    execs = site.path("tmp/execs")
    if STRACE and not harness.is_sanitized():
        run = site.run
        site.run = lambda argv, **how: run([STRACE, "-f", "-q", "-A", "-e", "trace=execve", "-e", "signal=none", "-v", "-s", "65536",
                                            "-o", execs, "--", *argv], **how)
    live(site)
    ok(len(spellings) > 50, "there is something to look for")
    site.write("control", "x" + next(t for t, what in spellings.items() if what == "a code").decode() + "\n")
    is_equal([p for p in files(site) if found_in(read(p))], [site.path("control")], "a file with a code in it is found, no other")
    os.unlink(site.path("control"))
    for pid in children(site.otpd.pid):
        is_equal(found_in(read(f"/proc/{pid}/cmdline") + read(f"/proc/{pid}/environ")), [], "argv and environment of otpd and its children")
        ok(b"Max core file size        0                    0 " in read(f"/proc/{pid}/limits"), "which leave no core")
    ok(b"alice" in site.log().encode() and not found_in(site.log().encode()), "what otpd logs", lambda: found_in(site.log().encode()))
    if STRACE and not harness.is_sanitized():
        ok(b"otpadm" in read(execs) and b"LC_ALL" in read(execs), "every start of a program is seen")
        is_equal(found_in(read(execs)), [], "argv and environment of all that was started")
    else:
        skip("argv and environment of all that was started", "no strace here")
    if syslog.is_there:
        ok(b"pam_otp" in syslog.data, "the module's own lines are seen", syslog.data[-500:])
        is_equal(found_in(syslog.data), [], "syslog")
    else:
        skip("syslog", "needs root")
    site.stop()
    is_equal([p for p in files(site) if found_in(read(p))], [], "every byte on the disk, after a clean stop too")
    ok(any(b"A-1" in read(p) for p in files(site)), "among them the audit")
    syslog.end()
    done()
