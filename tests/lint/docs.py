#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the manual, the readme and the Japanese say is what the program has."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint  # noqa: E402
from lint import SOURCE, done, ok  # noqa: E402

planted = {}	# name: another text, for the tests of the tests


def read(name):
    return planted[name] if name in planted else lint.read(SOURCE, name)


def strings(text):
    """C's neighbouring literals as one text."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def differ(code, manual, of):
    if not code:
        return ["nothing found in the code"]
    return ["%s is not in %s" % (x, of) for x in sorted(code - manual)] + \
           ["%s is only in %s" % (x, of) for x in sorted(manual - code)]


def section(page, title):
    found = re.search(r"^\.Sh %s$(.*?)(?=^\.Sh |\Z)" % re.escape(title), read("man/" + page), re.M | re.S)
    return found.group(1) if found else ""


def items(text):
    """(line, what stands below it) of each .It."""
    parts = re.split(r"^\.It ?(.*)$", text, flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def plain(text):
    """mdoc without its macros: for looking for a word."""
    return " ".join(re.sub(r"^\.[A-Z][a-z] |\b(Cm|Ql|Ar|Fl|Pa|Ns|Oc|Oo|Op) ", " ", text, flags=re.M).split())


# ---- otpadm.conf(5) ----------------------------------------------------------
def keys():
    return [[part.strip().strip('"') for part in row.split(",")] for row in
            re.findall(r"^X\((\w+\s*,\s*\w+,\s*(?:\"[^\"]*\"|\w+),\s*\d+,\s*\d+)", read("lib/conf.def"), re.M)]


def duration(seconds):
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return "%d%s" % (seconds // size, letter)
    return str(seconds)


def size(number):
    for one, letter in ((1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")):
        if number % one == 0:
            return "%d%s" % (number // one, letter)
    return str(number)


def configuration():
    """otpadm.conf(5) and the sample have every key, its default and its bounds"""
    page = {}
    for line, text in items(section("otpadm.conf.5", "DESCRIPTION")):
        for key in re.findall(r"[a-z_]+", line.replace("Cm ", "")):
            page[key] = plain(text)
    sample = dict(re.findall(r"^#([a-z_]+) = ?(.*)$", read("etc/otpadm.conf.in"), re.M))
    rows = keys()
    found = differ({row[0] for row in rows}, set(page), "otpadm.conf(5)")
    found += differ({row[0] for row in rows}, set(sample), "etc/otpadm.conf.in")
    for key, kind, default, low, high in rows:
        text = page.get(key, "")
        if not default.startswith("OTP_DEFAULT") and default:
            if not re.search(r"[Dd]efault:? %s(?![\w])" % re.escape(default), text):
                found.append("%s: default %s is not in otpadm.conf(5)" % (key, default))
            if sample.get(key) != default:
                found.append("%s: default %s is not in etc/otpadm.conf.in" % (key, default))
        if not default and not re.search("[Dd]efault: (none|the )", text):
            found.append("%s: otpadm.conf(5) does not say what holds where it is not set" % key)
        show = {"INT": str, "DURATION": duration, "SIZE": size}.get(kind)
        if show and "%s to %s" % (show(int(low)), show(int(high))) not in text:
            found.append("%s: '%s to %s' is not in otpadm.conf(5)" % (key, show(int(low)), show(int(high))))
    return found


# ---- otpadm(8) ---------------------------------------------------------------
def verbs():
    """name: (roles, shows, flags) of verbs.def, without those that are no commands."""
    rows = re.findall(r'^V\(\d+,\s*\w+, "([^"]+)",\s*([^,]+),\s*([^,]+),\s*([^,]+),', read("lib/verbs.def"), re.M)
    return {name: (roles, shows.strip(), flags) for name, roles, shows, flags in rows if "FLAG_INTERNAL" not in flags}


def commands():
    """name: its own options, out of the tables of cli."""
    found = {}
    for name in lint.files(SOURCE, ["cli"], ".c"):
        text = read(name)
        tables = {table: set(re.findall(r'\{ "([a-z-]+)",', body)) for table, body in
                  re.findall(r"^static struct poptOption (\w+)\[\] = \{(.*?)^\};", text, re.M | re.S)}
        for command, body in re.findall(r'\.name = "([^"]+)",(.*?)\};', text, re.S):
            table = re.search(r"\.options = (\w+)", body)
            found[command] = tables[table.group(1)] if table else set()
    return found


def local_commands():
    """Those that otpd is not asked for: they bring their own help."""
    return {command for name in lint.files(SOURCE, ["cli"], ".c") for command, body in
            re.findall(r'\.name = "([^"]+)",(.*?)\};', read(name), re.S) if re.search(r"\.help = OTP_MESSAGE_\w+", body)}


def page_commands():
    """name: its options, out of otpadm(8); `user add` stands there twice."""
    found = {}
    for line, _ in items(section("otpadm.8", "COMMANDS")):
        name = re.match(r"Nm Cm ([a-z-]+(?: [a-z-]+)?)", line)
        if name:
            found.setdefault(name.group(1), set()).update(re.findall(r"Fl -([a-z-]+)", line))
    return found


def command_line():
    """otpadm(8) has every command and its options, and no others"""
    code, page = commands(), page_commands()
    found = differ(set(verbs()), set(code) - local_commands(), "the commands of cli")
    found += differ(set(code), set(page), "otpadm(8)")
    for name in sorted(set(code) & set(page)):
        found += ["%s: --%s" % (name, line) for line in differ(code[name] | {""}, page[name] | {""}, "otpadm(8)")]
    return found


def global_options():
    """otpadm(8) has every global option, its letter, and whether it takes a value"""
    table = re.search(r"global_options\[\] = \{(.*?)^\};", read("cli/globals.c"), re.M | re.S).group(1)
    code = {(name, "" if letter == "\\0" else letter, kind == "STRING") for name, letter, kind in
            re.findall(r"\{ \"([a-z-]+)\", '(\\?.)', POPT_ARG_(\w+),", table)}
    page = set()
    for line, _ in items(section("otpadm.8", "GLOBAL OPTIONS")):
        for one in line.split(" ; "):
            takes = bool(re.search(r" (Ar|Cm) ", one))
            letters = re.findall(r"Fl ([a-zA-Z])\b", one)
            for name in re.findall(r"Fl -([a-z-]+)", one):
                page.add((name, letters[0] if letters else "", takes))
    return differ({str(x) for x in code}, {str(x) for x in page}, "otpadm(8)")


def who_may():
    """otpadm(8) says who may do what and what he shows, as verbs.def"""
    roles = {"ROLE_ALL": {"everybody"}, "ROLE_STAFF": {"administrator", "master"}, "ROLE_MASTER": {"master"},
             "ROLE_USER": {"every user"},
             "ROLE_ROOT": {"root"}}
    shows = {"NONE": "-", "C": "C", "CK": "C, K"}
    page, found = {}, []
    for line, _ in items(section("otpadm.8", "DESCRIPTION")):
        cells = line.split(" Ta ")
        if len(cells) == 3 and not cells[0].startswith("Em "):
            nouns = cells[0].split(" ", 1)
            for verb in (nouns[1].split(", ") if len(nouns) > 1 else [""]):
                page[(nouns[0] + " " + verb).strip()] = (cells[1], cells[2])
    found += differ(set(verbs()), set(page), "the table of otpadm(8)")
    for name, (who, what, flags) in sorted(verbs().items()):
        if name not in page:
            continue
        want = set().union(*(roles[r.strip()] for r in who.split("|")))
        said = set(re.findall(r"everybody|every user|administrator|master|root", page[name][0].replace("staff", "administrator, master")))
        if want != said:
            found.append("%s: who may is %s, otpadm(8) says '%s'" % (name, ", ".join(sorted(want)), page[name][0]))
        if ("SELF_OR_ROOT" in flags or "SELF_OR_STAFF" in flags) != page[name][0].endswith("*"):
            found.append("%s: for others too? otpadm(8) says '%s'" % (name, page[name][0]))
        proof = shows[what] + (" (root: nothing)" if "ROOT_FREE" in flags else "")
        if name == "register":
            proof = "the token's code"
        if page[name][1] != proof:
            found.append("%s: shown is '%s', otpadm(8) says '%s'" % (name, proof, page[name][1]))
    return found


def exit_statuses():
    """otpadm(8) has every exit status"""
    code = set(re.findall(r'^X\(\w+,\s*"[^"]+",\s*(\d+)', read("lib/err.def"), re.M))
    return differ(code, {line for line, _ in items(section("otpadm.8", "EXIT STATUS"))}, "otpadm(8)")


def columns():
    """otpadm(8) has every column of the files that it reads"""
    code = re.search(r"names\[OTP_DELIVERY_COLUMNS\] = \{(.*?)\};", read("cli/delivery.c"), re.S).group(1)
    code = set(re.findall(r'"(\w+)"', code)) - {"reason"}
    page = set(re.findall(r"\w+", " ".join(line.replace("Cm ", "") for line, _ in
                                           items(section("otpadm.8", "TOKEN FILES")))))
    found = differ(code, page, "otpadm(8)")
    code = re.search(r"column_names\[COLUMN_COUNT\] = \{(.*?)\};", read("cli/cmd_user_add.c"), re.S).group(1)
    page = re.search(r"columns ([a-z_, ]+)\)", plain(section("otpadm.8", "COMMANDS")).replace(".Pq", "")) or \
        re.search(r"^\.Pq columns ([a-z_, ]+)", section("otpadm.8", "COMMANDS"), re.M)
    return found + differ(set(re.findall(r'"(\w+)"', code)), set(re.findall(r"\w+", page.group(1))) if page else set(),
                          "otpadm(8)")


# ---- otpd(8), pam_otp(8) -----------------------------------------------------
def otpd_options():
    """otpd(8) has every option"""
    table = re.search(r"struct option known\[\] = \{(.*?)\};", read("otpd/main.c"), re.S).group(1)
    code = set(re.findall(r'\{ "([a-z-]+)",', table))
    page = set()
    for line, _ in items(section("otpd.8", "DESCRIPTION")):
        page.update(re.findall(r"Fl -([a-z-]+)", line))
    return differ(code, page, "otpd(8)")


def module_options():
    """pam_otp(8) has every option of the module, and whether it takes a value"""
    code = {name + ("=" if takes == "true" else "") for name, takes in
            re.findall(r'\{ "(\w+)", offsetof\([^)]*\), (true|false) \}', read("pam_module/options.c"))}
    page = {found.group(0) for line, _ in items(section("pam_otp.8", "OPTIONS"))
            for found in [re.search(r"(?<=Cm )[a-z_]+=?", line)] if found}
    return differ(code, page, "pam_otp(8)")


def module_returns():
    """pam_otp(8) has every code that the module returns"""
    code = set()
    for name in lint.files(SOURCE, ["pam_module"], ".c"):
        text = lint.code_of(read(name))
        code.update(re.findall(r"(?:return|\?|:|result =|, |\()\s*(PAM_(?:SUCCESS|IGNORE|\w+_ERR|\w+_UNAVAIL|\w+_DENIED))\b(?!:)",
                               text))
    return differ(code, set(re.findall(r"Dv (PAM_\w+)", "\n".join(
        line for line, _ in items(section("pam_otp.8", "DIAGNOSTICS"))))), "pam_otp(8)")


# ---- what people copy: the readmes, the samples ------------------------------
SAMPLES = ("README.md", "README.ja.md", "etc/cron.d/otpadm.in", "man/otpadm-cron.7") + tuple(
    "etc/systemd/otpadm-%s.service.in" % job for job in ("notify", "execute", "import", "report"))


def typed(name):
    """The lines of a file that somebody or something types."""
    text = read(name)
    if name.endswith(".md"):
        return "".join(re.findall(r"^```\n(.*?)^```", text, re.M | re.S)).splitlines()
    if name.startswith("etc/cron.d"):
        return [line.split(None, 6)[-1] for line in text.splitlines() if re.match(r"[*0-9]", line)]
    if name.startswith("etc/systemd"):
        return re.findall(r"^Exec\w+=(.*)$", text, re.M)
    return re.findall(r"^\.(?:It )?(?:Li|Dl) (otpadm .*)$", text, re.M)


def global_options_of():
    """{option, long and short: does it take a value}"""
    table = re.search(r"global_options\[\] = \{(.*?)^\};", read("cli/globals.c"), re.M | re.S).group(1)
    rows = re.findall(r"\{ \"([a-z-]+)\", '(\\?.)', POPT_ARG_(\w+),", table)
    return {**{"--" + name: kind == "STRING" for name, _, kind in rows},
            **{"-" + letter: kind == "STRING" for _, letter, kind in rows if letter != "\\0"}}


def invocations(line):
    """The words behind each otpadm of a line."""
    for words in re.findall(r"(?<![\w-])otpadm +((?:(?!(?<![\w-])otpadm )[^#|;&)>'\n])*)", line):
        yield words.split()


def samples():
    """README, samples and otpadm-cron(7) name commands, options and files that there are"""
    code, everywhere, found, n = commands(), global_options_of(), [], 0
    for full in [name for name, (_, _, flags) in verbs().items() if "FLAG_BARE" in flags and " " in name]:
        code[full.split()[-1]] = code[full]
    for name in SAMPLES:
        before = n
        for words in [words for line in typed(name) for words in invocations(line)]:
            while words and words[0] in everywhere:
                del words[:1 + everywhere[words[0]]]
            command = next((c for c in (" ".join(words[:2]), " ".join(words[:1])) if c in code), None)
            n += 1
            is_variable = len(words) > 1 and words[1].startswith("$") and words[0] in {c.split()[0] for c in code}
            if words and command is None and words[0] != "help" and not is_variable:
                found.append("%s: no such command: otpadm %s" % (name, " ".join(words)))
            for option in [word.split("=")[0] for word in words if word.startswith("-") and len(word) > 1 and command]:
                if option not in everywhere and option[2:] not in code[command]:
                    found.append("%s: no such option: otpadm %s" % (name, " ".join(words)))
        if n == before:
            found.append("%s: no command found" % name)
    for name in ("README.md", "README.ja.md"):
        for path in re.findall(r"\]\(([\w/.]+)\)", read(name)):
            if not os.path.exists(os.path.join(SOURCE, path)):
                found.append("%s: no such file: %s" % (name, path))
    return found


# ---- the promise of JSON -----------------------------------------------------
def promises():
    """etc/schema has a block for every command, and no other"""
    return differ(set(commands()), set(re.findall(r'"command": \{"const": "([^"]+)"\}', read("etc/schema/otpadm-1.json"))), "the schema")


# ---- the Japanese ------------------------------------------------------------
MARK = r"\b(?:N_|_|otp_lang)\(\s*((?:\"(?:[^\"\\]|\\.)*\"\s*)+)\)"


def catalogue():
    """[(msgid, msgstr, is fuzzy)] of ja.po, the header first."""
    found = []
    for entry in re.split(r"\n\s*\n", read("po/ja.po")):
        lines = [line for line in entry.splitlines() if not line.startswith("#~")]
        match = re.search(r"^msgid (.*?)^msgstr (.*)", "\n".join(lines), re.M | re.S)
        if match:
            found.append((strings(match.group(1)), strings(match.group(2)), bool(re.search("^#,.*fuzzy", entry, re.M))))
    return found


def marked():
    """{msgid: the files} of everything that is said."""
    found = {}
    for name in lint.files(SOURCE, lint.PRODUCT, ".c", ".h", ".def"):
        code = re.sub(r'/\*.*?\*/|("(?:\\.|[^"\\\n])*")', lambda m: m.group(1) or "", read(name), flags=re.S)
        for text in re.findall(MARK, code):
            if strings(text):
                found.setdefault(strings(text), set()).add(name)
    return found


def translations():
    """ja.po has every message, none untranslated, none fuzzy, the same arguments and the same ends"""
    japanese = {msgid: msgstr for msgid, msgstr, is_fuzzy in catalogue() if msgid}
    found = ["fuzzy: " + msgid for msgid, _, is_fuzzy in catalogue() if is_fuzzy]
    found += differ(set(marked()), set(japanese), "ja.po")
    for msgid, msgstr in japanese.items():
        if not msgstr:
            found.append("untranslated: " + msgid)
        elif sorted(re.findall("%[1-4]", msgid)) != sorted(re.findall("%[1-4]", msgstr)):
            found.append("other arguments: " + msgid)
        elif msgid.endswith(" ") != msgstr.endswith(" ") or msgid.endswith("\n") != msgstr.endswith("\n"):
            found.append("another end: " + msgid)
        # option names, keys and commands stay as they are typed
        for word in re.findall(r"--[a-z-]+|'otpadm [a-z ]+'|[a-z-]+=|\bmsg[a-z]+", msgid):
            if word.strip("'") not in msgstr:
                found.append("'%s' is lost: %s" % (word, msgid))
    return found


def sources():
    """POTFILES.in has every file with something to translate, and no other"""
    listed = {line for line in read("po/POTFILES.in").splitlines() if line and not line.startswith("#")}
    return differ(set().union(*marked().values()), listed, "POTFILES.in")


def words():
    """every word that a table prints is a message: otp_lang() of it finds Japanese"""
    japanese = {msgid for msgid, _, _ in catalogue()}
    fields = set(re.findall(r"^X\(\s*\d+,\s*(\w+),\s*\"\w+\",\s*WORD,", read("lib/fields.def"), re.M)) - {"PHASE", "TYPE"}
    found, said = [], set()
    for name in lint.files(SOURCE, ("lib", "cli", "otpd"), ".c"):
        for to, field, value in re.findall(r"put_str\(([^;]*?)OTP_FIELD_(\w+),\s*([^;]*?)\);", read(name), re.S):
            if field in fields and "details" not in to:
                said.update(re.findall(r'"([a-z-]+)"', value))
    found += ["'%s' is printed and is no message" % word for word in sorted(said - japanese)]
    return found if said else ["no word found"]


def catches(check, name, old, new):
    """One test: the check finds the difference that this edit of the file makes."""
    text, before = read(name), check()
    planted[name] = re.sub(old, new, text, count=1, flags=re.M)
    found = set(check()) - set(before)
    del planted[name]
    ok(found, "%s catches in %s: %s" % (check.__name__, name, old), [] if found else ["nothing was found"])


if __name__ == "__main__":
    for check in (configuration, command_line, global_options, who_may, exit_statuses, columns, otpd_options,
                  module_options, module_returns, samples, promises, translations, sources, words):
        problems = check()
        ok(not problems, check.__doc__, problems)
    catches(configuration, "lib/conf.def", r"^X\(fail_limit,", "X(fail_limits,")
    catches(configuration, "lib/conf.def", r'"5",( +)1, 10,', r'"5",\g<1>1, 11,')
    catches(configuration, "lib/conf.def", r'"30m"', '"31m"')
    catches(configuration, "man/otpadm.conf.5", r"^\.It Cm socket$", ".It Cm sockets")
    catches(configuration, "etc/otpadm.conf.in", r"^#fail_limit = 5", "#fail_limit = 6")
    catches(command_line, "cli/cmd_token.c", r'"token list"', '"token lists"')
    catches(command_line, "cli/cmd_user_add.c", r'\{ "words",', '{ "word",')
    catches(command_line, "man/otpadm.8", r"^(\.It Nm Cm register.*)$", r"\1 Fl -force")
    catches(global_options, "cli/globals.c", r'"dry-run", \'n\'', '"dry-run", \'N\'')
    catches(global_options, "cli/globals.c", r'"yes", \'y\', POPT_ARG_NONE', '"yes", \'y\', POPT_ARG_STRING')
    catches(who_may, "lib/verbs.def", r'"unlock",( *)ROLE_STAFF', r'"unlock",\1ROLE_MASTER')
    catches(who_may, "lib/verbs.def", r'("unlock",.*?) C,', r"\1 CK,")
    catches(exit_statuses, "lib/err.def", r'^(X\(INTERNAL,\s*"internal",\s*)1,', r"\g<1>16,")
    catches(columns, "cli/delivery.c", r'"not_after"', '"not_later"')
    catches(columns, "cli/cmd_user_add.c", r'"no_login" \}', '"no-login" }')
    catches(otpd_options, "otpd/main.c", r'\{ "stderr",', '{ "log",')
    catches(module_options, "pam_module/options.c", r'"decoy"', '"decoys"')
    catches(module_options, "pam_module/options.c", r"(\"echo\".*)false", r"\1true")
    catches(module_returns, "pam_module/session.c", r"PAM_SESSION_ERR", "PAM_CRED_ERR")
    catches(samples, "README.md", r"otpadm status", "otpadm state")
    catches(samples, "README.md", r"--from staff", "--file staff")
    catches(samples, "etc/cron.d/otpadm.in", r"notify flush", "notify send")
    catches(samples, "etc/cron.d/otpadm.in", r"jsonl transfer", "jsonl transfers")
    catches(samples, "etc/systemd/otpadm-execute.service.in", r"--due", "--all")
    catches(samples, "etc/systemd/otpadm-report.service.in", r"audit verify", "audit check")
    catches(samples, "man/otpadm-cron.7", r"transfer receipt", "transfer slip")
    catches(promises, "cli/cmd_unlock.c", r'"recover unlock"', '"recover unlocks"')
    catches(translations, "po/ja.po", r'^msgstr "[^"].*"$(?=\n\nmsgid "internal)', 'msgstr ""')
    catches(translations, "po/ja.po", r"「%1」を開けません", "「%2」を開けません")
    catches(translations, "po/ja.po", r'^msgid "internal error"', '#, fuzzy\nmsgid "internal error"')
    catches(translations, "lib/err.def", r"internal error", "an internal error")
    catches(sources, "po/POTFILES.in", r"^lib/choices\.h\n", "")
    catches(words, "cli/cmd_config.c", r'OTP_FIELD_RESULT, result\)', 'OTP_FIELD_RESULT, "half-way")')
    done()
