"""Entering judgements in the grid: what follows from it, and what cannot be entered."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.recording import CellChange
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow
from pupiltrack_core.storage.models import Enrolment
from pupiltrack_portal.pages import assessments_model
from tests.builders import NOW
from tests.integration.pages.browser import (
    assert_signed_out,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.desk import Desk, foot_of_database, foot_on_view
from tests.integration.pages.village import FARAWAY, OAKFIELD, PERSONAL, Village

YEAR_4 = {"years": "4"}


def test_judgement_entered_is_saved_with_the_foot_and_the_worked_out_cell(desk: Desk) -> None:
    before = foot_on_view(desk)
    reply = desk.enter(*[("Evans", desk.column(subject), "D", 0) for subject in CORE_SUBJECTS])
    assert [outcome[2] for outcome in reply["outcomes"]] == ["saved"] * 3
    assert desk.stored("Evans") == ("D", 1)
    assert desk.together("Evans") == "Yes"
    assert foot_on_view(desk) == foot_of_database(desk) != before
    assert reply["foot"]


def test_judgement_cleared_is_saved_as_no_data(desk: Desk) -> None:
    assert desk.outcome("Archer", desk.column(), None, 1)["status"] == "saved"
    assert desk.stored("Archer") == (None, 2)
    assert desk.together("Archer") is None
    assert foot_on_view(desk) == foot_of_database(desk)
    assert desk.foot()["no_data"][desk.column()] == "2 (40\u202f%)"


def test_saved_cells_are_counted_in_the_audit_without_marks(desk: Desk, village: Village) -> None:
    desk.outcome("Evans", desk.column(), "D", 0)
    assert village.actions()[-1] == "judgements recorded"
    assert village.last_detail() == {
        "academic_year": 2025,
        "assessments": [village.autumn],
        "changed": 1,
        "inclusion_changed": 0,
        "results_changed": 0,
        "saved": 1,
        "refused": 0,
        "conflicts": 0,
    }


def test_include_in_data_set_to_no_leaves_the_pupil_out(desk: Desk, village: Village) -> None:
    reply = desk.enter(("Carter", "include", "N", 1))
    assert reply["outcomes"][0][2] == "saved"
    assert desk.flag("Carter") == "Not included in data"
    assert "for 2 pupils" in shown(desk.view.widget)
    assert reply["rows"]
    # Archer, Baker, Evans, Finch are left: reading on track or deeper 2 of 4.
    assert desk.foot()["on_track_or_deeper"][desk.column()] == "2 (50\u202f%)"
    assert foot_on_view(desk) == foot_of_database(desk)
    with village.database.unit_of_work() as work:
        key = (village.hillside, 2025, village.pupils["Carter"])
        assert work.session.get_one(Enrolment, key).include_in_data is False


def test_include_in_data_set_to_yes_takes_the_flag_and_the_banner(desk: Desk) -> None:
    desk.enter(("Dunn", "include", "Y", 1))
    assert desk.flag("Dunn") == ""
    assert "Include in data is set to No" not in shown(desk.view.widget)
    assert desk.foot()["below"][desk.column()] == "2 (33\u202f%)"  # Carter and Dunn of 6
    assert foot_on_view(desk) == foot_of_database(desk)


def test_stale_version_is_a_conflict_with_both_values(
    desk: Desk, village: Village, open_as: OpenPage
) -> None:
    other = Desk(village, open_as(Role.HEAD, **YEAR_4))
    assert other.outcome("Archer", other.column(), "D", 1)["status"] == "saved"
    outcome = desk.outcome("Archer", desk.column(), "B", 1)
    assert outcome["status"] == "conflict"
    assert (outcome["value"], outcome["theirs"], outcome["version"]) == ("B", "D", 2)
    assert desk.stored("Archer") == ("D", 2)
    assert desk.grid.cells[str(village.pupils["Archer"]), desk.column()].value == "D"
    assert foot_on_view(desk) == foot_of_database(desk)
    again = desk.outcome("Archer", desk.column(), "B", outcome["version"])
    assert again["status"] == "saved"
    assert desk.stored("Archer") == ("B", 3)


def test_batch_sent_again_is_saved_once(desk: Desk, village: Village) -> None:
    first = desk.enter(("Evans", desk.column(), "D", 0))
    acts = len(village.actions())
    desk._sequence -= 1
    assert desk.enter(("Evans", desk.column(), "D", 0)) == first
    assert len(village.actions()) == acts
    assert desk.stored("Evans") == ("D", 1)


def test_one_bad_cell_is_refused_and_the_others_are_saved(desk: Desk) -> None:
    reply = desk.enter(
        ("Evans", desk.column("READ"), "D", 0), ("Evans", desk.column("WRIT"), "Z", 0)
    )
    assert {outcome[1]: outcome[2] for outcome in reply["outcomes"]} == {
        desk.column("READ"): "saved",
        desk.column("WRIT"): "refused",
    }
    assert desk.stored("Evans", "WRIT") is None


def test_test_scores_are_averaged_exactly_over_included_pupils(
    desk: Desk, village: Village
) -> None:
    key = f"{village.autumn}:test:READ"
    for name, score in (("Archer", "99.7"), ("Baker", "99.8"), ("Dunn", "1")):
        assert desk.outcome(name, key, score, 0)["status"] == "saved"
    # (99.7 + 99.8) / 2 = 99.75, away from zero 99.8; Dunn is left out.
    assert [desk.foot()[row][key] for row in ("scores", "average", "median")] == [
        "2",
        "99.8",
        "99.8",
    ]


def test_reader_of_the_local_authority_is_refused(village: Village, open_as: OpenPage) -> None:
    desk = Desk(village, open_as(Role.LA_ADVISER, **YEAR_4))
    assert desk.outcome("Archer", desk.column(), "B", 1)["status"] == "refused"
    assert desk.stored("Archer") == ("O", 1)
    assert "the school enters them" in shown(desk.view.widget)


def test_reader_who_forges_past_the_grid_is_refused_by_the_service(
    village: Village, open_as: OpenPage
) -> None:
    desk = Desk(village, open_as(Role.LA_ADVISER, **YEAR_4))
    desk.grid.replace(read_only=False)
    outcome = desk.outcome("Archer", desk.column(), "B", 1)
    assert outcome["status"] == "unsaved"
    assert "Your role does not let you record judgements" in outcome["reason"]
    assert desk.context.notice.messages[0]["kind"] == "error"
    assert desk.stored("Archer") == ("O", 1)


@pytest.mark.parametrize("who", ["Oak", "Far", "Gray", "999999", "-1", "x", "1; DROP TABLE pupil"])
def test_pupil_who_is_not_in_the_grid_is_refused(desk: Desk, village: Village, who: str) -> None:
    before = village.count(JudgementRow)
    outcome = desk.outcome(who, desk.column(), "B", 0)
    assert outcome["status"] == "refused"
    assert village.count(JudgementRow) == before


def test_pupil_of_another_school_past_the_grid_is_refused_by_the_service(
    desk: Desk, village: Village
) -> None:
    before = village.count(JudgementRow)
    change = CellChange(village.pupils["Oak"], desk.column(), "B", 0)
    (outcome,) = desk.view.model.record([change])
    assert outcome.status == "refused"
    assert village.count(JudgementRow) == before


@pytest.mark.parametrize(
    "column", ["{elsewhere}:tracking:READ", "{baseline}:tracking:READ", "upn", "", "{autumn}:rwm"]
)
def test_column_that_is_not_in_the_grid_is_refused(
    desk: Desk, village: Village, column: str
) -> None:
    key = column.format(
        elsewhere=village.elsewhere, baseline=village.baseline, autumn=village.autumn
    )
    before = village.count(JudgementRow)
    assert desk.outcome("Archer", key, "B", 0)["status"] == "refused"
    assert village.count(JudgementRow) == before


@pytest.mark.parametrize(
    "message", [None, [], {"type": "changes"}, {"type": "changes", "client": "a", "seq": 1}]
)
def test_message_of_another_shape_is_rejected(
    desk: Desk, village: Village, message: object
) -> None:
    before = village.count(JudgementRow)
    assert desk.grid.handle_batch(message)["type"] == "rejected"
    assert village.count(JudgementRow) == before


def test_revoked_session_saves_nothing_and_keeps_what_was_typed(
    desk: Desk, village: Village
) -> None:
    village.revoke(Role.TEACHER)
    outcome = desk.outcome("Archer", desk.column(), "B", 1)
    assert outcome["status"] == "unsaved"
    assert desk.stored("Archer") == ("O", 1)
    assert_signed_out(desk.context.notice)


def test_assessment_deleted_meanwhile_refuses_the_cell(desk: Desk, village: Village) -> None:
    with village.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, village.autumn).deleted_at = NOW
        work.commit()
    assert desk.outcome("Archer", desk.column(), "B", 1)["status"] == "refused"
    assert desk.stored("Archer") == ("O", 1)


def test_fault_while_saving_keeps_what_was_typed_and_logs_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Archer is Below, A9992000001")

    monkeypatch.setattr(assessments_model, "record_changes", fail)
    outcome = desk.outcome("Archer", desk.column(), "B", 1)
    assert outcome["status"] == "unsaved"
    (message,) = desk.context.notice.messages
    assert message["text"].split("reference ")[1][:8] in caplog.text
    for personal in (*PERSONAL, "Below"):
        assert personal not in caplog.text
        assert personal not in message["text"]


@pytest.mark.parametrize("school", [OAKFIELD, FARAWAY])
def test_assessments_of_another_school_are_not_opened(
    village: Village, open_as: OpenPage, school: str
) -> None:
    context = open_as(school=school, years="4", assessment=str(village.elsewhere))
    desk = Desk(village, context)
    assert desk.view.model.choice.school_id() == village.hillside
    assert "Oaken" not in shown(desk.view.widget)
    assert context.notice.messages[0]["kind"] == "warning"
