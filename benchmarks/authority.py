"""A local authority of 600 schools, made once and kept: making it takes minutes."""

from __future__ import annotations

import sys
from pathlib import Path

from pupiltrack_core.services.demo import DEMO_SEED, create_demo
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database

SCHOOLS = 600
SEED = DEMO_SEED


def open_authority(folder: Path) -> Database:
    """Return the demo authority of 600 schools, about 126,000 pupils, in SQLite.

    The file is kept in `folder` under a name of its seed and migration, and made when not there.
    """
    path = folder / f"authority-{SCHOOLS}-{SEED}-{schema.head_revision()}.sqlite"
    if not path.exists():
        _make(path)
    return Database.open(f"sqlite:///{path}")


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"authority-{SCHOOLS}-*"):
        old.unlink()
    draft = path.with_name(f"draft-{path.name}")
    for left_over in draft.parent.glob(f"{draft.name}*"):
        left_over.unlink()
    print(f"Making {path.name}, once; this takes a few minutes ...", file=sys.stderr, flush=True)
    url = f"sqlite:///{draft}"
    schema.upgrade(url)
    database = Database.open(url)
    try:
        create_demo(database, schools=SCHOOLS, seed=SEED, hashing=PasswordHashing.FLOOR)
    finally:
        database.dispose()  # the last connection to close writes the log back into the file
    draft.rename(path)
