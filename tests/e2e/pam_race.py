# SPDX-License-Identifier: GPL-3.0-or-later
"""One code given to many at once, through PAM, the socket and one-shot: one comes in. With controls that must fail.

OTP_SOAK=N: N times the rounds (1: 2 000)."""
import multiprocessing
import os
import time

import harness
import wire
from harness import diag, done, is_equal, ok

SOAK = harness.SOAK
START = time.monotonic()


def race(site, service, user, lines, n, *more, timeout=600):
    """rounds of n at once; each round's count of successes and refusals."""
    result = site.pam(service, user, lines, options=["-n", str(n), "-R", str(len(lines)), *more], timeout=timeout * SOAK)
    if len(result.rounds) != len(lines):
        diag(repr(result)[-2000:])
    return result.rounds


def one_each(rounds, n):
    """Rounds that are not: one success, n - 1 refusals."""
    return [r for r in rounds if (r["success"], r["auth_err"], r["other"]) != (1, n - 1, 0)]


# ---- the control first: with somebody who forgets what was used, the same race must see it
control = harness.Site()
right = {"123456"}
forgetful = wire.StandIn(control.socket, lambda verb, values: wire.answer("ok" if values["code"] in right else "auth-failed"))
control.service("race", "auth required @otp")
for more in ([], ["-T"]):
    rounds = race(control, "race", "alice", ["123456"] * 5, 8, *more)
    is_equal([r["success"] for r in rounds], [8] * 5, f"control: without the single-use check all 8 come in {more}")
    ok(len(one_each(rounds, 8)) == 5, f"control: and the race says so {more}")
forgetful.close()

# ---- through PAM and a running otpd
site = harness.Site().begin()
site.service("race", "auth required @otp")
token = site.token("R-1")
site.user("alice", token)
for n, rounds, more in ((2, 700, []), (4, 500, []), (8, 400, []), (16, 250, []), (32, 100, []), (64, 50, []), (16, 100, ["-T"])):
    rounds *= SOAK
    began = time.monotonic()
    seen = race(site, "race", "alice", [token.next() for _ in range(rounds)], n, *more)
    is_equal((len(seen), one_each(seen, n)), (rounds, []),
             f"PAM: one code to {n} {'threads' if more else 'processes'}, {rounds} rounds: one comes in")
    diag(f"{time.monotonic() - began:.1f} s")
state = site.show_token("R-1")
is_equal((state.get("fails"), state.get("state")), (0, "active"), "codes that were used already are not counted", state)

# ---- different users, each with a token of his own: all come in
others = [harness.Token(f"O-{i}") for i in range(16)]
site.import_tokens(others)
for i, other in enumerate(others):
    site.user(f"user{i}", other)
rounds = 50 * SOAK
seen = race(site, "race", "user%d", [" ".join(o.next() for o in others) for _ in range(rounds)], 16)
is_equal([r["success"] for r in seen], [16] * rounds, f"control: 16 users with 16 tokens, {rounds} rounds: all come in")

# ---- two users of one token share its single use
site.user("bob", token)
for turn in range(3):
    code = token.next()
    both = [site.pam("race", user, [code]).auth for user in ("alice", "bob")]
    is_equal(sorted(both), ["PAM_AUTH_ERR", "PAM_SUCCESS"], "one code of a shared token lets in one of the two")


# ---- straight at the socket
def ask(path, code, gate, results):
    connection = wire.connect(path)
    gate.wait()
    results.put(wire.call(path, "verify", {"user": "alice", "code": code}, connection=connection)[0])


def at_socket(n, code):
    gate, results = multiprocessing.Barrier(n), multiprocessing.Queue()
    processes = [multiprocessing.Process(target=ask, args=(site.socket, code, gate, results)) for _ in range(n)]
    for p in processes:
        p.start()
    words = sorted(results.get(timeout=30) for _ in processes)
    for p in processes:
        p.join()
    return words


for _ in range(10 * SOAK):
    words = at_socket(16, token.next())
    if not is_equal(words, sorted(["ok"] + ["code-used"] * 15), "socket: one code to 16 processes: one comes in"):
        break
code = token.next()
connections = [wire.connect(site.socket) for _ in range(16)]
for connection in connections:
    connection.send(wire.request("verify", {"user": "alice", "code": code}))
words = sorted(wire.read_answer(connection.recv(1 << 18))[0] for connection in connections)
is_equal(words, sorted(["ok"] + ["code-used"] * 15), "socket: one code on 16 connections of one process: one comes in")
for connection in connections:
    connection.close()

# ---- wrong codes at once: counted exactly, and no further than the suspension
limit = 5
for n in (2, 3, 4, 5, 8, 16, 32):
    fresh = site.token(f"W-{n}")
    site.user(f"wrong{n}", fresh)
    wrong = fresh.wrong()
    seen = race(site, "race", f"wrong{n}", [wrong], n)
    state = site.show_token(f"W-{n}")
    is_equal((seen[0]["success"], seen[0]["auth_err"]), (0, n), f"{n} wrong codes at once: nobody comes in")
    is_equal((state.get("fails"), state.get("state")), (min(n, limit), "suspended" if n >= limit else "active"),
             f"{n} wrong codes at once: the counter is exactly {min(n, limit)}", state)
    is_equal(site.pam("race", f"wrong{n}", [fresh.next()]).auth, "PAM_AUTH_ERR" if n >= limit else "PAM_SUCCESS",
             f"{n} wrong codes at once: {'suspended' if n >= limit else 'not suspended'}")

# ---- one-shot: every process starts an otpd of its own, one after the other gets the store
site.stop()
site.write_conf(socket="none", lock_timeout="60s")
for n, rounds in ((2, 5), (4, 5), (16, 3)):
    rounds *= SOAK
    seen = race(site, "race", "alice", [token.next() for _ in range(rounds)], n)
    is_equal((len(seen), one_each(seen, n)), (rounds, []), f"one-shot: one code to {n} processes, {rounds} rounds: one comes in")
seen = race(site, "race", "user%d", [" ".join(o.next() for o in others[:8])], 8)
is_equal(seen[0]["success"], 8, "control: one-shot: 8 users with 8 tokens all come in")

# ---- and afterwards what was used stays used, whoever opens the store
code = token.next()
is_equal(site.pam("race", "alice", [code]).auth, "PAM_SUCCESS", "one-shot: a fresh code")
site.write_conf(socket=site.socket)
site.start()
is_equal(site.pam("race", "alice", [code]).auth, "PAM_AUTH_ERR", "a code used one-shot is used for otpd")
site.kill()
site.start()
is_equal(site.pam("race", "alice", [code]).auth, "PAM_AUTH_ERR", "and after a kill -9")
is_equal(site.pam("race", "alice", [token.next()]).auth, "PAM_SUCCESS", "while a fresh one is right")
diag(f"{time.monotonic() - START:.1f} s in all")
done()
