"""Rebuild a disk from a recording, as a power loss at any moment may leave it.

What was fsynced is there. Of everything since, each sector is there in any of its versions, the oldest included; a
file has any of the sizes that it had since, and a file whose folder was not fsynced since it was made may be missing.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HEADER = struct.Struct("<cHqq")
SECTORS = (512, 4096)


@dataclass(frozen=True)
class Record:
    """One recorded operation: a(ppended), w(ritten), s(ynced), t(runcated), u(nlinked) or r(enamed)."""

    operation: str
    path: Path
    offset: int
    data: bytes


def read_records(path: Path) -> Iterator[Record]:
    """Yield every record in order; the last may be incomplete."""
    log = path.read_bytes()
    at = 0
    while at + HEADER.size <= len(log):
        operation, path_length, offset, length = HEADER.unpack_from(log, at)
        at += HEADER.size
        name = log[at : at + path_length].decode()
        at += path_length
        data = log[at : at + length]
        at += length
        yield Record(operation.decode(), Path(name), offset, data)


@dataclass
class File:
    """The synced content of a file, and the writes since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Record] = field(default_factory=list)
    is_named: bool = False
    """True once the folder that names it was fsynced."""

    def sync(self) -> None:
        """Make everything that was written durable."""
        for record in self.pending:
            if record.operation == "t":
                _resize(self.durable, record.offset)
            else:
                _put(self.durable, record.offset, record.data)
        self.pending.clear()

    def after_power_loss(self, chance: random.Random) -> bytearray:
        """Return one of the possible contents."""
        sector = chance.choice(SECTORS)
        versions: dict[int, int] = {}
        for record in self.pending:
            for number, _, _ in _pieces(record, sector):
                versions[number] = versions.get(number, 0) + 1
        kept = _how_many(versions, chance)
        image, sizes, size = bytearray(self.durable), [len(self.durable)], len(self.durable)
        for record in self.pending:
            size = record.offset if record.operation == "t" else max(size, record.offset + len(record.data))
            sizes.append(size)
            for number, start, data in _pieces(record, sector):
                if kept[number] > 0:
                    kept[number] -= 1
                    _put(image, start, data)
        _resize(image, chance.choice(sizes))
        return image


@dataclass
class Disk:
    """The files of one folder."""

    folder: Path
    files: dict[Path, File] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Apply one operation."""
        if record.operation == "s" and record.path == self.folder:
            for file in self.files.values():
                file.is_named = True
        elif record.operation == "s":
            self._file(record.path).sync()
        elif record.operation in "wt":
            self._file(record.path).pending.append(record)
        else:
            raise NotImplementedError(f"{record.operation} of {record.path}")

    def _file(self, path: Path) -> File:
        return self.files.setdefault(path, File())

    def write_after_power_loss(self, chance: random.Random, into: Path) -> None:
        """Write the folder as a power loss may leave it, without shared memory."""
        for path, file in self.files.items():
            image = into / path.name
            if path.name.endswith("-shm") or not (file.is_named or chance.random() < 0.5):
                image.unlink(missing_ok=True)
            else:
                image.write_bytes(file.after_power_loss(chance))


def _how_many(versions: dict[int, int], chance: random.Random) -> dict[int, int]:
    """Return how many versions of each sector reached the disk: nearly none, nearly all, or any number."""
    leaning = chance.choice((0.0, 0.05, 0.5, 0.95, 1.0))
    kept = {}
    for number, count in versions.items():
        whole = count if chance.random() < leaning else 0
        kept[number] = whole if leaning in (0.0, 1.0) or chance.random() < 0.5 else chance.randint(0, count)
    return kept


def _pieces(record: Record, sector: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (number of the sector, offset, bytes) of a write."""
    at, end = record.offset, record.offset + len(record.data)
    while at < end and record.operation == "w":
        until = min(end, (at // sector + 1) * sector)
        yield at // sector, at, record.data[at - record.offset : until - record.offset]
        at = until


def _put(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        _resize(image, offset)
    image[offset : offset + len(data)] = data


def _resize(image: bytearray, size: int) -> None:
    del image[size:]
    image.extend(bytes(size - len(image)))
