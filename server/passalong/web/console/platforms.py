"""Where to paste the snippet on each platform: `snippets/platforms/<name>.md`, read once when the console starts."""

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).parents[2] / "snippets" / "platforms"
FIRST = ("html", "wordpress", "shopify", "csp")
"""The platforms that are always in sight; `html` is the one for any page."""
TAG = '<script src="HOST/along/SITE_KEY.js" async></script>'
_CODE = re.compile(r"```(\S*) ?([^\n]*)\n(.*?)\n```", re.DOTALL)


class Block(Struct, frozen=True):
    """A paragraph, or lines to paste with the name of their file, if they are a file."""

    text: str = ""
    lines: str = ""
    file: str = ""


class Platform(Struct, frozen=True):
    """A platform's file: its title, the steps, and further sections by their heading."""

    name: str
    title: str
    steps: tuple[Block, ...]
    sections: Mapping[str, tuple[Block, ...]]

    @property
    def said_tried(self) -> str:
        """Return the sentences on how the platform was tried."""
        return " ".join(block.text for block in self.sections["Tried"])

    @property
    def tried(self) -> str:
        """Return how it was tried: `driven` by a browser or a program, `rendered`, or `written` from documentation."""
        first = self.said_tried.partition(" by ")[0]
        return {"Driven": "driven", "Checked": "rendered"}.get(first, "written")


def read_platform(name: str, text: str) -> Platform:
    """Return a platform from its Markdown: `# title`, the steps, then `## heading` with paragraphs."""
    head, *rest = re.split(r"^## ", text, flags=re.MULTILINE)
    title, _, steps = head.removeprefix("# ").partition("\n")
    sections = dict(part.split("\n", 1) for part in rest)
    return Platform(name, title, _blocks(steps), {heading: _blocks(body) for heading, body in sections.items()})


def _blocks(text: str) -> tuple[Block, ...]:
    """Return paragraphs and code in their order."""
    blocks, at = [], 0
    for match in _CODE.finditer(text):
        blocks += _paragraphs(text[at : match.start()])
        blocks.append(Block(lines=match[3], file=match[2]))
        at = match.end()
    return tuple(blocks + _paragraphs(text[at:]))


def _paragraphs(text: str) -> list[Block]:
    return [Block(text=" ".join(paragraph.split())) for paragraph in text.split("\n\n") if paragraph.strip()]


def _all() -> Mapping[str, Platform]:
    names = sorted(path.stem for path in FOLDER.glob("*.md"))
    ordered = (*FIRST, *(name for name in names if name not in FIRST))
    return {name: read_platform(name, (FOLDER / f"{name}.md").read_text()) for name in ordered}


PLATFORMS = _all()
"""Every platform by its name, the first four first."""
