"""`thanks` notes: once a visit, without an account, nothing under GPC; and what the portal says of them."""

import pytest

from cast import a_person, an_id, cleo
from flow.office import GOOGLEBOT, PAGE, SITE, Json, Office


def thanks(visit: Json, **more: object) -> Json:
    """The note of the person of a visit."""
    said = {"site": SITE, "id": an_id("thanks", visit["id"]), "kind": "thanks", "token": visit["token"]}
    return said | {"visit": visit["id"]} | more


def test_thanks_are_kept_once_a_visit_whatever_their_id(office: Office, token: str, door: str) -> None:
    visit = office.visit(f"thanks {door}", token, cleo)
    assert office.note(door, visit).status == 202
    assert office.note(door, thanks(visit)).note == (202, "thanks", None)
    assert office.note(door, thanks(visit, id=an_id("another", door))).note == (202, "duplicate", None)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Sec-GPC": "1"}, "opted_out"),
        ({"User-Agent": GOOGLEBOT}, "bot"),
        ({"Origin": "https://evil.example"}, "foreign_origin"),
    ],
    ids=["gpc", "bot", "foreign"],
)
def test_thanks_that_do_not_count_are_named(
    office: Office, token: str, door: str, headers: dict[str, str], reason: str
) -> None:
    visit = office.visit(f"no thanks {door} {reason}", token, cleo)
    office.note(door, visit)
    assert office.note(door, thanks(visit), headers).note == (202, None, reason)


def test_malformed_thanks_are_refused(office: Office, token: str, door: str) -> None:
    visit = office.visit(f"bad {door}", token, cleo)
    assert office.note(door, {key: text for key, text in thanks(visit).items() if key != "visit"}).status == 400
    assert office.note(door, thanks(visit, token="A" * 27)).note == (202, None, "bad_signature")


def test_the_portal_says_thanks_without_a_number_below_five(office: Office) -> None:
    sharer = a_person("thanked sharer")
    page = f"{PAGE}/thanked"
    link = office.link("thanked", sharer, page=page)
    portal = office.signed_in(sharer)
    for number in range(5):
        visit = office.visit(f"thanked {number}", link, a_person("thankful", number), page=page)
        office.note("asgi", visit)
        office.note("asgi", thanks(visit))
        office.fold()
        said = [office.send("GET", path, client=portal).text for path in ("/me", "/me/links")]
        if number < 4:
            assert all("A few people said thank you." in text for text in said)
            assert not any("4 people said" in text for text in said)
    assert all("5 people said thank you." in text for text in said)


def test_who_was_never_thanked_reads_nothing_of_it(office: Office) -> None:
    nobody = a_person("never thanked")
    link = office.link("never thanked", nobody)
    office.note("asgi", office.visit("never thanked", link, cleo))
    office.fold()
    said = office.send("GET", "/me", client=office.signed_in(nobody)).text
    assert "1 person" in said
    assert "thank you" not in said
