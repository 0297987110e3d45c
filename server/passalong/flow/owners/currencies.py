"""Currencies of a site: what its rule may name, and the hint about an order in another one."""

from passalong.core.terms.model import Terms
from passalong.core.terms.per_currency import each_currency
from passalong.store.sites import Site


def untaken(site: Site | None, document: Terms) -> list[str]:
    """Return a problem for each currency that the terms name and the site does not take."""
    named = dict.fromkeys(amount.unit for goal in document.goals for amount in each_currency(goal))
    return [
        f"This site does not take {unit}: add it to `further_currencies` in the settings first."
        for unit in named
        if site is not None and unit not in site.units
    ]


def currency_hint(site: Site, currency: str | None) -> dict[str, object]:
    """Return the currencies that the site takes and a sentence, or nothing if it takes this one."""
    if currency is None or currency in site.currencies:
        return {}
    currencies = ", ".join(f"`{currency}`" for currency in site.currencies)
    words = (
        f"This site takes {currencies}, so an order in {currency} is on record and pays no money. "
        "Add the currency under Settings in the console, or with `passalong settings set SITE further_currencies=…`."
    )
    return {"currencies": list(site.currencies), "words": words}
