"""Under which host names the portal answers, so that no other name can be pointed at it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pupiltrack_core.settings import Settings

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 compared with, not bound to


def is_known_host(host: str, settings: Settings) -> bool:
    """Whether the Host header names this portal.

    With a public address only that one does. Without, the portal is for this machine and for
    whoever was given a numeric address or the configured name.
    """
    name = _name(host)
    if settings.public_url is not None:
        return name == (urlsplit(settings.public_url).hostname or "")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == settings.host.lower() or settings.host in _EVERYWHERE
    return True


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
