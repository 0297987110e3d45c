"""The choices of the appearance page: its fields, how they are read, and the problems of what was typed. Pure."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from passalong.core.names.lines import is_one_line

LAYOUTS = ("button", "row", "bar")
LOOKS = ("outline", "solid", "plain", "icon")
SIZES = ("m", "s", "l")
ICONS = ("on", "off")
LISTS = {"as": LAYOUTS, "look": LOOKS, "size": SIZES, "icons": ICONS}
"""Fields with a list of values; the first of each is the widget's default."""
USUAL = ("email", "whatsapp", "mastodon", "bluesky", "linkedin", "x", "facebook", "reddit")
"""The targets that are shown where the owner names none, in their order."""
NAMES = {
    "email": "E-mail", "whatsapp": "WhatsApp", "mastodon": "Mastodon", "bluesky": "Bluesky", "linkedin": "LinkedIn",
    "x": "X", "facebook": "Facebook", "reddit": "Reddit", "sms": "SMS", "threads": "Threads", "telegram": "Telegram",
    "hn": "Hacker News", "lobsters": "Lobsters", "pinterest": "Pinterest", "tumblr": "Tumblr",
    "teams": "Microsoft Teams", "line": "LINE", "xing": "XING", "viber": "Viber", "flipboard": "Flipboard",
    "diaspora": "diaspora*", "vk": "VK", "ok": "OK", "weibo": "Weibo", "qzone": "Qzone",
}  # fmt: skip
"""Every target by its key, as widget/src/targets.js calls it; the usual ones come first."""
PINE, WHITE = "#0b5d44", "#ffffff"
LONGEST_LABEL, MOST_HASHTAGS, LONGEST_HASHTAG = 40, 10, 40
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_ACCOUNT = re.compile(r"@?[A-Za-z0-9_]{1,15}")
_SHOWN = 60
"""So many characters of a wrong value are repeated in the sentence about it."""


class Choice(Struct, frozen=True):
    """The owner's choice: values of the widget's attributes, the background of their page, every target in order."""

    layout: str
    look: str
    size: str
    icons: str
    label: str
    hashtags: str
    via: str
    colour: str
    page: str
    order: tuple[str, ...]
    shown: tuple[str, ...]


class Reading(Struct, frozen=True):
    """A choice, what was typed where it differs from it, and problems as (message, parameters) by field."""

    choice: Choice
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)


def read_choice(form: Mapping[str, str], order: Sequence[str], usual: Sequence[str]) -> Reading:
    """Read the fields of the page's address.

    A value that is not understood is reported, and the widget's default stands in for it. `order` are the targets in
    the owner's order, empty where the page is opened first; `usual` are those that are ticked.
    """
    reading = Reading(Choice("", "", "", "", "", "", "", PINE, WHITE, (), ()))
    lists = {name: _one_of(reading, name, form.get(name, "")) for name in LISTS}
    return Reading(
        Choice(
            layout=lists["as"],
            look=lists["look"],
            size=lists["size"],
            icons=lists["icons"],
            label=_label(reading, form.get("label", "")),
            hashtags=_hashtags(reading, form.get("hashtags", "")),
            via=_account(reading, form.get("via", "")),
            colour=_colour(reading, "colour", form.get("colour", ""), PINE),
            page=_colour(reading, "page", form.get("page", ""), WHITE),
            order=(every := _moved(_every(reading, [*order, *usual]), form.get("up"), form.get("down"))),
            shown=_shown(reading, [key for key in every if key in usual], is_new=not order and not usual),
        ),
        reading.typed,
        reading.problems,
    )


def _refuse(reading: Reading, name: str, typed: str, **values: str) -> None:
    reading.typed[name] = typed
    reading.problems[name] = (name, {"typed": typed[:_SHOWN], **values})


def _one_of(reading: Reading, name: str, typed: str) -> str:
    if typed and typed not in LISTS[name]:
        _refuse(reading, name, typed)
    return typed if typed in LISTS[name] else LISTS[name][0]


def _label(reading: Reading, typed: str) -> str:
    label = " ".join(typed.split())
    if len(label) <= LONGEST_LABEL and is_one_line(label):
        return label
    _refuse(reading, "label", typed, most=str(LONGEST_LABEL))
    return ""


def _hashtags(reading: Reading, typed: str) -> str:
    tags = [tag.removeprefix("#") for tag in re.split(r"[\s,]+", typed) if tag]
    wrong = [tag for tag in tags if not re.fullmatch(r"\w+", tag) or len(tag) > LONGEST_HASHTAG]
    if not wrong and len(tags) <= MOST_HASHTAGS:
        return " ".join(dict.fromkeys(tags))
    _refuse(reading, "hashtags", typed, most=str(MOST_HASHTAGS), longest=str(LONGEST_HASHTAG))
    return ""


def _account(reading: Reading, typed: str) -> str:
    account = typed.strip()
    if not account or _ACCOUNT.fullmatch(account):
        return account.removeprefix("@")
    _refuse(reading, "via", typed)
    return ""


def _colour(reading: Reading, name: str, typed: str, usual: str) -> str:
    colour = typed.strip().lower()
    if not colour or _COLOUR.fullmatch(colour):
        return colour or usual
    _refuse(reading, name, typed)
    return usual


def _every(reading: Reading, named: Sequence[str]) -> tuple[str, ...]:
    """Return every target, those that are named first."""
    unknown = [key for key in named if key not in NAMES]
    if unknown:
        _refuse(reading, "targets", " ".join(dict.fromkeys(unknown)))
    return tuple(dict.fromkeys((*(key for key in named if key in NAMES), *NAMES)))


def _shown(reading: Reading, ticked: Sequence[str], *, is_new: bool) -> tuple[str, ...]:
    if not ticked and not is_new and "targets" not in reading.problems:
        reading.problems["targets"] = ("targets_none", {})
    return tuple(ticked) or USUAL


def _moved(order: tuple[str, ...], up: str | None, down: str | None) -> tuple[str, ...]:
    """Move one target a place up or down."""
    targets = list(order)
    for key, by in ((up, -1), (down, 1)):
        if key in targets:
            place = targets.index(key)
            targets.insert(max(0, place + by), targets.pop(place))
    return tuple(targets)
