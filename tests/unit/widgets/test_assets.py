"""Where a widget's module comes from: sent whole in a notebook, named in the portal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import traitlets

from pupiltrack_portal.server.assets import has_hashed_name
from pupiltrack_portal.widgets import assets
from pupiltrack_portal.widgets.assets import PortalWidget

JS = assets.BUILT_FILES.parents[1] / "widgets" / "js"


class Sample(PortalWidget):
    _asset = "entry_grid"
    _from_browser = frozenset({"chosen"})

    chosen = traitlets.Unicode("").tag(sync=True)
    told = traitlets.Unicode("").tag(sync=True)


@pytest.fixture(autouse=True)
def notebook_again() -> Iterator[None]:
    assets.serve_with_page(is_on=False)  # a page that another test opened may have left it on
    yield
    assets.serve_with_page(is_on=False)


def test_module_text_in_a_notebook_is_the_whole_module() -> None:
    state = Sample().get_state()
    files = assets.files_of("entry_grid")
    assert state["_esm"] == (assets.BUILT_FILES / files["js"]).read_text(encoding="utf-8")
    assert ".ptg" in state["_css"]


def test_module_text_with_a_page_is_only_the_widgets_name() -> None:
    assets.serve_with_page()
    state = Sample().get_state()
    assert state["_asset_name"] == "entry_grid"
    assert (state["_esm"], state["_css"]) == ("", "")


def test_every_widget_of_ours_is_in_the_pages_catalogue() -> None:
    source = (JS / "src" / "page" / "catalogue.ts").read_text(encoding="utf-8")
    listed = set(re.findall(r"^  (\w+)(?:: \w+)?,$|\"(entry_grid)\"", source, re.MULTILINE))
    named = {one or other for one, other in listed}
    widgets = {cls._asset for cls in PortalWidget.__subclasses__() if cls is not Sample}
    assert widgets <= named


def test_every_file_of_the_manifest_exists_under_a_hashed_name() -> None:
    manifest = json.loads((assets.BUILT_FILES / "manifest.json").read_text(encoding="utf-8"))
    named = set()
    for files in manifest.values():
        named |= {files["js"], *files.get("with", ())} | (
            {files["css"]} if "css" in files else set()
        )
    assert all(has_hashed_name(name) for name in named)
    assert named | {"manifest.json", "licences.txt"} == {
        path.name for path in assets.BUILT_FILES.iterdir()
    }


def test_files_of_an_unknown_name_raises() -> None:
    with pytest.raises(LookupError, match="no entry 'nothing'"):
        assets.files_of("nothing")


def test_set_state_from_the_browser_takes_only_the_traits_it_may_set() -> None:
    widget = Sample()
    widget.set_state({"chosen": "a", "told": "b", "_esm": "alert(1)"})
    assert (widget.chosen, widget.told) == ("a", "")
    assert widget._esm != "alert(1)"
