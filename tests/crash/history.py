# SPDX-License-Identifier: GPL-3.0-or-later
"""What a disk may hold after a power loss: a recorded history of writes, syncs and names, and images of it.

The model is stricter than ext4. A file's content is certain only from its
own fsync on; until then any part of what was written may be there, torn at
8 to 4096 bytes. A directory's names are certain only from the directory's own
fsync on; until then any prefix of its changes may be there.
"""
import os
import random
import struct

RECORD = struct.Struct("<c3xIQQQ")


def records(raw):
    at = 0
    while at + RECORD.size <= len(raw):
        op, length, ino, off, second = RECORD.unpack_from(raw, at)
        start = at + RECORD.size
        if start + length > len(raw):
            return
        yield op, ino, off, second, raw[start:start + length], at
        at = start + length


def put(content, off, data):
    if len(content) < off + len(data):
        content.extend(bytes(off + len(data) - len(content)))
    content[off:off + len(data)] = data


class File:
    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.volatile = bytearray(content)
        self.pending = []

    def write(self, off, data):
        put(self.volatile, off, data)
        self.pending.append((off, data))

    def truncate(self, size):
        del self.volatile[size:]
        self.volatile.extend(bytes(size - len(self.volatile)))
        self.pending.append((None, size))

    def apply(self, off, data):
        if off is not None:
            put(self.durable, off, data)
            return
        del self.durable[data:]
        self.durable.extend(bytes(data - len(self.durable)))

    def sync(self):
        for off, data in self.pending:
            self.apply(off, data)
        self.pending = []

    def lose(self, rng):
        """A sync that failed: some of it is on the disk, and of the rest nobody speaks any more."""
        for off, data in self.pending:
            if off is None or rng.random() < 0.3:
                self.apply(off, data)
        self.pending = []

    def image(self, rng, share, grain):
        content = bytearray(self.durable)
        for off, data in self.pending:
            if off is None:
                if rng.random() < share:
                    del content[data:]
                    content.extend(bytes(data - len(content)))
                continue
            at = off
            while at < off + len(data):
                end = min(off + len(data), (at // grain + 1) * grain)
                if rng.random() < share:
                    put(content, at, data[at - off:end - off])
                at = end
        return bytes(content)


class Disk:
    """The tree below one directory, as it is and as it certainly is."""

    def __init__(self, root, control=()):
        self.control = control
        self.rng = None
        self.next = 1 << 60
        self.of_ino = {}        # inode number now -> our number (inode numbers come back)
        self.files = {}
        self.durable = {}       # our number of a directory -> {name: our number}
        self.volatile = {}
        self.pending = []       # [(set of directories, change)]
        self.root = self.load(root)

    def number(self, ino):
        self.next += 1
        self.of_ino[ino] = self.next
        return self.next

    def load(self, path):
        me = self.number(os.stat(path).st_ino)
        names = {}
        for entry in sorted(os.listdir(path)):
            full = os.path.join(path, entry)
            if os.path.isdir(full):
                names[entry] = self.load(full)
            else:
                names[entry] = self.number(os.stat(full).st_ino)
                with open(full, "rb") as file:
                    self.files[names[entry]] = File(file.read())
        self.durable[me] = dict(names)
        self.volatile[me] = dict(names)
        return me

    def change(self, dirs, what):
        self.apply(self.volatile, what)
        self.pending.append((dirs, what))

    @staticmethod
    def apply(tree, what):
        if what[0] == "add":
            tree.setdefault(what[1], {})[what[2]] = what[3]
        elif what[0] == "drop":
            tree.get(what[1], {}).pop(what[2], None)
        else:
            tree.get(what[1], {}).pop(what[2], None)
            tree.setdefault(what[3], {})[what[4]] = what[5]

    def take(self, op, ino, off, second, data):
        if op == b"W":
            self.files[self.of_ino[ino]].write(off, data)
        elif op == b"T":
            self.files[self.of_ino[ino]].truncate(off)
        elif op in b"CM":
            me, parent = self.number(ino), self.of_ino[second]
            if op == b"C":
                self.files[me] = File()
            else:
                self.durable[me] = {}
                self.volatile[me] = {}
            self.change({parent}, ("add", parent, data.decode(), me))
        elif op == b"U":
            parent = self.of_ino[ino]
            self.change({parent}, ("drop", parent, data.decode()))
        elif op == b"R":
            old, new = data.decode().split("\0")
            one, two = self.of_ino[ino], self.of_ino[second]
            self.change({one, two}, ("move", one, old, two, new, self.volatile[one][old]))
        elif op == b"S":
            self.sync(self.of_ino[ino])
        elif op == b"E":
            self.files[self.of_ino[ino]].lose(self.rng)

    def sync(self, me):
        if me in self.files:
            if not ("nosync" in self.control and self.rng.random() < 0.5):
                self.files[me].sync()
            return
        if "nodir" in self.control:
            return
        keep = []
        for dirs, what in self.pending:
            if me in dirs:
                self.apply(self.durable, what)
            else:
                keep.append((dirs, what))
        self.pending = keep

    def image(self, path, rng):
        """Writes one possible disk to path; says how it was drawn."""
        share = rng.choice([0, 0.1, 0.5, 0.5, 0.9, 1])
        grain = rng.choice([8, 64, 512, 4096])
        tree = {me: dict(names) for me, names in self.durable.items()}
        involved = sorted({d for dirs, _ in self.pending for d in dirs})
        upto = {d: rng.randint(0, len(self.pending)) for d in involved}
        for at, (dirs, what) in enumerate(self.pending):
            if any(at < upto[d] for d in dirs):
                self.apply(tree, what)
        self.write(path, self.root, tree, rng, share, grain)
        return "share %s grain %d" % (share, grain)

    def write(self, path, me, tree, rng, share, grain):
        os.mkdir(path, 0o700)
        for name, number in sorted(tree.get(me, {}).items()):
            full = os.path.join(path, name)
            if number in self.files:
                fd = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(fd, "wb") as file:
                    file.write(self.files[number].image(rng, share, grain))
            else:
                self.write(full, number, tree, rng, share, grain)


def said(raw):
    """The driver's lines so far, in the order of the record."""
    for op, _, _, _, data, at in records(raw):
        if op == b"A":
            for line in data.decode().splitlines():
                yield line, at


def seeded(seed):
    print("# seed %d" % seed)
    return random.Random(seed)
