# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks by people who may do something: laundering by revocation, both halves in one hand, the last master, roles, names that come back."""
import os

import harness
import terminal
import wire
from harness import done, is_equal, ok

DAY = 86400


def ask(verb, values=None, rows=(), who=None, code=True, dry_run=False):
    """The error of one request as `who`, with his password and, unless told otherwise, a fresh code of his."""
    values = dict(values or {})
    if who is not None:
        values["as"] = who
        if not dry_run:
            values["confirm"] = site.password(who)
            if code and who in site.user_tokens:
                values["code"] = site.user_tokens[who].next()
    s = wire.connect(site.socket, 30)
    s.send(wire.request(verb, values, rows, dry_run))
    try:
        return wire.read_answer(s.recv(1 << 18))[0]
    finally:
        s.close()


def revoke(who, *users):
    return ask("revoke", {"users": list(users)}, who=who)


def service(name, code):
    return ask("verify", {"user": name, "code": code, "service": "sshd"})


def enrol(name, token):
    return ask("register", {"serial": token.serial, "code": token.next(), "as": name})


def state(serial):
    return site.show_token(serial)["state"]


def laundering():
    """The token is suspended; its users are revoked, deleted, and register it again."""
    token = site.token("L-1")
    site.user("lea", token)
    site.user("leo", token)
    while state("L-1") != "suspended":
        service("lea", token.wrong())
    is_equal(revoke("adm", "lea", "leo"), "ok", "all users of a suspended token are revoked")
    is_equal((state("L-1"), site.show_token("L-1")["sharers"]), ("suspended", []), "a suspended token stays suspended, with nobody on it")
    is_equal([enrol("lea", token), enrol("leo", token)], ["auth-failed"] * 2, "registering it again is no way around")
    is_equal(site.show_user("lea")["registration"], "open", "though the registration is open")
    is_equal((state("L-1"), service("lea", token.next())), ("suspended", "revoked"), "still suspended")
    is_equal(ask("user del", {"user": "leo"}, who="boss"), "ok", "one of them is deleted")
    site.add_user("leo")
    is_equal((enrol("leo", token), state("L-1")), ("auth-failed", "suspended"), "and added again: no way around either")
    site.must("unlock", "--serial", "L-1", "--yes", user="boss")
    is_equal((enrol("lea", token), service("lea", token.next()), state("L-1")), ("ok", "ok", "active"), "an unlock is")
    # a suspension while one of two is revoked is the other's, too
    is_equal(enrol("leo", token), "ok", "both use it again")
    while state("L-1") != "suspended":
        service("leo", token.wrong())
    is_equal((revoke("adm", "leo"), state("L-1"), service("lea", token.next())), ("ok", "suspended", "suspended"),
             "who made the wrong codes is revoked: the others stay suspended")


def one_hand():
    """An administrator who resets the password and gives the token."""
    site.user("hugo", site.token("H-1"))
    is_equal(ask("password reset", {"user": "hugo"}, who="adm"), "ok", "adm resets hugo's confirmation password")
    is_equal([revoke("adm", "hugo"), revoke("adm", "hugo", "lea"), ask("user open-registration", {"user": "hugo"}, who="adm")],
             ["policy", "policy", "wrong-state"], "and neither revokes nor opens for him, alone or among others")
    is_equal([site.show_user("hugo")["serial"], site.show_user("lea")["serial"]], ["H-1", "L-1"], "nothing was taken away")
    is_equal(ask("revoke", {"users": ["hugo"]}, who="adm", dry_run=True), "policy", "a dry run says so, too")
    is_equal(revoke("boss", "hugo"), "ok", "another hand may")
    is_equal(ask("user open-registration", {"user": "hugo"}, who="adm"), "policy", "then the registration is not opened by who reset")
    is_equal(ask("password reset", {"user": "hugo"}, who="boss"), "policy", "nor the password reset by who revoked")
    site.clock.advance(DAY - 300)
    is_equal([ask("user open-registration", {"user": "hugo"}, who="adm"), ask("password reset", {"user": "hugo"}, who="boss")],
             ["policy"] * 2, "not until 24 hours are over")
    site.clock.advance(301)
    is_equal(ask("user open-registration", {"user": "hugo"}, who="adm"), "ok", "then he may")
    is_equal(ask("password reset", {"user": "hugo"}, who="adm"), "policy", "and who opened does not reset")
    is_equal(ask("password reset", {"user": "hugo"}, who="boss"), "ok", "another does")
    # an import's users are a token given, too
    site.user("hana")
    rows = [{"serial": "H-3", "secret": b"h" * 20, "users": ["hana"]}]
    is_equal(ask("token import", {}, rows, who="boss"), "ok", "boss pre-assigns a token")
    is_equal(ask("password reset", {"user": "hana"}, who="boss"), "policy", "and does not reset that user's password")


def approvals_and_words():
    """What a reset leaves of the old password, and of a word."""
    token = site.token("W-1")
    site.user("wim", token)
    words = site.path("tmp/reset")
    site.must("password", "reset", "wim", "--words", words, user="boss", code=site.master_code())
    is_equal(os.stat(words).st_mode & 0o777, 0o600, "the word is in a private file")
    with open(words) as f:
        word = site._word(f.read(), "wim")
    change = {"confirm": site.password("wim"), "new_confirm": "another good password", "as": "wim"}
    is_equal(ask("password set", change), "auth-failed", "the old confirmation password is void")
    site.clock.advance(DAY)
    is_equal(ask("password set", {**change, "confirm": word}), "auth-failed", "the word is void after 24 hours")
    os.unlink(words)
    site.must("password", "reset", "wim", "--words", words, user="boss", code=site.master_code())
    with open(words) as f:
        second = site._word(f.read(), "wim")
    is_equal([ask("password set", {**change, "confirm": w}) for w in (word, second, second)], ["auth-failed", "ok", "auth-failed"],
             "another one is good once, the first one never again")
    screen = terminal.otpadm(site, "boss", "password", "reset", "wim")
    screen.answer("Confirmation password of boss (password reset): ", site.password("boss"))
    screen.answer("One-time password of boss (password reset): ", site.master_code())
    screen.end()
    third = site._word(next((line for line in screen.screen.splitlines() if "single-use word" in line), ""), "wim")
    is_equal(ask("password set", {**change, "confirm": third, "new_confirm": "a third good password"}), "ok", "a terminal shows it, once")
    ok(word not in site.log() and second not in site.log(), "no word is in the log")


def last_master():
    """The last able master by every way there is."""
    only = {"users": ["boss"]}
    is_equal([revoke("adm", "boss"), revoke("boss", "boss"), revoke("boss", "boss", "lea"), ask("user disable", {"user": "boss"}, who="boss"),
              ask("user mod", {"user": "boss", "role": "administrator"}, who="boss"), ask("user del", {"user": "boss"}, who="boss")],
             ["policy", "policy", "policy", "policy", "not-permitted", "not-permitted"], "the last able master stays, by every way")
    is_equal([ask("revoke", only, who=w, dry_run=True) for w in ("adm", "boss")], ["policy"] * 2, "a dry run says so")
    is_equal((site.show_user("boss")["able"], site.show_user("lea")["serial"]), (True, "L-1"), "and who was named with him keeps his token")
    site.user("mia", None, "--role", "master")
    is_equal(revoke("adm", "boss"), "policy", "a second master without a token is none")
    site.register("mia", site.token("M-2"))
    is_equal(revoke("adm", "boss", "mia"), "policy", "with two able ones, both at once do not go")
    is_equal(revoke("adm", "mia", "boss", "mia"), "policy", "in no order")
    while state("M-2") != "suspended":
        service("mia", site.tokens["M-2"].wrong())
    is_equal([revoke("adm", "boss"), ask("user disable", {"user": "boss"}, who="boss")], ["policy"] * 2,
             "a second one whose token is suspended is none")
    site.must("unlock", "mia", "--yes", user="boss")
    is_equal(ask("user disable", {"user": "mia"}, who="boss"), "ok", "one of two goes")
    is_equal([revoke("adm", "boss"), ask("user disable", {"user": "boss"}, who="boss")], ["policy"] * 2, "a disabled one is none")
    is_equal(ask("user enable", {"user": "mia"}, who="boss"), "ok", "and comes back")
    is_equal(ask("password reset", {"user": "mia"}, who="boss"), "ok", "his password is reset")
    is_equal(ask("user disable", {"user": "boss"}, who="boss"), "policy", "one without a password is none")


def above_oneself():
    """General users and administrators on masters; one's own role; enabling oneself."""
    acts = [("user mod", {"user": "boss", "mail": "evil@example.com"}), ("user mod", {"user": "boss", "role": "general"}),
            ("user del", {"user": "boss"}), ("user disable", {"user": "boss"}), ("user enable", {"user": "boss"}),
            ("password reset", {"user": "boss"})]
    is_equal([ask(verb, values, who="adm") for verb, values in acts], ["not-permitted"] * 6, "an administrator does nothing to a master")
    is_equal([ask(verb, values, who="lea") for verb, values in [*acts, ("revoke", {"users": ["lea"]}), ("revoke", {"users": ["boss"]})]],
             ["not-permitted"] * 8, "a general user nothing at all")
    is_equal([ask(verb, values, who="lea", dry_run=True) for verb, values in [*acts, ("revoke", {"users": ["boss"]})]],
             ["not-permitted"] * 7, "nor does a dry run tell him anything")
    is_equal([ask("user mod", {"user": "lea", "role": role}, who="adm") for role in ("administrator", "master")], ["not-permitted"] * 2,
             "an administrator makes no administrators and masters")
    is_equal([ask("user mod", {"user": "adm", **what}, who="adm") for what in ({"role": "master"}, {"mail": "x@example.com"})], ["not-permitted"] * 2,
             "his own role and address he does not change")
    is_equal([ask("user mod", {"user": "boss", "role": role}, who="boss") for role in ("general", "administrator", "master")],
             ["not-permitted", "not-permitted", "ok"], "a master not his own role either")
    is_equal([ask("password reset", {"user": who}, who=who) for who in ("adm", "boss")], ["not-permitted"] * 2, "nobody resets his own password")
    site.user("art", site.token("A-2"), "--role", "administrator")
    is_equal(ask("user disable", {"user": "art"}, who="art"), "ok", "an administrator disables himself")
    is_equal([ask("user enable", {"user": "art"}, who="art"), service("art", site.user_tokens["art"].next())],
             ["not-permitted", "not-permitted"], "and does not come back by himself")
    is_equal(ask("user enable", {"user": "art"}, who="adm"), "not-permitted", "nor by another administrator")
    is_equal(ask("user enable", {"user": "art"}, who="boss"), "ok", "by a master")
    # root alone is nobody
    is_equal([ask(verb, values) for verb, values in [*acts, ("revoke", {"users": ["lea"]})]], ["not-permitted"] * 7, "root without a name does none of it")
    # without what must be shown: nothing is told
    said = {ask(verb, {**values, "as": "boss", "confirm": "not his password", "code": "000000"}) for verb, values in
            (("user del", {"user": "lea"}), ("user del", {"user": "nobody"}), ("revoke", {"users": ["nobody"]}), ("revoke", {"users": ["lea"]}))}
    is_equal(said - {"throttled"}, {"auth-failed"}, "with a wrong password nothing is told")
    site.clock.advance(400)


def come_back():
    """A name that was deleted and is added again is somebody else."""
    token = site.token("C-1")
    site.user("cleo", token)
    first = site.show_user("cleo")
    is_equal((first["rights"], first["able"]), (["login"], True), "cleo can do something")
    is_equal(ask("user mod", {"user": "cleo", "role": "administrator"}, who="boss"), "ok", "is even made an administrator")
    is_equal(ask("user del", {"user": "cleo"}, who="boss"), "ok", "and deleted")
    is_equal([service("cleo", token.next()), site.otpadm("user", "show", "cleo").status], ["not-found", 3], "gone at once")
    is_equal(site.show_token("C-1")["sharers"], [], "from the token, too")
    site.add_user("cleo", "--no-login")
    again = site.show_user("cleo")
    is_equal([again[k] for k in ("role", "serial", "rights", "has_password", "able", "binding")], ["general", None, [], False, False, "none"],
             "added again: no role, token, right or password of the first")
    is_equal([service("cleo", token.next()), ask("unlock", {"user": "lea"}, who="cleo", code=False),
              ask("password set", {"confirm": site.password("cleo"), "new_confirm": "another good password", "as": "cleo"})],
             ["not-permitted", "not-permitted", "auth-failed"], "no code, no act and no password of the first is good")


def locked_out():
    """What config check says of the site: from otpd, in the caller's name."""
    def rows():
        result = site.otpadm("config", "check")
        return result.status, [(r["result"], r["text"]) for r in result.data["rows"] if r["key"] == "site"]
    is_equal(site.otpadm("user", "disable", "mia", user="boss", code=site.master_code()).status, 0, "boss is the only master again")
    is_equal(rows(), (0, [("warn", "only one master is able to act: 'boss'")]), "config check warns of it")
    for name in ("adm", "art"):
        is_equal(ask("user disable", {"user": name}, who="boss"), "ok", f"{name} is disabled")
    is_equal((rows()[0], [r for r, text in rows()[1]]), (0, ["warn", "warn"]), "and that nobody else could unlock him")
    for _ in range(5):
        service("boss", site.user_tokens["boss"].wrong())
    status, said = rows()
    is_equal((status, [r for r, text in said]), (2, ["bad", "warn"]), "without any able master it is bad")
    site.stop()
    status, said = rows()
    is_equal((status, [r for r, text in said]), (0, ["unknown"]), "without otpd nobody knows, and nothing is bad")


with harness.Site(clock=True, conf={"register_pause": "0"}) as site:
    if not site.clock.is_there:
        harness.skip_all("needs libfaketime")
    site.begin()
    site.user("adm", site.token("A-1"), "--role", "administrator")
    laundering()
    one_hand()
    approvals_and_words()
    above_oneself()
    come_back()
    last_master()
    locked_out()
    done()
