"""Checks of signed heads: their signatures, and that the database and the file outside have the same ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from passalong.core.transparency.leaves import Head, LastHead, text_of
from passalong.flow.transparency.evidence import Age
from passalong.flow.transparency.heads_file import Line
from passalong.lib.signing import is_signed
from passalong.store.transparency.heads import Sealed

Keys = Mapping[str, bytes]
"""Public keys by fingerprint."""


class DifferenceError(Exception):
    """The first thing that is not as it should be."""


class Evidence(Struct, frozen=True):
    """The evidence that a ledger is checked against, besides itself.

    `outside` are the heads in the file; None says on purpose that there is no file. `again` reads them once more, for
    heads that a running server signed meanwhile. Without `age`, lines that no head covers may be of any age.
    """

    outside: Sequence[Head] | None = None
    again: Callable[[], Sequence[Head]] | None = None
    age: Age | None = None


NO_FILE = Evidence()


def named(head: Head | LastHead) -> str:
    """A head in words."""
    at = datetime.fromtimestamp(head.at_ms / 1000, UTC) if abs(head.at_ms) < 10**14 else None
    return f"the head over {head.size} lines" + (f" of {at:%Y-%m-%d %H:%M:%S} UTC" if at else "")


def check_signature(head: Head | LastHead, keys: Keys, where: str) -> None:
    """Raise DifferenceError unless one of our keys signed this head."""
    if head.key not in keys:
        raise DifferenceError(
            f"In {where}, {named(head)} was signed with a key that is not one of ours ({head.key[:16]}…)."
        )
    if not is_signed(keys[head.key], head.signature, text_of(head)):
        raise DifferenceError(f"In {where}, the signature of {named(head)} does not hold.")


def check_heads(sealed: Sequence[Sealed], keys: Keys) -> None:
    """Raise DifferenceError unless the database's heads are signed and stand in the order of their times."""
    at_ms = 0
    for each_head in sealed:
        check_signature(each_head.head, keys, "the database")
        if each_head.head.at_ms < at_ms:
            raise DifferenceError(f"In the database, {named(each_head.head)} is older than the one before it.")
        at_ms = each_head.head.at_ms


def check_outside(sealed: Sequence[Sealed], evidence: Evidence, keys: Keys) -> None:
    """Raise DifferenceError unless the file outside has every head of the database, unchanged, and no other."""
    outside = evidence.outside
    if outside is None:
        return
    here = {each_head.head.size: each_head.head for each_head in sealed}
    _check_each(here, outside, keys)
    missing = _missing(here, outside)
    if missing and evidence.again is not None:
        missing = _missing(here, evidence.again())
    if not missing:
        return
    if not outside:
        raise DifferenceError(
            f"The outside file has no head of this site, and the database has {len(here)}: the file is gone, or the "
            "site's lines were cut out of it. Put it back; if there is none on purpose, say --no-file."
        )
    raise DifferenceError(f"The outside file lacks {named(here[missing[0]])}, which the database has.")


def _check_each(here: Mapping[int, Head], outside: Sequence[Head], keys: Keys) -> None:
    newest, size = max(here, default=0), 0
    for head in outside:
        check_signature(head, keys, "the outside file")
        if head.size <= size:
            raise DifferenceError(f"In the outside file, {named(head)} does not stand in its place.")
        if head.size > newest:
            raise DifferenceError(
                f"The outside file has {named(head)}, and the database's newest is over {newest}: "
                "the database is an old copy, or its end was cut off."
            )
        if here.get(head.size) != head:
            raise DifferenceError(f"The outside file has another version of {named(head)} than the database.")
        size = head.size


def _missing(here: Mapping[int, Head], outside: Sequence[Head]) -> list[int]:
    sizes = {head.size for head in outside}
    return [size for size in sorted(here) if size not in sizes]


def check_removed(lines: Iterable[Line], site_ids: Sequence[str], keys: Keys) -> dict[str, LastHead]:
    """The signed last heads of sites that were removed.

    Raises DifferenceError where the file has heads of a site that is not in the database and was not removed by a
    command, or of a site that was removed and is there.
    """
    newest: dict[str, Head] = {}
    last: dict[str, LastHead] = {}
    for line in lines:
        if isinstance(line, LastHead):
            check_signature(line, keys, "the outside file")
            last[line.site] = line
        elif isinstance(line, Head):
            newest[line.site] = line
    for site_id in sorted({*newest, *last}):
        _check_removed(site_id, newest.get(site_id), last.get(site_id), site_ids)
    return last


def _check_removed(site_id: str, newest: Head | None, last: LastHead | None, site_ids: Sequence[str]) -> None:
    if site_id in site_ids:
        if last is not None:
            raise DifferenceError(f"The site {site_id} was removed, the outside file says, and it is in the database.")
    elif last is None:
        raise DifferenceError(
            f"The outside file has heads of the site {site_id}, which is not in the database, and no signed last head "
            "of a removal: the site was cut out of the database, or the file is another instance's."
        )
    elif newest is not None and (newest.size, newest.root) != (last.size, last.root):
        raise DifferenceError(f"The last head of the removed site {site_id} is not over the lines of its newest head.")
