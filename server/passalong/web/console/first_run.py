"""The first run: `/start/new` begins the first site, `/console/<site>/begin` asks for its rule and what is kept."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.core.terms.amounts import BadAmountError
from passalong.core.terms.currencies import CURRENCIES
from passalong.core.terms.presets import Preset, preset_of, preset_terms, start_amount
from passalong.core.terms.validation import BadTermsError
from passalong.flow.doctor.examine import platform_of
from passalong.flow.owners import first_run
from passalong.flow.owners.first_run import Asked, Choice, UsedStartLinkError
from passalong.flow.owners.settings import BadSiteSettingsError
from passalong.flow.owners.sites import BadSiteError
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.i18n.catalogue import ENGLISH
from passalong.i18n.rule import reward_words, sharing_words
from passalong.store.sites import Site, in_force, terms_versions
from passalong.web.http.auth import acting_owner, browser_label, owner_of, refuse_cross_site, remember_owner
from passalong.web.http.errors import UsedLinkError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("first_run", __name__)
REMEMBER = ("visit", "window", "none")
USUAL_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY")
"""The currencies at the top of the list; all others follow by name."""

Answer = str | AnyResponse | tuple[str, int]


@bp.get("/start/new")
def page() -> str:
    """Show the two fields. Opening the link uses nothing up."""
    code = request.args.get("k", "")[:200]
    services = current_services()
    if not first_run.is_open(services.db, services.clock, code):
        raise UsedLinkError(said("console_start.used"))
    return _fields(code, Asked("", ""), {})


def _fields(code: str, start: Asked, errors: dict[str, str]) -> str:
    return render_template("console/first_run.html", k=code, asked=start, errors=errors)


def _unreadable_fields(start: Asked) -> dict[str, str]:
    """Return the error of each field that cannot be read, so that both are corrected in one go."""
    errors = {}
    try:
        first_run.full_address(start.address)
    except BadSiteError as error:
        errors["address"] = str(error)
    try:
        clean_address(start.email)
    except BadAddressError:
        errors["email"] = said("console_start.bad_email")
    return errors


@bp.post("/start/new")
def begin() -> Answer:
    """Create the first site and open its console."""
    refuse_cross_site()
    services, form = current_services(), request.form
    code = form.get("k", "")[:200]
    start = Asked(form.get("address", "")[:400], form.get("email", "")[:320], browser_label())
    if errors := _unreadable_fields(start):
        return _fields(code, start, errors), 422
    try:
        begun = first_run.begin(services.db, services.clock, services.keys, code, start)
    except UsedStartLinkError:
        raise UsedLinkError(said("console_start.used")) from None
    except BadSiteError as error:
        return _fields(code, start, {"address": str(error)}), 422
    services.mail_sender.wake()
    return remember_owner(redirect(url_for("first_run.choices", site_id=begun.site.site_id), 303), begun.secret)


@bp.get("/console/<site_id>/begin")
def choices(site_id: str) -> str:
    """Show the rewards to choose from, with what advocates will read, and what a browser may remember."""
    site = owner_of(site_id, Role.OWNER)
    services = current_services()
    with services.db.reading() as session:
        terms = in_force(terms_versions(session, site_id), services.clock.now_ms()).terms
    chosen = {"reward": preset_of(terms).value, "currency": site.currency, "remember": site.remember}
    return _choices(site, chosen, {})


def _choices(site: Site, chosen: dict[str, str], errors: dict[str, str]) -> str:
    currency = chosen["currency"] if chosen["currency"] in CURRENCIES else site.currency
    rewards = [_reward(preset, currency, chosen) for preset in Preset]
    rest = sorted(CURRENCIES - set(USUAL_CURRENCIES))
    return render_template(
        "console/begin.html",
        site=site,
        rewards=rewards,
        sharing=sharing_words(preset_terms(Preset.SHARE, currency)),
        chosen=chosen | {"currency": currency},
        errors=errors,
        remember=REMEMBER,
        currencies=[(code, code) for code in (*USUAL_CURRENCIES, *rest)],
    )


def _reward(preset: Preset, currency: str, chosen: dict[str, str]) -> dict[str, Any]:
    """Return a reward for the page: its amount as it was typed, and the text that advocates will read."""
    amount = chosen.get(f"amount_{preset.value}", start_amount(preset, currency))
    try:
        terms = preset_terms(preset, currency, amount)
    except (BadAmountError, BadTermsError):
        terms = preset_terms(preset, currency)
    words = reward_words(terms, ENGLISH, chosen["remember"] if chosen["remember"] in REMEMBER else "visit")
    return {"name": preset.value, "amount": amount, "words": words}


@bp.post("/console/<site_id>/begin")
def choose(site_id: str) -> Answer:
    """Keep the first rule and what a browser remembers, or show the preview of other amounts."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.OWNER)
    chosen = {name: value[:40] for name, value in request.form.items()}
    chosen = {"reward": Preset.THANKS.value, "currency": site.currency, "remember": site.remember} | chosen
    if chosen.get("act") == "preview":
        return _choices(site, chosen, {})
    try:
        choice = _choice(chosen)
        first_run.choose(services.db, services.clock, site, choice, acting_owner())
    except BadAmountError as error:
        return _choices(site, chosen, {f"amount_{chosen['reward']}": str(error)}), 422
    except (BadTermsError, BadSiteError, BadSiteSettingsError) as error:
        return _choices(site, chosen, {"": str(error)}), 422
    services.sites.forget(site_id)
    platform = platform_of(services.url, site.home_url)
    return redirect(url_for("install.install", site_id=site_id, platform=platform or None), 303)


def _choice(chosen: dict[str, str]) -> Choice:
    """Read the form. Raises BadAmountError, BadTermsError or BadSiteError."""
    currency = chosen["currency"].upper()
    if chosen["reward"] not in list(Preset) or currency not in CURRENCIES:
        raise BadSiteError(said("console_start.choose"))
    preset = Preset(chosen["reward"])
    terms = preset_terms(preset, currency, chosen.get(f"amount_{preset.value}"))
    return Choice(terms, currency, chosen["remember"])
