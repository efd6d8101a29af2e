"""Who is calling a service: read from the database again at the start of every unit of work.

A page keeps one `Caller` for as long as it is open. Nothing about the person is kept in it: a
session that ended, an account that was disabled or a role that was taken away acts at the next
call. Only calls that one press or one opening of a page makes one after the other may share what
was read of the person (`Caller.at_one_moment`), and none that writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core import access
from pupiltrack_core.access import Action, Membership, Place, Principal, Role, SchoolScope
from pupiltrack_core.errors import AccessDenied, NotFound, StorageUnavailable
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.reading_moment import ReadingMoment
from pupiltrack_core.services.sessions import (
    require_active_account,
    require_live_session,
    touch,
)
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, Clock, SignInPolicy, utc_now
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, School
from pupiltrack_core.storage.row_level_security import (
    EVERYWHERE,
    RowScope,
    confine,
    widened,
)
from pupiltrack_core.storage.sessions import update_last_act
from pupiltrack_core.storage.unit_of_work import UnitOfWork

OPERATOR = 0
_NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at a page (`session_id` set), the operator at the command line (None), or a person
    whose work goes on without a page (`account_id` set).
    """

    database: Database
    session_id: int | None
    policy: SignInPolicy = DEFAULT_POLICY
    clock: Clock = utc_now
    account_id: int | None = None
    _moment: ReadingMoment = field(
        default_factory=ReadingMoment, init=False, repr=False, compare=False
    )

    @classmethod
    def for_session(
        cls,
        database: Database,
        session_id: int,
        *,
        policy: SignInPolicy = DEFAULT_POLICY,
        clock: Clock = utc_now,
    ) -> Caller:
        """Return the caller of a session, whose ticket a page has redeemed."""
        return cls(database, session_id, policy, clock)

    @classmethod
    def for_operator(cls, database: Database, *, clock: Clock = utc_now) -> Caller:
        """Return whoever runs commands on the machine itself: every authority, every action."""
        return cls(database, None, DEFAULT_POLICY, clock)

    @classmethod
    def for_account(cls, database: Database, account_id: int, *, clock: Clock = utc_now) -> Caller:
        """Return a person who asked for work that goes on when the session is over.

        The account and its roles are read at every use case, as a session's are: one that is
        disabled or has lost its role gets no further.
        """
        return cls(database, None, DEFAULT_POLICY, clock, account_id)

    @contextmanager
    def begin(self, write: bool = False, *, act: bool = False) -> Iterator[Work]:
        """Open a unit of work for one use case; it saves nothing without `Work.commit`.

        `act` says that the person did something, which restarts the idle clock whether or not the
        use case succeeds; polling and timers leave it out. Raises `NotSignedIn` for a session that
        is over. A refusal of `Work.require` is written down after the work has been undone.
        """
        now = self.clock()
        work: Work | None = None
        try:
            with self._unit(write, now) as (unit, principal):
                work = Work(
                    unit=unit, principal=principal, now=now, writes=write, _acts=act, _caller=self
                )
                yield work
        except StorageUnavailable:
            work = None  # nothing more can be written now
            raise
        finally:
            if work is not None:
                work._finish()

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Let what is read within, by however many use cases, be read as of one moment.

        They share one transaction, and the person is looked up once. One that writes, or fails,
        ends the moment: it has a transaction and a look-up of its own, and so has what is read
        after it. Within another this changes nothing. For opening a page and for one callback;
        never for longer.
        """
        return nullcontext() if self._moment.is_open else self._moment

    @contextmanager
    def _unit(self, write: bool, now: datetime) -> Iterator[tuple[UnitOfWork, Principal]]:
        if self._moment.is_open and not write:
            try:
                yield self._moment.share(
                    self.database, lambda session: self._read_principal(session, now)
                )
            except BaseException:
                self._moment.end()
                raise
            return
        self._moment.end()
        with self.database.unit_of_work(write) as unit:
            yield unit, self._read_principal(unit.session, now)

    def _read_principal(self, session: Session, now: datetime) -> Principal:
        principal = self._find_principal(session, now)
        confine(session, _scope_of(principal))
        return principal

    def _find_principal(self, session: Session, now: datetime) -> Principal:
        if self.session_id is not None:
            return require_live_session(session, self.session_id, now, self.policy).principal
        if self.account_id is not None:
            return require_active_account(session, self.account_id)
        everywhere = tuple(
            Membership(role, authority)
            for authority in session.scalars(select(LocalAuthority.id).order_by(LocalAuthority.id))
            for role in (Role.LA_ADMIN, Role.DATA_MANAGER)
        )
        return Principal(OPERATOR, OPERATOR, "operator", "Operator", everywhere)


@dataclass(slots=True)
class Work:
    """One use case under way: the session to query with, who asks, and when."""

    unit: UnitOfWork
    principal: Principal
    now: datetime
    writes: bool
    _acts: bool
    _caller: Caller
    _entries: list[AuditDraft] = field(default_factory=list)
    _after_audit: list[Callable[[Session], None]] = field(default_factory=list)
    _denials: list[AuditDraft] = field(default_factory=list)
    _authorities: dict[int, int] = field(default_factory=dict)  # by school, for the audit

    @property
    def session(self) -> Session:
        """SQLAlchemy's session, for the repositories in `storage`."""
        return self.unit.session

    @property
    def user_id(self) -> int | None:
        """The account to note as the one who changed something; None for the operator."""
        return None if self.is_operator else self.principal.user_id

    @property
    def is_operator(self) -> bool:
        """Whether this runs from the command line."""
        return self._caller.session_id is None and self._caller.account_id is None

    def require(self, action: Action, school_id: int) -> School:
        """Return the school if the person may do `action` there.

        Raises `NotFound` for a school out of reach or absent, in the same words, and
        `AccessDenied` where the role is not enough; both are audited.
        """
        school = self.session.get(School, school_id)
        authority = _NOWHERE if school is None else school.local_authority_id
        try:
            access.require(self.principal, action, SchoolScope(school_id, authority))
        except (NotFound, AccessDenied):
            self._deny(action, school_id=None if school is None else school.id, asked=school_id)
            raise
        return self._noted(self.session.get_one(School, school_id))

    def require_over_authority(self, action: Action, local_authority_id: int) -> LocalAuthority:
        """Return the local authority if the person may do `action` over the whole of it.

        Raises `NotFound` or `AccessDenied` as `require` does.
        """
        try:
            access.require_over_authority(self.principal, action, local_authority_id)
        except (NotFound, AccessDenied):
            self._deny(action, authority=local_authority_id)
            raise
        return self.session.get_one(LocalAuthority, local_authority_id)

    def require_at(self, action: Action, place: Place) -> Place:
        """Return the place, the school's own authority in it, if the person may do `action` there.

        Raises `NotFound` or `AccessDenied` as `require` does.
        """
        if place.school_id is None:
            return Place(self.require_over_authority(action, place.local_authority_id).id)
        school = self.require(action, place.school_id)
        return Place(school.local_authority_id, school.id)

    def school(self, school_id: int) -> School:
        """Return a school the person has some role for; raise `NotFound` for any other.

        What may be done there is `require`'s to say.
        """
        school = self.session.get(School, school_id)
        authority = _NOWHERE if school is None else school.local_authority_id
        if school is None or not access.reaches(self.principal, SchoolScope(school_id, authority)):
            self._deny(None, school_id=None if school is None else school.id, asked=school_id)
            raise NotFound("There is no such school, or it is not one of yours.")
        return self._noted(school)

    def across_authority(self, local_authority_id: int) -> AbstractContextManager[None]:
        """Within the block, reach rows of every school of the authority, whoever asks.

        For what a school may learn of its neighbours without seeing them, such as a claim on one of
        its own pupils: the rules stand in the queries within.
        """
        return widened(self.session, RowScope(authorities=(local_authority_id,)))

    def note_refusal(self, action: Action, *, local_authority_id: int) -> None:
        """Write down, once the work is over, that the person was refused for another reason."""
        self._deny(action, authority=local_authority_id)

    def audit(
        self,
        action: str,
        *,
        school_id: int | None = None,
        local_authority_id: int | None = None,
        **detail: DetailValue,
    ) -> None:
        """Write down what is being done, to be saved by the next `commit` or not at all.

        `detail` holds ids, counts and field names; never a name, a UPN or a mark.
        """
        self._require_writing()
        if school_id is not None and local_authority_id is None:
            local_authority_id = self._authorities.get(school_id)
        if school_id is not None and local_authority_id is None:
            local_authority_id = self.session.get_one(School, school_id).local_authority_id
        self._entries.append(
            self._draft(action, detail, school_id=school_id, authority=local_authority_id)
        )

    def after_audit(self, write: Callable[[Session], None]) -> None:
        """Have the next `commit` call `write` when it has written the audit, whose lock is held.

        Rows added by it alone get ids in the order in which they become visible to others. Without
        an entry for the audit there is no lock: `commit` raises RuntimeError.
        """
        self._require_writing()
        self._after_audit.append(write)

    def commit(self) -> None:
        """Save everything done so far, the audit and the idle clock with it, or nothing of it."""
        self._require_writing()
        # Everyone who writes waits for these rows: they come last, to be held for a moment only.
        acted = self._acts and self._caller.session_id is not None
        if acted:
            idle_since = self.now - self._caller.policy.idle
            update_last_act(
                self.session, self.principal.session_id, at=self.now, idle_since=idle_since
            )
        if self._entries:
            add_audit_entries(self.session, self._entries, at=self.now)
        elif self._after_audit:
            raise RuntimeError("What comes after the audit needs an entry for the audit.")
        for write in self._after_audit:
            write(self.session)
        self.unit.commit()
        self._entries.clear()
        self._after_audit.clear()
        self._acts = False

    def _noted(self, school: School) -> School:
        self._authorities[school.id] = school.local_authority_id
        self._caller._moment.keep(school)
        return school

    def _finish(self) -> None:
        """After the unit is closed: the idle clock if nothing moved it, and what was refused."""
        caller = self._caller
        if self._acts or self._denials:
            caller._moment.end()
        if self._acts and caller.session_id is not None:
            touch(caller.database, caller.session_id, self.now, policy=caller.policy)
        if self._denials:
            with caller.database.unit_of_work(write=True) as unit:
                add_audit_entries(unit.session, self._denials, at=self.now)
                unit.commit()

    def _deny(
        self,
        action: Action | None,
        *,
        school_id: int | None = None,
        authority: int | None = None,
        asked: int | None = None,
    ) -> None:
        detail: dict[str, DetailValue] = {"wanted": None if action is None else action.name.lower()}
        if asked is not None:
            detail["asked_school"] = asked
        self._denials.append(
            self._draft(AuditAction.ACCESS_DENIED, detail, school_id=school_id, authority=authority)
        )

    def _draft(
        self,
        action: str,
        detail: dict[str, DetailValue],
        *,
        school_id: int | None,
        authority: int | None,
    ) -> AuditDraft:
        if self.is_operator:
            detail = {**detail, "operator": True}
        return AuditDraft(str(action), self.user_id, detail, school_id, authority)

    def _require_writing(self) -> None:
        if not self.writes:
            raise RuntimeError("This unit of work reads only: begin it with write=True.")


def _scope_of(principal: Principal) -> RowScope:
    if principal.user_id == OPERATOR:
        return EVERYWHERE
    return RowScope(principal.school_ids, principal.local_authority_ids)
