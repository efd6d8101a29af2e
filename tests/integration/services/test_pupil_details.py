"""A pupil's record as it is read, its history, and numbers given out, on both databases."""

from __future__ import annotations

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.domain.upn import local_upn
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.pupil_details import (
    blank_details,
    issue_number,
    pupil_details,
    pupil_history,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import PupilFieldChange
from tests.builders import NOW, YEAR, make_school
from tests.integration.services.people import audit_rows
from tests.integration.services.record_desk import RecordDesk

INDEPENDENT = "Other independent school"


@pytest.fixture
def desk(database: Database) -> RecordDesk:
    return RecordDesk(database)


def test_pupil_details_has_every_field_as_it_is_stored(desk: RecordDesk) -> None:
    pupil_id = desk.make(
        sen="E", eal=False, year_group=5, year_override=True, custom_1=True, mobility_year=3
    )
    shown = desk.shown(pupil_id)
    texts = {field.value: text for field, text in shown.values.items() if text}
    assert texts == {
        "upn": desk.row(pupil_id)[0].upn,
        "surname": "Archer",
        "forenames": "Ivy",
        "date_of_birth": "2016-10-01",
        "sex": "F",
        "class_name": "Maple",
        "year_group": "5",
        "postcode": "LA1 4YF",
        "ethnicity": "WBRI",
        "mobility_year": "3",
        "sen": "E",
        "eal": "N",
        "custom_1": "Y",
        "alternative_assessment": "N",
    }
    assert shown.name == "Archer, Ivy"
    assert shown.place == "Year 5, Maple, 2025/2026"
    assert (shown.pupil_version, shown.enrolment_version) == (1, 1)
    assert shown.may_edit is True
    assert shown.school_postcode == "LA1 1AA"
    assert "Archer" not in repr(shown)


def test_pupil_details_has_the_custom_filters_with_a_name(desk: RecordDesk) -> None:
    shown = desk.shown(desk.make())
    customs = [field for field in shown.values if field.value.startswith("custom")]
    assert customs == [PupilField.CUSTOM_1]
    assert shown.label(PupilField.CUSTOM_1) == "Choir"


def test_pupil_details_offers_named_classes_and_those_in_use(desk: RecordDesk) -> None:
    desk.make(1, class_name="Old")
    mine = desk.make(2, class_name="Elm")
    assert desk.shown(mine).class_names == ("Maple", "Birch", "Elm", "Old")


@pytest.mark.parametrize("role", Role)
def test_pupil_details_are_read_by_every_role_and_changed_by_some(
    desk: RecordDesk, role: Role
) -> None:
    pupil_id, caller = desk.make(), desk.sign_in(role)
    if role is Role.GOVERNOR:
        with pytest.raises(AccessDenied):
            desk.shown(pupil_id, caller)
        return
    shown = desk.shown(pupil_id, caller)
    assert shown.may_edit is (role in (Role.HEAD, Role.DATA_MANAGER))
    assert PupilField.LOOKED_AFTER not in shown.values
    if shown.may_edit:
        assert blank_details(caller, desk.school, YEAR).pupil_id is None
        return
    with pytest.raises(AccessDenied):
        blank_details(caller, desk.school, YEAR)


def test_pupil_details_of_who_is_not_there_are_not_found(desk: RecordDesk) -> None:
    other = RecordDesk(desk.database)
    archived, last_year = desk.make(1), desk.make(2, academic_year=YEAR - 1)
    desk.archive(archived)
    for pupil_id in (other.make(), archived, last_year, 0, -1, 2**31, 10**12):
        with pytest.raises(NotFound):
            desk.shown(pupil_id)
    mine = desk.make(3)
    for year in (YEAR + 1, 0, 10**9):
        with pytest.raises(NotFound):
            pupil_details(desk.caller, desk.school, year, mine)
    with pytest.raises(NotFound):
        pupil_details(desk.caller, other.school, YEAR, mine)


def test_blank_details_are_blank(desk: RecordDesk) -> None:
    blank = blank_details(desk.caller, desk.school, YEAR)
    filled = {field: text for field, text in blank.values.items() if text}
    assert filled == {PupilField.ALTERNATIVE_ASSESSMENT: "N"}


# --- history ------------------------------------------------------------------------------------


def test_pupil_history_is_in_words_newest_first(desk: RecordDesk) -> None:
    pupil_id = desk.make(sen=None)
    desk.change(desk.shown(pupil_id), sen="K", date_of_birth="2017-01-31")
    desk.change(desk.shown(pupil_id), custom_1="Y", year_group="3", caller=desk.sign_in(Role.HEAD))
    past = pupil_history(desk.caller, desk.school, pupil_id)
    assert [(item.label, item.before, item.after, item.academic_year) for item in past] == [
        ("Choir", "Not recorded", "Yes", "2025/2026"),
        ("Year override", "By date of birth", "Year 3", "2025/2026"),
        ("SEN", "Not recorded", "SEN support", "2025/2026"),
        ("Date of birth", "01/10/2017", "31/01/2017", ""),
    ]
    assert past[0].who != past[2].who
    assert all(item.who.startswith("User ") for item in past)
    assert "SEN support" not in repr(past)


def test_pupil_history_hides_what_the_person_may_not_see(
    desk: RecordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil_id = desk.make()
    allowed = access.GRANTS[Role.HEAD] | {Action.SEE_LOOKED_AFTER}
    monkeypatch.setitem(access.GRANTS, Role.HEAD, allowed)
    head = desk.sign_in(Role.HEAD)
    desk.change(desk.shown(pupil_id, head), looked_after="Y", caller=head)
    assert [item.label for item in pupil_history(head, desk.school, pupil_id)] == ["Looked after"]
    assert pupil_history(desk.caller, desk.school, pupil_id) == ()


def test_pupil_history_of_a_field_it_does_not_know_shows_it_plainly(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    with desk.database.unit_of_work(write=True) as work:
        work.session.add(
            PupilFieldChange(
                school_id=desk.school,
                pupil_id=pupil_id,
                field="local_number",
                before=None,
                after="12",
                changed_at=NOW,
            )
        )
        work.commit()
    (past,) = pupil_history(desk.caller, desk.school, pupil_id)
    assert (past.label, past.before, past.after) == ("Local number", "", "12")
    assert "Not on record" in past.who


def test_pupil_history_of_others_is_not_found(desk: RecordDesk) -> None:
    other = RecordDesk(desk.database)
    theirs = other.make()
    with pytest.raises(NotFound):
        pupil_history(desk.caller, desk.school, theirs)
    with pytest.raises(NotFound):
        pupil_history(desk.caller, other.school, theirs)
    with pytest.raises(NotFound):
        pupil_history(desk.caller, desk.school, 2**40)
    assert audit_rows(desk.database, "access denied")


# --- numbers ------------------------------------------------------------------------------------


def test_issue_number_gives_the_next_that_nobody_has_or_had(desk: RecordDesk) -> None:
    desk.set_school(school_type=INDEPENDENT, laestab="9996001")
    year = desk.caller.clock().year
    assert issue_number(desk.caller, desk.school) == local_upn("9996001", year, 1)
    desk.make(1, pupil={"upn": local_upn("9996001", year, 4)})
    archived = desk.make(2, pupil={"former_upn": local_upn("9996001", year, 7)})
    desk.archive(archived)
    number = issue_number(desk.caller, desk.school)
    assert number == local_upn("9996001", year, 8)
    asked = desk.add(upn=number)
    assert desk.add(agreed=asked.questions, upn=number).is_saved


def test_issue_number_stops_when_a_years_numbers_are_used_up(desk: RecordDesk) -> None:
    desk.set_school(school_type=INDEPENDENT, laestab="9996001")
    desk.make(pupil={"upn": local_upn("9996001", desk.caller.clock().year, 999)})
    with pytest.raises(InvalidEntry, match="used up"):
        issue_number(desk.caller, desk.school)


def test_issue_number_is_refused_at_a_school_of_the_state_system(desk: RecordDesk) -> None:
    assert desk.shown(desk.make()).may_issue_number is False
    with pytest.raises(InvalidEntry, match="outside the state system"):
        issue_number(desk.caller, desk.school)


@pytest.mark.parametrize("role", Role)
def test_issue_number_by_each_role(desk: RecordDesk, role: Role) -> None:
    desk.set_school(school_type=INDEPENDENT)
    caller = desk.sign_in(role)
    if role in (Role.HEAD, Role.DATA_MANAGER):
        assert issue_number(caller, desk.school)
        return
    with pytest.raises(AccessDenied):
        issue_number(caller, desk.school)


def test_issue_number_at_another_school_is_not_found(desk: RecordDesk) -> None:
    with pytest.raises(NotFound):
        issue_number(desk.caller, make_school(desk.database, school_type=INDEPENDENT))
