"""What the process that pages are forked from must not hold in memory: the server's own."""

from __future__ import annotations

import subprocess
import sys

OF_THE_SERVER = (
    "alembic",
    "altcha",
    "brotli",
    "click",
    "distributed",
    "jinja2",
    "jupyter_server",
    "nbconvert",
    "pyrage",
    "segno",
    "smtplib",
    "tornado.httpserver",
    "voila",
    "webauthn",
)


def test_preloaded_pages_load_nothing_of_the_server() -> None:
    code = (
        "import importlib, sys; from pupiltrack_portal.server.app import PRELOADED; "
        "[importlib.import_module(name) for name in PRELOADED]; "
        f"sys.exit(' '.join(name for name in {OF_THE_SERVER!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
