"""A plan, carried out over HTTP: what happens at one moment goes out at once over a few kept connections.

The clock is set to the moment first, and only moves on when everything of the moment is acknowledged, so that each
fact has exactly the time that the plan says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from cast import OttosSite, a_site
from client import Client
from passalong.flow.transaction import writing
from passalong.store import sites
from serving import Passalong
from serving_child import FileClock
from stories.cascades import SITE_MADE_MS
from stories.happenings import Bought, GivenBack, Happening, LinkIssued, LinkUsed, LinkVisited, Plan

CONNECTIONS = 4
PATIENCE_S = 900.0
"""Where months pass in a moment, all holds of these months end at once, and on SQLite notes wait for that."""


class Replay:
    """Otto's sites on a server, and the connections of everybody who comes."""

    def __init__(self, passalong: Passalong, clock: FileClock, plan: Plan):
        self._clock = clock
        clock.set_ms(SITE_MADE_MS)
        self._sites = _make_sites(passalong, clock, plan)
        self._tokens: dict[str, str] = {}
        self._free: SimpleQueue[Client] = SimpleQueue()
        for _ in range(CONNECTIONS):
            self._free.put(passalong.client(patience_s=PATIENCE_S))
        self._threads = ThreadPoolExecutor(CONNECTIONS, "people")
        self.answers: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._threads.shutdown()

    def play(self, happenings: Sequence[Happening]) -> None:
        """Everything, in its order and at its time."""
        for at_ms, moment in groupby(happenings, key=lambda happening: happening.at_ms):
            self._clock.set_ms(at_ms)
            for wave in waves(list(moment)):
                if len(wave) == 1:
                    self._happen(wave[0])
                else:
                    list(self._threads.map(self._happen, wave))

    def _happen(self, happening: Happening) -> None:
        client = self._free.get()
        try:
            self._tell(client, happening)
        finally:
            self._free.put(client)

    def _tell(self, client: Client, happening: Happening) -> None:
        site = self._sites[happening.site_id]
        match happening:
            case LinkIssued():
                self._tokens[happening.link] = client.issue_link(
                    site.site_id,
                    guest=happening.person.guest,
                    page=site.page(),
                    request_id=happening.link,
                    parent=self._tokens[happening.parent] if happening.parent else None,
                    visitor=happening.person.visitor if happening.with_visitor else None,
                )
            case LinkUsed():
                said = client.share(
                    site.site_id,
                    self._tokens[happening.link],
                    guest=happening.person.guest,
                    note_id=happening.note_id,
                )
                self.answers[f"kept {said.kept}, dropped {said.dropped}"] += 1
            case LinkVisited():
                for _ in range(2 if happening.sent_twice else 1):
                    self._visit(client, site, happening)
            case Bought():
                client.convert(
                    site.api_key,
                    happening.conversion_id,
                    amount_minor=happening.amount_minor,
                    currency=site.site.currency,
                    code=self._code(happening),
                )
            case GivenBack():
                client.refund(
                    site.api_key,
                    happening.conversion_id,
                    refund_id=happening.refund_id,
                    amount_minor=happening.amount_minor,
                )

    def _visit(self, client: Client, site: OttosSite, visit: LinkVisited) -> None:
        said = client.visit(
            site.site_id,
            self._tokens[visit.link],
            visitor=visit.person.visitor,
            page=site.page(),
            note_id=visit.note_id,
            guest=visit.person.guest if visit.with_guest else None,
        )
        self.answers[f"kept {said.kept}, dropped {said.dropped}"] += 1

    def _code(self, bought: Bought) -> str | None:
        if bought.link is None:
            return None
        token = self._tokens[bought.link]
        return f"{token}.{bought.visit}" if bought.visit else token


def waves(moment: Sequence[Happening]) -> list[list[Happening]]:
    """What happens at one moment, in waves: what needs a link, a visit or a purchase of the same moment follows it."""
    found: list[list[Happening]] = []
    made: dict[str, int] = {}
    for happening in moment:
        wave = max((made[need] + 1 for need in _needs(happening) if need in made), default=0)
        if (name := _makes(happening)) is not None:
            made[name] = wave
        while len(found) <= wave:
            found.append([])
        found[wave].append(happening)
    return found


def _makes(happening: Happening) -> str | None:
    match happening:
        case LinkIssued():
            return happening.link
        case LinkVisited():
            return happening.note_id
        case Bought():
            return happening.conversion_id
        case _:
            return None


def _needs(happening: Happening) -> Iterator[str]:
    match happening:
        case LinkIssued(parent=str() as parent):
            yield parent
        case LinkUsed() | LinkVisited():
            yield happening.link
        case Bought(link=str() as link):
            yield link
            yield happening.visit or link
        case GivenBack():
            yield happening.conversion_id


def _make_sites(passalong: Passalong, clock: FileClock, plan: Plan) -> Mapping[str, OttosSite]:
    """The plan's sites with their first terms, and each later version announced for its time."""
    made = {}
    for site in plan.sites.values():
        made[site.site_id] = a_site(
            passalong.db,
            clock,
            site_id=site.site_id,
            currency=site.currency,
            time_zone=site.time_zone,
            terms=site.terms[0][1],
        )
        for since_ms, terms in site.terms[1:]:
            with writing(passalong.db) as session:
                sites.add_terms(session, site.site_id, terms, since_ms, "Part-way.")
    return made
