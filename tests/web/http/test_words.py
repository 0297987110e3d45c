"""How the pages speak: nobody is hurried, ranked or praised, no word of the trade, and no exclamation marks."""

import json
import re
from pathlib import Path

import pytest

import passalong
from passalong.core.reasons import REASON_WORDS

HERE = Path(passalong.__file__).parent
PRESSING = (
    "hurry", "last chance", "don't miss", "don’t miss", "only today", "leaderboard", "streak", "badge", "level up",
    "top sharer", "rank", "congratulations", "awesome", "amazing", "you are missing", "limited time", "act now",
)  # fmt: skip
OF_THE_TRADE = (
    "user", "lead", "funnel", "affiliate", "commission", "downline", "viral", "growth", "traffic", "tracking",
)  # fmt: skip


def english() -> dict[str, str]:
    """Every string that a page or an e-mail may say, by where it stands."""
    found: dict[str, str] = {f"reason {name}": words for name, words in REASON_WORDS.items()}
    for path in sorted((HERE / "i18n" / "en").glob("*.json")):
        for key, said in json.loads(path.read_text()).items():
            forms = said.values() if isinstance(said, dict) else [said]
            found |= {f"{path.stem}.{key} {number}": form for number, form in enumerate(forms)}
    return found | {where: _words_of(text) for where, text in templates().items()}


def templates() -> dict[str, str]:
    """Every template, by its path below web."""
    web = HERE / "web"
    return {path.relative_to(web).as_posix(): path.read_text() for path in sorted(web.rglob("*.html"))}


def _words_of(template: str) -> str:
    """A template's own words: without comments, code, script addresses and the doctype."""
    without = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype html>|<[^>]*>|&[a-z]+;", " ", template, flags=re.S)
    return " ".join(without.split())


def presses(words: str) -> list[str]:
    """The words in it that hurry, rank or sell."""
    low = words.lower()
    loud = ["!"] if "!" in words else []
    return (
        loud
        + [word for word in PRESSING if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", low)]
        + [word for word in OF_THE_TRADE if re.search(rf"(?<![a-z-]){word}s?(?![a-z-])", low)]
    )


def test_nobody_is_pressed_and_nothing_is_sold() -> None:
    said = english()
    assert len(said) > 300
    assert {where: found for where, words in said.items() if (found := presses(words))} == {}


@pytest.mark.parametrize(
    "words",
    [
        "Hurry, only today",
        "You earned a badge",
        "Well done!",
        "Our top sharers: your rank",
        "New users",
        "Leads and traffic",
    ],
)
def test_such_words_would_be_found(words: str) -> None:
    assert presses(words)


@pytest.mark.parametrize("words", ["They passed it on.", "The way there led to you.", "Frank used what is ready."])
def test_innocent_words_are_left_alone(words: str) -> None:
    assert presses(words) == []


def test_sentences_are_short_enough_to_read() -> None:
    """The middle sentence has at most twenty words, and none more than forty-five."""
    sentences = [
        len(sentence.split())
        for where, words in english().items()
        if not where.endswith(".html")
        for sentence in re.split(r"(?<=[.:?])\s", words)
        if len(sentence.split()) > 3
    ]
    assert sorted(sentences)[len(sentences) // 2] <= 20
    assert max(sentences) <= 45


def test_no_box_is_ticked_beforehand() -> None:
    """A tick stands only where a person put it: every `checked` hangs on a condition."""
    conditional = re.compile(r"\{%-?\s*if [^%]*%\}\s*checked\s*\{%-?\s*endif\s*-?%\}")
    pages = templates()
    assert any(conditional.search(text) for text in pages.values())
    assert [name for name, text in pages.items() if re.search(r"\schecked\b", conditional.sub("", text))] == []
