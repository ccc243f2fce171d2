# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol between client and otpd in Python, from the lists in lib/*.def: a client, and a stand-in for otpd."""
import os
import re
import socket
import struct
import threading

import harness

VERSION, REQUEST, ANSWER = 1, 1, 2


def _list(name, pattern):
    with open(os.path.join(harness.SOURCE, "lib", name)) as f:
        return re.findall(pattern, f.read(), re.M)


VERBS = {name: int(n) for n, name in _list("verbs.def", r'^V\(\s*(\d+),\s*\w+,\s*"([^"]+)"')}
INTERNAL = set(_list("verbs.def", r'^V\(\s*\d+,\s*\w+,\s*"([^"]+)",[^,]+,[^,]+,[^,]*FLAG_INTERNAL'))     # no commands of otpadm
VERB_NAMES = {n: name for name, n in VERBS.items()}
FIELDS = {name: (int(n), kind) for n, name, kind in _list("fields.def", r'^X\(\s*(\d+),\s*\w+,\s*"([^"]+)",\s*(\w+),')}
FIELD_NAMES = {n: (name, kind) for name, (n, kind) in FIELDS.items()}
ERRORS = _list("err.def", r'^X\(\w+,\s*"([^"]+)"')


def data(raw):
    return struct.pack("<H", len(raw)) + raw


def fields(values):
    """A list of fields; lists of values put a field several times."""
    out = b""
    for name, value in values.items():
        number, kind = FIELDS[name]
        for v in value if isinstance(value, list) else [value]:
            if kind in ("INT", "TIME"):
                raw = struct.pack("<q", v)
            elif kind == "BOOL":
                raw = bytes([bool(v)])
            elif kind == "BYTES":
                raw = v
            else:
                raw = v.encode() + b"\0"
            out += struct.pack("<HH", number, len(raw)) + raw
    return out


def read_fields(raw):
    values = {}
    while raw:
        number, length = struct.unpack_from("<HH", raw)
        value, raw = raw[4:4 + length], raw[4 + length:]
        name, kind = FIELD_NAMES[number]
        if kind in ("INT", "TIME"):
            value = struct.unpack("<q", value)[0]
        elif kind == "BOOL":
            value = bool(value[0])
        elif kind != "BYTES":
            value = value[:-1].decode()
        if kind == "LIST":
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


def request(verb, values=None, rows=(), dry_run=False):
    return (struct.pack("<BBHB", VERSION, REQUEST, VERBS[verb], int(dry_run)) + data(fields(values or {})) +
            struct.pack("<H", len(rows)) + b"".join(data(fields(r)) for r in rows))


def why(reason=None):
    """A message's name and its arguments: (name, argument...)."""
    name, *arguments = reason or ("",)
    return data(name.encode()) + bytes([len(arguments)]) + b"".join(data(a.encode()) for a in arguments)


def answer(error="ok", values=None, changed=False, audit_seq=0, rows=(), reason=None, warnings=()):
    return (struct.pack("<BBB", VERSION, ANSWER, 2 if changed else 0) + struct.pack("<H", len(rows)) +
            b"".join(data(fields(r)) for r in rows) + data(error.encode()) + why(reason) +
            struct.pack("<Q", audit_seq) + data(fields(values or {})) +
            bytes([len(warnings)]) + b"".join(why(w) for w in warnings))


def more_rows(rows):
    """A packet of rows before the last one."""
    return struct.pack("<BBBH", VERSION, ANSWER, 1, len(rows)) + b"".join(data(fields(r)) for r in rows)


def read_request(packet):
    """(verb, fields)"""
    _, _, verb, _ = struct.unpack_from("<BBHB", packet)
    length = struct.unpack_from("<H", packet, 5)[0]
    return VERB_NAMES[verb], read_fields(packet[7:7 + length])


def read_rows(packet):
    """(dry run, rows) of a request"""
    at = 7 + struct.unpack_from("<H", packet, 5)[0]
    rows, n = [], struct.unpack_from("<H", packet, at)[0]
    at += 2
    for _ in range(n):
        length = struct.unpack_from("<H", packet, at)[0]
        rows.append(read_fields(packet[at + 2:at + 2 + length]))
        at += 2 + length
    return bool(packet[4] & 1), rows


def read_answer(packet):
    """(error, fields) of a last answer without rows."""
    at = 3
    rows = struct.unpack_from("<H", packet, at)[0]
    at += 2
    for _ in range(rows):
        at += 2 + struct.unpack_from("<H", packet, at)[0]
    length = struct.unpack_from("<H", packet, at)[0]
    error = packet[at + 2:at + 2 + length].decode()
    at += 2 + length
    at += 2 + struct.unpack_from("<H", packet, at)[0]
    for _ in range(packet[at]):
        at += 2 + struct.unpack_from("<H", packet, at + 1)[0]
    at += 1 + 8
    length = struct.unpack_from("<H", packet, at)[0]
    return error, read_fields(packet[at + 2:at + 2 + length])


def call(path, verb, values=None, timeout=10, connection=None):
    """One request to whoever listens at path: (error, fields)."""
    s = connection or connect(path, timeout)
    try:
        s.send(request(verb, values))
        return read_answer(s.recv(1 << 18))
    finally:
        if connection is None:
            s.close()


def connect(path, timeout=10):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(timeout)
    s.connect(path)
    return s


class StandIn:
    """Listens in otpd's place. judge(verb, fields) gives the packet to send (or a list of them), None for
    silence, b"" to hang up. judge_rows(verb, fields, dry_run, rows) where that matters."""

    def __init__(self, path, judge=None, judge_rows=None):
        self.path, self.judge, self.judge_rows, self.asked = path, judge, judge_rows, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.exists(path):
            os.unlink(path)
        self.socket.bind(path)
        os.chmod(path, 0o666)
        self.socket.listen(256)
        self.silent = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            while True:
                packet = connection.recv(1 << 18)
                if not packet:
                    return
                verb, values = read_request(packet)
                self.asked.append((verb, values))
                if self.judge_rows:
                    reply = self.judge_rows(verb, values, *read_rows(packet))
                else:
                    reply = self.judge(verb, values)
                if reply is None:
                    self.silent.append(connection)
                    return
                if reply == b"":
                    return
                for one in reply if isinstance(reply, list) else [reply]:
                    connection.send(one)
        except OSError:
            pass
        finally:
            if connection not in self.silent:
                connection.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for connection in self.silent:
            connection.close()
        try:
            os.unlink(self.path)
        except OSError:
            pass
