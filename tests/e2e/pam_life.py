# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of interface.md through the real libpam, otpd and otpadm: registered, logged in, suspended, unlocked."""
import signal
import time

import harness
from harness import done, is_equal, like, ok, skip

site = harness.Site(clock=True).begin()
site.service("login", "auth required @otp", "account required @otp", "session required @otp")
site.service("reveal", "auth required @otp reveal", "account required @otp reveal")
site.service("open", "auth required @otp", "account required @otp allow_unregistered")
site.service("nullok", "auth required @otp nullok", "auth required pam_permit.so", "account required @otp nullok",
             "account required pam_permit.so", "session required @otp nullok", "session required pam_permit.so")
site.service("stack", "auth [success=1 default=ignore] @password password=sesame", "auth requisite @otp decoy", "auth required @otp")
ALL = "on,auth,acct,open"


def attempt(service, user, *answers, phases="auth", **how):
    return site.pam(service, user, list(answers), phases=phases, **how)


def comes_in(user, *answers, service="login", name=None):
    result = attempt(service, user, *answers, phases="auth,acct,open")
    return is_equal((result.auth, result.acct, result.open), ("PAM_SUCCESS",) * 3, name or f"{user} comes in", result)


# ---- who is not registered
alice, bob = site.token("A-1"), None
site.add_user("alice")
site.set_password("alice")
result = attempt("login", "alice", "123456", phases=ALL)
is_equal((result.auth, result.acct, result.open), ("PAM_AUTH_ERR", "PAM_PERM_DENIED", "PAM_SUCCESS"), "an unregistered user is refused", result)
is_equal(attempt("open", "alice", phases="acct").acct, "PAM_SUCCESS", "allow_unregistered: while his registration is open")
result = attempt("nullok", "alice", phases="auth,acct,open")
is_equal((result.auth, result.acct, result.open, result.prompts), ("PAM_SUCCESS",) * 3 + ([],), "nullok: a user who was never bound passes", result)
result = attempt("login", "nobody-here", "123456", phases=ALL)
is_equal((result.auth, result.acct, result.open), ("PAM_AUTH_ERR", "PAM_PERM_DENIED", "PAM_SESSION_ERR"), "an unknown user is refused", result)
is_equal(attempt("open", "nobody-here", phases="acct").acct, "PAM_PERM_DENIED", "allow_unregistered: not an unknown user")
is_equal(attempt("nullok", "nobody-here", phases="auth,acct").status, 0, "nullok: an unknown user passes")

# ---- registered
site.register("alice", alice)
code = alice.next()
comes_in("alice", code, name="a right code comes in, in all phases")
is_equal(attempt("login", "alice", code).auth, "PAM_AUTH_ERR", "the same code again does not")
is_equal(attempt("login", "alice", alice.wrong()).auth, "PAM_AUTH_ERR", "nor does a wrong one")
is_equal(site.show_token("A-1")["fails"], 1, "which is counted")
for answer in ("", "12345", "1234567", "letters", "@null", "@long 400"):
    is_equal(attempt("login", "alice", answer).auth, "PAM_AUTH_ERR", f"an answer of '{answer}' is refused")
is_equal(site.show_token("A-1")["fails"], 1, "and what is no code of the token's length is not counted")
result = attempt("nullok", "alice", alice.wrong(), phases="auth")
is_equal((result.auth, len(result.prompts)), ("PAM_AUTH_ERR", 1), "nullok: a registered user is asked")
result = attempt("nullok", "alice", alice.next(), phases="auth,acct,open")
is_equal(result.status, 0, "nullok: and comes in with a code", result)
is_equal(site.show_token("A-1")["fails"], 0, "a success clears the counter")
like(" ".join(result.messages), "last one-time password: 2", "the session tells the last use")

# ---- reveal
code = alice.next()
attempt("login", "alice", code)
like(" ".join(attempt("reveal", "alice", code).messages), "already used", "reveal says that a code was used")
is_equal(attempt("reveal", "alice", alice.wrong()).messages, [], "and nothing of a wrong one")
attempt("login", "alice", alice.next())

# ---- a second user of the same token, and one with eight digits
site.user("bob", alice)
comes_in("bob", alice.next(), name="a sharer comes in with the same token")
long = site.token("L-8", digits=8, algorithm="sha256")
site.user("lena", long)
comes_in("lena", long.next(), name="a token of 8 digits, SHA-256")
site.service("first", "auth required @password password=246810", "auth required @otp try_first_pass")
result = attempt("first", "lena", "246810", long.next())
is_equal((result.auth, result.prompts), ("PAM_SUCCESS", ["Password: ", "One-time password: "]), "try_first_pass: a password of 6 digits, then the code",
         result)
is_equal(site.show_token("L-8")["fails"], 0, "and the password was not counted as a wrong code of 8")
site.service("first", f"auth required @password set={long.next()}", "auth required @otp use_first_pass")
result = attempt("first", "lena")
is_equal((result.auth, result.prompts), ("PAM_SUCCESS", []), "use_first_pass: a code in the item, no prompt", result)
is_equal(attempt("first", "lena").auth, "PAM_AUTH_ERR", "use_first_pass: once")

# ---- the stack of interface.md: nobody learns that the password was right, no stranger suspends
fresh = long.next()
both = ["Password: ", "One-time password: "]
seen = {}
for what, answers in (("wrong password, right code", ["open", fresh]), ("wrong password, wrong code", ["open", long.wrong()]),
                      ("right password, wrong code", ["sesame", long.wrong()])):
    result = attempt("stack", "lena", *answers)
    is_equal((result.auth, result.prompts, result.messages), ("PAM_AUTH_ERR", both, []), f"the stack: {what}: refused, asked the same", result)
    ok(result.delay >= 1000000, f"the stack: {what}: delayed")
for _ in range(7):
    attempt("stack", "lena", "open", long.wrong())
is_equal(site.show_token("L-8")["fails"], 1, "the stack: only the wrong code behind the right password counts")
is_equal(attempt("stack", "lena", "sesame", fresh).auth, "PAM_SUCCESS", "the stack: right and right, and the decoy had not used the code up")
site.service("no-decoy", "auth [success=1 default=ignore] @password password=sesame", "auth required @otp")
is_equal(attempt("no-decoy", "lena", "open", long.next()).auth, "PAM_SUCCESS", "control: without the decoy line a wrong password comes in")
is_equal(attempt("stack", "nobody-here", "sesame", "12345678").prompts, both, "the stack: an unknown user is asked the same")

# ---- five wrong codes suspend the token, for everybody who shares it
for i in range(5):
    is_equal(site.show_token("A-1")["state"], "active", f"after {i} wrong codes the token is active")
    is_equal(attempt("login", "alice", alice.wrong()).auth, "PAM_AUTH_ERR", f"wrong code {i + 1}")
is_equal(site.show_token("A-1")["state"], "suspended", "after 5 it is suspended")
for user in ("alice", "bob"):
    result = attempt("login", user, alice.next(), phases="on,auth,acct")
    is_equal((result.auth, result.acct), ("PAM_AUTH_ERR", "PAM_PERM_DENIED"), f"{user} is refused at auth and account")
    is_equal(attempt("nullok", user, "123456", phases="auth").auth, "PAM_AUTH_ERR", f"nullok does not let {user} pass")
    is_equal(attempt("nullok", user, phases="acct").acct, "PAM_PERM_DENIED", f"nor in the account phase")
    is_equal(attempt("open", user, phases="acct").acct, "PAM_PERM_DENIED", f"nor does allow_unregistered")
like(" ".join(attempt("reveal", "bob", "123456").messages), "suspended", "reveal says suspended")
like(" ".join(attempt("reveal", "bob", phases="acct").messages), "suspended", "in the account phase too")
like(" ".join(attempt("login", "bob", phases="open").messages), "suspended", "and the session tells it")
is_equal(attempt("login", "alice", alice.next()).auth, "PAM_AUTH_ERR", "a right code does not lift it")
site.must("unlock", "bob", "--yes", user="boss")
comes_in("alice", alice.next(), name="an administrator who names bob frees alice")
comes_in("bob", alice.next(), name="and bob")

# ---- a suspended administrator may come in by key, to unlock others
boss = site.user_tokens["boss"]
for _ in range(5):
    attempt("login", "boss", boss.wrong())
is_equal(site.show_token(boss.serial)["state"], "suspended", "the administrator's token is suspended")
result = attempt("login", "boss", boss.next(), phases="on,auth,acct")
is_equal((result.auth, result.acct), ("PAM_AUTH_ERR", "PAM_SUCCESS"), "his code is refused, the account phase lets him pass", result)
site.stop()
is_equal(attempt("login", "alice", alice.next()).auth, "PAM_AUTHINFO_UNAVAIL", "otpd is stopped: unavailable")

# ---- time: the next code, the clock that runs back, expiry, silence
if not site.clock.is_there:
    skip("drift, expiry, the clock", "no libfaketime, or built with sanitizers")
else:
    site = harness.Site(clock=True).begin()
    site.service("login", "auth required @otp", "account required @otp", "session required @otp")
    now = int(site.clock.now())
    day = 86400
    fast = site.token("T-1", kind="totp")
    ends = site.token("T-2", kind="totp", not_after=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 100 * day)))
    for name, token in (("tim", fast), ("eva", ends)):
        site.user(name, token)
    code = fast.now()
    began = site.clock.now()
    comes_in("tim", code, name="a TOTP code")
    ended = site.clock.now()
    is_equal(attempt("login", "tim", code).auth, "PAM_AUTH_ERR", "and once")
    site.clock.advance(60)

    def minutes(began, ended):
        """What the session may say of a use between the two."""
        return [[time.strftime("last one-time password: %Y-%m-%d %H:%M +0000", time.gmtime(t))] for t in (began, ended)]

    first = minutes(began, ended)
    began = site.clock.now()
    comes_in("tim", fast.now(), name="the next minute's code")
    second = minutes(began, site.clock.now())
    result = attempt("login", "tim", phases="open")
    ok(result.messages in first, "the session tells the use before the one that has let him in", result)
    site.clock.advance(3600)
    result = attempt("login", "tim", phases="open")
    ok(result.messages in second, "an hour later, by key: the last one", result)
    site.clock.advance(120)
    result = attempt("login", "tim", fast.now(6), fast.now(7))
    is_equal((result.auth, result.prompts), ("PAM_SUCCESS", ["One-time password: ", "Next one-time password: "]),
             "a clock that is six minutes fast: two codes in a row", result)
    is_equal(attempt("login", "tim", fast.now(7)).auth, "PAM_AUTH_ERR", "the second of them is used up")
    site.clock.advance(60)
    comes_in("tim", fast.now(7), name="from then on one code is enough")
    site.clock.advance(600)
    before = site.show_token("T-1")["fails"]
    result = attempt("login", "tim", fast.now(14), fast.now(11))
    is_equal((result.auth, len(result.prompts)), ("PAM_AUTH_ERR", 2), "another code than the next one is refused", result)
    is_equal(site.show_token("T-1")["fails"], before + 1, "and counted once")
    soon = site.token("T-3", kind="totp", not_after=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 50 * day)))
    site.user("ena", soon)
    like(" ".join(attempt("login", "ena", phases="open").messages), "your token expires: 20", "the session tells of an expiry in 50 days")
    comes_in("eva", ends.now(), name="a token that expires in 100 days")
    is_equal([m for m in attempt("login", "eva", phases="open").messages if "expires" in m], [], "is no news yet")
    site.clock.advance(40 * day)
    # the module's clock is the real one: only otpd's is turned
    site.clock.advance(61 * day)
    result = attempt("login", "eva", ends.now(), phases="on,auth,acct")
    is_equal((result.auth, result.acct), ("PAM_AUTH_ERR", "PAM_PERM_DENIED"), "an expired token is refused at auth and account", result)
    site.clock.advance(-200 * day)
    result = attempt("login", "tim", fast.now(6))
    is_equal(result.auth, "PAM_AUTHINFO_UNAVAIL", "a clock that was put back: unavailable", result)
    site.otpd.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    result = attempt("login", "tim", fast.now())
    is_equal(result.auth, "PAM_AUTHINFO_UNAVAIL", "an otpd that hangs: unavailable", result)
    ok(time.monotonic() - began < 20, "within the deadline")
    site.otpd.send_signal(signal.SIGCONT)

# ---- an ordinary user's screen locker: himself and nobody else, and not without end
if not harness.is_root():
    skip("a screen locker without privileges", "needs root")
else:
    site = harness.Site(people={"alice": 20001, "bob": 20002})
    if not site.has_people:
        skip("a screen locker without privileges", "no nss_wrapper, or built with sanitizers")
        done()
    site.begin()
    site.service("lock", "auth required @otp", "account required @otp")
    a, b = site.token("A-1"), site.token("B-1")
    site.user("alice", a)
    site.user("bob", b)
    result = attempt("lock", "alice", a.next(), phases="auth,acct", uid=20001)
    is_equal((result.auth, result.acct), ("PAM_SUCCESS", "PAM_SUCCESS"), "alice's screen locker, as alice, comes in", result)
    result = attempt("lock", "bob", b.next(), phases="on,auth,acct", uid=20001)
    is_equal((result.auth, result.acct), ("PAM_AUTH_ERR", "PAM_PERM_DENIED"), "but not for bob", result)
    for _ in range(8):
        attempt("lock", "alice", a.wrong(), uid=20001)
    is_equal(site.show_token("A-1")["state"], "active", "wrong codes without a password shown do not suspend the token")
    is_equal(attempt("lock", "alice", a.next(), uid=20001).auth, "PAM_AUTH_ERR", "only alice's own use of the socket stops")
    is_equal(attempt("lock", "alice", a.next()).auth, "PAM_SUCCESS", "while a service lets her in")
    is_equal(attempt("lock", "alice", a.next(), uid=20001).auth, "PAM_SUCCESS", "which proves her, and her screen locker works again")
done()
