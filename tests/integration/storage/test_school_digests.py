"""What the digest of a school's reports is made of."""

from __future__ import annotations

from pupiltrack_core.storage.all_tables import Base
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.row_level_security import EVERYWHERE, confine
from pupiltrack_core.storage.school_digests import READ, digest_of_school
from tests.builders import make_pupil, make_school

# Tables of a school that no report of a batch reads: people, files, drafts, records of change.
UNREAD = {
    *("attestation", "audit_entry", "breach_record", "cell_change", "cohort_meeting"),
    *("cohort_meeting_version", "discussion_question", "download", "import_batch"),
    *("import_mapping", "intervention", "legal_hold", "membership", "named_access"),
    *("pupil_field_change", "pupil_meeting", "pupil_meeting_answer", "reception_arrival"),
    *("registration", "roll_forward", "roll_forward_pupil", "saved_view", "tombstone"),
    "transfer_request",
}


def test_every_table_of_a_school_is_in_the_digest_or_known_to_be_on_no_report() -> None:
    of_schools = {
        name for name, table in Base.metadata.tables.items() if "school_id" in table.columns
    }
    assert of_schools - {str(table.name) for table in READ} == UNREAD


def test_digest_of_school_is_of_that_school_alone(database: Database) -> None:
    first, second = make_school(database), make_school(database, laestab="9992002")

    def digest(school_id: int) -> str:
        with database.unit_of_work(write=True) as unit:
            confine(unit.session, EVERYWHERE)
            return digest_of_school(unit.session, school_id)

    before = digest(first), digest(second)
    assert digest(first) == before[0]
    make_pupil(database, second)
    assert digest(first) == before[0]
    assert digest(second) != before[1]
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(School, first).name = "Another name"
        unit.commit()
    assert digest(first) != before[0]
