"""One line for each request: what was done, never with whose data or by which key."""

from __future__ import annotations

import logging
import re

from tornado.web import RequestHandler

logger = logging.getLogger("pupiltrack.requests")
# Links that open something: files made for one person, and what was sent by mail.
_TOKEN = re.compile(r"(?<=/)(download|choose-password|register/confirm|account/address)/[^/]+")
_KERNEL = re.compile(r"([0-9a-f]{8})-[0-9a-f-]{27}")
_UNPRINTABLE = re.compile(r"[^!-~]")
_LONGEST = 120
_QUIET = ("/assets/", "/front-end/", "/healthz", "/api/session")


def log_request(handler: RequestHandler) -> None:
    """Log method, path without query, status and time; files and polling only when they fail."""
    request, status = handler.request, handler.get_status()
    if status < 400 and request.path.startswith(_QUIET):
        return
    level = logging.ERROR if status >= 500 and status != 503 else logging.INFO
    path = loggable_path(request.path)
    logger.log(level, "%d %s %s %d ms", status, request.method, path, 1000 * request.request_time())


def loggable_path(path: str) -> str:
    """Return the path without what opens something: tokens of links and whole kernel ids."""
    known = _KERNEL.sub(r"\1", _TOKEN.sub(r"\1/...", path))
    return _UNPRINTABLE.sub("?", known)[:_LONGEST]
