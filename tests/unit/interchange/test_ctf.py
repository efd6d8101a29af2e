"""Common transfer files: what is read of each pupil, what is left out and said, what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.interchange import ctf_document
from pupiltrack_core.interchange.ctf import ROWS_ARE_PUPILS, parse_ctf
from pupiltrack_core.interchange.pupil_template import ParsedFile, PupilRow
from tests.unit.interchange.ctf_files import HEADER, ctf_file, provision, pupil_xml, spell
from tests.unit.interchange.files import upn, xlsx_file

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


def read(content: bytes, laestab: str = "9992001") -> ParsedFile:
    return parse_ctf(content, "9992009_CTF_9992001_001.xml", local_authority="999", laestab=laestab)


def only(content: bytes) -> PupilRow:
    (row,) = read(content).rows
    return row


def reasons(parsed: ParsedFile) -> str:
    return " ".join(problem.reason for problem in parsed.problems)


def test_parse_ctf_a_pupil_with_all_characteristics() -> None:
    assert only(ctf_file()) == PupilRow(
        row=1,
        upn=upn(1),
        upn_is_local=False,
        surname="Marsh1",
        forenames="Ivy1",
        date_of_birth=date(2016, 11, 4),
        sex=Sex.FEMALE,
        postcode="LA1 4YF",
        ethnicity="WBRI",
        fsm=True,
        eal=False,
        sen=Sen.SUPPORT,
        local_number=None,
    )


def test_parse_ctf_elements_in_other_places_and_a_namespace() -> None:
    pupil = f"""<Pupil><DOB>2016-11-04</DOB><UPN>{upn(1)}</UPN><Forename>Ivy</Forename>
    <Surname>Marsh</Surname><Gender>F</Gender><BasicDetails><FSM>true</FSM>
    <SEN><SENprovision>E</SENprovision></SEN><Ethnicity>WBRI</Ethnicity>
    <Addresses><Address><Postcode>LA1 4YF</Postcode></Address></Addresses></BasicDetails></Pupil>"""
    content = ctf_file(pupil).replace(b"<CTfile>", b'<CTfile xmlns="urn:x" version="1">')
    row = only(content)
    assert (row.surname, row.sex, row.fsm, row.sen) == ("Marsh", "F", True, "E")
    assert (row.postcode, row.eal) == ("LA1 4YF", None)


@pytest.mark.parametrize(
    ("spells", "fsm"),
    [
        ("", None),  # the file does not say that the pupil is not entitled
        ("<FSMreviewDate>2026-01-01</FSMreviewDate>", None),
        (spell("2024-09-01"), True),
        (spell("2024-09-01", "2025-11-20"), True),  # to the very day of the file
        (spell("2024-09-01", "2025-11-19"), False),
        (spell("2025-11-20"), True),
        (spell("2025-11-21"), False),  # not yet
        (spell("2022-09-01", "2023-07-31") + spell("2025-09-01"), True),
        (spell("", ""), True),
    ],
)
def test_parse_ctf_free_meals_on_the_day_of_the_file(spells: str, fsm: bool | None) -> None:
    assert only(ctf_file(pupil_xml(fsm=spells))).fsm is fsm


def test_parse_ctf_free_meals_of_a_file_without_a_day_run_until_they_end() -> None:
    header = HEADER.replace("2025-11-20T09:00:00", "")
    pupils = [pupil_xml(1), pupil_xml(2, fsm=spell("2024-09-01", "2999-01-01"))]
    assert [row.fsm for row in read(ctf_file(*pupils, header=header)).rows] == [True, False]


@pytest.mark.parametrize(
    ("code", "eal"),
    [("ENG", False), ("ENB", False), ("OTH", True), ("POL", True), ("BNGA", True), ("NOT", None)],
)
def test_parse_ctf_first_language(code: str, eal: bool | None) -> None:
    assert only(ctf_file(pupil_xml(language=code))).eal is eal


def test_parse_ctf_another_language_than_the_first_says_nothing() -> None:
    content = ctf_file().replace(b"<LanguageType>F", b"<LanguageType>H")
    assert only(content).eal is None


@pytest.mark.parametrize(
    ("entries", "sen"),
    [
        ("", None),
        (provision("N"), Sen.NONE),
        (provision("E"), Sen.EHC_PLAN),
        (provision("N", "2025-09-01") + provision("K", "2023-01-01"), Sen.NONE),
        (provision("K", "2023-01-01") + provision("E", "2025-09-01"), Sen.EHC_PLAN),
        (provision("P"), Sen.SUPPORT),
    ],
)
def test_parse_ctf_newest_provision(entries: str, sen: Sen | None) -> None:
    assert only(ctf_file(pupil_xml(sen=entries))).sen is sen


def test_parse_ctf_former_provision_is_warned_of() -> None:
    (warning,) = [p for p in read(ctf_file(pupil_xml(sen=provision("P")))).problems if p.row]
    assert (warning.row, warning.column, warning.blocking) == (1, "SEN (SENhistory)", False)


def test_parse_ctf_problems_name_pupil_element_and_value_all_at_once() -> None:
    parsed = read(
        ctf_file(
            pupil_xml(1, dob="2016-02-31", sex="X"),
            pupil_xml(2),
            pupil_xml(3, upn="", postcode="nowhere", language="Polish!"),
        )
    )
    found = [(item.row, item.column, item.value) for item in parsed.problems if item.row]
    assert found == [
        (1, "DOB", "2016-02-31"),
        (1, "Gender (Sex)", "X"),
        (3, "UPN", ""),
        (3, "Postcode (PostCode)", "nowhere"),
        (3, "English as additional language (Languages)", "Polish!"),
    ]
    assert [row.row for row in parsed.rows] == [2]
    assert [row.row for row in parsed.rejected] == [1, 3]


def test_parse_ctf_what_is_left_out_is_counted_and_said() -> None:
    pupils = [
        pupil_xml(1, more="<StageAssessments><KeyStage/></StageAssessments><Odd>1</Odd>"),
        pupil_xml(2, more="<Odd><Inner/></Odd><Odd/>"),
    ]
    words = [problem.reason for problem in read(ctf_file(*pupils)).problems]
    assert words == [
        ROWS_ARE_PUPILS,
        (
            "Not brought in from the pupils of this file: Contacts (2), NCyearActual (2), "
            "StageAssessments (1)."
        ),
        (
            "Not known here and left out, with how often each occurs: Odd (3). "
            "The other details of the pupils were read all the same."
        ),
    ]


def test_parse_ctf_many_unknown_elements_are_not_all_named() -> None:
    odd = "".join(f"<Odd{number}/>" for number in range(600))
    words = reasons(read(ctf_file(pupil_xml(more=odd))))
    assert "and 478 more" in words  # of at most 500 names, two of them known
    assert "Odd599" not in words


@pytest.mark.parametrize(
    ("laestab", "is_warned"), [("9992001", False), ("9992009", False), ("9992003", True)]
)
def test_parse_ctf_of_other_schools_is_pointed_out(laestab: str, is_warned: bool) -> None:
    assert ("yours is 999/2003" in reasons(read(ctf_file(), laestab))) is is_warned


def test_parse_ctf_to_no_school_it_names() -> None:
    header = HEADER.replace("<Estab>2001</Estab>", "<Estab>XXXX</Estab>")
    assert "for no school it names" in reasons(read(ctf_file(header=header), "9992003"))


def test_parse_ctf_odd_names_stay_text() -> None:
    names = ["<img src=x onerror=alert(1)>", "O'Brien & Núñez", "مريم", "=1+1"]
    content = ctf_file(*(pupil_xml(n, surname=name) for n, name in enumerate(names)))
    assert [row.surname for row in read(content).rows] == names


def test_parse_ctf_a_text_without_end_is_cut_and_refused() -> None:
    parsed = read(ctf_file(pupil_xml(surname="N" * 200_000)))
    (problem,) = [item for item in parsed.problems if item.row]
    assert "more than 500 characters" in problem.reason
    assert len(problem.value or "") <= 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_parse_ctf_in_the_encoding_it_declares(encoding: str) -> None:
    text = ctf_file(pupil_xml(surname="Núñez")).decode().replace("UTF-8", encoding)
    assert only(text.encode(encoding)).surname == "Núñez"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged or is not"),
        (b"<CTfile>", "damaged or is not"),
        (b"UPN,Surname\n", "damaged or is not"),
        (b"<CTfile/>", "holds no pupils"),
        (b"<CTfile><CTFpupilData/></CTfile>", "holds no pupils"),
        (b"<html><body/></html>", "begins with “html”"),
        (b"<ATfile><ATFpupilData/></ATfile>", "begins with “ATfile”"),
        (xlsx_file(), "damaged or is not"),
        (ctf_file(before="<!DOCTYPE CTfile>"), "document type or entities"),
        (ctf_file(before='<!DOCTYPE CTfile SYSTEM "file:///etc/passwd">'), "document type"),
        (ctf_file(before=BOMB), "document type or entities"),
        (ctf_file().replace(b"Marsh1", b"&xxe;"), "damaged or is not"),
        (ctf_file().replace(b"UTF-8", b"shift_jis"), "damaged or is not"),
        (ctf_file().replace(b"UTF-8", b"no-such"), "damaged or is not"),
        (b"<CTfile>" + b"<a>" * 200_000, "far more than"),
    ],
)
def test_parse_ctf_refusals(content: bytes, words: str) -> None:
    parsed = read(content)
    assert not parsed.is_readable
    assert words in reasons(parsed)
    assert parsed.rows == ()
    assert all(problem.row is None for problem in parsed.problems)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_BYTES", "larger than"),
        ("MAX_ELEMENTS", "far more than"),
        ("MAX_KEPT", "far more than"),
        ("MAX_ROWS", "rows of pupils"),
    ],
)
def test_parse_ctf_limits(limit: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctf_document, limit, 1)
    parsed = read(ctf_file(pupil_xml(1), pupil_xml(2)))
    assert words in reasons(parsed)
    assert parsed.rows == ()


@given(st.binary(max_size=60), st.integers(0, 400))
def test_parse_ctf_any_bytes_never_raise(inserted: bytes, at: int) -> None:
    content = ctf_file()
    assert isinstance(read(content[:at] + inserted + content[at:]), ParsedFile)
