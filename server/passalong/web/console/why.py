"""`/console/<site>/why/<event>`: one event as it was recorded, what it was matched to, and what came of it."""

from typing import Any

import msgspec
from flask import Blueprint, render_template

from passalong.core.attribution.allocate import KEPT
from passalong.core.decisions import DECISIONS
from passalong.core.facts import About
from passalong.core.ledger.explanation import words_of
from passalong.core.ledger.receipts import Receipt, ReceiptLine, RefereeReward
from passalong.core.reasons import REASON_WORDS
from passalong.store.queries import event_detail
from passalong.store.queries.event_detail import EventDetail
from passalong.store.sites import Site
from passalong.web.console.event_words import recorded, row_of
from passalong.web.http.auth import owner_of
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_why", __name__)


@bp.get("/console/<site_id>/why/<path:subject>")
def explain(site_id: str, subject: str) -> str:
    """Show one event."""
    return page(owner_of(site_id), subject)


def page(site: Site, subject: str, errors: dict[str, str] | None = None, note: str = "") -> str:
    """Render the page of an event, with what a decision about it could not take."""
    services = current_services()
    with services.db.reading() as session:
        found = event_detail.find_event(session, site.site_id, subject)
        if found is None:
            raise RefusalError(404, "No event has this address. It may not be processed yet.")
        steps = event_detail.steps_of(session, site.site_id, found.receipt) if found.receipt else []
    return render_template(
        "console/why.html",
        site=site,
        found=found,
        row=row_of(found.line, site) if found.line else None,
        fields=[*(recorded(found.event) if found.event else []), *_metadata(found)],
        steps=steps,
        receipt=_shown(found.receipt) if found.receipt else None,
        decide=_decisions(found),
        errors=errors or {},
        note=note,
    )


def _metadata(found: EventDetail) -> list[tuple[str, str]]:
    return [(f"metadata.{name}", value) for name, value in found.metadata.items()]


def _decisions(found: EventDetail) -> dict[str, Any] | None:
    """Return what can be decided about the event; None for events that no decision is made about."""
    kind, _, event_id = found.subject.partition(":")
    if found.receipt is None or kind not in ("conversion", "given", "visit"):
        return None
    about: About = "visit" if kind == "visit" else "conversion"
    return {
        "about": about,
        "subject_id": found.subject if kind == "given" else event_id,
        "acts": [one for one in DECISIONS[about] if (one, kind) != ("hold", "given")],
    }


def _referee(reward: RefereeReward, unit: str) -> dict[str, Any]:
    """Return the line of the referee reward, which waits if the person who came is not known yet."""
    known = reward.recipient != KEPT
    return {
        "who": f"guest {reward.recipient[:4]}, who came" if known else "The person who came",
        "advocate_id": reward.recipient if known else "",
        "level": None,
        "fraction": "a reward of their own" + ("" if known else ", kept until they are known"),
        "amount_micros": reward.amount_micros,
        "unit": unit,
    }


def _level(line: ReceiptLine) -> int:
    return min((part.level for part in line.parts), default=0)


def _shown(made: Receipt) -> dict[str, Any]:
    lines = [
        {
            "who": f"guest {line.recipient[:4]}",
            "advocate_id": line.recipient,
            "level": min((part.level for part in line.parts), default=None),
            "fraction": " + ".join(f"{part.touch_share} × {part.level_share}" for part in line.parts),
            "amount_micros": line.amount_micros,
            "unit": made.unit_of(line),
        }
        for line in sorted(made.lines, key=_level)
        if made.unit
    ]
    lines += [_referee(reward, pot.unit) for pot in made.pots if (reward := pot.referee_reward) is not None]
    return {
        "status": made.status,
        "reason": made.reason,
        "reason_words": REASON_WORDS[made.reason] if made.reason else None,
        "lines": lines,
        "pots": made.pots,
        "at_ms": made.at_ms,
        "gross_micros": made.gross_micros,
        "refunded_micros": made.refunded_micros,
        "currency": made.currency,
        "terms_version": made.terms_version,
        "decisions": made.decisions,
        "words": words_of(made),
        "json": msgspec.to_builtins(made),
    }
