"""Every page's notebook run for real, in a kernel, and read as a browser would get it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from pupiltrack_core.access import Page, Role
from pupiltrack_portal.pages.opening import module_of
from tests.integration.pages.village import Village
from tests.notebooks.conftest import IssueTicket
from tests.notebooks.running import Shown, environment_of, run_page, running, send

# For each page: who opens it, its address, and the widgets that must be on view.
PAGES = {
    Page.HOME: (Role.HEAD, "", {"HeadlineFigures", "Prose"}),
    Page.ASSESSMENTS: (Role.HEAD, "years=4", {"Form", "EntryGrid", "FileButton"}),
    Page.PUPILS: (Role.HEAD, "years=4", {"Form", "FiguresTable"}),
    Page.SUBMISSIONS: (Role.HEAD, "collection=PHONICS", {"Form", "FiguresTable"}),
    Page.FIGURES: (Role.GOVERNOR, "", {"Form", "FiguresTable", "Drawing"}),
    Page.FULL_REPORT: (Role.HEAD, "years=4", {"Form", "FiguresTable", "FileButton"}),
    Page.MATRIX: (Role.HEAD, "years=4", {"Form", "FiguresTable", "Drawing", "FileButton"}),
    Page.TRANSITION: (Role.HEAD, "years=4", {"Form", "FiguresTable", "FileButton"}),
    Page.VENN: (Role.HEAD, "years=4", {"Form", "VennDiagram", "FiguresTable", "FileButton"}),
    Page.MEETINGS: (Role.HEAD, "", {"Form", "FiguresTable"}),
    Page.MAINTENANCE: (Role.HEAD, "section=names", {"Form", "ToggleRow"}),
    Page.ACCOUNTS: (Role.HEAD, "", {"Form", "FiguresTable"}),
    Page.SCHOOLS: (Role.LA_ADMIN, "", {"Form", "DataGridModel"}),
    Page.ACTIVITY: (Role.HEAD, "", {"Form", "FiguresTable", "FileButton"}),
    Page.DUTIES: (Role.HEAD, "section=time", {"ToggleRow", "FiguresTable"}),
    Page.SUPPORT: (Role.HEAD, "", {"Prose", "FileButton"}),
}
# What only the page of this school can show, so that an empty page does not pass.
WORDS = {
    Page.HOME: "are on track in reading",
    Page.ASSESSMENTS: "Archer",
    Page.PUPILS: "Archer",
    Page.SUBMISSIONS: "Gray",
    Page.FIGURES: "withheld",
    Page.FULL_REPORT: "2 (40\u202f%)",
    Page.MATRIX: "2 (40\u202f%)",
    Page.TRANSITION: "Baseline (01/10/2025)",
    Page.VENN: "2 (40\u202f%)",
    Page.MEETINGS: "No meeting is on record",
    Page.MAINTENANCE: "Maple",
    Page.ACCOUNTS: "People of Hillside Primary School",
    Page.SCHOOLS: "Oakfield Primary School",
    Page.ACTIVITY: "newest first",
    Page.DUTIES: "No record is held.",
    Page.SUPPORT: "Open Maintenance",
}
TRACES = ("Traceback", "Error:", "Exception", 'File "')


def assert_nothing_wrong(shown: Shown) -> None:
    """The notebook shows its page and nothing else; no widget holds an error."""
    assert [output["output_type"] for output in shown.outputs] == ["execute_result"]
    assert_no_traces(shown)


def assert_no_traces(shown: Shown) -> None:
    assert shown.of("OutputModel") == []
    everything = json.dumps(shown.widgets, default=str, ensure_ascii=False)
    assert not [trace for trace in TRACES if trace in everything]


@pytest.mark.parametrize("page", list(Page))
def test_notebook_shows_its_page(
    village: Village,
    issue: IssueTicket,
    kernels: KernelSpecManager,
    tmp_path: Path,
    page: Page,
) -> None:
    role, query, expected = PAGES[page]
    shown = run_page(
        page.value, village.address, issue(page, role), tmp_path, query=query, kernels=kernels
    )
    assert_nothing_wrong(shown)
    assert shown.messages() == []
    assert expected <= {name for name, _ in shown.on_view()}
    assert WORDS[page] in json.dumps([state for _, state in shown.on_view()], ensure_ascii=False)


def refusal_of(shown: Shown) -> str:
    assert_nothing_wrong(shown)
    assert [name for name, _ in shown.on_view()] == ["Notice"]
    (message,) = shown.messages()
    assert message["kind"] == "error"
    return message["text"]


def test_notebook_with_a_used_ticket_shows_a_message(
    village: Village, issue: IssueTicket, kernels: KernelSpecManager, tmp_path: Path
) -> None:
    ticket = issue(Page.HOME)
    first = run_page("home", village.address, ticket, tmp_path, kernels=kernels)
    assert first.messages() == []
    again = run_page("home", village.address, ticket, tmp_path, kernels=kernels)
    assert "Open it again from the menu" in refusal_of(again)


def test_notebook_with_the_ticket_of_another_page_shows_a_message(
    village: Village, issue: IssueTicket, kernels: KernelSpecManager, tmp_path: Path
) -> None:
    shown = run_page("pupils", village.address, issue(Page.HOME), tmp_path, kernels=kernels)
    assert "Open it again from the menu" in refusal_of(shown)


def test_notebook_of_an_ended_session_shows_a_message(
    village: Village, issue: IssueTicket, kernels: KernelSpecManager, tmp_path: Path
) -> None:
    ticket = issue(Page.HOME)
    village.revoke(Role.HEAD)
    shown = run_page("home", village.address, ticket, tmp_path, kernels=kernels)
    assert "sign in" in refusal_of(shown).lower()


def test_notebook_opened_outside_the_portal_logs_a_fault_and_shows_its_reference(
    tmp_path: Path,
) -> None:
    missing = tmp_path / "missing.sqlite"
    shown = run_page("home", f"sqlite:///{missing}", "", tmp_path)
    log, _ = shown.outputs
    (message,) = shown.messages()
    reference = message["text"].split("reference ")[1][:8]
    assert (log["output_type"], log["name"]) == ("stream", "stderr")
    # An ordinary kernel shows its own standard error; the portal's has a file for it.
    assert f"ERROR Reference {reference}: ConfigurationError at open_page" in log["text"]
    assert len(log["text"].splitlines()) == 1
    assert_no_traces(shown)
    assert not missing.exists()


def test_messages_of_a_browser_are_answered_until_the_session_ends(
    village: Village, issue: IssueTicket, kernels: KernelSpecManager, tmp_path: Path
) -> None:
    environment = environment_of("full-report", village.address, issue(Page.FULL_REPORT), "years=4")

    def values(shown: Shown, form: str, **changed: str) -> dict[str, object]:
        fields = shown.widgets[form]["spec"]["fields"]
        return {item["key"]: item["value"] for item in fields} | changed

    async def talk() -> None:
        async with running("full-report", environment, tmp_path, kernels) as (client, shown):
            form = shown.id_of("Form", "cohort")
            chosen = {"kind": "button", "button": "select", "files": {}}
            await send(
                client, form, {**chosen, "values": values(shown, form, **{"class": "Birch"})}
            )
            assert "class=Birch" in shown.widgets[form]["address"]
            assert "1 (50\u202f%)" in json.dumps(shown.of("FiguresTable"), ensure_ascii=False)
            village.revoke(Role.HEAD)
            await send(
                client, form, {**chosen, "values": values(shown, form, **{"class": "Maple"})}
            )
            assert "class=Birch" in shown.widgets[form]["address"]
            (message,) = shown.messages()
            assert "sign in" in message["text"].lower()

    asyncio.run(talk())


def test_every_page_has_a_row_here() -> None:
    assert set(PAGES) == set(WORDS) == set(Page)
    assert {module_of(page) for page in Page} == {
        f"pupiltrack_portal.pages.{page.value.replace('-', '_')}" for page in PAGES
    }
