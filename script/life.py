#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a token, with the real programs, as people would type it: script/demo runs this."""
import base64
import glob
import hashlib
import hmac
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import time

BUILD = os.environ["OTP_BUILD"]
HOME = os.path.join(os.environ["OTP_DEMO_DIR"], "site")
OTPADM = os.path.join(BUILD, "cli", "otpadm")
OTPD = os.path.join(BUILD, "otpd", "otpd")
MODULE = os.path.join(BUILD, "pam_module", ".libs", "pam_otp.so")
STEP = 60
PROMPT = re.compile(rb"(: |\[y/N\] ?|\? ?)$")

wrong = []


class Clock:
    """The service's clock: a minute passes when we say so, or this would take ten of them."""

    ahead = 0

    @classmethod
    def minute(cls):
        cls.ahead += STEP
        write("clock.new", "+%d\n" % cls.ahead)
        os.rename(os.path.join(HOME, "clock.new"), os.path.join(HOME, "clock"))
        print("(a minute later)", flush=True)

    @classmethod
    def environment(cls):
        write("clock", "+0\n")
        return {"LD_PRELOAD": library("faketime/libfaketime.so.1"), "FAKETIME_TIMESTAMP_FILE": os.path.join(HOME, "clock"),
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Token:
    """What people hold in their hands: a new code every minute."""

    def __init__(self, serial):
        self.serial = serial
        self.seed = os.urandom(20)
        self.last = 0

    def code(self):
        """A code that this token has not shown to anybody yet."""
        now = (int(time.time()) + Clock.ahead) // STEP
        if now <= self.last:
            Clock.minute()
            now = (int(time.time()) + Clock.ahead) // STEP
        self.last = now
        return self.at(now)

    def at(self, step):
        digest = hmac.new(self.seed, struct.pack(">Q", step), hashlib.sha1).digest()
        at = digest[-1] & 15
        return "%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff) % 1000000)


def title(text):
    print("\n\033[1m== %s\033[0m" % text if sys.stdout.isatty() else "\n== %s" % text, flush=True)


def library(name):
    found = sorted(glob.glob("/usr/lib/*/" + name) + glob.glob("/usr/lib/" + name))
    if not found:
        sys.exit("%s is missing" % name)
    return found[0]


def typed(command, answers, shown, environment=None, expect=0):
    """Runs a command on a terminal of its own and answers its questions, one after the other."""
    answers = [answer() for answer in answers]
    colour = {} if sys.stdout.isatty() else {"NO_COLOR": "1"}
    print(shown, flush=True)
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(environment or {}, **colour)
        os.execv(command[0], command)
    said, new = b"", b""
    while True:
        ready, _, _ = select.select([fd], [], [], 20)
        if not ready:
            os.kill(pid, signal.SIGKILL)
            wrong.append("%s: waits for something" % shown)
            break
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        said += data
        new += data
        sys.stdout.write(data.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\033[K", ""))
        sys.stdout.flush()
        if answers and PROMPT.search(new):
            answer = answers.pop(0)
            new = b""
            secret = not answer.startswith("!")
            answer = answer.lstrip("!")
            if secret:
                print("●" * len(answer), end="", flush=True)
            os.write(fd, answer.encode() + b"\n")
            time.sleep(0.05)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    good = status == expect if isinstance(expect, int) else status != 0
    if not good:
        wrong.append("%s: ended with %s" % (shown, status))
    if status != 0:
        print("(exit status %d)" % status)
    return said.decode(errors="replace")


def otpadm(line, *answers, user=None, expect=0):
    words = line.split()
    command = [OTPADM, "--config", os.path.join(HOME, "otpadm.conf")] + (["--as", user] if user else []) + words
    return typed(command, answers, ("%s$ " % user if user else "root# ") + "otpadm " + line, expect=expect)


def login(user, *answers, expect=0):
    """A real PAM conversation: pamtester, the real libpam, pam_otp.so."""
    environment = {"LD_PRELOAD": library("libpam_wrapper.so"), "PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": os.path.join(HOME, "pam.d")}
    return typed([shutil.which("pamtester"), "demo", user, "authenticate", "acct_mgmt", "open_session"], answers,
                 "root# pamtester demo %s authenticate acct_mgmt open_session" % user, environment, expect)


def say(text):
    return lambda: text


def write(name, text, mode=0o600):
    path = os.path.join(HOME, name)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    return path


def site():
    for name in ("", "keys", "state", "pam.d"):
        os.mkdir(os.path.join(HOME, name), 0o700)
    write("otpadm.conf", "".join("%s = %s\n" % (key, os.path.join(HOME, name)) for key, name in
                                 (("store", "store"), ("keys", "keys"), ("state", "state"), ("socket", "otpd.sock"))) +
          "otpd = %s\nconfirm_cost = 14\n" % OTPD)
    options = "config=%s reveal" % os.path.join(HOME, "otpadm.conf")
    write("pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n")
    write("pam.d/demo", "auth required %s %s\naccount required %s %s\nsession optional %s %s\n" % ((MODULE, options) * 3))


def life():
    alices, shared = Token("123456789"), Token("987654321")
    words = {}

    title("The service, a store, its first master")
    said = otpadm("init --master alice --mail alice@example.com --currency EUR")
    words["alice"] = re.findall(r"[a-z]{5}(?:-[a-z]{5}){3}", said)[-1]

    title("A delivery of tokens")
    write("delivery.csv", "serial,secret\n%s,%s\n%s,%s\n" % (
        alices.serial, alices.seed.hex(), shared.serial, base64.b32encode(shared.seed).decode()))
    os.chdir(HOME)
    otpadm("token import delivery.csv")
    otpadm("token list")

    title("alice sets her confirmation password and registers her token: serial and code, as in the guide")
    passwords = {name: "a long secret of " + name for name in ("alice", "bob", "carol")}
    new = [say(passwords["alice"])] * 2
    otpadm("password set", say(words["alice"]), *new, user="alice")
    otpadm("register", say("!" + alices.serial), alices.code, user="alice")

    title("She adds two users, who share one token")
    write("staff.csv", "user,mail\nbob,bob@example.com\ncarol,carol@example.com\n")
    otpadm("user add --from staff.csv --words words.csv", say(passwords["alice"]), alices.code, user="alice")
    for user in ("bob", "carol"):
        otpadm("register %s" % shared.serial, shared.code, user=user)
    otpadm("user list")

    title("bob logs in through PAM; the same code again does not")
    code = shared.code()
    login("bob", say(code))
    login("bob", say(code), expect="refused")

    title("Five wrong codes of bob stop the token: carol cannot get in either")
    for n in range(5):
        login("bob", say("%06d" % ((int(code) + 7919 * (n + 1)) % 1000000)), expect="refused")
    login("carol", shared.code, expect="refused")

    title("alice sees why, and lifts the suspension for both")
    otpadm("suspended list", user="alice")
    otpadm("explain bob", user="alice")
    otpadm("unlock bob", say("!y"), say(passwords["alice"]), user="alice")

    title("carol logs in")
    login("carol", shared.code)
    otpadm("status", user="carol")


def main():
    site()
    log = open(os.path.join(HOME, "log"), "wb")
    print("root# otpd --config otpadm.conf &")
    otpd = subprocess.Popen([OTPD, "--config", os.path.join(HOME, "otpadm.conf"), "--stderr"], stderr=log, stdout=log,
                            env=dict(os.environ, **Clock.environment()))
    try:
        for _ in range(100):
            if os.path.exists(os.path.join(HOME, "otpd.sock")):
                break
            time.sleep(0.05)
        life()
    finally:
        otpd.terminate()
        otpd.wait(20)
        log.close()
    if wrong:
        print("\nNot as it should be:\n  " + "\n  ".join(wrong))
        with open(os.path.join(HOME, "log"), encoding="utf-8", errors="replace") as file:
            print(file.read()[-3000:])
        return 1
    print("\nThat was the life of a token. Nothing is left behind; script/test runs the tests.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
