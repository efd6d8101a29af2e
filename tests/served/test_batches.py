"""Fetching the ZIP file of a batch: for its authority's own people, however large, and audited."""

from __future__ import annotations

from pathlib import Path

import pytest

from pupiltrack_core.domain.report_batches import BatchRequest, ReportKind
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.storage.batch_jobs import FINISHED, add_job
from pupiltrack_core.storage.models import AuditEntry, LocalAuthority, UserAccount
from tests.served.conftest import Portal

pytestmark = pytest.mark.served

LETTERS = 300_000  # more than one piece


def test_batch_is_fetched_by_people_of_its_authority_alone(empty_portal: Portal) -> None:
    folder = Path(str(empty_portal.database.url.database)).parent / "var" / "batches"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1-kept.zip").write_text("Z" * LETTERS)
    with empty_portal.database.unit_of_work(write=True) as unit:
        job = add_job(
            unit.session,
            local_authority_id=unit.session.query(LocalAuthority).one().id,
            asked_by=unit.session.query(UserAccount).filter_by(user_name="la_analyst").one().id,
            asked_at=utc_now(),
            request=BatchRequest((ReportKind.FULL,), 2025).to_json(),
        )
        job.state, job.folder, job.finished_at = FINISHED, "1-kept", utc_now()
        number = job.id
        unit.commit()
    answer = empty_portal.signed_in("la_adviser").get(f"/download/batch-{number}")
    assert answer.status == 200
    assert answer.text == "Z" * LETTERS
    assert answer["Content-Type"] == "application/zip"
    assert f'attachment; filename="reports-{number}.zip"' in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    for stranger in ("teacher", "head", "data_manager"):
        assert empty_portal.signed_in(stranger).get(f"/download/batch-{number}").status == 404
    assert empty_portal.signed_in("la_admin").get(f"/download/batch-{number + 1}").status == 404
    with empty_portal.database.unit_of_work() as unit:
        actions = [entry.action for entry in unit.session.query(AuditEntry)]
    assert actions.count(AuditAction.FILE_FETCHED) == 1
