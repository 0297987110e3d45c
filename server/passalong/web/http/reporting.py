"""Join what reporting a conversion needs from the services of a request."""

from functools import partial

from passalong.flow.conversions.report import Reporting
from passalong.web.http import wire
from passalong.web.http.services import Services


def reporting(services: Services) -> Reporting:
    """Return the parts that a report needs."""
    share_of = partial(wire.share_of, services.keys, services.sites)
    return Reporting(services.db, services.keys, services.collector, share_of)
