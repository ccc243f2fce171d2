# SPDX-License-Identifier: GPL-3.0-or-later
"""pam_otp.so as a guest: what it exports and links, and that nothing of it stays in the host: state, memory, secrets."""
import os
import re
import shutil
import struct
import subprocess
import sys

import harness
import wire
from harness import built, done, is_equal, ok, skip, unlike

MODULE = built("pam_module/pam_otp.so")
site = harness.Site()


def tool(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout


# ---- what it shows and what it needs
exports = sorted(line.split()[-1] for line in tool("nm", "-D", "--defined-only", MODULE).splitlines())
is_equal(exports, ["pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_close_session", "pam_sm_open_session", "pam_sm_setcred"],
         "exports the five entries and nothing else")
needed = re.findall(r"\(NEEDED\).*\[(.*)\]", tool("readelf", "-d", MODULE))
is_equal(sorted(n for n in needed if not re.match(r"lib[au]san|libclang_rt", n)), ["libc.so.6", "libpam.so.0"], "needs libpam and libc only")
unlike(tool("ldd", MODULE), r"crypto|gdbm|popt|ssl", "nothing of OpenSSL or GDBM is loaded with it")
undefined = tool("nm", "-D", "--undefined-only", MODULE)
unlike(undefined, r" (exit|abort|signal|umask|f?chdir|setlocale|(un)?setenv|putenv|clearenv|alarm|set[er]*[ug]id|system|popen|tzset|atexit|openlog)(@|\n)",
       "calls nothing that would change its host")
unlike(tool("readelf", "-d", MODULE), r"NODELETE|RPATH|RUNPATH", "may be unloaded, and looks for libraries nowhere else")
if harness.is_sanitized():
    skip("dlopen", "built with sanitizers")
else:
    child = subprocess.run([sys.executable, "-c", "import ctypes, os, sys, _ctypes\nl = ctypes.CDLL(sys.argv[1], os.RTLD_NOW | os.RTLD_LOCAL)\n"
                            "assert l.pam_sm_authenticate\n_ctypes.dlclose(l._handle)\n"
                            "assert 'pam_otp' not in open('/proc/self/maps').read()\nprint('good')", MODULE],
                           capture_output=True, text=True, check=False)
    is_equal(child.stdout.strip(), "good", "dlopen with RTLD_NOW alone, and dlclose leaves nothing mapped", child.stderr)

# ---- the host stays as it was, whatever happens
replies = []
otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer(replies.pop(0) if replies else "ok"))
phases = ["auth required @otp reveal {0}", "account required @otp reveal {0}", "session required @otp reveal {0}"]
for options in ("", "debug", "language=ja", "echo try_first_pass"):
    site.service("all", *[line.format(options) for line in phases])
    for said in (["ok"] * 4, ["auth-failed"] * 4, ["next-code"] * 4, ["suspended"] * 4, ["internal"] * 4, ["code-used"] * 4):
        replies[:] = said
        result = site.pam("all", "alice", ["123456", "234567"], phases="on,auth,setcred,acct,open,close", options=["-l"])
        is_equal(result.host, "unchanged", f"options '{options}', otpd says {said[0]}: the host is as it was", result)

# ---- no code stays in memory; with the control that the search finds one
site.service("plain", "auth required @otp")
site.service("asked", "auth required @password password=hunter22", "auth required @otp try_first_pass")
TRIALS = ((["ok"], ["83920175"]), (["auth-failed"], ["83920175"]), (["next-code", "ok"], ["83920175", "71930264"]),
          (["ok"], ["not a code, but a pass phrase that is long enough"]), (["internal"], ["83920175"]), (["ok"], ["@long 600"]))
if harness.is_sanitized():
    skip("no answer is left in memory", "built with sanitizers: they keep what was freed")
for said, answers in TRIALS if not harness.is_sanitized() else ():
    replies[:] = list(said)
    result = site.pam("plain", "alice", answers, options=["-s"])
    is_equal(result.left, 0, f"no answer is left in memory: {said}, {answers}", result)
    replies[:] = list(said)
    if answers[0][0] != "@":
        result = site.pam("plain", "alice", answers, options=["-s", "-L"])
        ok(result.left > 0, f"control: the search finds a copy: {said}, {answers}", result)
otpd.close()
if not harness.is_sanitized():
    is_equal(site.pam("plain", "alice", ["83920175"], options=["-s"]).left, 0, "no answer is left in memory: otpd is dead")

# ---- threads: each has its own conversation
right = {f"user{i}": f"{100000 + 1111 * i}" for i in range(8)}
otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer("ok" if values["code"] == right[values["user"]] else "auth-failed"))
line = " ".join(right[f"user{i}"] for i in range(8))
wrong = " ".join(right[f"user{(i + 1) % 8}"] for i in range(8))
result = site.pam("plain", "user%d", [line, wrong] * 20, options=["-n", "8", "-T", "-R", "40"])
is_equal([(r["success"], r["auth_err"]) for r in result.rounds], [(8, 0), (0, 8)] * 20, "8 threads, 40 rounds: each gets the answer to his own code",
         result.err)
otpd.close()

# ---- under a memory checker, where there is one
valgrind = shutil.which("valgrind")
if not valgrind or harness.is_sanitized():
    skip("valgrind", "not installed, or built with sanitizers")
else:
    otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer(replies.pop(0) if replies else "ok"))
    site.service("all", *[line.format("debug") for line in phases])
    for said in (["next-code", "ok"], ["suspended"]):
        replies[:] = list(said)
        result = site.pam("all", "alice", ["123456", "234567"], phases="on,auth,setcred,acct,open,close", timeout=120,
                          prefix=[valgrind, "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=definite",
                                  "--errors-for-leak-kinds=definite", "--track-fds=no"])
        ok(result.status != 99 and "PAM" in (result.auth or ""), f"valgrind has nothing to say: {said}", result)
    otpd.close()

# ---- translated prompts, where the locale can be made
def catalogue(texts):
    """A .mo file (GNU gettext manual, The Format of GNU MO Files): what is tested is the module, not our translation."""
    texts = {"": "Content-Type: text/plain; charset=UTF-8\n", **texts}
    pairs = sorted((k.encode(), v.encode()) for k, v in texts.items())
    at = 28 + 16 * len(pairs)
    tables, strings = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += struct.pack("<II", len(pair[column]), at + len(strings))
            strings += pair[column] + b"\0"
    return struct.pack("<7I", 0x950412de, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at) + b"".join(tables) + strings


os.makedirs(site.path("locales"))
os.chmod(site.path("locales"), 0o755)
localedef = shutil.which("localedef")
if localedef:
    subprocess.run([localedef, "-c", "-i", "ja_JP", "-f", "UTF-8", site.path("locales/ja_JP.UTF-8")], capture_output=True, check=False)
if not os.path.isdir(site.path("locales/ja_JP.UTF-8")):
    skip("a prompt in Japanese", "no ja_JP locale can be made here")
else:
    os.makedirs(site.path("mo/ja/LC_MESSAGES"))
    with open(site.path("mo/ja/LC_MESSAGES/otpadm.mo"), "wb") as f:
        f.write(catalogue({"One-time password: ": "ワンタイムパスワード: "}))
    # glibc itself loses what it reads of LOCPATH
    environment = site.environment({"LOCPATH": site.path("locales"), "OTP_TEST_LOCALEDIR": site.path("mo"), "LC_ALL": "C",
                                    "ASAN_OPTIONS": "detect_leaks=0"})
    otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer("ok"))
    english = ["One-time password: "]
    japanese = ["ワンタイムパスワード: "]
    for options, conf, locale, want in (("", None, "C", english), ("language=ja", None, "C", japanese), ("", "ja", "C", japanese),
                                        ("language=C", "ja", "C", english), ("language=../../etc", None, "C", english),
                                        ("", None, "ja_JP.UTF-8", japanese)):
        site.write_conf(language=conf)
        site.service("plain", f"auth required @otp {options}")
        result = site.pam("plain", "alice", ["123456"], env={**environment, "LC_ALL": locale})
        is_equal((result.prompts, result.host), (want, "unchanged"), f"the prompt's language: option '{options}', configured {conf}, host {locale}",
                 result)
    otpd.close()
done()
