"""What may stand on a card that everybody sees: titles as text, the page's path for what is none."""

import pytest

from passalong.core.cards import LONGEST_TITLE, title_on_card

PAGE = "https://bees.example/bees-in-winter?x=1"
TITLES = [
    ("Bees in winter", "Bees in winter"),
    ("  Bees \n in\twinter ", "Bees in winter"),
    ("<b>Bees</b> & wasps", "<b>Bees</b> & wasps"),
    ("النحل في الشتاء", "النحل في الشتاء"),
    ("क्\u200dष", "क्\u200dष"),
    ("冬のミツバチ", "冬のミツバチ"),
    ("\u202eseeB\u202c in winter", "seeB in winter"),
    ("\u2066Bees\u2069\ufeff\u200b", "Bees"),
    ("Bees\x00\x1b[31m", "Bees[31m"),
    ("", "/bees-in-winter"),
    (" \u200b\u200d ", "/bees-in-winter"),
    ("https://evil.example/win", "/bees-in-winter"),
    ("Win at www.evil.example", "/bees-in-winter"),
    ("Win at WWW.evil.example", "/bees-in-winter"),
    ("Verify your account at evil.example", "/bees-in-winter"),
    ("Win at evil．example", "/bees-in-winter"),  # noqa: RUF001 - a full-width dot
    ("Support: +49 (30) 123-45 67", "/bees-in-winter"),
    ("Ask @honey_support", "/bees-in-winter"),
    ("Bees 2.0, 1.50 a jar, since 1987", "Bees 2.0, 1.50 a jar, since 1987"),
    ("Bees. And wasps", "Bees. And wasps"),
    ("Node.js in bee yards, 2026-11-28", "Node.js in bee yards, 2026-11-28"),
    ("x" * LONGEST_TITLE, "x" * LONGEST_TITLE),
    ("x" * (LONGEST_TITLE + 1), "x" * (LONGEST_TITLE - 1) + "…"),
]


@pytest.mark.parametrize(("title", "said"), TITLES)
def test_a_title_is_text_that_leads_nowhere(title: str, said: str) -> None:
    assert title_on_card(title, PAGE) == said
