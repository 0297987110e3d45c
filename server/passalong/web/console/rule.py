"""`/console/<site>/rule`: the rule as a sentence with changeable parts, tried on an example and on the past."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.attribution.example import example
from passalong.core.privileges import Role
from passalong.core.terms.costs import costs
from passalong.core.terms.model import Terms
from passalong.core.terms.presets import PURCHASE, Preset, preset_of, preset_terms
from passalong.core.terms.validation import BadTermsError
from passalong.flow.owners import rule as flow_rule
from passalong.flow.owners import terms as flow_terms
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.flow.owners.rule import Basis, Rule, RuleChangedError
from passalong.flow.owners.terms import Draft
from passalong.i18n.formatting import percent
from passalong.store.sites import Site, TermsVersion
from passalong.web.console import rule_form
from passalong.web.console.changes import actor_names
from passalong.web.console.rule_choices import choices_of, goal_name
from passalong.web.console.rule_differences import differences
from passalong.web.console.rule_form import Fields
from passalong.web.console.version_number import version_to_withdraw
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.rule_bases import bases_of
from passalong.web.http.services import current_services

bp = Blueprint("console_rule", __name__)
TRY_DAYS = 90
MOST_VERSIONS = 50


@bp.get("/console/<site_id>/rule")
def page(site_id: str) -> str:
    """Show the rule, or the draft that the address holds, and every version."""
    site = owner_of(site_id)
    rule = _rule(site)
    newest = rule.coming[-1] if rule.coming else rule.standing
    fields, drafted = _fields(request.args, newest.terms, site.currency)
    return _page(site, rule, fields, Outcome(drafted))


@bp.post("/console/<site_id>/rule")
def save(site_id: str) -> AnyResponse | tuple[str, int]:
    """Put the draft in force, on the first day on which it may begin."""
    refuse_cross_site()
    site = owner_of(site_id, Role.OWNER)
    fields = request.form.to_dict()
    terms, errors = rule_form.read_form(fields, site.currency)
    since_ms, problem = _since(fields.get("since", ""), site)
    errors |= {"since": problem} if problem else {}
    if not 1 <= len(fields.get("note", "").strip()) <= 500:
        errors["note"] = "Say in 1 to 500 characters why the rule changes. People who share will read it."
    if terms is None or errors:
        return _page(site, _rule(site), fields, Outcome(errors=errors)), 422
    return _put(site, terms, fields, since_ms)


@bp.post("/console/<site_id>/rule/withdraw")
def withdraw(site_id: str) -> AnyResponse:
    """Withdraw a version that has not begun."""
    refuse_cross_site()
    owner_of(site_id, Role.OWNER)
    services, number = current_services(), version_to_withdraw(request.form)
    try:
        flow_terms.withdraw(services.db, services.clock, site_id, number, acting_owner())
    except BadTermsError as error:
        raise RefusalError(409, str(error)) from None
    return redirect(url_for("console_rule.page", site_id=site_id) + "#versions", 303)


def _put(site: Site, terms: Terms, fields: Fields, since_ms: int | None) -> AnyResponse | tuple[str, int]:
    services, base = current_services(), fields.get("base", "")
    draft = Draft(terms, fields["note"], since_ms, acting_owner(), fields.get("once", "")[:22])
    number = int(base) if base.isascii() and base.isdigit() and len(base) < 9 else 0
    try:
        flow_rule.put_in_force(services.db, services.clock, site.site_id, draft, Basis(number, "replaces" in fields))
    except BadTermsError as error:
        return _page(site, _rule(site), fields, Outcome(errors={"": rule_form.plainly(error.problems)})), 422
    except RuleChangedError as error:
        return _page(site, _rule(site), fields, Outcome(theirs=error.newest)), 409
    except AlreadyDoneError:
        pass  # the form was sent twice: it is done
    return redirect(url_for("console_rule.page", site_id=site.site_id) + "#versions", 303)


def _rule(site: Site) -> Rule:
    services = current_services()
    with services.db.reading() as session:
        rule = flow_rule.rule_of(session, site.site_id, services.clock.now_ms())
        names = actor_names(session, rule.authors.values())
    return replace(rule, authors={number: names[actor] for number, actor in rule.authors.items()})


def _fields(args: Mapping[str, str], newest: Terms, currency: str) -> tuple[Fields, bool]:
    """Return the fields of the form and whether they are a draft: a preset, what was typed, or the newest version."""
    if args.get("preset") in tuple(Preset):
        return rule_form.form_of(_with_preset(newest, Preset(args["preset"]), currency), currency), True
    if "goals" not in args:
        return rule_form.form_of(newest, currency), False
    fields, act = dict(args), args.get("act", "")
    count = rule_form.number_of_goals(fields)
    if act == "add" and count < rule_form.MOST_GOALS:
        return fields | _blank_goal(count, fields) | {"goals": str(count + 1)}, True
    if act.startswith("remove-") and act.removeprefix("remove-") in map(str, range(count)):
        return _without_goal(fields, int(act.removeprefix("remove-")), count), True
    return fields, True


def _with_preset(newest: Terms, preset: Preset, currency: str) -> Terms:
    """Return the newest terms with the preset's reward for a purchase; what else they pay for stays."""
    terms = preset_terms(preset, currency)
    others = tuple(goal for goal in newest.goals if goal.name != PURCHASE)
    return replace(newest, goals=terms.goals + others if terms.goals else ())


def _blank_goal(number: int, fields: Fields) -> Fields:
    other_names = {fields.get(f"name-{other}") for other in range(number)}
    name = next(
        (goal for goal in rule_form.GOALS if goal not in other_names and goal != "new_visitor"), rule_form.OTHER
    )
    return {f"name-{number}": name, f"kind-{number}": "points", f"amount-{number}": "20"}


def _without_goal(fields: Fields, gone: int, count: int) -> Fields:
    remaining = {name: text for name, text in fields.items() if not name.rpartition("-")[2].isdigit()}
    for new, old in enumerate(number for number in range(count) if number != gone):
        remaining |= {
            f"{name.rpartition('-')[0]}-{new}": text
            for name, text in fields.items()
            if name.rpartition("-")[2] == str(old)
        }
    return remaining | {"goals": str(count - 1)}


def _since(text: str, site: Site) -> tuple[int | None, str]:
    """Return the moment at which a day begins at the site, or a problem; None for no day."""
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, "Write the day like 2026-12-31, or leave it empty."
    began = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(site.time_zone))
    return int(began.timestamp() * 1000), ""


class Outcome(Struct, frozen=True):
    """The outcome of sending the form: a draft or not, its errors, and a version made meanwhile."""

    drafted: bool = True
    errors: Fields | None = None
    theirs: TermsVersion | None = None


def _page(site: Site, rule: Rule, fields: Fields, outcome: Outcome) -> str:
    services = current_services()
    terms, problems = rule_form.read_form(fields, site.currency)
    errors = {} if not outcome.drafted else outcome.errors or problems
    now_ms = services.clock.now_ms()
    tried = None
    if terms is not None and fields.get("act") == "try":
        tried = flow_terms.try_terms(services.db, site, terms, now_ms, TRY_DAYS)
    return render_template(
        "console/rule.html",
        site=site,
        rule=rule,
        fields=fields,
        count=rule_form.number_of_goals(fields),
        form=rule_form,
        drafted=outcome.drafted,
        errors=errors,
        theirs=outcome.theirs,
        terms=terms,
        bases=bases_of(site),
        preset=preset_of(terms) if terms else None,
        presets=tuple(Preset),
        same=terms is not None and replace(terms, version=rule.standing.terms.version) == rule.standing.terms,
        costs=costs(terms) if terms else (),
        examples=_examples(terms, site),
        cuts=rule.cuts(terms) if terms and not rule.is_free else [],
        begins_ms=rule.begins_ms(terms, now_ms) if terms else now_ms,
        now_ms=now_ms,
        tried=tried,
        versions=_versions(rule, site),
        goal_name=partial(goal_name, fields),
        percent=percent,
        **choices_of(fields),
    )


def _examples(terms: Terms | None, site: Site) -> list[Any]:
    if terms is None:
        return []
    return [example(terms, goal, site.currency, same_visit=site.remember != "window") for goal in terms.goals]


def _versions(rule: Rule, site: Site) -> list[tuple[Any, list[str], str]]:
    """Return the newest versions with what each changed, in words, and its author."""
    versions = list(rule.versions)
    before = [None, *versions[:-1]]
    changes_made = [
        (
            version,
            differences(last.terms, version.terms, site.currency) if last else [],
            rule.authors.get(version.terms.version, ""),
        )
        for last, version in zip(before, versions, strict=True)
    ]
    return changes_made[::-1][:MOST_VERSIONS]
