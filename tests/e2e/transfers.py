# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers by the programs that ship: races for limits and executions, kill -9, attacks on the rules, receipts.

OTP_SOAK=N: N times the rounds and kills; OTP_SEED."""
import base64
import multiprocessing
import os
import random
import re
import subprocess
import time

import harness
import wire
from harness import as_uid, diag, done, is_equal, like, ok, skip
from money import Money, ask, at_once

SEED = int(os.environ.get("OTP_SEED", "1"))
KILLS = 50 * harness.SOAK
APPROVERS = ["ap%d" % i for i in range(8)]
WWW, BANK = 20003, 20004
rng = random.Random(SEED)
diag("seed %d" % SEED)


def setup():
    site.begin()
    for account, per_day in (("K-1", 100), ("K-2", 200), ("K-3", 300), ("BIG", 10 ** 9)):
        money.add_account(account, per_day)
    accounts = ["K-1", "K-2", "K-3", "BIG"]
    site.user("max")
    money.permit("max", "external:create,internal:create", accounts, per_transfer=1000)
    tokens = [harness.Token("A-%d" % i) for i in range(8)]
    site.import_tokens(tokens)
    for name, token in zip(APPROVERS, tokens):
        site.user(name, token)
        money.permit(name, "external:approve,internal:approve", accounts, per_transfer=1000, per_day=100000)


# ---- by hand
def by_hand():
    """The commands as a person and a program use them."""
    order = ["transfer", "submit", "--kind", "external", "--account", "BIG", "--payee", "Paper Ltd", "--amount", "12", "--reference", "H-1"]
    result = site.must(*order, user="max", confirm="")
    number = str(result.data["id"])
    is_equal((result.json["changed"], result.data["state"]), (True, "pending"), "an order is made", result)
    result = site.must(*order, user="max", confirm="")
    is_equal((result.json["changed"], str(result.data["id"])), (False, number), "the same order again is unchanged", result)
    is_equal(site.otpadm(*order[:-3], "13", *order[-2:], user="max", confirm="").status, 4, "another one under its reference is a conflict")
    is_equal(site.otpadm(*order).code, "not-permitted", "root orders nothing")
    is_equal(site.otpadm(*order[:-2], user="max", confirm="").status, 2, "an order without a reference is none")
    is_equal(site.otpadm("transfer", "show", "x").status, 2, "a number is a number")
    data = site.must("transfer", "show", number, user="ap1", confirm="").data
    is_equal((data["payee"], data["amount"], data["currency"], data["maker"]), ("Paper Ltd", "12", "JPY", "max"),
             "amounts are text, with the currency", data)
    is_equal([r["id"] for r in site.must("transfer", "list", "--state", "pending", user="max", confirm="").data["rows"]], [int(number)], "it is listed")
    is_equal(site.otpadm("approve", number, user="ap1", code=site.user_tokens["ap1"].next()).status, 2, "approving asks; without a terminal it needs --yes")
    result = site.otpadm("-n", "approve", number, user="ap1", confirm="")
    is_equal((result.status, result.json["changed"], money.show(int(number))["state"]), (0, True, "pending"), "a dry run changes nothing", result)
    result = site.otpadm("transfer", "withdraw", number, "--yes", "--reason", "a mistake", user="max", confirm="")
    is_equal((result.status, result.data["rows"][0]["state"]), (0, "withdrawn"), "it is withdrawn", result)
    is_equal(site.must("transfer", "show", number).data["reason"], "a mistake", "with the reason")
    is_equal(site.otpadm("transfer", "execute", number).status, 4, "and not executed")
    is_equal(site.otpadm("transfer", "execute", "--due").data["rows"], [], "nothing is due")


# ---- races
def control():
    """With somebody in otpd's place who says yes to all, the same jobs see it."""
    forgetful = wire.StandIn(site.path("forgetful"), judge=lambda *_: wire.answer("ok"))
    said = at_once([lambda: ask(site.path("forgetful"), money.execution(1)) for _ in range(16)])
    is_equal(said, ["ok"] * 16, "control: what is executed twice is noticed")
    forgetful.close()


def limits_raced():
    for k in (1, 2, 3) * harness.SOAK:
        account = "K-%d" % k
        before = money.used(account)
        ids = [money.submit("max", account, 100) for _ in APPROVERS]
        packets = [money.approval(name, [t], site.user_tokens[name].next()) for name, t in zip(APPROVERS, ids)]
        rng.shuffle(packets)
        said = at_once([lambda p=p: ask(site.socket, p) for p in packets])
        is_equal((sorted(said), money.used(account)), (["ok"] * k + ["over-limit"] * (8 - k), 100 * k),
                 "8 approvals at one moment, a limit for %d: %d of them" % (k, k), said)
        is_equal([money.show(t)["state"] for t in ids].count("approved"), k, "and so it stands in the store")
        for t in ids:
            if money.show(t)["state"] == "approved":
                site.must("transfer", "withdraw", str(t), "--yes", user="max", confirm="")
        is_equal(money.used(account), before, "what is taken back is free again")


def one_code_raced():
    ids = [money.submit("max", "BIG", 10) for _ in range(8)]
    code = site.user_tokens["ap0"].next()
    packets = [money.approval("ap0", [t], code) for t in ids]
    said = at_once([lambda p=p: ask(site.socket, p) for p in packets])
    is_equal(sorted(said), ["code-used"] * 7 + ["ok"], "one code, 8 approvals at one moment: one", said)
    site.must("transfer", "return", str(ids[said.index("ok")]), "--yes", "--reason", "twice", user="ap0")


def approved(n, amount=10):
    ids = [money.submit("max", "BIG", amount) for _ in range(n)]
    result = money.approve("ap1", *ids)
    if result.status != 0:
        raise RuntimeError(repr(result))
    return ids


def executed_raced():
    one, = approved(1)
    said = at_once([lambda: site.otpadm("transfer", "execute", str(one)) for _ in range(16)])
    is_equal(sorted(r.status for r in said), [0] + [4] * 15, "16 jobs execute one transfer: one does")
    orders = [row for r in said for row in (r.data or {}).get("rows", []) if row.get("receipt")]
    is_equal([o["id"] for o in orders], [one], "and one prints the order")
    ids = approved(12)
    said = at_once([lambda: site.otpadm("transfer", "execute", "--due") for _ in range(16)])
    is_equal([r.status for r in said], [0] * 16, "16 jobs with --due: nobody fails", said)
    orders = sorted(row["id"] for r in said for row in r.data["rows"])
    is_equal(orders, sorted(ids), "and each order is printed once")


# ---- kill -9
def killed():
    """Orders and executions while otpd is killed: what was answered is there, and nothing happens twice."""
    ids = [t for _ in range(2) for t in approved(40)]
    stop, results = multiprocessing.Event(), multiprocessing.Queue()

    def executor(seed):
        mine, answers = random.Random(seed), {}
        while not stop.is_set():
            t = mine.choice(ids)
            word = ask(site.socket, money.execution(t), 20)
            answers.setdefault(t, []).append(word)
            if word is None:
                time.sleep(0.01)
        results.put(("executed", answers))

    def maker(name):
        answers, i = {}, 0
        while not stop.is_set():
            packet = wire.request("transfer submit", {"as": "max", "kind": "external", "account": "BIG", "payee": "x", "amount": "1",
                                                      "reference": "%s-%d" % (name, i)})
            word = ask(site.socket, packet, 20)
            answers[i] = word == "ok" or answers.get(i, False)
            i += word is not None
            time.sleep(0.01 if word is None else 0.002)
        results.put((name, answers))
    processes = [multiprocessing.Process(target=executor, args=(SEED + i,)) for i in range(6)]
    processes += [multiprocessing.Process(target=maker, args=("kill%d" % i,)) for i in range(2)]
    for p in processes:
        p.start()
    for _ in range(KILLS):
        time.sleep(rng.uniform(0.005, 0.06))
        site.kill()
        site.start()
    time.sleep(0.2)
    stop.set()
    seen = [results.get(timeout=60) for _ in processes]
    for p in processes:
        p.join()
    told = [t for kind, answers in seen if kind == "executed" for t, words in answers.items() for w in words if w == "ok"]
    words = {w for kind, answers in seen if kind == "executed" for ws in answers.values() for w in ws}
    diag("%d kills, %d executions answered, words %s" % (KILLS, len(told), sorted(map(str, words))))
    is_equal(len(told), len(set(told)), "%d kill -9: no transfer is executed twice" % KILLS)
    ok(told and None in words and words <= {None, "ok", "wrong-state", "unavailable", "busy", "store"}, "the clients were busy, and answers were lost", words)
    states = {r["id"]: r["state"] for r in site.must("transfer", "list").data["rows"]}
    is_equal([t for t in told if states[t] != "executed"], [], "what was answered is executed")
    left = [t for t in ids if states[t] == "approved"]
    site.must("transfer", "execute", "--due")
    again = [site.otpadm("transfer", "execute", str(t)).status for t in ids]
    is_equal(set(again), {4}, "afterwards all of them are, each once (%d were left)" % len(left))
    orders = [(kind, i) for kind, answers in seen if kind != "executed" for i, is_there in answers.items() if is_there]
    references = [r["reference"] for r in site.must("transfer", "list", "--state", "pending").data["rows"]]
    is_equal([o for o in orders if references.count("%s-%d" % o) != 1], [], "every order that was answered is there, once (%d)" % len(orders))
    ok(orders, "there were orders")
    is_equal(len(references), len(set(references)), "no reference stands twice")


# ---- attacks
def yesterday():
    if not site.clock.is_there:
        return skip("limits refilled by withdrawing yesterday's transfer", "no libfaketime")
    old = money.submit("max", "K-1", 100, date="2099-01-01")
    is_equal(money.approve("ap2", old).status, 0, "approved today")
    site.clock.advance(86400)
    new, more = (money.submit("max", "K-1", 100) for _ in range(2))
    is_equal(money.approve("ap2", new).status, 0, "tomorrow the limit is there again")
    site.must("transfer", "withdraw", str(old), "--yes", user="max", confirm="")
    is_equal((money.approve("ap2", more).code, money.used("K-1")), ("over-limit", 100),
             "limits refilled by withdrawing yesterday's transfer: no")
    site.must("transfer", "return", str(new), "--yes", user="ap2")
    is_equal(money.approve("ap3", more).status, 0, "while today's gives back what it used")


def own():
    money.permit("ap4", "external:create", ["BIG"])
    t = money.submit("ap4", "BIG", 5)
    is_equal(money.approve("ap4", t).code, "policy", "a maker does not approve himself")
    is_equal(money.approve("ap5", t).status, 0, "somebody else does")


def before_the_session():
    site.user("eve", site.token("E-1"))
    money.permit("eve", "external:approve", ["BIG"], per_transfer=100, per_day=100, session=False)
    t = money.submit("max", "BIG", 50)
    result = money.approve("eve", t)
    is_equal(result.code, "not-permitted", "an approval before the session that follows a raise", result)
    site.must("session", "open", "eve")
    money.permit("eve", "external:approve", ["BIG"], per_transfer=40, per_day=40)
    money.permit("eve", "external:approve", ["BIG"], per_transfer=100, per_day=100, session=False)
    is_equal(money.approve("eve", t).code, "over-limit", "a raised limit neither")
    site.must("session", "open", "eve")
    is_equal(money.approve("eve", t).status, 0, "after it, yes")


def changed_since_shown():
    t = money.submit("max", "BIG", 5)
    digest = money.show(t)["digest"]
    other = ("0" if digest[0] != "0" else "1") + digest[1:]
    said = [ask(site.socket, wire.request("transfer approve", {"as": "ap5", "confirm": site.password("ap5"),
                                                               "code": site.user_tokens["ap5"].next()}, [row]))
            for row in ({"id": t, "digest": other}, {"id": t})]
    is_equal(said, ["conflict", "bad-input"], "what was not shown like this is not approved")


def unseen():
    site.user("mallory")
    t = money.submit("max", "BIG", 5)
    for verb in (["transfer", "show"], ["transfer", "receipt"], ["transfer", "withdraw", "--yes"]):
        said = [site.otpadm(*verb, str(n), user="mallory", confirm="") for n in (t, 999999)]
        is_equal([(r.status, re.sub(r"\d+", "N", r.json["error"]["message"])) for r in said], [(3, "there is no transfer 'N'")] * 2,
                 "who may not see a transfer learns nothing: " + " ".join(verb))
    is_equal(site.must("transfer", "list", user="mallory", confirm="").data["rows"], [], "and lists none")
    said = [site.otpadm("explain", str(n), user="mallory", confirm="").code for n in (t, 999999)]
    is_equal(said, ["not-permitted"] * 2, "nor has one explained")


def held_back():
    ids = approved(2)
    site.service("test", "auth required @otp")
    while site.show_token("A-1")["state"] != "suspended":
        site.pam("test", "ap1", [site.user_tokens["ap1"].wrong()])
    other = money.submit("max", "BIG", 10)
    money.approve("ap6", other)
    result = site.otpadm("transfer", "execute", "--due")
    is_equal((result.status, [(r["id"], r["result"]) for r in result.data["rows"] if r["id"] in [*ids, other]]),
             (14, [(t, "busy" if t in ids else "executed") for t in (r["id"] for r in result.data["rows"]) if t in [*ids, other]]),
             "an approver whose token is suspended holds it back, the others go on: 14", result)
    result = site.otpadm("transfer", "execute", str(ids[0]))
    is_equal((result.status, result.json["error"]["retryable"]), (11, True), "held back is to be tried again", result)
    like(result.json["error"]["message"], "suspended: held back", "and says so")
    like(site.must("explain", str(ids[0])).data["text"], "cannot be executed now: the token 'A-1'", "explain says why")
    site.must("unlock", "ap1", "--yes", user="boss")
    is_equal(site.otpadm("transfer", "execute", *map(str, ids)).status, 0, "after the unlock they go")


def two_hands():
    site.write_conf(approval="dual")
    site.restart()
    shared = harness.Token("S-1")
    site.import_tokens([shared])
    for name in ("hand1", "hand2"):
        site.user(name, shared)
        money.permit(name, "external:approve", ["BIG"], per_transfer=100, per_day=1000)
    t = money.submit("max", "BIG", 50, date="2099-01-01")
    is_equal(money.approve("hand1", t).code, "policy", "a token registered within 24 hours does not count")
    if not site.clock.is_there:
        return skip("two hands, a day later", "no libfaketime")
    site.clock.advance(86400)
    is_equal(money.approve("hand1", t).data["rows"][0]["state"], "pending", "a day later one of two is there")
    is_equal(money.approve("hand1", t).json["changed"], False, "one hand twice is one")
    can = site.must("explain", str(t)).data["can_approve"]
    ok("ap7" in can and "hand2" not in can, "who shares the token of the first is not asked", can)
    result = money.approve("hand2", t)
    is_equal((result.status, result.code), (9, "policy"), "a shared token does not approve for two", result)
    is_equal(site.otpadm("transfer", "execute", str(t)).status, 4, "with one of two nothing is executed")
    is_equal(site.must("explain", str(t)).data["approvals_needed"], 2, "two are needed")
    is_equal(money.approve("ap7", t).data["rows"][0]["state"], "approved", "another user with another token is the second")
    ok("ap6" not in site.must("explain", str(t)).data.get("can_approve", []), "then nobody is asked for any more")


def explained():
    t = money.submit("max", "BIG", 50)
    data = site.must("explain", str(t), user="max", confirm="").data
    ok({"ap5", "ap6"} <= set(data["can_approve"]) and "max" not in data["can_approve"], "explain names who can approve", data)


# ---- who executes
def executors():
    if not (harness.is_root() and site.has_people):
        return skip("who executes", "needs root and a private passwd")
    t, = approved(1)
    said = [as_uid(uid, lambda: ask(site.socket, money.execution(t))) for uid in (20001, WWW)]
    is_equal(said, ["not-permitted"] * 2, "neither a user nor a trusted peer without ':execute' executes")
    is_equal(ask(site.socket, wire.request("transfer execute", {"id": t, "as": "boss"})), "not-permitted", "nor root as a master")
    is_equal(as_uid(BANK, lambda: ask(site.socket, money.execution(t))), "ok", "a peer marked ':execute' does")


# ---- receipts
def openssl(receipt, pem):
    """By openssl alone, as the manual says."""
    signed = "".join(line for line in receipt.splitlines(True) if not line.startswith("signature: "))
    signature = base64.b64decode(re.search(r"^signature: (.*)$", receipt, re.M)[1])
    with open(site.path("tmp/signed"), "w") as f:
        f.write(signed)
    with open(site.path("tmp/sig"), "wb") as f:
        f.write(signature)
    key = site.write("tmp/key.pem", pem)
    return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", site.path("tmp/signed"),
                           "-sigfile", site.path("tmp/sig")], capture_output=True).returncode


def receipts():
    t = money.submit("max", "BIG", 77, payee="東京製紙 \\x0aamount: 1")
    money.approve("ap6", t)
    text = site.must("transfer", "execute", str(t), output=None).out
    is_equal(site.must("transfer", "receipt", str(t), output=None, user="max", confirm="").out, text, "the receipt is shown again, the same")
    ok("\npayee: 東京製紙 \\x5cx0aamount: 1\namount: 77\ncurrency: JPY\n" in text, "a payee makes no line", text)
    pem = site.must("transfer", "receipt", "--public-key", output=None).out
    path = site.write("tmp/receipt", text)
    is_equal(site.otpadm("transfer", "receipt", "--verify", path).status, 0, "otpadm says that it is right")
    if subprocess.run(["openssl", "version"], capture_output=True).returncode == 0:
        is_equal(openssl(text, pem), 0, "openssl pkeyutl alone says so, too")
        ok(openssl(text.replace("amount: 77", "amount: 78"), pem) != 0, "and not of a changed one")
    else:
        skip("openssl pkeyutl", "no openssl")
    for old, new in (("amount: 77", "amount: 78"), ("maker: max", "maker: mux"), ("otpadm receipt 1", "otpadm receipt 2")):
        result = site.otpadm("transfer", "receipt", "--verify", site.write("tmp/receipt", text.replace(old, new)))
        ok(result.status in (12, 13), f"changed: {new}", result)
    is_equal(site.otpadm("transfer", "receipt", "--verify", site.write("tmp/receipt", "hello\n")).status, 13, "what is no receipt is told apart")


with harness.Site(clock=True, people={"eve": 20001, "www": WWW, "bank": BANK},
                  conf={"trusted_peers": f"{WWW}, {BANK}:execute", "journal_segment": "64K"}) as site:
    money = Money(site)
    setup()
    by_hand()
    control()
    limits_raced()
    one_code_raced()
    executed_raced()
    executors()
    receipts()
    explained()
    own()
    before_the_session()
    changed_since_shown()
    unseen()
    held_back()
    killed()
    yesterday()
    two_hands()
    done()
