"""Frames for analysts: the figures of the pages, with the rights of a reader."""

import shutil

import pandas as pd
import pytest
from sqlalchemy import func, select

from pupiltrack_core import open_portal
from pupiltrack_core.access import Role
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.reports.frames import PortalFrames
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry
from tests.integration.pages.village import build_village

HILLSIDE = "999/2001"
COUNTS = [
    "pupils",
    "below",
    "towards",
    "on_track",
    "deeper",
    "mixed",
    "on_track_or_deeper",
    "not_on_track",
    "no_data",
]


@pytest.fixture(scope="module")
def village(sqlite_template, tmp_path_factory):
    """The schools of the page tests; nothing but the audit may change."""
    path = tmp_path_factory.mktemp("frames") / "pupiltrack.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    yield build_village(database)
    database.dispose()


@pytest.fixture(scope="module")
def portal(village):
    return open_portal(village.address)


def line(frame, **wanted):
    """Return the one row of a frame with these values."""
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def audit_entries(village):
    with village.database.unit_of_work() as unit:
        return unit.session.scalar(select(func.count()).select_from(AuditEntry))


def test_schools_and_assessments_say_what_there_is(portal):
    schools = portal.schools()
    assert schools["school"].tolist() == ["888/2001", HILLSIDE, "999/2002"]
    assert schools["latest_year"].tolist() == ["2025/2026"] * 3
    held = portal.assessments(HILLSIDE)
    assert held["assessment"].tolist() == ["Autumn", "Baseline"]
    assert held["held_on"].dtype == "datetime64[s]"
    assert held["subjects"].tolist() == ["READ, WRIT, MATH"] * 2
    assert portal.assessments(HILLSIDE, year="2024/2025").dtypes.equals(held.dtypes)


def test_cohort_has_no_names_unless_asked_for(portal, village):
    before = audit_entries(village)
    plain = portal.cohort(HILLSIDE, years=4)
    named = portal.cohort(HILLSIDE, years=4, names=True, class_name="Birch")
    assert audit_entries(village) == before + 2
    assert len(plain) == 6
    assert not {"surname", "forenames", "upn", "date_of_birth", "looked_after"} & set(plain.columns)
    assert set(plain["READ"].cat.categories) == {item.value for item in Judgement}
    assert named["surname"].tolist() == ["Evans", "<b>Finch</b>"]


def test_cohort_is_narrowed_by_the_filters_of_the_pages(portal, village):
    assert portal.cohort(HILLSIDE, years=4, sex="M")["pupil_id"].tolist() == [
        village.pupils["Baker"]
    ]
    with pytest.raises(InvalidEntry, match="no filter"):
        portal.cohort(HILLSIDE, colour="red")
    with pytest.raises(AccessDenied):
        portal.cohort(HILLSIDE, looked_after="Y")
    with pytest.raises(InvalidEntry, match="and not both"):
        portal.cohort()


def test_summary_is_that_of_the_full_report(portal):
    summary = portal.summary(HILLSIDE, years=4)
    assert summary.columns.tolist() == ["subject", "subject_name", *COUNTS]
    # Of the five who count: Archer O, Baker D, Carter B, Finch T, Evans without a judgement.
    reading = line(summary, subject="READ")
    assert [reading[name] for name in ("below", "towards", "on_track", "deeper", "no_data")] == [
        1,
        1,
        1,
        1,
        1,
    ]
    assert line(summary, subject="RWM")["subject_name"] == "Reading, writing and maths"
    by_year = portal.summary(HILLSIDE, by="year_group")
    assert by_year.columns.tolist() == ["year_group", *summary.columns]
    assert by_year["year_group"].unique().tolist() == [1, 4]


def test_summary_by_school_is_for_whoever_reads_and_not_for_publication(portal):
    found = portal.summary(authority="999", by="school", years="ks2")
    assert found["school"].unique().tolist() == [HILLSIDE, "999/2002"]
    assert line(found, school="999/2002", subject="WRIT")["below"] == 1
    for words in ({"by": "school", "publish": True}, {"by": "class"}):
        with pytest.raises(InvalidEntry):
            portal.summary(authority="999", **words)


def test_percentages_tell_apart_nothing_to_count_and_withheld(portal):
    summary = portal.summary(HILLSIDE, years=4)
    told = portal.percentages(summary)
    on_track = line(told, subject="READ", row="on_track_or_deeper")
    # 2 of 5 are 40 %.
    assert (on_track["count"], on_track["of"], on_track["percent"]) == (2, 5, 40)
    assert on_track["code"] == ""
    assert line(told, subject="READ", row="mixed")["code"] == "z"
    published = portal.percentages(portal.summary(HILLSIDE, years=4, publish=True))
    withheld = line(published, subject="READ", row="on_track_or_deeper")
    assert withheld["code"] == "c"
    assert pd.isna(withheld["percent"])
    nobody = portal.percentages(portal.summary(HILLSIDE, years=6))
    assert set(nobody["code"]) == {"z"}
    assert nobody["percent"].isna().all()
    assert nobody.dtypes.equals(told.dtypes)


def test_groups_and_gaps_are_of_two_groups(portal):
    groups = portal.groups("sex", HILLSIDE, years=4)
    assert groups["group_name"].unique().tolist() == ["Girls", "Boys"]
    gap = line(portal.gaps("sex", HILLSIDE, years=4), subject="READ")
    # Girls: Archer of Archer, Carter, Evans and Finch, 25 %; boys: Baker, 100 %. 25 - 100 = -75,
    # and 75 % of four girls are three.
    assert (gap["first"], gap["first_count"], gap["first_of"], gap["first_percent"]) == (
        "Girls",
        1,
        4,
        25,
    )
    assert (gap["points"], gap["pupils"]) == (-75, -3)
    nobody = line(portal.gaps("sex", HILLSIDE, years=4, sen="E"), subject="READ")
    assert nobody[["points", "pupils", "first_percent"]].isna().all()


def test_groups_that_cannot_be_told_apart_are_refused(portal):
    with pytest.raises(InvalidEntry, match="no such groups"):
        portal.groups("shoe_size", HILLSIDE)
    with pytest.raises(InvalidEntry, match="no such row"):
        portal.gaps("sex", HILLSIDE, row="average")
    with pytest.raises(NotFound, match="chosen by it"):
        portal.groups("sex", HILLSIDE, sex="F")


def test_matrix_says_how_far_each_layer_is_from_the_primary_set(portal):
    found = portal.matrix(HILLSIDE, years=4, layers=["sex=M", "class=Birch"])
    assert found["data_set"].unique().tolist() == [0, 1, 2]
    assert found.columns[:3].tolist() == ["data_set", "place", "cohort"]
    # On track or deeper in reading: 2 of 5 are 40 %, of the boys 1 of 1.
    boys = line(found, data_set=1, subject="READ")
    assert (boys["points"], boys["pupils_more"]) == (60, -1)
    assert found[found["data_set"] == 0]["points"].isna().all()
    published = portal.matrix(HILLSIDE, years=4, layers=["sex=M"], publish=True)
    assert published["on_track_or_deeper"].isna().all()
    assert published.dtypes.equals(found.dtypes)
    with pytest.raises(NotFound, match="does not let you choose"):
        portal.matrix(HILLSIDE, years=4, layers=["years=4; looked_after=Y"])


def test_earlier_results_have_their_denominator(portal):
    found = portal.earlier_results(HILLSIDE, years=4)
    blank = line(found, measure="GLD", result="-")
    assert (blank["count"], blank["of"], blank["percent"]) == (5, 5, 100)
    assert portal.earlier_results(HILLSIDE, years="N1").dtypes.equals(found.dtypes)


def test_transition_movement_and_moves_are_of_the_same_pupils(portal, village):
    cells = portal.transition(HILLSIDE, years=4, subject="reading")
    # Archer went from Below to On track; the four others who count have nothing earlier.
    assert line(cells, earlier="B", later="O")["pupils"] == 1
    assert line(cells, earlier="B", later="O")["later_name"] == "On track"
    assert cells["pupils"].sum() == 5
    movement = portal.movement(HILLSIDE, years=4, subject="reading").set_index("movement")
    assert movement.loc["rose", ["count", "of", "percent"]].tolist() == [1, 1, 100]
    assert movement.loc["no_earlier", ["count", "of"]].tolist() == [3, 5]
    before = audit_entries(village)
    moves = portal.moves(HILLSIDE, years=4, subject="reading")
    assert moves["pupil_id"].is_monotonic_increasing
    assert "surname" not in moves
    named = portal.moves(HILLSIDE, years=4, subject="reading", names=True, later="Autumn")
    assert named["surname"].tolist()[:3] == ["<b>Finch</b>", "Archer", "Baker"]
    assert audit_entries(village) == before + 2
    with pytest.raises(NotFound, match="Those there are"):
        portal.transition(HILLSIDE, years=4, earlier="Yesterday")


def test_overview_has_a_row_for_each_school(portal):
    found = portal.overview("999").set_index("school")
    assert found.loc[HILLSIDE, ["READ_on_track_or_deeper", "RWM_pupils"]].tolist() == [2, 7]
    with pytest.raises(NotFound):
        portal.overview("123")


def test_bars_are_told_in_words_and_of_one_group(portal):
    drawn = portal.bars(portal.summary(HILLSIDE, years=4), title="Year 4")
    assert "Reading: Below 1 (20\u202f%)" in repr(drawn)
    assert drawn._repr_html_().startswith("<figure")
    with pytest.raises(InvalidEntry, match="one group"):
        portal.bars(portal.groups("sex", HILLSIDE, years=4))


def test_reader_sees_what_the_account_may_see(village):
    name = user_name_of(village, Role.HEAD)
    head = open_portal(village.address, user=name)
    assert head.schools()["school"].tolist() == [HILLSIDE]
    for refused in (
        lambda: head.cohort("999/2002"),
        lambda: head.summary(authority="999"),
        lambda: head.overview("999"),
    ):
        with pytest.raises(NotFound):
            refused()
    assert len(head.cohort(HILLSIDE, years=4)) == 6


def user_name_of(village, role):
    caller = Caller.for_account(village.database, village.people[role])
    with caller.begin() as work:
        return work.principal.user_name


def test_portal_is_for_reading_unless_the_operator_says_otherwise(portal, village):
    with pytest.raises(AccessDenied, match="read_only=False"):
        _ = portal.caller
    writing = open_portal(village.address, read_only=False)
    assert isinstance(writing, PortalFrames)
    assert writing.caller is writing.reader
    with pytest.raises(InvalidEntry, match="Only the operator"):
        open_portal(village.address, user="anybody", read_only=False)
    with pytest.raises(NotFound, match="no account"):
        open_portal(village.address, user="nobody at all")


def test_open_portal_takes_the_configured_database(village, monkeypatch):
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", village.address)
    assert len(open_portal().schools()) == 3
