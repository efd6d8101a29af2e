"""The records of many pupils side by side, read and looked back on; on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.cell_history import NOBODY
from pupiltrack_core.services.pupil_grid import (
    PupilGrid,
    load_pupil_grid,
    pupil_cell_history,
    pupils_state,
    reload_pupil_grid,
)
from pupiltrack_core.services.pupil_grid_entry import PupilCellChange, record_pupil_cells
from pupiltrack_core.services.pupil_search import PupilSearch
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR, make_pupil, make_school
from tests.integration.services.record_desk import RecordDesk


@pytest.fixture
def desk(database: Database) -> RecordDesk:
    return RecordDesk(database)


def load(desk: RecordDesk, **search: object) -> PupilGrid:
    return load_pupil_grid(desk.caller, desk.school, YEAR, PupilSearch(**search))  # type: ignore[arg-type]  # any of its parts


def names(grid: PupilGrid) -> list[str]:
    return [record.surname for record in grid.records]


def test_load_pupil_grid_has_records_in_the_order_of_the_list(desk: RecordDesk) -> None:
    desk.make(1, pupil={"surname": "Çelik"}, fsm=True, year_group=5, year_override=True)
    desk.make(2, pupil={"surname": "Archer"}, include_in_data=False, mobility_year=0)
    desk.make(3, pupil={"surname": "Baker"}, ethnicity="APKN", class_name=None)
    make_pupil(desk.database, make_school(desk.database), pupil={"surname": "Elsewhere"})
    make_pupil(desk.database, desk.school, academic_year=YEAR - 1, pupil={"surname": "Earlier"})
    archived = desk.make(4, pupil={"surname": "Gone", "archived_from": YEAR})
    grid = load(desk)
    assert names(grid) == ["Archer", "Baker", "Çelik"]
    archer, baker, celik = grid.records
    assert archived not in {record.pupil_id for record in grid.records}
    assert (archer.values["include"], celik.values["include"]) == ("N", "Y")
    # A year group is in the cell only where the school has set it.
    assert (archer.year_group, archer.values["year_group"]) == (4, "")
    assert (celik.year_group, celik.values["year_group"]) == (5, "5")
    assert (archer.values["mobility_year"], baker.values["mobility_year"]) == ("0", "")
    assert (archer.values["fsm"], celik.values["fsm"]) == ("", "Y")
    assert (baker.values["class_name"], baker.values["ethnicity"]) == ("", "APKN")


def test_load_pupil_grid_finds_as_the_list_does(desk: RecordDesk) -> None:
    desk.make(1, pupil={"surname": "Archer"}, eal=True)
    desk.make(2, pupil={"surname": "Baker"}, class_name="Birch", eal=False)
    desk.make(3, pupil={"surname": "Archdale"}, year_group=3)
    assert names(load(desk, surname="ARCH")) == ["Archdale", "Archer"]
    assert names(load(desk, class_name="Birch")) == ["Baker"]
    assert names(load(desk, year_group=3)) == ["Archdale"]
    assert names(load(desk, characteristics=((Characteristic.EAL, "U"),))) == ["Archdale"]
    with pytest.raises(AccessDenied):
        load(desk, characteristics=((Characteristic.LOOKED_AFTER, "Y"),))


def test_load_pupil_grid_has_the_columns_of_the_school(
    desk: RecordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.make(1, ethnicity="WCOR", class_name="Yew")
    columns = {column.key: column for column in load(desk).columns}
    assert [key for key in columns if key.startswith("custom")] == ["custom_1"]
    assert columns["custom_1"].title == "Choir"
    assert columns["class_name"].choices == (
        ("Maple", "Maple"),
        ("Birch", "Birch"),
        ("Yew", "Yew"),
    )
    assert columns["ethnicity"].choices[-1] == ("WCOR", "WCOR, counted as White British")
    assert columns["postcode"].choices == ()
    assert "looked_after" not in columns
    assert not {"upn", "surname", "forenames", "date_of_birth"} & set(columns)
    granted = access.GRANTS[Role.DATA_MANAGER] | {Action.SEE_LOOKED_AFTER}
    monkeypatch.setitem(access.GRANTS, Role.DATA_MANAGER, granted)
    assert "looked_after" in {column.key for column in load(desk).columns}


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN])
def test_load_pupil_grid_is_for_those_who_change_pupils(desk: RecordDesk, role: Role) -> None:
    pupil_id = desk.make()
    reader = desk.sign_in(role)
    with pytest.raises(AccessDenied):
        load_pupil_grid(reader, desk.school, YEAR, PupilSearch())
    with pytest.raises(AccessDenied):
        reload_pupil_grid(reader, load(desk))
    for column in ("fsm", "include"):
        with pytest.raises(AccessDenied):
            pupil_cell_history(reader, desk.school, YEAR, pupil_id, column)


def test_load_pupil_grid_of_another_school_or_no_year_is_refused(desk: RecordDesk) -> None:
    with pytest.raises(NotFound):
        load_pupil_grid(desk.caller, make_school(desk.database), YEAR, PupilSearch())
    with pytest.raises(InvalidEntry):
        load_pupil_grid(desk.caller, desk.school, 99_999, PupilSearch())


def test_pupil_cell_history_tells_who_and_what_was_before(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, sen="N")
    for sen in ("K", None):
        change = PupilCellChange(pupil_id, "sen", sen, version=1, shown="N" if sen else "K")
        record_pupil_cells(desk.caller, desk.school, YEAR, [change])
    record_pupil_cells(
        desk.caller, desk.school, YEAR, [PupilCellChange(pupil_id, "include", "N", 1, shown="Y")]
    )
    past = pupil_cell_history(desk.caller, desk.school, YEAR, pupil_id, "sen")
    assert [(item.value, item.text) for item in past] == [
        (None, "Not recorded"),
        ("K", "SEN support"),
        ("N", "No SEN"),
    ]
    assert past[0].who.startswith("User")
    assert (past[-1].who, past[-1].at) == (NOBODY, None)
    assert pupil_cell_history(desk.caller, desk.school, YEAR, pupil_id, "fsm") == ()
    inclusion = pupil_cell_history(desk.caller, desk.school, YEAR, pupil_id, "include")
    assert [item.text for item in inclusion] == ["No", "Yes"]


@pytest.mark.parametrize(
    ("who", "column"),
    [("it", "upn"), ("it", "looked_after"), ("it", "custom_2"), ("it", ""), ("nobody", "sen")],
)
def test_pupil_cell_history_of_no_cell_is_not_found(
    desk: RecordDesk, who: str, column: str
) -> None:
    pupil_id = desk.make() if who == "it" else 2**40
    with pytest.raises(NotFound):
        pupil_cell_history(desk.caller, desk.school, YEAR, pupil_id, column)


def test_pupils_state_differs_after_every_change(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    seen = [pupils_state(desk.caller, desk.school, YEAR)]
    assert load(desk).state == seen[0]
    for column, value in (("postcode", "LA2 2BB"), ("fsm", "Y"), ("include", "N")):
        shown = load(desk).records[0].values[column]
        change = PupilCellChange(pupil_id, column, value, 1, shown=shown)
        record_pupil_cells(desk.caller, desk.school, YEAR, [change])
        seen.append(pupils_state(desk.caller, desk.school, YEAR))
    desk.make(2)
    seen.append(pupils_state(desk.caller, desk.school, YEAR))
    assert len(set(seen)) == 5
