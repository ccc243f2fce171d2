# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide: what a one-time password is, and chapter 1, registering. Each test bears the sentence that it proves."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
import terminal  # noqa: E402
from harness import done, is_equal, like, ok, skip_all, unlike  # noqa: E402

site = harness.Site(clock=True)
if not site.clock.is_there:
    skip_all("no libfaketime (a code lasts 60 seconds)")
os.mkdir(site.path("outbox"))
site.write_conf(mail_command=site.write("sendmail", f"#!/bin/sh\nexec cat >{site.path('outbox')}/$$\n", 0o755))
site.begin()
site.service("login", "auth required @otp", "account required @otp", "session required @otp")
SERIAL = "123456789"


def log_in(user, code):
    return site.pam("login", user, [code], phases="auth,acct,open")


def comes_in(user, code, name):
    result = log_in(user, code)
    return is_equal((result.auth, result.acct, result.open), ("PAM_SUCCESS",) * 3, name, result)


def is_refused(user, code, name):
    result = log_in(user, code)
    return is_equal(result.auth, "PAM_AUTH_ERR", name, result)


def helps(user):
    return site.otpadm("help", user=user, confirm="", output=None).out


def what_it_is(token):
    """A user of his own, registered: what his token shows is all that is looked at."""
    row = site.show_token(token.serial)
    is_equal((row["digits"], row["step"]), (6, 60), "The password (6 digits) … changes every 60 seconds: what a delivery says that names neither")
    site.user("akira", token)
    code = token.now()
    like(code, r"^[0-9]{6}$", "The password (6 digits) shown on a token")
    comes_in("akira", code, "it lets its user in")
    is_refused("akira", code, "… is a throw-away password, valid once only")
    site.clock.advance(60)
    ok(token.now() != code, "… changes every 60 seconds: another one is shown", (code, token.now()))
    is_refused("akira", code, "the old one is worth nothing any more")
    comes_in("akira", token.now(), "… changes every 60 seconds: the new one lets him in")
    site.clock.advance(120)
    old = token.now()
    site.clock.advance(3 * 3600)
    is_refused("akira", old, "one that was shown three hours ago, and never used, does not")


def registering(token):
    """The picture: the serial in clear, the code masked."""
    site.add_user("alice", "--mail", "alice@example.com")
    site.set_password("alice")
    is_refused("alice", token.now(), "To use one-time passwords, the token must be registered: before that, its code lets nobody in")
    like(helps("alice"), r"(?m)^  register ", "The registration screen is shown to a user who may register")
    screen = terminal.Terminal(site, "--as", "alice", "register")
    screen.answer("Serial number on the back of the token: ", SERIAL, hidden=False)
    code = token.now()
    screen.answer(f"One-time password that token '{SERIAL}' shows: ", code)
    is_equal(screen.end(), 0, 'Enter the "serial number" from the back of the token and the "one-time password", then click "Register"', screen.screen)
    like(screen.screen, r"back of the token: %s\r?\n" % SERIAL, "the serial in clear, 9 digits, 123456789")
    unlike(screen.screen, code, "and the code masked")
    like(screen.screen, r"done\r?\n$", "The top page follows: it says that it is done")
    status = site.must("status", user="alice", confirm="").data
    is_equal((status["binding"], status["serial"]), ("registered", SERIAL), "and alice is registered with her token")
    site.must("notify", "flush")
    mails = [open(os.path.join(site.path("outbox"), name), encoding="utf-8").read() for name in os.listdir(site.path("outbox"))]
    mine = [mail for mail in mails if re.search(r"(?m)^To: .*alice@example\.com", mail) and "registration complete" in mail]
    is_equal(len(mine), 1, "A notice that the registration is complete is sent by e-mail; please check it", mails)
    like("".join(mine), SERIAL, "it names the token")
    unlike("".join(mails), code, "and no code")
    is_refused("alice", code, "the code that registered is used up: valid once only")
    site.clock.advance(60)
    comes_in("alice", token.now(), "registered, she comes in")
    site.clock.advance(60)


def sharing(token):
    site.user("bob")
    site.clock.advance(60)
    site.register("bob", token)
    comes_in("bob", token.now(), "One token may be shared and used by several users: bob comes in with it")
    site.clock.advance(60)
    comes_in("alice", token.now(), "and so does alice")
    is_refused("bob", token.now(), "what alice used is used up for bob as well: valid once only")
    is_equal(sorted(site.show_token(SERIAL)["sharers"]), ["alice", "bob"], "both are its users")
    site.clock.advance(60)


def not_shown(token):
    other = site.token("555555555")
    unlike(helps("alice"), r"(?m)^  register ", "The registration screen is not shown if the user has already registered")
    result = site.otpadm("register", other.serial, user="alice", confirm="", code=other.next())
    is_equal((result.status, result.code), (15, "not-applicable"), "nor is it there for him", result)
    is_equal(site.show_token(other.serial)["sharers"], [], "and nothing was registered")
    site.add_user("carol", "--no-login")
    site.set_password("carol")
    unlike(helps("carol"), r"(?m)^  register ",
           "The registration screen is not shown if the user … has no right to use any operation that needs a one-time password")
    result = site.otpadm("register", other.serial, user="carol", confirm="", code=other.next())
    is_equal((result.status, result.code), (15, "not-applicable"), "nor is it there for her", result)
    is_equal(site.show_token(other.serial)["sharers"], [], "and nothing was registered")
    site.add_user("dora")
    wrong = site.otpadm("register", SERIAL, user="dora", confirm="", code=token.wrong())
    unknown = site.otpadm("register", "987654321", user="dora", confirm="", code=token.wrong())
    is_equal((wrong.status, wrong.json["error"]), (6, unknown.json["error"]), "a wrong code and a serial that is none get one answer", (wrong, unknown))
    ok(re.search(r"(?m)^  register ", helps("dora")), "and who has not registered is still shown the screen")


with site:
    mine, shared = harness.Token("111111111", kind="totp", clock=site.clock.now), harness.Token(SERIAL, kind="totp", clock=site.clock.now)
    delivery = site.write("tmp/plain.csv", "serial,secret\n" + "".join(f"{t.serial},{t.secret.hex()}\n" for t in (mine, shared)))
    site.must("token", "import", delivery)
    what_it_is(mine)
    registering(shared)
    sharing(shared)
    not_shown(shared)
done()
