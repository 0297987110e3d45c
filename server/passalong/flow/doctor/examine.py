"""Examine a page: fetch it safely, then every check in order. The console and `passalong doctor` call this."""

import ada_url
from msgspec import Struct

from passalong.flow.doctor import checks, network
from passalong.flow.doctor.case import Case, Finding
from passalong.flow.doctor.page import read_page
from passalong.lib.http_client import SendError
from passalong.lib.http_get import fetch
from passalong.store.sites import Site

SHORT_S = 2.5
"""How long finding out the platform may take: a person waits for it."""


class Report(Struct, frozen=True):
    """The findings on one page."""

    page: str
    platform: str
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool:
        """True if nothing is wrong; hints are no faults."""
        return all(finding.state != "bad" for finding in self.findings)


def examine(site: Site, host: str, page_url: str) -> Report:
    """Check one page of a site; `host` is our public address.

    Only public addresses are fetched, unless our own is on this machine: then so may the site be.
    """
    private = network.is_loopback(ada_url.URL(host).hostname)
    try:
        page = fetch(page_url, private=private)
    except SendError as error:
        fix = "Check the address, and that the site answers from outside. Private addresses are not fetched."
        return Report(page_url, "", (Finding("page", "bad", f"The page cannot be reached: {error}.", fix),))
    case = Case(site, host, page, read_page(page), private)
    findings = [check(case) for check in (*checks.CHECKS, *network.CHECKS)]
    return Report(page.url, case.read.platform, tuple(finding for finding in findings if finding.state != "skipped"))


def platform_of(host: str, page_url: str) -> str:
    """Return the platform that made a page; empty if it is unknown or the page does not answer soon."""
    try:
        page = fetch(page_url, private=network.is_loopback(ada_url.URL(host).hostname), timeout_s=SHORT_S)
    except SendError:
        return ""
    return read_page(page).platform
