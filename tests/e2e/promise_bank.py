# SPDX-License-Identifier: GPL-3.0-or-later
"""The second half of cli_promise.py: people, accounts, permits, transfers, tokens, audit, reports, notices, recover."""
from harness import is_equal, ok


def people(site, check):
    code = site.master_code
    for name, more in (("mia", []), ("noa", []), ("ola", ["--role", "administrator"])):
        site.user(name, site.token("T-" + name), *more)
    check(site.otpadm("user", "mod", "mia", "--mail", "mia@example.com", "--language", "ja", user="boss", code=code()), "user mod")
    check(site.otpadm("user", "mod", "mia", "--mail", "mia@example.com", user="boss", code=code()), "user mod, again")
    check(site.otpadm("-n", "user", "mod", "noa", "--role", "administrator", user="boss", confirm=""), "user mod, dry")
    for verb in ("disable", "enable"):
        check(site.otpadm("user", verb, "noa", user="boss", code=code()), f"user {verb}")
        check(site.otpadm("user", verb, "noa", user="boss", code=code()), f"user {verb}, again")
    words = site.path("tmp/reset")
    check(site.otpadm("password", "reset", "noa", "--words", words, user="boss", code=code()), "password reset")
    check(site.otpadm("-n", "password", "reset", "noa", user="boss", confirm=""), "password reset, dry")
    site.words["noa"] = site._word(open(words, encoding="utf-8").read(), "noa")
    check(site.otpadm("-n", "revoke", "noa", "mia", user="ola", confirm=""), "revoke, dry")
    check(site.otpadm("-y", "revoke", "noa", user="ola", code=site.user_tokens["ola"].next()), "revoke")
    check(site.otpadm("-y", "revoke", "noa", user="ola", code=site.user_tokens["ola"].next()), "revoke, again")
    check(site.otpadm("-n", "user", "del", "noa", user="boss", confirm=""), "user del, dry")
    check(site.otpadm("-y", "user", "del", "noa", user="boss", code=code()), "user del")
    check(site.otpadm("user", "show", "mia"), "user show, after all that")


def permits(site, check):
    code = site.master_code
    check(site.otpadm("account", "list"), "account list, none")
    check(site.otpadm("account", "add", "A-1", "--name", "main", "--per-day", "1000000", user="boss", code=code()), "account add")
    check(site.otpadm("account", "add", "A-2", user="boss", code=code()), "account add, no limit")
    check(site.otpadm("-n", "account", "add", "A-3", user="boss", confirm=""), "account add, dry")
    check(site.otpadm("account", "mod", "A-2", "--per-day", "5000", user="boss", code=code()), "account mod")
    check(site.otpadm("account", "list"), "account list")
    check(site.otpadm("permit", "show", "mia"), "permit show, nothing")
    for user, right in (("mia", "external:create,internal:create"), ("ola", "external:approve,internal:approve")):
        check(site.otpadm("-y", "permit", "set", user, "--allow", right, "--account", "+A-1", "--per-transfer", "50000", "--per-day", "500000",
                          user="boss", code=code()), f"permit set {user}")
    check(site.otpadm("-n", "permit", "set", "mia", "ola", "--per-day", "1", user="boss", confirm=""), "permit set, dry")
    check(site.otpadm("permit", "show", "mia"), "permit show, waiting")
    check(site.otpadm("permit", "list"), "permit list")
    for user in ("mia", "ola"):
        check(site.otpadm("session", "open", user), "session open, with accounts")
        check(site.otpadm("status", user=user, confirm=""), "status, with accounts")
    check(site.otpadm("account", "del", "A-2", "-y", user="boss", code=code()), "account del")


def submit(site, reference, amount="1000"):
    return site.otpadm("transfer", "submit", "--kind", "external", "--account", "A-1", "--payee", "Paper & Co", "--amount", amount,
                       "--reference", reference, user="mia", confirm="")


def transfers(site, check):
    def approver():
        return {"user": "ola", "code": site.user_tokens["ola"].next()}
    ids = []
    for n in range(4):
        ids.append(str(check(submit(site, f"R-{n}"), "transfer submit").data["id"]))
    check(submit(site, "R-0"), "transfer submit, again")
    check(submit(site, "R-0", "1001"), "transfer submit, another under it", 4)
    check(submit(site, "R-9", "60000"), "transfer submit, over the limit", 9)
    check(site.otpadm("transfer", "list", user="mia", confirm=""), "transfer list")
    check(site.otpadm("transfer", "list", "--state", "pending"), "transfer list, by root")
    check(site.otpadm("transfer", "show", ids[0], user="ola", confirm=""), "transfer show, pending")
    check(site.otpadm("explain", ids[0], user="ola", confirm=""), "explain a transfer, pending")
    check(site.otpadm("-n", "transfer", "approve", ids[0], user="ola", confirm=""), "transfer approve, dry")
    check(site.otpadm("-y", "transfer", "approve", ids[0], ids[1], **approver()), "transfer approve")
    check(site.otpadm("-y", "transfer", "approve", ids[0], **approver()), "transfer approve, again")
    check(site.otpadm("-y", "transfer", "return", ids[2], "--reason", "wrong payee", user="ola"), "transfer return")
    check(site.otpadm("-y", "transfer", "withdraw", ids[3], user="mia", confirm=""), "transfer withdraw")
    check(site.otpadm("transfer", "show", ids[0]), "transfer show, approved")
    check(site.otpadm("explain", ids[0]), "explain a transfer, approved")
    check(site.otpadm("transfer", "execute", ids[0]), "transfer execute")
    check(site.otpadm("transfer", "execute", ids[0]), "transfer execute, again", 4)
    check(site.otpadm("transfer", "execute", "--due"), "transfer execute --due")
    check(site.otpadm("transfer", "execute", "--due"), "transfer execute --due, nothing is")
    check(site.otpadm("transfer", "receipt", ids[0]), "transfer receipt")
    receipt = site.write("tmp/receipt", site.must("transfer", "receipt", ids[0], output=None).out)
    check(site.otpadm("transfer", "receipt", "--verify", receipt), "transfer receipt --verify")
    check(site.otpadm("transfer", "receipt", "--public-key"), "transfer receipt --public-key")
    check(site.otpadm("transfer", "show", "999"), "transfer show, none such", 3)
    check(site.otpadm("transfer", "list"), "transfer list, after all that")
    check(site.otpadm("-y", "permit", "clear", "mia", user="boss", code=site.master_code()), "permit clear")


def tokens(site, check):
    code = site.master_code
    check(site.otpadm("-n", "token", "add", "N-1", "--random"), "token add, dry")
    check(site.otpadm("token", "add", "N-1", "--random", "--type", "hotp", "--secret-file", site.path("tmp/n1")), "token add --random")
    check(site.otpadm("token", "add", "N-2", "--random", "--secret-file", site.path("tmp/n2")), "token add --random, totp")
    check(site.otpadm("token", "uri", "N-1", "--secret-file", site.path("tmp/n1.again"), user="boss", code=code()), "token uri")
    site.user("pia", site.token("P-1"))
    mine = site.user_tokens["pia"]
    check(site.otpadm("token", "resync-own", user="pia", credentials={"code1": mine.next(), "code2": mine.next()}), "token resync-own")
    both = {"code": code(), "code1": mine.next(), "code2": mine.next()}
    check(site.otpadm("token", "resync", "P-1", user="boss", credentials=both), "token resync")
    check(site.otpadm("-n", "token", "replace", "P-1", "N-1", user="boss", confirm=""), "token replace, dry")
    check(site.otpadm("-y", "token", "suspend", "P-1", user="boss", code=code()), "token suspend")
    check(site.otpadm("-y", "token", "suspend", "P-1", user="boss", code=code()), "token suspend, again")
    check(site.otpadm("-y", "unlock", "pia", user="boss"), "unlock, by hand")
    check(site.otpadm("-y", "token", "report-lost", user="pia"), "token report-lost")
    check(site.otpadm("token", "show", "P-1"), "token show, reported")
    check(site.otpadm("suspended", "list"), "suspended list, reported")
    check(site.otpadm("-y", "token", "replace", "P-1", "N-1", user="boss", code=code()), "token replace")
    check(site.otpadm("-y", "token", "lost", "N-1", user="boss", code=code()), "token lost")
    check(site.otpadm("-y", "token", "lost", "N-1", user="boss", code=code()), "token lost, again")
    check(site.otpadm("-y", "token", "retire", "N-2", user="boss", code=code()), "token retire")
    for serial in ("N-1", "N-2", "P-1"):
        check(site.otpadm("token", "show", serial), "token show, what is left of it")
    check(site.otpadm("user", "show", "pia"), "user show, without a token")


def audit(site, check):
    check(site.otpadm("audit", "show", "--user", "mia"), "audit show")
    check(site.otpadm("audit", "show", "--verb", "transfer approve", "--result", "ok"), "audit show, of one verb")
    check(site.otpadm("audit", "export"), "audit export")
    head = site.write("tmp/head", site.must("audit", "head", output=None).out)
    check(site.otpadm("audit", "head"), "audit head")
    check(site.otpadm("audit", "verify"), "audit verify")
    check(site.otpadm("audit", "verify", "--head", head), "audit verify --head")
    for what in (["activity"], ["activity", "--since", "2020-01-01"], ["failures"], ["expiring", "--within", "90d"], ["unused"], ["drift"], ["roles"], ["limits"]):
        check(site.otpadm("report", *what), f"report {' '.join(what)}")


def notices(site, check):
    check(site.otpadm("notify", "list"), "notify list")
    check(site.otpadm("notify", "flush"), "notify flush")
    check(site.otpadm("notify", "flush"), "notify flush, nothing waits")
    check(site.otpadm("notify", "test", "ops@example.com"), "notify test")


def recover(site, check):
    site.service("suspend", "auth required @otp")
    token = site.user_tokens["mia"]
    for _ in range(5):
        site.pam("suspend", "mia", [token.wrong()])
    check(site.otpadm("explain", "mia"), "explain one who is suspended")
    check(site.otpadm("-n", "recover", "unlock", token.serial, "--reason", "a drill"), "recover unlock, dry")
    check(site.otpadm("-y", "recover", "unlock", token.serial, "--reason", "a drill"), "recover unlock")
    check(site.otpadm("-y", "recover", "open", "mia", "--reason", "a drill"), "recover open")
    check(site.otpadm("-y", "recover", "make-master", "ola", "--reason", "a drill"), "recover make-master")
    check(site.otpadm("-y", "recover", "password", "mia", "--words", site.path("tmp/recovered"), "--reason", "a drill"), "recover password")
    check(site.otpadm("-y", "recover", "clock", "--reason", "a drill"), "recover clock")
    check(site.otpadm("-y", "recover", "mark", "--reason", "a drill"), "recover mark, which holds")


def life(site, check, everything):
    before = len(everything)
    for part in (people, permits, transfers, tokens, audit, notices, recover):
        part(site, check)
    ok(len(everything) - before > 60, "the second half was held to it")
    secrets = [site.password(name) for name in ("mia", "noa", "ola")] + [t.secret.hex() for t in site.tokens.values()]
    is_equal([s for s in secrets for text in everything if s in text], [], "and no secret is in its output")
