"""The colours of the pages: every text and every edge has its contrast, in light and in dark (WCAG 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

from passalong.web.http import assets

CSS = (Path(assets.__file__).parents[1] / "static" / "app.css").read_text()
GROUNDS = ("paper", "sheet", "band")
TEXTS = ("ink", "ink-2", "pine", "pine-2", "clay", "amber")
EDGES = ("edge", "focus")
MARKED = "#13211A"
"""What is written on the highlighter, in both schemes."""


def colours(scheme: str) -> dict[str, str]:
    """The colours of a scheme: of light those at the root, of dark each of the two blocks that say them."""
    blocks = re.findall(r":root[^{}]*\{([^{}]*--paper:[^{}]*)\}", CSS)
    assert len(blocks) == 3
    light, *darks = (dict(re.findall(r"--([\w-]+):(#[0-9A-Fa-f]{3,6})\b", block)) for block in blocks)
    assert darks[0] == darks[1], "dark by the system and dark by choice are one"
    return light if scheme == "light" else light | darks[0]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_stand_out_from_every_ground(scheme: str) -> None:
    found = colours(scheme)
    low = {
        (name, ground): round(contrast(found[name], found[ground]), 2)
        for names, least in ((TEXTS, 4.5), (EDGES, 3.0))
        for name in names
        for ground in GROUNDS
        if contrast(found[name], found[ground]) < least
    }
    assert low == {}
    assert contrast(MARKED, found["mark"]) >= 4.5
    assert contrast(found["paper"], found["pine"]) >= 4.5, "what stands on a button"


def test_contrast_is_measured_as_everybody_measures_it() -> None:
    assert contrast("#000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFF") == pytest.approx(4.48, abs=0.01)
