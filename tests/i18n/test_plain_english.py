"""English strings and templates say things plainly: phrases that readers stumbled over do not come back."""

import json
import re
from pathlib import Path

import passalong

HERE = Path(passalong.__file__).parent
STILTED = (
    "what has no taker",
    "go back to",
    "goes back, ",
    "hangs on this browser",
    "Keep your credit in",
    "Leave it</",
    "equally fine",
    "that stand for somebody",
    "word waits",
    "I alone give",
    "Whoever has kept",
    "What you are written",
    "when it is not done",
    "This should have counted",
    "Decided by itself",
    "decided in favour of who asked",
    "granting ends a review",
    "Nothing here moves money: you do",
    "The code, or why not",
    "You said by",
    "Some lines load the script",
    "allows nothing inline",
    "only what somebody has read",
    "call Passalong themselves",
    "What they say is between us",
    "Nobody is written to yet",
    "Set aside, to be shared out later",
    "The same for machines",
    "Who wants to check the key",
    "Not that way",
    "Not from here",
    "did not make sense here",
    "your ways in",
    "all of it is one",
    "What it was worth",
    "The last lines of your credit",
    "Look at it before it is done",
)


def _texts() -> dict[str, str]:
    strings = {path.name: " ".join(_strings(path)) for path in sorted((HERE / "i18n" / "en").glob("*.json"))}
    return strings | {path.name: path.read_text(encoding="utf-8") for path in sorted((HERE / "web").rglob("*.html"))}


def _strings(path: Path) -> list[str]:
    values = json.loads(path.read_text(encoding="utf-8")).values()
    return [text for value in values for text in (value.values() if isinstance(value, dict) else [value])]


def stilted_in(text: str) -> list[str]:
    """Return the phrases of the list that a text contains."""
    return [phrase for phrase in STILTED if phrase in text]


def test_no_page_says_a_phrase_that_readers_stumbled_over() -> None:
    found = {name: phrases for name, text in _texts().items() if (phrases := stilted_in(text))}
    assert found == {}


def test_no_sentence_begins_with_a_riddle() -> None:
    opening = re.compile(r"(?:^|[.!?] )(?:Whoever|Who comes|What is not|What nobody|What has)\b")
    found = {name: opening.findall(text) for name, text in _texts().items() if opening.search(text)}
    assert found == {}


def test_a_planted_phrase_is_found() -> None:
    assert stilted_in("80% to them; what has no taker goes to the pool.") == ["what has no taker"]
