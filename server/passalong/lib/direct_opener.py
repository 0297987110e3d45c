"""An opener for requests that carry a key: no redirect is followed.

urllib sends every header along to wherever a redirect leads, `Authorization` too, and makes a GET of a POST.
"""

import urllib.request
from typing import Any


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """Return no request: the redirect is raised as an HTTPError with its status."""


def direct_opener(*handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """Return an opener that raises an HTTPError for a redirect instead of following it."""
    return urllib.request.build_opener(_NoRedirects, *handlers)
