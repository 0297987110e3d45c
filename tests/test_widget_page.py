"""docs/widget.md against the widget's sources and types: every name is in the page, and the page has no other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "widget" / "src"
TYPES = (ROOT / "widget" / "packages" / "widget" / "pass-along.d.ts").read_text()
CALLS = (ROOT / "widget" / "packages" / "widget" / "index.d.ts").read_text()
PAGE = (ROOT / "docs" / "widget.md").read_text()
FROM_HTML = {"title", "lang"}
"""Attributes that every element has as properties."""
LOADER = "load"
"""The package's own function, which is not a call of the script."""
NO_TYPED_CALL = {"moved"}
"""A call for pages without a bundler."""
BY_HELPERS = r"make(?:Button|Link)\(\"([a-z]+)\""
BY_LIST = r"part\.add\(\"([a-z]+)\"\)"
BY_PROPERTY = r"\bpart: \"([a-z]+)\""
BY_STATE = (r"\.part = \w+ \? \"([a-z ]+)\"", r"\.part = \w+ \? \"[a-z ]+\" : \"([a-z ]+)\"")
ELEMENTS = SOURCES / "elements"
"""<pass-credit> and <pass-book>: a bundle and a page of their own."""
ELEMENTS_PAGE = (ROOT / "docs" / "credit-in-your-app.md").read_text()


def sources(pattern: str, *kinds: str) -> set[str]:
    """Return what a pattern finds in the sources of these kinds."""
    files = [path for kind in kinds for path in SOURCES.rglob(f"*.{kind}") if ELEMENTS not in path.parents]
    return {name for path in files for name in re.findall(pattern, path.read_text())}


def parts(*files: Path) -> set[str]:
    """Return the parts that these sources make."""
    patterns = (BY_HELPERS, BY_PROPERTY, BY_LIST, *BY_STATE)
    names = [name for path in files for pattern in patterns for name in re.findall(pattern, path.read_text())]
    return {part for name in names for part in name.split()}


def listed(heading: str) -> dict[str, str]:
    """Return the names of a section's table, each with the rest of its row."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    [text] = [one for one in section if one.startswith(heading)]
    rows = re.findall(r"^\| `([\w:-]+)(?:\([^)]*\))?` \|(.*)$", text, re.MULTILINE)
    assert len(rows) == len(dict(rows)), f"a name stands twice in {heading}"
    return dict(rows)


def typed(name: str) -> dict[str, str]:
    """Return the members of an interface of pass-along.d.ts with their types."""
    found = re.search(rf"interface {name} {{(.*?)^}}", TYPES, re.DOTALL | re.MULTILINE)
    assert found
    return dict(re.findall(r"^  (\w+)\??: (.*);$", found[1], re.MULTILINE))


def test_the_attributes_are_those_of_the_element_and_of_its_types() -> None:
    [properties] = sources(r'const NAMES = "([a-z ]+)"\.split', "js")
    assert set(listed("`<pass-along>`")) == {*properties.split(), *FROM_HTML} == set(typed("PassAlongAttributes"))
    assert set(listed("`<pass-quote>`")) == set(typed("PassQuoteAttributes"))


@pytest.mark.parametrize("name", [name for name, kind in typed("PassAlongAttributes").items() if kind.startswith('"')])
def test_an_attribute_with_a_list_of_values_names_each(name: str) -> None:
    values = re.findall(r'"([a-z]+)"', typed("PassAlongAttributes")[name])
    assert re.findall(r"`([a-z]+)`", listed("`<pass-along>`")[name].split("|")[0]) == values


def test_the_parts_are_those_that_the_sources_make() -> None:
    assert set(listed("Parts\n")) == parts(*(path for path in SOURCES.rglob("*.js") if "elements" not in path.parts))


def test_the_elements_of_the_credit_have_these_attributes_and_parts() -> None:
    files = [*(SOURCES / "elements").glob("*.js")]
    observed = [re.findall(r"observedAttributes = \[(.*?)\]", path.read_text()) for path in files]
    names = {name for found in observed for text in found for name in re.findall(r'"([a-z-]+)"', text)}
    assert set(listed("`<pass-credit>`")) == names
    assert set(listed("Parts of the credit")) == parts(*files)


def test_the_custom_properties_are_those_that_the_style_sheets_read() -> None:
    assert set(listed("Custom properties")) == sources(r"var\((--along-[a-z-]+)", "css", "js")


def test_the_events_are_those_of_the_types_and_those_that_the_sources_send() -> None:
    assert set(listed("Events")) == set(re.findall(r'"(along:[a-z]+)":', TYPES))
    sent = sources(r"emit\([\w.]+, ([^{;]*)", "js")
    names = {name for event in sent for name in re.findall(r'"([a-z]+)"', event)}
    assert {f"along:{name}" for name in names} == set(listed("Events"))


def test_the_calls_are_those_of_the_script_and_of_the_package() -> None:
    api = (SOURCES / "api.js").read_text().partition("const api = {")[2].partition("\n  };")[0]
    assert set(listed("Calls")) == set(re.findall(r"^    (?:async )?(\w+)[,:(]", api, re.MULTILINE))
    assert set(listed("Calls")) - NO_TYPED_CALL == set(re.findall(r"^export function (\w+)", CALLS, re.M)) - {LOADER}


def test_the_page_of_the_elements_has_their_attributes_parts_properties_and_states() -> None:
    text = "".join(path.read_text() for path in sorted(ELEMENTS.iterdir()))
    [attributes] = re.findall(r'observedAttributes = \["token", ([^\]]*)\]', text)
    names = {"token", *re.findall(r'"([a-z-]+)"', attributes)}
    names |= set(re.findall(BY_PROPERTY, text)) | set(re.findall(r'makeButton\("([a-z]+)"', text))
    names |= set(re.findall(r"var\((--along-[a-z-]+)", text)) | set(re.findall(r'_(?:say|show)\("([a-z-]+)"', text))
    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in ELEMENTS_PAGE} == set()


@pytest.mark.parametrize("picture", sorted(re.findall(r"\(pictures/([\w-]+\.png)\)", PAGE)))
def test_a_picture_is_there_and_its_words_say_what_is_on_it(picture: str) -> None:
    assert (ROOT / "docs" / "pictures" / picture).read_bytes().startswith(b"\x89PNG")
    words = re.search(rf"!\[(.*?)\]\(pictures/{re.escape(picture)}\)", PAGE)
    assert words
    assert len(words[1]) > 20


def test_every_picture_of_the_widget_is_in_the_page() -> None:
    drawn = {path.name for path in (ROOT / "docs" / "pictures").glob("widget-*.png")}
    assert drawn == set(re.findall(r"\(pictures/([\w-]+\.png)\)", PAGE))
