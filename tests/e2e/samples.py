# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples for cron and systemd: they are understood by what reads them, and their lines do what they say."""
import json
import os
import re
import shutil

import harness
from harness import done, is_equal, like, ok, skip, unlike

site = harness.Site().begin()
SBIN = site.path("sbin")


def substituted(name):
    """A sample as make would have made it for this site."""
    with open(os.path.join(harness.SOURCE, "etc", name + ".in"), encoding="utf-8") as file:
        text = file.read()
    for key, value in (("sbindir", SBIN), ("statedir", site.path("var")), ("otpd", harness.built("otpd/otpd")), ("rundir", site.path("run")),
                       ("socket", site.socket), ("keys", site.path("keys")), ("state", site.path("state")), ("config", site.conf_file)):
        text = text.replace(f"@{key}@", value)
    return text


def units():
    where = site.path("units")
    os.mkdir(where)
    names = sorted(name[:-3] for name in os.listdir(os.path.join(harness.SOURCE, "etc/systemd")) if name.endswith(".in"))
    for name in names:
        text = substituted("systemd/" + name)
        unlike(text, r"(?i)password *=|confirm *=|code *=|--confirm-fd|--code-fd|--credentials", f"{name}: no stored secret")
        # whoever runs this test is not that user
        site.write(os.path.join(where, name), text.replace("User=otpadm\nGroup=otpadm\n", ""), 0o644)
        if name.endswith(".timer"):
            ok(name[:-6] + ".service" in names, f"{name} has its service")
    if not shutil.which("systemd-analyze"):
        return skip("systemd-analyze verify", "no systemd-analyze")
    result = site.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *(os.path.join(where, name) for name in names if "otpadm-" in name)])
    if re.search("Failed to (initialize|connect|create)|Operation not permitted", result.err) and "Unknown" not in result.err:
        return skip("systemd-analyze verify", "it does not run here")
    is_equal([line for line in result.err.splitlines() if where in line or "otpadm-" in line], [], "systemd-analyze verify finds nothing in them", result)


def run(line, name, want=0):
    result = site.run(["/bin/sh", "-c", line])
    return is_equal((result.status, result.err), (want, ""), name, result) and result


def cron():
    """Each line as cron would run it: nothing is printed while all is well."""
    text = substituted("cron.d/otpadm")
    rows = [line.split(None, 6) for line in text.splitlines() if re.match(r"[*0-9]", line)]
    is_equal({row[5] for row in rows}, {"otpadm"}, "everything runs as the store's owner")
    unlike(text, r"--credentials|--confirm-fd|--code-fd|\broot\b(?! *$)(?!\n)[^\n]*otpadm -", "no stored secret, nothing as root")
    ok(all(len(row) == 7 and all(re.fullmatch(r"[*/0-9,-]+", cell) for cell in row[:5]) for row in rows), "five fields of time, a user, a command")
    return {next(word for word in ("notify", "execute", "import", "verify", "report") if word in row[6]): row[6].replace("\\%", "%") for row in rows}


def lines(commands, where):
    token = harness.Token("D-1")
    delivery = f"serial,secret\nD-1,{token.secret.hex()}\n"
    site.write(f"{where}/incoming/new.csv", delivery)
    for name, line in commands.items():
        result = run(line, f"{where}: {name} ends well")
        is_equal(result and result.out, "", f"{where}: {name} prints nothing while all is well")
    is_equal(site.otpadm("token", "show", "D-1").status, 0, f"{where}: the delivery is in stock")
    is_equal(os.listdir(site.path(f"{where}/incoming")), [], f"{where}: and its file is gone")
    reports = sorted(os.listdir(site.path(f"{where}/reports")))
    is_equal([re.sub(r"-\d{4}-\d\d-\d\d", "", name) for name in reports], ["activity.json", "expiring.json", "failures.json", "unused.json"],
             f"{where}: reports")
    ok(all(json.load(open(site.path(f"{where}/reports/{name}"), encoding="utf-8"))["ok"] for name in reports), f"{where}: as JSON")
    # a delivery with a bad line stays, and says so
    site.write(f"{where}/incoming/bad.csv", "serial,secret\nD-2,77\n")
    site.write(f"{where}/incoming/good.csv", delivery)
    result = site.run(["/bin/sh", "-c", commands["import"]])
    like(result.out + result.err, r"bad\.csv:2: ", f"{where}: a bad line becomes a mail")
    is_equal(os.listdir(site.path(f"{where}/incoming")), ["bad.csv"], f"{where}: and the file stays; a good one beside it is taken")
    ok(where == "var" or result.status != 0, f"{where}: which fails", result)
    os.unlink(site.path(f"{where}/incoming/bad.csv"))
    if where == "var":
        bad = site.run(["/bin/sh", "-c", commands["execute"].replace("--due", "999999")])
        like(bad.out, r"^otpadm: transfer execute ended with 3", "var: an execution that fails becomes a mail")
        bad = site.run(["/bin/sh", "-c", commands["report"].replace("-o json", "-o none")])
        like(bad.out, r"(?m)^otpadm: report activity ended with 2", "var: so does a report")
    # busy: otpd is not there
    site.stop()
    for name in ("notify", "execute"):
        result = site.run(["/bin/sh", "-c", commands[name]])
        ok(result.status in (0, 11), f"{where}: {name}, nobody there: tried again", result)
        if where == "var":
            is_equal((result.status, result.out), (0, ""), f"{where}: {name} becomes no mail then", result)
    site.start()


def services():
    """What the units start, in the same way."""
    found = {}
    for job in ("notify", "execute", "import", "report"):
        text = substituted(f"systemd/otpadm-{job}.service").replace(site.path("var"), site.path("var2"))
        commands = [line.replace("%%", "%") for line in re.findall(r"^ExecStart=(.*)$", text, re.M)]
        like(text, r"(?m)^User=otpadm$", f"otpadm-{job}.service runs as the store's owner")
        where = re.search(r"^StandardOutput=append:(.*)$", text, re.M)
        found[job] = " && ".join(f"{command} >>{where.group(1) if where else '/dev/null'}" for command in commands)
        like(text, r"(?m)^Restart=on-failure\nRestartPreventExitStatus=1 2 3 4 5 6 7 8 9 10 12 13 14 15$", f"otpadm-{job}.service tries again on 11")
    return found


with site:
    os.mkdir(SBIN)
    site.write("sbin/otpadm", f"#!/bin/sh\nexec {harness.built('cli/otpadm')} --config {site.conf_file} \"$@\"\n", 0o755)
    for directory in ("var", "var2"):
        for inside in ("", "/incoming", "/reports"):
            os.mkdir(site.path(directory + inside), 0o700)
    units()
    commands = cron()
    path = f"PATH={SBIN}:/usr/sbin:/usr/bin:/sbin:/bin; "
    lines({name: path + line for name, line in commands.items()}, "var")
    started = services()
    # D-1 is in stock already: the same delivery again is no mistake
    lines(started, "var2")
done()
