"""`/api/v1/links`: links for advocates and of the site itself, one or ten thousand in one call."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from passalong.core.names.lines import in_one_line
from passalong.core.privileges import Scope
from passalong.flow.owners.advocate_links import (
    MOST_LINKS,
    LinkConflictError,
    LinkError,
    LinkMaking,
    MadeLink,
    WantedLink,
    make_links,
)
from passalong.store.attached import attached_metadata
from passalong.store.queries.api_lists import Listing, find_row
from passalong.web.api.fields import AdvocateId, Metadata
from passalong.web.api.lists import Paging, Shape, read_page
from passalong.web.api.operation import CREATED, OK, Call, Operation, Reply, problem
from passalong.web.api.recorded import OTHER_INPUT
from passalong.web.http import wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.problems import Problem

TABLES = {"advocates": "issued_links", "site": "site_links"}
"""The table of links by whose they are."""
LinkId = Annotated[
    str, Meta(pattern=r"\A[!-~]{1,60}\Z", description="your own id of 1 to 60 letters, digits and signs, no blanks")
]


class LinkBody(wire.Body, frozen=True):
    """A link to a page of the site, which an advocate is credited for; without one it is a link of the site itself.

    Visits by a link of the site have the reason `site_link`, and credit nobody.
    """

    id: LinkId
    page: wire.Page
    advocate: AdvocateId | None = None
    title: wire.Title = ""
    metadata: Metadata = field(default_factory=dict)


class LinkEntry(wire.Body, frozen=True):
    """One of many links; `page` and `title` are those of the call where they are left out."""

    id: LinkId
    advocate: AdvocateId | None = None
    page: wire.Page | None = None
    title: wire.Title | None = None
    metadata: Metadata = field(default_factory=dict)


Entries = Annotated[
    tuple[LinkEntry, ...],
    Meta(min_length=1, max_length=MOST_LINKS, description=f"a list of 1 to {MOST_LINKS} links, each an object"),
]


class LinksBody(wire.Body, frozen=True):
    """Many links, all of them made or none."""

    page: wire.Page
    links: Entries
    title: wire.Title = ""


class LinkMade(Shape, frozen=True):
    """A link: `url` is the short one, `page` the page with the token in it."""

    id: str
    share_id: str
    token: str
    url: str
    page: str


class LinksMade(Shape, frozen=True):
    """Links, in the order in which they were asked for."""

    links: tuple[LinkMade, ...]


class LinkShown(Shape, frozen=True):
    """A link. One of the site itself has no advocate, and no version of the terms."""

    share_id: str
    advocate: str | None
    page: str
    title: str
    parent_share_id: str | None
    terms_version: int | None
    issued_at_ms: int
    metadata: dict[str, str]


class LinksQuery(Paging, frozen=True, kw_only=True):
    """A page of the links of advocates, or of those of the site itself."""

    of: Literal["advocates", "site"] = "advocates"


class LinkList(Shape, frozen=True):
    """Links, by id."""

    data: tuple[LinkShown, ...]
    next: str | None


def list_links(call: Call, query: LinksQuery) -> LinkList:
    """List the links of advocates, or with `of=site` those of the site itself."""
    rows, after = read_page(call, Listing(TABLES[query.of], ("share_id",)), query, lambda row: row)
    return LinkList(_with_metadata(call, rows), after)


def read_link(call: Call, share_id: str) -> LinkShown:
    """Return one link."""
    with call.services.db.reading() as session:
        rows = [find_row(session, call.site.site_id, table, {"share_id": share_id}) for table in TABLES.values()]
    row = next(filter(None, rows), None)
    if row is None:
        raise problem(Problem.NOT_FOUND, "No link has this id.")
    return _with_metadata(call, [row])[0]


def _with_metadata(call: Call, rows: Sequence[dict[str, Any]]) -> tuple[LinkShown, ...]:
    abouts = [f"{attached_metadata.LINK}:{row['share_id']}" for row in rows]
    with call.services.db.reading() as session:
        metadata = attached_metadata.of(session, call.site.site_id, abouts)
    return tuple(_shown(row, metadata.get(about, {})) for row, about in zip(rows, abouts, strict=True))


def make_link(call: Call, body: LinkBody) -> Reply:
    """Make a link for an advocate, or of the site itself; the same id again gives the same link."""
    page, title = _clean(call, body.page), in_one_line(body.title)
    [link] = _make(call, [WantedLink(body.id, body.advocate, page, title, body.metadata)])
    return Reply(_answer(call, link), CREATED if link.new else OK)


def make_many_links(call: Call, body: LinksBody) -> Reply:
    """Make up to 10,000 links in one call; the same ids again give the same links."""
    page, title = _clean(call, body.page), in_one_line(body.title)
    wanted = [
        WantedLink(
            link.id,
            link.advocate,
            page if link.page is None else _clean(call, link.page, f"links[{place}].page"),
            title if link.title is None else in_one_line(link.title),
            link.metadata,
        )
        for place, link in enumerate(body.links)
    ]
    links = _make(call, wanted)
    return Reply(LinksMade(tuple(_answer(call, link) for link in links)), CREATED if any(x.new for x in links) else OK)


def _make(call: Call, wanted: list[WantedLink]) -> list[MadeLink]:
    services = call.services
    try:
        return make_links(LinkMaking(services.db, services.clock, services.keys, call.site), wanted)
    except LinkError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    except LinkConflictError:
        raise problem(Problem.ID_REUSED, OTHER_INPUT) from None


def _clean(call: Call, page: str, path: str = "page") -> str:
    try:
        return wire.clean_page(page, call.site.dropped)
    except RefusalError:
        raise problem(Problem.INVALID_REQUEST, f"`{path}` is the http(s) address of the page.") from None


def _answer(call: Call, link: MadeLink) -> LinkMade:
    page = f"{link.page_url}{'&' if '?' in link.page_url else '?'}{wire.PARAM}={link.token}"
    return LinkMade(link.link_id, link.share_id, link.token, f"{call.services.url}/h/{link.token}", page)


def _shown(row: dict[str, Any], metadata: dict[str, str]) -> LinkShown:
    return LinkShown(
        share_id=row["share_id"],
        advocate=row.get("advocate_id"),
        page=row["page_url"],
        title=row["title"],
        parent_share_id=row.get("parent_share_id"),
        terms_version=row.get("terms_version"),
        issued_at_ms=row["issued_at_ms"],
        metadata=metadata,
    )


OPERATIONS = (
    Operation(
        name="list_links",
        method="GET",
        path="/links",
        tag="Links",
        scope=Scope.READ,
        handler=list_links,
        query=LinksQuery,
        answer=LinkList,
    ),
    Operation(
        name="read_link",
        method="GET",
        path="/links/{share_id}",
        tag="Links",
        scope=Scope.READ,
        handler=read_link,
        answer=LinkShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="make_link",
        method="POST",
        path="/links",
        tag="Links",
        scope=Scope.SHARE,
        handler=make_link,
        body=LinkBody,
        answer=LinkMade,
        statuses=(CREATED, OK),
        problems=(Problem.ID_REUSED,),
    ),
    Operation(
        name="make_many_links",
        method="POST",
        path="/links/batch",
        tag="Links",
        scope=Scope.SHARE,
        handler=make_many_links,
        body=LinksBody,
        answer=LinksMade,
        statuses=(CREATED, OK),
        problems=(Problem.ID_REUSED,),
        most=wire.MAX_BATCH,
    ),
)
