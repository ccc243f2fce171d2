# SPDX-License-Identifier: GPL-3.0-or-later
"""pam_otp.so against a stand-in for otpd: what is asked of the user, what of otpd, and every option."""
import harness
import wire
from harness import done, is_equal, like, ok, skip

site = harness.Site()
replies = []
otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer(*(replies.pop(0) if replies else ("auth-failed",))))
site.service("plain", "auth required @otp")


def ask(service, answers, says=(), user="alice", **how):
    """Through the service; otpd says these words (or (word, fields)) in turn, auth-failed after that."""
    otpd.asked.clear()
    replies[:] = [s if isinstance(s, tuple) else (s,) for s in says]
    return site.pam(service, user, answers, **how)


def codes():
    return [values.get("code") for verb, values in otpd.asked if verb == "verify"]


# ---- answers that cannot be a code: refused after the same question to otpd, and never sent
for name, text in (("empty", "@empty"), ("NULL", "@null"), ("no reply at all", "@none"), ("five digits", "12345"),
                   ("nine digits", "123456789"), ("letters", "12345a"), ("a sign", "-12345"), ("a blank", "123 456"),
                   ("blanks around", " 123456"), ("full-width digits", "１２３４５６"), ("a password", "correct horse"),
                   ("sshd's placeholder", "\b\n\r\177INCORRECT".replace("\n", "\t")), ("bytes that are no text", "\udcff\udcfe12"),
                   ("512 digits", "@long 512"), ("100000 digits", "@long 100000")):
    result = ask("plain", [text])
    is_equal(result.auth, "PAM_AUTH_ERR", f"an answer of {name} is refused", result)
    is_equal(codes(), ["-"], f"an answer of {name}: otpd is asked with a placeholder")
    is_equal(ask("plain", [text], ["ok"]).auth, "PAM_AUTH_ERR", f"an answer of {name} is refused whatever otpd says")
    is_equal(result.host, "host unchanged"[5:], f"an answer of {name}: the host is as it was", result)
for text in ("123456", "1234567", "00000000"):
    is_equal(ask("plain", [text], ["ok"]).auth, "PAM_SUCCESS", f"{len(text)} digits are a code")
    is_equal(codes(), [text], f"{len(text)} digits are sent as they are")
result = ask("plain", ["123456", "letters"], ["next-code", "auth-failed"])
is_equal((result.auth, codes()), ("PAM_AUTH_ERR", ["123456", "-"]), "the next code may be ill-formed too")
result = ask("plain", ["123456", "234567", "345678"], ["next-code", "next-code", "ok"])
is_equal((result.auth, len(result.prompts)), ("PAM_AUTH_ERR", 2), "there is one next code, not a third")

# ---- conversations that fail, at each point
for how in ("@fail", "@buf", "@again"):
    want = "PAM_BUF_ERR" if how == "@buf" else "PAM_CONV_ERR"
    result = ask("plain", [how])
    is_equal((result.auth, otpd.asked), (want, []), f"a conversation that fails ({how}): {want}, nothing asked", result)
    ok(result.delay >= 1000000, f"a conversation that fails ({how}): delayed")
    result = ask("plain", ["123456", how], ["next-code", "ok"])
    is_equal((result.auth, codes()), (want, ["123456"]), f"failing at the next code ({how}): {want}", result)
    is_equal(ask("plain", [how, "123456"], ["ok"], user="").auth, "PAM_CONV_ERR" if how != "@buf" else result.auth,
             f"failing at the user's name ({how})")
is_equal(ask("plain", []).auth, "PAM_CONV_ERR", "no answer left: PAM_CONV_ERR")

# ---- names
result = ask("plain", ["carol", "123456"], ["ok"], user="")
is_equal((result.auth, otpd.asked[0][1]["user"]), ("PAM_SUCCESS", "carol"), "the name is asked for where the host has none", result)
for name, user in (("of 300 bytes", "a" * 300), ("with a control byte", "al\tice"), ("with a newline", "al\nice"),
                   ("with a slash", "../alice"), ("with a leading hyphen", "-alice"), ("that is no text", "al\udcffice")):
    result = ask("plain", ["123456"], ["ok"], user=user)
    is_equal((result.auth, len(result.prompts), otpd.asked), ("PAM_AUTH_ERR", 1, []), f"a name {name}: asked, refused", result)
    ok(result.delay >= 1000000, f"a name {name}: delayed")
    site.service("names", "auth required @otp nullok", "auth required pam_permit.so", "account required @otp nullok",
                 "account required pam_permit.so", "session required @otp")
    result = ask("names", ["123456"], ["not-found"], user=user, phases="on,auth,acct,open")
    is_equal((result.auth, result.acct, result.open), ("PAM_AUTH_ERR", "PAM_PERM_DENIED", "PAM_SESSION_ERR"),
             f"a name {name} is never ignored", result)
is_equal(ask("plain", ["123456"], ["ok"], user="a" * 256).auth, "PAM_SUCCESS", "a name of 256 bytes is a name")
is_equal(ask("plain", ["123456"], ["ok"], user="山田").auth, "PAM_SUCCESS", "a name in UTF-8 is a name")

if harness.is_sanitized():
    skip("another spelling of a name", "built with sanitizers: nothing can be loaded before them")
else:
    site.service("names", "auth required @otp nullok", "auth required pam_permit.so")
    result = ask("names", ["123456"], ["suspended"], user="ALICE", env=site.environment({"LD_PRELOAD": harness.built("tests/spelling.so")}))
    is_equal((result.auth, [values["user"] for _, values in otpd.asked]), ("PAM_AUTH_ERR", ["alice", "alice"]),
             "another spelling of a name is the user whom the system means", result)

# ---- what otpd is told
ask("plain", ["123456"], ["ok"], options=["-r", "192.0.2.7", "-t", "ssh"])
is_equal(otpd.asked, [("verify", {"user": "alice", "code": "123456", "service": "plain", "rhost": "192.0.2.7", "tty": "ssh"})],
         "otpd is told user, code, service, origin and nothing else")
ask("plain", ["123456"], ["ok"], options=["-r", "evil\x1b[2J\n" + "x" * 5000, "-t", "\udcff" * 300])
ok(len(otpd.asked) == 1 and otpd.asked[0][1]["rhost"].isprintable() and len(otpd.asked[0][1]["rhost"]) < 256 and
   len(otpd.asked[0][1]["tty"]) <= 64, "an origin of rubbish is cleaned and cut", otpd.asked)
site.service("s" * 200, "auth required @otp")
ask("s" * 200, ["123456"], ["ok"])
is_equal(otpd.asked[0][1]["service"], "s" * 64, "a long service name is cut")

# ---- prompts
for options, want in (("", ("prompt-off", "One-time password: ")), ("echo", ("prompt-on", "One-time password: ")),
                      ("prompt=Code?", ("prompt-off", "Code?")), ("[prompt=Your code: ]", ("prompt-off", "Your code: ")),
                      ("[prompt=100%s %n]", ("prompt-off", "100%s %n")), ("language=C", ("prompt-off", "One-time password: ")),
                      ("language=xx_YY", ("prompt-off", "One-time password: "))):
    site.service("prompt", f"auth required @otp {options}")
    result = ask("prompt", ["123456"], ["ok"])
    is_equal(result.said, [want], f"options '{options}': the prompt", result)
site.service("prompt", "auth required @otp prompt=Code? echo")
is_equal(ask("prompt", ["123456", "123456"], ["next-code"]).said, [("prompt-on", "Code?"), ("prompt-on", "Next one-time password: ")],
         "the next code has its own prompt, and the same echo")

# ---- use_first_pass, try_first_pass: a password is never sent, a code only once
for option in ("use_first_pass", "try_first_pass"):
    use = option == "use_first_pass"
    site.service("set", f"auth required @password set=654321", f"auth required @otp {option}")
    site.service("word", f"auth required @password set=hunter2", f"auth required @otp {option}")
    site.service("none", f"auth required @otp {option}")
    result = ask("set", ["123456"], ["ok"])
    is_equal((result.auth, codes(), result.prompts), ("PAM_SUCCESS", ["654321"], []), f"{option}: a right code in the item", result)
    result = ask("set", ["123456"], ["auth-failed", "ok"])
    want = ("PAM_AUTH_ERR", ["654321"], 0) if use else ("PAM_SUCCESS", ["654321", "123456"], 1)
    is_equal((result.auth, codes(), len(result.prompts)), want, f"{option}: a wrong code in the item", result)
    result = ask("set", ["123456"], ["unavailable", "ok"])
    is_equal((result.auth, codes()), ("PAM_AUTHINFO_UNAVAIL", ["654321"]), f"{option}: trouble with the item ends it", result)
    result = ask("set", ["123456"], ["next-code", "ok"])
    want = ("PAM_AUTH_ERR", ["654321"], []) if use else ("PAM_SUCCESS", ["654321", "123456"], ["Next one-time password: "])
    is_equal((result.auth, codes(), result.prompts), want, f"{option}: the next code", result)
    for service in ("word", "none"):
        result = ask(service, ["123456"], ["auth-failed" if use else "ok"])
        want = ("PAM_AUTH_ERR", ["-"], 0) if use else ("PAM_SUCCESS", ["123456"], 1)
        is_equal((result.auth, codes(), len(result.prompts)), want, f"{option}: {service} in the item", result)
    site.service("decoyset", f"auth required @password set=654321", f"auth required @otp {option} decoy")
    is_equal(ask("decoyset", ["123456"], ["ok", "ok"]).auth, "PAM_AUTH_ERR", f"{option}: a decoy refuses a right code in the item")
site.service("both", "auth required @password set=654321", "auth required @otp try_first_pass use_first_pass")
is_equal(ask("both", ["123456"], ["auth-failed", "ok"]).prompts, [], "with both, use_first_pass: no prompt")
site.service("set", "auth required @password set=654321", "auth required @otp")
is_equal((ask("set", ["123456"], ["ok"]).auth, codes()), ("PAM_SUCCESS", ["123456"]), "without either the item is not looked at")
site.service("kept", "auth required @password set=hunter2", "auth required @otp", "auth required @password expect=hunter2")
is_equal(ask("kept", ["123456"], ["ok"]).auth, "PAM_SUCCESS", "the code is not put into PAM_AUTHTOK: the password stays")
site.service("kept", "auth required @otp", "auth required @password expect=")
is_equal(ask("kept", ["123456"], ["ok"]).auth, "PAM_SUCCESS", "the code is not put into PAM_AUTHTOK: nothing is there")

# ---- reveal, silence
site.service("reveal", "auth required @otp reveal", "account required @otp reveal")
for error in ("suspended", "code-used", "auth-failed", "lost", "revoked", "expired", "not-found"):
    result = ask("reveal", ["123456"], [error])
    is_equal(len(result.messages), int(error in ("suspended", "code-used")), f"reveal: {error}", result)
    is_equal(ask("plain", ["123456"], [error]).messages, [], f"without reveal: {error} says nothing")
    is_equal(ask("reveal", ["123456"], [error], flags="silent").messages, [], f"reveal under PAM_SILENT: {error}")
like(ask("reveal", ["123456"], ["suspended"]).messages[0], "suspended", "reveal says suspended")
like(ask("reveal", ["123456"], ["code-used"]).messages[0], "already used", "reveal says already used")
is_equal(len(ask("reveal", [], ["suspended"], phases="acct").messages), 1, "reveal: suspended in the account phase")

# ---- the session's lines
site.service("session", "session required @otp")
known = {"last_success": 1767225600, "expires": 1767225600 + 86400, "suspended": True}
result = ask("session", [], [("ok", known)], phases="open")
is_equal(result.messages, ["last one-time password: 2026-01-01 00:00 +0000", "your token expires: 2026-01-02 00:00 +0000",
                           "your one-time passwords are suspended: ask an administrator"], "the session tells what is known", result)
is_equal(ask("session", [], [("ok", {"last_success": 1767225600, "success_before": 1767139200})], phases="open").messages,
         ["last one-time password: 2025-12-31 00:00 +0000"], "the use before the one that has just let him in")
ok(all(kind == "info" for kind, _ in result.said), "as information")
is_equal(ask("session", [], [("ok", known)], phases="open", flags="silent").messages, [], "but not under PAM_SILENT")
is_equal(ask("session", [], [("ok", {"expires": 4000000000})], phases="open").messages, [], "an expiry far away is no news")
is_equal(ask("session", [], ["ok"], phases="open").messages, [], "nothing known, nothing said")

# ---- options: what is not understood is refused, in every phase but setcred and closing
for option in ("nonsense", "Echo", "echo=", "echo=1", "config", "config=", "config=relative.conf", "prompt", "prompt=", "socket=",
               "socket=relative", "language", "=", "debug=yes", "decoy=no", "nullok nonsense", "use_first_pass=1", "echoo"):
    text = f"required {harness.built('pam_module/pam_otp.so')} {option}"
    site.service("bad", f"auth {text}", f"account {text}", f"session {text}")
    result = ask("bad", ["123456"], ["ok", "ok", "ok"], phases="on,auth,acct,open")
    is_equal((result.auth, result.acct, result.open, result.prompts, otpd.asked),
             ("PAM_SERVICE_ERR", "PAM_SERVICE_ERR", "PAM_SERVICE_ERR", [], []), f"option '{option}' is refused", result)
    is_equal(ask("bad", [], phases="setcred").setcred, "PAM_SUCCESS", f"option '{option}': setcred succeeds")
    site.service("bad", f"auth {text} decoy nullok", "auth required pam_permit.so")
    ok(ask("bad", ["123456"], ["ok"]).auth != "PAM_SUCCESS", f"option '{option}' with decoy and nullok lets nobody pass")
every = "echo use_first_pass try_first_pass nullok allow_unregistered reveal debug language=C prompt=x"
site.service("every", f"auth required @otp {every} socket={site.socket}", f"account required @otp {every}", f"session required @otp {every}")
result = ask("every", ["123456"], ["ok"] * 4, phases="auth,acct,open")
is_equal(result.status, 1, "use_first_pass without an item is refused even so", result)
site.service("every", "auth required @password set=654321", f"auth required @otp {every}", f"account required @otp {every}",
             f"session required @otp {every}")
is_equal(ask("every", ["123456"], ["ok"] * 4, phases="auth,setcred,acct,open,close").status, 0, "all options together, in all phases")
other = harness.Site()
stranger = wire.StandIn(other.socket, lambda verb, values: wire.answer("ok"))
site.service("socket", f"auth required @otp socket={other.socket}")
is_equal((ask("socket", ["123456"]).auth, otpd.asked), ("PAM_SUCCESS", []), "socket= names another otpd")
done()
