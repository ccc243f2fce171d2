# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's chapter 2, transfer permissions, by the programs that ship: each test is named by the sentence it proves; then attacks."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402
import terminal  # noqa: E402
from harness import done, is_equal, like, ok, skip, unlike  # noqa: E402

site = harness.Site(clock=True).begin()
site.service("bank", "auth required @otp", "account required @otp", "session required @otp")
alice = site.token("T-1")
site.user("alice", alice, "--mail", "alice@example.com")
site.user("bob", site.token("T-2"))
site.user("vera", site.token("T-3"), "--role", "administrator")
site.user("carl", site.token("T-4"), "--role", "administrator")
RIGHTS = ["--allow", "external:create,external:approve"]


def permit(operator, *arguments, **how):
    """permit set and clear as a script does them."""
    if "code" not in how:
        how["code"] = site.user_tokens[operator].next()
    return site.otpadm("permit", *arguments, "--yes", user=operator, **how)


def in_force(user):
    data = site.must("permit", "show", user).data
    return sorted(data["rights"]), data["accounts"], data["per_transfer"], data["per_day"]


def waiting(user):
    data = site.must("permit", "show", user).data
    return sorted(data["rights_waiting"]), data["accounts_waiting"], data["per_transfer_waiting"], data["per_day_waiting"]


def log_in(user, phases="auth,acct,open,close"):
    """Through PAM, as the bank's own page would; phases="open": as cron opens a session."""
    return site.pam("bank", user, [site.user_tokens[user].next()] if "auth" in phases else [], phases=phases)


NOTHING = (["login"], [], None, None)


# ---- the account behind it
def accounts():
    code = site.user_tokens["vera"].next
    result = site.otpadm("account", "add", "001-1", "--name", "普通預金", "--per-day", "1000000", user="vera", code=code())
    is_equal((result.status, result.json["changed"]), (0, True), "an administrator adds an account", result)
    result = site.otpadm("account", "add", "001-1", "--name", "普通預金", "--per-day", "1000000", user="vera", code=code())
    is_equal((result.status, result.json["changed"]), (0, False), "adding the same again changes nothing", result)
    is_equal(site.otpadm("account", "add", "001-1", "--per-day", "2", user="vera", code=code()).code, "exists", "another under its id is refused")
    site.must("account", "add", "001-2", user="vera", code=code())
    result = site.must("account", "mod", "001-2", "--per-day", "500000", user="vera", code=code())
    is_equal((result.data["per_day"], result.data["today"], result.data["currency"]), ("500000", "0", "JPY"), "a limit per day is set", result)
    rows = site.must("account", "list").data["rows"]
    is_equal(sorted((r["account"], r["per_day"]) for r in rows), [("001-1", "1000000"), ("001-2", "500000")], "and listed")
    is_equal(site.otpadm("account", "add", "001-3", user="alice", code=alice.next()).code, "not-permitted", "a general user adds none")


# ---- the guide, step by step
def must_be_set_beforehand():
    name = "To use transfers, the operating permission must be set beforehand"
    is_equal((in_force("alice"), waiting("alice")), (NOTHING, ([], [], None, None)), name)


def who_operates():
    name = "Operated by a master user or an administrator user"
    is_equal(permit("alice", "set", "bob", *RIGHTS).code, "not-permitted", f"{name}: not by a general user")
    is_equal(permit("alice", "set", "alice", *RIGHTS).code, "not-permitted", f"{name}: nor on himself")
    is_equal(site.otpadm("permit", "set", "bob", *RIGHTS, "--yes").code, "not-permitted", f"{name}: nor by root in nobody's name")
    is_equal(permit("vera", "set", "bob", "--allow", "internal:create").status, 0, f"{name}: an administrator")
    is_equal(permit("boss", "set", "bob", "--deny", "internal:create").status, 0, f"{name}: a master")


def user_list():
    rows = site.must("user", "list", user="vera").data["rows"]
    ok("alice" in [row["user"] for row in rows], "In the user list, choose the person in charge")


def at_the_screen():
    """Change, confirmation, done: one conversation at a terminal."""
    t = terminal.Terminal(site, "--as", "vera", "permit", "set", "alice", *RIGHTS, "--account", "+001-1",
                          "--per-transfer", "30000", "--per-day", "50000")
    t.expect("Change this? [y/N] ")
    shown = t.screen
    like(shown, r"alice: general, mail alice@example\.com, token T-1\r\n", "Change user, basic information: it is shown")
    like(shown, r"RIGHTS\s+login\s+login, external:create, external:approve\r\n", "permissions: tick the boxes that transfers need")
    like(shown, r"ACCOUNTS\s+-\s+001-1\r\n", "accounts")
    like(shown, r"PER TRANSFER\s+-\s+30000\r\nPER DAY\s+-\s+50000\r\n", "check the transfer limit")
    unlike(shown, "assword", "check what will be registered, then enter the confirmation password")
    is_equal(in_force("alice"), NOTHING, "nothing is changed by looking")
    t.type("y\n")
    t.answer("Confirmation password of vera (permit set): ", site.password("vera"))
    t.answer("One-time password of vera (permit set): ", site.user_tokens["vera"].next())
    is_equal(t.end(), 0, "enter the \"confirmation password\" and the \"one-time password\", \"Execute\"", t.screen)
    like(t.screen[len(shown):], r"alice\s+general\s+T-1\s+login, external:create, external:approve\s+001-1\s+30000\s+50000\s+yes",
         "the result is shown; check it")
    like(t.screen[len(shown):], "wait for his next session", "it is said that it waits for the next log-in")


def both_are_needed():
    name = "enter the confirmation password and the one-time password"
    before = site.must("permit", "show", "alice").data
    token = site.user_tokens["vera"]
    said = [permit("vera", "set", "alice", "--per-day", "99", **how).status for how in (
        {"confirm": "not the right password"}, {"code": token.wrong()}, {"code": ""})]
    is_equal(said, [6, 6, 2], f"{name}: wrong ones, and none")
    is_equal(site.must("permit", "show", "alice").data, before, f"{name}: nothing is changed without them")
    result = site.otpadm("permit", "set", "alice", "--per-day", "99", user="vera", code=token.next())
    is_equal((result.code, result.json["changed"]), ("needs-yes", False), "a script that does not confirm changes nothing")
    is_equal(site.must("permit", "show", "alice").data, before, "indeed nothing")


def takes_effect():
    name = "To bring the registered permissions into effect, log out once, then log in again"
    is_equal(in_force("alice"), NOTHING, f"{name}: before, nothing is in force")
    is_equal(waiting("alice"), (["external:approve", "external:create"], ["001-1"], "30000", "50000"), f"{name}: it waits")
    if site.clock.is_there:
        site.clock.advance(601)     # registering was a right code of hers
        result = log_in("alice", "open,close")
        is_equal((result.open, in_force("alice")), ("PAM_SUCCESS", NOTHING), f"{name}: a session without a code (cron's) brings nothing", result)
    else:
        skip(f"{name}: a session without a code (cron's) brings nothing", "no libfaketime")
    is_equal((log_in("alice", "auth").auth, in_force("alice")), ("PAM_SUCCESS", NOTHING), f"{name}: a code alone is no session")
    result = log_in("alice")
    is_equal((result.auth, result.open, result.close), ("PAM_SUCCESS",) * 3, f"{name}: she logs in", result)
    is_equal(in_force("alice"), (["external:approve", "external:create", "login"], ["001-1"], "30000", "50000"), f"{name}: now they are in force")
    is_equal(waiting("alice"), ([], [], None, None), f"{name}: and nothing waits any more")
    data = site.otpadm("status", user="alice", confirm="").data
    is_equal((data["accounts"], data["per_day"]), (["001-1"], "50000"), "status tells him so")


def raised_before_the_next_session():
    is_equal(permit("vera", "set", "alice", "--per-transfer", "40000", "--account", "+001-2").status, 0, "a limit is raised")
    is_equal((in_force("alice")[1:3], waiting("alice")[1:3]), ((["001-1"], "30000"), (["001-2"], "40000")),
             "a raised limit and a new account do not hold before the next session")
    is_equal(permit("vera", "set", "alice", "--per-transfer", "20000", "--deny", "external:approve").status, 0, "a limit is cut")
    is_equal((in_force("alice")[0], in_force("alice")[2]), (["external:create", "login"], "20000"), "what is taken away is gone at once")
    is_equal(permit("vera", "set", "alice", "--per-transfer", "30000", "--allow", "external:approve").status, 0, "and given back")
    is_equal((in_force("alice")[0], in_force("alice")[2]), (["external:create", "login"], "20000"), "it waits for the next session again")
    log_in("alice")
    is_equal((in_force("alice")[0], in_force("alice")[2]), (["external:approve", "external:create", "login"], "30000"), "and then holds")


def ones_own():
    name = "There is a screen for another user, and one for one's own user"
    is_equal(permit("vera", "set", "vera", "--allow", "external:create").status, 0, name)
    is_equal(in_force("vera"), NOTHING, "one's own rights wait for the next session, too")


# ---- attacks
def above_oneself():
    before = [site.must("permit", "show", name).data for name in ("boss", "carl")]
    said = [permit("vera", *what).code for what in (
        ("set", "boss", "--per-day", "1"), ("set", "boss", "--deny", "login"), ("set", "carl", *RIGHTS), ("clear", "carl"), ("clear", "boss"),
        ("set", "bob", "carl", "--allow", "internal:create"))]
    is_equal(said, ["not-permitted"] * 6, "an administrator edits neither a master nor another administrator, in no company")
    is_equal([site.must("permit", "show", name).data for name in ("boss", "carl")], before, "they are as they were")
    is_equal(in_force("bob"), NOTHING, "nor is half of it done")
    is_equal(permit("boss", "set", "carl", "--allow", "internal:create").status, 0, "a master does")


def the_same_screen():
    """Two administrators look at bob, both confirm."""
    t = terminal.Terminal(site, "--as", "vera", "permit", "set", "bob", "--allow", "external:approve")
    t.expect("Change this? [y/N] ")
    site.must("permit", "set", "bob", "--per-day", "777", "--yes", user="carl", code=site.user_tokens["carl"].next())
    t.type("y\n")
    t.answer("Confirmation password of vera", site.password("vera"))
    t.answer("One-time password of vera", site.user_tokens["vera"].next())
    is_equal(t.end(), 4, "two administrators at the same screen: the second is refused", t.screen)
    like(t.screen, "'bob' is not as it was shown", "and told why")
    is_equal(waiting("bob"), ([], [], None, "777"), "only the first has changed anything")


def log_in_denied():
    is_equal(log_in("bob", "auth").auth, "PAM_SUCCESS", "bob may log in")
    is_equal(permit("vera", "set", "bob", "--deny", "login").status, 0, "his right is taken away")
    is_equal(log_in("bob", "auth").auth, "PAM_AUTH_ERR", "and he may not, at once")


def cleared():
    is_equal(permit("vera", "clear", "alice").status, 0, "everything that transfers need is taken away")
    is_equal((in_force("alice"), waiting("alice")), (NOTHING, ([], [], None, None)), "at once, but for the right to log in")
    result = permit("vera", "clear", "alice")
    is_equal((result.status, result.json["changed"]), (0, False), "again: nothing is changed", result)


def account_ends():
    permit("vera", "set", "alice", "--account", "+001-1", "--account", "+001-2")
    log_in("alice")
    t = terminal.Terminal(site, "--as", "vera", "account", "del", "001-1")
    t.expect("Delete the account? [y/N] ")
    like(t.screen, r"USER +ID +STATE\r\nalice\b", "whom the end of an account concerns is shown before the question")
    t.type("n\n")
    is_equal(t.end(), 2, "no is no", t.screen)
    is_equal(len(site.must("account", "list").data["rows"]), 2, "it is still there")
    site.must("account", "del", "001-1", "--yes", user="vera", code=site.user_tokens["vera"].next())
    site.must("account", "add", "001-1", user="vera", code=site.user_tokens["vera"].next())
    result = permit("vera", "set", "alice", "--account", "+001-1")
    is_equal((result.json["changed"], in_force("alice")[1]), (True, ["001-2"]), "one that comes back under its id is another one", result)
    is_equal([r["user"] for r in site.must("permit", "list", "--account", "001-2").data["rows"]], ["alice"], "who may pay from an account is listed")


def mistakes():
    before = site.must("permit", "show", "bob").data
    for arguments, status in ((["--allow", ""], 2), (["--allow", "login,"], 2), (["--allow", "create"], 13), (["--account", "001-1"], 13),
                              (["--account", "+nowhere"], 3), (["--account", "-nowhere"], 3), (["--per-day", "1.5"], 13), ([], 2),
                              (["--allow", "login", "--deny", "login"], 13), (["--per-day", "-1"], 13)):
        is_equal(permit("vera", "set", "bob", *arguments, code="").status, status, f"a mistake: {' '.join(arguments) or 'nothing to change'}")
    is_equal(permit("vera", "set", "nobody", *RIGHTS, code="").status, 3, "a mistake: a user who is not there")
    is_equal(site.must("permit", "show", "bob").data, before, "and nothing is changed")


def two_hands():
    """administration = dual"""
    site.write_conf(administration="dual")
    site.restart()
    second = {"confirm": site.password("vera"), "second-confirm": site.password("carl")}
    result = permit("vera", "set", "bob", "--allow", "internal:create", code="")
    is_equal(result.status, 9, "administration = dual: one administrator gives nobody anything", result)
    result = permit("vera", "set", "bob", "--allow", "internal:create", "--second", "carl",
                    credentials={**second, "second-code": site.user_tokens["carl"].next()})
    is_equal((result.status, waiting("bob")[0]), (0, ["internal:create"]), "two do", result)
    is_equal(permit("vera", "set", "bob", "--deny", "internal:create").status, 0, "one takes away")


for step in (accounts, must_be_set_beforehand, who_operates, user_list, at_the_screen, both_are_needed, takes_effect,
             raised_before_the_next_session, ones_own, above_oneself, the_same_screen, log_in_denied, cleared, account_ends, mistakes, two_hands):
    step()
done()
