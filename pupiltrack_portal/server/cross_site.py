"""Whether a request that changes something was made by one of our own pages.

Three independent answers: the browser's Sec-Fetch-Site, its Origin, and a token only our pages
know. For a signed-in person the token is derived from the session, so it needs no store and
another site cannot plant one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit


def is_same_origin(origin: str | None, *, host: str, public_url: str | None) -> bool:
    """Whether `origin` is the portal's own: of the Host asked, or the address people type.

    A missing or opaque ("null") origin is not.
    """
    if not origin:
        return False
    parts = urlsplit(origin.strip().lower())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    if public_url is not None:
        return f"{parts.scheme}://{parts.netloc}" == public_url.lower()
    return parts.netloc == host.lower()


def is_from_elsewhere(headers: Mapping[str, str], *, host: str, public_url: str | None) -> bool:
    """Whether the browser itself says that another site made this request.

    A request with neither header (an old browser, a script) is not refused here: it still needs
    the token.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = headers.get("Origin")
    return origin is not None and not is_same_origin(origin, host=host, public_url=public_url)


def session_form_token(key: bytes, session_token: str) -> str:
    """Return the token the forms of one session carry; `key` is the server's own for this use."""
    return hmac.new(key, session_token.encode(), hashlib.sha256).hexdigest()


def matches(expected: str, given: str | None) -> bool:
    """Whether the token sent is the one expected, in a time that does not depend on where."""
    if not given:
        return False
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
