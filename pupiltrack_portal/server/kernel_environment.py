"""The environment a page's kernel gets: what it needs, and nothing the server keeps to itself."""

from __future__ import annotations

from collections.abc import Mapping

from pupiltrack_portal.kernels.preload import clean_environment

# A longer address than any page makes; the kernel validates what it holds.
MAX_QUERY_LENGTH = 2000


def kernel_environment(
    server: Mapping[str, str],
    *,
    settings: Mapping[str, str],
    page: Mapping[str, str],
    query: str,
) -> dict[str, str]:
    """Return the kernel's variables, chosen by name from the `server`'s own.

    `settings` are what the kernel needs to open the database, `page` is which page it is and its
    ticket. The query comes from the browser and is never a sign of who asks.
    """
    chosen = clean_environment(dict(server))
    return {**chosen, **settings, **page, "QUERY_STRING": query[:MAX_QUERY_LENGTH]}
