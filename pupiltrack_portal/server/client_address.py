"""From which address a request comes, as far as that can be believed."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

_HEADER = "X-Forwarded-For"


def client_address(request: HTTPServerRequest, *, behind_proxy: bool) -> str:
    """Return the client's address, the connection's own where there is no better one.

    Behind a proxy it is the last entry of X-Forwarded-For: what stands before it, and every other
    header of this kind, may be the client's invention.
    """
    own = request.remote_ip or ""
    if not behind_proxy:
        return own
    last = request.headers.get(_HEADER, "").rpartition(",")[2].strip()
    return _address(last) or _address_with_port(last) or own


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _address_with_port(text: str) -> str | None:
    try:
        return _address(urlsplit(f"//{text}").hostname or "")
    except ValueError:
        return None
