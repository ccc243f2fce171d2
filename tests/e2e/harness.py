# SPDX-License-Identifier: GPL-3.0-or-later
"""A private site for tests that run the real programs: store, otpd, otpadm, PAM stacks, a clock to turn.

    import harness
    from harness import ok, is_equal, skip, done

    with harness.Site(clock=True) as site:
        site.begin()                            # init, start, the master "boss" with password and token
        token = site.token("100001")            # imported
        site.user("alice", token)               # added, password set, registered
        site.service("test", "auth required @otp")
        result = site.pam("test", "alice", [token.next()])
        is_equal(result.auth, "PAM_SUCCESS", "a right code")
    done()

Nothing outside the site's own temporary directory is touched, and it is removed at the end. The caller
owns the store, so he is "root" there (interface.md), as uid 0 and as an ordinary user alike.
"""
import atexit
import base64
import ctypes
import glob
import hashlib
import hmac
import json
import os
import pickle
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("OTP_BUILD") or os.getcwd()
SOURCE = os.environ.get("OTP_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOAK = int(os.environ.get("OTP_SOAK") or "1")
LIBC = ctypes.CDLL(None, use_errno=True)
COMMAND_TIMEOUT = 60


# ---- TAP -----------------------------------------------------------------------------------------
class _Tap:
    count = 0
    failed = 0
    is_planned = False


def diag(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def ok(condition, name, detail=None):
    """One test. detail (anything, or a function that makes it) is shown when it fails."""
    _Tap.count += 1
    print(f"{'ok' if condition else 'not ok'} {_Tap.count} - {name.replace('#', '')}", flush=True)
    if not condition:
        _Tap.failed += 1
        if detail is not None:
            diag(detail() if callable(detail) else detail)
        diag("at " + ", ".join(f"{os.path.basename(f.filename)}:{f.lineno}" for f in traceback.extract_stack()[:-1]))
    return bool(condition)


def is_equal(got, want, name, detail=None):
    return ok(got == want, name, f"got  {got!r}\nwant {want!r}" + (f"\n{detail}" if detail is not None else ""))


def like(text, pattern, name):
    return ok(re.search(pattern, text or ""), name, f"/{pattern}/ is not in {text!r}")


def unlike(text, pattern, name):
    return ok(not re.search(pattern, text or ""), name, f"/{pattern}/ is in {text!r}")


def skip(name, reason):
    _Tap.count += 1
    print(f"ok {_Tap.count} - {name} # SKIP {reason}", flush=True)


def skip_all(reason):
    """The whole file: prints the plan and ends the program."""
    _Tap.is_planned = True
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def done():
    _Tap.is_planned = True
    print(f"1..{_Tap.count}", flush=True)
    sys.exit(1 if _Tap.failed else 0)


def _stop(number, _frame):
    """Stopped from outside: out through atexit, so that nothing is left behind."""
    sys.exit(128 + number)


for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, _stop)


# ---- things of the build -------------------------------------------------------------------------
def built(path):
    """A built program or module by its path in the build tree, libtool's wrapper avoided."""
    path = os.path.join(BUILD, path)
    real = os.path.join(os.path.dirname(path), ".libs", os.path.basename(path))
    found = real if os.path.exists(real) else path
    if not os.path.exists(found):
        raise FileNotFoundError(f"not built: {path}")
    return found


def is_sanitized():
    """Built with ASan: nothing can be loaded before it, and its allocator keeps what was freed."""
    try:
        with open(built("pam_module/pam_otp.so"), "rb") as f:
            return b"__asan" in f.read()
    except FileNotFoundError:
        return False


def is_root():
    return os.geteuid() == 0


def library(pattern):
    """A system library by a glob under the library directories, or None."""
    for base in ("/usr/lib", "/lib", "/usr/lib64", "/usr/local/lib"):
        for depth in ("", "/*", "/*/*"):
            found = sorted(glob.glob(f"{base}{depth}/{pattern}"))
            if found:
                return found[0]
    return None


def die_with_parent():
    """For preexec_fn: whatever happens to the test, its processes do not stay."""
    LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)


def wait_until(condition, seconds=10.0, pause=0.01):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    return condition()


def as_uid(uid, what):
    """What a function returns in a process of that uid, for root."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            os.write(w, pickle.dumps(what()))
        finally:
            os._exit(0)
    os.close(w)
    with os.fdopen(r, "rb") as f:
        data = f.read()
    os.waitpid(pid, 0)
    return pickle.loads(data)


# ---- codes ---------------------------------------------------------------------------------------
def hotp(secret, counter, digits=6, algorithm="sha1"):
    """RFC 4226, independent of the code under test."""
    mac = hmac.new(secret, struct.pack(">Q", counter), algorithm).digest()
    at = mac[-1] & 15
    return str((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 10 ** digits).zfill(digits)


class Token:
    """What a user holds in his hand. HOTP by default: no waiting for the next minute."""

    def __init__(self, serial, kind="hotp", digits=6, algorithm="sha1", step=60, secret=None, counter=0,
                 clock=time.time, **columns):
        self.serial, self.kind, self.digits, self.algorithm, self.step = serial, kind, digits, algorithm, step
        self.secret = secret or hashlib.sha256(b"seed of " + serial.encode()).digest()[:20]
        self.counter, self.clock, self.columns = counter, clock, columns

    def at(self, counter):
        return hotp(self.secret, counter, self.digits, self.algorithm)

    def now(self, steps=0):
        """The code shown now, or so many steps later (a TOTP token)."""
        return self.at(int(self.clock() // self.step) + steps)

    def next(self):
        """A fresh right code: the next counter, or what is shown now."""
        if self.kind == "totp":
            return self.now()
        code = self.at(self.counter)
        self.counter += 1
        return code

    def wrong(self):
        """A well-formed code that is right nowhere near."""
        base = self.counter if self.kind == "hotp" else int(self.clock() // self.step)
        near = {self.at(max(0, base + i)) for i in range(-200, 201)}
        all_codes = (str(i).zfill(self.digits) for i in range(137, 10 ** self.digits))
        return next(code for code in all_codes if code not in near)

    def csv(self):
        row = {"serial": self.serial, "secret": self.secret.hex(), "type": self.kind, "algorithm": self.algorithm,
               "digits": self.digits, "step": self.step if self.kind == "totp" else "",
               "counter": self.counter if self.kind == "hotp" else "", "not_before": "", "not_after": "", "users": ""}
        row.update(self.columns)
        return row


# ---- a file-driven clock for otpd ----------------------------------------------------------------
class Clock:
    """libfaketime for otpd alone, turned by writing a file. `is_there` is false without it and under sanitizers."""

    def __init__(self, directory):
        self.file = os.path.join(directory, "clock")
        self.offset = 0.0
        self.library = library("faketime/libfaketime.so.1")
        self.is_there = self.library is not None and not is_sanitized()
        self._write()

    def _write(self):
        with open(self.file + ".new", "w") as f:
            f.write(f"{self.offset:+.3f}\n")
        os.chmod(self.file + ".new", 0o644)
        os.rename(self.file + ".new", self.file)

    def advance(self, seconds):
        self.offset += seconds
        self._write()

    def now(self):
        return time.time() + self.offset

    def environment(self):
        if not self.is_there:
            return {}
        return {"LD_PRELOAD": self.library, "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DISABLE_SHM": "1", "FAKETIME_DONT_RESET": "1"}


# ---- results -------------------------------------------------------------------------------------
class Done:
    """What a command came to."""

    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err
        self.json = None
        try:
            self.json = json.loads(out)
        except ValueError:
            pass

    @property
    def data(self):
        return (self.json or {}).get("data")

    @property
    def code(self):
        """The error's word, "" when there is none."""
        return ((self.json or {}).get("error") or {}).get("code", "")

    def __repr__(self):
        return f"{' '.join(self.argv)}\nstatus {self.status}\n{self.out}{self.err}"


class Conversation:
    """What pam_client saw: .auth .setcred .acct .open .close, .said [(kind, text)], .prompts, .delay, .host."""

    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err
        self.said, self.rounds, self.delay, self.host, self.answers, self.left, self.fired = [], [], None, None, None, None, None
        self.auth = self.setcred = self.acct = self.open = self.close = self.start = None
        for line in out.splitlines():
            word, _, rest = line.partition(" ")
            if word in ("prompt-off", "prompt-on", "info", "error"):
                self.said.append((word, re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), rest)))
            elif word in ("auth", "setcred", "acct", "open", "close", "start"):
                setattr(self, word, rest)
            elif word in ("delay", "answers", "left", "fired"):
                setattr(self, word, int(rest))
            elif word == "host":
                self.host = rest
            elif word == "round":
                n = rest.split()
                self.rounds.append({n[i]: int(n[i + 1]) for i in range(1, len(n), 2)})

    @property
    def prompts(self):
        return [text for kind, text in self.said if kind.startswith("prompt")]

    @property
    def messages(self):
        return [text for kind, text in self.said if not kind.startswith("prompt")]

    def __repr__(self):
        return f"{' '.join(self.argv)}\nstatus {self.status}\n{self.out}{self.err}"


# ---- the site ------------------------------------------------------------------------------------
class Site:
    """A store with everything around it, in a directory of its own.

    clock: a Clock for otpd, site.clock.advance(seconds).   one_shot: socket = none.
    conf: keys of otpadm.conf beyond the private paths.     people: {name: uid}: a private passwd (nss_wrapper).
    """
    PASSWORD = "correct horse battery %s"

    def __init__(self, clock=False, one_shot=False, conf=None, people=None, otpd_environment=None):
        base = os.environ.get("TMPDIR") or "/tmp"
        self.dir = tempfile.mkdtemp(prefix="otp.", dir=base if len(base) < 60 else "/tmp")
        os.chmod(self.dir, 0o755)
        self.pid = os.getpid()
        atexit.register(self.remove)
        self.processes = []
        self.otpd = None
        self.one_shot = one_shot
        self.clock = Clock(self.dir) if clock else None
        self.people = people or {}
        self.otpd_environment = otpd_environment or {}
        self.words, self.tokens, self.user_tokens = {}, {}, {}
        self.master = None
        for name, mode in (("keys", 0o700), ("state", 0o700), ("run", 0o755), ("pam.d", 0o755), ("tmp", 0o700)):
            os.mkdir(self.path(name))
            os.chmod(self.path(name), mode)
        self.socket = self.path("run/otpd.sock")
        self.pam_dir = self.path("pam.d")
        self.conf_file = self.path("otpadm.conf")
        self.conf = {"store": self.path("store"), "keys": self.path("keys"), "state": self.path("state"),
                     "socket": "none" if one_shot else self.socket, "confirm_cost": "14",
                     "mail_command": "/bin/true", "mail_from": "otpadm@localhost"}
        try:
            self.conf["otpd"] = self._one_shot_program()
        except FileNotFoundError:
            pass
        self.conf.update(conf or {})
        self.write_conf()
        self._write_people()

    # -- files
    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        """A file of the site; its path."""
        path = name if name.startswith("/") else self.path(name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(fd, "w") as f:
            os.fchmod(f.fileno(), mode)
            f.write(text)
        return path

    def write_conf(self, **changes):
        """Sets keys (None removes one) and writes otpadm.conf anew; a running otpd keeps what it read."""
        for key, value in changes.items():
            self.conf.pop(key, None)
            if value is not None:
                self.conf[key] = value
        self.write(self.conf_file, "".join(f"{k} = {v}\n" for k, v in self.conf.items()), 0o644)

    def _one_shot_program(self):
        """otpd itself, or a way to it that turns its clock as well."""
        program = built("otpd/otpd")
        if not self.clock or not self.clock.is_there:
            return program
        env = " ".join(f"{k}='{v}'" for k, v in self.clock.environment().items())
        return self.write("otpd-with-clock", f"#!/bin/sh\nexec env {env} {program} \"$@\"\n", 0o755)

    def _write_people(self):
        self.nss = {}
        if not self.people:
            return
        wrapper = library("libnss_wrapper.so")
        with open("/etc/passwd") as f:
            passwd = f.read()
        with open("/etc/group") as f:
            group = f.read()
        for name, uid in self.people.items():
            passwd += f"{name}:x:{uid}:{uid}:{name}:/:/bin/sh\n"
            group += f"{name}:x:{uid}:\n"
        self.passwd_file = self.write("passwd", passwd, 0o644)
        self.group_file = self.write("group", group, 0o644)
        if wrapper and not is_sanitized():
            self.nss = {"NSS_WRAPPER_PASSWD": self.passwd_file, "NSS_WRAPPER_GROUP": self.group_file,
                        "LD_PRELOAD": wrapper}

    @property
    def has_people(self):
        """Whether the private names work on this machine."""
        return bool(self.nss)

    def environment(self, *more):
        """For every program: the C locale, the private names; then what is added (LD_PRELOADs join)."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "OTP", "NSS_WRAPPER", "LD_"))}
        env.update({"LC_ALL": "C.UTF-8", "TZ": "UTC", "OTP_BUILD": BUILD, "OTP_SOURCE": SOURCE})
        if os.environ.get("ASAN_OPTIONS"):
            env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        for extra in (self.nss, *more):
            for key, value in (extra or {}).items():
                env[key] = env["LD_PRELOAD"] + ":" + value if key == "LD_PRELOAD" and "LD_PRELOAD" in env else value
        return env

    # -- processes
    def run(self, argv, stdin=None, timeout=COMMAND_TIMEOUT, env=None, uid=None, preexec=None):
        """Any program, to its end; as another uid where we are root."""
        def before():
            die_with_parent()
            if preexec:
                preexec()
            if uid is not None and os.geteuid() != uid:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
        try:
            p = subprocess.run(argv, input=stdin, capture_output=True, timeout=timeout, env=env or self.environment(),
                               preexec_fn=before, cwd="/", start_new_session=True, text=True, errors="replace",
                               **({"stdin": subprocess.DEVNULL} if stdin is None else {}))
        except subprocess.TimeoutExpired as e:
            out, err = ((text or b"").decode(errors="replace") for text in (e.stdout, e.stderr))
            return Done(argv, "timeout", out, err)
        return Done(argv, p.returncode, p.stdout, p.stderr)

    def start(self, wait=True, arguments=()):
        """otpd in the foreground, in the background."""
        assert self.otpd is None or self.otpd.poll() is not None, "otpd runs already"
        self.otpd_log = self.path("otpd.log")
        log = open(self.otpd_log, "ab")
        self.otpd = subprocess.Popen([built("otpd/otpd"), "--config", self.conf_file, "--stderr", *arguments],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", preexec_fn=die_with_parent,
                                     start_new_session=True,
                                     env=self.environment(self.clock.environment() if self.clock else None,
                                                          self.otpd_environment))
        log.close()
        self.processes.append(self.otpd)
        if wait and not wait_until(lambda: self.is_listening() or self.otpd.poll() is not None):
            raise RuntimeError("otpd does not listen:\n" + self.log())
        if wait and self.otpd.poll() is not None:
            raise RuntimeError(f"otpd ended with {self.otpd.returncode}:\n" + self.log())
        return self.otpd

    def is_listening(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            s.connect(self.socket)
            return True
        except OSError:
            return False
        finally:
            s.close()

    def _end(self, sig):
        if self.otpd is None:
            return None
        if self.otpd.poll() is None:
            self.otpd.send_signal(sig)
        try:
            status = self.otpd.wait(30)
        except subprocess.TimeoutExpired:
            self.otpd.kill()
            status = self.otpd.wait()
        self.otpd = None
        return status

    def stop(self):
        """SIGTERM; the exit status (None: it did not run)."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """SIGKILL."""
        return self._end(signal.SIGKILL)

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        """What otpd has said so far."""
        try:
            with open(self.path("otpd.log"), errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def remove(self):
        if os.getpid() != self.pid:     # a child of the test: not its to clean up
            return
        for p in self.processes:
            if p.poll() is None:
                p.kill()
                p.wait()
        self.processes = []
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not SystemExit:
            diag("otpd said:\n" + self.log()[-4000:])
        self.remove()

    # -- otpadm
    def otpadm(self, *arguments, user=None, confirm=None, code=None, credentials=None, output="json", stdin=None,
               uid=None, env=None, timeout=COMMAND_TIMEOUT):
        """A command. user: --as USER, with his password (unless confirm is given, "" for none) and code."""
        argv = [built("cli/otpadm"), "--config", self.conf_file]
        if output:
            argv += ["-o", output]
        lines = dict(credentials or {})
        if user is not None:
            if uid is None:
                argv += ["--as", user]
            lines.setdefault("confirm", self.password(user) if confirm is None else confirm)
        elif confirm is not None:
            lines.setdefault("confirm", confirm)
        if code is not None:
            lines.setdefault("code", code)
        text = "".join(f"{k}={v}\n" for k, v in lines.items() if v != "")
        if text:
            path = self.write(f"tmp/credentials.{os.getpid()}.{time.monotonic_ns()}", text)
            if uid is not None:
                os.chmod(self.path("tmp"), 0o711)
                os.chown(path, uid, uid)
            argv += ["--credentials", path]
        try:
            return self.run(argv + list(arguments), stdin=stdin, uid=uid, env=env, timeout=timeout)
        finally:
            if text:
                os.unlink(path)

    def must(self, *arguments, **how):
        """A command that has to succeed for the test to make sense."""
        result = self.otpadm(*arguments, **how)
        if result.status != 0:
            raise RuntimeError(f"{result!r}\notpd said:\n{self.log()[-2000:]}")
        return result

    def password(self, user):
        return self.PASSWORD % user

    # -- the life of interface.md in few calls
    def init(self, master="boss"):
        """Store, key, first master; his single-use word is kept."""
        self.master = master
        result = self.must("init", "--master", master, "--mail", f"{master}@example.invalid", "--zone", "UTC", output=None)
        self.words[master] = self._word(result.out, master)
        return result

    @staticmethod
    def _word(text, user):
        """The single-use word out of what is made for people, or for a file: the last word of the line that has it."""
        lines = [line for line in text.splitlines() if line.strip()]
        named = [line for line in lines if user in line and not line.startswith("#")] or lines
        if not named:
            raise RuntimeError(f"no word for {user} in {text!r}")
        return re.split(r"[\s,:=\t]+", named[-1].strip())[-1].strip("'\"")

    def import_tokens(self, tokens, **how):
        """A delivery as csv, by root."""
        rows = [t.csv() for t in tokens]
        columns = ["serial", "secret", "type", "algorithm", "digits", "step", "counter", "not_before", "not_after", "users"]
        text = ",".join(columns) + "\n" + "".join(",".join(str(r[c]) for c in columns) + "\n" for r in rows)
        path = self.write("tmp/delivery.csv", text)
        result = self.must("token", "import", path, **how)
        for t in tokens:
            self.tokens[t.serial] = t
        return result

    def token(self, serial, **how):
        """One token, imported."""
        token = Token(serial, clock=self.clock.now if self.clock else time.time, **how)
        self.import_tokens([token])
        return token

    def set_password(self, user, word=None):
        return self.must("password", "set", user=user, credentials={
            "confirm": word or self.words[user], "new-confirm": self.password(user)})

    def register(self, user, token, **how):
        result = self.must("register", token.serial, user=user, confirm="", code=token.next(), **how)
        self.user_tokens[user] = token
        self.pass_step(token)
        return result

    def pass_step(self, token):
        """After a TOTP code was used up: on to the next one."""
        if token.kind == "totp":
            if not self.clock:
                raise RuntimeError("a TOTP token without a clock to turn")
            self.clock.advance(token.step)

    def master_code(self):
        return self.user_tokens[self.master].next()

    def begin(self, master="boss"):
        """init, otpd started, and a master who can act (HOTP token M-1)."""
        if self.one_shot:
            self.init(master)
        else:
            self.start()
            self.init(master)
        token = self.token("M-1")
        self.set_password(master)
        self.register(master, token)
        return self

    def add_user(self, name, *arguments):
        """By the master; the word is kept."""
        words = self.path(f"tmp/words.{time.monotonic_ns()}")
        result = self.must("user", "add", name, "--words", words, *arguments, user=self.master, code=self.master_code())
        with open(words) as f:
            self.words[name] = self._word(f.read(), name)
        os.unlink(words)
        return result

    def user(self, name, token=None, *arguments):
        """Added, with a password, registered where a token is given."""
        self.add_user(name, *arguments)
        self.set_password(name)
        if token is not None:
            self.register(name, token)

    def show_token(self, serial):
        """The token's data as root sees it."""
        return self.must("token", "show", serial).data

    def show_user(self, name):
        return self.must("user", "show", name).data

    # -- PAM
    def service(self, name, *lines, options="", directory=None):
        """A service file. @otp is the module with this site's config=; @password the stand-in for a password module."""
        text = "\n".join(lines) + "\n"
        for phase in ("auth", "account", "session", "password"):
            if not re.search(rf"^-?{phase}\b", text, re.M):
                text += f"{phase} required pam_permit.so\n" if phase != "password" else "password required pam_deny.so\n"
        text = text.replace("@otp", f"{built('pam_module/pam_otp.so')} config={self.conf_file} {options}".rstrip())
        if "@password" in text:
            text = text.replace("@password", built("tests/pam_password.so"))
        return self.write(os.path.join(directory or self.pam_dir, name), text, 0o644)

    def pam(self, service, user, answers=(), phases="auth", flags=None, options=(), timeout=COMMAND_TIMEOUT, env=None,
            uid=None, prefix=()):
        """Through the real libpam with scripted answers (see tests/pam_client.c)."""
        argv = [*prefix, built("tests/pam_client"), *(["-f", flags] if flags else []), *options, "--", self.pam_dir, service,
                user, phases]
        result = self.run(argv, stdin="".join(a + "\n" for a in answers), timeout=timeout, uid=uid, env=env)
        return Conversation(argv, result.status, result.out, result.err)


# ---- private /etc, for root ----------------------------------------------------------------------
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18


def private_mounts():
    """From here on this process and its children mount for themselves only. False where that is not allowed."""
    return LIBC.unshare(CLONE_NEWNS) == 0 and LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0


def bind(source, target):
    """source (file or directory) seen at target, after private_mounts()."""
    if LIBC.mount(source.encode(), target.encode(), None, MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot bind {source} to {target}")


def mount_tmpfs(target):
    """An empty directory at target, after private_mounts()."""
    if LIBC.mount(b"tmpfs", target.encode(), b"tmpfs", 0, b"mode=755") != 0:
        raise OSError(ctypes.get_errno(), f"cannot mount over {target}")


def base32(secret):
    return base64.b32encode(secret).decode().rstrip("=")
