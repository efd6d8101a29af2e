"""Named views on both databases: each person's own, and what is refused."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services import saved_views
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.saved_views import (
    VIEW_DELETED,
    VIEW_RENAMED,
    VIEW_SAVED,
    delete_view,
    open_view,
    rename_view,
    save_view_as,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.report_models import SavedView
from tests.builders import NOW, make_school, make_session, make_user
from tests.integration.services.people import audit_rows

PAGE = "matrix"


@pytest.fixture
def owner(database: Database) -> Caller:
    user = make_user(database, Role.HEAD, school_id=make_school(database))
    return Caller.for_session(database, make_session(database, user))


def names(caller: Caller) -> list[str]:
    return [view.name for view in saved_views.saved_views(caller, PAGE)]


def test_view_is_kept_opened_renamed_and_deleted(owner: Caller) -> None:
    saved = save_view_as(owner, PAGE, "  Year 4   boys ", {"primary": {"year": "2025"}})
    assert saved.name == "Year 4 boys"
    assert open_view(owner, PAGE, saved.id) == {"primary": {"year": "2025"}}
    save_view_as(owner, PAGE, "autumn", {})
    assert names(owner) == ["autumn", "Year 4 boys"]
    assert rename_view(owner, PAGE, saved.id, "Boys").name == "Boys"
    assert rename_view(owner, PAGE, saved.id, "Boys").name == "Boys"
    delete_view(owner, PAGE, saved.id)
    assert names(owner) == ["autumn"]
    with pytest.raises(NotFound):
        open_view(owner, PAGE, saved.id)
    actions = [row.action for row in audit_rows(owner.database) if row.action.startswith("view")]
    assert actions == [VIEW_SAVED, VIEW_SAVED, VIEW_RENAMED, VIEW_RENAMED, VIEW_DELETED]
    assert not any("Boys" in str(row.detail) for row in audit_rows(owner.database))


def test_view_of_a_name_in_use_replaces_only_when_asked(owner: Caller) -> None:
    first = save_view_as(owner, PAGE, "Boys", {"layers": []})
    other = save_view_as(owner, PAGE, "Girls", {})
    with pytest.raises(InvalidEntry, match="already"):
        save_view_as(owner, PAGE, "Boys", {"layers": [1]})
    with pytest.raises(InvalidEntry, match="already"):
        rename_view(owner, PAGE, other.id, "Boys")
    again = save_view_as(owner, PAGE, "Boys", {"layers": [2]}, replaces=True)
    assert again.id == first.id
    assert open_view(owner, PAGE, first.id) == {"layers": [2]}


def test_view_of_somebody_else_or_another_page_is_not_found(owner: Caller) -> None:
    saved = save_view_as(owner, PAGE, "Boys", {})
    user = make_user(owner.database, Role.HEAD, school_id=make_school(owner.database))
    stranger = Caller.for_session(owner.database, make_session(owner.database, user))
    assert names(stranger) == []
    for ask in (open_view, delete_view):
        with pytest.raises(NotFound):
            ask(stranger, PAGE, saved.id)
        with pytest.raises(NotFound):
            ask(owner, "venn", saved.id)
    with pytest.raises(NotFound):
        rename_view(stranger, PAGE, saved.id, "Mine")
    assert names(owner) == ["Boys"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("  ", "Give the view a name"), ("x" * 81, "81 characters"), ("a\u200bb", "cannot be stored")],
)
def test_view_with_a_name_that_cannot_be_used_is_refused(
    sqlite_database: Database, name: str, words: str
) -> None:
    with pytest.raises(InvalidEntry, match=words):
        save_view_as(Caller.for_operator(sqlite_database), PAGE, name, {})


def test_view_too_large_or_one_too_many_or_the_operator_s_is_refused(
    owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidEntry, match="too large"):
        save_view_as(owner, PAGE, "Large", {"layers": "x" * 20_000})
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    save_view_as(owner, PAGE, "One", {})
    with pytest.raises(InvalidEntry, match="Delete one"):
        save_view_as(owner, PAGE, "Two", {})
    operator = Caller.for_operator(owner.database)
    assert saved_views.saved_views(operator, PAGE) == ()
    with pytest.raises(InvalidEntry, match="sign in"):
        save_view_as(operator, PAGE, "Mine", {})


def test_view_saved_twice_at_one_moment_is_a_conflict(
    owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_view_as(owner, PAGE, "Boys", {"layers": []})
    # The other window's row is not there yet when this one looks.
    monkeypatch.setattr(saved_views, "find_view_named", lambda *_: None)
    with pytest.raises(Conflict):
        save_view_as(owner, PAGE, "Boys", {"layers": [1]})
    with owner.database.unit_of_work() as unit:
        (row,) = unit.session.query(SavedView).all()
    assert row.content == {"layers": []}
    assert row.saved_at > NOW
