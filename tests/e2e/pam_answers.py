# SPDX-License-Identifier: GPL-3.0-or-later
"""pam_otp.so against a stand-in for otpd: every answer becomes the PAM code of interface.md, in every phase."""
import harness
import wire
from harness import done, is_equal, ok

REFUSED = {"not-found", "not-permitted", "auth-failed", "code-used", "suspended", "revoked", "lost", "expired",
           "not-applicable", "wrong-state", "over-limit", "policy", "next-code"}

site = harness.Site()
said = {}


def judge(verb, values):
    error = said.get(verb, "internal")
    more = said.get(verb + " fields", {})
    if isinstance(error, list):     # one answer a question
        error = error.pop(0)
    return error if isinstance(error, bytes) or error is None else wire.answer(error, more)


otpd = wire.StandIn(site.socket, judge)


def says(**verbs):
    said.clear()
    otpd.asked.clear()
    for name, error in verbs.items():
        said[name.replace("__", " ")] = error


# ---- auth: one answer of every kind
site.service("plain", "auth required @otp")
site.service("nullok", "auth required @otp nullok", "account required @otp nullok", "session required @otp nullok")
site.service("decoy", "auth required @otp decoy")
for error in wire.ERRORS:
    says(verify=error)
    result = site.pam("plain", "alice", ["123456", "234567"])
    want = "PAM_SUCCESS" if error == "ok" else "PAM_AUTH_ERR" if error in REFUSED else "PAM_AUTHINFO_UNAVAIL"
    is_equal(result.auth, want, f"auth: {error} is {want}", result)
    ok(result.delay is None if error == "ok" else result.delay >= 1000000, f"auth: {error}: delayed unless right", result)
    is_equal(len(result.prompts), 2 if error == "next-code" else 1, f"auth: {error} asks the right number of times", result)
    says(verify=error)
    result = site.pam("decoy", "alice", ["123456", "234567"])
    is_equal(result.auth, "PAM_AUTH_ERR", f"decoy: {error} is PAM_AUTH_ERR", result)
    ok(all(v.get("decoy") is True for _, v in otpd.asked) and otpd.asked, f"decoy: {error} was asked as a decoy")
    is_equal(len(result.prompts), 2 if error == "next-code" else 1, f"decoy: {error} asks as the real line does", result)

# ---- the next code, in the same conversation
for second in wire.ERRORS:
    says(verify=["next-code", second])
    result = site.pam("plain", "alice", ["123456", "234567", "345678"])
    want = "PAM_SUCCESS" if second == "ok" else "PAM_AUTH_ERR" if second in REFUSED else "PAM_AUTHINFO_UNAVAIL"
    is_equal(result.auth, want, f"next code: {second} is {want}", result)
    is_equal(result.prompts, ["One-time password: ", "Next one-time password: "], f"next code: {second}: two prompts")
    is_equal([v["code"] for _, v in otpd.asked], ["123456", "234567"], f"next code: {second}: each code is sent once")

# ---- nullok: strangers are ignored, nobody else is, and no error is
for error in wire.ERRORS:
    says(login__check=error, verify="auth-failed")
    result = site.pam("nullok", "alice", ["123456"])
    if error in ("not-found", "not-applicable"):
        is_equal(result.auth, "PAM_PERM_DENIED", f"nullok: {error} is ignored (libpam denies an empty stack)", result)
        is_equal(result.prompts, [], f"nullok: {error} asks nothing", result)
    else:
        is_equal(result.auth, "PAM_AUTH_ERR", f"nullok: {error} goes on to the code", result)
    says(login__check=error, verify="auth-failed")
    result = site.pam("nullok", "alice", ["123456"], flags="nonull")
    is_equal((result.auth, len(result.prompts)), ("PAM_AUTH_ERR", 1), f"nullok: {error} is asked under PAM_DISALLOW_NULL_AUTHTOK")
site.service("closed", "auth required @otp nullok", "auth required pam_permit.so")
says(login__check="not-found")
is_equal(site.pam("closed", "alice").auth, "PAM_SUCCESS", "nullok with the closing line lets a stranger pass")
is_equal(otpd.asked[0], ("login check", {"user": "alice", "service": "closed", "phase": "auth"}), "and asked in the auth phase")
for error in sorted(set(wire.ERRORS) - {"not-found", "not-applicable", "ok"}):
    says(login__check=error, verify=error)
    ok(site.pam("closed", "alice", ["123456", "123456"]).auth != "PAM_SUCCESS", f"nullok with the closing line: {error} does not pass")
site.service("closeddecoy", "auth required @otp nullok decoy", "auth required pam_permit.so")
says(login__check="not-found", verify="auth-failed")
result = site.pam("closeddecoy", "alice", ["123456"])
is_equal((result.auth, result.prompts), ("PAM_AUTH_ERR", []), "nullok on the decoy line only decides whether to ask")
says(login__check="suspended", verify="auth-failed")
result = site.pam("closeddecoy", "alice", ["123456"])
is_equal((result.auth, len(result.prompts)), ("PAM_AUTH_ERR", 1), "who is no stranger is asked by the decoy too")

# ---- account
site.service("account", "account required @otp")
site.service("open", "account required @otp allow_unregistered")
for error in wire.ERRORS:
    want = "PAM_SUCCESS" if error == "ok" else "PAM_PERM_DENIED" if error in REFUSED else "PAM_AUTHINFO_UNAVAIL"
    says(login__check=error)
    is_equal(site.pam("account", "alice", phases="acct").acct, want, f"account: {error} is {want}")
    is_equal(otpd.asked, [("login check", {"user": "alice", "service": "account", "phase": "account"})], f"account: {error}: asked so")
    says(login__check=error)
    result = site.pam("nullok", "alice", phases="acct")
    is_equal(result.acct, "PAM_PERM_DENIED" if error in ("not-found", "not-applicable") else want, f"account nullok: {error}", result)
    for registration in ("open", "closed"):
        said["login check fields"] = {"registration": registration}
        says_open = registration == "open" and error in ("not-applicable", "revoked")
        is_equal(site.pam("account", "alice", phases="acct").acct, want, f"account: {error}, registration {registration}")
        is_equal(site.pam("open", "alice", phases="acct").acct, "PAM_SUCCESS" if says_open else want,
                 f"account allow_unregistered: {error}, registration {registration}")
    said["login check fields"] = {}
    is_equal(site.pam("open", "alice", phases="acct").acct, want, f"account allow_unregistered: {error}, nothing said of it")
site.service("closedaccount", "account required @otp nullok", "account required pam_permit.so")
says(login__check="not-applicable")
is_equal(site.pam("closedaccount", "alice", phases="acct").acct, "PAM_SUCCESS", "account nullok: a stranger passes with the closing line")
says(login__check="not-applicable")
is_equal(site.pam("closedaccount", "alice", phases="acct", flags="nonull").acct, "PAM_PERM_DENIED",
         "account nullok: not under PAM_DISALLOW_NULL_AUTHTOK")
for error in sorted(set(wire.ERRORS) - {"not-found", "not-applicable", "ok"}):
    says(login__check=error)
    ok(site.pam("closedaccount", "alice", phases="acct").acct != "PAM_SUCCESS", f"account nullok: {error} does not pass")

# ---- session, setcred
site.service("session", "session required @otp")
for error in wire.ERRORS:
    says(session__open=error)
    want = "PAM_SUCCESS" if error == "ok" else "PAM_SESSION_ERR" if error in REFUSED else "PAM_AUTHINFO_UNAVAIL"
    result = site.pam("session", "alice", phases="open,close")
    is_equal(result.open, want, f"session: {error} is {want}", result)
    is_equal(result.close, "PAM_SUCCESS" if error == "ok" else None, f"session: {error}: closing", result)
is_equal(otpd.asked[-1], ("session open", {"user": "alice", "service": "session", "pam": True}), "session: asked so")
says()
is_equal(site.pam("session", "alice", phases="close").close, "PAM_SUCCESS", "session: closing alone succeeds")
for name in ("plain", "decoy", "nullok"):
    is_equal(site.pam(name, "alice", phases="setcred").setcred, "PAM_SUCCESS", f"setcred of {name} alone succeeds")
ok(not otpd.asked, "setcred asks nothing of otpd")
otpd.close()
is_equal(site.pam("plain", "alice", phases="setcred").setcred, "PAM_SUCCESS", "setcred succeeds without otpd")
done()
