"""Who may see and do what: pure functions over a principal, an action and a school.

Every rule about permission stands here and nowhere else. Services call `require` before they load
anything; the server calls `may_open` before a page's kernel starts; pages ask `may` only to leave
out what the service would refuse anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pupiltrack_core.errors import AccessDenied, NotFound


class Role(StrEnum):
    """What a person is, at one school or one local authority."""

    TEACHER = "teacher"
    HEAD = "head"
    DATA_MANAGER = "data_manager"
    GOVERNOR = "governor"
    LA_ADVISER = "la_adviser"
    LA_ANALYST = "la_analyst"
    LA_ADMIN = "la_admin"

    @property
    def label(self) -> str:
        """As shown beside the person's name."""
        return _ROLE_LABELS[self]

    @property
    def in_words(self) -> str:
        """As written within a sentence."""
        return self.label if self in LA_ROLES else self.label.lower()


_ROLE_LABELS = {
    Role.TEACHER: "Class teacher",
    Role.HEAD: "Headteacher",
    Role.DATA_MANAGER: "Data manager",
    Role.GOVERNOR: "Governor",
    Role.LA_ADVISER: "LA adviser",
    Role.LA_ANALYST: "LA analyst",
    Role.LA_ADMIN: "LA administrator",
}
SCHOOL_ROLES = frozenset({Role.TEACHER, Role.HEAD, Role.DATA_MANAGER, Role.GOVERNOR})
LA_ROLES = frozenset({Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN})


class Action(StrEnum):
    """What can be done to a school's data, or to a local authority's."""

    SEE_PUPILS = "see pupils"
    IMPORT_PUPILS = "import pupils"
    EDIT_PUPILS = "edit pupils"
    SEE_ASSESSMENTS = "see assessments"
    RECORD_JUDGEMENTS = "record judgements"
    MANAGE_ASSESSMENTS = "manage assessments"
    # Of whole year groups, without names and without small numbers.
    SEE_FIGURES = "see the figures for governors"
    SEE_REPORTS = "see reports"
    EXPORT = "export"
    MAINTAIN_SCHOOL = "maintain the school's settings"
    SEE_SCHOOL_DETAILS = "see how a school is reached"
    CHANGE_SCHOOL_DETAILS = "change how a school is reached"
    SEE_ACTIVITY = "see who did what"
    # Granted to no role: only people named for it at a school may see who is looked after.
    SEE_LOOKED_AFTER = "see which pupils are looked after"
    NAME_PEOPLE = "say who may see which pupils are looked after"
    RESTORE_ARCHIVED = "bring back pupils archived long ago"
    DECIDE_TRANSFERS = "decide which school a pupil's record belongs to"
    SEE_ALL_SCHOOLS = "see all schools of the local authority"
    PUBLISH_NEWS = "publish news"
    LOAD_RECEPTION = "load Reception pupils"
    MAINTAIN_AUTHORITY = "maintain the local authority's settings"
    MANAGE_PEOPLE = "look after accounts"
    APPROVE_ACCOUNTS = "decide who is given an account"
    KEEP_DUTIES = "carry out duties of data protection"


_READ = frozenset({Action.SEE_PUPILS, Action.SEE_ASSESSMENTS, Action.SEE_REPORTS, Action.EXPORT})
_TEACH = _READ | {Action.RECORD_JUDGEMENTS, Action.MANAGE_ASSESSMENTS}
_RUN_SCHOOL = _TEACH | {
    Action.IMPORT_PUPILS,
    Action.EDIT_PUPILS,
    Action.MAINTAIN_SCHOOL,
    Action.SEE_SCHOOL_DETAILS,
    Action.CHANGE_SCHOOL_DETAILS,
    Action.SEE_ACTIVITY,
}
_OVERSEE = _READ | {Action.SEE_ALL_SCHOOLS, Action.SEE_SCHOOL_DETAILS}
GRANTS: dict[Role, frozenset[Action]] = {
    Role.TEACHER: _TEACH,
    Role.HEAD: _RUN_SCHOOL
    | {Action.SEE_FIGURES, Action.MANAGE_PEOPLE, Action.KEEP_DUTIES, Action.NAME_PEOPLE},
    Role.DATA_MANAGER: _RUN_SCHOOL,
    Role.GOVERNOR: frozenset({Action.SEE_FIGURES}),
    Role.LA_ADVISER: _OVERSEE,
    Role.LA_ANALYST: _OVERSEE,
    Role.LA_ADMIN: _OVERSEE
    | {
        Action.CHANGE_SCHOOL_DETAILS,
        Action.PUBLISH_NEWS,
        Action.LOAD_RECEPTION,
        Action.MAINTAIN_AUTHORITY,
        Action.SEE_ACTIVITY,
        Action.RESTORE_ARCHIVED,
        Action.DECIDE_TRANSFERS,
        Action.MANAGE_PEOPLE,
        Action.APPROVE_ACCOUNTS,
        Action.KEEP_DUTIES,
    },
}


# What a person can be named for at one school, and what a role of theirs must allow there already.
NAMED_ACTIONS: dict[Action, Action] = {Action.SEE_LOOKED_AFTER: Action.SEE_PUPILS}


@dataclass(frozen=True, slots=True)
class Place:
    """A school, or (`school_id` None) a local authority as such."""

    local_authority_id: int
    school_id: int | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One role: at one school (`school_id` set) or over a whole local authority (None).

    `class_names` are the classes a teacher has there: where pages begin, and no limit to what is
    seen. Of classes that are shared, taught in sets or of mixed years there may be several.
    """

    role: Role
    local_authority_id: int
    school_id: int | None = None
    class_names: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where the role is held."""
        return Place(self.local_authority_id, self.school_id)


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a live session, as read from the database at this moment.

    `session_id` is the session's row number, which opens nothing by itself. `named` holds the
    schools (their ids) at which the person was named for something no role allows.
    """

    user_id: int
    session_id: int
    user_name: str
    display_name: str
    memberships: tuple[Membership, ...]
    named: frozenset[tuple[int, Action]] = frozenset()

    @property
    def local_authority_ids(self) -> tuple[int, ...]:
        """Local authorities this person has a role over."""
        return tuple(
            sorted({m.local_authority_id for m in self.memberships if m.school_id is None})
        )

    @property
    def school_ids(self) -> tuple[int, ...]:
        """Schools this person has a role at; the schools of an LA role are not listed."""
        return tuple(sorted({m.school_id for m in self.memberships if m.school_id is not None}))

    def classes_at(self, school_id: int) -> frozenset[str]:
        """Return the names of the classes the person has as a teacher at the school."""
        own = (m.class_names for m in self.memberships if m.school_id == school_id)
        return frozenset[str]().union(*own)

    @property
    def is_local_authority(self) -> bool:
        """Whether any role is over a local authority."""
        return bool(self.local_authority_ids)


@dataclass(frozen=True, slots=True)
class SchoolScope:
    """The little of a school that permission depends on."""

    school_id: int
    local_authority_id: int


def reaches(principal: Principal, school: SchoolScope) -> bool:
    """Whether any of the person's roles is at this school or over its local authority."""
    return any(_covers(membership, school) for membership in principal.memberships)


def may(principal: Principal, action: Action, school: SchoolScope) -> bool:
    """Whether the person may do `action` at `school`: by a role, or because they were named for it.

    Being named adds to a role that lets the person see the school's pupils, and is nothing alone.
    """
    needed = action
    if (school.school_id, action) in principal.named:
        needed = NAMED_ACTIONS.get(action, action)
    return any(
        _covers(membership, school) and not GRANTS[membership.role].isdisjoint((action, needed))
        for membership in principal.memberships
    )


def require(principal: Principal, action: Action, school: SchoolScope) -> None:
    """Raise `NotFound` for a school out of reach, `AccessDenied` where the role is not enough."""
    if not reaches(principal, school):
        raise NotFound("There is no such school, or it is not one of yours.")
    if not may(principal, action, school):
        raise AccessDenied(
            f"Your role does not let you {action.value}. Nothing was changed. "
            "Ask your headteacher or the local authority if you need this."
        )


def may_over_authority(principal: Principal, action: Action, local_authority_id: int) -> bool:
    """Whether the person may do `action` over the whole local authority."""
    return any(
        membership.school_id is None
        and membership.local_authority_id == local_authority_id
        and action in GRANTS[membership.role]
        for membership in principal.memberships
    )


def may_at(principal: Principal, action: Action, place: Place) -> bool:
    """Whether the person may do `action` at a school, or over a whole local authority."""
    if place.school_id is None:
        return may_over_authority(principal, action, place.local_authority_id)
    return may(principal, action, SchoolScope(place.school_id, place.local_authority_id))


def require_over_authority(principal: Principal, action: Action, local_authority_id: int) -> None:
    """Raise `NotFound` for another local authority, `AccessDenied` where the role is not enough."""
    if local_authority_id not in principal.local_authority_ids:
        raise NotFound("There is no such local authority, or it is not yours.")
    if not may_over_authority(principal, action, local_authority_id):
        raise AccessDenied(f"Your role does not let you {action.value}. Nothing was changed.")


def _covers(membership: Membership, school: SchoolScope) -> bool:
    if membership.local_authority_id != school.local_authority_id:
        return False
    return membership.school_id is None or membership.school_id == school.school_id


class Page(StrEnum):
    """Every page of the portal; the value is its address and its notebook's name."""

    HOME = "home"
    ASSESSMENTS = "assessments"
    PUPILS = "pupils"
    SUBMISSIONS = "submissions"
    FIGURES = "figures"
    FULL_REPORT = "full-report"
    MATRIX = "matrix"
    TRANSITION = "transition"
    VENN = "venn"
    MEETINGS = "meetings"
    MAINTENANCE = "maintenance"
    ACCOUNTS = "accounts"
    SCHOOLS = "schools"
    ACTIVITY = "activity"
    DUTIES = "data-protection"
    SUPPORT = "support"

    @property
    def heading(self) -> str:
        """The page's heading and menu entry."""
        return _PAGES[self][0]


_PAGES: dict[Page, tuple[str, frozenset[Action]]] = {
    Page.HOME: ("Home", frozenset()),
    Page.ASSESSMENTS: ("Assessments", frozenset({Action.SEE_ASSESSMENTS})),
    Page.PUPILS: ("Pupils", frozenset({Action.SEE_PUPILS})),
    Page.SUBMISSIONS: ("Submissions", frozenset({Action.SEE_ASSESSMENTS})),
    Page.FIGURES: ("Figures for governors", frozenset({Action.SEE_FIGURES})),
    Page.FULL_REPORT: ("Full report", frozenset({Action.SEE_REPORTS})),
    Page.MATRIX: ("Pupil matrix", frozenset({Action.SEE_REPORTS})),
    Page.TRANSITION: ("Transition matrix", frozenset({Action.SEE_REPORTS})),
    Page.VENN: ("Venn diagram", frozenset({Action.SEE_REPORTS})),
    Page.MEETINGS: ("Progress meetings", frozenset({Action.SEE_ASSESSMENTS})),
    Page.MAINTENANCE: (
        "Maintenance",
        frozenset({Action.MAINTAIN_SCHOOL, Action.PUBLISH_NEWS}),
    ),
    Page.ACCOUNTS: ("Accounts", frozenset({Action.MANAGE_PEOPLE, Action.APPROVE_ACCOUNTS})),
    Page.SCHOOLS: ("Schools", frozenset({Action.SEE_ALL_SCHOOLS})),
    Page.ACTIVITY: ("Activity", frozenset({Action.SEE_ACTIVITY})),
    Page.DUTIES: ("Data protection", frozenset({Action.KEEP_DUTIES})),
    Page.SUPPORT: ("Support", frozenset()),
}


def may_open(principal: Principal, page: Page) -> bool:
    """Whether any role of the person opens the page. What the page then shows is checked again."""
    needed = _PAGES[page][1]
    if not needed:
        return True
    return any(needed & GRANTS[membership.role] for membership in principal.memberships)


def pages_for(principal: Principal) -> tuple[Page, ...]:
    """The pages of the person's menu, in menu order."""
    return tuple(page for page in Page if may_open(principal, page))
