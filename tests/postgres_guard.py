"""Runs one PostgreSQL server until its standard input says so or closes, then removes it.

A process of its own, so that the server also stops when the test run is killed. Arguments:
directory of the binaries, directory to work in, name of the account to run as ("" for this one).
Prints "ready" when the server answers.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

_INITDB_OPTIONS = [
    "-U",
    "pupiltrack",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "-N",
    "--no-instructions",
]
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    # What it counts in a database that was emptied, and when, would choose other plans.
    "autovacuum": "off",
}


def main(binaries: Path, folder: Path, account: str) -> int:
    """Serve until told to stop; return 0."""
    data = folder / "data"
    if account:
        shutil.chown(folder, account)
        identity: dict[str, object] = {"user": account, "group": account, "extra_groups": ()}
    else:
        identity = {}
    with (folder / "log").open("wb") as log:
        server = None
        try:
            subprocess.run(
                [binaries / "initdb", "-D", data, *_INITDB_OPTIONS],
                check=True,
                stdout=log,
                stderr=log,
                cwd=folder,
                **identity,
            )
            options = [
                part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")
            ]
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                start_new_session=True,
                **identity,
            )
            _wait_until_ready(folder, server)
            print("ready", flush=True)  # noqa: T201
            sys.stdin.readline()
        except (RuntimeError, subprocess.CalledProcessError):
            sys.stderr.write((folder / "log").read_text(errors="replace"))
            raise
        finally:
            if server is not None:
                server.send_signal(signal.SIGQUIT)
                server.wait(30)
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _wait_until_ready(folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(dbname="postgres", user="pupiltrack", host=str(folder)).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL does not answer.")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
