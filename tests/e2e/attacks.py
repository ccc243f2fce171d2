# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on the rules, by the programs that ship: somebody else's token, a code twice, oracles, laundering, other people's rights."""
import os
import time

import harness
import wire
from harness import as_uid, done, is_equal, ok, skip

ALICE, MALLORY, WWW = 20001, 20002, 20003


def ask(verb, values=None, rows=(), dry_run=False, who=None, connection=None):
    """The error of one request; who: as that user, by root."""
    values = {**({"as": who} if who else {}), **(values or {})}
    s = connection or wire.connect(site.socket, 30)
    s.send(wire.request(verb, values, rows, dry_run))
    try:
        return wire.read_answer(s.recv(1 << 18))[0]
    finally:
        if connection is None:
            s.close()


def shown(name, code=None):
    return {"confirm": site.password(name), **({"code": code} if code else {})}


def service(name, code):
    return ask("verify", {"user": name, "code": code, "service": "sshd"})


def second_token():
    other = site.token("T-2")
    code = other.next()
    is_equal([ask("register", {"serial": "T-2", "code": code, **extra}, who="alice") for extra in ({}, shown("alice"))],
             ["not-applicable"] * 2, "a second token is not registered, with a password neither")
    is_equal(ask("user open-registration", {"user": "alice", **shown("boss", site.master_code())}, who="boss"), "wrong-state",
             "nor opened for who has one")


def one_code_twice():
    token = site.user_tokens["boss"]
    code = token.next()
    ways = [lambda: service("boss", code), lambda: ask("verify", {"code": code}, who="boss"),
            lambda: ask("user open-registration", {"user": "carol", **shown("boss", code)}, who="boss"),
            lambda: ask("token import", shown("boss", code), [{"serial": "N-1", "secret": b"n" * 20}], who="boss")]
    is_equal(ways[2](), "ok", "a code opens a registration")
    is_equal([way() for way in ways], ["code-used"] * 4, "and is used up for all: services, the socket, another act, the same again")
    code = token.next()
    is_equal(service("boss", code), "ok", "a code for a service")
    is_equal([way() for way in ways], ["code-used"] * 4, "does nothing else")
    alice = site.user_tokens["alice"].next()
    is_equal([service("alice", alice), ask("register", {"serial": "T-1", "code": alice}, who="carol"), service("alice", alice)],
             ["ok", "auth-failed", "code-used"], "nor does a sharer's register another")


def dry_runs():
    before = site.show_token("M-1")
    code, wrong = site.user_tokens["boss"].at(site.user_tokens["boss"].counter), site.user_tokens["boss"].wrong()
    for verb, values in (("user open-registration", {"user": "carol"}), ("unlock", {"user": "alice"}),
                         ("password set", {"new_confirm": "another good password"}), ("register", {"serial": "T-1"})):
        said = {ask(verb, {**values, "confirm": confirm, "code": c}, dry_run=True, who="boss")
                for confirm in (site.password("boss"), "no password of his") for c in (code, wrong)}
        is_equal(len(said), 1, f"a dry run of '{verb}' says the same whatever was shown", said)
    is_equal(site.show_token("M-1"), before, "and uses or counts nothing")
    is_equal(ask("verify", {"user": "boss", "code": code}, dry_run=True), "usage", "a code has no dry run")


def own_token():
    site.user("adm", site.token("T-9"), "--role", "administrator")
    site.user("dora")
    site.register("dora", site.user_tokens["adm"])
    while site.show_token("T-9")["state"] != "suspended":
        service("dora", site.user_tokens["adm"].wrong())
    is_equal([ask("unlock", {**values, **shown("adm")}, who="adm") for values in
              ({"user": "dora"}, {"user": "adm"}, {"serial": "T-9"}, {"user": "dora", "serial": "T-9"}, {"user": "dora", "expect": ["dora"]})],
             ["not-permitted"] * 5, "an administrator does not free his own token, under no name")
    row = site.user_tokens["adm"]
    delivery = {"serial": "T-9", "secret": row.secret, "type": "hotp", "counter": 0}
    said = [ask("token import", {}, [r]) for r in (delivery, {**delivery, "serial": "t-9"}, {**delivery, "secret": row.secret + b"\0\0"},
                                                   {**delivery, "serial": "T-9b", "secret": row.secret + b"\0"},
                                                   {**delivery, "counter": 5})]
    is_equal(said, ["ok", "conflict", "ok", "conflict", "conflict"], "an import again, under other names, padded: unchanged or a conflict")
    is_equal(site.show_token("T-9")["state"], "suspended", "and suspended it stays")
    is_equal(ask("register", {"serial": "T-9", "code": row.next()}, who="carol"), "auth-failed", "registering is no way around")


def administrator():
    # his token is suspended: what he may not is refused before that shows
    tries = [("user open-registration", {"user": "boss"}, ()), ("user add", {}, [{"user": "evil", "role": "master"}]),
             ("user add", {}, [{"user": "evil", "role": "administrator"}])]
    said = [ask(verb, {**values, **shown("adm", "00000000")}, rows, who="adm") for verb, values, rows in tries]
    is_equal(set(said) - {"auth-failed", "suspended"}, set(), "nothing on a master without the code")
    is_equal(ask("token import", shown("adm", "000000"), [{"serial": "Z-1", "secret": b"z" * 20}], who="adm"), "not-permitted",
             "an import is not an administrator's")
    site.must("unlock", "--serial", "T-9", "--yes", user="boss")
    said = [ask(verb, {**values, **shown("adm", site.user_tokens["adm"].next())}, rows, who="adm") for verb, values, rows in tries]
    is_equal(said, ["not-permitted"] * 3, "and with it neither, nor a new one made")


def stolen_by_import():
    before = [site.show_user("alice"), site.show_user("boss")]
    said = [ask("token import", {}, [{"serial": f"U-{i}", "secret": bytes([65 + i]) * 20, "users": [name]}])
            for i, name in enumerate(("alice", "boss", "alice\u202e", "-alice", "a/b"))]
    is_equal(said, ["conflict", "conflict", "bad-input", "bad-input", "bad-input"], "an import takes nobody who has a token")
    is_equal(ask("token import", {}, [{"serial": "U-9", "secret": b"9" * 20, "users": ["ALICE"]}]), "ok", "ALICE is somebody else")
    is_equal(service("alice", harness.hotp(b"9" * 20, int(time.time()) // 60)), "auth-failed", "whose codes are not alice's")
    site.must("user", "show", "ALICE")
    after = [site.show_user("alice"), site.show_user("boss")]
    is_equal([(u["role"], u["serial"], u["rights"]) for u in after], [(u["role"], u["serial"], u["rights"]) for u in before],
             "role, token and rights as they were")


def passwords():
    def change(old, new="another good password"):
        return ask("password set", {"confirm": old, "new_confirm": new}, who="carol")
    site.add_user("eve")
    word = site.words["eve"]
    is_equal(ask("unlock", {"user": "alice", "confirm": word}, who="eve"), "not-permitted", "a word is no password: not for an act")
    is_equal(ask("password set", {"confirm": word, "new_confirm": word.replace("-", "").upper()}, who="eve"), "policy", "nor the new one, in capitals")
    said = [ask("password set", {"confirm": word, "new_confirm": new}, who="eve") for new in (site.password("eve"), "once more the word")]
    is_equal(said, ["ok", "auth-failed"], "it is good once")
    connections = [wire.connect(site.socket, 30) for _ in range(4)]
    said = [change("wrong password") for _ in range(3)]
    is_equal(said, ["auth-failed"] * 3, "three wrong passwords")
    is_equal([ask("password set", {"confirm": site.password("carol"), "new_confirm": "another good password"}, who="carol", connection=c)
              for c in connections], ["throttled"] * 4, "then a wait, on all connections, for the right one too")


def other_uids():
    values = shown("boss", site.master_code())
    is_equal([as_uid(uid, lambda: ask("user add", {"as": "boss", **values}, [{"user": "evil"}])) for uid in (ALICE, WWW)],
             ["not-permitted"] * 2, "nobody is somebody else by AS, a trusted peer neither, whatever he shows")
    is_equal(service("boss", values["code"]), "ok", "and the code was not looked at")
    is_equal(as_uid(WWW, lambda: ask("verify", {"user": "alice", "code": "000000"})), "auth-failed", "a trusted peer has others verified")
    is_equal([as_uid(WWW, lambda: ask(verb, values)) for verb, values in
              (("unlock", {"user": "alice", **shown("boss")}), ("token list", {}), ("status", {"user": "alice"}), ("explain", {"subject": "alice"}))],
             ["not-permitted"] * 4, "and no more than that")
    is_equal([as_uid(MALLORY, lambda: ask(verb, {"user": "alice", "code": "000000"} if verb == "verify" else {"user": "alice"}))
              for verb in ("verify", "login check", "session open", "status", "user show")], ["not-permitted"] * 5,
             "an ordinary user asks nothing about others")
    as_uid(MALLORY, lambda: ask("session open", {"user": "alice", "login_user": "boss"}))
    ok("login=boss" not in site.log(), "nor writes another's name as the login user behind him")


def false_server():
    site.service("test", "auth required @otp", "account required @otp")
    site.stop()
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.chown(site.path("run"), MALLORY, MALLORY)
        os.setresuid(MALLORY, MALLORY, MALLORY)
        stand_in = wire.StandIn(site.socket, lambda verb, values: wire.answer("ok"))
        os.write(w, b"x")
        time.sleep(60)
        stand_in.close()
        os._exit(0)
    os.read(r, 1)
    os.chown(site.path("run"), 0, 0)
    result = site.pam("test", "alice", ["123456"], "on,auth,acct")
    is_equal((result.auth, result.acct), ("PAM_AUTHINFO_UNAVAIL", "PAM_AUTHINFO_UNAVAIL"), "a server of somebody else's is not believed", result)
    os.kill(pid, 9)
    os.waitpid(pid, 0)


with harness.Site(people={"alice": ALICE, "mallory": MALLORY, "www": WWW}, conf={"trusted_peers": str(WWW)}) as site:
    site.begin()
    site.user("alice", site.token("T-1"))
    site.user("carol")
    second_token()
    one_code_twice()
    dry_runs()
    own_token()
    administrator()
    stolen_by_import()
    passwords()
    if harness.is_root() and site.has_people:
        other_uids()
        false_server()
    else:
        skip("other uids", "needs root and a private passwd")
    done()
