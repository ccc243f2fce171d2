# SPDX-License-Identifier: GPL-3.0-or-later
"""otpadm at a terminal: what it asks, in which order, unseen; and the terminal as it was, whatever happens."""
import os
import signal

import harness
import terminal
import wire
from harness import done, is_equal, like, ok, unlike

site = harness.Site()
os.mkdir(site.path("store"), 0o700)     # whoever owns it is as good as root
reply, asked = {}, []


def judge(verb, values, dry_run, rows):
    asked.append((verb, values, dry_run))
    say = reply.get(verb, wire.answer("internal"))
    if isinstance(say, list):
        return say.pop(0)
    return say(values, dry_run, rows) if callable(say) else say


otpd = wire.StandIn(site.socket, judge_rows=judge)


def says(**replies):
    reply.clear()
    asked.clear()
    reply.update({verb.replace("__", " ").replace("_", "-"): what for verb, what in replies.items()})   # user__open_registration


def Terminal(*arguments, **how):
    return terminal.Terminal(site, *arguments, **how)


def password_then_code():
    says(user__open_registration=wire.answer("ok", {"user": "bob", "open_until": 1}, changed=True))
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    t.answer("Confirmation password of boss (user open-registration): ", "the password")
    t.answer("One-time password of boss (user open-registration): ", "123456")
    is_equal(t.end(), 0, "password, then code", t.screen)
    is_equal(asked[-1][1], {"as": "boss", "user": "bob", "confirm": "the password", "code": "123456"}, "are sent")
    unlike(t.screen, "the password|123456", "and were not seen")
    ok(t.was_echo, "the terminal echoes again")
    # standard streams elsewhere: the questions still come on the terminal
    out = open(site.path("out"), "w+")
    t = Terminal("--as", "boss", "-o", "json", "user", "open-registration", "bob", stdout=out, stderr=out)
    t.answer("Confirmation password of boss", "p")
    t.answer("One-time password of boss", "123456")
    is_equal(t.end(), 0, "with stdout and stderr in a file", t.screen)
    unlike(open(site.path("out")).read(), "Confirmation", "the questions are not in it")
    # half from a file, half typed
    path = site.write("credentials", "confirm=from a file\n")
    t = Terminal("--as", "boss", "--credentials", path, "user", "open-registration", "bob")
    t.answer("One-time password of boss", "123456")
    is_equal((t.end(), asked[-1][1]["confirm"]), (0, "from a file"), "only what is missing is asked")


def next_of_two():
    """Whose token asks for the next code is not said: a fresh one of both is right for both."""
    says(user__open_registration=[wire.answer("next-code"), wire.answer("ok", {"user": "bob", "open_until": 1}, changed=True)])
    t = Terminal("--as", "boss", "--second", "vice", "user", "open-registration", "bob")
    t.answer("Confirmation password of boss", "p")
    t.answer("One-time password of boss", "111111")
    t.answer("Confirmation password of vice", "q")
    t.answer("One-time password of vice", "222222")
    t.answer("next one-time password of boss", "333333")
    t.answer("next one-time password of vice", "444444")
    is_equal(t.end(), 0, "two who show theirs: the next code of both", t.screen)
    is_equal([(a[1]["code"], a[1]["second_code"]) for a in asked], [("111111", "222222"), ("333333", "444444")], "none is sent twice")


def nothing_entered():
    says(user__open_registration=wire.answer("ok", {}, changed=True))
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    t.answer("Confirmation password", "")
    is_equal((t.end(), asked), (2, []), "an empty answer: nothing is sent", t.screen)
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    if t.expect("Confirmation password"):
        harness.wait_until(lambda: not t.echo(), 5)
        t.type("\x04")
    is_equal((t.end(), asked), (2, []), "the end of the file: nothing is sent", t.screen)
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    t.answer("Confirmation password", "x" * 700)
    is_equal((t.end(), asked), (2, []), "too long: nothing is sent", t.screen)
    like(t.screen, "too long", "and it is said")
    site.write_conf(socket=site.path("run/nobody"))
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    is_equal(t.end(), 11, "nobody is asked for a password while there is no service", t.screen)
    unlike(t.screen, "Confirmation", "not at all")
    site.write_conf(socket=site.socket)


def signals():
    for number, name in ((signal.SIGINT, "INT"), (signal.SIGTERM, "TERM"), (signal.SIGHUP, "HUP")):
        says(user__open_registration=wire.answer("ok", {}, changed=True))
        t = Terminal("--as", "boss", "user", "open-registration", "bob")
        if t.expect("Confirmation password"):
            harness.wait_until(lambda: not t.echo(), 5)
            t.type("half a pass")
            if name == "INT":
                t.type("\x03")
            else:
                t.process.send_signal(number)
        is_equal((t.end(), asked), (-number, []), f"SIG{name} ends it, nothing is sent", t.screen)
        ok(t.was_echo, f"SIG{name}: the terminal echoes again")
        unlike(t.screen, "half a pass", "and nothing was seen")
    # stopped and continued: asked again
    says(user__open_registration=wire.answer("ok", {}, changed=True))
    t = Terminal("--as", "boss", "user", "open-registration", "bob")
    if t.expect("Confirmation password"):
        harness.wait_until(lambda: not t.echo(), 5)
        t.process.send_signal(signal.SIGTSTP)
        # an orphaned process group is not stopped by the terminal's signal: then it just asks again
        harness.wait_until(lambda: t._read(0.01) or "Confirmation password" in t.screen[t.seen:], 2)
        t.process.send_signal(signal.SIGCONT)
    t.answer("Confirmation password", "again")
    t.answer("One-time password", "123456")
    is_equal(t.end(), 0, "stopped and continued, it asks again", t.screen)
    is_equal(asked and asked[-1][1]["confirm"], "again", "what was typed then counts")


def registering():
    says(register=wire.answer("ok", {}, changed=True))
    t = Terminal("--as", "alice", "register")
    t.answer("Serial number on the back of the token: ", "123456789", hidden=False)
    t.answer("One-time password that token '123456789' shows: ", "654321")
    is_equal(t.end(), 0, "register", t.screen)
    is_equal(asked, [("register", {"as": "alice", "serial": "123456789", "code": "654321"}, False)], "serial and code")
    like(t.screen, "123456789", "the serial is shown")
    unlike(t.screen, "654321", "the code is not")
    says(register=[wire.answer("next-code"), wire.answer("ok", {}, changed=True)])
    t = Terminal("--as", "alice", "register", "1")
    t.answer("One-time password that token", "111111")
    t.answer("next one-time password of alice", "222222")
    is_equal(t.end(), 0, "the next code is asked for in the same run", t.screen)
    is_equal([a[1]["code"] for a in asked], ["111111", "222222"], "each is sent once")
    says(register=[wire.answer("next-code"), wire.answer("next-code")])
    t = Terminal("--as", "alice", "register", "1")
    t.answer("One-time password that token", "111111")
    t.answer("next one-time password", "222222")
    is_equal((t.end(), len(asked)), (10, 2), "but once only", t.screen)
    says(register=wire.answer("next-code"))
    is_equal((site.otpadm("register", "1", user="alice", confirm="", code="111111", output=None).status, len(asked)), (10, 1),
             "a code out of a file is not asked for again")


def passwords():
    says(password__set=wire.answer("ok", {}, changed=True))
    t = Terminal("--as", "alice", "password", "set")
    t.answer("Old confirmation password of alice, or the single-use word: ", "the-word")
    t.answer("New confirmation password of alice", "twelve bytes or more")
    t.answer("Once more: ", "something else")
    t.answer("New confirmation password of alice", "twelve bytes or more")
    t.answer("Once more: ", "twelve bytes or more")
    is_equal(t.end(), 0, "password set", t.screen)
    is_equal(asked[-1][1], {"as": "alice", "confirm": "the-word", "new_confirm": "twelve bytes or more"}, "old and new")
    unlike(t.screen, "the-word|twelve bytes", "unseen")
    says(password__set=wire.answer("ok", {}, changed=True))
    t = Terminal("--as", "alice", "password", "set")
    t.answer("Old confirmation", "the-word")
    for _ in range(3):
        t.answer("New confirmation", "one of them here")
        t.answer("Once more: ", "and another there")
    is_equal((t.end(), asked), (2, []), "three times different: nothing is sent", t.screen)
    t = Terminal("--as", "alice", "password", "set")
    t.answer("Old confirmation", "the-word")
    t.answer("New confirmation", "short")
    t.answer("Once more: ", "short")
    is_equal((t.end(), asked), (2, []), "too short", t.screen)
    like(t.screen, "12 to 128 bytes", "and it is said")
    says(password__set=wire.answer("ok", {}, changed=True))
    is_equal(site.otpadm("-n", "password", "set", user="alice", output=None).status, 0, "a dry run asks nothing")
    is_equal(asked[-1][1:], ({"as": "alice", "new_confirm": "of a dry run"}, True), "and shows nothing")


def unlocking():
    shown = wire.answer("ok", {"serial": "1", "state": "active", "sharers": ["alice", "bob\x1b[2J"]}, changed=True)
    for typed, status in (("y", 0), ("yes", 0), ("n", 2), ("", 2), ("nonsense", 2)):
        says(unlock=shown)
        t = Terminal("--as", "boss", "unlock", "alice")
        t.answer("Release all of them? [y/N] ", typed, hidden=False)
        if status == 0:
            t.answer("Confirmation password of boss", "p")
        is_equal((t.end(), len(asked)), (status, 2 if status == 0 else 1), f"unlock: answer {typed!r}", t.screen)
        like(t.screen, r"suspended for: alice, bob\\x1b\[2J", "all were shown, escaped")


def words():
    says(user__add=lambda values, dry_run, rows: wire.answer("ok", changed=True, rows=[
        {"user": r["user"], "role": "general", "changed": True, "word": "w-" + r["user"]} for r in rows]))
    path = site.write("credentials", "confirm=c\ncode=123456\n")
    t = Terminal("--as", "boss", "--credentials", path, "user", "add", "bob")
    is_equal(t.end(), 0, "user add at a terminal", t.screen)
    like(t.screen, "single-use word of bob: w-bob", "the word is shown")
    out = open(site.path("out"), "w+")
    t = Terminal("--as", "boss", "--credentials", path, "-o", "json", "user", "add", "bob", stdout=out)
    is_equal(t.end(), 0, "with JSON in a file", t.screen)
    like(t.screen, "single-use word of bob: w-bob", "the word is on the terminal")
    unlike(open(site.path("out")).read(), "w-bob", "and not in the file")


def progress():
    says(token__import=lambda values, dry_run, rows: wire.answer("ok", changed=True, rows=[
        {"line": r["line"], "serial": r["serial"], "result": "added"} for r in rows]))
    path = site.write("many.csv", "serial,secret\n" + "".join(f"{i},{i:040x}\n" for i in range(1, 1502)))
    t = Terminal("token", "import", path)
    is_equal(t.end(), 0, "an import at a terminal", t.screen)
    like(t.screen, r"(?s)checked 1500 of 1501\x1b\[K\rchecked 1501 of 1501\x1b\[K\r\n.*written 1501 of 1501", "shows how far it is")
    t = Terminal("-q", "token", "import", path)
    is_equal((t.end(), "checked" in t.screen), (0, False), "but not with -q", t.screen)


for test in (password_then_code, next_of_two, nothing_entered, signals, registering, passwords, unlocking, words, progress):
    test()
otpd.close()
done()
