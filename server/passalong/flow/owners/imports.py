"""Import the people of a programme that ran before: accounts, opening balances, and old links that go on working.

Nobody imported gets mail: an account opens when its person asks for a link to the address. Importing twice is importing
once: people, balances and codes have ids made of the programme's own.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from passalong.core.facts import CreditGiven
from passalong.core.identity import advocate_id_of
from passalong.core.imports.programmes import ALIAS, PROGRAMMES, ImportedPerson
from passalong.core.money import micros_from_minor
from passalong.flow.ingest.recorder import Kept
from passalong.flow.owners import decisions
from passalong.flow.owners.desk import Desk, Signed, log
from passalong.flow.personal_codes import NamedLink, add_named_link
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.flow.transaction import writing
from passalong.i18n.catalogue import ENGLISH
from passalong.lib.tokens import Keyring, code_hash, email_hash
from passalong.store.books import links
from passalong.store.people import addresses, sessions
from passalong.store.people.addresses import NewAddress
from passalong.store.queries import link_aliases


class Line(Struct, frozen=True):
    """The import of one person: new or known, the codes that work and those that cannot, sums, problems."""

    person_id: str
    advocate_id: str
    state: str
    codes: tuple[str, ...]
    balances: Mapping[str, int]
    problems: tuple[str, ...]


class ImportReport(Struct, frozen=True):
    """The result of an import, or of a dry run: a line for each person, and the sums in minor units by currency."""

    lines: tuple[Line, ...]
    in_file: Mapping[str, int]
    brought: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Return True if every balance and every code is there."""
        return self.in_file == self.brought and not any(line.problems for line in self.lines)


class ProgrammeImport(Struct, frozen=True):
    """The import of one programme's people; `dry` reads and changes nothing.

    `owners` has the account of each address and code of the file, so that a dry run also finds those that stand twice.
    """

    programme: str
    people: tuple[ImportedPerson, ...]
    dry: bool = False
    owners: dict[str, str] = {}


def import_people(desk: Desk, keys: Keyring, programme: ProgrammeImport, signed: Signed) -> ImportReport:
    """Import everybody, or say what would happen.

    Raises QueueFullError; what was imported until then is not repeated.
    """
    lines = tuple(_one(desk, keys, programme, person, signed) for person in programme.people)
    report = ImportReport(
        lines, _sums(each.balances for each in programme.people), _sums(line.balances for line in lines)
    )
    if not programme.dry:
        after = {"programme": programme.programme, "people": len(lines), "brought": dict(report.brought)}
        log(desk, signed, "import.people", programme.programme, after)
    return report


def _one(desk: Desk, keys: Keyring, programme: ProgrammeImport, person: ImportedPerson, signed: Signed) -> Line:
    problems: list[str] = []
    advocate_id, is_known = _account(desk, keys, programme, person, problems)
    codes = tuple(code for code in person.codes if _code(desk, keys, programme, (advocate_id, code), problems))
    brought = {
        unit: minor
        for unit, minor in person.balances.items()
        if _balance(desk, programme, (advocate_id, person.person_id, unit, minor), signed, problems)
    }
    return Line(person.person_id, advocate_id, "known" if is_known else "new", codes, brought, tuple(problems))


def _account(
    desk: Desk, keys: Keyring, programme: ProgrammeImport, person: ImportedPerson, problems: list[str]
) -> tuple[str, bool]:
    """Return the person's account, and whether it was there; a bad address leaves an account that nobody can open."""
    site_id, now_ms = desk.site.site_id, desk.clock.now_ms()
    advocate_id = advocate_id_of(site_id, f"import|{programme.programme}|{person.person_id}")
    try:
        address = clean_address(person.email)
    except BadAddressError:
        problems.append("It has no usable e-mail address: the account cannot be opened by its person.")
        address = ""
    hashed = email_hash(keys, site_id, address) if address else ""
    with writing(desk.db) as session:
        existing = addresses.find(session, site_id, hashed) if address else None
        advocate_id = (existing and existing.advocate_id) or programme.owners.setdefault(
            hashed or advocate_id, advocate_id
        )
        is_known = sessions.is_advocate(session, site_id, advocate_id)
        if not programme.dry:
            sessions.add_advocate(session, site_id, advocate_id, now_ms)
            if address and existing is None:
                addresses.bring(session, site_id, NewAddress(hashed, address, ENGLISH, now_ms), advocate_id)
    return advocate_id, is_known


def _code(desk: Desk, keys: Keyring, programme: ProgrammeImport, named: tuple[str, str], problems: list[str]) -> bool:
    """Let an old code lead to the person; False for one that cannot be in an address, or is somebody else's."""
    (advocate_id, code), site = named, desk.site
    if not ALIAS.fullmatch(code):
        problems.append(f"The code {code[:40]!r} cannot stand in a link here: at most 24 letters, digits, `-`, `_`.")
        return False
    with writing(desk.db) as session:
        taken = link_aliases.find(session, site.site_id, code)
        if (taken.advocate_id if taken else programme.owners.setdefault(f"code:{code}", advocate_id)) != advocate_id:
            problems.append(f"The code {code!r} belongs to somebody else already.")
            return False
        named_link = NamedLink(advocate_id, code_hash(keys, site.site_id, f"alias:{code}"))
        if taken is None and links.link_of_request(session, site.site_id, named_link.request_id) is not None:
            problems.append(f"The code {code!r} was that of a person who deleted everything: it stays without a link.")
            return False
        if taken is None and not programme.dry:
            link = add_named_link(session, desk.clock.now_ms(), keys, site, named_link)
            alias = link_aliases.Alias(code, PROGRAMMES[programme.programme].param, link.share_id, advocate_id)
            link_aliases.add(session, site.site_id, alias, desk.clock.now_ms())
    return True


def _balance(
    desk: Desk, programme: ProgrammeImport, owed: tuple[str, str, str, int], signed: Signed, problems: list[str]
) -> bool:
    """Record an opening balance as credit that is given, with a receipt; once, whatever is imported again."""
    advocate_id, person_id, unit, minor = owed
    if unit != desk.site.currency:
        problems.append(f"The balance in {unit} was left out: this site gives credit in {desk.site.currency}.")
        return False
    if programme.dry:
        return True
    gift = CreditGiven(advocate_id, unit, micros_from_minor(minor, unit), signed.author, signed.note)
    event_id = f"import:{programme.programme}:{person_id}:{unit}"
    result = decisions.give_credit(desk.db, desk.collector, desk.site, event_id, gift)
    if result is Kept.CONFLICT:
        problems.append(f"The balance in {unit} was imported before with another amount or note: it stays as it is.")
    return result is not Kept.CONFLICT


def _sums(balances: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    amounts: dict[str, int] = {}
    for balance in balances:
        for unit, minor in balance.items():
            amounts[unit] = amounts.get(unit, 0) + minor
    return amounts
