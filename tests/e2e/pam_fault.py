# SPDX-License-Identifier: GPL-3.0-or-later
"""pam_otp.so when every single call fails, one after the other: no crash, no success that was not given, nobody ignored."""
import harness
import wire
from harness import diag, done, is_equal, ok, skip_all

FAULT = harness.built("tests/fault.so")
if harness.is_sanitized():
    skip_all("built with sanitizers: they have an allocator of their own")
site = harness.Site()
replies = {}
otpd = wire.StandIn(site.socket, lambda verb, values: wire.answer(*replies.get(verb, ("internal",))))
site.service("plain", "auth required @otp", "account required @otp", "session required @otp")
# who is ignored comes in here
site.service("nullok", "auth required @otp nullok", "auth required pam_permit.so", "account required @otp nullok",
             "account required pam_permit.so", "session required @otp nullok", "session required pam_permit.so")
MAX = 2000


def attempt(kind, n, service, phase):
    environment = site.environment({"LD_PRELOAD": FAULT, "OTP_FAULT": f"{kind}:{n}"})
    return site.pam(service, "alice", ["123456"], phases=phase, env=environment, timeout=30)


def sweep(kind, for_ever, service, phase):
    """(what went wrong, how often the phase succeeded, how many calls there are)"""
    bad, came_in = [], 0
    for n in range(1, MAX):
        result = attempt(kind, f"{n}+" if for_ever else n, service, phase)
        value = getattr(result, phase)
        if result.status not in (0, 1) or value is None or (value == "PAM_SUCCESS") != (result.status == 0):
            bad.append((n, repr(result)))
        came_in += value == "PAM_SUCCESS"
        if result.fired == 0:
            return bad, came_in, n - 1, value
    return bad + ["no end"], came_in, MAX, None


REFUSING = {"verify": ("auth-failed",), "login check": ("suspended",), "session open": ("internal",)}
GIVING = {"verify": ("ok",), "login check": ("ok",), "session open": ("ok", {"last_success": 1767225600})}
for kind in ("memory", "calls"):
    for for_ever in (False, True):
        how = f"{kind}, {'from the n-th on' if for_ever else 'the n-th only'}"
        for service in ("plain", "nullok"):
            for phase in ("auth", "acct", "open"):
                replies.update(REFUSING)
                bad, came_in, calls, last = sweep(kind, for_ever, service, phase)
                ok(not bad and calls > 0, f"{how}: {service} {phase}: {calls} calls, each ends in a PAM code", bad[:3])
                is_equal(came_in, 0, f"{how}: {service} {phase}: a refusal never turns into a success")
        if not for_ever:
            for phase in ("auth", "acct", "open"):
                replies.update(GIVING)
                bad, came_in, calls, last = sweep(kind, for_ever, "plain", phase)
                ok(not bad and calls > 0, f"{how}: right, {phase}: {calls} calls, each ends in a PAM code", bad[:3])
                is_equal(last, "PAM_SUCCESS", f"control: {how}: right, {phase}: without a fault it succeeds")
                diag(f"{came_in - 1} of {calls} faults did no harm")
done()
