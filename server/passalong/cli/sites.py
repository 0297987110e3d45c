"""`passalong site`: add sites, show and change their settings and addresses, and set the owner's address."""

import click

from passalong.cli import site_life
from passalong.cli.common import CommandError, current_database, keys_of, one_site
from passalong.core.terms.reward_words import currency_of, terms_of
from passalong.flow.owners import addresses as flow_addresses
from passalong.flow.owners import site_settings
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.changes import By
from passalong.flow.owners.site_settings import SiteChange
from passalong.flow.owners.sites import NewSite
from passalong.flow.signin import rate_limits
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.i18n.catalogue import ENGLISH, LANGUAGES
from passalong.i18n.rule import rule_words
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people import addresses
from passalong.store.sites import Site
from passalong.web.console.snippets import snippet

CLOCK = SystemClock()
DEFAULT_CURRENCY = "EUR"


@click.group("site")
def site() -> None:
    """Sites."""


@site.command("add")
@click.argument("url")
@click.option("--name", help="The name that people see; its host name, if left out.")
@click.option("--currency", help="The one currency that it pays in; EUR, if left out and no reward names another.")
@click.option("--reward", help='What a purchase pays to people who share: "10%", "5 EUR", "20 points" or thanks.')
@click.option("--time-zone", default="UTC", help="Decides when days and months begin, like Europe/Berlin.")
@click.option("--remember", default="visit", help="How long a browser remembers a shared link: visit, window or none.")
@click.option("--email", help="The owner's address; it gets a link to confirm it, and nothing before.")
def site_add(url: str, name: str | None, email: str | None, **settings: str | None) -> None:
    """Add a site, by its address (https://example.org), and print the lines to paste."""
    origin = flow_sites.origin_of(url)
    reward = settings["reward"]
    currency = settings["currency"] or currency_of(reward or "") or DEFAULT_CURRENCY
    terms = None if reward is None else terms_of(reward, currency)
    if email is not None:
        _check_address(email)
    with current_database() as db:
        site = flow_sites.new_site(
            db,
            CLOCK,
            NewSite(
                name=origin.partition("://")[2] if name is None else name,
                home_url=url,
                currency=currency,
                time_zone=str(settings["time_zone"]),
                remember=str(settings["remember"]),
                terms=terms,
                own_address=True,
            ),
        )
        note = _ask_owner(db, site.site_id, email, ENGLISH) if email else ""
    print(f"Site {site.site_id} is there. Paste this into its pages, where the button should be:")
    print(snippet(read_settings().url, site))
    for line in filter(None, (terms and f"The rule: {rule_words(terms, remember=site.remember, bases=())}", note)):
        print(line)


@site.command("list")
def site_list() -> None:
    """List the sites: key, address, name."""
    with current_database() as db, db.reading() as session:
        for each_site in sites.all_sites(session):
            print(f"{each_site.site_id}\t{each_site.home_url}\t{each_site.name}")


@site.command("show")
@click.argument("site_id", metavar="SITE")
def site_show(site_id: str) -> None:
    """Print the settings of a site, and the lines to paste."""
    with current_database() as db:
        site = one_site(db, site_id)
    for name, value in _settings(site):
        print(f"{name:<11} {value}")
    print(snippet(read_settings().url, site))


def _settings(site: Site) -> list[tuple[str, str]]:
    dropped = site_settings.USUAL if site.drop_params is None else " ".join(site.drop_params) or "none"
    return [
        ("key", site.site_id),
        ("name", site.name),
        ("address", site.home_url),
        ("origins", " ".join(site.accepted_origins)),
        ("currency", site.currency),
        ("time zone", site.time_zone),
        ("remember", site.remember),
        ("credit", site.credit),
        ("languages", site.languages),
        ("drop", dropped),
    ]


@site.command("set")
@click.argument("site_id", metavar="SITE")
@click.option("--name", help="What people call it.")
@click.option("--address", help="Its home address. The one it had stays on the list of origins until you remove it.")
@click.option("--time-zone", help="Decides when days and months begin, like Europe/Berlin; changes a minute from now.")
@click.option("--language", type=click.Choice(LANGUAGES), help="The language of the e-mails to its owner.")
@click.option("--remember", help="How long a browser remembers a shared link: visit, window or none.")
@click.option("--credit", help="Whether links carry a thank-you code: on, ask or off.")
@click.option("--languages", help="The languages of its pages, like `de,en`: the first is for all other readers.")
@click.option("--drop", "drop_params", help="Tracking parameters to drop, like `utm_*,fbclid`; `usual` for the usual.")
def site_set(site_id: str, **change: str | None) -> None:
    """Change the settings of a site."""
    if all(value is None for value in change.values()):
        raise CommandError("Name a setting to change: `passalong site set --help` lists them.")
    with current_database() as db:
        language = change.pop("language")
        site = site_settings.change_site(db, CLOCK, site_id, SiteChange(**change))
        if language is not None:
            flow_addresses.speak(db, site_id, language)
    for name, value in _settings(site):
        print(f"{name:<11} {value}")


for command in site_life.COMMANDS:
    site.add_command(command)


@site.group("origin")
def origin() -> None:
    """The origins of a site's pages: `www.` and the bare domain belong together."""


@origin.command("list")
@click.argument("site_id", metavar="SITE")
def origin_list(site_id: str) -> None:
    """List the origins of a site, its home address first; those without a mark are listed by you."""
    with current_database() as db:
        site = one_site(db, site_id)
    for origin in site.accepted_origins:
        print(origin if origin in site.origins else f"{origin}\tby itself")


@origin.command("add")
@click.argument("site_id", metavar="SITE")
@click.argument("address")
def origin_add(site_id: str, address: str) -> None:
    """Add an origin, like https://shop.example.org: its pages may share, and visits there count."""
    with current_database() as db:
        site = site_settings.add_origin(db, CLOCK, site_id, address)
    print(f"{site.name} is at {', '.join(site.accepted_origins)}. A running server knows within five seconds.")


@origin.command("remove")
@click.argument("site_id", metavar="SITE")
@click.argument("address")
def origin_remove(site_id: str, address: str) -> None:
    """Remove an origin. Links shared from it then lead to the same path at the home address."""
    with current_database() as db:
        site = site_settings.remove_origin(db, CLOCK, site_id, address)
    print(f"{site.name} is at {', '.join(site.accepted_origins)}. A running server knows within five seconds.")


@site.command("email")
@click.argument("site_id", metavar="SITE")
@click.argument("address", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), default=ENGLISH, help="The language of its e-mails.")
@click.option("--forget", is_flag=True, help="Stop all e-mails to the owner.")
def site_email(site_id: str, address: str | None, language: str, forget: bool) -> None:
    """Show the owner's address, or set one: a link is sent to it, and nothing else until it is confirmed."""
    with current_database() as db:
        site = one_site(db, site_id)
        if address is not None:
            print(_ask_owner(db, site.site_id, address, language))
        elif forget:
            flow_addresses.forget(db, CLOCK, site.site_id, By())
        else:
            with db.reading() as session:
                for owner in addresses.owners(session, site.site_id, confirmed=False):
                    print(f"{owner.address}\t{'confirmed' if owner.confirmed_at_ms else 'not confirmed yet'}")


def _ask_owner(db: Database, site_id: str, address: str, language: str) -> str:
    """Send a confirmation link; returns what happens next, as a sentence. Raises CommandError."""
    _check_address(address)
    try:
        request = flow_addresses.ask(db, CLOCK, keys_of(db).links, site_id, flow_addresses.Typed(address, language))
    except rate_limits.RateLimitError as error:
        raise CommandError(f"Too many links were asked for: try again in {error.retry_after_s} s.") from None
    if request.confirmed:
        return f"{request.address} is confirmed already."
    return (
        f"A running server sends a link to {request.address}: open it within a day, and e-mails to the owner go there."
    )


def _check_address(address: str) -> None:
    try:
        clean_address(address)
    except BadAddressError:
        raise CommandError(f"{address[:80]!r} is no e-mail address: write it like otto@example.org.") from None


COMMANDS: tuple[click.Command, ...] = (site,)
