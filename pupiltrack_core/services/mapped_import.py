"""Opens a file of pupils of whatever kind: the template, a transfer file, or a list to be mapped.

A list of another system goes through one step more, in which a person says what its columns are.
After it everything is as for the template: `pupil_import` compares, shows and saves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.counted import counted
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.interchange.column_mapping import (
    FileColumn,
    PupilTable,
    faults_of_mapping,
    guess_mapping,
    parse_as_template,
    parse_mapped,
    read_table,
)
from pupiltrack_core.interchange.ctf import ENDING as CTF_ENDING
from pupiltrack_core.interchange.ctf import parse_ctf
from pupiltrack_core.interchange.file_kinds import ending_of
from pupiltrack_core.interchange.mapping_targets import Target
from pupiltrack_core.interchange.pupil_template import ParsedFile
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_import import (
    ImportPreview,
    preview_parsed,
    require_importer,
)
from pupiltrack_core.storage.import_mappings import find_import_mapping, save_import_mapping
from pupiltrack_core.storage.school_settings import lock_school

__all__ = [
    "FileColumn",
    "MappingStep",
    "Target",
    "faults_of_choice",
    "is_transfer_file",
    "open_pupil_file",
    "preview_mapped",
]
COLUMNS_KEPT = "import columns kept"
READING = "Reading the file …"
Tell = Callable[[str], None]


def _tell_nobody(_words: str) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True, eq=False)
class MappingStep:
    """A list whose columns a person has to name, with the choice to begin with.

    `remembered_at` is when the school said so of files with these headings; None for a guess. The
    pupils in it are not shown by `repr`, which may reach a log.
    """

    school_id: int
    academic_year: int
    choice: Mapping[Target, int]
    remembered_at: datetime | None
    table: PupilTable = field(repr=False)

    @property
    def file_name(self) -> str:
        """The name of the file, without folders."""
        return self.table.parsed.file_name

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """The file's columns with their first values, in its order."""
        return self.table.columns

    @property
    def number_of_rows(self) -> int:
        """How many rows stand under the headings."""
        return self.table.number_of_rows


def open_pupil_file(
    caller: Caller,
    *,
    school_id: int,
    academic_year: int,
    file_name: str,
    content: bytes,
    as_list: bool = False,
    tell: Tell = _tell_nobody,
) -> ImportPreview | MappingStep:
    """Return what importing a file would do, or the step in which its columns are to be named.

    The template (CSV or XLSX) and a common transfer file (XML) need no such step; with `as_list`
    the template is asked about too. A file that cannot be read is a preview whose problems say
    why. `tell` hears in words what is being done. Raises as `pupil_import.preview_import`.
    """
    laestab = require_importer(caller, school_id)
    place = {"school_id": school_id, "academic_year": academic_year}
    tell(READING)
    if is_transfer_file(file_name):
        parsed = parse_ctf(content, file_name, local_authority=laestab[:3], laestab=laestab)
        return _compare(caller, parsed, tell, **place)
    table = read_table(content, file_name)
    if isinstance(table, ParsedFile):
        return _compare(caller, table, tell, **place)
    if table.is_template and not as_list:
        parsed = parse_as_template(table, local_authority=laestab[:3])
        return _compare(caller, parsed, tell, **place)
    with caller.begin() as work:
        work.require(Action.IMPORT_PUPILS, school_id)
        kept = find_import_mapping(work.session, school_id, table.fingerprint)
        choice = {} if kept is None else _read_back(kept.mapping, table)
        remembered_at = kept.saved_at if kept is not None and choice else None
    return MappingStep(
        **place, choice=choice or guess_mapping(table), remembered_at=remembered_at, table=table
    )


def is_transfer_file(file_name: str) -> bool:
    """Whether a file is read as a common transfer file, whose columns nobody has to name."""
    return ending_of(file_name) == CTF_ENDING


def faults_of_choice(step: MappingStep, choice: Mapping[Target, int]) -> dict[Target, str]:
    """Return what is wrong with a choice of columns, in words; nothing for one that can be read."""
    return faults_of_mapping(step.table, choice)


def preview_mapped(
    caller: Caller, step: MappingStep, choice: Mapping[Target, int], *, tell: Tell = _tell_nobody
) -> ImportPreview:
    """Return what importing the list would do by a choice of columns, and remember the choice.

    It comes back for the school's next file with the same headings. Raises InvalidEntry for a
    choice with faults, and as `pupil_import.preview_import`.
    """
    laestab = require_importer(caller, step.school_id)
    faults = faults_of_mapping(step.table, choice)
    if faults:
        raise InvalidEntry(" ".join(faults.values()), field=next(iter(faults)).value)
    if step.remembered_at is None or dict(choice) != dict(step.choice):
        _remember(caller, step, choice)
    tell(READING)
    parsed = parse_mapped(step.table, choice, local_authority=laestab[:3])
    return _compare(
        caller, parsed, tell, school_id=step.school_id, academic_year=step.academic_year
    )


def _compare(
    caller: Caller, parsed: ParsedFile, tell: Tell, *, school_id: int, academic_year: int
) -> ImportPreview:
    number = len(parsed.rows) + len(parsed.rejected)
    if number:
        tell(f"Comparing {counted(number, 'row')} with the school's pupils …")
    return preview_parsed(caller, parsed, school_id=school_id, academic_year=academic_year)


def _remember(caller: Caller, step: MappingStep, choice: Mapping[Target, int]) -> None:
    with caller.begin(write=True) as work:
        work.require(Action.IMPORT_PUPILS, step.school_id)
        lock_school(work.session, step.school_id)
        save_import_mapping(
            work.session,
            step.school_id,
            step.table.fingerprint,
            {target.value: position for target, position in choice.items()},
            saved_at=work.now,
            saved_by=work.user_id,
        )
        work.audit(COLUMNS_KEPT, school_id=step.school_id, columns=len(choice))
        work.commit()


def _read_back(kept: Mapping[str, object], table: PupilTable) -> dict[Target, int]:
    """The choice that was kept; nothing of one that this version cannot read."""
    known = {target.value: target for target in Target}
    there = {column.position for column in table.columns}
    choice = {known[key]: at for key, at in kept.items() if key in known and isinstance(at, int)}
    return choice if choice and set(choice.values()) <= there else {}
