# SPDX-License-Identifier: GPL-3.0-or-later
"""Real sshd, sudo, su and login with the sample pam.d files, as root, in mounts of our own.

The machine's /etc is not touched: passwd, shadow, group, pam.d and sudoers are private files mounted over it for
this process and its children only, and sshd listens on a port of the loopback interface."""
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import harness
from harness import diag, done, is_equal, like, ok, skip, skip_all, unlike

if not harness.is_root():
    skip_all("needs root")
if harness.is_sanitized():
    skip_all("built with sanitizers: sshd cannot load such a module")
if not harness.private_mounts():
    skip_all("mounts of our own are not allowed here")
SSHD, SSH, KEYGEN = (shutil.which(p, path="/usr/sbin:/usr/bin:/sbin:/bin") for p in ("sshd", "ssh", "ssh-keygen"))
PEOPLE = {"alice": 20001, "bob": 20002, "carol": 20003, "dave": 20004}
PASSWORD = "login-word-%s"


# ---- a private /etc
def crypted(password):
    return subprocess.run(["perl", "-e", "print crypt($ARGV[0], q($6$otpadmtest$))", password], capture_output=True, text=True,
                          check=True).stdout


site = harness.Site()
os.mkdir(site.path("etc"))
os.chmod(site.path("etc"), 0o755)
shutil.copytree("/etc/pam.d", site.path("etc/pam.d"))
os.chmod(site.path("etc/pam.d"), 0o755)
passwd, shadow, group = (open(f"/etc/{name}").read() for name in ("passwd", "shadow", "group"))
shadow = re.sub(r"^root:.*$", f"root:{crypted(PASSWORD % 'root')}:19000:0:99999:7:::", shadow, flags=re.M)
for name, uid in PEOPLE.items():
    os.makedirs(site.path(f"home/{name}"))
    os.chown(site.path(f"home/{name}"), uid, uid)
    passwd += f"{name}:x:{uid}:{uid}:{name}:{site.path('home/' + name)}:/bin/sh\n"
    shadow += f"{name}:{crypted(PASSWORD % name)}:19000:0:99999:7:::\n"
    group += f"{name}:x:{uid}:\n"
os.chmod(site.path("home"), 0o755)
if "sshd:" not in passwd:
    passwd += "sshd:x:20099:65534::/run/sshd:/usr/sbin/nologin\n"
site.write("etc/passwd", passwd, 0o644)
site.write("etc/shadow", shadow, 0o600)
site.write("etc/group", group, 0o644)
for name in ("sshd", "sudo", "su", "login"):
    with open(os.path.join(harness.SOURCE, "etc/pam.d", name)) as f:
        text = f.read()
    text = text.replace("pam_otp.so", f"{harness.built('pam_module/pam_otp.so')} config={site.conf_file}")
    # the kernel lets a process set its login uid once only: not a test's matter, nor are keyrings and limits
    text = re.sub(r"^(-?session\s+.*pam_(loginuid|keyinit|limits|selinux|systemd)\.so)", r"#\1", text, flags=re.M)
    site.write(f"etc/pam.d/{name}", text, 0o644)
for name in ("passwd", "shadow", "group", "pam.d"):
    harness.bind(site.path(f"etc/{name}"), f"/etc/{name}")
for path in ("/run", "/var/log", "/var/lib/sudo"):
    if os.path.isdir(path):
        harness.mount_tmpfs(path)
os.makedirs("/run/sshd", 0o755)

# ---- the store, and who is in it
site.begin()
tokens = {name: site.token(f"S-{name}") for name in ("alice", "carol", "dave")}
for name, token in tokens.items():
    site.user(name, token)
site.add_user("bob")    # known, not registered
late = site.token("S-late", kind="totp")


# ---- ssh
def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sshd:
    def __init__(self):
        self.port = free_port()
        subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", site.path("host_key")], check=True)
        subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", site.path("user_key")], check=True)
        shutil.copy(site.path("user_key.pub"), site.path("authorized_keys"))
        os.chmod(site.path("authorized_keys"), 0o644)
        site.write("sshd_config", f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {site.path('host_key')}
PidFile none
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
AuthorizedKeysFile {site.path('authorized_keys')}
StrictModes no
PrintMotd no
LogLevel VERBOSE
MaxAuthTries 3
Match User carol
    AuthenticationMethods publickey,keyboard-interactive:pam
""")
        self.log = open(site.path("sshd.log"), "wb")
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", site.path("sshd_config")], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, preexec_fn=harness.die_with_parent)
        site.processes.append(self.process)
        if not harness.wait_until(self.is_up):
            raise RuntimeError(open(site.path("sshd.log")).read())

    def is_up(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def login(self, user, answers=(), key=False):
        """One attempt: what was asked, what came back, how long it took."""
        askpass = site.write("askpass", f"""#!/bin/sh
printf '%s\\n' "$1" >>{site.path('prompts')}
head -n 1 {site.path('answers')}
sed -i 1d {site.path('answers')}
""", 0o755)
        site.write("prompts", "")
        site.write("answers", "".join(a + "\n" for a in answers))
        began = time.monotonic()
        result = site.run([SSH, "-F", "none", "-p", str(self.port), "-o", "StrictHostKeyChecking=no",
                           "-o", f"UserKnownHostsFile={site.path('known_hosts')}", "-o", "LogLevel=ERROR", "-o", "IdentityAgent=none",
                           "-o", "NumberOfPasswordPrompts=1", "-o", "IdentitiesOnly=yes",
                           *(["-i", site.path("user_key")] if key else ["-o", "PubkeyAuthentication=no"]),
                           f"{user}@127.0.0.1", "echo came-in as $(id -un)"],
                          env=site.environment({"SSH_ASKPASS": askpass, "SSH_ASKPASS_REQUIRE": "force", "HOME": site.path("home")}))
        result.seconds = time.monotonic() - began
        with open(site.path("prompts")) as f:
            result.prompts = [re.sub(r"^\(.*?\) ", "", line.rstrip()) for line in f]
        result.is_in = f"came-in as {user}" in result.out
        return result


def sshd_tests():
    sshd = Sshd()
    alice = tokens["alice"]
    both = ["Password:", "One-time password:"]
    word = PASSWORD % "alice"

    code = alice.next()
    result = sshd.login("alice", [word, code])
    ok(result.is_in, "sshd: password and code come in", lambda: repr(result) + open(site.path("sshd.log")).read())
    is_equal(result.prompts, both, "sshd: asked for both in turn")
    result = sshd.login("alice", [word, code])
    ok(not result.is_in, "sshd: a used code is refused", result)
    is_equal(site.show_token("S-alice")["fails"], 0, "sshd: and not counted")

    code = alice.next()
    refused = sshd.login("alice", ["wrong" + word, code])
    ok(not refused.is_in, "sshd: a wrong password and a right code are refused", refused)
    is_equal(refused.prompts, both, "sshd: and asked just the same")
    wrong = sshd.login("alice", [word, alice.wrong()])
    ok(not wrong.is_in, "sshd: a right password and a wrong code are refused", wrong)
    is_equal((wrong.prompts, wrong.out, wrong.err), (refused.prompts, refused.out, refused.err), "sshd: nothing tells which was wrong")
    is_equal(site.show_token("S-alice")["fails"], 1, "sshd: the wrong code behind the right password is counted")
    for _ in range(2):
        sshd.login("alice", ["wrong" + word, alice.wrong()])
    is_equal(site.show_token("S-alice")["fails"], 1, "sshd: wrong codes behind wrong passwords are not: no stranger suspends a token")
    result = sshd.login("alice", [word, code])
    ok(result.is_in, "sshd: the code behind the wrong password was not used up", result)
    stranger = sshd.login("nobody-here", ["x", "123456"])
    ok(not stranger.is_in, "sshd: an unknown user is refused")
    is_equal((stranger.prompts, stranger.out), (both, refused.out), "sshd: and asked just the same")
    result = sshd.login("bob", [PASSWORD % "bob", "123456"])
    ok(not result.is_in, "sshd: an unregistered user is refused", result)
    is_equal(result.prompts, both, "sshd: and asked just the same")

    # the next code, in one conversation: this clock is five minutes fast
    ok(not sshd.login("bob", key=True).is_in, "sshd: nor does an unregistered user's key come in")
    site.must("register", late.serial, user="bob", confirm="", code=late.now())
    step = int(time.time() // late.step)
    result = sshd.login("bob", [PASSWORD % "bob", late.at(step + 6), late.at(step + 7)])
    is_equal(result.prompts, both + ["Next one-time password:"], "sshd: asked for the next code")
    ok(result.is_in, "sshd: two codes in a row of a fast clock come in", result)

    # keys: the account phase alone
    result = sshd.login("alice", key=True)
    ok(result.is_in and not result.prompts, "sshd: a key comes in where the account phase says yes", result)
    result = sshd.login("carol", [PASSWORD % "carol", tokens["carol"].next()], key=True)
    ok(result.is_in, "sshd: key, then password and code", result)
    result = sshd.login("carol", [PASSWORD % "carol", tokens["carol"].wrong()], key=True)
    ok(not result.is_in, "sshd: key, then a wrong code", result)

    # suspension: by password and code, and by key
    dave, word = tokens["dave"], PASSWORD % "dave"
    ok(sshd.login("dave", key=True).is_in, "sshd: dave's key comes in")
    site.service("direct", "auth required @otp")
    for _ in range(5):
        site.pam("direct", "dave", [dave.wrong()])
    is_equal(site.show_token("S-dave")["state"], "suspended", "sshd: five wrong codes suspend")
    ok(not sshd.login("dave", [word, dave.next()]).is_in, "sshd: a suspended user's right code is refused")
    ok(not sshd.login("dave", key=True).is_in, "sshd: and so is his key")

    # otpd dead: refused soon, and back when it is back
    site.kill()
    result = sshd.login("alice", [PASSWORD % "alice", alice.at(alice.counter)])
    ok(not result.is_in and result.seconds < 10, f"sshd: without otpd nobody comes in, soon ({result.seconds:.1f} s)", result)
    ok(not sshd.login("alice", key=True).is_in, "sshd: nor by key")
    site.start()
    result = sshd.login("alice", [PASSWORD % "alice", alice.next()])
    ok(result.is_in, "sshd: otpd is back, and so is alice", result)
    log = open(site.path("sshd.log"), errors="replace").read()
    unlike(log, r"\b(" + "|".join(alice.at(i) for i in range(alice.counter)) + r"|login-word-alice)\b", "sshd: no code or password in its log")
    sshd.process.send_signal(signal.SIGTERM)
    sshd.process.wait()


if SSHD and SSH and KEYGEN:
    sshd_tests()
else:
    skip("sshd", "openssh is not installed")


# ---- sudo and su
def as_user(name, argv, answers=()):
    began = time.monotonic()
    result = site.run(argv, stdin="".join(a + "\n" for a in answers), uid=PEOPLE[name],
                      env={**site.environment(), "HOME": "/", "USER": name, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    result.seconds = time.monotonic() - began
    return result


def sudo_tests():
    site.write("etc/sudoers", "alice ALL=(ALL) ALL\nbob ALL=(ALL) ALL\nroot ALL=(ALL) ALL\nDefaults !use_pty, !lecture, timestamp_timeout=0\n", 0o440)
    harness.bind(site.path("etc/sudoers"), "/etc/sudoers")
    os.makedirs(site.path("etc/sudoers.d"))
    if os.path.isdir("/etc/sudoers.d"):
        harness.bind(site.path("etc/sudoers.d"), "/etc/sudoers.d")
    alice = tokens["alice"]
    argv = ["/usr/bin/sudo", "-S", "-k", "id", "-un"]
    code = alice.next()
    result = as_user("alice", argv, [PASSWORD % "alice", code])
    is_equal(result.out.strip(), "root", "sudo: password and code become root", result)
    like(result.err, "One-time password: ", "sudo: asks for the code")
    for what, answers in (("a used code", [PASSWORD % "alice", code]), ("a wrong password and a right code", ["wrong", alice.at(alice.counter)]),
                          ("no code", [PASSWORD % "alice", ""])):
        result = as_user("alice", argv, answers)
        is_equal(result.out.strip(), "", f"sudo: {what}: refused", result)
    result = site.run(["/usr/bin/sudo", "-n", "-u", "alice", "id", "-un"])
    is_equal(result.out.strip(), "alice", "sudo: root is not asked, and needs no token", result)


def su_tests():
    alice, carol = tokens["alice"], tokens["carol"]
    code = carol.next()
    result = as_user("alice", ["/usr/bin/su", "carol", "-c", "id -un"], [PASSWORD % "carol", code])
    is_equal(result.out.strip().splitlines()[-1:], ["carol"], "su: carol's password and code become carol", result)
    result = as_user("alice", ["/usr/bin/su", "carol", "-c", "id -un"], [PASSWORD % "carol", code])
    unlike(result.out, "^carol", "su: a used code: refused")
    result = as_user("alice", ["/usr/bin/su", "carol", "-c", "id -un"], ["wrong", carol.at(carol.counter)])
    unlike(result.out, "^carol", "su: a wrong password and a right code: refused")
    result = site.run(["/usr/bin/su", "nobody", "-s", "/bin/sh", "-c", "id -un"])
    is_equal(result.out.strip(), "nobody", "su: root becomes a user without a token, not asked", result)
    is_equal(alice.counter, tokens["alice"].counter, "su: asks for the code of whom one becomes")


for program, tests in (("/usr/bin/sudo", sudo_tests), ("/usr/bin/su", su_tests)):
    if os.path.exists(program):
        tests()
    else:
        skip(os.path.basename(program), "not installed")


# ---- login, on a terminal of its own
def console(user, answers, seconds=15):
    """login(1) on a pseudo-terminal: everything that was shown. Answers go where a prompt ends in ': '."""
    pid, fd = pty.fork()
    if pid == 0:
        harness.die_with_parent()
        os.execve("/bin/login", ["login", user], {"TERM": "dumb", "PATH": "/usr/bin:/bin"})
    shown, left, until = "", list(answers), time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            if not select.select([fd], [], [], 0.2)[0]:
                continue
            shown += os.read(fd, 4096).decode(errors="replace")
            if re.search(r"([Pp]assword|login): $", shown):
                if not left or shown.count("login: "):
                    break
                os.write(fd, left.pop(0).encode() + b"\n")
                shown += "\n"
            elif re.search(r"[$#] $", shown):
                os.write(fd, b"id -un; exit\n")
    except OSError:
        pass
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)
    return shown


def login_tests():
    alice = tokens["alice"]
    code = alice.next()
    shown = console("alice", [PASSWORD % "alice", code])
    like(shown, r"One-time password: ", "login: asks for the code")
    like(shown, r"(?m)^alice\s*$", "login: password and code come in")
    unlike(console("alice", [PASSWORD % "alice", code]), r"(?m)^alice\s*$", "login: a used code: refused")
    shown = console("root", [PASSWORD % "root"])
    unlike(shown, "One-time password", "login: root is not asked for a code")
    like(shown, r"(?m)^root\s*$", "login: root comes in with the password")
    shown = console("root", ["wrong"])
    unlike(shown, r"(?m)^root\s*$", "login: root with a wrong password: refused")
    unlike(shown, "One-time password", "login: and not asked for a code: it would say that the password was wrong")
    site.kill()
    like(console("root", [PASSWORD % "root"]), r"(?m)^root\s*$", "login: without otpd root still comes in")
    unlike(console("alice", [PASSWORD % "alice", alice.at(alice.counter)]), r"(?m)^alice\s*$", "login: without otpd nobody else does")


if os.path.exists("/bin/login"):
    login_tests()
else:
    skip("login", "not installed")
diag(f"{len(tokens)} tokens, {sum(t.counter for t in tokens.values())} codes")
done()
