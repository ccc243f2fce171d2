# SPDX-License-Identifier: GPL-3.0-or-later
"""pam_otp.so when otpd is dead, silent, a stranger or talks rubbish, and when the configuration is wrong: refused, in time."""
import os
import random
import signal
import socket
import struct
import threading
import time

import harness
import wire
from harness import done, is_equal, ok, skip

PHASES = "on,auth,acct,open"
UNAVAILABLE = ("PAM_AUTHINFO_UNAVAIL",) * 3
BROKEN = ("PAM_SERVICE_ERR",) * 3
site = harness.Site()
service = ["auth required @otp {0}", "account required @otp {0}", "session required @otp {0}"]
site.service("plain", *[line.format("") for line in service])
# would let in whoever is ignored
site.service("nullok", *[line.format("nullok") + f"\n{line.split()[0]} required pam_permit.so" for line in service])


def attempt(name="plain", phases=PHASES, **how):
    began = time.monotonic()
    result = site.pam(name, "alice", ["123456"] * 3, phases=phases, **how)
    result.seconds = time.monotonic() - began
    result.all = (result.auth, result.acct, result.open)
    return result


def refused_quickly(what, want=UNAVAILABLE):
    for name in ("plain", "nullok"):
        result = attempt(name)
        is_equal(result.all, want, f"{what}: {name}: {want[0]}", result)
        ok(result.seconds < 3, f"{what}: {name}: at once ({result.seconds:.2f} s)")
        is_equal(result.host, "unchanged", f"{what}: {name}: the host is as it was")


# ---- nobody there
refused_quickly("no socket")
site.write("run/otpd.sock", "")
refused_quickly("a file in the socket's place")
os.unlink(site.socket)
stale = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
stale.bind(site.socket)
refused_quickly("a socket that nobody listens on")
stale.close()
os.unlink(site.socket)
stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.bind(site.socket)
stream.listen()
refused_quickly("a socket of another type")
stream.close()
os.unlink(site.socket)

# ---- somebody there who does not answer as he should
seed = random.randrange(1 << 30)
print(f"# seed {seed}")
rng = random.Random(seed)
good = wire.answer("ok")
rubbish = {"one byte": b"\x01", "another version": b"\x02" + good[1:], "a request for an answer": wire.request("status"),
           "an unknown verdict": wire.answer("most-welcome"), "an empty verdict": wire.answer(""),
           "an answer cut short": good[:-1], "an answer with something behind": good + b"\0",
           "an unknown field": good[:-3] + struct.pack("<H", 8) + struct.pack("<HH", 499, 4) + b"abc\0" + b"\0",
           "an answer without end": struct.pack("<BBBH", 1, 2, 1, 0), "200000 bytes": b"\x01" * 200000}
for name, packet in rubbish.items():
    otpd = wire.StandIn(site.socket, lambda verb, values: packet)
    if name == "an answer without end":
        result = []
        thread = threading.Thread(target=lambda: result.append(attempt()))
        thread.start()
        harness.wait_until(lambda: otpd.asked)
        otpd.close()
        thread.join()
        ok(result[0].auth != "PAM_SUCCESS", f"rubbish: {name}", result[0])
        continue
    refused_quickly(f"rubbish: {name}")
    otpd.close()
packets = [good[:i] + bytes([good[i] ^ (1 << rng.randrange(8))]) + good[i + 1:] for i in range(len(good))]
otpd = wire.StandIn(site.socket, lambda verb, values: packets.pop(0))
bad = []
while packets:
    flipped = packets[0]
    result = attempt(phases="auth")
    # a bit of "changed" or of the audit number may differ: it still is an answer of OK
    if result.auth == "PAM_SUCCESS" and flipped[0:2] + flipped[3:9] != good[0:2] + good[3:9]:
        bad.append(flipped)
is_equal(bad, [], "an answer with a bit turned never turns into a success")
otpd.close()
otpd = wire.StandIn(site.socket, lambda verb, values: b"")
refused_quickly("hangs up")
ok(all(sum(v == verb for v, _ in otpd.asked) <= 3 for verb in ("verify", "session open")), "a request without an answer is not sent again",
   otpd.asked)
otpd.close()

# ---- silence: a deadline ends it, in all phases at once
otpd = wire.StandIn(site.socket, lambda verb, values: None)
results = {}
threads = [threading.Thread(target=lambda n=n, p=p: results.update({(n, p): attempt(n, p)})) for n in ("plain", "nullok")
           for p in ("auth", "acct", "open")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for (name, phase), result in sorted(results.items()):
    is_equal(getattr(result, phase), "PAM_AUTHINFO_UNAVAIL", f"silence: {name} {phase}", result)
    ok(5 < result.seconds < 20, f"silence: {name} {phase}: a deadline ends it ({result.seconds:.1f} s)")
otpd.close()
full = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
full.bind(site.socket)
full.listen(0)
callers = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(4)]
for caller in callers:
    caller.setblocking(False)
    caller.connect_ex(site.socket)
result = attempt(phases="auth")
is_equal(result.auth, "PAM_AUTHINFO_UNAVAIL", "a queue that is full", result)
ok(result.seconds < 25, f"a queue that is full: a deadline ends it ({result.seconds:.1f} s)")
for s in (*callers, full):
    s.close()
os.unlink(site.socket)

# ---- a server that is not ours
if harness.is_root():
    os.chmod(site.path("run"), 0o1777)
    reader, writer = os.pipe()
    impostor = os.fork()
    if impostor == 0:
        harness.die_with_parent()
        os.setgid(65534)
        os.setuid(65534)
        listener = wire.StandIn(site.socket, lambda verb, values: wire.answer("ok"))
        os.write(writer, b"up")
        time.sleep(600)
        os._exit(0)
    os.read(reader, 2)
    refused_quickly("a server of another uid")
    os.kill(impostor, signal.SIGKILL)
    os.waitpid(impostor, 0)
    os.unlink(site.socket)
    os.chmod(site.path("run"), 0o755)
else:
    skip("a server of another uid", "needs root")

# ---- configuration
otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer("ok"))
is_equal(attempt().all, ("PAM_SUCCESS",) * 3, "control: with the right configuration the same attempt succeeds")
with open(site.conf_file) as f:
    text = f.read()
for name, bad in (("an unknown key", text + "colour = blue\n"), ("a bad value", text + "fail_limit = 0\n"), ("a key twice", text + text),
                  ("no key", text + "hello\n"), ("a NUL byte", text + "# \0\n"), ("bytes that are no text", text + "language = \udcff\n")):
    with open(site.conf_file, "w", errors="surrogateescape") as f:
        f.write(bad)
    refused_quickly(f"configuration with {name}", BROKEN)
site.write(site.conf_file, text, 0o664)
refused_quickly("configuration that a group may write", BROKEN)
site.write(site.conf_file, text, 0o644)
if harness.is_root():
    os.chown(site.conf_file, 65534, 65534)
    refused_quickly("configuration of another owner", BROKEN)
    os.chown(site.conf_file, 0, 0)
else:
    skip("configuration of another owner", "needs root")
os.rename(site.conf_file, site.path("elsewhere"))
refused_quickly("no configuration", BROKEN)
os.symlink(site.path("elsewhere"), site.conf_file)
refused_quickly("a link for a configuration", BROKEN)
os.unlink(site.conf_file)
os.mkdir(site.conf_file)
refused_quickly("a directory for a configuration", BROKEN)
os.rmdir(site.conf_file)
os.mkfifo(site.conf_file, 0o644)
refused_quickly("a pipe for a configuration", BROKEN)
os.unlink(site.conf_file)
os.rename(site.path("elsewhere"), site.conf_file)
site.write_conf(socket="/" + "x" * 200)
refused_quickly("a socket's path that is too long", BROKEN)
site.write_conf(socket="none", otpd="/nonexistent/otpd")
refused_quickly("one-shot without an otpd")
site.write_conf(socket="none", otpd="/bin/true")
refused_quickly("one-shot with a program that says nothing")
site.write_conf(socket=site.socket)
is_equal(attempt().all, ("PAM_SUCCESS",) * 3, "control: put right, it succeeds again")
done()
