# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, chapter 4: lifting a suspension. Each test bears the sentence that it proves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
import terminal  # noqa: E402
from harness import done, is_equal, like, ok, unlike  # noqa: E402

site = harness.Site().begin()
site.service("login", "auth required @otp", "account required @otp", "session required @otp")
QUESTION, PASSWORD = "Release all of them? [y/N] ", "Confirmation password of %s (unlock): "
NAME = "Master and administrator users can lift the suspension of tokens that they do not use themselves"


def suspend(user, token):
    for _ in range(5):
        site.pam("login", user, [token.wrong()])
    is_equal(site.show_token(token.serial)["state"], "suspended", f"{token.serial} is suspended")


def log_in(user, token):
    return site.pam("login", user, [token.next()], phases="auth,acct,open").status == 0


def suspended():
    return sorted(row["user"] for row in site.must("suspended", "list").data["rows"])


def the_picture(shared):
    """The screen: a list, one user chosen, the confirmation password alone."""
    suspend("alice", shared)
    ok(not log_in("alice", shared) and not log_in("bob", shared), "neither of the sharers comes in")
    listing = site.must("suspended", "list", user="vera", confirm="", output="table").out
    like(listing, r"(?m)^alice +100001 ", "Administration → user management → lift the suspension: the list of suspended users")
    like(listing, r"(?m)^bob +100001 ", "has all who use the token")
    unlike(listing, "carol|vera|boss", "and nobody else")
    screen = terminal.Terminal(site, "--as", "vera", "unlock", "bob")
    ok(screen.expect(QUESTION), "vera chooses bob", screen.screen)
    like(screen.screen, r"token '100001' is suspended for: (alice, bob|bob, alice)",
         "When several users share the token, choosing one of them chooses the others automatically: all are shown before it asks")
    screen.type("n\n")
    is_equal((screen.end() != 0, suspended()), (True, ["alice", "bob"]), "a no changes nothing", screen.screen)
    screen = terminal.Terminal(site, "--as", "vera", "unlock", "bob")
    if screen.expect(QUESTION):
        screen.type("y\n")
    screen.answer(PASSWORD % "vera", site.password("vera"))
    is_equal(screen.end(), 0, 'choose the user, enter the "confirmation password", click "Lift"', screen.screen)
    unlike(screen.screen, "One-time password", "a one-time password is not asked for: the administrator's own may be the one that is stopped")
    is_equal(suspended(), [], "… chooses the others automatically: nobody is suspended any more")
    ok(log_in("alice", shared), "alice comes in")
    ok(log_in("bob", shared), "and bob, who was chosen")


def who_may(shared, veras):
    suspend("alice", shared)
    result = site.otpadm("-y", "unlock", "bob", user="vera", confirm="not her password")
    is_equal((result.status, suspended()), (6, ["alice", "bob"]), 'enter the "confirmation password": with a wrong one nothing is lifted', result)
    result = site.otpadm("-y", "unlock", "bob", user="carol")
    is_equal((result.status, suspended()), (5, ["alice", "bob"]), NAME + ": a general user cannot", result)
    result = site.must("-y", "unlock", "--serial", "100001", user="boss")
    is_equal((result.json["changed"], suspended()), (True, []), NAME + ": a master can", result)
    suspend("vera", veras)
    result = site.otpadm("-y", "unlock", "vera", user="vera")
    is_equal((result.status, suspended()), (5, ["vera"]), NAME + ": not her own", result)
    like(result.json["error"]["message"], "boss", "and is told who can")
    result = site.otpadm("-y", "unlock", "vera", user="wada")
    is_equal((result.status, suspended()), (0, []), NAME + ": another administrator can", result)
    site.register("wim", veras)
    suspend("wim", veras)
    result = site.otpadm("-y", "unlock", "wim", user="vera")
    is_equal((result.status, suspended()), (5, ["vera", "wim"]), NAME + ": not one that she shares, whoever is chosen", result)
    site.must("-y", "unlock", "vera", user="boss")
    ok(log_in("vera", veras) and log_in("wim", veras), "a master lifts that one, too")


with site:
    site.import_tokens([shared := harness.Token("100001"), veras := harness.Token("100002"), wadas := harness.Token("100003")])
    site.user("alice", shared)
    site.user("bob", shared)
    site.user("carol")
    site.user("vera", veras, "--role", "administrator")
    site.user("wada", wadas, "--role", "administrator")
    site.user("wim", None, "--role", "administrator")
    the_picture(shared)
    who_may(shared, veras)
done()
