"""The demo local authority: invented schools, children and judgements, and people to sign in as.

The same seed and recipe always make the same authority, whatever the clock says. It goes into an
empty database only, since everyone knows its passwords.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.accounts import AccountStatus
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.demo_accounts import SIGN_INS, DemoSignIn, is_in_use
from pupiltrack_core.services.demo_recipe import Recipe, load_recipe
from pupiltrack_core.services.demo_rows import DRAWS, Progress, RowWriter
from pupiltrack_core.services.demo_schools import DemoSchools, make_schools
from pupiltrack_core.services.discussion_questions import ready_questions
from pupiltrack_core.services.passwords import hash_password
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.accounts import add_user, update_memberships
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, NewsItem, School
from pupiltrack_core.storage.row_level_security import EVERYWHERE
from pupiltrack_core.storage.support_models import DiscussionQuestion

DEMO_SEED = 20250901
DEMO_SCHOOLS = 24
MOST_SCHOOLS = 900
DEMO_CREATED = "demo created"
_MADE_AT = datetime(2024, 9, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made. `pupils` are those enrolled in the later year, `judgements` all cells."""

    schools: int
    pupils: int
    assessments: int
    judgements: int
    results: int
    sign_ins: tuple[DemoSignIn, ...]


def create_demo(
    database: Database,
    *,
    schools: int = DEMO_SCHOOLS,
    seed: int = DEMO_SEED,
    progress: Progress | None = None,
    hashing: PasswordHashing = PasswordHashing.HARDENED,
    recipe: Recipe | None = None,
) -> DemoSummary:
    """Fill an empty, migrated database with the demo local authority and return what was made.

    `progress` is told how many schools are done, of how many. Raise `InvalidEntry` for a number of
    schools that cannot be and for a database with a school or an account in it; nothing is kept
    then: all is saved at once.
    """
    if not 1 <= schools <= MOST_SCHOOLS:
        raise InvalidEntry(
            f"A demo has 1 to {MOST_SCHOOLS} schools. Nothing was made.", field="schools"
        )
    plan = recipe or load_recipe()
    draws = [
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(1 + DRAWS)
    ]
    made_schools = make_schools(plan, schools, draws[0])
    with database.unit_of_work(write=True, scope=EVERYWHERE) as work:
        if is_in_use(work.session):
            raise InvalidEntry(
                "The database is in use: it has schools or accounts. Nothing was made. "
                "Make the demo in an empty database.",
                field="database",
            )
        authority_id, school_ids = _add_schools(work.session, plan, made_schools)
        _add_questions(work.session, school_ids)
        writer = RowWriter(work.session.connection(), plan, made_schools, school_ids)
        counts = writer.write(draws[1:], progress or (lambda done, of: None))
        drafts = [AuditDraft(DEMO_CREATED, None, {"schools": schools, "pupils": counts["pupils"]})]
        sign_ins = tuple(item for item in SIGN_INS if item.school is None or item.school < schools)
        users = {}
        for item in sign_ins:
            role = _membership(item, authority_id, school_ids, made_schools)
            users[item.role] = _add_person(work.session, item, role, hashing)
            drafts.append(
                AuditDraft(AuditAction.ACCOUNT_CREATED, None, {"of_user": users[item.role]})
            )
        _add_news(work.session, plan, authority_id, published_by=users[Role.LA_ADMIN])
        add_audit_entries(work.session, drafts, at=_MADE_AT)
        work.commit()
    return DemoSummary(schools=schools, sign_ins=sign_ins, **counts)


def _add_schools(session: Session, recipe: Recipe, schools: DemoSchools) -> tuple[int, list[int]]:
    rules = recipe["authority"]
    authority = LocalAuthority(
        **{
            name: rules[name]
            for name in ("code", "name", "contact_name", "contact_email", "contact_phone")
        }
    )
    session.add(authority)
    session.flush()
    rows = [
        School(
            local_authority_id=authority.id,
            laestab=schools.laestabs[place],
            urn=schools.urns[place],
            name=schools.names[place],
            school_type=schools.types[place],
            district=schools.districts[place],
            postcode=schools.postcodes[place],
            class_names=schools.class_names[place],
            custom_filter_names=list(recipe["schools"]["custom_filters"]),
        )
        for place in range(len(schools))
    ]
    session.add_all(rows)
    session.flush()
    return authority.id, [row.id for row in rows]


def _add_questions(session: Session, school_ids: list[int]) -> None:
    """Let every school ask, in both years, the questions that come with PupilTrack."""
    session.add_all(
        DiscussionQuestion(
            school_id=school_id,
            kind=kind.value,
            description=description,
            starts_on=AcademicYear.containing(_MADE_AT.date()).first_day,
            sort_order=place,
        )
        for school_id in school_ids
        for kind in MeetingKind
        for place, description in enumerate(ready_questions(kind), start=1)
    )
    session.flush()


def _membership(
    item: DemoSignIn, authority_id: int, school_ids: list[int], schools: DemoSchools
) -> Membership:
    if item.school is None:
        return Membership(item.role, authority_id)
    own: tuple[str, ...] = ()
    if item.class_place is not None:
        own = (schools.class_names[item.school][item.class_place],)
    return Membership(item.role, authority_id, school_ids[item.school], own)


def _add_person(
    session: Session, item: DemoSignIn, role: Membership, hashing: PasswordHashing
) -> int:
    user = add_user(
        session,
        user_name=item.user_name,
        display_name=item.display_name,
        password_hash=hash_password(item.password, hashing),
        status=AccountStatus.ACTIVE,
        created_at=_MADE_AT,
        email=f"{item.user_name}@westmere.example",
    )
    update_memberships(session, user.id, [role])
    return user.id


def _add_news(session: Session, recipe: Recipe, authority_id: int, *, published_by: int) -> None:
    session.add_all(
        NewsItem(
            local_authority_id=authority_id,
            title=item["title"],
            body=item["body"],
            starts_on=item["starts_on"],
            ends_on=item.get("ends_on"),
            published_by=published_by,
        )
        for item in recipe["news"]
    )
