# ruff: noqa: RUF001 - names of other scripts are what is tested
"""Adding and changing a pupil, through the database, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.pupil_details import PupilDetails, pupil_details, pupil_history
from pupiltrack_core.services.pupil_saving import (
    PUPIL_ADDED,
    PUPIL_CHANGED,
    add_pupil,
    change_pupil,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil, PupilFieldChange
from tests.builders import YEAR, make_school
from tests.integration.services.people import audit_rows, run_all
from tests.integration.services.record_desk import (
    RecordDesk,
    form_of,
    problems_of,
    questions_of,
)
from tests.unit.interchange.files import upn

EVERYTHING = {
    "class_name": "Birch",
    "mobility_year": "3",
    "mobility_term": "Spring",
    "sen": "K",
    "sen_notes": "Large print.\nSits in front.",
    "disadvantaged": "Y",
    "eal": "N",
    "fsm": "Y",
    "ever6": "Y",
    "pupil_premium": "",
    "young_carer": "N",
    "custom_1": "Y",
    "alternative_assessment": "Y",
    "notes": "Lives with his aunt.",
}


@pytest.fixture
def desk(database: Database) -> RecordDesk:
    return RecordDesk(database)


# --- adding -------------------------------------------------------------------------------------


def test_add_pupil_stores_every_field(desk: RecordDesk) -> None:
    result = desk.add(**EVERYTHING)
    assert result.is_saved
    assert result.pupil_id is not None
    shown = desk.shown(result.pupil_id)
    assert {field.value: text for field, text in shown.values.items()} == {
        "upn": upn(500),
        "surname": "Baker",
        "forenames": "Tom",
        "date_of_birth": "2016-11-04",
        "sex": "M",
        "postcode": "LA1 4YF",
        "ethnicity": "WBRI",
        "year_group": "",
        **EVERYTHING,
    }
    assert shown.year_group == 4  # eight on 31 August 2025
    pupil, enrolment = desk.row(result.pupil_id)
    assert (pupil.version, enrolment.version) == (1, 1)
    assert enrolment.pupil_premium is None
    assert enrolment.include_in_data is True
    assert pupil.upn_is_local is False


def test_add_pupil_begins_the_record_and_audits_ids_alone(desk: RecordDesk) -> None:
    pupil_id = desk.add().pupil_id
    (first,) = pupil_history(desk.caller, desk.school, pupil_id or 0)
    assert (first.label, first.after, first.academic_year) == ("Record", "Added", "2025/2026")
    (row,) = audit_rows(desk.database, PUPIL_ADDED)
    assert json.loads(row.detail) == {
        "academic_year": YEAR,
        "fields": None,
        "pupil": pupil_id,
    }


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"upn": ""}, "upn", "UPN is missing"),
        ({"upn": "A123"}, "upn", "13 characters"),
        ({"upn": "<script>alert()"}, "upn", "13 characters"),
        ({"surname": ""}, "surname", "surname is missing"),
        ({"surname": " \t "}, "surname", "surname is missing"),
        ({"forenames": ""}, "forenames", "forename is missing"),
        ({"surname": "x" * 201}, "surname", "longer than 200"),
        ({"surname": "Ivy\nRose"}, "surname", "line break"),
        ({"surname": "Ivy\x00"}, "surname", "control character"),
        ({"forenames": "Ivy\u202eesoR"}, "forenames", "control character"),
        ({"date_of_birth": ""}, "date_of_birth", "missing"),
        ({"date_of_birth": "2016-02-30"}, "date_of_birth", "no such date"),
        ({"date_of_birth": "soon"}, "date_of_birth", "not written dd/mm/yyyy"),
        ({"date_of_birth": "1995-11-04"}, "date_of_birth", "29 years old"),
        ({"date_of_birth": "2023-11-04"}, "date_of_birth", "young for a nursery"),
        ({"date_of_birth": "2026-01-01"}, "date_of_birth", "born after"),
        ({"date_of_birth": "1995-11-04", "year_group": "6"}, "date_of_birth", "too far"),
        ({"sex": ""}, "sex", "missing"),
        ({"sex": "X"}, "sex", "not M or F"),
        ({"postcode": ""}, "postcode", "use the school's own"),
        ({"postcode": "Lancaster"}, "postcode", "not a postcode"),
        ({"ethnicity": ""}, "ethnicity", "missing"),
        ({"ethnicity": "WHITE"}, "ethnicity", "four letters"),
        ({"class_name": "Oak"}, "class_name", "no class of this name"),
        ({"class_name": "<b>Maple</b>"}, "class_name", "no class of this name"),
        ({"year_group": "7"}, "year_group", "offered"),
        ({"year_group": "four"}, "year_group", "offered"),
        ({"sen": "Z"}, "sen", "offered"),
        ({"eal": "true"}, "eal", "offered"),
        ({"alternative_assessment": ""}, "alternative_assessment", "offered"),
        ({"mobility_year": "12"}, "mobility_year", "offered"),
        ({"mobility_term": "Winter", "mobility_year": "3"}, "mobility_term", "offered"),
        ({"mobility_term": "Spring"}, "mobility_term", "year group"),
        ({"notes": "x" * 2001}, "notes", "2,001 characters"),
        ({"sen_notes": "Large\x07print"}, "sen_notes", "control character"),
        ({"surname": 7}, "surname", "cannot be read"),
        ({"eal": None}, "eal", "cannot be read"),
        ({"notes": ["x"]}, "notes", "cannot be read"),
    ],
)
def test_add_pupil_refuses_and_saves_nothing(
    desk: RecordDesk, typed: dict[str, Any], field: str, words: str
) -> None:
    result = desk.add(**typed)
    assert not result.is_saved
    assert words in problems_of(result)[field]
    assert list(problems_of(result)) == [field]
    assert desk.all_of(Pupil) == []
    assert desk.all_of(PupilFieldChange) == []


def test_add_pupil_says_all_that_is_wrong_at_once(desk: RecordDesk) -> None:
    result = desk.add(upn="", postcode="?", ethnicity="", sex="")
    assert set(problems_of(result)) == {"upn", "postcode", "ethnicity", "sex"}


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        "d’Arcy-Núñez",
        "مريم",
        "שרה",
        "美玲",
        "Łucja",
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE pupil;--",
        "X",
        "x" * 200,
    ],
)
def test_add_pupil_keeps_names_as_they_are_written(desk: RecordDesk, name: str) -> None:
    result = desk.add(surname=name, forenames=name)
    assert result.pupil_id is not None
    assert desk.shown(result.pupil_id).name == f"{name}, {name}"


def test_add_pupil_tidies_what_was_typed(desk: RecordDesk) -> None:
    result = desk.add(
        upn=f" {upn(3).lower()} ",
        surname=" Nu\u0301n\u0303ez ",
        postcode="la14yf",
        ethnicity="wcor",
        notes="  one\r\ntwo\tthree  ",
    )
    shown = desk.shown(result.pupil_id or 0)
    assert [shown.values[PupilField(name)] for name in ("upn", "surname", "postcode")] == [
        upn(3),
        "Núñez",
        "LA1 4YF",
    ]
    assert shown.values[PupilField.ETHNICITY] == "WCOR"
    assert shown.values[PupilField.NOTES] == "one\ntwo     three"


@pytest.mark.parametrize(
    ("typed", "year_group", "is_override", "field"),
    [
        ({}, 4, False, ""),
        ({"year_group": "4"}, 4, False, ""),
        ({"year_group": "3"}, 3, True, "3"),
        ({"year_group": "6"}, 6, True, "6"),
        ({"date_of_birth": "2014-03-01", "year_group": "6"}, 6, True, "6"),  # 11, kept down
    ],
)
def test_add_pupil_places_by_age_or_as_told(
    desk: RecordDesk, typed: dict[str, str], year_group: int, is_override: bool, field: str
) -> None:
    result = desk.add(**typed)
    _, enrolment = desk.row(result.pupil_id or 0)
    assert (enrolment.year_group, enrolment.year_override) == (year_group, is_override)
    assert desk.shown(result.pupil_id or 0).values[PupilField.YEAR_GROUP] == field


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"upn": "X999200125001"}, "upn", "first letter does not agree"),
        ({"surname": "=A+1"}, "surname", "formula"),
        ({"surname": "123"}, "surname", "no letter"),
        ({"ethnicity": "QQQQ"}, "ethnicity", "not known"),
        ({"date_of_birth": "2021-11-04"}, "date_of_birth", "no nursery pupils"),  # aged 3
    ],
)
def test_add_pupil_asks_before_it_saves_what_is_odd(
    desk: RecordDesk, typed: dict[str, str], field: str, words: str
) -> None:
    asked = desk.add(**typed)
    assert not asked.is_saved
    assert words in questions_of(asked)[field]
    assert desk.all_of(Pupil) == []
    assert desk.add(agreed=asked.questions, **typed).is_saved


def test_add_pupil_asks_again_when_something_else_is_odd(desk: RecordDesk) -> None:
    asked = desk.add(surname="123")
    assert not desk.add(agreed=asked.questions, surname="123", forenames="456").is_saved


def test_add_pupil_of_nursery_is_not_asked_about_where_there_are_others(desk: RecordDesk) -> None:
    desk.make(year_group=-1, academic_year=YEAR - 1)
    assert desk.add(date_of_birth="2021-11-04").is_saved


def test_add_pupil_with_a_local_number_marks_it_so(desk: RecordDesk) -> None:
    asked = desk.add(upn="X999200125001")
    result = desk.add(agreed=asked.questions, upn="X999200125001")
    assert desk.row(result.pupil_id or 0)[0].upn_is_local is True


def test_add_pupil_with_a_upn_of_the_school_names_the_pupil(desk: RecordDesk) -> None:
    holder = desk.make(7)
    result = desk.add(upn=upn(7))
    assert "another pupil of the school" in problems_of(result)["upn"]
    assert "Archer" not in problems_of(result)["upn"]
    assert result.same_upn is not None
    assert (result.same_upn.pupil_id, result.same_upn.name) == (holder, "Archer, Ivy")
    assert result.same_upn.academic_year == YEAR
    assert "Archer" not in repr(result)


def test_add_pupil_with_a_upn_of_another_school_gives_no_hint(desk: RecordDesk) -> None:
    RecordDesk(desk.database).make(7)
    result = desk.add(upn=upn(7))
    assert result.is_saved
    assert result.questions == ()


def test_add_pupil_with_the_upn_of_an_archived_or_former_record_is_refused(
    desk: RecordDesk,
) -> None:
    desk.archive(desk.make(7))
    desk.make(8, pupil={"former_upn": upn(9), "forenames": "Ada"})
    archived, former = desk.add(upn=upn(7)), desk.add(upn=upn(9))
    assert "archived" in problems_of(archived)["upn"]
    assert "former UPN" in problems_of(former)["upn"]
    assert archived.same_upn is former.same_upn is None


def test_add_pupil_asks_about_a_namesake_born_the_same_day(desk: RecordDesk) -> None:
    desk.add()
    asked = desk.add(upn=upn(501), surname="BAKER")
    assert "Save only" in questions_of(asked)["surname"]
    assert desk.add(agreed=asked.questions, upn=upn(501), surname="BAKER").is_saved


def test_two_who_add_one_pupil_at_once_add_it_once(desk: RecordDesk) -> None:
    others = [desk.caller, desk.sign_in(Role.HEAD)]
    results: list[Any] = []
    run_all(
        [
            lambda caller=caller: results.append(  # type: ignore[misc]  # a default binds it
                add_pupil(caller, desk.school, YEAR, form_of())
            )
            for caller in others
        ]
    )
    assert sorted(result.is_saved for result in results) == [False, True]
    assert len(desk.all_of(Pupil)) == len(desk.all_of(Enrolment)) == 1


@pytest.mark.parametrize("year", [0, 1999, 2101, 10**9])
def test_add_pupil_to_a_year_that_cannot_be_is_refused(desk: RecordDesk, year: int) -> None:
    with pytest.raises(InvalidEntry, match="academic year"):
        add_pupil(desk.caller, desk.school, year, form_of())


# --- changing -----------------------------------------------------------------------------------


def test_change_pupil_writes_what_changed_and_nothing_else(desk: RecordDesk) -> None:
    pupil_id = desk.make(sen="N", eal=None)
    result = desk.change(desk.shown(pupil_id), surname="Archerson", eal="N", class_name="Birch")
    assert result.changed == (PupilField.SURNAME, PupilField.CLASS_NAME, PupilField.EAL)
    pupil, enrolment = desk.row(pupil_id)
    assert (pupil.surname, enrolment.eal, enrolment.class_name) == ("Archerson", False, "Birch")
    assert (pupil.version, enrolment.version) == (2, 2)
    assert [
        (row.field, row.before, row.after, row.academic_year)
        for row in desk.all_of(PupilFieldChange)
    ] == [
        ("surname", "Archer", "Archerson", None),
        ("class_name", "Maple", "Birch", YEAR),
        ("eal", None, "N", YEAR),
    ]
    (row,) = audit_rows(desk.database, PUPIL_CHANGED)
    assert json.loads(row.detail) == {
        "academic_year": YEAR,
        "fields": ["surname", "class_name", "eal"],
        "pupil": pupil_id,
    }


def test_change_pupil_with_nothing_changed_writes_nothing(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    result = desk.change(desk.shown(pupil_id), postcode="la1 4yf ")
    assert result.is_saved
    assert result.changed == ()
    assert desk.row(pupil_id)[0].version == 1
    assert desk.all_of(PupilFieldChange) == []
    assert audit_rows(desk.database, PUPIL_CHANGED) == []


def test_change_pupil_keeps_a_replaced_upn_as_the_former_one(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, pupil={"upn": "X999200125001", "upn_is_local": True})
    assert desk.change(desk.shown(pupil_id), upn=upn(2)).is_saved
    pupil, _ = desk.row(pupil_id)
    assert (pupil.upn, pupil.former_upn, pupil.upn_is_local) == (upn(2), "X999200125001", False)


def test_change_pupil_is_not_asked_about_what_it_left_alone(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, pupil={"upn": "X999200125001", "surname": "123"})
    assert desk.change(desk.shown(pupil_id), class_name="Birch").is_saved


def test_change_pupil_to_a_upn_of_the_school_is_refused(desk: RecordDesk) -> None:
    pupil_id, other = desk.make(1), desk.make(2, pupil={"surname": "Baker"})
    result = desk.change(desk.shown(pupil_id), upn=upn(2), surname="Kept?")
    assert not result.is_saved
    assert result.same_upn is not None
    assert result.same_upn.pupil_id == other
    assert desk.row(pupil_id)[0].surname == "Archer"


def test_change_pupil_to_another_birth_date_moves_the_year_group(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    assert desk.change(desk.shown(pupil_id), date_of_birth="2018-01-15").is_saved
    assert desk.row(pupil_id)[1].year_group == 3
    back = desk.change(desk.shown(pupil_id), year_group="4")
    assert back.is_saved
    _, enrolment = desk.row(pupil_id)
    assert (enrolment.year_group, enrolment.year_override) == (4, True)
    assert desk.change(desk.shown(pupil_id), year_group="").is_saved
    _, enrolment = desk.row(pupil_id)
    assert (enrolment.year_group, enrolment.year_override) == (3, False)


def test_change_pupil_leaves_the_year_group_alone_when_told_nothing_of_it(
    desk: RecordDesk,
) -> None:
    # the year group on record is not the one of the age, and nobody asked
    pupil_id = desk.make(year_group=4, pupil={"date_of_birth": date(2018, 1, 15)})
    assert desk.change(desk.shown(pupil_id), eal="Y").is_saved
    assert desk.row(pupil_id)[1].year_group == 4


def test_change_pupil_of_last_year_leaves_this_year_alone(desk: RecordDesk) -> None:
    pupil_id = desk.make(academic_year=YEAR - 1, year_group=3)
    with desk.database.unit_of_work(write=True) as work:
        work.session.add(
            Enrolment(
                school_id=desk.school, academic_year=YEAR, pupil_id=pupil_id, year_group=4, eal=True
            )
        )
        work.commit()
    shown = pupil_details(desk.caller, desk.school, YEAR - 1, pupil_id)
    assert desk.change(shown, eal="N").is_saved
    assert desk.row(pupil_id)[1].eal is True


# --- two people ---------------------------------------------------------------------------------


def test_change_pupil_keeps_both_where_two_changed_different_fields(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    mine, theirs = desk.shown(pupil_id), desk.shown(pupil_id)
    assert desk.change(theirs, class_name="Birch").is_saved
    result = desk.change(mine, surname="Archerson")
    assert result.is_saved
    assert result.merged == (PupilField.CLASS_NAME,)
    pupil, enrolment = desk.row(pupil_id)
    assert (pupil.surname, enrolment.class_name) == ("Archerson", "Birch")


def test_change_pupil_gives_both_values_back_where_two_changed_one_field(
    desk: RecordDesk,
) -> None:
    pupil_id = desk.make()
    mine, theirs = desk.shown(pupil_id), desk.shown(pupil_id)
    assert desk.change(theirs, surname="Theirs", eal="Y").is_saved
    result = desk.change(mine, surname="Mine", eal="Y", class_name="Birch")
    assert not result.is_saved
    (clash,) = result.clashes
    assert (clash.about, clash.yours, clash.theirs) == (PupilField.SURNAME, "Mine", "Theirs")
    assert desk.row(pupil_id)[0].surname == "Theirs"
    assert desk.row(pupil_id)[1].class_name == "Maple"
    # chosen over the record as it is now
    assert isinstance(result.present, PupilDetails)
    again = desk.change(result.present, surname="Mine", class_name="Birch")
    assert again.is_saved
    pupil, enrolment = desk.row(pupil_id)
    assert (pupil.surname, enrolment.class_name, enrolment.eal) == ("Mine", "Birch", True)


def test_change_pupil_alike_by_two_is_no_clash(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    mine, theirs = desk.shown(pupil_id), desk.shown(pupil_id)
    assert desk.change(theirs, surname="Same").is_saved
    result = desk.change(mine, surname="Same")
    assert result.is_saved
    assert result.changed == ()
    assert desk.row(pupil_id)[0].version == 2


def test_change_pupil_archived_meanwhile_is_not_found(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    shown = desk.shown(pupil_id)
    desk.archive(pupil_id)
    with pytest.raises(NotFound):
        desk.change(shown, surname="Late")


def test_change_pupil_to_a_class_renamed_meanwhile_says_so(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    shown = desk.shown(pupil_id)
    desk.set_school(class_names=["Maple", "Willow"])
    result = desk.change(shown, class_name="Birch")
    assert "not any more" in problems_of(result)["class_name"]


def test_changes_of_two_at_once_are_both_saved(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    other = desk.sign_in(Role.HEAD)
    shown = desk.shown(pupil_id)
    results: list[Any] = []
    run_all(
        [
            lambda: results.append(desk.change(shown, surname="Archerson")),
            lambda: results.append(desk.change(shown, caller=other, class_name="Birch")),
        ]
    )
    assert all(result.is_saved for result in results)
    pupil, enrolment = desk.row(pupil_id)
    assert (pupil.surname, enrolment.class_name) == ("Archerson", "Birch")


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_saving_by_each_role(desk: RecordDesk, role: Role) -> None:
    pupil_id = desk.make()
    shown, caller = desk.shown(pupil_id), desk.sign_in(role)
    if role in (Role.HEAD, Role.DATA_MANAGER):
        assert desk.change(shown, caller=caller, eal="Y").is_saved
        assert add_pupil(caller, desk.school, YEAR, form_of()).is_saved
        return
    with pytest.raises(AccessDenied):
        desk.change(shown, caller=caller, eal="Y")
    with pytest.raises(AccessDenied):
        add_pupil(caller, desk.school, YEAR, form_of())
    assert desk.row(pupil_id)[1].eal is None
    assert len(desk.all_of(Pupil)) == 1


def test_saving_at_another_school_is_not_found(desk: RecordDesk) -> None:
    other = RecordDesk(desk.database)
    theirs = other.make()
    with pytest.raises(NotFound):
        desk.change(other.shown(theirs), surname="Mine")
    with pytest.raises(NotFound):
        add_pupil(desk.caller, other.school, YEAR, form_of())
    with pytest.raises(NotFound):
        add_pupil(desk.caller, make_school(desk.database) + 1000, YEAR, form_of())


def test_change_of_a_pupil_of_another_school_by_its_number_is_not_found(desk: RecordDesk) -> None:
    mine, theirs = desk.make(), RecordDesk(desk.database).make()
    for number in (theirs, 0, -1, 2**31, 10**12, None):
        with pytest.raises(NotFound):
            change_pupil(
                desk.caller,
                replace(desk.shown(mine), pupil_id=number),
                {PupilField.SURNAME: "Mine"},
            )


def test_looked_after_is_saved_only_by_who_may_see_it(
    desk: RecordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil_id = desk.make(looked_after=True)
    shown = desk.shown(pupil_id)
    assert PupilField.LOOKED_AFTER not in shown.values
    with pytest.raises(AccessDenied):
        desk.change(shown, looked_after="N")
    with pytest.raises(AccessDenied):
        desk.add(looked_after="Y")
    assert desk.row(pupil_id)[1].looked_after is True
    allowed = access.GRANTS[Role.DATA_MANAGER] | {Action.SEE_LOOKED_AFTER}
    monkeypatch.setitem(access.GRANTS, Role.DATA_MANAGER, allowed)
    shown = desk.shown(pupil_id)
    assert shown.values[PupilField.LOOKED_AFTER] == "Y"
    assert desk.change(shown, looked_after="N").is_saved
    assert desk.row(pupil_id)[1].looked_after is False
