"""The command `pupiltrack-serve`: settings, the process that kernels are forked from, the server.

That process takes as long to start as the server, so it is started first and beside it; the
server's own libraries are loaded only then.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from pupiltrack_core.access import Page
from pupiltrack_core.errors import PupilTrackError
from pupiltrack_core.settings import Settings, load_settings
from pupiltrack_portal.server.capacity import make_room_for_descriptors
from pupiltrack_portal.server.forks import Forks

# Names only, for the process that kernels are forked from: this one imports no page.
PRELOADED = (
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "pupiltrack_portal.pages",
    *(f"pupiltrack_portal.pages.{page.value.replace('-', '_')}" for page in Page),
)
REHEARSED = ("pupiltrack_portal.pages.rehearsal:warm_up",)


def main() -> None:
    """Serve the portal as the settings say, until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    runtime = Path(tempfile.mkdtemp(prefix="pupiltrack-"))  # for us alone: mode 0700
    forks = Forks(runtime / "fork" / "socket", PRELOADED, rehearse=REHEARSED)
    try:
        _serve(load_settings(), runtime=runtime, forks=forks)
    except PupilTrackError as error:
        raise SystemExit(f"The portal did not start. {error}") from error
    finally:
        forks.stop()
        shutil.rmtree(runtime, ignore_errors=True)


def _serve(settings: Settings, *, runtime: Path, forks: Forks) -> None:
    make_room_for_descriptors(settings.max_kernels)  # first: the other process inherits it
    forks.start()
    from pupiltrack_portal.server.portal import PortalServer

    server = PortalServer.instance(config_file_paths=[str(Path.cwd())], log_level=logging.INFO)
    server.prepare_server(settings, runtime=runtime, forks=forks)
    asyncio.run(server.serve(announce=lambda: announce(settings)))


def announce(settings: Settings) -> None:
    """Say where the portal is, once it answers."""
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    address = settings.public_url or f"http://{shown}:{settings.port}"
    sys.stdout.write(f"PupilTrack is at {address} (Ctrl-C stops it)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
