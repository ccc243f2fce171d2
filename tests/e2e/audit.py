# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit by the programs that ship: filters, following, exporting, signed heads, and what tampering brings to light."""
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness
from harness import done, is_equal, like, ok, skip, unlike, wait_until


def rows(*arguments, **how):
    return site.must("audit", "show", *arguments, **how).data["rows"]


def archives():
    base = site.path("store/live/archive")
    return sorted(os.path.join(base, n) for n in os.listdir(base) if n.startswith("audit."))


def live():
    """alice guesses until her token stops, the master lifts it, she comes in."""
    site.user("alice", site.token("A-1"))
    token = site.user_tokens["alice"]
    for _ in range(5):
        site.pam("test", "alice", [token.wrong()])
    site.must("unlock", "alice", "--yes", "--reason", "asked by phone, was \"herself\"", user="boss")
    is_equal(site.pam("test", "alice", [token.next()]).auth, "PAM_SUCCESS", "a life to look back on")


def shown():
    everything = rows()
    is_equal([r["seq"] for r in everything], list(range(1, len(everything) + 1)), "audit show: every record, in order")
    is_equal([set(r) >= {"seq", "time", "actor", "login_user", "verb", "user", "serial", "service", "result", "count", "details"}
              for r in everything], [True] * len(everything), "with all its columns")
    unlock = rows("--verb", "unlock")
    is_equal([(r["actor"], r["user"], r["serial"], r["result"], r["count"]) for r in unlock],
             [("boss", "alice", "A-1", "ok", 1)], "--verb: that command and no other")
    is_equal({k: unlock[0]["details"][k] for k in ("changed", "sharers", "reason")},
             {"changed": True, "sharers": ["alice"], "reason": 'asked by phone, was "herself"'}, "details keep their types; the reason is kept")
    is_equal({r["verb"] for r in rows("--verb", "store")}, {"store"}, "the store's own are called 'store'")
    is_equal([(r["user"], r["result"]) for r in rows("--result", "auth-failed")], [("alice", "auth-failed")] * 5, "--result: one error's word")
    is_equal(len(rows("--result", "denied")) + len(rows("--result", "ok")), len(rows()), "--result denied and ok are all there is")
    is_equal({r["verb"] for r in rows("--user", "alice")} >= {"user add", "password set", "register", "verify", "unlock"}, True,
             "--user: what concerns him, and what he did", rows("--user", "alice"))
    ok(all("alice" in json.dumps(r) for r in rows("--user", "alice")), "and nothing else")
    is_equal({r["serial"] for r in rows("--token", "A-1")}, {"A-1"}, "--token")
    is_equal(rows("--user", "alice", "--verb", "verify", "--result", "ok"), rows("--user", "alice", "--verb", "verify")[-1:], "filters add up")
    at = rows("--verb", "unlock")[0]["time"]
    ok(all(r["time"] >= at for r in rows("--since", at)) and rows("--since", at)[0]["seq"] <= unlock[0]["seq"], "--since: from that time on")
    ok(all(r["time"] < at for r in rows("--until", at)), "--until: before that time")
    is_equal(rows("--since", "2100-01-01"), [], "--since a date to come: nothing")
    is_equal(len(rows("--since", "1h")) > 0 and rows("--until", "1h") == [], True, "how long ago")
    for bad in (["--since", "yesterday"], ["--until", "1x"], ["--verb", "frobnicate"], ["--result", "maybe"]):
        is_equal(site.otpadm("audit", "show", *bad).status, 2, f"{' '.join(bad)}: usage")
    text = site.must("audit", "show", "--verb", "unlock", output="table").out
    like(text, r'reason="asked by phone, was \\x22herself\\x22"', "as a table: details as key=value, escaped")
    like(text, r"changed=yes sharers=alice", "lists too")
    lines = [json.loads(line) for line in site.must("audit", "show", "--verb", "unlock", output="jsonl").out.splitlines()]
    is_equal([lines[0]["verb"], lines[-1]["ok"]], ["unlock", True], "as JSON lines")
    like(site.must("audit", "show", "--verb", "unlock", output="csv").out.splitlines()[1], "reason=", "as csv")
    is_equal([site.otpadm("audit", *what, user="alice", confirm="").status for what in (["show"], ["verify"], ["export"], ["head"])], [5] * 4,
             "not for general users")
    is_equal(site.otpadm("report", "roles", user="alice", confirm="").status, 5, "nor are reports")
    like(site.log(), r"verb=unlock result=ok seq=%d uid=\d+ actor=boss user=alice serial=A-1 .*reason=" % unlock[0]["seq"], "a line each to the log")
    is_equal(len(re.findall(r"info: verb=", site.log())), len([r for r in rows() if r["verb"] != "store"]), "for every event")
    everything = json.dumps(rows())
    ok(not any(secret in everything for secret in [site.password("boss"), site.password("alice"), *site.words.values(),
                                                   site.user_tokens["alice"].secret.hex()]), "and nowhere a secret")


def followed():
    for output in ("jsonl", "table"):
        argv = [harness.built("cli/otpadm"), "--config", site.conf_file, "-o", output, "audit", "show", "--follow", "--user", "alice", "--since", "1h"]
        out = site.path(f"follow.{output}")
        with open(out, "w") as f:
            p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT, env=site.environment(), cwd="/",
                                 preexec_fn=harness.die_with_parent)
        site.processes.append(p)

        def seen():
            return [line for line in open(out).read().splitlines() if "alice" in line]
        ok(wait_until(lambda: len(seen()) >= len(rows("--user", "alice", "--since", "1h"))), f"--follow -o {output}: what is there", lambda: open(out).read())
        before = len(seen())
        site.pam("test", "alice", [site.user_tokens["alice"].next()])
        ok(wait_until(lambda: len(seen()) == before + 1), "then what comes", lambda: open(out).read())
        site.otpadm("unlock", "boss", "--yes", user="boss")    # not about alice
        site.restart()
        site.pam("test", "alice", [site.user_tokens["alice"].wrong()])
        ok(wait_until(lambda: len(seen()) == before + 2), "over a restart of otpd too, and only what was asked for", lambda: open(out).read())
        p.send_signal(signal.SIGINT if output == "jsonl" else signal.SIGTERM)
        is_equal(p.wait(10), 0, "stopped is how it ends")
        if output == "jsonl":
            lines = [json.loads(line) for line in open(out) if line.startswith("{")]
            seqs = [line["seq"] for line in lines[:-1]]
            is_equal((seqs, lines[-1]["ok"]), (sorted(set(seqs)), True), "each once, in order, and the last line says that all is well")
    p = subprocess.Popen([harness.built("cli/otpadm"), "--config", site.conf_file, "-o", "jsonl", "audit", "show", "--follow"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=site.environment(), preexec_fn=harness.die_with_parent)
    site.processes.append(p)
    p.stdout.readline()
    p.stdout.close()
    ok(wait_until(lambda: p.poll() is not None), "it ends when nobody reads any more")
    is_equal([site.otpadm("audit", "show", "--follow", output=o).status for o in ("json",)], [2], "--follow is no JSON document: usage")
    is_equal(site.otpadm("audit", "show", "--follow", "--until", "1h", output="jsonl").status, 2, "nor goes with --until")


def exported():
    lines = [json.loads(line) for line in site.must("audit", "export", output=None).out.splitlines()]
    is_equal([line["seq"] for line in lines[:-1]], [r["seq"] for r in rows()], "audit export: all of it as JSON lines, without being asked for")
    ok(all(len(line["mac"]) == 64 and line["generation"] == 1 for line in lines[:-1]), "with what chains the records")
    last = lines[-2]["seq"]
    is_equal([json.loads(line).get("seq") for line in site.must("audit", "export", "--from", str(last), output=None).out.splitlines()], [last, None],
             "--from: what an earlier export does not have")
    head = site.must("audit", "head").data
    is_equal(head["mac"], [json.loads(line) for line in site.must("audit", "export", "--from", str(head["seq"]), output=None).out.splitlines()][0]["mac"],
             "a head has the MAC of its record")


def openssl(head):
    """openssl alone says whether the head is signed by the key that stands in it."""
    lines = head.splitlines(keepends=True)
    statement = site.write("statement", lines[0])
    signature = site.path("signature")
    with open(signature, "wb") as f:
        f.write(bytes.fromhex(re.search(r"^signature=([0-9a-f]{128})$", head, re.M)[1]))
    pem = site.write("head.pem", head[head.index("-----BEGIN"):])
    return site.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", statement, "-sigfile", signature]).status


def heads():
    text = site.must("audit", "head", output=None).out
    like(text, r"\Aotpadm-head-1 store=[0-9a-f]{32} generation=1 seq=\d+ mac=[0-9a-f]{64} time=\S+Z key=[0-9a-f]{8}\n"
         r"signature=[0-9a-f]{128}\n-----BEGIN PUBLIC KEY-----\n\S+\n-----END PUBLIC KEY-----\n\Z", "audit head: what is signed, the signature, the key")
    if shutil.which("openssl"):
        is_equal(openssl(text), 0, "openssl finds it signed by that key")
        ok(openssl(text.replace("seq=", "seq=1", 1)) != 0, "and a changed one not")
    else:
        skip("a head and openssl", "no openssl")
    kept = site.write("kept.head", text)
    site.pam("test", "alice", [site.user_tokens["alice"].next()])
    result = site.must("audit", "verify", "--head", kept)
    like(result.data["text"], "is the head's", "audit verify --head: later the chain still passes through it")
    is_equal(result.data["records"], result.data["last_seq"], "and it is kept from the first record on")
    is_equal(site.otpadm("audit", "verify", "--head", site.write("none.head", "no head\n")).status, 13, "what is no head: bad input")
    is_equal(site.otpadm("audit", "verify", "--head", site.path("nowhere")).status, 3, "no file")
    forged = re.sub("mac=..", "mac=00", text)
    is_equal(site.otpadm("audit", "verify", "--head", site.write("forged.head", forged)).status, 12, "a forged one: integrity")
    said = re.findall(r"otpadm-head-1 .*", site.log())
    ok(len(said) >= 1, "otpd says a head to the log at its start")
    is_equal(site.otpadm("audit", "verify", "--head", site.write("log", "Nov 26 host otpd: " + said[-1] + "\n")).status, 0,
             "and that line is as good as the file")
    return kept


def hourly():
    if not site.clock.is_there:
        return skip("a head an hour", "no libfaketime")
    def n():
        return len(re.findall("otpadm-head-1 ", site.log()))
    before = n()
    site.pam("test", "alice", [site.user_tokens["alice"].wrong()])
    site.must("status", user="alice", confirm="")
    is_equal(n(), before, "within the hour: none")
    site.clock.advance(3601)
    site.must("status", user="alice", confirm="")
    ok(wait_until(lambda: n() == before + 1), "after an hour in which something happened: one")
    site.clock.advance(3601)
    site.must("status", user="alice", confirm="")
    site.must("audit", "show", "--since", "1m")
    is_equal(n(), before + 1, "after one in which nothing did: none")


def named(name, file, kept):
    """verify fails, names a record and the file, with and without a head; the others of the audit say so too."""
    result = site.otpadm("audit", "verify")
    message = (result.json["error"] or {}).get("message", "")
    is_equal((result.status, result.code), (12, "integrity"), f"{name}: exit 12", result)
    like(message, r"record \d+ .*'%s'" % file, "the record and the file are named")
    is_equal(site.otpadm("audit", "verify", "--head", kept).status, 12, "with the head as well")
    is_equal([site.otpadm("audit", "show").status, site.otpadm("audit", "export", output=None).status], [12, 12], "and show and export do not pretend")


def tampered():
    for _ in range(3):
        for _ in range(3):
            site.pam("test", "alice", [site.user_tokens["alice"].next()])
        site.restart()      # a clean stop checkpoints: one archive more
    kept = site.write("last.head", site.must("audit", "head", output=None).out)
    all_ = archives()
    ok(len(all_) >= 4, "archives", all_)
    first, middle, newest = all_[0], all_[len(all_) // 2], all_[-1]
    data = {path: open(path, "rb").read() for path in all_}

    def put(path, content):
        with open(path, "wb") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(content)

    def restore():
        for path, content in data.items():
            put(path, content)
    content = bytearray(data[middle])
    content[len(content) // 2] ^= 1
    put(middle, content)
    named("a bit turned in an archive", os.path.basename(middle), kept)
    restore()
    os.unlink(middle)
    named("an archive taken away", os.path.basename(middle), kept)
    restore()
    put(newest, data[newest][:-16])
    named("the newest one cut", os.path.basename(newest), kept)
    restore()
    put(first, data[middle])
    put(middle, data[first])
    named("two exchanged", os.path.basename(first), kept)
    restore()
    journal = max(p for p in os.listdir(site.path("store/live")) if p.startswith("journal."))
    path = site.path("store/live/" + journal)
    content = open(path, "rb").read()
    at = content.rindex(b"otpd") if b"otpd" in content else len(content.rstrip(b"\0")) - 40
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(bytes([content[at] ^ 1]))
    named("a record of the journal edited", journal, kept)
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(content[at:at + 1])
    is_equal(site.otpadm("audit", "verify", "--head", kept).status, 0, "all put back: it holds")
    # the whole store put back to an earlier day by somebody who has its keys and its mark
    site.stop()
    for name in ("store", "state"):
        shutil.copytree(site.path(name), site.path("old-" + name))
    site.start()
    for _ in range(3):
        site.pam("test", "alice", [site.user_tokens["alice"].next()])
    later = site.write("later.head", site.must("audit", "head", output=None).out)
    site.stop()
    for name in ("store", "state"):
        shutil.rmtree(site.path(name))
        os.rename(site.path("old-" + name), site.path(name))
    site.start()
    is_equal(site.otpadm("audit", "verify").status, 0, "an older copy in its place is whole by itself")
    is_equal(site.otpadm("audit", "verify", "--head", kept).status, 0, "and has what was before it")
    result = site.otpadm("audit", "verify", "--head", later)
    is_equal((result.status, result.code), (12, "integrity"), "but whoever kept a later head sees it", result)
    for _ in range(12):
        site.pam("test", "alice", [site.user_tokens["boss"].wrong()])
    result = site.otpadm("audit", "verify", "--head", later)
    is_equal(result.status, 12, "also when it has grown beyond that head")
    like(result.json["error"]["message"], "rewritten", "and says so")


def reports():
    what = {name: site.must("report", name).data["rows"] for name in ("activity", "failures", "expiring", "unused", "drift", "limits", "roles")}
    is_equal([(r["logins"], r["failures"]) for r in what["activity"] if r["user"] == "alice"],
             [(sum(r["result"] == "ok" for r in rows("--verb", "verify", "--user", "alice")),
               sum(r["count"] for r in rows("--verb", "verify", "--result", "denied") if r["user"] == "alice"))], "report activity counts what the audit has")
    is_equal([r["user"] for r in what["roles"]], ["boss", "alice"], "report roles: masters first")
    is_equal([r["type"] for r in what["limits"]], ["company"], "report limits: the company")
    is_equal([r["serial"] for r in what["unused"]], ["S-1"], "report unused: what lies in stock")
    is_equal([r["serial"] for r in what["expiring"]], ["S-1"], "report expiring")
    is_equal(site.must("report", "expiring", "--within", "10d").data["rows"], [], "within ten days: none")
    is_equal(site.otpadm("report", "expiring", "--within", "soon").status, 2, "no duration: usage")
    for name in what:
        like(site.must("report", name, output="table").out + "x", ".", f"report {name} as a table")


with harness.Site(clock=True) as site:
    site.begin()
    site.service("test", "auth required @otp")
    live()
    site.token("S-1", not_after=time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400)))
    shown()
    reports()
    exported()
    heads()
    followed()
    hourly()
    tampered()
done()
