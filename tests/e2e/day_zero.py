# SPDX-License-Identifier: GPL-3.0-or-later
"""Day 0 of a company with three administrators and forty users: the README's own lines, typed as they stand there."""
import os
import re

import harness
import terminal
from harness import done, is_equal, like, ok, skip_all

TITLES = {"README.md": "## Day 0", "README.ja.md": "## 初日"}
CLERKS, APPROVERS = [f"u{n:02}" for n in range(1, 31)], [f"u{n:02}" for n in range(31, 41)]
FIRST = "123456789"


def lines_of(name):
    """[(who, line)] of the block under the title."""
    with open(os.path.join(harness.SOURCE, name), encoding="utf-8") as file:
        text = file.read()
    section = text[text.index("\n" + TITLES[name]):]
    block = re.search(r"^```\n(.*?)^```", section, re.M | re.S).group(1)
    return re.findall(r"^(\w+)[#$] +(.*)$", block, re.M)


class Company:
    """Files that the README speaks of, and who holds which token."""

    def __init__(self, site):
        self.site, self.where = site, site.path("tmp/day")
        os.mkdir(self.where)
        os.mkdir(site.path("bin"))
        os.chmod(site.path("tmp"), 0o700)
        staff = [("bob", "master"), ("carol", "administrator")] + [(name, "general") for name in CLERKS + APPROVERS]
        self.tokens = {name: harness.Token(f"2{n:08}", kind="totp", clock=site.clock.now) for n, (name, _) in enumerate(staff)}
        self.tokens["alice"] = harness.Token(FIRST, kind="totp", clock=site.clock.now)
        self.file("first.csv", f"serial,secret\n{FIRST},{self.tokens['alice'].secret.hex()}\n")
        self.file("people.csv", "user,role,mail\n" + "".join(f"{name},{role},{name}@example.com\n" for name, role in staff))
        self.file("delivery.csv", "serial,secret,users\n" + "".join(
            f"{self.tokens[name].serial},{self.tokens[name].secret.hex()},{name}\n" for name, _ in staff))
        self.file("clerks", "\n".join(CLERKS) + "\n")
        self.file("approvers", "\n".join(APPROVERS) + "\n")
        self.words = {}
        # what `otpadm` is to the one who types it
        self.site.write("bin/otpadm", f"#!/bin/sh\nexec {harness.built('cli/otpadm')} --config {site.conf_file} ${{OTP_AS:+--as $OTP_AS}} \"$@\"\n", 0o755)

    def file(self, name, text):
        self.site.write(os.path.join(self.where, name), text)

    def code(self, who):
        self.site.clock.advance(60)
        return self.tokens[who].now()

    def answer(self, who, prompt):
        """What this person types at this question."""
        if "[y/N]" in prompt:
            return "y"
        if "One-time" in prompt:
            return self.code(who)
        if "Old confirmation" in prompt:
            return self.words[who]
        return self.site.password(who)

    def type(self, who, line):
        """The line, as it stands; the terminal's screen and the exit status."""
        script = f"cd {self.where} && PATH={self.site.path('bin')}:$PATH && {'OTP_AS=' + who + ' && export OTP_AS && ' if who != 'root' else ''}{line}"
        screen = terminal.Terminal(self.site, argv=["/bin/sh", "-c", script])
        seen, status = 0, None
        while True:
            more = screen._read(10)
            tail = screen.screen[seen:]
            if re.search(r"(: |\[y/N\] )$", tail):
                seen = len(screen.screen)
                asked = tail.splitlines()[-1]
                harness.wait_until(lambda hidden="[y/N]" not in asked: screen.echo() != hidden, 5)
                screen.type(self.answer(who, asked) + "\n")
            elif not more:
                break
        status = screen.end()
        return screen.screen, status

    def keep_words(self, screen):
        for word in re.findall(r"\b[a-z]{5}(?:-[a-z]{5}){3}\b", screen)[-1:]:
            self.words["alice"] = word
        path = os.path.join(self.where, "words.csv")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for row in file.read().splitlines():
                    cells = row.split(",")
                    self.words.setdefault(cells[0], cells[-1])


def day_zero(site, company, lines):
    for who, line in lines:
        if not line.startswith("otpadm"):
            continue
        screen, status = company.type(who, line)
        company.keep_words(screen)
        # a site in a temporary directory of an ordinary user is fine, too
        is_equal(status, 0, f"{who}: {line}", screen)
    users = {row["user"]: row for row in site.must("user", "list").data["rows"]}
    is_equal(len(users), 43, "43 people")
    is_equal(sorted(row["role"] for row in users.values() if row["role"] != "general"), ["administrator", "master", "master"], "three of them look after it")
    is_equal(sorted(set(row["state"] for row in users.values() if row["user"] != "alice")), ["preassigned"], "whose token is whose is known")


def day_one(site, company):
    """It works: they come in, and money moves."""
    site.service("sshd", "auth required @otp", "account required @otp", "session required @otp")
    for who in ("bob", "carol", "u01", "u31"):
        result = site.pam("sshd", who, [company.code(who)], phases="auth,acct,open")
        is_equal((result.auth, result.acct, result.open), ("PAM_SUCCESS",) * 3, f"{who} comes in with his first code", result)
    site.must("password", "set", user="u31", credentials={"confirm": company.words["u31"], "new-confirm": site.password("u31")})
    order = site.must("transfer", "submit", "--kind", "external", "--account", "001-1", "--payee", "Paper", "--amount", "9999.99",
                      "--reference", "1", user="u01", confirm="").data
    result = site.otpadm("-y", "approve", str(order["id"]), user="u31", code=company.code("u31"))
    is_equal(result.status, 0, "what a clerk orders an approver approves", result)
    result = site.otpadm("transfer", "execute", str(order["id"]))
    is_equal(result.status, 0, "and it is executed", result)
    other = site.must("transfer", "submit", "--kind", "external", "--account", "001-1", "--payee", "Paper", "--amount", "1.00",
                      "--reference", "2", user="u01", confirm="").data
    site.must("password", "set", user="u01", credentials={"confirm": company.words["u01"], "new-confirm": site.password("u01")})
    result = site.otpadm("-y", "approve", str(other["id"]), user="u01", code=company.code("u01"))
    is_equal(result.status, 5, "a clerk approves nothing", result)
    for who in ("bob", "carol"):
        result = site.otpadm("user", "disable", "u02", user=who, code=company.code(who))
        is_equal(result.status, 0, f"{who} can act", result)


def main():
    site = harness.Site(clock=True)
    if not site.clock.is_there:
        skip_all("no libfaketime (a code lasts 60 seconds)")
    both = {name: lines_of(name) for name in TITLES}
    is_equal(both["README.ja.md"], both["README.md"], "README.ja.md gives the same commands")
    lines = both["README.md"]
    ok(len(lines) < 20, f"{len(lines)} commands: under 20", lines)
    like(" ".join(line for _, line in lines), "otpadm init .*user add --from", "and they are all there")
    with site:
        company = Company(site)
        site.start()
        day_zero(site, company, lines)
        day_one(site, company)
    done()


main()
