"""Which files each page loads."""

from __future__ import annotations

from pathlib import Path

import pytest

import pupiltrack_portal
from pupiltrack_core.access import Page
from pupiltrack_portal.server.assets import AssetFolder, has_hashed_name
from pupiltrack_portal.server.front_end import PAGES_WITH_DATAGRID, FrontEnd

STATIC = Path(pupiltrack_portal.__file__).parent / "static"


@pytest.fixture(scope="module")
def front_end() -> FrontEnd:
    """The front end as it is built."""
    return FrontEnd(STATIC)


@pytest.mark.parametrize("page", Page)
def test_files_for_a_page_are_served_for_ever(front_end: FrontEnd, page: Page) -> None:
    files, folder = front_end.files_for(page), AssetFolder(STATIC)
    for address in (files.style, files.script, *files.early):
        name = address.removeprefix("/assets/")
        assert name in folder
        assert has_hashed_name(name)
    assert files.script not in files.early


def test_files_for_a_page_are_few_where_it_has_no_grid(front_end: FrontEnd) -> None:
    assert len(front_end.files_for(Page.HOME).early) <= 5
    assert front_end.files_for(Page.HOME).extensions == ()
    grid = set(front_end.files_for(Page.ASSESSMENTS).early)
    assert any("entry_grid" in address for address in grid)
    assert not any("entry_grid" in item for item in front_end.files_for(Page.HOME).early)


def test_files_for_a_page_with_a_datagrid_name_its_extensions(front_end: FrontEnd) -> None:
    for page in PAGES_WITH_DATAGRID:
        extensions = front_end.files_for(page).extensions
        assert [item["name"] for item in extensions] == ["bqscales", "bqplot", "ipydatagrid"]
        for item in extensions:
            found = front_end.find(item["load"].removeprefix(f"/front-end/{front_end.version}/"))
            assert found is not None
            assert found[0].load(found[1]) is not None


@pytest.mark.parametrize("path", ["", "app/voila.js", "anywidget/package.json", "../assets"])
def test_find_knows_no_other_packages(front_end: FrontEnd, path: str) -> None:
    assert front_end.find(path) is None
