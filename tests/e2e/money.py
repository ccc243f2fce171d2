# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of transfers share: accounts, permits, orders, requests straight to the socket, and many of them at one moment."""
import multiprocessing
import os
import queue

import wire


class Money:
    """Transfers at a site: add_account, permit, submit, approve, state."""

    def __init__(self, site):
        self.site, self.n = site, 0

    def staff(self, *arguments):
        return self.site.must(*arguments, user=self.site.master, code=self.site.master_code())

    def add_account(self, account, per_day):
        self.staff("account", "add", account, "--per-day", str(per_day))

    def permit(self, user, allow, accounts, per_transfer=None, per_day=None, session=True):
        self.staff("permit", "set", user, "--allow", allow, "--account", ",".join("+" + a for a in accounts), "--yes",
                   *(["--per-transfer", str(per_transfer)] if per_transfer else []), *(["--per-day", str(per_day)] if per_day else []))
        if session:
            self.site.must("session", "open", user)

    def submit(self, maker, account, amount, reference=None, payee="Paper Ltd", kind="external", date=None):
        """The number of a new transfer, by the socket: tests make many."""
        self.n += 1
        word, answer = wire.call(self.site.socket, "transfer submit", {
            "as": maker, "kind": kind, "account": account, "payee": payee, "amount": str(amount),
            "reference": reference or f"R-{os.getpid()}-{self.n}", **({"date": date} if date else {})}, 30)
        if word != "ok":
            raise RuntimeError(word)
        return answer["id"]

    def show(self, transfer):
        return wire.call(self.site.socket, "transfer show", {"id": transfer}, 30)[1]

    def approve(self, user, *transfers, code=None, **how):
        return self.site.otpadm("approve", *map(str, transfers), "--yes", user=user,
                                code=self.site.user_tokens[user].next() if code is None else code, **how)

    def approval(self, user, transfers, code):
        """The packet of an approval."""
        return wire.request("transfer approve", {"as": user, "confirm": self.site.password(user), "code": code},
                            [{"id": t, "digest": self.show(t)["digest"]} for t in transfers])

    def execution(self, transfer):
        return wire.request("transfer execute", {"id": transfer})

    def used(self, account):
        return int(next(r for r in self.site.must("account", "list").data["rows"] if r["account"] == account)["today"])


def ask(path, packet, timeout=30):
    """The error of one request; None where nobody knows what became of it."""
    try:
        s = wire.connect(path, timeout)
        try:
            s.send(packet)
            answer = s.recv(1 << 18)
            return wire.read_answer(answer)[0] if answer else None
        finally:
            s.close()
    except Exception:       # killed before, in the middle, or after: all the same to a client
        return None


def at_once(jobs):
    """Each job in a process of its own, all of them started at one moment; what they returned, in order."""
    start, results = multiprocessing.Barrier(len(jobs)), multiprocessing.Queue()

    def run(i, job):
        start.wait(30)
        results.put((i, job()))
    processes = [multiprocessing.Process(target=run, args=(i, job)) for i, job in enumerate(jobs)]
    for p in processes:
        p.start()
    found = {}
    try:
        while len(found) < len(jobs):
            i, result = results.get(timeout=120)
            found[i] = result
    except queue.Empty:
        pass
    for p in processes:
        p.join(10)
    return [found.get(i) for i in range(len(jobs))]
