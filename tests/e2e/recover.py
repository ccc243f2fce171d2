# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days, as somebody lives them who has the manual and nothing else: nobody can unlock, the only master's token or password is
gone, the clock was a year ahead, the store comes from an old copy, the mark is gone. Each has a way out, and none of them a second use."""
import json
import os
import shutil
import subprocess

import harness
from harness import Token, done, is_equal, like, ok, skip

WHY = ("--reason", "a test of a bad day")
YEAR = 365 * 86400


class Town(harness.Site):
    """A site whose services ask by the wire."""

    def verify(self, user, code):
        import wire
        s = wire.connect(self.socket, 30)
        s.send(wire.request("verify", {"user": user, "code": code, "service": "sshd"}))
        try:
            return wire.read_answer(s.recv(1 << 18))[0]
        finally:
            s.close()

    def events(self, verb):
        """Lines of otpd's log about a verb."""
        return [line for line in self.log().splitlines() if f'verb="{verb}"' in line or f"verb={verb} " in line]


def everybody_is_suspended():
    with Town() as site:
        site.begin()
        site.user("adm", site.token("T-2"), "--role", "administrator")
        for user in ("boss", "adm"):
            for _ in range(5):
                site.verify(user, site.user_tokens[user].wrong())
        is_equal([site.show_token(s)["state"] for s in ("M-1", "T-2")], ["suspended"] * 2, "all administrators are suspended")
        for _ in range(3):
            site.must("unlock", "--serial", "T-2", "--yes", user="boss")
            for _ in range(5):
                site.verify("adm", site.user_tokens["adm"].wrong())
        result = site.otpadm("unlock", "--serial", "T-2", "--yes", user="boss")
        is_equal(result.status, 9, "an administrator unlocks a token three times in 24 hours")
        like(result.json["error"]["message"], "recover unlock", "and is told who can")
        is_equal(site.otpadm("recover", "unlock", "T-2", "--yes").status, 2, "recover wants a reason")
        is_equal(site.otpadm("recover", "unlock", "T-2", *WHY).status, 2, "and asks first: without a terminal, --yes")
        is_equal(site.otpadm("recover", "unlock", "T-2", "--yes", *WHY, user="boss").status, 5, "a master is not root")
        result = site.must("recover", "unlock", "T-2", "--yes", *WHY)
        is_equal((result.json["changed"], site.show_token("T-2")["state"]), (True, "active"), "root can")
        site.must("recover", "unlock", "M-1", "--yes", *WHY)
        is_equal([site.verify(u, site.user_tokens[u].next()) for u in ("boss", "adm")], ["ok", "ok"], "both work again")
        is_equal(site.must("recover", "unlock", "M-1", "--yes", *WHY).json["changed"], False, "again: already so")
        ok(any("a test of a bad day" in line for line in site.events("recover unlock")), "the log has the reason",
           lambda: site.log()[-2000:])


def the_only_master():
    with Town() as site:
        site.begin()
        old = site.user_tokens["boss"]
        # the token is at the bottom of the sea
        new = site.token("M-2")
        is_equal(site.otpadm("recover", "open", "boss", *WHY).status, 2, "what takes a token away asks first")
        result = site.must("recover", "open", "boss", "--yes", *WHY)
        is_equal(result.data["serial"], "M-1", "his binding ends")
        is_equal(site.verify("boss", old.next()), "revoked", "the old token's codes are none of his")
        site.register("boss", new)
        site.user("ann", site.token("T-1"))
        ok(True, "he registers a new one at once, and acts as a master")
        # he has forgotten his password, and tried too often
        for _ in range(3):
            site.otpadm("user", "open-registration", "ann", user="boss", confirm="not this one either", code=new.next())
        is_equal(site.otpadm("user", "open-registration", "ann", user="boss", code=new.next()).code, "throttled", "he has forgotten his password")
        path = site.path("tmp/word")
        result = site.must("recover", "password", "boss", "--words", path, *WHY)
        with open(path) as f:
            word = site._word(f.read(), "boss")
        ok(word not in result.out and word not in result.err and word not in site.log(), "the word is in its file and nowhere else")
        is_equal(os.stat(path).st_mode & 0o777, 0o600, "which is private")
        is_equal(site.otpadm("user", "open-registration", "ann", user="boss", code=new.at(new.counter)).code, "auth-failed", "the old password is void")
        site.set_password("boss", word)
        is_equal(site.otpadm("user", "open-registration", "ann", user="boss", code=new.next()).code, "wrong-state",
                 "the new one works, and the waits are over")
        # and where there is no master at all
        result = site.must("recover", "make-master", "ann", *WHY)
        is_equal((result.data["role"], result.data["able"]), ("master", True), "anybody can be made a master")
        site.must("user", "add", "ben", "--words", site.path("tmp/ben"), user="ann", code=site.user_tokens["ann"].next())
        ok(True, "and acts as one")
        like(site.must("recover", "make-master", "ben", *WHY).json["warnings"][0], "password", "who lacks something is told what")


def the_clock():
    with Town(clock=True) as site:
        if not site.clock.is_there:
            skip("the clock", "no libfaketime here")
            return
        site.begin()
        site.user("ann", site.token("C-1", kind="totp"))
        ann = site.user_tokens["ann"]
        is_equal(site.verify("ann", ann.now()), "ok", "a log-in")
        site.clock.advance(YEAR)
        ahead = []
        for _ in range(3):
            site.clock.advance(60)
            ahead.append((site.clock.now(), ann.now()))
            is_equal(site.verify("ann", ann.now()), "ok", "the clock is a year ahead, and people log in")
        site.clock.advance(-YEAR)
        is_equal(site.verify("ann", ann.now()), "clock", "set right again, nobody can")
        is_equal(site.otpadm("user", "open-registration", "ann", user="boss", code=site.master_code()).status, 11, "nor administer")
        like(site.otpadm("unlock", "ann", "--yes", user="boss").json["error"]["message"], "recover clock", "the refusal says the way out")
        is_equal(site.otpadm("recover", "clock", *WHY).status, 2, "it is asked first")
        result = site.must("recover", "clock", "--dry-run", *WHY)
        is_equal((result.data["tokens"], site.verify("ann", ann.now())), (1, "clock"), "a dry run says how many are concerned, and changes nothing")
        for _ in range(3):
            site.kill()
            site.start()
        result = site.must("recover", "clock", "--yes", *WHY)
        is_equal((result.json["changed"], result.data["tokens"]), (True, 1), "recover clock")
        site.kill()
        site.start()
        is_equal(site.verify("ann", ahead[0][1]), "auth-failed", "a code that was used ahead is none of now")
        site.clock.advance(120)
        is_equal(site.verify("ann", ann.now()), "ok", "the next codes work again")
        is_equal(site.must("recover", "clock", "--yes", *WHY).json["changed"], False, "again: already so")
        now = site.clock.now()
        for when, code in ahead:
            site.clock.advance(when - site.clock.now())
            is_equal((ann.now(), site.verify("ann", code)), (code, "code-used"), "a code that was used ahead is used when its time comes")
        site.clock.advance(180)
        is_equal(site.verify("ann", ann.now()), "ok", "and what comes behind works")
        ok(now < ahead[0][0], "the times were ahead")


def killed_in_between():
    """kill -9 at any moment of recover clock: it opens, and once more ends it."""
    with Town(clock=True) as site:
        if not site.clock.is_there:
            skip("killed in between", "no libfaketime here")
            return
        site.begin()
        tokens = [Token(f"K-{i:03}", kind="totp", clock=site.clock.now, users=f"k{i:03}") for i in range(60)]
        site.import_tokens(tokens)
        site.clock.advance(YEAR)
        used = []
        for token in tokens:
            used.append((token, site.clock.now(), token.now()))
            site.verify(token.columns["users"], token.now())
        site.clock.advance(-YEAR)
        for delay in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04):
            p = subprocess.Popen([harness.built("cli/otpadm"), "--config", site.conf_file, "recover", "clock", "--yes", *WHY],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=site.environment(),
                                 preexec_fn=harness.die_with_parent)
            try:
                p.wait(delay)
            except subprocess.TimeoutExpired:
                pass
            site.kill()
            p.wait(30)
            site.start()
        ok(site.must("recover", "clock", "--yes", *WHY).json["ok"], "killed six times, it opens and ends")
        site.clock.advance(120)
        is_equal({site.verify(t.columns["users"], t.now()) for t in tokens}, {"ok"}, "everybody's next code works")
        site.clock.advance(used[0][1] - site.clock.now())
        is_equal({site.verify(t.columns["users"], code) for t, _, code in used[:20]}, {"code-used"}, "nobody's used one does, a year later")


def old_copy(one_shot):
    name = "one-shot" if one_shot else "as a service"
    with Town(one_shot=one_shot) as site:
        site.begin()
        site.stop()
        shutil.copytree(site.path("store"), site.path("copy"))
        if not one_shot:
            site.start()
        site.user("ann", site.token("T-1"))
        site.stop()
        shutil.rmtree(site.path("store"))
        shutil.move(site.path("copy"), site.path("store"))
        if not one_shot:
            site.start()
        result = site.otpadm("user", "show", "boss")
        is_equal((result.status, result.code), (12, "rollback"), f"{name}: an old copy is refused")
        like(result.json["error"]["message"], "recover mark", f"{name}: it says the way out")
        is_equal(site.otpadm("recover", "mark", "--yes").status, 2, f"{name}: not without a reason")
        is_equal(site.otpadm("recover", "mark", *WHY).status, 2, f"{name}: nor without being asked")
        is_equal(site.otpadm("recover", "mark", "--yes", *WHY, user="boss").code in ("not-permitted", "rollback"), True, f"{name}: nor by a master")
        is_equal(site.otpadm("recover", "unlock", "M-1", "--yes", *WHY).code, "rollback", f"{name}: nothing else opens it")
        is_equal(site.must("recover", "mark", "--dry-run", *WHY).json["changed"], True, f"{name}: a dry run opens nothing")
        is_equal(site.otpadm("user", "show", "boss").code, "rollback", f"{name}: it is refused as before")
        result = site.must("recover", "mark", "--yes", *WHY)
        is_equal(result.json["changed"], True, f"{name}: recover mark")
        like(json.dumps(result.json["warnings"]), r"has reached \d+|not the one that the mark names|holds no valid mark", f"{name}: says how far the store had got")
        like(json.dumps(site.must("audit", "show", "--verb", "recover mark").data["rows"][-1]), r"has reached \d+|not the one that the mark names|holds no valid mark", f"{name}: so does the audit")
        is_equal(site.must("user", "show", "boss").data["user"], "boss", f"{name}: the store is open")
        is_equal(site.otpadm("user", "show", "ann").code, "not-found", f"{name}: what came after the copy is lost")
        is_equal(site.must("recover", "mark", "--yes", *WHY).json["changed"], False, f"{name}: again: already so")
        if not one_shot:
            ok(any("a test of a bad day" in line for line in site.events("recover mark")), f"{name}: it is in the log, with its reason",
               lambda: site.log()[-2000:])
            site.kill()
            site.start()
            is_equal(site.must("user", "show", "boss").data["user"], "boss", f"{name}: and stays open after kill -9")


def mark_is_gone():
    with Town() as site:
        site.begin()
        site.kill()
        os.unlink(site.path("state/mark"))
        site.start()
        is_equal(site.otpadm("user", "show", "boss").code, "rollback", "without its mark a store is refused")
        site.must("recover", "mark", "--yes", *WHY)
        is_equal(site.verify("boss", site.user_tokens["boss"].next()), "ok", "with a new one it goes on")
        site.kill()
        site.start()
        is_equal(site.verify("boss", site.user_tokens["boss"].next()), "ok", "after kill -9 too")
        # where the mark cannot be written, nothing is served without it
        site.stop()
        os.unlink(site.path("state/mark"))
        os.mkdir(site.path("state/mark"))
        site.start()
        before = site.otpadm("user", "show", "boss").status
        result = site.otpadm("recover", "mark", "--yes", *WHY)
        ok(result.status != 0 and site.otpadm("user", "show", "boss").status == before, "a mark that cannot be made anew is no mark", result)
        # and damage is no rollback
        site.stop()
        os.rmdir(site.path("state/mark"))
        live = site.path("store/live")
        os.rename(os.path.join(live, "meta"), site.path("meta"))
        site.start()
        ok(site.otpadm("recover", "mark", "--yes", *WHY).status != 0, "a store that lacks a part is not opened by it")


everybody_is_suspended()
the_only_master()
the_clock()
killed_in_between()
old_copy(False)
old_copy(True)
mark_is_gone()
done()
