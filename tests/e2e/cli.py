# SPDX-License-Identifier: GPL-3.0-or-later
"""otpadm against a stand-in for otpd: usage, exit statuses, output formats, the JSON promise, files."""
import csv
import io
import json
import os
import re
import stat
import subprocess
import time

import harness
import wire
from harness import done, is_equal, like, ok, skip, unlike

try:
    import jsonschema
except ImportError:
    jsonschema = None

site = harness.Site()
os.mkdir(site.path("store"), 0o700)     # whoever owns it is as good as root
OTPADM = harness.built("cli/otpadm")
SCHEMA = json.load(open(os.path.join(harness.SOURCE, "etc/schema/otpadm-1.json")))
EXITS = dict(re.findall(r'^X\(\w+,\s*"([^"]+)",\s*(\d+)', open(os.path.join(harness.SOURCE, "lib/err.def")).read(), re.M))
validator = None
if jsonschema:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
reply = {}      # what the stand-in says to a verb
asked = []      # (verb, fields, dry run, rows)


def judge(verb, values, dry_run, rows):
    asked.append((verb, values, dry_run, rows))
    say = reply.get(verb, wire.answer("internal"))
    return say(values, dry_run, rows) if callable(say) else say


otpd = wire.StandIn(site.socket, judge_rows=judge)


def says(**replies):
    reply.clear()
    asked.clear()
    reply.update({verb.replace("__", " "): what for verb, what in replies.items()})


def otpadm(*arguments, **how):
    how.setdefault("output", None)
    return site.otpadm(*arguments, **how)


def is_promised(document, name):
    """The envelope, and the data of its command, as etc/schema has them."""
    if validator is None:
        return skip(name, "no python3-jsonschema")
    errors = [e.message for e in validator.iter_errors(document)]
    return ok(not errors, name, lambda: "\n".join(errors[:5]) + "\n" + json.dumps(document))


def usage_errors():
    for arguments, pattern in (
            ([], "which command"),
            (["frobnicate"], "unknown command 'frobnicate'"),
            (["user"], "perhaps: user add, user show"),
            (["usr", "list"], "perhaps: user list"),
            (["user", "lst"], "unknown command 'user lst'"),
            (["token", "list", "--bogus"], "unknown option '--bogus'"),
            (["--bogus", "token", "list"], "unknown option '--bogus'"),
            (["token", "list", "-Z"], "unknown option '-Z'"),
            (["token", "list", "--yes=no"], "takes no value"),
            (["token", "list", "--state"], "needs a value"),
            (["token", "list", "superfluous"], "too many arguments"),
            (["token", "show"], "argument is missing"),
            (["token", "show", "1", "2"], "too many arguments"),
            (["-o", "xml", "token", "list"], "bad value 'xml' for option '--output'"),
            (["--color", "green", "token", "list"], "bad value 'green'"),
            (["--timeout", "0", "token", "list"], "bad value '0'"),
            (["--timeout", "1s", "token", "list"], "bad value '1s'"),
            (["--confirm-fd", "-1", "token", "list"], "bad value '-1'"),
            (["--fields", "serial,nonsense", "token", "list"], "no field 'nonsense'"),
            (["--fields", "secret", "token", "list"], "no field 'secret'"),
            (["--fields", "", "token", "list"], "no field ''"),
            (["--config", "/nonexistent", "status"], "no configuration file '/nonexistent'"),
            (["unlock"], "needs either USER or --serial"),
            (["unlock", "alice", "--serial", "1"], "needs either USER or --serial"),
            (["user", "add"], "needs either USER or --from"),
            (["user", "add", "x", "--role", "king"], "'king' is no good role"),
            (["user", "add", "-x"], "unknown option"),
            (["user", "add", "--", "-x"], "'-x' is no good user"),
            (["user", "add", "x\x1b[2J"], r"\\x1b\[2J"),
            (["register", "12 34"], "'12 34' is not a serial number"),
            (["init"], "option '--master' is missing"),
            (["init", "--master", "x", "--shards", "many"], "bad value 'many'"),
            (["token", "import", "x", "--format", "pskc"], "bad value 'pskc'")):
        says()
        result = otpadm(*arguments)
        is_equal(result.status, 2, f"exit 2: otpadm {' '.join(map(repr, arguments))}", result)
        like(result.err, pattern, f"it says why: {pattern}")
        unlike(result.err, "\x1b", "no control byte comes back")
        is_equal((result.out, asked), ("", []), "nothing on stdout, nothing sent", result)
    # whatever the mistake and wherever -o stands, a program gets its envelope
    for arguments in (["-o", "json"], ["-o", "json", "frobnicate"], ["token", "list", "-o", "json", "--bogus"],
                      ["token", "list", "--bogus", "-o", "json"], ["--bogus", "token", "list", "--output=json"]):
        result = otpadm(*arguments)
        is_equal((result.status, result.code), (2, "usage"), f"JSON error: {' '.join(arguments)}", result)
        is_equal(result.err, "", "and nothing on stderr")
        is_promised(result.json, "as promised")
    result = otpadm("status", "--code=123456")
    unlike(result.err + result.out, "123456", "a secret typed as an option is not repeated")


def help_texts():
    says(register=wire.answer("not-applicable"))
    result = otpadm("help")
    is_equal(result.status, 0, "help", result)
    visible = set(wire.VERBS) - wire.INTERNAL - {"register"}
    missing = [name for name in visible if not re.search(rf"^  {name} ", result.out, re.M)]
    is_equal(missing, [], "help lists every verb")
    unlike(result.out, r"(?m)^  register ", "register is not listed for whom it does not concern")
    says(register=wire.answer("ok", changed=True))
    like(otpadm("--help").out, r"(?m)^  register ", "it is for who may register")
    is_equal([one[2] for one in asked], [True], "which is asked in a dry run")
    nouns = [name.split()[0] for name in re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  +\S", result.out)]
    is_equal([n for i, n in enumerate(nouns) if n in nouns[:i] and nouns[i - 1] != n], [], "the commands of a noun stand together")
    is_equal(nouns[:2], ["approve", "status"], "what is typed every day comes first, as it is typed")
    result = otpadm("help", "token")
    is_equal((result.status, set(re.findall(r"(?m)^otpadm (\S+)", result.out))), (0, {"token"}), "help NOUN lists what there is of it", result)
    like(result.out, r"(?m)^otpadm token show SERIAL$", "with its arguments")
    is_equal(otpadm("help", "tok").status, 2, "half a noun is none")
    for arguments in (["user", "add", "--help"], ["help", "user", "add"], ["--help", "user", "add"], ["user", "add", "-h"]):
        says()
        result = otpadm(*arguments)
        is_equal(result.status, 0, " ".join(arguments), result)
        like(result.out, r"--words FILE", "its options")
        like(result.out, "confirmation password and code", "what must be shown")
    like(otpadm("--version").out, r"^otpadm \d+\.\d+", "--version")


def exit_statuses():
    for code, status in EXITS.items():
        if code == "ok":
            continue
        says(token__show=wire.answer(code, audit_seq=7))
        result = otpadm("token", "show", "1", output="json")
        is_equal((result.status, result.code), (int(status), code), f"{code} is exit {status}", result)
        is_equal(result.json["error"]["exit"], int(status), "and says so")
        is_equal(result.json["audit_seq"], 7, "with the number of its entry")
        is_promised(result.json, "as promised")
        result = otpadm("token", "show", "1")
        is_equal((result.status, result.out), (int(status), ""), "the same for people", result)
        like(result.err, r"^otpadm: [a-z]", "on stderr")
    says(token__show=wire.answer("not-found", {"serial": "1"}, rows=[{"user": "x"}]), token__list=wire.answer("store", rows=ROWS))
    for command in (["token", "show", "1"], ["token", "list"]):
        result = otpadm(*command, output="json")
        is_equal([row for row in result.data.get("rows", []) if command[1] == "show"] + [k for k in result.data if k != "rows"], [],
                 f"{' '.join(command)}: what came with a refusal is no data")
    is_equal(otpadm("token", "show", "1").out, "", "for people neither")
    says(token__show=b"\x01\x02rubbish")
    is_equal(otpadm("token", "show", "1").status, int(EXITS["bad-input"]), "an answer of rubbish")
    says(token__show=b"")
    is_equal(otpadm("token", "show", "1").status, int(EXITS["outcome-unknown"]), "no answer: outcome unknown")
    # an execution whose answer was lost is looked up: executed by this command it is printed, before it began it is not
    for ended_at, want in ((1700000000, "wrong-state"), (4000000000, "outcome-unknown")):
        says(transfer__execute=b"", transfer__show=wire.answer("ok", {"id": 7, "state": "executed", "ended_at": ended_at}),
             transfer__receipt=wire.answer("not-permitted"))
        result = otpadm("transfer", "execute", "7", output="json")
        is_equal((result.status, result.code), (int(EXITS[want]), want), f"an execution without an answer, ended at {ended_at}", result)
    site.write_conf(socket=site.path("run/nobody"))
    result = otpadm("token", "show", "1", output="json")
    is_equal((result.status, result.code), (11, "unavailable"), "nobody there", result)
    site.write_conf(socket=site.socket)
    says(token__show=wire.answer("not-found", reason=("NO_SUCH_TOKEN", "1\n2")))
    like(otpadm("token", "show", "1").err, r"there is no token '1\\x0a2'", "a reason with its arguments, escaped")


ROWS = [{"serial": "100001", "state": "active", "type": "totp", "digits": 6, "step": 60, "sharers": ["alice", "bob"]},
        {"serial": "2", "state": "suspended", "type": "hotp", "digits": 8, "suspended_at": 1700000000,
         "sharers": ["=cmd()", "\u53e3\u5ea7"]}]


def tables():
    says(token__list=wire.answer(rows=ROWS, warnings=[("NOBODY",)]))
    result = otpadm("token", "list")
    is_equal(result.status, 0, "a table", result)
    lines = result.out.splitlines()
    is_equal(lines[0].split(), ["SERIAL", "STATE", "TYPE", "DIGITS", "STEP", "NOT", "AFTER", "SUSPENDED", "AT", "SUSPENDED", "HOW", "SHARERS"], "headings")
    is_equal([line.index(what) for line, what in zip(lines, ("SHARERS", "alice, bob", "=cmd()"))],
             [lines[0].index("SHARERS")] * 3, "columns are aligned", result)
    like(lines[2], r"2023-11-14T22:13:20Z", "times are RFC 3339")
    like(result.err, "warning: nobody", "warnings on stderr")
    is_equal(otpadm("-q", "token", "list").err, "", "-q is quiet")
    says(user__list=wire.answer(rows=[{"user": "\u53e3\u5ea7", "role": "general", "serial": "1"},
                                      {"user": "ab\x1b[31m\u202ecd", "role": "general", "serial": "2"},
                                      {"user": "x", "role": "general", "serial": "3"}]))
    lines = otpadm("user", "list", "--fields", "user,serial").out.splitlines()
    is_equal(lines[1], "\u53e3\u5ea7" + " " * (len(lines[2]) - 5) + "1", "wide characters count two", lines)
    unlike("".join(lines), "[\x1b\u202e]", "hostile names are escaped")
    says(token__list=wire.answer())
    is_equal(otpadm("token", "list").out, "", "an empty list prints nothing")
    # more rows than are kept for the widths, in several packets
    many = [{"serial": f"{i:05}", "state": "stock"} for i in range(2500)]
    says(token__list=[wire.more_rows(many[:1000]), wire.more_rows(many[1000:2000]), wire.answer(rows=many[2000:])])
    result = otpadm("token", "list", "--fields", "serial,state")
    is_equal(result.out.splitlines()[1:], [f"{r['serial']}   stock" for r in many], "2500 rows, all of them")
    for color, env, want in (("auto", {}, False), ("always", {}, True), ("never", {}, False)):
        got = "\033[1m" in otpadm("--color", color, "token", "list").out
        is_equal(got, want, f"--color {color} into a pipe")
    says(status=wire.answer("ok", {"user": "DOM\\alice", "state": "suspended", "fails_left": 0, "has_password": True},
                            reason=("IS_DISABLED", "DOM\\alice")))
    result = otpadm("status")
    like(result.out.splitlines()[0], r"^'DOM\\x5calice' is disabled", "a sentence first")
    like(result.out, r"(?m)^USER +DOM\\x5calice$", "then a line a field")
    like(result.out, r"(?m)^PASSWORD SET +yes$", "words for people")


def programs():
    says(token__list=wire.answer(rows=ROWS, warnings=[("NOBODY",)]))
    result = otpadm("token", "list", output="json")
    is_promised(result.json, "a list as promised")
    rows = result.data["rows"]
    is_equal([r["sharers"] for r in rows], [r["sharers"] for r in ROWS], "lists are arrays")
    is_equal((rows[0]["not_after"], rows[1]["step"], rows[1]["suspended_at"]), (None, None, "2023-11-14T22:13:20Z"),
             "what is not there is null")
    is_equal((result.json["warnings"], result.err), (["nobody"], ""), "warnings inside")
    result = otpadm("token", "list", output="jsonl")
    lines = [json.loads(line) for line in result.out.splitlines()]
    is_equal([line.get("serial") for line in lines], ["100001", "2", None], "jsonl: a row a line, the envelope last")
    is_equal((lines[2]["ok"], lines[2]["data"]), (True, {}), "and the envelope has no rows")
    raw = subprocess.run([OTPADM, "--config", site.conf_file, "-o", "csv", "token", "list", "--fields", "serial,sharers"],
                         capture_output=True).stdout.decode()
    is_equal(raw, "serial,sharers\r\n100001,alice bob\r\n2,'=cmd() \u53e3\u5ea7\r\n", "csv; a formula is disarmed")
    says(token__show=wire.answer("ok", {"serial": "1", "drift_low_ms": -12, "state": "active", "suspended_by": 'a"b,c'}))
    row = list(csv.reader(io.StringIO(otpadm("token", "show", "1", output="csv").out)))
    got = dict(zip(*row))
    is_equal((got["drift_low_ms"], got["suspended_by"]), ("-12", 'a"b,c'), "csv: numbers stay numbers, quotes are doubled")
    says(token__list=wire.answer())
    is_equal(otpadm("token", "list", output="json").data, {"rows": []}, "an empty list has no rows, but has them")
    like(otpadm("token", "list", output="csv").out, r"^serial,state,[a-z_,]+\n$", "an empty csv has a header")
    # a list that breaks off says so at its end
    says(token__list=[wire.more_rows(ROWS), wire.answer("store")])
    result = otpadm("token", "list", output="json")
    is_equal((result.status, result.json["ok"], len(result.data["rows"])), (11, False, 2), "a broken list is not ok", result)
    is_promised(result.json, "as promised")
    says(token__show=wire.answer("ok", {"serial": "1", "state": "active", "secret": b"0123456789abcdef", "word": "w-o-r-d",
                                        "code": "123456", "confirm": "pass"}, rows=[{"user": "alice", "fails": 1, "word": "w-o-r-d"}]))
    for output in ("table", "json", "jsonl", "csv"):
        unlike(otpadm("token", "show", "1", output=output).out, "w-o-r-d|123456|0123456789abcdef|pass", f"never a secret in {output}")
    is_promised(otpadm("token", "show", "1", output="json").json, "a thing with rows as promised")
    says(token__list=wire.answer(rows=ROWS))
    with open("/dev/full", "w") as full:
        p = subprocess.run([OTPADM, "--config", site.conf_file, "token", "list"], stdout=full, stderr=subprocess.PIPE, text=True)
    is_equal(p.returncode, 1, "a full disk under stdout is an error")
    like(p.stderr, "cannot write standard output", "and is told")


def global_options():
    says(token__show=wire.answer("ok", {"serial": "1"}))
    otpadm("--as", "boss", "--reason", "why not", "token", "show", "1")
    is_equal(asked[0][1], {"serial": "1", "as": "boss", "reason": "why not"}, "--as and --reason are sent")
    otpadm("token", "show", "1", "--as", "boss", "-o", "json")
    is_equal(asked[-1][1], {"serial": "1", "as": "boss"}, "global options behind the command too")
    otpadm("--as", "x", "token", "show", "1", "--as", "boss")
    is_equal(asked[-1][1].get("as"), "boss", "the last one counts")
    says(token__list=wire.answer())
    otpadm("token", "list", "--suspended", "--state", "lost")
    is_equal(asked[-1][1], {"suspended": True, "state": "lost"}, "token list")
    says(user__list=wire.answer())
    otpadm("user", "list", "--role", "master", "--serial", "1", "--unregistered")
    is_equal(asked[-1][1], {"role": "master", "serial": "1", "unregistered": True}, "user list")
    says(token__show=None)
    begin = time.monotonic()
    result = otpadm("--timeout", "1", "token", "show", "1")
    is_equal(result.status, 11, "--timeout", result)
    ok(time.monotonic() - begin < 5, "in time")
    if os.geteuid() == 0:
        says(status=wire.answer("ok", {"user": "x"}))

        def login_as_1():
            with open("/proc/self/loginuid", "w") as f:
                f.write("1")
        try:
            site.run([OTPADM, "--config", site.conf_file, "status"], preexec=login_as_1)
            is_equal(asked[-1][1].get("login_user"), "daemon", "root says who logged in")
        except Exception as e:
            skip("root says who logged in", f"loginuid cannot be set here: {type(e).__name__}")


def credentials():
    says()
    reply["user open-registration"] = wire.answer("ok", {"user": "bob", "open_until": 1}, changed=True)
    command = ["--as", "boss", "user", "open-registration", "bob"]
    result = otpadm(*command)
    is_equal((result.status, asked), (2, []), "no terminal, no credentials: exit 2 and nothing sent", result)
    like(result.err, "use --credentials", "and says what to do")
    path = site.write("credentials", "confirm=old secret\n\ncode=123456\n")
    result = otpadm("--credentials", path, "user", "open-registration", "bob")
    is_equal((result.status, asked), (5, []), "root alone is told to take --as before he is asked", result)
    like(result.err, "--as USER", "and says so")
    result = otpadm("--credentials", path, *command)
    is_equal(result.status, 0, "--credentials FILE", result)
    is_equal(asked[-1][1], {"as": "boss", "user": "bob", "confirm": "old secret", "code": "123456"}, "are sent")
    otpadm("--credentials", "-", *command, stdin="code=1=2\nconfirm= blank \n")
    is_equal((asked[-1][1]["confirm"], asked[-1][1]["code"]), (" blank ", "1=2"), "--credentials -: all behind the first '='")
    result = otpadm("--credentials", path, "-n", *command)
    is_equal(asked[-1], ("user open-registration", {"as": "boss", "user": "bob"}, True, []), "--dry-run shows nothing")
    is_equal(otpadm("-n", *command).status, 0, "--dry-run asks nothing")
    asked.clear()
    for mode in (0o640, 0o604, 0o620, 0o777):
        os.chmod(path, mode)
        result = otpadm("--credentials", path, *command)
        is_equal((result.status, asked), (5, []), f"a credentials file with mode {mode:o} is refused", result)
    os.chmod(path, 0o600)
    os.symlink(path, site.path("link"))
    is_equal((otpadm("--credentials", site.path("link"), *command).status, asked), (5, []), "a link is refused")
    is_equal(otpadm("--credentials", site.path("nothing"), *command).status, 3, "a missing file")
    for text, pattern in (("confirm=a\nconfirm=b\n", "stands twice"), ("pin=1\n", "line 1: not one of"),
                          ("confirm=a\n# code\n", "line 2"), ("code\n", "line 1"), ("confirm=a\0b\n", "NUL"),
                          ("confirm=" + "x" * 600 + "\n", "too long")):
        result = otpadm("--credentials", site.write("bad", text), *command)
        is_equal((result.status, asked), (2, []), f"bad credentials: {text[:20]!r}", result)
        like(result.err, pattern, "are named")
        unlike(result.err, "600|xxx", "but not shown")
    for name, text in (("confirm", "from fd\n"), ("code", "654321")):
        site.write(name, text)
    with open(site.path("confirm")) as a, open(site.path("code")) as b:
        p = subprocess.run([OTPADM, "--config", site.conf_file, "--confirm-fd", str(a.fileno()), "--code-fd", str(b.fileno()),
                            *command], pass_fds=(a.fileno(), b.fileno()), capture_output=True, text=True, start_new_session=True)
    is_equal(p.returncode, 0, "--confirm-fd, --code-fd", p)
    is_equal((asked[-1][1]["confirm"], asked[-1][1]["code"]), ("from fd", "654321"), "one line end is not part of it")
    is_equal(otpadm("--confirm-fd", "77", *command).status, 2, "a descriptor that is not there")
    os.mkdir(site.path("systemd"), 0o700)
    site.write("systemd/confirm", "from systemd")
    site.write("systemd/code", "111111")
    env = dict(site.environment(), CREDENTIALS_DIRECTORY=site.path("systemd"))
    is_equal(otpadm(*command, env=env).status, 0, "$CREDENTIALS_DIRECTORY")
    is_equal((asked[-1][1]["confirm"], asked[-1][1]["code"]), ("from systemd", "111111"), "its files")
    otpadm("--credentials", path, *command, env=env)
    is_equal(asked[-1][1]["confirm"], "old secret", "what the command line names goes before")
    for mode in (0o644, 0o604, 0o640, 0o622):
        os.chmod(site.path("systemd/code"), mode)
        want = 0 if mode == 0o640 and os.geteuid() != 0 and os.stat(site.path("systemd/code")).st_uid == 0 else 5
        is_equal(otpadm(*command, env=env).status, want, f"one of mode {mode:o}")
    if os.geteuid() == 0:
        # as systemd does it for a service of another user: root's file, an access list that stat shows as the group's
        os.chmod(site.path("systemd"), 0o755)
        for name in ("confirm", "code"):
            os.chown(site.path("systemd/" + name), 0, 65534)
            os.chmod(site.path("systemd/" + name), 0o440)
        result = otpadm(*command, env=env, uid=65534)
        is_equal(result.status, 0, "root's credential that our group may read", result)
        for name in ("confirm", "code"):
            os.chown(site.path("systemd/" + name), 65534, 65534)
        is_equal(otpadm(*command, env=env, uid=65534).status, 5, "but not our own")
    # what a verb does not ask for is not shown to it
    says(token__list=wire.answer())
    otpadm("--credentials", path, "token", "list")
    is_equal(asked[-1][1], {}, "what is not asked for is not sent")


def second_administrator():
    reply.clear()
    reply["user open-registration"] = wire.answer("ok", {"user": "bob"}, changed=True)
    path = site.write("credentials", "confirm=c1\ncode=111111\nsecond-confirm=c2\nsecond-code=222222\n")
    otpadm("--as", "boss", "--second", "vice", "--credentials", path, "user", "open-registration", "bob")
    is_equal(asked[-1][1], {"as": "boss", "user": "bob", "confirm": "c1", "code": "111111", "second": "vice",
                            "second_confirm": "c2", "second_code": "222222"}, "--second shows his own")


def root_is_free():
    says(token__import=lambda values, dry_run, rows: wire.answer(rows=[{"line": r["line"], "serial": r["serial"], "result": "added"}
                                                                      for r in rows], changed=True))
    path = site.write("one.csv", "serial,secret\n1,3132333435363738393031323334353637383930\n")
    result = otpadm("token", "import", path)
    is_equal(result.status, 0, "an import by root or the owner shows nothing", result)
    ok(all("confirm" not in a[1] for a in asked), "not even what it has")
    asked.clear()
    result = otpadm("--as", "boss", "token", "import", path)
    is_equal((result.status, [a[2] for a in asked]), (2, [True]), "with --as it does: only the dry run went out", result)


def said_to_people():
    for changed, dry_run, pattern in ((True, False, "^done$"), (False, False, "already so"), (True, True, "would be changed"),
                                      (False, True, "nothing would be changed")):
        says(session__open=wire.answer("ok", {}, changed=changed))
        result = otpadm("session", "open", "bob", *(["-n"] if dry_run else []))
        like(result.err, pattern, f"changed {changed}, dry run {dry_run}")
        result = otpadm("session", "open", "bob", *(["-n"] if dry_run else []), output="json")
        is_equal((result.json["changed"], result.json["dry_run"]), (changed, dry_run), "and for programs")
        is_promised(result.json, "as promised")


def unlocking():
    released = []

    def unlock(values, dry_run, rows):
        released.append((values, dry_run))
        return wire.answer("ok", {"serial": "1", "state": "active", "sharers": ["alice", "bob"]}, changed=True,
                           rows=[{"user": u, "serial": "1", "binding": "registered"} for u in ("alice", "bob")])
    says(unlock=unlock)
    path = site.write("credentials", "confirm=c\n")
    result = otpadm("--as", "boss", "--credentials", path, "unlock", "alice")
    is_equal((result.status, [d for _, d in released]), (2, [True]), "no terminal and no --yes: exit 2, nothing released", result)
    like(result.err, r"suspended for: alice, bob", "all who are concerned are shown")
    released.clear()
    result = otpadm("--as", "boss", "--credentials", path, "-y", "unlock", "alice")
    is_equal(result.status, 0, "--yes", result)
    is_equal(released, [({"as": "boss", "user": "alice"}, True),
                        ({"as": "boss", "user": "alice", "confirm": "c", "expect": ["alice", "bob"]}, False)],
             "first a dry run without a password, then what was shown is expected")
    like(result.out, r"(?m)^alice .*\n^bob ", "and who was released is printed")
    released.clear()
    result = otpadm("--as", "boss", "-n", "unlock", "--serial", "1", output="json")
    is_equal(released, [({"as": "boss", "serial": "1"}, True)], "a dry run is a dry run")
    is_promised(result.json, "as promised")
    says(unlock=wire.answer("ok", {"serial": "1", "state": "active", "sharers": ["alice"]}))
    result = otpadm("--as", "boss", "unlock", "alice")
    is_equal((result.status, len(asked)), (0, 1), "what is not suspended asks nothing", result)
    like(result.err, "already so", "and says so")


def words():
    def add(values, dry_run, rows):
        return wire.answer("ok", {}, changed=True, rows=[dict({"user": r["user"], "role": r.get("role", "general"), "changed": True},
                                                             **({} if dry_run else {"word": f"word-of-{r['user']}"})) for r in rows])
    says(user__add=add)
    path = site.write("credentials", "confirm=c\ncode=123456\n")
    command = ["--as", "boss", "--credentials", path, "user", "add"]
    for output in ("table", "json", "jsonl", "csv"):
        asked.clear()
        result = otpadm(*command, "bob", output=output)
        is_equal((result.status, asked), (2, []), f"{output}: no place for the word: refused before anything is sent", result)
    words_file = site.path("words")
    result = otpadm(*command, "bob", "--role", "administrator", "--mail", "b@example.com", "--language", "ja", "--no-login",
                    "--words", words_file, output="json")
    is_equal(result.status, 0, "--words", result)
    is_equal(asked[-1][3], [{"user": "bob", "role": "administrator", "mail": "b@example.com", "language": "ja", "no_login": True}],
             "all options are sent")
    unlike(result.out + result.err, "word-of-bob", "the word is not in JSON")
    is_promised(result.json, "as promised")
    is_equal(open(words_file, newline="").read(), "user,word\r\nbob,word-of-bob\r\n", "but in the file")
    is_equal(stat.S_IMODE(os.stat(words_file).st_mode), 0o600, "which is private")
    asked.clear()
    is_equal((otpadm(*command, "bob", "--words", words_file).status, asked), (4, []), "a file that is there is not overwritten")
    says(user__add=wire.answer("auth-failed"))
    otpadm(*command, "bob", "--words", site.path("words2"))
    ok(not os.path.exists(site.path("words2")), "no words, no file")
    says(user__add=add)
    is_equal(otpadm("--as", "boss", "-n", "user", "add", "bob", output="json").status, 0, "a dry run needs no place for words")
    # many
    people = site.write("people.csv", "user,role,mail,no_login\nann,,,\nbea,master,bea@example.com,yes\n\"c,d\",general,,no\n")
    result = otpadm(*command, "--from", people, "--words", site.path("words3"), output="json")
    is_equal(result.status, 0, "--from", result)
    is_equal(asked[-1][3], [{"line": 2, "user": "ann"}, {"line": 3, "user": "bea", "role": "master", "mail": "bea@example.com",
                             "no_login": True}, {"line": 4, "user": "c,d", "role": "general"}], "one request, a row a line")
    is_equal(open(site.path("words3"), newline="").read().count("\r\n"), 4, "a word each")
    asked.clear()
    bad = site.write("bad.csv", "user,role,mail\nann,,\nann,,\n-x,,\nbea,king,\ncea,,nomail\ndea\n\nfea,\"general\n")
    result = otpadm(*command, "--from", bad, "--words", site.path("words4"))
    is_equal((result.status, asked), (13, []), "bad lines: nothing is sent", result)
    for line, pattern in ((3, "line 2 already"), (4, "no good user"), (5, "no good role"), (6, "no good mail"), (7, "1 columns"),
                          (8, "empty"), (9, "never closed")):
        like(result.err, rf"(?m)^{re.escape(bad)}:{line}: .*{pattern}", f"line {line}: {pattern}")
    is_promised(otpadm(*command, "--from", bad, "--words", site.path("words4"), output="json").json, "as promised")
    says(user__add=wire.answer("exists", rows=[{"line": 3, "user": "bea", "result": "exists", "text": "there is a user 'bea' already"}],
                               reason=("USER_EXISTS", "bea")))
    result = otpadm(*command, "--from", people, "--words", site.path("words5"))
    is_equal(result.status, 4, "otpd refuses a line", result)
    like(result.err, rf"(?m)^{re.escape(people)}:3: there is a user 'bea'", "and it is named")
    # init
    says(init=wire.answer("ok", {"master": "boss", "open_until": 1, "word": "the-word"}, changed=True))
    result = otpadm("init", "--master", "boss", "--mail", "m@example.com", "--shards", "4", "--zone", "UTC", "--currency", "EUR")
    is_equal((result.status, result.out), (0, "the-word\n"), "init prints the word and nothing else", result)
    is_equal(asked[-1][1], {"master": "boss", "mail": "m@example.com", "shards": 4, "zone": "UTC", "currency": "EUR"}, "its options")
    asked.clear()
    is_equal((otpadm("init", "--master", "boss", output="json").status, asked), (2, []), "but never in JSON: refused before")


def configuration():
    result = otpadm("config", "show", output="json")
    is_promised(result.json, "config show as promised")
    got = {r["key"]: r for r in result.data["rows"]}
    keys = re.findall(r"^X\((\w+)\s*,", open(os.path.join(harness.SOURCE, "lib/conf.def")).read(), re.M)
    is_equal(list(got), keys, "every key")
    is_equal((got["socket"]["value"], got["socket"]["default"], got["fail_limit"]["default"]), (site.socket, False, True), "its value")
    otpd_program = site.write("otpd", "#!/bin/sh\n", 0o755)
    site.write_conf(otpd=otpd_program)
    result = otpadm("config", "check", output="json")
    is_equal(result.status, 0, "config check: all well", result)
    is_promised(result.json, "as promised")
    for what, spoil, mend in (("store", lambda: os.chmod(site.path("store"), 0o750), lambda: os.chmod(site.path("store"), 0o700)),
                              ("state", lambda: os.rmdir(site.path("state")), lambda: os.mkdir(site.path("state"), 0o700)),
                              ("socket", lambda: os.chmod(site.path("run"), 0o777), lambda: os.chmod(site.path("run"), 0o755)),
                              ("otpd", lambda: os.chmod(otpd_program, 0o644), lambda: os.chmod(otpd_program, 0o755))):
        spoil()
        result = otpadm("config", "check", output="json")
        is_equal((result.status, [r["key"] for r in result.data["rows"] if r["result"] == "bad"]), (2, [what]),
                 f"config check finds a bad {what}", result)
        is_promised(result.json, "as promised")
        mend()
    bad = site.write("bad.conf", "store = relative\n", 0o644)
    result = site.run([OTPADM, "--config", bad, "config", "check"])
    is_equal(result.status, 2, "a bad value", result)
    like(result.err, rf"{re.escape(bad)}:1: ", "with file and line")


def lightness():
    linked = subprocess.run(["ldd", OTPADM], capture_output=True, text=True).stdout
    unlike(linked, "libcrypto|libgdbm|libpam", "no OpenSSL, no GDBM, no PAM")
    # beside a program that does nothing, started the same way in turn: what a busy machine takes to start anything is not ours
    took, nothing = [], []
    for _ in range(20):
        for argv, times in (([OTPADM, "--version"], took), (["/bin/true"], nothing)):
            begin = time.monotonic()
            subprocess.run(argv, stdout=subprocess.DEVNULL)
            times.append(time.monotonic() - begin)
    harness.diag(f"start: {sorted(took)[10] * 1000:.1f} ms, of nothing: {sorted(nothing)[10] * 1000:.1f} ms")
    is_sanitized = b"__asan_init" in open(OTPADM, "rb").read()
    ok(min(took) - min(nothing) < 0.01 or is_sanitized, "it starts in under 10 ms")


for test in (usage_errors, help_texts, exit_statuses, tables, programs, global_options, credentials, second_administrator,
             root_is_free, said_to_people, unlocking, words, configuration, lightness):
    test()
otpd.close()
done()
