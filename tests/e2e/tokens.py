# SPDX-License-Identifier: GPL-3.0-or-later
"""A token's life by the real programs: made, shown as a QR code, suspended, lost, replaced, resynchronised; and attacks on it."""
import os
import shutil
import stat
import subprocess

import harness
from harness import done, is_equal, like, ok, skip, unlike

ZBAR = shutil.which("zbarimg")
MASTER = []


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def parameters(uri):
    return dict(pair.split("=") for pair in uri.strip().split("?", 1)[1].split("&"))


def boss(*arguments, **how):
    """The master, with his password and the next code of his token."""
    return site.otpadm(*arguments, user="boss", code=site.master_code(), **how)


def pair(token, first):
    """Two codes in a row, `first` steps from now."""
    return {"code1": token.now(first), "code2": token.now(first + 1)}


with harness.Site(clock=True) as site:
    site.begin()

    # ---- made here, for an app
    secret = site.path("tmp/uri")
    done_ = boss("token", "add", "APP-1", "--random", "--secret-file", secret)
    is_equal(done_.status, 0, "a token with a random secret", done_)
    uri = read(secret).strip()
    like(uri, r"^otpauth://totp/otpadm:APP-1\?secret=[A-Z2-7]{32}&issuer=otpadm&algorithm=SHA1&digits=6&period=60$", "its URI says everything")
    is_equal(stat.S_IMODE(os.stat(secret).st_mode), 0o600, "in a file of its owner's alone")
    seed = parameters(uri)["secret"]
    unlike(done_.out + done_.err, seed, "the secret is not in the JSON")
    is_equal(boss("token", "add", "APP-2", "--random", "--secret-file", secret).status, 4, "a file that is there is not overwritten")
    is_equal(boss("token", "show", "APP-2").status, 3, "and nothing was made")
    is_equal(site.otpadm("token", "add", "APP-2", "--random").status, 2, "without a terminal and a file it has no place")
    png = site.path("tmp/qr.png")
    is_equal(boss("token", "uri", "APP-1", "--png", png).status, 0, "the same as a picture")
    is_equal(stat.S_IMODE(os.stat(png).st_mode), 0o600, "of its owner's alone")
    if ZBAR:
        shown = subprocess.run([ZBAR, "--raw", "-q", png], capture_output=True, text=True, timeout=60, check=False).stdout.strip()
        is_equal(shown, uri, "which a reader of QR codes reads as the URI")
    else:
        skip("which a reader of QR codes reads as the URI", "no zbarimg here")
    is_equal(site.otpadm("token", "uri", "APP-1", "--secret-file", site.path("tmp/x")).status, 5, "root alone is shown no secret")

    # ---- by hand, and the same in and out
    site.write("tmp/seed", seed + "\n")
    is_equal(site.otpadm("token", "add", "APP-9", "--secret-file", site.path("tmp/seed")).status, 4, "a seed that is known, under another serial number: conflict")
    again = site.otpadm("token", "add", "APP-1", "--secret-file", site.path("tmp/seed"))
    ok(again.status == 0 and not again.json["changed"], "the same again is unchanged", again)
    is_equal(site.otpadm("token", "add", "APP-1", "--digits", "8", "--secret-file", site.path("tmp/seed")).status, 4, "a differing one: conflict")
    os.chmod(site.path("tmp/seed"), 0o644)
    is_equal(site.otpadm("token", "add", "APP-3", "--secret-file", site.path("tmp/seed")).status, 5, "a secret that others can read is not taken")
    hotp = harness.Token("HOTP-1")
    lines = ["# from the other shop", f"otpauth://hotp/Shop:HOTP-1?secret={harness.base32(hotp.secret).rstrip('=')}&issuer=Shop&counter=0",
             f"otpauth://totp/TOTP-2?secret={'MFRGGZDF' * 4}&period=30&digits=8&algorithm=SHA256"]
    site.write("tmp/uris", "\n".join(lines) + "\n")
    imported = site.otpadm("token", "import", site.path("tmp/uris"))
    ok(imported.status == 0 and imported.data["added"] == 2, "a file of URIs", imported)
    again = site.otpadm("token", "import", "--format", "otpauth", site.path("tmp/uris"))
    ok(again.status == 0 and again.data["unchanged"] == 2, "the same again is unchanged", again)
    boss("token", "uri", "TOTP-2", "--secret-file", site.path("tmp/out"))
    is_equal(parameters(read(site.path("tmp/out"))), {"secret": "MFRGGZDF" * 4, "issuer": "otpadm", "algorithm": "SHA256", "digits": "8", "period": "30"},
             "what went in comes out")
    bad = lines + ["otpauth://totp/T-3?secret=" + "MFRGGZDF" * 3 + "MFRGGZDG&image=x", "nonsense"]
    site.write("tmp/bad", "\n".join(bad) + "\n")
    refused = site.otpadm("token", "import", site.path("tmp/bad"), "--rejects", site.path("tmp/rejects"))
    is_equal(refused.status, 14, "bad lines are put aside")
    kept = read(site.path("tmp/rejects")).splitlines()
    ok([line for line in kept if not line.startswith("#")] == bad[3:] and len(kept) == 4, "as they stood, the reason above them", kept)

    # ---- used: HOTP end to end
    site.add_user("alice")
    site.set_password("alice")
    site.register("alice", hotp)
    site.service("test", "auth required @otp")
    is_equal(site.pam("test", "alice", [hotp.next()]).auth, "PAM_SUCCESS", "an HOTP token from a URI logs in")
    hotp.counter += 15
    is_equal(site.pam("test", "alice", [hotp.at(hotp.counter)]).auth, "PAM_AUTH_ERR", "fifteen presses ahead are too many")
    first, second = hotp.at(hotp.counter), hotp.at(hotp.counter + 1)
    is_equal(site.otpadm("token", "resync", user="alice", credentials={"confirm": site.password("alice"), "code1": first, "code2": second}).status, 0,
             "two codes in a row find it again")
    is_equal(site.pam("test", "alice", [second]).auth, "PAM_AUTH_ERR", "and let nobody in themselves")
    hotp.counter += 2
    is_equal(site.pam("test", "alice", [hotp.next()]).auth, "PAM_SUCCESS", "the next one does")

    # ---- shared, suspended, lost
    token = site.token("100001")
    for name in ("bob", "carol"):
        site.user(name, token)
    is_equal(boss("token", "suspend", "100001").status, 2, "suspending asks: it acts on more than was named")
    is_equal(boss("token", "suspend", "100001", "--yes").status, 0, "suspended by hand")
    for name in ("bob", "carol"):
        site.pass_step(token)
        is_equal(site.pam("test", name, [token.next()]).auth, "PAM_AUTH_ERR", f"{name} cannot log in")
    like(site.otpadm("explain", "100001").out, "by hand of 'boss'", "explain says by whose hand")
    is_equal(site.show_token("100001")["suspended_how"], "by-hand", "and token show how")
    site.must("unlock", "bob", "--yes", user="boss")
    is_equal(site.otpadm("token", "lost", "--yes", user="bob", confirm="not his password").status, 6, "a report needs the password")
    is_equal(site.otpadm("token", "lost", "--yes", user="bob", confirm=site.password("bob")).status, 0, "bob reports it lost")
    is_equal((site.show_token("100001")["state"], site.show_token("100001")["suspended_how"]), ("suspended", "reported"), "it is suspended at once")
    like(site.otpadm("explain", "100001").out, "reported lost by 'bob'", "explain says by whom")
    site.must("unlock", "carol", "--yes", user="boss")

    # ---- replaced: nothing is laundered
    new = site.token("100002", kind="totp")
    while site.show_token("100001")["state"] != "suspended":
        site.pam("test", "bob", [token.wrong()])
    is_equal(boss("token", "replace", "100001", "100002", "--yes").status, 0, "a suspended token is replaced")
    is_equal(site.show_token("100002")["state"], "suspended", "attack: the suspension is not laundered by it")
    is_equal(site.show_token("100002")["origin"], "100001", "where it comes from is known")
    is_equal(site.show_token("100001")["state"], "lost", "the old one is lost at once")
    is_equal(site.pam("test", "carol", [new.next()]).auth, "PAM_AUTH_ERR", "a code of the new one is refused")
    site.must("unlock", "carol", "--yes", user="boss")
    site.pass_step(new)
    is_equal(site.pam("test", "carol", [new.next()]).auth, "PAM_SUCCESS", "released, carol is live after her own code from it")
    is_equal(site.show_user("bob")["binding"], "preassigned", "and bob after his")
    is_equal(site.otpadm("token", "import", site.write("tmp/old.csv", "serial,secret\nOTHER," + token.secret.hex() + "\n")).status, 4,
             "attack: the lost token's seed does not come back under another serial number")
    is_equal(boss("token", "replace", site.show_user("boss")["serial"], "APP-1", "--yes").status, 5, "attack: one's own token is not replaced by oneself")
    is_equal(boss("token", "suspend", site.show_user("boss")["serial"], "--yes").status, 9, "the last able master is not stopped")

    # ---- a clock that ran away
    far = {"confirm": site.password("carol"), **pair(new, 60)}
    is_equal(site.otpadm("token", "resync", user="carol", credentials=far).status, 6, "attack: codes from far away do not move one's own clock")
    is_equal(site.otpadm("token", "resync", "100002", user="boss", credentials={"confirm": site.password("boss"), "code": site.master_code(), **pair(new, 60)}).status,
             0, "an administrator's resync reaches an hour away")
    is_equal(site.otpadm("token", "resync", "100002", user="boss", credentials={"confirm": site.password("boss"), "code": site.master_code(), **pair(new, 59)}).status,
             6, "attack: used codes are no two in a row")
    is_equal(site.pam("test", "carol", [new.now(59)]).auth, "PAM_AUTH_ERR", "attack: used codes are no \"next code\"")

    # ---- for good
    is_equal(boss("token", "lost", "100002", "--yes").status, 0, "an administrator makes it final")
    again = boss("token", "lost", "100002", "--yes")
    ok(again.status == 0 and not again.json["changed"], "lost twice is unchanged", again)
    is_equal((site.show_user("bob")["state"], site.show_user("bob")["registration"]), ("revoked", "closed"), "all lose it, and nobody registers before it is opened")
    is_equal(boss("token", "retire", "APP-1", "--yes").status, 0, "a token in stock is retired")
    is_equal(boss("token", "uri", "APP-1", "--secret-file", site.path("tmp/gone")).status, 8, "and has no secret any more")
    ok(not os.path.exists(site.path("tmp/gone")), "a file with nothing in it does not stay")

    # ---- no secret anywhere
    site.stop()
    spellings = [seed.encode(), seed.lower().encode(), __import__("base64").b32decode(seed)]
    spellings.append(spellings[-1].hex().encode())
    found = []
    for base, directories, names in os.walk(site.dir):
        directories[:] = [d for d in directories if os.path.join(base, d) not in (site.path("tmp"), site.path("keys"))]
        for name in names:
            with open(os.path.join(base, name), "rb") as f:
                data = f.read()
            found += [os.path.join(base, name) for one in spellings if one in data]
    is_equal(found, [], "the secret is in no log, in no audit, in no byte on the disk")
    done()
