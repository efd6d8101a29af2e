"""A process that records judgements until it is killed, for `test_kill`.

Everything is imported once; each line on standard input forks a recorder. On standard output:
"pid N", then a JSON line for every batch the service has answered as saved, then "dead" when it
has gone. Arguments: database address, session, school, assessment, pupils separated by commas.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR

SUBJECTS = ("READ", "WRIT", "MATH")


def record_until_killed(
    url: str, session: int, *, school: int, assessment: int, pupils: list[int]
) -> None:
    """Set all three subjects of a pupil at once, again and again, and tell each answer."""
    caller = Caller.for_session(Database.open(url), session)
    cells = load_grid(caller, CohortSelection(YEAR, school, years=4), [assessment]).cells
    keys = [f"{assessment}:tracking:{subject}" for subject in SUBJECTS]
    versions = {pupil: cells.get((pupil, keys[0]), (None, 0, None))[1] for pupil in pupils}
    for turn in itertools.count():
        pupil = random.choice(pupils)  # noqa: S311
        value = "BTOD"[(versions[pupil] + turn) % 4] if versions[pupil] % 5 != 4 else None
        changes = [CellChange(pupil, key, value, versions[pupil]) for key in keys]
        outcomes = record_changes(caller, school, YEAR, changes)
        if {outcome.status for outcome in outcomes} != {"saved"}:
            raise SystemExit("A lone writer met a conflict.")
        versions[pupil] = outcomes[0].version
        told = [pupil, value, [outcome.version for outcome in outcomes]]
        os.write(1, (json.dumps(told) + "\n").encode())


def main(url: str, session: str, school: str, assessment: str, pupils: str) -> None:
    """Fork a recorder for each line read and wait for its end."""
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            record_until_killed(
                url,
                int(session),
                school=int(school),
                assessment=int(assessment),
                pupils=[int(pupil) for pupil in pupils.split(",")],
            )
        os.write(1, f"pid {child}\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
