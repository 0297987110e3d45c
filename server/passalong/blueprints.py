"""Blueprints of each role of a process: browsers' endpoints, API, pages, probes."""

from passalong.integrations import endpoint as shops_endpoint
from passalong.web.api import llms, openapi, own_routes, reference, routes
from passalong.web.browser import book, credit, links, notes, script
from passalong.web.console import (
    access,
    appearance,
    changes,
    first_run,
    gallery,
    install,
    openid_signin,
    overview,
    owner_signin,
    personal_codes,
    preferences,
    site,
    team,
)
from passalong.web.console import account as account_of_owner
from passalong.web.console import claims as web_claims
from passalong.web.console import data as web_data
from passalong.web.console import events as console_events
from passalong.web.console import health as web_health
from passalong.web.console import keys as web_keys
from passalong.web.console import mail as web_mail
from passalong.web.console import owner_passkeys as web_owner_passkeys
from passalong.web.console import pages as console_pages
from passalong.web.console import payouts as web_payouts
from passalong.web.console import people as console_people
from passalong.web.console import posters as console_posters
from passalong.web.console import proposals as web_proposals
from passalong.web.console import redemptions as web_redemptions
from passalong.web.console import review as console_review
from passalong.web.console import rule as web_rule
from passalong.web.console import shops as web_shops
from passalong.web.console import sites as web_sites
from passalong.web.console import webhooks as web_webhooks
from passalong.web.console import why as console_why
from passalong.web.http import assets, health, metrics
from passalong.web.portal import (
    account,
    assistants,
    card,
    claims,
    home,
    mail,
    personal_code,
    poster,
    privacy,
    redemptions,
    signin,
)
from passalong.web.portal import magic_link as mail_link
from passalong.web.public import open_book, transparency

API = (routes.blueprint(), own_routes.blueprint(), openapi.bp, reference.bp, llms.bp)
COLLECT = (notes.bp, links.bp, credit.bp, book.bp, script.bp, *API, shops_endpoint.bp)
"""Routes of the role `collect`: browsers' endpoints and the API."""
WEB = (
    signin.bp,
    account.bp,
    assistants.bp,
    mail.bp,
    mail_link.bp,
    home.bp,
    privacy.bp,
    card.bp,
    redemptions.bp,
    personal_code.bp,
    poster.bp,
    claims.bp,
    owner_signin.bp,
    web_owner_passkeys.bp,
    openid_signin.bp,
    web_sites.bp,
    account_of_owner.bp,
    team.bp,
    changes.bp,
    site.bp,
    overview.bp,
    console_events.bp,
    console_why.bp,
    console_people.bp,
    console_pages.bp,
    console_posters.bp,
    console_review.bp,
    web_claims.bp,
    web_mail.bp,
    personal_codes.bp,
    preferences.bp,
    web_rule.bp,
    access.bp,
    web_shops.bp,
    web_webhooks.bp,
    web_proposals.bp,
    web_keys.bp,
    web_data.bp,
    web_health.bp,
    web_payouts.bp,
    web_redemptions.bp,
    first_run.bp,
    install.bp,
    gallery.bp,
    appearance.bp,
    open_book.bp,
    transparency.bp,
    assets.bp,
)
"""Routes of the role `web`: pages."""
PROBES = (health.bp, metrics.bp)
"""Routes of every role, for monitoring."""
BLUEPRINTS = {
    "all": (*COLLECT, *WEB, *PROBES),
    "collect": (*COLLECT, *PROBES),
    "web": (*WEB, *PROBES),
    "work": PROBES,
}
