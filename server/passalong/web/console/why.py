"""`/console/<site>/why/<event>`: one event as it was recorded, what it was matched to, and what came of it."""

import re
from collections import Counter
from fractions import Fraction
from functools import partial
from typing import Any

import msgspec
from flask import Blueprint, render_template

from passalong.core.attribution.allocate import KEPT
from passalong.core.decisions import DECISIONS
from passalong.core.facts import About
from passalong.core.ledger.explanation import Style, words_of
from passalong.core.ledger.receipts import Receipt, ReceiptLine, RefereeReward
from passalong.core.reasons import REASON_WORDS
from passalong.i18n.formatting import exact_money
from passalong.store.queries import event_detail
from passalong.store.queries.event_detail import EventDetail
from passalong.store.sites import Site
from passalong.web.console.event_words import recorded, row_of
from passalong.web.http.auth import owner_of
from passalong.web.http.errors import RefusalError
from passalong.web.http.line_words import author_words
from passalong.web.http.services import current_services

bp = Blueprint("console_why", __name__)
BY_LINKS = ("conversion", "visit")
"""Kinds of receipts that links lead to; all others are explained by their words alone."""
ADVOCATE = re.compile(r"[a-z2-7]{16}")


@bp.get("/console/<site_id>/why/<path:subject>")
def explain(site_id: str, subject: str) -> str:
    """Show one event."""
    return page(owner_of(site_id), subject)


def page(site: Site, subject: str, errors: dict[str, str] | None = None, note: str = "") -> str:
    """Render the page of an event, with what a decision about it could not take."""
    services = current_services()
    with services.db.reading() as session:
        detail = event_detail.find_event(session, site.site_id, subject)
        if detail is None:
            raise RefusalError(404, "There is no event at this address. It may not have been processed yet.")
        receipt = detail.receipt
        by_links = receipt is not None and receipt.kind in BY_LINKS
        steps = event_detail.steps_of(session, site.site_id, receipt) if receipt and by_links else []
    return render_template(
        "console/why.html",
        site=site,
        found=detail,
        row=row_of(detail.line, site) if detail.line else None,
        fields=[*(recorded(detail.event) if detail.event else []), *_metadata(detail)],
        steps=steps,
        receipt=_shown(receipt, site) if receipt else None,
        decide=_decisions(detail),
        errors=errors or {},
        note=note,
    )


def _metadata(detail: EventDetail) -> list[tuple[str, str]]:
    return [(f"metadata.{name}", value) for name, value in detail.metadata.items()]


def _decisions(detail: EventDetail) -> dict[str, Any] | None:
    """Return what can be decided about the event; None for events that no decision is made about."""
    kind, _, event_id = detail.subject.partition(":")
    if detail.receipt is None or kind not in ("conversion", "given", "visit"):
        return None
    about: About = "visit" if kind == "visit" else "conversion"
    return {
        "about": about,
        "subject_id": detail.subject if kind == "given" else event_id,
        "acts": [action for action in DECISIONS[about] if (action, kind) != ("hold", "given")],
    }


def _referee(reward: RefereeReward, unit: str) -> dict[str, Any]:
    """Return the line of the referee reward, which waits if the person who came is not known yet."""
    is_named = reward.recipient != KEPT
    return {
        "who": f"guest {reward.recipient[:4]}, who came" if is_named else "The person who came",
        "advocate_id": reward.recipient if is_named else "",
        "level": None,
        "fraction": "a reward of their own" + ("" if is_named else ", kept until they are known"),
        "amount_micros": reward.amount_micros,
        "unit": unit,
    }


def _level(line: ReceiptLine) -> int:
    return min((part.level for part in line.parts), default=0)


def _amount(micros: int | Fraction, unit: str | None) -> str:
    """Return an amount of the arithmetic as pages write it; what is less than a millionth is cut and said so."""
    words = exact_money(int(micros), unit or "")
    return words if Fraction(micros).denominator == 1 else f"{words} and a fraction"


def _person(name: str, site: Site) -> str:
    """Return who a receipt names: a person who shared, or the author of a decision."""
    return f"guest {name[:4]}" if ADVOCATE.fullmatch(name) else author_words(name, site.name)


def _words(receipt: Receipt, site: Site) -> list[str]:
    """Return the receipt as sentences, without its status and its decisions, which the page shows elsewhere."""
    words = words_of(receipt, Style(_amount, partial(_person, site=site), REASON_WORDS.__getitem__))
    return words[1 : len(words) - len(receipt.decisions)]


def _sums(lines: list[dict[str, Any]], receipt: Receipt) -> dict[str, int]:
    """Return the total of each unit: every row of the table, the monthly pool's as well."""
    sums = Counter({pot.unit: pot.pool_micros for pot in receipt.pots if pot.pool_micros})
    for line in lines:
        sums[line["unit"]] += line["amount_micros"]
    return dict(sums)


def _shown(receipt: Receipt, site: Site) -> dict[str, Any]:
    lines = [
        {
            "who": f"guest {line.recipient[:4]}",
            "advocate_id": line.recipient,
            "level": min((part.level for part in line.parts), default=None),
            "fraction": " + ".join(f"{part.touch_share} × {part.level_share}" for part in line.parts),
            "amount_micros": line.amount_micros,
            "unit": receipt.unit_of(line),
        }
        for line in sorted(receipt.lines, key=_level)
        if receipt.unit
    ]
    lines += [_referee(reward, pot.unit) for pot in receipt.pots if (reward := pot.referee_reward) is not None]
    return {
        "by_links": receipt.kind in BY_LINKS,
        "status": receipt.status,
        "reason": receipt.reason,
        "reason_words": REASON_WORDS[receipt.reason] if receipt.reason else None,
        "lines": lines,
        "sums": _sums(lines, receipt),
        "pots": receipt.pots,
        "at_ms": receipt.at_ms,
        "gross_micros": receipt.gross_micros,
        "refunded_micros": receipt.refunded_micros,
        "currency": receipt.currency,
        "terms_version": receipt.terms_version,
        "decisions": receipt.decisions,
        "words": _words(receipt, site),
        "json": msgspec.to_builtins(receipt),
    }
