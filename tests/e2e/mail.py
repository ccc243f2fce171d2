#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices: through a real sendmail program (msmtp) to a real SMTP receiver on the loopback (aiosmtpd)."""
import email
import email.policy
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import done, is_equal, like, ok, skip_all, unlike, wait_until  # noqa: E402

try:
    from aiosmtpd.controller import Controller
except ImportError:
    skip_all("no aiosmtpd (Debian: python3-aiosmtpd)")
MSMTP = "/usr/bin/msmtp"
if not os.path.exists(MSMTP):
    skip_all("no msmtp")
JAPANESE = "[\u3041-\u30ff\u4e00-\u9fff]"


class Receiver:
    """An SMTP server that does as it is told: .refuse (addresses), .answer ("554 no"), .after (how many it takes)."""

    def __init__(self):
        self.mails, self.refuse, self.answer, self.after = [], set(), None, None
        self.controller = None
        self.port = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer or (self.after is not None and len(self.mails) >= self.after):
            return self.answer or "451 not now"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))
        return "250 OK"

    def start(self):
        if self.port is None:
            # one that is free now: the controller does not say which it was given
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.port = s.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    def take(self):
        mails, self.mails = self.mails, []
        return mails


def texts(mails):
    return [(to, str(m["Subject"])) for to, m in mails]


def body(mail):
    return mail.get_content()


def catalogue(site):
    """Our Japanese, put before an installed one; False where it cannot be made."""
    msgfmt = shutil.which("msgfmt")
    if not msgfmt:
        return False
    os.makedirs(site.path("mo/ja/LC_MESSAGES"), 0o755)
    with open(site.path("mail.po"), "w", encoding="utf-8") as f:
        f.write('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
                'msgid "One-time passwords: registration complete"\nmsgstr "ワンタイムパスワード: 利用開始登録が完了しました"\n\n'
                'msgid "The user \'%1\' has registered the token \'%2\'."\nmsgstr "%1 さんがトークン %2 を登録しました。"\n')
    return subprocess.run([msgfmt, "-o", site.path("mo/ja/LC_MESSAGES/otpadm.mo"), site.path("mail.po")],
                          check=False).returncode == 0


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class House(harness.Site):
    def __init__(self, receiver, **how):
        super().__init__(**how)
        self.receiver = receiver
        self.write("msmtprc", f"account default\nhost 127.0.0.1\nport {receiver.port}\nfrom otpadm@localhost\nauto_from off\n"
                   "auth off\ntls off\n")
        self.write_conf(mail_command=f"{MSMTP} -C {self.path('msmtprc')} -t -i")

    def flush(self, *arguments, **how):
        return self.otpadm("notify", "flush", *arguments, **how)

    def flushed(self, name, want=0):
        """What arrived."""
        result = self.flush()
        is_equal(result.status, want, name, result)
        return self.receiver.take()

    def wrong(self, user):
        return self.pam("otp", user, [self.user_tokens[user].wrong()])


def kinds(house):
    """Each kind of notice reaches the right people."""
    receiver = house.receiver
    house.begin()
    house.service("otp", "auth required @otp")
    # password and registration of the first master
    mails = house.flushed("the first flush")
    is_equal(texts(mails), [("boss@example.invalid", "One-time passwords: confirmation password changed"),
                            ("boss@example.invalid", "One-time passwords: registration complete")],
             "[guide] a notice that the registration is complete is sent by e-mail")
    for _, mail in mails:
        is_equal((mail["From"], mail["Auto-Submitted"], mail.get_content_type(), mail.get_content_charset()),
                 ("otpadm@localhost", "auto-generated", "text/plain", "utf-8"), "a whole mail")
    ids = [mail["Message-ID"] for _, mail in mails]
    is_equal(len(set(ids)), 2, "ids of their own")
    is_equal(house.flushed("nothing is left"), [], "none twice")
    seq = house.flush().json["audit_seq"]
    is_equal(seq, None, "a flush without a mail writes nothing")

    token = house.token("100001")
    house.user("alice", token, "--mail", "alice@example.org")
    mails = house.flushed("a user registers")
    is_equal(sorted(texts(mails)), [("alice@example.org", "One-time passwords: confirmation password changed"),
                                    ("alice@example.org", "One-time passwords: registration complete"),
                                    ("boss@example.invalid", "One-time passwords: registration complete")],
             "register: mail to the user and the administrators")
    like(body([m for to, m in mails if to == "boss@example.invalid"][0]), "The user 'alice' has registered the token '100001'",
         "administrators are told who")
    house.user("bob", None, "--no-login")        # bob has no address: his login name is it
    mails = house.flushed("bob sets his password")
    is_equal([to for to, _ in mails], ["bob"], "mail (unset: the login name)")

    house.user("carol", token, "--mail", "carol@example.org")
    house.flushed("carol too")
    # a code used before: five an hour with the same user
    used = token.at(token.counter - 1)
    for _ in range(4):
        house.pam("otp", "alice", [used])
    is_equal(house.flushed("four"), [], "four used codes: no mail")
    for _ in range(3):
        house.pam("otp", "alice", [used])
    is_equal(texts(house.flushed("seven")), [("alice@example.org", "One-time passwords: codes that were used already")],
             "code right but used before: five an hour with the same user: mail, once")
    # wrong codes
    for _ in range(3):
        house.wrong("alice")
    is_equal(house.flushed("three wrong"), [], "three wrong codes: no mail")
    house.wrong("alice")
    is_equal(texts(house.flushed("four wrong")), [("alice@example.org", "One-time passwords: one try is left")],
             "mail at the last try but one")
    house.wrong("alice")
    mails = house.flushed("five wrong")
    is_equal(sorted(texts(mails)), [(to, "One-time passwords: suspended") for to in
                                    ("alice@example.org", "boss@example.invalid", "carol@example.org")],
             "suspended: mail to all sharers and the administrators")
    house.must("unlock", "carol", "--yes", user="boss")
    mails = house.flushed("unlocked")
    is_equal(sorted(to for to, _ in mails), ["alice@example.org", "carol@example.org"], "unlock: mail to all who share it")
    like(body(mails[0][1]), "'boss' has lifted the suspension of the token '100001'", "who did it")
    # people
    house.must("user", "mod", "alice", "--mail", "new@example.org", user="boss", code=house.master_code())
    mails = house.flushed("another address")
    is_equal(sorted(to for to, _ in mails), ["alice@example.org", "new@example.org"], "a change of address mails both")
    house.must("password", "reset", "alice", "--words", house.path("tmp/reset"), user="boss", code=house.master_code())
    mails = house.flushed("reset")
    is_equal(sorted(to for to, _ in mails), ["alice@example.org", "new@example.org"],
             "password reset: mail to the old and the new address")
    with open(house.path("tmp/reset"), encoding="utf-8") as f:
        word = house._word(f.read(), "alice")
    ok(all(word not in m.as_string() and word not in body(m) for _, m in mails), "and never the word itself")
    house.must("permit", "set", "carol", "alice", "--allow", "external:create", "--yes", user="boss",
               code=house.master_code())
    mails = house.flushed("permit")
    is_equal(sorted(to for to, _ in mails), ["carol@example.org", "new@example.org"], "permit: mail")
    for to, mail in mails:
        like(body(mail), r"CHANGES: \+external:create", "what is new")
        unlike(body(mail), "alice:|carol:", "his own changes, not the other's")
    house.must("revoke", "carol", "--yes", user="boss", code=house.master_code())
    is_equal(texts(house.flushed("revoke")), [("carol@example.org", "One-time passwords: token taken away")], "revoke: mail")
    house.must("user", "del", "carol", "--yes", user="boss", code=house.master_code())
    is_equal(texts(house.flushed("delete")), [("carol@example.org", "One-time passwords: user deleted")],
             "who was deleted is told where he was reached last")
    result = house.must("recover", "open", "alice", "--reason", "no\u202eway", "--yes")
    mails = house.flushed("recover")
    is_equal(sorted(to for to, _ in mails), ["boss@example.invalid", "new@example.org"],
             "recover: loud in mail to all administrators")
    like(body(mails[0][1]), r"REASON: no\\xe2\\x80\\xaeway", "every user-controlled byte is escaped before it reaches a mail")
    ok(result.status == 0, "recovered")


def languages(house):
    """The mail is in each user's language."""
    if not catalogue(house):
        harness.skip("languages", "no msgfmt (Debian: gettext)")
        return
    house.begin()
    house.must("user", "mod", "boss", "--language", "ja", user="boss", code=house.master_code())
    house.user("dave", house.token("100009"), "--mail", "dave@example.org")
    env = house.environment({"OTP_TEST_LOCALEDIR": house.path("mo"), "LD_PRELOAD": harness.built("tests/catalogue.so"),
                             "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"})
    result = house.flush(env=env, output=None)
    is_equal(result.status, 0, "flushed", result)
    mails = house.receiver.take()
    of = {to: m for to, m in mails if "100009" in body(m)}
    like(str(of["boss@example.invalid"]["Subject"]), "利用開始登録が完了しました", "Japanese for who reads Japanese, without a locale of that name")
    like(body(of["boss@example.invalid"]), "dave さんがトークン 100009 を登録しました", "and the text")
    like(str(of["dave@example.org"]["Subject"]), "registration complete", "English for who said nothing")
    unlike(body(of["dave@example.org"]), JAPANESE, "all of it")
    unlike(result.out + result.err, JAPANESE, "and who flushes reads his own language")


def time_brings(house):
    """What time has brought comes with the flush."""
    house.begin()
    token = harness.Token("100002", clock=house.clock.now,
                          not_after=time.strftime("%Y-%m-%d", time.gmtime(house.clock.now() + 100 * 86400)))
    house.import_tokens([token])
    house.user("erin", token, "--mail", "erin@example.org")
    house.flushed("so far")
    seen = []
    for days in (5, 10, 56, 25, 10):
        house.clock.advance(days * 86400)
        seen.append([(to, s) for to, s in texts(house.flushed(f"{days} days later"))])
        is_equal(house.flushed("once more"), [], "each once")
    soon = [("erin@example.org", "One-time passwords: your token expires soon")]
    is_equal(seen, [[], soon, soon, soon, [("erin@example.org", "One-time passwords: your token has expired")]],
             "expiry: mails 90, 30, 7 days before, and when it is over")


def failures(house):
    """A receiver that refuses, is down, dies: nothing lost, nothing doubled."""
    receiver = house.receiver
    house.begin()
    house.flushed("so far")
    token = house.token("100003")
    receiver.refuse = {"bad@example.org"}
    house.user("frank", token, "--mail", "bad@example.org")
    house.user("grace", token, "--mail", "grace@example.org")
    result = house.flush()
    is_equal((result.status, result.code), (14, "partial"), "one that fails stops nothing", result)
    mails = receiver.take()
    is_equal(len([to for to, _ in mails if to == "grace@example.org"]), 2, "the others have theirs")
    ids = [m["Message-ID"] for _, m in mails]
    waits = house.must("notify", "list").data["rows"]
    is_equal([(r["user"], r["tries"]) for r in waits], [("frank", 1), ("frank", 1)], "what failed waits, and how often")
    ok(all(r["next_try"] for r in waits) and all(r["status"] == 65 for r in waits), "and until when, and why", waits)
    is_equal((house.flush().status, receiver.take()), (0, []), "not before its time")
    house.clock.advance(61)
    is_equal((house.flush().status, receiver.take()), (11, []), "then again: none possible is 11")
    house.clock.advance(61)
    is_equal((house.flush().status, receiver.take()), (0, []), "the pause grows")
    house.must("user", "mod", "frank", "--mail", "good@example.org", user="boss", code=house.master_code())
    house.clock.advance(300)
    mails = house.flushed("the address was mended", want=14)     # the old address is told of its change too: refused
    is_equal(len([to for to, _ in mails if to == "good@example.org"]), 3, "mails that waited go to the address as it is now")
    is_equal(len(set(ids + [m["Message-ID"] for _, m in mails])), len(ids) + len(mails), "none twice")
    house.write_conf(mail_command="/nonexistent/sendmail -t")
    house.user("heidi", None, "--mail", "heidi@example.org")
    is_equal(house.flush().status, 11, "no mail program: try again")
    house.write_conf(mail_command=f"{MSMTP} -C {house.path('msmtprc')} -t -i")
    is_equal([to for to, _ in house.flushed("it is back")], ["heidi@example.org"], "and nothing was lost or counted")
    # down, and back
    for i in range(7):
        house.user(f"user{i}", None, "--mail", f"user{i}@example.org")
    receiver.stop()
    result = house.flush()
    is_equal((result.status, len(result.data["rows"])), (11, 5), "a receiver that is down: after five the rest waits", result)
    receiver.start()
    house.flush()
    first = texts(receiver.take())
    house.clock.advance(100)
    house.flush()
    is_equal(sorted(to for to, _ in first + texts(receiver.take())), [f"user{i}@example.org" for i in range(7)],
             "it is back: everybody has his, once")
    # dies in the middle
    for i in range(4):
        house.user(f"more{i}", None, "--mail", f"more{i}@example.org")
    receiver.after = 2
    is_equal(house.flush().status, 14, "it takes two, then no more")
    receiver.after = None
    first = receiver.take()
    house.clock.advance(100)
    rest = house.flushed("the rest later")
    is_equal(sorted(to for to, _ in first + rest), [f"more{i}@example.org" for i in range(4)], "nothing lost, nothing doubled")
    # too slow: killed with all that it started
    house.user("judy", None, "--mail", "judy@example.org")
    house.write("sleeper", f"#!/bin/sh\nsleep 100 &\necho $! >{house.path('sleeper.pid')}\nwait\n", 0o700)
    house.write_conf(mail_command=house.path("sleeper"))
    result = house.flush("--timeout", "1")
    is_equal((result.status, result.data["rows"][0]["text"]), (11, "the mail command took longer than 1 s"), "slow: a timeout")
    is_equal([r["status"] for r in house.must("notify", "list").data["rows"] if r["user"] == "judy"], [-1], "which is remembered")
    with open(house.path("sleeper.pid"), encoding="ascii") as f:
        pid = f.read().strip()
    ok(wait_until(lambda: not is_alive(pid)), "and nothing of it is left")
    house.write_conf(mail_command=f"{MSMTP} -C {house.path('msmtprc')} -t -i")
    house.clock.advance(100)
    is_equal([to for to, _ in house.flushed("in time")], ["judy@example.org"], "it comes with the next one")
    # an address that can stand in no header
    house.user("a=b@@c", None)
    house.must("notify", "list")
    result = house.flush()
    is_equal((result.status, [r["result"] for r in result.data["rows"]]), (14, ["bad-address"]), "a bad address is skipped", result)
    like(house.log(), r'verb="notify report" .*users="?a=b@@c"? .*skipped=1', "and audited")
    is_equal(house.flush().status, 0, "and it is over")
    # for ever
    receiver.refuse.add("never@example.org")
    house.user("ivan", None, "--mail", "never@example.org")
    house.flush()
    for _ in range(25):
        house.clock.advance(12 * 3600 + 1)
        result = house.flush()
    is_equal((result.status, house.must("notify", "list").data["rows"]), (0, []), "after some twenty tries it is given up")
    like(house.log(), r'verb="notify report" .*users=ivan .*skipped=1', "and audited by name")


def kills(house):
    """kill -9 of otpadm and of otpd in the middle: nothing lost, and what comes twice has the same id."""
    receiver = house.receiver
    house.begin()
    house.flushed("so far")
    names = [f"user{i}" for i in range(15)]
    for name in names:
        house.user(name, None, "--mail", f"{name}@example.org")
    # a mail command that waits before each mail until the test lets it go
    os.mkdir(house.path("gate"), 0o700)
    house.write("slow", f"#!/bin/sh\nwhile :; do\n\tfor go in {house.path('gate')}/*; do\n"
                f"\t\trmdir $go 2>/dev/null && exec {MSMTP} -C {house.path('msmtprc')} -t -i\n"
                "\tdone\n\tsleep 0.02\ndone\n", 0o700)
    house.write_conf(mail_command=house.path("slow"))
    let = iter(range(1000))

    def let_go(n):
        """n more, and they have arrived."""
        until = len(receiver.mails) + n
        for _ in range(n):
            os.mkdir(house.path(f"gate/{next(let)}"))
        wait_until(lambda: len(receiver.mails) >= until)

    def begin():
        return subprocess.Popen([harness.built("cli/otpadm"), "--config", house.conf_file, "notify", "flush"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                env=house.environment(), preexec_fn=harness.die_with_parent)

    flush = begin()
    let_go(3)
    is_equal(house.flush().status, 11, "two at once: the second says that one is at work")
    flush.send_signal(signal.SIGKILL)
    flush.wait()
    flush = begin()
    let_go(3)
    house.kill()
    let_go(7)
    is_equal(flush.wait(), 11, "without otpd it cannot report: try again")
    for left in os.listdir(house.path("gate")):
        os.rmdir(house.path("gate/" + left))
    house.start()
    house.write_conf(mail_command=f"{MSMTP} -C {house.path('msmtprc')} -t -i")
    result = house.flush()
    is_equal(result.status, 0, "and again", result)
    mails = receiver.take()
    is_equal(sorted({to for to, _ in mails}), sorted(f"{name}@example.org" for name in names), "nothing is lost")
    ids = {}
    for to, mail in mails:
        ids.setdefault(to, set()).add(mail["Message-ID"])
    is_equal([to for to, found in ids.items() if len(found) != 1], [], "whoever gets one twice can tell: the same Message-ID")
    ok(len(mails) > len(names), "some came twice: the test was in the middle", len(mails))


def damaged(house):
    """One part of the store after the other is damaged: the mails that can be told go out, and it is not passed over."""
    house.begin()
    house.token("100009")
    house.user("alice", house.token("100001"), "--mail", "alice@example.org")
    house.flush()
    house.receiver.take()
    sent, seen = 0, []
    house.stop()
    live = house.path("store/live")
    shards = sorted(name for name in os.listdir(live) if name[:4].isdigit() and name[4] == ".")[:8]
    for prefix in [name[:4] for name in shards]:
        house.start()
        house.must("user", "mod", "alice", "--mail", f"alice{prefix}@example.org", user="boss", code=house.master_code())
        house.stop()
        path = next(os.path.join(live, name) for name in os.listdir(live) if name.startswith(prefix + "."))
        with open(path, "rb") as f:
            whole = f.read()
        with open(path, "r+b") as f:
            f.seek(-1, os.SEEK_END)
            f.write(bytes([whole[-1] ^ 1]))
        house.start()
        seen.append(house.flush().code)
        sent += len(house.receiver.take()) > 0
        house.stop()
        with open(next(os.path.join(live, name) for name in os.listdir(live) if name.startswith(prefix + ".")), "wb") as f:
            f.write(whole)
    is_equal(set(seen), {"integrity"}, "a damaged part is told every time", seen)
    # the company's record, the two people's, the queue's: without them there is nobody to tell
    ok(sent >= len(shards) - 4, "and keeps no mail from going out", (sent, len(shards)))
    house.start()
    is_equal(house.flush().status, 0, "mended, it is told no more")


def one_shot(house):
    """Without a service: the store is free while mails are sent."""
    house.begin()
    house.write("free", f"#!/bin/sh\n{harness.built('cli/otpadm')} --config {house.conf_file} token show M-1 >{house.path('free.out')} 2>&1\n"
                f"exec {MSMTP} -C {house.path('msmtprc')} -t -i\n", 0o700)
    house.write_conf(mail_command=house.path("free"))
    is_equal(len(house.flushed("one-shot")), 2, "one-shot: the mails go out")
    with open(house.path("free.out"), encoding="utf-8") as f:
        like(f.read(), "M-1", "and the store is free meanwhile")


def test_mail(house):
    """notify test needs no otpd, and no store yet: whose directories wait for one may try."""
    if harness.is_root():
        is_equal(house.otpadm("notify", "test", "me@example.org", uid=65534).code, "not-permitted", "a test mail is nobody else's")
        is_equal(house.receiver.take(), [], "and none is sent")
    result = house.otpadm("notify", "test", "me@example.org")
    is_equal((result.status, result.data), (0, {"to": "me@example.org", "result": "sent"}), "a test mail", result)
    is_equal(texts(house.receiver.take()), [("me@example.org", "One-time passwords: a test")], "arrives")
    is_equal(house.otpadm("notify", "test", "no address").status, 13, "no address")
    house.receiver.answer = "554 no"
    is_equal(house.otpadm("notify", "test", "me@example.org").status, 11, "refused: try again")
    house.receiver.answer = None
    house.write_conf(mail_from="me <x@y>\nz")
    ok(house.otpadm("notify", "test", "me@example.org").status == 2, "a sender that is no address")


def main():
    receiver = Receiver()
    receiver.start()
    chosen = sys.argv[1:]
    for part, how in ((test_mail, {}), (kinds, {}), (languages, {}), (time_brings, {"clock": True}), (failures, {"clock": True}),
                      (kills, {}), (damaged, {}), (one_shot, {"one_shot": True})):
        if chosen and part.__name__ not in chosen:
            continue
        with House(receiver, **how) as house:
            if how.get("clock") and not house.clock.is_there:
                harness.skip(part.__doc__, "no libfaketime, or built with sanitizers")
                continue
            part(house)
        receiver.take()
        receiver.refuse, receiver.answer, receiver.after = set(), None, None
    receiver.stop()
    done()


if __name__ == "__main__":
    main()
