"""Which host and origin a passkey belongs to."""

from __future__ import annotations

from urllib.parse import urlsplit

from pupiltrack_core.services.passkeys import Site
from pupiltrack_portal.server.handlers import PortalHandler


def passkey_site(handler: PortalHandler) -> Site:
    """Return the portal as this browser knows it.

    Host names are checked before any handler runs, so the Host header may be believed here.
    Browsers make passkeys for names only ("localhost" is one), never for a numeric address.
    """
    public = handler.portal_settings.public_url
    origin = public or f"http://{handler.request.host}"
    return Site(host=urlsplit(origin).hostname or "", origin=origin)
