"""The pupil list and the import, through the database, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    ImportFileError,
    InvalidEntry,
    NotFound,
    NotSignedIn,
    StorageUnavailable,
)
from pupiltrack_core.interchange.pupil_template import parse
from pupiltrack_core.services import pupil_import, pupils
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupils import (
    ImportPreview,
    ImportResult,
    PupilSearch,
    TemplateFormat,
    accept_import,
    import_template,
    list_pupils,
    preview_import,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import (
    AuditEntry,
    Enrolment,
    ImportBatch,
    Pupil,
    PupilFieldChange,
    UserSession,
)
from tests.builders import (
    NOW,
    YEAR,
    make_authority,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.people import caller_at
from tests.unit.interchange.files import csv_file, row, upn, xlsx_file


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def caller(database: Database, school: int) -> Caller:
    return caller_at(database, school)


def preview(caller: Caller, school: int, content: bytes, **changes: Any) -> ImportPreview:
    details = {"academic_year": YEAR, "file_name": "pupils.csv", **changes}
    return preview_import(caller, school_id=school, content=content, **details)


def scalars(database: Database, query: Any) -> list[Any]:
    with database.unit_of_work() as work:
        return list(work.session.scalars(query))


def counted(database: Database) -> tuple[int, int, int, int]:
    """Pupils, enrolments, acceptances, audit rows."""
    with database.unit_of_work() as work:
        return tuple(
            work.session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Pupil, Enrolment, ImportBatch, AuditEntry)
        )


def statuses(shown: ImportPreview) -> list[str]:
    return list(shown.rows["status"])


def reasons(shown: ImportPreview) -> str:
    return " ".join(problem.reason for problem in shown.problems)


# --- list ---------------------------------------------------------------------------------------


def named(surname: str, forenames: str = "Ivy", **more: Any) -> dict[str, Any]:
    return {"surname": surname, "forenames": forenames, **more}


def test_list_pupils_sorted_and_searched(database: Database, school: int, caller: Caller) -> None:
    make_pupil(database, school, pupil=named("Zeal"), class_name="Oak")
    make_pupil(database, school, pupil=named("marsh", "Tom"), class_name="Oak", year_group=3)
    make_pupil(database, school, pupil=named("Núñez", upn="B801200005001"))
    make_pupil(database, school, pupil=named("Marsh", "Ada"))
    make_pupil(database, school, pupil=named("Earlier"), academic_year=YEAR - 1)

    def found(**search: Any) -> list[tuple[str, str]]:
        frame = list_pupils(caller, school, YEAR, PupilSearch(**search))
        return list(zip(frame["surname"], frame["forenames"], strict=True))

    assert found() == [("Marsh", "Ada"), ("marsh", "Tom"), ("Núñez", "Ivy"), ("Zeal", "Ivy")]
    assert found(surname="ARSH") == [("Marsh", "Ada"), ("marsh", "Tom")]
    assert found(surname="nunez") == found(surname="NÚÑEZ") == [("Núñez", "Ivy")]
    assert found(upn="b8012 ") == [("Núñez", "Ivy")]
    assert found(class_name="Oak") == [("marsh", "Tom"), ("Zeal", "Ivy")]
    assert found(year_group=3) == [("marsh", "Tom")]
    assert found(surname="%") == []


def test_list_pupils_by_characteristics(database: Database, school: int, caller: Caller) -> None:
    make_pupil(database, school, pupil=named("Archer"), fsm=True, sen="K")
    make_pupil(database, school, pupil=named("Baker"), fsm=True)
    make_pupil(database, school, pupil=named("Carter"), fsm=False, sen="E")

    def found(**wanted: str) -> list[str]:
        filters = tuple((Characteristic(name), value) for name, value in wanted.items())
        search = PupilSearch(characteristics=filters)
        return list(list_pupils(caller, school, YEAR, search)["surname"])

    assert found(fsm="Y") == ["Archer", "Baker"]
    assert found(fsm="Y", sen="KE") == ["Archer"]
    assert found(sen="U") == ["Baker"]
    with pytest.raises(InvalidEntry):
        found(fsm="'; --")
    with pytest.raises(AccessDenied):
        found(looked_after="Y")


def test_list_pupils_of_an_empty_school_has_its_columns(school: int, caller: Caller) -> None:
    frame = list_pupils(caller, school, YEAR)
    assert tuple(frame.columns) == pupils.LIST_COLUMNS
    assert frame.empty


def test_list_pupils_leaves_out_other_schools_and_archived_pupils(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, make_school(database), pupil=named("Elsewhere"))
    gone = make_pupil(database, school, pupil=named("Gone"))
    with database.unit_of_work(write=True) as work:
        work.session.execute(update(Pupil).where(Pupil.id == gone).values(archived_from=0))
        work.commit()
    assert list_pupils(caller, school, YEAR).empty


def test_list_pupils_of_another_school_is_not_found(database: Database, caller: Caller) -> None:
    with pytest.raises(NotFound):
        list_pupils(caller, make_school(database), YEAR)


# --- preview ------------------------------------------------------------------------------------


def test_preview_import_new_pupils_get_their_year_group_and_nothing_is_written(
    database: Database, school: int, caller: Caller
) -> None:
    before = counted(database)
    shown = preview(
        caller,
        school,
        csv_file(
            row(1, dob="01/09/2016"),  # 8 on 31 August 2025 less a day: Year 4
            row(2, dob="31/08/2016"),  # 9 on 31 August 2025: Year 5
            row(3, dob="29/02/2020"),  # 5: Year 1
        ),
    )
    assert statuses(shown) == ["added"] * 3
    assert list(shown.rows["year_group"]) == [4, 5, 1]
    assert shown.counts == pupils.ImportCounts(added=3, changed=0, unchanged=0, problem=0)
    assert shown.problems == ()
    assert shown.already_imported_at is None
    assert counted(database) == before


def test_preview_import_shows_old_and_new_of_each_changed_fact(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(
        database,
        school,
        pupil={
            "upn": upn(1),
            "surname": "Marsh1",
            "forenames": "Ivy1",
            "date_of_birth": date(2016, 11, 4),
            "postcode": "LA9 9ZZ",
        },
        ethnicity="WBRI",
        fsm=None,
        eal=True,
        sen="N",
    )
    shown = preview(caller, school, csv_file(row(1)))
    assert statuses(shown) == ["changed"]
    changes = shown.changes[["field", "old", "new"]].to_numpy().tolist()
    assert changes == [
        ["Postcode", "LA9 9ZZ", "LA1 4YF"],
        ["FSM", "Not recorded", "Yes"],
        ["English as additional language", "Yes", "No"],
        ["SEN", "No SEN", "SEN support"],
    ]
    assert "Postcode: LA9 9ZZ → LA1 4YF" in shown.rows.loc[0, "changes"]


def known(number: int, **more: Any) -> dict[str, Any]:
    return {
        "upn": upn(number),
        "surname": f"Marsh{number}",
        "forenames": f"Ivy{number}",
        "date_of_birth": date(2016, 11, 4),
        "postcode": "LA1 4YF",
        **more,
    }


SAME: dict[str, Any] = {"ethnicity": "WBRI", "fsm": True, "eal": False, "sen": "K"}


def test_preview_import_blank_cells_say_nothing(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(1, local_number="77"), **SAME)
    shown = preview(caller, school, csv_file(row(1, fsm="", eal="", sen="", lccno="")))
    assert statuses(shown) == ["unchanged"]
    assert not shown.would_write


def test_preview_import_another_date_of_birth_is_a_problem(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(1), **SAME)
    shown = preview(caller, school, csv_file(row(1, dob="05/11/2016")))
    assert statuses(shown) == ["problem"]
    (problem,) = shown.problems
    assert (problem.row, problem.column, problem.blocking) == (2, "DOB", True)
    assert "04/11/2016" in problem.reason


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ("04/11/2031", "born after"),
        ("04/11/1995", "too old"),  # 29
        ("31/08/2014", "too old"),  # 11 on 31 August 2025: Year 7
        ("01/09/2023", "too young"),  # 1
    ],
)
def test_preview_import_out_of_primary_range_is_a_problem(
    school: int, caller: Caller, born: str, words: str
) -> None:
    shown = preview(caller, school, csv_file(row(1, dob=born)))
    assert statuses(shown) == ["problem"]
    assert words in reasons(shown)


@pytest.mark.parametrize(("born", "year_group"), [("01/09/2014", 6), ("31/08/2023", -2)])
def test_preview_import_edges_of_primary_range(
    school: int, caller: Caller, born: str, year_group: int
) -> None:
    shown = preview(caller, school, csv_file(row(1, dob=born)))
    assert list(shown.rows["year_group"]) == [year_group]


def test_preview_import_the_first_nursery_pupils_of_a_school_are_warned_of(
    database: Database, school: int, caller: Caller
) -> None:
    content = csv_file(row(1, dob="04/11/2021"))  # 3 on 31 August 2025: Nursery 2
    shown = preview(caller, school, content)
    assert statuses(shown) == ["added"]
    assert "Nursery 2" in reasons(shown)
    make_pupil(database, school, year_group=-1)
    assert preview(caller, school, content).problems == ()


def test_preview_import_an_overridden_year_group_stays_and_moves_on(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(1), year_group=3, year_override=True, **SAME)
    assert statuses(preview(caller, school, csv_file(row(1)))) == ["unchanged"]
    shown = preview(caller, school, csv_file(row(1)), academic_year=YEAR + 1)
    assert statuses(shown) == ["changed"]
    assert list(shown.rows["year_group"]) == [4]  # by age it would be Year 5
    accept_import(caller, shown)
    (enrolment,) = scalars(database, select(Enrolment).where(Enrolment.academic_year == YEAR + 1))
    assert (enrolment.year_group, enrolment.year_override) == (4, True)


def test_preview_import_a_temporary_upn_gives_way_and_is_kept_as_former(
    database: Database, school: int, caller: Caller
) -> None:
    pupil_id = make_pupil(database, school, pupil=known(1, upn="T20110001804V"), **SAME)
    shown = preview(caller, school, csv_file(row(1)))
    assert statuses(shown) == ["changed"]
    assert "will replace" in reasons(shown)
    accept_import(caller, shown)
    (pupil,) = scalars(database, select(Pupil))
    assert (pupil.id, pupil.upn, pupil.former_upn) == (pupil_id, upn(1), "T20110001804V")
    again = preview(caller, school, csv_file(row(1, upn="T20110001804V")))
    assert statuses(again) == ["problem"]
    assert "former UPN" in reasons(again)


def test_preview_import_a_permanent_upn_never_gives_way(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(2, surname="MARSH1", forenames="Ivy1"), **SAME)
    shown = preview(caller, school, csv_file(row(1)))
    assert statuses(shown) == ["added"]
    assert "only if these are two pupils" in reasons(shown)


def test_preview_import_an_archived_pupil_comes_back(
    database: Database, school: int, caller: Caller
) -> None:
    pupil_id = make_pupil(database, school, pupil=known(1), **SAME)
    archived = {
        "archived_from": YEAR + 1,
        "archived_at": NOW,
        "archived_by": 1,
        "archive_reason": "moved",
    }
    for since in (YEAR + 1, YEAR):
        with database.unit_of_work(write=True) as work:
            held = archived | {"archived_from": since}
            work.session.execute(update(Pupil).where(Pupil.id == pupil_id).values(held))
            work.commit()
        if since > YEAR:  # not archived in the year of the file: nothing to take back
            assert statuses(preview(caller, school, csv_file(row(1)))) == ["unchanged"]
    shown = preview(caller, school, csv_file(row(1)))
    assert shown.changes[["field", "old", "new"]].to_numpy().tolist() == [["Archived", "Yes", "No"]]
    accept_import(caller, shown)
    assert len(list_pupils(caller, school, YEAR)) == 1
    (pupil,) = scalars(database, select(Pupil))
    assert {getattr(pupil, name) for name in archived} == {None}


def test_preview_import_a_wrong_check_letter_is_a_warning_and_marks_a_local_identifier(
    database: Database, school: int, caller: Caller
) -> None:
    wrong = ("B" if upn(1)[0] != "B" else "C") + upn(1)[1:]
    shown = preview(caller, school, csv_file(row(1, upn=wrong)))
    assert [problem.blocking for problem in shown.problems] == [False]
    accept_import(caller, shown)
    (pupil,) = scalars(database, select(Pupil))
    assert (pupil.upn, pupil.upn_is_local) == (wrong, True)


def test_preview_import_says_nothing_of_the_same_upn_at_another_school(
    database: Database, school: int, caller: Caller
) -> None:
    other = make_school(database)
    make_pupil(database, other, pupil=known(1, date_of_birth=date(2015, 1, 1)), **SAME)
    content = csv_file(row(1))
    with_other = preview(caller, school, content)
    assert statuses(with_other) == ["added"]
    assert with_other.problems == ()
    accept_import(caller, with_other)
    here, there = scalars(
        database, select(Pupil).order_by((Pupil.school_id == other).asc(), Pupil.id)
    )
    assert here.person_key != there.person_key
    assert there.date_of_birth == date(2015, 1, 1)


def test_preview_import_a_file_that_cannot_be_read_is_shown_and_never_accepted(
    database: Database, school: int, caller: Caller
) -> None:
    shown = preview(caller, school, b"Name,Age\nIvy,9\n")
    assert not shown.is_readable
    assert shown.rows.empty
    assert "lacks these headings" in reasons(shown)
    before = counted(database)
    with pytest.raises(ImportFileError):
        accept_import(caller, shown, accept_good_rows=True)
    assert counted(database) == before


@pytest.mark.parametrize("role", [Role.TEACHER])
def test_preview_import_by_a_role_that_may_not(database: Database, school: int, role: Role) -> None:
    with pytest.raises(AccessDenied):
        preview(caller_at(database, school, role), school, csv_file(row()))


def test_preview_import_by_the_authority_is_refused(database: Database, school: int) -> None:
    user = make_user(database, Role.LA_ADMIN, local_authority_id=make_authority(database))
    analyst = Caller.for_session(database, make_session(database, user))
    with pytest.raises(AccessDenied):
        preview(analyst, school, csv_file(row()))


def test_preview_import_into_another_school_is_not_found(
    database: Database, caller: Caller
) -> None:
    with pytest.raises(NotFound):
        preview(caller, make_school(database), csv_file(row()))


def test_preview_import_into_no_academic_year(school: int, caller: Caller) -> None:
    with pytest.raises(InvalidEntry):
        preview(caller, school, csv_file(row()), academic_year=1)


def test_preview_import_shows_no_pupil_in_its_repr(school: int, caller: Caller) -> None:
    text = repr(preview(caller, school, csv_file(row(1), row(2, dob="x"))))
    for personal in ("Marsh", "Ivy", upn(1), "LA1"):
        assert personal not in text


# --- acceptance ---------------------------------------------------------------------------------


def test_accept_import_writes_everything_of_a_row(
    database: Database, school: int, caller: Caller
) -> None:
    content = xlsx_file(row(1, ethnicity="OOth", eal="", sen="S", lccno="00077"))
    shown = preview(caller, school, content, file_name="pupils.xlsx")
    result = accept_import(caller, shown)
    assert (result.added, result.changed, result.unchanged, result.left_out) == (1, 0, 0, 0)
    (pupil,) = scalars(database, select(Pupil))
    assert (pupil.school_id, pupil.upn, pupil.surname, pupil.forenames) == (
        school,
        upn(1),
        "Marsh1",
        "Ivy1",
    )
    assert (pupil.date_of_birth, pupil.sex, pupil.postcode) == (date(2016, 11, 4), "F", "LA1 4YF")
    assert (pupil.local_number, pupil.upn_is_local, pupil.former_upn) == ("00077", False, None)
    (enrolment,) = scalars(database, select(Enrolment))
    assert (enrolment.academic_year, enrolment.year_group, enrolment.version) == (YEAR, 4, 1)
    assert (enrolment.ethnicity, enrolment.fsm, enrolment.eal, enrolment.sen) == (
        "OOTH",
        True,
        None,
        "E",
    )
    assert enrolment.include_in_data
    assert enrolment.ever6 is None


def test_accept_import_records_who_and_how_many_and_no_personal_data(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(2), **SAME)
    shown = preview(caller, school, csv_file(row(1), row(2), row(3, gender="X")))
    result = accept_import(caller, shown, accept_good_rows=True)
    (batch,) = scalars(database, select(ImportBatch))
    assert batch.id == result.batch_id
    assert (batch.added, batch.changed, batch.unchanged, batch.left_out) == (1, 0, 1, 1)
    assert (batch.digest, batch.kind, batch.academic_year) == (shown.digest, "pupils", YEAR)
    (entry,) = scalars(database, select(AuditEntry).where(AuditEntry.action == "pupils imported"))
    assert entry.school_id == school
    for personal in ("Marsh", "Ivy", upn(1), "LA1"):
        assert personal not in entry.detail


def test_accept_import_with_problems_only_on_request(
    database: Database, school: int, caller: Caller
) -> None:
    shown = preview(caller, school, csv_file(row(1), row(2, gender="X")))
    with pytest.raises(InvalidEntry, match="1 row has problems"):
        accept_import(caller, shown)
    assert counted(database)[:3] == (0, 0, 0)
    accept_import(caller, shown, accept_good_rows=True)
    assert counted(database)[:3] == (1, 1, 1)


def test_accept_import_changes_only_what_the_file_states(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(
        database, school, pupil=known(1), **SAME | {"fsm": False}, class_name="Oak", ever6=True
    )
    shown = preview(caller, school, csv_file(row(1, forename="Rose")))
    assert accept_import(caller, shown).changed == 1
    (pupil,) = scalars(database, select(Pupil))
    (enrolment,) = scalars(database, select(Enrolment))
    assert (pupil.forenames, enrolment.fsm, enrolment.version) == ("Rose", True, 2)
    assert (enrolment.class_name, enrolment.ever6) == ("Oak", True)


def test_accept_import_notes_for_each_record_what_changed(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(1), **SAME | {"fsm": False})
    accept_import(caller, preview(caller, school, csv_file(row(1, forename="Rose"), row(2))))
    changes = scalars(database, select(PupilFieldChange).order_by(PupilFieldChange.id))
    ids = scalars(database, select(Pupil.id).order_by(Pupil.id))
    assert [
        (noted.pupil_id, noted.field, noted.before, noted.after, noted.academic_year)
        for noted in changes
    ] == [
        (ids[1], "added", None, None, YEAR),
        (ids[0], "forenames", "Ivy1", "Rose", None),
        (ids[0], "fsm", "N", "Y", YEAR),
    ]
    assert {noted.changed_by for noted in changes} != {None}


def test_accept_import_enrols_last_years_pupil_and_leaves_last_year_alone(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(
        database, school, pupil=known(1), academic_year=YEAR - 1, year_group=3, fsm=False, sen="N"
    )
    shown = preview(caller, school, csv_file(row(1)))
    assert statuses(shown) == ["changed"]
    assert "Year group: Year 4 in 2025/2026" in shown.rows.loc[0, "changes"]
    accept_import(caller, shown)
    last, this = scalars(database, select(Enrolment).order_by(Enrolment.academic_year))
    assert (last.year_group, last.fsm, last.sen) == (3, False, "N")
    assert (this.year_group, this.fsm, this.sen) == (4, True, "K")


def test_accept_import_of_the_same_file_again_changes_nothing(
    database: Database, school: int, caller: Caller
) -> None:
    content = csv_file(row(1), row(2), row(3, dob="04/11/2017"))
    first = preview(caller, school, content)
    accept_import(caller, first)
    after = counted(database)
    again = preview(caller, school, content)
    assert statuses(again) == ["unchanged"] * 3
    assert again.already_imported_at is not None
    assert accept_import(caller, again) == ImportResult(
        added=0, changed=0, unchanged=3, left_out=0, batch_id=None
    )
    assert accept_import(caller, first).unchanged == 3  # the button pressed twice
    assert counted(database) == after


def test_accept_import_already_imported_is_told_per_school_and_year(
    database: Database, school: int, caller: Caller
) -> None:
    content = csv_file(row(1, dob="04/11/2017"))
    accept_import(caller, preview(caller, school, content))
    assert preview(caller, school, content, academic_year=YEAR + 1).already_imported_at is None
    other = make_school(database)
    assert preview(caller_at(database, other), other, content).already_imported_at is None


def test_accept_import_markup_and_odd_names_are_stored_to_the_letter(
    database: Database, school: int, caller: Caller
) -> None:
    names = ["<script>alert(1)</script>", "O'Brien", "مريم", "=1+1", "N" * 200, "Robert'); DROP"]
    rows = [row(number, surname=name) for number, name in enumerate(names)]
    accept_import(caller, preview(caller, school, csv_file(*rows)))
    assert scalars(database, select(Pupil.surname).order_by(Pupil.id)) == names


def test_accept_import_something_else_than_was_shown_is_a_conflict(
    database: Database, school: int, caller: Caller
) -> None:
    pupil_id = make_pupil(database, school, pupil=known(1, postcode="LA9 9ZZ"), **SAME)
    shown = preview(caller, school, csv_file(row(1), row(2)))
    with database.unit_of_work(write=True) as work:
        work.session.execute(update(Pupil).where(Pupil.id == pupil_id).values(postcode="LA8 8ZZ"))
        work.commit()
    before = counted(database)
    with pytest.raises(Conflict, match="Preview the file again"):
        accept_import(caller, shown)
    assert counted(database) == before
    assert scalars(database, select(Pupil.postcode)) == ["LA8 8ZZ"]


def test_accept_import_a_change_to_what_the_file_does_not_touch_is_no_conflict(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=known(1, postcode="LA9 9ZZ"), **SAME)
    shown = preview(caller, school, csv_file(row(1)))
    with database.unit_of_work(write=True) as work:
        work.session.execute(update(Enrolment).values(include_in_data=False, class_name="Oak"))
        work.commit()
    assert accept_import(caller, shown).changed == 1
    (enrolment,) = scalars(database, select(Enrolment))
    assert (enrolment.include_in_data, enrolment.class_name) == (False, "Oak")


class KilledError(Exception):
    """Stands for the process dying at this line."""


@pytest.mark.parametrize(
    "step", ["add_pupils", "update_pupil", "update_enrolment", "add_enrolments", "add_import_batch"]
)
def test_accept_import_killed_half_way_leaves_nothing(
    database: Database, school: int, caller: Caller, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    make_pupil(database, school, pupil=known(1, postcode="LA9 9ZZ"), **SAME | {"fsm": False})
    shown = preview(caller, school, csv_file(row(1), row(2), row(3)))
    before = counted(database)
    real = getattr(pupil_import, step)

    def dies(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise KilledError

    monkeypatch.setattr(pupil_import, step, dies)
    with pytest.raises(KilledError):
        accept_import(caller, shown)
    monkeypatch.undo()
    assert counted(database) == before
    assert scalars(database, select(Pupil.postcode)) == ["LA9 9ZZ"]
    assert scalars(database, select(Enrolment.fsm)) == [False]
    assert accept_import(caller, shown).added == 2


def test_accept_import_by_two_at_once_is_done_once(
    database: Database, school: int, caller: Caller
) -> None:
    content = csv_file(*(row(number) for number in range(30)))
    callers = (caller, caller_at(database, school))
    shown = [preview(who, school, content) for who in callers]
    results: list[ImportResult] = []
    refused: list[Exception] = []
    gate = threading.Barrier(2)

    def accept(who: Caller, what: ImportPreview) -> None:
        gate.wait()
        try:
            results.append(accept_import(who, what))
        except (Conflict, StorageUnavailable) as error:
            refused.append(error)

    threads = [
        threading.Thread(target=accept, args=pair) for pair in zip(callers, shown, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.added for result in results) in ([30], [0, 30])
    assert len(results) + len(refused) == 2
    assert counted(database)[:3] == (30, 30, 1)


def test_accept_import_needs_the_role_still(
    database: Database, school: int, caller: Caller
) -> None:
    shown = preview(caller, school, csv_file(row(1)))
    with pytest.raises(AccessDenied):
        accept_import(caller_at(database, school, Role.TEACHER), shown)
    with pytest.raises(NotFound):
        accept_import(caller_at(database, make_school(database)), shown)
    with database.unit_of_work(write=True) as work:
        work.session.execute(
            update(UserSession)
            .where(UserSession.id == caller.session_id)
            .values(revoked_at=func.current_timestamp())
        )
        work.commit()
    with pytest.raises(NotSignedIn):
        accept_import(caller, shown)
    assert counted(database)[:3] == (0, 0, 0)


def test_accept_import_by_the_operator_is_refused(database: Database, school: int) -> None:
    operator = Caller.for_operator(database)
    shown = preview(operator, school, csv_file(row(1)))
    with pytest.raises(AccessDenied):
        accept_import(operator, shown)


@pytest.mark.parametrize("form", list(TemplateFormat))
def test_import_template_is_readable_and_empty(form: TemplateFormat) -> None:
    parsed = parse(import_template(form), form.value)
    assert [problem.reason for problem in parsed.problems] == [
        "The file has headings but no pupils."
    ]
