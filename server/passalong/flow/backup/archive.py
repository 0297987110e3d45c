"""The backup file: a tar archive with the manifest first, readable by the server's user alone."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from passalong.flow.backup import manifest
from passalong.flow.backup.manifest import BadBackupError, Manifest

PIECE = 1 << 20


def digest_of(path: Path) -> tuple[int, str]:
    """Return a file's size and its SHA-256 in hex."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, manifest: Manifest, members: Mapping[str, Path]) -> int:
    """Write the archive beside `path`, fsync it and put it there; returns its size. Nothing is ever half there."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _write_all(file, manifest, members)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)
    return path.stat().st_size


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(file: IO[bytes], contents: Manifest, members: Mapping[str, Path]) -> None:
    text = manifest.encode(contents)
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add_text(tar, contents, manifest.NAME, text)
        _add_text(tar, contents, manifest.CHECK, hashlib.sha256(text).hexdigest().encode())
        for name in contents.members:
            with members[name].open("rb") as source:
                tar.addfile(_entry(contents, name, contents.members[name].size), source)


def _add_text(tar: tarfile.TarFile, manifest: Manifest, name: str, text: bytes) -> None:
    tar.addfile(_entry(manifest, name, len(text)), io.BytesIO(text))


def _entry(manifest: Manifest, name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, manifest.moment_ms // 1000
    return entry


def read_manifest(path: Path) -> Manifest:
    """Return the manifest alone, verified. Raises BadBackupError."""
    with _opened(path) as tar:
        return _manifest(tar)


def unpack(path: Path, folder: Path) -> Manifest:
    """Write every member into an empty folder, and verify each by its digest. Raises BadBackupError."""
    with _opened(path) as tar:
        manifest = _manifest(tar)
        missing = dict(manifest.members)
        while (entry := tar.next()) is not None:
            member = missing.pop(entry.name, None)
            if member is None or not entry.isreg() or entry.size != member.size:
                raise BadBackupError(f"The backup is damaged: {entry.name[:80]!r} is not what its manifest says.")
            if _unpack_one(tar, entry, folder / entry.name) != member.sha256:
                raise BadBackupError(f"The backup is damaged: the digest of {entry.name} differs from its manifest.")
    if missing:
        raise BadBackupError(
            f"The backup is cut off: {len(missing)} of {len(manifest.members)} files are missing at its end."
        )
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    """Open the archive for reading in order; what tarfile raises becomes BadBackupError."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError, ValueError, UnicodeError):
        raise BadBackupError(f"{path} is not a backup of Passalong, or it is cut off or damaged.") from None


def _manifest(tar: tarfile.TarFile) -> Manifest:
    text, check = _text(tar, manifest.NAME), _text(tar, manifest.CHECK)
    if hashlib.sha256(text).hexdigest().encode() != check:
        raise BadBackupError("The backup is damaged: its manifest differs from its digest.")
    return manifest.decode(text)


def _text(tar: tarfile.TarFile, name: str) -> bytes:
    entry = tar.next()
    if entry is None or entry.name != name or not entry.isreg() or entry.size > manifest.MOST_BYTES:
        raise BadBackupError("This is not a backup of Passalong, or its beginning is damaged.")
    return _contents(tar, entry).read()


def _contents(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(entry)
    if file is None:
        raise BadBackupError(f"The backup is damaged: {entry.name[:80]!r} has no content.")
    return file


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> str:
    """Write one member, fsynced, and return its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    source = _contents(tar, entry)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()
