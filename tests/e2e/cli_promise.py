# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON of every command, from the real otpd, held to etc/schema; and that no secret is in any output."""
import json
import os
import re

import harness
import wire
from harness import done, is_equal, like, ok, skip, unlike

try:
    import jsonschema
except ImportError:
    harness.skip_all("no python3-jsonschema")

SCHEMA = json.load(open(os.path.join(harness.SOURCE, "etc/schema/otpadm-1.json")))
validator = jsonschema.Draft202012Validator(SCHEMA)
seen, everything = set(), []


def check(result, name, want=0):
    everything.append(result.out + result.err)
    is_equal(result.status, want, name, result)
    if result.json is None:
        return ok(False, f"{name}: JSON", result)
    seen.add(result.json["command"])
    errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(result.json)]
    ok(not errors, f"{name}: as promised", lambda: "\n".join(errors[:5]) + "\n" + result.out)
    return result


def life(site):
    site.begin()
    for command in (["token", "list"], ["user", "list"], ["suspended", "list"]):
        check(site.otpadm(*command), f"{' '.join(command)}, little in it")
    token = harness.Token("100001")
    other = harness.Token("100002", kind="totp", digits=8, algorithm="sha256", not_before="2020-01-01", not_after="2040-01-01")
    third = harness.Token("100003", users="carl dora")
    path = site.write("tmp/tokens.csv", "serial,secret,type,algorithm,digits,step,counter,not_before,not_after,users\n" + "".join(
        ",".join(str(v) for v in t.csv().values()) + "\n" for t in (token, other, third)))
    check(site.otpadm("-n", "token", "import", path), "import, dry")
    result = check(site.otpadm("token", "import", path), "import")
    is_equal((result.data["added"], result.json["changed"]), (3, True), "three are added")
    result = check(site.otpadm("token", "import", path), "import again")
    is_equal((result.data["unchanged"], result.json["changed"]), (3, False), "and are left as they are")
    conflict = site.write("tmp/conflict.csv", f"serial,secret,type\n100001,{'77' * 20},hotp\n100009,{token.secret.hex()},hotp\n")
    result = check(site.otpadm("token", "import", conflict), "import, conflicts", 4)
    is_equal([r["result"] for r in result.data["rows"]], ["conflict", "conflict"], "are named")
    result = check(site.otpadm("token", "import", conflict, "--rejects", site.path("tmp/rejects.csv")), "import, rejects", 14)
    words = site.path("tmp/w1")
    check(site.otpadm("user", "add", "alice", "--mail", "a@example.com", "--words", words, user="boss", code=site.master_code()), "user add")
    site.words["alice"] = site._word(open(words).read(), "alice")
    staff = site.write("tmp/staff.csv", "user,role,language\nbob,,ja\nvera,administrator,\n")
    check(site.otpadm("-n", "user", "add", "--from", staff, user="boss", confirm=""), "user add --from, dry")
    words = site.path("tmp/w2")
    check(site.otpadm("user", "add", "--from", staff, "--words", words, user="boss", code=site.master_code()), "user add --from")
    for name in ("bob", "vera"):
        site.words[name] = site._word(open(words).read(), name)
    check(site.otpadm("user", "add", "--from", staff, "--words", site.path("tmp/w3"), user="boss", code=site.master_code()),
          "user add, again", 4)
    for name in ("alice", "bob", "vera"):
        check(site.otpadm("password", "set", user=name, credentials={"confirm": site.words[name], "new-confirm": site.password(name)}),
              f"password set {name}")
    check(site.otpadm("-n", "password", "set", user="alice", confirm=""), "password set, dry")
    check(site.otpadm("-n", "register", "100001", user="alice", confirm=""), "register, dry")
    for name in ("alice", "bob"):
        check(site.otpadm("register", "100001", user=name, confirm="", code=token.next()), f"register {name}")
    check(site.otpadm("register", "100001", user="alice", confirm="", code=token.next()), "register twice", 15)
    check(site.otpadm("register", "nosuch", user="vera", confirm="", code="123456"), "register, wrong serial", 6)
    check(site.otpadm("user", "open-registration", "vera", user="boss", code=site.master_code()), "open-registration")
    check(site.otpadm("-n", "user", "open-registration", "vera", user="boss", confirm=""), "open-registration, dry")
    check(site.otpadm("session", "open", "alice"), "session open")
    check(site.otpadm("unlock", "alice", user="vera"), "unlock what is not suspended")
    site.service("test", "auth required @otp")
    for _ in range(5):
        site.pam("test", "alice", [token.wrong()])
    result = check(site.otpadm("suspended", "list"), "suspended list")
    is_equal([r["user"] for r in result.data["rows"]], ["alice", "bob"], "both are in it")
    for command in (["explain", "alice"], ["explain", "100001"], ["explain", "100002"], ["explain", "carl"], ["explain", "boss"],
                    ["token", "list"], ["token", "list", "--suspended"], ["token", "show", "100001"], ["token", "show", "100002"],
                    ["user", "list"], ["user", "list", "--role", "general", "--unregistered"], ["user", "show", "alice"],
                    ["user", "show", "carl"], ["user", "show", "boss"], ["config", "show"], ["config", "check"]):
        check(site.otpadm(*command), " ".join(command))
        lines = site.otpadm(*command, output="jsonl")
        documents = [json.loads(line) for line in lines.out.splitlines()]
        everything.append(lines.out)
        ok(documents and documents[-1]["ok"] is True and all("schema" not in d for d in documents[:-1]),
           f"{' '.join(command)}: JSON lines", lines)
        for output in ("table", "csv"):
            everything.append(site.otpadm(*command, output=output).out)
    for command in (["explain", "nosuch"], ["token", "show", "nosuch"], ["user", "show", "nosuch"]):
        check(site.otpadm(*command), " ".join(command), 3)
    check(site.otpadm("token", "list", user="alice"), "a general user lists nothing", 5)
    for name in ("alice", "bob", "boss", "vera"):
        check(site.otpadm("status", user=name, confirm=""), f"status of {name}")
    check(site.otpadm("unlock", "alice", user="vera", confirm="wrong password here"), "no --yes, no terminal", 2)
    check(site.otpadm("-y", "unlock", "alice", user="vera", confirm="wrong password here"), "unlock with a wrong password", 6)
    check(site.otpadm("-n", "unlock", "alice", user="vera", confirm=""), "unlock, dry")
    result = check(site.otpadm("-y", "unlock", "alice", user="vera"), "unlock")
    is_equal([r["user"] for r in result.data["rows"]], ["alice", "bob"], "both are released")
    result = check(site.otpadm("init", "--master", "again"), "init again", 2)
    like(site.otpadm("init", "--master", "again", output=None).err, "store", "init again is refused")
    # what otpd knows of secrets is in no output
    secrets = [t.secret.hex() for t in (token, other, third)] + list(site.words.values()) + [site.password(n) for n in site.words]
    found = [s for s in secrets for text in everything if s in text and not s.startswith("77")]
    is_equal(found, [], "no secret, word or password in any output")
    unlike("".join(everything), r"\$scrypt\$|\$word\$", "and no hash")


with harness.Site() as site:
    life(site)
    commands = set(wire.VERBS) - wire.INTERNAL
    is_equal(sorted(commands - seen), [], "every command was held to its promise")
done()
