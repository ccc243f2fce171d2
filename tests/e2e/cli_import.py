# SPDX-License-Identifier: GPL-3.0-or-later
"""otpadm token import against a stand-in for otpd: every mistake named, nothing half done, one proof, in seconds."""
import csv
import hashlib
import os
import re
import stat
import time

import harness
import wire
from harness import done, is_equal, like, ok, skip, unlike

site = harness.Site()
os.mkdir(site.path("store"), 0o700)     # whoever owns it is as good as root
asked = []      # (fields, dry run, rows)
SECRET = "3132333435363738393031323334353637383930"


def secret(n):
    return hashlib.sha256(b"%d" % n).hexdigest()[:40]


def results(word="added", other=None):
    """Every row gets the word, or what `other` says for its serial."""
    def judge(verb, values, dry_run, rows):
        asked.append((values, dry_run, rows))
        out = []
        for r in rows:
            result, text = (other or {}).get(r["serial"], (word, None))
            out.append({k: v for k, v in (("line", r["line"]), ("serial", r["serial"]), ("result", result), ("text", text))
                        if v is not None})
        return wire.answer("ok", changed=any(r["result"] == "added" for r in out), audit_seq=0 if dry_run else 40 + len(asked),
                           rows=out)
    return judge


otpd = wire.StandIn(site.socket, judge_rows=results())


def load(text, *arguments, name="delivery.csv", **how):
    asked.clear()
    path = site.write(name, text) if text is not None else name
    how.setdefault("output", None)
    return site.otpadm("token", "import", path, *arguments, **how)


def two_columns():
    other = "gezdgnbvgy3tqojqgezdgnbvgy3tqojr"
    result = load("serial,secret\n100,%s\n101,%s\n" % (SECRET, other))
    is_equal(result.status, 0, "two columns are enough", result)
    plain = {"type": "totp", "algorithm": "sha1", "digits": 6, "step": 60}
    rows = [dict(line=2, serial="100", secret=b"12345678901234567890", **plain),
            dict(line=3, serial="101", secret=b"12345678901234567891", **plain)]
    is_equal([a[1:] for a in asked], [(True, rows), (False, rows)], "the defaults; hex and base32; first dry, then for real")
    like(result.err, "2 added, 0 unchanged, 0 rejected", "and how it went")
    unlike(result.out + result.err, SECRET + "|" + other, "no secret is shown")


def all_columns():
    result = load("\ufeffusers,not_after,not_before,counter,step,digits,algorithm,type,secret,serial\r\n"
                  "\"alice bob\",2030-01-02,2026-01-02T03:04:05Z,,30,8,SHA256,TOTP,%s,A.1-x_\r\n"
                  ",,,17,,7,sha512,hotp,%s,2\r\n" % (SECRET, secret(1)))
    is_equal(result.status, 0, "all columns, in any order, with a byte order mark and CRLF", result)
    is_equal(asked[0][2], [
        {"line": 2, "serial": "A.1-x_", "secret": b"12345678901234567890", "type": "totp", "algorithm": "sha256", "digits": 8,
         "step": 30, "not_before": 1767323045, "not_after": 1893542400, "users": ["alice", "bob"]},
        {"line": 3, "serial": "2", "secret": bytes.fromhex(secret(1)), "type": "hotp", "algorithm": "sha512", "digits": 7,
         "counter": 17}], "as they stand")


MISTAKES = [        # a line of the file, what is said of it
    (f"ok,{secret(0)},,,,,,,,ann", None),
    (f",{secret(1)},,,,,,,,", "'' is not a serial number"),
    (f"with blank,{secret(2)},,,,,,,,", "is not a serial number"),
    (f"{'9' * 65},{secret(3)},,,,,,,,", "is not a serial number"),
    ("s4,,,,,,,,,", "neither hex nor base32"),
    ("s5,xyz!,,,,,,,,", "neither hex nor base32"),
    ("s6,3132,,,,,,,,", "has 16 bits"),
    (f"s7,{'ab' * 65},,,,,,,,", "has 520 bits"),
    (f"s8,{secret(8)},motp,,,,,,,", "'motp' is no good type"),
    (f"s9,{secret(9)},,md5,,,,,,", "'md5' is no good algorithm"),
    (f"s91,{secret(91)},{secret(92)},,,,,,,", "'...' is no good type"),     # columns mixed up: no seed in a log
    (f"s10,{secret(10)},,,5,,,,,", "'5' is no good digits"),
    (f"s11,{secret(11)},,,9,,,,,", "'9' is no good digits"),
    (f"s12,{secret(12)},,,6.0,,,,,", "'6.0' is no good digits"),
    (f"s13,{secret(13)},,,,0,,,,", "'0' is no good step"),
    (f"s14,{secret(14)},,,,-60,,,,", "'-60' is no good step"),
    (f"s15,{secret(15)},hotp,,,30,,,,", "'step' is only for totp"),
    (f"s16,{secret(16)},totp,,,,5,,,", "'counter' is only for hotp"),
    (f"s17,{secret(17)},hotp,,,,-1,,,", "'-1' is no good counter"),
    (f"s18,{secret(18)},hotp,,,,99999999999999999999,,,", "no good counter"),
    (f"s19,{secret(19)},,,,,,tomorrow,,", "'tomorrow' is no good not_before"),
    (f"s20,{secret(20)},,,,,,,2026-02-30,", "'2026-02-30' is no good not_after"),
    (f"s21,{secret(21)},,,,,,2026-02-02,2026-02-01,", "not_after is not later"),
    (f"s22,{secret(22)},,,,,,,,bob -x", "'-x' is no good users"),
    (f"s23,{secret(23)},,,,,,,,bob bob", "'bob bob' is no good users"),
    (f"ok,{secret(24)},,,,,,,,", "serial 'ok' stands in line 2 already"),
    (f"s25,{secret(0)},,,,,,,,", "the secret of serial 's25' stands in line 2 already"),
    (f"s26,{secret(0).upper()},,,,,,,,", "the secret of serial 's26' stands in line 2 already"),
    (f"s27,{secret(27)},,,,,,,,carl ann", "user 'ann' stands in line 2 already"),
    (f"s28,{secret(28)}", "2 columns instead of 10"),
    (f"s29,{secret(29)},,,,,,,,,", "11 columns instead of 10"),
    ("", "empty line"),
    (f"s31,{secret(31)},,,,,,,,\x80", "not UTF-8"),
    (f"s32\0,{secret(32)},,,,,,,,", "not UTF-8"),
    (f"s\"33,{secret(33)},,,,,,,,", "a quote inside a cell"),
    (f"last,{secret(34)},,,,,,,,", None),
]
HEADER = "serial,secret,type,algorithm,digits,step,counter,not_before,not_after,users\n"


def write_raw(name, text):
    path = site.path(name)
    with open(path, "wb") as f:
        f.write(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
    os.chmod(path, 0o600)
    return path


def mistakes():
    raw = (HEADER + "".join(line + "\n" for line, _ in MISTAKES)).replace("\x80", "\udc80")
    path = write_raw("mistakes.csv", raw)
    result = load(None, name=path)
    is_equal((result.status, asked), (13, []), "one bad line: nothing is sent", result)
    for number, (line, said) in enumerate(MISTAKES, 2):
        if said is None:
            unlike(result.err, rf"(?m)^{re.escape(path)}:{number}:", f"line {number} is good")
        else:
            like(result.err, rf"(?m)^{re.escape(path)}:{number}: .*{re.escape(said)}", f"line {number}: {said}")
    is_equal(len(result.err.splitlines()), len(MISTAKES) - 2 + 1, "each bad line once, and the sum", result)
    unlike(result.err, "|".join(secret(i) for i in range(35)) + "|" + secret(0).upper(), "no secret is repeated")
    result = load(None, name=path, output="json")
    is_equal([r["line"] for r in result.data["rows"]], [n for n, (_, said) in enumerate(MISTAKES, 2) if said], "as JSON too")
    is_equal((result.code, result.json["error"]["exit"]), ("bad-input", 13), "with its error")
    unlike(result.out, "|".join(secret(i) for i in range(35)), "and no secret")

    # with --rejects the good ones go in
    rejects = site.path("rejects.csv")
    result = load(None, "--rejects", rejects, name=path)
    is_equal(result.status, 14, "--rejects: done in part", result)
    is_equal([[r["serial"] for r in rows] for _, _, rows in asked], [["ok", "last"]] * 2, "the good lines go in")
    is_equal(stat.S_IMODE(os.stat(rejects).st_mode), 0o600, "the rejects are private: they hold secrets")
    kept = open(rejects, "rb").read().decode("utf-8", "surrogateescape").split("\r\n")
    is_equal(kept[0], HEADER.strip() + ",reason", "with a column more")
    is_equal(len(kept) - 2, len(MISTAKES) - 2, "every bad line")
    ok(all(k.startswith(line.replace("\x80", "\udc80")) for k, line in zip(kept[1:], [m for m, said in MISTAKES if said])),
       "as it stood", kept)
    is_equal(next(csv.reader([kept[2]]))[10], "'with blank' is not a serial number: 1 to 64 of letters, digits and ._-", "and why")
    result = load(None, "--rejects", rejects, name=path)
    is_equal((result.status, asked), (4, []), "a file of rejects is not overwritten", result)
    # a mended file of rejects is read, reasons and all
    mended = "serial,secret,reason\r\n1,%s,\"why, that\"\r\n" % SECRET
    is_equal(load(mended).status, 0, "the column 'reason' is passed over")
    result = load(mended.replace(SECRET, "zz"), "--rejects", site.path("again.csv"))
    is_equal(open(site.path("again.csv"), newline="").read(), "serial,secret,reason\r\n1,zz,\"why, that\"\r\n", "and not doubled")
    result = load("serial,secret\n1,%s\n" % SECRET, "--rejects", site.path("none.csv"))
    ok(result.status == 0 and not os.path.exists(site.path("none.csv")), "no rejects, no file", result)


def files():
    for text, pattern in (("", "the file is empty"), ("\n", "empty line"), ("serial\n1\n", "column 'secret' is missing"),
                          ("serial,secret,pin\n1,2,3\n", "unknown column 'pin'"), ("serial,secret,serial\n", "stands twice"),
                          (f"{SECRET},1\n", "unknown column '...'"), ("serial;secret\n1;2\n", "unknown column"), (HEADER, "no line but the header"),
                          ("serial,\"secret\n", "never closed")):
        result = load(text)
        is_equal((result.status, asked), (13, []), f"a bad file: {pattern}", result)
        like(result.err, pattern, "it says why")
    broken = "serial,secret\n1,\"%s\n2,%s\n3,%s\n" % (SECRET, secret(2), secret(3))
    result = load(broken, "--rejects", site.path("broken.csv"))
    is_equal((result.status, asked), (13, []), "open quotes: not even --rejects lets the rest in", result)
    is_equal(load(None, name=site.path("nothing")).status, 3, "a file that is not there")
    is_equal(load(None, name=site.dir).status, 1, "a directory")
    result = site.otpadm("token", "import", "-", stdin="serial,secret\n1,%s\n" % SECRET, output="json")
    is_equal((result.status, result.data), (0, {"rows": [], "added": 1, "unchanged": 0, "rejected": 0}), "standard input", result)
    result = site.otpadm("--credentials", "-", "token", "import", "-", stdin="", output=None)
    is_equal(result.status, 2, "standard input cannot be both", result)
    if os.geteuid() == 0:
        path = site.write("others.csv", "serial,secret\n1,%s\n" % SECRET)
        os.chmod(path, 0o600)
        result = site.otpadm("token", "import", path, uid=65534, output="json")
        is_equal((result.status, result.code), (5, "not-permitted"), "it is read with the caller's rights", result)
    else:
        skip("it is read with the caller's rights", "needs root")


def otpd_refuses():
    text = "serial,secret\n" + "".join(f"{i},{secret(i)}\n" for i in range(5))
    otpd.judge_rows = results(other={"1": ("unchanged", None), "3": ("conflict", "there is another token '3'")})
    result = load(text)
    is_equal((result.status, [a[1] for a in asked]), (4, [True]), "a conflict: nothing is written", result)
    like(result.err, r":5: serial '3': there is another token '3'", "it is named")
    otpd.judge_rows = results(other={"3": ("conflict", "x"), "4": ("bad-input", "y")})
    result = load(text, output="json")
    is_equal((result.status, [a[1] for a in asked]), (13, [True]), "conflicts and bad lines: a bad file", result)
    is_equal([(r["line"], r["serial"], r["result"]) for r in result.data["rows"]],
             [(5, "3", "conflict"), (6, "4", "bad-input")], "as JSON")
    otpd.judge_rows = results(other={"1": ("unchanged", None), "3": ("conflict", "there is another token '3'")})
    result = load(text, "--rejects", site.path("conflicts.csv"), output="json")
    is_equal(result.status, 14, "with --rejects the others go in", result)
    is_equal([[r["serial"] for r in rows] for _, _, rows in asked], [list("01234"), list("0124")], "all but that one")
    is_equal((result.data["added"], result.data["unchanged"], result.data["rejected"], result.json["changed"]), (3, 1, 1, True),
             "and are counted")
    like(open(site.path("conflicts.csv")).read(), f"(?m)^3,{secret(3)},serial '3': there is another token '3'", "it is put aside")
    otpd.judge_rows = results(other={"1": ("unchanged", "'bob' is not assigned to it by an import")})
    like(load(text).err, r":3: serial '1': 'bob' is not assigned", "what goes in otherwise than it stands is said, once")
    otpd.judge_rows = results("unchanged")
    result = load(text, output="json")
    is_equal((result.status, result.json["changed"], result.data["unchanged"]), (0, False, 5), "the same again changes nothing")
    otpd.judge_rows = results()
    result = load(text, "-n", output="json")
    is_equal([a[1] for a in asked], [True], "--dry-run is one dry run")
    is_equal((result.json["dry_run"], result.data["added"]), (True, 5), "which counts")
    otpd.judge_rows = lambda verb, values, dry_run, rows: wire.answer("ok", rows=[{"line": 77, "result": "conflict"}])
    is_equal(load(text).status, 1, "an answer about a line that was not sent")


def ten_thousand():
    text = "serial,secret\n" + "".join(f"{i:06},{secret(i)}\n" for i in range(10000))
    otpd.judge_rows = results()
    path = site.write("credentials", "confirm=c\ncode=123456\n")
    begin = time.monotonic()
    result = load(text, "--as", "boss", "--credentials", path, output="json", name="many.csv")
    took = time.monotonic() - begin
    is_equal((result.status, result.data and result.data["added"]), (0, 10000), "10 000 rows", result)
    ok(took < 15, "in seconds", f"{took:.1f} s")
    harness.diag(f"10 000 rows: {took:.1f} s, most of it the stand-in's")
    shown = [(dry_run, sorted(values)) for values, dry_run, _ in asked]
    is_equal(shown, [(True, ["as"])] * 20 + [(False, ["as", "code", "confirm"])] + [(False, ["as"])] * 19,
             "turns of 500 rows; the password and the code go with the first real one only")
    is_equal(result.json["audit_seq"], 80, "the last entry's number")

    # rows that are large fill a packet before they are 500
    text = "serial,secret,users\n" + "".join(
        f"{i:06},{secret(i)},{' '.join('u%d-%d-%s' % (i, k, 'x' * 200) for k in range(30))}\n" for i in range(100))
    result = load(text, output="json")
    is_equal((result.status, sum(len(rows) for _, dry_run, rows in asked if not dry_run)), (0, 100), "large rows", result)

    # it breaks off, and is repeated
    n = [0]

    def breaks(verb, values, dry_run, rows):
        n[0] += not dry_run
        return b"" if n[0] == 3 else results()(verb, values, dry_run, rows)
    otpd.judge_rows = breaks
    text = "serial,secret\n" + "".join(f"{i:06},{secret(i)}\n" for i in range(2000))
    result = load(text)
    is_equal(result.status, 11, "otpd goes away in the middle", result)
    like(result.err, "stopped after 1000 of 2000 lines: run it again", "it says how far it came")
    otpd.judge_rows = results()
    is_equal(load(text, "-v").status, 0, "and is repeated")


for test in (two_columns, all_columns, mistakes, files, otpd_refuses, ten_thousand):
    test()
otpd.close()
done()
