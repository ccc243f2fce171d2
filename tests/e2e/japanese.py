#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs in Japanese, with our own translation, in a locale made for the test.

    japanese.py                     as built: the catalogue is put in front of the one that may be installed
    japanese.py --installed OTPADM  as installed: OTPADM finds its catalogue by itself (make installcheck)
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import diag, done, is_equal, like, ok, skip, skip_all, unlike  # noqa: E402

JAPANESE = "[\u3041-\u30ff\u4e00-\u9fff]"


def make_locale(directory):
    """DIR/ja_JP.UTF-8, or why not."""
    program = shutil.which("localedef", path=os.environ.get("PATH", "") + ":/usr/bin:/usr/sbin")
    if not program:
        return "no localedef"
    made = subprocess.run([program, "-c", "-i", "ja_JP", "-f", "UTF-8", os.path.join(directory, "ja_JP.UTF-8")],
                          capture_output=True, text=True, check=False)
    if os.path.exists(os.path.join(directory, "ja_JP.UTF-8", "LC_MESSAGES")):
        return None
    return "localedef cannot make ja_JP.UTF-8 (Debian: locales): " + " ".join(made.stderr.split())[:100]


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def rows_of(table):
    return [re.split(r"  +", line) for line in table.splitlines()]


def starts(line):
    """At which columns of the screen the cells begin."""
    return [width(line[:found.start()]) for found in re.finditer(r"(?:^|(?<=  ))\S", line)]


def help_of(run):
    result = run("--help")
    is_equal(result.returncode, 0, "help ends well")
    like(result.stdout, r"(?m)^コマンド:$", "help in Japanese")
    listed = re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?)  +(\S.*)$", result.stdout)
    ok(len(listed) >= 15, "the commands are listed", result.stdout)
    is_equal([name for name, text in listed if not re.search(JAPANESE, text)], [], "each of them in Japanese")


def installed(program):
    """No trick: what make install has put in its place."""
    with tempfile.TemporaryDirectory(prefix="otp.") as directory:
        why = make_locale(directory)
        if why:
            skip_all(why)
        environment = {"PATH": os.environ["PATH"], "LANG": "ja_JP.UTF-8", "LOCPATH": directory,
                       "ASAN_OPTIONS": "detect_leaks=0"}
        help_of(lambda *arguments: subprocess.run([program, *arguments], env=environment, capture_output=True, text=True,
                                                  check=False, stdin=subprocess.DEVNULL))
    done()


def asked(argv, environment):
    """What a program asks on its terminal, up to the first ': '."""
    pid, fd = pty.fork()
    if pid == 0:
        harness.die_with_parent()
        os.execve(argv[0], argv, environment)
    text = b""
    while select.select([fd], [], [], 20)[0]:
        try:
            got = os.read(fd, 4096)
        except OSError:
            break
        text += got
        if not got or text.endswith(b": "):
            break
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(fd)
    return text.decode(errors="replace")


def built(site):
    msgfmt = shutil.which("msgfmt")
    if not msgfmt:
        skip_all("no msgfmt (Debian: gettext)")
    os.mkdir(site.path("locales"), 0o755)
    why = make_locale(site.path("locales"))
    if why:
        skip_all(why)
    os.makedirs(site.path("mo/ja/LC_MESSAGES"), 0o755)
    made = subprocess.run([msgfmt, "-c", "-o", site.path("mo/ja/LC_MESSAGES/otpadm.mo"),
                           os.path.join(harness.SOURCE, "po/ja.po")], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    is_equal((made.returncode, made.stderr), (0, ""), "the translation is sound")
    environment = site.environment({
        "LC_ALL": "ja_JP.UTF-8", "LOCPATH": site.path("locales"), "OTP_TEST_LOCALEDIR": site.path("mo"),
        # glibc itself loses what it reads of LOCPATH
        "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"})
    speaking = site.environment(environment, {"LD_PRELOAD": harness.built("tests/catalogue.so")})
    site.begin()
    site.user("alice", site.token("100001"))
    site.user("bob")

    def otpadm(*arguments, **how):
        return site.otpadm(*arguments, env=speaking, **{"output": "table", **how})

    help_of(lambda *arguments: subprocess.run([harness.built("cli/otpadm"), *arguments], env=speaking, capture_output=True,
                                              text=True, check=False, stdin=subprocess.DEVNULL))
    like(otpadm("help", "unlock").out, "操作できる人: 管理者ユーザ, マスターユーザ", "who may, in Japanese")
    like(otpadm("help", "token", "import").out, "必要なもの: 確認パスワードとワンタイムパスワード（root は不要）", "what he shows, too")

    # mistakes: otpadm's own, otpd's with its arguments, and none of them in JSON's fixed words
    like(otpadm("--colour", "red").err, "オプション「--colour」は不明です", "a mistake of otpadm's")
    result = otpadm("token", "show", "999999")
    is_equal((result.status, result.err), (3, "otpadm: トークン「999999」はありません\n"), "a refusal of otpd's")
    result = otpadm("token", "show", "999999", output="json")
    is_equal((result.code, result.json["error"]["message"]), ("not-found", "トークン「999999」はありません"), "in JSON the code stays")

    # what otpd finds in a file is said in the reader's language, too
    path = site.write("tmp/again.csv", "serial,secret\n100001," + "31" * 20 + "\n")
    like(otpadm("token", "import", path).err, r":2: シリアル番号「100001」: トークン「100001」はすでにありますが、内容が異なります\n", "a line that otpd refuses")
    path = site.write("tmp/users.csv", "user\nalice\n")
    like(otpadm("user", "add", "--from", path, "--words", site.path("tmp/w"), user=site.master, code=site.master_code()).err,
         r":2: 利用者「alice」はすでにいます\n", "a user whom otpd refuses")

    # tables: headings and words, aligned; JSON has the raw words
    table = otpadm("token", "list").out
    rows = rows_of(table)
    is_equal(rows[0][:3], ["シリアル番号", "状態", "種類"], "headings")
    ok(["100001", "利用中"] in [row[:2] for row in rows], "a token's state", table)
    is_equal({row["state"] for row in otpadm("token", "list", output="json").data["rows"]}, {"active"}, "raw in JSON")
    table = otpadm("user", "list").out
    unlike(table, r"\b(general|master|administrator|registered|open|closed|never-bound|yes|no)\b", "no English word in the table of users")
    ok(["alice", "一般ユーザ", "登録済み"] in [row[:3] for row in rows_of(table)], "a user's role and state", table)
    lines = table.splitlines()
    ok(all(set(starts(line)) <= set(starts(lines[0])) for line in lines[1:]), "wide characters are aligned",
       table + "\n".join(str(starts(line)) for line in lines))
    raw = otpadm("user", "show", "alice", output="json").data
    is_equal((raw["role"], raw["state"]), ("general", "registered"), "raw in JSON, too")
    like(otpadm("explain", "bob").out, "「bob」にはまだトークンがありません", "explain says a sentence")
    like(otpadm("status", user="bob", confirm="").out, "「bob」にはまだトークンがありません", "so does status")

    # questions on the terminal, and PAM's
    program = [harness.built("cli/otpadm"), "--config", site.conf_file, "--as", "bob"]
    like(asked([*program, "register"], speaking), r"トークン裏面のシリアル番号: $", "asked for the serial number")
    like(asked([*program, "password", "set"], speaking), r"bob の今の確認パスワード、または仮パスワード: $", "asked for the password")
    site.service("otp", "auth required @otp", "account required @otp", "session required @otp")
    token = site.user_tokens["alice"]
    result = site.pam("otp", "alice", [token.next()], phases="auth,acct,open", env=environment)
    is_equal((result.prompts, result.auth, result.open), (["ワンタイムパスワード: "], "PAM_SUCCESS", "PAM_SUCCESS"), "PAM asks", result)
    like(" ".join(result.messages), "前回のワンタイムパスワードのご利用: ", "PAM tells")
    done()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--installed"]:
        installed(sys.argv[2])
    with harness.Site() as the_site:
        built(the_site)
