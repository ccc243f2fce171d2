#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails the n-th call of the store and its children: no success without durability, and the next start has it all.

fault.py                      the test: a sample of every kind, and a control
fault.py KIND FIRST STEP      every STEP-th fault of a kind (calls, full, break, memory; with + for ever)
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crash  # noqa: E402

SHIM = os.path.join(crash.BUILD, "tests", "crash", ".libs", "fault.so")
FROM, ACTS, SEED, BATCH, MORE = 1000, 130, 7, 3, 20
HANGS = 60


class Site:
    """One store, made once and copied for every fault."""

    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="otpadm-fault.")
        self.made = os.path.join(self.base, "made")
        self.dir = os.path.join(self.base, "site")
        self.said = os.path.join(self.base, "said")
        self.count = os.path.join(self.base, "count")
        made = crash.driver("mk", self.made, 2, 65536)
        if made.returncode != 0:
            raise crash.Bad("mk: " + made.stdout + made.stderr)
        # something in shards and archive already, or nothing could be copied
        crash.driver("drive", self.made, 0, 40, SEED, crash.USERS, BATCH)
        self.first, why = crash.dump(self.made)
        if self.first is None:
            raise crash.Bad(why)

    def copy(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.copytree(self.made, self.dir)

    def run(self, fault, verb, *arguments):
        env = dict(os.environ, LD_PRELOAD=SHIM, CRASH_DIR=self.dir, FAULT=fault, FAULT_COUNT=self.count)
        with open(self.said, "wb"), open(self.count, "wb"):
            pass
        command = [crash.DRIVER, verb, self.dir] + [str(a) for a in arguments]
        return subprocess.run(["sh", "-c", 'exec "$@" 3>>"$SAID"', "sh"] + command, env=dict(env, SAID=self.said),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANGS, check=False)

    def counted(self):
        with open(self.count, encoding="ascii") as file:
            return int(file.read() or 0)

    def spoken(self):
        """What was begun, and how many of it were acknowledged."""
        acts, acknowledged = [], 0
        with open(self.said, encoding="ascii") as file:
            for line in file:
                word = line.split()
                if word[0] == "OP":
                    acts.append((int(word[1]), word[2:]))
                else:
                    acknowledged += 1
        return acts, acknowledged

    def judge(self, fault, verb="drive"):
        """None, or what is wrong."""
        self.copy()
        try:
            done = self.run(fault, verb, FROM, FROM + ACTS, SEED, crash.USERS, BATCH)
        except subprocess.TimeoutExpired:
            return "hangs"
        if done.returncode not in (0, 1):
            return "ended with %d: %s" % (done.returncode, done.stderr[-200:])
        acts, acknowledged = self.spoken()
        if done.returncode == 0 and acknowledged != ACTS:
            return "success after %d of %d acts" % (acknowledged, ACTS)
        states = [self.first] + crash.prefixes(self.first, acts)
        state, why = crash.dump(self.dir)
        if state is None:
            return "unusable (%s): %s" % (done.stderr.strip()[-100:], why)
        if state not in states[acknowledged:]:
            at = [i for i, s in enumerate(states) if s == state]
            return "%d acknowledged, %s found (%s)" % (acknowledged, at or "something else", done.stderr.strip()[-100:])
        more = crash.driver("drive", self.dir, 5000, 5000 + MORE, SEED, crash.USERS, BATCH)
        if more.returncode != 0:
            return "does not go on: " + more.stderr
        state, why = crash.dump(self.dir, checkpoint=True)
        if state is None:
            return "unusable later: " + why
        return None


def run(site, kind, first, step, verb="drive"):
    """Faults first, first + step, … until there are no more; how many were wrong."""
    base = kind.rstrip("+")
    site.copy()
    site.run("%s:0" % base, "drive", FROM, FROM + ACTS, SEED, crash.USERS, BATCH)
    total, bad, n, tried = site.counted(), 0, first, 0
    while n <= total:
        why = site.judge("%s:%d%s" % (base, n, "+" if kind.endswith("+") else ""), verb)
        if why is not None:
            bad += 1
            if bad <= 5:
                print("# BAD %s %d: %s" % (kind, n, why))
        n += step
        tried += 1
    if tried == 0:
        bad += 1
        print("# BAD %s: no call was counted" % kind)
    print("# %s: %d of %d calls failed, %d bad" % (kind, tried, total, bad))
    return bad


def main():
    crash.skip_if_sanitized()
    site = Site()
    try:
        if len(sys.argv) == 4:
            sys.exit(run(site, sys.argv[1], int(sys.argv[2]), int(sys.argv[3])) > 0)
        sys.exit(sample(site))
    finally:
        shutil.rmtree(site.base, ignore_errors=True)


def sample(site):
    share = 1 / int(os.environ.get("OTP_SOAK", "1"))
    tests = [
        ("a call fails once", "calls", 3, 47, "drive", False),
        ("calls fail from then on", "calls+", 5, 141, "drive", False),
        ("the disk is full once", "full", 2, 41, "drive", False),
        ("the disk is full from then on", "full+", 4, 67, "drive", False),
        ("writes and reads are cut short or interrupted", "break", 1, 61, "drive", False),
        ("all writes and reads are", "break+", 1, 311, "drive", False),
        ("there is no memory once", "memory", 9000, 149, "drive", False),
        ("there is no more memory", "memory+", 9000, 449, "drive", False),
        ("control: an answer before the flush is caught", "full+", 4, 67, "early", True),
    ]
    print("1..%d" % len(tests))
    failed = 0
    for number, (name, kind, first, step, verb, must_be_bad) in enumerate(tests, 1):
        bad = run(site, kind, first, max(1, int(step * share)), verb)
        good = (bad > 0) == must_be_bad
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, name), flush=True)
    return failed > 0


if __name__ == "__main__":
    main()
