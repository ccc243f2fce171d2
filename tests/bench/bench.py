#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times log-ins through real PAM and a running otpd, beside other modules and beside the floor (see script/bench).

    OTP_BUILD=DIR bench.py [--quick] [--million] [--users N,N] [--clients N,N] [--rounds N] [--seconds S] [--dir DIR]

One run: all systems take turns, a few tenths of a second each, several rounds, in another order each
time, so that the machine's drift hits all alike. A figure is the median of the rounds' figures, a
ratio the median of the ratios within a round. The floor is an empty stack (pam_permit) and one
synced append of 512 bytes: what anything that remembers a code has to pay.

What a log-in is: pam_start, pam_authenticate, pam_end, the module loaded anew each time, by a user
who is registered (his first right code, which binds him, is given before), whose records stand in
the store's files when a round begins (otpd was stopped and started), with a code never used before.
Percentiles and rates count those that were let in; who was refused has a column of his own.
"""
import argparse
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
from harness import Clock, Site, built, hotp, library  # noqa: E402

SEED = 20260301
CLIENTS_MAX = 64
STEP = 60
MEMORY_FS = ("tmpfs", "ramfs", "overlay")
MODULE_DIRS = ("/lib/security", "/lib64/security", "/usr/lib/security", "/usr/lib64/security")


def say(text=""):
    print(text, flush=True)


def progress(text):
    print(f"... {text}", file=sys.stderr, flush=True)


# ---- the machine ---------------------------------------------------------------------------------
def file_system(path):
    """(type, device) of what path lies on."""
    path, best = os.path.realpath(path), ("", "unknown", "unknown")
    with open("/proc/self/mounts") as f:
        for line in f:
            device, where, kind = line.split()[:3]
            if (path + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best[0]):
                best = (where, kind, device)
    return best[1], best[2]


def work_place(wanted):
    """A directory of a real disk, as near as one is found."""
    if wanted:
        return os.path.abspath(wanted)
    places = [p for p in (os.environ.get("TMPDIR"), "/var/tmp", "/tmp", harness.BUILD) if p and os.access(p, os.W_OK)]
    return next((p for p in places if file_system(p)[0] not in MEMORY_FS), places[0])


def machine(place):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    kind, device = file_system(place)
    journals = os.listdir("/proc/fs/jbd2") if os.path.isdir("/proc/fs/jbd2") else []
    if kind == "ext4" and not any(name.startswith(os.path.basename(os.path.realpath(device)) + "-") for name in journals):
        kind += " without a journal"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{len(os.sched_getaffinity(0))} cores ({model or platform.machine()}), {memory:.0f} GiB, Linux {platform.release()}, "
            f"{kind} on {device}, load {os.getloadavg()[0]:.1f}")


def module(name):
    for where in MODULE_DIRS:
        if os.path.exists(f"{where}/{name}"):
            return f"{where}/{name}"
    return library(f"security/{name}")


# ---- memory of a process and what it started -----------------------------------------------------
def family(pid):
    """pid and all its descendants."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                parents.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(entry))
        except OSError:
            pass
    found = [pid]
    for each in found:
        found.extend(parents.get(each, []))
    return found


def kib(path, word):
    try:
        with open(path) as f:
            return sum(int(line.split()[1]) for line in f if line.startswith(word))
    except OSError:
        return None


def memory_kib(pid):
    """Shared pages once where the system tells (root), otherwise once for each process: an upper bound."""
    total = 0
    for each in family(pid):
        own = kib(f"/proc/{each}/smaps_rollup", "Pss:")
        if own is None:
            own = kib(f"/proc/{each}/status", "VmRSS:") or 0
        total += own
    return total


def watched(site, argv, stdout):
    """Runs argv; (seconds, peak MB of otpd and its children, peak MB of the command itself)."""
    peak = own = 0
    begin = time.monotonic()
    with open(site.path("tmp/err"), "w") as err:
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=err, env=site.environment(),
                             preexec_fn=harness.die_with_parent, start_new_session=True)
        while True:
            peak = max(peak, memory_kib(site.otpd.pid))
            own = max(own, kib(f"/proc/{p.pid}/status", "VmHWM:") or 0)
            try:
                p.wait(0.02)
                break
            except subprocess.TimeoutExpired:
                pass
    took = time.monotonic() - begin
    if p.returncode != 0:
        raise RuntimeError(f"{argv}: {p.returncode}\n{open(site.path('tmp/err')).read()}\n{site.log()[-2000:]}")
    return took, peak / 1024, own / 1024


# ---- people --------------------------------------------------------------------------------------
def secret(i):
    return random.Random(SEED + i).randbytes(20)


class Counters:
    """HOTP people of one system. The next n log-ins: nobody twice in two hands at once."""

    def __init__(self, who, first_counter):
        self.who = list(who)
        random.Random(SEED).shuffle(self.who)
        self.at = 0
        self.counter = dict.fromkeys(self.who, first_counter)

    def lines(self, n):
        """pam_bench gives line i to client i modulo clients: a cycle that they all divide keeps a person with one client."""
        cycle = min(n, len(self.who))
        if n > cycle and cycle > CLIENTS_MAX:
            cycle -= cycle % CLIENTS_MAX
        ring = [self.who[(self.at + i) % len(self.who)] for i in range(cycle)]
        self.at = (self.at + cycle) % len(self.who)
        lines = []
        for i in range(n):
            person = ring[i % cycle]
            lines.append(f"u{person:07d} {hotp(secret(person), self.counter[person])}\n")
            self.counter[person] += 1
        return lines


class Clocks:
    """TOTP people: each shows one code in the whole run, after the one that registered him."""

    def __init__(self, who):
        self.who = list(who)
        self.at = 0

    @staticmethod
    def line(person, steps):
        return f"u{person:07d} {hotp(secret(person), int(time.time() // STEP) + steps)}\n"

    def lines(self, n):
        chosen = self.who[self.at:self.at + n]
        self.at += len(chosen)
        return [self.line(person, 0) for person in chosen]


# ---- systems -------------------------------------------------------------------------------------
class System:
    """Something to log in through. How many log-ins are its share of a round, its own pace decides."""

    def __init__(self, name, service, people, only_clients=None, floor=None, limit=None):
        self.name, self.service, self.people, self.only, self.floor, self.limit = name, service, people, only_clients, floor, limit
        self.rate = {}
        self.rounds = {}

    def bench(self, site, lines, clients):
        argv = [built("tests/bench/pam_bench"), site.pam_dir, self.service, str(clients)]
        if self.floor:
            argv += ["floor", self.floor]
        out = site.run(argv, stdin="".join(lines), timeout=600)
        if out.status != 0:
            raise RuntimeError(repr(out))
        n, refused, _, rate, p50, p95, p99 = out.out.split()
        return {"n": int(n), "refused": int(refused), "rate": float(rate), "p50": int(p50), "p95": int(p95), "p99": int(p99)}

    def round(self, site, clients, seconds):
        if self.only and clients not in self.only:
            return
        if clients not in self.rate:        # how much fits, from a short try
            self.rate[clients] = self.bench(site, self.people.lines(clients), clients)["rate"]
        n = max(int(self.rate[clients] * seconds), clients, 10)
        lines = self.people.lines(min(-(-n // clients) * clients, self.limit or 10**6))
        if not lines:
            return
        figures = self.bench(site, lines, clients)
        if not self.floor:
            self.rate[clients] = figures["rate"]
        self.rounds.setdefault(clients, []).append(figures)


def middle(rounds, what):
    return statistics.median(r[what] for r in rounds)


class Names:
    """For a stack that asks nobody who he is."""

    @staticmethod
    def lines(n):
        return ["nobody 000000\n"] * n


# ---- what is set up ------------------------------------------------------------------------------
def write_delivery(site, n):
    """The even ones TOTP, the odd ones HOTP; each with a user assigned."""
    with open(site.path("tmp/delivery.csv"), "w") as f:
        f.write("serial,secret,type,algorithm,digits,step,counter,users\n")
        for i in range(n):
            kind = "hotp" if i % 2 else "totp"
            f.write(f"S{i:07d},{secret(i).hex()},{kind},sha1,6,{'' if i % 2 else STEP},{0 if i % 2 else ''},u{i:07d}\n")
    return site.path("tmp/delivery.csv")


def import_all(site, n, facts):
    path = write_delivery(site, n)
    argv = [built("cli/otpadm"), "--config", site.conf_file]
    with open(site.path("tmp/out"), "w") as out:
        took, peak, own = watched(site, [*argv, "-q", "token", "import", path], out)
    facts.append((f"import of {n} tokens and users", f"{took:.2f} s, {n / took:.0f} rows/s, "
                  f"otpd and children {peak:.0f} MB, otpadm {own:.0f} MB"))
    os.unlink(path)
    with open(site.path("tmp/out"), "w") as out:
        took, peak, own = watched(site, [*argv, "-o", "jsonl", "token", "list"], out)
    with open(site.path("tmp/out")) as f:
        n_lines = sum(1 for _ in f)
    if n_lines < n:
        raise RuntimeError(f"{n_lines} lines for {n} tokens")
    facts.append((f"list of {n} tokens (jsonl)", f"{took:.2f} s, otpd and children {peak:.0f} MB, otpadm {own:.0f} MB"))
    os.unlink(site.path("tmp/out"))


def set_up_oath(site, odd):
    path = module("pam_oath.so")
    if not path:
        return None
    file = site.write("oath/users", "".join(f"HOTP\tu{i:07d}\t-\t{secret(i).hex()}\n" for i in odd))
    site.service("oath", f"auth required {path} usersfile={file} window=20 digits=6")
    return System("pam_oath", "oath", Counters(odd, 0))


def set_up_google(site, odd):
    path = module("pam_google_authenticator.so")
    if not path:
        return None
    for i in odd:
        with open(os.open(site.path(f"google/u{i:07d}"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(f'{harness.base32(secret(i))}\n" HOTP_COUNTER 1\n" WINDOW_SIZE 10\n')
    me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    site.service("google", f"auth required {path} user={me} no_increment_hotp secret={site.path('google')}/${{USER}}")
    return System("pam_google_authenticator", "google", Counters(odd, 1))


def restart(site):
    """The records are in the store's files then. The next segment is written at a start, and not a part of a log-in."""
    site.restart()
    harness.wait_until(lambda: os.path.exists(site.path("store/live/ready")))
    time.sleep(0.2)


def bind(site, ours, totp):
    """The first right code of each, with all hands; for TOTP a code of the step before, shown to an otpd that lives in it."""
    clock = Clock(site.dir)
    site.stop()
    if clock.is_there:
        clock.advance(-STEP)
        site.clock = clock
    begin = time.time()
    site.start()
    lines = ours.people.lines(len(ours.people.who)) + [totp.people.line(i, -1 if clock.is_there else 0) for i in totp.people.who]
    done = ours.bench(site, lines, CLIENTS_MAX)
    if done["refused"]:
        raise RuntimeError(f"{done['refused']} first codes were refused\n{site.log()[-2000:]}")
    site.stop()
    site.clock = None
    if not clock.is_there:
        time.sleep(max(0.0, (begin // STEP + 2) * STEP - time.time()))
    site.start()
    progress(f"{len(lines)} registered in {time.time() - begin:.1f} s")


def plain_names(place):
    """The users stand in no passwd: where we may, only that file is asked, so that a system's other sources are not timed."""
    if not harness.is_root() or not harness.private_mounts():
        return "as this system's nsswitch.conf says"
    with open(f"{place}/nsswitch.conf", "w") as f:
        f.write("passwd: files\ngroup: files\n")
    harness.bind(f.name, "/etc/nsswitch.conf")
    return "in /etc/passwd only"


# ---- a size --------------------------------------------------------------------------------------
def measure(site, n, options, facts):
    """All systems at one size, round by round."""
    site.start()
    site.init()
    progress(f"{n} users: import")
    import_all(site, n, facts)
    site.service("otp", "auth required @otp")
    site.service("floor", "auth required pam_permit.so")
    odd, even = range(1, n, 2), list(range(0, n, 2))
    bound = random.Random(SEED).sample(odd, min(len(odd), options.bound))
    floor = System("floor", "floor", Names(), floor=site.path("floor.data"))
    ours = System("pam_otp (HOTP)", "otp", Counters(bound, 0))
    per_round = min(len(even), options.totp * options.rounds) // options.rounds
    totp = System("pam_otp (TOTP)", "otp", Clocks(even[:per_round * options.rounds + 1]), only_clients=(1,), limit=per_round)
    bind(site, ours, totp)
    progress("the others' files")
    for name in ("oath", "google"):
        os.mkdir(site.path(name), 0o700)
    others = [] if n > options.others_max else [s for s in (set_up_oath(site, odd), set_up_google(site, odd)) if s]
    systems = [floor, ours, totp, *others]
    for number in range(options.rounds):
        progress(f"round {number + 1} of {options.rounds}")
        restart(site)
        for clients in options.clients:
            order = systems[number % len(systems):] + systems[:number % len(systems)]
            for system in order:
                system.round(site, clients, options.seconds)
    return systems


def report(n, systems, clients):
    floor = systems[0]
    for c in clients:
        for s in systems:
            rounds = s.rounds.get(c)
            if not rounds:
                continue
            pairs = list(zip(rounds, floor.rounds[c]))
            slower = statistics.median(a["p50"] / b["p50"] for a, b in pairs)
            faster = statistics.median(a["rate"] / b["rate"] for a, b in pairs)
            say(f"| {n} | {c} | {s.name} | {sum(r['n'] for r in rounds)} | {sum(r['refused'] for r in rounds)} | {middle(rounds, 'p50'):.0f} "
                f"| {middle(rounds, 'p95'):.0f} | {middle(rounds, 'p99'):.0f} | {middle(rounds, 'rate'):.0f} | {slower:.2f} | {faster:.2f} |")


# ---- starts --------------------------------------------------------------------------------------
def journal(site):
    """(bytes used, bytes of one segment, number of segments) of the live journal."""
    live = site.path("store/live")
    names = sorted(f for f in os.listdir(live) if f.startswith("journal."))
    used = size = 0
    for name in names:
        try:
            with open(os.path.join(live, name), "rb") as f:
                data = f.read()
        except FileNotFoundError:       # a checkpoint has just dropped it
            continue
        size = len(data)
        used += len(data.rstrip(b"\0"))
    return used, size, len(names)


def start_after_kill(site, ours, times, facts):
    """kill -9 with a full segment; from the start of the process to the first login's answer."""
    restart(site)
    while True:
        used, size, n_segments = journal(site)
        if n_segments > 1 or used > 0.9 * size:
            break
        ours.bench(site, ours.people.lines(max(CLIENTS_MAX, int((0.93 * size - used) / 900) // 4)), CLIENTS_MAX)
    took = []
    for _ in range(times):
        site.kill()
        used, size, n_segments = journal(site)
        line = ours.people.lines(1)
        begin = time.monotonic()
        site.start(wait=False)
        while not site.is_listening():
            time.sleep(0.001)
        done = ours.bench(site, line, 1)
        took.append(time.monotonic() - begin)
        if done["refused"]:
            raise RuntimeError("refused after the start\n" + site.log()[-2000:])
    facts.append(("start after kill -9 to the first login answered",
                  f"{statistics.median(took) * 1000:.0f} ms (worst of {times}: {max(took) * 1000:.0f} ms); "
                  f"{used / 2**20:.1f} MB of journal in {n_segments} of segments of {size / 2**20:.0f} MB"))


def start_of(site, argv, times=60):
    took = []
    for _ in range(times):
        begin = time.monotonic()
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=site.environment(), check=True)
        took.append(time.monotonic() - begin)
    return statistics.median(took) * 1000


# ---- main ----------------------------------------------------------------------------------------
def numbers(text):
    found = [int(x) for x in text.split(",")]
    if min(found) < 1:
        raise argparse.ArgumentTypeError("numbers from 1")
    return found


def arguments():
    p = argparse.ArgumentParser(prog="script/bench")
    p.add_argument("--quick", action="store_true", help="1000 users, fewer and shorter rounds")
    p.add_argument("--million", action="store_true", help="1 000 000 users as well (some minutes)")
    p.add_argument("--users", type=numbers, help="default 1000,100000")
    p.add_argument("--clients", type=numbers, default=[1, 8, 64])
    p.add_argument("--rounds", type=int)
    p.add_argument("--seconds", type=float, help="of one system in one round")
    p.add_argument("--dir", help="where to work (a real disk)")
    options = p.parse_args()
    options.users = options.users or ([1000] if options.quick else [1000, 100000])
    if options.million:
        options.users = sorted({*options.users, 1000000})
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.seconds = options.seconds or (0.2 if options.quick else 0.4)
    if min(options.users) < 200 or max(options.users) > 9999999 or max(options.clients) > CLIENTS_MAX or options.rounds < 1:
        p.error("from 200 users, up to 64 clients, from 1 round")
    options.bound = 50000
    options.totp = 200
    options.others_max = 100000
    return options


def main():
    options = arguments()
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, lambda *_: sys.exit(1))
    place = tempfile.mkdtemp(prefix="otpadm-bench.", dir=work_place(options.dir))
    os.environ["TMPDIR"] = place
    facts, tables = [], []
    bad = False
    try:
        begin = time.monotonic()
        say(f"machine: {machine(place)}; names looked up {plain_names(place)}")
        if file_system(place)[0] in MEMORY_FS:
            say("warning: this is no real disk; the figures say little (--dir DIR)")
        for n in options.users:
            with Site() as site:
                if not site.dir.startswith(place):
                    raise RuntimeError(f"{place} is too long a path (--dir DIR)")
                systems = measure(site, n, options, facts)
                tables.append((n, systems))
                bad |= any(r["refused"] for s in systems[:3] for rounds in s.rounds.values() for r in rounds)
                if n == options.users[-1]:
                    progress("starts")
                    start_after_kill(site, systems[1], 3, facts)
                    facts.append(("start of the command", f"otpadm --version {start_of(site, [built('cli/otpadm'), '--version']):.1f} ms "
                                  f"(/bin/true, started the same way: {start_of(site, ['/bin/true']):.1f} ms)"))
        say("\n| users | clients | through | log-ins | refused | p50 µs | p95 µs | p99 µs | a second | p50 ÷ floor | a second ÷ floor |")
        say("|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for n, systems in tables:
            report(n, systems, options.clients)
        say("\n| what | measured |\n|---|---|")
        for what, measured in facts:
            say(f"| {what} | {measured} |")
        say(f"\n{time.monotonic() - begin:.0f} s, load at the end {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
