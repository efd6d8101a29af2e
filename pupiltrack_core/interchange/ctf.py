"""Common transfer files: pupils and their characteristics, in the columns of the template.

Source of the elements and codes: the Department for Education's common transfer file, versions of
2013 and later, in which the order of elements and the place of some differ. Results, attendance,
contacts and school history are not brought in; the file's own counts of them are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from pupiltrack_core.errors import ImportFileError
from pupiltrack_core.interchange.ctf_document import CtfDocument, Node, read_ctf_document
from pupiltrack_core.interchange.mis_values import say_eal, say_yes_no
from pupiltrack_core.interchange.pupil_columns import Headings, PupilColumn
from pupiltrack_core.interchange.pupil_template import ParsedFile, begin, read_pupils, refused
from pupiltrack_core.interchange.sheets import Cell, Sheet, SheetRow, shown

ENDING = "xml"
_NAMES: Mapping[PupilColumn, str] = {
    PupilColumn.UPN: "UPN",
    PupilColumn.SURNAME: "Surname",
    PupilColumn.FORENAME: "Forename",
    PupilColumn.DATE_OF_BIRTH: "DOB",
    PupilColumn.SEX: "Sex",
    PupilColumn.POSTCODE: "PostCode",
    PupilColumn.FSM: "FSMhistory",
    PupilColumn.ETHNICITY: "Ethnicity",
    PupilColumn.EAL: "Languages",
    PupilColumn.SEN: "SENhistory",
}
_KEPT = (
    "upn",
    "surname",
    "forename",
    "dob",
    "sex",
    "gender",
    "ethnicity",
    "languages",
    "fsmhistory",
    "fsm",
    "senhistory",
    "sen",
    "address",
    "addresses",
)
# What a file may say of a pupil beside that; anything else is not known here.
_KNOWN = frozenset(
    [
        "accept",
        "additionalneeds",
        "admissions",
        "applicationreference",
        "assessments",
        "attendance",
        "careauthority",
        "contacts",
        "contactdetails",
        "disabilities",
        "email",
        "enrolstatus",
        "ethnicitysource",
        "formerforename",
        "formersurname",
        "formerupn",
        "lookedafter",
        "medicalflag",
        "middlenames",
        "nawdetails",
        "ncyearactual",
        "ncyearleaving",
        "numberofsiblings",
        "phones",
        "preferredforename",
        "preferredsurname",
        "pupilpremium",
        "religion",
        "schoolhistory",
        "seneedstypes",
        "servicechild",
        "stageassessments",
        "uci",
        "uniquecandidateidentifier",
        "uniquelearnernumber",
        "youngcarer",
    ]
)
_LANGUAGE_CODE = re.compile(r"[A-Z]{3}[A-Z]?", re.IGNORECASE)
_MOST_NAMED = 20
ROWS_ARE_PUPILS = (
    "This is a common transfer file: “row 1” stands for its first pupil, “row 2” for the second."
)


def parse_ctf(
    content: bytes,
    file_name: str,
    *,
    local_authority: str | None = None,
    laestab: str | None = None,
) -> ParsedFile:
    """Return the pupils of a common transfer file, read as `pupil_template.parse` reads rows.

    Rows are the pupils in their order, counted from 1. `laestab` is the school's own number: a
    file that is neither from it nor to it is pointed out. Raises nothing.
    """
    parsed = begin(content, file_name)
    try:
        document = read_ctf_document(content, parsed.file_name, kept=_KEPT)
    except ImportFileError as error:
        return refused(parsed, error)
    rows = [SheetRow(0, tuple(Cell(name) for name in _NAMES.values()))]
    rows += [
        SheetRow(number, tuple(_cells(pupil, _day_of_file(document))))
        for number, pupil in enumerate(document.pupils, start=1)
    ]
    sheet = Sheet(rows=tuple(rows), warnings=tuple(_warnings(document, laestab)))
    headings = Headings(
        positions={column: position for position, column in enumerate(_NAMES)},
        width=len(_NAMES),
        problems=(),
        ignored=(),
        called={
            column: column.short if column.short == name else f"{column.short} ({name})"
            for column, name in _NAMES.items()
        },
    )
    return read_pupils(parsed, sheet, headings, local_authority=local_authority)


def _cells(pupil: Node, day: date | None) -> Iterator[Cell]:
    """The cells of one pupil, in the order of `_NAMES`."""
    for name in ("upn", "surname", "forename", "dob"):
        yield Cell(_one(pupil, name))
    yield Cell(_one(pupil, "sex") or _one(pupil, "gender"))
    yield Cell(_postcode(pupil))
    yield _free_meals(pupil, day)
    yield Cell(_one(pupil, "ethnicity"))
    yield _first_language(pupil)
    yield Cell(_provision(pupil))


def _one(pupil: Node, name: str) -> str:
    """The text of an element that stands in the pupil or in its basic details."""
    return pupil.text_of(name) or pupil.text_of("basicdetails", name)


def _parts(pupil: Node, name: str) -> Node:
    return pupil.find(name) or pupil.find("basicdetails", name) or Node(name)


def _postcode(pupil: Node) -> str:
    for name in ("address", "addresses"):
        for found in _parts(pupil, name).every("postcode"):
            if found.text:
                return found.text
    return ""


def _free_meals(pupil: Node, day: date | None) -> Cell:
    """Y where an entitlement runs on the day of the file, N where all have ended, else blank.

    A pupil without any is blank, not N: the file does not say that nobody is entitled.
    """
    spells = list(_parts(pupil, "fsmhistory").every("fsminstance"))
    if not spells:
        said = _one(pupil, "fsm")
        return Cell(say_yes_no(said), written=said)
    written = "; ".join(
        f"{spell.text_of('fsmstartdate')} to {spell.text_of('fsmenddate') or 'now'}"
        for spell in spells
    )
    runs = any(_runs(spell, day) for spell in spells)
    return Cell("Y" if runs else "N", written=written)


def _runs(spell: Node, day: date | None) -> bool:
    start, end = _day(spell.text_of("fsmstartdate")), _day(spell.text_of("fsmenddate"))
    if day is None:
        return end is None
    return (start is None or start <= day) and (end is None or end >= day)


def _first_language(pupil: Node) -> Cell:
    """Whether the first language is another than English; blank where the file does not tell it."""
    for language in _parts(pupil, "languages").every("type"):
        if language.text_of("languagetype").upper() != "F":
            continue
        code = language.text_of("language")
        said = say_eal(code)
        if said == code and _LANGUAGE_CODE.fullmatch(code):
            said = "Y"  # the code of any other language
        return Cell(said, written=code)
    return Cell("")


def _provision(pupil: Node) -> str:
    """The provision of the newest entry; a single one may have no date."""
    history = list(_parts(pupil, "senhistory").every("sen")) or [_parts(pupil, "sen")]
    entries = [
        (entry.text_of("startdate"), at, entry.text_of("senprovision") or entry.text)
        for at, entry in enumerate(history)
    ]
    return max(entries)[2]


def _day_of_file(document: CtfDocument) -> date | None:
    return _day(document.header.text_of("datetime"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _warnings(document: CtfDocument, laestab: str | None) -> Iterator[str]:
    yield ROWS_ARE_PUPILS
    source, destination = (
        _number(document.header, school) for school in ("sourceschool", "destschool")
    )
    if laestab is not None and laestab not in (source, destination) and source:
        yield (
            f"The file was made by school {source} for {destination or 'no school it names'}; "
            f"yours is {laestab[:3]}/{laestab[3:]}. Check that these pupils are yours."
        )
    known = {name: n for name, n in document.left_out.items() if name.casefold() in _KNOWN}
    unknown = {name: n for name, n in document.left_out.items() if name not in known}
    if known:
        yield f"Not brought in from the pupils of this file: {_listed(known)}."
    if unknown:
        yield (
            f"Not known here and left out, with how often each occurs: {_listed(unknown)}. "
            "The other details of the pupils were read all the same."
        )


def _number(header: Node, school: str) -> str:
    number = f"{header.text_of(school, 'lea')}{header.text_of(school, 'estab')}"
    return shown(number) if number.isdigit() else ""


def _listed(counts: Mapping[str, int]) -> str:
    named = [f"{shown(name)[:40]} ({number})" for name, number in sorted(counts.items())]
    more = len(named) - _MOST_NAMED
    return ", ".join(named[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
