#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""otpd among clients that send rubbish, nothing, too much, or leave; what it must survive, and what must not survive it."""
import fcntl
import os
import pickle
import random
import resource
import signal
import socket
import struct
import subprocess
import threading
import time

import harness
import wire
from harness import SOAK, diag, done, is_equal, is_root, like, ok, skip, unlike, wait_until

SEED = int(os.environ.get("OTP_SEED") or random.randrange(1 << 32))
RANDOM = random.Random(SEED)
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"    # nss_wrapper comes first
spawn_log = os.devnull
ALICE, BOB, NOBODY, SLOW = 20001, 20002, 20003, 20004
diag(f"seed {SEED} (OTP_SEED)")


# ---- tools ---------------------------------------------------------------------------------------
def ask(site, verb, values=None, connection=None, timeout=10):
    """The error's word, or how the connection ended."""
    try:
        return wire.call(site.socket, verb, values, timeout, connection)[0]
    except socket.timeout:
        return "timeout"
    except (OSError, struct.error, IndexError) as e:
        return f"closed ({type(e).__name__})"


def is_alive(site):
    return ask(site, "status", {"user": "alice"}) == "ok"


def as_uid(uid, what):
    """what() in a child of that uid; its result."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(w, pickle.dumps(what()))
            status = 0
        finally:
            os._exit(status)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        raw = f.read()
    os.waitpid(pid, 0)
    return pickle.loads(raw) if raw else None


def processes(session):
    """pid -> (parent, name) of every process of a session."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                name, _, rest = f.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        rest = rest.split()
        if int(rest[3]) == session and rest[0] != "Z":
            found[int(pid)] = (int(rest[1]), name)
    return found


def helpers(site, name):
    return [pid for pid, (_, n) in processes(site.otpd.pid).items() if n == name]


def closed(connection, timeout=15):
    """Whether the server hangs up within that time."""
    connection.settimeout(timeout)
    try:
        while connection.recv(1 << 18):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


# ---- rubbish -------------------------------------------------------------------------------------
def send_rubbish(site, packet):
    """What comes back: "bad-input", "closed", or whatever was answered to what was no rubbish after all."""
    s = wire.connect(site.socket)
    try:
        try:
            s.send(packet)
        except OSError:
            return "too long to send"
        reply = s.recv(1 << 18)
        if not reply:
            return "closed"
        error = wire.read_answer(reply)[0]
        return error if error != "bad-input" else "bad-input" if closed(s, 2) else "bad-input, still open"
    except OSError:
        return "closed"
    finally:
        s.close()


def rubbish(site):
    good = wire.connect(site.socket)
    before = site.log().count("no request")
    at = time.monotonic()
    lengths = list(range(1, 80)) + [127, 128, 255, 4096, 61440, 65535, 65536, 131071, 131072, 131073, 140000, 200000]
    got = {send_rubbish(site, RANDOM.randbytes(n)) for n in lengths}
    is_equal(got - {"too long to send"}, {"bad-input"}, "random bytes of every length: bad input, and the connection is closed")
    valid = wire.request("verify", {"user": "alice", "code": "123456", "service": "test"})
    got = {send_rubbish(site, valid[:n]) for n in range(1, len(valid))}
    is_equal(got, {"bad-input"}, "a request cut off at every byte")
    got = {send_rubbish(site, valid + b"\0"), send_rubbish(site, valid + valid)}
    is_equal(got, {"bad-input"}, "a request with something behind it")
    got = {send_rubbish(site, struct.pack("<BB", wire.VERSION, wire.REQUEST) + struct.pack("<HB", verb, 0) + b"\0\0\0\0")
           for verb in [0, 200, 255, 256, 65535]}
    is_equal(got, {"bad-input"}, "verbs that there are not")
    got = {send_rubbish(site, bytes([wire.VERSION + 1]) + valid[1:]), send_rubbish(site, wire.answer())}
    is_equal(got, {"bad-input"}, "another version, and an answer")
    many = struct.pack("<BBHBH", wire.VERSION, wire.REQUEST, wire.VERBS["token import"], 0, 0) + struct.pack("<H", 65535)
    is_equal(send_rubbish(site, many + b"\0" * 1000), "bad-input", "more rows said than there are")
    words = set(wire.ERRORS) | {"bad-input", "closed"}
    strange = []
    base = [wire.request("explain", {"subject": "alice"}),
            wire.request("token import", rows=[{"serial": "X", "secret": b"\1" * 20}], dry_run=True)]
    for _ in range(300 * SOAK):
        packet = bytearray(RANDOM.choice(base))
        for _ in range(RANDOM.randint(1, 4)):
            packet[RANDOM.randrange(len(packet))] = RANDOM.randrange(256)
        result = send_rubbish(site, bytes(packet))
        if result not in words | {"bad-input, still open"}:    # well-formed, and not what the verb takes
            strange.append((result, packet.hex()))
    is_equal(strange, [], "requests with a few bytes changed: an answer or a closed connection, always")
    is_equal(ask(site, "status", {"user": "alice"}, connection=good), "ok", "who was connected all the while is served")
    good.close()
    n = site.log().count("no request") - before
    ok(1 <= n <= time.monotonic() - at + 2, f"the log has a line a second at most ({n})")


def strangers_fields(site):
    is_equal(ask(site, "status", {"serial": "X"}), "bad-input", "a field that is not the verb's")
    is_equal(ask(site, "verify", {"user": "alice"}), "bad-input", "a required field missing")
    with wire.connect(site.socket) as s:
        s.send(wire.request("status", rows=[{}]))
        is_equal(wire.read_answer(s.recv(1 << 18))[0], "bad-input", "rows where there are none")
        is_equal(ask(site, "status", {"user": "alice"}, connection=s), "ok", "such an error does not cost the connection")


# ---- silence, floods, slow readers ---------------------------------------------------------------
def come_and_go(site):
    for i in range(200):
        s = wire.connect(site.socket)
        if i % 3 == 1:
            s.send(wire.request("status"))
        elif i % 3 == 2:
            s.send(wire.request("token list"))
        s.close()
    ok(is_alive(site), "200 clients that leave at once, some in the middle of a request")


def idle_crowd(site):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    want = min(3000, hard - 500)
    crowd = [wire.connect(site.socket) for _ in range(want)]
    try:
        at = time.monotonic()
        got = {ask(site, "status", {"user": "alice"}) for _ in range(20)}
        took = (time.monotonic() - at) / 20
        is_equal(got, {"ok"}, f"{want} idle connections: others are served")
        ok(took < 0.2, f"... in {took * 1000:.1f} ms each")
    finally:
        for s in crowd:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def too_many_of_one(site):
    if not is_root():
        return skip("an ordinary uid's connections", "needs root, to be somebody else")

    def crowd():
        own = []
        for _ in range(40):
            own.append(wire.connect(site.socket))
        time.sleep(0.3)
        errors = []
        for s in own:
            try:
                s.send(wire.request("status"))
            except OSError:
                pass
            try:
                errors.append(wire.read_answer(s.recv(1 << 18))[0])
            except OSError as e:
                errors.append(type(e).__name__)
        return errors

    result, others = [None], []
    thread = threading.Thread(target=lambda: result.__setitem__(0, as_uid(NOBODY, crowd)))
    thread.start()
    while thread.is_alive():
        others.append(is_alive(site))
        time.sleep(0.02)
    thread.join()
    is_equal(result[0].count("busy"), 8, "the 33rd connection of an ordinary uid and those behind it are turned away", result[0])
    ok(all(others) and others, "and nobody else notices")


def quiet_ones(site):
    """Idle ordinary clients are dismissed so that they know that nothing was heard."""
    if not is_root():
        return skip("quiet clients", "needs root, to be somebody else")

    def quiet():
        s = wire.connect(site.socket)
        at = time.monotonic()
        gone = closed(s)
        took = time.monotonic() - at
        try:
            s.send(wire.request("status"))
            return gone, took, "sent"
        except BrokenPipeError:
            return gone, took, "EPIPE"

    gone, took, send = as_uid(NOBODY, quiet)
    ok(gone and 9 < took < 13, f"who sends nothing for 10 s is closed ({took:.1f} s)")
    is_equal(send, "EPIPE", "a send after that fails at once: nothing was heard")


def slow_reader(site):
    s = wire.connect(site.socket)
    s.setblocking(False)
    sent = stalled = 0
    packet = wire.request("explain", {"subject": "alice"})
    while stalled < 20 and sent < 100000:
        try:
            s.send(packet)
            sent, stalled = sent + 1, 0
        except BlockingIOError:
            stalled += 1
            time.sleep(0.02)
    others = [is_alive(site) for _ in range(50)]
    ok(all(others), f"a client with {sent} requests and no ear: the others are served")
    return s


def slow_reader_is_dropped(site, s):
    ok(wait_until(lambda: "does not read" in site.log(), 15), "... and it is dropped after 10 s")
    s.close()


def flood(site, seconds=2.0):
    """One client asks as fast as it can on 30 connections; a log-in beside it is not kept waiting."""
    stop = time.monotonic() + seconds
    asked = [0]

    def one():
        with wire.connect(site.socket) as s:
            while time.monotonic() < stop:
                ask(site, "status", {"user": "alice"}, connection=s)
                asked[0] += 1

    threads = [threading.Thread(target=one) for _ in range(30)]
    for t in threads:
        t.start()
    slowest = 0
    while time.monotonic() < stop:
        at = time.monotonic()
        if not is_alive(site):
            slowest = 99
        slowest = max(slowest, time.monotonic() - at)
    for t in threads:
        t.join()
    ok(slowest < 2, f"{asked[0]} requests of a flood: the slowest other one took {slowest * 1000:.0f} ms")


def slow_names(site):
    """Starts a client whose name the system is asked for in vain; call what comes back to see how it ended."""
    if not is_root() or not site.has_people:
        return lambda: skip("a directory service that hangs", "needs root and nss_wrapper")
    result = []

    def one():
        at = time.monotonic()
        result.append((as_uid(SLOW, lambda: ask(site, "status", timeout=20)), time.monotonic() - at))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for t in threads:
        t.start()
    time.sleep(0.2)
    at = time.monotonic()
    ok(as_uid(BOB, lambda: ask(site, "status")) in wire.ERRORS and time.monotonic() - at < 1,
       "while the system looks for one name, another is found")
    ok(is_alive(site) and time.monotonic() - at < 1, "and root needs none")

    def end():
        for t in threads:
            t.join()
        is_equal({verdict for verdict, _ in result}, {"unavailable"}, "a name that cannot be had: unavailable")
        ok(all(8 < took < 13 for _, took in result), "after 10 s", result)

    return end


# ---- who is calling ------------------------------------------------------------------------------
def callers(site):
    if not is_root() or not site.has_people:
        return skip("callers by uid", "needs root and nss_wrapper")
    status = as_uid(ALICE, lambda: wire.call(site.socket, "status"))
    is_equal(status[0], "ok", "an ordinary uid is its user")
    is_equal(status[1].get("user"), "alice", "... by the kernel's word")
    is_equal(as_uid(ALICE, lambda: ask(site, "status", {"as": "boss"})), "not-permitted", "he is nobody else")
    is_equal(as_uid(ALICE, lambda: ask(site, "verify", {"user": "boss", "code": "000000"})), "not-permitted",
             "and has nobody else verified")
    before = len(site.log())
    as_uid(ALICE, lambda: ask(site, "verify", {"code": "000000", "login_user": "root"}))
    line = wait_until(lambda: site.log()[before:])
    like(line, r"verb=verify .*actor=alice", "his request is in the log as his")
    unlike(line, r"login=root", "the login user that he names is not believed")
    is_equal(as_uid(NOBODY, lambda: ask(site, "status")) == "ok", False, "a uid without a name is nobody")
    is_equal(as_uid(NOBODY, lambda: ask(site, "token list")), "not-permitted", "and may nothing")
    is_equal(ask(site, "status", {"as": "/etc"}), "bad-input", "--as with what is no name")


# ---- passwords and hashers -----------------------------------------------------------------------
def hashers(site):
    tender = helpers(site, "otpd-hashers")
    is_equal(len(tender), 1, "one process tends the hashers")
    is_equal(len(helpers(site, "otpd-hasher")), 4, "four hashers")
    before = [(pid, sorted(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{pid}/fd")))
              for pid in helpers(site, "otpd-hasher")] if is_root() else []
    ok(all(kinds.count("socket") == 1 and len(kinds) == 4 for _, kinds in before),
       "a hasher has its own socket and no other descriptor than 0 to 2", before)

    def change(confirm):
        return ask(site, "password set", {"as": "alice", "confirm": confirm, "new_confirm": "another long password"}, timeout=40)

    def kill_all():
        """True when others have come in their place."""
        old = helpers(site, "otpd-hasher")
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        return wait_until(lambda: len(set(helpers(site, "otpd-hasher")) - set(old)) == 4)

    ok(kill_all(), "hashers that were killed are replaced")
    is_equal(change("not the right password"), "auth-failed", "and work")
    # one that dies with the job in hand
    for pid in helpers(site, "otpd-hasher"):
        os.kill(pid, signal.SIGSTOP)
    result = []
    thread = threading.Thread(target=lambda: result.append(change("not the right password")))
    thread.start()
    time.sleep(0.3)
    ok(is_alive(site), "hashers that hang hold up nobody else")
    kill_all()
    at = time.monotonic()
    thread.join()
    ok(time.monotonic() - at < 5, "a hasher that dies says so, by the one who tends it")
    is_equal(result, ["busy"], "a job that died with its hasher is refused, and is no wrong password")
    # a hash that was changed while another was being compared with it
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(ask(site, "password set", {
        "as": "alice", "confirm": site.password("alice"), "new_confirm": f"the new password {i}"}, timeout=40))) for i in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    is_equal(sorted(results), ["auth-failed", "auth-failed", "ok"], "three changes with the same old password at once: one")
    # leaving early takes nothing back
    s = wire.connect(site.socket)
    s.send(wire.request("password set", {"as": "alice", "confirm": "still not right", "new_confirm": "another long password"}))
    s.close()
    ok(wait_until(lambda: site.log().count('verb="password set" result=auth-failed') == 4),
       "a wrong password counts although its client left")


def batch(site):
    site.add_user("carol", "--role", "master")
    rows = [{"line": 1, "serial": "B-1", "secret": os.urandom(20)}]
    shown = {"as": "boss", "confirm": site.password("boss")}

    def send(s, verb, values, rows):
        s.send(wire.request(verb, values, rows))
        return wire.read_answer(s.recv(1 << 18))[0]

    with wire.connect(site.socket, 40) as s, wire.connect(site.socket, 40) as other:
        is_equal(send(s, "token import", {"as": "boss"}, rows), "auth-failed", "nothing shown, nothing imported")
        is_equal(send(s, "token import", {**shown, "code": site.master_code()}, rows), "ok", "shown once")
        rows[0] = {"line": 2, "serial": "B-2", "secret": os.urandom(20)}
        is_equal(send(s, "token import", {"as": "boss"}, rows), "ok", "it goes on without")
        is_equal(send(other, "token import", {"as": "boss"}, rows), "auth-failed", "but not on another connection")
        is_equal(send(s, "user open-registration", {"as": "boss", "user": "alice"}, []), "auth-failed", "nor with another verb")
        is_equal(send(s, "token import", {"as": "alice"}, rows), "not-permitted", "nor for another user")
        is_equal(send(s, "token import", {"as": "carol"}, rows), "auth-failed", "be he a master himself")
    with wire.connect(site.socket, 40) as s:
        s.send(wire.request("token import", {**shown, "code": site.master_code()}, rows, dry_run=True))
        s.recv(1 << 18)
        is_equal(send(s, "token import", {"as": "boss"}, rows), "auth-failed", "a dry run has shown nothing")


# ---- starting, stopping, dying -------------------------------------------------------------------
def dying(site):
    everybody = processes(site.otpd.pid)
    ok(len(everybody) >= 7, "otpd, its helpers and hashers run", everybody)
    lists = [wire.connect(site.socket) for _ in range(3)]
    for s in lists:
        s.send(wire.request("token list"))
    session = site.otpd.pid
    for pid in helpers(site, "otpd-hasher"):
        os.kill(pid, signal.SIGSTOP)    # not even those that would not notice
    site.kill()
    ok(wait_until(lambda: not processes(session), 5), "kill -9 leaves no child behind", processes(session))
    for s in lists:
        s.close()
    ok(os.path.exists(site.socket), "its socket stays behind")
    site.start()
    ok(is_alive(site), "and is taken over by the next")


def failed_flush(site):
    """What is not on the disk is told to nobody, and is not there afterwards."""
    fails = site.otpd_environment["OTP_SYNC_FAILS"]
    token = site.tokens["T-1"]
    code = token.next()
    reader = wire.connect(site.socket)
    is_equal(ask(site, "status", {"user": "alice"}, connection=reader), "ok", "before the disk fails")
    site.write(fails, "")
    like(ask(site, "verify", {"user": "alice", "code": code, "service": "test"}), "closed", "a failed flush: no answer to a right code")
    is_equal(site.otpd.wait(10), 1, "otpd ends at once")
    like(site.log(), "ending without an answer", "and says why")
    os.unlink(fails)
    site.otpd = None
    site.start()
    reader.close()
    like(ask(site, "verify", {"user": "alice", "code": code, "service": "test"}), "^(ok|code-used)$",
         "it starts again; the code was used, or was not, but once")
    is_equal(ask(site, "verify", {"user": "alice", "code": code, "service": "test"}), "code-used", "... and never again")


def helper_death(site):
    os.kill(helpers(site, "otpd-names")[0], signal.SIGKILL)
    is_equal(site.otpd.wait(10), 1, "without the process that knows names otpd stops, to be started again")
    ok(not processes(site.otpd.pid), "and leaves nobody")
    site.otpd = None
    site.start()


def second_one(site):
    second = subprocess.run([harness.built("otpd/otpd"), "--config", site.conf_file, "--stderr"], capture_output=True, text=True,
                            timeout=20)
    is_equal(second.returncode, 11, "a second otpd on the same socket goes away", second.stderr)
    like(second.stderr, "another otpd answers", "and says why")
    ok(is_alive(site), "the first is not disturbed")
    other = site.path("other.conf")
    with open(site.conf_file) as f:
        site.write(other, f.read().replace(site.socket, site.path("run/other.sock")), 0o644)
    third = subprocess.Popen([harness.built("otpd/otpd"), "--config", other, "--stderr"], stderr=subprocess.DEVNULL,
                             preexec_fn=harness.die_with_parent)
    wait_until(lambda: os.path.exists(site.path("run/other.sock")))
    time.sleep(0.1)
    is_equal(wire.call(site.path("run/other.sock"), "status", {"user": "alice"})[0], "unavailable",
             "one that waits for the store answers so")
    is_equal(site.stop(), 0, "SIGTERM: a clean end")
    ok(not os.path.exists(site.socket), "the socket is gone")
    ok(wait_until(lambda: wire.call(site.path("run/other.sock"), "status", {"user": "alice"})[0] == "ok", 5),
       "the one that waited has the store now")
    third.terminate()
    is_equal(third.wait(20), 0, "and ends as cleanly")
    site.write("run/otpd.sock", "not a socket")
    wrong = subprocess.run([harness.built("otpd/otpd"), "--config", site.conf_file, "--stderr"], capture_output=True, text=True,
                           timeout=20)
    ok(wrong.returncode == 4 and os.path.isfile(site.socket), "a file in the socket's place is left alone", wrong.stderr)
    os.unlink(site.socket)


def spawn(argv, fd_3, environment=None):
    """A program with a socket as its descriptor 3, and LISTEN_PID where that is asked for. Its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            harness.die_with_parent()
            fd = os.dup(fd_3.fileno()) if fd_3.fileno() == 3 else fd_3.fileno()
            os.dup2(fd, 3)
            log = os.open(spawn_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 2)
            env = dict(environment or {})
            if "LISTEN_FDS" in env:
                env.setdefault("LISTEN_PID", str(os.getpid()))
            os.closerange(4, 4096)
            os.execve(argv[0], argv, {**os.environ, **env})
        finally:
            os._exit(99)
    return pid


def end_of(pid, seconds=20):
    """The exit status; 128 and the signal, or None when it does not end."""
    for _ in range(int(seconds / 0.02)):
        got, status = os.waitpid(pid, os.WNOHANG)
        if got == pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def activated(site, kind=socket.SOCK_SEQPACKET, is_listening=True, environment=None):
    """otpd started as a service manager does it: its exit status if it ends, else what it answers."""
    path = site.path("run/activated.sock")
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(path)
    if is_listening:
        listener.listen(16)
    pid = spawn([harness.built("otpd/otpd"), "--config", site.conf_file, "--stderr"], listener,
                {"LISTEN_FDS": "1", **(environment or {})})
    listener.close()
    try:
        result = wait_until(lambda: wire.call(path, "status", {"user": "alice"})[0], 10)
    except OSError:
        return end_of(pid)
    os.kill(pid, signal.SIGTERM)
    return result if end_of(pid) == 0 else "no clean end"


def listening(site):
    is_equal(activated(site), "ok", "LISTEN_FDS: the socket is taken as it is")
    ok(os.path.exists(site.path("run/activated.sock")), "and not removed")
    is_equal(activated(site, environment={"LISTEN_FDS": "2"}), 2, "two descriptors: refused")
    is_equal(activated(site, environment={"LISTEN_FDS": "x"}), 2, "no number of descriptors: refused")
    is_equal(activated(site, kind=socket.SOCK_STREAM), 2, "a stream socket: refused")
    is_equal(activated(site, is_listening=False), 2, "one that does not listen: refused")


def without_store():
    with harness.Site() as site:
        site.start()
        is_equal(ask(site, "status"), "no-store", "without a store: no-store")
        is_equal(ask(site, "token list"), "no-store", "... for lists too")
        site.init()
        with wire.connect(site.socket) as s:
            s.send(wire.request("token list"))
            is_equal(wire.read_answer(s.recv(1 << 18))[0], "ok", "init makes it, without a restart")
        result = site.otpadm("init", "--master", "other", output=None)
        ok(result.status == 4, "a second init is refused", result)
        with open(f"/proc/{site.otpd.pid}/limits") as f:
            like(f.read(), r"Max core file size +0 +0", "no core dumps")


def one_shot():
    global spawn_log
    with harness.Site(one_shot=True, conf={"lock_timeout": "1s"}) as site:
        spawn_log = site.path("spawned.log")
        site.begin()
        site.user("alice", site.token("T-1"))

        def once():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            pid = spawn([harness.built("otpd/otpd"), "--once", "--config", site.conf_file, "--stderr"], theirs)
            theirs.close()
            ours.settimeout(20)
            return ours, pid

        s, p = once()
        is_equal(ask(site, "status", {"user": "alice"}, connection=s), "ok", "one-shot: answered")
        ok(os.getsid(p) == p, "in a session of its own")
        for sig in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            os.kill(p, sig)
        is_equal(ask(site, "status", {"user": "alice"}, connection=s), "ok", "HUP, TERM, INT and PIPE do not stop it")
        rival, q = once()
        at = time.monotonic()
        is_equal(ask(site, "status", {"user": "alice"}, connection=rival), "busy", "the store is another's: busy")
        ok(0.9 < time.monotonic() - at < 5, "after lock_timeout")
        late = []
        thread = threading.Thread(target=lambda: late.append(ask(site, "status", {"user": "alice"}, connection=rival)))
        thread.start()
        time.sleep(0.2)
        s.close()
        is_equal(end_of(p), 0, "it ends with its client")
        thread.join()
        ok(late and late[0] in ("ok", "busy"), "the rival has its turn", late)
        is_equal(ask(site, "status", {"user": "alice"}, connection=rival), "ok", "... at the next request at the latest")
        rival.close()
        end_of(q)
        stray = subprocess.run([harness.built("otpd/otpd"), "--once", "--config", site.conf_file], capture_output=True,
                               stdin=subprocess.DEVNULL, text=True, timeout=20)
        is_equal(stray.returncode, 2, "--once without a socket on 3")
        if is_root():
            os.chown(site.path("store"), BOB, BOB)
            ours, p = once()
            verdict = ask(site, "status", {"user": "alice"}, connection=ours)
            with open(f"/proc/{p}/status") as f:
                like(f.read(), rf"Uid:\s+{BOB}\s+{BOB}\s+{BOB}\s+{BOB}", "root's one-shot becomes the store's owner")
            ok(verdict not in ("ok",), "and is refused where the rest is not his", verdict)
            ours.close()
            end_of(p)


def waits_for_lock():
    """After a kill -9 the lock may still be a dying child's: who asks meanwhile waits, he is not refused."""
    with harness.Site(conf={"lock_timeout": "2s"}) as site:
        site.begin()
        site.user("alice", site.token("T-1"))
        site.stop()
        lock = os.open(site.path("store/lock"), os.O_RDWR)
        fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))    # F_OFD_SETLK
        site.start()
        late = []
        thread = threading.Thread(target=lambda: late.append(ask(site, "status", {"user": "alice"})))
        at = time.monotonic()
        thread.start()
        time.sleep(0.3)
        is_equal(late, [], "the store is another's: who asks waits")
        os.close(lock)
        thread.join()
        is_equal(late, ["ok"], "... and is served when it is free")
        ok(time.monotonic() - at < 2, "... soon")
        site.stop()
        lock = os.open(site.path("store/lock"), os.O_RDWR)
        fcntl.fcntl(lock, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        site.start()
        at = time.monotonic()
        is_equal(ask(site, "status", {"user": "alice"}), "unavailable", "another keeps the store: unavailable")
        ok(1.9 < time.monotonic() - at < 8, "... after lock_timeout")
        os.close(lock)


def main():
    global spawn_log
    with harness.Site(people={"alice": ALICE, "bob": BOB}) as site:
        spawn_log = site.path("spawned.log")
        site.otpd_environment.update({"OTP_SYNC_FAILS": site.path("tmp/sync-fails"), "LD_PRELOAD": harness.built("tests/trouble.so")})
        if site.has_people:    # before nss_wrapper, which asks nobody else
            site.nss["LD_PRELOAD"] = harness.built("tests/trouble.so") + ":" + site.nss["LD_PRELOAD"]
        site.begin()
        site.user("alice", site.token("T-1"))
        rubbish(site)
        strangers_fields(site)
        come_and_go(site)
        idle_crowd(site)
        too_many_of_one(site)
        flood(site)
        callers(site)
        batch(site)
        hashers(site)
        slow_end = slow_names(site)
        deaf = slow_reader(site)
        quiet_ones(site)
        slow_reader_is_dropped(site, deaf)
        slow_end()
        ok(is_alive(site), "after all that otpd serves")
        dying(site)
        failed_flush(site)
        helper_death(site)
        second_one(site)
        listening(site)
        unlike(site.log(), "AddressSanitizer|runtime error", "no sanitizer had anything to say")
    without_store()
    waits_for_lock()
    one_shot()
    done()


main()
