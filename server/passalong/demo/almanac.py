"""The Bee Almanac: its articles, its products, and its terms."""

from msgspec import Struct

from passalong.core.money import MICROS, POINTS, micros_from_minor
from passalong.core.terms.model import Goal, Terms
from passalong.i18n.formatting import money

NAME = "Bee Almanac"
SITE_ID = "bees"
CURRENCY = "EUR"
PURCHASE = "purchase"


class Article(Struct, frozen=True):
    """One page to read; its text is `templates/<slug>.html`."""

    slug: str
    title: str
    teaser: str


class Product(Struct, frozen=True):
    """One thing to buy; its drawing has the name of the product."""

    key: str
    name: str
    words: str
    price_minor: int

    @property
    def price(self) -> str:
        """Return the price for people to read, like `€8.50`."""
        return money(micros_from_minor(self.price_minor, CURRENCY), CURRENCY)


ARTICLES = (
    Article("bees-in-winter", "Bees in winter", "They do not sleep. They shiver, in turns, around what they put by."),
    Article(
        "planting-for-pollinators", "Planting for pollinators", "One square metre does, if it flowers early and late."
    ),
    Article("how-a-hive-decides", "How a hive decides", "Three hundred scouts, one new home, and nobody in charge."),
)

PRODUCTS = (
    Product("kit", "Hive kit", "Two boxes, a floor, a roof and twenty frames of spruce, ready to nail.", 4200),
    Product("seeds", "Three-season seeds", "Enough for four square metres: phacelia, knapweed, oregano, aster.", 850),
    Product("book", "The patient beekeeper", "A year at one hive, week by week, with room for your own notes.", 1900),
)


def home_url(demo_port: int) -> str:
    """Return the almanac's address: on another host name than Passalong, so that the two are two sites."""
    return f"http://localhost:{demo_port}"


def terms() -> Terms:
    """Return 10 points for a new visitor, 10 % of a purchase; visits count for 30 days and credit is held for 14."""
    return Terms(
        goals=(
            Goal(name="new_visitor", unit=POINTS, fixed_micros=10 * MICROS),
            Goal(name=PURCHASE, unit=CURRENCY, rate_bp=1_000),
        ),
        window_days=30,
        hold_days=14,
    )
