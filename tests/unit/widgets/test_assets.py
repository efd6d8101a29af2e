"""Where a widget's module comes from: sent whole in a notebook, linked in the portal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import traitlets

from pupiltrack_portal.widgets import assets
from pupiltrack_portal.widgets.assets import PortalWidget


class Sample(PortalWidget):
    _asset = "entry_grid"
    _from_browser = frozenset({"chosen"})

    chosen = traitlets.Unicode("").tag(sync=True)
    told = traitlets.Unicode("").tag(sync=True)


@pytest.fixture(autouse=True)
def notebook_again() -> Iterator[None]:
    yield
    assets.serve_from(None)


def test_module_text_in_a_notebook_is_the_whole_module() -> None:
    state = Sample().get_state()
    files = assets.files_of("entry_grid")
    assert state["_esm"] == (assets.BUILT_FILES / files["js"]).read_text(encoding="utf-8")
    assert ".ptg" in state["_css"]


def test_module_text_when_served_is_a_small_stub_naming_the_hashed_files() -> None:
    assets.serve_from("/assets/")
    state = Sample().get_state()
    files = assets.files_of("entry_grid")
    assert f'"/assets/js/{files["js"]}"' in state["_esm"]
    assert f'"/assets/js/{files["css"]}"' in state["_esm"]
    assert state["_css"] == ""
    assert len(state["_esm"]) < 2500
    assert "http" not in state["_esm"]


def test_every_file_of_the_manifest_exists_under_a_hashed_name() -> None:
    manifest = json.loads((assets.BUILT_FILES / "manifest.json").read_text(encoding="utf-8"))
    named = {name for files in manifest.values() for name in files.values()}
    assert all(re.fullmatch(r"[a-z_]+-[0-9a-f]{8,}\.(js|css)", name) for name in named)
    assert named | {"manifest.json"} == {path.name for path in assets.BUILT_FILES.iterdir()}


def test_files_of_an_unknown_name_raises() -> None:
    with pytest.raises(LookupError, match="no entry 'nothing'"):
        assets.files_of("nothing")


@pytest.mark.parametrize(
    "address", ["assets/", "/assets", "//elsewhere/", "https://elsewhere/", ""]
)
def test_serve_from_anything_but_a_path_raises(address: str) -> None:
    with pytest.raises(ValueError, match="asset address"):
        assets.serve_from(address)


def test_set_state_from_the_browser_takes_only_the_traits_it_may_set() -> None:
    widget = Sample()
    widget.set_state({"chosen": "a", "told": "b", "_esm": "alert(1)"})
    assert (widget.chosen, widget.told) == ("a", "")
    assert widget._esm != "alert(1)"
