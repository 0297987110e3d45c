"""Every reason of the closed list is given to somebody: provoked over HTTP, as browsers, shops and owners do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from cast import HOME, a_person, an_id, anna
from flow.office import BOTH, GOOGLEBOT, OTHER, SITE, Json, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.facts import NEW_VISITOR
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import REASON_WORDS, Reason
from passalong.core.terms.model import Goal, Terms
from passalong.flow.transaction import writing
from passalong.lib.tokens import Keyring, share_id_of, token_of
from passalong.store import sites

TERMS = Terms(
    goals=(
        Goal(NEW_VISITOR, POINTS, fixed_micros=10 * MICROS),
        Goal("purchase", "EUR", rate_bp=1_000, minimum_micros=5 * MICROS),
        Goal("capped", "EUR", rate_bp=1_000, day_cap_micros=MICROS),
        Goal("budgeted", "EUR", rate_bp=1_000, month_budget_micros=MICROS),
    ),
    hold_days=1,
)
BY = {"author": "Otto", "note": "Because."}


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance whose first key was retired, with limits in its terms."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "keys.json").write_text('{"2": "a second secret that is long enough for it"}')
    (folder / "keys.json").chmod(0o600)
    opened: AbstractContextManager[str] = nullcontext(f"sqlite:///{folder}/here.db")
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgresql_databases").lent()
    with opened as url:
        made = Office(url, folder)
        with writing(made.db) as session:
            sites.add_terms(session, SITE, TERMS, made.clock.at_ms, "With limits.")
        yield made
        made.close()


class Somebody:
    """A new person for each test, who comes by a link of Anna's and buys."""

    def __init__(self, office: Office, name: str):
        self.office = office
        self.name = name
        self.token = office.link("annas")

    def comes(self, times: int = 1, headers: dict[str, str] | None = None, **more: Any) -> tuple[Any, str | None]:
        """A visit; its status and why it was dropped."""
        said = self.visit(str(times)) | more
        answer = self.office.note("flask", said, headers)
        return answer.status, answer.note[2]

    def visit(self, number: str = "1", token: str | None = None) -> Json:
        """The note of one of their visits."""
        return self.office.visit(f"{self.name} {number}", token or self.token, a_person(self.name))

    def buys(self, number: str = "1", **more: object) -> Json:
        """Their purchase, as it is settled."""
        code = f"{self.token}.{an_id('visit', f'{self.name} 1')}"
        order = f"{self.name}-{number}"
        said = {"id": order, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code} | more
        said = {key: value for key, value in said.items() if value is not None}
        assert self.office.api("POST", "/conversions", said).status == 202
        return self.settled(order)

    def settled(self, order: str) -> Json:
        """The receipt of an order."""
        self.office.fold()
        return dict(self.office.api("GET", f"/conversions/{order}").json)

    def decides(self, decision: str, about: str, subject_id: str) -> None:
        """Otto decides."""
        said = {"id": f"{self.name} {decision}", "decision": decision, "about": about, "subject_id": subject_id, **BY}
        assert self.office.api("POST", "/verdicts", said).status == 202

    def console(self, subject: str) -> str:
        """The receipt of a subject as Otto reads it."""
        self.office.fold()
        path = f"/console/{SITE}/why/{quote(subject, safe=':')}"
        return self.office.send("GET", path, client=self.office.owner()).text


def dropped(who: Somebody, headers: dict[str, str] | None = None, **more: Any) -> str | None:
    """Why a visit is dropped."""
    return who.comes(headers=headers, **more)[1]


def token_of_a_retired_key(who: Somebody) -> str:
    """A link that was shared while the first key was in use."""
    share_id = share_id_of(who.office.instance.services.keys, SITE, who.token)
    return token_of(Keyring({1: "the first secret, which is gone by now"}), SITE, share_id, 1)


def unknown_token(who: Somebody) -> str:
    """A token that is signed for a link that nobody was given."""
    return token_of(who.office.instance.services.keys, SITE, "A" * 15, 2)


def comes_by_unknown(who: Somebody) -> str:
    """A visit by a link that is not known here."""
    who.comes(token=unknown_token(who))
    return who.console(f"visit:{an_id('visit', f'{who.name} 1')}")


def comes_by_a_link_of_the_site(who: Somebody) -> str:
    """A reader of the newsletter comes by its link."""
    made = who.office.api("POST", "/links", {"id": an_id("mail", who.name), "page": f"{HOME}/news"})
    who.comes(token=made.json["token"])
    return who.console(f"visit:{an_id('visit', f'{who.name} 1')}")


def token_of_another_site(who: Somebody) -> str:
    """A link of the site next door."""
    return who.office.link("w", site_id=OTHER, page="https://wasps.example/")


def id_conflict(who: Somebody) -> str | None:
    """Two visits under one id."""
    who.comes()
    return dropped(who, page=f"{HOME}/another")


def duplicate(who: Somebody) -> str | None:
    """The same visit twice."""
    who.comes()
    return who.office.note("flask", who.visit()).note[1]


def own_link(who: Somebody) -> str:
    """Anna opens her own link, in the browser that has her credential."""
    who.comes(visitor=anna.visitor, guest=anna.guest)
    return who.console(f"visit:{an_id('visit', f'{who.name} 1')}")


def returning_visitor(who: Somebody) -> str:
    """Somebody comes for the second time."""
    who.comes()
    who.office.clock.at_ms += 60_000
    who.comes(2)
    return who.console(f"visit:{an_id('visit', f'{who.name} 2')}")


def outside_window(who: Somebody) -> Json:
    """The purchase comes 31 days after the visit."""
    who.comes()
    who.office.clock.at_ms += 31 * DAY_MS
    return who.buys()


def burst(who: Somebody) -> Json:
    """A second link is opened within ten seconds."""
    who.comes()
    who.office.clock.at_ms += 1_000
    other = who.office.link("bens", a_person("ben"))
    who.office.note("flask", who.visit("2", other))
    return who.buys()


def beyond_ten(who: Somebody) -> Json:
    """Eleven people lead to one purchase."""
    for number in range(1, 12):
        token = who.office.link(f"link {number}", a_person(f"sharer {number}"))
        who.office.note("flask", who.visit(str(number), token))
        who.office.clock.at_ms += 60_000
    who.token = who.office.link("link 1", a_person("sharer 1"))
    return who.buys()


def spent(goal: str) -> Callable[[Somebody], Json]:
    """The second purchase of a goal whose limit the first one took."""

    def provoke(who: Somebody) -> Json:
        who.comes()
        who.buys("first", goal=goal)
        return who.buys("second", goal=goal)

    return provoke


def banned(who: Somebody) -> Json:
    """The person who shared was excluded before the visit."""
    mallory = a_person("mallory of", who.name)
    who.token = who.office.link("mallorys", mallory)
    who.decides("ban", "advocate", mallory.advocate_id(SITE))
    who.office.fold()
    who.office.clock.at_ms += 1_000
    who.comes()
    return who.buys()


def judged(decision: str) -> Callable[[Somebody], Json]:
    """Otto decides about the purchase."""

    def provoke(who: Somebody) -> Json:
        who.comes()
        who.buys()
        who.decides(decision, "conversion", f"{who.name}-1")
        return who.settled(f"{who.name}-1")

    return provoke


def refunded(who: Somebody) -> Json:
    """All of it is given back."""
    who.comes()
    who.buys()
    order = f"{who.name}-1"
    said = {"id": f"{who.name} back", "full": True}
    assert who.office.api("POST", f"/conversions/{order}/refunds", said).status == 202
    return who.settled(order)


def not_enough_credit(who: Somebody) -> str:
    """All of it is asked for twice before the first is booked."""
    sharer = a_person("sharer of", who.name)
    who.token = who.office.link("theirs", sharer)
    who.comes()
    who.buys()
    who.office.clock.at_ms += 2 * DAY_MS
    who.office.fold()
    browser = who.office.signed_in(sharer)
    for number in range(2):
        form = {"request": an_id(who.name, number), "way": "give_back", "unit": "EUR", "amount": "8.00"}
        assert who.office.send("POST", "/me/use/confirm", client=browser, form=form).status == 303
    return "".join(who.console(f"use:{an_id(who.name, number)}") for number in range(2))


def comes_and_buys(**more: object) -> Callable[[Somebody], Json]:
    """A purchase with something special about it."""

    def provoke(who: Somebody) -> Json:
        who.comes()
        return who.buys(**more)  # type: ignore[arg-type]

    return provoke


PROVOKED: dict[Reason, Callable[[Somebody], Any]] = {
    Reason.NO_TOKEN: comes_and_buys(code=None),
    Reason.BAD_SIGNATURE: lambda who: dropped(who, token="x" * 27),
    Reason.FOREIGN_SITE: lambda who: dropped(who, token=token_of_another_site(who)),
    Reason.FOREIGN_ORIGIN: lambda who: dropped(who, {"Origin": "https://mallory.example"}),
    Reason.RETIRED_KEY: lambda who: dropped(who, token=token_of_a_retired_key(who)),
    Reason.UNKNOWN_SHARE: comes_by_unknown,
    Reason.SITE_LINK: comes_by_a_link_of_the_site,
    Reason.OUTSIDE_WINDOW: outside_window,
    Reason.OWN_LINK: own_link,
    Reason.BOT: lambda who: dropped(who, {"User-Agent": GOOGLEBOT}),
    Reason.PREFETCH: lambda who: dropped(who, {"Sec-Purpose": "prefetch"}),
    Reason.NOT_VISIBLE: lambda who: dropped(who, hidden=True),
    Reason.DUPLICATE: duplicate,
    Reason.ID_CONFLICT: id_conflict,
    Reason.RETURNING_VISITOR: returning_visitor,
    Reason.BURST: burst,
    Reason.BEYOND_TEN: beyond_ten,
    Reason.OPTED_OUT: lambda who: dropped(who, {"Sec-GPC": "1"}),
    Reason.NO_MATCHING_GOAL: comes_and_buys(goal="something_else"),
    Reason.UNKNOWN_CURRENCY: comes_and_buys(currency="USD"),
    Reason.BELOW_MINIMUM: comes_and_buys(amount_minor=499),
    Reason.CAP_REACHED: spent("capped"),
    Reason.BUDGET_SPENT: spent("budgeted"),
    Reason.BANNED_ADVOCATE: banned,
    Reason.HELD_FOR_REVIEW: judged("hold"),
    Reason.VOID_BY_REVIEW: judged("void"),
    Reason.REFUNDED: refunded,
    Reason.NOT_ENOUGH_CREDIT: not_enough_credit,
}


def test_every_reason_of_the_list_is_provoked() -> None:
    assert set(PROVOKED) == set(Reason)


@pytest.mark.parametrize("reason", PROVOKED)
def test_a_reason_is_given(office: Office, reason: Reason) -> None:
    given = PROVOKED[reason](Somebody(office, f"reason-{reason.value}"))
    if isinstance(given, dict):
        ignored = [one["reason"] for one in given.get("ignored", [])]
        assert reason.value in (given["reason"], *ignored)
    else:
        assert given == reason.value or REASON_WORDS[reason] in unescape(given or "")
