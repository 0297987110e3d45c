"""`/console/<site>/health`: queue, lag, disk, clock, mail and version, in words; and a mail that is really sent."""

from smtplib import SMTPException

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from passalong import __version__
from passalong.core.privileges import Role
from passalong.flow.mail.transports import MailRefusedError, Smtp
from passalong.flow.mail.trouble import advice
from passalong.flow.owners import health
from passalong.flow.owners.health import NoAddressError, ProbeMessage
from passalong.i18n.catalogue import ENGLISH, say
from passalong.store.sites import Site
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.services import current_services

bp = Blueprint("console_health", __name__)


@bp.get("/console/<site_id>/health")
def page(site_id: str) -> str:
    """Show what is measured now."""
    return _page(owner_of(site_id))


@bp.post("/console/<site_id>/health")
def send_mail(site_id: str) -> AnyResponse | str | tuple[str, int]:
    """Send a test mail to the owner, and say what came of it."""
    refuse_cross_site()
    site, services = owner_of(site_id, Role.EDITOR), current_services()
    mail_sender = services.mail_sender
    subject = say(ENGLISH, "console_health.letter.subject", site=site.name)
    probe = ProbeMessage(acting_owner(), mail_sender.from_address, subject, _text(site, services.url))
    try:
        to = health.send_test(services.db, services.clock, site, mail_sender.transport, probe)
    except NoAddressError:
        return _page(site, problem=say(ENGLISH, "console_health.no_address")), 422
    except MailRefusedError as error:
        return _page(site, problem=say(ENGLISH, "console_health.mail_failed", error=str(error)[:200])), 502
    except (SMTPException, OSError) as error:
        why = f"{str(error)[:200].rstrip('.')}. {advice(error) if isinstance(mail_sender.transport, Smtp) else ''}"
        return _page(site, problem=say(ENGLISH, "console_health.mail_failed", error=why.rstrip())), 502
    return _page(site, sent=say(ENGLISH, "console_health.mail_sent", address=to, how=mail_sender.transport_description))


def _text(site: Site, url: str) -> str:
    return say(ENGLISH, "console_health.letter.text", site=site.name, url=f"{url}/console/{site.site_id}/health")


def _page(site: Site, *, problem: str = "", sent: str = "") -> str:
    services = current_services()
    return render_template(
        "console/health.html",
        site=site,
        health=health.health_of(
            services.db, services.clock, site.site_id, services.backups, services.mail_sender.transport
        ),
        transport_description=services.mail_sender.transport_description,
        scheduled=services.backups.every_h,
        version=__version__,
        problem=problem,
        sent=sent,
        again=request.method == "POST",
        now_ms=services.clock.now_ms(),
    )
