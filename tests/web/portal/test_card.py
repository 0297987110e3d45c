"""A card: for its person alone until they press a button, then for who has its address, until they take it back."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from cast import HOME, Person, a_person, an_id, anna, ben
from flow.office import BOTH, SITE, URL, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.store.books.rollups import page_hash
from passalong.web.portal.card_picture import WIDTH, Words, drawn, wrapped

TITLES = ("Bees in winter", "How a hive decides", "Planting for pollinators")


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna passed one page along in the month before, and three in this one, one of them twice."""
    for made in an_office(request, tmp_path_factory):
        pass_along(made, anna, "Old news")
        made.clock.at_ms += 40 * DAY_MS
        for title in TITLES:
            pass_along(made, anna, title)
        pass_along(made, anna, TITLES[0], "again")
        yield made


def page(title: str) -> str:
    """The page of that title."""
    return f"{HOME}/{re.sub('[^a-z]+', '-', title.lower())}"


def pass_along(office: Office, who: Person, title: str, *more: str) -> None:
    """Share a page, and use the link."""
    token = office.link(f"{who.name} {title} {more}", who, page=page(title), title=title)
    note = {"site": SITE, "id": an_id(who.name, title, *more), "kind": "share", "token": token, "to": "copy"}
    assert office.note("flask", note | {"guest": who.guest}).status == 202
    office.fold()


def chosen(*titles: str) -> str:
    """The query that names these pages."""
    return "&".join(f"p={page_hash(page(title))}" for title in titles)


def said_on(svg: str) -> list[str]:
    """The texts of a picture, which is well-formed and has nothing in it but shapes and text."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    names = {element.tag.partition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "rect", "path", "circle", "text"}
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


def publish(office: Office, browser: FlaskClient, query: str) -> str:
    """Press the button; the card's address, from the page."""
    answer = office.send("POST", f"/me/card/public?{query}", client=browser, form={"p": query.removeprefix("p=")})
    assert answer.status == 303
    found = re.search(rf'href="{URL}(/card/[^"]+\.svg)"', office.send("GET", "/me/card", client=browser).text)
    assert found
    return found[1]


def test_the_picture_has_the_number_and_the_titles_that_were_chosen(office: Office) -> None:
    browser = office.signed_in(anna)
    for titles in ((), TITLES[1:2], TITLES):
        answer = office.send("GET", f"/me/card.svg?{chosen(*titles)}", client=browser)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        texts = said_on(answer.text)
        assert "3" in texts
        assert "I shared 3 pages this month" in " ".join(texts)
        assert "The Bee Almanac · February 2026" in texts
        assert set(texts) & {*TITLES, "Old news"} == set(titles)


def test_nobody_else_and_no_amount_is_on_it(office: Office) -> None:
    pass_along(office, ben, "A page of Ben’s")
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    token = office.link("sold", anna, page=page(TITLES[0]))
    assert office.note("flask", office.visit("came", token, a_person("buyer"), page=page(TITLES[0]))).status == 202
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{an_id('visit', 'came')}"}).status == 202
    office.fold()
    query = chosen(*TITLES, "A page of Ben’s")
    texts = " ".join(said_on(office.send("GET", f"/me/card.svg?{query}", client=office.signed_in(anna)).text))
    assert "Ben" not in texts
    assert not re.search(r"€|EUR|\d[.,]\d", texts)


def test_thanks_are_on_a_card_only_where_the_person_shows_at_least_five(office: Office) -> None:
    browser = office.signed_in(anna)
    token = office.link("thanked", anna, page=page(TITLES[0]), title=TITLES[0])
    for number in range(5):
        visit = office.visit(f"thankful {number}", token, a_person("thankful", number), page=page(TITLES[0]))
        office.note("flask", visit)
        thanks = {"site": SITE, "id": an_id("thanks", number), "kind": "thanks", "token": token, "visit": visit["id"]}
        office.note("flask", thanks)
        office.fold()
        said = office.send("GET", f"/me/card?{chosen(TITLES[0])}&thanks=1", client=browser).text
        picture = office.send("GET", f"/me/card.svg?{chosen(TITLES[0])}&thanks=1", client=browser).text
        assert ("said thank you" in said, "said thank you" in picture) == (number == 4, number == 4)
    unticked = office.send("GET", "/me/card", client=browser).text
    assert 'name="thanks" value="1">' in unticked, "offered, and not ticked"
    assert "said thank you" not in office.send("GET", f"/me/card.svg?{chosen(TITLES[0])}", client=browser).text
    assert "said thank you" not in office.send("GET", publish(office, browser, chosen(TITLES[0]))).text
    office.send("POST", "/me/card/back", client=browser)
    form = {"p": page_hash(page(TITLES[0])), "thanks": "1"}
    assert office.send("POST", "/me/card/public", client=browser, form=form).status == 303
    found = re.search(rf'href="{URL}(/card/[^"]+\.svg)"', office.send("GET", "/me/card", client=browser).text)
    assert found
    assert "5 people said thank you." in said_on(office.send("GET", found[1]).text)


def test_a_card_counts_the_people_who_said_thanks_in_its_month_each_once(office: Office) -> None:
    browser, people = office.signed_in(anna), iter(range(100))

    def thank(title: str, who: Person) -> None:
        number = next(people)
        token = office.link(f"thanks {number}", anna, page=page(title), title=title)
        visit = office.visit(f"thanks {number}", token, who, page=page(title))
        thanks = {"site": SITE, "id": an_id("thanks", number), "kind": "thanks", "token": token, "visit": visit["id"]}
        assert [office.note("flask", note).status for note in (visit, thanks)] == [202, 202]

    def thanked() -> str:
        office.fold()
        svg = office.send("GET", f"/me/card.svg?{chosen(TITLES[0])}&thanks=1", client=browser).text
        return next((text for text in said_on(svg) if "said thank you" in text), "")

    for number in range(6):
        thank(TITLES[0], a_person("earlier", number))
    assert thanked() == "6 people said thank you."
    office.clock.at_ms += 40 * DAY_MS
    browser = office.signed_in(anna)
    for number in range(4):
        for title in TITLES[:2]:
            thank(title, a_person("later", number))
    assert thanked() == "", "six people thanked in an earlier month, and four are too few to be counted in public"
    thank(TITLES[1], a_person("later", 4))
    assert thanked() == "5 people said thank you."


def test_nothing_is_public_until_the_button_is_pressed_and_it_can_be_taken_back(office: Office) -> None:
    browser = office.signed_in(anna)
    assert "Only you can see this picture." in office.send("GET", "/me/card", client=browser).text
    assert office.count("cards") == 0
    address = publish(office, browser, chosen(TITLES[0]))
    answer = office.send("GET", address)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert (answer.headers["x-robots-tag"], answer.headers["cross-origin-resource-policy"]) == (
        "noindex",
        "cross-origin",
    )
    assert TITLES[0] in said_on(answer.text)
    assert anna.advocate_id(SITE) not in answer.text
    assert office.send("POST", "/me/card/back", client=browser).status == 303
    assert office.send("GET", address).status == 404
    assert publish(office, browser, chosen(TITLES[0])) != address


def test_a_public_card_stays_as_it_was_when_the_button_was_pressed(office: Office) -> None:
    browser = office.signed_in(anna)
    address = publish(office, browser, chosen(TITLES[0]))
    before = office.send("GET", address).text
    office.clock.at_ms += 40 * DAY_MS
    pass_along(office, anna, "A month later")
    assert office.send("GET", address).text == before
    assert publish(office, office.signed_in(anna), chosen("A month later")) == address, (
        "pressing twice is pressing once"
    )
    assert office.send("GET", address, headers={"Accept-Language": "de"}).text == before


def test_hiding_excluding_and_erasing_take_the_card_away(office: Office) -> None:
    browser = office.signed_in(anna)
    address = publish(office, browser, chosen(TITLES[0]))
    for number, (decision, status) in enumerate((("hide", 404), ("show", 200), ("ban", 404), ("lift", 200))):
        said = {"decision": decision, "about": "advocate", "subject_id": anna.advocate_id(SITE)}
        assert office.api("POST", "/verdicts", said | {"id": f"v{number}", "author": "Otto", "note": "x"}).status == 202
        office.fold()
        assert office.send("GET", address).status == status, decision
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    assert office.send("GET", address).status == 404
    assert office.count("cards") == 0


def test_an_address_that_somebody_guesses_or_takes_to_another_site_is_empty(office: Office) -> None:
    address = publish(office, office.signed_in(anna), chosen(TITLES[0]))
    code = address.rpartition("/")[2]
    for path in (
        f"/card/wasps1/{code}",
        f"/card/nosite/{code}",
        f"/card/{SITE}/x.svg",
        f"/card/{SITE}/{'x' * 300}.svg",
    ):
        assert office.send("GET", path).status == 404, path


def test_an_advocate_without_shares_cannot_publish_a_card(office: Office) -> None:
    office.clock.at_ms += 40 * DAY_MS
    browser = office.signed_in(anna)
    page_text = office.send("GET", "/me/card", client=browser).text
    assert "shared anything this month yet" in page_text
    assert "/me/card/public" not in page_text
    assert office.send("GET", "/me/card.svg", client=browser).status == 404
    assert office.send("POST", "/me/card/public", client=browser, form={}).status == 400
    assert office.count("cards") == 0


def test_more_titles_than_have_room_are_asked_to_be_fewer(office: Office) -> None:
    more = [f"Page {'x' * number}" for number in range(1, 7)]
    for title in more:
        pass_along(office, anna, title)
    browser = office.signed_in(anna)
    assert office.send("GET", f"/me/card?{chosen(*more)}", client=browser).status == 200
    answer = office.send("GET", f"/me/card?{chosen(*more, TITLES[0])}", client=browser)
    assert "At most 6 titles fit on the card" in answer.text
    assert answer.text.count(" checked") == 7


HOSTILE = "</text><script>alert(1)</script><image href='https://evil.example/x'/>\"'&\u202e"


def test_a_hostile_title_is_text(office: Office) -> None:
    pass_along(office, anna, HOSTILE)
    browser = office.signed_in(anna)
    answer = office.send("GET", f"/me/card.svg?{chosen(HOSTILE)}", client=browser)
    assert "evil.example" not in answer.text, "it holds an address: the page's path stands there"
    assert any(text.startswith("/-text-script-") for text in said_on(answer.text))
    pass_along(office, anna, "<script>alert(1)</script> \"'&")
    query = chosen("<script>alert(1)</script> \"'&")
    answer = office.send("GET", f"/me/card.svg?{query}", client=browser)
    assert "<script>alert(1)</script> \"'&" in said_on(answer.text)
    assert "<script>alert" not in answer.text
    assert "<script>alert" not in office.send("GET", f"/me/card?{query}", client=browser).text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "nl", "ja", "ar"])
def test_a_card_speaks_the_language_of_the_person_and_goes_on_doing_so(office: Office, language: str) -> None:
    browser = office.signed_in(anna)
    browser.set_cookie("along-language", language, domain="along.example")
    address = publish(office, browser, chosen(TITLES[0]))
    svg = office.send("GET", address).text
    assert f'xml:lang="{language}"' in svg
    assert ('direction="rtl"' in svg) is (language == "ar")
    assert ("this month" in svg) is (language == "en")
    assert said_on(svg)


def test_long_titles_are_cut_and_right_to_left_titles_are_right_aligned() -> None:
    long = Words("x" * 200, "1,234,567", "word " * 80, ("y" * 200, "النحل في الشتاء", "冬" * 60), rtl=False)
    for words in (long, Words(long.where, long.number, "冬" * 200, long.titles, rtl=True)):
        made = drawn(words)
        assert max(text.y for text in made.texts) < 630
        assert all(len(text.said) < 90 and 0 < text.x < WIDTH for text in made.texts)
        assert made.block_x >= 0
        assert made.block_x + made.block_width <= WIDTH
    titles = [text for text in drawn(long).texts if text.kind == "title"]
    assert [(text.direction, text.side) for text in titles] == [("ltr", "start"), ("rtl", "end"), ("ltr", "start")]
    full = drawn(Words(long.where, "5", long.sentence, long.titles, rtl=False, thanks="thanks " * 40))
    assert full.texts[-1].kind == "thanks"
    assert max(text.y for text in full.texts) < 630
    assert wrapped("one two three", 5, 2) == ["one two", "three"]
    assert wrapped("one two three four five", 5, 2)[-1].endswith("…")
