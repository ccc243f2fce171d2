# SPDX-License-Identifier: GPL-3.0-or-later
"""`otpadm completion`: the scripts in the real shells, held to otpadm's own help."""
import os
import pty
import re
import select
import shlex
import shutil
import time

import harness
from harness import done, is_equal, like, ok, skip, unlike

site = harness.Site()
OTPADM = harness.built("cli/otpadm")
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"


def otpadm(*arguments):
    return site.run([OTPADM, "--config", site.conf_file, *arguments])


def help_says():
    """{command: its options} as help lists them; and the globals."""
    listing = otpadm("help").out
    commands = re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  +\S", listing)
    everywhere = set(re.findall(r"--[a-z-]+|(?<= )-[a-zA-Z](?=,)", listing.split("\nOptions", 1)[-1]))
    own = {}
    for name in commands:
        text = otpadm("help", *name.split()).out
        part = re.search(r"(?s)\n\n[^\n]+\n((?:  --[^\n]+\n)+)(?=\n)", text.split("\nOptions for", 1)[0])
        own[name] = set(re.findall(r"(?m)^  (--[a-z-]+)", part.group(1))) - everywhere if part else set()
    return own, everywhere


class Shell:
    """One shell with our script; complete(line) gives the words that it offers for the last one."""
    name = ""

    def __init__(self):
        self.program = shutil.which(self.name)
        self.script = site.path("tmp/otpadm." + self.name)
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(otpadm("completion", self.name).out)

    def run(self, text, **more):
        path = site.write("tmp/run." + self.name, text)
        return site.run([self.program, *self.arguments, path], env=site.environment({"HOME": site.dir, **more}))

    def words(self, result):
        ok(result.err == "", f"{self.name} says nothing of mistakes", result) if result.err else None
        return sorted(word for word in result.out.split("\n") if word)


class Bash(Shell):
    name, arguments, helper = "bash", ("--norc", "--noprofile"), ""

    def complete(self, line):
        # bash splits at ':' and '=' too
        words = [w for word in line.split(" ") for w in re.split("([:=]+)", word) if w or not word] if line else [""]
        return self.words(self.run(f"""{self.helper}
. {shlex.quote(self.script)}
COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_CWORD={len(words) - 1}
COMP_WORDS=({' '.join(map(shlex.quote, words))})
_otpadm
printf '%s\\n' "${{COMPREPLY[@]}}"
"""))


class BashCompletion(Bash):
    helper = f"shopt -s extglob; . {BASH_COMPLETION}"


class Zsh(Shell):
    """The functions that hand the words to the line editor are ours; the editor itself is tried below."""
    name, arguments = "zsh", ("-f",)

    def complete(self, line):
        words = line.split(" ")
        result = self.run(f"""compdef() {{ }}
compset() {{ cur=${{cur#*=}} }}
compadd() {{ shift; print -l -- "$@" }}
_files() {{ print @file }}
_describe() {{ print -l -- ${{(P)4%%:*}} }}
. {shlex.quote(self.script)}
words=({' '.join(map(shlex.quote, words))}) CURRENT={len(words)}
_otpadm
""")
        found, last = self.words(result), words[-1].split("=")[-1] if words[-1].startswith("--") and "=" in words[-1] else words[-1]
        return [word for word in found if word.startswith(last) or word == "@file"]


class Fish(Shell):
    name, arguments = "fish", ("--no-config",)

    def complete(self, line):
        result = self.run(f"source {self.script}\ncomplete -C {shlex.quote(line)}\n", XDG_CONFIG_HOME=site.path("tmp"))
        return sorted(word.split("\t")[0] for word in result.out.split("\n") if word)


def scripts():
    for shell in ("bash", "zsh", "fish"):
        result = otpadm("completion", shell)
        is_equal((result.status, result.err), (0, ""), f"completion {shell}")
        unlike(result.out, r"\bregister\b", "register is not in it, as in help")
    result = otpadm("completion", "csh")
    is_equal((result.status, result.out), (2, ""), "another shell is a mistake", result)
    like(result.err, "csh.*bash.zsh.fish", "which names those that there are")
    is_equal(otpadm("completion").status, 2, "so is none")
    result = otpadm("-o", "json", "completion", "bash")
    is_equal((result.status, result.code), (2, "usage"), "a script is no JSON", result)


def offers(shell, own, everywhere):
    title = f"{shell.name}{', bash-completion' if getattr(shell, 'helper', '') else ''}: "
    nouns = sorted({name.split()[0] for name in own})

    def is_offered(line, want):
        got = shell.complete(line)
        return ok(got == sorted(want), f"{title}{line}<TAB>", f"got  {got}\nwant {sorted(want)}")

    is_offered("otpadm ", nouns)
    is_offered("otpadm us", ["user"])
    for noun in nouns:
        verbs = [name.split()[1] for name in own if name.startswith(noun + " ")]
        if verbs:
            is_offered(f"otpadm {noun} ", verbs)
    for name, options in own.items():
        got = {word for word in shell.complete(f"otpadm {name} --")}
        want = {option for option in options | everywhere if option.startswith("--")}
        ok(got == want, f"{title}otpadm {name} --<TAB>: the options that help names", f"more {got - want}\nless {want - got}")
    is_offered("otpadm token list --st", ["--state"])
    is_offered("otpadm token list --state ", ["stock", "active", "suspended", "lost", "retired", "expired"])
    is_offered("otpadm token list --state a", ["active"])
    is_offered("otpadm user add alice --role ", ["general", "administrator", "master"])
    is_offered("otpadm transfer submit --kind ", ["external", "internal"])
    is_offered("otpadm transfer list --state re", ["returned"])
    is_offered("otpadm token import --format ", ["auto", "csv", "otpauth"])
    is_offered("otpadm token add 1 --type ", ["totp", "hotp"])
    is_offered("otpadm appr", ["approve"])
    is_offered("otpadm -o ", ["table", "json", "jsonl", "csv"])
    is_offered("otpadm -o js", ["json", "jsonl"])
    is_offered("otpadm -o json token ", [n.split()[1] for n in own if n.startswith("token ")])
    is_offered("otpadm --config user to", ["token"])
    is_offered("otpadm --color a", ["always", "auto"])
    is_offered("otpadm completion ", ["bash", "zsh", "fish"])
    is_offered("otpadm help us", ["user"])
    is_offered("otpadm frobnicate us", ["user"])
    is_offered("otpadm user list nobody", [])


def files(shell):
    where = site.path("tmp/files")
    os.makedirs(where, exist_ok=True)
    open(os.path.join(where, "delivery one.csv"), "w", encoding="utf-8").close()
    got = shell.complete(f"otpadm token import {where}/del")
    ok(any("delivery" in word or word == "@file" for word in got), f"{shell.name}: a delivery's name is a file", got)
    got = shell.complete(f"otpadm --config {where}/del")
    ok(any("delivery" in word or word == "@file" for word in got), f"{shell.name}: so is the configuration's", got)


def rights(shell):
    """bash splits at ':', and wants only what stands behind it; with bash-completion's help that is what it gets."""
    got = shell.complete("otpadm permit set alice --allow external:")
    want = ["approve", "create"] if getattr(shell, "helper", "") else ["external:approve", "external:create"]
    ok(got == want or (shell.name == "bash" and not shell.helper), f"{shell.name}: rights behind a colon", got)
    is_equal(shell.complete("otpadm permit set alice --allow l"), ["login"], f"{shell.name}: and others")


def typed(shell, line):
    """The real line editor: what stands on the line after TAB."""
    environment = site.environment({"HOME": site.path("tmp"), "TERM": "dumb", "ZDOTDIR": site.path("tmp")})
    os.makedirs(site.path("tmp/fpath"), exist_ok=True)
    shutil.copy(shell.script, site.path("tmp/fpath/_otpadm"))
    start = (f"unsetopt zle_bracketed_paste; fpath=({site.path('tmp/fpath')} $fpath); autoload -U compinit; "
             f"compinit -u -D; show() {{ print -r -- \"[$BUFFER]\" }}; zle -N show; bindkey '^X' show; PS1='ready''> '\n")
    pid, fd = pty.fork()
    if pid == 0:
        harness.die_with_parent()
        os.execve(shell.program, [shell.program, "-f", "-i"], environment)
    text = b""

    def wait_for(pattern, seconds=20):
        nonlocal text
        until = time.monotonic() + seconds
        while not re.search(pattern, text) and time.monotonic() < until:
            if select.select([fd], [], [], 0.2)[0]:
                try:
                    text += os.read(fd, 4096)
                except OSError:
                    break
        return re.search(pattern, text)
    os.write(fd, start.encode())
    wait_for(rb"(?m)^\r?ready> ")
    os.write(fd, line.encode() + b"\t\x18")
    found = wait_for(rb"\[(otpadm [^\]\r\n]*)\]")
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(fd)
    return found.group(1).decode() if found else text.decode(errors="replace")


def main():
    scripts()
    own, everywhere = help_says()
    ok(len(own) >= 15 and "--state" in own["token list"] and "--config" in everywhere, "help has commands and options", (own, everywhere))
    shells = [Bash(), Zsh(), Fish()]
    shells += [BashCompletion()] if os.path.exists(BASH_COMPLETION) else []
    for shell in shells:
        if not shell.program:
            skip(shell.name, f"no {shell.name}")
            continue
        offers(shell, own, everywhere)
        files(shell)
        rights(shell)
    if not os.path.exists(BASH_COMPLETION):
        skip("bash-completion", "no bash-completion")
    zsh = shells[1]
    if zsh.program:
        is_equal(typed(zsh, "otpadm us"), "otpadm user ", "zsh's own line editor: otpadm us<TAB>")
        is_equal(typed(zsh, "otpadm token list --st"), "otpadm token list --state ", "otpadm token list --st<TAB>")
        is_equal(typed(zsh, "otpadm user add x --role=adm"), "otpadm user add x --role=administrator ", "a value behind '='")
    bash = shells[-1] if isinstance(shells[-1], BashCompletion) else shells[0]
    is_equal(bash.complete("otpadm user add x --role=adm"), ["administrator"], "bash: a value behind '='")
    done()


with site:
    main()
