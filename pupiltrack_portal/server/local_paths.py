"""Where a person may be sent after signing in: a page of the portal, nowhere else."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from pupiltrack_core.access import Page

HOME = f"/{Page.HOME}"
_PAGES = frozenset(f"/{page}" for page in Page)


def local_page(address: str | None) -> str:
    """Return `address` when it is one of our pages with its query, else the home page.

    Only a listed page passes, so no spelling of another host ("//host", "/\\host", an encoded
    slash or line break) has to be recognised.
    """
    if not address or len(address) > 2000 or not address.isprintable():
        return HOME
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path not in _PAGES:
        return HOME
    return f"{parts.path}?{quote(parts.query, safe='=&%+,:-_.~')}" if parts.query else parts.path
