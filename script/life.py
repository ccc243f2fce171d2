#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bank's guide, chapter by chapter, with the real programs, as people would type it: script/demo runs this."""
import base64
import email
import email.header
import glob
import hashlib
import hmac
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time

ROOT = os.environ["OTP_DEMO_ROOT"]	# where make install has put it
HOME = os.path.join(os.environ["OTP_DEMO_DIR"], "site")
OTPADM = os.path.join(ROOT, "sbin", "otpadm")
OTPD = os.path.join(ROOT, "libexec", "otpadm", "otpd")
MODULE = os.path.join(ROOT, "lib", "security", "pam_otp.so")
IN_JAPANESE = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").startswith("ja")
STEP = 60
PROMPT = re.compile(rb"(: |\[y/N\] ?|\? ?)$")

wrong = []


def both(english, japanese):
    return japanese if IN_JAPANESE else english


class Clock:
    """The service's clock: a minute passes when we say so, or this would take ten of them."""

    ahead = 0

    @classmethod
    def minute(cls):
        cls.ahead += STEP
        write("clock.new", "+%d\n" % cls.ahead)
        os.rename(os.path.join(HOME, "clock.new"), os.path.join(HOME, "clock"))
        print(both("(a minute later)", "（1分後）"), flush=True)

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


def title(english, japanese):
    text = both(english, japanese)
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
        text = data.decode(errors="replace").replace("\r\n", "\n")
        # what a terminal would have written over
        sys.stdout.write(text if sys.stdout.isatty() else text.replace("\r", "\n").replace("\033[K", ""))
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
        print(both("(exit status %d)", "（終了コード %d）") % status)
    return said.decode(errors="replace")


def otpadm(line, *answers, user=None, expect=0):
    words = shlex.split(line)
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
    for name in ("", "keys", "state", "pam.d", "outbox"):
        os.mkdir(os.path.join(HOME, name), 0o700)
    write("sendmail", "#!/bin/sh\nexec cat >%s/outbox/$$\n" % HOME, 0o700)
    write("otpadm.conf", "".join("%s = %s\n" % (key, os.path.join(HOME, name)) for key, name in
                                 (("store", "store"), ("keys", "keys"), ("state", "state"), ("socket", "otpd.sock"),
                                  ("mail_command", "sendmail"))) +
          "otpd = %s\nconfirm_cost = 14\nmail_from = otpadm@bank.example\nlanguage = %s\n" % (OTPD, both("en", "ja")))
    options = "config=%s reveal" % os.path.join(HOME, "otpadm.conf")
    write("pam.d/other", "auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n")
    write("pam.d/demo", "auth required %s %s\naccount required %s %s\nsession optional %s %s\n" % ((MODULE, options) * 3))


def mails(about):
    """Sends what waits; shows those to one person, without their headers for machines."""
    otpadm("-q notify flush")
    shown = 0
    for name in sorted(os.listdir(os.path.join(HOME, "outbox"))):
        with open(os.path.join(HOME, "outbox", name), "rb") as file:
            mail = email.message_from_binary_file(file)
        os.unlink(os.path.join(HOME, "outbox", name))
        if about not in mail["To"]:
            continue
        subject = str(email.header.make_header(email.header.decode_header(mail["Subject"])))
        body = mail.get_payload(decode=True).decode(errors="replace")
        print("  | To: %s\n  | Subject: %s\n  |" % (mail["To"], subject))
        print("".join("  | %s\n" % line for line in body.strip().splitlines()), end="", flush=True)
        shown += 1
    if not shown:
        wrong.append("no mail to %s" % about)


class Company:
    """alice looks after it, dan orders transfers, bob and carol approve them and share a token."""

    def __init__(self):
        self.alices, self.shared = Token("123456789"), Token("987654321")
        self.passwords = {name: "a long secret of " + name for name in ("alice", "bob", "carol", "dan")}
        self.words = {}

    def own(self, user):
        """The first confirmation password of one's own, twice."""
        otpadm("password set", say(self.words[user]), say(self.passwords[user]), say(self.passwords[user]), user=user)

    def proof(self, user):
        return say(self.passwords[user]), self.alices.code if user == "alice" else self.shared.code

    def begin(self):
        title("Day 0: the service, a store, its first master, a delivery of tokens", "初日: サービス、データ、最初のマスターユーザ、届いたトークン")
        said = otpadm("init --master alice --mail alice@example.com --currency JPY --zone Asia/Tokyo")
        self.words["alice"] = re.findall(r"[a-z]{5}(?:-[a-z]{5}){3}", said)[-1]
        write("delivery.csv", "serial,secret\n%s,%s\n%s,%s\n" % (
            self.alices.serial, self.alices.seed.hex(), self.shared.serial, base64.b32encode(self.shared.seed).decode()))
        os.chdir(HOME)
        otpadm("token import delivery.csv")
        self.own("alice")
        otpadm("register", say("!" + self.alices.serial), self.alices.code, user="alice")
        write("staff.csv", "user,mail\n" + "".join("%s,%s@example.com\n" % (name, name) for name in ("bob", "carol", "dan")))
        otpadm("user add --from staff.csv --words words.csv", *self.proof("alice"), user="alice")
        with open("words.csv", encoding="utf-8") as file:
            self.words.update(line.strip().split(",")[::len(line.split(",")) - 1] for line in file if "," in line)
        otpadm("-q notify flush")
        for name in os.listdir("outbox"):
            os.unlink(os.path.join("outbox", name))


def chapter1(company):
    title("1. Registering: the serial number and the code; one token, two users", "1. 利用開始登録: シリアル番号とワンタイムパスワード。トークン1個を2人で")
    otpadm("register", say("!" + company.shared.serial), company.shared.code, user="bob")
    otpadm("register", say("!" + company.shared.serial), company.shared.code, user="carol")
    title("A notice goes to him by e-mail; the screen is not there for him any more", "完了のご案内がメールで届き、登録の画面はもう表示されない")
    mails("bob@")
    otpadm("register %s" % company.shared.serial, company.shared.code, user="bob", expect=15)
    title("bob logs in; the same code again does not: it is valid once", "bob がログインする。同じワンタイムパスワードは一回限り")
    code = company.shared.code()
    login("bob", say(code))
    login("bob", say(code), expect="refused")


def chapter2(company):
    title("2. Permissions: chosen, checked, confirmed with password and code", "2. 振込振替の権限設定: 選んで、確かめて、確認パスワードとワンタイムパスワードで実行")
    for user in ("bob", "carol"):
        company.own(user)
    otpadm("account add 001-1 --name 普通預金 --per-day 3000000", *company.proof("alice"), user="alice")
    otpadm("permit set dan --allow external:create --account +001-1 --per-transfer 500000", say("!y"), *company.proof("alice"), user="alice")
    otpadm("permit set bob carol --allow external:approve --account +001-1 --per-transfer 500000 --per-day 1000000", say("!y"),
           *company.proof("alice"), user="alice")
    title("They take effect at the next log-in", "反映は次のログインから")
    otpadm("permit show bob", user="alice")
    login("bob", company.shared.code)
    login("carol", company.shared.code)
    otpadm("session open dan")
    otpadm("permit show bob", user="alice")


def chapter3(company):
    title("3. A transfer: dan orders it, bob approves it, it is executed", "3. 振込: dan が作成し、bob が承認し、実行される")
    for number, payee, amount in ((1, "東京製紙", 300000), (2, "大阪インク", 120000)):
        otpadm("transfer submit --kind external --account 001-1 --payee %s --amount %d --reference INV-%d" % (payee, amount, number), user="dan")
    otpadm("approve 1", say("!y"), *company.proof("bob"), user="bob")
    otpadm("transfer execute --due")
    otpadm("transfer execute 1", expect=4)
    title("Five wrong codes in a row stop the token: for bob, and for carol", "5回連続で間違えると停止する。bob も、carol も")
    code = company.shared.code()
    for n in range(5):
        login("bob", say("%06d" % ((int(code) + 7919 * (n + 1)) % 1000000)), expect="refused")
    otpadm("approve 2", say("!y"), *company.proof("carol"), user="carol", expect=8)


def chapter4(company):
    title("4. Lifting the suspension: choosing one chooses the others", "4. 利用停止解除: 1名を選択すると他の利用者も選択される")
    otpadm("suspended list", user="alice")
    otpadm("explain carol", user="alice")
    otpadm("unlock bob", say("!y"), say(company.passwords["alice"]), user="alice")
    otpadm("approve 2", say("!y"), *company.proof("carol"), user="carol")


def chapter5(company):
    title("5. Revoking: bob's token is taken away; carol keeps it", "5. トークンの失効: bob は使えなくなり、carol はそのまま")
    otpadm("revoke bob", say("!y"), *company.proof("alice"), user="alice")
    login("bob", company.shared.code, expect="refused")
    login("carol", company.shared.code)
    title("What happened, as the audit has it", "監査記録")
    otpadm("audit verify", user="alice")
    otpadm("audit show --user bob --fields time,actor,verb,result", user="alice")


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
        company = Company()
        company.begin()
        for chapter in (chapter1, chapter2, chapter3, chapter4, chapter5):
            chapter(company)
    finally:
        otpd.terminate()
        otpd.wait(20)
        log.close()
    if wrong:
        print("\n" + both("Not as it should be:", "期待と違うところ:") + "\n  " + "\n  ".join(wrong))
        with open(os.path.join(HOME, "log"), encoding="utf-8", errors="replace") as file:
            print(file.read()[-3000:])
        return 1
    print("\n" + both("That was the guide. Nothing is left behind; script/test runs the tests.",
                      "以上がご利用ガイドの全章です。あとには何も残りません。テストは script/test で実行します。"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
