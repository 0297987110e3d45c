"""What the Bee Almanac is: its articles, what its shop sells, and the rule by which it gives back."""

from msgspec import Struct

from passalong.core.money import MICROS, POINTS
from passalong.core.terms import Goal, Terms

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
        """The price for people to read, like `8.50 EUR`."""
        return f"{self.price_minor / 100:.2f} {CURRENCY}"


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
    """Where the almanac is: on another host name than Passalong, so that the two are truly two sites."""
    return f"http://localhost:{demo_port}"


def terms() -> Terms:
    """10 points for somebody new, 10 % of a purchase; what a link leads to counts for 30 days and is held for 14."""
    return Terms(
        goals=(
            Goal(name="new_visitor", unit=POINTS, fixed_micros=10 * MICROS),
            Goal(name=PURCHASE, unit=CURRENCY, rate_bp=1_000),
        ),
        window_days=30,
        hold_days=14,
    )
