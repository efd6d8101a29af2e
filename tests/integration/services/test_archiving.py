"""Archiving pupils and bringing them back: what goes from which year, by whom, and until when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.archived_records import (
    archived_pupils,
    bring_back_pupils,
)
from pupiltrack_core.services.archiving import ArchiveResult, archive_pupils
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_access import NO_SUCH_PUPIL
from pupiltrack_core.services.pupil_details import pupil_details, pupil_history
from pupiltrack_core.services.pupil_journey import journey_of
from pupiltrack_core.services.pupil_meetings import meetings_of
from pupiltrack_core.services.pupils import list_pupils
from pupiltrack_core.services.schools import classes
from pupiltrack_core.storage.archived_pupils import EVERY_YEAR, has_left
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.tallies import tally_schools
from tests.builders import YEAR, make_pupil, make_school
from tests.integration.services.people import audit_rows, run_all
from tests.integration.services.record_desk import RecordDesk, problems_of
from tests.unit.interchange.files import upn

NEXT = YEAR + 1


class Office(RecordDesk):
    """A school with Ivy Archer in Year 4 of this year and, by next year, in Year 5."""

    ivy: int = 0

    def enrol(self) -> int:
        self.ivy = self.make(1)
        with self.database.unit_of_work(write=True) as work:
            work.session.add(
                Enrolment(
                    school_id=self.school,
                    academic_year=NEXT,
                    pupil_id=self.ivy,
                    year_group=5,
                    class_name="Birch",
                )
            )
            work.commit()
        return self.ivy

    def archive_some(
        self, pupils: Iterable[int] = (), caller: Caller | None = None, **values: Any
    ) -> ArchiveResult:
        how = {"from_year": NEXT, "reason": "moved", **values}
        return archive_pupils(caller or self.caller, self.school, list(pupils) or [self.ivy], **how)

    def listed(self, year: int) -> list[int]:
        return [int(number) for number in list_pupils(self.caller, self.school, year)["pupil_id"]]

    def archived(self, caller: Caller | None = None) -> list[str]:
        return [item.name for item in archived_pupils(caller or self.caller, self.school)]

    def pupil(self, number: int = 0) -> Pupil:
        with self.database.unit_of_work() as work:
            return work.session.get_one(Pupil, number or self.ivy)


@pytest.fixture
def office(database: Database) -> Office:
    office = Office(database)
    office.enrol()
    return office


@pytest.fixture
def small(sqlite_database: Database) -> Office:
    """On one database only, for rules that are not the database's."""
    office = Office(sqlite_database)
    office.enrol()
    return office


def test_archived_from_a_year_is_gone_from_it_and_kept_before(office: Office) -> None:
    result = office.archive_some()
    assert (result.archived, result.already) == (1, 0)
    assert office.listed(YEAR) == [office.ivy]
    assert office.listed(NEXT) == []
    assert classes(office.caller, office.school, YEAR) == ("Maple",)
    assert classes(office.caller, office.school, NEXT) == ()
    with office.database.unit_of_work() as work:
        for year, pupils in ((YEAR, 1), (NEXT, 0)):
            selection = CohortSelection(year, school_id=office.school)
            assert len(load_cohort(work.session, selection)) == pupils
            assert tally_schools(work.session, selection)["pupils"].sum() == pupils * 4
    assert pupil_details(office.caller, office.school, YEAR, office.ivy).pupil_id == office.ivy
    with pytest.raises(NotFound):
        pupil_details(office.caller, office.school, NEXT, office.ivy)
    journey = journey_of(office.caller, office.school, office.ivy)
    assert [year.academic_year for year in journey.years] == [YEAR]


def test_archived_from_every_year_is_nowhere(office: Office) -> None:
    office.archive_some(from_year=EVERY_YEAR, reason="mistake")
    assert office.listed(YEAR) == office.listed(NEXT) == []
    with pytest.raises(NotFound, match="archived"):
        journey_of(office.caller, office.school, office.ivy)
    (item,) = archived_pupils(office.caller, office.school)
    assert item.gone_from == "every year"


def test_archive_says_who_when_and_why(small: Office) -> None:
    small.archive_some()
    (item,) = archived_pupils(small.caller, small.school)
    assert (item.name, item.last_place) == ("Archer, Ivy", "Year 5, Birch, 2026/2027")
    assert (item.gone_from, item.reason) == ("2026/2027 on", "Moved to another school")
    assert item.who.startswith("User ")
    assert item.why_not == ""
    past = pupil_history(small.caller, small.school, small.ivy)
    assert [(one.label, one.after) for one in past] == [
        ("Archived", "From 2026/2027 on: Moved to another school")
    ]
    (entry,) = audit_rows(small.database, "pupils archived")
    detail = json.loads(entry.detail)
    assert detail == {"from_year": NEXT, "pupils": [small.ivy], "reason": "moved"}


def test_the_last_day_is_noted_in_its_year_and_taken_back_with_the_archiving(
    office: Office,
) -> None:
    office.archive_some(last_day=date(2026, 3, 27))
    assert office.row(office.ivy)[1].left_on == date(2026, 3, 27)
    with office.database.unit_of_work() as work:
        key = (work.session, office.school, office.ivy)
        assert not has_left(*key, on=date(2026, 3, 27))
        assert has_left(*key, on=date(2026, 3, 28))
    assert bring_back_pupils(office.caller, office.school, [office.ivy]) == 1
    assert office.row(office.ivy)[1].left_on is None
    past = [
        (one.label, one.before, one.after)
        for one in pupil_history(office.caller, office.school, office.ivy)
        if one.label != "Archived"
    ]
    label = "Last day at the school"
    assert past == [(label, "27/03/2026", ""), (label, "", "27/03/2026")]


def test_a_last_day_noted_already_is_no_change(small: Office) -> None:
    day = date(2026, 3, 27)
    with small.database.unit_of_work(write=True) as work:
        work.session.get_one(Enrolment, (small.school, YEAR, small.ivy)).left_on = day
        work.commit()
    small.archive_some(last_day=day)
    past = pupil_history(small.caller, small.school, small.ivy)
    assert [one.label for one in past] == ["Archived"]
    bring_back_pupils(small.caller, small.school, [small.ivy])
    assert small.row(small.ivy)[1].left_on == day


def test_a_last_day_changed_since_stays(small: Office) -> None:
    small.archive_some(last_day=date(2026, 3, 27))
    with small.database.unit_of_work(write=True) as work:
        row = work.session.get_one(Enrolment, (small.school, YEAR, small.ivy))
        row.left_on = date(2026, 4, 1)
        work.commit()
    bring_back_pupils(small.caller, small.school, [small.ivy])
    assert small.row(small.ivy)[1].left_on == date(2026, 4, 1)


def test_bring_back_clears_everything_and_is_on_record(office: Office) -> None:
    office.archive_some()
    assert bring_back_pupils(office.caller, office.school, [office.ivy]) == 1
    pupil = office.pupil()
    assert (pupil.archived_from, pupil.archived_at) == (None, None)
    assert (pupil.archived_by, pupil.archive_reason) == (None, None)
    assert office.listed(NEXT) == [office.ivy]
    assert office.archived() == []
    assert bring_back_pupils(office.caller, office.school, [office.ivy]) == 0
    assert len(audit_rows(office.database, "pupils brought back")) == 1


@pytest.mark.parametrize("role", [Role.HEAD, Role.DATA_MANAGER])
def test_the_school_brings_back_for_thirty_days_and_the_authority_after(
    sqlite_database: Database, role: Role
) -> None:
    office = Office(sqlite_database, role)
    office.enrol()
    office.archive_some()
    with office.database.unit_of_work(write=True) as work:
        row = work.session.get_one(Pupil, office.ivy)
        row.archived_at -= timedelta(days=30, minutes=1)
        work.commit()
    (item,) = archived_pupils(office.caller, office.school)
    assert "local authority" in item.why_not
    with pytest.raises(AccessDenied, match="30 days"):
        bring_back_pupils(office.caller, office.school, [office.ivy])
    assert office.listed(NEXT) == []
    admin = office.sign_in(Role.LA_ADMIN)
    assert archived_pupils(admin, office.school)[0].why_not == ""
    assert bring_back_pupils(admin, office.school, [office.ivy]) == 1
    assert office.listed(NEXT) == [office.ivy]


def test_a_record_archived_nobody_knows_when_is_brought_back_by_the_authority_only(
    small: Office,
) -> None:
    small.archive_some()
    with small.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, small.ivy).archived_at = None
        work.commit()
    with pytest.raises(AccessDenied, match="30 days"):
        bring_back_pupils(small.caller, small.school, [small.ivy])
    assert bring_back_pupils(small.sign_in(Role.LA_ADMIN), small.school, [small.ivy]) == 1


def test_a_record_handed_over_is_brought_back_by_the_authority_only(small: Office) -> None:
    small.archive_some()
    with small.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, small.ivy).archive_reason = "transferred"
        work.commit()
    with pytest.raises(AccessDenied, match="handed over"):
        bring_back_pupils(small.caller, small.school, [small.ivy])
    assert bring_back_pupils(small.sign_in(Role.LA_ADMIN), small.school, [small.ivy]) == 1


def test_who_may_not_archive_is_refused(small: Office) -> None:
    for role in (Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN):
        with pytest.raises(AccessDenied):
            small.archive_some(caller=small.sign_in(role))
    for role in (Role.TEACHER, Role.LA_ADVISER):
        caller = small.sign_in(role)
        with pytest.raises(AccessDenied):
            archived_pupils(caller, small.school)
        with pytest.raises(AccessDenied):
            bring_back_pupils(caller, small.school, [small.ivy])
    assert archived_pupils(small.caller, small.school) == ()
    assert archived_pupils(small.sign_in(Role.LA_ADMIN), small.school) == ()
    assert small.archived() == []


def test_another_schools_pupil_is_not_found_and_nobody_is_archived(small: Office) -> None:
    other = make_pupil(small.database, make_school(small.database))
    for number in (other, 999_999, -1, 2**40, 2**70):
        with pytest.raises(NotFound, match="Nothing was changed"):
            small.archive_some([small.ivy, number])
    assert small.archived() == []
    with pytest.raises(NotFound):
        archive_pupils(small.caller, other, [small.ivy], from_year=NEXT, reason="moved")


@pytest.mark.parametrize(
    ("values", "about"),
    [
        ({"reason": "transferred"}, "reason"),
        ({"reason": "<b>"}, "reason"),
        ({"from_year": EVERY_YEAR}, "from_year"),
        ({"from_year": 1999}, "from_year"),
        ({"from_year": 2099}, "from_year"),
        ({"last_day": date(2020, 1, 1)}, "last_day"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    small: Office, values: dict[str, Any], about: str
) -> None:
    with pytest.raises(InvalidEntry, match="Nothing was changed") as caught:
        small.archive_some(**values)
    assert caught.value.field == about
    with pytest.raises(InvalidEntry, match="Tick at least one"):
        archive_pupils(small.caller, small.school, [], from_year=NEXT, reason="moved")
    with pytest.raises(InvalidEntry, match="at most"):
        small.archive_some(range(1, 1_100))


def test_archiving_again_from_an_earlier_year_takes_more_away(small: Office) -> None:
    small.archive_some()
    assert small.archive_some(from_year=NEXT).already == 1
    assert small.archive_some(from_year=YEAR).archived == 1
    assert small.pupil().archived_from == YEAR
    assert small.listed(YEAR) == []


def test_two_at_once_archive_a_pupil_once(office: Office) -> None:
    second = office.sign_in(Role.HEAD)
    results: list[ArchiveResult] = []

    def archive(caller: Caller) -> None:
        results.append(office.archive_some(caller=caller))

    run_all([lambda: archive(office.caller), lambda: archive(second)])
    assert sorted((one.archived, one.already) for one in results) == [(0, 1), (1, 0)]
    assert len(audit_rows(office.database, "pupils archived")) == 1


def test_adding_the_number_of_an_archived_pupil_is_told_so(small: Office) -> None:
    small.archive_some(from_year=YEAR)
    result = small.add(upn=upn(1))
    assert "archived" in problems_of(result)["upn"]
    assert result.same_upn is None


def test_adding_a_number_archived_later_opens_the_year_that_has_it(small: Office) -> None:
    small.archive_some(from_year=NEXT)
    result = small.add(upn=upn(1))
    assert result.same_upn is not None
    assert result.same_upn.academic_year == YEAR


def test_meetings_of_a_year_before_the_archiving_can_be_read(small: Office) -> None:
    small.archive_some(from_year=NEXT)
    assert meetings_of(small.caller, small.school, small.ivy).meetings == ()
    small.archive_some(from_year=YEAR)
    with pytest.raises(NotFound, match=NO_SUCH_PUPIL[:20]):
        meetings_of(small.caller, small.school, small.ivy)
