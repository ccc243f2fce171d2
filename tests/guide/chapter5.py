# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, chapter 5: revoking a token. Each test bears the sentence that it proves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
import terminal  # noqa: E402
from harness import done, is_equal, like, ok, unlike  # noqa: E402

site = harness.Site(clock=True).begin()
if not site.clock.is_there:
    harness.skip_all("needs libfaketime")
site.service("login", "auth required @otp", "account required @otp", "session required @otp")
QUESTION, PASSWORD, CODE = "Take the tokens of these users away? [y/N] ", "Confirmation password of %s (revoke): ", "One-time password of %s (revoke): "
CHOOSE = 'Choose the user, enter the "confirmation password" and the "one-time password", click "Revoke"'
MAY = "Master and administrator users can revoke tokens"
PAUSE = 30 * 60


def log_in(user, token):
    return site.pam("login", user, [token.next()], phases="auth,acct,open").status == 0


def serial(user):
    return site.show_user(user)["serial"]


def revoke(operator, *users, **how):
    """As a script does it."""
    how.setdefault("code", site.user_tokens[operator].next())
    return site.otpadm("revoke", *users, "--yes", user=operator, **how)


def the_picture(shared):
    """The screen: the user chosen, confirmation password, one-time password."""
    screen = terminal.otpadm(site, "vera", "revoke", "bob")
    ok(screen.expect(QUESTION), "Administration → user management → revoke token: vera chooses bob", screen.screen)
    like(screen.screen, r"bob \(general\), token 100001 \(active\); others who keep it: alice",
         "Choose the user: user, role, token and who else uses it are shown before it asks")
    screen.type("n\n")
    is_equal((screen.end() != 0, serial("bob")), (True, "100001"), "a no changes nothing", screen.screen)
    code = site.user_tokens["vera"].next()
    screen = terminal.otpadm(site, "vera", "revoke", "bob")
    if screen.expect(QUESTION):
        screen.type("y\n")
    screen.answer(PASSWORD % "vera", site.password("vera"))
    screen.answer(CODE % "vera", code)
    is_equal(screen.end(), 0, CHOOSE, screen.screen)
    unlike(screen.screen, f"{code}|{site.password('vera')}", "neither is seen")
    is_equal(serial("bob"), None, 'click "Revoke": the token is no longer bob\'s')
    ok(not log_in("bob", shared), "bob's one-time passwords are refused")
    ok(log_in("alice", shared), "alice, who shares the token, goes on: her sharing does not end")
    is_equal(site.show_token("100001")["sharers"], ["alice"], "she alone uses it now")


def what_is_shown(shared):
    confirm, code = site.password("vera"), site.user_tokens["vera"].next
    for name, how, status in (("with a wrong confirmation password", {"confirm": "not her password"}, 6),
                              ("with a wrong one-time password", {"code": site.user_tokens["vera"].wrong()}, 6),
                              ("without the one-time password", {"code": ""}, 2)):
        result = revoke("vera", "alice", **how)
        is_equal((result.status, serial("alice")), (status, "100001"), f"{CHOOSE}: {name} nothing is revoked", result)
    used = code()
    is_equal(revoke("vera", "alice", code=used).status, 0, CHOOSE + ": with both it is", confirm)
    is_equal(revoke("vera", "dan", code=used).status, 7, "and the code is used up")
    is_equal(site.show_token("100001")["state"], "stock", "its last user gone, the token is in stock")


def who_may():
    for name in ("erin", "alice"):
        result = revoke(name, "dan", code="000000")
        is_equal((result.status, serial("dan")), (5, "100004"), f"{MAY}: {name}, a general user, cannot", result)
    is_equal(site.otpadm("revoke", "dan", "--yes").status, 5, f"{MAY}: root alone cannot")
    is_equal((revoke("boss", "dan").status, serial("dan")), (0, None), f"{MAY}: the master can")
    is_equal((revoke("vera", "erin").status, serial("erin")), (0, None), f"{MAY}: the administrator can")
    is_equal(revoke("vera", "carl").status, 0, f"{MAY}: also those of administrators and masters")
    result = revoke("vera", "vera")
    is_equal((result.status, serial("vera")), (0, None), f"{MAY}: also their own", result)
    result = revoke("boss", "boss")
    is_equal((result.status, serial("boss")), (9, "M-1"), "but not of the last master who is able to act", result)
    result = revoke("boss", "dan", "erin")
    is_equal((result.status, result.json["changed"], len(result.json["warnings"])), (0, False, 2),
             "users without a token: it is said, and nothing is changed", result)


def registering_again(shared):
    """Chapter 1 again, for who lost his token by chapter 5."""
    result = site.otpadm("register", "100001", user="bob", confirm="", code=shared.next())
    is_equal(result.status, 5, "not at once: after a pause of 30 minutes", result)
    site.clock.advance(PAUSE)
    ok(site.register("bob", shared), "then bob registers again")
    ok(log_in("bob", shared), "and his one-time passwords are accepted")
    result = site.otpadm("register", "100001", user="bob", confirm="", code=shared.next())
    is_equal(result.status, 15, "once: the screen is hidden from who has registered", result)


def several(shared):
    site.register("alice", shared)
    before = site.must("explain", "alice", output="json").data["state"]
    result = revoke("boss", "alice", "bob")
    is_equal((before, result.status, [r["user"] for r in result.data["rows"]]), ("registered", 0, ["alice", "bob"]),
             "several users are chosen: both are revoked in one commit", result)
    is_equal([serial("alice"), serial("bob")], [None, None], "neither has a token any more")
    for user in ("alice", "bob"):
        is_equal(site.must("explain", user).data["state"], "revoked", f"{user} is told why")


for number, user in ((1, "alice"), (2, "carl"), (3, "vera"), (4, "dan"), (5, "erin")):
    staff = ["--role", "administrator"] if user in ("carl", "vera") else []
    site.user(user, site.token(f"10000{number}"), *staff)
token = site.user_tokens["alice"]
site.user("bob", token)
the_picture(token)
what_is_shown(token)
who_may()
registering_again(token)
several(token)
done()
