#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of otpd among 16 busy clients, 50 times, during checkpoints too: it is back at once, no code passes twice,
nothing that was answered is gone, no child outlives it.

OTP_SOAK=N: N times the kills."""
import multiprocessing
import os
import random
import time

import harness
import wire
from harness import diag, done, is_equal, ok

KILLS = 50 * harness.SOAK
CLIENTS = 16
SEED = int(os.environ.get("OTP_SEED", "1"))
BACK_MS = 1000      # the bar; a busy machine is given five times that


def ask(connection, path, user, code):
    """The answer's word, and the connection to go on with: None when nobody knows what became of the question."""
    try:
        if connection is None:
            connection = wire.connect(path, timeout=5)
        return wire.call(path, "verify", {"user": user, "code": code}, connection=connection, timeout=20)[0], connection
    except Exception:       # killed before, in the middle, or after: all the same to a client
        if connection is not None:
            connection.close()
        return None, None


def client(path, user, token, stop, results):
    """Shows one code after the other, and each one again; tells how often each was let in."""
    rng = random.Random("%d %s" % (SEED, user))
    connection, let_in, last, odd, unknown = None, {}, -1, [], 0
    counter = token.counter
    while not stop.is_set():
        word, connection = ask(connection, path, user, token.at(counter))
        if word is None:
            unknown += 1
            time.sleep(0.01)
            continue            # the same code again: it may pass once, here or there
        if word == "ok":
            let_in[counter] = let_in.get(counter, 0) + 1
            last = counter
        elif word != "code-used":
            if word in ("unavailable", "busy", "store"):
                time.sleep(0.01)
                continue
            odd.append((counter, word))
        if word == "ok" and rng.random() < 0.2:
            word, connection = ask(connection, path, user, token.at(last))
            if word == "ok":
                let_in[last] += 1
            elif word not in (None, "code-used", "unavailable", "busy", "store"):
                odd.append((last, word))
        counter += 1
    results.put((user, let_in, counter, odd, unknown))


def processes_of(session):
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as file:
                rest = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(rest[3]) == session and rest[0] != "Z":
            found.append(int(name))
    return found


def busy(path, people, while_busy):
    """The clients at work while something happens; what each of them saw."""
    stop, results = multiprocessing.Event(), multiprocessing.Queue()
    clients = [multiprocessing.Process(target=client, args=(path, user, token, stop, results)) for user, token in people]
    for process in clients:
        process.start()
    try:
        while_busy()
    finally:
        stop.set()
    seen = [results.get(timeout=60) for _ in clients]
    for process in clients:
        process.join()
    return seen


def twice(seen):
    return [(user, counter) for user, let_in, *_ in seen for counter, n in let_in.items() if n > 1]


# ---- the control: with somebody who forgets, the same clients must see it
people = [("user%d" % i, harness.Token("K-%d" % i)) for i in range(CLIENTS)]
with harness.Site() as site:
    forgetful = wire.StandIn(site.path("forgetful"), judge=lambda *_: wire.answer("ok"))
    seen = busy(site.path("forgetful"), people[:4], lambda: time.sleep(0.5))
    ok(twice(seen), "control: codes that pass twice are noticed")
    forgetful.close()

# ---- the real one
with harness.Site(conf={"journal_segment": "64K"}) as site:
    site.begin()
    site.import_tokens([harness.Token(token.serial, users=user, secret=token.secret) for user, token in people])
    diag("seed %d" % SEED)
    rng = random.Random(SEED)
    left, slowest = [], 0.0

    def kills():
        global slowest
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.02, 0.25))
            session = site.otpd.pid
            site.kill()
            if not harness.wait_until(lambda: not processes_of(session), 5):
                left.append(processes_of(session))
            begin = time.monotonic()
            site.start()
            while ask(None, site.socket, "user0", "")[0] is None and time.monotonic() < begin + 30:
                pass
            slowest = max(slowest, time.monotonic() - begin)

    seen = busy(site.socket, people, kills)
    total = sum(len(let_in) for _, let_in, *_ in seen)
    unknown = sum(n for *_, n in seen)
    diag("%d kills, %d codes let in, %d answers lost, slowest first answer %d ms" % (KILLS, total, unknown, slowest * 1000))
    ok(total >= 10 * KILLS and unknown >= KILLS, "the clients were busy, and answers were lost", (total, unknown))
    is_equal(twice(seen), [], "%d kills among %d busy clients: no code passes twice" % (KILLS, CLIENTS))
    is_equal([o for *_, o, _ in seen if o], [], "nobody is told anything but right, used or not now")
    is_equal(left, [], "no child outlives it")
    ok(slowest < 5 * BACK_MS / 1000, "it is back at once", slowest)
    gone = []
    for user, let_in, *_ in seen:
        for counter in sorted(let_in)[-1:]:     # an older one of HOTP is no code at all, and counts
            word = ask(None, site.socket, user, dict(people)[user].at(counter))[0]
            if word == "ok":
                gone.append((user, counter))
    is_equal(gone, [], "what was answered is there: no code that was let in passes again")
    state = [(user, site.show_token(token.serial).get("state")) for user, token in people]
    is_equal([s for s in state if s[1] != "active"], [], "nobody was suspended by all that")
    # a client that was told to stop before it asked again does not know whether its last code was used up: the one after it
    fresh = [ask(None, site.socket, user, dict(people)[user].at(counter + 1))[0] for user, _, counter, *_ in seen]
    is_equal(fresh, ["ok"] * CLIENTS, "and everybody's next code lets him in")
    checkpoints = len([n for n in os.listdir(site.path("store/live/archive"))])
    ok(checkpoints > 1, "there were checkpoints all the time", checkpoints)
done()
