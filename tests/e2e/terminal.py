# SPDX-License-Identifier: GPL-3.0-or-later
"""otpadm at a terminal of its own: what a person sees and types."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import harness
from harness import is_equal, ok


class Terminal:
    """otpadm (or argv) with a terminal of its own. expect(text) waits for a prompt, type(text) answers."""

    def __init__(self, site, *arguments, stdout=None, stderr=None, argv=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 100, 0, 0))
        self.screen, self.slave = "", slave

        def before():
            harness.die_with_parent()
            os.setsid()
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGTSTP):
                signal.signal(number, signal.SIG_DFL)
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(argv or [harness.built("cli/otpadm"), "--config", site.conf_file, *arguments], stdin=slave,
                                        stdout=stdout or slave, stderr=stderr or slave, preexec_fn=before,
                                        env=site.environment(), cwd="/")

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.screen += os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            return False
        return True

    def expect(self, text, seconds=10):
        until = time.monotonic() + seconds
        while text not in self.screen[getattr(self, "seen", 0):]:
            if time.monotonic() > until or (not self._read(0.2) and self.process.poll() is not None and not self._read(0.1)):
                ok(False, f"expected {text!r}", repr(self.screen))
                return False
        self.seen = self.screen.index(text, getattr(self, "seen", 0)) + len(text)
        return True

    def echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, text):
        """After the echo is as the prompt wants it: what is typed before is flushed away."""
        os.write(self.master, text.encode())

    def answer(self, prompt, text, hidden=True):
        if self.expect(prompt):
            harness.wait_until(lambda: self.echo() != hidden, 5)
            is_equal(self.echo(), not hidden, f"{prompt.strip()!r} is asked {'without' if hidden else 'with'} echo")
            self.type(text + "\n")

    def end(self, seconds=10):
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self._read(0.05)
        while self._read(0.05):
            pass
        if self.process.poll() is None:
            self.process.kill()
        status = self.process.wait()
        self.was_echo = self.echo()
        os.close(self.master)
        os.close(self.slave)
        return status


def otpadm(site, user, *arguments):
    """The site's otpadm as that user types it."""
    return Terminal(site, "--as", user, *arguments)
