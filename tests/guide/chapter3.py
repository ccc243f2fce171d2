# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's chapter 3, executing a transfer, by the programs that ship: each test is named by the sentence it proves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402
import terminal  # noqa: E402
from harness import done, is_equal, like, ok, unlike  # noqa: E402
from money import Money  # noqa: E402

site = harness.Site().begin()
money = Money(site)
site.service("bank", "auth required @otp", "account required @otp", "session required @otp")
money.add_account("001-1", 1000000)
site.user("alice")
money.permit("alice", "external:create", ["001-1"], per_transfer=50000)
shared = site.token("T-1")
for name in ("bob", "carol"):
    site.user(name, shared)
    money.permit(name, "external:approve", ["001-1"], per_transfer=50000, per_day=500000)
site.user("dora", site.token("T-2"))
money.permit("dora", "external:approve", ["001-1"], per_transfer=50000, per_day=500000)
# sharers collide: a code is of the token, whoever shows it
site.user_tokens["carol"] = site.user_tokens["bob"]


def state(transfer):
    return money.show(transfer)["state"]


def at_the_screen():
    """One conversation: what is to be approved, the question, the password, the code."""
    transfer = money.submit("alice", "001-1", 30000, payee="東京製紙", reference="INV-1")
    other = money.submit("alice", "001-1", 20000, payee="Osaka Ink", reference="INV-2")
    t = terminal.Terminal(site, "--as", "bob", "approve", str(transfer), str(other))
    t.expect("approve them? [y/N] ")
    shown = t.screen
    for what in ("東京製紙", "30000", "Osaka Ink", "20000", "JPY", "001-1", "alice", "INV-1"):
        ok(what in shown, f"every transfer is shown before it is approved: {what}", shown)
    unlike(shown, "assword", "before anything is asked")
    t.type("y\n")
    t.answer("Confirmation password of bob (transfer approve): ", site.password("bob"))
    t.answer("One-time password of bob (transfer approve): ", shared.next())
    is_equal(t.end(), 0, "the one-time password is entered in addition to the confirmation password as before; then \"Approve and execute\"",
             t.screen)
    is_equal([state(transfer), state(other)], ["approved", "approved"], "when a transfer is approved: it is")
    receipt = site.must("transfer", "execute", str(transfer), str(other), output=None).out
    like(receipt, r"\npayee: 東京製紙\namount: 30000\ncurrency: JPY\n", "Approve and execute: the order leaves, with its receipt")
    is_equal([state(transfer), state(other)], ["executed", "executed"], "Approve and execute: once")


def both_are_needed():
    name = "the one-time password is entered in addition to the confirmation password"
    transfer = money.submit("alice", "001-1", 1000)
    code = shared.next()
    is_equal(money.approve("bob", transfer, confirm="not the right password", code=code).code, "auth-failed", f"{name}: not with a wrong password")
    is_equal(money.approve("bob", transfer, code="").status, 2, f"{name}: not without a code")
    is_equal(state(transfer), "pending", f"{name}: nothing was approved")
    is_equal(money.approve("bob", transfer, code=code).status, 0, f"{name}: with both; a wrong password had not used the code up")
    other = money.submit("alice", "001-1", 1000)
    is_equal(money.approve("bob", other, code=code).status, 7, "a one-time password is valid once only")
    is_equal(state(other), "pending", "and approves one time only")


def wrong_in_a_row():
    name = "when the one-time password is wrong a set number of times in a row, the operations that use one-time passwords stop automatically"
    transfer = money.submit("alice", "001-1", 1000)
    mine = money.submit("alice", "001-1", 1000)
    is_equal(money.approve("dora", mine).status, 0, "(somebody with another token)")
    said = [money.approve("bob", transfer, code=shared.wrong()).status for _ in range(5)]
    is_equal(said, [6] * 5, f"{name}: five wrong ones")
    is_equal(money.approve("bob", transfer).status, 8, f"{name}: approving stops, with a right one too")
    is_equal(site.pam("bank", "bob", [shared.next()]).auth, "PAM_AUTH_ERR", f"{name}: logging in stops as well")
    is_equal(site.show_token("T-1")["state"], "suspended", name)
    name = "If other users use the same token, their one-time passwords stop too"
    is_equal(money.approve("carol", transfer).status, 8, f"{name}: approving")
    is_equal(site.pam("bank", "carol", [shared.next()]).auth, "PAM_AUTH_ERR", f"{name}: logging in")
    is_equal(state(transfer), "pending", "the transfer waits")
    is_equal(money.approve("dora", transfer).status, 0, "who uses another token goes on")
    is_equal(site.otpadm("transfer", "execute", str(mine)).status, 0, "and what that one approved is executed")


def lifted():
    held = money.submit("alice", "001-1", 1000)
    site.must("unlock", "bob", "--yes", user="boss")
    is_equal(money.approve("carol", held).status, 0, "after the suspension is lifted it goes on, for all of them")


for step in (at_the_screen, both_are_needed, wrong_in_a_row, lifted):
    step()
done()
