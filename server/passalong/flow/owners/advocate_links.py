"""Links that an owner makes, one or many at once: for newsletters, order confirmations, cards.

A link credits the advocate that it names. One that names nobody belongs to the site itself and credits nobody.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.facts import input_hash
from passalong.flow.owners.sites import is_on_site
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, metadata_hash, new_share_id, token_of
from passalong.store import sites
from passalong.store.attached import attached_metadata
from passalong.store.attached.attached_metadata import Attached
from passalong.store.books import links, site_links
from passalong.store.books.links import IssuedLink
from passalong.store.books.site_links import SiteLink
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.sites import Site

PREFIX = "api:"
MOST_LINKS = 10_000

AnyLink = IssuedLink | SiteLink


class LinkError(ValueError):
    """A link that cannot be made; says what to do."""


class LinkConflictError(ValueError):
    """The id belongs to a link that says something else."""


class WantedLink(Struct, frozen=True):
    """A link to make: `link_id` is the owner's own, `page_url` a clean address of the site.

    Without `advocate_id` it is a link of the site itself.
    """

    link_id: str
    advocate_id: str | None
    page_url: str
    title: str = ""
    metadata: Mapping[str, str] = {}

    def input_hash(self, keys: Keyring, site_id: str) -> str:
        """The hash of what was asked for; of metadata, which can be erased, only a keyed hash enters it."""
        fields: dict[str, str | None] = {"advocate": self.advocate_id, "page": self.page_url, "title": self.title}
        hashed = {"metadata": metadata_hash(keys, site_id, self.metadata)} if self.metadata else {}
        return input_hash(**fields, **hashed)


class MadeLink(Struct, frozen=True):
    """A link with its token, and whether it was made now or by an earlier call."""

    link_id: str
    share_id: str
    token: str
    page_url: str
    new: bool


class LinkMaking(Struct, frozen=True):
    """The parts that making links needs."""

    db: Database
    clock: Clock
    keys: Keyring
    site: Site


def make_links(work: LinkMaking, wanted: Sequence[WantedLink]) -> list[MadeLink]:
    """Make links, all or none of them; those that an earlier call made stay as they are.

    Raises LinkError, LinkConflictError.
    """
    site_id = work.site.site_id
    ids = {link.link_id: link for link in wanted}
    if len(ids) < len(wanted):
        raise LinkError("Each link has an `id` of its own: one is there twice.")
    for each in wanted:
        if not is_on_site(work.site, each.page_url):
            raise LinkError(f"{each.page_url[:200]} is not at an address of this site.")
    requests = [f"{PREFIX}{name}" for name in ids]
    with writing(work.db) as session:
        before: dict[str, AnyLink] = {**links.links_of_requests(session, site_id, requests)}
        before |= site_links.of_requests(session, site_id, requests)
        _must_be_as_before(work, wanted, before)
        missing = [link for link in wanted if f"{PREFIX}{link.link_id}" not in before]
        new_links = _add(session, work, missing)
    everything = before | {link.request_id: link for link in new_links}
    return [_made(work, link_wanted, everything[f"{PREFIX}{link_wanted.link_id}"], before) for link_wanted in wanted]


def _must_be_as_before(work: LinkMaking, wanted: Sequence[WantedLink], before: Mapping[str, AnyLink]) -> None:
    """Raise LinkConflictError if an earlier call asked for another link under the id of one of these."""
    for link in wanted:
        earlier = before.get(f"{PREFIX}{link.link_id}")
        if earlier is not None and earlier.input_hash != link.input_hash(work.keys, work.site.site_id):
            raise LinkConflictError


def _add(session: Session, work: LinkMaking, missing: Sequence[WantedLink]) -> list[AnyLink]:
    """Insert the links that no earlier call made."""
    _must_be_advocates(
        session, work.site.site_id, {link.advocate_id for link in missing if link.advocate_id is not None}
    )
    issued = _issued(session, work, missing)
    of_site = _of_site(work, missing)
    links.add_links(session, issued)
    site_links.add(session, of_site)
    all_links: list[AnyLink] = [*issued, *of_site]
    shares = {link.request_id: link.share_id for link in all_links}
    attached = [_attached(work, link, shares[f"{PREFIX}{link.link_id}"]) for link in missing if link.metadata]
    attached_metadata.attach_all(session, work.site.site_id, attached)
    return all_links


def _attached(work: LinkMaking, link: WantedLink, share_id: str) -> Attached:
    digest = metadata_hash(work.keys, work.site.site_id, link.metadata)
    return Attached(f"{attached_metadata.LINK}:{share_id}", digest, link.metadata, link.advocate_id)


def _must_be_advocates(session: Session, site_id: str, advocate_ids: set[str]) -> None:
    unknown = sorted(advocate_ids - sessions.advocates_among(session, site_id, advocate_ids))
    if unknown:
        raise LinkError(f"No advocate with the id {unknown[0]} is known here.")


def _issued(session: Session, work: LinkMaking, wanted: Sequence[WantedLink]) -> list[IssuedLink]:
    site_id, now_ms = work.site.site_id, work.clock.now_ms()
    version = sites.in_force(sites.terms_versions(session, site_id), now_ms).terms.version
    return [
        IssuedLink(
            site_id=site_id,
            share_id=new_share_id(),
            request_id=f"{PREFIX}{link.link_id}",
            input_hash=link.input_hash(work.keys, work.site.site_id),
            key_id=work.keys.newest,
            advocate_id=link.advocate_id,
            visitor_id=None,
            page_url=link.page_url,
            title=link.title,
            parent_share_id=None,
            terms_version=version,
            issued_at_ms=now_ms,
        )
        for link in wanted
        if link.advocate_id is not None
    ]


def _of_site(work: LinkMaking, wanted: Sequence[WantedLink]) -> list[SiteLink]:
    now_ms = work.clock.now_ms()
    return [
        SiteLink(
            site_id=work.site.site_id,
            share_id=new_share_id(),
            request_id=f"{PREFIX}{link.link_id}",
            input_hash=link.input_hash(work.keys, work.site.site_id),
            key_id=work.keys.newest,
            page_url=link.page_url,
            title=link.title,
            issued_at_ms=now_ms,
        )
        for link in wanted
        if link.advocate_id is None
    ]


def _made(work: LinkMaking, wanted: WantedLink, link: AnyLink, existing: dict[str, AnyLink]) -> MadeLink:
    token = token_of(work.keys, work.site.site_id, link.share_id, link.key_id)
    return MadeLink(wanted.link_id, link.share_id, token, link.page_url, link.request_id not in existing)
