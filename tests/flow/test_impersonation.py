"""Public names and personal codes that pretend to be the site, a role or a company; and names of real people."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import pytest

from passalong.flow.impersonation import impersonates
from passalong.store.sites import Site

SHOP = Site("bees01", "Honey Corner", "https://www.honeycorner.example", (), "UTC", "EUR", "visit", "on", 0)
SHORT = Site("ana001", "Ana", "https://ana.example", (), "UTC", "EUR", "visit", "on", 0)

PRETENDING = [
    "Shop A Support",
    "PayPal",
    "Pay Pal",
    "P-a-y-P-a-l",
    "PayPal 24",
    "Paypa1",
    "раураl",  # Cyrillic, but for the l
    "РауРаӏ",  # Cyrillic altogether
    "Verify your account",
    "Аdmin",  # a Cyrillic A
    "Adm1n",
    "ADMIN",
    "Ádmìn",
    "𝐀𝐝𝐦𝐢𝐧",
    "Admin Team",
    "AdminTeam",
    "Админ",
    "Official Anna",
    "Honey Corner",
    "H0ney-C0rner",
    "honeycorner.help",
    "Anna (Honey Corner)",
    "Ηoney Corner",  # a Greek capital eta
    "Kundendienst",
    "Service client",
    "Soporte",
    "サポート担当",
    "はちみつ公式",
    "الدعم",
    "Annа",  # a Cyrillic a at the end
    "Moderators",
    "Geschäftsführung",
    "Kundenbetreuung",
    "Servicio al cliente",
    "Klantendienst",
    "Serviço de apoio",
    "Служба поддержки",
    "خدمة العملاء",
    "客服中心",
    "고객센터",
    "店長ゆい",
    "Apple Pay",
    "Your Bank",
    "Trust Pilot",
    "You won",
    "ᴀᴅᴍɪɴ",
    "Suppørt",
    "Pay Ƥal",
]
PEOPLE = [
    "Ana",
    "Anna Schmidt-Müller",
    "Joe Root",
    "Oscar Wise",
    "Fiona Apple",
    "Иван Петров",
    "Анна",
    "Anna Иванова",
    "Ελένη",
    "さくら",
    "田中 ゆい",
    "ゆいTanaka",
    "김민준",
    "محمد",
    "Siobhán O'Brien",
    "Nguyễn Văn A",
    "Honey",
    "Corner",
    "Badminton Berta",
    "Accountant Ada",
    "Steve 64",
    "Visa Vuori",
    "Tyra Bank",
    "Søren Kierkegaard",
    "Łukasz Shop",
    "Teresa Pagola",
    "Paya Your",
]
SITES = [
    ("Honey Corner GmbH", "https://honey.example", "Honey Corner"),
    ("Bees", "https://honey-corner.example", "Honey Corner"),
    ("Bees", "https://honey-corner.co.uk", "Honey Corner"),
    ("Bees", "https://shop.honeycorner.com.au", "Honey Corner"),
    ("Bees", "https://xn--bckerei-5wa.example", "Bäckerei"),
]


@pytest.mark.parametrize("name", PRETENDING)
def test_a_name_that_pretends_is_refused(name: str) -> None:
    assert impersonates(name, SHOP)


@pytest.mark.parametrize("name", PEOPLE)
def test_names_of_people_are_not(name: str) -> None:
    assert not impersonates(name, SHOP)


def test_the_name_of_a_site_that_is_short_is_refused_as_a_word_of_its_own_alone() -> None:
    assert impersonates("Ana", SHORT)
    assert impersonates("Ana Shop", SHORT)
    assert not impersonates("Mariana", SHORT)


@pytest.mark.parametrize(("name", "url", "own"), SITES)
def test_a_site_is_known_by_its_name_without_legal_form_and_by_its_host(name: str, url: str, own: str) -> None:
    site = Site("bees01", name, url, (), "UTC", "EUR", "visit", "on", 0)
    assert impersonates(f"Anna of {own}", site)
    assert not any(impersonates(word, site) for word in ("Coco", "Anna Comstock", "Gmbhanna"))


@pytest.mark.parametrize(
    "word",
    ["free-money", "contact", "admin", "official", "paypal", "pay-pal", "paypa1", "root", "honey-corner", "adm1n2"],
)
def test_a_code_that_pretends_is_refused(word: str) -> None:
    assert impersonates(word, SHOP)


@pytest.mark.parametrize("word", ["joe-root", "ana", "bee-lover", "anna2026", "honey-fan", "corner-anna", "badminton"])
def test_a_code_of_ones_own_is_not(word: str) -> None:
    assert not impersonates(word, SHOP)


@pytest.mark.parametrize(
    "code", ["help-center", "legal-notice", "privacy-policy", "wise-transfer", "api-key", "mail-box"]
)
def test_a_code_stands_in_addresses_so_more_words_are_refused(code: str) -> None:
    assert impersonates(code, SHOP, code=True)
    assert not impersonates(code, SHOP)


@pytest.mark.parametrize("name", ["Peter Seller", "Maria Conta", "Won Lee"])
def test_names_of_people_are_not_refused(name: str) -> None:
    assert not impersonates(name, SHOP)
