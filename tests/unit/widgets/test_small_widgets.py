"""The small widgets: what they show, and what they refuse from a browser."""

from __future__ import annotations

import pytest

from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.file_button import FileButton, ReadyFile
from pupiltrack_portal.widgets.headline import HeadlineFigures, HeadlineLine
from pupiltrack_portal.widgets.notice import Notice
from pupiltrack_portal.widgets.venn_diagram import VennDiagram


def test_notice_shows_one_message_in_place_of_the_last() -> None:
    notice = Notice()
    notice.show("error", "<b>A</b>")
    notice.show("success", "B")
    assert notice.messages == [{"kind": "success", "text": "B"}]


@pytest.mark.parametrize("address", ["//host/x", "https://host", "/\\host", "javascript:1", "x"])
def test_link_to_anything_but_a_path_raises(address: str) -> None:
    with pytest.raises(ValueError, match="path"):
        prose.link("words", address)


def test_venn_region_reaches_python_only_when_it_is_shown() -> None:
    told: list[str] = []
    venn = VennDiagram()
    venn.on_region(told.append)
    venn.show("<svg/>", label="L", caption="C", regions={"111": "All three"})
    for key in ("111", "110", None, ["111"]):
        venn._on_message(venn, {"kind": "region", "key": key}, [])
    assert told == ["111"]


def test_headline_lines_hold_figure_and_words() -> None:
    figures = HeadlineFigures()
    figures.show([HeadlineLine("Year 4 cohort", "64 %", "64 % of ...", 63.6)])
    assert figures.lines[0]["percent"] == 63.6


def test_file_button_links_the_file_made(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    button = FileButton("Save as PDF")
    monkeypatch.setattr(button, "send", sent.append)
    button.on_make(lambda: ReadyFile("/download/abc", "a.pdf"))
    button._on_message(button, {"kind": "make"}, [])
    assert sent == [{"kind": "ready", "href": "/download/abc", "name": "a.pdf"}]


def test_file_button_says_why_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    button = FileButton("Save as PDF")
    monkeypatch.setattr(button, "send", sent.append)
    button.on_make(lambda: "No pupils.")
    button._on_message(button, {"kind": "make"}, [])
    button.enabled = False
    button.on_make(lambda: pytest.fail("a disabled button was pressed"))
    button._on_message(button, {"kind": "make"}, [])
    assert sent[0] == {"kind": "refused", "text": "No pupils."}
    assert isinstance(sent[1], dict)
    assert sent[1]["kind"] == "refused"
