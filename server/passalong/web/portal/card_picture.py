"""The picture of a card, laid out on the server: a highlighted number, a sentence, titles. SVG, and text stays text.

The reader's fonts and their widths are unknown here: lines are cut by an estimate that is rather too wide. Text that
reads from right to left is aligned to the right.
"""

import unicodedata

from msgspec import Struct

WIDTH, HEIGHT = 1200, 630
EDGE = 120
"""The distance of text from the sides."""
SENTENCE, TITLE, SMALL, NUMBER = 54, 34, 30, 120
TOP = 130
BLOCK = 150
GAP = 40
NARROW = frozenset(" .,:;!'|()[]ijlrtfI’‘")


class Words(Struct, frozen=True):
    """The words of a card in one language: site and month, the number as it is written, a sentence, and thanks."""

    where: str
    number: str
    sentence: str
    titles: tuple[str, ...]
    rtl: bool
    thanks: str = ""


class Text(Struct, frozen=True):
    """A line of text: its position and size; `side` and `direction` as in SVG."""

    said: str
    x: int
    y: int
    size: int
    kind: str
    side: str = "start"
    direction: str = "ltr"


class Drawing(Struct, frozen=True):
    """The elements of a card: the yellow block, lines, and a dot before each title."""

    block_x: int
    block_y: int
    block_width: int
    margin_x: int
    texts: tuple[Text, ...]
    dots: tuple[tuple[int, int], ...]


def drawn(words: Words) -> Drawing:
    """Lay a card out."""
    down = 0 if words.titles else 90
    block = 60 + round(_ems(words.number) * NUMBER)
    direction = "rtl" if words.rtl else "ltr"

    def at(x: int) -> int:
        return WIDTH - x if words.rtl else x

    beside = EDGE + block + GAP
    lines = wrapped(words.sentence, (WIDTH - 60 - beside) / SENTENCE, 3)
    first = TOP + down + BLOCK // 2 + 18 - (len(lines) - 1) * 32
    texts = [Text(cut(words.where, 1000 / SMALL), at(EDGE), TOP + down - 38, SMALL, "where", direction=direction)]
    texts.append(Text(words.number, at(EDGE + block // 2), TOP + down + 117, NUMBER, "number", "middle", direction))
    texts += [
        Text(line, at(beside), first + number * 64, SENTENCE, "sentence", direction=direction)
        for number, line in enumerate(lines)
    ]
    texts += [_title(title, number, words.rtl) for number, title in enumerate(words.titles)]
    if words.thanks:
        y = 356 + down + len(words.titles) * 46
        texts.append(Text(cut(words.thanks, 980 / TITLE), at(EDGE), y, TITLE, "thanks", direction=direction))
    dots = tuple((at(EDGE + 8), 344 + number * 46) for number in range(len(words.titles)))
    left = at(EDGE + block) if words.rtl else EDGE
    return Drawing(left, TOP + down, block, at(72), tuple(texts), dots)


def _title(title: str, number: int, rtl: bool) -> Text:
    """Lay out a title: aligned with the others, in its own reading direction."""
    reads_rtl = reads_from_right(title)
    x = WIDTH - EDGE - 34 if rtl else EDGE + 34
    side = "start" if reads_rtl == rtl else "end"
    return Text(cut(title, 980 / TITLE), x, 356 + number * 46, TITLE, "title", side, "rtl" if reads_rtl else "ltr")


def reads_from_right(text: str) -> bool:
    """Return True if the first letter with a direction goes from right to left."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def wrapped(text: str, ems: float, most: int) -> list[str]:
    """Wrap the text into lines; the last one is cut. Without spaces, anywhere."""
    pieces = text.split(" ") if " " in text else list(text)
    joiner = " " if " " in text else ""
    lines: list[str] = []
    line = ""
    for piece in pieces:
        longer = f"{line}{joiner}{piece}" if line else piece
        if line and _ems(longer) > ems and len(lines) < most - 1:
            lines.append(line)
            longer = piece
        line = longer
    return [cut(line, ems) for line in [*lines, line]]


def cut(text: str, ems: float) -> str:
    """Cut the text to the room that there is."""
    if _ems(text) <= ems:
        return text
    start = text
    while start and _ems(start) > ems - 1:
        start = start[:-1]
    return start.rstrip() + "…"


def _ems(text: str) -> float:
    """Estimate the width of a text, in widths of a square letter."""
    return sum(map(_em, text))


def _em(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    if sign in NARROW:
        return 0.38
    return 0.76 if sign.isupper() else 0.63
