#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the store at every kind of moment, then cuts the power: what was acknowledged must be there, and nothing else.

crash.py                      the test: a few bounded runs and their controls
crash.py SEED ACTS IMAGES     one run (kill -9 in between, then power-loss images); OTP_CRASH_CONTROL=nosync|nodir|early
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import history  # noqa: E402

BUILD = os.environ.get("OTP_BUILD", ".")
DRIVER = os.path.join(BUILD, "tests", "store_driver")
SHIM = os.path.join(BUILD, "tests", "crash", ".libs", "shim.so")
USERS = 30
GO_ON = 1000000     # the first of the acts after an image: later than any before


class Bad(Exception):
    pass


def driver(*arguments, env=None, stdout3=None):
    """The driver's run; it says what it does into stdout3."""
    command = [DRIVER] + [str(a) for a in arguments]
    if stdout3 is not None:
        command = ["sh", "-c", 'exec "$@" 3>&%d' % stdout3, "sh"] + command
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False,
                          pass_fds=() if stdout3 is None else (stdout3,))


def read_dump(out):
    """The dumped state, or None and what was said."""
    lines = out.stdout.splitlines()
    if not lines or not lines[-1].startswith("seq ") or any(l.startswith(("BAD", "UNUSABLE")) for l in lines):
        return None, (out.stdout[-300:] + out.stderr[-300:]).strip()
    state = {}
    for line in lines[:-1]:
        kind, name, value = line.split(" ", 2)
        state[kind + ":" + name] = value
    return state, lines[-1]


def dump(directory, checkpoint=False):
    """The logical state, or None if the store will not open."""
    if checkpoint:
        made = driver("checkpoint", directory)
        if made.returncode != 0:
            return None, made.stdout + made.stderr
    return read_dump(driver("dump", directory, USERS))


def step(state, act):
    """The state after an act, which the driver named before it did it; the audit has one event more."""
    state = dict(state)
    state["0:acts"] = str(int(state["0:acts"]) + 1)
    for item in act:
        what, *rest = item.split(":", 3)
        key = ":".join(rest[:2])
        if what == "P":
            state[key] = rest[2]
        elif what == "D":
            state.pop(key, None)
        elif what == "I":
            state[key] = str(int(state.get(key, "0")) + 1)
    return state


def prefixes(state, acts):
    """The states that follow, one act after the other."""
    made = []
    for _, act in acts:
        state = step(state, act)
        made.append(state)
    return made


class Run:
    def __init__(self, seed, acts, images, control=()):
        self.rng = history.seeded(seed)
        self.seed, self.acts, self.images, self.control = seed, acts, images, control
        self.base = tempfile.mkdtemp(prefix="otpadm-crash.")
        self.dir = os.path.join(self.base, "site")
        self.log = os.path.join(self.base, "log")
        self.kills = self.bad = self.drawn = 0
        self.first = None

    def say(self, text):
        self.bad += 1
        if self.bad <= 3:
            print("# BAD " + text)

    def state_of(self, where):
        state, why = dump(where)
        if state is None:
            raise Bad(why)
        return state

    def live(self):
        """The acts, with the process, its child or both killed on the way."""
        made = driver("mk", self.dir, 4, 65536)
        if made.returncode != 0:
            raise Bad("mk: " + made.stdout + made.stderr)
        self.start = history.Disk(self.dir, self.control)
        self.start.rng = self.rng
        self.first = self.state_of_copy()
        observed = []
        at = 0
        while at < self.acts:
            upto = min(at + self.rng.randint(10, 150), self.acts)
            env = dict(os.environ, LD_PRELOAD=SHIM, CRASH_DIR=self.dir, CRASH_LOG=self.log)
            env["CRASH_KILL"] = str(self.rng.randint(1, self.rng.choice([15, 40, 40, 100, 400])))
            if self.rng.random() < 0.3:
                env["CRASH_EIO"] = str(self.rng.randint(1, 40))
            elif self.rng.random() < 0.3:
                env.update(CRASH_EIO=str(self.rng.randint(1, 2)), CRASH_EIO_NAME="mark")
            env["CRASH_CUT"] = str(self.rng.choice([0, 0, 10, 50, 90]))
            env["CRASH_GROUP"] = str(self.rng.randint(0, 1))
            command = [DRIVER, "early" if "early" in self.control else "drive", self.dir, str(at), str(upto), str(self.seed), str(USERS), str(self.rng.choice([1, 1, 4, 16]))]
            # the driver speaks on descriptor 3; the shim takes it from there
            done = subprocess.run(["sh", "-c", 'exec "$@" 3>/dev/null', "sh"] + command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=300, start_new_session=True, check=False)
            raw = self.raw()
            last = at - 1
            for line, _ in history.said(raw):
                if line.startswith("OP "):
                    last = max(last, int(line.split()[1]))
            if done.returncode == 0:
                at = upto
                continue
            if done.returncode != -signal.SIGKILL and not (done.returncode == 1 and "CRASH_EIO" in env):
                raise Bad("the driver ended with %d: %s%s" % (done.returncode, done.stdout, done.stderr))
            self.kills += 1
            # the recovery is part of the history, and may be killed too, several times in a row
            env.pop("CRASH_EIO", None)
            for _ in range(self.rng.choice([0, 0, 1, 2, 4])):
                self.recover_and_die(env)
            env.pop("CRASH_KILL")
            state, why = read_dump(subprocess.run([DRIVER, "dump", self.dir, str(USERS)], env=env, capture_output=True,
                                                  text=True, timeout=120, check=False))
            if state is None:
                raise Bad("unusable after kill %d: %s" % (self.kills, why))
            # from here on, what was seen must stay: the start has made it durable
            observed.append((len(self.raw()), state))
            at = last + 1
        return observed

    def recover_and_die(self, env):
        env = dict(env, CRASH_KILL=str(self.rng.randint(1, self.rng.choice([8, 25, 80]))))
        verb = self.rng.choice([["dump", self.dir, str(USERS)], ["checkpoint", self.dir]])
        done = subprocess.run([DRIVER] + verb, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, start_new_session=True, check=False)
        is_child = "child was lost" in done.stderr
        if done.returncode not in (0, -signal.SIGKILL) and not is_child:
            raise Bad("recovery ended with %d: %s%s" % (done.returncode, done.stdout, done.stderr))
        self.kills += done.returncode != 0

    def state_of_copy(self):
        copy = os.path.join(self.base, "copy")
        shutil.copytree(self.dir, copy)
        state = self.state_of(copy)
        shutil.rmtree(copy)
        return state

    def raw(self):
        with open(self.log, "rb") as file:
            return file.read()

    def power(self, observed):
        """The same history again, with the power cut at random moments."""
        disk = self.start
        events = list(history.records(self.raw()))
        want = sorted(self.rng.choice(range(len(events))) for _ in range(self.images))
        now, flying = self.first, []
        for index, (op, ino, off, second, data, at) in enumerate(events):
            while observed and at >= observed[0][0]:
                state = observed.pop(0)[1]
                if state != now and state not in prefixes(now, flying):
                    self.say("after a kill: " + self.difference(state, now, flying))
                now, flying = state, []
            if op == b"A":
                for line in data.decode().splitlines():
                    word = line.split()
                    if word[0] == "OP":
                        flying.append((int(word[1]), word[2:]))
                    else:
                        number, act = flying.pop(0)
                        if number != int(word[1]):
                            raise Bad("out of order: " + line)
                        now = step(now, act)
            else:
                disk.take(op, ino, off, second, data)
            while want and want[0] == index:
                want.pop(0)
                self.image(disk, now, flying, index)

    def image(self, disk, now, flying, index):
        where = os.path.join(self.base, "image")
        shutil.rmtree(where, ignore_errors=True)
        how = disk.image(where, self.rng)
        self.drawn += 1
        allowed = [now] + prefixes(now, flying)
        state, why = dump(where)
        if state is None:
            self.say("image at event %d, %s: %s" % (index, how, why.strip()))
            return
        if state not in allowed:
            self.say("image at event %d, %s: %s" % (index, how, self.difference(state, now, flying)))
            return
        if self.rng.random() < 0.4:
            self.go_on(where, state, "image at event %d, %s" % (index, how))

    def go_on(self, where, state, what):
        """More acts on top, a checkpoint, another start."""
        said = os.path.join(self.base, "said")
        with open(said, "wb") as file:
            done = driver("drive", where, GO_ON, GO_ON + 12, self.seed, USERS, 4, stdout3=file.fileno())
        if done.returncode != 0:
            self.say(what + ", does not go on: " + done.stderr)
            return
        with open(said, encoding="ascii") as file:
            acts = [(0, line.split()[2:]) for line in file if line.startswith("OP ")]
        want = prefixes(state, acts)[-1]
        again, why = dump(where, checkpoint=True)
        if again != want:
            self.say("%s, after its next acts and checkpoint: %s" % (what, why.strip()))

    def init(self):
        """The power is cut while the store is made: there is none, and it can be made; or it is there."""
        made = driver("keys", self.dir, 2, 65536)
        if made.returncode != 0:
            raise Bad("keys: " + made.stderr)
        disk = history.Disk(self.dir, self.control)
        disk.rng = self.rng
        env = dict(os.environ, LD_PRELOAD=SHIM, CRASH_DIR=self.dir, CRASH_LOG=self.log)
        made = driver("init", self.dir, 2, 65536, env=env)
        if made.returncode != 0:
            raise Bad("init: " + made.stderr)
        empty = {"0:acts": "0"}
        where = os.path.join(self.base, "image")
        there = 0
        for index, event in enumerate(history.records(self.raw())):
            disk.take(*event[:5])
            shutil.rmtree(where, ignore_errors=True)
            how = disk.image(where, self.rng)
            self.drawn += 1
            state, why = dump(where)
            there = there + 1 if state is not None else 0
            if state is None and why.startswith("UNUSABLE no-store"):
                made = driver("init", where, 2, 65536)
                state, why = dump(where) if made.returncode == 0 else (None, made.stderr)
            if state != empty:
                self.say("init, image at event %d, %s: %s" % (index, how, why.strip()))
            else:
                self.go_on(where, state, "init, image at event %d" % index)
        if there == 0:
            self.say("init said that there is a store, and there is none")

    @staticmethod
    def difference(state, now, flying):
        keys = sorted(k for k in set(state) | set(now) if state.get(k) != now.get(k))
        return "%d acts in flight, differs in %s" % (len(flying), ", ".join("%s: %s for %s" % (
            k, state.get(k, "nothing")[:24], now.get(k, "nothing")[:24]) for k in keys[:4]))

    def all(self):
        try:
            if self.acts == 0:
                self.init()
            else:
                observed = self.live()
                self.power(observed)
        except Bad as error:
            self.say(str(error))
        finally:
            shutil.rmtree(self.base, ignore_errors=True)
        print("# seed %d%s: %d acts, %d kills, %d images, %d bad" % (
            self.seed, " " + ",".join(self.control) if self.control else "", self.acts, self.kills, self.drawn, self.bad))
        return self.bad


def skip_if_sanitized():
    """What stands before the C library cannot stand before a sanitizer too."""
    with open(DRIVER, "rb") as file:
        if b"__asan_init" in file.read():
            print("1..0 # SKIP built with a sanitizer")
            sys.exit(0)


def main():
    skip_if_sanitized()
    if len(sys.argv) == 4:
        seed, acts, images = map(int, sys.argv[1:])
        control = tuple(c for c in os.environ.get("OTP_CRASH_CONTROL", "").split(",") if c)
        sys.exit(Run(seed, acts, images, control).all() > 0)
    soak = int(os.environ.get("OTP_SOAK", "1"))
    tests = [("seed %d: killed and cut off, nothing acknowledged is lost" % s, s, (), False) for s in range(1, 3 if soak == 1 else soak + 1)]
    tests += [("the power is cut while a store is made", 50, ("init",), False)]
    tests += [("control: half of the syncs left out is caught", 101, ("nosync",), True),
              ("control: directory syncs left out are caught", 102, ("nodir",), True),
              ("control: an answer before the flush is caught", 103, ("early",), True)]
    print("1..%d" % len(tests))
    failed = 0
    for number, (name, seed, control, must_be_bad) in enumerate(tests, 1):
        acts = 0 if control == ("init",) else 300 if control else 600
        bad = Run(seed, acts, 120 if control else 250, control).all()
        good = (bad > 0) == must_be_bad
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, name), flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
