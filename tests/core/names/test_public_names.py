"""Which names strangers read, and which are none. What a person is called anywhere passes; what pretends does not."""

import pytest

from passalong.core.names.public_names import public_name

NAMES = [
    "Ana",
    "Ana Apiaria of the Hills",
    "Ben 2",
    "J. R. R. Tolkien",
    "Seán O’Neill",
    "D'Arcy",
    "Jean-Luc",
    "'t Hooft",
    "Nguyễn Thị Hạnh",
    "Ольга",
    "أمل الزهراء",
    "יעל",
    "सीता देवी",
    "น้ำผึ้ง",
    "山田 はなこ",
    "マリア・シルバ",
    "김하나",
    "A" * 40,
    "Anna, Ben",
]
NOT_NAMES = {
    "nothing": "",
    "blanks": "  \t ",
    "too long": "A" * 41,
    "an address": "https://evil.example",
    "an address without its scheme": "evil.example",
    "an address in a sentence": "Ana evil.example/x",
    "a host": "www evil",
    "an address in wide letters": "evil\uff0eexample",
    "an e-mail address": "ana@bees.example",
    "a path": "ana/ben",
    "a script": "<script>alert(1)</script>",
    "an entity": "&lt;Ana&gt;",
    "a placeholder": "{name}",
    "a formula": "=1+1",
    "a telephone number": "Ana 0800 12345",
    "a number": "4711",
    "a control character": "Ana\x07",
    "an escape": "Ana\x1b[31m",
    "NUL": "Ana\0",
    "text turned round": "\u202eanA",
    "text that is embedded": "Ana\u202b",
    "text that is isolated": "\u2066Ana\u2069",
    "a mark of direction": "Ana\u200f",
    "a letter that nobody sees": "Ana\u3164",
    "only letters that nobody sees": "\u115f\u1160",
    "a blank of no width": "A\u200bna",
    "a byte order mark": "\ufeffAna",
    "a variation": "Ana\ufe0f",
    "a tag": "Ana\U000e0041",
    "a picture": "Ana \N{HONEYBEE}",
    "a tick": "Ana \N{CHECK MARK}",
    "marks without a letter": "\u0301Ana",
    "marks piled up": "A\u0316\u0317\u0318\u0319",
    "half a character": "Ana\ud83d",
    "private letters": "\ue000na",
    "signs alone": "-.-",
}


@pytest.mark.parametrize("name", NAMES)
def test_common_names_of_people_are_allowed(name: str) -> None:
    assert public_name(name) == name


@pytest.mark.parametrize("what", NOT_NAMES)
def test_misleading_names_are_not_allowed(what: str) -> None:
    assert public_name(NOT_NAMES[what]) == ""


def test_a_name_is_composed_and_has_single_blanks() -> None:
    assert public_name("  Sea\u0301n \n O’Neill ") == "Seán O’Neill"
