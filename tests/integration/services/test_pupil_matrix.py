"""The pupil matrix on both databases: figures, earlier results, names, and who may have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.calc.summary import summarise_cohort
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services import matrix_names, pupil_matrix
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.matrix_names import names_behind_result, names_behind_set
from pupiltrack_core.services.pupil_matrix import (
    DataSet,
    PupilMatrix,
    add_layer,
    note_matrix_export,
)
from pupiltrack_core.services.reports import REPORT_MADE, full_report
from pupiltrack_core.storage.assessment_models import Assessment, SchoolResult, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.people import audit_rows

SEX = Characteristic.SEX
SUBJECTS = ("READ", "WRIT", "MATH")


def caller_of(database: Database, role: Role, **place: Any) -> Caller:
    return Caller.for_session(database, make_session(database, make_user(database, role, **place)))


def add_class(
    database: Database, school_id: int, *marks: str, year: int = YEAR, group: int = 5, **more: Any
) -> list[int]:
    """Add pupils with marks such as "OT-", and an assessment; return the pupils' ids."""
    assessment = make_assessment(
        database, school_id, academic_year=year, year_groups=[group], name="Autumn"
    )
    pupils = [
        make_pupil(database, school_id, academic_year=year, year_group=group, **more) for _ in marks
    ]
    make_judgements(
        database,
        assessment,
        {
            pupil: {s: m for s, m in zip(SUBJECTS, given, strict=True) if m != "-"}
            for pupil, given in zip(pupils, marks, strict=True)
        },
    )
    return pupils


def add_results(
    database: Database, school_id: int, rows: Mapping[int, Mapping[str, str]], *, year: int = 2023
) -> None:
    """Add official results: {pupil: {"KS1:READ": "EXS", "EYFSP:GLD": "Y"}}."""
    with database.unit_of_work(write=True) as work:
        for pupil, codes in rows.items():
            for name, code in codes.items():
                collection, measure = name.split(":")
                work.session.add(
                    StatutoryResult(
                        school_id=school_id,
                        pupil_id=pupil,
                        collection=collection,
                        ending_year=year,
                        sitting="main",
                        measure=measure,
                        code=code,
                        source="test",
                    )
                )
        work.commit()


def enter_gld(database: Database, school_id: int, pupil: int, code: str | None) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.add(
            SchoolResult(
                school_id=school_id,
                pupil_id=pupil,
                collection="EYFSP",
                measure="GLD",
                value=code,
                changed_at=NOW,
            )
        )
        work.commit()


@pytest.fixture
def school_id(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def head(database: Database, school_id: int) -> Caller:
    return caller_of(database, Role.HEAD, school_id=school_id)


def year_5(school_id: int | None, **values: Any) -> CohortSelection:
    return CohortSelection(**{"academic_year": YEAR, "school_id": school_id, "years": 5} | values)


def counts(one: DataSet, subject: str = "READ") -> list[Any]:
    wanted = ["pupils", "below", "towards", "on_track", "deeper", "no_data"]
    (line,) = one.summary[one.summary["subject"] == subject][wanted].to_numpy().tolist()
    return line


def found(matrix: PupilMatrix, measure: str) -> dict[str, Any]:
    """The results of a measure that anybody has, by code."""
    told = {}
    for table in matrix.results:
        lines = table.figures[table.figures["measure"] == measure]
        told |= dict(zip(lines["result"], lines["pupils"].astype(object), strict=True))
    return {code: number for code, number in told.items() if number != 0}


def test_pupil_matrix_counts_each_set_by_itself(
    database: Database, school_id: int, head: Caller
) -> None:
    add_class(database, school_id, "OOD", "BTO", "---", pupil={"sex": "F"})
    make_pupil(database, school_id, year_group=5, include_in_data=False)
    add_class(database, school_id, "DDD", "OOO", year=2024, group=4)
    add_class(database, school_id, "TTT", group=4)
    layers = [
        year_5(school_id, academic_year=2024, years=4),
        year_5(school_id, characteristics=((SEX, "M"),)),
        year_5(school_id, years=YearRange.ALL_YEARS),
    ]
    matrix = pupil_matrix.pupil_matrix(head, year_5(school_id), layers)
    assert counts(matrix.primary) == [3, 1, 0, 1, 0, 1]
    assert counts(matrix.primary, "RWM") == [3, 0, 0, 0, 0, 1]
    assert [counts(one) for one in matrix.layers] == [
        [2, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 0],
        [4, 1, 1, 1, 0, 1],
    ]
    assert matrix.primary.description == "Year 5, 2025/2026, Autumn"
    assert matrix.primary.not_included == 1
    assert dict(matrix.layers[2].assessments) == {4: "Autumn", 5: "Autumn"}
    assert [table.collection for table in matrix.results] == ["EYFSP", "KS1"]


def test_pupil_matrix_tells_the_full_report_s_figures(
    database: Database, school_id: int, head: Caller
) -> None:
    pupils = add_class(database, school_id, "OOD", "BTO", "D-B", "TTT")
    with database.unit_of_work(write=True) as work:
        gone = work.session.get_one(Enrolment, (school_id, YEAR, pupils[3]))
        gone.left_on = date(YEAR, 10, 1)  # before the assessment
        work.commit()
    make_pupil(database, school_id, year_group=3)  # no assessment of Year 3
    other = make_school(database)
    add_class(database, other, "OOO", "BBB")
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    whole = year_5(None, local_authority_id=authority)
    chosen = [
        year_5(school_id),
        year_5(school_id, years=YearRange.KEY_STAGE_2),
        whole,
        year_5(None, local_authority_id=authority, school_ids=(other,)),
    ]
    matrix = pupil_matrix.pupil_matrix(adviser, chosen[0], chosen[1:])
    for one, selection in zip(matrix.sets, chosen, strict=True):
        report = full_report(adviser, selection)
        told = report.summary[report.summary["subject"].isin([*SUBJECTS, "RWM"])]
        assert one.summary.to_dict("records") == told.to_dict("records")
        if report.cohort is not None:
            again = summarise_cohort(report.cohort, list(CORE_SUBJECTS))
            assert counts(one)[0] == int(again["pupils"].iloc[0])


def test_pupil_matrix_keeps_a_layer_that_is_gone_or_out_of_reach(
    database: Database, school_id: int, head: Caller
) -> None:
    add_class(database, school_id, "OOO")
    old = make_assessment(database, school_id, year_groups=[5], name="Trial")
    gone = year_5(school_id, assessment_id=old)
    elsewhere = year_5(make_school(database))
    with database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, old).deleted_at = NOW
        work.commit()
    layers = [gone, elsewhere, year_5(None, local_authority_id=make_authority(database))]
    matrix = pupil_matrix.pupil_matrix(head, year_5(school_id), layers)
    assert [one.selection for one in matrix.layers] == layers
    assert "was deleted" in matrix.layers[0].trouble
    assert matrix.layers[0].description == "Year 5, 2025/2026, Trial"
    assert [one.place for one in matrix.layers[1:]] == ["", ""]
    assert all(one.trouble and one.summary.empty for one in matrix.layers)
    assert counts(matrix.primary)[0] == 1
    for selection in (gone, elsewhere):
        with pytest.raises(NotFound):
            pupil_matrix.pupil_matrix(head, selection)
        with pytest.raises(NotFound):
            add_layer(head, matrix, selection)


def test_results_of_the_primary_set_are_the_newest_official_else_those_entered(
    database: Database, school_id: int, head: Caller
) -> None:
    one, two, three, four = add_class(database, school_id, "OOO", "OOO", "OOO", "OOO")
    left_out = make_pupil(database, school_id, year_group=5, include_in_data=False)
    ks1 = {"KS1:READ": "GDS", "KS1:WRIT": "EXS", "KS1:SCIE": "HNM"}
    add_results(database, school_id, {one: ks1 | {"EYFSP:GLD": "N"}, left_out: ks1})
    add_results(database, school_id, {two: {"KS1:READ": "EXS"}, three: {"KS1:READ": "A"}})
    add_results(database, school_id, {one: {"EYFSP:GLD": "Y"}}, year=2024)  # a second one, newer
    add_results(database, school_id, {two: {"KS1:READ": "WTS"}}, year=2027)  # after this year
    enter_gld(database, school_id, one, "A")  # an official one is held
    enter_gld(database, school_id, two, "N")
    enter_gld(database, school_id, three, None)  # entered, and taken back
    matrix = pupil_matrix.pupil_matrix(head, year_5(school_id))
    assert found(matrix, "GLD") == {"Y": 1, "N": 1, "-": 2}
    # reading: one at greater depth, one expected, one absent, one of four without
    assert found(matrix, "READ") == {"GDS": 1, "EXS": 1, "EXS+": 2, "A": 1, "-": 1}
    assert found(matrix, "SCIE") == {"HNM": 1, "-": 3}
    for table in matrix.results:
        for line in table.figures.to_dict("records"):
            behind = names_behind_result(
                head, matrix.primary, table, measure=line["measure"], result=line["result"]
            )
            assert len(behind) == line["pupils"]
            assert line["of"] == 4
    assert four not in {one, two, three}


def test_results_are_shown_of_the_years_they_apply_to(
    sqlite_database: Database,
) -> None:
    school_id = make_school(sqlite_database)
    head = caller_of(sqlite_database, Role.HEAD, school_id=school_id)

    def tables(years: YearRange | int) -> dict[str, tuple[int, ...]]:
        matrix = pupil_matrix.pupil_matrix(head, year_5(school_id, years=years))
        return {table.collection.value: table.year_groups for table in matrix.results}

    assert tables(5) == {"EYFSP": (5,), "KS1": (5,)}
    assert tables(2) == {"EYFSP": (2,)}
    assert tables(3) == {"EYFSP": (3,), "KS1": ()}  # not statutory in 2025
    assert tables(-1) == {}
    assert tables(YearRange.ALL_YEARS) == {"EYFSP": (1, 2, 3, 4, 5, 6), "KS1": (5, 6)}


def test_names_behind_a_layer_are_as_many_as_it_says(
    database: Database, school_id: int, head: Caller
) -> None:
    add_class(database, school_id, "OOD", "BTO", "---")
    add_class(database, school_id, "DDD", "OOO", year=2024, group=4)
    matrix = pupil_matrix.pupil_matrix(
        head, year_5(school_id), [year_5(school_id, academic_year=2024, years=4)]
    )
    for one in matrix.sets:
        for line in one.summary.to_dict("records"):
            for row in ("below", "on_track", "on_track_or_deeper", "no_data"):
                assert len(names_behind_set(head, one, line["subject"], row)) == line[row]
    names = names_behind_set(head, matrix.primary, "READ", "no_data")
    assert list(names.columns) == [
        *("surname", "forenames", "year_group", "class_name", *SUBJECTS),
    ]


def test_names_of_several_schools_have_the_school_beside_them(
    database: Database, school_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pupil,) = add_class(database, school_id, "OOO")
    add_results(database, school_id, {pupil: {"KS1:READ": "EXS"}})
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    matrix = pupil_matrix.pupil_matrix(adviser, year_5(None, local_authority_id=authority))
    ks1 = matrix.results[1]
    for names in (
        names_behind_set(adviser, matrix.primary, "READ", "on_track"),
        names_behind_result(adviser, matrix.primary, ks1, measure="READ", result="EXS+"),
    ):
        assert names["school_name"].tolist() == ["Hillside Primary School"]
    monkeypatch.setattr(matrix_names, "MOST_NAMES", 0)
    with pytest.raises(InvalidEntry, match="Choose fewer schools"):
        names_behind_result(adviser, matrix.primary, ks1, measure="READ", result="EXS")


def test_names_are_refused_for_what_is_not_there_and_to_who_may_not(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    school_id = make_school(sqlite_database)
    add_class(sqlite_database, school_id, "OOO")
    head = caller_of(sqlite_database, Role.HEAD, school_id=school_id)
    matrix = pupil_matrix.pupil_matrix(head, year_5(school_id))
    gld = matrix.results[0]
    with pytest.raises(InvalidEntry):
        names_behind_set(head, matrix.primary, "HIST", "below")
    with pytest.raises(InvalidEntry):
        names_behind_set(head, matrix.primary, "READ", "everyone")
    with pytest.raises(InvalidEntry):
        names_behind_result(head, matrix.primary, gld, measure="GLD", result="EXS")
    stranger = caller_of(sqlite_database, Role.HEAD, school_id=make_school(sqlite_database))
    with pytest.raises(NotFound):
        names_behind_set(stranger, matrix.primary, "READ", "on_track")
    with pytest.raises(NotFound):
        names_behind_result(stranger, matrix.primary, gld, measure="GLD", result="-")
    authority = make_authority(sqlite_database)
    whole = year_5(None, local_authority_id=authority)
    analyst = caller_of(sqlite_database, Role.LA_ANALYST, local_authority_id=authority)
    over_all = pupil_matrix.pupil_matrix(analyst, whole)
    grants = access.GRANTS[Role.LA_ANALYST] - {Action.SEE_PUPILS}
    monkeypatch.setitem(access.GRANTS, Role.LA_ANALYST, grants)
    for ask in (
        lambda: names_behind_set(analyst, matrix.primary, "READ", "on_track"),
        lambda: names_behind_set(analyst, over_all.primary, "READ", "on_track"),
        lambda: names_behind_result(
            analyst, over_all.primary, over_all.results[0], measure="GLD", result="-"
        ),
    ):
        with pytest.raises(AccessDenied):
            ask()


def test_small_figures_are_withheld_from_who_may_not_see_pupils_and_when_published(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    school_id = make_school(sqlite_database)
    for sex, size in (("F", 12), ("M", 14)):
        marks = ["OOO"] * size + ["BBB"] * (size - 6) + ["---"] * 9
        add_class(sqlite_database, school_id, *marks, pupil={"sex": sex}, group=5)
    # Both classes stand at the later assessment, so that the first has no data; that is large too.
    head = caller_of(sqlite_database, Role.HEAD, school_id=school_id)
    girls = year_5(school_id, characteristics=((SEX, "F"),))
    few = year_5(school_id, characteristics=((SEX, "F"), (Characteristic.EAL, "Y")))
    make_pupil(sqlite_database, school_id, year_group=5, eal=True)
    seen = pupil_matrix.pupil_matrix(head, year_5(school_id), [girls, few])
    assert counts(seen.layers[1])[0] == 1
    published = seen.to_publish()
    assert published.is_published
    assert published.layers[1].summary["pupils"].isna().all()
    assert published.layers[0].summary["below"].isna().all()  # girls hide the one
    assert published.primary.summary["no_data"].notna().all()
    assert published.results[0].figures["pupils"].isna().tolist() == [False, False, False]
    assert published.arranged([0]).layers[0].summary["pupils"].notna().all()
    monkeypatch.setitem(access.GRANTS, Role.HEAD, access.GRANTS[Role.HEAD] - {Action.SEE_PUPILS})
    barred = pupil_matrix.pupil_matrix(head, year_5(school_id), [girls, few])
    assert not barred.primary.may_see_names
    assert barred.layers[1].summary["pupils"].isna().all()


def test_results_are_withheld_whole_where_a_layer_is_chosen_by_them(
    sqlite_database: Database,
) -> None:
    school_id = make_school(sqlite_database)
    pupils = add_class(sqlite_database, school_id, *["OOO"] * 30)
    # 3 did not reach it, and with them the 12 of whom nothing is held are withheld, not the 15
    codes = ["N"] * 3 + ["Y"] * 15
    rows = {
        pupil: {"EYFSP:GLD": code} for pupil, code in zip(pupils[: len(codes)], codes, strict=True)
    }
    add_results(sqlite_database, school_id, rows)
    head = caller_of(sqlite_database, Role.HEAD, school_id=school_id)
    chosen = year_5(school_id, characteristics=((Characteristic.GLD, "U"),))
    told = [
        matrix.to_publish().results[0].figures["pupils"].astype(object).tolist()
        for matrix in (
            pupil_matrix.pupil_matrix(head, year_5(school_id)),
            pupil_matrix.pupil_matrix(head, year_5(school_id), [chosen]),
        )
    ]
    assert told == [[15, pd.NA, pd.NA], [pd.NA, pd.NA, pd.NA]]


def test_layers_are_added_at_the_head_arranged_and_not_too_many(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    school_id = make_school(sqlite_database)
    add_class(sqlite_database, school_id, "OOO")
    head = caller_of(sqlite_database, Role.HEAD, school_id=school_id)
    matrix = pupil_matrix.pupil_matrix(head, year_5(school_id))
    for group in (3, 4, 6):
        matrix = add_layer(head, matrix, year_5(school_id, years=group))
    assert [one.selection.years for one in matrix.layers] == [6, 4, 3]
    assert [one.selection.years for one in matrix.arranged([2, 0]).layers] == [3, 6]
    monkeypatch.setattr(pupil_matrix, "MOST_LAYERS", 3)
    with pytest.raises(InvalidEntry, match="up to 3 layers"):
        add_layer(head, matrix, year_5(school_id))
    with pytest.raises(InvalidEntry, match="up to 3 layers"):
        pupil_matrix.pupil_matrix(head, year_5(school_id), [year_5(school_id)] * 4)


def test_note_matrix_export_writes_down_each_place_and_refuses_the_whole(
    database: Database, school_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_school(database)
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    layers = [
        year_5(other),
        year_5(other, years=4),
        year_5(None, local_authority_id=authority),
        year_5(other, assessment_id=999),
    ]
    matrix = pupil_matrix.pupil_matrix(adviser, year_5(school_id), layers)
    note_matrix_export(adviser, matrix.to_publish())
    made = [row for row in audit_rows(database) if row.action == REPORT_MADE]
    assert [row.school_id for row in made] == [school_id, other, None]
    assert all('"what":"pupil matrix to publish"' in row.detail.replace(": ", ":") for row in made)
    stranger = caller_of(database, Role.HEAD, school_id=school_id)
    with pytest.raises(NotFound):
        note_matrix_export(stranger, matrix)
    assert len([row for row in audit_rows(database) if row.action == REPORT_MADE]) == 3
    grants = access.GRANTS[Role.LA_ADVISER] - {Action.EXPORT}
    monkeypatch.setitem(access.GRANTS, Role.LA_ADVISER, grants)
    with pytest.raises(AccessDenied):
        note_matrix_export(adviser, matrix)
